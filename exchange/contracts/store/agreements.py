"""Every statement on contracts, and on the serials of their registration."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from exchange.auctions.model import LotId
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from ..model import Contract, ContractId, ContractType, Fault, Part, PartKind, State
from ..rules import agreements as rules
from ..tables import contract, registration_serial

_CONTRACT = sa.select(contract).where(contract.c.id == sa.bindparam("this"))
_LOCK_CONTRACT = _CONTRACT.with_for_update()
_SAVE = (
    sa.update(contract)
    .where(contract.c.id == sa.bindparam("this"))
    .values({one.name: sa.bindparam(one.name) for one in contract.c if one.name != "id"})
)
_DUE = (
    sa.select(contract.c.id)
    .where(contract.c.due_at <= sa.bindparam("at"))
    .order_by(contract.c.due_at, contract.c.id)
    .limit(sa.bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_OPEN_ENDED = (
    sa.select(contract)
    .where(
        sa.or_(
            contract.c.sign_by.is_(None),
            sa.and_(contract.c.effective_at.is_not(None), contract.c.register_by.is_(None)),
        )
    )
    .order_by(contract.c.id)
    .with_for_update()
)
_NEXT_DUE = sa.select(sa.func.min(contract.c.due_at))


class ContractExists(Refusal):
    """A sale gives rise to one contract."""

    kind = Kind.CONFLICT
    zh = "同一成交只产生一份合同"


def load(unit: Unit, id: ContractId, *, lock: bool = False) -> Contract:
    """Return the contract. Refuses `NoSuchContract`."""
    row = unit.connection.execute(_LOCK_CONTRACT if lock else _CONTRACT, {"this": id}).one_or_none()
    if row is None:
        raise rules.NoSuchContract("there is no contract of this name that you may see")
    return _contract(row)


def insert(unit: Unit, new: Contract) -> None:
    """Write a contract that is not there yet. Refuses `ContractExists` for a lot that has one."""
    written = unit.connection.execute(
        postgresql.insert(contract)
        .values({"id": new.id} | _columns(new))
        .on_conflict_do_nothing(index_elements=["lot"])
        .returning(contract.c.id)  # an INSERT's rowcount is -1
    )
    if written.one_or_none() is None:
        raise ContractExists("this lot has its contract already")


def save(unit: Unit, changed: Contract) -> None:
    """Write a contract that was loaded with a lock."""
    unit.write(_SAVE, {"this": changed.id} | _columns(changed))


def lock_serial(unit: Unit, year: int, place: str, station: str) -> int:
    """Return the next serial of a series, locked until the unit ends; it is given by `keep_serial` alone."""
    series = {"year": year, "place": place, "station": station}
    unit.connection.execute(postgresql.insert(registration_serial).values(last=0, **series).on_conflict_do_nothing())
    last: int = unit.connection.execute(
        sa.select(registration_serial.c.last).filter_by(**series).with_for_update()
    ).scalar_one()
    return last + 1


def keep_serial(unit: Unit, year: int, place: str, station: str, serial: int) -> None:
    """Give a serial of a series that `lock_serial` holds."""
    unit.write(
        sa.update(registration_serial).filter_by(year=year, place=place, station=station).values(last=serial),
    )


def of_lot(unit: Unit, lot: LotId) -> Contract | None:
    """Return the contract of a lot."""
    row = unit.connection.execute(sa.select(contract).where(contract.c.lot == lot)).one_or_none()
    return _contract(row) if row else None


def due(unit: Unit, at: datetime, limit: int) -> list[ContractId]:
    """Return contracts on which time acts at or before `at`, the longest due first, leaving out those worked on."""
    rows = unit.connection.execute(_DUE, {"at": at, "limit": limit})
    return [ContractId(name) for name in rows.scalars()]


def next_due(unit: Unit) -> datetime | None:
    """Return when time next acts on any contract."""
    soonest: datetime | None = unit.connection.execute(_NEXT_DUE).scalar_one()
    return soonest


def open_ended(unit: Unit) -> list[Contract]:
    """Return contracts whose time to sign, or to be registered, was left open; locked, in id order."""
    return [_contract(row) for row in unit.connection.execute(_OPEN_ENDED)]


def page(unit: Unit, *, party: OrganisationId | None, after: ContractId | None, limit: int) -> list[Contract]:
    """Return contracts in id order, those after `after`; those of one party, or with None everybody's."""
    query = sa.select(contract).order_by(contract.c.id).limit(limit)
    if party is not None:
        query = query.where(sa.or_(contract.c.seller == party, contract.c.buyer == party))
    if after is not None:
        query = query.where(contract.c.id > after)
    return [_contract(row) for row in unit.connection.execute(query)]


def _contract(row: sa.Row[tuple[object, ...]]) -> Contract:
    return Contract(
        id=ContractId(row.id),
        lot=LotId(row.lot),
        listing=row.listing,
        seller=OrganisationId(row.seller),
        buyer=OrganisationId(row.buyer),
        price_fen=Fen(row.price_fen),
        rules=rules.CONTRACT_RULES[row.rules],
        region=row.region,
        state=State(row.state),
        awarded_at=row.awarded_at,
        sign_by=row.sign_by,
        type=ContractType(row.type) if row.type else None,
        parts=tuple(_parts(row.parts)),
        document_sha256=row.document_sha256,
        signed_at=(row.signed_by_seller_at, row.signed_by_buyer_at),
        effective_at=row.effective_at,
        register_by=row.register_by,
        number=row.number,
        registered_at=row.registered_at,
        fault=Fault(row.fault) if row.fault else None,
        stayed_at=row.stayed_at,
        resumed_at=row.resumed_at,
        answer_from=row.answer_from,
    )


def _parts(written: Iterable[dict[str, str]]) -> Iterable[Part]:
    for part in written:
        yield Part(kind=PartKind(part["kind"]), name=part["name"], amount_fen=Fen(int(part["amount_fen"])))


def _columns(one: Contract) -> dict[str, object]:
    by_seller, by_buyer = one.signed_at
    return {
        "lot": one.lot,
        "listing": one.listing,
        "seller": one.seller,
        "buyer": one.buyer,
        "price_fen": one.price_fen,
        "rules": one.rules.ref,
        "region": one.region,
        "state": one.state,
        "awarded_at": one.awarded_at,
        "sign_by": one.sign_by,
        "due_at": rules.due_at(one),
        "type": one.type,
        "parts": [part.to_json() for part in one.parts],
        "document_sha256": one.document_sha256,
        "signed_by_seller_at": by_seller,
        "signed_by_buyer_at": by_buyer,
        "effective_at": one.effective_at,
        "register_by": one.register_by,
        "number": one.number,
        "registered_at": one.registered_at,
        "fault": one.fault,
        "stayed_at": one.stayed_at,
        "resumed_at": one.resumed_at,
        "answer_from": one.answer_from,
    }
