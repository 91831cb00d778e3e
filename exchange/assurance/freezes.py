"""Orders to freeze, held against what they stop beside the settlement itself: other subjects' money, contract and lot.

By the log's order, and by kinds: the settlement is locked by whoever records or lifts an order, and by whoever lets
money of its deal go, before either records anything of it. So what was let go in the unit that lifts the last order
stands behind what tells of the lifting. A contract is stayed and goes on before the order is recorded or lifted, in one
unit with it: that is told by the one instant at which both arrived.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from exchange.auctions import model as auctions
from exchange.contracts import model as contracts
from ledger.audit.reading import Entry, Reader
from ledger.audit.report import Finding
from ledger.kernel import instant
from ledger.kernel.calendar import known_deadline, may_be_open
from ledger.kernel.cause import TIME
from settlement.escrow import model as escrow
from settlement.subsidies import model as subsidies

from .deals import Deals
from .facts import Contract, Facts, Gone, Ordered, Settlement, Stay, Told, Trial, Waited, When

STOPPED: Final = frozenset(
    {
        escrow.PLAN_LAPSED.name,
        escrow.TRIAL_BEGUN.name,
        escrow.TRIAL_DECLINED.name,
        escrow.PLAN_AGREED.name,
        escrow.PART_RELEASED.name,
        escrow.DISPUTE_RESOLVED.name,
        escrow.PART_RETURNED.name,
        escrow.PART_DIVIDED.name,
        escrow.PLAN_DEFAULTED.name,
        escrow.PLAN_DEPOSIT_LOST.name,
        escrow.ROYALTY_DIVIDED.name,
        escrow.TERMINATION_SIGNED.name,
        escrow.ROYALTY_TERMINATED.name,
        subsidies.CLAIM_PAID.name,
        contracts.CONTRACT_WRITTEN.name,
        contracts.CONTRACT_SIGNED.name,
        contracts.CONTRACT_REGISTERED.name,
        contracts.CONTRACT_LAPSED.name,
        contracts.CONTRACT_RESCINDED.name,
        auctions.LOT_WITHDRAWN.name,
        auctions.SALE_FELL_THROUGH.name,
    }
)
"""What lets money of a deal go or go onwards, assigns it, takes it back, gives up or ends what nobody could answer.

What a settlement tells is its own's. The end of a royalty is stopped where its parties agree on it, or one of them acts
on a default; not where it ends with its deal, which is stopped by what ends that.
"""

_WAITS: Final = frozenset({escrow.PLAN_LAPSED.name, escrow.PLAN_DEFAULTED.name})
"""What comes no sooner than those are over who could not act: whoever tells of it. And so does what time divides."""

_OVER: Final = frozenset({escrow.TRIAL_DECLINED.name, escrow.PLAN_AGREED.name})
_LASTS: Final = frozenset({escrow.TRIAL_BEGUN.name, escrow.TRIAL_EXTENDED.name})
_OF_A_PLAN: Final = frozenset({escrow.PART_WAITS.name, escrow.PART_RELEASED.name}) | _OVER | _LASTS
"""What tells of a plan whether it has to go on with the last order's lifting."""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def read_order(facts: Facts, entry: Entry, index: int) -> None:
    """Take what an entry tells of an order, of a contract that stands still, or what an order would have stopped."""
    kind, subject = str(entry["kind"]), str(entry["subject"])
    facts.latest = max(facts.latest or When.of(entry), When.of(entry), key=lambda one: one.index)
    if kind in {escrow.FROZEN.name, escrow.THAWED.name}:
        freeze = Reader(entry).inside("data").text("freeze")
        told = Ordered(at=When.of(entry), freeze=freeze, stands=kind == escrow.FROZEN.name)
        facts.orders.setdefault(subject, []).append(told)
    elif kind == escrow.PART_WAITS.name:
        named = Reader(entry).inside("data").written.get("freezes")
        freezes = tuple(str(one) for one in named) if isinstance(named, list | tuple) else ()
        facts.told.append(Told(at=When.of(entry), subject=subject, kind=kind, freezes=freezes))
    elif kind == escrow.TRIAL_EXTENDED.name:
        since = Reader(entry).inside("data").text("frozen_at")
        facts.told.append(Told(at=When.of(entry), subject=subject, kind=kind, frozen_at=since))
    elif kind == escrow.PROPOSAL_EXTENDED.name:
        facts.told.append(Told(at=When.of(entry), subject=subject, kind=kind))
    elif kind in STOPPED and not _with_its_deal(entry):
        facts.gone.append(Gone(index=index, subject=subject, kind=kind, by_time_at=_by_time(entry)))
    elif kind == contracts.CONTRACT_STAYED.name:
        facts.stays.setdefault(subject, []).append(Stay(begun=When.of(entry)))
    elif kind == contracts.CONTRACT_RESUMED.name and facts.stays.get(subject):
        facts.stays[subject][-1].ended = When.of(entry)
    if kind in _OF_A_PLAN:
        _read_plan(facts, entry, kind, subject)


