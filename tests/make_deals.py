"""Build whole deals and their packs in memory: a sale as `make_contracts` has it, then contract, money and incentive.

Every step is decided by the wings' own rules, in the order in which the exchange's flows take them. Everything is fixed
by counting, so the same deal makes the same pack. `forge` stands for a keeper of the log that writes something else
than was decided, and signs it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from exchange.auctions import rules as lot_rules
from exchange.auctions.model import DEPOSIT_CONFIRMED, FallThrough, Lot, State
from exchange.contracts import model as contracts
from exchange.contracts import rules
from exchange.contracts.model import DEAL_VERSION, Facts
from exchange.contracts.rules import agreements
from ledger.kernel.cause import TIME, Actor, Cause
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.money import Fen
from ledger.log.model import Event
from listings.achievements import model as achievements
from listings.achievements import rules as listing_rules
from settlement.escrow import model as escrow
from settlement.escrow import rules as escrow_rules
from settlement.subsidies import model as subsidies
from settlement.subsidies import rules as subsidy_rules
from tests import make_achievements as listings
from tests import make_auctions as lots
from tests import make_contracts as make
from tests.make_auctions import CAI, LOT, OPERATOR

SELLER, BUYER = make.SELLER, CAI
DEPARTMENT = OrganisationId.from_number(90)
CONTRACT = contracts.ContractId.from_number(1)
SETTLEMENT = escrow.SettlementId.from_number(1)
PROGRAMME = subsidies.ProgrammeId.from_number(1)
CLAIM, SECOND_CLAIM = (subsidies.ClaimId.from_number(number) for number in (1, 2))
PRICE, DEPOSIT = Fen(1_110_000), Fen(100_000)
OFFICER_MAY = frozenset({"deposits.confirm", "payments.record", "contracts.register"})
STRANGER = "org_" + "9" * 26
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

PARTS = (
    contracts.Part(kind=contracts.PartKind.TECHNOLOGY, name="专利权及技术资料", amount_fen=Fen(960_000)),
    contracts.Part(kind=contracts.PartKind.EQUIPMENT, name="中试设备一套", amount_fen=Fen(150_000)),
)
COSTS = (
    escrow.Cost(kind=escrow.CostKind.APPRAISAL, amount_fen=Fen(30_000), evidence_sha256="b" * 64),
    escrow.Cost(kind=escrow.CostKind.MAINTENANCE, amount_fen=Fen(12_345), evidence_sha256="c" * 64),
)
SHARES = (
    escrow.Share(inventor=1, name="乌云其其格", weight=60),
    escrow.Share(inventor=2, name="张伟", weight=40),
)

ENDS = ("awarded", "due", "settled", "subsidised", "refused", "unsigned", "unwritten", "unpaid")
"""How a deal may stand: the last three fell through."""


def by(organisation: OrganisationId, at: datetime, capabilities: Iterable[str] = ()) -> Cause:
    actor = Actor(organisation=organisation, person=PersonId.from_number(9), capabilities=frozenset(capabilities))
    return Cause(actor=actor, at=at, request_id="r")


def officer(at: datetime) -> Cause:
    return by(OPERATOR, at, OFFICER_MAY)


def tick(at: datetime) -> Cause:
    return Cause(actor=TIME, at=at, request_id="ticker")


class Deal(make.Ledger):
    """A log in memory in which one deal is lived; `forge` writes each event otherwise before it is frozen."""

    def __init__(self, forge: Callable[[Event], Event] = lambda event: event) -> None:
        super().__init__()
        self.forge = forge
        self.settlement: escrow.Settlement | None = None
        self.contract: contracts.Contract | None = None
        self.lot: Lot | None = None
        self.offered: achievements.Decision | None = None

    def happen(self, cause: Cause, events: Iterable[Event]) -> None:
        """Record events; a deposit that is confirmed is taken into escrow with it."""
        told = tuple(events)
        super().happen(cause, map(self.forge, told))
        for event in told:
            if event.kind == DEPOSIT_CONFIRMED.name:
                self.deposit(event, cause.at)

    def deposit(self, event: Event, at: datetime) -> None:
        command = escrow.TakeDeposit(
            code=str(event.data["code"]),
            payer=OrganisationId(str(event.sealed["bidder"])),
            due_fen=DEPOSIT,
            paid_fen=DEPOSIT,
            reference=str(event.sealed["payment_reference"]),
        )
        if self.settlement is None:
            decision = escrow_rules.open_settlement(SETTLEMENT, LOT, SELLER, command, officer(at))
            self.settlement = decision.settlement
            self.happen(officer(at), decision.events)
        else:
            self.money(command, officer(at))

    def money(self, command: escrow.Command, cause: Cause) -> None:
        decision = escrow_rules.decide(self.settlement, command, cause)
        self.settlement = decision.settlement
        self.happen(cause, decision.events)

    def agree(self, command: contracts.Command, cause: Cause) -> None:
        decision = agreements.decide_contract(self.contract, command, cause)
        self.contract = decision.contract
        self.happen(cause, decision.events)

    def fall_through(self, fault: contracts.Fault, cause: Cause) -> None:
        """Take the sale back, and put the listing on offer again."""
        self.happen(cause, lot_rules.decide(self.lot, FallThrough(fault=fault), cause).events)
        release, listing, asset = achievements.Release(deal=LOT), self.offered.listing, self.offered.asset
        self.happen(cause, listing_rules.decide(listing, release, cause, asset=asset).events)

    def subjects(self) -> list[str]:
        return [LOT, listings.LISTING, listings.ASSET, CONTRACT, SETTLEMENT, CLAIM, SECOND_CLAIM]

    def pack(self, edition: int = 2) -> Facts:
        """The facts of the deal's pack as the exchange gathers them."""
        bare = replace(self.facts(self.subjects()), version=DEAL_VERSION, edition=edition, disclosures=())
        return rules.opened(bare, self.disclosures)

    def lot_pack(self) -> Facts:
        """The facts of the lot's pack."""
        return self.facts(self.subjects()[:3])

    def files(self) -> dict[str, bytes]:
        return rules.assemble(self.pack())


