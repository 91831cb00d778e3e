"""The contracts wing over HTTP."""

from . import agreements, packs
from .agreements import ContractPath
from .router import router
from .shapes import ContractShape, ContractSignature, ContractState

__all__ = ["ContractPath", "ContractShape", "ContractSignature", "ContractState", "agreements", "packs", "router"]
