"""Payment plans in the database: rows, rivals, and what is not done by halves."""

import threading
from dataclasses import replace

import pytest

from exchange.app import views
from ledger.kernel import instant
from ledger.kernel.errors import Refusal
from settlement.books import service as books
from settlement.books.model import AccountName
from settlement.escrow import rules, service
from settlement.escrow.model import Outcome, PartState, Payee, PlanState, Purpose, State, transfer_for
from settlement.escrow.store import payouts
from tests import make_escrow as escrow
from tests import make_plans as make


@pytest.fixture
def due(world):
    """A settlement that is due."""
    at = world.clock.now()
    officer = escrow.officer(at)
    with world.units.begin() as unit:
        for payer, code in ((escrow.ANN, "0011"), (escrow.BEN, "0012")):
            service.take_deposit(
                unit,
                officer,
                deal=escrow.DEAL,
                seller=escrow.SELLER,
                code=code,
                payer=payer,
                due_fen=escrow.DEPOSIT,
                paid_fen=escrow.DEPOSIT,
                reference=f"bank-{code}",
            )
        won = {"code": "0011", "buyer": escrow.ANN, "price_fen": escrow.PRICE, "reward_required": True}
        service.award(unit, officer, deal=escrow.DEAL, **won)
        return service.require(unit, officer, deal=escrow.DEAL, contract=escrow.CONTRACT, effective_at=at)


@pytest.fixture
def plan(world, due):
    """An active plan for it."""
    with world.units.begin() as unit:
        made = service.propose_plan(
            unit, escrow.seller(world.clock.now()), due.id, terms=make.terms(), sharing=make.sharing()
        )
    with world.units.begin() as unit:
        return service.agree_plan(unit, by_ann(world), made.id, terms_sha256=service.terms_of(made))


def by_ann(world):
    return escrow.by(escrow.ANN, at=world.clock.now())


def officer(world):
    return escrow.officer(world.clock.now())


def pay(world, plan, part=1, **changes):
    body = {"amount_fen": plan.due_fen[part - 1], "reference": f"bank-part-{part}"} | changes
    with world.units.begin() as unit:
        return service.pay_part(unit, officer(world), plan.id, part, **body)


class TestAgree:
    def test_is_read_back_as_it_was_decided(self, world, plan, tmp_path):
        with world.units.read() as unit:
            again = service.plan_of(unit, plan.settlement)
            settlement = service.of_deal(unit, escrow.DEAL)
        assert again == plan
        assert settlement.state is State.PLANNED
        world.check(tmp_path, alone=True)

    def test_leaves_the_settlement_alone_when_the_plan_refuses(self, world, due):
        with world.units.begin() as unit:
            made = service.propose_plan(
                unit, escrow.seller(world.clock.now()), due.id, terms=make.terms(), sharing=make.sharing()
            )
        with pytest.raises(rules.OtherTerms), world.units.begin() as unit:
            service.agree_plan(unit, by_ann(world), made.id, terms_sha256="0" * 64)
        with world.units.read() as unit:
            assert service.of_deal(unit, escrow.DEAL).state is State.DUE

    def test_is_beaten_by_a_balance_that_came_first(self, world, due):
        with world.units.begin() as unit:
            made = service.propose_plan(
                unit, escrow.seller(world.clock.now()), due.id, terms=make.terms(), sharing=make.sharing()
            )
        with world.units.begin() as unit:
            service.receive_balance(unit, officer(world), due.id, amount_fen=escrow.BALANCE, reference="bank-balance")
        with pytest.raises(rules.WrongState), world.units.begin() as unit:
            service.agree_plan(unit, by_ann(world), made.id, terms_sha256=service.terms_of(made))
        with world.units.read() as unit:
            assert service.plan_of(unit, due.id).state is PlanState.PROPOSED


class TestPropose:
    def test_of_two_at_once_one_replaces_the_other(self, world, due):
        at, made = world.clock.now(), []

        def act(interest):
            with world.units.begin() as unit:
                terms = make.terms(interest_bp=interest)
                made.append(service.propose_plan(unit, escrow.seller(at), due.id, terms=terms, sharing=make.sharing()))

        rivals = [threading.Thread(target=act, args=(interest,)) for interest in (365, 400)]
        for one in rivals:
            one.start()
        for one in rivals:
            one.join()
        assert len({one.id for one in made}) == 1

    def test_may_follow_a_withdrawal(self, world, due):
        seller = escrow.seller(world.clock.now())
        for _ in range(2):
            with world.units.begin() as unit:
                made = service.propose_plan(unit, seller, due.id, terms=make.terms(), sharing=make.sharing())
            with world.units.begin() as unit:
                service.withdraw_plan(unit, seller, made.id)
        with world.units.read() as unit:
            assert service.plan_of(unit, due.id) is None


