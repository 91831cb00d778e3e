"""What a deal's pack says beyond a lot's: the contract, the money fen by fen, the incentive, and how the deal ended."""

from .page import deal_page
from .readme import DEAL_README_TEXT

__all__ = ["DEAL_README_TEXT", "deal_page"]
