"""The log's health as Prometheus reads it: one registry for each scrape, nothing global, nothing counted in memory."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from .health import Health, Witnessing

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PREFIX: Final = "mengkeju_log_"
SEQUENCER: Final = "sequencer"  # always told: an alarm that is not there yet cannot be watched for


class Scrape:
    """What one scrape reads."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from self._sizes()
        yield from self._ages()
        yield from self._witnesses()
        yield self._refusals()

    def _sizes(self) -> Iterator[Metric]:
        health = self._health
        yield _gauge(
            "placed_size", "Entries that have their place in the log and are safely stored.", health.placed_size
        )
        yield _gauge(
            "signed_size", "Entries covered by a checkpoint that the log's own keys signed.", health.signed_size
        )
        yield _gauge(
            "published_size",
            "Entries that readers can see. Long below signed_size: witnesses are missing (see witnessed).",
            health.published_size,
        )
        yield _gauge(
            "outbox_waiting",
            "Entries recorded and not yet placed. Growing: the sequencer is down or too slow (see sequencer.log).",
            health.sent,
        )
        yield _gauge(
            "unpublished_age_seconds",
            "How long the oldest entry that readers cannot see yet has waited; 0 when they see all. Alert on this one.",
            _age(health.at, health.waiting_since) or 0,
        )

    def _ages(self) -> Iterator[Metric]:
        health = self._health
        if (age := _age(health.at, health.published_at)) is not None:
            text = "Seconds since something new was published. Large is normal while nobody records anything."
            yield _gauge("published_age_seconds", text, age)
        if health.stamped is not None and (age := _age(health.at, health.stamped.stamped_at)) is not None:
            text = "Seconds since a time stamp authority last stamped a checkpoint. Hourly while the log grows."
            yield _gauge("time_stamp_age_seconds", text, age)

    def _refusals(self) -> Metric:
        text = (
            "1: this process refuses to work, because going on could make the log contradict itself; or the books"
            " do not add up. Wake somebody: what to do is in /healthz."
        )
        refusing = GaugeMetricFamily(f"{PREFIX}part_alarm", text, labels=["part"])
        for part in sorted({SEQUENCER, *(one.part for one in self._health.troubles)}):
            refusing.add_metric([part], int(any(one.part == part for one in self._health.troubles)))
        return refusing

    def _witnesses(self) -> Iterator[Metric]:
        health = self._health
        yield _gauge(
            "witnessed",
            "1: the quorum of witnesses has seen all that is signed. 0: it has not and nothing newer is shown,"
            " or no witness is asked for (see /healthz).",
            int(health.witnessing is Witnessing.MET),
        )
        size = _by_witness("size", "Entries in the newest checkpoint that this witness is known to hold.")
        up = _by_witness("up", "1: the witness's last answer was a valid cosignature. 0: its problem is in /healthz.")
        alarm = _by_witness(
            "alarm",
            "1: this witness and this log contradict each other. Wake somebody: one of them is wrong (see /healthz).",
        )
        for one in health.witnesses:
            size.add_metric([one.name], one.size)
            up.add_metric([one.name], int(one.up))
            alarm.add_metric([one.name], int(one.alarm))
        yield from (size, up, alarm)


def render(health: Health) -> bytes:
    """Write the metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Scrape(health))
    return generate_latest(registry)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, text, value=value)


def _by_witness(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}witness_{name}", text, labels=["witness"])


def _age(at: datetime, since: datetime | None) -> float | None:
    return None if since is None else max(0.0, (at - since).total_seconds())