class TestParts:
    def test_are_paid_once_by_two_officers_at_once(self, world, plan, tmp_path):
        heard = []

        def act(reference):
            try:
                pay(world, plan, 1, reference=reference)
                heard.append("paid")
            except Refusal as refusal:
                heard.append(refusal.code())

        rivals = [threading.Thread(target=act, args=(f"bank-{number}",)) for number in range(4)]
        for one in rivals:
            one.start()
        for one in rivals:
            one.join()
        assert sorted(heard) == ["escrow/already-paid"] * 3 + ["paid"]
        world.check(tmp_path, alone=True)

    def test_go_through_a_dispute_to_their_division(self, world, plan, tmp_path):
        pay(world, plan, 1)
        pay(world, plan, 2)
        with world.units.begin() as unit:
            service.dispute_part(unit, by_ann(world), plan.id, 2, reason="未达到约定指标")
        with world.units.begin() as unit:
            judged = {"outcome": make.judged().outcome, "document_sha256": "f" * 64}
            service.resolve_dispute(unit, officer(world), plan.id, 2, **judged)
        for part in (1, 2):
            with world.units.begin() as unit:
                after = service.divide_part(
                    unit, escrow.seller(world.clock.now()), plan.id, part, costs=(), withheld=()
                )
        assert [one.state for one in after.parts] == [PartState.CLOSED, PartState.CLOSED, PartState.OPEN]
        assert after.sums.amount_fen == make.FIRST + make.SECOND
        world.check(tmp_path, alone=True)

    def test_count_as_paid_to_the_seller(self, world, plan):
        pay(world, plan, 1)
        now = world.clock.now()
        with world.units.read() as unit:
            since = {"since": now, "until": now + escrow.INSTANT}
            assert service.paid_in_parts(unit, escrow.SELLER, **since) == make.FIRST
            before = {"since": now - escrow.INSTANT, "until": now}
            assert service.paid_in_parts(unit, escrow.SELLER, **before) == 0

    def test_of_a_stranger_are_not_there(self, world, plan):
        with pytest.raises(rules.NoSuchPlan), world.units.read() as unit:
            service.find_plan(unit, escrow.by(escrow.STRANGER), plan.id)
        with world.units.read() as unit:
            assert service.find_plan(unit, by_ann(world), plan.id).id == plan.id


class TestTime:
    def test_finds_a_proposal_at_the_instant_it_lapses(self, world, due):
        with world.units.begin() as unit:
            made = service.propose_plan(
                unit, escrow.seller(world.clock.now()), due.id, terms=make.terms(), sharing=make.sharing()
            )
        with world.units.read() as unit:
            assert service.next_plan_due(unit) == made.agree_by
            assert service.due_plans(unit, made.agree_by - escrow.INSTANT) == []
            assert service.due_plans(unit, made.agree_by) == [made.id]
        with world.units.begin() as unit:
            assert service.tick_plan(unit, escrow.clock(made.agree_by), made.id).state is PlanState.LAPSED
        with world.units.read() as unit:
            assert service.next_plan_due(unit) is None


def told(world, plan):
    """What the bank was told of a plan; it is every transfer that leaves custody, and nothing else."""
    with world.units.read() as unit:
        found = [one.payout for one in payouts.of_subject(unit, plan.id)]
        made = [one for one in books.transfers_of(unit, plan.id) if one.credit == "custody:ordered"]
    assert {one.transfer: one.amount_fen for one in found} == {one.id: one.amount_fen for one in made}
    return found


def on_trial(world, due):
    """A trial of what is due."""
    with world.units.begin() as unit:
        made = service.propose_plan(
            unit,
            escrow.seller(world.clock.now()),
            due.id,
            terms=make.terms(trial_until=make.TRIAL_UNTIL),
            sharing=make.sharing(),
        )
    with world.units.begin() as unit:
        return service.agree_plan(unit, by_ann(world), made.id, terms_sha256=service.terms_of(made))


