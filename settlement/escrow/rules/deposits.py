"""What becomes of deposits: held, given back, lost."""

from dataclasses import replace
from typing import Final

from ledger.kernel import instant
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.log.model import Event
from settlement.books.model import Order, written

from ..model import (
    AWARDED,
    DEPOSIT_FORFEITED,
    DEPOSIT_HELD,
    DEPOSIT_REFUNDED,
    RELEASED,
    RETURNED,
    SETTLEMENT_OPENED,
    Award,
    Decision,
    Deposit,
    DepositState,
    Purpose,
    RefundReason,
    Settlement,
    SettlementId,
    State,
    TakeDeposit,
    transfer_for,
)
from . import orders
from .authority import CONFIRM_DEPOSITS, require_officer
from .fields import require_amount, require_reference
from .terms import fee, in_force

RETURN_IT: Final = "return the payment at the bank"
"""What an officer does with money that is not taken; it never was in custody."""


class WrongAmount(Refusal):
    """What was paid is not what is due."""

    kind = Kind.CONFLICT
    zh = "所付款项与应付金额不符"


class AlreadyPaid(Refusal):
    """What is due has been paid already."""

    kind = Kind.CONFLICT
    zh = "应付款项此前已经付清"


class NotYetOverdue(Refusal):
    """The buyer still has time to pay."""

    kind = Kind.CONFLICT
    zh = "付款期限尚未届满"


def open_settlement(
    id: SettlementId, deal: str, seller: OrganisationId, command: TakeDeposit, cause: Cause
) -> Decision:
    """Begin the settlement of a deal with the first deposit on it. Refuses as a further deposit is, `NoTermsInForce`.

    The terms are those in force on the day the deposit is recorded.
    """
    require_officer(cause, CONFIRM_DEPOSITS)
    _require_exact(command)
    terms = in_force(cause.at)
    empty = Settlement(id=id, deal=deal, seller=seller, terms=terms, state=State.BIDDING)
    opened = SETTLEMENT_OPENED(
        id, rule=terms.ref, deal=deal, seller=seller, terms=terms.to_json(), deposit_fen=command.due_fen
    )
    first = _hold(empty, command, cause)
    return replace(first, events=(opened, *first.events))


def take(settlement: Settlement, command: TakeDeposit, cause: Cause) -> Decision:
    """Hold one more deposit. Refuses `AlreadyPaid`, `UnusableField`, `WrongAmount`."""
    if any(command.code == one.code or command.payer == one.payer for one in settlement.deposits):
        raise AlreadyPaid(f"this bidder's deposit is held already: {RETURN_IT}")
    _require_exact(command)
    invariant(command.due_fen == settlement.deposit_fen, "every bidder of a deal deposits the same")
    return _hold(settlement, command, cause)


def award(settlement: Settlement, command: Award) -> Decision:
    """Keep the winner's deposit and give the others back."""
    won = next((one for one in settlement.deposits if one.code == command.code), None)
    invariant(won is not None and won.payer == command.buyer, "the winner has deposited")
    assert won is not None
    invariant(command.price_fen > won.amount_fen, "a price is more than its deposit")
    awarded = replace(
        settlement,
        state=State.AWARDED,
        buyer=command.buyer,
        code=command.code,
        price_fen=command.price_fen,
        reward_min_bp=settlement.terms.reward_min_bp if command.reward_required else 0,
    )
    event = AWARDED(
        settlement.id,
        rule=settlement.terms.ref,
        code=command.code,
        price_fen=awarded.price_fen,
        balance_fen=awarded.balance_fen,
        reward_min_bp=awarded.reward_min_bp,
        buyer=command.buyer,
    )
    refunds = _refund(awarded, RefundReason.OUTBID, but=command.code)
    return replace(refunds, events=(event, *refunds.events))


def release(settlement: Settlement) -> Decision:
    """Give every deposit back."""
    refunds = _refund(replace(settlement, state=State.RELEASED), RefundReason.UNSOLD)
    event = RELEASED(settlement.id, rule=settlement.terms.ref, refunded=len(settlement.deposits))
    return replace(refunds, events=(*refunds.events, event))


