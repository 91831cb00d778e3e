"""The contracts wing over HTTP."""

from . import agreements, packs
from .agreements import ContractPath
from .router import router
from .shapes import ContractSignature, ContractState

__all__ = ["ContractPath", "ContractSignature", "ContractState", "agreements", "packs", "router"]
