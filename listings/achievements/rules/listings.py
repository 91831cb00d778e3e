"""The verbs of a listing: pure functions from (listing, command, cause, asset) to a decision.

Everything that can change a listing's state is in `TRANSITIONS`; nothing else may. `Reserve`, `Release` and `Award`
are sent by the flow of a deal, which has checked whose listing it is; here they only have to name the same deal. The
asset is handed in as it is now and handed back, so that two listings of one asset cannot both be sold.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ledger.kernel import calendar, instant
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.log.model import Event

from ..model import (
    LISTING_ACCEPTED,
    LISTING_AWARDED,
    LISTING_OPENED,
    LISTING_RELEASED,
    LISTING_RESERVED,
    LISTING_RETURNED,
    LISTING_WITHDRAWN,
    REVIEW,
    Accept,
    Asset,
    Award,
    Command,
    Decision,
    DraftListing,
    Listing,
    Mode,
    Publish,
    Release,
    Reserve,
    Return,
    Revise,
    State,
    Submit,
    Terms,
    Tick,
    Withdraw,
)
from .assets import AssetEngaged, NotAHolder
from .readiness import READINESS_REFUSALS, require_ready, require_unburdened
from .record import disclosed, revised, submitted
from .transitions import TRANSITIONS, verb

_KEEPS_THE_ASSET = frozenset(Mode) - {Mode.ORDINARY_LICENCE}
"""The ways to a deal that leave nothing to offer again until the rights have moved."""


class NotTheOwner(Refusal):
    """Only the owner of the listing may do this."""

    kind = Kind.FORBIDDEN
    zh = "仅挂牌方可以操作"


class NotAReviewer(Refusal):
    """Only a reviewing officer may do this."""

    kind = Kind.FORBIDDEN
    zh = "仅审核人员可以操作"


class OwnListing(Refusal):
    """An officer does not review what its own organisation owns."""

    kind = Kind.FORBIDDEN
    zh = "审核人员不得审核本单位的项目"


class WrongState(Refusal):
    """The listing is not in a state that allows this."""

    kind = Kind.CONFLICT
    zh = "挂牌项目当前状态不允许该操作"


class NotDue(Refusal):
    """The disclosure is still running."""

    kind = Kind.CONFLICT
    zh = "信息披露期尚未届满"


class DisclosureOver(Refusal):
    """The disclosure has ended."""

    kind = Kind.CONFLICT
    zh = "信息披露期已届满"


class HeldByAnother(Refusal):
    """Another deal holds the listing."""

    kind = Kind.CONFLICT
    zh = "该项目由另一交易占用"


class OfferChanged(Refusal):
    """What was accepted cannot be rewritten.

    While a listing is disclosed its price, papers and period may change; for another offer, withdraw it and list again.
    """

    kind = Kind.CONFLICT
    zh = "已受理的项目内容不得改写"


class NothingChanged(Refusal):
    """The terms are the same as before."""

    kind = Kind.CONFLICT
    zh = "条款没有变化"


class NotItsPrevious(Refusal):
    """The previous listing is not a withdrawn one of the same owner and asset."""

    kind = Kind.CONFLICT
    zh = "所引用的前次挂牌不符"


REFUSALS = (
    NotTheOwner,
    NotAReviewer,
    OwnListing,
    WrongState,
    NotDue,
    DisclosureOver,
    HeldByAnother,
    OfferChanged,
    NothingChanged,
    *READINESS_REFUSALS,
    AssetEngaged,
    NotItsPrevious,
)
"""In the order they are checked; `calendar.YearNotLoaded` comes last."""


def draft(command: DraftListing, cause: Cause, *, asset: Asset, previous: Listing | None = None) -> Decision:
    """Begin a listing; `previous` is the listing the command names, as it is now. A draft leaves nothing on the record.

    Refuses `NotAHolder`, `NotItsPrevious`.
    """
    invariant(asset.id == command.asset, "the asset handed in is the one named")
    invariant((previous.id if previous else None) == command.previous, "the previous listing is the one named")
    owner = cause.actor.organisation
    if not asset.is_held_by(owner):
        raise NotAHolder("a listing is begun by a holder of its asset")
    if previous and (previous.owner, previous.asset, previous.state) != (owner, asset.id, State.WITHDRAWN):
        raise NotItsPrevious("name a withdrawn listing of the same asset and owner")
    listing = Listing(
        id=command.id,
        asset=asset.id,
        owner=owner,
        approval_required=command.approval_required,
        terms=command.terms,
        previous=command.previous,
    )
    return Decision(listing=listing, asset=asset, events=())


def decide(listing: Listing, command: Command, cause: Cause, *, asset: Asset) -> Decision:
    """Return what `command` changes, or raise the first of `REFUSALS` that applies."""
    invariant(asset.id == listing.asset, "the asset handed in is the listing's")
    _require_authority(listing, command, cause.actor, asset)
    target = TRANSITIONS.get((listing.state, type(command)))
    if target is None:
        raise WrongState(f"cannot {verb(command)} a listing that is {listing.state}", state=listing.state)
    step = _Step(listing=listing, target=target, asset=asset, cause=cause)
    match command:
        case Revise() | Submit() | Publish() | Withdraw():
            return _by_owner(step, command)
        case Accept() | Return():
            return _by_reviewer(step, command)
        case Tick():
            return _by_time(step)
        case Reserve() | Release() | Award():
            return _by_deal(step, command)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A lawful move: from `listing` as it is to the state `target`."""

    listing: Listing
    target: State
    asset: Asset
    cause: Cause

    def decision(self, listing: Listing, *events: Event, asset: Asset | None = None) -> Decision:
        """Return the decision that ends in `listing`, the asset untouched unless given."""
        invariant(listing.state is self.target, "a move ends where the table says")
        return Decision(listing=listing, asset=asset or self.asset, events=events)


