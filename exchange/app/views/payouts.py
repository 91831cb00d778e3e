"""What the bank is to be told, with the names it pays: who an inventor is, the asset alone says."""

from dataclasses import dataclass

from exchange.auctions import service as auctions
from exchange.auctions.model import LotId
from ledger.kernel.errors import invariant
from ledger.kernel.unit import Unit
from listings.achievements import service as achievements
from listings.achievements.model import ListingId
from settlement.escrow import service as escrow
from settlement.escrow.model import OrderedPayout, PlanId, RoyaltyId, SettlementId
from settlement.escrow.service import royalties


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPayout:
    """A payout of the bank's list; `name` is the inventor's it goes to, if it goes to one."""

    ordered: OrderedPayout
    name: str | None


def payouts(unit: Unit, *, after: int, limit: int) -> list[NamedPayout]:
    """Return a page of the bank's list, for the officers who tell it; who asks is the caller's to establish."""
    page = escrow.payout_page(unit, after=after, limit=limit)
    inventors = {
        subject: _inventors(unit, subject)
        for subject in dict.fromkeys(one.payout.subject for one in page if one.payout.inventor is not None)
    }
    return [NamedPayout(ordered=one, name=_name(one, inventors)) for one in page]


def _name(ordered: OrderedPayout, inventors: dict[str, tuple[str, ...]]) -> str | None:
    place = ordered.payout.inventor
    return None if place is None else inventors[ordered.payout.subject][place - 1]


def _inventors(unit: Unit, subject: str) -> tuple[str, ...]:
    lot = auctions.lot_of(unit, LotId(_deal(unit, subject)))
    invariant(lot.listing is not None, "a deal is of a listing")
    return achievements.offered(unit, ListingId(str(lot.listing)))[1].inventors


def _deal(unit: Unit, subject: str) -> str:
    """Return the lot of whatever has inventors to pay: a settlement, a plan, a royalty."""
    if subject.startswith(f"{PlanId.prefix}_"):
        return escrow.plan(unit, PlanId(subject)).deal
    if subject.startswith(f"{RoyaltyId.prefix}_"):
        return royalties.royalty(unit, RoyaltyId(subject)).deal
    return escrow.settlement(unit, SettlementId(subject)).deal
