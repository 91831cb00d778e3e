"""What of a plan waits for an order to be lifted, and what time does when nobody has."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from exchange.contracts.rules.published import CONTRACT_RULES
from ledger.kernel.calendar import end_of
from settlement.books.model import Kind, expiry_of
from settlement.escrow import checks, rules
from settlement.escrow.model import (
    RESUMED_WORKDAYS,
    ConfirmRelease,
    Decline,
    Elapse,
    FreezeId,
    PartState,
    PlanState,
    Purpose,
    StopPlan,
    TakeUp,
    Withdraw,
    transfer_for,
)
from tests import make_escrow as escrow
from tests import make_freezes
from tests import make_plans as make
from tests.make_auctions import Record

LAST_OF_YEAR = datetime(2026, 12, 31, 4, tzinfo=UTC)  # no calendar of the year behind it is loaded
AROUND = [-escrow.INSTANT, timedelta(), escrow.INSTANT]


def resumed(plan, at, **changes):
    return rules.decide_plan(plan, make.resume(**changes), make_freezes.regulator(at))


class TestWaiting:
    def test_is_what_comes_while_an_order_stands(self):
        plan = make.plan("waiting")
        assert plan.parts[0].state is PartState.WAITING
        assert plan.parts[0].divide_by is None
        assert plan.acts_at is None

    def test_stays_in_escrow(self):
        purse = make.Purse()
        purse.take(make.orders_of(make.lived(*make.LIVES["waiting"])))
        assert purse.own() == {f"{make.ID}:escrow": make.FIRST}

    def test_names_the_orders_it_waits_for(self):
        standing = (make_freezes.FIRST, make_freezes.SECOND)
        decision = rules.decide_plan(make.plan("active"), make.pay(1, frozen=standing), make.ASKED[type(make.pay(1))])
        assert [one.kind for one in decision.events] == ["escrow.part_paid", "escrow.part_waits"]
        assert decision.events[-1].data == {"part": 1, "freezes": list(standing)}

    def test_is_nothing_to_a_milestone(self):
        plan = make.lived(make.AGREES, make.pay(2, frozen=(make_freezes.FIRST,)))[-1][0].plan
        assert plan.parts[1].state is PartState.FUNDED

    def test_is_released_when_the_order_is_lifted(self):
        decision, _ = make.lived(*make.LIVES["resumed"])[-1]
        assert [one.kind for one in decision.events] == ["escrow.part_released"]
        assert decision.plan.parts[0].divide_by == make.LIFTED_DIVIDE_BY

    def test_releases_every_part_that_waits(self):
        frozen = {"frozen": (make_freezes.FIRST,)}
        steps = (make.AGREES, make.pay(1, **frozen), make.pay(3, **frozen), make.pay(2, **frozen))
        plan = make.lived(*steps, make.resume())[-1][0].plan
        assert [one.state for one in plan.parts] == [PartState.RELEASED, PartState.FUNDED, PartState.RELEASED]

    def test_does_not_go_back_to_a_buyer_in_default(self):
        """It is the seller's, and only waits; the deposit, which counts towards it, is not lost either."""
        decision = make.lived(*make.LIVES["waiting after a default"])[-1][0]
        assert [one.state for one in decision.plan.parts] == [PartState.WAITING] + [PartState.CANCELLED] * 2
        assert [one.kind for one in decision.events] == ["escrow.plan_defaulted"]
        assert decision.orders == ()
        assert decision.plan.state is PlanState.DEFAULTED

    def test_does_not_keep_a_lifted_order_from_being_lifted(self):
        decision = resumed(make.plan("waiting"), LAST_OF_YEAR)
        assert decision.plan.parts[0].state is PartState.RELEASED
        assert decision.plan.parts[0].divide_by is None
        assert decision.plan.acts_at is None

    @pytest.mark.parametrize("life", ["active", "funded", "disputed", "divided", "defaulted"])
    def test_changes_nothing_where_nothing_waits(self, life):
        plan = make.plan(life)
        decision = resumed(plan, make.THIRD_DUE)
        assert (decision.plan, decision.orders, decision.events) == (plan, (), ())


