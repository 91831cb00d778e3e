"""Deposits as a lot knows them: who may bid under which code. The money itself is escrow's."""

from collections.abc import Collection

from exchange.members import service as members
from exchange.members.model import Capability
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from .. import rules, store
from ..model import Bidder, BidderCode, ConfirmDeposit, Lot, LotId
from .lots import Ask, decide_one


class MayNotBid(Refusal):
    """This organisation is no verified member that may bid."""

    kind = Kind.CONFLICT
    zh = "该单位不是可参与竞买的已核验会员"


DEPOSIT_REFUSALS = (
    MayNotBid,
    rules.ConflictOfInterest,
    rules.PastEnd,
    rules.AlreadyConfirmed,
    rules.DepositTooSmall,
    rules.NotAHolder,
)


REQUEST_REFUSALS = (
    rules.ConflictOfInterest,
    rules.WrongState,
    rules.PastEnd,
    rules.AlreadyConfirmed,
    MayNotBid,
)


def confirm_deposit(
    unit: Unit,
    cause: Cause,
    id: LotId,
    *,
    organisation: OrganisationId,
    amount_fen: Fen,
    payment_reference: str,
    code: str | None = None,
    rank: int | None = None,
    promised: Collection[str] = (),
) -> Bidder:
    """Record that a deposit has arrived and let its payer bid: under the `code` promised to it, or a fresh one.

    With a `rank`, it is confirmed as a holder of a right of pre-emption whom the seller has named.

    Codes `promised` to others are left out. A lot held still before stays so.
    """
    store.load(unit, id, lock=True)
    _require_bidder(unit, organisation)
    command = ConfirmDeposit(
        organisation=organisation,
        amount_fen=amount_fen,
        payment_reference=payment_reference,
        code=BidderCode(code) if code else store.fresh_code(unit, id, but=promised),
        rank=rank,
    )
    bidder = decide_one(unit, Ask(lot=id, command=command, cause=cause)).bidder
    assert bidder is not None
    return bidder


def promise_code(unit: Unit, cause: Cause, id: LotId, *, promised: Collection[str]) -> str:
    """Return the code that the asking organisation will bid under once its deposit has come; nothing is written.

    Refuses `REQUEST_REFUSALS`: whatever the confirmation itself would be refused for now. The lot is held still before.
    """
    organisation = cause.actor.organisation
    lot = store.load(unit, id, lock=True)
    rules.require_deposits(lot, organisation, cause, store.bidders(unit, [(id, organisation)]).get((id, organisation)))
    _require_bidder(unit, organisation)
    return store.fresh_code(unit, id, but=promised)


def hold_still(unit: Unit, id: LotId) -> Lot:
    """Lock a lot, so that whatever else belongs to it can be read and stays. Refuses `NoSuchLot`."""
    return store.load(unit, id, lock=True)


def _require_bidder(unit: Unit, organisation: OrganisationId) -> None:
    if not members.may_ever(unit, organisation, Capability.LOTS_BID):
        raise MayNotBid("the payer must be a verified member whose roles allow bidding")
