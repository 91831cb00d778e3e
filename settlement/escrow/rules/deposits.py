"""What becomes of deposits: asked for, held, given back, lost."""

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
    DEPOSIT_REQUESTED,
    RELEASED,
    RETURNED,
    SETTLEMENT_OPENED,
    Award,
    Decision,
    Deposit,
    DepositState,
    Payee,
    Payout,
    Practice,
    Purpose,
    RefundReason,
    RequestDeposit,
    Settlement,
    SettlementId,
    State,
    TakeDeposit,
    transfer_for,
)
from . import orders
from .authority import CONFIRM_DEPOSITS, require_officer
from .fields import require_account, require_amount, require_reference
from .practice import practice_on
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


class AlreadyRequested(Refusal):
    """Your organisation has asked where to pay this deposit already."""

    kind = Kind.CONFLICT
    zh = "贵单位此前已经申请交纳该保证金"


class NotDue(Refusal):
    """It is not yet time."""

    kind = Kind.CONFLICT
    zh = "时间未到"


class NotYetOverdue(Refusal):
    """The buyer still has time to pay."""

    kind = Kind.CONFLICT
    zh = "付款期限尚未届满"


def open_settlement(
    id: SettlementId, deal: str, seller: OrganisationId, command: RequestDeposit | TakeDeposit, cause: Cause
) -> Decision:
    """Begin the settlement of a deal with the first deposit that is asked for or paid.

    Refuses as a further one is, `NoTermsInForce`. The terms are those in force on the day this is recorded.
    """
    if isinstance(command, TakeDeposit):
        require_officer(cause, CONFIRM_DEPOSITS)
        _require_exact(command)
    else:
        _require_request(command)
    terms = in_force(cause.at)
    empty = Settlement(id=id, deal=deal, seller=seller, terms=terms, state=State.BIDDING)
    opened = SETTLEMENT_OPENED(
        id, rule=terms.ref, deal=deal, seller=seller, terms=terms.to_json(), deposit_fen=command.due_fen
    )
    first = _hold(empty, command, cause) if isinstance(command, TakeDeposit) else _request(empty, command, cause)
    return replace(first, events=(opened, *first.events))


def request(settlement: Settlement, command: RequestDeposit, cause: Cause) -> Decision:
    """Tell a bidder where to pay. Refuses `AlreadyRequested`, `AlreadyPaid`, `UnusableField`."""
    mine = next((one for one in settlement.deposits if one.payer == command.payer), None)
    if mine is not None and mine.state is DepositState.REQUESTED:
        raise AlreadyRequested("pay it to the account you were told", code=mine.code)
    if mine is not None:
        raise AlreadyPaid("this bidder's deposit is held already")
    _require_request(command)
    invariant(command.due_fen == settlement.deposit_fen, "every bidder of a deal deposits the same")
    invariant(all(command.code != one.code for one in settlement.deposits), "a code is one bidder's")
    return _request(settlement, command, cause)


def take(settlement: Settlement, command: TakeDeposit, cause: Cause) -> Decision:
    """Hold one more deposit, asked for or not. Refuses `AlreadyPaid`, `UnusableField`, `WrongAmount`."""
    asked = next((one for one in settlement.deposits if one.payer == command.payer), None)
    requested = asked is not None and asked.state is DepositState.REQUESTED
    if (asked is not None and not requested) or any(
        command.code == one.code for one in settlement.deposits if one is not asked
    ):
        raise AlreadyPaid(f"this bidder's deposit is held already: {RETURN_IT}")
    _require_exact(command)
    invariant(command.due_fen == settlement.deposit_fen, "every bidder of a deal deposits the same")
    invariant(asked is None or asked.code == command.code, "it is paid under the code it was asked for under")
    return _hold(settlement, command, cause, asked)


