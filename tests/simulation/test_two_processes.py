"""Two API processes, one database, and requests that a barrier lets loose at once: a thousand lots, a seed each.

A hundred lots share a clock. Round by round, while it moves to just before, at and just after their end and the end of
their grace, bids come to both processes together: one key twice at once, one key with two bodies, an old bid again.
Some lots are held still at that moment, so that what has arrived is decided only when time has gone on.

Afterwards `tests/models` hears each lot's decided bids in the order of their numbers and must come to the same leader,
price, end and result; what was refused at once must have been refused for something the lot has been; nobody may have
been told two things; and the exported log must audit clean.
"""

import json
import random
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException

import pytest
import sqlalchemy as sa

from exchange.app import founding
from ledger.kernel import instant
from ledger.kernel.money import parse_yuan
from tests.market import yuan
from tests.models.ascending import Ascending
from tests.models.proxy import Proxy
from tests.part_processes import PartProcess, on_another_port, site_over
from tests.world import START

LOTS_AT_ONCE = 100
THREADS = 8
BIDDERS = 4
OPENING, STEP = 1_000, 10  # yuan
MS = timedelta(milliseconds=1)
WINDOW, GRACE = timedelta(minutes=5), timedelta(seconds=2)
LASTS = timedelta(hours=1)
LATE = 5  # the round from which on only lots that were extended are open
STILL_S = 0.03
PATIENCE_S = 60.0
BUSY, REUSED, TOO_LATE = "http/busy", "kernel/key-reused", "auctions/processed-too-late"


@dataclass(frozen=True)
class Answer:
    """What a request heard: a status and the bid's name, or a refusal's code and its facts."""

    status: int
    bid: str | None
    code: str | None
    body: dict = field(compare=False)

    @property
    def said(self):
        return (self.status, self.bid or self.code)


@dataclass
class Request:
    """A bid, and how often it was sent. `key` may have been used for another body."""

    lot: str
    bidder: int
    amount: int
    key: str
    answers: list = field(default_factory=list)

    @property
    def was_accepted(self):
        return any(answer.status == 201 for answer in self.answers)


class Line:
    """One connection to one process, kept open."""

    def __init__(self, url):
        self.connection = HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE_S)

    def post(self, path, body, token, key):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.connection.request("POST", path, json.dumps(body), headers)
                with self.connection.getresponse() as response:
                    said = json.loads(response.read())
            except (
                ConnectionError,
                HTTPException,
            ):  # an idle line was closed: the key says that it is the same request
                self.connection.close()
                assert time.monotonic() < deadline
                continue
            code = said["type"].removeprefix("/problems/") if response.status >= 300 else None
            if code != BUSY or time.monotonic() > deadline:
                return Answer(response.status, said.get("id"), code, said)
            time.sleep(0.01)


