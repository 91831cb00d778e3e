"""What a replay came to, held against what the old log says."""

from dataclasses import dataclass
from typing import Self

from ledger.kernel import money

from .drive import Course
from .logs import OldLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a replay came to, beside what the files say. Field names are those of the line it prints."""

    auctions: int
    bids: int
    accepted: int
    refused: dict[str, int]
    sold: int
    unsold: int
    prices_equal: int
    prices_different: int
    total: str
    wall_time_s: float
    bidding_s: float
    bids_per_s: float
    entries: int

    @classmethod
    def of(cls, log: OldLog, course: Course, *, wall_time_s: float, entries: int) -> Self:
        """Compare. An auction without a price in the file agrees when its lot stays unsold."""
        prices = [one.price_fen for one in course.closed.values() if one.price_fen is not None]
        different = len(differing(log, course))
        return cls(
            auctions=len(log.auctions),
            bids=len(log.bids),
            accepted=course.accepted,
            refused=dict(sorted(course.refused.items())),
            sold=len(prices),
            unsold=len(log.auctions) - len(prices),
            prices_equal=len(log.auctions) - different,
            prices_different=different,
            total=money.format_yuan(sum(prices)),
            wall_time_s=round(wall_time_s, 2),
            bidding_s=round(course.bidding_s, 2),
            bids_per_s=round(len(log.bids) / course.bidding_s, 1),
            entries=entries,
        )


def differing(log: OldLog, course: Course) -> list[str]:
    """Say of each auction that closed otherwise than in the file how it did."""
    return [
        f"{one.id}: closed {course.closed[one.id].state} at {_price(course.closed[one.id].price_fen)}, "
        f"the file says {_price(one.final_price_fen)}"
        for one in log.auctions
        if course.closed[one.id].price_fen != one.final_price_fen
    ]


def _price(fen: int | None) -> str:
    return "no price" if fen is None else money.format_yuan(fen)
