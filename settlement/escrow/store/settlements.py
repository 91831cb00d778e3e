"""Every statement on the tables of a settlement."""

from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from settlement.books.model import TransferId

from .. import rules
from ..model import Deposit, DepositState, FreezeId, Settlement, SettlementId, State
from ..tables import payment, payout, settlement, settlement_deposit

_BEGIN = postgresql.insert(settlement).on_conflict_do_nothing(index_elements=["deal"]).returning(settlement.c.id)
_SAVE = (
    sa.update(settlement)
    .where(settlement.c.id == sa.bindparam("this"))
    .values({one.name: sa.bindparam(one.name) for one in settlement.c if one.name != "id"})
)
_DEPOSITS = (
    sa.select(settlement_deposit)
    .where(settlement_deposit.c.settlement == sa.bindparam("of"))
    .order_by(settlement_deposit.c.place)
)
_DEPOSIT = sa.insert(settlement_deposit)
_TURN = (
    sa.update(settlement_deposit)
    .where(
        settlement_deposit.c.settlement == sa.bindparam("of"),
        settlement_deposit.c.code == sa.any_(sa.bindparam("codes", type_=postgresql.ARRAY(sa.Text))),
    )
    .values(state=sa.bindparam("into"))
)
_COME = (
    sa.update(settlement_deposit)
    .where(settlement_deposit.c.settlement == sa.bindparam("of"), settlement_deposit.c.code == sa.bindparam("this"))
    .values(state=DepositState.HELD, reference=sa.bindparam("by_reference"))
)
_OPEN_ENDED = (
    sa.select(settlement)
    .where(
        sa.or_(
            sa.and_(settlement.c.effective_at.is_not(None), settlement.c.pay_by.is_(None)),
            sa.and_(settlement.c.paid_at.is_not(None), settlement.c.settle_by.is_(None)),
        )
    )
    .order_by(settlement.c.id)
    .with_for_update()
)
_THAWED = sa.func.cardinality(settlement.c.frozen) == 0  # time waits for what is frozen
_SETTLES = sa.func.greatest(settlement.c.settle_by, settlement.c.quiet_until)
_DUE = (
    sa.select(settlement.c.id)
    .where(
        settlement.c.state == State.PAID,
        settlement.c.settle_by <= sa.bindparam("at"),
        sa.bindparam("at") >= _SETTLES,
        _THAWED,
    )
    .order_by(settlement.c.settle_by, settlement.c.id)
    .limit(sa.bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_NEXT_DUE = sa.select(sa.func.min(_SETTLES)).where(
    settlement.c.state == State.PAID, settlement.c.settle_by.is_not(None), _THAWED
)
_PAYMENT = postgresql.insert(payment).on_conflict_do_nothing().returning(payment.c.reference)
_STILL = sa.select(settlement.c.id).where(settlement.c.id == sa.bindparam("this")).with_for_update(read=True)
_RECORDED_FOR = sa.select(payment.c.subject).where(payment.c.reference == sa.bindparam("reference"))
_REFERENCE = sa.select(payment.c.reference).where(
    payment.c.subject == sa.bindparam("of"), payment.c.code == sa.bindparam("this")
)


def load(unit: Unit, id: SettlementId, *, lock: bool = False) -> Settlement:
    """Return the settlement. Refuses `NoSuchSettlement`."""
    found = _find(unit, settlement.c.id == id, lock=lock)
    if found is None:
        raise rules.NoSuchSettlement("there is no settlement of this name that you may see")
    return found


def still(unit: Unit, id: SettlementId) -> Settlement:
    """Return the settlement, kept from changing until the unit ends; readers do not wait for each other.

    Refuses `NoSuchSettlement`.
    """
    unit.connection.execute(_STILL, {"this": id})
    return load(unit, id)


def of_deal(unit: Unit, deal: str, *, lock: bool = False) -> Settlement | None:
    """Return the settlement of a deal, None before its first deposit."""
    return _find(unit, settlement.c.deal == deal, lock=lock)


def begin(unit: Unit, new: Settlement) -> bool:
    """Write a settlement and its deposits, unless its deal has one; say whether it was written.

    A rival that is writing one is waited for.
    """
    if unit.connection.execute(_BEGIN, {"id": new.id} | _columns(new)).one_or_none() is None:
        return False
    unit.write(_DEPOSIT, [_deposit_columns(new.id, one) for one in new.deposits])
    return True


def save(unit: Unit, before: Settlement, after: Settlement) -> None:
    """Write a settlement that was loaded with a lock, and those of its deposits that are new or have turned."""
    unit.write(_SAVE, {"this": after.id} | _columns(after))
    known = {one.code: one for one in before.deposits}
    fresh = [_deposit_columns(after.id, one) for one in after.deposits if one.code not in known]
    if fresh:
        unit.write(_DEPOSIT, fresh)
    turned: dict[DepositState, list[str]] = defaultdict(list)
    for one in after.deposits:
        if one.code not in known or one.state is known[one.code].state:
            continue
        if one.state is DepositState.HELD:  # it was asked for, and has come
            unit.write(_COME, {"of": after.id, "this": one.code, "by_reference": one.reference})
        else:
            turned[one.state].append(one.code)
    for into, codes in turned.items():
        unit.write(_TURN, {"of": after.id, "codes": codes, "into": into})


def record_payment(unit: Unit, of: str, *, code: str | None, amount_fen: Fen, reference: str) -> None:
    """Keep a bank reference for good. Refuses `PaymentRecorded`; a rival that records the same is waited for."""
    row = {
        "reference": reference,
        "subject": of,
        "code": code,
        "amount_fen": amount_fen,
        "recorded_at": unit.now(),
    }
    if unit.connection.execute(_PAYMENT, row).one_or_none() is None:
        subject = unit.connection.execute(_RECORDED_FOR, {"reference": reference}).scalar_one()
        raise rules.PaymentRecorded("a payment is recorded once: see what it was recorded for", recorded_for=subject)


def reference_of(unit: Unit, of: str, code: str) -> str | None:
    """Return the bank reference of the one payment recorded for a subject under a code; None where there is none."""
    found: str | None = unit.connection.execute(_REFERENCE, {"of": of, "this": code}).scalar_one_or_none()
    return found


def concerning(unit: Unit, organisation: OrganisationId, *, since: str, behind: bool, limit: int) -> list[Settlement]:
    """Return the settlements that an organisation sells, buys, pays a deposit in or is paid out of, in name order.

    Those from a name on, or those `behind` it.
    """
    pays = sa.exists().where(
        settlement_deposit.c.settlement == settlement.c.id, settlement_deposit.c.payer == organisation
    )
    paid = sa.exists().where(payout.c.subject == settlement.c.id, payout.c.organisation == organisation)
    concerns = sa.or_(settlement.c.seller == organisation, settlement.c.buyer == organisation, pays, paid)
    here = settlement.c.id > since if behind else settlement.c.id >= since
    query = sa.select(settlement).where(here, concerns).order_by(settlement.c.id).limit(limit)
    rows = unit.connection.execute(query).all()
    deposits: dict[str, list[Deposit]] = defaultdict(list)
    of = settlement_deposit.c.settlement.in_([row.id for row in rows])
    for one in unit.connection.execute(sa.select(settlement_deposit).where(of).order_by(settlement_deposit.c.place)):
        deposits[one.settlement].append(_deposit(one))
    return [_settlement(row, tuple(deposits[row.id])) for row in rows]


def paid_total(unit: Unit, seller: OrganisationId, *, since: datetime, until: datetime) -> Fen:
    """Return the sum of the prices paid to a seller in `since <= paid_at < until`."""
    query = sa.select(sa.func.coalesce(sa.func.sum(settlement.c.price_fen), 0)).where(
        settlement.c.seller == seller, settlement.c.paid_at >= since, settlement.c.paid_at < until
    )
    return Fen(int(unit.connection.execute(query).scalar_one()))


def due(unit: Unit, at: datetime, limit: int) -> list[SettlementId]:
    """Return settlements that time settles at or before `at`, locked; those being worked on are left out."""
    rows = unit.connection.execute(_DUE, {"at": at, "limit": limit})
    return [SettlementId(name) for name in rows.scalars()]


def open_ended(unit: Unit) -> list[Settlement]:
    """Return settlements whose time to pay, or to settle, was left open, over or not; locked, in id order."""
    rows = unit.connection.execute(_OPEN_ENDED).all()
    return [
        _settlement(row, tuple(_deposit(one) for one in unit.connection.execute(_DEPOSITS, {"of": row.id})))
        for row in rows
    ]


def next_due(unit: Unit) -> datetime | None:
    """Return when time next settles anything."""
    soonest: datetime | None = unit.connection.execute(_NEXT_DUE).scalar_one()
    return soonest


def _find(unit: Unit, where: sa.ColumnElement[bool], *, lock: bool) -> Settlement | None:
    query = sa.select(settlement).where(where)
    row = unit.connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    # A second statement, no join: after waiting for a lock only it sees what the rival has left.
    deposits = tuple(_deposit(one) for one in unit.connection.execute(_DEPOSITS, {"of": row.id}))
    return _settlement(row, deposits)


def _settlement(row: sa.Row[tuple[object, ...]], deposits: tuple[Deposit, ...]) -> Settlement:
    return Settlement(
        id=SettlementId(row.id),
        deal=row.deal,
        seller=OrganisationId(row.seller),
        terms=rules.TERMS[row.terms],
        state=State(row.state),
        deposits=deposits,
        buyer=OrganisationId(row.buyer) if row.buyer else None,
        code=row.code,
        price_fen=row.price_fen,
        reward_min_bp=row.reward_min_bp,
        contract=row.contract,
        effective_at=row.effective_at,
        pay_by=row.pay_by,
        paid_at=row.paid_at,
        settle_by=row.settle_by,
        fee_fen=row.fee_fen,
        costs_fen=row.costs_fen,
        reward_bp=row.reward_bp,
        reward_fen=row.reward_fen,
        seller_fen=row.seller_fen,
        frozen=tuple(FreezeId(one) for one in row.frozen),
        commission_fen=row.commission_fen,
        owners_fen=row.owners_fen,
        withheld_fen=row.withheld_fen,
        thawed_at=row.thawed_at,
    )


def _columns(one: Settlement) -> dict[str, object]:
    return {
        "deal": one.deal,
        "seller": one.seller,
        "terms": one.terms.ref,
        "state": one.state,
        "buyer": one.buyer,
        "code": one.code,
        "price_fen": one.price_fen,
        "reward_min_bp": one.reward_min_bp,
        "contract": one.contract,
        "effective_at": one.effective_at,
        "pay_by": one.pay_by,
        "paid_at": one.paid_at,
        "settle_by": one.settle_by,
        "fee_fen": one.fee_fen,
        "costs_fen": one.costs_fen,
        "reward_bp": one.reward_bp,
        "reward_fen": one.reward_fen,
        "seller_fen": one.seller_fen,
        "frozen": list(one.frozen),
        "commission_fen": one.commission_fen,
        "owners_fen": one.owners_fen,
        "withheld_fen": one.withheld_fen,
        "thawed_at": one.thawed_at,
        "quiet_until": one.quiet_until,
    }


def _deposit(row: sa.Row[tuple[object, ...]]) -> Deposit:
    return Deposit(
        code=row.code,
        payer=OrganisationId(row.payer),
        amount_fen=Fen(row.amount_fen),
        hold=TransferId(row.hold),
        state=DepositState(row.state),
        reference=row.reference,
        account=row.account,
    )


def _deposit_columns(of: SettlementId, one: Deposit) -> dict[str, object]:
    return {
        "settlement": of,
        "code": one.code,
        "payer": one.payer,
        "amount_fen": one.amount_fen,
        "hold": one.hold,
        "state": one.state,
        "reference": one.reference,
        "account": one.account,
    }
