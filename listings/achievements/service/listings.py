"""One function per command of a listing, what deals and time do to it, and what readers may see."""

from dataclasses import dataclass
from datetime import datetime

from ledger.kernel import calendar
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import NotAnAmount
from ledger.kernel.unit import Unit
from ledger.log import service as log

from .. import rules, store
from ..model import (
    Accept,
    Asset,
    AssetId,
    Award,
    Command,
    Decision,
    DraftListing,
    FloorAboveAsking,
    Industry,
    Listing,
    ListingId,
    NotAnIndustry,
    Publish,
    Region,
    Release,
    Reserve,
    Return,
    Revise,
    State,
    Submit,
    Terms,
    Tick,
    UnusableField,
    Withdraw,
)
from .assets import is_internal

NEEDS_APPROVAL = "university"
"""The role of state-established universities and institutes: their leaders must show the internal decision to sell."""
SEEING_REFUSALS = (store.NoSuchListing,)
TERMS_REFUSALS = (NotAnAmount, NotAnIndustry, UnusableField, FloorAboveAsking)
DRAFT_REFUSALS = (*TERMS_REFUSALS, store.NoSuchAsset, store.NoSuchListing, rules.NotAHolder, rules.NotItsPrevious)
SUBMIT_REFUSALS = (*SEEING_REFUSALS, rules.NotTheOwner, rules.WrongState, *rules.READINESS_REFUSALS)
PUBLISH_REFUSALS = (*SUBMIT_REFUSALS, calendar.YearNotLoaded)
REVISE_REFUSALS = (
    *TERMS_REFUSALS,
    *PUBLISH_REFUSALS,
    rules.DisclosureOver,
    rules.OfferChanged,
    rules.NothingChanged,
)
REVIEW_REFUSALS = (*SEEING_REFUSALS, rules.NotAReviewer, rules.OwnListing, rules.WrongState)
RETURN_REFUSALS = (UnusableField, *REVIEW_REFUSALS)
WITHDRAW_REFUSALS = (UnusableField, *SEEING_REFUSALS, rules.NotTheOwner, rules.WrongState)
"""What each command may be refused for; for the doors to document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingView:
    """A listing as somebody sees it; only the `privy` may read its floor price, its reasons and its papers' names."""

    listing: Listing
    privy: bool
    version: int


def draft(
    unit: Unit,
    cause: Cause,
    *,
    asset: AssetId,
    approval_required: bool,
    terms: Terms,
    previous: ListingId | None = None,
) -> Listing:
    """Begin a listing of an asset, or take up `previous` again. Nothing goes on the record.

    `approval_required` is a fact about the asking organisation that the caller establishes; see `NEEDS_APPROVAL`.
    """
    command = DraftListing(
        id=unit.fresh(ListingId),
        asset=asset,
        approval_required=approval_required,
        terms=terms,
        previous=previous,
    )
    earlier = _seen(unit, cause, previous)[0] if previous else None
    decision = rules.draft(command, cause, asset=store.load_asset(unit, asset), previous=earlier)
    store.insert(unit, decision.listing)
    log.record(unit, cause, *decision.events)
    return decision.listing


def revise(unit: Unit, cause: Cause, id: ListingId, terms: Terms) -> Listing:
    """Replace the terms; while the listing is disclosed this starts its period anew."""
    return _act(unit, cause, id, Revise(terms=terms))


def submit(unit: Unit, cause: Cause, id: ListingId) -> Listing:
    """Hand a listing in for review."""
    return _act(unit, cause, id, Submit())


def accept(unit: Unit, cause: Cause, id: ListingId) -> Listing:
    """Find a listing fit to be published."""
    return _act(unit, cause, id, Accept())


def return_(unit: Unit, cause: Cause, id: ListingId, reasons: tuple[str, ...]) -> Listing:
    """Send a listing back to its owner with reasons."""
    return _act(unit, cause, id, Return(reasons=reasons))


def publish(unit: Unit, cause: Cause, id: ListingId) -> Listing:
    """Disclose a listing; its working days begin to count."""
    return _act(unit, cause, id, Publish())


def withdraw(unit: Unit, cause: Cause, id: ListingId, reason: str) -> Listing:
    """Take a listing back before any deal holds it."""
    return _act(unit, cause, id, Withdraw(reason=reason))


def tick(unit: Unit, cause: Cause, id: ListingId) -> Listing:
    """Let time act on a listing: it opens when its disclosure is over. Refuses `NotDue`."""
    return _decide(unit, cause, *store.load(unit, id, lock=True), Tick())


