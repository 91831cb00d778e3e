"""What a seller may ask for: the terms of a draft, and what the profile demands before they are announced."""

from dataclasses import replace
from datetime import timedelta, timezone

from ledger.kernel import calendar, instant
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.money import MAX_FEN
from ledger.log.model import Event

from ..model import (
    FORM_ANNOUNCED,
    LOT_ANNOUNCED,
    LOT_WITHDRAWN,
    PANEL_NAMED,
    Announce,
    Clock,
    Decision,
    Draft,
    Lot,
    Profile,
    Revise,
    Scoring,
    State,
    Terms,
)
from . import increments, offering
from .offering import WHOLE_BP
from .rulebook import Rulebook

CHINA = timezone(timedelta(hours=8))  # the civil day that a profile's effective date is in
MAX_BIDDING = timedelta(days=366)
FOLLOWING_DAYS = 25  # working days to write, answer and register what is sold, and two for late bids that move the end
MAX_AHEAD = timedelta(days=5 * 366)  # both keep every later instant within what a date can hold


class AmountOutOfRange(Refusal):
    """The amount is not one this exchange handles."""

    kind = Kind.MALFORMED
    zh = "金额超出平台受理范围"


class BadSchedule(Refusal):
    """Bidding must end after it opens, within a reasonable time."""

    kind = Kind.MALFORMED
    zh = "竞价结束时间应晚于开始时间，且期限合理"


class NeedsListing(Refusal):
    """Under this profile a lot needs a disclosed listing."""

    kind = Kind.CONFLICT
    zh = "按本竞价规则，标的须有已披露的挂牌"


class TakesNoListing(Refusal):
    """Nothing that is listed may be sold under this profile."""

    kind = Kind.CONFLICT
    zh = "本竞价规则不适用于已挂牌的项目"


class ProfileNotActive(Refusal):
    """Two people have not put this version of the bidding rules into force."""

    kind = Kind.CONFLICT
    zh = "该竞价规则版本未经两人启用或已停用"


class ProfileNotInForce(Refusal):
    """This version of the bidding rules is not in force yet."""

    kind = Kind.CONFLICT
    zh = "该竞价规则版本尚未生效"


class OpensInThePast(Refusal):
    """Bidding cannot open before it is announced."""

    kind = Kind.CONFLICT
    zh = "竞价开始时间不得早于公告时间"


class BiddingTooShort(Refusal):
    """Bidding must stay open longer."""

    kind = Kind.CONFLICT
    zh = "竞价时间过短"


class StartTooLow(Refusal):
    """The start price is too low a share of the appraisal."""

    kind = Kind.CONFLICT
    zh = "起拍价占评估价的比例过低"


class DepositOutOfRange(Refusal):
    """The deposit is outside the share of the start price that these rules allow, or no less than a price."""

    kind = Kind.CONFLICT
    zh = "保证金不在本竞价规则允许的范围内，或者不低于可能的成交价"


class ReserveBelowStart(Refusal):
    """The reserve is below the start price."""

    kind = Kind.CONFLICT
    zh = "保留价不得低于起拍价"


class NeedsIncrements(Refusal):
    """Under this profile a lot needs an increment table."""

    kind = Kind.CONFLICT
    zh = "按本竞价规则，标的须设定加价幅度"


class WrongForm(Refusal):
    """The terms are not what this format of auction asks for."""

    kind = Kind.CONFLICT
    zh = "专有条款与本竞价方式不符"


class BiddingHasBegun(Refusal):
    """A lot can be withdrawn only before bidding begins."""

    kind = Kind.CONFLICT
    zh = "竞价开始后不得撤回标的"


def draft(command: Draft, cause: Cause) -> Decision:
    """Begin a lot, the actor's organisation selling. Nothing is recorded: drafts are not public.

    Refuses `AmountOutOfRange`, `BadIncrements`, `BadHolders`, `BadSchedule`. What the profile demands is asked on
    announcing. Not checked: that the listing is the seller's and open, and the profile in force, which are the caller's
    to establish.
    """
    lot = Lot(
        id=command.lot,
        seller=cause.actor.organisation,
        listing=command.listing,
        excluded=command.excluded,
        profile=command.profile,
        terms=command.terms,
        state=State.DRAFT,
        announced_at=None,
        ends_at=command.terms.closes_at,
    )
    _require_sane(command.terms, cause)
    return Decision(lot=lot)


def revise(lot: Lot, command: Revise, cause: Cause) -> Decision:
    """Replace a draft's terms. Refuses as `draft` does."""
    _require_sane(command.terms, cause)
    excluded = lot.excluded if command.excluded is None else command.excluded
    profile, terms = command.profile, command.terms
    return Decision(lot=replace(lot, profile=profile, terms=terms, excluded=excluded, ends_at=terms.closes_at))


def announce(lot: Lot, command: Announce, cause: Cause, book: Rulebook) -> Decision:
    """Publish the lot, if its profile and its format allow what its terms say, after what came of it before.

    Refuses `YearNotLoaded` where nobody could say until when its contract is to be signed and its price paid.
    """
    previous = command.previous if lot.profile.reauction_s else None  # otherwise its lots follow none
    lot = replace(lot, excluded=(lot.excluded | command.barred) - command.admitted)
    _require_occasion(lot, command, cause)
    offering.require_free(lot)
    _require_schedule(lot.profile, lot.terms, cause)
    offering.require_notice(lot, cause, previous)
    _require_prices(lot.profile, lot.terms, upward=not book.downward, first=previous is None)
    offering.require_prices(lot.profile, lot.terms, previous)
    book.require_terms(lot.profile, lot.terms)
    terms = lot.terms
    event = LOT_ANNOUNCED(
        lot.id,
        rule=lot.profile.ref,
        seller=lot.seller,
        listing=lot.listing,
        profile=lot.profile.to_json(),
        start_price_fen=terms.start_price_fen,
        increments=[
            {"from_fen": str(band.from_fen), "increment_fen": str(band.increment_fen)} for band in terms.increments
        ],
        deposit_fen=terms.deposit_fen,
        appraisal_fen=terms.appraisal_fen,
        has_reserve=terms.reserve_fen is not None,  # 拍卖法 art. 50
        reserve_fen=terms.reserve_fen,
        excluded=sorted(lot.excluded),
        excluded_count=len(lot.excluded),
        by=cause.actor.named,
        opens_at=terms.opens_at,
        closes_at=terms.closes_at,
    )
    after = replace(lot, state=State.ANNOUNCED, announced_at=cause.at, previous=previous)
    return Decision(lot=after, events=(event, *_of_form(lot), *offering.events(lot, previous)))


