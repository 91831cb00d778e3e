"""What must hold of every lot that is bid down, whatever is bid and whenever.

Of the eleven properties, 1 is about maxima, 5 about buying now, 6 about clocks, 7 about second prices and 8 about
sealed amounts: there are none here. 4 holds turned round: the lowest bid above the reserve is no sale. 9 is about
money, which a lot does not move: `tests/http/test_reverse.py` has it.
"""

from dataclasses import replace
from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given

from exchange.auctions import rules
from exchange.auctions.model import Band, PlaceBid, State
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, NOON, WINDOW

from .walking import accepted, audited, close, decided, run, written

PROFILE = "exchange-reverse@1"
BANDS = (Band(0, 1_000), Band(90_000, 5_000))
around_the_end = st.integers(-400_000, 400_000).map(lambda ms: END + timedelta(milliseconds=ms))
amounts = st.one_of(st.integers(70_000, 101_000), st.integers(-10, 3_000), st.integers(-(10**16), 10**16))
bids = st.tuples(st.sampled_from([ANN, BEN, CAI]), amounts, around_the_end)
steps = st.lists(st.one_of(bids, around_the_end), max_size=15)
reserves = st.one_of(st.none(), st.integers(75_000, 100_000))


def lot(**changes):
    return make.announced(PROFILE, **{"increments": BANDS} | changes)


@given(sent=steps)
def test_only_an_accepted_bid_extends_and_by_the_window_property_2(sent):
    walk, _ = run(lot(), sent)

    for before, answer, after, _ in walk:
        assert after.ends_at == max([before.ends_at, *(one.arrived_at + WINDOW for one in accepted(answer))])
        assert after.terms.closes_at == END


@given(sent=steps)
def test_arrival_decides_whether_and_the_decision_sequence_decides_rank_property_3(sent):
    walk, last = run(lot(), sent)
    outcomes = decided(walk)

    assert [one.number for one in outcomes] == list(range(1, last.decision_count + 1))
    taken = [bid for _, answer, _, _ in walk for bid in accepted(answer)]
    assert [bid.amount_fen for bid in taken] == sorted({bid.amount_fen for bid in taken}, reverse=True)
    assert last.leader == (taken[-1] if taken else None)
    assert all(NOON <= bid.arrived_at < last.ends_at for bid in taken)


@given(sent=steps, reserve_fen=reserves)
def test_the_lowest_bid_above_the_reserve_is_no_sale_property_4(sent, reserve_fen):
    _, last = run(lot(reserve_fen=reserve_fen), sent)

    closed = close(last)

    price = closed.leader.amount_fen if closed.leader else None
    sold = price is not None and (reserve_fen is None or price <= reserve_fen)
    assert closed.state is (State.SOLD if sold else State.UNSOLD)
    assert price is None or 1 <= price <= 100_000


@given(sent=steps)
def test_the_price_never_rises_and_falls_by_the_increment(sent):
    walk, _ = run(lot(), sent)

    for before, answer, after, _ in walk:
        price = before.price_fen
        for one in accepted(answer):
            step = 0 if price is None else 1_000 if price < 90_000 else 5_000
            assert 1 <= one.amount_fen <= (100_000 if price is None else price) - step
            price = one.amount_fen
        assert after.price_fen == price


@given(sent=steps)
def test_what_is_shown_as_the_most_is_what_would_be_accepted(sent):
    _, last = run(lot(), sent)
    most = rules.maximum_next(last)
    who = BEN if last.leader is None or last.leader.organisation != BEN else ANN
    at = last.ends_at - make.INSTANT
    if last.state is not State.ANNOUNCED or last.parked:
        return
    if most:
        assert make.refused(make.offer, last, who, most, at, 99) is None
    assert make.code_of(make.refused(make.offer, last, who, most + 1, at, 99)) in {"above-ceiling", "not-low-enough"}


@given(sent=steps, reserve_fen=reserves)
def test_the_same_requests_give_the_same_bytes_property_10(sent, reserve_fen):
    once, again = (run(lot(reserve_fen=reserve_fen), sent)[0] for _ in range(2))

    assert written(once) == written(again)
    assert [after for _, _, after, _ in once] == [after for _, _, after, _ in again]


@given(at=around_the_end, amount_fen=amounts, who=st.sampled_from([make.SELLER, make.OPERATOR]))
def test_the_demander_and_the_operator_never_bid_property_11(at, amount_fen, who):
    for one in (lot(), lot(state=State.SOLD), lot(state=State.WITHDRAWN)):
        command = PlaceBid(bid=make.bid_id(1), amount_fen=amount_fen)
        refusal = make.refused(rules.decide, one, command, make.cause(who, at))
        assert isinstance(refusal, rules.ConflictOfInterest)


@given(sent=steps, reserve_fen=reserves, opened=st.booleans())
def test_the_auditor_arrives_at_the_same_lot(sent, reserve_fen, opened):
    findings, fold, last = audited(make.draft(PROFILE, reserve_fen=reserve_fen), sent, opened=opened)

    assert findings == []
    assert make.amounts_to(last) == replace(fold, codes=())
