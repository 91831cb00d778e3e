"""Every statement on the versions of the bidding rules.

The numbers of a version never change, so a lot's are kept in memory once read, engine by engine: one engine is one
database. How a version stands is read anew each time.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from psycopg.errors import UniqueViolation

from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.unit import Unit

from .. import rules
from ..model import Act, Profile, ProfileId, Version, VersionState
from ..tables import auction_profile

_KNOWN: Final[WeakKeyDictionary[sa.Engine, dict[str, Profile]]] = WeakKeyDictionary()
_OF_REFS = sa.select(auction_profile.c.ref, auction_profile.c.numbers).where(
    auction_profile.c.ref.in_(sa.bindparam("refs", expanding=True))
)
_BY_REF = sa.select(auction_profile).where(auction_profile.c.ref == sa.bindparam("cited"))


def profiles_of(unit: Unit, refs: Iterable[str]) -> Mapping[str, Profile]:
    """Return the numbers that lots cite, which cite none but versions that were in force once."""
    cited = set(refs)
    if cited <= rules.PROFILES.keys():
        return rules.PROFILES
    known = _KNOWN.setdefault(unit.connection.engine, {})
    if unread := cited - known.keys() - rules.PROFILES.keys():
        rows = unit.connection.execute(_OF_REFS, {"refs": sorted(unread)})
        known.update({row.ref: Profile.from_json(row.numbers) for row in rows})
    return {**known, **rules.PROFILES}


def find_version(unit: Unit, ref: str, *, lock: bool = False) -> Version | None:
    """Return a version that was proposed once, locked when asked."""
    row = unit.connection.execute(_BY_REF.with_for_update() if lock else _BY_REF, {"cited": ref}).one_or_none()
    return None if row is None else _version(row)


def hold_version(unit: Unit, ref: str) -> VersionState | None:
    """Return how a version stands, and keep it so until the unit ends; others may hold it at the same time."""
    query = sa.select(auction_profile.c.state).where(auction_profile.c.ref == ref).with_for_update(read=True)
    state = unit.connection.execute(query).scalar_one_or_none()
    return None if state is None else VersionState(state)


def active_refs(unit: Unit) -> list[str]:
    """Return what cites the versions that are active, in order."""
    query = sa.select(auction_profile.c.ref).where(auction_profile.c.state == VersionState.ACTIVE)
    return list(unit.connection.execute(query.order_by(auction_profile.c.ref)).scalars())


def insert_version(unit: Unit, new: Version) -> None:
    """Write a version that was never proposed. Refuses `VersionTaken` where somebody just did."""
    row = {"id": new.id, "ref": new.profile.ref, "numbers": new.profile.to_json()} | _columns(new)
    try:
        with unit.savepoint():
            unit.connection.execute(sa.insert(auction_profile).values(row))
    except sa.exc.IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            raise rules.VersionTaken("propose another version number") from error
        raise


def save_version(unit: Unit, changed: Version) -> None:
    """Write how a version stands that was loaded with a lock; its numbers stay as they are."""
    query = sa.update(auction_profile).where(auction_profile.c.id == changed.id)
    unit.connection.execute(query.values(_columns(changed)))


def page_versions(
    unit: Unit, *, states: Collection[VersionState], after: ProfileId | None, limit: int
) -> list[Version]:
    """Return versions in one of `states` by their names, those after `after`."""
    query = sa.select(auction_profile).where(auction_profile.c.state.in_(states))
    if after is not None:
        query = query.where(auction_profile.c.id > after)
    return [_version(row) for row in unit.connection.execute(query.order_by(auction_profile.c.id).limit(limit))]


def _version(row: sa.Row[tuple[object, ...]]) -> Version:
    return Version(
        id=ProfileId(row.id),
        profile=Profile.from_json(row.numbers),
        state=VersionState(row.state),
        proposed=_act(row, "proposed"),
        activated=_act(row, "activated"),
        ended=_act(row, "ended"),
    )


def _act(row: sa.Row[tuple[object, ...]], name: str) -> Act | None:
    by, person, at = (getattr(row, f"{name}_{part}") for part in ("by", "person", "at"))
    return None if at is None else Act(organisation=OrganisationId(by), person=PersonId(person), at=at)


def _columns(one: Version) -> dict[str, object]:
    columns: dict[str, object] = {"state": one.state}
    for name, act in (("proposed", one.proposed), ("activated", one.activated), ("ended", one.ended)):
        columns[f"{name}_by"] = act.organisation if act else None
        columns[f"{name}_person"] = act.person if act else None
        columns[f"{name}_at"] = act.at if act else None
    return columns
