"""What must hold of every lot in rounds, whatever is bid and whenever.

Of the eleven properties, 1 is about maxima, 5 about buying now, 6 about clocks, 7 about second prices and 8 about
sealed amounts: there are none here. 9 is about money, which a lot does not move: `tests/http/test_rounds.py` has it.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import given

from exchange.auctions import rules
from exchange.auctions.model import Band, PlaceBid, State
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, NOON, WINDOW

from .walking import accepted, audited, close, decided, run, written

FREE = make.END
CLOSES = FREE + WINDOW
PROFILES = st.sampled_from(["exchange-rounds@1", "exchange-rounds-strict@1"])
BANDS = (Band(0, 1_000), Band(110_000, 5_000))
moments = st.one_of(
    st.integers(-2_000, 2_000).map(lambda ms: FREE + timedelta(milliseconds=ms)),
    st.integers(-300_000, 700_000).map(lambda ms: CLOSES + timedelta(milliseconds=ms)),
)
amounts = st.one_of(st.integers(99_000, 130_000), st.integers(-(10**16), 10**16))
bids = st.tuples(st.sampled_from([ANN, BEN, CAI]), amounts, moments)
steps = st.lists(st.one_of(bids, moments), max_size=15)
reserves = st.one_of(st.none(), st.integers(100_000, 125_000))


def lot(profile, **changes):
    return make.announced(profile, **{"closes_at": CLOSES, "increments": BANDS} | changes)


@given(profile=PROFILES, sent=steps, begun=st.integers(0, 11))
def test_only_an_accepted_bid_begins_a_round_and_the_bound_is_the_published_one_property_2(profile, sent, begun):
    most = {"exchange-rounds@1": None, "exchange-rounds-strict@1": 12}[profile]
    walk, _ = run(lot(profile, extra_rounds=begun, bid_freely=frozenset(make.CODES.values())), sent)

    for before, answer, after, _ in walk:
        end, rounds = before.ends_at, before.extra_rounds
        for one in accepted(answer):
            if one.arrived_at + WINDOW > end and (most is None or rounds + 1 < most):
                end, rounds = one.arrived_at + WINDOW, rounds + 1
        assert (after.ends_at, after.extra_rounds) == (end, rounds)
        assert after.terms.closes_at == CLOSES


@given(profile=PROFILES, sent=steps)
def test_arrival_decides_whether_and_the_decision_sequence_decides_rank_property_3(profile, sent):
    walk, last = run(lot(profile), sent)
    outcomes = decided(walk)

    assert [one.number for one in outcomes] == list(range(1, last.decision_count + 1))
    taken = [bid for _, answer, _, _ in walk for bid in accepted(answer)]
    assert [bid.amount_fen for bid in taken] == sorted({bid.amount_fen for bid in taken})
    assert last.leader == (taken[-1] if taken else None)
    assert all(NOON <= bid.arrived_at < last.ends_at for bid in taken)


@given(profile=PROFILES, sent=steps, reserve_fen=reserves)
def test_the_highest_bid_below_the_reserve_is_no_sale_property_4(profile, sent, reserve_fen):
    _, last = run(lot(profile, reserve_fen=reserve_fen), sent)

    closed = close(last)

    sold = closed.leader is not None and closed.leader.amount_fen >= (reserve_fen or 0)
    assert closed.state is (State.SOLD if sold else State.UNSOLD)
    assert closed.leader is None or closed.leader.amount_fen >= 100_000


@given(profile=PROFILES, sent=steps, reserve_fen=reserves)
def test_the_same_requests_give_the_same_bytes_property_10(profile, sent, reserve_fen):
    once, again = (run(lot(profile, reserve_fen=reserve_fen), sent)[0] for _ in range(2))

    assert written(once) == written(again)
    assert [after for _, _, after, _ in once] == [after for _, _, after, _ in again]


@given(profile=PROFILES, at=moments, amount_fen=amounts, who=st.sampled_from([make.SELLER, make.OPERATOR]))
def test_the_seller_and_the_operator_never_bid_property_11(profile, at, amount_fen, who):
    for one in (lot(profile), lot(profile, state=State.SOLD), lot(profile, state=State.WITHDRAWN)):
        command = PlaceBid(bid=make.bid_id(1), amount_fen=amount_fen)
        refusal = make.refused(rules.decide, one, command, make.cause(who, at))
        assert isinstance(refusal, rules.ConflictOfInterest)


@given(sent=steps)
def test_nobody_bids_in_a_round_who_has_not_bid_freely_where_that_is_asked(sent):
    walk, last = run(lot("exchange-rounds-strict@1"), sent)
    taken = [bid for _, answer, _, _ in walk for bid in accepted(answer)]
    freely = {bid.code for bid in taken if bid.arrived_at < FREE}

    assert last.bid_freely == freely
    assert {bid.code for bid in taken} == freely


@given(profile=PROFILES, sent=steps)
def test_every_round_but_the_first_is_told_by_the_bid_that_began_it(profile, sent):
    walk, last = run(lot(profile), sent)
    events = [event for _, answer, _, _ in walk for event in getattr(answer, "events", ())]
    told = [(event.data["round"], before) for before, event in pairwise([None, *events]) if "round" in event.data]

    assert [number for number, _ in told] == list(range(2, 2 + last.extra_rounds))
    assert all(before.kind == "auction.bid_accepted" for _, before in told)


@given(profile=PROFILES, sent=steps, reserve_fen=reserves, opened=st.booleans())
def test_the_auditor_arrives_at_the_same_lot(profile, sent, reserve_fen, opened):
    draft = make.draft(profile, reserve_fen=reserve_fen, closes_at=CLOSES)
    findings, fold, last = audited(draft, sent, opened=opened)

    assert findings == []
    assert make.amounts_to(last) == replace(fold, codes=())
