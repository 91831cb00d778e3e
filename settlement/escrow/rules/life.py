"""A settlement from its first deposit to its end: which command may come in which state."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant

from ..model import (
    Adopt,
    Award,
    Command,
    Decision,
    DeclareDefault,
    Forfeit,
    GiveBack,
    ReceiveBalance,
    Release,
    RequestDeposit,
    Require,
    Settle,
    SettleByTime,
    Settlement,
    State,
    TakeDeposit,
)
from . import authority, deposits, price
from .deposits import RETURN_IT, AlreadyPaid
from .drawing import drawn
from .freezes import STOPPED, require_overdue, require_thawed

# What each command leads to. No command is answered in SETTLED, PLANNED, RELEASED, RETURNED or FORFEITED: those end it.
TRANSITIONS: Mapping[tuple[State, type[Command]], tuple[State, ...]] = MappingProxyType(
    {
        (State.BIDDING, RequestDeposit): (State.BIDDING,),
        (State.BIDDING, TakeDeposit): (State.BIDDING,),
        (State.BIDDING, Award): (State.AWARDED,),
        (State.BIDDING, Release): (State.RELEASED,),
        (State.AWARDED, Require): (State.DUE,),
        (State.AWARDED, Forfeit): (State.FORFEITED,),
        (State.AWARDED, GiveBack): (State.RETURNED,),
        (State.DUE, ReceiveBalance): (State.PAID,),
        (State.DUE, DeclareDefault): (State.FORFEITED,),
        (State.DUE, Adopt): (State.PLANNED,),
        (State.PAID, Settle): (State.SETTLED,),
        (State.PAID, SettleByTime): (State.SETTLED,),
    }
)


class WrongState(Refusal):
    """The settlement is not in a state that allows this."""

    kind = Kind.CONFLICT
    zh = "结算当前状态不允许此操作"


def decide(settlement: Settlement, command: Command, cause: Cause) -> Decision:
    """Return what `command` changes, or raise the first of `REFUSALS` that applies."""
    authority.require(settlement, command, cause)
    targets = TRANSITIONS.get((settlement.state, type(command)))
    if targets is None:
        raise _out_of_state(settlement, command)
    if type(command) in STOPPED:
        require_thawed(settlement)
    decision = _apply(settlement, command, cause)
    invariant(decision.settlement.state in targets, "a decision stays within the table")
    return decision


def diagram() -> str:
    """Return the table as a Mermaid state diagram, for the documentation."""
    return drawn(TRANSITIONS, State, first=f"{State.BIDDING}: RequestDeposit, TakeDeposit")


def _apply(settlement: Settlement, command: Command, cause: Cause) -> Decision:
    match command:
        case RequestDeposit() | TakeDeposit():
            return _with_bidders(settlement, command, cause)
        case Award() | Release() | GiveBack() | Forfeit() | DeclareDefault():
            return _with_deposits(settlement, command, cause)
        case Require():
            return price.require(settlement, command)
        case ReceiveBalance():
            return price.receive(settlement, command, cause)
        case Adopt():
            return price.adopt(settlement, command, cause)
        case Settle():
            return price.settle(settlement, command, cause)
        case SettleByTime():
            return price.settle_by_time(settlement, command, cause)
        case _:
            assert_never(command)


def _with_bidders(settlement: Settlement, command: RequestDeposit | TakeDeposit, cause: Cause) -> Decision:
    match command:
        case RequestDeposit():
            return deposits.request(settlement, command, cause)
        case TakeDeposit():
            return deposits.take(settlement, command, cause)
        case _:
            assert_never(command)


def _with_deposits(
    settlement: Settlement, command: Award | Release | GiveBack | Forfeit | DeclareDefault, cause: Cause
) -> Decision:
    match command:
        case Award():
            return deposits.award(settlement, command)
        case Release():
            return deposits.release(settlement)
        case GiveBack():
            return deposits.give_back(settlement)
        case Forfeit():
            return deposits.forfeit(settlement, cause)
        case DeclareDefault():
            require_overdue(settlement, cause)
            return deposits.declare_default(settlement, cause)
        case _:
            assert_never(command)


def _out_of_state(settlement: Settlement, command: Command) -> Refusal:
    if isinstance(command, ReceiveBalance) and settlement.state in {State.PAID, State.SETTLED}:
        return AlreadyPaid(f"the balance has been paid: {RETURN_IT}", state=settlement.state.value)
    return WrongState(f"the settlement is {settlement.state}", state=settlement.state.value)
