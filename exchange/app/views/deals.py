"""A deal on one page: what its parties, an officer and a regulator see of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from exchange.auctions import service as auctions
from exchange.auctions.model import Format, Lot, LotId
from exchange.contracts import service as contracts
from exchange.contracts.model import Contract
from exchange.members import service as members
from exchange.members.model import Capability, Organisation
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.unit import Unit
from listings.achievements import service as achievements
from listings.achievements.model import Listing, ListingId
from settlement.books import service as books
from settlement.books.model import Transfer
from settlement.escrow import service as escrow
from settlement.escrow.model import Deposit, Freeze, Invoice, Plan, Royalty, Settlement
from settlement.escrow.service import invoices, misdirected, royalties
from settlement.subsidies import service as subsidies
from settlement.subsidies.model import Claim


class NoSuchDeal(Refusal):
    """There is no deal of this lot that you may see."""

    kind = Kind.NOT_FOUND
    zh = "没有您可以查看的该标的交易"


class NoStanding(Refusal):
    """Your organisation has no deposit on this lot."""

    kind = Kind.NOT_FOUND
    zh = "贵单位在该标的没有保证金"


HIDDEN: Final = (":inventor:", ":owner:", ":broker", ":tax")
"""Accounts that show how the seller's side shares what it is paid: none of the buyer's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A bidder's own part in a lot: the code it bids under, and its deposit."""

    lot: LotId
    code: str
    deposit: Deposit


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A lot that has been announced, and everything that came of it."""

    lot: Lot
    listing: Listing
    contract: Contract | None
    settlement: Settlement | None
    transfers: tuple[Transfer, ...]
    claims: tuple[Claim, ...]
    plan: Plan | None
    freezes: tuple[Freeze, ...]
    orders_whole: bool  # with number and reason: to seller and buyer, who may appeal, and to who may read all
    royalty: Royalty | None
    invoices: tuple[Invoice, ...]
    parties: tuple[Organisation, ...]  # seller and buyer, once there is a contract between them


def standing(unit: Unit, cause: Cause, id: LotId) -> Standing:
    """Return the asking organisation's own part in a lot, before and after its end. Refuses `NoStanding`."""
    settlement = escrow.of_deal(unit, id)
    deposits = settlement.deposits if settlement else ()
    own = next((one for one in deposits if one.payer == cause.actor.organisation), None)
    if own is None:
        raise NoStanding("an officer confirms your deposit first")
    return Standing(lot=id, code=own.code, deposit=own)


def deal(unit: Unit, cause: Cause, id: LotId) -> Deal:
    """Return a deal to its seller, its buyer, or who may read all. Refuses `NoSuchDeal`.

    A buyer sees its own money and the deal's, not the other bidders', nor how the reward is shared or what is claimed.
    """
    lot = _seen(unit, id)
    contract, settlement = contracts.contract_of(unit, id), escrow.of_deal(unit, id)
    asking = cause.actor.organisation
    whole = cause.actor.may(Capability.DEALS_READ_ALL) or asking == lot.seller
    if not whole and (contract is None or asking != contract.buyer):
        raise NoSuchDeal("there is no deal of this lot that you may see")
    plan = escrow.plan_of(unit, settlement.id) if settlement else None
    royalty = royalties.of_settlement(unit, settlement.id) if settlement else None
    subjects = [one.id for one in (settlement, plan, royalty) if one is not None]
    transfers = _unexpected(unit, cause, settlement, subjects)
    transfers += [one for subject in subjects for one in books.transfers_of(unit, subject)]
    found = Deal(
        lot=lot,
        listing=achievements.offered(unit, ListingId(str(lot.listing)))[0],
        contract=contract,
        settlement=settlement,
        transfers=tuple(sorted(transfers, key=lambda one: one.recorded_at)),  # of one instant: as their subjects
        plan=plan,
        royalty=royalty,
        invoices=tuple(invoices.of_settlement(unit, settlement.id)) if settlement else (),
        claims=tuple(subsidies.claims_of(unit, contract.id)) if contract else (),
        orders_whole=cause.actor.may(Capability.DEALS_READ_ALL)
        or asking in ({lot.seller} if contract is None else {contract.seller, contract.buyer}),
        freezes=tuple(escrow.freezes_of(unit, settlement.id)) if settlement else (),
        parties=tuple(members.find(unit, one) for one in (contract.seller, contract.buyer)) if contract else (),
    )
    return found if whole else _for_the_buyer(found)


def counterparties(unit: Unit, cause: Cause, id: LotId) -> tuple[Organisation, ...]:
    """Return who announced a lot that has no deal here and who has won it, to each other and to who may read all.

    Their contracts are made outside the exchange, and for that they must know each other: of several winners each is
    told of itself alone. Refuses `NoSuchDeal`.
    """
    lot, asking = _lot(unit, id), cause.actor.organisation
    won = () if lot.listing is not None and lot.profile.format is not Format.UNIFORM else auctions.won_by(lot)
    shown = won if asking == lot.seller or cause.actor.may(Capability.DEALS_READ_ALL) else tuple({asking} & set(won))
    if not shown:
        raise NoSuchDeal("there is no deal of this lot that you may see")
    return tuple(members.find(unit, one) for one in (lot.seller, *shown))


def _seen(unit: Unit, id: LotId) -> Lot:
    lot = _lot(unit, id)
    if lot.announced_at is None or lot.listing is None:
        raise NoSuchDeal("there is no deal of this lot that you may see")
    return lot


def _lot(unit: Unit, id: LotId) -> Lot:
    try:
        return auctions.lot_of(unit, id)
    except auctions.SEEING_REFUSALS as refusal:
        raise NoSuchDeal("there is no deal of this lot that you may see") from refusal


def _unexpected(unit: Unit, cause: Cause, settlement: Settlement | None, subjects: Sequence[str]) -> list[Transfer]:
    """Return what was moved of payments that nobody expected and that were assigned to a deal.

    To who may read all, the whole of these payments. To the parties what came to the deal and no more, since the rest
    is somebody else's; to the buyer no other bidder's deposit.
    """
    parts = misdirected.assigned_to(unit, subjects)
    whole = cause.actor.may(Capability.DEALS_READ_ALL)
    if not whole and settlement is not None and cause.actor.organisation == settlement.buyer:
        parts = [one for one in parts if one.subject != settlement.id or one.code == settlement.code]
    shown = {one.transfer for one in parts}
    payments = dict.fromkeys(one.id for one in parts)
    made = [one for payment in payments for one in books.transfers_of(unit, payment)]
    return [one for one in made if whole or one.id in shown]


def _for_the_buyer(deal: Deal) -> Deal:
    settlement = deal.settlement
    assert settlement is not None
    own = f"{settlement.id}:bidder:{settlement.code}"

    def concerns(transfer: Transfer) -> bool:
        accounts = (transfer.debit, transfer.credit)
        others = any(":bidder:" in name and name != own for name in accounts)
        return not others and not any(one in name for name in accounts for one in HIDDEN)

    return replace(deal, transfers=tuple(filter(concerns, deal.transfers)), claims=())