def give_back(settlement: Settlement) -> Decision:
    """Give the winner's deposit back."""
    refunds = _refund(replace(settlement, state=State.RETURNED), RefundReason.SELLER_DEFAULT)
    event = RETURNED(settlement.id, rule=settlement.terms.ref, code=settlement.code)
    return replace(refunds, events=(*refunds.events, event))


def declare_default(settlement: Settlement, cause: Cause) -> Decision:
    """Take the deposit of a buyer that did not pay in time. Refuses `NotYetOverdue`."""
    assert settlement.pay_by is not None
    if cause.at < settlement.pay_by:
        raise NotYetOverdue("the buyer may pay until then", pay_by=instant.render(settlement.pay_by))
    return forfeit(settlement, cause)


def forfeit(settlement: Settlement, cause: Cause) -> Decision:
    """Take the winner's deposit: first the fee on the price, as far as it goes, the rest to the seller."""
    won = settlement.won
    assert won is not None
    assert settlement.price_fen is not None
    fee_fen = min(fee(settlement.terms, settlement.price_fen), won.amount_fen)
    seller_fen = Fen(won.amount_fen - fee_fen)
    made = orders.forfeit(settlement.id, won, fee_fen=fee_fen, seller_fen=seller_fen)
    event = DEPOSIT_FORFEITED(
        settlement.id,
        rule=settlement.terms.ref,
        code=won.code,
        amount_fen=won.amount_fen,
        fee_fen=fee_fen,
        seller_fen=seller_fen,
        transfers=written(made),
        payer=won.payer,
        by=cause.actor.named,
    )
    after = replace(
        settlement,
        state=State.FORFEITED,
        deposits=turned(settlement, DepositState.FORFEITED, {won.code}),
        fee_fen=fee_fen,
        seller_fen=seller_fen,
    )
    return Decision(settlement=after, orders=made, events=(event,))


def turned(settlement: Settlement, into: DepositState, codes: set[str]) -> tuple[Deposit, ...]:
    """Return the deposits, those of `codes` in another state."""
    return tuple(replace(one, state=into) if one.code in codes else one for one in settlement.deposits)


def _require_exact(command: TakeDeposit) -> None:
    require_reference(command.reference)
    require_amount(command.due_fen, "due")
    if command.paid_fen != command.due_fen:
        raise WrongAmount(f"exactly the deposit is taken: {RETURN_IT}", expected_fen=command.due_fen)


def _hold(settlement: Settlement, command: TakeDeposit, cause: Cause) -> Decision:
    deposit = Deposit(
        code=command.code,
        payer=command.payer,
        amount_fen=command.paid_fen,
        hold=transfer_for(settlement.id, Purpose.HOLD, command.code),
    )
    made = orders.hold(settlement.id, deposit.code, deposit.amount_fen)
    event = DEPOSIT_HELD(
        settlement.id,
        rule=settlement.terms.ref,
        code=deposit.code,
        amount_fen=deposit.amount_fen,
        transfers=written(made),
        payer=deposit.payer,
        reference=command.reference,
        by=cause.actor.named,
    )
    after = replace(settlement, deposits=(*settlement.deposits, deposit))
    return Decision(settlement=after, orders=made, events=(event,))


def _refund(settlement: Settlement, reason: RefundReason, *, but: str | None = None) -> Decision:
    """Give back every deposit that is still held, `but` one."""
    made: list[Order] = []
    events: list[Event] = []
    back = [one for one in settlement.deposits if one.state is DepositState.HELD and one.code != but]
    for one in back:
        ordered = orders.refund(settlement.id, one)
        made.extend(ordered)
        events.append(
            DEPOSIT_REFUNDED(
                settlement.id,
                rule=settlement.terms.ref,
                code=one.code,
                amount_fen=one.amount_fen,
                transfers=written(ordered),
                reason=reason,
                payer=one.payer,
            )
        )
    deposits = turned(settlement, DepositState.REFUNDED, {one.code for one in back})
    after = replace(settlement, deposits=deposits)
    return Decision(settlement=after, orders=tuple(made), events=tuple(events))
