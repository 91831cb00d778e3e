"""How fast transfers are made, against the ordinary way in the same run.

    python -m benchmarks.books [TRANSFERS] [--json]

Ours: `make_transfers`, 50 orders a transaction and one. Ordinary: one transaction a transfer in which Python locks both
accounts (SELECT … FOR UPDATE), looks, updates each and inserts; and 50 a transaction in a loop of plpgsql that does the
same. The ordinary tables have the same columns, keys and CHECKs, and no trigger. Wall time of one connection on a real
PostgreSQL with fsync; one account gives half of the transfers.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
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
from settlement.books.model import AccountName, Kind, NewAccount, Order, Side, TransferId

ACCOUNTS, BATCH, ROUNDS, REFERENCE = 200, 50, 10, "benchmark"
AT = datetime(2026, 3, 2, tzinfo=UTC)
NAMES = [AccountName(f"benchmark:a{number}") for number in range(ACCOUNTS)]

PLAIN = """
CREATE TABLE plain_account (LIKE account INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
CREATE TABLE plain_transfer (
    LIKE transfer INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING IDENTITY,
    FOREIGN KEY (debit) REFERENCES plain_account, FOREIGN KEY (credit) REFERENCES plain_account,
    FOREIGN KEY (hold) REFERENCES plain_transfer
);
CREATE FUNCTION plain_transfers(orders jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one record; giving plain_account; receiving plain_account;
BEGIN
    FOR one IN SELECT * FROM jsonb_to_recordset(orders) AS o (id text, debit text, credit text, amount bigint) LOOP
        PERFORM FROM plain_account WHERE name IN (one.debit, one.credit) ORDER BY name FOR UPDATE;
        IF EXISTS (SELECT FROM plain_transfer WHERE id = one.id) THEN CONTINUE; END IF;
        UPDATE plain_account SET debits_posted_fen = debits_posted_fen + one.amount WHERE name = one.debit
            RETURNING * INTO STRICT giving;
        UPDATE plain_account SET credits_posted_fen = credits_posted_fen + one.amount WHERE name = one.credit
            RETURNING * INTO STRICT receiving;
        INSERT INTO plain_transfer (id, kind, debit, credit, amount_fen, reference, recorded_at, debit_after_fen,
            credit_after_fen) VALUES (one.id, 'move', one.debit, one.credit, one.amount, 'benchmark', now(),
            giving.credits_posted_fen - giving.debits_posted_fen,
            receiving.credits_posted_fen - receiving.debits_posted_fen);
    END LOOP;
END $$
"""
LOCK = "SELECT * FROM plain_account WHERE name IN (%s, %s) ORDER BY name FOR UPDATE"
SEEN = "SELECT 1 FROM plain_transfer WHERE id = %s"
GIVE = "UPDATE plain_account SET debits_posted_fen = debits_posted_fen + %s WHERE name = %s"
RECEIVE = "UPDATE plain_account SET credits_posted_fen = credits_posted_fen + %s WHERE name = %s"
INSERT = """
INSERT INTO plain_transfer
    (id, kind, debit, credit, amount_fen, reference, recorded_at, debit_after_fen, credit_after_fen)
VALUES (%s, 'move', %s, %s, %s, 'benchmark', %s, %s, %s)
"""


def orders(count: int, start: int) -> list[Order]:
    draw = random.Random(start)  # the same every time
    pairs = ((draw.choice([NAMES[0], draw.choice(NAMES[1:])]), draw.choice(NAMES[1:])) for _ in range(3 * count))
    distinct = [pair for pair in pairs if pair[0] != pair[1]][:count]
    return [
        Order(
            id=TransferId.from_number(start + place),
            kind=Kind.MOVE,
            debit=debit,
            credit=credit,
            amount_fen=Fen(draw.randint(1, 10_000)),
        )
        for place, (debit, credit) in enumerate(distinct)
    ]


def batches(all_orders: Sequence[Order], size: int) -> Iterator[Sequence[Order]]:
    return (all_orders[start : start + size] for start in range(0, len(all_orders), size))


def ours(units: Units, all_orders: Sequence[Order], size: int) -> None:
    for batch in batches(all_orders, size):
        with units.begin() as unit:
            service.transfer(unit, batch, reference=REFERENCE, rule="benchmark@1")


def ordinary(connection: psycopg.Connection, all_orders: Sequence[Order]) -> None:
    for one in all_orders:
        with connection.transaction():
            rows = connection.execute(LOCK, (one.debit, one.credit)).fetchall()
            if connection.execute(SEEN, (one.id,)).fetchone():
                continue
            has = {row[0]: row[6] - row[4] for row in rows}
            after = (has[one.debit] - one.amount_fen, has[one.credit] + one.amount_fen)
            connection.execute(GIVE, (one.amount_fen, one.debit))
            connection.execute(RECEIVE, (one.amount_fen, one.credit))
            connection.execute(INSERT, (one.id, one.debit, one.credit, one.amount_fen, AT, *after))


def looping(connection: psycopg.Connection, all_orders: Sequence[Order]) -> None:
    for batch in batches(all_orders, BATCH):
        said = [{"id": one.id, "debit": one.debit, "credit": one.credit, "amount": one.amount_fen} for one in batch]
        with connection.transaction():
            connection.execute("SELECT plain_transfers(%s)", (json.dumps(said),))


def rates(works: dict[str, tuple[Callable[[Sequence[Order]], None], int]]) -> dict[str, float]:
    """Transfers a second of each way; they take turns, so that what else the machine does meets all of them."""
    taken = dict.fromkeys(works, 0.0)
    start = 0
    for turn in range(ROUNDS + 1):
        for name, (work, count) in works.items():
            start += 10**6
            measured = orders(count // ROUNDS, start)
            began = time.perf_counter()
            work(measured)
            if turn:  # the first is for plans and pages
                taken[name] += time.perf_counter() - began
    return {name: count / taken[name] for name, (_, count) in works.items()}


def measure(admin: str, home: Path, count: int) -> dict[str, float]:
    url = migrate.create(admin, "benchmark")
    database = migrate.migrate(url, secrets_folder=home)
    engine = db.engine(database.api, connections=1)
    units = Units(engine, SystemClock())
    with units.begin() as unit:
        service.open_accounts(unit, [NewAccount(name=name, side=Side.EITHER) for name in NAMES])
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(PLAIN)
        connection.execute("INSERT INTO plain_account SELECT * FROM account")
        found = rates(
            {
                "ours_batched": (lambda some: ours(units, some, BATCH), count),
                "loop_batched": (lambda some: looping(connection, some), count),
                "ours_single": (lambda some: ours(units, some, 1), count // 5),
                "ordinary_single": (lambda some: ordinary(connection, some), count // 5),
            }
        )
    with units.read() as unit:
        assert service.prove(unit) == []
    engine.dispose()
    return found


def main(arguments: Sequence[str]) -> None:
    numbers = [one for one in arguments if one.isdigit()]
    with servers.temporary_home() as home, servers.running(Settings(home=home)) as addresses:
        found = measure(addresses.database, home, int(numbers[0]) if numbers else 10_000)
    base = found["ordinary_single"]
    print(f"baseline: {base:,.0f} transfers/s, a transaction each, locked and updated from Python")
    print(f"single  : {found['ours_single']:,.0f} transfers/s, {found['ours_single'] / base:.2f} x")
    print(f"loop    : {found['loop_batched']:,.0f} transfers/s, {BATCH} a transaction in a plpgsql loop")
    print(
        f"batched : {found['ours_batched']:,.0f} transfers/s, {found['ours_batched'] / base:.2f} x the baseline,",
        end=" ",
    )
    print(f"{found['ours_batched'] / found['loop_batched']:.2f} x the loop")
    if "--json" in arguments:
        print(json.dumps(result(found)))


def result(found: dict[str, float]) -> dict[str, object]:
    return {
        "name": "books",
        "ours_transfers_per_s": round(found["ours_batched"]),
        "ordinary_transfers_per_s": round(found["ordinary_single"]),
        "ratio": round(found["ours_batched"] / found["ordinary_single"], 2),
        "ours_single_transfers_per_s": round(found["ours_single"]),
        "loop_batched_transfers_per_s": round(found["loop_batched"]),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
