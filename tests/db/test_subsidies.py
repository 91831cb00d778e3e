"""Programmes and claims in a real database: what budgets and caps allow, rivals, and what a refusal leaves behind."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from exchange.app.ledgers import Snapshot, as_json
from ledger.audit.engine import audit
from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from ledger.log import export
from ledger.log import service as log
from settlement.books import service as books
from settlement.books.rules import Overdrawn
from settlement.escrow.rules import PaymentRecorded
from settlement.subsidies import checks, rules, service, tables
from settlement.subsidies.model import ClaimId, ClaimState, ProgrammeId
from settlement.subsidies.rules import money
from tests import make_subsidies as make
from tests.make_subsidies import DEPARTMENT, OTHER_DEPARTMENT, SELLER, STRANGER
from tests.world import START

DAY = timedelta(days=1)
RULE = "mkj-platform-2026@1"
AMOUNT = 3_000_000


class Department:
    """Drives the wing in a world, each command a unit of its own, and looks at the books after every one."""

    def __init__(self, world):
        self.world = world
        self.references = 0
        world.move(START + 100 * DAY)

    def cause(self, organisation, *may):
        return self.world.cause(organisation, *may)

    def do(self, act, organisation=DEPARTMENT, *may, **given):
        """Act in a unit; whatever comes of it, the books are sound."""
        try:
            with self.world.units.begin() as unit:
                return act(unit, self.cause(organisation, *may), **given)
        finally:
            self.prove()

    def prove(self):
        with self.world.units.read() as unit:
            assert books.prove(unit) == []

    def open(self, budget_fen, organisation=DEPARTMENT, reference=None):
        self.references += 1
        return self.do(
            service.open_programme,
            organisation,
            "subsidies.decide",
            rule=RULE,
            budget_fen=Fen(budget_fen),
            reference=reference or f"回单 {self.references}",
        )

    def claim(self, programme, deal="ctr_a", seller=SELLER, **changes):
        facts = make.facts(**changes)
        return self.do(service.claim, seller, programme=programme.id, deal=deal, facts=facts, seller=seller)

    def pay(self, claim, organisation=DEPARTMENT):
        return self.do(lambda unit, cause: service.pay_claim(unit, cause, claim.id), organisation, "subsidies.decide")

    def left(self, programme):
        with self.world.units.read() as unit:
            return service.programme(unit, programme.id).left_fen

    def stands(self, claim):
        with self.world.units.read() as unit:
            return service.find_claim(unit, self.cause(claim.claimant), claim.id)

    def standing(self, *names):
        with self.world.units.read() as unit:
            found = books.accounts(unit, names)
        return [found[name].balance_fen if name in found else None for name in names]

    def everything(self):
        """All rows of the wing and the books, and how much is recorded, to compare before and after."""
        names = ("subsidy_programme", "subsidy_claim", "account", "transfer", "outbox")
        with self.world.units.read() as unit:
            return [sorted(map(str, unit.connection.execute(sa.text(f"SELECT * FROM {name}")).all())) for name in names]

    def refused(self, refusal, act, *given, **named):
        """Act, and expect this refusal, which leaves nothing behind."""
        before = self.everything()
        with pytest.raises(refusal) as caught:
            act(*given, **named)
        assert self.everything() == before
        return caught.value

    def audit(self, folder):
        """Export and audit the whole record with every value opened, then hold the sums of all subjects together."""
        self.world.drain()
        with self.world.units.read() as unit:
            export.export(Snapshot(unit, str(self.world.signer.key)), folder / "log")
            export.write_disclosures(folder / "opened.jsonl", log.disclosures(unit))
        tallies = []

        def look(entries):
            written = [as_json(entry) for entry in entries]
            tallies.append(checks.tally(written))
            return checks.check(written)

        report = audit(
            folder / "log",
            vkey=str(self.world.signer.key),
            disclosures=folder / "opened.jsonl",
            checks=[look],
        )
        assert report.sealed == 0
        found = [one for one in tallies if one is not None]
        assert checks.across(found) == []
        return found


@pytest.fixture
def department(world, tmp_path):
    department = Department(world)
    yield department
    if any(department.everything()[0]):
        department.audit(tmp_path)


class TestOpenProgramme:
    def test_puts_the_budget_where_it_can_be_paid_from(self, department):
        programme = department.open(10_000_000)

        assert department.left(programme) == 10_000_000
        assert department.standing("custody:bank", f"{programme.id}:budget", f"{programme.id}:used") == [
            10_000_000,
            10_000_000,
            0,
        ]

    def test_shares_the_bank_with_other_programmes(self, department):
        first, second = department.open(10_000_000), department.open(5)

        assert (department.left(first), department.left(second)) == (10_000_000, 5)
        assert department.standing("custody:bank") == [10_000_005]

    def test_takes_a_payment_once(self, department):
        department.open(1, reference="回单")

        refusal = department.refused(PaymentRecorded, department.open, 2, reference="回单")
        assert "回单" not in f"{refusal.detail}{refusal.facts}"

    def test_takes_a_payment_once_of_two_rivals(self, department):
        outcomes = rivals(lambda _: department.open(7, reference="回单"))

        assert sorted(outcomes) == ["Programme", "payment-recorded"]
        assert department.standing("custody:bank") == [7]

    @pytest.mark.parametrize(
        ("refusal", "changes"),
        [
            (rules.UnknownRule, {"rule": "mkj-platform-2026@9"}),
            (rules.AmountOutOfRange, {"budget_fen": Fen(0)}),
            (rules.UnusableField, {"reference": " "}),
        ],
    )
    def test_refused_leaves_nothing(self, department, refusal, changes):
        usual = {"rule": RULE, "budget_fen": Fen(1), "reference": "回单"}
        given = ("subsidies.decide",)

        department.refused(refusal, department.do, service.open_programme, DEPARTMENT, *given, **{**usual, **changes})

    def test_is_no_seller_s_to_do(self, department):
        given = {"rule": RULE, "budget_fen": Fen(1), "reference": "回单"}

        department.refused(
            rules.NotTheDepartment, department.do, service.open_programme, SELLER, "subsidies.claim", **given
        )

    def test_comes_too_late_when_the_rule_has_ended(self, department):
        department.world.move(datetime(2026, 12, 31, 16, tzinfo=UTC))

        department.refused(rules.RuleNotInForce, department.open, 1)


class TestProgrammes:
    def test_are_found_with_what_is_left(self, department):
        opened = [department.open(budget) for budget in (10_000_000, 20, 30)]
        department.pay(department.claim(opened[0]))

        with department.world.units.read() as unit:
            every = service.programmes(unit)
            after = service.programmes(unit, after=opened[0].id, limit=1)
        assert [(one.programme, one.left_fen) for one in every] == list(zip(opened, (7_000_000, 20, 30), strict=True))
        assert [one.programme for one in after] == [opened[1]]

    def test_that_are_not_there_are_refused(self, department):
        with department.world.units.read() as unit, pytest.raises(rules.NoSuchProgramme):
            service.programme(unit, ProgrammeId.from_number(5))


class TestClaim:
    def test_is_kept_as_it_was_decided(self, department):
        programme = department.open(10_000_000)
        claim = department.claim(programme)

        assert claim.state is ClaimState.ASSESSED
        assert claim.assessment.amount_fen == AMOUNT
        assert department.stands(claim) == claim
        assert department.left(programme) == 10_000_000  # nothing is set aside

    def test_that_a_clause_refuses_is_kept_too_and_recorded(self, department):
        claim = department.claim(department.open(10_000_000), paid_at=None, registered_at=None)

        assert (claim.state, claim.assessment.refused_by) == (ClaimState.REFUSED, "art. 4 (3)")
        assert department.stands(claim) == claim
        assert recorded(department, claim.id) == ["subsidy.claim_refused"]

    def test_is_made_once_for_a_deal(self, department):
        programme = department.open(10_000_000)
        first = department.claim(programme)

        refusal = department.refused(rules.ClaimedAlready, department.claim, programme)
        assert refusal.facts == {"claim": first.id}
        assert department.claim(programme, deal="ctr_b").state is ClaimState.ASSESSED

    def test_is_not_made_again_once_it_is_paid(self, department):
        programme = department.open(10_000_000)
        department.pay(department.claim(programme))

        department.refused(rules.ClaimedAlready, department.claim, programme)

    def test_is_made_once_for_a_deal_under_a_rule_whatever_the_programme(self, department):
        first, second = department.open(10_000_000), department.open(10_000_000)
        department.claim(first)

        department.refused(rules.ClaimedAlready, department.claim, second)

    def test_may_be_made_again_after_a_refusal(self, department):
        programme = department.open(10_000_000)
        refused = department.claim(programme, registered_at=None)
        again = department.claim(programme)

        assert (refused.state, again.state) == (ClaimState.REFUSED, ClaimState.ASSESSED)
        with department.world.units.read() as unit:
            assert service.claims_of(unit, "ctr_a") == [refused, again]
            assert service.claims_of(unit, "ctr_b") == []

    def test_is_made_once_of_two_at_the_same_moment(self, department):
        programme = department.open(10_000_000)

        outcomes = rivals(lambda _: department.claim(programme))
        assert sorted(outcomes) == ["Claim", "claimed-already"]

    def test_is_the_seller_s_to_make(self, department):
        programme = department.open(10_000_000)
        given = {"programme": programme.id, "deal": "ctr_a", "facts": make.facts(), "seller": SELLER}

        department.refused(rules.NotTheClaimant, department.do, service.claim, STRANGER, **given)

    def test_needs_a_programme(self, department):
        stray = replace(make.programme(), id=ProgrammeId.from_number(5))

        department.refused(rules.NoSuchProgramme, department.claim, stray)

    def test_is_assessed_by_what_is_left_of_the_year_then(self, department):
        programme = department.open(100_000_000)
        for number in range(6):
            department.pay(department.claim(programme, deal=f"ctr_{number}"))

        assert department.claim(programme, deal="ctr_6").assessment.amount_fen == 2_000_000


class TestPayClaim:
    def test_pays_out_of_the_budget_and_the_cap(self, department):
        programme = department.open(10_000_000)
        claim = department.claim(programme)
        paid = department.pay(claim)

        assert (paid.state, paid.paid_fen) == (ClaimState.PAID, AMOUNT)
        assert department.stands(claim) == paid
        assert department.left(programme) == 7_000_000
        assert department.standing(
            "custody:bank",
            "custody:ordered",
            f"{programme.id}:cap:{SELLER}:2026",
            f"{programme.id}:used",
            "quota:granted",
        ) == [10_000_000, 3_000_000, 17_000_000, 3_000_000, -20_000_000]
        with department.world.units.read() as unit:
            made = books.transfers_of(unit, claim.id)
        assert [one.amount_fen for one in made] == [20_000_000, 3_000_000, 3_000_000]
        assert recorded(department, claim.id) == ["subsidy.claim_assessed", "subsidy.claim_paid"]

    def test_uses_the_budget_up_exactly(self, department):
        programme = department.open(AMOUNT)
        department.pay(department.claim(programme))

        assert department.left(programme) == 0

    def test_stops_a_fen_short_of_the_budget(self, department):
        programme = department.open(AMOUNT - 1)
        claim = department.claim(programme)

        refusal = department.refused(rules.BudgetExhausted, department.pay, claim)
        assert refusal.facts == {"left_fen": AMOUNT - 1, "needed_fen": AMOUNT}
        assert department.stands(claim) == claim

    def test_pays_once(self, department):
        claim = department.claim(department.open(10_000_000))
        department.pay(claim)

        department.refused(rules.WrongState, department.pay, claim)

    def test_pays_once_when_two_officers_pay_the_same(self, department):
        programme = department.open(10_000_000)
        claim = department.claim(programme)

        assert sorted(rivals(lambda _: department.pay(claim))) == ["Claim", "wrong-state"]
        assert department.left(programme) == 7_000_000

    def test_lets_one_of_two_officers_have_the_last_of_the_budget(self, department):
        programme = department.open(2 * AMOUNT - 1)
        claims = [department.claim(programme, deal=f"ctr_{number}") for number in range(2)]

        assert sorted(rivals(lambda number: department.pay(claims[number]))) == ["Claim", "budget-exhausted"]
        assert department.left(programme) == AMOUNT - 1
        assert sorted(department.stands(one).state for one in claims) == ["assessed", "paid"]

    def test_lets_two_officers_pay_no_more_than_the_year_allows_over_two_programmes(self, department):
        programmes = [department.open(100_000_000) for _ in range(2)]
        for number in range(5):
            department.pay(department.claim(programmes[number % 2], deal=f"ctr_{number}"))
        claims = [department.claim(programmes[number], deal=f"ctr_last_{number}") for number in range(2)]

        assert rivals(lambda number: department.pay(claims[number])) == ["Claim", "Claim"]
        assert sorted(department.stands(one).paid_fen for one in claims) == [2_000_000, AMOUNT]

    def test_pays_what_is_left_of_the_year_when_that_has_shrunk(self, department):
        programme = department.open(100_000_000)
        claims = [department.claim(programme, deal=f"ctr_{number}", paid_fen=500_000_000) for number in range(6)]
        smaller = department.claim(programme, deal="ctr_smaller")
        for one in claims[:3]:
            assert department.pay(one).paid_fen == 5_000_000
        assert department.pay(smaller).paid_fen == AMOUNT

        cut = department.pay(claims[3])
        assert (cut.assessment.amount_fen, cut.paid_fen) == (5_000_000, 2_000_000)
        assert [line.binding for line in cut.paying] == [True]
        refusal = department.refused(rules.YearCapReached, department.pay, claims[4])
        assert refusal.facts == {"cap_fen": 20_000_000, "year": 2026}
        assert department.standing(f"{programme.id}:cap:{SELLER}:2026", f"{programme.id}:used") == [0, 20_000_000]
        late = department.claim(programme, deal="ctr_late")
        assert (late.state, late.assessment.refused_by) == (ClaimState.REFUSED, "art. 7 (2)")

    def test_counts_every_party_by_itself(self, department):
        programme = department.open(100_000_000)
        for seller in (SELLER, STRANGER):
            for number in range(4):
                claim = department.claim(programme, f"ctr_{seller[-2:]}_{number}", seller, paid_fen=500_000_000)
                assert department.pay(claim).paid_fen == 5_000_000

        assert department.standing(f"{programme.id}:used") == [40_000_000]

    def test_is_the_keeper_s_to_do(self, department):
        claim = department.claim(department.open(10_000_000))

        department.refused(rules.NotTheDepartment, department.pay, claim, OTHER_DEPARTMENT)
        department.refused(
            rules.NotTheDepartment,
            department.do,
            lambda unit, cause: service.pay_claim(unit, cause, claim.id),
            SELLER,
            "subsidies.claim",
        )

    def test_tells_a_stranger_nothing_of_which_claims_there_are(self, department):
        stray = replace(make.assessed(), id=ClaimId.from_number(5))

        department.refused(rules.NoSuchClaim, department.pay, stray)
        department.refused(
            rules.NotTheDepartment, department.do, lambda unit, cause: service.pay_claim(unit, cause, stray.id), SELLER
        )

    @pytest.mark.parametrize("changes", [{"registered_at": None}, {"paid_at": None}])
    def test_never_pays_what_is_refused(self, department, changes):
        claim = department.claim(department.open(10_000_000), **changes)

        department.refused(rules.WrongState, department.pay, claim)


class TestDatabase:
    """What holds although the rules were never asked."""

    @pytest.mark.parametrize("which", ["budget", "cap"])
    def test_refuses_a_fen_above_budget_or_cap(self, department, which):
        programme = department.open(AMOUNT if which == "budget" else 100_000_000)
        claim = department.claim(programme)
        amount = Fen(AMOUNT + 1 if which == "budget" else 20_000_001)
        with pytest.raises(Overdrawn), department.world.units.begin() as unit:
            books.open_accounts(unit, rules.cap_accounts(programme.id, SELLER, 2026))
            grant = money.grant(programme.id, SELLER, 2026, make.RULE)
            books.transfer(unit, [grant, *money.pay(claim, 2026, amount)], reference=claim.id, rule="test@1")

        department.prove()
        assert department.left(programme) == programme.budget_fen

    @pytest.mark.parametrize(
        "changes",
        [
            {"state": "paid"},
            {"state": "paid", "paid_fen": 0},
            {"state": "paid", "paid_fen": AMOUNT + 1},
            {"paid_fen": 1},
            {"state": "refused"},
            {"refused_by": "art. 6"},
            {"state": "refused", "refused_by": "art. 6"},
            {"amount_fen": 0},
            {"year": None},
            {"state": "lost"},
            {"programme": "prg_unknown"},
        ],
    )
    def test_keeps_no_claim_that_contradicts_itself(self, department, changes):
        claim = department.claim(department.open(10_000_000))

        with pytest.raises(sa.exc.IntegrityError), department.world.units.begin() as unit:
            unit.connection.execute(sa.update(tables.claim).where(tables.claim.c.id == claim.id).values(**changes))
        assert department.stands(claim) == claim

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM subsidy_claim",
            "DELETE FROM subsidy_programme",
            "UPDATE subsidy_programme SET budget_fen = 1",
            "TRUNCATE subsidy_claim",
        ],
    )
    def test_lets_nobody_unmake_what_was_decided(self, department, statement):
        department.claim(department.open(10_000_000))

        with pytest.raises(sa.exc.ProgrammingError), department.world.units.begin() as unit:
            unit.connection.execute(sa.text(statement))


class TestFindClaim:
    def test_shows_a_claim_to_its_claimant_and_to_readers_of_all(self, department):
        claim = department.claim(department.open(10_000_000))

        with department.world.units.read() as unit:
            for reader in (department.cause(SELLER), department.cause(STRANGER, "deals.read_all")):
                assert service.find_claim(unit, reader, claim.id) == claim
            for reader in (department.cause(STRANGER), department.cause(DEPARTMENT, "subsidies.decide")):
                with pytest.raises(rules.NoSuchClaim):
                    service.find_claim(unit, reader, claim.id)

    def test_pages_one_s_own_claims_or_all(self, department):
        programme = department.open(10_000_000)
        claims = [
            department.claim(programme, deal, seller)
            for deal, seller in (("ctr_a", SELLER), ("ctr_b", STRANGER), ("ctr_c", SELLER))
        ]

        def page(cause, after=None, limit=10):
            with department.world.units.read() as unit:
                return service.page_claims(unit, cause, after=after, limit=limit)

        reader = department.cause(DEPARTMENT, "deals.read_all")
        assert page(reader) == claims
        assert page(reader, after=claims[0].id, limit=1) == claims[1:2]
        assert page(department.cause(SELLER)) == [claims[0], claims[2]]
        assert page(department.cause(OTHER_DEPARTMENT)) == []


def test_the_record_adds_up_over_everything(department, tmp_path):
    programme, other = department.open(5 * AMOUNT), department.open(AMOUNT)
    for number in range(3):
        department.pay(department.claim(programme, f"ctr_{number}"))
    department.pay(department.claim(other, "ctr_other", STRANGER))
    department.claim(programme, "ctr_refused", sanctioned=True)
    department.claim(programme, "ctr_open", STRANGER)

    tallies = department.audit(tmp_path / "here")
    assert sum(one.budget_fen for one in tallies) == 6 * AMOUNT
    assert sum(one.assessed_fen for one in tallies) == 5 * AMOUNT
    assert sum(one.paid_fen for one in tallies) == 4 * AMOUNT


def recorded(department, subject):
    department.world.drain()
    with department.world.units.read() as unit:
        return [one.entry.kind for one in log.history(unit, [subject])]


def rivals(act):
    """Let two act at once; return what came of it: the name of the answer, or the refusal's code."""
    together = Barrier(2)

    def one(number):
        together.wait()
        try:
            return type(act(number)).__name__
        except Refusal as refusal:
            return refusal.code().rpartition("/")[2]

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(one, range(2)))
