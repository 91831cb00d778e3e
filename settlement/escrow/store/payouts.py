"""Every statement on what the bank is told to pay."""

from collections.abc import Sequence

import sqlalchemy as sa

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from settlement.books.model import TransferId

from ..model import OrderedPayout, Payee, Payout
from ..tables import payout

_RECORD = sa.insert(payout)
_PAGE = (
    sa.select(payout)
    .where(payout.c.place > sa.bindparam("after"))
    .order_by(payout.c.place)
    .limit(sa.bindparam("limit"))
)
_OF = sa.select(payout).where(payout.c.subject == sa.bindparam("of")).order_by(payout.c.place)


def record(unit: Unit, payouts: Sequence[Payout]) -> None:
    """Keep for good what the bank is told to pay: once for a transfer, in the unit that makes it."""
    if payouts:
        unit.write(_RECORD, [_columns(one) | {"ordered_at": unit.now()} for one in payouts])


def page(unit: Unit, *, after: int, limit: int) -> list[OrderedPayout]:
    """Return the next payouts of the bank's list, those behind the place `after`."""
    return [_ordered(row) for row in unit.connection.execute(_PAGE, {"after": after, "limit": limit})]


def of_subject(unit: Unit, subject: str) -> list[OrderedPayout]:
    """Return what one settlement, plan or other subject had paid out, in the order of the bank's list."""
    return [_ordered(row) for row in unit.connection.execute(_OF, {"of": subject})]


def _columns(one: Payout) -> dict[str, object]:
    return {
        "transfer": one.transfer,
        "subject": one.subject,
        "payee": one.payee,
        "organisation": one.organisation,
        "inventor": one.inventor,
        "amount_fen": one.amount_fen,
        "source": one.source,
        "account": one.account,
    }


def _ordered(row: sa.Row[tuple[object, ...]]) -> OrderedPayout:
    found = Payout(
        transfer=TransferId(row.transfer),
        subject=row.subject,
        payee=Payee(row.payee),
        amount_fen=Fen(row.amount_fen),
        organisation=OrganisationId(row.organisation) if row.organisation else None,
        inventor=row.inventor,
        source=row.source,
        account=row.account,
    )
    return OrderedPayout(place=row.place, ordered_at=row.ordered_at, payout=found)