class TestProposal:
    """A price that is due by the end of Monday the ninth of March; its deal is frozen, and thawed on Monday at noon."""

    def test_has_the_days_of_an_answer_for_it(self):
        decision = resumed(make.plan("proposed"), make.PAY_BY - timedelta(hours=4))
        assert decision.plan == make.plan("proposed", agree_by=make.AGREE_LATER)
        (event,) = decision.events
        assert (event.kind, event.data) == ("escrow.proposal_extended", {"agree_by": "2026-03-12T16:00:00.000000Z"})
        assert decision.orders == ()

    @pytest.mark.parametrize(
        ("lifted", "until"),
        [
            (datetime(2026, 3, 4, 16, tzinfo=UTC) - escrow.INSTANT, None),  # Wednesday: Monday is its third day
            (datetime(2026, 3, 4, 16, tzinfo=UTC), datetime(2026, 3, 10, 16, tzinfo=UTC)),  # Thursday: one more
            (datetime(2026, 3, 9, 16, tzinfo=UTC), datetime(2026, 3, 13, 16, tzinfo=UTC)),  # the price is due
            (datetime(2026, 4, 9, 16, tzinfo=UTC), datetime(2026, 4, 15, 16, tzinfo=UTC)),  # and has been long
        ],
    )
    def test_goes_on_only_where_it_would_end_too_early(self, lifted, until):
        decision = resumed(make.plan("proposed"), lifted)
        assert decision.plan.agree_by == (until or make.PAY_BY)
        assert len(decision.events) == (until is not None)

    def test_stays_as_it_is_where_its_days_cannot_be_counted(self):
        plan = make.plan("proposed")
        decision = resumed(plan, LAST_OF_YEAR)
        assert (decision.plan, decision.orders, decision.events) == (plan, (), ())

    @pytest.mark.parametrize(
        ("after", "agreed", "replaced", "silence"),
        list(
            zip(
                AROUND,
                ["active", "too-late", "too-late"],
                ["proposed", "too-late", "too-late"],
                ["not-due", "lapsed", "lapsed"],
                strict=True,
            )
        ),
    )
    def test_ends_at_the_later_instant(self, after, agreed, replaced, silence):
        plan, at = make.plan("proposal extended"), make.AGREE_LATER + after
        assert plan.acts_at == make.AGREE_LATER
        assert make.outcome(plan, make.agree(plan), escrow.by(escrow.ANN, at=at)) == agreed
        assert make.outcome(plan, make.propose(), escrow.by(escrow.SELLER, at=at)) == replaced
        assert make.outcome(plan, Elapse(), escrow.clock(at)) == silence
        assert make.outcome(plan, Withdraw(), escrow.by(escrow.SELLER, at=at)) == "withdrawn"

    @pytest.mark.parametrize("after", AROUND)
    def test_does_not_end_when_the_price_is_due(self, after):
        plan, at = make.plan("proposal extended"), make.PAY_BY + after
        assert make.outcome(plan, make.agree(plan), escrow.by(escrow.ANN, at=at)) == "active"
        assert make.outcome(plan, Elapse(), escrow.clock(at)) == "not-due"

    def test_counts_its_parts_from_its_taking_effect_as_ever(self):
        plan = make.plan("proposal extended and agreed to")
        assert plan.effective_at == make.AGREE_LATER - escrow.INSTANT
        assert plan.parts[0].due_at == end_of(date(2026, 3, 19))  # the fifth working day after Thursday the twelfth

    @pytest.mark.parametrize(("after", "expected"), list(zip(AROUND, ["trial", "too-late", "too-late"], strict=True)))
    def test_of_a_trial_is_over_when_the_trial_would_be(self, after, expected):
        lived = make.lived(make.propose(trial_until=make.TRIAL_UNTIL), (make.resume(), make.TRIAL_UNTIL))
        plan = lived[-1][0].plan
        assert plan.agree_by == make.EXTENDED_UNTIL
        at = make.TRIAL_UNTIL + after
        assert make.outcome(plan, make.agree(plan), escrow.by(escrow.ANN, at=at)) == expected

    @pytest.mark.parametrize(
        ("after", "expected"), list(zip(AROUND, ["proposed", "too-late", "too-late"], strict=True))
    )
    def test_may_be_made_until_then_too(self, after, expected):
        thawed = replace(make.settlement(), thawed_at=make.PAY_BY - timedelta(hours=4))
        by = escrow.by(escrow.SELLER, at=make.AGREE_LATER + after)
        refusal = escrow.refused(rules.open_plan, make.ID, thawed, make.propose(), by)
        assert (refusal.code() if refusal else "escrow/proposed") == f"escrow/{expected}"
        if refusal is None:
            assert rules.open_plan(make.ID, thawed, make.propose(), by).plan.agree_by == make.AGREE_LATER

    def test_is_not_cut_short_by_an_order_lifted_long_before(self):
        thawed = replace(make.settlement(), thawed_at=escrow.NOON)
        assert rules.open_plan(make.ID, thawed, make.propose(), escrow.by(escrow.SELLER)).plan.agree_by == make.PAY_BY


