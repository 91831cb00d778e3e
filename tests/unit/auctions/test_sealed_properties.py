"""What must hold of sealed bids, first and second price. Of the eleven properties, those that apply.

1 does not: nobody bids on a bidder's behalf. 5: there is no bid before the one that would buy. 6: no clock falls. 9 is
the money's, once envelopes have a place to be kept: what the decision says of it is who did not open.
"""

from dataclasses import replace
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from exchange.auctions import rules
from exchange.auctions.model import Lodge, OpenEnvelope, State
from ledger.kernel import canonical
from ledger.kernel.errors import Refusal
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, GRACE, NOON

FIRST, SECOND = "exchange-first-price@1", "exchange-second-price@1"
BEGINS, ENDS = END + GRACE, END + GRACE + timedelta(hours=2)
who = st.sampled_from([ANN, BEN, CAI])
amounts = st.integers(99_990, 100_400)
in_time = st.integers(0, 5).map(lambda us: NOON + timedelta(microseconds=us))
moments = st.one_of(
    in_time,
    st.integers(-2_500, 2_500).map(lambda ms: END + timedelta(milliseconds=ms)),
    st.integers(-2_500, 2_500).map(lambda ms: ENDS + timedelta(milliseconds=ms)),
)
offers = st.lists(st.tuples(who, amounts, in_time), max_size=6)
reserves = st.one_of(st.none(), st.integers(100_000, 100_400))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("lodge"), who, amounts, moments),
        st.tuples(st.just("open"), who, amounts, moments),
        st.tuples(st.just("tick"), st.none(), st.none(), moments),
    ),
    max_size=14,
)
both = pytest.mark.parametrize("profile", [FIRST, SECOND])


def run(lot, sent):
    """Send what is asked; return each answer with the lots around it."""
    walk = []
    for number, (verb, organisation, amount_fen, at) in enumerate(sent):
        try:
            if verb == "lodge":
                decision = make.lodge(lot, organisation, amount_fen, at, number)
            elif verb == "open":
                decision = make.open_up(lot, organisation, amount_fen, at)
            else:
                decision = make.tick(lot, at)
        except Refusal as refusal:
            walk.append((lot, refusal, lot, at))
            continue
        walk.append((lot, decision, decision.lot, at))
        lot = decision.lot
    return walk, lot


def lodged(profile, sent, **changes):
    """A lot with what of the envelopes stands, and the amounts that their bidders know."""
    lot, amounts = make.sealed_lot(profile, **changes), {}
    for number, (organisation, amount_fen, at) in enumerate(sent):
        if make.refused(make.lodge, lot, organisation, amount_fen, at, number) is None:
            lot = make.lodge(lot, organisation, amount_fen, at, number).lot
            amounts[organisation] = amount_fen
    return lot, amounts


def close(lot, amounts):
    """Have those open who know their amount in `amounts`, and let time end the lot."""
    lot = make.tick(lot, BEGINS).lot
    for organisation, amount_fen in amounts.items():
        lot = make.open_up(lot, organisation, amount_fen, BEGINS).lot
    return make.tick(lot, ENDS + GRACE) if lot.state is State.OPENING else None


@both
@given(sent=steps)
def test_nothing_moves_the_end_property_2(profile, sent):
    walk, _ = run(make.sealed_lot(profile), sent)

    assert {after.ends_at for _, _, after, _ in walk} <= {END}


@both
@given(sent=steps)
def test_arrival_decides_whether_an_envelope_is_in_time_property_3(profile, sent):
    _, lot = run(make.sealed_lot(profile), sent)

    assert all(NOON <= one.lodged_at < END for one in lot.envelopes)
    assert len({one.organisation for one in lot.envelopes}) == len(lot.envelopes)


@both
@given(sent=st.lists(st.tuples(who, amounts), max_size=6), data=st.data())
def test_the_order_of_handing_over_changes_no_result_property_3(profile, sent, data):
    """Envelopes that each arrived at an instant of its own, in any order: the same buyer at the same price."""
    rush = [(one, fen, NOON + timedelta(microseconds=place)) for place, (one, fen) in enumerate(sent)]
    results = []
    for order in (rush, data.draw(st.permutations(rush))):
        lot, amounts = lodged(profile, order)
        last = {one: fen for one, fen, _ in rush}
        assert amounts.keys() == last.keys()
        decision = close(lot, last)
        leader = decision.lot.leader if decision else None
        results.append(leader and (leader.organisation, leader.amount_fen, leader.arrived_at))

    assert results[0] == results[1]


@both
@given(sent=offers, reserve_fen=reserves)
def test_the_highest_below_the_reserve_is_no_sale_property_4(profile, sent, reserve_fen):
    lot, amounts = lodged(profile, sent, reserve_fen=reserve_fen)
    decision = close(lot, amounts)
    best = max(amounts.values(), default=0)

    sold = best >= max(100_000, reserve_fen or 0)
    assert decision is None or (decision.lot.state is State.SOLD) == sold
    if sold:
        assert decision.lot.price_fen >= max(100_000, reserve_fen or 0)
        assert amounts[decision.lot.leader.organisation] == best


@given(sent=offers, reserve_fen=reserves)
def test_the_second_price_is_the_second_bid_or_the_reserve_property_7(sent, reserve_fen):
    lot, amounts = lodged(SECOND, sent, reserve_fen=reserve_fen)
    decision = close(lot, amounts)
    if decision is not None and decision.lot.leader is not None:
        others = [fen for one, fen in amounts.items() if one != decision.lot.leader.organisation]
        assert decision.lot.price_fen == max([100_000, reserve_fen or 0, *others])


