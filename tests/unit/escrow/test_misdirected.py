"""Money that nobody expected: it waits, and leaves part by part. Written by hand: never import the table under test."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.kernel import instant
from ledger.kernel.money import MAX_FEN, Fen
from settlement.escrow.model.misdirected import (
    MISDIRECTED_COMMANDS,
    Assign,
    Find,
    MisdirectedId,
    MisdirectedState,
    SendBack,
)
from settlement.escrow.rules import misdirected as rules
from tests import make_calendar
from tests import make_escrow as make

ID = MisdirectedId.from_number(1)
DUE = datetime(2026, 3, 16, 16, tzinfo=UTC)  # the tenth working day after Monday the 2nd is over
HELD = f"{ID}:held"

# What each command leads to: with a part of what is left, with all of it, with a fen more.
OUTCOMES = """
    state    command   part         all          more

    waiting  Assign    waiting      closed       more-than-is-left
    waiting  SendBack  waiting      closed       more-than-is-left
    closed   Assign    nothing-left nothing-left nothing-left
    closed   SendBack  nothing-left nothing-left nothing-left
"""
AMOUNTS = {"part": 999, "all": 1_000, "more": 1_001}
SENT = {
    "Assign": lambda fen: Assign(amount_fen=Fen(fen), to=make.ID),
    "SendBack": lambda fen: SendBack(amount_fen=Fen(fen)),
}


def found(amount_fen=1_000, *, reference="bank-9", note="附言不清", cause=None):
    command = Find(id=ID, amount_fen=Fen(amount_fen), reference=reference, note=note)
    return rules.find(command, cause or make.officer())


def waiting(amount_fen=1_000):
    return found(amount_fen).misdirected


def closed():
    return rules.decide_misdirected(waiting(), SENT["SendBack"](1_000), make.officer()).misdirected


def outcome(misdirected, command, cause=None):
    given = (misdirected, command, cause or make.officer())
    refusal = make.refused(rules.decide_misdirected, *given)
    if refusal is not None:
        return refusal.code().removeprefix("escrow/")
    return rules.decide_misdirected(*given).misdirected.state.value


def cases():
    header, *rows = (line.split() for line in OUTCOMES.strip().splitlines() if line.strip())
    for state, command, *words in rows:
        for amount, word in zip(header[2:], words, strict=True):
            yield pytest.param(state, command, amount, word, id=f"{state}-{command}-{amount}")


class TestDecide:
    @pytest.mark.parametrize(("state", "command", "amount", "expected"), list(cases()))
    def test_follows_the_outcome_table(self, state, command, amount, expected):
        given = {"waiting": waiting, "closed": closed}[state]()

        assert outcome(given, SENT[command](AMOUNTS[amount])) == expected

    def test_covers_every_state_and_command(self):
        assert set(SENT) == {one.__name__ for one in MISDIRECTED_COMMANDS}
        assert {case.id for case in cases()} == {
            f"{state}-{command}-{amount}" for state in MisdirectedState for command in SENT for amount in AMOUNTS
        }

    @pytest.mark.parametrize("state", [waiting, closed])
    @pytest.mark.parametrize("command", SENT)
    def test_is_an_officers_alone(self, state, command):
        assert outcome(state(), SENT[command](0), make.by(make.ANN, "deals.read_all")) == "not-an-officer"

    @pytest.mark.parametrize("fen", [0, -1, MAX_FEN + 1])
    def test_takes_out_an_amount(self, fen):
        assert outcome(waiting(), SENT["SendBack"](fen)) == "unusable-field"

    def test_moves_an_assigned_part_to_where_it_is_received_anew(self):
        [order] = rules.decide_misdirected(waiting(), SENT["Assign"](400), make.officer()).orders

        assert (order.debit, order.credit, order.amount_fen) == (HELD, "custody:bank", 400)

    def test_orders_what_is_sent_back_to_be_paid(self):
        decision = rules.decide_misdirected(waiting(), SENT["SendBack"](400), make.officer())
        [order], [event] = decision.orders, decision.events

        assert (order.debit, order.credit, order.amount_fen) == (HELD, "custody:ordered", 400)
        assert (event.kind, event.data["left_fen"], event.data["part"]) == ("escrow.misdirected_returned", "600", 1)


class TestFind:
    def test_lets_it_wait_for_ten_working_days(self):
        misdirected = waiting()

        assert (misdirected.state, misdirected.left_fen, misdirected.deal_with_by) == ("waiting", 1_000, DUE)
        assert misdirected.practice == "escrow-2026@1"

    def test_is_overdue_from_that_instant_on(self):
        assert [waiting().overdue(at) for at in (DUE - make.INSTANT, DUE, DUE + make.INSTANT)] == [False, True, True]
        assert not closed().overdue(DUE)

    @pytest.mark.parametrize(
        ("at", "due"),
        [
            (make_calendar.LAST_FOR[10], make_calendar.YEAR_END),
            (make_calendar.LAST_FOR[10] + make.INSTANT, None),
            (datetime(2027, 6, 1, tzinfo=UTC), None),
        ],
    )
    def test_leaves_open_what_no_calendar_reaches(self, at, due):
        decision = found(cause=make.officer(at))

        assert (decision.misdirected.state, decision.misdirected.deal_with_by) == ("waiting", due)
        assert decision.events[0].data["deal_with_by"] == (due and instant.render(due))

    def test_is_not_overdue_while_nobody_can_say(self):
        late = found(cause=make.officer(make_calendar.LAST_FOR[10] + make.INSTANT)).misdirected

        assert not late.overdue(make_calendar.FIRST_COUNTED + timedelta(days=900))

    def test_is_counted_from_when_it_came_once_the_calendar_is_loaded(self):
        late = found(cause=make.officer(make_calendar.LAST_FOR[10] + make.INSTANT)).misdirected

        assert rules.reckoned(late) is None
        assert rules.reckoned(late, make_calendar.LOADED) == replace(late, deal_with_by=make_calendar.FIRST_COUNTED)

    def test_seals_the_reference_and_the_note(self):
        [event] = found().events

        assert set(event.sealed) == {"reference", "note", "by"}
        assert set(event.data) == {"amount_fen", "deal_with_by", "transfers"}

    @pytest.mark.parametrize(
        "wrong",
        [{"amount_fen": 0}, {"reference": " "}, {"reference": ""}, {"note": "a\n"}, {"note": "一" * 501}],
    )
    def test_needs_what_can_be_read(self, wrong):
        refusal = make.refused(found, **wrong)

        assert refusal is not None
        assert refusal.code() == "escrow/unusable-field"

    def test_is_an_officers_alone(self):
        refusal = make.refused(found, 0, cause=make.seller())

        assert refusal is not None
        assert refusal.code() == "escrow/not-an-officer"


class TestSequences:
    @given(
        st.integers(1, 10_000),
        st.lists(st.tuples(st.sampled_from(sorted(SENT)), st.integers(-1, 12_000)), max_size=12),
    )
    def test_make_and_lose_no_fen(self, amount, steps):
        decision, balances, made = found(amount), defaultdict(int), set()
        states = [decision]
        for command, fen in steps:
            before = states[-1].misdirected
            if make.refused(rules.decide_misdirected, before, SENT[command](fen), make.officer()) is None:
                states.append(rules.decide_misdirected(before, SENT[command](fen), make.officer()))
        for one in states:
            for order in one.orders:
                assert order.id not in made
                made.add(order.id)
                balances[order.debit] -= order.amount_fen
                balances[order.credit] += order.amount_fen
            assert balances[HELD] == one.misdirected.left_fen >= 0
            assert sum(balances.values()) == 0
            assert (one.misdirected.state is MisdirectedState.CLOSED) == (one.misdirected.left_fen == 0)


class TestDiagram:
    def test_draws_the_table(self):
        assert rules.misdirected_diagram() == (
            "stateDiagram-v2\n"
            "    [*] --> waiting: Find\n"
            "    waiting --> waiting: Assign, SendBack\n"
            "    waiting --> closed: Assign, SendBack\n"
            "    closed --> [*]\n"
        )


class TestRefusals:
    def test_have_distinct_codes_and_titles_in_two_languages(self):
        found = rules.MISDIRECTED_REFUSALS

        assert len({one.code() for one in found}) == len({one.title() for one in found}) == len(found)
        assert len({one.zh for one in found}) == len(found)