class TestTrial:
    def test_has_as_many_days_as_a_contract_that_stood_still(self):
        published = CONTRACT_RULES.values()
        assert {one.answer_within_days for one in published} == {RESUMED_WORKDAYS}

    @pytest.mark.parametrize(("after", "extended"), list(zip(AROUND, [True, False, False], strict=True)))
    def test_that_was_over_before_it_was_frozen_gets_nothing(self, after, extended):
        plan = make.plan("trial")
        decision = resumed(plan, make.TRIAL_UNTIL + timedelta(hours=1), frozen_at=make.TRIAL_UNTIL + after, over=True)
        assert decision.plan.extended_until == (make.EXTENDED_UNTIL if extended else None)
        assert bool(decision.events) is bool(decision.orders) is extended

    @pytest.mark.parametrize(
        ("lifted", "until"),
        [
            (datetime(2026, 5, 26, 16, tzinfo=UTC) - escrow.INSTANT, None),  # Tuesday: the third day is its last
            (datetime(2026, 5, 26, 16, tzinfo=UTC), datetime(2026, 6, 1, 16, tzinfo=UTC)),  # Wednesday: one more
        ],
    )
    def test_is_extended_only_where_it_would_end_too_early(self, lifted, until):
        assert resumed(make.plan("trial"), lifted).plan.extended_until == until

    @pytest.mark.parametrize(
        ("after", "up", "silence"),
        list(zip(AROUND, ["active", "too-late", "too-late"], ["not-due", "declined", "declined"], strict=True)),
    )
    def test_ends_at_the_later_instant(self, after, up, silence):
        plan, at = make.plan("extended"), make.EXTENDED_UNTIL + after
        assert plan.acts_at == make.EXTENDED_UNTIL
        assert make.outcome(plan, TakeUp(), escrow.by(escrow.ANN, at=at)) == up
        assert make.outcome(plan, Elapse(), escrow.clock(at)) == silence

    @pytest.mark.parametrize("after", AROUND)
    def test_does_not_end_at_the_instant_that_was_agreed(self, after):
        plan, at = make.plan("extended"), make.TRIAL_UNTIL + after
        assert make.outcome(plan, Elapse(), escrow.clock(at)) == "not-due"
        assert make.outcome(plan, TakeUp(), escrow.by(escrow.ANN, at=at)) == "active"

    @pytest.mark.parametrize(
        ("life", "kind", "named"),
        [
            ("extended", Kind.VOID, transfer_for(make.ID, Purpose.RESUME, "2026-05-29T16:00:00.000000Z")),
            ("extended when it was over", Kind.EXPIRE, expiry_of(transfer_for(make.ID, Purpose.TRIAL))),
        ],
    )
    def test_holds_the_deposit_anew(self, life, kind, named):
        freed, aside = make.lived(*make.LIVES[life])[-1][0].orders
        assert (freed.kind, freed.id, freed.hold) == (kind, named, transfer_for(make.ID, Purpose.TRIAL))
        assert (aside.kind, aside.expires_at) == (Kind.HOLD, make.EXTENDED_UNTIL)
        assert aside.id == transfer_for(make.ID, Purpose.TRIAL, "2026-06-03T16:00:00.000000Z")

    def test_is_extended_as_often_as_it_is_frozen(self):
        decisions = make.lived(*make.LIVES["extended twice"])
        assert decisions[-1][0].plan.trial_until == make.EXTENDED_AGAIN
        names = [one.id for one in make.orders_of(decisions)]
        assert len(set(names)) == len(names)

    @pytest.mark.parametrize(
        "life",
        ["extended", "extended twice", "extended when it was over", "extended and declined", "extended and silent"],
    )
    def test_keeps_the_deposit_the_buyers_own(self, life):
        purse = make.Purse()
        purse.take(make.orders_of(make.lived(*make.LIVES[life])))
        declined = make.plan(life).state is PlanState.DECLINED
        assert purse.own() == ({} if declined else {f"{make.ID}:buyer": make.DEPOSIT})
        assert purse.left(f"{make.ID}:buyer") == 0
        assert purse.posted["custody:ordered"] == declined * make.DEPOSIT

    def test_stays_as_it_is_where_its_days_cannot_be_counted(self):
        plan = make.plan("trial", extended_until=LAST_OF_YEAR + escrow.INSTANT)
        decision = resumed(plan, LAST_OF_YEAR)
        assert (decision.plan, decision.orders, decision.events) == (plan, (), ())

    def test_may_be_declined_by_word_while_it_lasts(self):
        at = make.EXTENDED_UNTIL - escrow.INSTANT
        decision = rules.decide_plan(make.plan("extended"), Decline(), escrow.by(escrow.ANN, at=at))
        assert decision.orders[0].kind is Kind.VOID
        assert decision.orders[0].hold == transfer_for(make.ID, Purpose.TRIAL, "2026-06-03T16:00:00.000000Z")

    def test_that_goes_on_behind_the_day_of_a_later_part_asks_for_it_with_the_first(self):
        one, two, three = make.terms().parts
        on = date(2026, 6, 9)  # the fifth working day after the first of June ends on the eighth
        terms = {"parts": (one, replace(two, due_on=on), three), "trial_until": make.TRIAL_UNTIL}
        steps = (make.propose(**terms), make.AGREES)
        lasts = (make.resume(make.TRIAL_FROZEN), datetime(2026, 6, 10, 4, tzinfo=UTC))
        up = (TakeUp(), datetime(2026, 6, 15, 4, tzinfo=UTC))
        lived = make.lived(*steps, (replace(lasts[0], over=True), lasts[1]), up)
        parts = lived[-1][0].plan.parts
        assert parts[0].due_at == end_of(date(2026, 6, 23))  # the holiday of the nineteenth is not counted
        assert (parts[1].due_at, parts[1].interest_fen) == (parts[0].due_at, 0)
        assert parts[2].due_at == make.THIRD_DUE
        record = Record()
        for decision, cause in lived:
            record.write(decision.events, cause.at)
        assert checks.check(record.entries) == []