def _of_form(lot: Lot) -> tuple[Event, ...]:
    """Tell the terms of the format, and seal whom they name."""
    form, rule = lot.terms.form, lot.profile.ref
    if form is None:
        return ()
    told = FORM_ANNOUNCED(lot.id, rule=rule, form=form.published())
    if not isinstance(form, Scoring):
        return (told,)
    return told, PANEL_NAMED(lot.id, rule=rule, panellists=form.panellists, panel=list(form.panel))


def withdraw(lot: Lot, cause: Cause) -> Decision:
    """Take a lot back before bidding begins (拍卖法 art. 29). A draft leaves no trace in the record.

    Bids that are already in count even when the withdrawal arrived earlier and was held up.
    """
    if lot.state is State.ANNOUNCED and (cause.at >= lot.terms.opens_at or lot.bid_count or lot.parked):
        raise BiddingHasBegun("bidding has begun", opens_at=instant.render(lot.terms.opens_at))
    events = (LOT_WITHDRAWN(lot.id, rule=lot.profile.ref, by=cause.actor.named),) if lot.announced_at else ()
    return Decision(lot=replace(lot, state=State.WITHDRAWN), events=events)


def require_amount(fen: int, *, least: int = 1) -> None:
    """Refuse `AmountOutOfRange` for what no price, deposit or bid could be."""
    if not least <= fen <= MAX_FEN:
        raise AmountOutOfRange("give an amount in range", smallest_fen=least, largest_fen=MAX_FEN)


def require_no_form(_profile: Profile, terms: Terms) -> None:
    """Refuse `WrongForm` for terms of another format than one that has none of its own."""
    if terms.form is not None:
        raise WrongForm("this format has no terms of its own")


def _require_sane(terms: Terms, cause: Cause) -> None:
    """Refuse terms that no profile could allow."""
    for fen in (terms.start_price_fen, terms.reserve_fen, terms.appraisal_fen):
        if fen is not None:
            require_amount(fen)
    require_amount(terms.deposit_fen, least=0)
    increments.check(terms.increments)
    offering.require_holders(terms)
    if terms.opens_at > cause.at + MAX_AHEAD:
        raise BadSchedule("bidding opens too far ahead", furthest_days=MAX_AHEAD.days)
    if not timedelta(0) < terms.closes_at - terms.opens_at <= MAX_BIDDING:
        raise BadSchedule("bidding ends after it opens, and within a year", longest_days=MAX_BIDDING.days)


def _require_occasion(lot: Lot, command: Announce, cause: Cause) -> None:
    if lot.profile.needs_listing and lot.listing is None:
        raise NeedsListing("name the listing that discloses this lot")  # art. 13
    if lot.listing is not None and not lot.profile.needs_listing:
        raise TakesNoListing("choose a profile that a law stands behind")
    if command.inactive:
        raise ProfileNotActive("revise the lot to a version in force", cited=lot.profile.ref)
    if cause.at.astimezone(CHINA).date() < lot.profile.effective_from:
        raise ProfileNotInForce("choose a version in force", effective_from=lot.profile.effective_from.isoformat())


def _require_schedule(profile: Profile, terms: Terms, cause: Cause) -> None:
    if terms.opens_at < cause.at:
        raise OpensInThePast("choose a later opening", opens_at=instant.render(terms.opens_at))
    if terms.closes_at - terms.opens_at < timedelta(seconds=profile.min_bidding_s):
        raise BiddingTooShort("leave more time for bids", min_bidding_s=profile.min_bidding_s)  # art. 20
    if profile.needs_listing:
        calendar.deadline(terms.closes_at, FOLLOWING_DAYS)


def _require_prices(profile: Profile, terms: Terms, *, upward: bool, first: bool) -> None:
    start = terms.start_price_fen
    appraisal = terms.appraisal_fen or 0
    if first and start * WHOLE_BP < appraisal * profile.start_min_bp:  # art. 10; then art. 26 alone
        raise StartTooLow("raise the start price", smallest_fen=-(-appraisal * profile.start_min_bp // WHOLE_BP))
    least = max(1, -(-start * profile.deposit_min_bp // WHOLE_BP))
    most = start * profile.deposit_max_bp // WHOLE_BP
    lowest = terms.form.floor_fen if isinstance(terms.form, Clock) else start
    if upward and lowest > 0:  # a deposit becomes part of the price, and is less than it however low the lot is sold
        most = min(most, lowest - 1)
    if profile.needs_deposit and not least <= terms.deposit_fen <= most:  # art. 17
        raise DepositOutOfRange("change the deposit", smallest_fen=least, largest_fen=most)
    if upward and terms.reserve_fen is not None and terms.reserve_fen < start:
        raise ReserveBelowStart("a reserve adds something only from the start price upward", start_price_fen=start)
    if profile.needs_increments and not terms.increments:  # art. 20
        raise NeedsIncrements("give at least one band, from 0")
