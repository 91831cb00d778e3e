"""What one question about the time tells, how it ages, and when it is no longer good enough."""

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from exchange.app.skew import BOUND, DRIFT, HAND_OVER, SAMPLES, Skew, Stand, better, measure
from exchange.auctions import rules

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MS = timedelta(milliseconds=1)
US = timedelta(microseconds=1)


def stand(wall_ms, monotonic_ms=None):
    """Both clocks, in milliseconds since noon and since the process began."""
    monotonic_ms = wall_ms if monotonic_ms is None else monotonic_ms
    return Stand(wall=NOON + MS * wall_ms, monotonic_s=monotonic_ms / 1000)


def skew(offset_ms, uncertainty_ms, at_ms=0):
    return Skew(offset=MS * offset_ms, uncertainty=MS * uncertainty_ms, stand=stand(at_ms))


class TestASample:
    @pytest.mark.parametrize(
        ("asked", "said", "heard", "offset", "uncertainty"),
        [
            (0, 5, 10, 0, 5),  # in the middle of the way there and back
            (0, 0, 10, 5, 5),  # the answer came back slowly, or this host is ahead
            (0, 10, 10, -5, 5),
            (0, -95, 10, 100, 5),
            (0, 105, 10, -100, 5),
            (0, 7, 0, -7, 0),  # in no time
        ],
    )
    def test_is_half_the_way_from_asking_to_hearing(self, asked, said, heard, offset, uncertainty):
        found = Skew.between(stand(asked), NOON + MS * said, stand(heard))
        assert (found.offset, found.uncertainty, found.stand) == (MS * offset, MS * uncertainty, stand(heard))

    @given(ahead=st.integers(-10_000, 10_000), there=st.integers(0, 500), back=st.integers(0, 500))
    def test_holds_the_true_offset_whatever_way_was_slow(self, ahead, there, back):
        """The server says its time when the question has come; this host is `ahead` of it all along."""
        asked, heard = stand(ahead), stand(ahead + there + back)
        found = Skew.between(asked, NOON + MS * there, heard)
        assert abs(found.offset - MS * ahead) <= found.uncertainty

    def test_measures_its_way_by_the_clock_that_nobody_sets(self):
        """The host's clock was set back by a minute between the question and the answer."""
        found = Skew.between(stand(0, 0), NOON + 5 * MS, stand(-59_990, 10))
        assert (found.offset, found.uncertainty) == (-60_000 * MS, 5 * MS)


class TestCarriedForward:
    def test_a_clock_that_runs_on_only_ages(self):
        aged = skew(3, 1).at(stand(10_000))
        assert (aged.offset, aged.uncertainty) == (3 * MS, 1 * MS + 10_000 * MS * DRIFT)

    @pytest.mark.parametrize("step_ms", [-3_600_000, -150, 150, 60_000])
    def test_a_clock_that_is_set_shows_at_once(self, step_ms):
        aged = skew(3, 1).at(stand(1_000 + step_ms, 1_000))
        assert aged.offset == (3 + step_ms) * MS
        assert not aged.is_bounded

    def test_what_nobody_measured_for_long_counts_for_nothing(self):
        assert skew(0, 1).at(stand(98_000)).is_bounded
        assert not skew(0, 1).at(stand(100_000)).is_bounded


class TestTheBound:
    @pytest.mark.parametrize(
        ("offset", "uncertainty", "bounded"),
        [
            (BOUND - US, timedelta(0), True),
            (BOUND, timedelta(0), True),
            (BOUND + US, timedelta(0), False),
            (-BOUND + US, timedelta(0), True),
            (-BOUND, timedelta(0), True),
            (-BOUND - US, timedelta(0), False),
            (BOUND - MS, MS - US, True),
            (BOUND - MS, MS, True),
            (BOUND - MS, MS + US, False),
            (timedelta(0), BOUND, True),
            (timedelta(0), BOUND + US, False),
        ],
    )
    def test_takes_what_cannot_be_known_for_the_worst(self, offset, uncertainty, bounded):
        assert Skew(offset=offset, uncertainty=uncertainty, stand=stand(0)).is_bounded == bounded

    @pytest.mark.parametrize(
        "profile",
        [one for one in rules.PROFILES.values() if one.ref not in rules.REPLAYS],
        ids=lambda one: one.ref,
    )
    def test_leaves_every_published_grace_time_for_handing_over(self, profile):
        """A bid stamped in time by the slowest host, and a tick by the fastest: docs/decisions/0024-clock-skew.md."""
        assert profile.grace >= 2 * BOUND + HAND_OVER

    @given(
        host=st.integers(-100, 100),
        ticker=st.integers(-100, 100),
        before_the_end=st.integers(1, 60_000),
        handing_over=st.integers(0, 249),
    )
    def test_lets_no_tick_come_before_a_bid_that_was_in_time(self, host, ticker, before_the_end, handing_over):
        """In true time, in milliseconds: the end is at 0 by every clock that is right."""
        arrived = -before_the_end - host  # when the host's clock said `before_the_end` before the end
        decided = arrived + handing_over
        for profile in rules.PROFILES.values():
            if profile.ref not in rules.REPLAYS:
                ticked = profile.grace_ms - ticker
                assert decided < ticked


class TestBetter:
    def test_is_the_first_where_nothing_was_known(self):
        assert better(None, skew(1, 50)) == skew(1, 50)

    @pytest.mark.parametrize(
        ("known", "measured", "wins"),
        [
            (skew(0, 5), skew(1, 4, 5_000), "measured"),  # surer
            (skew(0, 5), skew(1, 10, 5_000), "measured"),  # as sure as what has aged to the same
            (skew(0, 5), skew(1, 11, 5_000), "known"),  # what is known has aged to 10 ms, and is surer
            (skew(0, 5), skew(21, 11, 5_000), "known"),  # they may both be true
            (skew(0, 5), skew(22, 11, 5_000), "measured"),  # they cannot: somebody set a clock
            (skew(0, 5), skew(-22, 11, 5_000), "measured"),
        ],
    )
    def test_is_the_surer_unless_it_is_contradicted(self, known, measured, wins):
        assert better(known, measured) is (measured if wins == "measured" else known)


class TestMeasuring:
    def test_asks_until_an_answer_is_sure_and_keeps_the_surest(self):
        asked = []

        def ask():
            asked.append(None)
            return datetime.now(UTC)

        found = measure(ask)
        assert 1 <= len(asked) <= SAMPLES
        assert abs(found.offset) <= found.uncertainty + MS
