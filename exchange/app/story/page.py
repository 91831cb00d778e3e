"""One deal's money on one page, from the first deposit to the last inventor, read from the API as its seller reads it.

A line is one thing that happened to money: transfers that pass one amount on, within one command, are one line. The
last column is what the exchange has of the deal after it, which begins and ends with nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from ledger.kernel import instant
from ledger.kernel.calendar import CHINA

from .client import Fields
from .deals import page_of
from .stage import Lot, Story, expect

BANK: Final = "custody:bank"
ORDERED: Final = "custody:ordered"
FEES: Final = "exchange:fees"
NOTHING: Final = Decimal(0)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An amount's way through accounts in one command, or what happened to the contract meanwhile."""

    at: str
    kinds: tuple[str, ...] = ()
    way: tuple[str, ...] = ()
    amount: Decimal = NOTHING
    words: str = ""

    @property
    def arrives(self) -> bool:
        """Whether the money comes in."""
        return self.way[:1] == (BANK,)

    @property
    def leaves(self) -> bool:
        """Whether the money is the deal's no longer: ordered to be paid out, or the exchange's fee."""
        return self.way[-1:] in {(ORDERED,), (FEES,)}

    @property
    def ends(self) -> tuple[str, str]:
        """From where to where the amount went; a hold leaves it with its bidder, so that is where a void finds it."""
        way = self.way[:-1] if self.kinds[-1] == "hold" else self.way[self.kinds[0] == "void" :]
        return _name(way[0]), _name(way[-1])


def show(story: Story, lot: Lot) -> None:
    """Print the page, and see that everything that came in has gone out. Raises `Unexpected`."""
    page = page_of(story, lot)
    lines = lines_of(page)
    arrived = sum((line.amount for line in lines if line.arrives), NOTHING)
    paid = sum((line.amount for line in lines if line.way[-1:] == (ORDERED,)), NOTHING)
    fees = sum((line.amount for line in lines if line.way[-1:] == (FEES,)), NOTHING)
    expect(arrived == paid + fees > 0, f"what came in for {lot.offer.name} has gone out")
    story.telling.console.print(_draw(page, lines, lot))
    told = f"in {arrived:,} = paid out {paid:,} + the exchange's fee {fees:,}; nothing is left{_beside(page)}"
    story.telling.say(told, style="green")


def lines_of(page: Fields) -> list[Line]:
    """Return the lines of a deal as the API shows it, in the order in which things happened."""
    return sorted((*_joined(page), *_milestones(page)), key=lambda line: line.at)


def _beside(page: Fields) -> str:
    """Say what the seller received beside the price."""
    paid = [claim.amount("paid") for claim in page.each("claims") if claim.text("state") == "paid"]
    return "".join(f"; beside it, an incentive of {Decimal(one or 0):,} to the seller" for one in paid)


def _joined(page: Fields) -> Iterator[Line]:
    """Yield the transfers in order, those that pass one amount on as one line."""
    line: Line | None = None
    for one in page.each("money"):
        kind, way = one.text("kind"), (one.text("debit"), one.text("credit"))
        way = way[::-1] if kind == "void" else way  # a void takes a hold back
        at, amount = one.text("at"), Decimal(one.amount("amount") or "")
        if line and (line.at, line.amount, line.way[-1]) == (at, amount, way[0]):
            line = replace(line, kinds=(*line.kinds, kind), way=(*line.way, way[1]))
            continue
        if line:
            yield line
        line = Line(at=at, kinds=(kind,), way=way, amount=amount)
    if line:
        yield line


def _milestones(page: Fields) -> Iterator[Line]:
    """Yield what happened to the contract."""
    contract, settlement = page.inner("contract"), page.inner("settlement")
    effective, registered = contract.optional("effective_at"), contract.optional("registered_at")
    if effective:
        last = instant.parse(settlement.text("pay_by")).astimezone(CHINA) - DAY  # it is due until that day's end
        yield Line(at=effective, words=f"both sign; the balance is due by {last:%m-%d}")
    if registered:
        yield Line(at=registered, words=f"registered as {contract.text('number')}")


def _draw(page: Fields, lines: list[Line], lot: Lot) -> Table:
    title = Text(f"{page.text('title')}: the money of one deal, as its seller reads it", "bold")
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0, title=title)
    table.title_justify = "left"
    for name in ("date", "what happened", "from", "to", "yuan", "held after"):
        right = name in {"yuan", "held after"}
        table.add_column(name, justify="right" if right else "left", no_wrap=name != "what happened")
    held, day = NOTHING, ""
    for line in lines:
        held += line.amount * (line.arrives - line.leaves)
        at = f"{instant.parse(line.at).astimezone(CHINA):%m-%d %H:%M}"
        cells = ("", "", "", "") if line.words else (*line.ends, f"{line.amount:,}", f"{held:,}")
        table.add_row(Text(at if at != day else "", "cyan"), line.words or _told(line, page, lot), *cells)
        day = at
    return table


def _told(line: Line, page: Fields, lot: Lot) -> str:
    """Say what the line is, in words."""
    (first, _), (last, _) = _account(line.way[0]), _account(line.way[-1])
    match line.kinds, first, last:
        case (*_, "hold"), _, _:
            return "a deposit arrives, and is held"
        case ("void", *_), _, _:
            return "not the winner: the deposit goes back"
        case ("post", *_), _, _:
            return "the deposit becomes part of the price"
        case _, "bank", _:
            return "the balance of the price arrives"
        case _, _, "fees":
            return "the exchange's fee on the price"
        case _, _, "reward":
            percent = page.inner("settlement").text("reward_percent").removesuffix(".00")
            return f"{percent} % of net income to the inventors"
        case _, "reward", _:
            _, place = _account(line.way[1])
            return f"{lot.offer.inventors[int(place) - 1]}, inventor"
        case _:
            return "the seller"


def _name(account: str) -> str:
    """Write an account for people."""
    kind, whose = _account(account)
    return "paid out" if kind == "ordered" else f"{kind} {whose}".strip()


def _account(name: str) -> tuple[str, str]:
    """Return what kind of account it is, and whose."""
    kind, _, whose = name.partition(":")[2].partition(":")
    return kind, whose