class TestAnOrderDecidedBehind:
    """It arrived some milliseconds before the buyer's word, and was decided after it: that is no finding."""

    @pytest.mark.parametrize("early", [timedelta(milliseconds=5), escrow.INSTANT, timedelta()])
    def test_extends_the_trial_that_was_begun_meanwhile(self, early):
        record = Record()
        lasts = (make.resume(make.AGREED - early), make.TRIAL_UNTIL - timedelta(hours=1))
        for decision, cause in make.lived(make.propose(trial_until=make.TRIAL_UNTIL), make.AGREES, lasts):
            record.write(decision.events, cause.at)
        assert record.entries[-1]["kind"] == "escrow.trial_extended"
        assert checks.check(record.entries) == []


class TestFrozenSince:
    """Since when a deal was frozen without a gap, of which the order of the fourth hour is lifted last."""

    HOURS = tuple(make.NOON + timedelta(hours=number) for number in range(9))

    def order(self, number, frozen, lifted=None):
        at = None if lifted is None else self.HOURS[lifted]
        settlement = make_freezes.imposed(make.settlement())
        return replace(
            settlement.freeze,
            id=FreezeId.from_number(number),
            frozen_at=self.HOURS[frozen],
            lifted_at=at,
        )

    @pytest.mark.parametrize(
        ("others", "since"),
        [
            ([], 4),
            ([(2, 3)], 4),  # an hour between them
            ([(2, 4)], 2),  # no moment between them
            ([(2, 6)], 2),
            ([(5, 6)], 4),  # came and went meanwhile
            ([(2, 5), (0, 3)], 0),  # one into the other
            ([(0, 3), (2, 5)], 0),
            ([(0, 1), (2, 5)], 2),
            ([(0, 7), (1, 2), (3, 5)], 0),
        ],
    )
    def test_follows_orders_that_overlap(self, others, since):
        orders = [self.order(number, *one) for number, one in enumerate(others, 2)]
        assert rules.frozen_since(self.order(1, 4, 8), orders) == self.HOURS[since]