def findings(facts: Facts, deals: Deals) -> Iterator[Finding]:
    """Yield what came while an order stood, and every contract that stood still or went on without an order's word."""
    orders = {name: _Orders(told) for name, told in facts.orders.items()}
    for one in facts.gone:
        settlement = _settlement_of(facts, deals, one.subject)
        if settlement is not None and settlement.id in orders:
            yield from _too_early(one, settlement, orders[settlement.id])
    for told in facts.told:
        settlement = _settlement_of(facts, deals, told.subject)
        if settlement is not None:
            yield from _otherwise(told, settlement, orders.get(settlement.id) or _Orders(()))
    yield from _left_behind(facts, orders)
    for name, known in orders.items():
        yield from _of_nothing(facts, name, known)
    for contract in facts.contracts.values():
        settlement, stays = deals.settlement_of(contract), facts.stays.get(contract.id, [])
        known = orders.get(settlement.id, _Orders(())) if settlement else _Orders(())
        yield from _contract(contract, settlement, known, stays)


def _read_plan(facts: Facts, entry: Entry, kind: str, subject: str) -> None:
    """Take what a plan's entry tells of a part that waits, or of a trial."""
    at, data, waits = When.of(entry), Reader(entry).inside("data"), facts.waits.get(subject, [])
    if kind == escrow.PART_WAITS.name:
        facts.waits.setdefault(subject, []).append(Waited(subject=subject, part=data.number("part"), begun=at))
    elif kind == escrow.PART_RELEASED.name:
        for one in waits:
            if one.part == data.number("part") and one.released is None:
                one.released = at
    elif kind == escrow.TRIAL_BEGUN.name:
        facts.trials[subject] = Trial(until=[(at, data.instant("until"))])
    elif (trial := facts.trials.get(subject)) is not None:
        if kind in _LASTS:
            trial.until.append((at, data.instant("until")))
        else:
            trial.over = trial.over or at


@dataclass(slots=True)
class _Period:
    """From when to when at least one order stood against a settlement."""

    begun: When
    ended: When | None = None


class _Orders:
    """The orders against one settlement, in the log's order."""

    def __init__(self, told: Iterable[Ordered]) -> None:
        self.periods: list[_Period] = []
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
                self.periods.append(_Period(one.at))
            elif before and not standing:
                self.periods[-1].ended = one.at

    def standing(self, index: int) -> tuple[str, ...]:
        """Return which orders stand where an entry of this index comes."""
        place = bisect_left(self._since, index)
        return self._standing[place - 1] if place else ()

    def quiet_until(self, index: int) -> datetime:
        """Return until when time had to wait, after the last lifting before an entry of this index."""
        lifted = [one.ended for one in self.periods if one.ended is not None and one.ended.index < index]
        return (lifted and _answerable_until(lifted[-1])) or _NEVER

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


def _answerable_until(lifted: When) -> datetime | None:
    """Return when the days of an answer are over, from a lifting on; None where a release could not count that far."""
    at = instant.parse(lifted.arrived_at)
    due = known_deadline(at, escrow.RESUMED_WORKDAYS)
    return None if may_be_open(due, at) else due


