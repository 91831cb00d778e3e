"""What is due for a period's sales, and how it is divided: by hand, and over whole lives that hypothesis makes up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.reading import Reader
from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from settlement.escrow import checks
from settlement.escrow.checks.royalty_reading import Opened
from settlement.escrow.model import (
    Band,
    CallAudit,
    DeclareOverdue,
    ElapseRoyalty,
    PeriodState,
    RescindRoyalty,
    RoyaltyState,
    Scale,
    TerminateRoyalty,
)
from settlement.escrow.rules import royalties as rules
from tests import make_escrow as escrow
from tests import make_royalties as make


class TestRated:
    @pytest.mark.parametrize(
        ("sales_fen", "marginal", "flat"),
        [
            (0, 0, 0),
            (9, 0, 0),
            (10, 1, 1),  # half a fen is rounded up
            (99_999_999, 5_000_000, 5_000_000),
            (100_000_000, 5_000_000, 3_000_000),
            (100_000_016, 5_000_000, 3_000_000),
            (100_000_017, 5_000_001, 3_000_001),
            (123_456_789, 5_703_704, 3_703_704),
        ],
    )
    def test_reads_the_bands_either_way(self, sales_fen, marginal, flat):
        assert rules.rated(make.terms(), sales_fen) == marginal
        assert rules.rated(make.terms(scale=Scale.FLAT), sales_fen) == flat

    @given(
        sales_fen=st.integers(0, 10**15),
        rates=st.lists(st.integers(0, 10_000), min_size=1, max_size=5),
        step=st.integers(1, 10**14),
        scale=st.sampled_from(Scale),
    )
    def test_agrees_with_the_auditors_fractions(self, sales_fen, rates, step, scale):
        bands = tuple(Band(Fen(place * step), rate) for place, rate in enumerate(rates))
        terms = make.terms(bands=bands, scale=scale)
        opened = Opened.of(Reader(terms.to_json()))
        assert rules.rated(terms, sales_fen) == opened.rated(sales_fen)


def running(**changes):
    first = make.opening(make.propose(terms=make.terms(**changes)))
    agree = make.agree(terms_sha256=rules.terms_sha256(first.royalty))
    return make.lived((agree, make.buyer(make.AGREED_AT)), first=first)[-1].royalty


def after(royalty, *steps):
    for command, cause in steps:
        royalty = rules.decide(royalty, command, cause).royalty
    return royalty


class TestDue:
    @pytest.mark.parametrize(("sales_fen", "due_fen"), [(0, 50_000), (999_999, 50_000), (1_000_010, 50_001)])
    def test_is_no_less_than_the_minimum(self, sales_fen, due_fen):
        stated = after(running(), (make.state(sales_fen=Fen(sales_fen)), make.buyer(make.STATED_AT)))
        assert stated.periods[0].due_fen == due_fen

    def test_is_no_more_than_the_cap_leaves(self):
        royalty = running(cap_fen=Fen(5_730_000))
        royalty = after(royalty, (make.state(), make.buyer(make.STATED_AT)))
        assert royalty.periods[0].due_fen == make.DUE
        over = royalty.periods[1].ends_at
        assert after(royalty, (make.state(period=2), make.buyer(over))).periods[1].due_fen == 26_296
        silent = after(royalty, (ElapseRoyalty(), make.clock(over + timedelta(days=30))))
        assert silent.periods[1].due_fen == 26_296  # of a minimum of 50,000

    def test_is_nothing_once_the_cap_is_reached(self):
        royalty = after(running(cap_fen=make.DUE), (make.state(), make.buyer(make.STATED_AT)))
        over = royalty.periods[1].ends_at
        assert after(royalty, (make.state(period=2), make.buyer(over))).periods[1].state is PeriodState.DIVIDED
        silent = after(royalty, (ElapseRoyalty(), make.clock(over + timedelta(days=30))))
        assert silent.periods[1].state is PeriodState.DIVIDED


class TestAudit:
    @pytest.mark.parametrize(
        ("found_fen", "state", "due_fen"),
        [
            (0, "paid", 0),
            (123_456_789, "paid", 0),
            (129_954_514, "paid", 0),  # 5 % of it is 6,497,725.7, and it is 6,497,725 more
            (129_954_515, "audited", 194_931 + 100_000),
            (150_000_000, "audited", 796_296 + 100_000),
        ],
    )
    def test_overlooks_what_was_agreed(self, found_fen, state, due_fen):
        called = make.royalty("called")
        period = after(called, (make.audit(sales_fen=Fen(found_fen)), make.officer(make.AUDITED_AT))).periods[0]
        assert (period.state, period.due_fen) == (state, due_fen)
        assert period.costs_fen == (make.COST if due_fen else 0)

    def test_is_paid_within_fifteen_working_days(self):
        assert make.royalty("audited").periods[0].pay_by == make.AUDIT_PAY_BY

    def test_adds_to_what_was_not_paid_yet(self):
        audited = after(
            make.royalty("stated"),
            (CallAudit(period=1), make.seller(make.CALLED_AT)),
            (make.audit(), make.officer(make.AUDITED_AT)),
        )
        assert audited.periods[0].due_fen == make.DUE + make.EXTRA + make.COST

    def test_of_silence_finds_what_was_not_stated(self):
        audited = after(
            make.royalty("estimated"),
            (CallAudit(period=1), make.seller(make.STATEMENT_BY)),
            (make.audit(), make.officer(make.STATEMENT_BY + timedelta(days=10))),
        )
        assert audited.periods[0].due_fen == 6_500_000 + make.COST

    def test_costs_the_buyer_nothing_where_the_cap_is_reached_but_the_audit(self):
        royalty = running(cap_fen=make.DUE)
        steps = [step for step in make.AUDITED if step[0] != make.agree()]
        assert after(royalty, *steps).periods[0].due_fen == make.COST


class TestDividing:
    def test_pays_everybody_to_the_fen(self):
        decision = make.lived(*make.DIVIDED)[-1]
        data = decision.events[0].data
        told = {name: int(data[f"{name}_fen"]) for name in ("amount", "fee", "commission", "costs", "net", "reward")}
        # the fee is 1.5 %, the commission 2 %, the net what is left of both and of the costs
        assert told == {
            "amount": 5_703_704,
            "fee": 85_556,
            "commission": 114_074,
            "costs": 300_000,
            "net": 5_204_074,
            "reward": 2_602_037,
        }
        ordered = {order.debit: order.amount_fen for order in decision.orders if order.credit == "custody:ordered"}
        assert ordered == {
            f"{make.ID}:broker": 114_074,
            f"{make.ID}:inventor:1": 1_951_528 - 1_000,
            f"{make.ID}:inventor:2": 650_509,
            f"{make.ID}:tax": 1_000,
            f"{make.ID}:owner:1": 1_741_223,
            f"{make.ID}:owner:2": 1_160_814,
        }

    def test_gives_the_audits_cost_to_the_seller_alone(self):
        decision = make.lived(*make.LIVES["twice"])[-1]
        data = decision.events[0].data
        assert (data["amount_fen"], data["audit_fen"]) == (str(make.DUE + make.EXTRA), str(make.COST))
        assert data["fee_fen"] == "97500"
        assert decision.royalty.periods[0].waiting_fen == 0

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"costs": (escrow.cost(5_504_075),), "withheld": ()}, "costs-exceed-price"),
            ({"withheld": (make.Withholding(inventor=3, amount_fen=Fen(1)),)}, "bad-shares"),
            ({"withheld": (make.Withholding(inventor=2, amount_fen=Fen(650_510)),)}, "withheld-too-much"),
        ],
    )
    def test_refuses_what_cannot_be_divided(self, changes, reason):
        divided = make.outcome(make.royalty("paid"), make.divide(**changes), make.seller(make.DIVIDED_AT))
        assert divided == reason

    def test_of_an_audits_cost_alone_takes_nothing_off(self):
        royalty = running(cap_fen=make.DUE)
        steps = [step for step in make.DIVIDED + make.AUDITED[-2:] if step[0] != make.agree()]
        royalty = after(royalty, *steps, (make.pay(make.COST, reference="more"), make.officer(make.AUDITED_AT)))
        late = make.seller(make.AUDITED_AT)
        assert make.outcome(royalty, make.divide(), late) == "unusable-field"
        bare = make.divide(costs=(), withheld=())
        decision = rules.decide(royalty, bare, late)
        assert [order.amount_fen for order in decision.orders] == [make.COST, make.COST]


class TestDividingByTime:
    def test_takes_no_costs_and_no_tax_off(self):
        decision = make.lived(*make.LIVES["divided-by-time"])[-1]
        data = decision.events[0].data
        told = {name: int(data[f"{name}_fen"]) for name in ("amount", "fee", "commission", "costs", "net", "withheld")}
        assert told == {
            "amount": 5_703_704,
            "fee": 85_556,
            "commission": 114_074,
            "costs": 0,
            "net": 5_504_074,
            "withheld": 0,
        }
        ordered = {order.debit: order.amount_fen for order in decision.orders if order.credit == "custody:ordered"}
        # the inventors have half of the net as three to one, the holders the other as six to four
        assert ordered == {
            f"{make.ID}:broker": 114_074,
            f"{make.ID}:inventor:1": 2_064_028,
            f"{make.ID}:inventor:2": 688_009,
            f"{make.ID}:owner:1": 1_651_223,
            f"{make.ID}:owner:2": 1_100_814,
        }
        assert decision.events[0].sealed["by"]["organisation"] == make.clock(make.DIVIDE_BY).actor.organisation

    def test_divides_what_waits_while_the_buyer_owes_what_an_audit_found(self):
        first, second = (make.lived(*make.LIVES[life])[-1] for life in ("audited-by-time", "twice-by-time"))
        assert (first.events[0].data["amount_fen"], first.events[0].data["audit_fen"]) == (str(make.DUE), "0")
        period = first.royalty.periods[0]
        assert (period.due_fen, period.costs_fen, period.waiting_fen) == (make.EXTRA + make.COST, make.COST, 0)
        assert (second.events[0].data["amount_fen"], second.events[0].data["audit_fen"]) == (
            str(make.EXTRA),
            str(make.COST),
        )
        assert second.royalty.periods[0].waiting_fen == 0
        names = [order.id for one in (first, second) for order in one.orders]
        assert len(names) == len(set(names))

    def test_comes_to_the_same_as_one_division_of_both_payments(self):
        apart = make.royalty("twice-by-time").sums
        together = make.lived(
            *make.AUDITED,
            (make.pay(make.EXTRA + make.COST, reference="more"), make.officer(make.AUDITED_AT)),
            (make.divide(costs=(), withheld=()), make.seller(make.AUDITED_AT)),
        )[-1].royalty.sums
        assert apart == together

    def test_is_of_the_audits_cost_alone_where_nothing_else_waits(self):
        steps = [step for step in make.DIVIDED + make.AUDITED[-2:] if step[0] != make.agree()]
        paid = (make.pay(make.COST, reference="more"), make.officer(make.AUDITED_AT))
        royalty = after(running(cap_fen=make.DUE), *steps, paid)
        decision = rules.decide(royalty, ElapseRoyalty(), make.clock(make.AUDIT_PAY_BY))
        assert [order.amount_fen for order in decision.orders] == [make.COST, make.COST]
        assert decision.royalty.periods[0].state is PeriodState.DIVIDED

    @pytest.mark.parametrize("stated_fen", [33, 34, 35])
    def test_finds_something_to_divide_in_a_single_fen(self, stated_fen):
        """Fee and commission of 1.5 % each both round up at the 34th: the fee first, the commission with the next."""
        broker = replace(make.sharing().broker, commission_bp=150)
        terms = make.terms(bands=(Band(Fen(0), 10_000),), minimum_fen=Fen(0))
        first = make.opening(make.propose(terms=terms, sharing=make.sharing(broker=broker)))
        agree = make.agree(terms_sha256=rules.terms_sha256(first.royalty))
        ends = [one.ends_at for one in make.royalty("running").periods]
        late = ends[1] + timedelta(days=60)
        steps = (
            (agree, make.buyer(make.AGREED_AT)),
            (make.state(sales_fen=Fen(stated_fen)), make.buyer(ends[0])),
            (make.pay(stated_fen), make.officer(ends[0])),
            (ElapseRoyalty(), make.clock(ends[0] + timedelta(days=30))),
            (make.state(period=2, sales_fen=Fen(1)), make.buyer(ends[1])),
            (make.pay(1, period=2, reference="second"), make.officer(ends[1])),
            (ElapseRoyalty(), make.clock(late)),
        )
        decisions = make.lived(*steps, first=first)
        royalty = decisions[-1].royalty
        assert royalty.state is RoyaltyState.ENDED
        assert royalty.sums.commission_fen == (1 if stated_fen > 33 else 0)
        asked = [make.seller(make.PROPOSED_AT), *(cause for _, cause in steps)]
        assert checks.check(make.record_of(decisions, asked)) == []


COMMANDS = st.sampled_from(["state", "elapse", "call", "audit", "pay", "overdue", "divide", "terminate", "rescind"])
SALES = st.one_of(st.just(0), st.integers(0, 300_000_000))


class TestWholeLives:
    @given(
        steps=st.lists(st.tuples(COMMANDS, st.integers(1, 3), SALES, st.integers(0, 40)), max_size=25),
        minimum_fen=st.sampled_from([0, 1, 50_000]),
        cap_fen=st.sampled_from([None, 60_000, 6_000_000]),
    )
    def test_neither_make_nor_lose_a_fen_and_are_found_sound(self, steps, minimum_fen, cap_fen):
        first = make.opening(
            make.propose(terms=make.terms(minimum_fen=Fen(minimum_fen), cap_fen=cap_fen and Fen(cap_fen), periods=3))
        )
        agree = make.agree(terms_sha256=rules.terms_sha256(first.royalty))
        decisions, asked = make.lived((agree, make.buyer(make.AGREED_AT)), first=first), [make.PROPOSED_AT]
        asked.append(make.AGREED_AT)
        purse, at = escrow.Purse(), make.AGREED_AT
        for step in steps:
            at += timedelta(days=step[3])
            decision = tried(decisions[-1].royalty, step, at, len(decisions))
            if decision is None:
                continue
            decisions.append(decision)
            asked.append(at)
            purse.take(decision)
            kept = {name: fen for name, fen in purse.posted.items() if fen and name.startswith("rty_")}
            waiting = sum(one.waiting_fen for one in decision.royalty.periods)
            assert sum(kept.values()) == waiting
            assert set(kept) <= {f"{make.ID}:escrow"}
            within_the_cap(decision.royalty)
        written = make.record_of(decisions, [escrow.by(escrow.SELLER, at=when) for when in asked])
        assert checks.check(written) == []
        assert checks.fold_royalty(written) == make.amounts_to(decisions[-1].royalty)

    @given(
        steps=st.lists(st.tuples(COMMANDS, st.integers(1, 3), SALES, st.integers(0, 40)), max_size=15),
        minimum_fen=st.sampled_from([0, 1, 50_000]),
        wait=st.integers(0, 500),
    )
    def test_keep_no_paid_fen_from_anybody_when_everybody_falls_silent(self, steps, minimum_fen, wait):
        royalty = running(minimum_fen=Fen(minimum_fen), periods=3)
        purse, at = escrow.Purse(), make.AGREED_AT
        for number, step in enumerate(steps):
            at += timedelta(days=step[3])
            decision = tried(royalty, step, at, number)
            if decision is not None:
                purse.take(decision)
                royalty = decision.royalty
        at += timedelta(days=wait)
        while (due := is_due(royalty, at)) and royalty.state in {RoyaltyState.RUNNING, RoyaltyState.CLOSING}:
            decision = rules.decide(royalty, ElapseRoyalty(), make.clock(at))  # what is due is never refused
            assert decision.events
            purse.take(decision)
            royalty = decision.royalty
        assert not due
        assert make.outcome(royalty, ElapseRoyalty(), make.clock(at)) in {"not-due", "wrong-royalty-state"}
        for one in royalty.periods:
            assert one.waiting_fen == 0 or one.divide_by is None or one.divide_by > at
            assert one.divide_by is None or one.waiting_fen > 0
        kept = sum(fen for name, fen in purse.posted.items() if name.startswith("rty_"))
        assert kept == sum(one.waiting_fen for one in royalty.periods)


def is_due(royalty, at):
    return any(when <= at for when in (royalty.acts_at, royalty.divides_at) if when)


def within_the_cap(royalty):
    total = sum(one.royalty_fen for one in royalty.periods)
    assert royalty.terms.cap_fen is None or total <= royalty.terms.cap_fen
    divided = sum(one.divided_fen for one in royalty.periods)
    assert royalty.sums.amount_fen <= divided


def tried(royalty, step, at, number):
    """What a command decides, from whoever may give it; None where it is refused."""
    name, period, sales_fen, _ = step
    due_fen = royalty.periods[period - 1].due_fen
    command, cause = {
        "state": (make.state(period=period, sales_fen=Fen(sales_fen)), make.buyer(at)),
        "elapse": (ElapseRoyalty(), make.clock(at)),
        "call": (CallAudit(period=period), make.seller(at)),
        "audit": (make.audit(period=period, sales_fen=Fen(sales_fen)), make.officer(at)),
        "pay": (make.pay(due_fen, period=period, reference=f"bank-{number}"), make.officer(at)),
        "overdue": (DeclareOverdue(period=period), make.officer(at)),
        "divide": (make.divide(period=period, costs=(), withheld=()), make.seller(at)),
        "terminate": (TerminateRoyalty(), make.seller(at) if sales_fen % 2 else make.buyer(at)),
        "rescind": (RescindRoyalty(), make.clock(at)),
    }[name]
    try:
        return rules.decide(royalty, replace(command), cause)
    except Refusal:
        return None
