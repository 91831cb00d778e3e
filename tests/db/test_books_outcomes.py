"""One table of outcomes for transfers made one by one, which the engine and the benchmark's baseline both hold to."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger.kernel.money import Fen
from settlement.books.model import MOST, AccountName, Kind, request_hash
from settlement.books.store import engine as store
from tests import make_books as make
from tests.make_books import ANN, BANK, BEN, CAI, CAP, WORLD, Books, hold, move, post, void
from tests.world import START

BASELINE = Path(__file__).resolve().parents[2] / "benchmarks/books_baseline.sql"
NOBODY = AccountName("owner:nobody")
NOON = START + timedelta(hours=3)
OVER = NOON + timedelta(seconds=1)

PAID = move(BANK, ANN, 500)
HELD = hold(ANN, BEN, 200, expires_at=OVER)
LEFT = hold(ANN, BEN, 10)
POSTED = post(LEFT, 7)
GONE = hold(ANN, BEN, 20)
VOIDED = void(GONE)
BEFORE = [PAID, HELD, LEFT, POSTED, GONE, VOIDED]
"""Ann has 493, 200 of it held for Ben, who has 7."""

ROWS = {  # what is ordered then, and what is heard
    "all that is spare": (move(ANN, CAI, 293), "ok"),
    "a fen more": (move(ANN, CAI, 294), f"overdrawn {ANN}"),
    "out of what is pending": (move(BEN, CAI, 8), f"overdrawn {BEN}"),
    "out of what arrived": (move(BEN, CAI, 7), "ok"),
    "out of the bank": (move(ANN, BANK, 293), "ok"),
    "out of the world": (move(WORLD, CAP, 1), "ok"),
    "beyond counting": (move(WORLD, CAP, MOST + 1), f"overflows {WORLD}"),
    "nothing": (move(ANN, CAI, 0), "not-positive"),
    "less than nothing": (hold(ANN, CAI, -1), "not-positive"),
    "to itself": (move(ANN, ANN, 1), "same-account"),
    "from nobody": (move(NOBODY, ANN, 1), f"no-such-account {NOBODY}"),
    "to nobody": (move(ANN, NOBODY, 1), f"no-such-account {NOBODY}"),
    "across books": (move(ANN, CAP, 1), "across-books"),
    "a hold of all that is spare": (hold(ANN, CAI, 293), "ok"),
    "a hold of a fen more": (hold(ANN, CAI, 294), f"overdrawn {ANN}"),
    "a hold that is over": (hold(ANN, CAI, 1, expires_at=NOON), "past-expiry"),
    "a hold that is nearly over": (hold(ANN, CAI, 1, expires_at=NOON + timedelta(microseconds=1)), "ok"),
    "a post of all": (post(HELD), "ok"),
    "a post of the most": (post(HELD, MOST), "ok"),
    "a post of part": (post(HELD, 1), "ok"),
    "a post of nothing": (post(HELD, 0), "ok"),
    "a post of more": (post(HELD, 201), "exceeds-hold"),
    "a post of less than nothing": (post(HELD, -1), "not-positive"),
    "a post from another": (post(HELD, debit=CAI), "hold-differs debit"),
    "a post to another": (post(HELD, credit=CAI), "hold-differs credit"),
    "a void": (void(HELD), "ok"),
    "a void of all": (void(HELD, amount_fen=MOST), "ok"),
    "a void of part": (void(HELD, amount_fen=Fen(199)), "hold-differs amount_fen"),
    "a void of more": (void(HELD, amount_fen=Fen(201)), "exceeds-hold"),
    "a post of what is posted": (post(LEFT, 3), "hold-resolved"),
    "a void of what is posted": (void(LEFT), "hold-resolved"),
    "a post of what is voided": (post(GONE), "hold-resolved"),
    "a post of no hold": (post(hold(ANN, BEN, 1)), "no-such-hold"),
    "a post of a move": (post(PAID), "not-a-hold"),
    "a void of a post": (void(POSTED), "not-a-hold"),
    "a move again": (PAID, "exists"),
    "a post again": (POSTED, "exists"),
    "a post again, of the most": (replace(POSTED, amount_fen=MOST), "transfer-differs amount_fen"),
    "a void again": (VOIDED, "exists"),
    "a move again, held": (replace(PAID, kind=Kind.HOLD), "transfer-differs kind"),
    "a move again, from another": (replace(PAID, debit=CAI), "transfer-differs debit"),
    "a move again, to another": (replace(PAID, credit=CAI), "transfer-differs credit"),
    "a move again, of more": (replace(PAID, amount_fen=Fen(501)), "transfer-differs amount_fen"),
    "a move again, with a note": (replace(PAID, note="again"), "transfer-differs note"),
    "a hold again, for longer": (replace(HELD, expires_at=OVER + timedelta(seconds=1)), "transfer-differs expires_at"),
    "a post again, of another hold": (replace(POSTED, hold=HELD.id), "transfer-differs hold"),
}


def ours(connection, order, at):
    written = store.written([order], reference=make.REFERENCE, rule=make.RULE)
    statement = sa.text("SELECT outcome, detail FROM make_transfers(CAST(:orders AS jsonb), :at, false)")
    [row] = connection.execute(statement, {"orders": written, "at": at})
    return f"{row.outcome} {row.detail}" if row.detail else row.outcome


def ordinary(connection, order, at):
    statement = sa.text(
        "SELECT plain_transfer(:id, :kind, :debit, :credit, :amount_fen, :hold, :expires_at, :reference, :rule, :note,"
        " :hash, :at)"
    )
    fields = ("id", "kind", "debit", "credit", "amount_fen", "hold", "expires_at", "note")
    given = {name: getattr(order, name) for name in fields}
    hashed = bytes.fromhex(request_hash(order, reference=make.REFERENCE, rule=make.RULE))
    more = {"hash": hashed, "at": at, "reference": make.REFERENCE, "rule": make.RULE}
    return connection.execute(statement, given | more).scalar_one()


@pytest.fixture
def connection(world, addresses):
    """The administrator's, with the baseline beside the books; everything is undone."""
    Books(world)
    url = sa.make_url(addresses.database).set(
        drivername="postgresql+psycopg", database=sa.make_url(world.database.api).database
    )
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.connection.driver_connection.execute(BASELINE.read_text())
        connection.execute(sa.text("INSERT INTO plain_account SELECT * FROM account"))
        yield connection


@pytest.mark.parametrize("way", [ours, ordinary], ids=lambda way: way.__name__)
def test_every_row_is_answered_as_it_stands_in_the_table(connection, way):
    assert [way(connection, one, START) for one in BEFORE] == ["ok"] * len(BEFORE)
    heard = {}
    for name, (order, _) in ROWS.items():
        undo = connection.begin_nested()
        heard[name] = way(connection, order, NOON)
        undo.rollback()
    assert heard == {name: word for name, (_, word) in ROWS.items()}


@pytest.mark.parametrize("way", [ours, ordinary], ids=lambda way: way.__name__)
@pytest.mark.parametrize("resolve", [post, void])
def test_a_hold_is_over_at_its_very_instant(connection, way, resolve):
    for one in BEFORE:
        way(connection, one, START)
    assert way(connection, resolve(HELD), OVER) == "hold-expired"
    assert way(connection, resolve(LEFT), OVER) == "hold-resolved"
