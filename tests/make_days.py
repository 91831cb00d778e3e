"""Build whole days of the exchange in memory: every wing's pure rules, in the order in which the flows call them.

A deal is lived by steps, each one transaction, all deals of a day in the order of time. A `cheat` changes what one step
is told: `{"award": {"price_fen": 1}}` has escrow told another price than the lot was sold at, and the deal goes on from
there as the rules make it, so that within every subject all is lawful. `skip` leaves a part of a transaction out, and
`instead` has escrow do something else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from exchange.app.ledgers.business import CHECKS
from exchange.assurance import Assurance
from exchange.auctions import model as auctions
from exchange.auctions import rules as auction_rules
from exchange.contracts import model as contracts
from exchange.contracts.rules import agreements as contract_rules
from ledger.audit.report import Finding
from ledger.kernel import instant
from ledger.kernel.cause import TIME, Actor, Cause
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.money import Fen
from ledger.log.model import Event
from listings.achievements import model as achievements
from listings.achievements import rules as listing_rules
from settlement.escrow import model as escrow
from settlement.escrow import rules as escrow_rules
from settlement.subsidies import checks as subsidy_checks
from settlement.subsidies import model as subsidies
from settlement.subsidies import rules as subsidy_rules
from tests import make_achievements, make_escrow, make_freezes, make_subsidies

SUBMITTED = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPENED = make_achievements.DISCLOSURE_ENDS
ANNOUNCED = OPENED + 10 * HOUR
OPENS = ANNOUNCED + DAY
ENDS = OPENS + DAY
SOLD = ENDS + 2 * HOUR

OPERATOR = OrganisationId.from_number(2)
DEPARTMENT = OrganisationId.from_number(3)
SELLER, BUYER, LOSER, STRANGER = (OrganisationId.from_number(number) for number in (11, 12, 13, 14))
START, STEP, DEPOSIT = Fen(200_000_000), Fen(1_000_000), Fen(20_000_000)
PRICE = Fen(250_000_000)
RULE = subsidy_rules.MKJ_PLATFORM_2026


def organisation(number: int) -> OrganisationId:
    return OrganisationId.from_number(number)


def by(organisation: OrganisationId, at: datetime, *may: str) -> Cause:
    actor = Actor(organisation=organisation, person=PersonId.from_number(7), capabilities=frozenset(may))
    return Cause(actor=actor, at=at, request_id="r")


def officer(at: datetime) -> Cause:
    return by(
        OPERATOR, at, "deposits.confirm", "payments.record", "contracts.register", "deals.read_all", "listings.review"
    )


def clock(at: datetime) -> Cause:
    return Cause(actor=TIME, at=at, request_id="tick")


@dataclass
class Day:
    """A log in memory. `cuts` are the sizes at which a whole transaction ends."""

    opened: bool = True
    entries: list[dict[str, Any]] = field(default_factory=list)
    cuts: list[int] = field(default_factory=lambda: [0])
    received: dict[tuple[str, int], int] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)
    _seen: dict[str, tuple[int, str]] = field(default_factory=dict)

    def live(self, *lives: "Deal | Fund") -> "Day":
        """Run the steps of all in the order of time, each one transaction."""
        for at, step in sorted((step for life in lives for step in life.steps()), key=lambda one: one[0]):
            step(self, at)
            if len(self.entries) > self.cuts[-1]:
                self.cuts.append(len(self.entries))
        return self

    def write(self, events: Iterable[Event], at: datetime) -> None:
        for event in events:
            seq, before = self._seen.get(event.subject, (0, ""))
            recorded_at = max(before, instant.render(at))
            self._seen[event.subject] = (seq + 1, recorded_at)
            self.entries.append(
                {
                    "v": 1,
                    "index": len(self.entries),
                    "kind": event.kind,
                    "subject": event.subject,
                    "seq": seq,
                    "arrived_at": instant.render(at),
                    "recorded_at": recorded_at,
                    "rule": event.rule,
                    "data": dict(event.data),
                    "sealed": dict.fromkeys(event.sealed, "0" * 64),
                }
                | ({"opened": dict(event.sealed)} if self.opened else {})
            )


def subjects(entries: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        found.setdefault(entry["subject"], []).append(entry)
    return found


def alone(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each wing finds in its own subjects."""
    return [
        f"{name}: {finding}" for name, own in subjects(entries).items() for check in CHECKS for finding in check(own)
    ]