class TestTime:
    @pytest.mark.parametrize(("after", "expected"), list(zip(AROUND, ["not-due", "active", "active"], strict=True)))
    def test_divides_what_its_seller_has_not(self, after, expected):
        plan = make.lived(make.AGREES, make.pay(1))[-1][0].plan
        assert plan.acts_at == plan.parts[0].divide_by == make.DIVIDE_BY
        assert make.outcome(plan, Elapse(), escrow.clock(make.DIVIDE_BY + after)) == expected

    @pytest.mark.parametrize("after", AROUND)
    def test_does_not_keep_the_seller_from_dividing(self, after):
        plan = make.lived(make.AGREES, make.pay(1))[-1][0].plan
        assert make.outcome(plan, make.divide(), escrow.by(escrow.SELLER, at=make.DIVIDE_BY + after)) == "active"

    def test_divides_as_a_hand_has_reckoned(self):
        """80,000.33 less fee 1,200.00 and commission 1,600.01: 77,200.32, half of it 38,600.16 to the inventors."""
        said = make.lived(*make.LIVES["divided by time"])[-1][0].events[-1]
        assert said.data | {"transfers": None} == {
            "part": 1,
            "price_fen": "8000033",
            "interest_fen": "0",
            "fee_fen": "120000",
            "commission_fen": "160001",
            "costs_fen": "0",
            "net_fen": "7720032",
            "reward_fen": "3860016",
            "owners_fen": "3860016",
            "withheld_fen": "0",
            "transfers": None,
        }
        assert said.sealed["costs"] == []
        assert {one["withheld_fen"] for one in said.sealed["split"]} == {"0"}

    def test_divides_all_that_is_due_and_nothing_else(self):
        steps = (make.AGREES, make.pay(1), make.pay(3), make.pay(2), make.reached())
        plan = make.lived(*steps, ConfirmRelease(part=2))[-1][0].plan
        decision = rules.decide_plan(plan, Elapse(), escrow.clock(make.DIVIDE_BY))
        assert [one.state for one in decision.plan.parts] == [PartState.CLOSED, PartState.RELEASED, PartState.CLOSED]
        assert decision.plan.acts_at == plan.parts[1].divide_by > make.DIVIDE_BY
        assert rules.decide_plan(decision.plan, Elapse(), escrow.clock(decision.plan.acts_at)).plan.state is (
            PlanState.CLOSED
        )

    def test_ends_a_plan_that_is_broken(self):
        plan = make.plan("defaulted")
        assert make.outcome(plan, Elapse(), escrow.clock(plan.acts_at - escrow.INSTANT)) == "not-due"
        assert make.outcome(plan, Elapse(), escrow.clock(plan.acts_at)) == "broken"

    def test_does_nothing_to_what_waits_or_is_disputed_or_funded(self):
        for life in ("waiting", "waiting after a default"):
            assert make.plan(life).acts_at is None
            assert make.outcome(make.plan(life), Elapse(), escrow.clock(LAST_OF_YEAR)) == "not-due"
        for life in ("funded", "confirming", "disputed"):
            after = rules.decide_plan(make.plan(life), Elapse(), escrow.clock(LAST_OF_YEAR)).plan
            assert after.parts[1] == make.plan(life).parts[1]

    def test_has_no_instant_where_no_calendar_reaches(self):
        late = replace(make.ASKED[type(make.pay(1))], at=LAST_OF_YEAR)
        plan = rules.decide_plan(make.plan("active"), make.pay(1), late).plan
        assert (plan.parts[0].state, plan.parts[0].divide_by, plan.acts_at) == (PartState.RELEASED, None, None)
        assert make.outcome(plan, Elapse(), escrow.clock(LAST_OF_YEAR + timedelta(days=365))) == "not-due"

    def test_stops_no_default(self):
        plan = make.lived(make.AGREES, make.pay(1), Elapse(), StopPlan(part=2))[-1][0].plan
        assert [one.state for one in plan.parts] == [PartState.CLOSED, PartState.CANCELLED, PartState.CANCELLED]
        assert plan.state is PlanState.BROKEN
