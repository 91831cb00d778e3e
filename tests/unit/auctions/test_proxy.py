"""Bidding by maxima: what each command meets, where the price goes, and what nobody is told.

The table is written by hand: never import the table under test.
"""

from dataclasses import replace

import pytest

from exchange.auctions import checks, model, rules
from exchange.auctions.model import (
    Announce,
    Band,
    BidState,
    FallThrough,
    Fault,
    PlaceBid,
    Revise,
    State,
    Tick,
    Withdraw,
)
from ledger.kernel import canonical
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, INSTANT, NOON, WINDOW
from tests.unit.auctions.outcomes import cases, outcome

PROFILE = "exchange-proxy@1"

# Ann leads at 1,000.00 and would go to 1,500.00. Ben names 1,100.00.
OUTCOMES = """
    lot       command        before             opening            open               grace              over

    draft     Revise         draft
    draft     Announce       announced          announced          opens-in-the-past
    draft     Withdraw       withdrawn
    draft     ConfirmDeposit no-such-lot
    draft     PlaceBid       no-such-lot
    draft     Tick           -
    draft     FallThrough    -

    announced Revise         -
    announced Announce       -
    announced Withdraw       withdrawn          bidding-has-begun
    announced ConfirmDeposit announced          announced          announced          past-end
    announced PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    announced Tick           not-due            not-due            not-due            not-due            unsold
    announced FallThrough    -

    led       Revise         -
    led       Announce       -
    led       Withdraw       bidding-has-begun
    led       ConfirmDeposit announced          announced          announced          past-end
    led       PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    led       Tick           not-due            not-due            not-due            not-due            sold
    led       FallThrough    -

    reserved  Revise         -
    reserved  Announce       -
    reserved  Withdraw       bidding-has-begun
    reserved  ConfirmDeposit announced          announced          announced          past-end
    reserved  PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    reserved  Tick           not-due            not-due            not-due            not-due            unsold
    reserved  FallThrough    -

    parked    Revise         -
    parked    Announce       -
    parked    Withdraw       bidding-has-begun
    parked    ConfirmDeposit announced          announced          announced          past-end
    parked    PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    parked    Tick           not-due            not-due            not-due            not-due            sold
    parked    FallThrough    -

    sold      Revise         -
    sold      Announce       -
    sold      Withdraw       -
    sold      ConfirmDeposit -
    sold      PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late past-end
    sold      Tick           -
    sold      FallThrough    fell_through

    unsold    Revise         -
    unsold    Announce       -
    unsold    Withdraw       -
    unsold    ConfirmDeposit -
    unsold    PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late past-end
    unsold    Tick           -
    unsold    FallThrough    -

    fallen    Revise         -
    fallen    Announce       -
    fallen    Withdraw       -
    fallen    ConfirmDeposit -
    fallen    PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late past-end
    fallen    Tick           -
    fallen    FallThrough    -

    withdrawn Revise         -
    withdrawn Announce       -
    withdrawn Withdraw       -
    withdrawn ConfirmDeposit -
    withdrawn PlaceBid       -
    withdrawn Tick           -
    withdrawn FallThrough    -
"""

ANNS = replace(make.bid(ANN, 100_000, NOON, number=1), maximum_fen=150_000)
LED = {"leader": ANNS, "bid_count": 1, "decision_count": 1}
WAITS = replace(make.bid(CAI, 120_000, END, number=2), maximum_fen=120_000)
LOTS = {
    "draft": make.draft(PROFILE),
    "announced": make.announced(PROFILE),
    "led": make.announced(PROFILE, **LED),
    "reserved": make.announced(PROFILE, **LED, reserve_fen=150_001),
    "parked": make.announced(PROFILE, **LED, parked=(WAITS,), parked_since=END),
    "sold": make.announced(PROFILE, **LED, state=State.SOLD),
    "fallen": make.announced(PROFILE, **LED, state=State.FELL_THROUGH, fault=Fault.BUYER),
    "unsold": make.announced(PROFILE, state=State.UNSOLD),
    "withdrawn": make.announced(PROFILE, state=State.WITHDRAWN),
}
SENT = {
    "Revise": (Revise(profile=PROFILE, terms=make.terms()), make.SELLER, None),
    "Announce": (Announce(), make.SELLER, None),
    "Withdraw": (Withdraw(), make.SELLER, None),
    "ConfirmDeposit": (make.deposit(BEN), make.OFFICER, None),
    "PlaceBid": (PlaceBid(bid=make.bid_id(9), amount_fen=110_000), BEN, make.bidder(BEN)),
    "Tick": (Tick(), make.TIME.organisation, None),
    "FallThrough": (FallThrough(fault=Fault.BUYER), make.TIME.organisation, None),
}

