"""One deal whole, for whoever has the exchange's database: what it is called, its transfers, orders against it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import click

from exchange.auctions import service as auctions
from exchange.auctions.model import LotId
from exchange.members import service as members
from ledger.kernel import instant
from ledger.kernel.errors import Refusal
from ledger.kernel.money import format_yuan
from ledger.kernel.unit import Unit
from listings.achievements import service as achievements
from listings.achievements.model import ListingId
from settlement.books import service as books
from settlement.books.model import Transfer
from settlement.escrow import service as escrow
from settlement.escrow.model import Freeze, MisdirectedId, Plan, Royalty, Settlement, SettlementId, owner_account
from settlement.escrow.service import misdirected, royalties
from settlement.subsidies import service as subsidies

from .page import Moved, Ordered

NOBODYS = f"{MisdirectedId.prefix}_"
OF_A_DEAL = (f"{SettlementId.prefix}_", f"{LotId.prefix}_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A deal's settlement, and what else its money is kept for."""

    settlement: Settlement
    plan: Plan | None
    royalty: Royalty | None

    @property
    def subjects(self) -> list[str]:
        """What its transfers are made for, the settlement first."""
        return [one.id for one in (self.settlement, self.plan, self.royalty) if one is not None]

    @property
    def sellers(self) -> frozenset[str]:
        """The holders' accounts whose holder is the seller."""
        return frozenset(
            owner_account(one.id, place)
            for one in (self.plan, self.royalty)
            if one is not None
            for place, owner in enumerate(one.sharing.owners, start=1)
            if owner.organisation == self.settlement.seller
        )


def find(unit: Unit, deal: str) -> Whole:
    """Return the deal of a lot, or of a settlement; say so where there is none."""
    if deal.startswith(OF_A_DEAL[0]):
        settlement = escrow.settlement(unit, SettlementId(deal))
    else:
        found = escrow.of_deal(unit, deal)
        if found is None:
            raise click.ClickException(f"no deposit was ever paid for {deal}")
        settlement = found
    plan, royalty = escrow.plan_of(unit, settlement.id), royalties.of_settlement(unit, settlement.id)
    return Whole(settlement=settlement, plan=plan, royalty=royalty)


def title_of(unit: Unit, whole: Whole) -> str:
    """Return what a deal is called: its lot's title and its parties' names."""
    settlement = whole.settlement
    parties = {"seller": settlement.seller, "buyer": settlement.buyer}
    named = (f"{role} {members.find(unit, one).name}" for role, one in parties.items() if one is not None)
    return ", ".join((_lot_title(unit, settlement.deal), *named, str(settlement.id)))


def on_the_page(unit: Unit, whole: Whole) -> list[Transfer]:
    """Return a deal's transfers, and the whole of payments that nobody expected of which a part was assigned to it."""
    unexpected = dict.fromkeys(one.id for one in misdirected.assigned_to(unit, whole.subjects))
    return _in_order(one for subject in (*unexpected, *whole.subjects) for one in books.transfers_of(unit, subject))


def exported(unit: Unit, references: Iterable[str]) -> list[Transfer]:
    """Return what was made for these, each once, in order; a lot or a settlement is the whole deal."""
    found: dict[str, Transfer] = {}
    for one in references:
        made = list(_of_deal(unit, one)) if one.startswith(OF_A_DEAL) else books.transfers_of(unit, one)
        if not made:
            raise click.ClickException(f"nothing was ever transferred for {one}")
        found |= {each.id: each for each in made}
    return _in_order(found.values())


def moved(one: Transfer) -> Moved:
    """Write a transfer as a page shows it."""
    return Moved(
        at=instant.render(one.recorded_at),
        kind=one.kind,
        debit=one.debit,
        credit=one.credit,
        amount=Decimal(format_yuan(one.amount_fen)),
        transfer=one.id,
    )


def ordered(one: Freeze) -> Ordered:
    """Write an order as a page shows it."""
    return Ordered(
        authority=one.authority,
        at=instant.render(one.frozen_at),
        document=one.document_sha256,
        lifted_at=None if one.lifted_at is None else instant.render(one.lifted_at),
        lifted_document=one.lifted_sha256,
    )


def _of_deal(unit: Unit, deal: str) -> Iterator[Transfer]:
    """Yield all of a deal: the parts of payments nobody expected assigned to it, and incentives paid for it, too."""
    try:
        whole = find(unit, deal)
    except Refusal as refusal:
        raise click.ClickException(f"nothing was ever transferred for {deal}") from refusal
    parts = misdirected.assigned_to(unit, whole.subjects)
    assigned = {one.transfer for one in parts}
    for payment in dict.fromkeys(one.id for one in parts):
        yield from (one for one in books.transfers_of(unit, payment) if one.id in assigned)
    contract = whole.settlement.contract
    claims = subsidies.claims_of(unit, contract) if contract is not None else []
    for subject in (*whole.subjects, *(one.id for one in claims)):
        yield from books.transfers_of(unit, subject)


def _in_order(made: Iterable[Transfer]) -> list[Transfer]:
    return sorted(made, key=lambda one: one.recorded_at)  # of one instant: as their subjects stand


def _lot_title(unit: Unit, deal: str) -> str:
    listing = auctions.lot_of(unit, LotId(deal)).listing
    return achievements.offered(unit, ListingId(str(listing)))[0].terms.title
