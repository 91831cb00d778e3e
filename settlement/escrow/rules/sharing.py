"""What carrying out a division does to a settlement: transfers, payouts, and what is recorded of it."""

from dataclasses import replace

from ledger.kernel.canonical import Json
from ledger.kernel.cause import Cause
from ledger.kernel.money import Fen
from ledger.log.model import Event
from settlement.books.model import Order, written

from ..model import (
    SETTLED,
    SHARED,
    Cost,
    Decision,
    Division,
    Owner,
    Payee,
    Payout,
    Purpose,
    Settlement,
    Sharing,
    State,
    transfer_for,
)
from . import orders


def shared(settlement: Settlement, sharing: Sharing, divided: Division, cause: Cause) -> Decision:
    """Pay everybody what a division gives them. The sums are public; whose they are, of costs and people, is sealed.

    What the seller's side keeps and what the inventors receive is told in one sum each. Where a broker, other holders
    or the tax authority have a part in them, a second entry tells it.
    """
    after = _settled(settlement, sharing, divided)
    kept = _kept_by_seller(settlement, sharing, divided)
    assert after.seller_fen is not None
    made = orders.settle(
        after.id, fee_fen=divided.fee_fen, reward_fen=divided.reward_fen, seller_fen=after.seller_fen, kept_fen=kept
    )
    inventors = tuple(order for one in divided.cuts for order in orders.payout(after.id, one))
    told = _told(after, sharing, divided, made, inventors, cause)
    others = _others(after, sharing, divided)
    taxes = orders.taxes(after.id, divided.cuts)
    events = (told, _told_shared(after, sharing, divided, others, taxes)) if _is_shared(sharing, divided) else (told,)
    return Decision(
        settlement=after,
        orders=(*made, *inventors, *others, *taxes),
        payouts=_payouts(after, sharing, divided),
        events=events,
    )


def _is_shared(sharing: Sharing, divided: Division) -> bool:
    return sharing.broker is not None or len(sharing.owners) > 1 or _withheld_fen(divided) > 0


def _withheld_fen(divided: Division) -> Fen:
    return Fen(sum(one.withheld_fen for one in divided.cuts))


def _settled(settlement: Settlement, sharing: Sharing, divided: Division) -> Settlement:
    more = _is_shared(sharing, divided)
    return replace(
        settlement,
        state=State.SETTLED,
        fee_fen=divided.fee_fen,
        costs_fen=Fen(divided.costs_fen + divided.commission_fen),
        reward_bp=sharing.reward_bp,
        reward_fen=divided.reward_fen,
        seller_fen=Fen(divided.amount_fen - divided.fee_fen - divided.reward_fen),
        commission_fen=divided.commission_fen if more else None,
        owners_fen=divided.owners_fen if more else None,
        withheld_fen=_withheld_fen(divided) if more else None,
    )


def _kept_by_seller(settlement: Settlement, sharing: Sharing, divided: Division) -> Fen:
    parts = zip(sharing.owners, divided.owner_parts, strict=True)
    return Fen(sum(fen for one, fen in parts if one.organisation == settlement.seller))


def _others_of(settlement: Settlement, sharing: Sharing, divided: Division) -> list[tuple[int, Owner, Fen]]:
    """Return the other holders than the seller: place in the asset's order, from 1, who it is, its part."""
    parts = enumerate(zip(sharing.owners, divided.owner_parts, strict=True), 1)
    return [(place, one, fen) for place, (one, fen) in parts if one.organisation != settlement.seller]


def _others(settlement: Settlement, sharing: Sharing, divided: Division) -> tuple[Order, ...]:
    owners = _others_of(settlement, sharing, divided)
    return (
        *orders.commission(settlement.id, divided.commission_fen),
        *(order for place, _, fen in owners for order in orders.owner(settlement.id, place, fen)),
    )


def _told(
    after: Settlement,
    sharing: Sharing,
    divided: Division,
    made: tuple[Order, ...],
    inventors: tuple[Order, ...],
    cause: Cause,
) -> Event:
    ranked = sorted(sharing.inventors, key=lambda one: one.inventor)
    split: list[Json] = [
        {"inventor": one.inventor, "name": one.name, "weight": one.weight, "amount_fen": str(cut.amount_fen)}
        for one, cut in zip(ranked, divided.cuts, strict=True)
    ]
    return SETTLED(
        after.id,
        rule=after.terms.ref,
        price_fen=after.price_fen,
        fee_fen=after.fee_fen,
        costs_fen=after.costs_fen,
        net_fen=after.net_fen,
        reward_bp=after.reward_bp,
        reward_fen=after.reward_fen,
        seller_fen=after.seller_fen,
        transfers=written(made),
        costs=[_written(one) for one in divided.costs],
        split=split,
        payouts=written(inventors),
        by=cause.actor.named,
    )


def _told_shared(
    after: Settlement, sharing: Sharing, divided: Division, others: tuple[Order, ...], taxes: tuple[Order, ...]
) -> Event:
    broker = sharing.broker
    owners: list[Json] = [
        {"organisation": one.organisation, "share_bp": one.share_bp, "amount_fen": str(fen)}
        for one, fen in zip(sharing.owners, divided.owner_parts, strict=True)
    ]
    withholdings: list[Json] = [
        {"inventor": one.inventor, "amount_fen": str(one.withheld_fen)} for one in divided.cuts if one.withheld_fen
    ]
    return SHARED(
        after.id,
        rule=after.terms.ref,
        commission_fen=after.commission_fen,
        owners_fen=after.owners_fen,
        withheld_fen=after.withheld_fen,
        transfers=written(others),
        broker={"organisation": broker.organisation, "commission_bp": broker.commission_bp} if broker else None,
        owners=owners,
        withholdings=withholdings,
        payouts=written(taxes),
    )


def _payouts(after: Settlement, sharing: Sharing, divided: Division) -> tuple[Payout, ...]:
    """Return what the bank is told, of all that is more than nothing."""
    places = {one.organisation: place for place, one in enumerate(sharing.owners, 1)}
    owed = [
        Payout(
            transfer=transfer_for(after.id, Purpose.SELLER_OUT)
            if one.organisation == after.seller
            else transfer_for(after.id, Purpose.OWNER_OUT, str(places[one.organisation])),
            subject=after.id,
            payee=Payee.ORGANISATION,
            organisation=one.organisation,
            amount_fen=fen,
        )
        for one, fen in zip(sharing.owners, divided.owner_parts, strict=True)
        if fen
    ]
    owed += [
        Payout(
            transfer=transfer_for(after.id, Purpose.INVENTOR_OUT, str(one.inventor)),
            subject=after.id,
            payee=Payee.INVENTOR,
            inventor=one.inventor,
            amount_fen=one.paid_fen,
        )
        for one in divided.cuts
        if one.paid_fen
    ]
    if sharing.broker and divided.commission_fen:
        owed.append(
            Payout(
                transfer=transfer_for(after.id, Purpose.BROKER_OUT),
                subject=after.id,
                payee=Payee.ORGANISATION,
                organisation=sharing.broker.organisation,
                amount_fen=divided.commission_fen,
            )
        )
    if withheld_fen := _withheld_fen(divided):
        taxed = transfer_for(after.id, Purpose.TAX_OUT)
        owed.append(Payout(transfer=taxed, subject=after.id, payee=Payee.TAX, amount_fen=withheld_fen))
    return tuple(owed)


def _written(cost: Cost) -> Json:
    return {"kind": cost.kind.value, "amount_fen": str(cost.amount_fen), "evidence_sha256": cost.evidence_sha256}