BANDS = (Band(0, 1_000), Band(110_000, 5_000))

# Bids in order, `who:maximum`, in yuan; what the last one hears; who leads at what price after it.
PRICES = [
    ("ann:999.99", "below-start", None, None),
    ("ann:1000", "accepted", "ann", "1000"),
    ("ann:1500", "accepted", "ann", "1000"),  # alone: the start price, however far it would go
    ("ann:1500 ben:1009.99", "below-increment", "ann", "1000"),
    ("ann:1500 ben:1010", "accepted", "ann", "1020"),  # the second maximum and its increment
    ("ann:1500 ben:1099.99", "accepted", "ann", "1109.99"),  # below 1,100 the increment is 10
    ("ann:1500 ben:1100", "accepted", "ann", "1150"),  # at 1,100 it is 50
    ("ann:1500 ben:1480", "accepted", "ann", "1500"),  # no further than the leader's own maximum
    ("ann:1500 ben:1500", "accepted", "ann", "1500"),  # a tie goes to the earlier
    ("ann:1500 ben:1500.01", "accepted", "ben", "1500.01"),  # no further than the new leader's
    ("ann:1500 ben:1549.99", "accepted", "ben", "1549.99"),
    ("ann:1500 ben:1550", "accepted", "ben", "1550"),
    ("ann:1500 ben:9000", "accepted", "ben", "1550"),
    ("ann:1500 ann:1500", "not-a-raise", "ann", "1000"),
    ("ann:1500 ann:1400", "not-a-raise", "ann", "1000"),
    ("ann:1500 ann:1500.01", "accepted", "ann", "1000"),  # raising oneself moves nothing
    ("ann:1500 ben:1500 ann:1600", "accepted", "ann", "1500"),  # nor after a tie
    ("ann:1500 ben:1500 ann:1549.99", "below-increment", "ann", "1500"),  # the minimum is everybody's
    ("ann:1500 ben:1500 ann:1600 cai:1550", "accepted", "ann", "1600"),
    ("ann:1500 ann:1600 ben:1500", "accepted", "ann", "1550"),
    ("ann:1500 ben:1200 cai:1300", "accepted", "ann", "1350"),
    ("ann:1500 ben:2000 ann:1600", "accepted", "ben", "1650"),  # who was beaten may come back
]

# The same where a reserve of 1,200.00 is kept secret.
RESERVED = [
    ("ann:1199.99", "accepted", "ann", "1000"),
    ("ann:1200", "accepted", "ann", "1200"),  # what is worth the reserve is not had for less
    ("ann:1500", "accepted", "ann", "1200"),
    ("ann:1100 ann:1199.99", "accepted", "ann", "1000"),
    ("ann:1100 ann:1200", "accepted", "ann", "1200"),  # the one raise of one's own that moves the price
    ("ann:1500 ann:1600", "accepted", "ann", "1200"),
    ("ann:1100 ben:1150", "accepted", "ben", "1150"),
    ("ann:1100 ben:1199.99", "accepted", "ben", "1150"),
    ("ann:1100 ben:1500", "accepted", "ben", "1200"),
    ("ann:1180 ben:1500", "accepted", "ben", "1230"),  # what the second drives above the reserve stays there
    ("ann:1500 ben:1249.99", "below-increment", "ann", "1200"),
    ("ann:1500 ben:1250", "accepted", "ann", "1300"),
]
NAMES = {"ann": ANN, "ben": BEN, "cai": CAI}


def fen(yuan: str) -> int:
    whole, _, cents = yuan.partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0"))


def bid(lot, organisation, amount_fen, at=NOON, number=9):
    """The outcome in a word, and the lot after it."""
    try:
        decision = make.offer(lot, organisation, amount_fen, at, number)
    except rules.REFUSALS as refusal:
        return make.code_of(refusal), lot
    return decision.outcomes[-1].state, decision.lot


def play(lot, script):
    said = None
    for number, (who, yuan) in enumerate(one.split(":") for one in script.split()):
        said, lot = bid(lot, NAMES[who], fen(yuan), NOON, number)
    return said, lot


