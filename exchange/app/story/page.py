"""One deal's money on one page, from the first deposit to the last inventor, read from the API as its seller reads it.

A line is one thing that happened to money: transfers that pass the same amount on, within one command, are one line.
The last column is what the exchange has of the deal after it; it begins and ends with nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An amount's way through accounts, in one command."""

    at: str
    kinds: tuple[str, ...]
    way: tuple[str, ...]
    amount: Decimal

    @property
    def arrives(self) -> bool:
        """Whether the money comes in."""
        return self.way[0] == BANK

    @property
    def leaves(self) -> bool:
        """Whether the money is the deal's no longer: ordered to be paid out, or the exchange's fee."""
        return self.way[-1] in {ORDERED, FEES}


def show(story: Story, lot: Lot) -> None:
    """Print the page, and see that everything that came in has gone out. Raises `Unexpected`."""
    page = page_of(story, lot)
    lines = list(_joined(page))
    arrived = sum((line.amount for line in lines if line.arrives), NOTHING)
    left = sum((line.amount for line in lines if line.leaves), NOTHING)
    expect(arrived == left > 0, f"what came in for {lot.offer.name} has gone out")
    story.telling.console.print(_draw(page, lines, lot))
    ordered, fees = (sum((line.amount for line in lines if line.way[-1] == end), NOTHING) for end in (ORDERED, FEES))
    told = f"in {arrived:,} = paid out {ordered:,} + the exchange's fee {fees:,}; nothing is left"
    story.telling.say(told, style="green")


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


def _draw(page: Fields, lines: list[Line], lot: Lot) -> Table:
    title = f"{page.text('title')}: the money of the deal, as its seller reads it"
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title=title, title_justify="left", title_style="bold"
    )
    for name in ("date", "what happened", "from", "to", "yuan", "held"):
        table.add_column(name, justify="right" if name in {"yuan", "held"} else "left", no_wrap=True)
    held, day = NOTHING, ""
    for line in lines:
        held += line.amount * (line.arrives - line.leaves)
        at = f"{instant.parse(line.at).astimezone(CHINA):%m-%d %H:%M}"
        table.add_row(
            Text(at if at != day else "", "cyan"),
            _told(line, page, lot),
            _account(line.way[0], lot),
            _account(line.way[-1], lot),
            f"{line.amount:,}",
            f"{held:,}",
        )
        day = at
    return table


def _told(line: Line, page: Fields, lot: Lot) -> str:
    """Say what the line is, in words."""
    first, last = (_short(name) for name in (line.way[0], line.way[-1]))
    match line.kinds, first[0], last[0]:
        case (*_, "hold"), _, _:
            return "a deposit arrives and is held"
        case ("void", *_), _, _:
            return "outbid: the deposit is released, and goes back"
        case ("post", *_), _, _:
            return "the winner's deposit becomes part of the price"
        case _, "bank", _:
            return "the balance of the price arrives"
        case _, _, "fees":
            return "the exchange's fee"
        case _, _, "reward":
            percent = Decimal(page.inner("settlement").number("reward_bp")) / 100
            return f"the inventors' reward, {percent:g} % of net income"
        case _, "reward", _:
            return f"to {lot.offer.inventors[int(_short(line.way[1])[1]) - 1]}, inventor"
        case _:
            return "to the seller"


def _short(name: str) -> tuple[str, str]:
    """Return what kind of account it is, and whose."""
    kind, _, whose = name.partition(":")[2].partition(":")
    return kind, whose


def _account(name: str, lot: Lot) -> str:
    """Write an account for people."""
    kind, whose = _short(name)
    if kind == "ordered":
        return "the bank, paid out"
    if kind == "bidder":
        return f"bidder {whose}" + (" (buyer)" if lot.offer.winner and lot.codes[lot.offer.winner] == whose else "")
    return {"bank": "the bank", "escrow": "escrow", "fees": "fees", "reward": "reward"}.get(kind, kind)
