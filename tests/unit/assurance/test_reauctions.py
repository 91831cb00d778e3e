"""A lot that is offered again, held against the lot before it: what neither of them shows alone (art. 26)."""

from dataclasses import replace

import pytest

from exchange.assurance.whole import Assurance
from exchange.auctions import rules
from exchange.auctions.model import Announce, LotId
from ledger.kernel import instant
from tests import make_auctions as make
from tests import make_judicial as judicial
from tests.make_auctions import CAI, DAY, END, GRACE, NOON, SELLER

FIRST, SECOND = LotId.from_number(1), LotId.from_number(2)
CLOSED = END + GRACE


def chain(*, bid=False, suspended=False):
    """A lot without bids, and the one that follows it; each one's entries."""
    one, two = make.Record(), make.Record()
    lot = replace(judicial.draft(holders=()), id=FIRST)
    lot = one.take(rules.decide(lot, Announce(), make.cause(SELLER, judicial.PUBLISHED)), judicial.PUBLISHED)
    if suspended:
        lot = one.take(judicial.suspend(lot, NOON - DAY), NOON - DAY)
        lot = one.take(judicial.resume(lot, NOON), NOON)
    if bid:
        at = judicial.PUBLISHED + DAY
        lot = one.take(rules.decide(lot, judicial.deposit(CAI, None), make.cause(make.OFFICER, at)), at)
        lot = one.take(judicial.offer(lot, CAI, 100_000), NOON)
    due = rules.due_at(lot)
    lot = one.take(make.tick(lot, due), due)
    again = judicial.draft(holders=(), opens_at=due + 16 * DAY, closes_at=due + 17 * DAY, start_price_fen=80_000)
    before = judicial.previous(lot=FIRST, ended_at=lot.ends_at, start_price_fen=lot.terms.start_price_fen, attempt=1)
    again = replace(again, id=SECOND, state=again.state)
    two.take(rules.decide(again, Announce(previous=before), make.cause(SELLER, due)), due)
    return one.entries, two.entries


def found(*subjects):
    whole, index = Assurance(), 0
    for entries in subjects:
        for entry in entries:
            entry["index"] = index
            index += 1
        whole.take(entries)
    return [one.what for one in whole.findings() if "follow" in one.what]


class TestReauctions:
    @pytest.mark.parametrize("suspended", [False, True])
    def test_finds_nothing_wrong_with_an_honest_chain(self, suspended):
        assert found(*chain(suspended=suspended)) == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("previous", LotId.from_number(3)),
            ("previous_ended_at", instant.render(END + DAY)),
            ("previous_start_price_fen", "99999"),
            ("attempt", 3),
        ],
    )
    def test_finds_what_is_not_said_as_it_was(self, name, value):
        one, two = chain()
        two[1]["data"][name] = value

        assert found(one, two) == [f"{SECOND}: does not follow {FIRST} as that was"]

    def test_finds_a_lot_that_says_nothing_of_the_one_before_it(self):
        one, two = chain()

        assert found(one, two[:1]) == [f"{SECOND}: does not say that it follows {FIRST}"]

    def test_finds_a_lot_that_follows_what_was_sold(self):
        assert found(*chain(bid=True)) == [f"{SECOND}: says that it follows {FIRST}, which it does not"]

    def test_finds_a_lot_that_follows_nothing(self):
        _, two = chain()

        assert found(two) == [f"{SECOND}: says that it follows {FIRST}, which it does not"]

    def test_leaves_lots_of_other_rules_alone(self):
        one, two = chain()
        for entry in one:
            entry["rule"] = "exchange-proxy@1"

        assert found(one, two[:1]) == []