def resolve(world, plan, part, outcome):
    with world.units.begin() as unit:
        service.dispute_part(unit, by_ann(world), plan.id, part, reason="未达到约定指标")
    judged = {"outcome": outcome, "document_sha256": "f" * 64}
    with world.units.begin() as unit:
        return service.resolve_dispute(unit, officer(world), plan.id, part, **judged)


class TestPayouts:
    def test_of_a_division_name_everybody_who_is_paid(self, world, plan):
        pay(world, plan)
        command = make.divide()
        with world.units.begin() as unit:
            service.divide_part(
                unit,
                escrow.seller(world.clock.now()),
                plan.id,
                1,
                costs=command.costs,
                withheld=command.withheld,
            )
        assert {(one.payee, one.organisation, one.inventor) for one in told(world, plan)} == {
            (Payee.ORGANISATION, escrow.BEN, None),  # the broker
            (Payee.INVENTOR, None, 1),
            (Payee.INVENTOR, None, 2),
            (Payee.TAX, None, None),
            (Payee.ORGANISATION, escrow.SELLER, None),
            (Payee.ORGANISATION, escrow.CAI, None),  # the second holder
        }

    def test_name_the_payment_of_a_part_that_goes_back(self, world, plan):
        pay(world, plan, 1)
        pay(world, plan, 2)
        resolve(world, plan, 2, Outcome.RETURNED)
        (back,) = told(world, plan)
        assert (back.payee, back.source, back.organisation) == (Payee.ORGANISATION, "bank-part-2", escrow.ANN)
        assert back.amount_fen == make.SECOND + make.SECOND_INTEREST

    def test_of_the_first_part_name_the_buyer_because_two_payments_made_it_up(self, world, due):
        first, *others = make.terms().parts
        terms = make.terms(parts=(replace(first, milestone="样机验收"), *others))
        with world.units.begin() as unit:
            seller = escrow.seller(world.clock.now())
            made = service.propose_plan(unit, seller, due.id, terms=terms, sharing=make.sharing())
        with world.units.begin() as unit:
            plan = service.agree_plan(unit, by_ann(world), made.id, terms_sha256=service.terms_of(made))
        pay(world, plan, 1)
        resolve(world, plan, 1, Outcome.RETURNED)
        (back,) = told(world, plan)
        assert (back.payee, back.source, back.organisation) == (Payee.ORGANISATION, None, escrow.ANN)
        assert back.amount_fen == make.FIRST

    def test_name_the_deposit_of_a_trial_that_was_declined(self, world, due):
        plan = on_trial(world, due)
        assert told(world, plan) == []
        with world.units.begin() as unit:
            service.decline_trial(unit, by_ann(world), plan.id)
        (back,) = told(world, plan)
        assert (back.payee, back.source, back.organisation) == (Payee.ORGANISATION, "bank-0011", escrow.ANN)
        assert back.amount_fen == escrow.DEPOSIT

    def test_name_the_deposit_of_a_trial_that_ran_out(self, world, due):
        plan = on_trial(world, due)
        world.move(make.TRIAL_UNTIL)
        with world.units.begin() as unit:
            service.tick_plan(unit, escrow.clock(make.TRIAL_UNTIL), plan.id)
        (back,) = told(world, plan)
        assert (back.payee, back.source, back.organisation) == (Payee.ORGANISATION, "bank-0011", escrow.ANN)
        assert back.amount_fen == escrow.DEPOSIT

    def test_give_a_lost_deposit_to_the_seller(self, world, plan):
        world.move(make.FIRST_DUE)
        with world.units.begin() as unit:
            service.declare_plan_default(unit, officer(world), plan.id, 1)
        (lost,) = told(world, plan)
        assert (lost.payee, lost.organisation) == (Payee.ORGANISATION, escrow.SELLER)
        assert lost.transfer == transfer_for(plan.id, Purpose.SELLER_OUT)
        assert lost.amount_fen == escrow.DEPOSIT - escrow.FEE

    def test_are_nothing_where_a_command_is_refused(self, world, plan):
        with pytest.raises(rules.WrongPartState), world.units.begin() as unit:
            service.divide_part(unit, escrow.seller(world.clock.now()), plan.id, 1, costs=(), withheld=())
        assert told(world, plan) == []


