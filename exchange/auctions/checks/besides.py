"""What befalls a lot besides bids: who may match a price, which lot it follows, that it stands still and goes on."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from ledger.audit.reading import Reader

from ..model import (
    HOLDERS_NAMED,
    LOT_CANCELLED,
    LOT_RESUMED,
    LOT_SUSPENDED,
    PRIORITY_CONFIRMED,
    REAUCTION_ANNOUNCED,
    Halt,
    State,
)
from .offering import again_amiss, ranks_named, resumed
from .reading import Announcement, Offer, Said
from .standing import Standing


class Besides:
    """The part of a fold that bids leave alone. `findings` are told through `_expect` and `_find`."""

    _state: State
    _ends_at: datetime
    _parked: list[Offer]
    _parked_since: datetime | None
    _bids: set[str]
    _codes: list[str]

    def __init__(self) -> None:
        self._suspended_at: datetime | None = None
        self._holders: list[tuple[int, str | None]] = []  # rank and, where opened, organisation
        self._ranks: dict[str, int] = {}  # priority code -> rank
        self._follows = False

    def _besides(self) -> Mapping[str, Callable[[Standing, Said], None]]:
        return {
            HOLDERS_NAMED.name: self._holders_named,
            REAUCTION_ANNOUNCED.name: self._offered_again,
            PRIORITY_CONFIRMED.name: self._priority_confirmed,
            LOT_SUSPENDED.name: self._suspended,
            LOT_RESUMED.name: self._resumed,
            LOT_CANCELLED.name: self._cancelled,
        }

    def _holders_named(self, standing: Standing, said: Said) -> None:
        self._expect(not self._holders and not self._codes and not self._bids, "names holders after the announcement")
        self._holders, findings = ranks_named(standing.terms, said)
        for finding in findings:
            self._find(finding)

    def _offered_again(self, standing: Standing, said: Said) -> None:
        late = self._follows or bool(self._codes or self._bids)
        self._expect(not late, "says after the announcement which lot it follows")
        self._follows = True
        for fault in again_amiss(standing.terms, said):
            self._find(fault)

    def _priority_confirmed(self, standing: Standing, said: Said) -> None:
        code, rank = said.data.text("code"), said.data.number("rank")
        self._expect(self._codes[-1:] == [code] and code not in self._ranks, f"ranks {code} apart from its deposit")
        held = [organisation for place, organisation in self._holders if place == rank]
        self._expect(held, f"confirms the rank {rank}, which no holder was named with")
        if said.opened.has("bidder") and held and None not in held:
            self._expect(said.opened.text("bidder") in held, f"ranks {code}, which is no holder of rank {rank}")
        self._identify(standing.terms, code, said.opened, "bidder")
        self._ranks[code] = rank

    def _suspended(self, standing: Standing, said: Said) -> None:
        self._expect(said.at < (self._parked_since or self._ends_at), "suspends a lot whose bidding is over")
        self._halted(standing.terms, said)
        self._state, self._suspended_at = State.SUSPENDED, said.at

    def _resumed(self, standing: Standing, said: Said) -> None:
        self._expect(not self._parked, f"resumes the lot over {len(self._parked)} parked bids")
        self._not_by(standing.terms, said.opened)
        since, ended_at = self._suspended_at or said.at, said.data.instant("cause_ended_at")
        self._expect(since <= ended_at <= said.at, "ends its cause outside of the suspension")
        allowed = standing.terms.number("resume_s")
        late = allowed and said.at - ended_at > timedelta(seconds=allowed)
        self._expect(not late, "resumes the lot later than the law allows")
        opens_at, self._ends_at = resumed(standing.terms, since, said.at, self._ends_at)
        held = said.at - since
        if standing.first_wins:
            opens_at = standing.terms.opens_at + held
        self._expect(said.data.instant("opens_at") == opens_at, f"should open bidding at {opens_at.isoformat()}")
        ends_at = self._ends_at.isoformat()
        self._expect(said.data.instant("ends_at") == self._ends_at, f"should end bidding at {ends_at}")
        closes_at = standing.terms.closes_at + (held if standing.timed else timedelta(0))
        standing.terms = replace(standing.terms, opens_at=opens_at, closes_at=closes_at)
        standing.halts.append((since, said.at))
        self._state, self._suspended_at = State.ANNOUNCED, None

    def _cancelled(self, standing: Standing, said: Said) -> None:
        self._expect(not self._parked, f"cancels the lot over {len(self._parked)} parked bids")
        self._halted(standing.terms, said)
        self._state, self._suspended_at = State.WITHDRAWN, None

    def _halted(self, terms: Announcement, said: Said) -> None:
        """Check why a lot is stopped, and that its seller has not stopped it."""
        reason, order = said.data.text("reason"), said.data.text_or_none("order")
        self._expect(reason in set(Halt), "gives no reason that is known")
        if reason in set(Halt):
            self._expect(order or not Halt(reason).ordered, "names no order")
        self._not_by(terms, said.opened)

    def _not_by(self, terms: Announcement, opened: Reader) -> None:
        if opened.has("by"):
            self._expect(opened.inside("by").text("organisation") != terms.seller, "was the seller's own act")

    def _identify(self, terms: Announcement, code: str, opened: Reader, name: str) -> None:
        raise NotImplementedError

    def _expect(self, holds: object, otherwise: str) -> None:
        if not holds:
            self._find(otherwise)

    def _find(self, what: str) -> None:
        raise NotImplementedError
