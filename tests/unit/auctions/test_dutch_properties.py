"""What must hold of every falling clock. Of the eleven properties, those that apply to the format.

1 and 7 do not: nobody names a maximum or pays another's bid. 5: there is no bid before the one that buys. 8: nothing is
sealed; a price is public before it is taken. 9 is the money's, and told over HTTP (`tests/http/test_dutch.py`).
"""

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given

from exchange.auctions import checks, rules
from exchange.auctions.model import Announce, BidState, Clock, State, TakePrice
from ledger.kernel import canonical
from ledger.kernel.errors import Refusal
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, NOON

GRACE = timedelta(milliseconds=500)
HOUR = timedelta(hours=1)
who = st.sampled_from([ANN, BEN, CAI])
moments = st.one_of(
    st.integers(-2_000, 3_700_000).map(lambda ms: NOON + timedelta(milliseconds=ms)),
    st.integers(-700, 700).map(lambda ms: NOON + timedelta(minutes=2, milliseconds=ms)),
    st.integers(-700, 700).map(lambda ms: NOON + HOUR + timedelta(milliseconds=ms)),
)
clicks = st.lists(st.tuples(who, st.integers(-1, 12), moments), max_size=10)
steps = st.lists(st.one_of(st.tuples(who, st.integers(-1, 12), moments), moments), max_size=12)
clocks = st.builds(
    Clock,
    floor_fen=st.integers(2, 99_999),  # above the deposit
    step_fen=st.integers(9_000, 200_000),
    step_s=st.integers(10, 276),  # thirteen of them fit into the hour
)


def lot_of(**changes):
    return make.falling(closes_at=NOON + HOUR, **changes)


def run(lot, sent):
    """Send clicks, and ticks where an instant stands alone; return each answer with the lots around it."""
    walk = []
    for number, one in enumerate(sent):
        try:
            decision = make.take(lot, *one, number) if isinstance(one, tuple) else make.tick(lot, one)
        except Refusal as refusal:
            walk.append((lot, refusal, lot, one))
            continue
        walk.append((lot, decision, decision.lot, one))
        lot = decision.lot
    return walk, lot


def outcomes(walk):
    return [one for _, answer, _, _ in walk if not isinstance(answer, Refusal) for one in answer.outcomes]


def close(lot):
    answers = []
    while lot.state is State.ANNOUNCED:
        answers.append(make.tick(lot, rules.due_at(lot)))
        lot = answers[-1].lot
    return lot, [one for answer in answers for one in answer.outcomes]


@given(sent=steps)
def test_no_click_moves_the_end_but_the_one_that_takes_the_price_property_2(sent):
    walk, _ = run(lot_of(), sent)

    for before, answer, after, _ in walk:
        taken = [] if isinstance(answer, Refusal) else [o for o in answer.outcomes if o.state is BidState.ACCEPTED]
        assert after.ends_at == (taken[0].bid.arrived_at if taken else before.ends_at)
        assert after.ends_at <= after.terms.closes_at == NOON + HOUR


@given(sent=clicks)
def test_the_earliest_arrival_wins_in_whatever_order_they_are_handed_over_property_3(sent):
    walk, lot = run(lot_of(), sent)
    heard = [one.bid for one in outcomes(walk)]
    closed, decided = close(lot)

    assert [one.number for one in decided] == list(range(1, len(heard) + 1))
    assert [one.bid.arrived_at for one in decided] == sorted(bid.arrived_at for bid in heard)
    if heard:
        assert closed.leader == min(heard, key=lambda bid: bid.arrived_at)  # of equals the first handed over


@given(sent=clicks, data=st.data())
def test_two_hosts_cannot_give_the_lot_to_another_by_their_order_property_3(sent, data):
    """Clicks of one grace, each at an instant of its own, in any order: the same buyer at the same price."""
    at = NOON + timedelta(minutes=2)
    rush = [(one, 0, at + timedelta(milliseconds=17 * place)) for place, (one, _, _) in enumerate(sent)]
    results = set()
    for order in (rush, data.draw(st.permutations(rush))):
        lot = run(lot_of(), order)[1]
        closed, _ = close(lot)
        results.add((closed.leader and closed.leader.organisation, closed.price_fen, closed.ends_at))

    assert len(results) == 1


