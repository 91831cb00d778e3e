"""Every statement on the tables of listings."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from .. import rules
from ..model import (
    Approval,
    Asset,
    AssetId,
    Document,
    Industry,
    Listing,
    ListingId,
    Mode,
    Price,
    PricingMethod,
    Region,
    State,
    Terms,
)
from ..tables import listing, listing_document
from .assets import Row, children, load_asset


class NoSuchListing(Refusal):
    """There is no such listing."""

    kind = Kind.NOT_FOUND
    zh = "没有该挂牌项目"


def load(unit: Unit, id: ListingId, *, lock: bool = False) -> tuple[Listing, Asset]:
    """Return a listing and its asset, the listing locked before the asset. Refuses `NoSuchListing`."""
    found = load_listings(unit, [id], lock=lock)
    if not found:
        raise NoSuchListing("there is no listing of this name that you may see")
    return found[0], load_asset(unit, found[0].asset, lock=lock)


def load_listings(unit: Unit, ids: Collection[ListingId], *, lock: bool = False) -> list[Listing]:
    """Return those of the listings that exist, in id order and locked in it when asked."""
    query = sa.select(listing).where(listing.c.id.in_(ids)).order_by(listing.c.id)
    rows = unit.connection.execute(query.with_for_update() if lock else query).all()
    papers = children(unit, listing_document, "listing", [row.id for row in rows])
    return [_listing(row, papers.get(row.id, ())) for row in rows]


def insert(unit: Unit, new: Listing) -> None:
    """Write a listing that is not there yet."""
    unit.connection.execute(sa.insert(listing).values(id=new.id, **_columns(new)))
    _insert_documents(unit, new)


def save(unit: Unit, changed: Listing, *, before: Listing) -> None:
    """Write a listing that was loaded, as `before`, with a lock."""
    unit.connection.execute(
        sa.update(listing).where(listing.c.id == changed.id).values(**_columns(changed), version=listing.c.version + 1)
    )
    if changed.terms.documents != before.terms.documents:
        unit.connection.execute(sa.delete(listing_document).where(listing_document.c.listing == changed.id))
        _insert_documents(unit, changed)


def reserved_of(unit: Unit, of: AssetId) -> tuple[ListingId, str] | None:
    """Return the one listing of an asset that is reserved, if any, locked, and the deal that holds it."""
    query = sa.select(listing.c.id, listing.c.deal).where(listing.c.asset == of, listing.c.state == State.RESERVED)
    row = unit.connection.execute(query.with_for_update()).one_or_none()
    return (ListingId(row.id), row.deal) if row else None


def kin(unit: Unit, of: ListingId) -> list[ListingId]:
    """Return every listing of the asset that `of` offers, in id order."""
    same = sa.select(listing.c.asset).where(listing.c.id == of).scalar_subquery()
    rows = unit.connection.execute(sa.select(listing.c.id).where(listing.c.asset == same).order_by(listing.c.id))
    return [ListingId(name) for name in rows.scalars()]


def due(unit: Unit, at: datetime, limit: int) -> list[ListingId]:
    """Return listings on which time acts at or before `at`, the longest due first; those being worked on are left."""
    return [ListingId(name) for name in unit.connection.execute(_DUE, {"at": at, "limit": limit}).scalars()]


def next_due(unit: Unit) -> datetime | None:
    """Return when time next acts on any listing."""
    soonest: datetime | None = unit.connection.execute(_NEXT_DUE).scalar_one()
    return soonest


_DUE = (
    sa.select(listing.c.id)
    .where(listing.c.due_at <= sa.bindparam("at"))
    .order_by(listing.c.due_at, listing.c.id)
    .limit(sa.bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_NEXT_DUE = sa.select(sa.func.min(listing.c.due_at))


def page(
    unit: Unit,
    *,
    seen_by: OrganisationId | None,
    state: State | None,
    industry: Industry | None,
    region: Region | None,
    owner: OrganisationId | None,
    after: str | None,
    limit: int,
) -> list[Listing]:
    """Return listings in id order, those after `after`: disclosed ones and `seen_by`'s own, or all when it is None.

    An industry finds everything below it: a section its divisions, a division its groups and classes.
    """
    query = sa.select(listing.c.id).order_by(listing.c.id).limit(limit)
    if seen_by is not None:
        query = query.where(sa.or_(listing.c.disclosed_at.is_not(None), listing.c.owner == seen_by))
    if industry is not None:
        below = listing.c.section == industry if industry.isalpha() else listing.c.industry.startswith(industry)
        query = query.where(below)
    if after is not None:
        query = query.where(listing.c.id > after)
    for column, wanted in ((listing.c.state, state), (listing.c.region, region), (listing.c.owner, owner)):
        if wanted is not None:
            query = query.where(column == wanted)
    return load_listings(unit, [ListingId(name) for name in unit.connection.execute(query).scalars()])


def version(unit: Unit, of: ListingId) -> int:
    """Return how often the listing has been written, for `ETag`."""
    written: int = unit.connection.execute(sa.select(listing.c.version).where(listing.c.id == of)).scalar_one()
    return written


def _insert_documents(unit: Unit, of: Listing) -> None:
    rows = [
        {
            "listing": of.id,
            "place": place,
            "sha256": one.sha256,
            "name": one.name,
            "media_type": one.media_type,
            "size_bytes": one.size_bytes,
        }
        for place, one in enumerate(of.terms.documents)
    ]
    if rows:
        unit.connection.execute(sa.insert(listing_document), rows)


def _listing(row: Row, papers: Sequence[Row]) -> Listing:
    return Listing(
        id=ListingId(row.id),
        asset=AssetId(row.asset),
        owner=OrganisationId(row.owner),
        approval_required=row.approval_required,
        terms=_terms(row, papers),
        state=State(row.state),
        previous=ListingId(row.previous) if row.previous else None,
        reasons=tuple(row.reasons),
        rule=row.rule,
        disclosed_at=row.disclosed_at,
        disclosure_ends_at=row.disclosure_ends_at,
        deal=row.deal,
    )


def _terms(row: Row, papers: Sequence[Row]) -> Terms:
    return Terms(
        title=row.title,
        abstract=row.abstract,
        mode=Mode(row.mode),
        industry=Industry(row.industry),
        region=Region(row.region),
        documents=tuple(
            Document(sha256=one.sha256, name=one.name, media_type=one.media_type, size_bytes=one.size_bytes)
            for one in papers
        ),
        approval=_approval(row),
        price=Price(
            asking_fen=Fen(row.asking_fen),
            floor_fen=Fen(row.floor_fen) if row.floor_fen is not None else None,
            method=PricingMethod(row.method),
        ),
        disclosure_days=row.disclosure_days,
    )


def _approval(row: Row) -> Approval | None:
    if row.approval_number is None:
        return None
    return Approval(
        number=row.approval_number, body=row.approval_body, decided_on=row.approval_on, sha256=row.approval_sha256
    )


def _columns(one: Listing) -> dict[str, object]:
    terms, approval = one.terms, one.terms.approval
    return {
        "asset": one.asset,
        "owner": one.owner,
        "approval_required": one.approval_required,
        "state": one.state,
        "previous": one.previous,
        "title": terms.title,
        "abstract": terms.abstract,
        "mode": terms.mode,
        "industry": terms.industry,
        "section": terms.industry.section,
        "region": terms.region,
        "asking_fen": terms.price.asking_fen,
        "floor_fen": terms.price.floor_fen,
        "method": terms.price.method,
        "disclosure_days": terms.disclosure_days,
        "approval_number": approval.number if approval else None,
        "approval_body": approval.body if approval else None,
        "approval_on": approval.decided_on if approval else None,
        "approval_sha256": approval.sha256 if approval else None,
        "reasons": list(one.reasons),
        "rule": one.rule,
        "disclosed_at": one.disclosed_at,
        "disclosure_ends_at": one.disclosure_ends_at,
        "due_at": rules.due_at(one),
        "deal": one.deal,
    }
