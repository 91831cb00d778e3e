"""What must hold of every lot, whatever is bid and whenever."""

from dataclasses import replace
from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given

from exchange.auctions import checks, rules
from exchange.auctions.model import Announce, Band, BidState, PlaceBid, Request, State, Tick
from ledger.kernel import canonical
from ledger.kernel.errors import Refusal
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, NOON

BANDS = (Band(0, 1_000), Band(110_000, 5_000))
around_the_end = st.integers(-400_000, 400_000).map(lambda ms: END + timedelta(milliseconds=ms))
amounts = st.one_of(st.integers(99_000, 130_000), st.integers(-(10**16), 10**16))
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
        walk.append((lot, decision, decision.lot, at))
        lot = decision.lot
    return walk, lot


def close(lot):
    while lot.state is State.ANNOUNCED:
        lot = make.tick(lot, rules.due_at(lot)).lot
    return lot


@given(sent=steps)
def test_only_an_accepted_bid_extends_and_by_the_window_property_2(sent):
    walk, _ = run(make.announced(increments=BANDS), sent)

    for before, answer, after, _ in walk:
        accepted = [] if isinstance(answer, Refusal) else [o for o in answer.outcomes if o.state is BidState.ACCEPTED]
        assert after.ends_at == max([before.ends_at, *(one.bid.arrived_at + make.WINDOW for one in accepted)])
        assert after.terms.closes_at == END


@given(sent=steps)
def test_arrival_decides_whether_and_the_decision_sequence_decides_rank_property_3(sent):
    walk, lot = run(make.announced(increments=BANDS), sent)
    outcomes = [one for _, answer, _, _ in walk if not isinstance(answer, Refusal) for one in answer.outcomes]
    decided = [one for one in outcomes if one.state is not BidState.PARKED]

    assert [one.number for one in decided] == list(range(1, lot.decision_count + 1))
    accepted = [one.bid for one in decided if one.state is BidState.ACCEPTED]
    assert [bid.amount_fen for bid in accepted] == sorted({bid.amount_fen for bid in accepted})
    assert lot.leader == (accepted[-1] if accepted else None)
    assert all(NOON <= bid.arrived_at < lot.ends_at for bid in accepted)


@given(sent=bids, reserve_fen=reserves)
def test_the_highest_bid_below_the_reserve_is_no_sale_property_4(sent, reserve_fen):
    _, lot = run(make.announced(reserve_fen=reserve_fen, increments=BANDS), sent)

    closed = close(lot)

    sold = closed.leader is not None and closed.leader.amount_fen >= (reserve_fen or 0)
    assert closed.state is (State.SOLD if sold else State.UNSOLD)
    assert closed.leader is None or closed.leader.amount_fen >= closed.terms.start_price_fen


@given(sent=steps)
def test_the_price_never_falls_and_rises_by_the_increment(sent):
    walk, _ = run(make.announced(increments=BANDS), sent)

    for before, answer, after, _ in walk:
        price = before.price_fen
        accepted = [] if isinstance(answer, Refusal) else [o for o in answer.outcomes if o.state is BidState.ACCEPTED]
        for one in accepted:
            step = 0 if price is None else 1_000 if price < 110_000 else 5_000
            assert one.bid.amount_fen >= (100_000 if price is None else price) + step
            price = one.bid.amount_fen
        assert after.price_fen == price


@given(sent=steps, reserve_fen=reserves)
def test_the_same_requests_give_the_same_bytes_property_10(sent, reserve_fen):
    lot = make.announced(reserve_fen=reserve_fen)
    once, again = (run(lot, sent)[0] for _ in range(2))

    def written(walk):
        events = [event for _, answer, _, _ in walk if not isinstance(answer, Refusal) for event in answer.events]
        return canonical.encode([[event.kind, event.data, event.sealed] for event in events])

    assert written(once) == written(again)
    assert [after for _, _, after, _ in once] == [after for _, _, after, _ in again]


@given(at=around_the_end, amount_fen=amounts, who=st.sampled_from([make.SELLER, make.OPERATOR]))
def test_the_seller_and_the_operator_never_bid_property_11(at, amount_fen, who):
    for lot in (make.announced(), make.announced(state=State.SOLD), make.announced(state=State.WITHDRAWN)):
        refusal = make.refused(
            rules.decide, lot, PlaceBid(bid=make.bid_id(1), amount_fen=amount_fen), make.cause(who, at)
        )
        assert isinstance(refusal, rules.ConflictOfInterest)


@given(sent=steps, late=st.timedeltas(timedelta(0), timedelta(hours=1)))
def test_a_second_identical_tick_changes_nothing(sent, late):
    _, lot = run(make.announced(), sent)
    if lot.state is State.ANNOUNCED:
        at = rules.due_at(lot) + late
        once = make.tick(lot, at).lot
        again = make.refused(rules.decide, once, Tick(), make.clock(at))
        assert isinstance(again, rules.NotDue if once.state is State.ANNOUNCED else rules.WrongState)


@given(sent=st.lists(st.tuples(st.sampled_from([ANN, BEN, CAI]), amounts, around_the_end)))
def test_parked_or_not_no_bid_is_forgotten(sent):
    """Every bid is refused at once, parked, or decided; and every parked one is decided in the end."""
    walk, lot = run(make.announced(), sent)
    refused = sum(isinstance(answer, Refusal) for _, answer, _, _ in walk)
    closed = close(lot)

    assert refused + lot.decision_count + len(lot.parked) == len(sent)
    assert closed.decision_count == lot.decision_count + len(lot.parked)


@given(sent=bids)
def test_a_batch_decides_as_one_by_one(sent):
    requests = [
        request(organisation, amount_fen, at, number) for number, (organisation, amount_fen, at) in enumerate(sent)
    ]
    walk, _ = run(make.announced(), sent)

    answers = rules.decide_many(make.announced(), requests)

    assert [_comparable(answer) for answer in answers] == [_comparable(answer) for _, answer, _, _ in walk]


@given(sent=steps, reserve_fen=reserves, opened=st.booleans())
def test_the_auditor_arrives_at_the_same_lot(sent, reserve_fen, opened):
    record = make.Record(opened=opened)
    lot = make.draft(reserve_fen=reserve_fen)
    eve = NOON - make.DAY
    lot = record.take(rules.decide(lot, Announce(), make.cause(make.SELLER, eve)), eve)
    for organisation in (ANN, BEN, CAI):
        lot = record.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, eve)), eve)
    walk, lot = run(lot, sent)
    for _, answer, _, at in walk:
        if not isinstance(answer, Refusal):
            record.take(answer, at)
    while lot.state is State.ANNOUNCED:
        due = rules.due_at(lot)
        lot = record.take(make.tick(lot, due), due)

    assert checks.check(record.entries) == []
    assert make.amounts_to(lot) == replace(checks.fold(record.entries), codes=())


def request(organisation, amount_fen, at, number):
    return Request(
        command=PlaceBid(bid=make.bid_id(number), amount_fen=amount_fen),
        cause=make.cause(organisation, at),
        bidder=make.bidder(organisation),
    )


def _comparable(answer):
    return (answer.code(), answer.facts) if isinstance(answer, Refusal) else answer
