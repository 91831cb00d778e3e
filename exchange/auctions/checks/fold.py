"""The fold: one pass over a lot's entries, recomputing what each should have said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ledger.audit.reading import Entry, Reader, misfits, untimely

from ..model import (
    BID_ACCEPTED,
    BID_PARKED,
    BID_REFUSED,
    DEPOSIT_CONFIRMED,
    KINDS,
    LOT_ANNOUNCED,
    LOT_SOLD,
    LOT_UNSOLD,
    LOT_WITHDRAWN,
    SALE_FELL_THROUGH,
    BidId,
    Fault,
    State,
)
from ..rules import PROFILES, REPLAY
from .reading import Announcement, announcement

_DECLARED: Final = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """What the entries amount to; each field should equal the lot's row of the same meaning."""

    state: State
    price_fen: int | None
    leader_code: str | None
    leader_bid: str | None
    ends_at: datetime
    bid_count: int
    decision_count: int
    parked: tuple[str, ...]  # bid ids, in the order of parking
    parked_since: datetime | None
    codes: tuple[str, ...]  # in the order their deposits were confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One entry: what it publishes, what of its sealed fields was opened, and the arrival that caused it."""

    data: Reader
    opened: Reader
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bid:
    id: str
    code: str
    placed_at: datetime
    amount_fen: int | None  # None while parked and not opened


