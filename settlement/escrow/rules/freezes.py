"""Orders that freeze a deal's money: who records and lifts them, and what they stop."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from ledger.kernel import instant
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant

from ..model import (
    FROZEN,
    MAX_ORDER_NUMBER,
    MAX_REASON,
    THAWED,
    Adopt,
    Command,
    DeclareDefault,
    Forfeit,
    Freeze,
    FreezeCommand,
    FreezeDecision,
    FreezeState,
    GiveBack,
    Impose,
    Lift,
    PlanState,
    Settle,
    SettleByTime,
    Settlement,
    State,
)
from .deposits import NotDue, NotYetOverdue
from .drawing import drawn
from .fields import UnusableField, require_sha256

FREEZE: Final = "deals.freeze"

FREEZE_TRANSITIONS: Mapping[tuple[FreezeState, type[FreezeCommand]], tuple[FreezeState, ...]] = MappingProxyType(
    {(FreezeState.STANDING, Lift): (FreezeState.LIFTED,)}
)
"""What each command leads to. No command is answered in LIFTED: that is final; a new order is a new freeze."""

STOPPED: Final[frozenset[type[Command]]] = frozenset({Settle, SettleByTime, Forfeit, GiveBack, DeclareDefault, Adopt})
"""What waits while an order stands: all that lets a deal's money out or applies it for good.