class Hall:
    """Both processes, everybody's lines to them, and everything that was said."""

    def __init__(self, world, sites, profile):
        self.world, self.profile = world, profile
        self.operator = founding.enter(world.units, **founding.OPERATOR).bearer.text
        self.lines = [Line(sites[number % 2].url) for number in range(THREADS + 1)]  # the last one is the clock's
        self.keys = 0
        made = self.command("/v1/replay/bidders", {"count": BIDDERS})
        self.tokens, self.organisations = made["tokens"], made["organisations"]
        self.heard = defaultdict(list)  # lot -> requests

    def close(self):
        for line in self.lines:
            line.connection.close()

    def command(self, path, body):
        """Have the operator obeyed."""
        self.keys += 1
        answer = self.lines[-1].post(path, body, self.operator, f"operator-{self.keys}")
        assert answer.status < 300, answer.body
        return answer.body

    def move(self, to):
        self.command("/v1/clock", {"to": instant.render(to)})

    def open(self, count, opens_at):
        """Open lots that share their instants."""
        lot = {
            "start_price": yuan(str(OPENING)),
            "opens_at": instant.render(opens_at),
            "closes_at": instant.render(opens_at + LASTS),
        }
        steps = [{"from_price": yuan("0"), "increment": yuan(str(STEP))}]
        body = {"lots": [lot] * count, "profile": self.profile, "increments": steps}
        return self.command("/v1/replay/lots", body)["lots"]

    def round(self, rngs, to, number):
        """Let loose what each lot's seed draws for this round, and the clock's move to `to`, at one moment."""
        queues = [[] for _ in range(THREADS)]
        for lot, rng in rngs.items():
            for thread, request in self.drawn(lot, rng, number):
                queues[thread].append(request)
        still = [lot for lot, rng in rngs.items() if rng.random() < 0.2]
        barrier = threading.Barrier(THREADS + 2)
        failed = []

        def loose(act, *arguments):
            try:
                barrier.wait()
                act(*arguments)
            except BaseException as error:  # noqa: BLE001 - told by the test's own thread
                failed.append(error)

        acts = [(self.send, line, queue) for line, queue in zip(self.lines, queues, strict=False)]
        threads = [threading.Thread(target=loose, args=act) for act in [*acts, (self.move, to)]]
        with self.world.units.engine.connect() as connection:
            connection.execute(_HOLD, {"lots": still})
            for one in threads:
                one.start()
            barrier.wait()
            time.sleep(STILL_S)  # what arrives for these lots is stamped now, and decided when they are let go
            connection.rollback()
        for one in threads:
            one.join()
        assert failed == []

    def drawn(self, lot, rng, number):
        """Draw the requests for a lot, each with the thread that is to send it."""
        heard = self.heard[lot]
        if number >= LATE and rng.random() < 0.75 and not any(one.was_accepted for one in heard):
            return  # it has ended: to hear so once in a while is enough
        for _ in range(rng.choice([0, 0, 0, 1, 2])):
            self.keys += 1
            amount = OPENING + STEP * (number + rng.randint(-1, 2)) - rng.choice([0, 0, 0, 1])
            one = Request(lot, rng.randrange(BIDDERS), amount, f"bid-{self.keys}")
            heard.append(one)
            threads = rng.sample(range(THREADS), 2)
            yield threads[0], one
            if rng.random() < 0.15:  # at once to another thread: as often as not, to the other process
                yield threads[1], one
            elif rng.random() < 0.1:
                other = Request(lot, one.bidder, amount + STEP, one.key)
                heard.append(other)
                yield threads[1], other
        if heard and rng.random() < 0.1:
            yield rng.randrange(THREADS), rng.choice(heard)

    def send(self, line, queue):
        for one in queue:
            body = {"amount": yuan(str(one.amount))}
            answer = line.post(f"/v1/lots/{one.lot}/bids", body, self.tokens[one.bidder], one.key)
            one.answers.append(answer)

    def season(self, seeds):
        """Run one lot for each seed, all on one clock, from opening to result."""
        opens = instant.parse(self.clock()) + timedelta(minutes=1)
        lots = self.open(len(seeds), opens)
        rngs = dict(zip(lots, map(random.Random, seeds), strict=True))
        end = opens + LASTS
        late = end - MS + WINDOW  # the end of those that somebody bid for at the last moment
        instants = [opens, end - MS, end, end + GRACE - MS, end + GRACE, late - MS, late, late + GRACE - MS]
        for number, to in enumerate([*instants, late + GRACE]):
            self.round(rngs, to, number)
        self.move(late + WINDOW + WINDOW + GRACE + GRACE)

    def clock(self):
        with self.world.units.look() as unit:
            return instant.render(unit.now())


_HOLD = sa.text("SELECT id FROM lot WHERE id = ANY(:lots) ORDER BY id FOR NO KEY UPDATE")
_BIDS = sa.text(
    "SELECT lot, id, organisation, state, refusal, number, arrived_at, coalesce(maximum_fen, amount_fen) AS offered"
    " FROM bid ORDER BY lot, number"
)
_LOTS = sa.text("SELECT id, state, price_fen, leader_organisation, ends_at, closes_at, bid_count FROM lot")


