"""Plans that an order had stopped, held against its lifting: what waits is released, trials and proposals last."""

from collections.abc import Iterator, Mapping
from typing import Final

from ledger.audit.reading import Entry, Reader
from ledger.audit.report import Finding
from ledger.kernel import instant
from settlement.escrow import model as escrow

from .facts import Facts, Settlement, Told, Trial, Waited, When
from .orders import Orders, answerable_until

_TOLD: Final = frozenset({escrow.PART_WAITS.name, escrow.TRIAL_EXTENDED.name, escrow.PROPOSAL_EXTENDED.name})
_OVER: Final = frozenset({escrow.TRIAL_DECLINED.name, escrow.PLAN_AGREED.name})
_LASTS: Final = frozenset({escrow.TRIAL_BEGUN.name, escrow.TRIAL_EXTENDED.name})
_OF_A_PLAN: Final = frozenset({escrow.PART_WAITS.name, escrow.PART_RELEASED.name}) | _OVER | _LASTS
"""What tells of a plan whether it has to go on with the last order's lifting."""


def read_plan(facts: Facts, entry: Entry, kind: str, subject: str) -> None:
    """Take what a plan's entry tells of a part that waits, of a trial, and of what goes on since when."""
    if kind in _TOLD:
        facts.told.append(_told(entry, kind, subject))
    if kind not in _OF_A_PLAN:
        return
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


def otherwise(told: Told, settlement: Settlement, orders: Orders) -> Iterator[Finding]:
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


def left_behind(facts: Facts, orders: Mapping[str, Orders]) -> Iterator[Finding]:
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
    due = answerable_until(end)
    given = any(_with(at, end) for at, _ in trial.until)
    return due is not None and instant.parse(since) < lasts[-1] < due and not given


def _stood(begun: When, over: When | None, end: When) -> bool:
    """Whether what has begun was not over yet where an order is lifted."""
    return begun.index < end.index and (over is None or over.index > end.index)


def _with(one: When | None, end: When) -> bool:
    """Whether an entry comes behind a lifting, of the same arrival."""
    return one is not None and one.index > end.index and one.arrived_at == end.arrived_at


def _told(entry: Entry, kind: str, subject: str) -> Told:
    data = Reader(entry).inside("data")
    named = data.written.get("freezes")
    return Told(
        at=When.of(entry),
        subject=subject,
        kind=kind,
        freezes=tuple(str(one) for one in named) if isinstance(named, list | tuple) else (),
        frozen_at=data.text("frozen_at") if kind == escrow.TRIAL_EXTENDED.name else None,
    )