class TestTrialThatEndsMeanwhile:
    """What comes in time and is decided from the trial's last instant on: its cause says before, the clock no more."""

    ACTS = (service.take_up, service.decline_trial)

    def decide(self, world, plan, act, *, came, now):
        cause = escrow.by(escrow.ANN, at=came)
        world.move(now)
        try:
            with world.units.begin() as unit:
                return act(unit, cause, plan.id).state
        except Refusal as refusal:
            return refusal.code(), refusal.facts

    @pytest.mark.parametrize("act", ACTS)
    @pytest.mark.parametrize("after", [0, 1])
    def test_is_too_late_by_escrows_own_word_and_changes_nothing(self, world, due, act, after):
        plan = on_trial(world, due)
        came = make.TRIAL_UNTIL - escrow.INSTANT
        heard = self.decide(world, plan, act, came=came, now=make.TRIAL_UNTIL + after * escrow.INSTANT)
        assert heard == ("escrow/too-late", {"until": instant.render(make.TRIAL_UNTIL)})
        with world.units.read() as unit:
            assert service.plan(unit, plan.id).state is PlanState.TRIAL
            assert books.prove(unit) == []
        assert told(world, plan) == []

    @pytest.mark.parametrize("act", ACTS)
    def test_is_too_late_also_once_the_hold_was_swept(self, world, due, act):
        plan = on_trial(world, due)
        world.move(make.TRIAL_UNTIL)
        with world.units.begin() as unit:
            assert books.expire(unit) == 1
        came = make.TRIAL_UNTIL - escrow.INSTANT
        assert self.decide(world, plan, act, came=came, now=make.TRIAL_UNTIL)[0] == "escrow/too-late"
        with world.units.begin() as unit:
            after = service.tick_plan(unit, escrow.clock(make.TRIAL_UNTIL), plan.id)
        assert after.state is PlanState.DECLINED
        assert [one.amount_fen for one in told(world, plan)] == [escrow.DEPOSIT]

    def test_is_heard_until_the_last_instant(self, world, due):
        last = make.TRIAL_UNTIL - escrow.INSTANT
        heard = self.decide(world, on_trial(world, due), service.take_up, came=last, now=last)
        assert heard is PlanState.ACTIVE


class TestAccounts:
    """Whose the accounts of a plan are; that they may be read is the views' to say."""

    @pytest.fixture
    def own(self, world, plan):
        pay(world, plan)
        with world.units.begin() as unit:
            service.divide_part(unit, escrow.seller(world.clock.now()), plan.id, 1, costs=(), withheld=())

        def words(organisation):
            with world.units.read() as unit:
                found = views.own_accounts(unit, escrow.by(organisation), after="", limit=100)
            return {one.name.removeprefix(f"{plan.id}:") for one in found if one.name.startswith(plan.id)}

        return words

    def test_are_each_its_own(self, own):
        assert own(escrow.ANN) == {"escrow"}
        assert own(escrow.BEN) == {"broker"}
        assert own(escrow.CAI) == {"owner:2"}
        assert own(escrow.STRANGER) == set()
        parts = {"owner:1", "owner:2", "inventor:1", "inventor:2", "broker", "reward", "seller"}
        assert own(escrow.SELLER) == {"escrow", "released"} | parts

    def test_are_not_there_for_anybody_else(self, world, plan, own):
        for who, word in ((escrow.CAI, "owner:1"), (escrow.CAI, "owner:9"), (escrow.BEN, "escrow")):
            with pytest.raises(views.NoSuchAccountHere), world.units.read() as unit:
                views.account(unit, escrow.by(who), AccountName(f"{plan.id}:{word}"), at=None)
        with world.units.read() as unit:
            seen = views.account(unit, escrow.by(escrow.CAI), AccountName(f"{plan.id}:owner:2"), at=None)
        assert seen.standing.account.balance_fen == 0

    def test_of_a_trial_are_the_buyers(self, world, due):
        plan = on_trial(world, due)
        with world.units.read() as unit:
            for who, owns in ((escrow.ANN, True), (escrow.SELLER, False)):
                found = views.own_accounts(unit, escrow.by(who), after="", limit=100)
                assert (f"{plan.id}:buyer" in {one.name for one in found}) is owns