class Folding:
    """A fold in progress. Every finding names the entry; the first one is where to look."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.findings: list[str] = []
        self._place = ""
        self._recorded_at: datetime | None = None
        self._terms: Announcement | None = None
        self._state = State.DRAFT
        self._ends_at = datetime.max.replace(tzinfo=UTC)
        self._leader: _Bid | None = None
        self._price: int | None = None
        self._accepted = 0
        self._decided = 0
        self._parked: list[_Bid] = []
        self._parked_since: datetime | None = None
        self._settling = False
        self._bids: set[str] = set()
        self._codes: list[str] = []
        self._bidders: dict[str, str] = {}  # code -> organisation, where opened
        for entry in entries:
            self._take(entry)

    def result(self) -> Fold | None:
        """Return what was folded; None before an announcement."""
        if self._terms is None:
            return None
        return Fold(
            state=self._state,
            price_fen=self._price,
            leader_code=self._leader.code if self._leader else None,
            leader_bid=self._leader.id if self._leader else None,
            ends_at=self._ends_at,
            bid_count=self._accepted,
            decision_count=self._decided,
            parked=tuple(bid.id for bid in self._parked),
            parked_since=self._parked_since,
            codes=tuple(self._codes),
        )

    def _take(self, entry: Entry) -> None:
        self._place = f"entry {entry.get('seq')} ({entry.get('kind')})"
        try:
            self._apply(Reader(entry))
        except (ValueError, OverflowError) as reason:  # unreadable, or beyond what a number or date holds
            self._find(f"cannot be read: {reason}")

    def _apply(self, entry: Reader) -> None:
        kind = entry.text("kind")
        for fault in (*misfits(entry, _DECLARED), *untimely(entry, self._recorded_at)):
            self._find(fault)
        self._recorded_at = entry.instant("recorded_at")
        said = Said(
            data=entry.inside("data"),
            opened=entry.inside("opened") if entry.has("opened") else Reader({}),
            at=entry.instant("arrived_at"),
        )
        if kind == LOT_ANNOUNCED.name:
            self._announced(entry.text("rule"), said)
            return
        handler = self._handlers().get(kind)
        if handler is None or self._terms is None:
            self._find("is not something that happens to a lot" if handler is None else "precedes the announcement")
            return
        expected = State.SOLD if kind == SALE_FELL_THROUGH.name else State.ANNOUNCED
        self._expect(self._state is expected, f"follows the end of a lot that is {self._state}")
        self._expect(entry.text("rule") == self._terms.rule, f"was not decided under {self._terms.rule}")
        handler(self._terms, said)

    def _handlers(self) -> Mapping[str, Callable[[Announcement, Said], None]]:
        return {
            DEPOSIT_CONFIRMED.name: self._deposit_confirmed,
            BID_ACCEPTED.name: self._bid_accepted,
            BID_PARKED.name: self._bid_parked,
            BID_REFUSED.name: self._bid_refused,
            LOT_SOLD.name: self._sold,
            LOT_UNSOLD.name: self._unsold,
            LOT_WITHDRAWN.name: self._withdrawn,
            SALE_FELL_THROUGH.name: self._fell_through,
        }

    def _announced(self, rule: str, said: Said) -> None:
        if self._terms is not None:
            self._find("announces the lot again")
            return
        terms = announcement(rule, said.data, said.opened)
        self._terms, self._state, self._ends_at = terms, State.ANNOUNCED, terms.closes_at
        profile, published = terms.profile, PROFILES.get(rule)
        self._expect(published, f"is held under {rule}, which was never published")
        self._expect(published is None or profile.written == published.to_json(), f"misquotes {rule}")
        self._expect(rule != REPLAY.ref or terms.listing is None, f"sells what is listed under {rule}")
        self._expect(not profile.flag("needs_listing") or terms.listing, "names no listing")
        self._expect(said.at <= terms.opens_at, "comes after bidding opened")
        least = timedelta(seconds=profile.number("min_bidding_s"))
        self._expect(terms.opens_at < terms.closes_at, "ends bidding before it opens")
        self._expect(terms.closes_at - terms.opens_at >= least, "leaves too little time for bids")
        floor = (terms.appraisal_fen or 0) * profile.number("start_min_bp")
        self._expect(terms.start_fen * 10_000 >= floor, "starts too far below the appraisal")
        self._expect(terms.bands or not profile.flag("needs_increments"), "has no increments")
        lowest, highest = (terms.start_fen * profile.number(f"deposit_{end}_bp") for end in ("min", "max"))
        lawful = lowest <= terms.deposit_fen * 10_000 <= highest
        self._expect(lawful or not profile.flag("needs_deposit"), "asks for an unlawful deposit")
        barred = len(terms.excluded) if said.opened.has("excluded") else terms.excluded_count
        self._expect(terms.excluded_count == barred >= 0, f"bars {barred} and says {terms.excluded_count}")
        self._done_by(terms.seller, said.opened)
        if said.opened.has("reserve_fen"):
            told = terms.has_reserve == (terms.reserve_fen is not None)
            self._expect(told, "misstates whether there is a reserve")
            self._expect((terms.reserve_fen or terms.start_fen) >= terms.start_fen, "has a reserve below its start")

    def _deposit_confirmed(self, terms: Announcement, said: Said) -> None:
        code = said.data.text("code")
        self._expect(said.at < self._ends_at, "comes after bidding ended")
        self._expect(code not in self._codes, f"gives code {code} a second time")
        if said.opened.has("amount_fen"):
            self._expect(said.opened.fen("amount_fen") >= terms.deposit_fen, f"accepts too small a deposit from {code}")
        if said.opened.has("bidder"):
            known = said.opened.text("bidder") in self._bidders.values()
            self._expect(not known, f"gives the organisation of code {code} a second code")
        self._identify(terms, code, said.opened, "bidder")
        self._codes.append(code)

    def _bid_accepted(self, terms: Announcement, said: Said) -> None:
        was_parked = said.data.text("bid") in {parked.id for parked in self._parked}
        bid = self._decided_bid(terms, said)
        if not was_parked:
            self._done_by(self._bidders.get(bid.code), said.opened)
        reason = self._objection(terms, bid)
        self._expect(reason is None, f"accepts {bid.id}, which deserved {reason}")
        self._expect(said.data.fen("price_fen") == bid.amount_fen, "states another price than the bid's")
        self._ends_at = max(self._ends_at, bid.placed_at + terms.extension)
        self._expect(
            said.data.instant("ends_at") == self._ends_at, f"should end bidding at {self._ends_at.isoformat()}"
        )
        self._leader, self._price = bid, bid.amount_fen
        self._accepted += 1

    def _bid_refused(self, terms: Announcement, said: Said) -> None:
        was_parked = any(parked.id == said.data.id("bid", BidId) for parked in self._parked)
        self._expect(was_parked, "refuses a bid that was not parked")
        bid = self._decided_bid(terms, said)
        reason = self._objection(terms, bid)
        self._expect(said.data.text("reason") == reason, f"refuses {bid.id}, which deserved {reason or 'acceptance'}")

    def _bid_parked(self, terms: Announcement, said: Said) -> None:
        amount = said.opened.fen("amount_fen") if said.opened.has("amount_fen") else None
        bid = _Bid(id=said.data.id("bid", BidId), code=said.data.text("code"), placed_at=said.at, amount_fen=amount)
        self._newcomer(terms, bid, said.opened)
        self._done_by(self._bidders.get(bid.code), said.opened)
        since = self._parked_since or self._ends_at
        self._expect(since <= said.at < since + terms.grace, "did not arrive within the grace")
        self._parked.append(bid)
        self._parked_since = since

    def _sold(self, terms: Announcement, said: Said) -> None:
        self._closing(terms, said)
        self._state = State.SOLD
        if self._leader is None:
            self._find("sells a lot nobody bid for")
            return
        named = (said.data.id("bid", BidId), said.data.text("code"), said.data.fen("price_fen"))
        won = (self._leader.id, self._leader.code, self._price)
        self._expect(named == won, f"should sell to {won[1]} at {won[2]} fen by {won[0]}")
        if terms.reserve_fen is not None and self._price is not None:
            self._expect(self._price >= terms.reserve_fen, "sells below the reserve")
        self._identify(terms, said.data.text("code"), said.opened, "buyer")

    def _unsold(self, terms: Announcement, said: Said) -> None:
        self._closing(terms, said)
        self._state = State.UNSOLD
        reason = "reserve-not-met" if self._leader else "no-bids"
        self._expect(said.data.text("reason") == reason, f"should give the reason {reason}")
        if self._leader is not None:
            self._expect(terms.has_reserve, "withholds the lot from its leader without a reserve")
        if terms.reserve_fen is not None and self._price is not None:
            self._expect(self._price < terms.reserve_fen, "withholds the lot though the reserve is met")

    def _withdrawn(self, terms: Announcement, said: Said) -> None:
        self._expect(said.at < terms.opens_at and not self._bids, "withdraws the lot after bidding began")
        self._done_by(terms.seller, said.opened)
        self._state = State.WITHDRAWN

    def _fell_through(self, _terms: Announcement, said: Said) -> None:
        self._state = State.FELL_THROUGH
        self._expect(said.data.text("fault") in set(Fault), "blames neither the seller nor the buyer")
        won = self._leader.code if self._leader else None
        self._expect(said.data.text("code") == won, f"should name {won}, who had won")

    def _closing(self, terms: Announcement, said: Said) -> None:
        self._expect(not self._parked, f"closes the lot over {len(self._parked)} parked bids")
        self._expect(said.at >= self._ends_at + terms.grace, "closes the lot before its time")
        self._expect(said.data.number("bids") == self._accepted, f"should count {self._accepted} bids")

    def _decided_bid(self, terms: Announcement, said: Said) -> _Bid:
        """Read a bid that an entry decides, take it out of the parked ones, and number it."""
        bid = _Bid(
            id=said.data.id("bid", BidId),
            code=said.data.text("code"),
            placed_at=said.data.instant("placed_at"),
            amount_fen=said.data.fen("amount_fen"),
        )
        parked = next((one for one in self._parked if one.id == bid.id), None)
        if parked:
            self._unpark(terms, parked, bid, said.at)
            self._identify(terms, bid.code, said.opened, "bidder")
        else:
            self._newcomer(terms, bid, said.opened)
            self._expect(bid.placed_at == said.at, f"moves the arrival of {bid.id}")
            in_turn = self._parked_since is None or bid.placed_at < self._parked_since
            self._expect(in_turn, f"decides {bid.id} before parked bids that arrived earlier")
        self._expect(bid.placed_at <= said.at, f"decides {bid.id} before it was placed")
        self._decided += 1
        self._expect(said.data.number("number") == self._decided, f"should be decision {self._decided}")
        return bid

    def _unpark(self, terms: Announcement, parked: _Bid, bid: _Bid, at: datetime) -> None:
        first = min(self._parked, key=lambda one: one.placed_at)  # the earlier parked of two equals
        self._expect(first is parked, f"decides {bid.id} before {first.id}, which arrived earlier")
        same = (parked.code, parked.placed_at, parked.amount_fen or bid.amount_fen)
        self._expect(same == (bid.code, bid.placed_at, bid.amount_fen), f"changes {bid.id} since it was parked")
        if self._parked_since is not None:
            self._expect(at >= self._parked_since + terms.grace, f"decides {bid.id} before the grace is over")
        self._parked.remove(parked)
        self._settling = bool(self._parked)
        if not self._parked:
            self._parked_since = None

    def _newcomer(self, terms: Announcement, bid: _Bid, opened: Reader) -> None:
        """Check a bid the record has not seen before."""
        self._expect(not self._settling, "comes between parked bids that are decided together")
        self._expect(bid.id not in self._bids, f"counts {bid.id} twice")
        self._bids.add(bid.id)
        deposited = bid.code in self._codes or not terms.profile.flag("needs_deposit")
        self._expect(deposited, f"lets {bid.code} bid without a deposit")
        self._identify(terms, bid.code, opened, "bidder")

    def _objection(self, terms: Announcement, bid: _Bid) -> str | None:
        """Return the refusal a bid deserves at this moment, if any."""
        if bid.placed_at < terms.opens_at:
            return "auctions/not-yet-open"
        if bid.placed_at >= self._ends_at:
            return "auctions/past-end"
        if bid.amount_fen is None or bid.amount_fen < terms.least_after(self._price):
            return "auctions/below-increment" if self._leader else "auctions/below-start"
        again = self._leader is not None and self._leader.code == bid.code
        return "auctions/already-leading" if again and not terms.profile.flag("leader_may_raise") else None

    def _identify(self, terms: Announcement, code: str, opened: Reader, name: str) -> None:
        """Hold an opened identity against its code and against those who may never bid (art. 34)."""
        if not opened.has(name):
            return
        organisation = opened.text(name)
        known = self._bidders.setdefault(code, organisation)
        self._expect(known == organisation, f"puts a second organisation behind code {code}")
        barred = organisation == terms.seller or organisation in terms.excluded
        self._expect(not barred, f"lets {code} bid, which may not")

    def _done_by(self, organisation: str | None, opened: Reader) -> None:
        """Hold an opened `by` against the organisation whose act it is, where that is known."""
        if opened.has("by") and organisation is not None:
            self._expect(opened.inside("by").text("organisation") == organisation, "was another organisation's act")

    def _expect(self, holds: object, otherwise: str) -> None:
        if not holds:
            self._find(otherwise)

    def _find(self, what: str) -> None:
        self.findings.append(f"{self._place} {what}")
