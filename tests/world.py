"""A whole exchange without its processes: every role's units on one database, for tests to act in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import sqlalchemy as sa

from exchange.app.site import Database
from ledger.kernel import clock, db
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.clock import Clock
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit, Units
from ledger.log import keys
from ledger.log.notes import Ed25519Signer
from ledger.log.sequencer import Sequencer

START = datetime(2026, 3, 2, 1, tzinfo=UTC)  # Monday, 09:00 in China


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One database seen by each role."""

    database: Database
    units: Units  # as the API's role
    clock: Clock
    signer: Ed25519Signer
    sequencer: Sequencer
    engines: tuple[sa.Engine, ...]

    @classmethod
    @contextmanager
    def over(cls, database: Database) -> Iterator[Self]:
        """Open every role's engine on `database`, and close them at the end."""
        engines = (db.engine(database.api, connections=8), db.engine(database.sequencer, connections=2))
        time = clock.of(engines[0])
        signer = keys.generate(database.origin)
        try:
            yield cls(
                database=database,
                units=Units(engines[0], time),
                clock=time,
                signer=signer,
                sequencer=Sequencer(Units(engines[1], time), origin=database.origin, signers=[signer]),
                engines=engines,
            )
        finally:
            for engine in engines:
                engine.dispose()

    def drain(self) -> int:
        """Run the sequencer until nothing waits; return how many entries it placed."""
        placed = 0
        while step := self.sequencer.step():
            placed += step
        return placed

    def cause(self, organisation: OrganisationId, *capabilities: str) -> Cause:
        """Return the cause of a command by `organisation`, now."""
        actor = Actor(organisation=organisation, person=None, capabilities=frozenset(capabilities))
        return Cause(actor=actor, at=self.clock.now(), request_id="test")

    def move(self, to: datetime) -> None:
        """Set the virtual clock without ticking anything."""
        with self.units.begin() as unit:
            clock.move(unit.connection, to)

    def fresh(self, kind: type) -> str:
        """Return a new identifier."""
        with self.units.look() as unit:
            return Unit.fresh(unit, kind)