@given(sent=offers, reserve_fen=reserves, more_fen=st.integers(0, 10**9))
def test_what_a_winner_pays_does_not_depend_on_its_own_bid_property_7(sent, reserve_fen, more_fen):
    """Whatever else the winner had written, as long as it won: the same price. Had it written less, no better one."""
    lot, amounts = lodged(SECOND, sent, reserve_fen=reserve_fen)
    decision = close(lot, amounts)
    if decision is None or decision.lot.leader is None:
        return
    won = decision.lot.leader.organisation
    for fen in {amounts[won] + more_fen, decision.lot.price_fen + 1, decision.lot.price_fen}:
        again = [one for one in sent if one[0] != won]
        at = next(one.lodged_at for one in lot.envelopes if one.organisation == won)
        other, known = lodged(SECOND, [*again, (won, fen, at)], reserve_fen=reserve_fen)
        result = close(other, known).lot
        if result.leader is not None and result.leader.organisation == won:
            assert result.price_fen == decision.lot.price_fen


@given(sent=offers)
def test_the_first_price_is_the_winners_own_bid(sent):
    lot, amounts = lodged(FIRST, sent)
    decision = close(lot, amounts)
    if decision is not None and decision.lot.leader is not None:
        assert decision.lot.price_fen == amounts[decision.lot.leader.organisation]


@both
@given(sent=steps, one=st.integers(1, 10**15), another=st.integers(1, 10**15))
def test_two_lots_that_differ_in_an_amount_alone_look_the_same_before_opening_property_8(profile, sent, one, another):
    """But for the digests: no state, event, refusal or phase tells one amount from another."""

    def looks(amount_fen):
        lot, shown = make.sealed_lot(profile), []
        asked = [("lodge", ANN, amount_fen, NOON), *(step for step in sent if step[0] != "open" and step[3] < BEGINS)]
        digests = {}
        for before, answer, after, at in run(lot, asked)[0]:
            if isinstance(answer, Refusal):
                shown.append([answer.code(), answer.detail, sorted(answer.facts)])
                continue
            for event in answer.events:
                written = dict(event.data), dict(event.sealed)
                name = written[0].pop("commitment", None)
                shown.append([event.kind, *written, digests.setdefault(name, len(digests)) if name else None])
            blind = tuple(replace(held, commitment="") for held in after.envelopes)
            shown.append(repr((replace(after, envelopes=blind), rules.phase(before, at), rules.due_at(after))))
        return shown

    if amounts_differ_from_the_rest(sent, one, another):
        assert looks(one) == looks(another)


def amounts_differ_from_the_rest(sent, *fen):
    """Whether no other envelope holds one of the amounts: equal ones of one bidder have equal digests."""
    return not {step[2] for step in sent} & set(fen)


@both
@given(sent=steps, fen=amounts)
def test_refusals_of_an_opening_never_say_what_was_sealed_property_8(profile, sent, fen):
    walk, lot = run(make.sealed_lot(profile), sent)
    refusals = [answer for _, answer, _, _ in walk if isinstance(answer, Refusal)]
    wrong = OpenEnvelope(amount_fen=fen, nonce="0" * 64)
    for organisation in (ANN, BEN, CAI):
        asked = make.cause(organisation, BEGINS)
        refusals.append(make.refused(rules.decide, lot, wrong, asked, bidder=make.bidder(organisation)))

    assert all(not set(one.facts) & {"amount_fen", "price_fen", "commitment", "nonce"} for one in refusals if one)


@both
@given(sent=offers, opened=st.sets(who))
def test_an_envelope_that_is_not_opened_is_named_and_ranked_nowhere_property_8(profile, sent, opened):
    lot, amounts = lodged(profile, sent)
    decision = close(lot, {one: fen for one, fen in amounts.items() if one in opened})
    if decision is None:
        return
    told = decision.events[0].data
    unopened = {make.CODES[one] for one in amounts if one not in opened}
    ranked = {one["code"]: int(one["amount_fen"]) for one in told["ranking"]}

    assert {one["code"] for one in told["unopened"]} == unopened
    assert not unopened & (ranked.keys() | {one["code"] for one in told["invalid"]})
    assert len(told["ranking"]) + len(told["invalid"]) + len(told["unopened"]) == len(amounts)
    assert list(ranked.values()) == sorted(ranked.values(), reverse=True)
    assert all(fen >= 100_000 for fen in ranked.values())


@both
@given(late=st.timedeltas(timedelta(0), timedelta(days=2)))
def test_an_envelope_that_comes_late_is_refused_property_8(profile, late):
    refusal = make.refused(make.lodge, make.sealed_lot(profile), ANN, 100_000, END + late)

    assert isinstance(refusal, rules.PastEnd)


@both
@given(sent=steps)
def test_the_same_requests_give_the_same_bytes_property_10(profile, sent):
    once, again = (run(make.sealed_lot(profile), sent)[0] for _ in range(2))

    def written(walk):
        events = [event for _, answer, _, _ in walk if not isinstance(answer, Refusal) for event in answer.events]
        return canonical.encode([[event.kind, event.data, event.sealed] for event in events])

    assert written(once) == written(again)
    assert [after for _, _, after, _ in once] == [after for _, _, after, _ in again]


@both
@given(at=moments, barred=st.sampled_from([make.SELLER, make.OPERATOR]))
def test_the_seller_and_the_operator_never_lodge_or_open_property_11(profile, at, barred):
    for state in (State.ANNOUNCED, State.OPENING, State.SOLD, State.UNSOLD, State.WITHDRAWN):
        for command in (Lodge(bid=make.bid_id(1), commitment="0" * 64), OpenEnvelope(amount_fen=1, nonce="0" * 64)):
            lot = make.sealed_lot(profile, state=state)
            refusal = make.refused(rules.decide, lot, command, make.cause(barred, at))
            assert isinstance(refusal, rules.ConflictOfInterest)