class Judgement:
    """Holds what stands in the database, and what everybody was told, against a model that has seen neither."""

    def __init__(self, hall, model, **more):
        self.hall, self.model, self.more = hall, model, more
        with hall.world.units.read() as unit:
            self.lots = unit.connection.execute(_LOTS).all()
            self.bids = defaultdict(list)
            for row in unit.connection.execute(_BIDS):
                self.bids[row.lot].append(row)
        self.counted = Counter()

    def all(self):
        for lot in self.lots:
            self.lot(lot)
        return self.counted

    def lot(self, row):
        """Let the model hear the decided bids of one lot."""
        model = self.model(ends_at=row.closes_at, start=OPENING * 100, steps=((0, STEP * 100),), **self.more)
        been = [(model.least(), model.ends_at, model.leader)]  # whatever the lot was at some time
        for place, bid in enumerate(self.bids[row.id], 1):
            assert (bid.number, bid.state in {"accepted", "refused"}) == (place, True)
            said = model.hear(bid.organisation, bid.offered, bid.arrived_at)
            assert (bid.state, bid.refusal) == (
                ("accepted", None) if said == "accepted" else ("refused", f"auctions/{said}")
            )
            been.append((model.least(), model.ends_at, model.leader))
        assert (row.state, row.price_fen, row.leader_organisation, row.ends_at, row.bid_count) == (
            "sold" if model.sells(None) else "unsold",
            model.price,
            model.leader,
            model.ends_at,
            model.accepted,
        )
        self.counted[row.state] += 1
        self.counted["extended"] += row.ends_at > row.closes_at
        self.told(row.id, been)

    def told(self, lot, been):
        """Hold what everybody heard against what has become of it."""
        became = {bid.id: bid for bid in self.bids[lot]}
        named = set()
        for one in self.hall.heard[lot]:
            for answer in one.answers:
                self.answer(one, answer, became, been)
            named |= {answer.bid for answer in one.answers if answer.bid}
            self.once(one, became)
        assert named == set(became)
        keys = defaultdict(list)
        for one in self.hall.heard[lot]:
            keys[one.key].append({answer.code == REUSED for answer in one.answers})
        for reused in keys.values():  # of two bodies under one key, one was taken and the other was not
            assert sorted(reused, key=str) in ([{False}], [{False}, {True}])

    def once(self, one, became):
        """Nobody hears two things, but that a parked bid has been decided meanwhile."""
        said = {answer.said for answer in one.answers}
        final = said - {(202, bid) for bid in became}
        assert len(final) <= 1
        assert len({answer.bid for answer in one.answers if answer.bid}) <= 1
        if len(said) == 2:
            self.counted["parked, then decided"] += 1
            parked = next(bid for status, bid in said if status == 202)
            outcome = became[parked]
            assert final == {(201, parked) if outcome.state == "accepted" else (409, outcome.refusal)}

    def answer(self, one, answer, became, been):
        self.counted[answer.code or answer.status] += 1
        if answer.bid:
            bid = became[answer.bid]
            assert (bid.offered, bid.organisation) == (one.amount * 100, self.hall.organisations[one.bidder])
            assert bid.state == "accepted" or answer.status == 202
        elif answer.code in {"auctions/below-increment", "auctions/below-start"} and "minimum_next" in answer.body:
            least = parse_yuan(answer.body["minimum_next"]["amount"])
            assert one.amount * 100 < least
            assert least in {least for least, _, _ in been}
        elif answer.code == "auctions/past-end" and "ends_at" in answer.body:
            assert instant.parse(answer.body["ends_at"]) in {ends for _, ends, _ in been}
        elif answer.code == "auctions/already-leading":
            assert self.hall.organisations[one.bidder] in {leader for _, _, leader in been}
        else:
            assert answer.code in {REUSED, TOO_LATE, "auctions/below-increment", "auctions/below-start", *REFUSED}


REFUSED = ("auctions/past-end", "auctions/not-yet-open", "auctions/not-a-raise")


@pytest.fixture
def sites(world, addresses, tmp_path):
    """Two API processes on this world's database."""
    one = site_over(world, addresses, tmp_path)
    found = [one, on_another_port(one)]
    parts = [PartProcess("api", site) for site in found]
    for part in parts:
        part.wait_ready()
    yield found
    for part in parts:
        part.end()
        assert "Traceback" not in part.log.read_text()


def run(world, sites, folder, seeds, profile, model, **more):
    hall = Hall(world, sites, profile)
    began = time.monotonic()
    try:
        for first in range(0, len(seeds), LOTS_AT_ONCE):
            hall.season(seeds[first : first + LOTS_AT_ONCE])
    finally:
        hall.close()
    bidding = time.monotonic()
    counted = Judgement(hall, model, **more).all()
    assert world.check(folder) is not None
    audited = time.monotonic()
    sent = sum(len(one.answers) for heard in hall.heard.values() for one in heard)
    took = f"in {bidding - began:.1f} s, judged in {audited - bidding:.1f} s"
    print(f"{len(seeds)} seeds, {sent} requests {took}: {dict(counted)}")  # noqa: T201 - for who asks how long it took
    assert counted["sold"] + counted["unsold"] == len(seeds)
    assert world.clock.now() > START
    return counted


class TestTwoProcesses:
    def test_decide_each_bid_once_and_as_the_model_does(self, world, sites, tmp_path):
        counted = run(world, sites, tmp_path, range(1_000), "replay-extended@1", Ascending, window=WINDOW)
        met = {
            201,
            202,
            REUSED,
            "extended",
            "auctions/past-end",
            "auctions/below-increment",
            "auctions/already-leading",
        }
        assert met <= set(counted)

    def test_decide_maxima_as_their_model_does(self, world, sites, tmp_path):
        counted = run(world, sites, tmp_path, range(5_000, 5_200), "replay-proxy@1", Proxy, window=timedelta(0))
        assert {201, REUSED, "auctions/past-end", "auctions/below-increment"} <= set(counted)
