"""What is offered in the story, and how each lot and each deal goes: the smooth ones, and one of every other kind.

Disclosure counts working days: 20 from 2 March end with the 30th, and 25 pass Tomb-Sweeping Day (4 to 6 April) to
7 April. A contract is to be signed within 5 working days of the award, or 3 of its being written if that is later,
and paid for within 5 of its effect.
"""

from typing import Final

from ..cast import Offer
from .food import FOOD
from .industry import INDUSTRY
from .land import AGAIN, LAND

OFFERS: Final[tuple[Offer, ...]] = (*INDUSTRY, *FOOD, *LAND, AGAIN)

__all__ = ["OFFERS"]
