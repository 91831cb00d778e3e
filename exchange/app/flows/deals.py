"""A deal from the first deposit to the last payment: what lots, listings, contracts and money must do together.

Each flow is one unit. Locks are taken lot, listing, asset, contract, settlement, accounts; where a flow begins further
down, what it meets further up has been decided before and is not waited for by anybody who goes down.
"""

from collections.abc import Sequence

from exchange.auctions import service as auctions
from exchange.auctions.model import Bidder, Fault, Format, Halt, Lot, LotId, State
from exchange.contracts import service as contracts
from exchange.contracts.model import Contract, ContractId, Occasion
from exchange.contracts.model import State as ContractState
from exchange.members import service as members
from exchange.members.model import Role
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from listings.achievements import service as achievements
from listings.achievements.model import Asset, Listing, ListingId
from listings.achievements.model import State as ListingState
from settlement.escrow import service as escrow
from settlement.escrow.model import Broker, Cost, Deposit, Settlement, SettlementId, Withholding
from settlement.escrow.service import royalties

from .sharing import inventors, owners, require_broker


class NotAwarded(Refusal):
    """The sale is not awarded while a burden lies on the asset."""

    kind = Kind.CONFLICT
    zh = "知识产权负有权利负担，成交尚未确认，暂不能签约"


def take_deposit(
    unit: Unit,
    cause: Cause,
    lot: LotId,
    *,
    organisation: OrganisationId,
    amount_fen: Fen,
    payment_reference: str,
    rank: int | None = None,
) -> Bidder:
    """Record that a deposit has arrived, hold it, and let its payer bid, under the code it was promised if any."""
    found = auctions.hold_still(unit, lot)
    promised = _promised(unit, lot)
    bidder = auctions.confirm_deposit(
        unit,
        cause,
        lot,
        organisation=organisation,
        amount_fen=amount_fen,
        payment_reference=payment_reference,
        code=promised.get(organisation),
        promised=promised.values(),
        rank=rank,
    )
    escrow.take_deposit(
        unit,
        cause,
        deal=lot,
        seller=found.seller,
        code=bidder.code,
        payer=organisation,
        due_fen=found.terms.deposit_fen,
        paid_fen=amount_fen,
        reference=payment_reference,
    )
    return bidder


def request_deposit(unit: Unit, cause: Cause, lot: LotId, *, account: str | None) -> tuple[Settlement, Deposit]:
    """Tell the asking bidder where to pay its deposit, and under which code it will bid once that has come."""
    found = auctions.hold_still(unit, lot)
    promised = _promised(unit, lot)
    mine = promised.get(cause.actor.organisation)
    code = mine or auctions.promise_code(unit, cause, lot, promised=promised.values())
    settlement = escrow.request_deposit(
        unit, cause, deal=lot, seller=found.seller, code=code, due_fen=found.terms.deposit_fen, account=account
    )
    return settlement, next(one for one in settlement.deposits if one.code == code)


def withdraw_lot(unit: Unit, cause: Cause, lot: LotId) -> Lot:
    """Take a lot back before bidding begins; whoever had paid a deposit gets it back. Refuses `Frozen`.

    A lot that time ends lets the deposits go also under an order: those who bid are no party to it. Its seller is.
    """
    withdrawn = auctions.withdraw(unit, cause, lot)
    if settlement := escrow.of_deal(unit, lot):
        escrow.require_thawed(unit, settlement.id)
    escrow.release(unit, cause, deal=lot)
    return withdrawn


def cancel_lot(unit: Unit, cause: Cause, lot: LotId, *, reason: Halt, order: str | None) -> Lot:
    """End a suspended lot for good, as an officer; whoever had paid a deposit gets it back.

    An order against the seller keeps no deposit here: those who bid are no party to it, and the officer is not either.
    """
    cancelled = auctions.cancel(unit, cause, lot, reason=reason, order=order)
    escrow.release(unit, cause, deal=lot)
    return cancelled


def conclude(unit: Unit, cause: Cause, lot: Lot) -> None:
    """Draw the consequences of a lot's end: losers get their deposits back, a sale that is awarded its contract.

    A burden imposed meanwhile keeps the award until it is released, and both from signing; the contract's deadline does
    not wait for it, so that a deposit is not held for ever: what cannot be signed in time fails through the seller.

    Several licences have no deal here: a settlement knows one buyer. So nobody's deposit is kept, a winner's neither,
    and the parties sign and pay between themselves.
    """
    listing, asset = achievements.offered(unit, ListingId(str(lot.listing)))
    if lot.state is State.SOLD and lot.profile.format is not Format.UNIFORM:
        assert lot.leader is not None
        settlement = escrow.award(
            unit,
            cause,
            deal=lot.id,
            code=lot.leader.code,
            buyer=lot.leader.organisation,
            price_fen=lot.leader.amount_fen,
            reward_required=_owes_its_inventors(unit, asset),
        )
        _open_contract(unit, cause, lot, listing)
        if settlement.frozen:
            contracts.stay_contract(unit, cause, lot.id)
    else:
        escrow.release(unit, cause, deal=lot.id)
    contracts.request(unit, cause, lot.id, Occasion.CLOSED)


def let_go(unit: Unit, cause: Cause, lot: Lot) -> None:
    """Give every deposit of a lot back that has ended and is on no listing, the winner's too.

    Its contract is made outside the exchange, which has nothing to hold the deposit for.
    """
    escrow.release(unit, cause, deal=lot.id)