def _require_authority(listing: Listing, command: Command, actor: Actor, asset: Asset) -> None:
    owns = actor.organisation == listing.owner
    if isinstance(command, Revise | Submit | Withdraw) and not owns:
        raise NotTheOwner("this listing belongs to another organisation")
    if isinstance(command, Publish) and not owns and not actor.may(REVIEW):
        raise NotTheOwner("a listing is published by its owner or an officer")
    if isinstance(command, Accept | Return):
        if not actor.may(REVIEW):
            raise NotAReviewer("reviewing needs the capability of an officer", capability=REVIEW)
        if owns or asset.is_held_by(actor.organisation):
            raise OwnListing("your organisation has a share in what is offered")


def _by_owner(step: _Step, command: Revise | Submit | Publish | Withdraw) -> Decision:
    listing, cause = step.listing, step.cause
    match command:
        case Revise(terms=terms):
            return _revise(step, terms)
        case Submit():
            require_ready(listing, listing.terms, step.asset, cause.at)
            handed_in = replace(listing, state=step.target, reasons=())
            return step.decision(handed_in, submitted(handed_in, cause))
        case Publish():
            shown = _disclose(step, listing.terms)
            return step.decision(shown, disclosed(shown, cause))
        case Withdraw(reason=reason):
            ended = replace(listing, state=step.target, reasons=())
            if listing.state is State.DRAFT:  # nothing of it was ever on the record
                return step.decision(ended)
            return step.decision(
                ended, LISTING_WITHDRAWN(listing.id, state=ended.state, reason=reason, by=cause.actor.named)
            )


def _revise(step: _Step, terms: Terms) -> Decision:
    """While disclosed, a change of terms restarts the clock; before, it is nobody else's business."""
    listing, at = step.listing, step.cause.at
    if listing.state is not State.DISCLOSED:
        return step.decision(replace(listing, terms=terms))
    if at >= _end_of_disclosure(listing):
        raise DisclosureOver("the terms stand since the disclosure ended")
    if _offer(terms) != _offer(listing.terms):
        raise OfferChanged("title, abstract, mode, industry and region stand as they were accepted")
    if terms == listing.terms:
        raise NothingChanged("the clock is not restarted for nothing")
    shown = _disclose(step, terms)
    return step.decision(shown, revised(shown, step.cause))


def _offer(terms: Terms) -> tuple[object, ...]:
    return (terms.title, terms.abstract, terms.mode, terms.industry, terms.region)


def _disclose(step: _Step, terms: Terms) -> Listing:
    at = step.cause.at
    rule = require_ready(step.listing, terms, step.asset, at)
    return replace(
        step.listing,
        state=step.target,
        terms=terms,
        rule=rule.version,
        disclosed_at=at,
        disclosure_ends_at=calendar.deadline(at, terms.disclosure_days),
    )


def _by_reviewer(step: _Step, command: Accept | Return) -> Decision:
    listing, cause = step.listing, step.cause
    reviewer = cause.actor.organisation
    match command:
        case Accept():
            accepted = replace(listing, state=step.target)
            event = LISTING_ACCEPTED(listing.id, state=accepted.state, reviewer=reviewer, by=cause.actor.named)
            return step.decision(accepted, event)
        case Return(reasons=reasons):
            returned = replace(listing, state=step.target, reasons=reasons)
            event = LISTING_RETURNED(
                listing.id, state=returned.state, reviewer=reviewer, reasons=reasons, by=cause.actor.named
            )
            return step.decision(returned, event)


def _by_time(step: _Step) -> Decision:
    ends_at = _end_of_disclosure(step.listing)
    if step.cause.at < ends_at:
        raise NotDue("the listing is still disclosed", disclosure_ends_at=instant.render(ends_at))
    opened = replace(step.listing, state=step.target)
    return step.decision(opened, LISTING_OPENED(opened.id, state=opened.state, disclosure_ends_at=ends_at))


def _by_deal(step: _Step, command: Reserve | Release | Award) -> Decision:
    listing, asset = step.listing, step.asset
    if listing.deal not in {None, command.deal}:
        raise HeldByAnother("name the deal that holds the listing")
    deal: str | None = command.deal
    if isinstance(command, Reserve | Award):
        require_unburdened(asset, listing.terms.mode)
    if isinstance(command, Reserve):
        if asset.engaged_by is not None:
            raise AssetEngaged("another listing of the same asset holds it")
        kind, asset = LISTING_RESERVED, replace(asset, engaged_by=listing.id)
    elif isinstance(command, Release):
        freed = None if asset.engaged_by == listing.id else asset.engaged_by  # an ordinary licence held nothing
        kind, asset, deal = LISTING_RELEASED, replace(asset, engaged_by=freed), None
    else:
        kept = listing.id if listing.terms.mode in _KEEPS_THE_ASSET else None
        kind, asset = LISTING_AWARDED, replace(asset, engaged_by=kept)
    moved = replace(listing, state=step.target, deal=deal)
    event = kind(listing.id, state=moved.state, asset=asset.id, deal=command.deal, by=step.cause.actor.named)
    return step.decision(moved, event, asset=asset)


def _end_of_disclosure(listing: Listing) -> datetime:
    assert listing.disclosure_ends_at is not None  # the listing's own invariant
    return listing.disclosure_ends_at
