"""The bids of a lot as its entries tell them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.auctions.model import (
    BID_ACCEPTED,
    BID_PARKED,
    BID_REFUSED,
    LOT_SOLD,
    MAXIMUM_ACCEPTED,
    MAXIMUM_REFUSED,
    PRICE_TAKEN,
    TAKE_REFUSED,
)

from .reading import Line, Record

_PRICED: Final = frozenset({BID_ACCEPTED.name, BID_REFUSED.name})
_REFUSED: Final = frozenset({BID_REFUSED.name, MAXIMUM_REFUSED.name, TAKE_REFUSED.name})
_DECIDED: Final = _PRICED | _REFUSED | {MAXIMUM_ACCEPTED.name, PRICE_TAKEN.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One decided bid. `amount_fen` of a maximum is the price that it brought about.

    `parked_in` is the entry by which it was parked first, `ends_at` the end it left.
    """

    index: int
    bid: str | None
    number: int | None
    code: str
    amount_fen: int | None
    placed_at: datetime | None
    refusal: str | None
    ends_at: datetime | None
    extends: bool
    parked_in: int | None
    wins: bool


def bids(record: Record) -> list[Offered]:
    """Return every bid the record knows, in the order of decision."""
    lines = record.of(record.lot)
    parked = {line.data.text("bid"): line.index for line in lines if line.kind == BID_PARKED.name}
    sold = next((line for line in lines if line.kind == LOT_SOLD.name), None)
    won = sold.data.text("bid") if sold else None
    end = record.terms.instant("closes_at")
    found: list[Offered] = []
    for line in lines:
        if line.kind in _DECIDED:
            one = _offered(line, end, parked, won)
            found.append(one)
            end = one.ends_at or end
    return found


def effective_end(record: Record) -> datetime | None:
    """Return when bidding ended: as the last bid that moved it left it, or as announced."""
    moved = [one.ends_at for one in bids(record) if one.ends_at]
    return moved[-1] if moved else record.terms.instant("closes_at")


def _offered(line: Line, end: datetime | None, parked: dict[str | None, int], won: str | None) -> Offered:
    data = line.data
    bid, after = data.text("bid"), data.instant("ends_at")
    refused = line.kind in _REFUSED
    return Offered(
        index=line.index,
        bid=bid,
        number=data.number("number"),
        code=data.text("code") or "",
        amount_fen=data.fen("amount_fen") if line.kind in _PRICED else data.fen("price_fen"),
        placed_at=data.instant("placed_at"),
        refusal=(data.text("reason") or "") if refused else None,
        ends_at=after,
        extends=bool(after and end and after > end),
        parked_in=parked.get(bid),
        wins=won is not None and bid == won and not refused,
    )
