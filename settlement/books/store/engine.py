"""Every statement on the tables of the books.

Transfers are made by one function of the database (`make_transfers`, migrations 0013 and 0019), which alone may write
totals.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from psycopg.errors import UniqueViolation
from sqlalchemy.dialects import postgresql

from ledger.kernel import instant
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from .. import rules
from ..model import (
    Account,
    AccountName,
    Book,
    Ends,
    Kind,
    NewAccount,
    Order,
    Outcome,
    Side,
    Transfer,
    TransferId,
    expiry_of,
    request_hash,
)
from ..tables import account, expiring_hold, transfer

AT_ONCE = 1_000  # rows held in memory while the whole books are read

_OPEN = postgresql.insert(account).on_conflict_do_nothing()
_ACCOUNTS = sa.select(account).where(account.c.name.in_(sa.bindparam("names", expanding=True))).order_by(account.c.name)
_MAKE = sa.text("SELECT * FROM make_transfers(CAST(:orders AS jsonb), :at, :burning) ORDER BY place")
_SOONEST = sa.select(sa.func.min(expiring_hold.c.expires_at))
_EXPIRE = sa.text("SELECT expire_holds(:at, :at_most)")


def open_accounts(unit: Unit, new: Iterable[NewAccount]) -> None:
    """Write accounts, all totals zero; those that are open already are left alone."""
    rows = [{"name": one.name, "side": one.side, "book": one.book} for one in sorted(new, key=lambda one: one.name)]
    unit.write(_OPEN, rows)


def load_many(unit: Unit, names: Collection[AccountName]) -> dict[AccountName, Account]:
    """Return those of the accounts that exist."""
    rows = unit.connection.execute(_ACCOUNTS, {"names": list(names)})
    return {found.name: found for found in map(_account, rows)}


def every_account(unit: Unit) -> list[Account]:
    """Return every account, in name order."""
    return [_account(row) for row in unit.connection.execute(sa.select(account).order_by(account.c.name))]


def make(
    unit: Unit, orders: Sequence[Order], *, reference: str, rule: str, at: datetime, burning: bool
) -> list[Outcome]:
    """Make transfers, each chain of linked orders or none of it, and return what the database says of each order.

    Locks the accounts, in name order, until the unit ends. Two units that give one name to transfers between different
    accounts do not wait for each other: the later one is refused `TransferDiffers` here, and its unit is at an end.
    """
    given = written(orders, reference=reference, rule=rule)
    try:
        rows = unit.connection.execute(_MAKE, {"orders": given, "at": at, "burning": burning}).all()
    except sa.exc.IntegrityError as error:
        if isinstance(error.orig, UniqueViolation) and error.orig.diag.constraint_name == transfer.primary_key.name:
            raise rules.TransferDiffers(
                "a transfer is made once; another one needs another name", field="debit"
            ) from None
        raise
    return [
        Outcome(
            outcome=row.outcome,
            detail=row.detail,
            made=_made(one, reference, row) if row.outcome in rules.MADE else None,
        )
        for one, row in zip(orders, rows, strict=True)
    ]


def written(orders: Sequence[Order], *, reference: str, rule: str) -> str:
    """Return orders as `make_transfers` reads them."""
    given = _written(orders, reference=reference, rule=rule)
    return json.dumps([{name: said for name, said in one.items() if said is not None} for one in given])


def expire(unit: Unit, *, at: datetime, at_most: int) -> int:
    """Give back what holds held until `at`, the earliest first; return how many were over."""
    return int(unit.connection.execute(_EXPIRE, {"at": at, "at_most": at_most}).scalar_one())


def next_expiry(unit: Unit) -> datetime | None:
    """Return when the next open hold is over, if any ever is."""
    soonest: datetime | None = unit.connection.execute(_SOONEST).scalar_one()
    return soonest


def transfers_of(unit: Unit, reference: str) -> list[Transfer]:
    """Return what was made for a reference, in order."""
    rows = unit.connection.execute(
        sa.select(transfer).where(transfer.c.reference == reference).order_by(transfer.c.place)
    )
    return [transfer_of(row) for row in rows]


def every_transfer(unit: Unit) -> Iterator[Transfer]:
    """Read every transfer, in the order they were made; few are in memory at a time."""
    rows = unit.connection.execute(
        sa.select(transfer).order_by(transfer.c.place), execution_options={"yield_per": AT_ONCE}
    )
    return map(transfer_of, rows)


def _written(orders: Sequence[Order], *, reference: str, rule: str) -> Iterator[dict[str, object]]:
    """Yield orders as the database reads them: each with its place, and with the number of its chain."""
    chain, linked = 0, False
    for place, one in enumerate(orders, start=1):
        chain, linked = chain + (not linked), one.linked
        yield {
            "place": place,
            "chain": chain,
            "id": one.id,
            "kind": one.kind,
            "debit": one.debit,
            "credit": one.credit,
            "amount_fen": one.amount_fen,
            "hold": one.hold,
            "expires_at": one.expires_at and instant.render(one.expires_at),
            "expires_as": one.expires_at and expiry_of(one.id),
            "effective_at": one.effective_at and instant.render(one.effective_at),
            "clip": one.clip,
            "closes": one.closes,
            "reverses": one.reverses,
            "reference": reference,
            "rule": rule,
            "note": one.note,
            "request_hash": request_hash(one, reference=reference, rule=rule),
        }


def _made(order: Order, reference: str, row: sa.Row[tuple[object, ...]]) -> Transfer:
    return Transfer(
        id=order.id,
        kind=order.kind,
        debit=order.debit,
        credit=order.credit,
        amount_fen=Fen(row.amount_fen),
        hold=order.hold,
        reference=reference,
        recorded_at=row.recorded_at,
        debit_after_fen=row.debit_after_fen,
        credit_after_fen=row.credit_after_fen,
        rule=row.rule,
        effective_at=order.effective_at,
        expires_at=order.expires_at,
        clip=order.clip,
        closes=order.closes,
        reverses=order.reverses,
        chain=TransferId(row.chain) if row.chain else None,
        note=order.note,
        request_hash=row.request_hash,
    )


def _account(row: sa.Row[tuple[object, ...]]) -> Account:
    return Account(
        name=AccountName(row.name),
        side=Side(row.side),
        book=Book(row.book),
        debits_pending_fen=Fen(row.debits_pending_fen),
        debits_posted_fen=Fen(row.debits_posted_fen),
        credits_pending_fen=Fen(row.credits_pending_fen),
        credits_posted_fen=Fen(row.credits_posted_fen),
        closed_by=TransferId(row.closed_by) if row.closed_by else None,
    )


def transfer_of(row: sa.Row[tuple[object, ...]]) -> Transfer:
    """Return the transfer that a row holds in columns of the table's own names."""
    return Transfer(
        id=TransferId(row.id),
        kind=Kind(row.kind),
        debit=AccountName(row.debit),
        credit=AccountName(row.credit),
        amount_fen=Fen(row.amount_fen),
        hold=TransferId(row.hold) if row.hold else None,
        reference=row.reference,
        recorded_at=row.recorded_at,
        debit_after_fen=row.debit_after_fen,
        credit_after_fen=row.credit_after_fen,
        rule=row.rule,
        effective_at=row.effective_at,
        expires_at=row.expires_at,
        clip=Ends(row.clip) if row.clip else None,
        closes=Ends(row.closes) if row.closes else None,
        reverses=TransferId(row.reverses) if row.reverses else None,
        chain=TransferId(row.chain) if row.chain else None,
        note=row.note,
        request_hash=row.request_hash.hex() if row.request_hash else None,
    )
