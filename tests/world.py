"""A whole exchange without its processes: every role's units on one database, for tests to act in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import sqlalchemy as sa

from exchange.app.accounting.verifying import verify
from exchange.app.ledgers import Business, Snapshot, as_json
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
from ledger.kernel import clock, db, instant
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.clock import Clock
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit, Units
from ledger.log import export, keys
from ledger.log import service as log
from ledger.log.journal import Journal
from ledger.log.policy import Log, Policy
from ledger.log.sequencer import Sequencer
from ledger.log.signers import Signer
from settlement.escrow import checks as escrow_checks
from settlement.escrow.model import InvoiceId, MisdirectedId, PlanId, RoyaltyId, SettlementId
from settlement.escrow.store import invoices, misdirected, plans, royalties
from settlement.escrow.store import settlements as escrow
from settlement.subsidies import store as subsidies
from settlement.subsidies.model import Claim, ClaimId
from tests import make_agreements, make_escrow, make_invoices, make_misdirected, make_plans, make_royalties
from tests.make_auctions import amounts_to

START = datetime(2026, 3, 2, 1, tzinfo=UTC)  # Monday, 09:00 in China


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One database seen by each role."""

    database: Database
    units: Units  # as the API's role
    clock: Clock
    signer: Signer  # the first of the log's ring
    ring: tuple[Signer, ...]
    journal: Journal  # in a folder of its own, gone at the end
    sequencer: Sequencer
    engines: tuple[sa.Engine, ...]

    @classmethod
    @contextmanager
    def over(cls, database: Database) -> Iterator[Self]:
        """Open every role's engine on `database`, and close them at the end."""
        engines = (db.engine(database.api, connections=8), db.engine(database.sequencer, connections=2))
        time = clock.of(engines[0])
        ring = keys.make(database.origin)
        try:
            with TemporaryDirectory(prefix="mengkeju-world-") as folder:
                journal = Journal(Path(folder) / "log.signed")
                yield cls(
                    database=database,
                    units=Units(engines[0], time),
                    clock=time,
                    signer=ring[0],
                    ring=ring,
                    journal=journal,
                    sequencer=Sequencer(Units(engines[1], time), origin=database.origin, signers=ring, journal=journal),
                    engines=engines,
                )
        finally:
            for engine in engines:
                engine.dispose()

    @property
    def policy(self) -> Policy:
        """Whom a reader of this log believes: its keys, and no witness."""
        return Policy(logs=tuple(Log(one.key) for one in self.ring))

    def drain(self) -> int:
        """Run the sequencer until nothing waits; return how many entries it placed."""
        placed = 0
        while step := self.sequencer.step():
            placed += step
        return placed

    def check(self, folder: Path, *, alone: bool = False) -> Report | None:
        """Hold the whole world against its record; raise where they differ. None for a world without a record.

        `alone` says that one wing acted, on facts that no other recorded: then no subject is held against another.

        The log is exported and audited with every disclosure opened, every subject recomputed and all of them held
        against each other; each row of a lot, a contract, a settlement, a claim equals the fold of its entries, each
        bid's row what the record says of it; and the books add up.
        """
        with self.units.read() as unit:
            assert verify(unit, copy=None, vkey=str(self.signer.key), tell=lambda done, total: None).findings == []
        if not self.drain() and not self._recorded():
            return None
        with self.units.read() as unit:
            export.export(Snapshot(unit, str(self.signer.key)), folder / "log")
            export.write_disclosures(folder / "opened.jsonl", log.disclosures(unit))
        seen: list[str] = []
        business = Business()
        report = audit(
            folder / "log",
            vkey=str(self.signer.key),
            disclosures=folder / "opened.jsonl",
            checks=[business.check, lambda entries: self._differences(entries, seen)],
            closing=[] if alone else [business.close],
        )
        with self.units.read() as unit:
            assert sorted(unit.connection.execute(RECORDED).scalars()) == sorted(seen)
        assert report.sealed == 0
        return report

    def _recorded(self) -> int:
        with self.units.read() as unit:
            return log.size(unit)

    def _differences(self, entries: Sequence[AuditedEntry], seen: list[str]) -> Iterator[str]:
        """Compare one subject's row, where it has one, with what its entries amount to."""
        subject, written = entries[0].subject, [as_json(entry) for entry in entries]
        compare = {
            "lot": self._lot,
            "ctr": self._contract,
            "stl": self._settlement,
            "pln": self._plan,
            "rty": self._royalty,
            "inv": self._invoice,
            "mis": self._misdirected,
            "clm": self._claim,
        }
        if (found := compare.get(subject.partition("_")[0])) is None:
            return
        row, folded = found(subject, written)
        seen.append(subject)
        if folded != row:
            yield f"its row is {row}, its entries amount to {folded}"
        if subject.startswith("lot_"):
            yield from self._bids_differ(subject, entries)

    def _lot(self, subject: str, entries: list[dict]) -> tuple[object, object]:
        folded = checks.fold(entries)
        with self.units.read() as unit:
            return amounts_to(auctions.load(unit, LotId(subject))), folded and replace(folded, codes=())

    def _contract(self, subject: str, entries: list[dict]) -> tuple[object, object]:
        with self.units.read() as unit:
            row = contracts.load(unit, ContractId(subject))
        return make_agreements.amounts_to(row), contract_checks.fold_contract(entries)

    def _settlement(self, subject: str, entries: list[dict]) -> tuple[object, object]:
        with self.units.read() as unit:
            row = escrow.load(unit, SettlementId(subject))
        return make_escrow.amounts_to(row), escrow_checks.fold(entries)

    def _plan(self, subject: str, entries: list[dict]) -> tuple[object, object]:
        with self.units.read() as unit:
            row = plans.load(unit, PlanId(subject))
        folded = escrow_checks.fold_plan(entries)
        return make_plans.row_of(row), folded and make_plans.told_of(folded)

    def _royalty(self, subject: str, entries: list[dict]) -> tuple[object, object]:
        with self.units.read() as unit:
            row = royalties.load(unit, RoyaltyId(subject))
        return make_royalties.amounts_to(row), escrow_checks.fold_royalty(entries)

    def _invoice(self, subject: str, entries: list[dict]) -> tuple[object, object]:
        with self.units.read() as unit:
            row = invoices.load(unit, InvoiceId(subject))
        return make_invoices.amounts_to(row), escrow_checks.fold_invoice(entries)

    def _misdirected(self, subject: str, entries: list[dict]) -> tuple[object, object]:
        with self.units.read() as unit:
            row = misdirected.load(unit, MisdirectedId(subject))
        return make_misdirected.amounts_to(row), escrow_checks.fold_misdirected(entries)

    def _claim(self, subject: str, entries: list[dict]) -> tuple[object, object]:
        with self.units.read() as unit:
            row = subsidies.load_claim(unit, ClaimId(subject))
        return claim_row(row), claim_told(entries)

    def _bids_differ(self, subject: str, entries: Sequence[AuditedEntry]) -> Iterator[str]:
        with self.units.read() as unit:
            bids = unit.connection.execute(
                sa.text("SELECT id, state, number FROM bid WHERE lot = :lot ORDER BY id"), {"lot": subject}
            ).all()
        if (said := sorted(_bids(entries))) != sorted(tuple(bid) for bid in bids):
            yield f"{subject}: its bids are {bids}, its entries say {said}"

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


