"""A falling clock: every state, command and window by hand, the price at each boundary, and who was first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.auctions import model, rules
from exchange.auctions.model import (
    Announce,
    Band,
    BidState,
    Clock,
    FallThrough,
    Fault,
    Format,
    Halt,
    Lodge,
    OpenEnvelope,
    Phase,
    PlaceBid,
    Resume,
    Revise,
    State,
    Suspend,
    TakePrice,
    Tick,
    Units,
    Withdraw,
)
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, FALLING, INSTANT, NOON

GRACE = timedelta(milliseconds=500)
TAKEN = NOON + timedelta(seconds=10)  # when Cai's click arrived
MINUTE = timedelta(minutes=1)
WINDOWS = {
    "before": [NOON - INSTANT],
    "opening": [NOON],
    "early": [NOON + INSTANT, TAKEN - INSTANT],
    "grace": [TAKEN, TAKEN + GRACE - INSTANT],
    "open": [TAKEN + GRACE, END - INSTANT],
    "ended": [END, END + GRACE - INSTANT],
    "over": [END + GRACE, END + GRACE + INSTANT],
}

# What each command meets on each lot in the windows above, sent by whoever may send it; clicks are Ben's, on step 0.
# The last word of a row stands for the windows after it too; `-` is `wrong-state`.
OUTCOMES = """
    lot       command        before        opening            early              grace              open          ended         over

    draft     Revise         draft
    draft     Announce       announced     announced          opens-in-the-past
    draft     Withdraw       withdrawn
    draft     ConfirmDeposit no-such-lot
    draft     PlaceBid       no-such-lot
    draft     TakePrice      no-such-lot
    draft     Lodge          no-such-lot
    draft     OpenEnvelope   no-such-lot
    draft     Tick           -
    draft     FallThrough    -

    announced Revise         -
    announced Announce       -
    announced Withdraw       withdrawn     bidding-has-begun
    announced ConfirmDeposit announced     announced          announced          announced          announced     past-end
    announced PlaceBid       other-format
    announced TakePrice      not-yet-open  parked             parked             parked             parked        past-end
    announced Lodge          other-format
    announced OpenEnvelope   other-format
    announced Tick           not-due       not-due            not-due            not-due            not-due       not-due       unsold
    announced FallThrough    -

    parked    Revise         -
    parked    Announce       -
    parked    Withdraw       bidding-has-begun
    parked    ConfirmDeposit announced     announced          announced          announced          announced     past-end
    parked    PlaceBid       other-format
    parked    TakePrice      not-yet-open  parked             parked             parked             already-taken
    parked    Lodge          other-format
    parked    OpenEnvelope   other-format
    parked    Tick           not-due       not-due            not-due            not-due            sold
    parked    FallThrough    -

    taken     Revise         -
    taken     Announce       -
    taken     Withdraw       bidding-has-begun
    taken     ConfirmDeposit announced     announced          announced          past-end
    taken     PlaceBid       other-format
    taken     TakePrice      not-yet-open  processed-too-late processed-too-late already-taken
    taken     Lodge          other-format
    taken     OpenEnvelope   other-format
    taken     Tick           not-due       not-due            not-due            sold
    taken     FallThrough    -

    sold      Revise         -
    sold      Announce       -
    sold      Withdraw       -
    sold      ConfirmDeposit -
    sold      PlaceBid       other-format
    sold      TakePrice      not-yet-open  processed-too-late processed-too-late already-taken
    sold      Lodge          other-format
    sold      OpenEnvelope   other-format
    sold      Tick           -
    sold      FallThrough    fell_through

    fallen    Revise         -
    fallen    Announce       -
    fallen    Withdraw       -
    fallen    ConfirmDeposit -
    fallen    PlaceBid       other-format
    fallen    TakePrice      not-yet-open  processed-too-late processed-too-late already-taken
    fallen    Lodge          other-format
    fallen    OpenEnvelope   other-format
    fallen    Tick           -
    fallen    FallThrough    -

    unsold    Revise         -
    unsold    Announce       -
    unsold    Withdraw       -
    unsold    ConfirmDeposit -
    unsold    PlaceBid       other-format
    unsold    TakePrice      not-yet-open  processed-too-late processed-too-late processed-too-late processed-too-late past-end
    unsold    Lodge          other-format
    unsold    OpenEnvelope   other-format
    unsold    Tick           -
    unsold    FallThrough    -

    withdrawn Revise         -
    withdrawn Announce       -
    withdrawn Withdraw       -
    withdrawn ConfirmDeposit -
    withdrawn PlaceBid       other-format
    withdrawn TakePrice      -
    withdrawn Lodge          other-format
    withdrawn OpenEnvelope   other-format
    withdrawn Tick           -
    withdrawn FallThrough    -
