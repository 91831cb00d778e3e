"""Time acting on the whole exchange: disclosures that are over, lots whose end has passed, contracts nobody signed.

Plans and royalties nobody agreed to, holds that are over, and prices that their sellers have not divided, too.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from exchange.auctions import service as auctions
from exchange.auctions.model import LotId, State
from exchange.contracts import service as contracts
from exchange.contracts.model import ContractId
from ledger.kernel import clock
from ledger.kernel.cause import TIME, Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.unit import Unit, Units
from listings.achievements import service as achievements
from listings.achievements.model import ListingId
from settlement.books import service as books
from settlement.escrow import service as escrow
from settlement.escrow.model import PlanId, RoyaltyId, SettlementId
from settlement.escrow.service import royalties

from . import deals, plans

BATCH: Final = 50
SETTLE_TIMEOUT_S: Final = 10.0
SETTLE_POLL_S: Final = 0.005
OVERTAKEN: Final = frozenset({"not-due", "wrong-state", "wrong-plan-state", "wrong-royalty-state", "stayed", "frozen"})
"""What is no surprise: another ticker was faster, a bid moved the end, an order came first."""

log = logging.getLogger(__name__)

Named = TypeVar("Named", LotId, ListingId, ContractId, SettlementId, PlanId, RoyaltyId)


class StillTicking(Refusal):
    """The clock waits for something that is due."""

    kind = Kind.UNAVAILABLE
    zh = "尚有到期事项未处理，时钟暂不能拨动"


def tick_due(units: Units) -> int:
    """Tick everything due by the one clock; return how many things were ticked."""
    with units.look() as unit:
        at = unit.now()
    return _tick_at(units, at)


def move_clock(units: Units, to: datetime) -> int:
    """Move a virtual clock to `to`, stopping at every instant at which something falls due; return how many stops.

    Refuses `TooFar`, `NotVirtual`, `Backwards`. Each stop and each tick is a unit of its own: a move that is cut short
    has happened as far as it got, and can be repeated.
    """
    stops = 0
    stands_at: datetime | None = None
    deadline = time.monotonic() + SETTLE_TIMEOUT_S
    while True:
        with units.begin() as unit:
            due = _next_due(unit)
            stop = to if due is None or due > to else min(to, max(due, unit.now()))
            clock.move(unit.connection, stop)
        if due is None or due > to:
            return stops
        if stop != stands_at:
            stops, stands_at = stops + 1, stop
        if _tick_at(units, stop):
            deadline = time.monotonic() + SETTLE_TIMEOUT_S
        elif time.monotonic() > deadline:
            raise StillTicking("something that is due could not be ticked; ask again", due_at=due.isoformat())
        else:
            time.sleep(SETTLE_POLL_S)  # a ticker beside us holds it


def tick_listing(unit: Unit, cause: Cause, id: ListingId) -> None:
    """Let time act on a listing."""
    achievements.tick(unit, cause, id)


def tick_lot(unit: Unit, cause: Cause, id: LotId) -> None:
    """Let time act on a lot; with its end, deposits go back, a sale gets its contract, and a pack is requested."""
    lot = auctions.tick(unit, cause, id)
    if lot.state not in {State.SOLD, State.UNSOLD}:
        return
    if lot.listing:
        deals.conclude(unit, cause, lot)
    else:
        deals.let_go(unit, cause, lot)


def tick_contract(unit: Unit, cause: Cause, id: ContractId) -> None:
    """Let time act on a contract that was not signed in time."""
    deals.lapse(unit, cause, id)


def tick_plan(unit: Unit, cause: Cause, id: PlanId) -> None:
    """Let time act on a payment plan: nobody agreed to it, took up what was tried, or divided what was released."""
    plans.elapse(unit, cause, id)


def tick_royalty(unit: Unit, cause: Cause, id: RoyaltyId) -> None:
    """Let time act on a royalty: nobody agreed to it, or nothing was stated of a period."""
    royalties.tick(unit, cause, id)


def tick_settlement(unit: Unit, cause: Cause, id: SettlementId) -> None:
    """Let time settle what its seller has not."""
    deals.settle_by_time(unit, cause, id)


def packs_wanted(units: Units) -> list[str]:
    """Return the record packs that are requested and that nobody is building."""
    with units.begin() as unit:
        return [str(pack) for pack in contracts.due(unit)]


def _next_due(unit: Unit) -> datetime | None:
    soonest = (
        achievements.next_due(unit),
        auctions.next_due(unit),
        contracts.next_contract_due(unit),
        escrow.next_plan_due(unit),
        books.next_expiry(unit),
        royalties.next_due(unit),
        escrow.next_due(unit),
    )
    return min((at for at in soonest if at), default=None)


def _tick_at(units: Units, at: datetime) -> int:
    return (
        _tick(units, at, achievements.due, tick_listing)
        + _tick(units, at, auctions.due, tick_lot)
        + _tick(units, at, contracts.due_contracts, tick_contract)
        + _tick(units, at, escrow.due_plans, tick_plan)
        + _expire(units)
        + _tick(units, at, royalties.due, tick_royalty)
        + _tick(units, at, escrow.due, tick_settlement)
    )


def _expire(units: Units) -> int:
    """Give back what holds held until now and nothing else has resolved; return how many were over."""
    with units.begin() as unit:
        return books.expire(unit, at_most=BATCH)


def _tick(
    units: Units,
    at: datetime,
    due: Callable[[Unit, datetime, int], list[Named]],
    act: Callable[[Unit, Cause, Named], None],
) -> int:
    """Tick what `due` finds, each in a unit of its own, so that one that fails keeps no other from its time."""
    with units.look() as unit:
        found = due(unit, at, BATCH)
    ticked = 0
    for name in found:
        cause = Cause(actor=TIME, at=at, request_id="ticker")
        try:
            with units.begin() as unit:
                act(unit, cause, name)
            ticked += 1
        except Refusal as refusal:
            if refusal.code().rpartition("/")[2] not in OVERTAKEN:
                log.warning("%s is due and was refused: %s [%s]", name, refusal.detail, refusal.code())
        except Exception:
            log.exception("%s could not be ticked", name)
    return ticked