def deal(end: str = "subsidised", *, forge: Callable[[Event], Event] = lambda event: event, **facts: Any) -> Deal:
    """A deal that came as far as `end` says; `facts` are those of a claim that differ from a sound one's."""
    ledger = Deal(forge)
    closed = _sold(ledger)
    if end == "awarded":
        return ledger
    if end in {"unsigned", "unwritten"}:
        _lapse(ledger, closed, signed=end == "unsigned")
        return ledger
    _sign(ledger, closed)
    if end == "unpaid":
        late = ledger.settlement.pay_by + HOUR
        ledger.money(escrow.DeclareDefault(), officer(late))
        ledger.agree(contracts.Rescind(), officer(late))
        ledger.fall_through(contracts.Fault.BUYER, officer(late))
    if end in {"settled", "subsidised", "refused"}:
        _settle(ledger, closed)
    if end in {"subsidised", "refused"}:
        ledger.agree(contracts.Register(serial=7), officer(closed + 6 * DAY))
        _claim(ledger, closed + 7 * DAY, **({"related_parties": True} if end == "refused" else {}) | facts)
    ledger.record("lot_" + "z" * 26, "auction.lot_withdrawn", {})  # the log goes on
    return ledger


def _sold(ledger: Deal) -> datetime:
    """List, sell and award; return when the lot closed."""
    listing, asset = make._list(ledger)
    lot = make._sell(ledger, reserve_fen=1_080_000, bids=True)
    assert lot.state is State.SOLD
    closed = lot.ends_at + lots.GRACE
    cause = tick(closed)
    ledger.lot = lot
    ledger.offered = listing_rules.decide(listing, achievements.Award(deal=LOT), cause, asset=asset)
    ledger.happen(cause, ledger.offered.events)
    award = escrow.Award(code=lots.CODES[BUYER], buyer=BUYER, price_fen=PRICE, reward_required=True)
    ledger.money(award, cause)
    opening = contracts.Open(
        id=CONTRACT,
        lot=LOT,
        listing=listings.LISTING,
        seller=SELLER,
        buyer=BUYER,
        price_fen=PRICE,
        region=achievements.Region.BAOTOU.value,
    )
    decision = agreements.open_contract(opening, cause)
    ledger.contract = decision.contract
    ledger.happen(cause, decision.events)
    return closed


def write() -> contracts.Write:
    return contracts.Write(type=contracts.ContractType.TRANSFER, parts=PARTS, document_sha256="d" * 64)


