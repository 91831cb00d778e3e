"""How fast entries become a signed, published checkpoint: the section `sequencing` of `benchmarks.ledger`.

Ours: `Sequencer.step(256)`, from the outbox to what readers see: placed and committed, journalled, signed by Ed25519
and ML-DSA-44, published and committed; every commit and the journal with fsync. The outbox was filled by transactions
of four entries about forty lots. Ordinary: one transaction an entry, that locks the head, inserts the entry, reads and
writes the tiles it touches, signs by the same keys, updates the head, commits. They take turns, so that what else the
machine does meets both. Wall time of one connection each on a real PostgreSQL.
"""

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import sqlalchemy as sa

from exchange.app import migrate, servers
from exchange.app.settings import Settings
from ledger.kernel import db
from ledger.kernel.cause import TIME, Cause
from ledger.kernel.clock import SystemClock, real_now
from ledger.kernel.unit import Unit, Units
from ledger.log import keys, notes, service, store, tiles
from ledger.log.checkpoints import Checkpoint
from ledger.log.journal import Journal
from ledger.log.model import Entry, event_kind
from ledger.log.sequencer import Sequencer
from ledger.log.signers import Signer

BATCH, TOGETHER, ROUNDS = 256, 4, 5
ORIGIN = "benchmark.example/log"
BID = event_kind("auction.bid_accepted", public="code amount_fen ends_at", sealed="bidder")

PLAIN = """
CREATE TABLE plain_entries (LIKE entries INCLUDING ALL);
CREATE TABLE plain_tiles (LIKE tiles INCLUDING ALL);
CREATE TABLE plain_head ("only" boolean PRIMARY KEY, size bigint NOT NULL, note bytea NOT NULL);
INSERT INTO plain_head VALUES (true, 0, '');
"""
LOCK = "SELECT size FROM plain_head FOR UPDATE"
TILE = 'SELECT hashes FROM plain_tiles WHERE level = %s AND "index" = %s'
INSERT = "INSERT INTO plain_entries VALUES (%s, %s, %s, %s, %s, %s)"
UPSERT = """
INSERT INTO plain_tiles VALUES (%s, %s, %s) ON CONFLICT (level, "index") DO UPDATE SET hashes = excluded.hashes
"""
UPDATE = "UPDATE plain_head SET size = %s, note = %s"


def fill(units: Units, count: int, seed: int) -> None:
    """Record `count` bids in transactions of four; what that costs is measured elsewhere."""
    draw = random.Random(seed)
    for start in range(0, count, TOGETHER):
        with units.begin() as unit:
            unit.connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
            service.record_many(unit, bids(unit, draw, min(TOGETHER, count - start)))


def bids(unit: Unit, draw: random.Random, count: int) -> list[tuple[Cause, object]]:
    cause = Cause(actor=TIME, at=unit.now(), request_id="benchmark")
    return [
        (
            cause,
            BID(
                f"lot_{draw.randrange(40):026d}",
                rule="judicial-2016@1",
                code=f"{draw.randrange(10_000):04d}",
                amount_fen=draw.randrange(10**9),
                ends_at=unit.now(),
                bidder=f"org_{draw.randrange(100):026d}",
            ),
        )
        for _ in range(count)
    ]


def ours(sequencer: Sequencer) -> tuple[int, list[float]]:
    """Step until nothing waits; return how many entries came, and the seconds of each step."""
    placed, steps = 0, []
    while True:
        began = time.perf_counter()
        found = sequencer.step(BATCH)
        if not found:
            return placed, steps
        steps.append(time.perf_counter() - began)
        placed += found


def ordinary(connection: psycopg.Connection, entries: Sequence[Entry], ring: Sequence[Signer]) -> None:
    for one in entries:
        with connection.transaction():
            size = connection.execute(LOCK).fetchone()[0]
            edges = {
                tile.level: connection.execute(TILE, (tile.level, tile.index)).fetchone()[0][: tile.width * 32]
                for tile in tiles.edge_of(size)
            }
            growth = tiles.grow(size, edges, [one.leaf])
            connection.execute(INSERT, (size, one.id, one.kind, one.subject, one.seq, one.content))
            for (level, index), hashes in growth.tiles.items():
                connection.execute(UPSERT, (level, index, hashes))
            checkpoint = Checkpoint(origin=ORIGIN, size=growth.size, root=growth.root)
            note = notes.sign_checkpoint(checkpoint, ring, at=real_now())
            connection.execute(UPDATE, (growth.size, note))


def frozen(units: Units, count: int, seed: int) -> Iterator[Entry]:
    """Fix entries for the ordinary way without sending them."""
    draw = random.Random(seed)
    with units.begin() as unit:
        yield from service.fix(unit, bids(unit, draw, count))


def measure(admin: str, home: Path, count: int) -> dict[str, object]:
    """Return the figures; leaves nothing but a database in a server that is about to end."""
    url = migrate.create(admin, "sequencing")
    database = migrate.migrate(url, secrets_folder=home, origin=ORIGIN)
    engines = [db.engine(one, connections=2) for one in (database.api, database.sequencer)]
    units, placing = (Units(one, SystemClock()) for one in engines)
    ring = keys.make(ORIGIN)
    sequencer = Sequencer(placing, origin=ORIGIN, signers=ring, journal=Journal(home / "log.signed"))
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    steps: list[float] = []
    placed, taken, alone = 0, 0.0, 0.0
    each, few = count // ROUNDS, max(50, count // ROUNDS // 50)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(PLAIN)
        for turn in range(ROUNDS + 1):
            fill(units, each, turn)
            entries = list(frozen(units, few, turn))
            with psycopg.connect(plain, autocommit=True) as other:
                other.execute("CHECKPOINT")  # so that the server writes back what the filling left before, not during
            found, times = ours(sequencer)
            began = time.perf_counter()
            ordinary(connection, entries, ring)
            if turn:  # the first is for plans and pages
                alone += time.perf_counter() - began
                placed, taken, steps = placed + found, taken + sum(times), steps + times
    with placing.read() as unit:
        standing = store.read_standing(unit)
        assert standing.published is not None
        assert standing.published.size == (ROUNDS + 1) * each + 1
    for engine in engines:
        engine.dispose()
    return result(placed / taken, ROUNDS * few / alone, sorted(steps))


def result(rate: float, base: float, steps: Sequence[float]) -> dict[str, object]:
    """Return the figures with their units."""
    return {
        "name": "sequencing",
        "ours_entries_per_s": round(rate),
        "ordinary_entries_per_s": round(base),
        "ratio": round(rate / base, 1),
        "batch_entries": BATCH,
        "step_p50_ms": round(statistics.median(steps) * 1000, 2),
        "step_p99_ms": round(steps[int(len(steps) * 0.99)] * 1000, 2),
        "step_max_ms": round(steps[-1] * 1000, 2),
        "steps": len(steps),
    }


def sequencing(count: int = 100_000) -> dict[str, object]:
    """Run a server of our own and measure on it."""
    with servers.temporary_home() as home, servers.running(Settings(home=home)) as addresses:
        return measure(addresses.database, home, count)
