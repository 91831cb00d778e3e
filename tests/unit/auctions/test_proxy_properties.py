"""What must hold of bids by maxima, whatever is bid and whenever.

Of the eleven properties 5 (buy-now), 6 (Dutch), 7 and 8 (sealed) do not apply; 9 (deposits) is held at every step of
the transcripts and of the market's tests, where there is money.
"""

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given

from exchange.auctions import rules
from exchange.auctions.model import Band, BidState, PlaceBid, State
from ledger.kernel import canonical
from ledger.kernel.errors import Refusal
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, NOON

PROFILE = "exchange-proxy@1"
BANDS = (Band(0, 1_000), Band(110_000, 5_000))
around_the_end = st.integers(-400_000, 400_000).map(lambda ms: END + timedelta(milliseconds=ms))
amounts = st.one_of(st.integers(99_000, 130_000), st.integers(100, 130).map(lambda yuan: yuan * 1_000))
bids = st.lists(st.tuples(st.sampled_from([ANN, BEN, CAI]), amounts, around_the_end), max_size=12)
steps = st.lists(
    st.one_of(st.tuples(st.sampled_from([ANN, BEN, CAI]), amounts, around_the_end), around_the_end), max_size=15
)
reserves = st.one_of(st.none(), st.integers(100_000, 125_000))


def run(lot, sent):
    """Send bids, and ticks where an instant stands alone; return each lot on the way, with what led to it."""
    walk = []
    for number, step in enumerate(sent):
        try:
            if isinstance(step, tuple):
                organisation, amount_fen, at = step
                decision = make.offer(lot, organisation, amount_fen, at, number)
            else:
                at, decision = step, make.tick(lot, step)
        except Refusal as refusal:
            walk.append((lot, refusal, lot, step))
            continue
        walk.append((lot, decision, decision.lot, step))
        lot = decision.lot
    return walk, lot


def close(lot):
    while lot.state is State.ANNOUNCED:
        lot = make.tick(lot, rules.due_at(lot)).lot
    return lot


def announced(reserve_fen=None):
    return make.announced(PROFILE, increments=BANDS, reserve_fen=reserve_fen)


def step(price_fen):
    return 1_000 if price_fen < 110_000 else 5_000


def accepted(answer):
    return [] if isinstance(answer, Refusal) else [one for one in answer.outcomes if one.state is BidState.ACCEPTED]


def in_time(sent):
    return [(who, amount_fen, NOON) for who, amount_fen, _ in sent]


@given(sent=bids)
def test_the_price_is_what_the_two_highest_maxima_make_it_property_1(sent):
    """Where nobody who led raised itself: that leaves the price where it is, and has a property of its own."""
    named, lot = {}, announced()
    for number, (who, amount_fen, at) in enumerate(in_time(sent)):
        if lot.leader and lot.leader.organisation == who:
            continue
        try:
            lot = make.offer(lot, who, amount_fen, at, number).lot
        except Refusal:
            continue
        named[who] = amount_fen
        highest, *others = sorted(named.values(), reverse=True)
        second = others[0] if others else None
        assert lot.price_fen == (100_000 if second is None else max(100_000, min(highest, second + step(second))))
        assert named[lot.leader.organisation] == highest


@given(sent=bids, reserve_fen=reserves)
def test_raising_ones_own_maximum_moves_nothing_but_to_the_reserve_property_1(sent, reserve_fen):
    walk, _ = run(announced(reserve_fen), in_time(sent))

    for before, answer, after, (who, amount_fen, _) in walk:
        if accepted(answer) and before.leader and before.leader.organisation == who:
            met = reserve_fen is not None and amount_fen >= reserve_fen
            assert after.price_fen == (max(before.price_fen, reserve_fen) if met else before.price_fen)
            assert after.leader.organisation == who


@given(sent=bids, tied_fen=amounts)
def test_a_tie_goes_to_the_earlier_property_1(sent, tied_fen):
    _, lot = run(announced(), in_time(sent))
    for one, other in ((ANN, BEN), (BEN, CAI)):
        try:
            once = make.offer(lot, one, tied_fen, NOON, 90).lot
            again = make.offer(once, other, tied_fen, NOON, 91).lot
        except Refusal:
            continue
        assert again.leader.organisation == once.leader.organisation
        assert again.leader.id == once.leader.id


