"""Is it yours to do? Asked before anything else.

Not checked: what the caller establishes (that a lot was sold, to whom, that a contract took effect or lapsed).
"""

from typing import Final

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant

from ..model import Command, DeclareDefault, ReceiveBalance, RequestDeposit, Settle, Settlement, TakeDeposit

CONFIRM_DEPOSITS: Final = "deposits.confirm"
RECORD_PAYMENTS: Final = "payments.record"
READ_ALL: Final = "deals.read_all"


class NoSuchSettlement(Refusal):
    """There is no such settlement."""

    kind = Kind.NOT_FOUND
    zh = "没有这笔结算"


class NotTheSeller(Refusal):
    """Only the seller settles its sale."""

    kind = Kind.FORBIDDEN
    zh = "只有转让方可以办理本笔结算"


class NotAnOfficer(Refusal):
    """Only an officer of the exchange records what has, or has not, arrived at the bank."""

    kind = Kind.FORBIDDEN
    zh = "只有平台结算人员可以登记款项到账情况"


def require(settlement: Settlement, command: Command, cause: Cause) -> None:
    """Refuse a command that is not the actor's to give."""
    match command:
        case TakeDeposit():
            require_officer(cause, CONFIRM_DEPOSITS)
        case ReceiveBalance() | DeclareDefault():
            require_officer(cause, RECORD_PAYMENTS)
        case RequestDeposit():
            invariant(cause.actor.organisation == command.payer, "whoever pays asks where to")
        case Settle():
            require_seller(settlement, cause)
        case _:  # a fact established by the caller
            pass


def require_seller(settlement: Settlement, cause: Cause) -> None:
    """Refuse whoever did not sell."""
    if cause.actor.organisation != settlement.seller:
        raise NotTheSeller("this sale is another organisation's")


def require_officer(cause: Cause, capability: str) -> None:
    """Refuse whoever does not hold the capability of the exchange's own officers."""
    if not cause.actor.may(capability):
        raise NotAnOfficer(f"this needs the capability {capability}", needs=capability)


def may_see(settlement: Settlement, cause: Cause) -> bool:
    """Whether the deal's money is the actor's to look at: the seller's, the buyer's, a supervisor's."""
    parties = {settlement.seller, settlement.buyer}
    return cause.actor.organisation in parties or cause.actor.may(READ_ALL)
