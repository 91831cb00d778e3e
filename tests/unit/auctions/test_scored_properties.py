"""What must hold of every scored lot, whatever is scored and bid.

Of the eleven properties these do not apply: 1 (no maxima), 5 (no buy-now), 6 (no falling clock), 7 (the winner pays its
own price), 8 (nothing is sealed: the panel speaks first). 9, deposits, is escrow's, whose properties hold for any lot.
"""

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given

from exchange.auctions import checks, rules
from exchange.auctions.model import Bidder, BidderCode, BidState, PlaceBid, Sheet, State
from ledger.kernel import canonical
from ledger.kernel.errors import Refusal
from tests import make_auctions as make
from tests import make_scored as scored
from tests.make_auctions import ANN, BEN, CAI, CODES, END, NOON

people = st.sampled_from([ANN, BEN, CAI])
around_the_end = st.integers(-400_000, 400_000).map(lambda ms: END + timedelta(milliseconds=ms))
bids = st.lists(st.tuples(people, st.integers(95_000, 180_000), around_the_end), max_size=12)
marks = st.tuples(st.integers(0, 100), st.integers(0, 100))
sheets = st.fixed_dictionaries({one: st.tuples(marks, marks, marks) for one in (ANN, BEN, CAI)})


def lot_of(given_, **changes):
    found = tuple(
        Sheet(code=CODES[one], panellist=place, scores=scores)
        for one, three in given_.items()
        for place, scores in enumerate(three, start=1)
    )
    return scored.lot(sheets=found, **changes)


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
    while lot.state is State.ANNOUNCED:
        lot = make.tick(lot, rules.due_at(lot)).lot
    return lot


def total(lot, code):
    return next(one.total for one in rules.rankings(lot) if one.code == code)


@given(given_=sheets, sent=bids)
def test_only_an_accepted_bid_extends_property_2(given_, sent):
    for before, answer, after in run(lot_of(given_), sent)[0]:
        accepted = [] if isinstance(answer, Refusal) else [o for o in answer.outcomes if o.state is BidState.ACCEPTED]
        assert after.ends_at == max([before.ends_at, *(one.bid.arrived_at + make.WINDOW for one in accepted)])


@given(given_=sheets, sent=bids)
def test_every_new_leader_has_a_higher_total_property_3(given_, sent):
    walk, _ = run(lot_of(given_), sent)

    best = None
    for before, _, after in walk:
        if after.leader != before.leader:
            now = total(after, after.leader.code)
            assert best is None or now > best
            assert all(one.total is None or one.total <= now for one in rules.rankings(after))
            best = now


@given(given_=sheets, sent=bids, reserve_fen=st.one_of(st.none(), st.integers(100_000, 150_000)))
def test_a_price_below_the_reserve_is_no_sale_property_4(given_, sent, reserve_fen):
    closed = close(run(lot_of(given_, reserve_fen=reserve_fen), sent)[1])

    sold = closed.leader is not None and closed.leader.amount_fen >= (reserve_fen or 0)
    assert closed.state is (State.SOLD if sold else State.UNSOLD)


@given(given_=sheets, sent=bids)
def test_the_record_alone_gives_the_same_and_the_same_bytes_property_10(given_, sent):
    told = []
    for _ in range(2):
        record, lot = make.Record(), lot_of(given_)
        for number, (organisation, amount_fen, at) in enumerate(sent):
            try:
                lot = record.take(make.offer(lot, organisation, amount_fen, at, number), at)
            except Refusal:
                continue
        told.append((canonical.encode(record.entries), lot))
    assert told[0] == told[1]


@given(given_=sheets, who=st.sampled_from([make.SELLER, make.OPERATOR, scored.JUDGES]), at=around_the_end)
def test_the_seller_the_operator_and_whose_people_judge_never_bid_property_11(given_, who, at):
    bidder = Bidder(organisation=who, code=BidderCode("0011"), deposit_fen=10**9)
    command = PlaceBid(bid=make.bid_id(1), amount_fen=10**6)
    refusal = make.refused(rules.decide, lot_of(given_), command, make.cause(who, at), bidder=bidder)

    assert make.code_of(refusal) == "conflict-of-interest"


@given(given_=sheets, sent=bids)
def test_a_bid_changes_nobody_elses_total(given_, sent):
    for before, answer, after in run(lot_of(given_), sent)[0]:
        if isinstance(answer, Refusal):
            continue
        moved = {one.bid.code for one in answer.outcomes if one.state is BidState.ACCEPTED}
        was = {one.code: one.total for one in rules.rankings(before)}
        for one in rules.rankings(after):
            assert one.total == was[one.code] or one.code in moved
            assert was[one.code] is None or one.total >= was[one.code]


@given(given_=sheets, sent=bids, who=people)
def test_the_least_price_is_enough_and_a_fen_less_is_not(given_, sent, who):
    _, lot = run(lot_of(given_), [(one, fen, NOON) for one, fen, _ in sent])
    if lot.leader is not None and lot.leader.organisation == who:
        return
    least = next(one.minimum_next_fen for one in rules.rankings(lot) if one.code == CODES[who])

    assert make.refused(make.offer, lot, who, least - 1, NOON, 99) is not None
    assert make.offer(lot, who, least, NOON, 99).lot.leader.organisation == who


@given(given_=sheets, sent=bids)
def test_the_auditor_agrees_with_every_step(given_, sent):
    record = make.Record()
    lot = record.take(rules.decide(scored.draft(), make.Announce(), make.cause(make.SELLER, scored.EVE)), scored.EVE)
    for one, three in given_.items():
        lot = record.take(rules.decide(lot, make.deposit(one), make.cause(make.OFFICER, scored.EVE)), scored.EVE)
        for place, scores in enumerate(three, start=1):
            lot = record.take(scored.score(lot, place, one, scores=scores), scored.EVE)
    for number, (organisation, amount_fen, at) in enumerate(sent):
        try:
            lot = record.take(make.offer(lot, organisation, amount_fen, at, number), at)
        except Refusal:
            continue
    while lot.state is State.ANNOUNCED:
        due = rules.due_at(lot)
        lot = record.take(make.tick(lot, due), due)

    assert checks.check(record.entries) == []
