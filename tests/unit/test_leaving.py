"""Signals that come at an awkward moment."""

import signal
import sys
import time
import weakref

import pytest

from exchange.app.leaving import AGAIN_S, SIGNALS, leaving


class Thing:
    """What a weak reference can be taken of."""


def ignored(number):
    """Let a signal come where Python ignores what its handler raises."""

    def callback(_dead):
        signal.raise_signal(number)
        for _ in range(100):  # here, at the latest, the handler runs
            pass

    thing = Thing()
    reference = weakref.ref(thing, callback)
    del thing
    assert reference() is None


class TestLeaving:
    @pytest.mark.parametrize("number", SIGNALS)
    def test_exits_with_the_number_of_the_signal_and_says_so(self, number, capsys):
        with pytest.raises(SystemExit) as left, leaving():
            signal.raise_signal(number)
        assert (left.value.code, capsys.readouterr().err) == (128 + number, "cut short\n")

    @pytest.mark.parametrize("number", SIGNALS)
    def test_exits_0_and_says_nothing_where_a_signal_is_the_way_to_end(self, number, capsys):
        with pytest.raises(SystemExit) as left, leaving(cut_short=False):
            signal.raise_signal(number)
        assert (left.value.code, capsys.readouterr().err) == (0, "")

    @pytest.mark.parametrize("number", SIGNALS)
    def test_leaves_though_the_first_way_out_was_ignored(self, number, capsys):
        with pytest.raises(SystemExit) as left, leaving():
            ignored(number)
            time.sleep(500 * AGAIN_S)
            pytest.fail("the signal was lost")
        assert (left.value.code, capsys.readouterr().err) == (128 + number, "cut short\n")

    @pytest.mark.parametrize("number", SIGNALS)
    def test_leaves_though_the_block_was_done_before_it_could_be(self, number):
        with pytest.raises(SystemExit) as left, leaving():
            ignored(number)
        assert left.value.code == 128 + number
        time.sleep(2 * AGAIN_S)  # nothing rings afterwards

    def test_leaves_what_else_is_ignored_to_whoever_looked_after_it_before(self, monkeypatch):
        seen = []
        monkeypatch.setattr(sys, "unraisablehook", lambda what: seen.append(type(what.exc_value)))

        def fails(_dead):
            raise ZeroDivisionError

        thing = Thing()
        with leaving():
            reference = weakref.ref(thing, fails)
            del thing
        assert (reference(), seen) == (None, [ZeroDivisionError])

    def test_gives_back_what_it_has_taken(self):
        numbers = (*SIGNALS, signal.SIGALRM)
        before = ([signal.getsignal(one) for one in numbers], sys.unraisablehook)
        with leaving(), leaving(cut_short=False):
            pass
        assert ([signal.getsignal(one) for one in numbers], sys.unraisablehook) == before
