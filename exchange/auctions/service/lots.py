"""One function per command of the auctions wing, and what readers may see.

Every command goes through `decide_many`: lots locked in id order, the rules asked in the order given, states, bids,
standing and entries written together. A lot that is on a listing reserves it when announced and gives it back, or
awards it, when closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from exchange.members import service as members
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from ledger.log import service as log
from ledger.log.model import Event
from listings.achievements import service as achievements
from listings.achievements.model import ListingId

from .. import rules, store
from ..model import (
    Announce,
    Bidder,
    BidId,
    BidRow,
    Command,
    ConfirmDeposit,
    Decision,
    Draft,
    FallThrough,
    Fault,
    Format,
    Lot,
    LotId,
    LotView,
    PlaceBid,
    Previous,
    Request,
    Revise,
    State,
    TakePrice,
    Terms,
    Tick,
    Withdraw,
)
from . import versions
from .modes import require_mode
from .panels import judging, require_panel
from .reading import view


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A command on a lot, and who asks."""

    lot: LotId
    command: Command
    cause: Cause


def draft(
    unit: Unit,
    cause: Cause,
    *,
    listing: ListingId | None,
    related: frozenset[OrganisationId],
    profile: str,
    terms: Terms,
) -> Lot:
    """Begin a lot, on an open listing of the asking organisation if one is named.

    The listing's holders, the parties the seller declares `related`, and whoever runs the exchange may not bid
    (法释〔2016〕18号 art. 34); nor may who won the same asset before and defaulted (art. 24).
    """
    found = versions.cited(unit, profile)
    holders = achievements.require_offerable(unit, listing, cause) if listing else frozenset()
    interested = holders | related | members.operators(unit) | _defaulters(unit, listing)
    barred = require_panel(unit, terms, interested | {cause.actor.organisation})
    excluded = interested | barred
    command = Draft(lot=unit.fresh(LotId), listing=listing, excluded=excluded, profile=found, terms=terms)
    decision = rules.draft(command, cause)
    require_mode(unit, decision.lot)
    store.insert(unit, [decision.lot])
    return decision.lot


def revise(unit: Unit, cause: Cause, id: LotId, *, profile: str, terms: Terms) -> Lot:
    """Replace the terms of a draft, and bar whose people judge instead of whose people did."""
    lot = store.load(unit, id, lock=True)
    command = Revise(profile=versions.cited(unit, profile), terms=terms)
    if lot.seller == cause.actor.organisation:  # to anybody else nothing is said of who is barred
        others = lot.excluded - frozenset(judging(unit, lot.terms).values())
        command = replace(command, excluded=others | require_panel(unit, terms, others | {lot.seller}))
    revised = decide_one(unit, Ask(lot=id, command=command, cause=cause)).lot
    require_mode(unit, revised)
    return revised


def announce(unit: Unit, cause: Cause, id: LotId) -> Lot:
    """Publish a lot and reserve its listing for it. Its version of the rules stays in force until the unit ends.

    The caller holds the listing still: no lot of it ends meanwhile.
    """
    drafted = store.load(unit, id, lock=True)
    own, listing = _owners(unit, drafted), ListingId(drafted.listing) if drafted.listing else None
    never = members.operators(unit) | _defaulters(unit, listing)  # whatever right they hold
    command = Announce(
        inactive=versions.is_inactive(unit, drafted.profile.ref),
        previous=_previous(unit, id),
        barred=own | never,
        admitted=(own & {one.organisation for one in drafted.terms.holders}) - never - {drafted.seller},
    )
    lot = decide_one(unit, Ask(lot=id, command=command, cause=cause)).lot
    require_mode(unit, lot)
    if lot.listing:
        achievements.reserve(unit, cause, ListingId(lot.listing), lot=id)
    return lot


def withdraw(unit: Unit, cause: Cause, id: LotId) -> Lot:
    """Take a lot back before bidding begins, and free its listing."""
    lot = decide_one(unit, Ask(lot=id, command=Withdraw(), cause=cause)).lot
    if lot.listing and lot.announced_at:
        achievements.release(unit, cause, ListingId(lot.listing), lot=id)
    return lot


def place_bid(unit: Unit, cause: Cause, id: LotId, amount_fen: Fen) -> tuple[BidRow, LotView]:
    """Offer a price; return the bid, accepted or parked, and the lot after it. Raises what the rules refuse."""
    return _offered(unit, Ask(lot=id, command=PlaceBid(bid=unit.fresh(BidId), amount_fen=amount_fen), cause=cause))


def take_price(unit: Unit, cause: Cause, id: LotId, step: int) -> tuple[BidRow, LotView]:
    """Take the price of a falling clock, seen at `step`; return the click, parked as a rule, and the lot after it."""
    return _offered(unit, Ask(lot=id, command=TakePrice(bid=unit.fresh(BidId), step=step), cause=cause))


def _offered(unit: Unit, ask: Ask) -> tuple[BidRow, LotView]:
    decision = decide_one(unit, ask)
    mine = decision.outcomes[-1]
    row = BidRow(lot=ask.lot, bid=mine.bid, state=mine.state, refusal=mine.refusal, number=mine.number)
    return row, view(decision.lot, ask.cause.at, version=0)


def tick(unit: Unit, cause: Cause, id: LotId) -> Lot:
    """Let time act on a lot. When it closes, its listing is awarded or given back. Refuses `NotDue`.

    What was licensed to several is on offer again: an ordinary licence keeps nobody else from one.
    """
    lot = decide_one(unit, Ask(lot=id, command=Tick(), cause=cause)).lot
    one_buyer = lot.profile.format is not Format.UNIFORM
    if lot.listing and lot.state is State.SOLD and one_buyer:
        achievements.award(unit, cause, ListingId(lot.listing), lot=id)
    elif lot.listing and lot.state in {State.SOLD, State.UNSOLD}:
        achievements.release(unit, cause, ListingId(lot.listing), lot=id)
    return lot


