"""What a page says of a lot whose price fell by itself, and which of its names a seller may see."""

from datetime import timedelta

import pytest

from exchange.auctions import model as auctions
from exchange.auctions import rules as bidding_rules
from exchange.contracts.rules import bids, labels, reading
from exchange.contracts.rules.deal import bidding
from exchange.contracts.rules.entitled import OPENED, _is_decided, resting_on
from exchange.contracts.rules.ladder import ladder
from exchange.contracts.rules.timeline import detail
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, NOON

MINUTE = timedelta(minutes=1)


def entries():
    """Ben's click arrived a moment before Ann's, at 990.00; hers, at 980.00, was handed over first."""
    record, eve = make.Record(), NOON - make.DAY
    lot = make.draft("exchange-dutch@1", increments=(), form=make.FALLING)
    lot = record.take(bidding_rules.decide(lot, auctions.Announce(), make.cause(make.SELLER, eve)), eve)
    for number, organisation, at in ((1, ANN, NOON + 2 * MINUTE), (2, BEN, NOON + 2 * MINUTE - make.INSTANT)):
        lot = record.take(make.take(lot, organisation, 1, at, number), at)
    due = bidding_rules.due_at(lot)
    record.take(make.tick(lot, due), due)
    return record.entries


def record() -> reading.Record:
    lines = [
        reading.Line(nth, reading.Said(one), reading.Said(one["opened"] if one["kind"].endswith("sold") else {}))
        for nth, one in enumerate(entries())
    ]
    return reading.Record(lot=make.LOT, lines=tuple(lines))


class TestRules:
    def test_say_how_the_price_falls(self):
        profile = bidding_rules.EXCHANGE_DUTCH.to_json()
        told = {chinese: value for chinese, _, value in bidding._clock(record(), reading.Said(profile))}

        assert told == {
            "降价": "每 1 分钟降 ¥10.00，降至 ¥905.00 为止",
            "每档停留": "不少于 10 秒",
            "底价": "不低于评估价的 90%",
        }

    def test_say_nothing_of_a_clock_where_there_is_none(self):
        nothing = reading.Record(lot=make.LOT, lines=())

        assert bidding._clock(nothing, reading.Said(bidding_rules.JUDICIAL_2016.to_json())) == []
        assert bidding._opening(None) == bidding._opening(0) == []
        assert bidding._opening(7_200) == [("开标", "opening lasts", "2 小时")]

    @pytest.mark.parametrize(
        "format", [auctions.Format.DUTCH, auctions.Format.FIRST_PRICE, auctions.Format.SECOND_PRICE]
    )
    def test_name_the_format(self, format):
        [(_, _, told)] = bidding._format(format.value)

        assert format.value not in told


class TestBids:
    def test_are_the_clicks_in_the_order_of_decision(self):
        won, lost = bids.bids(record())

        assert (won.code, won.amount_fen, won.number, won.refusal, won.wins) == ("0012", 99_000, 1, None, True)
        assert (lost.code, lost.amount_fen, lost.number, lost.wins) == ("0011", 98_000, 2, False)
        assert labels.code(lost.refusal) == ("已有他人先行应价", "taken by another first")
        assert won.parked_in is not None
        assert not won.extends

    def test_end_when_the_price_is_taken(self):
        assert bids.effective_end(record()) == NOON + 2 * MINUTE - make.INSTANT

    def test_are_drawn_below_the_start_price(self):
        drawn = ladder(bids.bids(record()), start_fen=100_000, reserve_fen=None)

        assert "起拍价 start ¥1,000.00" in drawn

    def test_are_told_with_the_step_they_were_taken_at(self):
        taken = next(line for line in record().lines if line.kind == auctions.PRICE_TAKEN.name)

        assert detail(taken) == "竞买代码 0012 · 第 1 档 ¥990.00"


class TestEntitled:
    def test_names_the_winner_to_the_seller_and_nobody_else(self):
        assert [line.kind for line in resting_on(record())] == ["auction.price_taken"]
        assert OPENED[auctions.PRICE_TAKEN.name] == {"bidder"}
        assert auctions.TAKE_REFUSED.name not in OPENED

    def test_opens_what_a_click_was_parked_at_once_it_is_decided(self):
        whole = record()
        parked = [line for line in whole.lines if line.kind == auctions.BID_PARKED.name]
        undecided = reading.Record(lot=make.LOT, lines=whole.lines[: parked[-1].index + 1])

        assert all(_is_decided(whole, one) for one in parked)
        assert not any(_is_decided(undecided, one) for one in parked)