RECORDED = sa.text(
    "SELECT id FROM lot WHERE announced_at IS NOT NULL UNION ALL SELECT id FROM contract"
    " UNION ALL SELECT id FROM settlement UNION ALL SELECT id FROM plan UNION ALL SELECT id FROM royalty"
    " UNION ALL SELECT id FROM invoice UNION ALL SELECT id FROM misdirected UNION ALL SELECT id FROM subsidy_claim"
)
"""Whatever has a row that its entries amount to."""


def claim_row(row: Claim) -> dict[str, object]:
    """What a claim's row says, as its entries would."""
    return {
        "state": row.state.value,
        "programme": row.programme,
        "deal": row.deal,
        "claimant": row.claimant,
        "facts": row.facts.to_json(),
        "trace": [line.to_json() for line in row.assessment.trace],
        "amount_fen": str(row.assessment.amount_fen),
        "clause": row.assessment.refused_by,
        "claimed_at": instant.render(row.claimed_at),
        "paid_fen": None if row.paid_fen is None else str(row.paid_fen),
        "paying": [line.to_json() for line in row.paying],
    }


def claim_told(entries: list[dict]) -> dict[str, object]:
    """What a claim's entries amount to."""
    made, paid = entries[0], entries[1] if len(entries) > 1 else None
    said = made["data"]
    decided = "refused" if made["kind"] == "subsidy.claim_refused" else "assessed"
    return {name: said[name] for name in ("programme", "deal", "claimant", "facts", "trace")} | {
        "state": "paid" if paid else decided,
        "amount_fen": said.get("amount_fen", "0"),
        "clause": said.get("clause"),
        "claimed_at": made["arrived_at"],
        "paid_fen": paid["data"]["amount_fen"] if paid else None,
        "paying": paid["data"]["trace"] if paid else [],
    }


STATES = {
    "auction.bid_parked": "parked",
    "auction.bid_accepted": "accepted",
    "auction.bid_refused": "refused",
    "auction.maximum_accepted": "accepted",
    "auction.maximum_refused": "refused",
    "auction.price_taken": "accepted",
    "auction.take_refused": "refused",
}


def _bids(entries: Sequence[AuditedEntry]) -> list[tuple[object, ...]]:
    """What the record says has become of each bid: its id, its state, its number."""
    found = {}
    for entry in entries:
        if entry.kind in STATES:
            found[entry.data["bid"]] = (entry.data["bid"], STATES[entry.kind], entry.data.get("number"))
    return list(found.values())
