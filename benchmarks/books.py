"""How fast transfers are made, against the ordinary way in the same run, on the same PostgreSQL, durable.

    python -m benchmarks.books [SECONDS] [--json]

The ordinary way (`books_baseline.sql`): one function a transfer, SELECT … FOR UPDATE in name order, one commit each.
Ours: `make_transfers` with one order, with 50, with 1,000, one commit each. Both are called by the same client over
the same kind of connection, with what they are given made before the clock starts; both hold to one table of outcomes
(`tests/db/test_books_outcomes.py`). 50 accounts and 8 connections; for the hot accounts, 10 and 20. The ways take
turns, so that what else the machine does meets all of them.
"""

import json
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
import sqlalchemy as sa

from exchange.app import migrate, servers
from exchange.app.settings import Settings
from ledger.kernel import db
from ledger.kernel.clock import SystemClock
from ledger.kernel.money import Fen
from ledger.kernel.unit import Units
from settlement.books import service
from settlement.books.model import AccountName, Book, Kind, NewAccount, Order, Side, TransferId, request_hash
from settlement.books.store.engine import written

BASELINE = (Path(__file__).parent / "books_baseline.sql").read_text()
ROUNDS, WARM = 4, 6
AT = datetime(2026, 3, 2, tzinfo=UTC)
REFERENCE, RULE = "benchmark", "benchmark@1"
NAMES = [AccountName(f"quota:bench_{number:02}") for number in range(50)]
OURS = "SELECT outcome FROM make_transfers(%s::jsonb, %s, false)"
ORDINARY = "SELECT plain_transfer(%s, 'move', %s, %s, %s, NULL, NULL, %s, %s, '', %s, %s)"

_numbers = count(1)
Calls = list[tuple[str, tuple[object, ...]]]


def orders(how_many: int, accounts: int) -> list[Order]:
    draw = random.Random(next(_numbers))
    found = []
    for _ in range(how_many):
        debit, credit = draw.sample(NAMES[:accounts], 2)
        name = TransferId.from_number(draw.getrandbits(120))
        found.append(
            Order(id=name, kind=Kind.MOVE, debit=debit, credit=credit, amount_fen=Fen(draw.randint(1, 10_000)))
        )
    return found


def ours(size: int) -> Callable[[int, int], Calls]:
    def calls(transfers: int, accounts: int) -> Calls:
        every = orders(transfers, accounts)
        batches = [every[start : start + size] for start in range(0, transfers, size)]
        return [(OURS, (written(batch, reference=REFERENCE, rule=RULE), AT)) for batch in batches]

    return calls


def ordinary(transfers: int, accounts: int) -> Calls:
    return [
        (
            ORDINARY,
            (
                *(one.id, one.debit, one.credit, one.amount_fen, REFERENCE, RULE),
                *(bytes.fromhex(request_hash(one, reference=REFERENCE, rule=RULE)), AT),
            ),
        )
        for one in orders(transfers, accounts)
    ]


def rate(
    url: str, make: Callable[[int, int], Calls], *, size: int, accounts: int, connections: int, seconds: float
) -> float:
    """Transfers a second over some connections that go on for some seconds."""
    enough = int(seconds * 2_500 / connections) if size == 1 else int(seconds * 6_000 / connections / size + 1) * size
    work = [make(enough, accounts) for _ in range(connections)]
    start, made = threading.Barrier(connections + 1), [0] * connections
    began = [0.0]

    def run(mine: int) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement, given in make(WARM * size, accounts):  # plans, as a connection of a pool has them
                connection.execute(statement, given)
            start.wait()
            for statement, given in work[mine]:
                heard = connection.execute(statement, given).fetchall()
                assert {word for (word,) in heard} == {"ok"}
                made[mine] += size
                if time.perf_counter() - began[0] > seconds:
                    return

    threads = [threading.Thread(target=run, args=(one,)) for one in range(connections)]
    for one in threads:
        one.start()
    began[0] = time.perf_counter() + 60
    start.wait()
    began[0] = time.perf_counter()
    for one in threads:
        one.join()
    return sum(made) / (time.perf_counter() - began[0])


WAYS = {
    "ordinary": (ordinary, {"size": 1, "accounts": 50, "connections": 8}),
    "single": (ours(1), {"size": 1, "accounts": 50, "connections": 8}),
    "batch_50": (ours(50), {"size": 50, "accounts": 50, "connections": 8}),
    "batch_1000": (ours(1_000), {"size": 1_000, "accounts": 50, "connections": 4}),
    "ordinary_hot": (ordinary, {"size": 1, "accounts": 10, "connections": 20}),
    "single_hot": (ours(1), {"size": 1, "accounts": 10, "connections": 20}),
}


def measure(admin: str, home: Path, seconds: float) -> dict[str, float]:
    url = migrate.create(admin, "benchmark")
    database = migrate.migrate(url, secrets_folder=home)
    engine = db.engine(database.api, connections=1)
    with Units(engine, SystemClock()).begin() as unit:
        service.open_accounts(unit, [NewAccount(name=name, side=Side.EITHER, book=Book.QUOTA) for name in NAMES])
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(BASELINE)
        connection.execute("INSERT INTO plain_account SELECT * FROM account")
        for turn in range(ROUNDS + 1):
            for way, (make, how) in WAYS.items():
                got = rate(plain, make, seconds=seconds / ROUNDS, **how)
                if turn:  # the first is for plans and pages
                    found[way].append(got)
        held = connection.execute("SELECT count(*), pg_total_relation_size('transfer') FROM transfer").fetchone()
    assert held is not None
    with Units(engine, SystemClock()).read() as unit:
        assert service.prove(unit) == []
    engine.dispose()
    # the middle of the rounds: what else the machine does is in some of them
    middle = {way: sorted(rates)[len(rates) // 2] for way, rates in found.items()}
    return middle | {"bytes_per_transfer": held[1] / held[0]}


def result(found: dict[str, float]) -> dict[str, object]:
    return {
        "name": "books",
        "ordinary_transfers_per_s": round(found["ordinary"]),
        "ours_transfers_per_s": round(found["batch_50"]),
        "ratio": round(found["batch_50"] / found["ordinary"], 2),
        "single_ratio": round(found["single"] / found["ordinary"], 2),
        "hot_ratio": round(found["single_hot"] / found["ordinary_hot"], 2),
        "batch_1000_transfers_per_s": round(found["batch_1000"]),
        "bytes_per_transfer": round(found["bytes_per_transfer"]),
    }


def main(arguments: Sequence[str]) -> None:
    numbers = [one for one in arguments if one.replace(".", "").isdigit()]
    with servers.temporary_home() as home, servers.running(Settings(home=home)) as addresses:
        found = measure(addresses.database, home, float(numbers[0]) if numbers else 12)
    said = result(found)
    print(f"baseline : {found['ordinary']:,.0f} transfers/s, a function and a commit each, 50 accounts, 8 connections")
    print(f"single   : {found['single']:,.0f} transfers/s, {said['single_ratio']} x")
    print(f"hot      : {found['single_hot']:,.0f} transfers/s, {said['hot_ratio']} x, 10 accounts, 20 connections")
    print(f"of 50    : {found['batch_50']:,.0f} transfers/s, {said['ratio']} x")
    print(
        f"of 1,000 : {found['batch_1000']:,.0f} transfers/s, {said['bytes_per_transfer']} bytes each with their indexes"
    )
    if "--json" in arguments:
        print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1:])