class TestDecide:
    @pytest.mark.parametrize(("lot", "command", "at", "expected"), list(cases(OUTCOMES)))
    def test_follows_the_outcome_table(self, lot, command, at, expected):
        sent, organisation, bidder = SENT[command]

        assert outcome(LOTS[lot], sent, make.cause(organisation, at), bidder) == expected

    def test_covers_every_state_of_this_format_command_and_window(self):
        named = [case.id for case in cases(OUTCOMES)]

        assert {str(lot.state) for lot in LOTS.values()} == {
            "draft",
            "announced",
            "sold",
            "fell_through",
            "unsold",
            "withdrawn",
        }
        assert len(set(named)) == len(named) == len(LOTS) * len(SENT) * 8


class TestPlaceBid:
    @pytest.mark.parametrize(("script", "expected", "leader", "price"), PRICES)
    def test_moves_the_price_no_further_than_the_second_drives_it(self, script, expected, leader, price):
        said, lot = play(make.announced(PROFILE, increments=BANDS), script)

        assert said == expected
        assert (lot.leader and lot.leader.organisation, lot.price_fen) == (
            (NAMES[leader], fen(price)) if leader else (None, None)
        )

    @pytest.mark.parametrize(("script", "expected", "leader", "price"), RESERVED)
    def test_goes_to_a_reserve_that_a_maximum_meets(self, script, expected, leader, price):
        said, lot = play(make.announced(PROFILE, increments=BANDS, reserve_fen=120_000), script)

        assert (said, lot.leader.organisation, lot.price_fen) == (expected, NAMES[leader], fen(price))

    @pytest.mark.parametrize(
        ("at", "end"),
        [
            (END - WINDOW - INSTANT, END),
            (END - WINDOW, END),
            (END - WINDOW + INSTANT, END + INSTANT),
            (END - INSTANT, END + WINDOW - INSTANT),
        ],
    )
    def test_extends_as_any_accepted_bid(self, at, end):
        assert bid(LOTS["led"], BEN, 110_000, at)[1].ends_at == end

    def test_extends_nothing_when_it_is_refused(self):
        said, lot = bid(LOTS["led"], BEN, 100_999, END - INSTANT)

        assert (said, lot.ends_at) == ("below-increment", END)

    def test_says_what_a_maximum_brought_about_and_never_what_it_is_property_1(self):
        decision = make.offer(LOTS["led"], BEN, 120_000, NOON, 2)

        [event] = decision.events
        assert event.kind == "auction.maximum_accepted"
        assert event.data == {
            "bid": make.bid_id(2),
            "code": "0012",
            "leader": "0011",
            "price_fen": "121000",
            "placed_at": "2026-03-02T12:00:00.000000Z",
            "number": 2,
            "ends_at": "2026-03-03T12:00:00.000000Z",
        }
        assert event.sealed == {"bidder": BEN, "maximum_fen": "120000", "by": make.acted(BEN, NOON)}
        assert b"150000" not in canonical.encode([event.data, event.sealed])  # Ann's stays Ann's

    def test_refuses_without_a_word_of_the_leaders_maximum_property_1(self):
        low = make.refused(make.offer, LOTS["led"], BEN, 100_999, NOON)
        own = make.refused(make.offer, LOTS["led"], ANN, 149_999, NOON)

        assert low.facts == {"minimum_next_fen": 101_000}
        assert own.facts == {}
        assert "1500" not in low.detail + own.detail

    def test_keeps_a_refused_maximum_that_had_been_parked_to_itself(self):
        lot = bid(LOTS["led"], BEN, 160_000, END)[1]  # parked, and first to be heard
        lot = bid(lot, CAI, 100_500, END + INSTANT, 10)[1]
        late = replace(lot, ends_at=END + WINDOW)  # as if a bid still on its way had moved the end

        decision = make.tick(late, END + make.GRACE)

        assert [one.state for one in decision.outcomes] == [BidState.ACCEPTED, BidState.REFUSED]
        refused = decision.events[1]
        assert (refused.kind, refused.data["reason"]) == ("auction.maximum_refused", "auctions/below-increment")
        assert set(refused.data) == {"bid", "code", "placed_at", "number", "reason"}
        assert refused.sealed == {"bidder": CAI, "maximum_fen": "100500"}


