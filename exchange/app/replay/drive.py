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
from typing import Final, TypeVar

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
    """How a lot ended. `price_fen` is None when it was not sold."""

    state: str
    price_fen: Fen | None


@dataclass(slots=True, kw_only=True)
class Course:
    """What became of the bids, and of each auction by its old name."""

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    bidding_s: float = 0.0
    closed: dict[str, Closed] = field(default_factory=dict)


class Driver:
    """One client of one exchange, on behalf of its officer and of every bidder."""

    def __init__(self, url: str, *, officer: str) -> None:
        self._wire = Wire(url)
        self._officer = officer

    def run(self, log: OldLog, progress: Progress) -> Course:
        """Replay the whole log. Raises `Stopped`."""
        course = Course()
        with closing(self._wire):
            tokens = self._make_bidders(log.bidders)
            lots = self._open_lots(log)
            began_s = time.monotonic()
            self._bid(log, lots, tokens, course, progress)
            self._move_clock(log.ends_at)
            course.bidding_s = time.monotonic() - began_s
            ended = self._read_lots()
            course.closed = {old: ended[lot] for old, lot in lots.items()}
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

    def _open_lots(self, log: OldLog) -> dict[str, str]:
        """Return the lot that each auction has become."""
        lots: dict[str, str] = {}
        for some in _chunks(log.auctions, LOTS_AT_ONCE):
            asked: list[Json] = [
                {
                    "start_price": _money(one.start_price_fen),
                    "opens_at": instant.render(one.opened_at),
                    "closes_at": instant.render(one.closes_at),
                }
                for one in some
            ]
            made: list[str] = self._command("/v1/replay/lots", {"lots": asked}).body["lots"]
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
        elif code and code.startswith("auctions/"):
            course.refused[code] += 1
        else:
            raise Stopped(f"a bid of {bid.bidder} for {bid.auction} was answered {answer}")

    def _move_clock(self, to: datetime) -> None:
        self._command("/v1/clock", {"to": instant.render(to)})

    def _read_lots(self) -> dict[str, Closed]:
        found: dict[str, Closed] = {}
        after = ""
        while True:
            answer = self._wire.get(f"/v1/lots?limit={LOTS_PER_PAGE}{after}")
            if answer.status != 200:
                raise Stopped(f"the lots could not be read: {answer}")
            page = answer.body
            for one in page["items"]:
                price = money.parse_yuan(one["price"]["amount"]) if one["state"] == "sold" else None
                found[one["id"]] = Closed(state=one["state"], price_fen=price)
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    def _command(self, path: str, body: Mapping[str, Json]) -> Answer:
        """Send a command of the officer's and return its answer. Raises `Stopped` when it is not carried out."""
        answer = self._wire.post(path, body, token=self._officer)
        if not 200 <= answer.status < 300:
            raise Stopped(f"POST {path} was answered {answer}")
        return answer


def _money(fen: Fen) -> dict[str, Json]:
    return {"amount": money.format_yuan(fen)}


def _chunks(items: Sequence[Item], most: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), most):
        yield items[start : start + most]
