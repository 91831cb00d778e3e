"""When an entry of a plan may come, and which may only come in one transaction with the one before, right behind it."""

from collections.abc import Iterator, Mapping
from typing import Final

from ..model import (
    DISPUTE_RESOLVED,
    OUTCOME_OFFERED,
    PART_DISPUTED,
    PART_DIVIDED,
    PART_PAID,
    PART_RELEASED,
    PART_RETURNED,
    PART_WAITS,
    PLAN_AGREED,
    PLAN_DEFAULTED,
    PLAN_DEPOSIT_LOST,
    PLAN_LAPSED,
    PLAN_PROPOSED,
    PLAN_WITHDRAWN,
    PROPOSAL_EXTENDED,
    RELEASE_PROPOSED,
    TRIAL_BEGUN,
    TRIAL_DECLINED,
    TRIAL_EXTENDED,
    Outcome,
    PartState,
    PlanState,
)
from .plan_reading import PlanFold

_ACTIVE, _BOTH = frozenset({PlanState.ACTIVE}), frozenset({PlanState.ACTIVE, PlanState.DEFAULTED})
LAWFUL: Final[Mapping[str, frozenset[PlanState]]] = {
    PLAN_PROPOSED.name: frozenset({PlanState.PROPOSED}),
    PLAN_WITHDRAWN.name: frozenset({PlanState.PROPOSED}),
    PLAN_LAPSED.name: frozenset({PlanState.PROPOSED}),
    PROPOSAL_EXTENDED.name: frozenset({PlanState.PROPOSED}),
    TRIAL_BEGUN.name: frozenset({PlanState.PROPOSED}),
    TRIAL_DECLINED.name: frozenset({PlanState.TRIAL}),
    TRIAL_EXTENDED.name: frozenset({PlanState.TRIAL}),
    PLAN_AGREED.name: frozenset({PlanState.PROPOSED, PlanState.TRIAL}),
    PART_PAID.name: _ACTIVE,
    PART_WAITS.name: _ACTIVE,
    RELEASE_PROPOSED.name: _ACTIVE,
    PART_RELEASED.name: _BOTH,
    PART_DISPUTED.name: _ACTIVE,
    OUTCOME_OFFERED.name: _BOTH,
    DISPUTE_RESOLVED.name: _BOTH,
    PART_RETURNED.name: frozenset({PlanState.ACTIVE, PlanState.DEFAULTED, PlanState.BROKEN}),
    PART_DIVIDED.name: _BOTH,
    PLAN_DEFAULTED.name: _ACTIVE,
    PLAN_DEPOSIT_LOST.name: frozenset({PlanState.DEFAULTED, PlanState.BROKEN}),
}
"""In which states of a plan an entry may come."""

OF_A_PART: Final[Mapping[str, frozenset[PartState]]] = {
    PART_PAID.name: frozenset({PartState.OPEN}),
    PART_WAITS.name: frozenset({PartState.FUNDED}),
    RELEASE_PROPOSED.name: frozenset({PartState.FUNDED}),
    PART_DISPUTED.name: frozenset({PartState.FUNDED, PartState.CONFIRMING}),
    OUTCOME_OFFERED.name: frozenset({PartState.DISPUTED}),
    DISPUTE_RESOLVED.name: frozenset({PartState.DISPUTED}),
    PART_DIVIDED.name: frozenset({PartState.RELEASED}),
    PLAN_DEFAULTED.name: frozenset({PartState.OPEN}),
}
"""In which states of the part that it names."""

Owed = tuple[str, int | None]
"""The kind of an entry, and its part."""


def at_once(now: PlanFold, resolved: tuple[int, Outcome] | None) -> Owed | None:
    """Return the entry that has to come next, if the one before it leaves no choice; `resolved` is a dispute's end."""
    return next(_owed(now, resolved), None)


def _owed(now: PlanFold, resolved: tuple[int, Outcome] | None) -> Iterator[Owed]:
    if resolved is not None:
        number, outcome = resolved
        yield (PART_RELEASED.name if outcome is Outcome.RELEASED else PART_RETURNED.name), number
    if now.state is PlanState.ACTIVE:
        paid = [one for one in now.parts if one.state is PartState.FUNDED]
        yield from ((PART_RELEASED.name, one.number) for one in paid if not one.milestone)
    if now.defaulted:
        if now.parts[0].state is PartState.CANCELLED and not now.deposit_lost:
            yield PLAN_DEPOSIT_LOST.name, None
        kept = [one for one in now.parts if one.state in {PartState.FUNDED, PartState.CONFIRMING}]
        yield from ((PART_RETURNED.name, one.number) for one in kept)


def instead(owed: Owed) -> Owed | None:
    """Return what may come in the place of what is owed: what arrives waits where an order stands against the deal."""
    kind, number = owed
    return (PART_WAITS.name, number) if kind == PART_RELEASED.name else None


def named(owed: Owed) -> str:
    """Write what is owed for a finding."""
    kind, number = owed
    return kind if number is None else f"{kind} of part {number}"