class TestTick:
    @pytest.mark.parametrize(("most", "state", "price"), [(119_999, "unsold", 100_000), (120_000, "sold", 120_000)])
    def test_sells_only_to_who_meets_the_reserve_property_4(self, most, state, price):
        lot = bid(make.announced(PROFILE, reserve_fen=120_000), ANN, most)[1]

        closed = make.tick(lot, END + make.GRACE)

        assert (closed.lot.state, closed.lot.price_fen) == (state, price)

    def test_names_the_price_and_not_the_maximum(self):
        [event] = make.tick(LOTS["led"], END + make.GRACE).events

        assert event.data == {"bid": make.bid_id(1), "code": "0011", "price_fen": "100000", "bids": 1}
        assert event.sealed == {"buyer": ANN}


class TestAnnounce:
    def test_refuses_terms_of_another_format(self):
        lot = make.draft(PROFILE, form=model.Units(count=2))

        refusal = make.refused(rules.decide, lot, Announce(), make.cause(make.SELLER, NOON - make.DAY))

        assert isinstance(refusal, rules.WrongForm)

    def test_publishes_which_format_it_is(self):
        [event] = rules.decide(make.draft(PROFILE), Announce(), make.cause(make.SELLER, NOON - make.DAY)).events

        assert event.data["profile"]["format"] == "proxy"


def record(script="ann:1500 ben:1200 cai:1600 cai:1700 ben:1800", *, opened=True, **changes):
    """The entries of a lot that a script was played on, to its end."""
    written, eve = make.Record(opened=opened), NOON - make.DAY
    lot = make.draft(PROFILE, increments=BANDS, **changes)
    lot = written.take(rules.decide(lot, Announce(), make.cause(make.SELLER, eve)), eve)
    for organisation in (ANN, BEN, CAI):
        lot = written.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, eve)), eve)
    for number, (who, yuan) in enumerate(one.split(":") for one in script.split()):
        at = NOON + number * WINDOW
        lot = written.take(make.offer(lot, NAMES[who], fen(yuan), at, number), at)
    due = rules.due_at(lot)
    written.take(make.tick(lot, due), due)
    return written.entries


class TestAuditor:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize("reserve_fen", [None, 110_000, 170_000, 300_000])
    def test_agrees_with_the_lot(self, opened, reserve_fen):
        entries = record(opened=opened, reserve_fen=reserve_fen)

        assert checks.check(entries) == []
        assert checks.fold(entries).price_fen == 175_000

    # Entry 4 is Ann's 1,500; 5 Ben's 1,200 (price 1,250); 6 Cai's 1,600 (1,550); 7 Cai's raise; 8 Ben's 1,800 (1,750).
    @pytest.mark.parametrize(
        ("seq", "field", "value", "opened"),
        [
            (4, "price_fen", "99999", False),
            (4, "price_fen", "100001", True),
            (5, "price_fen", "124999", True),
            (5, "price_fen", "99999", False),
            (5, "leader", "0012", True),
            (5, "leader", "0013", False),
            (6, "leader", "0011", True),
            (6, "price_fen", "125000", False),
            (6, "price_fen", "160001", True),
            (7, "price_fen", "155001", False),
            (7, "price_fen", "160000", True),
            (8, "price_fen", "174999", True),
            (8, "number", 6, False),
            (8, "ends_at", "2026-03-03T12:00:00.000001Z", False),
            (9, "price_fen", "174999", False),
            (9, "code", "0013", False),
            (9, "bids", 4, False),
        ],
    )
    def test_finds_what_was_changed(self, seq, field, value, opened):
        entries = record(opened=opened)
        assert entries[seq]["data"][field] != value
        entries[seq]["data"][field] = value

        assert any(f"entry {seq} " in finding for finding in checks.check(entries))

    @pytest.mark.parametrize(("seq", "most"), [(4, 124_999), (5, 114_999), (6, 150_000), (7, 160_000), (8, 169_999)])
    def test_finds_a_maximum_that_cannot_have_done_that(self, seq, most):
        entries = record()
        entries[seq]["opened"]["maximum_fen"] = str(most)

        assert checks.check(entries) != []

    def test_finds_a_bid_decided_as_under_another_format(self):
        entries, ascending = record(), make.Record()
        ascending.write(make.offer(make.announced(), ANN, 100_000, NOON, 7).events, NOON)
        entries[4] |= {"kind": ascending.entries[0]["kind"], "data": ascending.entries[0]["data"]}

        assert any("is not how bids are decided" in finding for finding in checks.check(entries))
