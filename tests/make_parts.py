"""Build deals of a day whose price is paid by a plan, with a royalty beside it, invoices, and money nobody expected.

The usual plan: 210,000,000 fen within five working days, the deposit counting, the rest by the end of July.
"""

from dataclasses import replace
from datetime import UTC, date, datetime

from ledger.kernel.cause import Cause
from ledger.kernel.ids import PersonId
from ledger.kernel.money import Fen
from settlement.escrow import model as escrow
from settlement.escrow import rules
from settlement.escrow.rules import invoices, misdirected, royalties
from settlement.subsidies import model as subsidies
from tests import make_escrow, make_freezes, make_invoices, make_royalties
from tests.make_days import BEGINNING, DAY, HOUR, PLAN, SOLD, Day, Deal, Step, by, officer

FIRST = Fen(210_000_000)
LAST_ON = date(2026, 7, 31)
MORE = {
    "propose": SOLD + 4 * HOUR,
    "agree": SOLD + 5 * HOUR,
    "first": SOLD + DAY,
    "wait": SOLD + DAY + 2 * HOUR,
    "goes_on": SOLD + DAY + 3 * HOUR,
    "divide": SOLD + 2 * DAY,
    "second": SOLD + 4 * DAY + HOUR,
    "give_back": SOLD + 4 * DAY + 2 * HOUR,
    "accept_part": SOLD + 4 * DAY + 2 * HOUR,
    "default_first": SOLD + 20 * DAY,
    "default": datetime(2026, 8, 3, 1, tzinfo=UTC),
    "earn": SOLD + 4 * DAY,
    "state": datetime(2026, 8, 3, 4, tzinfo=UTC),
    "earned": datetime(2026, 8, 5, 4, tzinfo=UTC),
    "share": datetime(2026, 8, 6, 4, tzinfo=UTC),
    "invoice": SOLD + 7 * DAY,
    "find": SOLD + 12 * HOUR,
}
"""When each step is taken that the usual deal has not."""
SIGNED = ("bids", "end", "write", "sign", "countersign")
PARTS = (*SIGNED, "propose", "agree", "first")
WAYS: dict[str, tuple[str, ...]] = {
    "proposed": (*SIGNED, "propose"),
    "planned": (*SIGNED, "propose", "agree"),
    "begun": PARTS,
    "divided": (*PARTS, "divide"),
    "paid": (*PARTS, "divide", "second", "invoice"),
    "defaulted": (*PARTS, "divide", "default"),
    "found": (*SIGNED, "propose", "agree", "find"),
    "claimed": (*PARTS, "register", "claims", "subsidy"),
    "claimed in full": (*PARTS, "register", "second", "claims", "subsidy"),
    "claimed after a return": (*PARTS, "register", "second", "give_back", "claims", "subsidy"),
    "earning": (*PARTS, "earn", "state", "earned", "share"),
}
"""How such a deal goes on from its deposits."""


