"""The fold: one pass over a lot's entries, recomputing what each should have said."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, cast

from ledger.audit.reading import Entry, Reader, misfits, untimely
from ledger.kernel.canonical import Json

from ..model import (
    BID_ACCEPTED,
    BID_PARKED,
    BID_REFUSED,
    BIDDER_SCORED,
    DEPOSIT_CONFIRMED,
    FORM_ANNOUNCED,
    KINDS,
    LOT_ANNOUNCED,
    LOT_CANCELLED,
    LOT_RESUMED,
    MAXIMUM_ACCEPTED,
    MAXIMUM_REFUSED,
    PANEL_NAMED,
    PRICE_TAKEN,
    PRIORITY_CONFIRMED,
    REAUCTION_ANNOUNCED,
    ROUND_BEGUN,
    SALE_FELL_THROUGH,
    TAKE_REFUSED,
    BidId,
    State,
    form_of,
)
from .announcing import announced_amiss
from .endings import Endings
from .formats import DECISIONS, STANDINGS
from .reading import Announcement, Fold, Offer, Said, announcement
from .standing import Standing

_DECLARED: Final = {kind.name: kind for kind in KINDS}
_WAITS: Final = (
    DEPOSIT_CONFIRMED,
    PRIORITY_CONFIRMED,
    BID_REFUSED,
    MAXIMUM_REFUSED,
    TAKE_REFUSED,
)
_HALTED: Final = frozenset({State.ANNOUNCED, State.SUSPENDED})
_WHEN: Final = {SALE_FELL_THROUGH.name: {State.SOLD}} | {
    **{kind.name: {State.SUSPENDED} for kind in (LOT_RESUMED, LOT_CANCELLED)},
    **{kind.name: _HALTED for kind in _WAITS},
}
"""In which states an entry may come that does not come while a lot is announced alone."""


class Folding(Endings):
    """A fold in progress. Every finding names the entry; the first one is where to look."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self.findings: list[str] = []
        self._again = any(entry.get("kind") == REAUCTION_ANNOUNCED.name for entry in entries)
        self._place = ""
        self._recorded_at: datetime | None = None
        self._state = State.DRAFT
        self._ends_at = datetime.max.replace(tzinfo=UTC)
        self._standing: Standing | None = None
        self._accepted = 0
        self._decided = 0
        self._parked: list[Offer] = []
        self._parked_since: datetime | None = None
        self._settling = False
        self._bids: set[str] = set()
        self._codes: list[str] = []
        self._bidders: dict[str, str] = {}  # code -> organisation, where opened
        for entry in entries:
            self._take(entry)

    def result(self) -> Fold | None:
        """Return what was folded; None before an announcement."""
        if self._standing is None:
            return None
        leader = self._standing.leader
        return Fold(
            state=self._state,
            price_fen=self._standing.price_fen,
            leader_code=leader.code if leader else None,
            leader_bid=leader.id if leader else None,
            ends_at=self._ends_at,
            bid_count=self._accepted,
            decision_count=self._decided,
            parked=tuple(bid.id for bid in self._parked),
            parked_since=self._parked_since,
            opens_at=self._standing.terms.opens_at,
            suspended_at=self._suspended_at,
            codes=tuple(self._codes),
            extra_rounds=self._standing.extra_rounds,
            bid_freely=frozenset(self._standing.bid_freely),
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
            kind=kind,
            data=entry.inside("data"),
            opened=entry.inside("opened") if entry.has("opened") else Reader({}),
            at=entry.instant("arrived_at"),
        )
        if kind == LOT_ANNOUNCED.name:
            self._announced(entry.text("rule"), said)
            return
        handler = self._handlers().get(kind)
        if handler is None or self._standing is None:
            self._find("is not something that happens to a lot" if handler is None else "precedes the announcement")
            return
        standing = self._standing
        self._expect(
            self._state in _WHEN.get(kind, {State.ANNOUNCED}), f"follows the end of a lot that is {self._state}"
        )
        rule = standing.terms.rule
        self._expect(entry.text("rule") == rule, f"was not decided under {rule}")
        if standing.owes and kind != ROUND_BEGUN.name:
            self._find(f"comes where {standing.owes} began a round")
            standing.owes = None
        own = {one.name for one in (standing.accepts, standing.refuses, standing.sells)}
        misplaced = kind in DECISIONS and kind not in own
        self._expect(not misplaced, "is not how bids and lots are decided under this format")
        handler(standing, said)

    def _handlers(self) -> Mapping[str, Callable[[Standing, Said], None]]:
        return {
            FORM_ANNOUNCED.name: self._form_announced,
            PANEL_NAMED.name: self._told,
            BIDDER_SCORED.name: self._told,
            DEPOSIT_CONFIRMED.name: self._deposit_confirmed,
            BID_ACCEPTED.name: self._bid_accepted,
            MAXIMUM_ACCEPTED.name: self._bid_accepted,
            PRICE_TAKEN.name: self._bid_accepted,
            BID_PARKED.name: self._bid_parked,
            BID_REFUSED.name: self._bid_refused,
            MAXIMUM_REFUSED.name: self._bid_refused,
            TAKE_REFUSED.name: self._bid_refused,
            ROUND_BEGUN.name: self._round_begun,
            **self._besides(),
            **self._endings(),
        }

    def _announced(self, rule: str, said: Said) -> None:
        if self._standing is not None:
            self._find("announces the lot again")
            return
        terms = announcement(rule, said.data, said.opened)
        self._state, self._ends_at = State.ANNOUNCED, terms.closes_at
        kind = STANDINGS.get(terms.format)
        self._expect(kind, f"is held as {terms.format}, which cannot be audited yet")
        self._standing = (kind or Standing)(terms)
        for fault in announced_amiss(terms, said.at, opened=said.opened.has("excluded"), first=not self._again):
            self._find(fault)
        self._done_by(terms.seller, said.opened)
        if said.opened.has("reserve_fen"):
            told = terms.has_reserve == (terms.reserve_fen is not None)
            self._expect(told, "misstates whether there is a reserve")
            for fault in self._standing.reserve_amiss():
                self._find(fault)

    def _form_announced(self, standing: Standing, said: Said) -> None:
        self._expect(standing.form is None and not self._codes and not self._bids, "changes the terms of the format")
        form = form_of(cast("Mapping[str, Json]", said.data.inside("form").written))
        self._expect(type(form) is standing.needs, "states terms that are not of this format")
        standing.form = form
        if type(form) is standing.needs:
            for fault in standing.amiss():
                self._find(fault)

    def _told(self, standing: Standing, said: Said) -> None:
        """Take what only some formats have."""
        self._expect(said.at < self._ends_at, "comes after bidding ended")
        for fault in standing.tell(said):
            self._find(fault)

    def _deposit_confirmed(self, standing: Standing, said: Said) -> None:
        terms = standing.terms
        code = said.data.text("code")
        over = said.at >= self._ends_at and self._state is not State.SUSPENDED
        self._expect(not over, "comes after bidding ended")
        self._expect(code not in self._codes, f"gives code {code} a second time")
        if said.opened.has("amount_fen"):
            self._expect(said.opened.fen("amount_fen") >= terms.deposit_fen, f"accepts too small a deposit from {code}")
        if said.opened.has("bidder"):
            known = said.opened.text("bidder") in self._bidders.values()
            self._expect(not known, f"gives the organisation of code {code} a second code")
        self._identify(terms, code, said.opened, "bidder")
        self._codes.append(code)
        standing.admit(code, said.at)

    def _bid_accepted(self, standing: Standing, said: Said) -> None:
        was_parked = said.data.text("bid") in {parked.id for parked in self._parked}
        bid = self._decided_bid(standing, said)
        if not was_parked:
            self._done_by(self._bidders.get(bid.code), said.opened)
        deserved = self._deserves(standing, bid)
        self._expect(None in deserved, f"accepts {bid.id}, which deserved {_either(deserved)}")
        for fault in (*standing.misstated(bid, said.data), *standing.accept(bid, said.data)):
            self._find(fault)
        at_once = not standing.first_wins or not standing.terms.grace
        self._expect(was_parked or at_once, f"decides {bid.id} before the grace is over")
        self._ends_at = standing.move_end(self._ends_at, bid)
        self._expect(
            said.data.instant("ends_at") == self._ends_at, f"should end bidding at {self._ends_at.isoformat()}"
        )
        self._accepted += 1

    def _bid_refused(self, standing: Standing, said: Said) -> None:
        was_parked = any(parked.id == said.data.id("bid", BidId) for parked in self._parked)
        self._expect(was_parked, "refuses a bid that was not parked")
        bid = self._decided_bid(standing, said)
        deserved = self._deserves(standing, bid)
        self._expect(said.data.text("reason") in deserved, f"refuses {bid.id}, which deserved {_either(deserved)}")
        for fault in standing.misstated(bid, said.data):
            self._find(fault)

    def _bid_parked(self, standing: Standing, said: Said) -> None:
        amount = said.opened.fen("amount_fen") if said.opened.has("amount_fen") else None
        bid = Offer(id=said.data.id("bid", BidId), code=said.data.text("code"), placed_at=said.at, amount_fen=amount)
        self._newcomer(standing, bid, said.opened)
        self._done_by(self._bidders.get(bid.code), said.opened)
        since, over = self._parking(standing, said.at)
        self._expect(since <= said.at < over, "did not arrive within the grace")
        self._parked.append(bid)
        self._parked_since = self._parked_since or (said.at if standing.first_wins else self._ends_at)

    def _parking(self, standing: Standing, at: datetime) -> tuple[datetime, datetime]:
        """Return from when until when what arrives `at` would be parked."""
        if standing.first_wins:
            return standing.terms.opens_at, min(self._ends_at, (self._parked_since or at) + standing.terms.grace)
        since = self._parked_since or self._ends_at
        return since, since + standing.terms.grace

    def _round_begun(self, standing: Standing, said: Said) -> None:
        for fault in standing.begin_round(said):
            self._find(fault)

    def _decided_bid(self, standing: Standing, said: Said) -> Offer:
        """Read a bid that an entry decides, take it out of the parked ones, and number it."""
        bid = Offer(
            id=said.data.id("bid", BidId),
            code=said.data.text("code"),
            placed_at=said.data.instant("placed_at"),
            amount_fen=standing.offered(said),
            rank=self._ranks.get(said.data.text("code")),
        )
        parked = next((one for one in self._parked if one.id == bid.id), None)
        if parked:
            self._unpark(standing.terms, parked, bid, said.at)
            self._identify(standing.terms, bid.code, said.opened, "bidder")
        else:
            self._newcomer(standing, bid, said.opened)
            self._expect(bid.placed_at == said.at, f"moves the arrival of {bid.id}")
            in_turn = self._parked_since is None or bid.placed_at < self._parked_since
            self._expect(in_turn, f"decides {bid.id} before parked bids that arrived earlier")
        known = bid.placed_at <= said.at or self._state is State.SUSPENDED  # turned away by one that was held up
        self._expect(known, f"decides {bid.id} before it was placed")
        self._decided += 1
        self._expect(said.data.number("number") == self._decided, f"should be decision {self._decided}")
        return bid

    def _unpark(self, terms: Announcement, parked: Offer, bid: Offer, at: datetime) -> None:
        first = min(self._parked, key=lambda one: one.placed_at)  # the earlier parked of two equals
        self._expect(first is parked, f"decides {bid.id} before {first.id}, which arrived earlier")
        same = (bid.code, bid.placed_at) == (parked.code, parked.placed_at)
        same = same and (None in (parked.amount_fen, bid.amount_fen) or parked.amount_fen == bid.amount_fen)
        self._expect(same, f"changes {bid.id} since it was parked")
        if self._suspended_at is not None:
            self._expect(bid.placed_at >= self._suspended_at, f"turns {bid.id} away, which came before")
        elif self._parked_since is not None:
            self._expect(at >= self._parked_since + terms.grace, f"decides {bid.id} before the grace is over")
        self._parked.remove(parked)
        self._settling = bool(self._parked)
        if not self._parked:
            self._parked_since = None

    def _newcomer(self, standing: Standing, bid: Offer, opened: Reader) -> None:
        """Check a bid the record has not seen before."""
        terms = standing.terms
        self._expect(type(standing.form) is standing.needs, "precedes the terms of its format")
        self._expect(not self._settling, "comes between parked bids that are decided together")
        self._expect(bid.id not in self._bids, f"counts {bid.id} twice")
        self._bids.add(bid.id)
        deposited = bid.code in self._codes or not terms.profile.flag("needs_deposit")
        self._expect(deposited, f"lets {bid.code} bid without a deposit")
        for fault in standing.newcomer(bid):
            self._find(fault)
        self._identify(terms, bid.code, opened, "bidder")

    def _deserves(self, standing: Standing, bid: Offer) -> set[str | None]:
        """Return the refusals one of which a bid deserves at this moment; None stands for being accepted."""
        halted = any(since <= bid.placed_at < until for since, until in standing.halts)
        if self._state is State.SUSPENDED or halted:
            return {"auctions/suspended"}
        if bid.placed_at < standing.terms.opens_at:
            return {"auctions/not-yet-open"}
        if bid.placed_at >= self._ends_at and not (standing.first_wins and standing.leader):
            return {"auctions/past-end"}
        return standing.deserves(bid)

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

    def _find(self, what: str) -> None:
        self.findings.append(f"{self._place} {what}")


def _either(deserved: set[str | None]) -> str:
    return " or ".join(sorted(one or "acceptance" for one in deserved))
