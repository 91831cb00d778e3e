"""Statements that read one account: how it stands, how it stood, and what moved it in between.

An instant begins an interval and ends none: what was recorded at `at` is no part of how an account stood then. A hold
that expires is over from its `expires_at` on, whether or not anybody has come by to record that.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from ledger.kernel.db import Instant
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from ..model import Account, AccountName, Book, Kind, Side, Standing, Transfer
from ..tables import account, expiring_hold, transfer
from .engine import transfer_of

_NAME: Final = sa.bindparam("name", type_=sa.Text)
_AT: Final = sa.bindparam("at", type_=Instant)
_HELD: Final = transfer.alias("held")
_RESOLVED: Final = transfer.alias("resolved")


def standing(unit: Unit, name: AccountName, *, at: datetime | None) -> Standing | None:
    """Return an account and the holds open on it, of one moment by one statement; None of an account there is not."""
    query = _NOW if at is None else _THEN
    rows = unit.connection.execute(query, {"name": name, "at": unit.now() if at is None else at}).all()
    if not rows:
        return None
    holds = tuple(transfer_of(row) for row in rows if row.id is not None)
    return Standing(account=_account(rows[0], holds), at=at, holds=holds)


def standings(unit: Unit, names: Collection[AccountName], *, at: datetime) -> list[Account]:
    """Return those of the accounts that exist as they stand at the present `at`, in name order, by one statement.

    The totals that are kept count what expired and nobody has come by to give back; here it is held no more.
    """
    rows = unit.connection.execute(_THESE, {"names": list(names), "at": at})
    return [
        Account(
            name=AccountName(row.name),
            side=Side(row.side),
            book=Book(row.book),
            debits_pending_fen=Fen(row.debits_pending_fen - int(row.debits_over)),
            debits_posted_fen=Fen(row.debits_posted_fen),
            credits_pending_fen=Fen(row.credits_pending_fen - int(row.credits_over)),
            credits_posted_fen=Fen(row.credits_posted_fen),
        )
        for row in rows
    ]


def between(unit: Unit, name: AccountName, *, since: datetime, until: datetime, limit: int | None) -> list[Transfer]:
    """Return the transfers of an account in `since <= recorded_at < until`, in order, the first `limit` of them."""
    query = (
        sa.select(transfer)
        .where(_touches(transfer, sa.literal(name)), transfer.c.recorded_at >= since, transfer.c.recorded_at < until)
        .order_by(transfer.c.place)
        .limit(limit)
    )
    return [transfer_of(row) for row in unit.connection.execute(query)]


def names_after(unit: Unit, after: str, limit: int) -> list[AccountName]:
    """Return the names of the accounts behind a name, in name order, the first `limit` of them."""
    query = sa.select(account.c.name).where(account.c.name > after).order_by(account.c.name).limit(limit)
    return [AccountName(one) for one in unit.connection.execute(query).scalars()]


def names_under(unit: Unit, words: Sequence[str]) -> list[AccountName]:
    """Return the names of the accounts that begin with one of these words, in name order."""
    within = [sa.and_(account.c.name >= f"{one}:", account.c.name < f"{one};") for one in words]  # ";" follows ":"
    query = sa.select(account.c.name).where(sa.or_(sa.false(), *within)).order_by(account.c.name)
    return [AccountName(one) for one in unit.connection.execute(query).scalars()]


def counts(unit: Unit) -> tuple[int, int]:
    """Return how many accounts and how many transfers there are."""
    many = [sa.select(sa.func.count()).select_from(table).scalar_subquery() for table in (account, transfer)]
    accounts, transfers = unit.connection.execute(sa.select(*many)).one()
    return accounts, transfers


def _touches(table: sa.FromClause, name: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return sa.or_(table.c.debit == name, table.c.credit == name)


def _query(*, then: bool) -> sa.Select[tuple[object, ...]]:
    """Return the statement: the account beside each hold open on it, or beside nothing."""

    def before(table: sa.FromClause) -> sa.ColumnElement[bool]:
        return table.c.recorded_at < _AT if then else sa.true()

    def posted(side: str) -> sa.ColumnElement[int]:
        if not then:
            return account.c[f"{side}s_posted_fen"]
        total = sa.select(sa.func.coalesce(sa.func.sum(transfer.c.amount_fen), 0))
        arrived = transfer.c.kind.in_([Kind.MOVE, Kind.POST])
        return total.where(transfer.c[side] == _NAME, arrived, before(transfer)).scalar_subquery()

    # Whatever names a hold has resolved it: a post, a void, or its expiry.
    resolved = sa.exists().where(_RESOLVED.c.hold == _HELD.c.id, before(_RESOLVED))
    lasts = sa.or_(_HELD.c.expires_at.is_(None), _HELD.c.expires_at > _AT)
    is_open = sa.and_(_HELD.c.kind == Kind.HOLD, _touches(_HELD, _NAME), before(_HELD), ~resolved, lasts)
    columns = [account.c.name.label("of"), account.c.side, account.c.book]
    sums = [posted(side).label(f"{side}s_posted") for side in ("debit", "credit")]
    return (
        sa.select(*columns, *sums, *_HELD.c)
        .select_from(account.outerjoin(_HELD, is_open))
        .where(account.c.name == _NAME)
        .order_by(_HELD.c.place)
    )


def _over(side: str) -> sa.ColumnElement[int]:
    """Return what is still counted as held on one side of an account, and expired."""
    total = sa.select(sa.func.coalesce(sa.func.sum(transfer.c.amount_fen), 0))
    held = expiring_hold.join(transfer, transfer.c.id == expiring_hold.c.hold)
    expired = sa.and_(expiring_hold.c[side] == account.c.name, expiring_hold.c.expires_at <= _AT)
    return total.select_from(held).where(expired).correlate(account).scalar_subquery()


_THESE: Final = (
    sa.select(account, _over("debit").label("debits_over"), _over("credit").label("credits_over"))
    .where(account.c.name.in_(sa.bindparam("names", expanding=True)))
    .order_by(account.c.name)
)
_NOW: Final = _query(then=False)
_THEN: Final = _query(then=True)


def _account(row: sa.Row[tuple[object, ...]], holds: Sequence[Transfer]) -> Account:
    gives = sum(one.amount_fen for one in holds if one.debit == row.of)
    receives = sum(one.amount_fen for one in holds if one.credit == row.of)
    return Account(
        name=AccountName(row.of),
        side=Side(row.side),
        book=Book(row.book),
        debits_pending_fen=Fen(gives),
        debits_posted_fen=Fen(int(row.debits_posted)),
        credits_pending_fen=Fen(receives),
        credits_posted_fen=Fen(int(row.credits_posted)),
    )