Money may come in (`TakeDeposit`, `ReceiveBalance`), the sale may be decided (`Award`, `Release`, `Require`): those who
did not win are no party to the deal that is frozen, and get their deposits back.
"""

FREEZABLE: Final = frozenset({State.BIDDING, State.AWARDED, State.DUE, State.PAID, State.PLANNED, State.SETTLED})
"""A settled deal may still owe royalties or be owed a subsidy; one that came to nothing has no money left."""


class NotAnAuthority(Refusal):
    """Only the regulator records and lifts orders to freeze."""

    kind = Kind.FORBIDDEN
    zh = "只有监管部门人员可以登记或者解除冻结"


class NoSuchFreeze(Refusal):
    """There is no such freeze."""

    kind = Kind.NOT_FOUND
    zh = "没有这项冻结"


class NothingToFreeze(Refusal):
    """The deal came to nothing, and holds no money."""

    kind = Kind.CONFLICT
    zh = "该交易已经终止，没有可以冻结的款项"


class AlreadyLifted(Refusal):
    """The freeze has been lifted already."""

    kind = Kind.CONFLICT
    zh = "该项冻结此前已经解除"


class OrderRecorded(Refusal):
    """This order has been recorded already.

    Raised by the store, which alone knows every order of a deal.
    """

    kind = Kind.CONFLICT
    zh = "该冻结文书此前已经登记"


class Frozen(Refusal):
    """The deal is frozen by order of a court or regulator."""

    kind = Kind.CONFLICT
    zh = "该交易已被依法冻结，解除前不得办理"


FREEZE_REFUSALS: tuple[type[Refusal], ...] = (
    # whose it is to ask
    NoSuchFreeze,
    NotAnAuthority,
    # the state
    NothingToFreeze,
    AlreadyLifted,
    # what the command says
    UnusableField,
    # what only the store knows
    OrderRecorded,
)
"""In the order they are checked; of any one command only some apply."""


def freezable(settlement: Settlement, plan: PlanState | None) -> bool:
    """Whether there is anything of a deal left to freeze; `plan` is how far the one is that its price was left to."""
    return settlement.state in FREEZABLE and (settlement.state is not State.PLANNED or plan is not PlanState.DECLINED)


def impose(settlement: Settlement, command: Impose, cause: Cause, *, plan: PlanState | None = None) -> FreezeDecision:
    """Freeze the money of a deal. Refuses `NotAnAuthority`, `NothingToFreeze`, `UnusableField`.

    `plan` is how far its plan is: a trial that was declined ended the deal. Several orders may stand at once. Not
    checked: that the order is what its hash says, which the record keeps.
    """
    require_authority(cause)
    if not freezable(settlement, plan):
        raise NothingToFreeze("what was held has gone back or is lost", state=settlement.state.value)
    _require_text(command.order_number, MAX_ORDER_NUMBER, "order_number")
    _require_text(command.reason, MAX_REASON, "reason")
    require_sha256(command.document_sha256, "document_sha256")
    freeze = Freeze(
        id=command.id,
        settlement=settlement.id,
        authority=command.authority,
        order_number=command.order_number,
        document_sha256=command.document_sha256,
        reason=command.reason,
        state=FreezeState.STANDING,
        frozen_at=cause.at,
    )
    event = FROZEN(
        settlement.id,
        rule=settlement.terms.ref,
        freeze=freeze.id,
        authority=freeze.authority,
        document_sha256=freeze.document_sha256,
        order_number=freeze.order_number,
        reason=freeze.reason,
        by=cause.actor.named,
    )
    frozen = replace(settlement, frozen=(*settlement.frozen, freeze.id))
    return FreezeDecision(freeze=freeze, settlement=frozen, events=(event,))


def decide_freeze(freeze: Freeze, settlement: Settlement, command: FreezeCommand, cause: Cause) -> FreezeDecision:
    """Lift an order. Refuses `NotAnAuthority`, `AlreadyLifted`, `UnusableField`."""
    require_authority(cause)
    targets = FREEZE_TRANSITIONS.get((freeze.state, type(command)))
    if targets is None:
        raise AlreadyLifted("an order is lifted once", state=freeze.state.value)
    invariant(
        freeze.settlement == settlement.id and freeze.id in settlement.frozen, "a standing order freezes its deal"
    )
    require_sha256(command.document_sha256, "document_sha256")
    lifted = replace(freeze, state=FreezeState.LIFTED, lifted_at=cause.at, lifted_sha256=command.document_sha256)
    invariant(lifted.state in targets, "a decision stays within the table")
    event = THAWED(
        settlement.id,
        rule=settlement.terms.ref,
        freeze=freeze.id,
        document_sha256=command.document_sha256,
        by=cause.actor.named,
    )
    left = tuple(one for one in settlement.frozen if one != freeze.id)
    thawed = replace(settlement, frozen=left, thawed_at=settlement.thawed_at if left else cause.at)
    return FreezeDecision(freeze=lifted, settlement=thawed, events=(event,))


def require_authority(cause: Cause) -> None:
    """Refuse whoever may not record orders to freeze."""
    if not cause.actor.may(FREEZE):
        raise NotAnAuthority(f"this needs the capability {FREEZE}", needs=FREEZE)


def require_thawed(settlement: Settlement) -> None:
    """Refuse `Frozen` while any order stands."""
    if settlement.frozen:
        raise Frozen("wait until every order that stands is lifted", freezes=" ".join(settlement.frozen))


def require_time(settlement: Settlement, cause: Cause) -> None:
    """Refuse `NotDue` to time, while who could not divide as long as orders stood still has the days for it."""
    quiet = settlement.quiet_until
    if quiet is not None and cause.at < quiet:
        raise NotDue("whoever was kept from it by an order has until then", due_at=instant.render(quiet))


def require_overdue(settlement: Settlement, cause: Cause) -> None:
    """Refuse `NotYetOverdue` to a default, while a buyer that an order kept from acting has the days for it.

    It may have been unable to agree to a plan, or to have a milestone released: what it owes could not become less, or
    due later. Refused, too, while those days cannot be counted.
    """
    if settlement.thawed_at is None:
        return
    quiet = settlement.quiet_until
    if quiet is None:
        raise NotYetOverdue("the working days since the last order was lifted cannot be counted yet")
    if cause.at < quiet:
        raise NotYetOverdue("whoever was kept from acting by an order has until then", due_at=instant.render(quiet))


def frozen_since(last: Freeze, others: Iterable[Freeze]) -> datetime:
    """Return since when a deal has been frozen without a gap, of which `last` is the order lifted last."""
    since = last.frozen_at
    for one in sorted(others, key=lambda one: one.frozen_at, reverse=True):
        if one.frozen_at < since and one.lifted_at is not None and one.lifted_at >= since:
            since = one.frozen_at
    return since


def freeze_diagram() -> str:
    """Return the table as a Mermaid state diagram, for the documentation."""
    return drawn(FREEZE_TRANSITIONS, FreezeState, first=f"{FreezeState.STANDING}: Impose")


def _require_text(text: str, longest: int, field: str) -> None:
    if not 0 < len(text) <= longest or text != text.strip() or not text.isprintable():
        raise UnusableField(f"write 1 to {longest} printable characters, no blanks around them", field=field)
