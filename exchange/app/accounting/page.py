"""The money of one deal on one page, from the first deposit to the last inventor.

A line is one thing that happened to money: transfers that pass one amount on, within one command, are one line. The
last column is what the exchange has of the deal after it, which begins and ends with nothing. Orders that froze the
deal, and their lifting, are lines without money.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from ledger.kernel import instant
from ledger.kernel.calendar import CHINA
from settlement.books.model import Kind
from settlement.escrow.model import BANK, FEES, ORDERED, MisdirectedId

from ..views import words
from ..views.words import BACK, Way

NOTHING: Final = Decimal(0)
NOBODYS: Final = f"{MisdirectedId.prefix}_"
OF_A_HASH: Final = 16  # hexadecimal digits that a page shows of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A transfer as a page shows it, in yuan."""

    at: str
    kind: str
    debit: str
    credit: str
    amount: Decimal
    transfer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """An order that froze a deal: by whom, with which document, and until when it stood."""

    authority: str
    at: str
    document: str
    lifted_at: str | None = None
    lifted_document: str | None = None

    def stood(self, at: str) -> bool:
        """Whether it stood at an instant; when it is lifted it stands no more."""
        return self.at <= at and (self.lifted_at is None or at < self.lifted_at)

    @property
    def recorded(self) -> "Line":
        """What a page says of its being recorded."""
        return Line(at=self.at, words=f"{self._name} freezes the deal (document {_short(self.document)})")

    @property
    def lifted(self) -> "Line | None":
        """What a page says of its being lifted, if it is."""
        if self.lifted_at is None:
            return None
        return Line(at=self.lifted_at, words=f"{self._name} is lifted (document {_short(self.lifted_document or '')})")

    @property
    def _name(self) -> str:
        return f"a {self.authority}'s order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An amount's way through accounts in one command, or what happened to the contract meanwhile."""

    at: str
    kinds: tuple[str, ...] = ()
    way: tuple[str, ...] = ()
    amount: Decimal = NOTHING
    words: str = ""
    unseen: bool = False  # nobody expected it when it came, and the page does not show that
    transfers: tuple[str, ...] = ()
    frozen: bool = False  # an order stood

    @property
    def arrives(self) -> bool:
        """Whether the money comes in."""
        return self.way[:1] == (BANK,) or (self.unseen and self.way[-1:] != (BANK,))

    @property
    def is_paid_out(self) -> bool:
        """Whether the money is ordered to be paid to somebody."""
        return self.way[-1:] == (ORDERED,)

    @property
    def is_assigned(self) -> bool:
        """Whether the money goes back to the bank's account, to come in again as what it was for."""
        return self.way[-1:] == (BANK,) and not self.unseen

    @property
    def leaves(self) -> bool:
        """Whether the money is the deal's no longer: ordered to be paid out, assigned, or the exchange's fee."""
        return self.is_paid_out or self.is_assigned or self.way[-1:] == (FEES,)

    @property
    def ends(self) -> tuple[str, str]:
        """From where to where the amount went; a hold leaves it with its owner, so that is where a void finds it."""
        way = self.way[self.kinds[0] in BACK :]
        way = way[:-1] if self.kinds[-1] == Kind.HOLD else way
        number = self.path.number
        return words.name_of(way[0], number), words.name_of(way[-1], number)

    @property
    def path(self) -> Way:
        """The way alone, to be put into words."""
        return Way(kinds=self.kinds, way=self.way, transfers=self.transfers, frozen=self.frozen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What lines come to, in yuan."""

    arrived: Decimal
    paid: Decimal
    fees: Decimal

    @property
    def kept(self) -> Decimal:
        """What the exchange still has of the deal."""
        return self.arrived - self.paid - self.fees

    @property
    def line(self) -> str:
        """The same as one sum, every figure to the fen."""
        gone = f"paid out {self.paid:,.2f} + the exchange's fees {self.fees:,.2f}"
        return f"in {self.arrived:,.2f} = {gone} + still held {self.kept:,.2f}"


def joined(money: Iterable[Moved], orders: Sequence[Ordered] = ()) -> Iterator[Line]:
    """Yield the transfers in order, those that pass one amount on as one line."""
    found = list(money)
    came = {one.credit for one in found if one.debit == BANK}
    line: Line | None = None
    for one in found:
        way = (one.credit, one.debit) if one.kind in BACK else (one.debit, one.credit)
        if line and (line.at, line.amount, line.way[-1]) == (one.at, one.amount, way[0]):
            names = (*line.transfers, one.transfer)
            line = replace(line, kinds=(*line.kinds, one.kind), way=(*line.way, way[1]), transfers=names)
            continue
        if line:
            yield line
        line = Line(
            at=one.at,
            kinds=(one.kind,),
            way=way,
            amount=one.amount,
            unseen=way[0].startswith(NOBODYS) and way[0] not in came,
            transfers=(one.transfer,),
            frozen=any(order.stood(one.at) for order in orders),
        )
    if line:
        yield line


def told(money: Iterable[Moved], *, orders: Sequence[Ordered] = (), beside: Iterable[Line] = ()) -> list[Line]:
    """Return the lines of a page in the order of time, what is `beside` the money among them.

    Of one instant, an order is lifted before money moves, and recorded after it: while it stands none leaves.
    """
    lifted = [one.lifted for one in orders if one.lifted]
    lines = (*lifted, *joined(money, orders), *beside, *(one.recorded for one in orders))
    return sorted(lines, key=lambda line: line.at)


def sums(lines: Iterable[Line]) -> Sums:
    """Return what came in, what was paid out, and the exchange's fees."""
    found = list(lines)
    return Sums(
        arrived=sum((line.amount * (line.arrives - line.is_assigned) for line in found), NOTHING),
        paid=sum((line.amount for line in found if line.is_paid_out), NOTHING),
        fees=sum((line.amount for line in found if line.way[-1:] == (FEES,)), NOTHING),
    )


def draw(lines: Iterable[Line], *, title: str, say: Callable[[Line], str]) -> Table:
    """Return the page: every line with what `say` says of it, and what is held of the deal after it."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0, title=Text(title, "bold"))
    table.title_justify = "left"
    for name in ("China's time", "what happened", "from", "to", "yuan", "held after"):
        right = name in {"yuan", "held after"}
        table.add_column(name, justify="right" if right else "left", no_wrap=name != "what happened")
    held, day = NOTHING, ""
    for line in lines:
        held += line.amount * (line.arrives - line.leaves)
        at = f"{instant.parse(line.at).astimezone(CHINA):%Y-%m-%d %H:%M}"
        cells = ("", "", "", "") if line.words else (*line.ends, f"{line.amount:,}", f"{held:,}")
        table.add_row(Text(at if at != day else "", "cyan"), line.words or say(line), *cells)
        day = at
    return table


def said(
    line: Line, *, inventors: Sequence[str] = (), reward_percent: str = "", sellers: frozenset[str] = frozenset()
) -> str:
    """Say what a line is, in words; names and the percentage where the reader may know them."""
    return words.said(line.path, inventors=inventors, reward_percent=reward_percent, sellers=sellers)


def _short(sha256: str) -> str:
    return f"{sha256[:OF_A_HASH]}…"
