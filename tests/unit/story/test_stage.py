"""What the story expects, and how it notices that something else has come."""

import pytest

from exchange.app.story.client import Problem
from exchange.app.story.stage import Unexpected, expect, refused, together


def say_no(code):
    def act():
        raise Problem(409, code, "no")

    return act


class TestRefused:
    def test_takes_the_refusal_it_names(self):
        refused("escrow/wrong-amount", say_no("escrow/wrong-amount"), "a payment")

    def test_reports_another_refusal(self):
        with pytest.raises(Unexpected, match="a payment is refused with escrow/wrong-amount, not escrow/already-paid"):
            refused("escrow/wrong-amount", say_no("escrow/already-paid"), "a payment")

    def test_reports_that_nothing_was_refused(self):
        with pytest.raises(Unexpected, match="a payment is refused with escrow/wrong-amount"):
            refused("escrow/wrong-amount", lambda: None, "a payment")


class TestExpect:
    def test_is_quiet_while_it_holds(self):
        expect(True, "all is well")
        with pytest.raises(Unexpected, match="all is well"):
            expect(False, "all is well")


class TestTogether:
    def test_answers_in_the_order_of_those_who_act(self):
        assert together(lambda one: one * 2, range(20)) == [one * 2 for one in range(20)]

    def test_reports_what_went_wrong_for_one(self):
        with pytest.raises(ZeroDivisionError):
            together(lambda one: 1 // one, [1, 0, 2])
