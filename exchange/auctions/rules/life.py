"""A lot from draft to result: which command may come in which state, and what time does."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from ledger.kernel import instant
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.log.model import Event

from ..model import (
    DEPOSIT_CONFIRMED,
    PRIORITY_CONFIRMED,
    SALE_FELL_THROUGH,
    Announce,
    Bid,
    Bidder,
    BidderCode,
    Cancel,
    Command,
    ConfirmDeposit,
    Decision,
    FallThrough,
    Format,
    Lodge,
    Lot,
    Offering,
    OpenEnvelope,
    Phase,
    PlaceBid,
    Ranking,
    Request,
    Resume,
    Revise,
    Score,
    Scoring,
    State,
    Suspend,
    TakePrice,
    Tick,
    Withdraw,
)
from . import arrival, authority, pausing, terms
from .formats import BOOKS, book_of, scored

CLOSED = frozenset({State.OPENING, State.SOLD, State.FELL_THROUGH, State.UNSOLD})  # to offers; not withdrawn


class WrongState(Refusal):
    """The lot is not in a state that allows this."""

    kind = Kind.CONFLICT
    zh = "标的当前状态不允许此操作"


class OtherFormat(Refusal):
    """This is not how lots of this format are bid for."""

    kind = Kind.CONFLICT
    zh = "本标的的竞价方式不接受此种报价"


class AlreadyConfirmed(Refusal):
    """This organisation's deposit has been confirmed already."""

    kind = Kind.CONFLICT
    zh = "该单位的保证金已经确认"


class DepositTooSmall(Refusal):
    """The payment is smaller than the deposit."""

    kind = Kind.CONFLICT
    zh = "所交款项少于应交保证金"


class NotAHolder(Refusal):
    """The seller has not named this organisation as a holder of a right of pre-emption of this rank."""

    kind = Kind.CONFLICT
    zh = "该单位不是公告所列该顺序的优先购买权人"


def decide(lot: Lot, command: Command, cause: Cause, *, bidder: Bidder | None = None) -> Decision:
    """Return what `command` changes, or raise the first of `REFUSALS` that applies.

    `bidder` is the standing on this lot of the organisation that bids, or whose deposit is confirmed; None if it has
    none. Where the profile asks for no deposit the caller hands in a bidder with a fresh code.
    """
    authority.require(lot, command, cause, bidder)
    targets = book_of(lot).transitions.get((lot.state, type(command)))
    if targets is None:
        raise _out_of_state(lot, command, cause)
    decision = _apply(lot, command, cause, bidder)
    invariant(decision.lot.state in targets, "a decision stays within the table")
    return decision


def decide_many(lot: Lot, requests: Iterable[Request]) -> list[Decision | Refusal]:
    """Decide requests one after another, each on what the one before it left; a refusal leaves it unchanged.

    An organisation whose deposit is confirmed on the way may bid from then on.
    """
    answers: list[Decision | Refusal] = []
    admitted: dict[OrganisationId, Bidder] = {}
    for request in requests:
        bidder = request.bidder or admitted.get(_concerned(request))
        try:
            decision = decide(lot, request.command, request.cause, bidder=bidder)
        except Refusal as refusal:
            answers.append(refusal)
            continue
        answers.append(decision)
        lot = decision.lot
        if decision.bidder:
            admitted[decision.bidder.organisation] = decision.bidder
    return answers


def require_deposits(lot: Lot, organisation: OrganisationId, cause: Cause, known: Bidder | None) -> None:
    """Refuse an organisation whose deposit would be refused now, in the order of a confirmation.

    Refuses `NoSuchLot`, `ConflictOfInterest`, `WrongState`, `PastEnd`, `AlreadyConfirmed`.
    """
    if lot.announced_at is None:
        raise authority.NoSuchLot("there is no lot of this name that you may see")
    if lot.bars(organisation):
        raise authority.ConflictOfInterest("your organisation may not bid for this lot")
    if (lot.state, ConfirmDeposit) not in book_of(lot).transitions:
        raise WrongState(f"the lot is {lot.state}", state=lot.state.value)
    _require_bidding(lot, cause)
    if known is not None:
        raise AlreadyConfirmed("this organisation may bid already")