def require_offerable(unit: Unit, listing: ListingId, cause: Cause) -> frozenset[OrganisationId]:
    """Return who holds the asset of an open listing of the asking organisation.

    Refuses `NoSuchListing`, `NotTheOwner`, `WrongState`. That nothing else holds the asset is checked by `reserve`.
    """
    found, asset = _seen(unit, cause, listing)
    if found.owner != cause.actor.organisation:
        raise rules.NotTheOwner("this listing belongs to another organisation")
    if found.state is not State.OPEN:
        raise rules.WrongState(f"cannot offer a listing that is {found.state}", state=found.state)
    return frozenset(holder.organisation for holder in asset.holders)


def offered(unit: Unit, listing: ListingId) -> tuple[Listing, Asset]:
    """Return a listing and its asset, for the flows of its deal; who may know is the caller's to establish."""
    return store.load(unit, listing)


def hold_still(unit: Unit, listing: ListingId) -> Listing:
    """Lock a listing, then its asset: no lot is promised either, or gives it back, until the unit ends.

    Who may know is the caller's to establish. Refuses `NoSuchListing`.
    """
    return store.load(unit, listing, lock=True)[0]


def kin(unit: Unit, listing: ListingId) -> list[ListingId]:
    """Return every listing of the asset that `listing` offers, itself among them."""
    return store.kin(unit, listing)


def reserve(unit: Unit, cause: Cause, listing: ListingId, *, lot: str) -> None:
    """Hold a listing and its asset for a lot; of two lots that ask, one is refused."""
    _decide(unit, cause, *store.load(unit, listing, lock=True), Reserve(deal=lot))


def release(unit: Unit, cause: Cause, listing: ListingId, *, lot: str) -> None:
    """Put a listing back on offer: the lot that held it came to nothing."""
    _decide(unit, cause, *store.load(unit, listing, lock=True), Release(deal=lot))


def award(unit: Unit, cause: Cause, listing: ListingId, *, lot: str) -> bool:
    """Record that the lot that holds a listing has sold it; say whether it could be.

    A burden imposed while the lot ran stands in the way of the deal, not of the lot's result: the listing then stays
    reserved for the lot, to be awarded when the burden is released: see `reserved_of`.
    """
    try:
        _decide(unit, cause, *store.load(unit, listing, lock=True), Award(deal=lot))
    except rules.AssetEncumbered:
        return False
    return True


def reserved_of(unit: Unit, asset: AssetId) -> tuple[ListingId, str] | None:
    """Return the listing of an asset that a lot holds, locked, and the lot: what to `award` once a burden is gone.

    Whether that lot has sold it is the caller's to find out, after this and not before.
    """
    return store.reserved_of(unit, asset)


def due(unit: Unit, at: datetime, limit: int = 100) -> list[ListingId]:
    """Return listings on which time acts at or before `at`, locked; those another ticker holds are left out."""
    return store.due(unit, at, limit)


def next_due(unit: Unit) -> datetime | None:
    """Return when time next acts on any listing."""
    return store.next_due(unit)


def find(unit: Unit, cause: Cause, id: ListingId) -> ListingView:
    """Return a listing. Refuses `NoSuchListing`."""
    listing, _ = _seen(unit, cause, id)
    return ListingView(listing=listing, privy=_is_privy(cause.actor, listing), version=store.version(unit, id))


def page(
    unit: Unit,
    cause: Cause,
    *,
    after: ListingId | None,
    limit: int,
    state: State | None = None,
    industry: Industry | None = None,
    region: Region | None = None,
    owner: OrganisationId | None = None,
) -> list[ListingView]:
    """Return the listings that the asking organisation may see, in id order; an industry finds all below it."""
    found = store.page(
        unit,
        seen_by=None if is_internal(cause.actor) else cause.actor.organisation,
        state=state,
        industry=industry,
        region=region,
        owner=owner,
        after=after,
        limit=limit,
    )
    return [ListingView(listing=one, privy=_is_privy(cause.actor, one), version=0) for one in found]


def _act(unit: Unit, cause: Cause, id: ListingId, command: Command) -> Listing:
    return _decide(unit, cause, *_seen(unit, cause, id, lock=True), command)


def _decide(unit: Unit, cause: Cause, listing: Listing, asset: Asset, command: Command) -> Listing:
    decision: Decision = rules.decide(listing, command, cause, asset=asset)
    store.save(unit, decision.listing, before=listing)
    if decision.asset != asset:
        store.save_asset(unit, decision.asset)
    log.record(unit, cause, *decision.events)
    return decision.listing


def _seen(unit: Unit, cause: Cause, id: ListingId, *, lock: bool = False) -> tuple[Listing, Asset]:
    listing, asset = store.load(unit, id, lock=lock)
    if listing.disclosed_at is None and not _is_privy(cause.actor, listing):
        raise store.NoSuchListing("there is no listing of this name that you may see")
    return listing, asset


def _is_privy(actor: Actor, listing: Listing) -> bool:
    return listing.owner == actor.organisation or is_internal(actor)