def assured(entries: Sequence[Mapping[str, Any]], *, backwards: bool = False) -> list[Finding]:
    """What no subject shows by itself, the subjects taken in one order or the other."""
    assurance = Assurance()
    found = list(subjects(entries).values())
    for own in reversed(found) if backwards else found:
        assurance.take(own)
    tallies = [tally for own in found if (tally := subsidy_checks.tally(own))]
    return [*assurance.findings(), *map(Finding, subsidy_checks.across(tallies))]


Step = tuple[datetime, Callable[[Day, datetime], None]]


@dataclass
class Fund:
    """A programme."""

    number: int = 1
    budget_fen: int = 100_000_000
    at: datetime = SUBMITTED
    reference: str = ""
    programme: subsidies.Programme | None = None

    def steps(self) -> list[Step]:
        return [(self.at, self._open)]

    def _open(self, day: Day, at: datetime) -> None:
        command = subsidies.OpenProgramme(
            id=subsidies.ProgrammeId.from_number(self.number),
            rule=RULE.ref,
            budget_fen=Fen(self.budget_fen),
            reference=self.reference or f"拨款{self.number}",
        )
        decision = subsidy_rules.open_programme(command, by(DEPARTMENT, at, "subsidies.decide"))
        self.programme = decision.programme
        day.write(decision.events, at)


