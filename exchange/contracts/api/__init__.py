"""The contracts wing over HTTP."""

from . import packs
from .router import router

__all__ = ["packs", "router"]
