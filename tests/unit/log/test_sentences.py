"""What is said of a witness: an alarm only where somebody accuses somebody, and always text that can be kept."""

import pytest

from ledger.log.health import Watcher
from ledger.log.model import ALARM
from ledger.log.publisher import sentences
from ledger.log.remote import (
    Ahead,
    FastClock,
    Inconsistent,
    Lied,
    NotTrusted,
    OldTime,
    OtherKeys,
    Unreachable,
    WitnessProblem,
)

ALARMING = {Ahead, Inconsistent, Lied}


class Head:
    size = 8


def said(problem: WitnessProblem, name: str = "w.example") -> str:
    return sentences.sentence(Watcher(name, "http://w", ()), problem, Head())


class TestSentence:
    @pytest.mark.parametrize(
        "problem", [Ahead, FastClock, Inconsistent, Lied, NotTrusted, OldTime, OtherKeys, Unreachable]
    )
    def test_names_the_witness_and_is_an_alarm_only_for_an_accusation(self, problem):
        found = said(problem("so it is"))

        assert "w.example" in found
        assert found.startswith(ALARM) is (problem in ALARMING)

    def test_says_of_a_fast_clock_what_to_do(self):
        assert "have its keeper set it" in said(FastClock("signs as of tomorrow"))

    def test_can_be_kept_whatever_octets_the_policy_has(self):
        found = said(Unreachable("http://\udcff.example: no"), name="w\udcfe")

        assert "http://\\xff.example" in found
        found.encode()


class TestOfMirror:
    @pytest.mark.parametrize(("problem", "alarm"), [(Lied, True), (Unreachable, False), (FastClock, False)])
    def test_is_an_alarm_when_it_lies(self, problem, alarm):
        found = sentences.of_mirror(Watcher("w\udcfe", "http://w", ()), problem("so it is"))

        assert found.startswith(ALARM) is alarm
        assert "the mirror of w" in found
        found.encode()
