"""What must hold of every lot of several licences, whatever is bid.

Of the eleven properties these do not apply: 1 (no maxima), 5 (no buy-now), 6 (no falling clock), 8 (nothing is sealed).
7 applies in the sense of its second half: what is paid does not depend on a winner's own bid. 9, deposits, is escrow's.
"""

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given

from exchange.auctions import rules
from exchange.auctions.model import Bidder, BidderCode, BidState, PlaceBid, State
from ledger.kernel import canonical
from ledger.kernel.errors import Refusal
from tests import make_auctions as make
from tests import make_uniform as uniform
from tests.make_auctions import END, NOON

people = st.sampled_from(uniform.ALL)
around_the_end = st.integers(-400_000, 400_000).map(lambda ms: END + timedelta(milliseconds=ms))
bids = st.lists(st.tuples(people, st.integers(99_000, 130_000), around_the_end), max_size=14)
counts = st.integers(2, 3)
reserves = st.one_of(st.none(), st.integers(100_000, 125_000))


def run(lot, sent):
    """Send bids; return each lot on the way with what led to it."""
    walk = []
    for number, (organisation, amount_fen, at) in enumerate(sent):
        try:
            decision = make.offer(lot, organisation, amount_fen, at, number)
        except Refusal as refusal:
            walk.append((lot, refusal, lot))
            continue
        walk.append((lot, decision, decision.lot))
        lot = decision.lot
    return walk, lot


def close(lot):
    events = []
    while lot.state is State.ANNOUNCED:
        decision = make.tick(lot, rules.due_at(lot))
        events.extend(decision.events)
        lot = decision.lot
    return lot, events[-1]


@given(count=counts, sent=bids)
def test_only_an_accepted_bid_extends_property_2(count, sent):
    for before, answer, after in run(uniform.lot(count), sent)[0]:
        accepted = [] if isinstance(answer, Refusal) else [o for o in answer.outcomes if o.state is BidState.ACCEPTED]
        assert after.ends_at == max([before.ends_at, *(one.bid.arrived_at + make.WINDOW for one in accepted)])


@given(count=counts, sent=bids)
def test_who_bids_and_is_accepted_wins_as_things_are_property_3(count, sent):
    for _, answer, after in run(uniform.lot(count), sent)[0]:
        if isinstance(answer, Refusal) or answer.outcomes[-1].state is not BidState.ACCEPTED:
            continue
        assert answer.outcomes[-1].bid in rules.ranked(after)[:count]
        amounts = [one.amount_fen for one in rules.ranked(after)]
        assert amounts == sorted(amounts, reverse=True)
        assert len({one.code for one in after.standing}) == len(after.standing)


@given(count=counts, sent=bids, reserve_fen=reserves)
def test_nothing_is_sold_below_the_reserve_or_the_start_property_4(count, sent, reserve_fen):
    closed, event = close(run(uniform.lot(count, reserve_fen=reserve_fen), sent)[1])

    met = [one for one in rules.ranked(closed)[:count] if one.amount_fen >= (reserve_fen or 0)]
    assert closed.state is (State.SOLD if met else State.UNSOLD)
    if met:
        assert [one["code"] for one in event.data["winners"]] == [one.code for one in met]
        assert closed.price_fen >= max(reserve_fen or 0, 100_000)
        assert all(closed.price_fen <= one.amount_fen for one in met)


@given(count=counts, sent=bids, more=st.integers(1_000, 10**6))
def test_what_is_paid_does_not_depend_on_a_winners_own_bid_property_7(count, sent, more):
    _, lot = run(uniform.lot(count), [(who, fen, NOON) for who, fen, _ in sent])
    for one in rules.ranked(lot)[:count]:
        raised = make.offer(lot, one.organisation, one.amount_fen + more, NOON, 99).lot
        assert close(raised)[0].price_fen == close(lot)[0].price_fen


@given(count=counts, sent=bids)
def test_the_same_bids_give_the_same_bytes_property_10(count, sent):
    told = []
    for _ in range(2):
        record, lot = make.Record(), uniform.lot(count)
        for number, (organisation, amount_fen, at) in enumerate(sent):
            try:
                lot = record.take(make.offer(lot, organisation, amount_fen, at, number), at)
            except Refusal:
                continue
        told.append((canonical.encode(record.entries), lot))
    assert told[0] == told[1]


@given(who=st.sampled_from([make.SELLER, make.OPERATOR]), at=around_the_end)
def test_the_seller_and_the_operator_never_bid_property_11(who, at):
    bidder = Bidder(organisation=who, code=BidderCode("0011"), deposit_fen=10**9)
    command = PlaceBid(bid=make.bid_id(1), amount_fen=10**6)
    refusal = make.refused(rules.decide, uniform.lot(), command, make.cause(who, at), bidder=bidder)

    assert make.code_of(refusal) == "conflict-of-interest"


@given(count=counts, sent=bids)
def test_the_price_never_falls_while_bids_come(count, sent):
    price = 0
    for _, _, after in run(uniform.lot(count), sent)[0]:
        assert (after.price_fen or 0) >= price
        price = after.price_fen or 0
