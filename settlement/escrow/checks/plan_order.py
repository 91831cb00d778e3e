"""What of a plan may only come in one transaction with what brings it about, and so right behind it."""

from collections.abc import Iterator

from ..model import PART_RELEASED, PART_RETURNED, PLAN_DEPOSIT_LOST, Outcome, PartState, PlanState
from .plan_reading import PlanFold

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


def named(owed: Owed) -> str:
    """Write what is owed for a finding."""
    kind, number = owed
    return kind if number is None else f"{kind} of part {number}"
