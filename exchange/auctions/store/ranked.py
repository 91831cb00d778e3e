"""What counts of a lot besides its leader, in formats that rank all its bidders: their bids, and their scores."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from ..model import Bid, BidderCode, BidId, BidState, Click, LotId, Sheet
from ..tables import bid, lot_sheet

_STOOD_BY = (  # the last bid accepted of each bidder
    sa.select(bid)
    .where(bid.c.lot.in_(sa.bindparam("ids", expanding=True)), bid.c.state == BidState.ACCEPTED)
    .ext(postgresql.distinct_on(bid.c.lot, bid.c.code))
    .order_by(bid.c.lot, bid.c.code, bid.c.number.desc())
)
_SHEETS = (
    sa.select(lot_sheet)
    .where(lot_sheet.c.lot.in_(sa.bindparam("ids", expanding=True)))
    .order_by(lot_sheet.c.lot, lot_sheet.c.code, lot_sheet.c.panellist)
)
_SCORE = sa.insert(lot_sheet)


def stood_by(unit: Unit, ids: Sequence[str]) -> Mapping[str, tuple[Bid, ...]]:
    """Return each bidder's last accepted bid, in the order of acceptance."""
    if not ids:
        return {}
    found: dict[str, list[Bid]] = {}
    for row in sorted(unit.connection.execute(_STOOD_BY, {"ids": list(ids)}), key=lambda one: one.number):
        found.setdefault(row.lot, []).append(bid_of(row))
    return {name: tuple(bids) for name, bids in found.items()}


def sheets_of(unit: Unit, ids: Sequence[str]) -> Mapping[str, tuple[Sheet, ...]]:
    """Return what panels gave, bidder by bidder."""
    if not ids:
        return {}
    found: dict[str, list[Sheet]] = {}
    for row in unit.connection.execute(_SHEETS, {"ids": list(ids)}):
        sheet = Sheet(code=BidderCode(row.code), panellist=row.panellist, scores=tuple(row.scores))
        found.setdefault(row.lot, []).append(sheet)
    return {name: tuple(sheets) for name, sheets in found.items()}


def score(unit: Unit, given: Sequence[tuple[LotId, Sheet]]) -> None:
    """Write what panellists gave bidders."""
    if given:
        rows = [
            {"lot": of, "code": one.code, "panellist": one.panellist, "scores": list(one.scores)} for of, one in given
        ]
        unit.write(_SCORE, rows)


def bid_of(row: sa.Row[tuple[object, ...]]) -> Bid:
    """Read a bid."""
    return Bid(
        id=BidId(row.id),
        organisation=OrganisationId(row.organisation),
        code=BidderCode(row.code),
        amount_fen=Fen(row.amount_fen),
        arrived_at=row.arrived_at,
        maximum_fen=row.maximum_fen,
        rank=row.rank,
        click=None if row.step is None else Click(seen=row.seen_step, step=row.step),
    )
