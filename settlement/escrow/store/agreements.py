"""What the tables of plans and of royalties have alike: of either, one stands for a settlement at most.

It stands until it is withdrawn or lapses. Whose its payments are, and what has been divided, is kept in one way.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from .. import rules
from ..model import Broker, Owner, Plan, PlanId, Royalty, RoyaltyId, SettlementId, Share, Sharing, Sums

Row: TypeAlias = sa.Row[tuple[object, ...]]

_STANDS: Final = "state NOT IN ('withdrawn', 'lapsed')"  # as the unique index of either table says


class Agreements:
    """The statements on one of the two tables; what becomes of the row is its noun's store's to say."""

    def __init__(self, table: sa.Table) -> None:
        self._table = table
        self._begin = (
            postgresql.insert(table)
            .on_conflict_do_nothing(index_elements=["settlement"], index_where=sa.text(_STANDS))
            .returning(table.c.id)
        )
        self._save = (
            sa.update(table)
            .where(table.c.id == sa.bindparam("this"))
            .values({one.name: sa.bindparam(one.name) for one in table.c if one.name != "id"})
        )

    def named(self, unit: Unit, id: PlanId | RoyaltyId, *, lock: bool) -> Row | None:
        """Return the row of a name."""
        return self._found(unit, sa.select(self._table).where(self._table.c.id == id), lock=lock)

    def settlement_of(self, unit: Unit, id: PlanId | RoyaltyId) -> SettlementId | None:
        """Return whose it is, which never changes; None where there is no such name."""
        query = sa.select(self._table.c.settlement).where(self._table.c.id == id)
        found = unit.connection.execute(query).scalar_one_or_none()
        return None if found is None else SettlementId(found)

    def standing(self, unit: Unit, settlement: SettlementId, *, lock: bool) -> Row | None:
        """Return the row that stands for a settlement."""
        of_it = self._table.c.settlement == settlement
        return self._found(unit, sa.select(self._table).where(of_it, sa.text(_STANDS)), lock=lock)

    def concerning(
        self, unit: Unit, organisation: OrganisationId, *, since: str, behind: bool, limit: int
    ) -> Sequence[Row]:
        """Return the rows that an organisation sells, buys, holds a part of or has brought about, in name order.

        Those from a name on, or those `behind` it.
        """
        columns = self._table.c
        concerns = sa.or_(
            columns.seller == organisation,
            columns.buyer == organisation,
            columns.sharing.contains({"owners": [{"organisation": organisation}]}),
            columns.sharing.contains({"broker": {"organisation": organisation}}),
        )
        here = columns.id > since if behind else columns.id >= since
        query = sa.select(self._table).where(here, concerns).order_by(columns.id).limit(limit)
        return unit.connection.execute(query).all()

    def begin(self, unit: Unit, new: Plan | Royalty, own: dict[str, object]) -> bool:
        """Write a new row, and return whether none stood in its way; a rival that writes one is waited for."""
        row = {"id": new.id} | _columns(new) | own
        return unit.connection.execute(self._begin, row).one_or_none() is not None

    def save(self, unit: Unit, after: Plan | Royalty, own: dict[str, object]) -> None:
        """Write a row that was loaded with a lock."""
        unit.write(self._save, {"this": after.id} | _columns(after) | own)

    @staticmethod
    def _found(unit: Unit, query: sa.Select[Any], *, lock: bool) -> Row | None:  # Any: a whole row
        return unit.connection.execute(query.with_for_update() if lock else query).one_or_none()


def sharing_of(row: Row) -> Sharing:
    """Return whose the payments are."""
    kept: Mapping[str, Any] = row.sharing  # Any: as `rules.shared` wrote it
    broker = kept["broker"]
    return Sharing(
        owners=tuple(
            Owner(organisation=OrganisationId(one["organisation"]), share_bp=one["share_bp"]) for one in kept["owners"]
        ),
        broker=Broker(organisation=OrganisationId(broker["organisation"]), commission_bp=broker["commission_bp"])
        if broker
        else None,
        reward_bp=kept["reward_bp"],
        inventors=tuple(Share(**cast("dict[str, Any]", one)) for one in kept["inventors"]),
    )


def sums_of(row: Row) -> Sums:
    """Return what has been divided so far."""
    return Sums(
        amount_fen=Fen(row.divided_fen),
        fee_fen=Fen(row.fee_fen),
        costs_fen=Fen(row.costs_fen),
        commission_fen=Fen(row.commission_fen),
        reward_fen=Fen(row.reward_fen),
    )


def _columns(one: Plan | Royalty) -> dict[str, object]:
    return {
        "settlement": one.settlement,
        "deal": one.deal,
        "seller": one.seller,
        "buyer": one.buyer,
        "reward_min_bp": one.reward_min_bp,
        "settled_under": one.settled_under.ref,
        "practice": one.practice,
        "state": one.state,
        "sharing": rules.shared(one.sharing),
        "acts_at": one.acts_at,
        "divided_fen": one.sums.amount_fen,
        "fee_fen": one.sums.fee_fen,
        "costs_fen": one.sums.costs_fen,
        "commission_fen": one.sums.commission_fen,
        "reward_fen": one.sums.reward_fen,
    }
