"""Old auction logs as files: reading them strictly, and what stands in them.

CSV files with a header, UTF-8, columns in any order, further columns ignored:

    auctions    auction_id, start_price, opened_at, closes_at, final_price (not read where amounts are maxima)
    bids        auction_id, bidder, at, amount
    increments  below, increment

Amounts are decimal yuan, instants RFC 3339. An auction nobody bid for has an empty `final_price`, or zero. From a
price below `below` a bid must go up by the increment; an empty `below` is the rest, and stands once. Whether a bid was
lawful is not checked here: that is what a replay finds out.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NoReturn, TypeVar

from ledger.kernel import instant, money
from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen

AUCTION_COLUMNS: Final = ("auction_id", "start_price", "opened_at", "closes_at", "final_price")
UNPRICED_COLUMNS: Final = AUCTION_COLUMNS[:-1]
INCREMENT_COLUMNS: Final = ("below", "increment")
BID_COLUMNS: Final = ("auction_id", "bidder", "at", "amount")
EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)  # the replay profile is in force from 1970 in China
MAX_STEPS: Final = 50  # a lot's increment table holds so many
SHOWN: Final = 40  # characters of a bad value that are repeated to a person

Value = TypeVar("Value")


class BadLog(Exception):  # noqa: N818 - an answer to the person who gave the file, in one line
    """A file is not a log that can be replayed; says which row of which file, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OldAuction:
    """An auction as the old log has it. `final_price_fen` is None where nobody bid."""

    id: str
    start_price_fen: Fen
    opened_at: datetime
    closes_at: datetime
    final_price_fen: Fen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OldBid:
    """A bid as the old log has it."""

    auction: str
    bidder: str
    at: datetime
    amount_fen: Fen


