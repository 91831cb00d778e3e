"""What Prometheus reads of the log, read back by its own parser."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ledger.log import metrics
from ledger.log.health import Health, Watcher, WitnessHealth, Witnessing, watchers
from ledger.log.model import TimeStamp, Trouble
from ledger.log.policy import Policy, Witness
from ledger.log.signers import COSIGNATURE, MLDSA44, generate

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)


def a_health(**changes):
    usual = {
        "at": AT,
        "placed_size": 12,
        "signed_size": 11,
        "published_size": 10,
        "sent": 3,
        "published_at": AT - timedelta(seconds=90),
        "waiting_since": AT - timedelta(seconds=2.5),
        "witnessing": Witnessing.MET,
        "witnesses": (),
        "stamped": None,
    }
    return Health(**{**usual, **changes})


def scraped(**changes):
    text = metrics.render(a_health(**changes)).decode()
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    return {(one.name.removeprefix("mengkeju_log_"), *one.labels.values()): one.value for one in samples}


class TestRender:
    def test_tells_how_far_the_log_is(self):
        found = scraped()
        assert found["placed_size",] == 12
        assert found["signed_size",] == 11
        assert found["published_size",] == 10
        assert found["outbox_waiting",] == 3
        assert found["published_age_seconds",] == 90
        assert found["unpublished_age_seconds",] == 2.5

    def test_says_nothing_of_what_never_was(self):
        found = scraped(published_at=None, stamped=None, waiting_since=None)
        assert ("published_age_seconds",) not in found
        assert ("time_stamp_age_seconds",) not in found
        assert found["unpublished_age_seconds",] == 0

    def test_says_how_old_the_newest_time_stamp_is(self):
        stamp = TimeStamp(size=1, text="", token=b"t", authority="a", stamped_at=AT - timedelta(hours=1))
        assert scraped(stamped=stamp)["time_stamp_age_seconds",] == 3600

    @pytest.mark.parametrize(
        ("witnessing", "value"), [(Witnessing.MET, 1), (Witnessing.WAITING, 0), (Witnessing.UNWITNESSED, 0)]
    )
    def test_says_whether_the_witnesses_have_seen_all(self, witnessing, value):
        assert scraped(witnessing=witnessing)["witnessed",] == value

    def test_tells_each_witness_apart_whatever_its_name(self):
        odd = 'w"\\2'
        found = scraped(
            witnesses=(
                WitnessHealth(name="w1", url="http://w1", size=10, up=True),
                WitnessHealth(name=odd, url=None, size=4, problem="ALARM: x", alarm=True),
            )
        )
        assert [found["witness_size", name] for name in ("w1", odd)] == [10, 4]
        assert [found["witness_up", name] for name in ("w1", odd)] == [1, 0]
        assert [found["witness_alarm", name] for name in ("w1", odd)] == [0, 1]

    def test_never_shows_a_negative_age(self):
        assert scraped(published_at=AT + timedelta(seconds=1))["published_age_seconds",] == 0

    def test_explains_every_metric(self):
        text = metrics.render(a_health()).decode()
        helped = [line.split(" ", 3)[2:] for line in text.splitlines() if line.startswith("# HELP")]
        typed = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
        assert [name for name, _ in helped] == typed
        assert all(name.startswith("mengkeju_log_") and words.endswith((".", ")", "one.")) for name, words in helped)

    def test_keeps_nothing_between_scrapes(self):
        first = metrics.render(a_health())
        metrics.render(a_health(placed_size=99, published_size=98))
        assert metrics.render(a_health()) == first


class TestHealth:
    def test_counts_what_is_sent_and_what_is_placed_but_not_seen(self):
        assert a_health().waiting == 3 + 12 - 10

    @pytest.mark.parametrize(("waited_s", "overdue"), [(9.9, False), (10, False), (10.1, True)])
    def test_is_patient_for_ten_seconds(self, waited_s, overdue):
        assert a_health(waiting_since=AT - timedelta(seconds=waited_s)).overdue is overdue

    def test_is_degraded_by_any_problem(self):
        assert (a_health().status, a_health(problems=("x",)).status) == ("ok", "degraded")


class TestWatchers:
    @pytest.fixture
    def keys(self):
        return [generate("w.example", one).key for one in (COSIGNATURE, MLDSA44)]

    def test_are_one_for_each_address(self, keys):
        lines = tuple(Witness(f"w/{number}", key, "http://w") for number, key in enumerate(keys))
        assert watchers(Policy(witnesses=lines)) == (Watcher("w.example", "http://w", lines),)

    def test_without_an_address_are_one_for_each_name(self, keys):
        lines = tuple(Witness(f"w/{number}", key) for number, key in enumerate(keys))
        assert watchers(Policy(witnesses=lines)) == (Watcher("w.example", None, lines),)

    def test_have_an_address_that_can_be_written_down(self, keys):
        (found,) = watchers(Policy(witnesses=(Witness("w", keys[0], "http://w/\udcff"),)))
        assert found.url == "http://w/�"
        assert found.keys[0].url == "http://w/\udcff"

    def test_sounds_an_alarm_for_a_part_that_refuses_to_work(self):
        assert scraped()["part_alarm", "sequencer"] == 0
        refusing = (Trouble(part="sequencer", said="Refused", at=AT),)
        assert scraped(troubles=refusing)["part_alarm", "sequencer"] == 1
