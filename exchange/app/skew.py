"""How far this host's clock stands from the database server's, which every host of an exchange asks.

Arrivals are stamped by the clock of the host that took them in, and time acts by the clock of the host that ticks.
Each process that does either measures its clock against the one they share: it asks the server for its time and takes
half the round trip as what it cannot know (RFC 5905 section 8). What was measured is carried forward by the monotonic
clock, so that a clock that is set in between is found by the next request, without asking anybody; and it is trusted
less as it ages. Beyond `BOUND` no command is taken and no tick is sent; reading goes on. A virtual clock is one row:
there is nothing to differ.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from ledger.kernel.clock import real_now
from ledger.kernel.errors import Kind, Refusal

log = logging.getLogger(__name__)

BOUND: Final = timedelta(milliseconds=100)
"""How far a host may stand from the database server, either way, so that two hosts differ by at most twice that.

Hosts that keep time by NTP stand within a few milliseconds; and of the shortest grace that is published, 500 ms, more
must be left than is lost: see `HAND_OVER`.
"""

HAND_OVER: Final = timedelta(milliseconds=250)
"""What a grace leaves at the least, beside twice the bound, for a bid in time to come before the rules."""

DRIFT: Final = 0.001  # two clocks, each steered by at most 500 ppm (adjtimex), after a measurement
EVERY_S: Final = 5.0
SAMPLES: Final = 5  # the quickest is the surest: what is slow was slow one way or the other
SURE: Final = timedelta(milliseconds=5)  # good enough: no more samples are taken

_ASK: Final = sa.text("SELECT clock_timestamp()")


class ClockAstray(Refusal):
    """This host's clock is too far from the others'; nothing is accepted here until it is mended."""

    kind = Kind.UNAVAILABLE
    zh = "本机时钟偏差过大，校准之前暂不受理"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where this process's clocks stand at one moment: the host's own, and the monotonic one, in seconds."""

    wall: datetime
    monotonic_s: float

    @classmethod
    def now(cls) -> "Stand":
        """Read both."""
        return cls(wall=real_now(), monotonic_s=time.monotonic())


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """How far this host was ahead of the server (behind: negative), give or take `uncertainty`, at `stand`."""

    offset: timedelta
    uncertainty: timedelta
    stand: Stand

    @classmethod
    def between(cls, asked: Stand, said: datetime, heard: Stand) -> "Skew":
        """Return what one question tells: the server said `said` somewhere between asking and hearing."""
        half = timedelta(seconds=heard.monotonic_s - asked.monotonic_s) / 2
        return cls(offset=heard.wall - half - said, uncertainty=half, stand=heard)

    def at(self, stand: Stand) -> "Skew":
        """Return it carried forward: what the host's clock was set by meanwhile is offset, what ages is uncertain."""
        age = timedelta(seconds=stand.monotonic_s - self.stand.monotonic_s)
        step = stand.wall - self.stand.wall - age
        return Skew(offset=self.offset + step, uncertainty=self.uncertainty + age * DRIFT, stand=stand)

    @property
    def is_bounded(self) -> bool:
        """Whether the clock is certain to stand within the bound."""
        return abs(self.offset) + self.uncertainty <= BOUND

    def contradicts(self, other: "Skew") -> bool:
        """Whether both cannot be true of the same moment."""
        return abs(self.offset - other.offset) > self.uncertainty + other.uncertainty


def better(known: Skew | None, measured: Skew) -> Skew:
    """Return which to go by: the new one, unless what was known is surer still and does not contradict it."""
    if known is None:
        return measured
    aged = known.at(measured.stand)
    return known if aged.uncertainty < measured.uncertainty and not aged.contradicts(measured) else measured


def measure(ask: Callable[[], datetime]) -> Skew:
    """Ask the server for its time a few times and return the surest answer."""
    best: Skew | None = None
    for _ in range(SAMPLES):
        asked = Stand.now()
        said = ask()
        one = Skew.between(asked, said, Stand.now())
        best = one if best is None or one.uncertainty < best.uncertainty else best
        if best.uncertainty <= SURE:
            break
    assert best is not None
    return best


class Gauge:
    """One process's measurements, kept fresh by a thread of its own while `watch` was called."""

    def __init__(self, engine: sa.Engine) -> None:
        """Measure once, through `engine`. Raises what the database raises when it does not answer."""
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._known: Skew | None = None
        self._astray = False
        self.refresh()

    def watch(self) -> None:
        """Measure from now on every `EVERY_S` seconds, until the process ends."""
        threading.Thread(target=self._keep, name="skew", daemon=True).start()

    def refresh(self) -> None:
        """Measure now, and say it in the log when the clock goes astray or comes back."""
        with self._engine.connect() as connection:
            connection.execute(_ASK)  # whatever a first statement costs is no round trip
            self._known = better(self._known, measure(lambda: connection.execute(_ASK).scalar_one()))
        self._tell()

    def read(self) -> Skew:
        """Return how far the clock stands now."""
        assert self._known is not None
        return self._known.at(Stand.now())

    @property
    def measured_at(self) -> datetime:
        """When it was measured last, by this host's clock."""
        assert self._known is not None
        return self._known.stand.wall

    def require_bounded(self) -> None:
        """Refuse `ClockAstray` unless the clock is certain to stand within the bound."""
        if self._tell() is not None:
            raise ClockAstray("send it to another host, or again later: its arrival cannot be told well enough here")

    def trouble(self) -> str | None:
        """Return what is wrong with the clock, for an operator; None when nothing is."""
        now = self.read()
        if now.is_bounded:
            return None
        return (
            f"this host's clock is {milliseconds(now.offset)} ms ahead of the database server's, give or take "
            f"{milliseconds(now.uncertainty)} ms; {milliseconds(BOUND)} ms are allowed: mend its time synchronisation"
        )

    def _tell(self) -> str | None:
        said = self.trouble()
        if (said is not None) != self._astray:
            self._astray = said is not None
            log.warning("%s", said or "this host's clock stands within the bound again")
        return said

    def _keep(self) -> None:
        while True:
            time.sleep(EVERY_S)
            try:
                self.refresh()
            except sa.exc.SQLAlchemyError as error:  # what was measured goes on ageing, and counts for less and less
                log.warning("the database server's clock could not be asked (%s)", type(error).__name__)


def milliseconds(span: timedelta) -> float:
    """Write a span for a person."""
    return round(span / timedelta(milliseconds=1), 3)