def _sign(ledger: Deal, closed: datetime) -> None:
    ledger.agree(write(), by(SELLER, closed + HOUR))
    terms = ledger.contract.terms_sha256
    ledger.agree(contracts.Sign(terms_sha256=terms), by(SELLER, closed + 2 * HOUR))
    signed = by(BUYER, closed + DAY)
    ledger.agree(contracts.Sign(terms_sha256=terms), signed)
    ledger.money(escrow.Require(contract=CONTRACT, effective_at=ledger.contract.effective_at), signed)


def _settle(ledger: Deal, closed: datetime) -> None:
    paid = escrow.ReceiveBalance(amount_fen=Fen(PRICE - DEPOSIT), reference="回单 8844")
    ledger.money(paid, officer(closed + 4 * DAY))
    settle = escrow.Settle(costs=COSTS, reward_bp=5_500, shares=SHARES)
    ledger.money(settle, by(SELLER, closed + 5 * DAY))


def _lapse(ledger: Deal, closed: datetime, *, signed: bool) -> None:
    if signed:
        ledger.agree(write(), by(SELLER, closed + HOUR))
        ledger.agree(contracts.Sign(terms_sha256=ledger.contract.terms_sha256), by(SELLER, closed + 2 * HOUR))
    due = agreements.due_at(ledger.contract)
    ledger.agree(contracts.Tick(), tick(due))
    ledger.money(escrow.Forfeit() if signed else escrow.GiveBack(), tick(due))
    ledger.fall_through(ledger.contract.fault, tick(due))


def deal_facts(ledger: Deal, **changes: Any) -> subsidies.DealFacts:
    usual = subsidies.DealFacts(
        listed_at=listings.MONDAY,
        signed_at=ledger.contract.effective_at,
        registered_at=ledger.contract.registered_at,
        paid_at=ledger.settlement.paid_at,
        paid_fen=PRICE,
        party_total_fen=Fen(300_000_000),
        seller_verified=True,
        buyer_verified=True,
        seller_region="1501",
        buyer_region="1502",
        equity_unrealised=False,
        sanctioned=False,
        fiscal_funded=False,
        related_parties=False,
    )
    return replace(usual, **changes)


def _claim(ledger: Deal, at: datetime, **changes: Any) -> None:
    """Claim; a claim that is assessed is paid. One that is refused is made again, for facts that have not changed."""
    department = by(DEPARTMENT, at, {"subsidies.decide"})
    opening = subsidies.OpenProgramme(
        id=PROGRAMME, rule="mkj-platform-2026@1", budget_fen=Fen(100_000_000), reference="拨款 1"
    )
    opened = subsidy_rules.open_programme(opening, department)
    ledger.happen(department, opened.events)
    for number, named in enumerate((CLAIM, SECOND_CLAIM)):
        claimed = by(SELLER, at + (number + 1) * HOUR, {"subsidies.claim"})
        command = subsidies.MakeClaim(
            id=named, deal=CONTRACT, seller=SELLER, facts=deal_facts(ledger, **changes), received_fen=Fen(0)
        )
        made = subsidy_rules.make_claim(opened.programme, command, claimed, live=None)
        ledger.happen(claimed, made.events)
        if made.claim.state is subsidies.ClaimState.ASSESSED:
            left = subsidies.Remaining(budget_fen=Fen(100_000_000), received_fen=Fen(0), cap_open=False)
            paid = by(DEPARTMENT, at + 3 * DAY, {"subsidies.decide"})
            paying = subsidy_rules.decide(
                made.claim, subsidies.PayClaim(), paid, programme=opened.programme, remaining=left
            )
            ledger.happen(paid, paying.events)
            return


def forging(kind: str, member: str = "data", nth: int = 0, **changes: Any) -> Callable[[Event], Event]:
    """A keeper that writes other fields into the `nth` entry of a kind."""
    seen: list[Event] = []

    def forge(event: Event) -> Event:
        if event.kind == kind:
            seen.append(event)
            if len(seen) == nth + 1:
                return replace(event, **{member: {**getattr(event, member), **changes}})
        return event

    return forge


def without(facts: Facts, *subjects: str) -> Facts:
    """The same pack, less some subjects and what is opened of them."""
    kept = tuple(one for one in facts.exhibits if rules.parse(one.entry)["subject"] not in subjects)
    names = {rules.parse(one.entry)["id"] for one in kept}
    opened = tuple(one for one in facts.disclosures if one.entry in names)
    return replace(facts, exhibits=kept, disclosures=opened)
