"""Driving an old log through the HTTP API, as bidders and an officer with nothing but an address and tokens could.

Each bid is sent when the clock stands at its instant, and the next one when it has been answered: the clock is
everybody's, so nothing here can be done side by side.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from ledger.kernel import instant, money
from ledger.kernel.canonical import Json
from ledger.kernel.money import Fen
from ledger.log.export import Progress

from .logs import OldBid, OldLog
from .wire import Answer, Stopped, Wire

BIDDERS_AT_ONCE: Final = 1000
LOTS_AT_ONCE: Final = 500
LOTS_PER_PAGE: Final = 200

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """How a lot ended. `price_fen` is None when it was not sold, and so is `winner`, the bidder's old name."""

    state: str
    price_fen: Fen | None
    winner: str | None = None


@dataclass(slots=True, kw_only=True)
class Course:
    """What became of the bids, and of each auction by its old name."""

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    accepted_of: Counter[str] = field(default_factory=Counter)  # by auction
    refused_of: Counter[str] = field(default_factory=Counter)
    codes: dict[tuple[str, str], str] = field(default_factory=dict)  # auction and bidder code -> bidder
    bidding_s: float = 0.0
    closed: dict[str, Closed] = field(default_factory=dict)


class Driver:
    """One client of one exchange, on behalf of its officer and of every bidder."""

    def __init__(self, url: str, *, officer: str) -> None:
        self._wire = Wire(url)
        self._officer = officer

    def run(self, log: OldLog, progress: Progress, *, profile: str = "replay@1") -> Course:
        """Replay the whole log under a version of the rules for replays. Raises `Stopped`."""
        course = Course()
        with closing(self._wire):
            tokens = self._make_bidders(log.bidders)
            lots = self._open_lots(log, profile)
            began_s = time.monotonic()
            self._bid(log, lots, tokens, course, progress)
            self._move_clock(log.ends_at)
            course.bidding_s = time.monotonic() - began_s
            ended = self._read_lots()
            course.closed = {old: _closed(ended[lot], old, course) for old, lot in lots.items()}
        return course

    def _make_bidders(self, names: Sequence[str]) -> dict[str, str]:
        """Return a token for each bidder."""
        tokens: dict[str, str] = {}
        for some in _chunks(names, BIDDERS_AT_ONCE):
            made: list[str] = []
            while not made:  # tokens are shown once: should that answer get lost, other bidders are as good
                made = self._command("/v1/replay/bidders", {"count": len(some)}).body["tokens"]
            tokens |= zip(some, made, strict=True)
        return tokens

    def _open_lots(self, log: OldLog, profile: str) -> dict[str, str]:
        """Return the lot that each auction has become."""
        lots: dict[str, str] = {}
        increments: list[Json] = [
            {"from_price": _money(one.from_fen), "increment": _money(one.increment_fen)} for one in log.increments
        ]
        for some in _chunks(log.auctions, LOTS_AT_ONCE):
            asked: list[Json] = [
                {
                    "start_price": _money(one.start_price_fen),
                    "opens_at": instant.render(one.opened_at),
                    "closes_at": instant.render(one.closes_at),
                }
                for one in some
            ]
            body: dict[str, Json] = {"lots": asked, "profile": profile, "increments": increments}
            made: list[str] = self._command("/v1/replay/lots", body).body["lots"]
            lots |= zip((one.id for one in some), made, strict=True)
        return lots

    def _bid(
        self, log: OldLog, lots: Mapping[str, str], tokens: Mapping[str, str], course: Course, progress: Progress
    ) -> None:
        stands_at: datetime | None = None
        for number, bid in enumerate(log.bids, 1):
            if bid.at != stands_at:
                self._move_clock(bid.at)
                stands_at = bid.at
            self._place(bid, lots[bid.auction], tokens[bid.bidder], course)
            progress(number, len(log.bids))

    def _place(self, bid: OldBid, lot: str, token: str, course: Course) -> None:
        answer = self._wire.post(f"/v1/lots/{lot}/bids", {"amount": _money(bid.amount_fen)}, token=token)
        code = answer.code
        if answer.status == 201:
            course.accepted += 1
            course.accepted_of[bid.auction] += 1
            course.codes[bid.auction, answer.body["code"]] = bid.bidder
        elif code and code.startswith("auctions/"):
            course.refused[code] += 1
            course.refused_of[bid.auction] += 1
        else:
            raise Stopped(f"a bid of {bid.bidder} for {bid.auction} was answered {answer}")

    def _move_clock(self, to: datetime) -> None:
        self._command("/v1/clock", {"to": instant.render(to)})

    def _read_lots(self) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}  # Any: a lot as the API answers it
        after = ""
        while True:
            answer = self._wire.get(f"/v1/lots?limit={LOTS_PER_PAGE}{after}")
            if answer.status != 200:
                raise Stopped(f"the lots could not be read: {answer}")
            page = answer.body
            found |= {one["id"]: one for one in page["items"]}
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    def _command(self, path: str, body: Mapping[str, Json]) -> Answer:
        """Send a command of the officer's and return its answer. Raises `Stopped` when it is not carried out."""
        answer = self._wire.post(path, body, token=self._officer)
        if not 200 <= answer.status < 300:
            raise Stopped(f"POST {path} was answered {answer}")
        return answer


def _closed(lot: Mapping[str, Any], auction: str, course: Course) -> Closed:  # Any: a lot as the API answers it
    if lot["state"] != "sold":
        return Closed(state=lot["state"], price_fen=None)
    winner = course.codes[auction, lot["leader"]]
    return Closed(state="sold", price_fen=money.parse_yuan(lot["price"]["amount"]), winner=winner)


def _money(fen: Fen) -> dict[str, Json]:
    return {"amount": money.format_yuan(fen)}


def _chunks(items: Sequence[Item], most: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), most):
        yield items[start : start + most]
