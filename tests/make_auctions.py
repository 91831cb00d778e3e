"""Build valid lots; a test overrides only what it is about.

The usual lot opens at noon and ends a day later, asks 1,000.00 in steps of 10.00, and is held under `judicial-2016@1`.
"""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from exchange.auctions import checks, rules
from exchange.auctions.model import (
    Announce,
    Band,
    Bid,
    Bidder,
    BidderCode,
    BidId,
    Click,
    Clock,
    ConfirmDeposit,
    Decision,
    Demand,
    Draft,
    Envelope,
    Format,
    Lodge,
    Lot,
    LotId,
    OpenEnvelope,
    PlaceBid,
    TakePrice,
    Terms,
    Tick,
)
from ledger.kernel import instant
from ledger.kernel.cause import TIME, Actor, Cause
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.money import Fen
from ledger.log.model import Event

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
END = NOON + DAY
GRACE = timedelta(seconds=2)
WINDOW = timedelta(minutes=5)
INSTANT = timedelta(microseconds=1)  # the smallest step of time there is

LOT = LotId.from_number(1)
SELLER = OrganisationId.from_number(1)
OPERATOR = OrganisationId.from_number(2)
OFFICER = OrganisationId.from_number(3)
ANN, BEN, CAI = (OrganisationId.from_number(number) for number in (11, 12, 13))
CODES = {ANN: BidderCode("0011"), BEN: BidderCode("0012"), CAI: BidderCode("0013")}


DEMAND = Demand(title="稀土抛光废粉的回收工艺", document_sha256="5" * 64)


def cause(organisation: OrganisationId = ANN, at: datetime = NOON) -> Cause:
    person = PersonId.from_number(int(at.timestamp()) % 97)
    return Cause(actor=Actor(organisation=organisation, person=person, capabilities=frozenset()), at=at, request_id="r")


def acted(organisation: OrganisationId, at: datetime) -> dict[str, str | None]:
    """The sealed `by` of what `cause` asks for."""
    return {"organisation": organisation, "person": cause(organisation, at).actor.person}


def clock(at: datetime) -> Cause:
    return Cause(actor=TIME, at=at, request_id="tick")


def terms(**changes: Any) -> Terms:
    usual = Terms(
        start_price_fen=Fen(100_000),
        increments=(Band(Fen(0), Fen(1_000)),),
        deposit_fen=Fen(10_000),
        reserve_fen=None,
        appraisal_fen=None,
        opens_at=NOON,
        closes_at=END,
    )
    return replace(usual, **changes)


def draft(profile: str = "judicial-2016@1", *, listing: str | None = "", **changes: Any) -> Lot:
    """A draft, of a listing where its profile asks for one."""
    if listing == "":
        listing = "lst_x" if rules.find(profile).needs_listing else None
    excluded, numbers = frozenset({OPERATOR}), rules.find(profile)
    if numbers.format is Format.REVERSE:
        changes = {"form": DEMAND} | changes
    command = Draft(lot=LOT, listing=listing, excluded=excluded, profile=numbers, terms=terms(**changes))
    return rules.draft(command, cause(SELLER, NOON - DAY)).lot


def announced(profile: str = "judicial-2016@1", **changes: Any) -> Lot:
    """A lot announced a day before it opens. Changes to fields of `Terms` go there, others to the lot."""
    own = {name: changes.pop(name) for name in list(changes) if name not in {one.name for one in fields(Terms)}}
    lot = rules.decide(draft(profile, **changes), Announce(), cause(SELLER, NOON - DAY)).lot
    return replace(lot, **own)


def bidder(organisation: OrganisationId = ANN, deposit_fen: int = 10_000) -> Bidder:
    return Bidder(organisation=organisation, code=CODES[organisation], deposit_fen=Fen(deposit_fen))


def bid_id(number: int) -> BidId:
    return BidId.from_number(number)


def bid(organisation: OrganisationId = ANN, amount_fen: int = 100_000, at: datetime = NOON, number: int = 1) -> Bid:
    return Bid(
        id=bid_id(number),
        organisation=organisation,
        code=CODES[organisation],
        amount_fen=Fen(amount_fen),
        arrived_at=at,
    )


def offer(lot: Lot, organisation: OrganisationId, amount_fen: int, at: datetime, number: int = 1) -> Decision:
    """Have `organisation`, whose deposit is confirmed, bid."""
    command = PlaceBid(bid=bid_id(number), amount_fen=Fen(amount_fen))
    return rules.decide(lot, command, cause(organisation, at), bidder=bidder(organisation))


FALLING = Clock(floor_fen=Fen(90_500), step_fen=Fen(1_000), step_s=60)
"""From 1,000.00 by 10.00 a minute: ten steps, the last of them half as high, and the floor stands from 12:10 on."""


def falling(clock: Clock = FALLING, *, grace_ms: int = 500, **changes: Any) -> Lot:
    """A lot with a falling clock, announced a day before it opens."""
    lot = announced("exchange-dutch@1", **{"increments": (), "form": clock} | changes)
    return replace(lot, profile=replace(lot.profile, grace_ms=grace_ms))


