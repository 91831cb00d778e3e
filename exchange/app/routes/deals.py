"""The doors of a deal, from its first deposit to its incentive: each of them one flow."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from exchange.auctions import service as auctions
from exchange.auctions.api import LotPath
from exchange.auctions.api.shapes import DepositConfirmation, LotState, Standing
from exchange.contracts import service as contracts
from exchange.contracts.api import ContractPath, ContractSignature, ContractState
from exchange.contracts.model import ContractId
from exchange.members.model import Capability
from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, done, named, needs, refuses
from listings.achievements import service as achievements
from listings.achievements.api.asset_shapes import EncumbranceState
from listings.achievements.model import AssetId, EncumbranceId
from settlement.escrow import service as escrow
from settlement.escrow.api import DepositRequest, DepositTicket, SettlementPath, SettlementShape, SettleShape
from settlement.subsidies import service as subsidies
from settlement.subsidies.api import ClaimBody, ClaimPath, ClaimShape

from .. import flows, views
from .deal_shapes import DealShape, PartyShape, StandingShape

router = APIRouter(prefix="/v1")


@router.post(
    "/lots/{lot}/announce",
    response_model=LotState,
    responses=refuses(*auctions.SEEING_REFUSALS, *auctions.ANNOUNCE_REFUSALS, flows.OrderOutlasts),
    tags=["auctions"],
)
def announce_lot(lot: LotPath, door: Door = needs(Capability.LOTS_WRITE)) -> JSONResponse:
    """Publish a lot: from now on its terms stand and its listing is reserved for it."""

    def act(unit: Unit) -> Reply:
        after = flows.announce(unit, door.cause, lot)
        return done(200, LotState(id=after.id, state=after.state, ends_at=after.ends_at))

    return door.command(None, act)


@router.post(
    "/lots/{lot}/deposits",
    status_code=201,
    response_model=Standing,
    responses=refuses(*auctions.SEEING_REFUSALS, *auctions.DEPOSIT_REFUSALS, *escrow.DEPOSIT_REFUSALS),
    tags=["auctions"],
)
def confirm_deposit(
    lot: LotPath, body: DepositConfirmation, door: Door = needs(Capability.DEPOSITS_CONFIRM)
) -> JSONResponse:
    """Record, as an officer, that a deposit has arrived.

    It is held until the lot is decided, and its payer may bid from now on under the code answered: a priority code
    where a right of pre-emption that the seller has named is confirmed by its rank.
    """

    def act(unit: Unit) -> Reply:
        bidder = flows.take_deposit(
            unit,
            door.cause,
            lot,
            organisation=body.organisation,
            amount_fen=body.amount.fen,
            payment_reference=body.payment_reference,
            rank=body.rank,
        )
        return done(201, Standing(lot=lot, code=bidder.code, rank=bidder.rank))

    return door.command(body, act)


@router.post(
    "/lots/{lot}/deposits/requests",
    status_code=201,
    response_model=DepositTicket,
    responses=refuses(*auctions.SEEING_REFUSALS, *auctions.REQUEST_REFUSALS, *escrow.REQUEST_REFUSALS),
    tags=["auctions"],
)
def request_deposit(lot: LotPath, body: DepositRequest, door: Door = needs(Capability.LOTS_BID)) -> JSONResponse:
    """Ask where to pay one's deposit; the code answered is one's own as soon as an officer records that it came."""

    def act(unit: Unit) -> Reply:
        settlement, deposit = flows.request_deposit(unit, door.cause, lot, account=body.source_account)
        return done(201, DepositTicket.of(settlement, deposit))

    return door.command(body, act)


@router.post(
    "/lots/{lot}/withdraw",
    response_model=LotState,
    responses=refuses(*auctions.SEEING_REFUSALS, *auctions.WITHDRAW_REFUSALS, *escrow.THAWED_REFUSALS),
    tags=["auctions"],
)
def withdraw_lot(lot: LotPath, door: Door = needs(Capability.LOTS_WRITE)) -> JSONResponse:
    """Take a lot back before bidding begins; deposits that were paid for it go back."""

    def act(unit: Unit) -> Reply:
        after = flows.withdraw_lot(unit, door.cause, lot)
        return done(200, LotState(id=after.id, state=after.state, ends_at=after.ends_at))

    return door.command(None, act)


@router.post(
    "/assets/{asset}/encumbrances/{encumbrance}/release",
    response_model=EncumbranceState,
    responses=refuses(*achievements.UNENCUMBER_REFUSALS),
    tags=["achievements"],
)
def release_encumbrance(
    asset: Annotated[AssetId, named(AssetId)],
    encumbrance: Annotated[EncumbranceId, named(EncumbranceId)],
    door: Door = needs(Capability.LISTINGS_REVIEW),
) -> JSONResponse:
    """Record, as an officer, that a burden has ended; a sale that waited for it is awarded."""

    def act(unit: Unit) -> Reply:
        flows.release_encumbrance(unit, door.cause, asset, encumbrance)
        return done(200, EncumbranceState(id=encumbrance, asset=asset, in_force=False))

    return door.command(None, act)


@router.get("/lots/{lot}/deal", response_model=DealShape, responses=refuses(views.NoSuchDeal), tags=["contracts"])
def read_deal(lot: LotPath, door: Door = needs(Capability.DEALS_READ)) -> DealShape:
    """Return a deal on one page: the sale, its contract, its money fen by fen, what was claimed for it."""
    return door.read(lambda unit: DealShape.of(views.deal(unit, door.cause, lot), unit.now()))


@router.get(
    "/lots/{lot}/parties",
    response_model=list[PartyShape],
    responses=refuses(views.NoSuchDeal),
    tags=["auctions"],
)
def read_parties(lot: LotPath, door: Door = needs(Capability.DEALS_READ)) -> list[PartyShape]:
    """Return who announced a lot that has no deal here and who won it, to each other: they contract elsewhere."""
    parties = door.read(lambda unit: views.counterparties(unit, door.cause, lot))
    return [PartyShape(id=one.id, name=one.name, credit_code=one.credit_code) for one in parties]


@router.get(
    "/lots/{lot}/standing", response_model=StandingShape, responses=refuses(views.NoStanding), tags=["auctions"]
)
def read_standing(lot: LotPath, door: Door = needs(Capability.LOTS_BID)) -> StandingShape:
    """Return one's own code on a lot, and what has become of one's deposit."""
    return StandingShape.of(door.read(lambda unit: views.standing(unit, door.cause, lot)))


@router.post(
    "/contracts/{contract}/sign",
    response_model=ContractState,
    responses=refuses(*contracts.SIGN_CONTRACT_REFUSALS, flows.NotAwarded),
    tags=["contracts"],
)
def sign_contract(
    contract: ContractPath, body: ContractSignature, door: Door = needs(Capability.CONTRACTS_SIGN)
) -> JSONResponse:
    """Sign the terms whose hash is given, for one's organisation. The second signature makes the contract effective."""

    def act(unit: Unit) -> Reply:
        return done(200, ContractState.of(flows.sign(unit, door.cause, contract, terms_sha256=body.terms_sha256)))

    return door.command(body, act)


