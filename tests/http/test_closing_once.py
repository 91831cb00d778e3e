"""A lot closes once: whichever of many tickers gets there first, and whatever kills them on the way.

The lots of a season fall due at the same instant, each with its own story: sold with losers, nobody came, the reserve
was not met, a bid parked in the grace, one that was delayed and saves it. Whoever ended them, and how often they were
killed, one thing is left: every lot ended once, every loser has its deposit back once, the winner's is held, the
listing is awarded or free, the contract is there once, and the pack was asked for once.
"""

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from exchange.app import flows
from exchange.auctions import service as auctions
from exchange.auctions.model import LotId
from ledger.kernel import instant
from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from ledger.log import service as log
from tests.killed_tickers import KILLED, Nursery, Ticker
from tests.market import yuan
from tests.part_processes import PartProcess, site_over

GRACE = timedelta(seconds=2)
MOMENT = timedelta(milliseconds=1)
ENDINGS = ("auction.lot_sold", "auction.lot_unsold")
STORIES = ("contested", "nobody", "reserve", "parked", "rescued")
BIDDERS = {"contested": 3, "nobody": 0, "reserve": 2, "parked": 2, "rescued": 2}
SOLD = {"contested", "parked", "rescued"}
PARTS = 3


@pytest.fixture(scope="module")
def nursery():
    nursery = Nursery()
    yield nursery
    nursery.close()


@dataclass
class Season:
    """Lots that all end at one instant, and what has been promised to whom."""

    market: object
    world: object
    lots: dict  # lot -> story
    bidders: dict  # lot -> members with a deposit
    end: object

    @classmethod
    def of(cls, market, world, count):
        """Announce `count` lots, a story each in turn, and let their bidding run up to the end."""
        seller = market.member("university")
        listings = [market.draft_listing(seller) for _ in range(count)]
        for listing in listings:
            market.done("POST", f"/v1/listings/{listing}/submit", seller)
            market.done("POST", f"/v1/listings/{listing}/accept", market.operator)
            ends = market.done("POST", f"/v1/listings/{listing}/publish", seller)["disclosure_ends_at"]
        market.move(instant.parse(ends))
        terms = market.lot_terms()
        lots = {}
        for number, listing in enumerate(listings):
            story = STORIES[number % len(STORIES)]
            more = {"reserve": yuan("900000")} if story == "reserve" else {}
            lots[market.lot(seller, listing, **terms, **more)] = story
        members = [market.member("enterprise") for _ in range(max(BIDDERS.values()))]
        bidders = {lot: members[: BIDDERS[story]] for lot, story in lots.items()}
        for lot, some in bidders.items():
            for one in some:
                market.deposit(lot, one)
        market.move(instant.parse(terms["opens_at"]))
        season = cls(market, world, lots, bidders, instant.parse(terms["closes_at"]))
        season.bid()
        return season

    def bid(self):
        """Bid for every lot by its story; then stand where all of them are due, with nothing ticked."""
        for lot, some in self.bidders.items():
            for number, one in enumerate(some[:-1] if self.lots[lot] == "rescued" else some):
                self.market.bid(lot, one, str(100_000 + 1_000 * number))
        self.world.move(self.end + GRACE / 2)
        for lot, some in self.bidders.items():
            if self.lots[lot] in {"parked", "rescued"}:
                body = {"amount": yuan("150000")}
                assert self.market.call("POST", f"/v1/lots/{lot}/bids", some[0], body).status_code == 202
            if self.lots[lot] == "rescued":
                self.late(lot, some[-1], 140_000)
        self.world.move(self.end + GRACE)

    def late(self, lot, by, amount):
        """Have decided now what arrived just before the end; return what it heard."""
        cause = replace(self.world.cause(by.id), at=self.end - MOMENT)
        try:
            with self.world.units.begin() as unit:
                row, _ = auctions.place_bid(unit, cause, LotId(lot), Fen(amount * 100))
        except Refusal as refusal:
            return refusal.code()
        return row.state.value

    def kinds(self):
        """What the record says of each lot, entry by entry."""
        self.world.drain()
        with self.world.units.read() as unit:
            return {lot: Counter(one.entry.kind for one in log.history(unit, [lot])) for lot in self.lots}

    def ended(self):
        """How many endings the record has; of one lot there is never more than one."""
        endings = [sum(kinds[one] for one in ENDINGS) for kinds in self.kinds().values()]
        assert set(endings) <= {0, 1}
        return sum(endings)

    def finish(self):
        """Let time go on until every lot that was extended has ended, too, and nothing is due any more."""
        while flows.tick_due(self.world.units):
            pass
        self.market.move(self.end + timedelta(hours=1))

    def rows(self, statement):
        """What a table says of each lot."""
        with self.world.units.read() as unit:
            return Counter(unit.connection.execute(sa.text(statement)).scalars())

    def holds(self):
        """Hold everything that an end brings with it against the stories: once, all of it, and nothing else."""
        kinds = self.kinds()
        contracts, packs = self.rows("SELECT lot FROM contract"), self.rows("SELECT lot FROM pack")
        for lot, story in self.lots.items():
            sold = story in SOLD
            assert (kinds[lot]["auction.lot_sold"], kinds[lot]["auction.lot_unsold"]) == (sold, not sold), story
            assert (contracts[lot], packs[lot]) == (sold, 1), story
            seen = self.market.read_lot(lot)
            state = self.market.done("GET", f"/v1/listings/{seen['listing']}")["state"]
            assert state == ("awarded" if sold else "open"), story
            if self.bidders[lot]:
                self.deposits(lot, seen["leader"] if sold else None)

    def deposits(self, lot, winner):
        """The losers' deposits went back, once, and the winner's is held."""
        with self.world.units.read() as unit:
            settlement = unit.connection.execute(
                sa.text("SELECT id FROM settlement WHERE deal = :lot"), {"lot": lot}
            ).scalar_one()
            entries = [one.entry for one in log.history(unit, [settlement])]
        said = [(one.kind, json.loads(one.content)["data"]) for one in entries]
        refunded = Counter(data["code"] for kind, data in said if kind == "escrow.deposit_refunded")
        held = {data["code"] for kind, data in said if kind == "escrow.deposit_held"}
        assert refunded == Counter(held - {winner})
        counted = Counter(one.kind for one in entries)
        assert counted["escrow.awarded"] == (winner is not None)
        assert counted["escrow.released"] == (winner is None)