def award(settlement: Settlement, command: Award) -> Decision:
    """Keep the winner's deposit and give the others back."""
    won = next((one for one in settlement.deposits if one.code == command.code), None)
    invariant(won is not None and won.payer == command.buyer, "the winner has deposited")
    assert won is not None
    invariant(won.state is DepositState.HELD, "and it is held")
    invariant(command.price_fen > won.amount_fen, "a price is more than its deposit")
    awarded = replace(
        settlement,
        state=State.AWARDED,
        deposits=_lapsed(settlement),
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
    refunds = _refund(replace(settlement, state=State.RELEASED, deposits=_lapsed(settlement)), RefundReason.UNSOLD)
    event = RELEASED(settlement.id, rule=settlement.terms.ref, refunded=len(refunds.events))
    return replace(refunds, events=(*refunds.events, event))


def give_back(settlement: Settlement) -> Decision:
    """Give the winner's deposit back."""
    refunds = _refund(replace(settlement, state=State.RETURNED), RefundReason.SELLER_DEFAULT)
    event = RETURNED(settlement.id, rule=settlement.terms.ref, code=settlement.code)
    return replace(refunds, events=(*refunds.events, event))


def declare_default(settlement: Settlement, cause: Cause) -> Decision:
    """Take the deposit of a buyer that did not pay in time. Refuses `NotYetOverdue`, also while that time is open."""
    if settlement.pay_by is None:
        raise NotYetOverdue("the working days the buyer may pay in cannot be counted yet")
    if cause.at < settlement.pay_by:
        raise NotYetOverdue("the buyer may pay until then", pay_by=instant.render(settlement.pay_by))
    return forfeit(settlement, cause)


def forfeit(settlement: Settlement, cause: Cause) -> Decision:
    """Take the winner's deposit, each who has a part in it in the order that the practice in force on the day says."""
    won = settlement.won
    assert won is not None
    assert settlement.price_fen is not None
    fee_fen = fee(settlement.terms, settlement.price_fen)
    parts = lost(won.amount_fen, fee_fen=fee_fen, practice=practice_on(cause.at))
    made = orders.forfeit(settlement.id, won, parts)
    event = DEPOSIT_FORFEITED(
        settlement.id,
        rule=settlement.terms.ref,
        code=won.code,
        amount_fen=won.amount_fen,
        fee_fen=parts["fee"],
        seller_fen=parts["seller"],
        transfers=written(made),
        payer=won.payer,
        by=cause.actor.named,
    )
    after = replace(
        settlement,
        state=State.FORFEITED,
        deposits=turned(settlement, DepositState.FORFEITED, {won.code}),
        fee_fen=parts["fee"],
        seller_fen=parts["seller"],
    )
    paid = (
        Payout(
            transfer=transfer_for(settlement.id, Purpose.SELLER_OUT),
            subject=settlement.id,
            payee=Payee.ORGANISATION,
            organisation=settlement.seller,
            amount_fen=parts["seller"],
        )
        if parts["seller"]
        else None
    )
    return Decision(settlement=after, orders=made, payouts=(paid,) if paid else (), events=(event,))


def lost(deposit_fen: Fen, *, fee_fen: Fen, practice: Practice) -> dict[str, Fen]:
    """Return who has which part of a lost deposit, in order: each as much as is owed to it, as far as it goes.

    The exchange is owed its fee on the price; the seller, whose sale fell through, whatever there is.
    """
    owed = {"fee": fee_fen, "seller": deposit_fen}
    invariant(sorted(practice.forfeit_order) == sorted(owed), "everybody is served once")
    parts, left_fen = dict[str, Fen](), int(deposit_fen)
    for whose in practice.forfeit_order:
        parts[whose] = Fen(min(owed[whose], left_fen))
        left_fen -= parts[whose]
    return parts


def turned(settlement: Settlement, into: DepositState, codes: set[str]) -> tuple[Deposit, ...]:
    """Return the deposits, those of `codes` in another state."""
    return tuple(replace(one, state=into) if one.code in codes else one for one in settlement.deposits)


def _lapsed(settlement: Settlement) -> tuple[Deposit, ...]:
    """Return the deposits when bidding is over: what was asked for and never came is not waited for any more."""
    asked = {one.code for one in settlement.deposits if one.state is DepositState.REQUESTED}
    return turned(settlement, DepositState.LAPSED, asked)


def _require_request(command: RequestDeposit) -> None:
    require_amount(command.due_fen, "due")
    if command.account is not None:
        require_account(command.account)


def _require_exact(command: TakeDeposit) -> None:
    require_reference(command.reference)
    require_amount(command.due_fen, "due")
    if command.paid_fen != command.due_fen:
        raise WrongAmount(f"exactly the deposit is taken: {RETURN_IT}", expected_fen=command.due_fen)


def _request(settlement: Settlement, command: RequestDeposit, cause: Cause) -> Decision:
    asked = Deposit(
        code=command.code,
        payer=command.payer,
        amount_fen=command.due_fen,
        hold=transfer_for(settlement.id, Purpose.HOLD, command.code),
        state=DepositState.REQUESTED,
        account=command.account,
    )
    event = DEPOSIT_REQUESTED(
        settlement.id,
        rule=settlement.terms.ref,
        code=asked.code,
        amount_fen=asked.amount_fen,
        payer=asked.payer,
        account=asked.account,
        by=cause.actor.named,
    )
    return Decision(settlement=replace(settlement, deposits=(*settlement.deposits, asked)), events=(event,))


def _hold(settlement: Settlement, command: TakeDeposit, cause: Cause, asked: Deposit | None = None) -> Decision:
    deposit = Deposit(
        code=command.code,
        payer=command.payer,
        amount_fen=command.paid_fen,
        hold=transfer_for(settlement.id, Purpose.HOLD, command.code),
        reference=command.reference,
        account=asked.account if asked else None,
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
    known = tuple(deposit if one is asked else one for one in settlement.deposits)
    after = replace(settlement, deposits=known if asked else (*known, deposit))
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
    payouts = tuple(_back(settlement, one) for one in back)
    return Decision(settlement=after, orders=tuple(made), payouts=payouts, events=tuple(events))


def _back(settlement: Settlement, one: Deposit) -> Payout:
    """Return what the bank is told of a refund: it goes back the way it came (原路退回)."""
    return Payout(
        transfer=transfer_for(settlement.id, Purpose.REFUND, one.code),
        subject=settlement.id,
        payee=Payee.ORGANISATION,
        organisation=one.payer,
        amount_fen=one.amount_fen,
        source=one.reference,
        account=one.account,
    )
