"""Who is asking: the gate that every door goes through."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from exchange.members import service as members
from exchange.members.model import TokenNotValid
from ledger.kernel.cause import Actor
from ledger.kernel.clock import Clock
from ledger.kernel.unit import Unit, Units
from ledger.kernel.web import Unauthenticated
from ledger.log import service as log

from .skew import Gauge

SCHEME: Final = "bearer"
LOOK_AGAIN_S: Final = 0.05
MAX_WAITING: Final = 12  # of the forty threads that answer requests
_WAITING: Final = threading.BoundedSemaphore(MAX_WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppGate:
    """The composition root's `Gate`: one database, one clock, one log."""

    units: Units
    clock: Clock
    vkey: str
    policy: str
    authority: str | None = None
    gauge: Gauge | None = None  # None: time is one row, the same for every host

    def require_sound_time(self) -> None:
        """Refuse `ClockAstray` where this host's clock cannot say when something arrived."""
        if self.gauge is not None:
            self.gauge.require_bounded()

    def prove(self, entries: Sequence[str], *, patience_s: int) -> list[str] | None:
        """Return a proof of each entry, waiting for the log up to `patience_s`; None if it has not published them all.

        Where many wait already, the next does not: it hears what stands now.
        """
        deadline = time.monotonic() + patience_s
        waits = patience_s > 0 and _WAITING.acquire(blocking=False)
        try:
            while (proofs := self._proofs(entries)) is None and waits and time.monotonic() < deadline:
                time.sleep(LOOK_AGAIN_S)
            return proofs
        finally:
            if waits:
                _WAITING.release()

    def _proofs(self, entries: Sequence[str]) -> list[str] | None:
        try:
            with self.units.read() as unit:
                return [bytes(log.proof_of(unit, one)).decode() for one in entries]
        except (log.NotYetPublished, sa.exc.SQLAlchemyError):  # the act is done: its answer must not fail for a proof
            return None

    def arrival(self, authorization: str | None, real: datetime) -> tuple[Actor | None, datetime]:
        """Return who holds the bearer token, read afresh each time so that a revoked token is worth nothing at once.

        With it comes the instant at which what arrived at `real` counts: one look at the database tells both.
        """
        if authorization is None:
            return None, self.clock.arrival(real)
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != SCHEME:
            raise Unauthenticated("send a header such as Authorization: Bearer mkj_…")
        with self.units.look() as unit:
            return self._known(unit, token.strip()), self.clock.arrival(real, unit.connection)

    @staticmethod
    def _known(unit: Unit, token: str) -> Actor:
        try:
            return members.authenticate(unit, token)
        except TokenNotValid as refusal:
            raise Unauthenticated(refusal.detail) from refusal
