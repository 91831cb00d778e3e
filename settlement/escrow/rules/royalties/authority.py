"""Is it yours to do? Asked before anything else about a royalty."""

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal

from ...model import (
    AgreeRoyalty,
    CallAudit,
    DeclareOverdue,
    DivideRoyalty,
    PayRoyalty,
    RecordAudit,
    Royalty,
    RoyaltyCommand,
    StateSales,
    TerminateRoyalty,
    WithdrawRoyalty,
)
from ..authority import READ_ALL, RECORD_PAYMENTS, NotTheSeller, require_officer
from ..plans import NotAParty, NotTheBuyer


class NoSuchRoyalty(Refusal):
    """There is no such royalty agreement."""

    kind = Kind.NOT_FOUND
    zh = "没有这份提成支付协议"


def require(royalty: Royalty, command: RoyaltyCommand, cause: Cause) -> None:
    """Refuse a command that is not the actor's to give."""
    asking = cause.actor.organisation
    match command:
        case WithdrawRoyalty() | CallAudit() | DivideRoyalty():
            if asking != royalty.seller:
                raise NotTheSeller("this sale is another organisation's")
        case AgreeRoyalty() | StateSales():
            if asking != royalty.buyer:
                raise NotTheBuyer("this is another organisation's purchase")
        case RecordAudit() | PayRoyalty() | DeclareOverdue():
            require_officer(cause, RECORD_PAYMENTS)
        case TerminateRoyalty():
            if asking not in {royalty.seller, royalty.buyer}:
                raise NotAParty("this is a deal between others")
        case _:  # time's, or a fact established by the caller
            pass


def may_see(royalty: Royalty, cause: Cause) -> bool:
    """Whether the agreement is the actor's to look at: the seller's, the buyer's, a supervisor's."""
    return cause.actor.organisation in {royalty.seller, royalty.buyer} or cause.actor.may(READ_ALL)
