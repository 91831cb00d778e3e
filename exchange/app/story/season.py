"""The season: everything that sellers, bidders, buyers, the officer and the regulator mean to do, each at its time.

What several people do at one instant in the same words is one act, and they do it side by side.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from .acts import announce, deposit
from .cast import Turn, when
from .deals import act
from .incentives import open_programme
from .stage import Lot, Story, together
from .trade import bid

PROGRAMME_OPENS: Final = when("03-16 10:00")
ALL_OVER: Final = when("07-24 17:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that is done at an instant."""

    at: datetime
    do: Callable[[], None]


def run(story: Story, *, until: datetime = ALL_OVER) -> None:
    """Let everything planned up to `until` happen, each at its time."""
    for one in sorted(plan(story), key=lambda one: one.at):
        if one.at <= until:
            story.until(one.at)
            one.do()
    story.until(until)


def plan(story: Story) -> Iterator[Act]:
    """Yield what everybody means to do, in the order in which things at one instant are done."""
    yield Act(at=PROGRAMME_OPENS, do=lambda: open_programme(story))
    yield from _offers(story)
    yield from _bids(story)
    yield from _deals(story)


def _offers(story: Story) -> Iterator[Act]:
    def announced(lot: Lot) -> datetime:
        return when(lot.offer.announced)

    for at, group in groupby(sorted(story.lots, key=announced), key=announced):
        yield Act(at=at, do=lambda lots=list(group): _offer(story, lots))  # type: ignore[misc]  # mypy drops defaults


def _offer(story: Story, lots: list[Lot]) -> None:
    """Have the sellers announce their lots, and the officer confirm the deposits for them."""
    together(lambda lot: announce(story, lot), lots)
    confirmed = sum(together(lambda lot: deposit(story, lot), lots))
    titles = f"{len(lots)} lots are announced" if len(lots) > 1 else f"{lots[0].offer.name}: the lot is announced"
    story.telling.at(story.now, f"{titles}; {confirmed} deposits are confirmed, each for a bidding code")


def _bids(story: Story) -> Iterator[Act]:
    for lot in story.lots:
        for step in lot.offer.steps():
            yield Act(at=step.at, do=lambda lot=lot, step=step: bid(story, lot, step))  # type: ignore[misc]  # as above


def _deals(story: Story) -> Iterator[Act]:
    same: dict[Turn, list[Lot]] = defaultdict(list)
    for lot in story.lots:
        for turn in lot.offer.deal.sequence() if lot.offer.deal else ():
            same[turn].append(lot)
    for turn, lots in same.items():
        yield Act(at=turn.at, do=lambda turn=turn, lots=lots: act(story, turn, lots))  # type: ignore[misc]  # as above