def _by_time(entry: Entry) -> datetime | None:
    """Return when time divided something, by an entry that says so; None of anybody else's act, and of a sealed one.

    And when anything came that waits as time does, whoever's act it was.
    """
    told = Reader(entry)
    if str(entry["kind"]) in _WAITS:
        return told.instant("arrived_at")
    if str(entry["kind"]) not in {escrow.PART_DIVIDED.name, escrow.ROYALTY_DIVIDED.name} or not told.has("opened"):
        return None
    opened = told.inside("opened")
    who = opened.inside("by").text_or_none("organisation") if opened.has("by") else None
    return told.instant("arrived_at") if who == TIME.organisation else None


def _with_its_deal(entry: Entry) -> bool:
    """Whether an entry tells of a royalty that ends because its deal does."""
    told = str(entry["kind"]) == escrow.ROYALTY_TERMINATED.name
    return told and Reader(entry).inside("data").text("ground") == escrow.Ground.FELL_THROUGH


def _settlement_of(facts: Facts, deals: Deals, subject: str) -> Settlement | None:
    """Return the settlement on which what stops a subject is recorded."""
    if (claim := facts.claims.get(subject)) is not None:
        subject = claim.deal
    if (contract := facts.contracts.get(subject)) is not None:
        return deals.settlement_of(contract)
    beside = facts.plans.get(subject) or facts.royalties.get(subject)
    return facts.settlements.get(beside.settlement) if beside else deals.settlement_of_lot(subject)


def _too_early(one: Gone, settlement: Settlement, orders: _Orders) -> Iterator[Finding]:
    """Yield what came while an order stood, or before whoever it kept from acting had time to."""
    if standing := orders.standing(one.index):
        what = f"{one.subject}: {one.kind} comes while {' '.join(standing)} stands against {settlement.id}"
        yield Finding(what, one.index)
    elif one.by_time_at is not None and one.by_time_at < orders.quiet_until(one.index):
        what = f"{one.kind} comes" if one.kind in _WAITS else "is divided by time"
        yield Finding(f"{one.subject}: {what} before whoever an order kept from it had time to", one.index)


def _otherwise(told: Told, settlement: Settlement, orders: _Orders) -> Iterator[Finding]:
    """Yield where a plan tells otherwise of the orders against its settlement than the settlement does."""
    index, of = told.at.index, settlement.id
    if told.kind == escrow.PART_WAITS.name:
        standing = orders.standing(index)
        if sorted(told.freezes) != sorted(standing):
            known = f"{' '.join(standing) or 'no order'} stands against {of}"
            yield Finding(f"{told.subject}: waits for {' '.join(told.freezes)} where {known}", index)
        return
    last = orders.lifted_before(index)
    if last is None or last.at.arrived_at != told.at.arrived_at:
        what = "trial" if told.kind == escrow.TRIAL_EXTENDED.name else "proposal"
        yield Finding(f"{told.subject}: its {what} goes on, and that is not when {of} is thawed", index)
    elif told.kind == escrow.TRIAL_EXTENDED.name and (since := orders.frozen_since(index)) != told.frozen_at:
        yield Finding(f"{told.subject}: was frozen since {told.frozen_at} where {of} was since {since}", index)


def _of_nothing(facts: Facts, name: str, orders: _Orders) -> Iterator[Finding]:
    """Yield what is wrong with orders against a deal that came to nothing: they keep its asset, and are not new."""
    if (ended := facts.settlements.get(name)) is None:
        return
    if ended.end == "released":
        yield from _offered_anew(facts, ended, orders)
    plan = facts.plans.get(ended.plan or "")
    if plan is not None and plan.declined_index >= 0:
        for one in orders.imposed_behind(plan.declined_index):
            yield Finding(f"{name}: is frozen by {one.freeze} when {plan.id} is declined", one.at.index)


