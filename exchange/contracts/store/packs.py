"""Every statement on the contracts wing's tables."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from exchange.auctions.model import LotId
from ledger.kernel.unit import Unit

from ..model import Claim, Occasion, Pack, PackId, PackState
from ..tables import pack


def insert(unit: Unit, new: Pack) -> bool:
    """Write a requested edition; False when the lot has one of that number."""
    written = unit.connection.execute(
        postgresql.insert(pack)
        .values(
            id=new.id,
            lot=new.lot,
            edition=new.edition,
            occasion=new.occasion,
            state=new.state,
            requested_at=new.requested_at,
        )
        .on_conflict_do_nothing(index_elements=["lot", "edition"])
    )
    return written.rowcount == 1


def renew(unit: Unit, lot: LotId, occasion: Occasion) -> bool:
    """Let the lot's requested edition be of `occasion` and in nobody's hands; False when it has none of that version.

    Waits for a worker that is just claiming or recording it, and looks again at what that left.
    """
    same = [one for one in Occasion if one.version == occasion.version]
    taken = unit.connection.execute(
        sa.update(pack)
        .where(pack.c.lot == lot, pack.c.state == PackState.REQUESTED, pack.c.occasion.in_(same))
        .values(occasion=occasion, claim=None, claimed_until=None)
    )
    return taken.rowcount > 0


def next_edition(unit: Unit, lot: LotId) -> int:
    """Return the number after the lot's last."""
    last: int | None = unit.connection.execute(
        sa.select(sa.func.max(pack.c.edition)).where(pack.c.lot == lot)
    ).scalar_one()
    return (last or 0) + 1


def find(unit: Unit, id: PackId) -> Pack | None:
    """Return a pack without its bytes."""
    return _one(unit, pack.c.id == id)


def editions(unit: Unit, lot: LotId) -> list[Pack]:
    """Return every edition of a lot's pack without its bytes, the newest first."""
    return _several(unit, pack.c.lot == lot)


def content(unit: Unit, id: PackId) -> bytes | None:
    """Return the bytes of a built pack."""
    return unit.connection.execute(sa.select(pack.c.content).where(pack.c.id == id)).scalar_one_or_none()


def due(unit: Unit, at: datetime, limit: int) -> list[PackId]:
    """Return requested packs that nobody holds at the real instant `at`, the longest requested first."""
    rows = unit.connection.execute(
        sa.select(pack.c.id).where(_free(at)).order_by(pack.c.requested_at, pack.c.id).limit(limit)
    )
    return [PackId(name) for name in rows.scalars()]


def claim(unit: Unit, id: PackId, token: Claim, *, at: datetime, until: datetime) -> bool:
    """Hold a pack from the real instant `at`; False when it is built, held by another, or not there."""
    held = unit.connection.execute(
        sa.update(pack)
        .where(pack.c.id == id, _free(at))
        .values(claim=token, claimed_until=until, attempts=pack.c.attempts + 1)
    )
    return held.rowcount == 1


def give_back(unit: Unit, id: PackId, token: Claim) -> bool:
    """Let go of a pack as if it had not been claimed; False when the claim is not ours any more."""
    freed = unit.connection.execute(
        sa.update(pack)
        .where(pack.c.id == id, pack.c.claim == token)
        .values(claim=None, claimed_until=None, attempts=pack.c.attempts - 1)
    )
    return freed.rowcount == 1


def save_built(
    unit: Unit, id: PackId, token: Claim, *, at: datetime, log_size: int, sha256: str, content: bytes
) -> bool:
    """Write the bytes of a pack held by `token`; False when the claim is not ours any more."""
    written = unit.connection.execute(
        sa.update(pack)
        .where(pack.c.id == id, pack.c.claim == token, pack.c.state == PackState.REQUESTED)
        .values(
            state=PackState.BUILT,
            claim=None,
            claimed_until=None,
            built_at=at,
            log_size=log_size,
            sha256=sha256,
            content=content,
        )
    )
    return written.rowcount == 1


def _free(at: datetime) -> sa.ColumnElement[bool]:
    held = sa.and_(pack.c.claimed_until.is_not(None), pack.c.claimed_until > at)
    return sa.and_(pack.c.state == PackState.REQUESTED, sa.not_(held))


def _one(unit: Unit, which: sa.ColumnElement[bool]) -> Pack | None:
    return next(iter(_several(unit, which)), None)


def _several(unit: Unit, which: sa.ColumnElement[bool]) -> list[Pack]:
    names = ("id", "lot", "edition", "occasion", "state", "requested_at", "built_at", "log_size", "sha256")
    rows = unit.connection.execute(
        sa.select(*(pack.c[name] for name in names), sa.func.octet_length(pack.c.content).label("size_bytes"))
        .where(which)
        .order_by(pack.c.edition.desc())
    )
    return [
        Pack(
            id=PackId(row.id),
            lot=row.lot,
            edition=row.edition,
            occasion=Occasion(row.occasion),
            state=PackState(row.state),
            requested_at=row.requested_at,
            built_at=row.built_at,
            log_size=row.log_size,
            sha256=row.sha256,
            size_bytes=row.size_bytes,
        )
        for row in rows
    ]
