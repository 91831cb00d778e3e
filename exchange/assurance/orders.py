"""The orders to freeze against one settlement, in the log's order: which stand where, and who has to wait for them."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ledger.kernel import instant
from ledger.kernel.calendar import known_deadline, may_be_open
from settlement.escrow.model import RESUMED_WORKDAYS

from .facts import Ordered, When

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Period:
    """From when to when at least one order stood against a settlement."""

    begun: When
    ended: When | None = None


class Orders:
    """The orders against one settlement, in the log's order."""

    def __init__(self, told: Iterable[Ordered]) -> None:
        self.periods: list[Period] = []
        self._since: list[int] = []
        self._standing: list[tuple[str, ...]] = []
        standing: tuple[str, ...] = ()
        self._told = sorted(told, key=lambda each: each.at.index)
        for one in self._told:
            before, others = standing, tuple(each for each in standing if each != one.freeze)
            standing = (*others, one.freeze) if one.stands else others
            self._since.append(one.at.index)
            self._standing.append(standing)
            if standing and not before:
                self.periods.append(Period(one.at))
            elif before and not standing:
                self.periods[-1].ended = one.at

    def standing(self, index: int) -> tuple[str, ...]:
        """Return which orders stand where an entry of this index comes."""
        place = bisect_left(self._since, index)
        return self._standing[place - 1] if place else ()

    def quiet_until(self, index: int) -> datetime:
        """Return until when time had to wait, after the last lifting before an entry of this index."""
        lifted = [one.ended for one in self.periods if one.ended is not None and one.ended.index < index]
        return (lifted and answerable_until(lifted[-1])) or _NEVER

    def imposed_behind(self, index: int) -> list[Ordered]:
        """Return the orders that are recorded behind an entry of this index."""
        return [one for one in self._told if one.stands and one.at.index > index]

    def lifted_before(self, index: int) -> Ordered | None:
        """Return the order that was lifted last where an entry of this index comes, if none stands there."""
        place = bisect_left(self._since, index)
        return self._told[place - 1] if place and not self._standing[place - 1] else None

    def frozen_since(self, index: int) -> str | None:
        """Return since when there was no moment without an order, until the last was lifted; None where none was.

        By the instants at which orders and liftings arrived, not by the log's order: both are told in texts of one
        length, and no instant of an order lies behind that of its lifting.
        """
        if (last := self.lifted_before(index)) is None:
            return None
        begun = {one.freeze: one.at.arrived_at for one in reversed(self._told) if one.stands}
        ended = [one for one in self._told if not one.stands and one.at.index <= last.at.index]
        spans = [(begun[one.freeze], one.at.arrived_at) for one in ended if one.freeze in begun]
        since = begun.get(last.freeze)
        while since is not None and (earlier := [low for low, high in spans if low < since <= high]):
            since = min(earlier)
        return since


def answerable_until(lifted: When) -> datetime | None:
    """Return when the days of an answer are over, from a lifting on; None where a release could not count that far."""
    at = instant.parse(lifted.arrived_at)
    due = known_deadline(at, RESUMED_WORKDAYS)
    return None if may_be_open(due, at) else due
