"""Sealed bids (密封报价): envelopes that nobody can read before they are opened, and what is done with them.

    opens_at ........ closes_at ..... + grace ........... + opening_s ........ + grace
    envelopes are in  too late        bidders open theirs  too late to open     ranked

An envelope is a commitment: the SHA-256 of the canonical JSON of the lot, the bidder's code, the amount and a secret
nonce (`commitment`). Whoever keeps it, the operator too, learns no amount from it, and its bidder can open it as
nothing else. Each bidder has one; a later one replaces it until `closes_at`. Arrival decides: an envelope that arrived
in time counts though it is handed over in the grace, one that arrived later is refused for good.

In the opening window each bidder says what its own envelope holds. Amounts and nonces are sealed until the window is
over and published with the ranking, so that nobody decides whether to open by what others offered. Ranked are opened
envelopes of at least the start price, the highest amount first, of equal ones the earlier lodged; those below it are
invalid. Who did not open is named, by code: its deposit follows the deposit rule, which is escrow's.

What the winner pays is the format's: see `first_price` and `second_price`. Not here: where envelopes are kept, and the
doors to them.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from ledger.kernel import canonical, instant
from ledger.kernel.canonical import Json
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.money import Fen
from ledger.log.model import Event

from ...model import (
    ENVELOPE_LODGED,
    ENVELOPE_OPENED,
    ENVELOPES_RANKED,
    OPENING_BEGUN,
    Bid,
    Bidder,
    BidderCode,
    Command,
    Decision,
    Envelope,
    FallThrough,
    Lodge,
    Lot,
    LotId,
    OpenEnvelope,
    Phase,
    Profile,
    State,
    Terms,
    Tick,
    UnsoldReason,
)
from .. import arrival, authority, closing
from ..rulebook import OFFERING, Rulebook, Transitions
from ..terms import WrongForm, require_amount, require_no_form

TRANSITIONS: Final[Transitions] = MappingProxyType(
    {
        **OFFERING,
        (State.ANNOUNCED, Lodge): (State.ANNOUNCED,),
        (State.ANNOUNCED, OpenEnvelope): (State.OPENING,),
        (State.ANNOUNCED, Tick): (State.OPENING, State.UNSOLD),
        (State.OPENING, OpenEnvelope): (State.OPENING,),
        (State.OPENING, Tick): (State.SOLD, State.UNSOLD),
        (State.SOLD, FallThrough): (State.FELL_THROUGH,),
    }
)

DIGEST: Final = re.compile(r"[0-9a-f]{64}")
Pricing = Callable[[Lot, Sequence[Envelope]], Fen]


class BadCommitment(Refusal):
    """A commitment is a SHA-256 digest in lower-case hexadecimal."""

    kind = Kind.MALFORMED
    zh = "密封承诺应为小写十六进制的 SHA-256 摘要"


class LaterEnvelopeStands(Refusal):
    """An envelope of this bidder that arrived later has been lodged already."""

    kind = Kind.CONFLICT
    zh = "贵方较晚到达的密封报价已经收存"


class NotYetOpening(Refusal):
    """Envelopes are not being opened yet."""

    kind = Kind.CONFLICT
    zh = "尚未开标"


class OpeningOver(Refusal):
    """The time for opening envelopes has passed."""

    kind = Kind.CONFLICT
    zh = "开标时间已过"


class NoEnvelope(Refusal):
    """This bidder has lodged no envelope."""

    kind = Kind.CONFLICT
    zh = "贵方没有递交密封报价"


class AlreadyOpened(Refusal):
    """This envelope has been opened already."""

    kind = Kind.CONFLICT
    zh = "该密封报价已经开启"


class WrongOpening(Refusal):
    """This is not what the envelope was sealed over."""

    kind = Kind.CONFLICT
    zh = "所报金额与随机数同密封承诺不符"


def commitment(lot: LotId, code: BidderCode, amount_fen: Fen, nonce: str) -> str:
    """Return the digest that holds a bidder to an amount: SHA-256 over the canonical JSON of what it binds.

    `nonce` is 32 random bytes in lower-case hexadecimal: with a shorter one the amount could be found by trying.
    The lot and the code keep an envelope from being lodged elsewhere, or by somebody who copied it.
    """
    sealed: Json = {"amount_fen": str(amount_fen), "code": code, "lot": lot, "nonce": nonce, "v": 1}
    return hashlib.sha256(canonical.encode(sealed)).hexdigest()


def opens_from(lot: Lot) -> datetime:
    """Return from when envelopes are opened: no envelope that arrived in time is still on its way."""
    return lot.terms.closes_at + lot.profile.grace


def opens_until(lot: Lot) -> datetime:
    """Return until when an opening must arrive."""
    return opens_from(lot) + timedelta(seconds=lot.profile.opening_s)


def lodge(lot: Lot, command: Lodge, cause: Cause, bidder: Bidder | None) -> Decision:
    """Take an envelope in, in place of the bidder's one before.

    Refuses, in this order, `NotYetOpen`, `PastEnd`, `BadCommitment`, `LaterEnvelopeStands`.
    """
    who, at = authority.standing(lot, cause, bidder), cause.at
    if at < lot.terms.opens_at:
        raise arrival.NotYetOpen("wait until bidding opens", opens_at=instant.render(lot.terms.opens_at))
    if at >= lot.terms.closes_at:
        raise arrival.PastEnd("bidding has ended", ends_at=instant.render(lot.terms.closes_at))
    if DIGEST.fullmatch(command.commitment) is None:
        raise BadCommitment("hash what the rules say is sealed")
    before = _of(lot, who)
    if before is not None and before.lodged_at > at:
        raise LaterEnvelopeStands("the envelope that arrived last counts", bid=before.id)
    envelope = Envelope(
        id=command.bid, organisation=who.organisation, code=who.code, commitment=command.commitment, lodged_at=at
    )
    others = [one for one in lot.envelopes if one is not before]
    after = replace(lot, envelopes=(*others, envelope), bid_count=len(others) + 1)
    event = ENVELOPE_LODGED(
        lot.id,
        rule=lot.profile.ref,
        bid=envelope.id,
        code=who.code,
        bidder=who.organisation,
        commitment=envelope.commitment,
        placed_at=at,
        replaces=before.id if before else None,
        by=cause.actor.named,
    )
    return Decision(lot=after, events=(event,))


def open_envelope(lot: Lot, command: OpenEnvelope, cause: Cause, bidder: Bidder | None) -> Decision:
    """Open the asking organisation's envelope; where the clock is late, begin the opening first.

    Refuses, in this order, `NotYetOpening`, `OpeningOver`, `NoEnvelope`, `AlreadyOpened`, `AmountOutOfRange`,
    `WrongOpening`. A refusal says nothing of the amount.
    """
    who = authority.standing(lot, cause, bidder)
    if cause.at < opens_from(lot):
        raise NotYetOpening("wait until envelopes are opened", opens_at=instant.render(opens_from(lot)))
    if cause.at >= opens_until(lot):
        raise OpeningOver("the time for it has passed", ended_at=instant.render(opens_until(lot)))
    mine = _of(lot, who)
    if mine is None:
        raise NoEnvelope("only what was lodged in time can be opened")
    if mine.amount_fen is not None:
        raise AlreadyOpened("once is enough", bid=mine.id)
    require_amount(command.amount_fen)
    fits = DIGEST.fullmatch(command.nonce) is not None
    if not fits or commitment(lot.id, who.code, command.amount_fen, command.nonce) != mine.commitment:
        raise WrongOpening("give the amount and the nonce that were sealed", bid=mine.id)
    begun = begin(lot) if lot.state is State.ANNOUNCED else Decision(lot=lot)
    opened = replace(mine, amount_fen=command.amount_fen, nonce=command.nonce)
    after = replace(begun.lot, envelopes=tuple(opened if one is mine else one for one in lot.envelopes))
    return arrival.then(begun, Decision(lot=after, events=(_opened(lot, opened, cause.actor),)))


def begin(lot: Lot) -> Decision:
    """Begin the opening; where there is no envelope, the lot ends."""
    if not lot.envelopes:
        return closing.unsold(lot, UnsoldReason.NO_BIDS)
    event = OPENING_BEGUN(lot.id, rule=lot.profile.ref, envelopes=len(lot.envelopes), until=opens_until(lot))
    return Decision(lot=replace(lot, state=State.OPENING), events=(event,))


def ranking(lot: Lot) -> tuple[Envelope, ...]:
    """Return the valid envelopes, the best first: the highest amount, of equal ones the earlier lodged."""
    valid = [one for one in lot.envelopes if (one.amount_fen or 0) >= lot.terms.start_price_fen]
    return tuple(sorted(valid, key=lambda one: (-(one.amount_fen or 0), one.lodged_at)))


def late(lot: Lot, command: Command, cause: Cause) -> Refusal:
    """Return what is heard of a lot that takes no more: it was early, or we were late, or it was."""
    opening = isinstance(command, OpenEnvelope)
    begins, ends = (opens_from(lot), opens_until(lot)) if opening else (lot.terms.opens_at, lot.terms.closes_at)
    if cause.at < begins:
        early = NotYetOpening if opening else arrival.NotYetOpen
        return early("it had not begun", opens_at=instant.render(begins))
    if cause.at < ends:
        return arrival.ProcessedTooLate("it arrived in time, but the lot had gone on before it could be decided")
    if opening:
        return OpeningOver("the time for it has passed", ended_at=instant.render(ends))
    return arrival.PastEnd("bidding has ended", ends_at=instant.render(ends))


def due_at(lot: Lot) -> datetime | None:
    """Return when time acts: at the opening, then a grace after it, when no opening in time is still on its way."""
    if lot.state is State.OPENING:
        return opens_until(lot) + lot.profile.grace
    return opens_from(lot) if lot.state is State.ANNOUNCED else None


def phase(lot: Lot, at: datetime) -> Phase:
    """Return what a reader at `at` should show."""
    if lot.state not in {State.ANNOUNCED, State.OPENING}:
        return Phase.DRAFT if lot.state is State.DRAFT else Phase.CLOSED
    if at < lot.terms.opens_at:
        return Phase.UPCOMING
    if at < lot.terms.closes_at:
        return Phase.OPEN
    return Phase.OPENING if opens_from(lot) <= at < opens_until(lot) else Phase.CLOSING


def require_terms(profile: Profile, terms: Terms) -> None:
    """Refuse `WrongForm` for increments, which a sealed bid cannot heed, and terms of other formats."""
    require_no_form(profile, terms)
    if terms.increments:
        raise WrongForm("sealed bids have no increments")


def book_of_pricing(pays: Pricing) -> Rulebook:
    """Return the rules of sealed bids under which the best of a ranking pays what `pays` says."""

    def tick(lot: Lot, _command: Tick, cause: Cause, _bidder: Bidder | None) -> Decision:
        due = due_at(lot)
        invariant(due is not None, "the table lets time act on nothing else")
        assert due is not None
        if cause.at < due:
            raise arrival.NotDue("nothing is due before", due_at=instant.render(due))
        return begin(lot) if lot.state is State.ANNOUNCED else _rank(lot, pays)

    return Rulebook(
        transitions=TRANSITIONS,
        judge=_no_bid,
        refused=_no_parked_bid,
        close=lambda lot: _rank(lot, pays),
        threshold=lambda lot: lot.terms.start_price_fen,
        require_terms=require_terms,
        own=MappingProxyType({Lodge: lodge, OpenEnvelope: open_envelope, Tick: tick}),
        late=late,
        phase=phase,
        due_at=due_at,
    )


def _rank(lot: Lot, pays: Pricing) -> Decision:
    """Publish what was opened, best first, and sell to the best if the reserve is met (拍卖法 art. 50)."""
    ranked = ranking(lot)
    event = ENVELOPES_RANKED(
        lot.id,
        rule=lot.profile.ref,
        ranking=[_told(one) for one in ranked],
        invalid=[_told(one) for one in lot.envelopes if one.amount_fen is not None and one not in ranked],
        unopened=[{"bid": one.id, "code": one.code} for one in lot.envelopes if one.amount_fen is None],
    )
    after = replace(lot, bid_count=len(ranked))
    if not ranked:
        return arrival.then(Decision(lot=after, events=(event,)), closing.unsold(after, UnsoldReason.NO_BIDS))
    best = ranked[0]
    assert best.amount_fen is not None
    if best.amount_fen < (lot.terms.reserve_fen or 0):
        ended = closing.unsold(after, UnsoldReason.RESERVE_NOT_MET)
        return arrival.then(Decision(lot=after, events=(event,)), ended)
    leader = Bid(
        id=best.id,
        organisation=best.organisation,
        code=best.code,
        amount_fen=pays(lot, ranked),
        arrived_at=best.lodged_at,
    )
    return arrival.then(Decision(lot=after, events=(event,)), closing.close(replace(after, leader=leader)))


def _told(one: Envelope) -> Mapping[str, Json]:
    """Write an opened envelope, so that anyone can hash it again."""
    return {"bid": one.id, "code": one.code, "amount_fen": str(one.amount_fen), "nonce": one.nonce}


def _opened(lot: Lot, one: Envelope, actor: Actor) -> Event:
    return ENVELOPE_OPENED(
        lot.id,
        rule=lot.profile.ref,
        bid=one.id,
        code=one.code,
        bidder=one.organisation,
        amount_fen=one.amount_fen,
        nonce=one.nonce,
        by=actor.named,
    )


def _of(lot: Lot, bidder: Bidder) -> Envelope | None:
    return next((one for one in lot.envelopes if one.organisation == bidder.organisation), None)


def _no_bid(_lot: Lot, _bid: Bid, _actor: Actor) -> Decision:
    raise AssertionError("the table of sealed bids lets nobody bid openly")


def _no_parked_bid(_lot: Lot, _bid: Bid, _number: int, _reason: str) -> Event:
    raise AssertionError("no sealed bid is parked")
