"""Incentives: the facts of a deal, gathered from whoever knows each, and what is made of them."""

from datetime import UTC, datetime, time, timedelta

from exchange.contracts import service as contracts
from exchange.contracts.model import Contract, ContractId, Occasion
from exchange.members import service as members
from exchange.members.model import OrganisationState
from ledger.kernel.calendar import CHINA
from ledger.kernel.cause import Cause
from ledger.kernel.errors import invariant
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from listings.achievements import service as achievements
from listings.achievements.model import ListingId, Mode
from settlement.escrow import service as escrow
from settlement.escrow.model import Settlement
from settlement.subsidies import service as subsidies
from settlement.subsidies.model import Claim, ClaimId, DealFacts, ProgrammeId, Rule


def claim(
    unit: Unit,
    cause: Cause,
    *,
    programme: ProgrammeId,
    contract: ContractId,
    fiscal_funded: bool,
    related_parties: bool,
) -> Claim:
    """Claim, as the seller, the subsidy of a deal. It is assessed at once; what the rule refuses is recorded too."""
    found = contracts.find_contract(unit, cause, contract)
    rule = subsidies.programme(unit, programme).programme.rule
    facts = gather(unit, found, rule, fiscal_funded=fiscal_funded, related_parties=related_parties)
    made = subsidies.claim(unit, cause, programme=programme, deal=contract, seller=found.seller, facts=facts)
    contracts.request(unit, cause, found.lot, Occasion.CLAIMED)
    return made


def pay_claim(unit: Unit, cause: Cause, id: ClaimId) -> Claim:
    """Pay, as the department, what was assessed."""
    found = contracts.find_contract(unit, cause, ContractId(subsidies.find_claim(unit, cause, id).deal))
    parties = (members.find(unit, one) for one in (found.seller, found.buyer))
    sanctioned = any(one.state is OrganisationState.SUSPENDED for one in parties)
    paid = subsidies.pay_claim(unit, cause, id, sanctioned=sanctioned)
    contracts.request(unit, cause, found.lot, Occasion.SUBSIDISED)
    return paid


def gather(unit: Unit, contract: Contract, rule: Rule, *, fiscal_funded: bool, related_parties: bool) -> DealFacts:
    """Return what is known of a deal; what is declared is the claimant's word, and recorded as such."""
    listing, _ = achievements.offered(unit, ListingId(contract.listing))
    settlement = escrow.of_deal(unit, contract.lot)
    invariant(
        listing.disclosed_at is not None and settlement is not None, "what was sold was listed and paid deposits for"
    )
    assert listing.disclosed_at is not None
    assert settlement is not None
    seller, buyer = members.find(unit, contract.seller), members.find(unit, contract.buyer)
    since, until = window(rule)
    paid_at, paid_fen = _paid(unit, settlement)
    return DealFacts(
        listed_at=listing.disclosed_at,
        signed_at=contract.effective_at,
        registered_at=contract.registered_at,
        paid_at=paid_at,
        paid_fen=paid_fen,
        party_total_fen=Fen(
            escrow.paid_total(unit, contract.seller, since=since, until=until)
            + escrow.paid_in_parts(unit, contract.seller, since=since, until=until)
        ),
        seller_verified=seller.state is OrganisationState.VERIFIED,
        buyer_verified=buyer.state is OrganisationState.VERIFIED,
        seller_region=seller.region,
        buyer_region=buyer.region,
        equity_unrealised=listing.terms.mode is Mode.INVESTMENT,
        sanctioned=OrganisationState.SUSPENDED in {seller.state, buyer.state},
        fiscal_funded=fiscal_funded,
        related_parties=related_parties,
    )


def _paid(unit: Unit, settlement: Settlement) -> tuple[datetime | None, Fen]:
    """Return since when a price is paid, and how much of it: by a plan, the parts that did not go back."""
    if settlement.paid_at is not None:
        return settlement.paid_at, settlement.price_fen or Fen(0)
    plan = escrow.plan_of(unit, settlement.id)
    kept = [one.paid_at for one in plan.parts if one.paid_at is not None and one.paid_fen] if plan else []
    return min(kept, default=None), plan.paid_fen if plan else Fen(0)


def window(rule: Rule) -> tuple[datetime, datetime]:
    """Return the instants from and until which a payment counts under a rule, its days being China's."""
    first = datetime.combine(rule.from_day, time(), tzinfo=CHINA)
    last = datetime.combine(rule.to_day + timedelta(days=1), time(), tzinfo=CHINA)
    return first.astimezone(UTC), last.astimezone(UTC)