def _left_behind(facts: Facts, orders: Mapping[str, _Orders]) -> Iterator[Finding]:
    """Yield what a plan owes with the last order's lifting and has not: what waits is released, a frozen trial lasts.

    While the log ends with entries of the lifting's own arrival, what is missing may be yet to come.
    """
    for plan in facts.plans.values():
        if (known := orders.get(plan.settlement)) is None:
            continue
        ends = [one.ended for one in known.periods if one.ended is not None]
        for end in ends:
            if facts.latest is None or facts.latest.arrived_at == end.arrived_at:
                continue
            of = plan.settlement
            for one in facts.waits.get(plan.id, []):
                if _stood(one.begun, one.released, end) and not _with(one.released, end):
                    yield Finding(
                        f"{plan.id}: part {one.part} waits, and is not released when {of} is thawed", end.index
                    )
            trial = facts.trials.get(plan.id)
            if trial is not None and _has_to_last(trial, known.frozen_since(end.index + 1), end):
                yield Finding(f"{plan.id}: its trial was frozen, and does not go on when {of} is thawed", end.index)


def _has_to_last(trial: Trial, since: str | None, end: When) -> bool:
    """Whether a trial was frozen before it was over, has too few days left when thawed, and was not given more."""
    lasts = [until for at, until in trial.until if at.index < end.index]
    if not lasts or not _stood(trial.until[0][0], trial.over, end) or since is None:
        return False
    due = _answerable_until(end)
    given = any(_with(at, end) for at, _ in trial.until)
    return due is not None and instant.parse(since) < lasts[-1] < due and not given


def _stood(begun: When, over: When | None, end: When) -> bool:
    """Whether what has begun was not over yet where an order is lifted."""
    return begun.index < end.index and (over is None or over.index > end.index)


def _with(one: When | None, end: When) -> bool:
    """Whether an entry comes behind a lifting, of the same arrival."""
    return one is not None and one.index > end.index and one.arrived_at == end.arrived_at


def _offered_anew(facts: Facts, one: Settlement, orders: _Orders) -> Iterator[Finding]:
    """Yield every lot of the same asset that is announced while an order outlasts a deal that came to nothing."""
    if (asset := _asset_of(facts, one.deal)) is None:
        return
    for lot in facts.lots.values():
        standing = orders.standing(lot.index)
        if standing and lot.index > one.end_index and _asset_of(facts, lot.id) == asset:
            yield Finding(f"{lot.id}: offers {asset} while {' '.join(standing)} stands against {one.id}", lot.index)


def _asset_of(facts: Facts, lot: str) -> str | None:
    known = facts.lots.get(lot)
    listing = facts.listings.get(known.listing or "") if known else None
    return listing.asset if listing else None


def _contract(one: Contract, settlement: Settlement | None, orders: _Orders, stays: list[Stay]) -> Iterator[Finding]:
    """Hold a contract's standing still against the orders: as long as any stands, from its beginning, to its end."""
    of, left = settlement.id if settlement else one.lot, list(stays)
    for period in filter(lambda each: _meets(one, each), orders.periods):
        late = period.begun.index < one.index
        begun_at = one.opened_at if late else period.begun.arrived_at
        stay = next((each for each in left if each.begun.arrived_at == begun_at), None)
        if stay is not None:
            left.remove(stay)
            yield from _end(one, of, period, stay)
        elif late:
            yield Finding(f"{one.id}: is opened while {of} is frozen, and does not stand still", one.index)
        else:
            yield Finding(f"{of}: is frozen, and {one.id} does not stand still", period.begun.index)
    for stay in left:
        yield Finding(f"{one.id}: stands still, and {of} is not frozen then", stay.begun.index)


def _meets(one: Contract, period: _Period) -> bool:
    """Whether a contract is there, and neither registered nor over, when a period begins or while it lasts."""
    over = [one.end_index] if one.ended else []
    over += [one.registered.index] if one.registered else []
    return period.begun.index < min(over, default=period.begun.index + 1) and (
        period.ended is None or one.index < period.ended.index
    )


def _end(one: Contract, of: str, period: _Period, stay: Stay) -> Iterator[Finding]:
    if stay.ended is None:
        if period.ended is not None:
            yield Finding(f"{of}: is not frozen any more, and {one.id} stands still", period.ended.index)
    elif period.ended is None or stay.ended.arrived_at != period.ended.arrived_at:
        yield Finding(f"{one.id}: goes on, and that is not when {of} is thawed", stay.ended.index)