@router.post(
    "/contracts/{contract}/register",
    response_model=ContractState,
    responses=refuses(*contracts.REGISTER_CONTRACT_REFUSALS),
    tags=["contracts"],
)
def register_contract(contract: ContractPath, door: Door = needs(Capability.CONTRACTS_REGISTER)) -> JSONResponse:
    """Register a contract in force (认定登记), as an officer; the answer has its number."""

    def act(unit: Unit) -> Reply:
        return done(200, ContractState.of(flows.register(unit, door.cause, contract)))

    return door.command(None, act)


@router.post(
    "/settlements/{settlement}/settle",
    response_model=SettlementShape,
    responses=refuses(*escrow.SETTLE_REFUSALS, flows.NotABroker),
    tags=["escrow"],
)
def settle(
    settlement: SettlementPath, body: SettleShape, door: Door = needs(Capability.SETTLEMENTS_SETTLE)
) -> JSONResponse:
    """State one's costs and pay everybody: fee, broker, the inventors' reward, and whoever holds the right."""

    def act(unit: Unit) -> Reply:
        settled = flows.settle(
            unit,
            door.cause,
            settlement,
            costs=body.stated_costs(),
            reward_bp=body.reward_bp,
            shares=body.weights,
            broker=body.stated_broker(),
            withheld=body.stated_taxes(),
        )
        return done(200, SettlementShape.of(settled))

    return door.command(body, act)


@router.post(
    "/settlements/{settlement}/default",
    response_model=SettlementShape,
    responses=refuses(*escrow.DEFAULT_REFUSALS),
    tags=["escrow"],
)
def declare_default(settlement: SettlementPath, door: Door = needs(Capability.PAYMENTS_RECORD)) -> JSONResponse:
    """Record, as an officer who has looked at the bank, that the buyer did not pay in time."""

    def act(unit: Unit) -> Reply:
        return done(200, SettlementShape.of(flows.declare_default(unit, door.cause, settlement)))

    return door.command(None, act)


@router.post(
    "/claims",
    status_code=201,
    response_model=ClaimShape,
    responses=refuses(*contracts.FIND_CONTRACT_REFUSALS, *subsidies.CLAIM_REFUSALS),
    tags=["subsidies"],
)
def claim(body: ClaimBody, door: Door = needs(Capability.SUBSIDIES_CLAIM)) -> JSONResponse:
    """Claim the subsidy of one's own sale. It is assessed at once; `refused` names the clause, and is on the record."""

    def act(unit: Unit) -> Reply:
        made = flows.claim(
            unit,
            door.cause,
            programme=body.programme,
            contract=ContractId(body.contract),
            fiscal_funded=body.fiscal_funded,
            related_parties=body.related_parties,
        )
        return done(201, ClaimShape.of(made))

    return door.command(body, act)


@router.post(
    "/claims/{claim}/pay",
    response_model=ClaimShape,
    responses=refuses(*subsidies.PAY_REFUSALS, *escrow.THAWED_REFUSALS),
    tags=["subsidies"],
)
def pay_claim(claim: ClaimPath, door: Door = needs(Capability.SUBSIDIES_DECIDE)) -> JSONResponse:
    """Pay, as the department, what was assessed, out of the programme's budget."""

    def act(unit: Unit) -> Reply:
        return done(200, ClaimShape.of(flows.pay_claim(unit, door.cause, claim)))

    return door.command(None, act)
