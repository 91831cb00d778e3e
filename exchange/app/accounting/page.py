"""The money of one deal on one page, from the first deposit to the last inventor.

A line is one thing that happened to money: transfers that pass one amount on, within one command, are one line. The
last column is what the exchange has of the deal after it, which begins and ends with nothing.
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

NOTHING: Final = Decimal(0)
BACK: Final = frozenset({"void", "expire"})  # what gives a hold back
NOBODYS: Final = f"{MisdirectedId.prefix}_"
HELD: Final = frozenset({"hold", *BACK})  # what leaves the money where it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A transfer as a page shows it, in yuan."""

    at: str
    kind: str
    debit: str
    credit: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An amount's way through accounts in one command, or what happened to the contract meanwhile."""

    at: str
    kinds: tuple[str, ...] = ()
    way: tuple[str, ...] = ()
    amount: Decimal = NOTHING
    words: str = ""
    unseen: bool = False  # nobody expected it when it came, and the page does not show that

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
        """From where to where the amount went; a hold leaves it with its bidder, so that is where a void finds it."""
        way = self.way[:-1] if self.kinds[-1] == Kind.HOLD else self.way[self.kinds[0] in BACK :]
        return _name(way[0]), _name(way[-1])


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


def joined(money: Iterable[Moved]) -> Iterator[Line]:
    """Yield the transfers in order, those that pass one amount on as one line."""
    found = list(money)
    came = {one.credit for one in found if one.debit == BANK}
    line: Line | None = None
    for one in found:
        way = (one.credit, one.debit) if one.kind in BACK else (one.debit, one.credit)
        if line and (line.at, line.amount, line.way[-1]) == (one.at, one.amount, way[0]):
            line = replace(line, kinds=(*line.kinds, one.kind), way=(*line.way, way[1]))
            continue
        if line:
            yield line
        unseen = way[0].startswith(NOBODYS) and way[0] not in came
        line = Line(at=one.at, kinds=(one.kind,), way=way, amount=one.amount, unseen=unseen)
    if line:
        yield line


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
    for name in ("date", "what happened", "from", "to", "yuan", "held after"):
        right = name in {"yuan", "held after"}
        table.add_column(name, justify="right" if right else "left", no_wrap=name != "what happened")
    held, day = NOTHING, ""
    for line in lines:
        held += line.amount * (line.arrives - line.leaves)
        at = f"{instant.parse(line.at).astimezone(CHINA):%m-%d %H:%M}"
        cells = ("", "", "", "") if line.words else (*line.ends, f"{line.amount:,}", f"{held:,}")
        table.add_row(Text(at if at != day else "", "cyan"), line.words or say(line), *cells)
        day = at
    return table


def said(line: Line, *, inventors: Sequence[str] = (), reward_percent: str = "") -> str:
    """Say what a line is, in words; names and the percentage where the reader may know them."""
    for subject, words in _OTHERS:
        if any(one.startswith(subject) for one in line.way) and (found := words(line)):
            return found
    first, last = _kinds(line)[0], _kinds(line)[-1]
    match line.kinds, first, last:
        case (*_, "hold"), _, _:
            return "a deposit arrives, and is held"
        case ("void" | "expire", *_), _, _:
            return "not the winner: the deposit goes back"
        case ("post", *_), _, _:
            return "the deposit becomes part of the price"
        case _, "bank", _:
            return "the balance of the price arrives"
        case _, _, "fees":
            return "the exchange's fee on the price"
        case _, _, "reward":
            return f"{reward_percent} % of net income to the inventors" if reward_percent else "the inventors' part"
        case _:
            return _whose(line, inventors)


def _of_a_plan(line: Line) -> str:
    """Say what a line is that only a payment plan has; nothing of any other."""
    match line.kinds, *_kinds(line):
        case (*_, "hold"), *_:
            return "the deposit is set aside while the buyer tries"
        case ("void" | "expire", *_), *_:
            return "not taken up: the deposit goes back"
        case ("post",), *_:
            return "taken up: the deposit becomes part of the price"
        case _, "bank", *_:
            return "a part of the price arrives"
        case _, *_, "released":
            return "a part is released, to be divided"
        case _, "escrow", "ordered":
            return "a part goes back to the buyer"
        case _, *_, "escrow":
            return "the deposit goes over to the payment plan"
        case _:
            return ""


def _of_a_royalty(line: Line) -> str:
    """Say what a line is that only a royalty has; nothing of any other."""
    match _kinds(line):
        case "bank", *_:
            return "a royalty arrives"
        case *_, "fees":
            return "the exchange's fee on royalties"
        case "escrow", "seller", "ordered":
            return "what an audit has cost, to the seller"
        case _:
            return ""


def _of_nobody(line: Line) -> str:
    """Say what a line is of money that nobody expected."""
    match _kinds(line):
        case "bank", *_, "held":
            return "money arrives that nobody expected"
        case *_, "ordered":
            return "it goes back to its sender"
        case _:
            return "it is received for what it was meant for"


_OTHERS: Final = ((NOBODYS, _of_nobody), ("pln_", _of_a_plan), ("rty_", _of_a_royalty))
"""What has words of its own beside those of a settlement, by how its accounts begin; the first of them speaks."""


def _whose(line: Line, inventors: Sequence[str]) -> str:
    """Say whose part of a payment it is."""
    for account in reversed(line.way):
        match _account(account):
            case "broker", _:
                return "the broker's commission"
            case "tax", _:
                return "income tax withheld from the inventors"
            case "inventor", _:
                return _inventor(account, inventors)
            case "owner", place:
                return f"holder {place} of the right"
            case "seller", _:
                return "the seller"
            case _:
                continue
    return ""


def _inventor(account: str, names: Sequence[str]) -> str:
    kind, place = _account(account)
    return f"{names[int(place) - 1]}, inventor" if names else f"{kind} {place}"


def _name(account: str) -> str:
    """Write an account for people."""
    kind, whose = _account(account)
    return "paid out" if kind == "ordered" else f"{kind} {whose}".strip()


def _kinds(line: Line) -> list[str]:
    return [_account(one)[0] for one in line.way]


def _account(name: str) -> tuple[str, str]:
    """Return what kind of account it is, and whose."""
    kind, _, whose = name.partition(":")[2].partition(":")
    return kind, whose
