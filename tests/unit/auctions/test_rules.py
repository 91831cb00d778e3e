"""Every state, every command, in every window of time. Written by hand: never import the table under test, or the test
agrees with whatever the table says."""

import re
from dataclasses import replace

import pytest

from exchange.auctions import model, rules
from exchange.auctions.model import (
    Announce,
    FallThrough,
    Fault,
    Lodge,
    OpenEnvelope,
    Phase,
    PlaceBid,
    Request,
    Revise,
    State,
    TakePrice,
    Tick,
    Withdraw,
)
from ledger.kernel.errors import Kind
from tests import make_auctions as make
from tests.unit.auctions.outcomes import TICKING, WINDOWS, cases, outcome

# What each command meets on each lot in the windows above, sent by whoever may send it; bids are Ben's, and enough.
# The last word of a row stands for the windows after it too; `-` is `wrong-state`.
OUTCOMES = """
    lot       command        before             opening            open               grace              over

    draft     Revise         draft
    draft     Announce       announced          announced          opens-in-the-past
    draft     Withdraw       withdrawn
    draft     ConfirmDeposit no-such-lot
    draft     PlaceBid       no-such-lot
    draft     Tick           -
    draft     FallThrough    -

    recalled  Revise         -
    recalled  Announce       -
    recalled  Withdraw       -
    recalled  ConfirmDeposit no-such-lot
    recalled  PlaceBid       no-such-lot
    recalled  Tick           -
    recalled  FallThrough    -

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

    waiting   Revise         -
    waiting   Announce       -
    waiting   Withdraw       bidding-has-begun
    waiting   ConfirmDeposit announced          announced          announced          past-end
    waiting   PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    waiting   Tick           not-due            not-due            not-due            not-due            unsold
    waiting   FallThrough    -

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

ANNS = make.bid(make.ANN, 100_000, make.NOON, number=1)
LOTS = {
    "draft": make.draft(),
    "recalled": replace(make.draft(), state=State.WITHDRAWN),
    "announced": make.announced(),
    "led": make.announced(leader=ANNS, bid_count=1, decision_count=1),
    "reserved": make.announced(leader=ANNS, bid_count=1, decision_count=1, reserve_fen=100_001),
    "parked": make.announced(
        leader=ANNS,
        bid_count=1,
        decision_count=1,
        parked=(make.bid(make.CAI, 101_000, make.END, number=2),),
        parked_since=make.END,
    ),
    "waiting": make.announced(parked=(make.bid(make.CAI, 101_000, make.END),), parked_since=make.END),
    "sold": make.announced(leader=ANNS, bid_count=1, decision_count=1, state=State.SOLD),
    "fallen": make.announced(leader=ANNS, bid_count=1, decision_count=1, state=State.FELL_THROUGH, fault=Fault.BUYER),
    "unsold": make.announced(state=State.UNSOLD),
    "withdrawn": make.announced(state=State.WITHDRAWN),
}
SENT = {
    "Revise": (Revise(profile="judicial-2016@1", terms=make.terms()), make.SELLER, None),
    "Announce": (Announce(), make.SELLER, None),
    "Withdraw": (Withdraw(), make.SELLER, None),
    "ConfirmDeposit": (make.deposit(make.BEN), make.OFFICER, None),
    "PlaceBid": (PlaceBid(bid=make.bid_id(9), amount_fen=110_000), make.BEN, make.bidder(make.BEN)),
    "Tick": (Tick(), make.TIME.organisation, None),
    "FallThrough": (FallThrough(fault=Fault.BUYER), make.TIME.organisation, None),
}
OF_OTHERS = {
    "TakePrice": TakePrice(bid=make.bid_id(9), step=0),
    "Lodge": Lodge(bid=make.bid_id(9), commitment="0" * 64),
    "OpenEnvelope": OpenEnvelope(amount_fen=100_000, nonce="0" * 64),
}


class TestDecide:
    @pytest.mark.parametrize(("lot", "command", "at", "expected"), list(cases(OUTCOMES)))
    def test_follows_the_outcome_table(self, lot, command, at, expected):
        sent, organisation, bidder = SENT[command]

        assert outcome(LOTS[lot], sent, make.cause(organisation, at), bidder) == expected

    def test_covers_every_state_command_and_window(self):
        assert {lot.state for lot in LOTS.values()} == set(State) - {State.OPENING}
        assert set(SENT) | set(OF_OTHERS) == {command.__name__ for command in model.COMMANDS}
        named = [case.id for case in cases(OUTCOMES)]
        assert len(set(named)) == len(named) == len(LOTS) * len(SENT) * 8

    @pytest.mark.parametrize("lot", LOTS)
    @pytest.mark.parametrize("command", OF_OTHERS)
    def test_refuses_the_offers_of_other_formats_in_every_state(self, lot, command):
        expected = "no-such-lot" if lot in {"draft", "recalled"} else "other-format"
        found = {
            outcome(LOTS[lot], OF_OTHERS[command], make.cause(make.BEN, at), make.bidder(make.BEN))
            for moments in WINDOWS.values()
            for at in moments
        }

        assert found == {expected}

    @pytest.mark.parametrize("lot", LOTS)
    @pytest.mark.parametrize("command", ["Revise", "Announce", "Withdraw"])
    def test_tells_a_stranger_nothing_about_the_state(self, lot, command):
        hidden = lot in {"draft", "recalled"}

        assert outcome(LOTS[lot], SENT[command][0], make.cause(make.BEN), None) == (
            "no-such-lot" if hidden else "not-the-seller"
        )

    @pytest.mark.parametrize("lot", sorted(set(LOTS) - {"draft", "recalled"}))
    @pytest.mark.parametrize("at", [moment for moments in WINDOWS.values() for moment in moments])
    @pytest.mark.parametrize("organisation", [make.SELLER, make.OPERATOR])
    def test_never_lets_the_seller_or_the_operator_bid_art_34(self, lot, at, organisation):
        bidder = model.Bidder(organisation=organisation, code=model.BidderCode("0001"), deposit_fen=10**9)

        assert outcome(LOTS[lot], SENT["PlaceBid"][0], make.cause(organisation, at), bidder) == "conflict-of-interest"

    def test_never_lets_the_seller_bid_on_a_draft(self):
        assert outcome(LOTS["draft"], SENT["PlaceBid"][0], make.cause(make.SELLER), None) == "conflict-of-interest"

    @pytest.mark.parametrize("organisation", [make.SELLER, make.OPERATOR])
    def test_never_takes_a_deposit_from_who_may_not_bid_art_34(self, organisation):
        command = model.ConfirmDeposit(
            organisation=organisation, amount_fen=10_000, payment_reference="p", code=model.BidderCode("0001")
        )

        assert outcome(LOTS["announced"], command, make.cause(make.OFFICER), None) == "conflict-of-interest"

    @pytest.mark.parametrize(
        ("profile", "bidder", "expected"),
        [
            ("judicial-2016@1", None, "no-deposit"),
            ("judicial-2016@1", make.bidder(make.BEN, 9_999), "no-deposit"),
            ("judicial-2016@1", make.bidder(make.BEN, 10_000), "accepted"),
            ("replay@1", None, "not-qualified"),
            ("replay@1", make.bidder(make.BEN, 0), "accepted"),
        ],
    )
    def test_asks_for_a_confirmed_deposit_art_17_18(self, profile, bidder, expected):
        assert outcome(make.announced(profile), SENT["PlaceBid"][0], make.cause(make.BEN), bidder) == expected

    def test_parks_nobody_without_a_deposit(self):
        assert outcome(LOTS["led"], SENT["PlaceBid"][0], make.cause(make.BEN, make.END), None) == "no-deposit"

    def test_refuses_for_the_first_reason_that_applies(self):
        closed, low = make.announced(state=State.SOLD), PlaceBid(bid=make.bid_id(1), amount_fen=-1)

        assert outcome(closed, low, make.cause(make.SELLER, TICKING), None) == "conflict-of-interest"
        assert outcome(closed, low, make.cause(make.BEN, TICKING), None) == "no-deposit"
        assert outcome(closed, low, make.cause(make.BEN, TICKING), make.bidder(make.BEN)) == "past-end"
        assert outcome(LOTS["led"], low, make.cause(make.BEN, TICKING), make.bidder(make.BEN)) == "past-end"
        assert outcome(LOTS["led"], low, make.cause(make.BEN, make.END), make.bidder(make.BEN)) == "amount-out-of-range"
        own = PlaceBid(bid=make.bid_id(1), amount_fen=100_999)
        assert outcome(LOTS["led"], own, make.cause(make.ANN), make.bidder(make.ANN)) == "below-increment"

    def test_keeps_its_own_bookkeeping_honest(self):
        with pytest.raises(AssertionError, match="the bidder concerned"):
            rules.decide(LOTS["led"], SENT["PlaceBid"][0], make.cause(make.CAI), bidder=make.bidder(make.BEN))


class TestConfirmDeposit:
    def test_gives_the_organisation_its_code_art_18(self):
        decision = rules.decide(LOTS["announced"], make.deposit(make.BEN), make.cause(make.OFFICER))

        assert decision.bidder == make.bidder(make.BEN)
        assert decision.lot == LOTS["announced"]
        [event] = decision.events
        assert event.data == {"code": "0012"}
        assert event.sealed == {
            "bidder": make.BEN,
            "amount_fen": "10000",
            "payment_reference": "p-1",
            "by": make.acted(make.OFFICER, make.NOON),
        }

    @pytest.mark.parametrize(
        ("amount_fen", "known", "expected"),
        [
            (9_999, None, "deposit-too-small"),
            (10_000, None, "announced"),
            (10_001, None, "announced"),
            (-1, None, "amount-out-of-range"),
            (10**15 + 1, None, "amount-out-of-range"),
            (10_000, make.bidder(make.BEN), "already-confirmed"),
            (1, make.bidder(make.BEN), "already-confirmed"),
        ],
    )
    def test_asks_for_the_whole_deposit_once(self, amount_fen, known, expected):
        command = make.deposit(make.BEN, amount_fen)

        assert outcome(LOTS["announced"], command, make.cause(make.OFFICER), known) == expected

    def test_follows_the_effective_end_not_the_announced_one(self):
        extended = make.announced(ends_at=make.END + make.WINDOW)
        inside, outside = make.END + make.WINDOW - make.INSTANT, make.END + make.WINDOW

        assert outcome(extended, make.deposit(make.BEN), make.cause(make.OFFICER, inside), None) == "announced"
        assert outcome(extended, make.deposit(make.BEN), make.cause(make.OFFICER, outside), None) == "past-end"


class TestDecideMany:
    def test_decides_each_on_what_the_one_before_it_left(self):
        requests = [
            Request(command=make.deposit(make.BEN), cause=make.cause(make.OFFICER, make.NOON - make.INSTANT)),
            Request(command=make.deposit(make.BEN), cause=make.cause(make.OFFICER, make.NOON - make.INSTANT)),
            Request(command=PlaceBid(bid=make.bid_id(1), amount_fen=100_000), cause=make.cause(make.BEN)),
            Request(command=PlaceBid(bid=make.bid_id(2), amount_fen=100_999), cause=make.cause(make.CAI)),
            Request(
                command=PlaceBid(bid=make.bid_id(3), amount_fen=100_999),
                cause=make.cause(make.CAI),
                bidder=make.bidder(make.CAI),
            ),
            Request(
                command=PlaceBid(bid=make.bid_id(4), amount_fen=101_000),
                cause=make.cause(make.CAI),
                bidder=make.bidder(make.CAI),
            ),
        ]

        answers = rules.decide_many(LOTS["announced"], requests)

        codes = [make.code_of(answer) if isinstance(answer, Exception) else "done" for answer in answers]
        assert codes == ["done", "already-confirmed", "done", "no-deposit", "below-increment", "done"]
        assert answers[-1].lot.price_fen == 101_000
        assert answers[-1].outcomes[0].number == 2


class TestPhase:
    @pytest.mark.parametrize(
        ("window", "expected"),
        [
            ("before", Phase.UPCOMING),
            ("opening", Phase.OPEN),
            ("open", Phase.OPEN),
            ("grace", Phase.GRACE),
            ("over", Phase.CLOSING),
        ],
    )
    def test_of_an_announced_lot_is_by_the_clock(self, window, expected):
        assert {rules.phase(LOTS["led"], at) for at in WINDOWS[window]} == {expected}

    @pytest.mark.parametrize(
        ("lot", "expected"),
        [("draft", Phase.DRAFT), ("sold", Phase.CLOSED), ("unsold", Phase.CLOSED), ("withdrawn", Phase.CLOSED)],
    )
    def test_of_any_other_lot_is_its_state(self, lot, expected):
        assert {rules.phase(LOTS[lot], at) for moments in WINDOWS.values() for at in moments} == {expected}

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (make.END - make.INSTANT, Phase.OPEN),
            (make.END, Phase.GRACE),
            (make.END + make.GRACE - make.INSTANT, Phase.GRACE),
            (make.END + make.GRACE, Phase.OPEN),
            (make.END + make.WINDOW - make.INSTANT, Phase.OPEN),
            (make.END + make.WINDOW, Phase.GRACE),
            (make.END + make.WINDOW + make.GRACE, Phase.CLOSING),
        ],
    )
    def test_of_a_lot_extended_while_bids_are_parked_is_what_a_bid_would_meet(self, at, expected):
        parked = replace(LOTS["parked"], parked=(make.bid(make.CAI, 100_001, make.END),))  # too little: extends nothing
        extended = replace(parked, ends_at=make.END + make.WINDOW)

        assert rules.phase(extended, at) is expected
        met = {Phase.OPEN: "accepted", Phase.GRACE: "parked", Phase.CLOSING: "past-end"}[expected]
        bid = PlaceBid(bid=make.bid_id(9), amount_fen=150_000)
        bidder = make.bidder(make.BEN)
        assert outcome(extended, bid, make.cause(make.BEN, at), bidder) == met


class TestDueAt:
    @pytest.mark.parametrize(
        ("lot", "expected"),
        [("announced", TICKING), ("led", TICKING), ("parked", TICKING)]
        + [(lot, None) for lot in ("draft", "recalled", "sold", "unsold", "withdrawn")],
    )
    def test_is_the_end_of_the_grace_while_announced(self, lot, expected):
        assert rules.due_at(LOTS[lot]) == expected

    def test_follows_the_effective_end(self):
        assert rules.due_at(replace(LOTS["led"], ends_at=make.END + make.WINDOW)) == TICKING + make.WINDOW

    def test_waits_for_no_extension_while_bids_are_parked(self):
        assert rules.due_at(replace(LOTS["parked"], ends_at=make.END + make.WINDOW)) == TICKING


class TestFallThrough:
    @pytest.mark.parametrize("fault", Fault)
    def test_keeps_who_won_and_says_through_whom_it_failed(self, fault):
        lot = LOTS["sold"]

        decision = rules.decide(lot, FallThrough(fault=fault), make.cause(make.TIME.organisation, TICKING))

        assert decision.lot == replace(lot, state=State.FELL_THROUGH, fault=fault)
        assert [(event.kind, dict(event.data), dict(event.sealed)) for event in decision.events] == [
            ("auction.sale_fell_through", {"code": ANNS.code, "fault": fault.value}, {})
        ]


class TestDiagram:
    def test_draws_every_arrow(self):
        assert rules.diagram() == (
            "stateDiagram-v2\n"
            "    [*] --> draft: Draft\n"
            "    draft --> draft: Revise\n"
            "    draft --> announced: Announce\n"
            "    draft --> withdrawn: Withdraw\n"
            "    announced --> withdrawn: Withdraw\n"
            "    announced --> announced: ConfirmDeposit, PlaceBid, Tick\n"
            "    announced --> sold: Tick\n"
            "    announced --> unsold: Tick\n"
            "    sold --> fell_through: FallThrough\n"
            "    fell_through --> [*]\n"
            "    unsold --> [*]\n"
            "    withdrawn --> [*]\n"
        )


class TestRefusals:
    def test_have_distinct_codes_and_titles_in_both_languages(self):
        codes = {refusal.code() for refusal in rules.REFUSALS}
        titles = {refusal.title() for refusal in rules.REFUSALS}
        chinese = {refusal.zh for refusal in rules.REFUSALS}

        assert len(codes) == len(titles) == len(chinese) == len(rules.REFUSALS)
        assert all(code.startswith("auctions/") for code in codes)
        assert all(re.search(r"[一-鿿]", text) for text in chinese)
        assert {refusal.kind for refusal in rules.REFUSALS} == set(Kind)

    def test_are_all_listed(self):
        exported = {getattr(rules, name) for name in rules.__all__ if isinstance(getattr(rules, name), type)}

        assert exported == set(rules.REFUSALS)