@dataclass
class Deal:
    """One offer, from its listing to its end. `life` says how it goes, by name or step by step."""

    life: str | tuple[str, ...]
    number: int = 1
    seller: OrganisationId = SELLER
    buyer: OrganisationId = BUYER
    loser: OrganisationId = LOSER
    price_fen: int = PRICE
    later: timedelta = timedelta(0)  # than usual, from the announcement on
    fund: Fund | None = None
    cheat: Mapping[str, Any] = field(default_factory=dict)
    times: Mapping[str, datetime] = field(default_factory=dict)  # where a step is taken at another time than usual

    def __post_init__(self) -> None:
        self.lot_id, self.contract_id = (
            auctions.LotId.from_number(self.number),
            contracts.ContractId.from_number(self.number),
        )
        self.settlement_id = escrow.SettlementId.from_number(self.number)
        self.listing_id = achievements.ListingId.from_number(self.number)
        self.claim_id = subsidies.ClaimId.from_number(self.number)
        self.asset = make_achievements.asset(
            id=self.cheat.get("asset", achievements.AssetId.from_number(self.number)),
            holders=(achievements.Holder(organisation=self.seller, share_bp=10_000),),
        )
        self.codes = {self.buyer: f"{self.number:02d}12", self.loser: f"{self.number:02d}13"}
        self.settlement: escrow.Settlement | None = None
        self.contract: contracts.Contract | None = None
        self.claim: subsidies.Claim | None = None
        self.orders: dict[int, escrow.Freeze] = {}

    def steps(self) -> list[Step]:
        life = LIVES[self.life] if isinstance(self.life, str) else self.life
        plan = {name: at if at < ANNOUNCED else at + self.later for name, at in {**PLAN, **self.times}.items()}
        return [(plan[name], getattr(self, name)) for name in (*BEGINNING, *life)]

    # told and skipped, as the cheat has it

    def told(self, step: str, command: Any) -> Any:
        return replace(command, **self.cheat.get(step, {}))

    def skips(self, step: str) -> bool:
        return step in self.cheat.get("skip", ())

    # one step each; the order of events is the flows'

    def offer(self, day: Day, at: datetime) -> None:
        terms = make_achievements.terms(**self.cheat.get("terms", {}))
        command = achievements.DraftListing(
            id=self.listing_id, asset=self.asset.id, approval_required=True, terms=terms
        )
        self.listing = listing_rules.draft(command, by(self.seller, at), asset=self.asset).listing
        self._list(day, achievements.Submit(), by(self.seller, at))

    def accept(self, day: Day, at: datetime) -> None:
        self._list(day, achievements.Accept(), by(OPERATOR, at, achievements.REVIEW))

    def publish(self, day: Day, at: datetime) -> None:
        self._list(day, achievements.Publish(), by(self.seller, at))

    def disclosed(self, day: Day, at: datetime) -> None:
        self._list(day, achievements.Tick(), clock(at))

    def announce(self, day: Day, at: datetime) -> None:
        terms = auctions.Terms(
            start_price_fen=START,
            increments=(auctions.Band(Fen(0), STEP),),
            deposit_fen=DEPOSIT,
            reserve_fen=None,
            appraisal_fen=None,
            opens_at=at + DAY,
            closes_at=at + 2 * DAY,
        )
        command = auctions.Draft(
            lot=self.lot_id,
            listing=self.cheat.get("listing", self.listing_id),
            excluded=frozenset({OPERATOR}),
            profile=auction_rules.find("judicial-2016@1"),
            terms=terms,
        )
        self.lot = auction_rules.draft(command, by(self.cheat.get("offerer", self.seller), at)).lot
        self._bid(day, auctions.Announce(), by(self.lot.seller, at))
        self._list(day, achievements.Reserve(deal=self.lot_id), by(self.seller, at))

    def deposit(self, day: Day, at: datetime) -> None:
        self._deposit(day, at, self.buyer)

    def deposit_of_loser(self, day: Day, at: datetime) -> None:
        self._deposit(day, at, self.loser)

    def bids(self, day: Day, at: datetime) -> None:
        self._offer(day, at, self.loser, START, 1)
        self._offer(day, at + HOUR, self.buyer, self.price_fen, 2)

    def end(self, day: Day, at: datetime) -> None:
        self._bid(day, auctions.Tick(), clock(at))
        if self.lot.state is auctions.State.UNSOLD:
            self._list(day, achievements.Release(deal=self.lot_id), clock(at))
            self._pay(day, "release", escrow.Release(), clock(at))
            return
        self._list(day, achievements.Award(deal=self.lot_id), clock(at))
        assert self.lot.leader is not None
        award = escrow.Award(
            code=self.lot.leader.code,
            buyer=self.lot.leader.organisation,
            price_fen=self.lot.leader.amount_fen,
            reward_required=True,
        )
        self._pay(day, "award", award, clock(at))
        command = contracts.Open(
            id=self.contract_id,
            lot=self.lot_id,
            listing=self.listing_id,
            seller=self.seller,
            buyer=self.buyer,
            price_fen=Fen(self.price_fen),
            region=self.listing.terms.region,
        )
        if not self.skips("open"):
            decision = contract_rules.open_contract(self.told("open", command), clock(at))
            self.contract = decision.contract
            day.write(decision.events, at)
            if self.orders:
                self._stay(day, contracts.Stay(), at)

    def withdraw(self, day: Day, at: datetime) -> None:
        self._bid(day, auctions.Withdraw(), by(self.seller, at))
        self._list(day, achievements.Release(deal=self.lot_id), by(self.seller, at))
        self._pay(day, "release", escrow.Release(), by(self.seller, at))

    def write(self, day: Day, at: datetime) -> None:
        assert self.contract is not None
        whole = self.contract.price_fen
        parts = (
            contracts.Part(kind=contracts.PartKind.TECHNOLOGY, name="专利权", amount_fen=Fen(whole - 1_000_000)),
            contracts.Part(kind=contracts.PartKind.EQUIPMENT, name="试验设备", amount_fen=Fen(1_000_000)),
        )
        command = contracts.Write(type=contracts.ContractType.TRANSFER, parts=parts, document_sha256="d" * 64)
        self._agree(day, "write", command, by(self.contract.seller, at))

    def sign(self, day: Day, at: datetime) -> None:
        assert self.contract is not None
        self._sign(day, by(self.contract.seller, at))

    def countersign(self, day: Day, at: datetime) -> None:
        assert self.contract is not None
        self._sign(day, by(self.contract.buyer, at))
        assert self.contract.effective_at is not None
        require = escrow.Require(contract=self.contract.id, effective_at=self.contract.effective_at)
        self._pay(day, "require", require, by(self.contract.buyer, at))

    def pay(self, day: Day, at: datetime) -> None:
        assert self.settlement is not None
        balance = self.settlement.balance_fen
        assert balance is not None
        self._pay(
            day, "balance", escrow.ReceiveBalance(amount_fen=balance, reference=f"回单{self.number}-3"), officer(at)
        )

    def settle(self, day: Day, at: datetime) -> None:
        self._pay(day, "settle", make_escrow.settle(), by(self.seller, at))

    def register(self, day: Day, at: datetime) -> None:
        if not self.skips("register"):
            self._agree(day, "register", contracts.Register(serial=self.number), officer(at))

    def lapse(self, day: Day, at: datetime) -> None:
        assert self.contract is not None
        self._agree(day, "lapse", contracts.Tick(), clock(at))
        self._fall(day, clock(at), self.contract.fault)

    def default(self, day: Day, at: datetime) -> None:
        self._pay(day, "default", escrow.DeclareDefault(), officer(at))
        if not self.skips("rescind"):
            self._agree(day, "rescind", contracts.Rescind(), officer(at))
        self._fall(day, officer(at), contracts.Fault.BUYER)

    def claims(self, day: Day, at: datetime) -> None:
        self._claim(day, at)

    def claims_in_vain(self, day: Day, at: datetime) -> None:
        self._claim(day, at, related_parties=True)

    def subsidy(self, day: Day, at: datetime) -> None:
        assert self.claim is not None
        assert self.fund is not None
        assert self.fund.programme is not None
        programme, key = self.fund.programme, (self.claim.claimant, self.claim.facts.year or 0)
        received, spent = day.received.get(key, 0), day.spent.get(programme.id, 0)
        remaining = subsidies.Remaining(
            budget_fen=Fen(programme.budget_fen - spent), received_fen=Fen(received), cap_open=received > 0
        )
        decision = subsidy_rules.decide(
            self.claim,
            subsidies.PayClaim(),
            by(DEPARTMENT, at, "subsidies.decide"),
            programme=programme,
            remaining=self.told("remaining", remaining),
        )
        paid = decision.claim.paid_fen or 0
        day.received[key], day.spent[programme.id] = received + paid, spent + paid
        self.claim = decision.claim
        day.write(decision.events, at)

    def order(self, day: Day, at: datetime) -> None:
        """Have a court order that the deal's money stays where it is; its contract stands still."""
        self._freeze(day, at, 1)

    def second_order(self, day: Day, at: datetime) -> None:
        self._freeze(day, at, 2)

    def lift(self, day: Day, at: datetime) -> None:
        self._lift(day, at, 1)

    def second_lift(self, day: Day, at: datetime) -> None:
        self._lift(day, at, 2)

    # what the steps are made of

    def _freeze(self, day: Day, at: datetime, number: int) -> None:
        assert self.settlement is not None
        self._stay(day, contracts.Stay(), at)
        if self.skips("impose"):
            return
        command = make_freezes.order(escrow.FreezeId.from_number(2 * self.number + number - 2))
        decision = escrow_rules.impose(self.settlement, command, make_freezes.regulator(at))
        self.orders[number], self.settlement = decision.freeze, decision.settlement
        day.write(decision.events, at)

    def _lift(self, day: Day, at: datetime, number: int) -> None:
        assert self.settlement is not None
        standing = self.orders.pop(number)
        if not self.orders or self.cheat.get("resumes early"):
            self._stay(day, contracts.Resume(), at)
        decision = escrow_rules.decide_freeze(
            standing, self.settlement, make_freezes.lift(), make_freezes.regulator(at)
        )
        self.settlement = decision.settlement
        day.write(decision.events, at)

    def _stay(self, day: Day, command: contracts.Stay | contracts.Resume, at: datetime) -> None:
        """Have the contract stand still or go on, where there is one that can, as the wing's service does."""
        step, one = type(command).__name__.lower(), self.contract
        still = one is not None and one.stayed_at is not None
        if self.skips(step) or one is None or still != isinstance(command, contracts.Resume):
            return
        if (one.state, type(command)) in contract_rules.CONTRACT_TRANSITIONS:
            self._agree(day, step, command, make_freezes.regulator(at + self.cheat.get("stayed later", timedelta(0))))

    def _list(self, day: Day, command: Any, cause: Cause) -> None:
        if self.skips(f"listing.{type(command).__name__.lower()}"):
            return
        decision = listing_rules.decide(self.listing, command, cause, asset=self.asset)
        self.listing, self.asset = decision.listing, decision.asset
        day.write(decision.events, cause.at)

    def _bid(self, day: Day, command: Any, cause: Cause, bidder: auctions.Bidder | None = None) -> None:
        decision = auction_rules.decide(self.lot, command, cause, bidder=bidder)
        self.lot = decision.lot
        day.write(decision.events, cause.at)

    def _offer(self, day: Day, at: datetime, who: OrganisationId, amount_fen: int, number: int) -> None:
        bidder = auctions.Bidder(organisation=who, code=auctions.BidderCode(self.codes[who]), deposit_fen=DEPOSIT)
        command = auctions.PlaceBid(
            bid=auctions.BidId.from_number(100 * self.number + number), amount_fen=Fen(amount_fen)
        )
        self._bid(day, command, by(who, at), bidder)

    def _deposit(self, day: Day, at: datetime, who: OrganisationId) -> None:
        code, reference = self.codes[who], f"回单{self.number}-{who[-1]}"
        confirm = auctions.ConfirmDeposit(
            organisation=who, amount_fen=DEPOSIT, payment_reference=reference, code=auctions.BidderCode(code)
        )
        self._bid(day, confirm, officer(at))
        command = escrow.TakeDeposit(code=code, payer=who, due_fen=DEPOSIT, paid_fen=DEPOSIT, reference=reference)
        self._pay(day, f"deposit {'buyer' if who == self.buyer else 'loser'}", command, officer(at))

    def _pay(self, day: Day, step: str, command: Any, cause: Cause) -> None:
        if self.skips(step):
            return
        command = self.cheat.get("instead", {}).get(step) or self.told(step, command)
        if self.settlement is not None:
            decision = escrow_rules.decide(self.settlement, command, cause)
        elif isinstance(command, escrow.TakeDeposit):
            begun = {"deal": self.lot_id, "seller": self.seller} | self.cheat.get("settlement", {})
            decision = escrow_rules.open_settlement(self.settlement_id, begun["deal"], begun["seller"], command, cause)
        else:
            return
        self.settlement = decision.settlement
        day.write(decision.events, cause.at)

    def _agree(self, day: Day, step: str, command: Any, cause: Cause) -> None:
        assert self.contract is not None
        decision = contract_rules.decide_contract(self.contract, self.told(step, command), cause)
        self.contract = decision.contract
        day.write(decision.events, cause.at)

    def _sign(self, day: Day, cause: Cause) -> None:
        assert self.contract is not None
        assert self.contract.terms_sha256 is not None
        self._agree(day, "sign", contracts.Sign(terms_sha256=self.contract.terms_sha256), cause)

    def _fall(self, day: Day, cause: Cause, fault: Any) -> None:
        told = self.cheat.get("money fault", fault)
        if told == contracts.Fault.SELLER:
            self._pay(day, "give back", escrow.GiveBack(), cause)
        elif self.settlement is not None and self.settlement.state is escrow.State.AWARDED:
            self._pay(day, "forfeit", escrow.Forfeit(), cause)
        if not self.skips("fall through"):
            self._bid(day, auctions.FallThrough(fault=self.cheat.get("lot fault", fault)), cause)
        self._list(day, achievements.Release(deal=self.lot_id), cause)

    def _claim(self, day: Day, at: datetime, **declared: Any) -> None:
        assert self.fund is not None
        assert self.fund.programme is not None
        claimant = self.cheat.get("claimant", self.seller)
        command = subsidies.MakeClaim(
            id=self.claim_id,
            deal=self.cheat.get("claimed deal", self.contract_id),
            seller=claimant,
            facts=replace(self._facts(day, at), **declared, **self.cheat.get("facts", {})),
            received_fen=Fen(day.received.get((claimant, 2026), 0)),
        )
        decision = subsidy_rules.make_claim(
            self.fund.programme, command, by(claimant, at, "subsidies.claim"), live=None
        )
        self.claim = decision.claim
        day.write(decision.events, at)

    def _facts(self, day: Day, at: datetime) -> subsidies.DealFacts:
        contract, settlement = self.contract, self.settlement
        assert contract is not None
        assert settlement is not None
        assert self.listing.disclosed_at is not None
        prices = [
            int(entry["data"]["price_fen"])
            for entries in subjects(day.entries).values()
            if entries[0]["kind"] == "escrow.opened" and entries[0]["data"]["seller"] == self.seller
            for entry in entries
            if entry["kind"] == "escrow.balance_paid"
        ]
        return make_subsidies.facts(
            listed_at=self.listing.disclosed_at,
            signed_at=contract.effective_at,
            registered_at=contract.registered_at,
            paid_at=settlement.paid_at,
            paid_fen=settlement.price_fen if settlement.paid_at else Fen(0),
            party_total_fen=Fen(sum(prices)),
        )