@dataclass(frozen=True, slots=True)
class Step:
    """From this price upward, a bid must exceed the price by at least this much."""

    from_fen: Fen
    increment_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class OldLog:
    """Auctions in file order, and their bids in the order in which they arrived."""

    auctions: Sequence[OldAuction]
    bids: Sequence[OldBid]
    increments: Sequence[Step] = ()  # from 0 upward; none: any strictly higher bid will do

    @property
    def bidders(self) -> list[str]:
        """Everybody who bids, in order of their first bid."""
        return list(dict.fromkeys(bid.bidder for bid in self.bids))

    @property
    def starts_at(self) -> datetime:
        """The earliest instant that stands in the log."""
        return min([one.opened_at for one in self.auctions] + [bid.at for bid in self.bids[:1]])

    @property
    def ends_at(self) -> datetime:
        """The last instant that stands in the log."""
        return max([one.closes_at for one in self.auctions] + [bid.at for bid in self.bids[-1:]])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One row of a file, and how to say what is wrong with it."""

    file: Path
    number: int  # the header is row 1
    values: Mapping[str, str]

    def read(self, column: str, parse: Callable[[str], Value]) -> Value:
        text = self.values[column]
        try:
            return parse(text)
        except Refusal as refusal:
            self.refuse(f"{column} is {_shown(text)}: {refusal.detail}")

    def name(self, column: str) -> str:
        return self.values[column] or self.refuse(f"{column} is empty")

    def instant(self, column: str) -> datetime:
        at = self.read(column, instant.parse)
        if at < EARLIEST:
            self.refuse(f"{column} is {_shown(self.values[column])}: a replay begins on 1970-01-02 or later")
        return at

    def refuse(self, reason: str) -> NoReturn:
        raise BadLog(f"{self.file}, row {self.number}: {reason}")


def read(
    auctions_file: Path,
    bids_file: Path,
    *,
    increments_file: Path | None = None,
    limit: int | None = None,
    priced: bool = True,
) -> OldLog:
    """Read the files whole, then keep the first `limit` auctions and their bids. Raises `BadLog`.

    `priced`: the auctions' file says what each closed at.

    Bids at one instant stay in file order: the files are not sorted by time, nothing else says which came first.
    """
    auctions = {one.id: one for one in _auctions(auctions_file, priced=priced)}
    if not auctions:
        raise BadLog(f"{auctions_file}: there is no auction below the header")
    bids = list(_bids(bids_file, auctions))
    kept = list(auctions.values())[:limit]
    names = {one.id for one in kept}
    ordered = sorted((bid for bid in bids if bid.auction in names), key=lambda bid: bid.at)
    return OldLog(auctions=kept, bids=ordered, increments=_increments(increments_file) if increments_file else ())


def _increments(file: Path) -> list[Step]:
    """Read what holds below each price as what holds from each price upward."""
    below: dict[Fen | None, Fen] = {}
    for row in _rows(file, INCREMENT_COLUMNS):
        bound = row.read("below", money.parse_yuan) if row.values["below"] else None
        if bound in below:
            row.refuse(f"below is {_shown(row.values['below'])} a second time")
        below[bound] = row.read("increment", money.parse_yuan)
        if bound == 0 or below[bound] < 1:
            row.refuse("nothing is below 0, and an increment is at least 0.01")
    if None not in below:
        raise BadLog(f"{file}: no row has an empty `below`: say what the increment is for the rest")
    bounds = sorted(bound for bound in below if bound is not None)
    if len(bounds) >= MAX_STEPS:
        raise BadLog(f"{file}: more than {MAX_STEPS} rows")
    return [Step(Fen(low), below[high]) for low, high in zip([0, *bounds], [*bounds, None], strict=True)]


def _auctions(file: Path, *, priced: bool) -> Iterator[OldAuction]:
    first_row: dict[str, int] = {}
    for row in _rows(file, AUCTION_COLUMNS if priced else UNPRICED_COLUMNS):
        name = row.name("auction_id")
        if name in first_row:
            row.refuse(f"auction {_shown(name)} stands in row {first_row[name]} already")
        first_row[name] = row.number
        auction = OldAuction(
            id=name,
            start_price_fen=row.read("start_price", money.parse_yuan),
            opened_at=row.instant("opened_at"),
            closes_at=row.instant("closes_at"),
            final_price_fen=row.read("final_price", _price_if_sold) if priced else None,
        )
        if auction.start_price_fen < 1:
            row.refuse("start_price is below 0.01")
        if auction.closes_at <= auction.opened_at:
            row.refuse("closes_at is not after opened_at")
        yield auction


def _bids(file: Path, auctions: Mapping[str, OldAuction]) -> Iterator[OldBid]:
    for row in _rows(file, BID_COLUMNS):
        auction = row.name("auction_id")
        if auction not in auctions:
            row.refuse(f"there is no auction {_shown(auction)}")
        yield OldBid(
            auction=auction,
            bidder=row.name("bidder"),
            at=row.instant("at"),
            amount_fen=row.read("amount", money.parse_yuan),
        )


def _rows(file: Path, columns: Sequence[str]) -> Iterator[_Row]:
    """Read a file's rows by its header. A byte order mark, CRLF and empty lines are let pass."""
    number = 0
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            header: list[str] | None = None
            for number, fields in enumerate(csv.reader(opened, strict=True), 1):
                if not fields:
                    continue
                if header is None:
                    header = fields
                    _require_columns(file, header, columns)
                    continue
                row = _Row(file=file, number=number, values=dict(zip(header, fields, strict=False)))
                if len(fields) != len(header):
                    row.refuse(f"it has {len(fields)} fields, the header {len(header)}")
                yield row
            if header is None:
                raise BadLog(f"{file}: the file is empty")
    except UnicodeDecodeError as error:
        raise BadLog(f"{file}, row {number + 1} or soon after: this is not UTF-8 text") from error
    except csv.Error as error:
        raise BadLog(f"{file}, row {number + 1}: {error}") from error
    except OSError as error:
        raise BadLog(f"{file}: {error.strerror}") from error


def _require_columns(file: Path, header: Sequence[str], columns: Sequence[str]) -> None:
    for column in columns:
        if header.count(column) != 1:
            found = "more than once" if column in header else "not at all"
            raise BadLog(f"{file}, row 1: the header names the column {column} {found}; it needs {', '.join(columns)}")


def _price_if_sold(text: str) -> Fen | None:
    return (money.parse_yuan(text) or None) if text else None


def _shown(text: str) -> str:
    return repr(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")
