"""Whatever is claimed and paid in whatever order: money is conserved after every step, and the record adds up.

The accounts here are plain numbers, moved as the orders say; what they should be is counted apart, from the answers.
"""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from settlement.subsidies import checks, rules
from settlement.subsidies.model import (
    Claim,
    ClaimId,
    ClaimState,
    MakeClaim,
    PayClaim,
    Programme,
    ProgrammeId,
    Remaining,
)
from tests import make_subsidies as make
from tests.make_auctions import Record, refused
from tests.unit.subsidies.test_checks import as_exported

CAP = 20_000_000
FREE = {"custody:bank", "quota:granted"}  # where money and quotas come from

LAWFUL = {"claimed-already", "wrong-state", "budget-exhausted", "year-cap-reached"}


@dataclass
class Course:
    """Programmes and claims as they stand, the accounts, and every subject's entries."""

    programmes: list[Programme] = field(default_factory=list)
    claims: dict[ClaimId, Claim] = field(default_factory=dict)
    balances: Counter = field(default_factory=Counter)
    records: dict[str, Record] = field(default_factory=dict)
    moved: set = field(default_factory=set)

    def open(self, budget_fen):
        number = ProgrammeId.from_number(len(self.programmes) + 1)
        command = make.opening(id=number, budget_fen=Fen(budget_fen), reference=f"{number}")
        decision = rules.open_programme(command, make.officer())
        self.programmes.append(decision.programme)
        self.follow(decision, make.NOON)

    def claim(self, programme, seller, deal, paid_fen):
        command = MakeClaim(
            id=ClaimId.from_number(len(self.claims) + 1),
            deal=f"ctr_{deal}",
            seller=OrganisationId.from_number(seller),
            facts=make.facts(paid_fen=Fen(paid_fen)),
            received_fen=self.received(OrganisationId.from_number(seller)),
        )
        live = next((one.id for one in self.claims.values() if one.deal == command.deal and self.lives(one)), None)
        decision = rules.make_claim(
            self.programmes[programme % len(self.programmes)],
            command,
            make.cause(command.seller, make.CLAIMED),
            live=live,
        )
        self.claims[command.id] = decision.claim
        self.follow(decision, make.CLAIMED)

    def pay(self, number):
        claim = list(self.claims.values())[number % len(self.claims)]
        programme = next(one for one in self.programmes if one.id == claim.programme)
        remaining = Remaining(
            budget_fen=Fen(self.balances[f"{programme.id}:budget"]),
            received_fen=self.received(claim.claimant),
            cap_open=f"{programme.id}:cap:{claim.claimant}:2026" in self.balances,
        )
        decision = rules.decide(claim, PayClaim(), make.officer(make.PAYS), programme=programme, remaining=remaining)
        self.claims[claim.id] = decision.claim
        self.follow(decision, make.PAYS)

    def follow(self, decision, at):
        """Make the transfers, refusing what no account could give, and write the entries."""
        for one in decision.orders:
            assert one.id not in self.moved
            self.moved.add(one.id)
            self.balances[one.debit] -= one.amount_fen
            self.balances[one.credit] += one.amount_fen
            assert one.debit in FREE or self.balances[one.debit] >= 0
        for event in decision.events:
            self.records.setdefault(event.subject, Record()).write([event], at)

    def received(self, claimant):
        return Fen(sum(one.paid_fen or 0 for one in self.claims.values() if one.claimant == claimant))

    @staticmethod
    def lives(claim):
        return claim.state is not ClaimState.REFUSED

    def check(self):
        """Hold everything against everything else."""
        assert sum(self.balances.values()) == 0
        paid = Counter()
        for one in self.claims.values():
            assert (one.state is ClaimState.PAID) == (one.paid_fen is not None)
            assert (one.paid_fen or 0) <= one.assessment.amount_fen <= 5_000_000
            paid[one.programme] += one.paid_fen or 0
        for programme in self.programmes:
            assert self.balances[f"{programme.id}:budget"] == programme.budget_fen - paid[programme.id]
            assert self.balances[f"{programme.id}:used"] == paid[programme.id]
        assert self.balances["custody:ordered"] == paid.total()
        assert all(self.received(one.claimant) <= CAP for one in self.claims.values())
        live = [one.deal for one in self.claims.values() if self.lives(one)]
        assert len(live) == len(set(live))

    def audit(self):
        entries = [as_exported(one.entries) for one in self.records.values()]
        assert [checks.check(one) for one in entries] == [[]] * len(entries)
        tallies = [checks.tally(one) for one in entries]
        assert checks.across(tallies) == []
        assert sum(one.paid_fen for one in tallies) == self.balances["custody:ordered"]


numbers = st.integers(0, 5)
steps = st.one_of(
    st.tuples(st.just("open"), st.integers(1, 30_000_000)),
    st.tuples(st.just("claim"), numbers, st.integers(11, 12), st.integers(0, 9), st.integers(0, 700_000_000)),
    st.tuples(st.just("pay"), numbers),
    st.tuples(st.just("pay"), numbers),
)


@given(budgets=st.lists(st.integers(1, 40_000_000), min_size=1, max_size=2), course=st.lists(steps, max_size=25))
def test_money_is_conserved_and_the_record_adds_up(budgets, course):
    going = Course()
    for budget_fen in budgets:
        going.open(budget_fen)
    for name, *given_ in course:
        if name == "pay" and not going.claims:
            continue
        refusal = refused(getattr(going, name), *given_)
        assert refusal is None or refusal.code().removeprefix("subsidies/") in LAWFUL
        going.check()
    going.audit()


def test_a_year_is_used_up_to_the_fen_over_two_programmes():
    going = Course()
    for _ in range(2):
        going.open(100_000_000)
    for number in range(6):
        going.claim(number, 11, number, 333_333_350)  # 33,333.335 each, so 33,333.34
    for number in range(6):
        going.pay(number)
        going.check()
    going.claim(0, 11, 6, 333_333_350)

    amounts = [one.paid_fen for one in going.claims.values()]
    assert amounts == [3_333_334] * 5 + [3_333_330, None]
    assert list(going.claims.values())[-1].assessment.refused_by == "art. 7 (2)"
    going.audit()