PLAN = {
    "offer": SUBMITTED,
    "accept": SUBMITTED + HOUR,
    "publish": SUBMITTED + 2 * HOUR,
    "disclosed": OPENED,
    "announce": ANNOUNCED,
    "deposit": ANNOUNCED + HOUR,
    "deposit_of_loser": ANNOUNCED + 2 * HOUR,
    "withdraw": ANNOUNCED + 3 * HOUR,
    "bids": OPENS + HOUR,
    "end": SOLD,
    "write": SOLD + HOUR,
    "sign": SOLD + 2 * HOUR,
    "countersign": SOLD + 3 * HOUR,
    "pay": SOLD + DAY,
    "settle": SOLD + 2 * DAY,
    "register": SOLD + 3 * DAY,
    "claims_in_vain": SOLD + 4 * DAY,
    "claims": SOLD + 5 * DAY,
    "subsidy": SOLD + 6 * DAY,
    "lapse": SOLD + 20 * DAY,
    "default": SOLD + 30 * DAY,
    "order": ANNOUNCED + 2 * HOUR + HOUR / 2,
    "second_order": ANNOUNCED + 2 * HOUR + HOUR / 2,
    "lift": datetime(2026, 8, 9, 1, tzinfo=UTC),
    "second_lift": datetime(2026, 8, 9, 2, tzinfo=UTC),
}
"""When each step of the usual deal is taken."""