class TestClosing:
    def test_happens_once_though_many_tickers_race(self, market, world, nursery):
        season = Season.of(market, world, 10)
        assert nursery.run(world.database.api, *[Ticker()] * 6) == [0] * 6
        assert season.ended() == 8  # two were rescued, and go on
        season.finish()
        season.holds()

    @pytest.mark.parametrize("number", [1, 4])
    def test_is_not_there_when_its_ticker_dies_before_the_commit(self, market, world, nursery, number):
        season = Season.of(market, world, 5)
        before = season.kinds()
        assert nursery.run(world.database.api, Ticker(at_commit=f"{number} before")) == [KILLED]
        after = season.kinds()
        assert sum(after[lot] != before[lot] for lot in season.lots) == number - 1
        season.finish()
        season.holds()

    @pytest.mark.parametrize("number", [1, 4])
    def test_is_there_and_not_repeated_when_its_ticker_dies_after_the_commit(self, market, world, nursery, number):
        season = Season.of(market, world, 5)
        before = season.kinds()
        assert nursery.run(world.database.api, Ticker(at_commit=f"{number} after")) == [KILLED]
        after = season.kinds()
        assert sum(after[lot] != before[lot] for lot in season.lots) == number
        assert nursery.run(world.database.api, Ticker(), Ticker()) == [0, 0]
        again = season.kinds()
        assert all(again[lot] == after[lot] for lot in season.lots if after[lot] != before[lot])
        season.finish()
        season.holds()

    @pytest.mark.parametrize("seed", range(3))
    def test_happens_once_however_its_tickers_die(self, market, world, nursery, seed):
        """Round after round of tickers that are killed anywhere: between two commits, in a statement, waiting."""
        rng = random.Random(seed)
        season = Season.of(market, world, 15)
        killed = 0
        for _ in range(6):
            fates = [Ticker(after_s=rng.uniform(0.005, 0.15)) for _ in range(2)]
            fates += [Ticker(at_commit=f"{rng.randint(1, 4)} {rng.choice(['before', 'after'])}") for _ in range(2)]
            killed += nursery.run(world.database.api, *fates).count(KILLED)
            season.ended()
        assert killed
        assert nursery.run(world.database.api, Ticker(), Ticker()) == [0, 0]
        season.finish()
        season.holds()

    @pytest.mark.parametrize("seed", range(4))
    def test_and_a_late_bid_never_both_have_their_way(self, market, world, nursery, seed):
        """What arrived in time and is decided only now either extends the lot or hears that it was our delay."""
        rng = random.Random(seed)
        season = Season.of(market, world, 10)
        heard = {}
        lots = [lot for lot, story in season.lots.items() if story in {"contested", "parked"}]
        rng.shuffle(lots)

        def bid():
            for lot in lots:
                time.sleep(rng.uniform(0, 0.02))
                heard[lot] = season.late(lot, season.bidders[lot][0], 145_000)

        late = threading.Thread(target=bid)
        nursery.send(world.database.api, Ticker(), Ticker(after_s=rng.uniform(0.01, 0.1)), Ticker())
        late.start()
        assert set(nursery.ends()) <= {0, KILLED}
        late.join()
        assert set(heard.values()) <= {"accepted", "auctions/processed-too-late"}
        season.finish()
        season.holds()
        for lot, answer in heard.items():
            ends = instant.parse(market.read_lot(lot)["ends_at"])
            assert (ends > season.end) == (answer == "accepted"), season.lots[lot]