def due_at(lot: Lot) -> datetime | None:
    """Return when time next acts on the lot, if ever; stored so that a worker can find it."""
    own = book_of(lot).due_at
    if own is not None:
        return own(lot)
    return arrival.grace_over(lot) if (lot.state, Tick) in book_of(lot).transitions else None


def phase(lot: Lot, at: datetime) -> Phase:
    """Return what a reader at `at` should show. Says nothing of who may see it."""
    if lot.state is State.SUSPENDED:
        return Phase.SUSPENDED
    book = book_of(lot)
    if book.phase is not None:
        return book.phase(lot, at)
    if lot.state is not State.ANNOUNCED:
        return Phase.DRAFT if lot.state is State.DRAFT else Phase.CLOSED
    if at < lot.terms.opens_at:
        return Phase.UPCOMING
    if lot.parked and at >= arrival.grace_over(lot):
        lot = arrival.settle(lot, book).lot  # as the next arrival would, if it came before the clock
    if at < arrival.grace_from(lot):
        return Phase.OPEN
    if book.first_wins and not lot.parked:
        return Phase.CLOSING
    return Phase.GRACE if at < arrival.grace_over(lot) else Phase.CLOSING


def threshold(lot: Lot) -> Fen | None:
    """Return the least amount that could be accepted now; None where that is not the same for everybody."""
    return book_of(lot).threshold(lot)


def rankings(lot: Lot, waiting: Collection[BidderCode] = ()) -> tuple[Ranking, ...]:
    """Return how each bidder stands, where scores count; nothing elsewhere. `waiting`: codes perhaps not scored yet."""
    return scored.rankings(lot, waiting) if isinstance(lot.terms.form, Scoring) else ()


def diagram(format: Format = Format.ASCENDING) -> str:
    """Return a format's table as a Mermaid state diagram, for the documentation."""
    table = BOOKS[format].transitions
    arrows: dict[tuple[State, State], list[str]] = {}
    for (state, command), targets in table.items():
        for target in targets:
            arrows.setdefault((state, target), []).append(command.__name__)
    met = {state for source, targets in table.items() for state in (source[0], *targets)}
    final = [state for state in State if state in met and all(source is not state for source, _ in table)]
    lines = ["stateDiagram-v2", f"    [*] --> {State.DRAFT}: Draft"]
    lines += [f"    {source} --> {target}: {', '.join(names)}" for (source, target), names in arrows.items()]
    lines += [f"    {state} --> [*]" for state in final]
    return "\n".join(lines) + "\n"


def _apply(lot: Lot, command: Command, cause: Cause, bidder: Bidder | None) -> Decision:
    own = book_of(lot).own.get(type(command))
    if own is not None:
        return own(lot, command, cause, bidder)
    match command:
        case Revise() | Announce() | Withdraw():
            return _offer(lot, command, cause)
        case ConfirmDeposit():
            return _confirm_deposit(lot, command, cause, bidder)
        case PlaceBid():
            return _place_bid(lot, command, cause, authority.standing(lot, cause, bidder))
        case Suspend() | Resume() | Cancel():
            return pausing.decide(lot, command, cause, book_of(lot))
        case Tick():
            return arrival.tick(lot, cause, book_of(lot))
        case FallThrough():
            return _fall_through(lot, command)
        case TakePrice() | Lodge() | OpenEnvelope() | Score():
            raise AssertionError("a format whose table has such a command has a verb for it")
        case _:
            assert_never(command)


def _offer(lot: Lot, command: Revise | Announce | Withdraw, cause: Cause) -> Decision:
    """Decide what its seller asks of a lot."""
    match command:
        case Revise():
            return terms.revise(lot, command, cause)
        case Announce():
            return terms.announce(lot, command, cause, book_of(lot))
        case Withdraw():
            return terms.withdraw(lot, cause)