def sign(unit: Unit, cause: Cause, id: ContractId, *, terms_sha256: str) -> Contract:
    """Sign a contract; when both have, it takes effect and the rest of the price falls due.

    Refuses `NotAwarded` while a burden on the asset keeps the award.
    """
    contract = contracts.sign_contract(unit, cause, id, terms_sha256=terms_sha256)
    if achievements.offered(unit, ListingId(contract.listing))[0].state is not ListingState.AWARDED:
        raise NotAwarded("a burden on the asset must end before its contract can be signed")
    if contract.state is ContractState.EFFECTIVE:
        assert contract.effective_at is not None
        escrow.require(unit, cause, deal=contract.lot, contract=contract.id, effective_at=contract.effective_at)
    return contract


def register(unit: Unit, cause: Cause, id: ContractId) -> Contract:
    """Register a contract in force, as an officer."""
    contract = contracts.register_contract(unit, cause, id)
    contracts.request(unit, cause, contract.lot, Occasion.REGISTERED)
    return contract


def lapse(unit: Unit, cause: Cause, id: ContractId) -> Contract:
    """End a contract that was not signed in time. Refuses `NotDue`.

    A buyer at fault loses its deposit; one whose seller is at fault gets it back.
    """
    auctions.hold_still(unit, contracts.lot_of(unit, id))
    contract = contracts.lapse_contract(unit, cause, id)
    assert contract.fault is not None
    if contract.fault is Fault.BUYER:
        escrow.forfeit(unit, cause, deal=contract.lot)
    else:
        escrow.give_back(unit, cause, deal=contract.lot)
    fall_through(unit, cause, contract.lot, contract.fault)
    return contract


def declare_default(unit: Unit, cause: Cause, id: SettlementId) -> Settlement:
    """Record, as an officer, that the buyer has not paid in time; never automatic, for money may sit at the bank."""
    auctions.hold_still(unit, LotId(escrow.deal_of(unit, id)))
    settlement = escrow.declare_default(unit, cause, id)
    contracts.rescind_contract(unit, cause, ContractId(str(settlement.contract)))
    fall_through(unit, cause, LotId(settlement.deal), Fault.BUYER)
    return settlement


def settle(
    unit: Unit,
    cause: Cause,
    id: SettlementId,
    *,
    costs: tuple[Cost, ...],
    reward_bp: int,
    shares: Sequence[tuple[int, int]],
    broker: Broker | None = None,
    withheld: Sequence[Withholding] = (),
) -> Settlement:
    """Pay everybody: the fee, the broker, the inventors of the asset less their tax, its holders by their shares.

    `shares` are inventors by their place in the asset, from 1, with their weights; none given means all of them alike.
    Refuses `NotABroker` for one that is no verified member.
    """
    settlement = escrow.find(unit, cause, id)
    lot = auctions.lot_of(unit, LotId(settlement.deal))
    _, asset = achievements.offered(unit, ListingId(str(lot.listing)))
    escrow.require_seller(settlement, cause)
    named = inventors(asset, reward_bp, shares)
    require_broker(unit, broker)
    settled = escrow.settle(
        unit,
        cause,
        id,
        costs=costs,
        reward_bp=reward_bp,
        shares=named,
        owners=owners(asset),
        broker=broker,
        withheld=tuple(withheld),
    )
    contracts.request(unit, cause, lot.id, Occasion.SETTLED)
    return settled


def settle_by_time(unit: Unit, cause: Cause, id: SettlementId) -> Settlement:
    """Pay everybody out of a price whose seller let its time pass. Refuses `NotDue`."""
    deal = escrow.deal_of(unit, id)
    lot = auctions.lot_of(unit, LotId(deal))
    _, asset = achievements.offered(unit, ListingId(str(lot.listing)))
    settled = escrow.settle_by_time(unit, cause, id, owners=owners(asset), inventors=asset.inventors)
    contracts.request(unit, cause, lot.id, Occasion.SETTLED)
    return settled


def _promised(unit: Unit, lot: LotId) -> dict[OrganisationId, str]:
    """Return the codes that payers were promised on a lot held still; some have been paid for since."""
    settlement = escrow.of_deal(unit, lot)
    return {one.payer: one.code for one in settlement.deposits} if settlement else {}


def _open_contract(unit: Unit, cause: Cause, lot: Lot, listing: Listing) -> None:
    assert lot.leader is not None
    contracts.open_contract(
        unit,
        cause,
        lot=lot.id,
        listing=listing.id,
        seller=lot.seller,
        buyer=lot.leader.organisation,
        price_fen=lot.leader.amount_fen,
        region=listing.terms.region,
    )


def _owes_its_inventors(unit: Unit, asset: Asset) -> bool:
    """Whether a holder is a state-established institution: the least share follows the right (转化法 art. 45)."""
    return any(Role.UNIVERSITY in members.find(unit, one.organisation).roles for one in asset.holders)


def fall_through(unit: Unit, cause: Cause, lot: LotId, fault: Fault) -> None:
    """Take a sale back with its royalty, put its listing on offer again, and have that told."""
    settlement = escrow.of_deal(unit, lot)
    if settlement is not None:
        royalties.rescind(unit, cause, settlement.id)
    auctions.fall_through(unit, cause, lot, fault)
    contracts.request(unit, cause, lot, Occasion.FALLEN_THROUGH)
