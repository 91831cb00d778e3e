"""What a lot stands in: the lot before it, its suspension, who may match its price; as rows keep them."""

from collections.abc import Mapping

import sqlalchemy as sa

from ledger.kernel import instant
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen

from ..model import Halt, Holder, LotId, Previous, Right, Suspension


def previous_of(row: sa.Row[tuple[object, ...]]) -> Previous | None:
    """Read which lot a lot follows."""
    if row.previous is None:
        return None
    return Previous(
        lot=LotId(row.previous),
        ended_at=row.previous_ended_at,
        start_price_fen=Fen(row.previous_start_price_fen),
        attempt=row.attempt - 1,
    )


def suspension_of(row: sa.Row[tuple[object, ...]]) -> Suspension | None:
    """Read since when a lot is suspended, and why."""
    if row.suspended_at is None:
        return None
    return Suspension(at=row.suspended_at, reason=Halt(row.suspended_for), order=row.suspended_by)


def holder_of(written: Mapping[str, object]) -> Holder:
    """Read what `holder_json` wrote."""
    told = written["notified_at"]
    return Holder(
        organisation=OrganisationId(str(written["organisation"])),
        rank=int(str(written["rank"])),
        right=Right(str(written["right"])),
        notified_at=instant.parse(str(told)) if told else None,
    )


def holder_json(one: Holder) -> dict[str, object]:
    """Write who holds a right of pre-emption."""
    told = instant.render(one.notified_at) if one.notified_at else None
    return {"organisation": one.organisation, "rank": one.rank, "right": one.right.value, "notified_at": told}
