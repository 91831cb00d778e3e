"""The books for an accountant: the chart of accounts, proofs, statements, one deal on a page, and an export."""

from .commands import books

__all__ = ["books"]
