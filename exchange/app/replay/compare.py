"""What a replay came to, and, where the old log says what its auctions closed at, how the two compare."""

import csv
from dataclasses import dataclass
from typing import Final, Self, TextIO

from ledger.kernel import money

from .drive import Course
from .logs import OldLog

RESULT_COLUMNS: Final = ("auction_id", "winner", "price", "accepted", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a replay came to, beside what the files say. Field names are those of the line it prints.

    The files of a replay by maxima say no prices: then none is equal or different.
    """

    auctions: int
    bids: int
    accepted: int
    refused: dict[str, int]
    sold: int
    unsold: int
    prices_equal: int | None
    prices_different: int | None
    total: str
    wall_time_s: float
    bidding_s: float
    bids_per_s: float
    entries: int

    @classmethod
    def of(cls, log: OldLog, course: Course, *, wall_time_s: float, entries: int, priced: bool = True) -> Self:
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
            prices_equal=len(log.auctions) - different if priced else None,
            prices_different=different if priced else None,
            total=money.format_yuan(sum(prices)),
            wall_time_s=round(wall_time_s, 2),
            bidding_s=round(course.bidding_s, 2),
            bids_per_s=round(len(log.bids) / course.bidding_s, 1),
            entries=entries,
        )


def write_results(file: TextIO, log: OldLog, course: Course) -> None:
    """Write, as CSV, who won each auction, at what price, and how many of its bids were accepted and refused.

    In the order of the auctions' file; of an auction that was not sold the winner and the price are empty.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(RESULT_COLUMNS)
    for one in log.auctions:
        closed = course.closed[one.id]
        price = "" if closed.price_fen is None else money.format_yuan(closed.price_fen)
        writer.writerow([one.id, closed.winner or "", price, course.accepted_of[one.id], course.refused_of[one.id]])


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