@pytest.fixture
def ticking(world, addresses, tmp_path):
    """Start the ticker's own processes on this database, to be stopped with the test."""
    started = []

    def start():
        started.extend(PartProcess("ticker", site_over(world, addresses, tmp_path)) for _ in range(PARTS))
        return started

    yield start
    for one in started:
        one.end()


class TestClosingWithoutAListing:
    """Nothing but the lot's own lock keeps two tickers apart: no listing, no settlement, no contract."""

    def test_happens_once_though_many_tickers_race_and_die(self, market, world, nursery):
        opens = market.now() + timedelta(minutes=1)
        end = opens + timedelta(hours=1)
        lot = {"start_price": yuan("100"), "opens_at": instant.render(opens), "closes_at": instant.render(end)}
        body = {"lots": [lot] * 80, "profile": "replay-extended@1"}
        lots = market.done("POST", "/v1/replay/lots", market.operator, body)["lots"]
        bidder = market.member("enterprise")
        market.move(opens)
        for one in lots[::2]:
            market.bid(one, bidder, "100")
        world.move(end + GRACE / 2)
        for one in lots[::4]:
            body = {"amount": yuan("150")}
            assert market.call("POST", f"/v1/lots/{one}/bids", bidder, body).status_code == 202
        world.move(end + GRACE)
        doomed = [Ticker(at_commit="3 before"), Ticker(at_commit="5 after"), Ticker(after_s=0.05)]
        assert set(nursery.run(world.database.api, Ticker(), *doomed, Ticker())) <= {0, KILLED}
        world.drain()
        with world.units.read() as unit:
            kinds = [one.entry.kind for one in log.history(unit, lots)]
        assert Counter(one for one in kinds if one in ENDINGS) == dict.fromkeys(ENDINGS, 40)


class TestTheTickerProcesses:
    def test_killed_again_and_again_close_every_lot_once(self, market, world, ticking):
        rng = random.Random(6)
        season = Season.of(market, world, 30)
        parts = ticking()
        deadline, kills = time.monotonic() + 60, 0
        while season.ended() < 24:  # the rest was rescued, and goes on
            assert time.monotonic() < deadline
            time.sleep(rng.uniform(0, 0.3))
            if kills < 8 and season.ended():
                rng.choice(parts).kill()
                kills += 1
        assert kills
        world.move(season.end + timedelta(hours=1))
        while season.ended() < 30:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        season.holds()
