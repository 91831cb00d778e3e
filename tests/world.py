"""A whole exchange without its processes: every role's units on one database, for tests to act in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from exchange.app.ledgers import CHECKS, Snapshot, as_json
from exchange.app.site import Database
from exchange.auctions import checks
from exchange.auctions import store as auctions
from exchange.auctions.model import LotId
from exchange.contracts import checks as contract_checks
from exchange.contracts.model import ContractId
from exchange.contracts.store import agreements as contracts
from ledger.audit.engine import audit
from ledger.audit.entries import AuditedEntry
from ledger.audit.report import Report
from ledger.kernel import clock, db
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.clock import Clock
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit, Units
from ledger.log import export, keys
from ledger.log import service as log
from ledger.log.notes import Ed25519Signer
from ledger.log.sequencer import Sequencer
from settlement.books import service as books
from tests import make_agreements
from tests.make_auctions import amounts_to

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

    def check(self, folder: Path) -> Report | None:
        """Hold the whole world against its record; raise where they differ. None for a world without a record.

        The log is exported and audited with every disclosure opened and every lot recomputed; each lot's row equals the
        fold of its entries, each bid's row what the record says of it; and the books add up.
        """
        with self.units.read() as unit:
            assert books.prove(unit) == []
        if not self.drain() and not self._recorded():
            return None
        with self.units.read() as unit:
            export.export(Snapshot(unit, str(self.signer.key)), folder / "log")
            export.write_disclosures(folder / "opened.jsonl", log.disclosures(unit))
        lots: list[str] = []
        report = audit(
            folder / "log",
            vkey=str(self.signer.key),
            disclosures=folder / "opened.jsonl",
            checks=[*CHECKS, lambda entries: self._differences(entries, lots)],
        )
        with self.units.read() as unit:
            announced = unit.connection.execute(sa.text("SELECT id FROM lot WHERE announced_at IS NOT NULL")).scalars()
            assert sorted(announced) == sorted(lots)
        assert report.sealed == 0
        return report

    def _recorded(self) -> int:
        with self.units.read() as unit:
            return log.size(unit)

    def _differences(self, entries: Sequence[AuditedEntry], lots: list[str]) -> Iterator[str]:
        subject = entries[0].subject
        yield from self._contract_differs(subject, entries)
        folded = checks.fold([as_json(entry) for entry in entries]) if subject.startswith("lot_") else None
        if folded is None:
            return
        lots.append(subject)
        with self.units.read() as unit:
            row = amounts_to(auctions.load(unit, LotId(subject)))
            bids = unit.connection.execute(
                sa.text("SELECT id, state, number FROM bid WHERE lot = :lot ORDER BY id"), {"lot": subject}
            ).all()
        if replace(folded, codes=()) != row:
            yield f"{subject}: its row is {row}, its entries amount to {folded}"
        if (said := sorted(_bids(entries))) != sorted(tuple(bid) for bid in bids):
            yield f"{subject}: its bids are {bids}, its entries say {said}"

    def _contract_differs(self, subject: str, entries: Sequence[AuditedEntry]) -> Iterator[str]:
        if not subject.startswith("ctr_"):
            return
        with self.units.read() as unit:
            row = make_agreements.amounts_to(contracts.load(unit, ContractId(subject)))
        folded = contract_checks.fold_contract([as_json(entry) for entry in entries])
        if folded != row:
            yield f"{subject}: its row is {row}, its entries amount to {folded}"

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


STATES = {"auction.bid_parked": "parked", "auction.bid_accepted": "accepted", "auction.bid_refused": "refused"}


def _bids(entries: Sequence[AuditedEntry]) -> list[tuple[object, ...]]:
    """What the record says has become of each bid: its id, its state, its number."""
    found = {}
    for entry in entries:
        if entry.kind in STATES:
            found[entry.data["bid"]] = (entry.data["bid"], STATES[entry.kind], entry.data.get("number"))
    return list(found.values())
