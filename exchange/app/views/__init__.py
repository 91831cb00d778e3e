"""Reads that span wings."""

from .deals import Deal, NoSuchDeal, deal

__all__ = ["Deal", "NoSuchDeal", "deal"]