@given(sent=bids, most_fen=st.integers(1_000_000, 9_999_999))
def test_a_maximum_is_never_revealed_property_1(sent, most_fen):
    """However far the leader would go, everything public is the same."""

    def public(most):
        lot = make.offer(announced(), CAI, most, NOON, 99).lot
        walk, lot = run(lot, [one for one in in_time(sent) if one[0] != CAI])
        told = [(answer.facts, answer.detail) if isinstance(answer, Refusal) else None for _, answer, _, _ in walk]
        events = [event for _, answer, _, _ in walk if not isinstance(answer, Refusal) for event in answer.events]
        return told, [event.data for event in events], lot.price_fen, make.tick(lot, rules.due_at(lot)).events[0].data

    assert public(most_fen) == public(1_000_000)


@given(sent=steps)
def test_only_an_accepted_bid_extends_and_by_the_window_property_2(sent):
    walk, _ = run(announced(), sent)

    for before, answer, after, _ in walk:
        ends = [one.bid.arrived_at + make.WINDOW for one in accepted(answer)]
        assert after.ends_at == max([before.ends_at, *ends])
        assert after.terms.closes_at == END


@given(sent=steps)
def test_arrival_decides_whether_and_the_decision_sequence_decides_rank_property_3(sent):
    walk, lot = run(announced(), sent)
    outcomes = [one for _, answer, _, _ in walk if not isinstance(answer, Refusal) for one in answer.outcomes]
    decided = [one for one in outcomes if one.state is not BidState.PARKED]

    assert [one.number for one in decided] == list(range(1, lot.decision_count + 1))
    counted = [one.bid for one in decided if one.state is BidState.ACCEPTED]
    assert all(NOON <= bid.arrived_at < lot.ends_at for bid in counted)
    if counted:
        highest = max(bid.maximum_fen for bid in counted)
        assert lot.leader.id in {bid.id for bid in counted if bid.maximum_fen == highest}


@given(sent=bids, reserve_fen=reserves)
def test_the_highest_maximum_below_the_reserve_is_no_sale_property_4(sent, reserve_fen):
    walk, lot = run(announced(reserve_fen), in_time(sent))
    counted = [one.bid.maximum_fen for _, answer, _, _ in walk for one in accepted(answer)]

    closed = close(lot)

    sold = bool(counted) and max(counted) >= (reserve_fen or 0)
    assert closed.state is (State.SOLD if sold else State.UNSOLD)
    if sold:
        assert max(100_000, reserve_fen or 0) <= closed.price_fen <= max(counted)


@given(sent=steps, reserve_fen=reserves)
def test_the_same_requests_give_the_same_bytes_property_10(sent, reserve_fen):
    once, again = (run(announced(reserve_fen), sent)[0] for _ in range(2))

    def written(walk):
        events = [event for _, answer, _, _ in walk if not isinstance(answer, Refusal) for event in answer.events]
        return canonical.encode([[event.kind, event.data, event.sealed] for event in events])

    assert written(once) == written(again)
    assert [after for _, _, after, _ in once] == [after for _, _, after, _ in again]


@given(at=around_the_end, amount_fen=amounts, who=st.sampled_from([make.SELLER, make.OPERATOR]))
def test_the_seller_and_the_operator_never_bid_property_11(at, amount_fen, who):
    for state in (State.ANNOUNCED, State.SOLD, State.WITHDRAWN):
        lot = make.announced(PROFILE, state=state)
        command = PlaceBid(bid=make.bid_id(1), amount_fen=amount_fen)
        refusal = make.refused(rules.decide, lot, command, make.cause(who, at))
        assert isinstance(refusal, rules.ConflictOfInterest)


@given(sent=steps)
def test_the_price_never_falls_and_never_exceeds_the_leaders_maximum(sent):
    walk, _ = run(announced(), sent)

    for before, _, after, _ in walk:
        assert (after.price_fen or 0) >= (before.price_fen or 0)
        assert after.leader is None or after.price_fen <= after.leader.maximum_fen