def _place_bid(lot: Lot, command: PlaceBid, cause: Cause, bidder: Bidder) -> Decision:
    book = book_of(lot)
    bid = Bid(
        id=command.bid,
        organisation=bidder.organisation,
        code=bidder.code,
        amount_fen=command.amount_fen,
        arrived_at=cause.at,
        maximum_fen=command.amount_fen if book.by_maximum else None,
        rank=bidder.rank,
    )
    return arrival.place(lot, bid, cause.actor, book)


def _confirm_deposit(lot: Lot, command: ConfirmDeposit, cause: Cause, known: Bidder | None) -> Decision:
    """Let an organisation bid: its deposit was confirmed before the bidding ended (art. 18)."""
    _require_bidding(lot, cause)
    if known is not None:
        raise AlreadyConfirmed("this organisation may bid already")
    terms.require_amount(command.amount_fen, least=0)
    if command.amount_fen < lot.terms.deposit_fen:
        raise DepositTooSmall("the whole deposit is needed", deposit_fen=lot.terms.deposit_fen)
    if command.rank is not None and not _is_holder(lot, command.organisation, command.rank):  # art. 19
        raise NotAHolder("name a holder and its rank as announced", rank=command.rank)
    event = DEPOSIT_CONFIRMED(
        lot.id,
        rule=lot.profile.ref,
        code=command.code,
        bidder=command.organisation,
        amount_fen=command.amount_fen,
        payment_reference=command.payment_reference,
        by=cause.actor.named,
    )
    bidder = Bidder(
        organisation=command.organisation,
        code=command.code,
        deposit_fen=command.amount_fen,
        admitted_at=cause.at,
        rank=command.rank,
    )
    return Decision(lot=lot, events=(event, *_priority(lot, bidder, cause)), bidder=bidder)


def _priority(lot: Lot, bidder: Bidder, cause: Cause) -> tuple[Event, ...]:
    """Mark the code of a holder of a right of pre-emption, with its rank (art. 19)."""
    if bidder.rank is None:
        return ()
    event = PRIORITY_CONFIRMED(
        lot.id,
        rule=lot.profile.ref,
        code=bidder.code,
        rank=bidder.rank,
        bidder=bidder.organisation,
        by=cause.actor.named,
    )
    return (event,)


def _is_holder(lot: Lot, organisation: OrganisationId, rank: int) -> bool:
    return any((one.organisation, one.rank) == (organisation, rank) for one in lot.terms.holders)


def _require_bidding(lot: Lot, cause: Cause) -> None:
    """Refuse `PastEnd` once bidding has ended; while it is suspended it has not."""
    if lot.state is not State.SUSPENDED and cause.at >= lot.ends_at:
        raise arrival.PastEnd("bidding has ended", ends_at=instant.render(lot.ends_at))


def _fall_through(lot: Lot, command: FallThrough) -> Decision:
    """Take the sale back. Who won, and at what price, stays as it was: the record does not unsay it."""
    assert lot.leader is not None
    event = SALE_FELL_THROUGH(lot.id, rule=lot.profile.ref, code=lot.leader.code, fault=command.fault)
    return Decision(lot=replace(lot, state=State.FELL_THROUGH, fault=command.fault), events=(event,))


def _out_of_state(lot: Lot, command: Command, cause: Cause) -> Refusal:
    book = book_of(lot)
    if isinstance(command, Offering) and all(type(command) is not answered for _, answered in book.transitions):
        return OtherFormat("offer as the lot's format asks", format=lot.profile.format.value)
    if book.late is not None and isinstance(command, Offering) and lot.state in CLOSED:
        return book.late(lot, command, cause)
    if isinstance(command, PlaceBid) and lot.state in {State.SOLD, State.FELL_THROUGH, State.UNSOLD}:
        return arrival.too_late(lot, cause)
    if isinstance(command, Offering) and lot.state is State.SUSPENDED:
        return pausing.turned_away(lot, cause)
    return WrongState(f"the lot is {lot.state}", state=lot.state.value)


def _concerned(request: Request) -> OrganisationId:
    """Return the organisation whose standing the request is about."""
    command = request.command
    return command.organisation if isinstance(command, ConfirmDeposit) else request.cause.actor.organisation