def click(organisation: OrganisationId, at: datetime, *, seen: int, step: int, fen: int, number: int = 1) -> Bid:
    return replace(bid(organisation, fen, at, number), click=Click(seen=seen, step=step))


def take(lot: Lot, organisation: OrganisationId, step: int, at: datetime, number: int = 1) -> Decision:
    """Have `organisation`, whose deposit is confirmed, take the price of a step that it saw."""
    return rules.decide(
        lot, TakePrice(bid=bid_id(number), step=step), cause(organisation, at), bidder=bidder(organisation)
    )


NONCES = {ANN: "aa" * 32, BEN: "bb" * 32, CAI: "cc" * 32}


def sealed_lot(profile: str = "exchange-second-price@1", **changes: Any) -> Lot:
    """A lot for sealed envelopes, announced a day before it opens; the window to open them is two hours."""
    return announced(profile, **{"increments": ()} | changes)


def envelope(organisation: OrganisationId, amount_fen: int, at: datetime, number: int, *, opened: bool = False):
    code, nonce = CODES[organisation], NONCES[organisation]
    sealed = rules.commitment(LOT, code, Fen(amount_fen), nonce)
    held = {"amount_fen": Fen(amount_fen), "nonce": nonce} if opened else {}
    return Envelope(id=bid_id(number), organisation=organisation, code=code, commitment=sealed, lodged_at=at, **held)


def lodge(lot: Lot, organisation: OrganisationId, amount_fen: int, at: datetime, number: int = 1) -> Decision:
    """Have `organisation`, whose deposit is confirmed, lodge an envelope with its own nonce."""
    sealed = rules.commitment(lot.id, CODES[organisation], Fen(amount_fen), NONCES[organisation])
    command = Lodge(bid=bid_id(number), commitment=sealed)
    return rules.decide(lot, command, cause(organisation, at), bidder=bidder(organisation))


def open_up(lot: Lot, organisation: OrganisationId, amount_fen: int, at: datetime) -> Decision:
    """Have `organisation` say what its envelope holds."""
    command = OpenEnvelope(amount_fen=Fen(amount_fen), nonce=NONCES[organisation])
    return rules.decide(lot, command, cause(organisation, at), bidder=bidder(organisation))


def tick(lot: Lot, at: datetime) -> Decision:
    return rules.decide(lot, Tick(), clock(at))


def deposit(organisation: OrganisationId = ANN, amount_fen: int = 10_000) -> ConfirmDeposit:
    return ConfirmDeposit(
        organisation=organisation, amount_fen=Fen(amount_fen), payment_reference="p-1", code=CODES[organisation]
    )


def refused(act: Any, *given: Any, **named: Any) -> Refusal | None:
    """The refusal that `act` raises, if any."""
    try:
        act(*given, **named)
    except Refusal as refusal:
        return refusal
    return None


def code_of(refusal: Refusal | None) -> str:
    return refusal.code().removeprefix("auctions/") if refusal else "accepted"


def amounts_to(lot: Lot) -> checks.Fold:
    """What the lot's entries should amount to, but for the deposits, which the lot does not carry."""
    return checks.Fold(
        state=lot.state,
        price_fen=lot.price_fen,
        leader_code=lot.leader.code if lot.leader else None,
        leader_bid=lot.leader.id if lot.leader else None,
        ends_at=lot.ends_at,
        bid_count=lot.bid_count,
        decision_count=lot.decision_count,
        parked=tuple(one.id for one in lot.parked),
        parked_since=lot.parked_since,
        opens_at=lot.terms.opens_at,
        suspended_at=lot.suspension.at if lot.suspension else None,
        codes=(),
        extra_rounds=lot.extra_rounds,
        bid_freely=lot.bid_freely,
    )


class Record:
    """The entries that decisions would leave behind, as an auditor reads them."""

    def __init__(self, *, opened: bool = True) -> None:
        self.opened = opened
        self.entries: list[dict[str, Any]] = []

    def take(self, decision: Decision, at: datetime) -> Lot:
        """Write what was decided, and return the lot after it."""
        self.write(decision.events, at)
        return decision.lot

    def write(self, events: Iterable[Event], at: datetime) -> None:
        """Write entries about what arrived `at`, each recorded no sooner than the one before."""
        before = self.entries[-1]["recorded_at"] if self.entries else ""
        recorded_at = max(before, instant.render(at))
        for event in events:
            self.entries.append(
                {
                    "v": 1,
                    "kind": event.kind,
                    "subject": event.subject,
                    "seq": len(self.entries),
                    "arrived_at": instant.render(at),
                    "recorded_at": recorded_at,
                    "rule": event.rule,
                    "data": dict(event.data),
                    "sealed": dict.fromkeys(event.sealed, "0" * 64),
                }
                | ({"opened": dict(event.sealed)} if self.opened else {})
            )
