"""Deadlines that were left open, since no calendar reached that far, counted once one does.

A calendar comes with a release, so this is asked when the ticker starts, and hourly, for another process may be of
an older release. Nothing is published for it: every deadline follows from an instant and from numbers that the record
tells already.
"""

import logging
from collections.abc import Mapping
from typing import Final, Protocol

from exchange.contracts import service as contracts
from ledger.kernel.calendar import YEARS, YearPlan
from ledger.kernel.unit import Unit, Units
from settlement.escrow import service as escrow
from settlement.escrow.service import misdirected, royalties

log = logging.getLogger(__name__)


class Reckon(Protocol):
    """Counts what was left open of one noun, with the calendars of `years`; says of how many it could."""

    def __call__(self, unit: Unit, *, years: Mapping[int, YearPlan]) -> int:
        """Count, and return of how many."""


OPEN_ENDED: Final[Mapping[str, Reckon]] = {
    "contracts": contracts.reckon_contracts,
    "settlements": escrow.reckon,
    "misdirected": misdirected.reckon,
    "plans": escrow.reckon_plans,
    "royalties": royalties.reckon,
}
"""Whose deadlines may have been left open, in the order in which their rows are locked everywhere."""


def reckon(units: Units, *, years: Mapping[int, YearPlan] = YEARS) -> int:
    """Count every deadline that was left open and can be counted now, all in one unit; return of how many things.

    What no calendar reaches yet stays open.
    """
    with units.begin() as unit:
        found = {name: count(unit, years=years) for name, count in OPEN_ENDED.items()}
    told = ", ".join(f"{many} {name}" for name, many in found.items())
    log.info("deadlines counted that were left open: %s", told)
    return sum(found.values())