class Parted(Deal):
    """One deal of that kind. `cheat` also changes the settlement that a plan (`due`) or a royalty (`beside`) is of."""

    plan: escrow.Plan | None = None
    royalty: escrow.Royalty | None = None
    paid: tuple[tuple[datetime, Fen], ...] = ()
    assigned: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if "give_back" in self.life or "accept_part" in self.life or self.life == "claimed after a return":
            self.cheat = {"milestone": "验收", **self.cheat}

    def steps(self) -> list[Step]:
        life = WAYS[self.life] if isinstance(self.life, str) else self.life
        times = {
            name: at if name in BEGINNING[:4] else at + self.later
            for name, at in {**PLAN, **MORE, **self.times}.items()
        }
        return [(times[name], getattr(self, name)) for name in (*BEGINNING, *life)]

    def propose(self, day: Day, at: datetime) -> None:
        assert self.settlement is not None
        owed = replace(self.settlement, **self.cheat.get("due", {}))
        price = owed.price_fen or Fen(0)
        parts = (
            escrow.PartTerms(amount_fen=FIRST, within_workdays=5),
            escrow.PartTerms(amount_fen=Fen(price - FIRST), due_on=LAST_ON, milestone=self.cheat.get("milestone")),
        )
        until = self.cheat.get("trial until")
        terms = escrow.PlanTerms(parts=parts, interest_bp=365, security_sha256="d" * 64, trial_until=until)
        command = escrow.Propose(terms=terms, sharing=self._sharing(owed))
        decision = rules.open_plan(escrow.PlanId.from_number(self.number), owed, command, by(owed.seller, at))
        self.plan = decision.plan
        day.write(decision.events, at)

    def agree(self, day: Day, at: datetime) -> None:
        assert self.settlement is not None
        assert self.plan is not None
        cause = by(self.plan.buyer, at)
        adopted = rules.decide(
            self.settlement,
            self.told("adopt", escrow.Adopt(plan=self.plan.id, trial=self.plan.terms.trial_until is not None)),
            by(self.settlement.buyer or self.buyer, at),
        )
        command = escrow.Agree(terms_sha256=rules.terms_sha256(self.plan))
        decision = rules.decide_plan(self.plan, command, cause, code=self.settlement.code or "")
        self.settlement, self.plan = adopted.settlement, decision.plan
        day.write((*adopted.events, *decision.events), at)

    def first(self, day: Day, at: datetime) -> None:
        self._part(day, at, 1)

    def wait(self, day: Day, at: datetime) -> None:
        """Have the first part arrive while the deal is frozen: it waits for the orders that stand."""
        assert self.settlement is not None
        self._part(day, at, 1, frozen=self.cheat.get("waits for", self.settlement.frozen))

    def goes_on(self, day: Day, at: datetime) -> None:
        """Lift the first order, and have the plan go on in one unit with it, as the flow does."""
        frozen_at = self.cheat.get("frozen at", self.orders[1].frozen_at)
        self.lift(day, at)
        self._obey(day, escrow.Resume(frozen_at=frozen_at, over=False), make_freezes.regulator(at))

    def second(self, day: Day, at: datetime) -> None:
        self._part(day, at, 2)

    def divide(self, day: Day, at: datetime) -> None:
        assert self.plan is not None
        self._obey(day, escrow.Divide(part=1), by(self.plan.seller, at))

    def give_back(self, day: Day, at: datetime) -> None:
        """Have the buyer dispute the second part, and an officer be shown that it goes back."""
        assert self.plan is not None
        self._obey(day, escrow.Dispute(part=2, reason="未达指标"), by(self.plan.buyer, at))
        judged = escrow.Resolve(part=2, outcome=escrow.Outcome.RETURNED, document_sha256="e" * 64)
        self._obey(day, judged, officer(at))
        self.paid = self.paid[:1]

    def accept_part(self, day: Day, at: datetime) -> None:
        """Have one person of the seller's say that the second part's milestone is reached, and the buyer agree."""
        assert self.plan is not None
        reached = escrow.ProposeRelease(part=2, evidence_sha256="e" * 64)
        self._obey(day, reached, by(self.plan.seller, at))
        buyer = by(self.plan.buyer, at)
        other = replace(buyer, actor=replace(buyer.actor, person=PersonId.from_number(8)))
        self._obey(day, escrow.ConfirmRelease(part=2), other)

    def default(self, day: Day, at: datetime) -> None:
        self._obey(day, escrow.StopPlan(part=2), officer(at))

    def default_first(self, day: Day, at: datetime) -> None:
        self._obey(day, escrow.StopPlan(part=1), officer(at))

    def earn(self, day: Day, at: datetime) -> None:
        assert self.settlement is not None
        owed = replace(self.settlement, **self.cheat.get("beside", {}))
        command = escrow.ProposeRoyalty(
            terms=make_royalties.terms(starts_on=date(2026, 5, 1)), sharing=self._sharing(owed)
        )
        made = escrow.RoyaltyId.from_number(self.number)
        decision = royalties.open_royalty(made, owed, command, by(owed.seller, at))
        agreed = royalties.decide(
            decision.royalty,
            escrow.AgreeRoyalty(terms_sha256=royalties.terms_sha256(decision.royalty)),
            by(decision.royalty.buyer, at),
        )
        self.royalty = agreed.royalty
        day.write((*decision.events, *agreed.events), at)

    def state(self, day: Day, at: datetime) -> None:
        assert self.royalty is not None
        self._earn(day, make_royalties.state(), by(self.royalty.buyer, at))

    def earned(self, day: Day, at: datetime) -> None:
        self._earn(day, make_royalties.pay(reference=f"提成{self.number}"), officer(at))

    def share(self, day: Day, at: datetime) -> None:
        assert self.royalty is not None
        self._earn(day, escrow.DivideRoyalty(period=1), by(self.royalty.seller, at))

    def invoice(self, day: Day, at: datetime) -> None:
        assert self.plan is not None
        for part, amount in enumerate(self.cheat.get("invoices", (FIRST,)), 1):
            told = escrow.Payment(subject=self.plan.id, occasion=escrow.Occasion.PART, number=1, paid_fen=Fen(10**12))
            decision = invoices.record(
                escrow.InvoiceId.from_number(10 * self.number + part),
                escrow.Invoicing(
                    settlement=self.cheat.get("invoiced", self.plan.settlement), seller=self.seller, buyer=self.buyer
                ),
                self.told("payment", told),
                make_invoices.record(
                    number=f"26150000000000{self.number:04d}{self.cheat.get('invoice number', part):02d}",
                    amount_fen=Fen(amount),
                    tax_fen=Fen(0),
                    issued_on=date(2026, 4, 1),
                ),
                by(self.seller, at, "settlements.settle"),
                standing=(),
            )
            day.write(decision.events, at)

    def find(self, day: Day, at: datetime) -> None:
        """Have too much come, keep it, and assign what the first part is due to it."""
        assert self.plan is not None
        found = misdirected.find(
            escrow.Find(
                id=escrow.MisdirectedId.from_number(self.number),
                amount_fen=Fen(FIRST + 1_000),
                reference=f"错汇{self.number}",
            ),
            officer(at),
        )
        assign = escrow.Assign(amount_fen=Fen(FIRST - self.plan.deposit_fen), to=self.cheat.get("to", self.plan.id))
        parted = misdirected.decide_misdirected(found.misdirected, assign, officer(at))
        self.assigned = escrow.reference_of(parted.misdirected)
        day.write((*found.events, *parted.events), at)
        self.first(day, at)

    def _part(self, day: Day, at: datetime, number: int, *, frozen: tuple[escrow.FreezeId, ...] = ()) -> None:
        assert self.plan is not None
        part = self.plan.parts[number - 1]
        whole = Fen(part.terms.amount_fen + part.interest_fen)
        due = Fen(whole - (self.plan.deposit_fen if number == 1 else 0))
        reference = self.assigned if number == 1 and self.assigned else f"回单{self.number}-{number + 2}"
        self._obey(day, escrow.PayPart(part=number, amount_fen=due, reference=reference, frozen=frozen), officer(at))
        self.paid = (*self.paid, (at, part.terms.amount_fen))

    def _obey(self, day: Day, command: escrow.PlanCommand, cause: Cause) -> None:
        assert self.plan is not None
        decision = rules.decide_plan(self.plan, command, cause)
        self.plan = decision.plan
        day.write(decision.events, cause.at)

    def _earn(self, day: Day, command: escrow.RoyaltyCommand, cause: Cause) -> None:
        assert self.royalty is not None
        decision = royalties.decide(self.royalty, command, cause)
        self.royalty = decision.royalty
        day.write(decision.events, cause.at)

    def _sharing(self, owed: escrow.Settlement) -> escrow.Sharing:
        least = owed.reward_min_bp or 0
        return escrow.Sharing(
            owners=(escrow.Owner(organisation=owed.seller, share_bp=10_000),),
            broker=None,
            reward_bp=least,
            inventors=(make_escrow.share(1, 3), make_escrow.share(2, 1, "乙")) if least else (),
        )

    def _facts(self, day: Day, at: datetime) -> subsidies.DealFacts:
        whole = Fen(sum(fen for _, fen in self.paid))
        facts = super()._facts(day, at)
        return replace(facts, paid_at=self.paid[0][0] if self.paid else None, paid_fen=whole, party_total_fen=whole)
