"""Driving an old log through the HTTP API, as bidders and an officer with nothing but an address and tokens could.

Each bid is sent when the clock stands at its instant, and the next one when it has been answered: the clock is
everybody's, so nothing here can be done side by side. What is lost on the way is sent again under the same key.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

import httpx2

from ledger.kernel import instant, money
from ledger.kernel.canonical import Json
from ledger.kernel.money import Fen
from ledger.log.export import Progress

from .logs import OldBid, OldLog

BIDDERS_AT_ONCE: Final = 1000
LOTS_AT_ONCE: Final = 500
LOTS_PER_PAGE: Final = 200
TIMEOUT_S: Final = 60.0
PATIENCE_S: Final = 30.0  # a process that was killed is back before that
AGAIN_AFTER_S: Final = 0.1
PROBLEM: Final = "application/problem+json"

Item = TypeVar("Item")


class Stopped(Exception):  # noqa: N818 - an answer to the person who started it
    """The replay cannot go on; says what the exchange answered."""


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
        self._client = httpx2.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False)
        self._officer = officer
        self._sent = 0

    def run(self, log: OldLog, progress: Progress) -> Course:
        """Replay the whole log. Raises `Stopped`."""
        course = Course()
        with self._client:
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
                made = self._command("/v1/replay/bidders", {"count": len(some)}).json()["tokens"]
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
            made: list[str] = self._command("/v1/replay/lots", {"lots": asked}).json()["lots"]
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
        answer = self._post(f"/v1/lots/{lot}/bids", {"amount": _money(bid.amount_fen)}, token)
        if answer.status_code == 201:
            course.accepted += 1
            return
        code = _code(answer)
        if code is None or not code.startswith("auctions/"):
            raise Stopped(f"a bid of {bid.bidder} for {bid.auction} was answered {_said(answer)}")
        course.refused[code] += 1

    def _move_clock(self, to: datetime) -> None:
        self._command("/v1/clock", {"to": instant.render(to)})

    def _read_lots(self) -> dict[str, Closed]:
        found: dict[str, Closed] = {}
        after: str | None = None
        while True:
            params = {"limit": str(LOTS_PER_PAGE)} | ({"after": after} if after else {})
            answer = self._client.get("/v1/lots", params=params)
            if answer.status_code != 200:
                raise Stopped(f"the lots could not be read: {_said(answer)}")
            page = answer.json()
            for one in page["items"]:
                sold = one["state"] == "sold"
                price = money.parse_yuan(one["price"]["amount"]) if sold else None
                found[one["id"]] = Closed(state=one["state"], price_fen=price)
            after = page["next"]
            if after is None:
                return found

    def _command(self, path: str, body: Mapping[str, Json]) -> httpx2.Response:
        """Send a command of the officer's and return its answer. Raises `Stopped` when it is not carried out."""
        answer = self._post(path, body, self._officer)
        if not answer.is_success:
            raise Stopped(f"POST {path} was answered {_said(answer)}")
        return answer

    def _post(self, path: str, body: Mapping[str, Json], token: str) -> httpx2.Response:
        """Send a command under a key of its own, again while nobody answers or what answers is not ready."""
        self._sent += 1
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"replay-{self._sent}"}
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self._client.post(path, json=body, headers=headers)
            except httpx2.TransportError as error:
                if time.monotonic() > deadline:
                    raise Stopped(f"the API does not answer: {error}") from error
            else:
                if answer.status_code != 503 or time.monotonic() > deadline:
                    return answer
            time.sleep(AGAIN_AFTER_S)


def _code(answer: httpx2.Response) -> str | None:
    """Return why a command was refused, such as `auctions/past-end`; None when the answer is no problem document."""
    if answer.headers.get("content-type") != PROBLEM:
        return None
    return str(answer.json()["type"]).removeprefix("/problems/")


def _said(answer: httpx2.Response) -> str:
    code = _code(answer)
    return f"{answer.status_code} {code}: {answer.json()['detail']}" if code else f"{answer.status_code}"


def _money(fen: Fen) -> dict[str, Json]:
    return {"amount": money.format_yuan(fen)}


def _chunks(items: Sequence[Item], most: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), most):
        yield items[start : start + most]
