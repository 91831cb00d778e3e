"""The books for an accountant: the chart of accounts, proofs, statements, one deal on a page, and an export."""

from . import beancount
from .commands import books
from .verifying import verify

__all__ = ["beancount", "books", "verify"]