"""  # noqa: E501 - seven windows

CAIS = make.click(CAI, TAKEN, seen=0, step=0, fen=100_000, number=1)
WON = {"leader": CAIS, "bid_count": 1, "decision_count": 1, "ends_at": TAKEN}
LOTS = {
    "draft": make.draft("exchange-dutch@1", increments=(), form=FALLING),
    "announced": make.falling(),
    "parked": make.falling(parked=(CAIS,), parked_since=TAKEN),
    "taken": make.falling(grace_ms=0, **WON),
    "sold": make.falling(state=State.SOLD, **WON),
    "fallen": make.falling(state=State.FELL_THROUGH, fault=Fault.BUYER, **WON),
    "unsold": make.falling(state=State.UNSOLD),
    "withdrawn": make.falling(state=State.WITHDRAWN),
}
SENT = {
    "Revise": (
        Revise(profile=rules.find("exchange-dutch@1"), terms=make.terms(increments=(), form=FALLING)),
        make.SELLER,
        None,
    ),
    "Announce": (Announce(), make.SELLER, None),
    "Withdraw": (Withdraw(), make.SELLER, None),
    "ConfirmDeposit": (make.deposit(BEN), make.OFFICER, None),
    "PlaceBid": (PlaceBid(bid=make.bid_id(9), amount_fen=100_000), BEN, make.bidder(BEN)),
    "TakePrice": (TakePrice(bid=make.bid_id(9), step=0), BEN, make.bidder(BEN)),
    "Lodge": (Lodge(bid=make.bid_id(9), commitment="0" * 64), BEN, make.bidder(BEN)),
    "OpenEnvelope": (OpenEnvelope(amount_fen=100_000, nonce="0" * 64), BEN, make.bidder(BEN)),
    "Tick": (Tick(), make.TIME.organisation, None),
    "FallThrough": (FallThrough(fault=Fault.BUYER), make.TIME.organisation, None),
}


def cases():
    _, *rows = (line.split() for line in OUTCOMES.strip().splitlines() if line)
    for lot, command, *words in rows:
        repeated = words[-1:] * (len(WINDOWS) - len(words))
        for (window, moments), word in zip(WINDOWS.items(), words + repeated, strict=True):
            for nth, at in enumerate(moments):
                yield pytest.param(lot, command, at, word, id=f"{lot}-{command}-{window}-{nth}")


def outcome(lot, command, cause, bidder) -> str:
    try:
        decision = rules.decide(lot, command, cause, bidder=bidder)
    except rules.WrongState:
        return "-"
    except tuple(rules.REFUSALS) as refusal:
        return make.code_of(refusal)
    return decision.outcomes[-1].state if isinstance(command, TakePrice) else decision.lot.state


def met(lot, organisation, step, at, number=1):
    """What a click meets: a code, or the state and what it would pay."""
    refusal = make.refused(make.take, lot, organisation, step, at, number)
    if refusal is not None:
        return make.code_of(refusal)
    one = make.take(lot, organisation, step, at, number).outcomes[-1]
    return one.state.value, one.bid.click.step, one.bid.amount_fen


class TestDecide:
    @pytest.mark.parametrize(("lot", "command", "at", "expected"), list(cases()))
    def test_follows_the_outcome_table(self, lot, command, at, expected):
        sent, organisation, bidder = SENT[command]

        assert outcome(LOTS[lot], sent, make.cause(organisation, at), bidder) == expected

    def test_covers_every_state_command_and_window(self):
        assert {lot.state for lot in LOTS.values()} == set(State) - {State.OPENING, State.SUSPENDED}
        assert set(SENT) >= {"PlaceBid", "TakePrice", "Lodge", "OpenEnvelope"}
        assert {command.__name__ for command in model.COMMANDS} >= set(SENT)
        assert len({case.id for case in cases()}) == len(list(cases())) == len(LOTS) * len(SENT) * 12

    def test_lets_nobody_click_without_a_deposit(self):
        click = SENT["TakePrice"][0]

        assert outcome(LOTS["parked"], click, make.cause(BEN, TAKEN), None) == "no-deposit"
        assert outcome(LOTS["sold"], click, make.cause(BEN, TAKEN), make.bidder(BEN, 9_999)) == "no-deposit"

    @pytest.mark.parametrize("lot", ["announced", "parked", "taken", "sold", "unsold", "withdrawn"])
    @pytest.mark.parametrize("barred", [make.SELLER, make.OPERATOR])
    def test_bars_the_seller_and_the_operator_whatever_the_state(self, lot, barred):
        assert outcome(LOTS[lot], SENT["TakePrice"][0], make.cause(barred, TAKEN), None) == "conflict-of-interest"

    def test_refuses_for_the_first_reason_that_applies(self):
        none, beyond = TakePrice(bid=make.bid_id(1), step=-1), TakePrice(bid=make.bid_id(1), step=10)
        bidder = make.bidder(BEN)

        assert outcome(LOTS["announced"], none, make.cause(BEN, NOON - INSTANT), bidder) == "not-yet-open"
        assert outcome(LOTS["parked"], none, make.cause(BEN, TAKEN + GRACE), bidder) == "already-taken"
        assert outcome(LOTS["announced"], none, make.cause(BEN, END), bidder) == "past-end"
        assert outcome(LOTS["announced"], none, make.cause(BEN), bidder) == "no-such-step"
        assert outcome(LOTS["announced"], beyond, make.cause(BEN), bidder) == "step-not-reached"


class TestTakePriceElsewhere:
    @pytest.mark.parametrize("profile", ["judicial-2016@1", "exchange-proxy@1"])
    @pytest.mark.parametrize("state", [State.ANNOUNCED, State.SOLD, State.UNSOLD, State.WITHDRAWN])
    def test_is_not_how_other_lots_are_bid_for(self, profile, state):
        lot = make.announced(profile, state=state)
        refusal = make.refused(make.take, lot, ANN, 0, NOON)

        assert isinstance(refusal, rules.OtherFormat)
        assert refusal.facts == {"format": lot.profile.format.value}


class TestPrice:
    @pytest.mark.parametrize(
        ("after", "step", "price_fen"),
        [
            (timedelta(0), 0, 100_000),
            (MINUTE - INSTANT, 0, 100_000),
            (MINUTE, 1, 99_000),
            (MINUTE + INSTANT, 1, 99_000),
            (9 * MINUTE, 9, 91_000),
            (10 * MINUTE - INSTANT, 9, 91_000),
            (10 * MINUTE, 10, 90_500),  # the floor, half a step down
            (11 * MINUTE, 10, 90_500),
            (make.DAY - INSTANT, 10, 90_500),
        ],
    )
    def test_is_that_of_the_arrival(self, after, step, price_fen):
        assert met(make.falling(), ANN, 0, NOON + after) == ("parked", step, price_fen)
        assert met(make.falling(), ANN, step, NOON + after) == ("parked", step, price_fen)
        if step < 10:
            assert met(make.falling(), ANN, step + 1, NOON + after) == "step-not-reached"

    def test_of_a_step_not_reached_is_told_with_the_one_that_is(self):
        refusal = make.refused(make.take, make.falling(), ANN, 2, NOON + 2 * MINUTE - INSTANT)

        assert refusal.facts == {"step": 1, "price_fen": 99_000}

    @pytest.mark.parametrize("step", [-1, 11, 10**9])
    def test_has_steps_from_the_start_to_the_floor(self, step):
        refusal = make.refused(make.take, make.falling(), ANN, step, END - INSTANT)

        assert isinstance(refusal, rules.NoSuchStep)
        assert refusal.facts == {"last_step": 10}

    @pytest.mark.parametrize(
        ("after", "expected"),
        [
            (-make.DAY, (0, 100_000, MINUTE)),
            (timedelta(0), (0, 100_000, MINUTE)),
            (MINUTE - INSTANT, (0, 100_000, MINUTE)),
            (MINUTE, (1, 99_000, 2 * MINUTE)),
            (10 * MINUTE - INSTANT, (9, 91_000, 10 * MINUTE)),
            (10 * MINUTE, (10, 90_500, None)),
            (2 * make.DAY, (10, 90_500, None)),
        ],
    )
    def test_is_what_the_face_of_the_clock_shows(self, after, expected):
        face = rules.face(make.falling(), NOON + after)
        step, price_fen, falls = expected

        assert (face.step, face.price_fen) == (step, price_fen)
        assert face.next_at == (None if falls is None else NOON + falls)

    def test_falls_to_the_floor_in_one_step_where_a_step_is_larger(self):
        lot = make.falling(Clock(floor_fen=99_999, step_fen=50_000, step_s=60))

        assert met(lot, ANN, 0, NOON + MINUTE - INSTANT) == ("parked", 0, 100_000)
        assert met(lot, ANN, 1, NOON + MINUTE) == ("parked", 1, 99_999)


class TestClock:
    @pytest.mark.parametrize(
        ("floor_fen", "step_fen", "steps"),
        [
            (90_000, 1_000, 10),
            (90_001, 1_000, 10),
            (89_999, 1_000, 11),
            (99_999, 1_000, 1),
            (100_000, 1_000, 0),
            (100_001, 1_000, 0),
            (90_000, 0, 0),
            (90_000, -1, 0),
        ],
    )
    def test_counts_its_steps_to_the_floor(self, floor_fen, step_fen, steps):
        assert Clock(floor_fen=floor_fen, step_fen=step_fen, step_s=60).steps(100_000) == steps


class TestFirst:
    def test_arrival_wins_though_a_later_and_lower_click_was_handed_over_first(self):
        lot = make.take(make.falling(), ANN, 1, NOON + MINUTE, 1).lot
        lot = make.take(lot, BEN, 0, NOON + MINUTE - INSTANT, 2).lot
        decision = make.tick(lot, NOON + MINUTE + GRACE)

        assert decision.lot.state is State.SOLD
        assert (decision.lot.leader.organisation, decision.lot.price_fen) == (BEN, 100_000)
        assert [(one.bid.organisation, one.state, one.refusal, one.number) for one in decision.outcomes] == [
            (BEN, BidState.ACCEPTED, None, 1),
            (ANN, BidState.REFUSED, "auctions/already-taken", 2),
        ]

    def test_parked_wins_of_two_that_arrived_together(self):
        lot = make.falling()
        for number, organisation in enumerate((CAI, ANN, BEN), 1):
            lot = make.take(lot, organisation, 0, TAKEN, number).lot

        assert make.tick(lot, TAKEN + GRACE).lot.leader.organisation == CAI

    def test_of_one_bidders_clicks_is_the_earliest_too(self):
        lot = make.take(make.falling(), ANN, 0, TAKEN, 1).lot
        lot = make.take(lot, ANN, 0, TAKEN - INSTANT, 2).lot
        decision = make.tick(lot, TAKEN + GRACE)

        assert decision.lot.leader.id == make.bid_id(2)
        assert decision.lot.bid_count == 1
        assert decision.lot.decision_count == 2

    def test_click_is_waited_for_from_the_first_that_was_handed_over(self):
        lot = make.take(make.falling(), ANN, 0, TAKEN, 1).lot
        lot = make.take(lot, BEN, 0, TAKEN - timedelta(seconds=5), 2).lot

        assert rules.due_at(lot) == TAKEN + GRACE
        assert make.code_of(make.refused(make.tick, lot, TAKEN + GRACE - INSTANT)) == "not-due"
        assert met(lot, CAI, 0, TAKEN + GRACE - INSTANT, 3)[0] == "parked"
        assert met(lot, CAI, 0, TAKEN + GRACE, 3) == "already-taken"

    def test_ends_the_lot_at_its_own_arrival(self):
        lot = make.take(make.falling(), ANN, 0, TAKEN, 1).lot
        assert lot.ends_at == END  # nobody has won yet

        lot = make.tick(lot, TAKEN + GRACE).lot

        assert (lot.ends_at, lot.terms.closes_at) == (TAKEN, END)
        assert lot.parked == ()
        assert lot.parked_since is None
        assert rules.due_at(lot) is None

    def test_just_before_the_end_is_in_time_though_decided_after_it(self):
        lot = make.take(make.falling(), ANN, 10, END - INSTANT, 1).lot
        assert met(lot, BEN, 10, END, 2) == "past-end"

        lot = make.tick(lot, END - INSTANT + GRACE).lot

        assert (lot.state, lot.price_fen, lot.ends_at) == (State.SOLD, 90_500, END - INSTANT)

    def test_handed_over_after_the_end_but_arrived_before_is_heard(self):
        assert met(make.falling(), ANN, 10, END - INSTANT) == ("parked", 10, 90_500)


class TestWithoutAGrace:
    def test_the_first_click_handed_over_wins_at_once(self):
        decision = make.take(make.falling(grace_ms=0), ANN, 0, TAKEN)

        [one] = decision.outcomes
        assert (one.state, one.number) == (BidState.ACCEPTED, 1)
        assert decision.lot.leader == one.bid
        assert rules.due_at(decision.lot) == TAKEN
        assert make.tick(decision.lot, TAKEN).lot.state is State.SOLD


class TestEntries:
    def test_say_who_took_the_price_and_who_came_after(self):
        lot = make.take(make.falling(), ANN, 1, NOON + MINUTE, 1).lot
        decision = make.take(lot, BEN, 0, NOON + MINUTE - INSTANT, 2)
        [parked] = decision.events
        taken, refused, sold = make.tick(decision.lot, NOON + MINUTE + GRACE).events

        assert (parked.kind, dict(parked.data)) == ("auction.bid_parked", {"bid": make.bid_id(2), "code": "0012"})
        assert parked.sealed["amount_fen"] == "100000"
        assert taken.kind == "auction.price_taken"
        assert dict(taken.data) == {
            "bid": make.bid_id(2),
            "code": "0012",
            "step": 0,
            "seen": 0,
            "price_fen": "100000",
            "placed_at": "2026-03-02T12:00:59.999999Z",
            "number": 1,
            "ends_at": "2026-03-02T12:00:59.999999Z",
        }
        assert dict(taken.sealed) == {"bidder": BEN, "by": make.TIME.named}
        assert refused.kind == "auction.take_refused"
        assert dict(refused.data) == {
            "bid": make.bid_id(1),
            "code": "0011",
            "step": 1,
            "seen": 1,
            "price_fen": "99000",
            "placed_at": "2026-03-02T12:01:00.000000Z",
            "number": 2,
            "reason": "auctions/already-taken",
        }
        assert dict(refused.sealed) == {"bidder": ANN}
        assert (sold.kind, dict(sold.data)) == (
            "auction.lot_sold",
            {"bid": make.bid_id(2), "code": "0012", "price_fen": "100000", "bids": 1},
        )

    def test_announce_the_whole_clock(self):
        lot = make.draft("exchange-dutch@1", increments=(), form=FALLING)
        _, form = rules.decide(lot, Announce(), make.cause(make.SELLER, NOON - make.DAY)).events

        assert form.kind == "auction.form_announced"
        assert form.data == {"form": {"clock": {"floor_fen": "90500", "step_fen": "1000", "step_s": 60}}}


class TestAnnounce:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, "announced"),
            ({"form": None}, "wrong-form"),
            ({"form": Units(count=2)}, "wrong-form"),
            ({"reserve_fen": 100_000}, "wrong-form"),
            ({"increments": (Band(0, 1),)}, "wrong-form"),
            ({"form": replace(FALLING, floor_fen=0)}, "amount-out-of-range"),
            ({"form": replace(FALLING, step_fen=0)}, "amount-out-of-range"),
            ({"form": replace(FALLING, step_fen=10**15 + 1)}, "amount-out-of-range"),
            ({"form": replace(FALLING, floor_fen=99_999)}, "announced"),
            ({"form": replace(FALLING, floor_fen=100_000)}, "bad-clock"),
            ({"form": replace(FALLING, step_s=10)}, "announced"),
            ({"form": replace(FALLING, step_s=9)}, "step-too-short"),
            ({"form": replace(FALLING, step_s=-60)}, "step-too-short"),
            ({"appraisal_fen": 100_555}, "announced"),  # 90 % of it is 90,499.5
            ({"appraisal_fen": 100_556}, "floor-too-low"),
            ({"closes_at": NOON + timedelta(hours=1)}, "announced"),
            ({"closes_at": NOON + timedelta(hours=1) - INSTANT}, "bidding-too-short"),
            ({"form": replace(FALLING, step_s=7_854)}, "announced"),  # eleven of them are six seconds under a day
            ({"form": replace(FALLING, step_s=7_855)}, "fall-too-long"),
        ],
    )
    def test_asks_for_a_clock_that_reaches_its_floor(self, changes, expected):
        lot = make.draft("exchange-dutch@1", **{"increments": (), "form": FALLING} | changes)

        assert outcome(lot, Announce(), make.cause(make.SELLER, NOON - make.DAY), None) == expected

    def test_says_how_long_the_fall_takes(self):
        lot = make.draft("exchange-dutch@1", increments=(), form=replace(FALLING, step_s=7_855))
        refusal = make.refused(rules.decide, lot, Announce(), make.cause(make.SELLER, NOON - make.DAY))

        assert refusal.facts == {"shortest_s": 86_405}

    def test_lets_the_floor_stand_for_one_whole_step(self):
        clock, hour = Clock(floor_fen=90_000, step_fen=1_000, step_s=360), NOON + timedelta(hours=1)
        short = make.draft("exchange-dutch@1", increments=(), form=clock, closes_at=hour)
        long = make.draft("exchange-dutch@1", increments=(), form=clock, closes_at=hour + 6 * MINUTE)

        assert outcome(short, Announce(), make.cause(make.SELLER, NOON - make.DAY), None) == "fall-too-long"
        assert outcome(long, Announce(), make.cause(make.SELLER, NOON - make.DAY), None) == "announced"

    def test_refuses_a_clock_under_other_formats(self):
        lot = make.draft(form=FALLING)

        assert outcome(lot, Announce(), make.cause(make.SELLER, NOON - make.DAY), None) == "wrong-form"


class TestPhase:
    @pytest.mark.parametrize(
        ("lot", "words"),
        [
            ("announced", ["upcoming", "open", "open", "open", "open", "closing", "closing"]),
            ("parked", ["upcoming", "open", "open", "grace", "closing", "closing", "closing"]),
            ("sold", ["closed"] * 7),
            ("unsold", ["closed"] * 7),
            ("draft", ["draft"] * 7),
        ],
    )
    def test_of_every_window_is(self, lot, words):
        found = [{rules.phase(LOTS[lot], at) for at in moments} for moments in WINDOWS.values()]

        assert found == [{Phase(word)} for word in words]


class TestProfile:
    def test_is_the_exchanges_own(self):
        profile = rules.EXCHANGE_DUTCH

        assert profile.format is Format.DUTCH
        assert profile.grace == GRACE
        assert (profile.floor_min_bp, profile.step_min_s, profile.min_bidding_s) == (9_000, 10, 3_600)
        assert model.Profile.from_json(profile.to_json()) == profile

    def test_leaves_the_written_form_of_older_versions_alone(self):
        for older in (rules.JUDICIAL_2016, rules.REPLAY):
            assert not {"floor_min_bp", "step_min_s", "opening_s"} & set(older.to_json())


class TestDiagram:
    def test_draws_every_arrow(self):
        assert rules.diagram(Format.DUTCH) == (
            "stateDiagram-v2\n"
            "    [*] --> draft: Draft\n"
            "    draft --> draft: Revise\n"
            "    draft --> announced: Announce\n"
            "    draft --> withdrawn: Withdraw\n"
            "    announced --> withdrawn: Withdraw\n"
            "    announced --> announced: ConfirmDeposit, TakePrice\n"
            "    announced --> suspended: Suspend\n"
            "    suspended --> suspended: ConfirmDeposit\n"
            "    suspended --> announced: Resume\n"
            "    suspended --> withdrawn: Cancel\n"
            "    announced --> sold: Tick\n"
            "    announced --> unsold: Tick\n"
            "    sold --> fell_through: FallThrough\n"
            "    fell_through --> [*]\n"
            "    unsold --> [*]\n"
            "    withdrawn --> [*]\n"
        )


class TestSuspend:
    def test_waits_while_a_click_that_came_before_is_undecided_art_28(self):
        """Ben's click is handed over first, then Ann's, which arrived earlier; the order arrived between the two."""
        lot = make.falling()
        ben, ann, halt = (NOON + timedelta(milliseconds=ms) for ms in (200, 0, 100))
        lot = make.take(lot, BEN, 0, ben, 1).lot
        lot = make.take(lot, ANN, 0, ann, 2).lot

        refusal = make.refused(
            rules.decide, lot, Suspend(reason=Halt.FAULT, order=None), make.cause(make.OFFICER, halt)
        )

        assert make.code_of(refusal) == "bids-undecided"

    def test_stops_the_clock_for_readers_and_for_bidders(self):
        since, later = NOON + timedelta(seconds=70), NOON + timedelta(hours=1)
        lot = make.falling()
        stopped = rules.decide(lot, Suspend(reason=Halt.FAULT, order=None), make.cause(make.OFFICER, since)).lot
        resumed = rules.decide(stopped, Resume(cause_ended_at=since), make.cause(make.OFFICER, later)).lot

        assert (rules.face(stopped, later).step, rules.face(stopped, later).next_at) == (1, None)
        assert rules.face(resumed, later).step == 1
        assert rules.face(resumed, later + timedelta(seconds=50)).step == 2
        assert resumed.terms.closes_at - lot.terms.closes_at == later - since