BEGINNING = ("offer", "accept", "publish", "disclosed", "announce", "deposit", "deposit_of_loser")
_SIGNED = ("bids", "end", "write", "sign", "countersign")
LIVES: dict[str, tuple[str, ...]] = {
    "subsidised": (*_SIGNED, "pay", "settle", "register", "claims", "subsidy"),
    "refused": (*_SIGNED, "pay", "settle", "register", "claims_in_vain"),
    "settled": (*_SIGNED, "pay", "settle", "register"),
    "paid": (*_SIGNED, "pay"),
    "signed": _SIGNED,
    "awarded": ("bids", "end"),
    "defaulted": (*_SIGNED, "default"),
    "forfeited": ("bids", "end", "write", "sign", "lapse"),
    "returned": ("bids", "end", "lapse"),
    "unsold": ("end",),
    "withdrawn": ("withdraw",),
    "bidding": ("bids",),
}
"""How a deal goes on from its deposits."""


def whole_day(*, opened: bool = True, **cheats: Mapping[str, Any]) -> Day:
    """A day on which every kind of deal is made, by sellers that make several; `cheats` by the life they spoil."""
    fund = Fund()
    deals = [
        Deal(
            life,
            number,
            seller=organisation(20 + number % 3),
            buyer=organisation(40 + number),
            loser=organisation(60 + number),
            price_fen=PRICE + number * STEP,
            later=number * timedelta(minutes=1),
            fund=fund,
            cheat=cheats.get(life, {}),
        )
        for number, life in enumerate(LIVES, 1)
    ]
    return Day(opened=opened).live(fund, *deals)
