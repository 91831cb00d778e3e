"""Old auction logs as files: reading them strictly, and what stands in them.

Two CSV files with a header, UTF-8, columns in any order, further columns ignored:

    auctions  auction_id, start_price, opened_at, closes_at, final_price
    bids      auction_id, bidder, at, amount

Amounts are decimal yuan, instants RFC 3339. An auction nobody bid for has an empty `final_price`, or zero. Whether a
bid was lawful is not checked here: that is what a replay finds out.
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
BID_COLUMNS: Final = ("auction_id", "bidder", "at", "amount")
EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)  # the replay profile is in force from 1970 in China
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


@dataclass(frozen=True, slots=True, kw_only=True)
class OldLog:
    """Auctions in file order, and their bids in the order in which they arrived."""

    auctions: Sequence[OldAuction]
    bids: Sequence[OldBid]

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


def read(auctions_file: Path, bids_file: Path, *, limit: int | None = None) -> OldLog:
    """Read both files whole, then keep the first `limit` auctions and their bids. Raises `BadLog`.

    Bids at one instant stay in file order: the files are not sorted by time, nothing else says which came first.
    """
    auctions = {one.id: one for one in _auctions(auctions_file)}
    if not auctions:
        raise BadLog(f"{auctions_file}: there is no auction below the header")
    bids = list(_bids(bids_file, auctions))
    kept = list(auctions.values())[:limit]
    names = {one.id for one in kept}
    ordered = sorted((bid for bid in bids if bid.auction in names), key=lambda bid: bid.at)
    return OldLog(auctions=kept, bids=ordered)


def _auctions(file: Path) -> Iterator[OldAuction]:
    first_row: dict[str, int] = {}
    for row in _rows(file, AUCTION_COLUMNS):
        name = row.name("auction_id")
        if name in first_row:
            row.refuse(f"auction {_shown(name)} stands in row {first_row[name]} already")
        first_row[name] = row.number
        auction = OldAuction(
            id=name,
            start_price_fen=row.read("start_price", money.parse_yuan),
            opened_at=row.instant("opened_at"),
            closes_at=row.instant("closes_at"),
            final_price_fen=row.read("final_price", _price_if_sold),
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