def fall_through(unit: Unit, cause: Cause, id: LotId, fault: Fault) -> Lot:
    """Record that the sale of a lot came to nothing, and put its listing back on offer."""
    lot = decide_one(unit, Ask(lot=id, command=FallThrough(fault=fault), cause=cause)).lot
    if lot.listing:
        achievements.release(unit, cause, ListingId(lot.listing), lot=id)
    return lot


def decide_one(unit: Unit, ask: Ask) -> Decision:
    """Decide one command as `decide_many` does. Raises what it is refused for."""
    answer = decide_many(unit, [ask])[0]
    if isinstance(answer, Refusal):
        raise answer
    return answer


def decide_many(unit: Unit, asks: Sequence[Ask]) -> list[Decision | Refusal]:
    """Decide many commands in one unit, in the order given; write what was accepted and return each one's answer."""
    lots = store.load_many(unit, {ask.lot for ask in asks}, lock=True)
    standing = store.bidders(unit, {(ask.lot, _concerned(ask)) for ask in asks if _needs_standing(ask.command)})
    answers: list[Decision | Refusal] = []
    happened: list[tuple[Cause, Event]] = []
    for ask in asks:
        answer = _decide(unit, lots, standing, ask)
        answers.append(answer)
        if isinstance(answer, Decision):
            lots[ask.lot] = answer.lot
            happened.extend((ask.cause, event) for event in answer.events)
    _save(unit, lots, asks, answers)
    log.record_many(unit, happened)
    return answers


def due(unit: Unit, at: datetime, limit: int = 100) -> list[LotId]:
    """Return lots on which time acts at or before `at`, locked; those another ticker holds are left out."""
    return store.due(unit, at, limit)


def next_due(unit: Unit) -> datetime | None:
    """Return when time next acts on any lot."""
    return store.next_due(unit)


def open_for_replay(unit: Unit, cause: Cause, drafts: Sequence[Draft]) -> list[LotId]:
    """Draft and announce many lots in one go; for a virtual database's replays. Raises the first refusal."""
    made = [rules.draft(replace(command, lot=unit.fresh(LotId)), cause).lot for command in drafts]
    store.insert(unit, made)
    answers = decide_many(unit, [Ask(lot=lot.id, command=Announce(), cause=cause) for lot in made])
    for answer in answers:
        if isinstance(answer, Refusal):
            raise answer
    return [lot.id for lot in made]


def _previous(unit: Unit, id: LotId) -> Previous | None:
    """Return the lot that a lot follows: the last of its listing, by any version of its rules, if it found no bids.

    What was sold and fell through, or missed a reserve, is no lot without bids (法释〔2016〕18号 art. 26).
    """
    lot = store.load(unit, id, lock=True)
    last = store.last_of(unit, lot.listing, lot.profile.id) if lot.listing else None
    if last is None or last.state is not State.UNSOLD or last.bid_count:
        return None
    return Previous(
        lot=last.id, ended_at=last.ends_at, start_price_fen=last.terms.start_price_fen, attempt=last.attempt
    )


def _owners(unit: Unit, lot: Lot) -> frozenset[OrganisationId]:
    """Return whose the thing is, by the register: they sell it, and do not bid unless they hold a right to."""
    if not lot.listing:
        return frozenset()
    _, asset = achievements.offered(unit, ListingId(lot.listing))
    return frozenset(one.organisation for one in asset.holders)


def _defaulters(unit: Unit, listing: ListingId | None) -> frozenset[OrganisationId]:
    return store.defaulters(unit, achievements.kin(unit, listing)) if listing else frozenset()


def _decide(
    unit: Unit, lots: dict[LotId, Lot], standing: dict[tuple[str, str], Bidder], ask: Ask
) -> Decision | Refusal:
    lot = lots.get(ask.lot)
    if lot is None:
        return rules.NoSuchLot("there is no lot of this name that you may see")
    who = (ask.lot, _concerned(ask))
    bidder = standing.get(who)
    if bidder is None and isinstance(ask.command, PlaceBid | TakePrice) and not lot.profile.needs_deposit:
        bidder = Bidder(organisation=who[1], code=store.fresh_code(unit, lot.id), deposit_fen=Fen(0))
    request = Request(command=ask.command, cause=ask.cause, bidder=bidder)
    answer = rules.decide_many(lot, [request])[0]
    if isinstance(answer, Decision) and bidder is not None and who not in standing:
        store.admit(unit, lot.id, bidder, None)
        standing[who] = bidder
    if isinstance(answer, Decision) and answer.bidder and isinstance(ask.command, ConfirmDeposit):
        store.admit(unit, lot.id, answer.bidder, ask.command.payment_reference)
        standing[who] = answer.bidder
    return answer


def _save(unit: Unit, lots: dict[LotId, Lot], asks: Sequence[Ask], answers: Sequence[Decision | Refusal]) -> None:
    decided = [(ask.lot, answer) for ask, answer in zip(asks, answers, strict=True) if isinstance(answer, Decision)]
    store.score(unit, [(lot, answer.sheet) for lot, answer in decided if answer.sheet])
    store.save_bids(unit, [(lot, outcome) for lot, answer in decided for outcome in answer.outcomes])
    store.save(unit, [lots[lot] for lot in sorted({lot for lot, _ in decided})])


def _needs_standing(command: Command) -> bool:
    return isinstance(command, PlaceBid | TakePrice | ConfirmDeposit)


def _concerned(ask: Ask) -> OrganisationId:
    command = ask.command
    return command.organisation if isinstance(command, ConfirmDeposit) else ask.cause.actor.organisation