@given(sent=clicks)
def test_one_click_is_enough_and_none_is_no_sale_property_4(sent):
    walk, lot = run(lot_of(), sent)
    closed, _ = close(lot)

    assert closed.state is (State.SOLD if outcomes(walk) else State.UNSOLD)
    assert closed.price_fen is None or closed.price_fen >= make.FALLING.floor_fen


@given(clock=clocks, seen=st.integers(0, 15), at=moments)
def test_the_price_is_a_pure_function_of_time_property_6(clock, seen, at):
    lot = lot_of(clock=clock, deposit_fen=1)
    face = rules.face(lot, at)
    refusal = make.refused(make.take, lot, ANN, seen, at)

    elapsed = max(0, int((at - NOON) / timedelta(seconds=1)))
    plain = 100_000
    for _ in range(min(elapsed // clock.step_s, 20)):
        plain = max(clock.floor_fen, plain - clock.step_fen)
    assert face.price_fen == plain
    assert clock.floor_fen <= face.price_fen <= 100_000
    if refusal is None:
        assert make.take(lot, ANN, seen, at).outcomes[0].bid.amount_fen == plain


@given(clock=clocks, seen=st.integers(0, 15), at=moments)
def test_nobody_pays_more_than_it_saw_property_6(clock, seen, at):
    lot = lot_of(clock=clock, deposit_fen=1)
    refusal = make.refused(make.take, lot, ANN, seen, at)

    if refusal is None:
        bid = make.take(lot, ANN, seen, at).outcomes[0].bid
        assert bid.amount_fen <= max(clock.floor_fen, 100_000 - seen * clock.step_fen)
        assert bid.click.seen == seen <= bid.click.step
    elif isinstance(refusal, rules.StepNotReached):
        assert NOON + timedelta(seconds=seen * clock.step_s) > at


@given(sent=steps)
def test_exactly_one_wins_however_many_click_property_6(sent):
    walk, lot = run(lot_of(), sent)
    closed, last = close(lot)
    decided = [one for one in outcomes(walk) + last if one.state is not BidState.PARKED]

    assert sum(one.state is BidState.ACCEPTED for one in decided) == (1 if decided else 0)
    assert len({one.bid.id for one in decided}) == len(decided) == closed.decision_count
    assert {one.refusal for one in decided[1:]} <= {"auctions/already-taken"}
    assert closed.bid_count == (1 if decided else 0)


@given(sent=steps)
def test_the_same_requests_give_the_same_bytes_property_10(sent):
    once, again = (run(lot_of(), sent)[0] for _ in range(2))

    def written(walk):
        events = [event for _, answer, _, _ in walk if not isinstance(answer, Refusal) for event in answer.events]
        return canonical.encode([[event.kind, event.data, event.sealed] for event in events])

    assert written(once) == written(again)
    assert [after for _, _, after, _ in once] == [after for _, _, after, _ in again]


@given(at=moments, step=st.integers(-1, 12), barred=st.sampled_from([make.SELLER, make.OPERATOR]))
def test_the_seller_and_the_operator_never_click_property_11(at, step, barred):
    click = TakePrice(bid=make.bid_id(1), step=step)
    for state in (State.ANNOUNCED, State.SOLD, State.UNSOLD, State.WITHDRAWN):
        lot = lot_of(state=state)
        assert isinstance(make.refused(rules.decide, lot, click, make.cause(barred, at)), rules.ConflictOfInterest)


@given(sent=steps, opened=st.booleans())
def test_the_auditor_arrives_at_the_same_lot(sent, opened):
    record, eve = make.Record(opened=opened), NOON - make.DAY
    lot = make.draft("exchange-dutch@1", increments=(), form=make.FALLING, closes_at=NOON + HOUR)
    lot = record.take(rules.decide(lot, Announce(), make.cause(make.SELLER, eve)), eve)
    for organisation in (ANN, BEN, CAI):
        lot = record.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, eve)), eve)
    walk, lot = run(lot, sent)
    for _, answer, _, one in walk:
        if not isinstance(answer, Refusal):
            record.take(answer, one[2] if isinstance(one, tuple) else one)
    while lot.state is State.ANNOUNCED:
        due = rules.due_at(lot)
        lot = record.take(make.tick(lot, due), due)

    assert checks.check(record.entries) == []
    folded = checks.fold(record.entries)
    assert (folded.state, folded.price_fen, folded.ends_at, folded.decision_count) == (
        lot.state,
        lot.price_fen,
        lot.ends_at,
        lot.decision_count,
    )
