"""Who is asking: the gate that every door goes through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.members import service as members
from exchange.members.model import TokenNotValid
from ledger.kernel.cause import Actor
from ledger.kernel.clock import Clock
from ledger.kernel.unit import Unit, Units
from ledger.kernel.web import Unauthenticated

SCHEME: Final = "bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppGate:
    """The composition root's `Gate`: one database, one clock, one log."""

    units: Units
    clock: Clock
    vkey: str

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
