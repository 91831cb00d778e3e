"""Sealed envelopes: every state, command and window by hand under both prices, who ranks where, and what it pays."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.auctions import model, rules
from exchange.auctions.model import (
    Announce,
    Band,
    FallThrough,
    Fault,
    Format,
    Lodge,
    OpenEnvelope,
    Phase,
    PlaceBid,
    Revise,
    State,
    TakePrice,
    Tick,
    Withdraw,
)
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, GRACE, INSTANT, NOON

FIRST, SECOND = "exchange-first-price@1", "exchange-second-price@1"
BEGINS = END + GRACE
ENDS = BEGINS + timedelta(hours=2)
WINDOWS = {
    "before": [NOON - INSTANT],
    "start": [NOON],
    "open": [NOON + INSTANT, END - INSTANT],
    "grace": [END, BEGINS - INSTANT],
    "opening": [BEGINS, ENDS - INSTANT],
    "ended": [ENDS, ENDS + GRACE - INSTANT],
    "over": [ENDS + GRACE, ENDS + GRACE + INSTANT],
}

# What each command meets on each lot in the windows above; what a bidder asks is Ben's, and right.
# The last word of a row stands for the windows after it too; `-` is `wrong-state`.
OUTCOMES = """
    lot       command        before            start              open               grace           opening            ended        over

    draft     Revise         draft
    draft     Announce       announced         announced          opens-in-the-past
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
    announced Withdraw       withdrawn         bidding-has-begun
    announced ConfirmDeposit announced         announced          announced          past-end
    announced PlaceBid       other-format
    announced TakePrice      other-format
    announced Lodge          not-yet-open      announced          announced          past-end
    announced OpenEnvelope   not-yet-opening   not-yet-opening    not-yet-opening    not-yet-opening no-envelope        opening-over
    announced Tick           not-due           not-due            not-due            not-due         unsold
    announced FallThrough    -

    lodged    Revise         -
    lodged    Announce       -
    lodged    Withdraw       bidding-has-begun
    lodged    ConfirmDeposit announced         announced          announced          past-end
    lodged    PlaceBid       other-format
    lodged    TakePrice      other-format
    lodged    Lodge          not-yet-open      announced          announced          past-end
    lodged    OpenEnvelope   not-yet-opening   not-yet-opening    not-yet-opening    not-yet-opening opening            opening-over
    lodged    Tick           not-due           not-due            not-due            not-due         opening
    lodged    FallThrough    -

    opening   Revise         -
    opening   Announce       -
    opening   Withdraw       -
    opening   ConfirmDeposit -
    opening   PlaceBid       other-format
    opening   TakePrice      other-format
    opening   Lodge          not-yet-open      processed-too-late processed-too-late past-end
    opening   OpenEnvelope   not-yet-opening   not-yet-opening    not-yet-opening    not-yet-opening opening            opening-over
    opening   Tick           not-due           not-due            not-due            not-due         not-due            not-due      sold
    opening   FallThrough    -

    opened    Revise         -
    opened    Announce       -
    opened    Withdraw       -
    opened    ConfirmDeposit -
    opened    PlaceBid       other-format
    opened    TakePrice      other-format
    opened    Lodge          not-yet-open      processed-too-late processed-too-late past-end
    opened    OpenEnvelope   not-yet-opening   not-yet-opening    not-yet-opening    not-yet-opening already-opened     opening-over
    opened    Tick           not-due           not-due            not-due            not-due         not-due            not-due      sold
    opened    FallThrough    -

    shut      Revise         -
    shut      Announce       -
    shut      Withdraw       -
    shut      ConfirmDeposit -
    shut      PlaceBid       other-format
    shut      TakePrice      other-format
    shut      Lodge          not-yet-open      processed-too-late processed-too-late past-end
    shut      OpenEnvelope   not-yet-opening   not-yet-opening    not-yet-opening    not-yet-opening no-envelope        opening-over
    shut      Tick           not-due           not-due            not-due            not-due         not-due            not-due      unsold
    shut      FallThrough    -

    sold      Revise         -
    sold      Announce       -
    sold      Withdraw       -
    sold      ConfirmDeposit -
    sold      PlaceBid       other-format
    sold      TakePrice      other-format
    sold      Lodge          not-yet-open      processed-too-late processed-too-late past-end
    sold      OpenEnvelope   not-yet-opening   not-yet-opening    not-yet-opening    not-yet-opening processed-too-late opening-over
    sold      Tick           -
    sold      FallThrough    fell_through

    fallen    Revise         -
    fallen    Announce       -
    fallen    Withdraw       -
    fallen    ConfirmDeposit -
    fallen    PlaceBid       other-format
    fallen    TakePrice      other-format
    fallen    Lodge          not-yet-open      processed-too-late processed-too-late past-end
    fallen    OpenEnvelope   not-yet-opening   not-yet-opening    not-yet-opening    not-yet-opening processed-too-late opening-over
    fallen    Tick           -
    fallen    FallThrough    -

    unsold    Revise         -
    unsold    Announce       -
    unsold    Withdraw       -
    unsold    ConfirmDeposit -
    unsold    PlaceBid       other-format
    unsold    TakePrice      other-format
    unsold    Lodge          not-yet-open      processed-too-late processed-too-late past-end
    unsold    OpenEnvelope   not-yet-opening   not-yet-opening    not-yet-opening    not-yet-opening processed-too-late opening-over
    unsold    Tick           -
    unsold    FallThrough    -

    withdrawn Revise         -
    withdrawn Announce       -
    withdrawn Withdraw       -
    withdrawn ConfirmDeposit -
    withdrawn PlaceBid       other-format
    withdrawn TakePrice      other-format
    withdrawn Lodge          -
    withdrawn OpenEnvelope   -
    withdrawn Tick           -
    withdrawn FallThrough    -
"""  # noqa: E501 - seven windows

BENS = make.envelope(BEN, 110_000, NOON, 2)
CAIS = make.envelope(CAI, 105_000, NOON, 3)
CAIS_OPENED = make.envelope(CAI, 105_000, NOON, 3, opened=True)
BENS_OPENED = make.envelope(BEN, 110_000, NOON, 2, opened=True)
WON = {"leader": make.bid(CAI, 105_000, NOON, 3), "envelopes": (CAIS_OPENED,)}


def lots(profile):
    return {
        "draft": make.draft(profile, increments=()),
        "announced": make.sealed_lot(profile),
        "lodged": make.sealed_lot(profile, envelopes=(CAIS, BENS), bid_count=2),
        "opening": make.sealed_lot(profile, state=State.OPENING, envelopes=(CAIS_OPENED, BENS), bid_count=2),
        "opened": make.sealed_lot(profile, state=State.OPENING, envelopes=(CAIS, BENS_OPENED), bid_count=2),
        "shut": make.sealed_lot(profile, state=State.OPENING, envelopes=(CAIS,), bid_count=1),
        "sold": make.sealed_lot(profile, state=State.SOLD, **WON),
        "fallen": make.sealed_lot(profile, state=State.FELL_THROUGH, fault=Fault.BUYER, **WON),
        "unsold": make.sealed_lot(profile, state=State.UNSOLD),
        "withdrawn": make.sealed_lot(profile, state=State.WITHDRAWN),
    }


LOTS = {profile: lots(profile) for profile in (FIRST, SECOND)}
SENT = {
    "Revise": (Revise(profile=FIRST, terms=make.terms(increments=())), make.SELLER, None),
    "Announce": (Announce(), make.SELLER, None),
    "Withdraw": (Withdraw(), make.SELLER, None),
    "ConfirmDeposit": (make.deposit(BEN), make.OFFICER, None),
    "PlaceBid": (PlaceBid(bid=make.bid_id(9), amount_fen=110_000), BEN, make.bidder(BEN)),
    "TakePrice": (TakePrice(bid=make.bid_id(9), step=0), BEN, make.bidder(BEN)),
    "Lodge": (Lodge(bid=make.bid_id(9), commitment="0" * 64), BEN, make.bidder(BEN)),
    "OpenEnvelope": (OpenEnvelope(amount_fen=110_000, nonce="bb" * 32), BEN, make.bidder(BEN)),
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
        return rules.decide(lot, command, cause, bidder=bidder).lot.state
    except rules.WrongState:
        return "-"
    except tuple(rules.REFUSALS) as refusal:
        return make.code_of(refusal)


def lodged(profile, *offers, **changes):
    """A lot with envelopes, each `(organisation, amount, microseconds after noon)`, handed over in this order."""
    lot = make.sealed_lot(profile, **changes)
    for number, (organisation, amount_fen, after) in enumerate(offers, 1):
        lot = make.lodge(lot, organisation, amount_fen, NOON + after * INSTANT, number).lot
    return lot


def close(lot, *openers):
    """Let those open who do, and time do the rest; return the last decision."""
    amounts = {one.organisation: one for one in lot.envelopes}
    lot = make.tick(lot, BEGINS).lot
    for organisation, amount_fen in openers:
        assert organisation in amounts
        lot = make.open_up(lot, organisation, amount_fen, BEGINS).lot
    return make.tick(lot, ENDS + GRACE)


class TestDecide:
    @pytest.mark.parametrize("profile", [FIRST, SECOND])
    @pytest.mark.parametrize(("lot", "command", "at", "expected"), list(cases()))
    def test_follows_the_outcome_table(self, profile, lot, command, at, expected):
        sent, organisation, bidder = SENT[command]

        assert outcome(LOTS[profile][lot], sent, make.cause(organisation, at), bidder) == expected

    def test_covers_every_state_command_and_window(self):
        assert {lot.state for lot in LOTS[FIRST].values()} == set(State)
        assert {command.__name__ for command in model.COMMANDS} >= set(SENT)
        assert len({case.id for case in cases()}) == len(list(cases())) == len(LOTS[FIRST]) * len(SENT) * 12

    @pytest.mark.parametrize("command", ["Lodge", "OpenEnvelope"])
    @pytest.mark.parametrize("lot", ["announced", "lodged", "opening", "sold", "unsold", "withdrawn"])
    def test_lets_nobody_bid_who_may_not(self, command, lot):
        sent, at = SENT[command][0], make.cause(BEN)

        assert outcome(LOTS[FIRST][lot], sent, at, None) == "no-deposit"
        for barred in (make.SELLER, make.OPERATOR):
            assert outcome(LOTS[FIRST][lot], sent, make.cause(barred), None) == "conflict-of-interest"


class TestCommitment:
    def test_is_the_sha_256_of_canonical_json(self):
        """A golden vector, the bytes written out: they are what a bidder's own program must hash."""
        sealed = (
            b'{"amount_fen":"123456","code":"0011","lot":"lot_00000000000000000000000001","nonce":"'
            + b"aa" * 32
            + b'",'
            b'"v":1}'
        )

        expected = "426a2d41b985eaf76f7335771864f8abd32e0087736c55307e5c4e5d89dd4672"
        assert hashlib.sha256(sealed).hexdigest() == expected
        assert rules.commitment(make.LOT, "0011", 123_456, "aa" * 32) == expected

    def test_differs_with_everything_it_binds(self):
        other = model.LotId.from_number(2)
        found = {
            rules.commitment(make.LOT, "0011", 123_456, "aa" * 32),
            rules.commitment(other, "0011", 123_456, "aa" * 32),
            rules.commitment(make.LOT, "0012", 123_456, "aa" * 32),
            rules.commitment(make.LOT, "0011", 123_457, "aa" * 32),
            rules.commitment(make.LOT, "0011", 123_456, "ab" * 32),
        }

        assert len(found) == 5


class TestLodge:
    @pytest.mark.parametrize(
        "commitment", ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, "0" * 64 + "\n", "0x" + "0" * 62, "٠" * 64]
    )
    def test_takes_a_digest_alone(self, commitment):
        command = Lodge(bid=make.bid_id(1), commitment=commitment)

        assert outcome(make.sealed_lot(), command, make.cause(ANN), make.bidder(ANN)) == "bad-commitment"

    def test_replaces_the_bidders_envelope_and_says_so(self):
        lot = lodged(SECOND, (ANN, 100_000, 0), (BEN, 110_000, 1))
        decision = make.lodge(lot, ANN, 120_000, NOON + 2 * INSTANT, 3)

        assert [one.id for one in decision.lot.envelopes] == [make.bid_id(2), make.bid_id(3)]
        assert decision.lot.bid_count == 2
        [event] = decision.events
        assert event.data["replaces"] == make.bid_id(1)

    def test_keeps_the_one_that_arrived_last_in_whatever_order(self):
        lot = lodged(SECOND, (ANN, 120_000, 1))
        late = make.refused(make.lodge, lot, ANN, 100_000, NOON, 2)
        same = make.lodge(lot, ANN, 100_000, NOON + INSTANT, 2).lot

        assert make.code_of(late) == "later-envelope-stands"
        assert late.facts == {"bid": make.bid_id(1)}
        assert [one.id for one in same.envelopes] == [make.bid_id(2)]  # together: the one handed over last

    def test_says_nothing_of_the_amount(self):
        [event] = make.lodge(make.sealed_lot(), ANN, 123_456, NOON).events

        assert event.kind == "auction.envelope_lodged"
        assert dict(event.data) == {
            "bid": make.bid_id(1),
            "code": "0011",
            "commitment": "426a2d41b985eaf76f7335771864f8abd32e0087736c55307e5c4e5d89dd4672",
            "placed_at": "2026-03-02T12:00:00.000000Z",
            "replaces": None,
        }
        assert dict(event.sealed) == {"bidder": ANN, "by": make.acted(ANN, NOON)}


class TestOpenEnvelope:
    @pytest.mark.parametrize(
        ("amount_fen", "nonce", "expected"),
        [
            (110_000, "bb" * 32, "opening"),
            (110_001, "bb" * 32, "wrong-opening"),
            (109_999, "bb" * 32, "wrong-opening"),
            (110_000, "bc" * 32, "wrong-opening"),
            (110_000, "BB" * 32, "wrong-opening"),
            (110_000, "", "wrong-opening"),
            (0, "bb" * 32, "amount-out-of-range"),
            (-1, "bb" * 32, "amount-out-of-range"),
            (10**15 + 1, "bb" * 32, "amount-out-of-range"),
        ],
    )
    def test_takes_what_was_sealed_and_nothing_else(self, amount_fen, nonce, expected):
        command = OpenEnvelope(amount_fen=amount_fen, nonce=nonce)

        assert outcome(LOTS[SECOND]["opening"], command, make.cause(BEN, BEGINS), make.bidder(BEN)) == expected

    def test_opens_nobody_elses(self):
        copied = make.sealed_lot(
            state=State.OPENING, envelopes=(replace(BENS, organisation=ANN, code=make.CODES[ANN]),)
        )
        command = OpenEnvelope(amount_fen=110_000, nonce="bb" * 32)

        assert outcome(copied, command, make.cause(ANN, BEGINS), make.bidder(ANN)) == "wrong-opening"

    def test_takes_no_nonce_that_could_be_found_by_trying_though_it_was_sealed(self):
        weak = rules.commitment(make.LOT, make.CODES[BEN], 110_000, "7")
        lot = make.sealed_lot(state=State.OPENING, envelopes=(replace(BENS, commitment=weak),))
        command = OpenEnvelope(amount_fen=110_000, nonce="7")

        assert outcome(lot, command, make.cause(BEN, BEGINS), make.bidder(BEN)) == "wrong-opening"

    def test_begins_the_opening_where_the_clock_is_late(self):
        decision = make.open_up(LOTS[SECOND]["lodged"], BEN, 110_000, BEGINS)

        assert decision.lot.state is State.OPENING
        assert [event.kind for event in decision.events] == ["auction.opening_begun", "auction.envelope_opened"]

    def test_seals_what_it_says_until_all_are_ranked(self):
        [event] = make.open_up(LOTS[SECOND]["opening"], BEN, 110_000, BEGINS).events

        assert dict(event.data) == {"bid": make.bid_id(2), "code": "0012"}
        assert dict(event.sealed) == {
            "bidder": BEN,
            "amount_fen": "110000",
            "nonce": "bb" * 32,
            "by": make.acted(BEN, BEGINS),
        }


class TestRanking:
    # each row: envelopes lodged, who opens, the reserve; then who wins, and what it pays under first and second price
    @pytest.mark.parametrize(
        ("offers", "opened", "reserve_fen", "winner", "first_fen", "second_fen"),
        [
            ([(ANN, 100_000, 0)], "A", None, ANN, 100_000, 100_000),  # one is enough (art. 11)
            ([(ANN, 150_000, 0)], "A", None, ANN, 150_000, 100_000),  # it pays the start price
            ([(ANN, 150_000, 0)], "A", 120_000, ANN, 150_000, 120_000),  # or the reserve
            ([(ANN, 120_000, 0)], "A", 120_000, ANN, 120_000, 120_000),
            ([(ANN, 119_999, 0)], "A", 120_000, None, None, None),
            ([(ANN, 99_999, 0)], "A", None, None, None, None),  # below the start: invalid
            ([(ANN, 150_000, 0), (BEN, 140_000, 1)], "AB", None, ANN, 150_000, 140_000),
            ([(BEN, 140_000, 0), (ANN, 150_000, 1)], "BA", None, ANN, 150_000, 140_000),
            ([(ANN, 150_000, 0), (BEN, 110_000, 1)], "AB", 120_000, ANN, 150_000, 120_000),
            ([(ANN, 150_000, 0), (BEN, 99_999, 1)], "AB", None, ANN, 150_000, 100_000),  # an invalid one sets no price
            ([(ANN, 150_000, 0), (BEN, 140_000, 1)], "B", None, BEN, 140_000, 100_000),  # nor one that did not open
            ([(ANN, 150_000, 0), (BEN, 140_000, 1)], "A", None, ANN, 150_000, 100_000),
            ([(ANN, 150_000, 0), (BEN, 140_000, 1)], "", None, None, None, None),
            ([(ANN, 150_000, 1), (BEN, 150_000, 2)], "AB", None, ANN, 150_000, 150_000),  # a tie: the earlier lodged
            ([(ANN, 150_000, 2), (BEN, 150_000, 1)], "AB", None, BEN, 150_000, 150_000),
            (
                [(ANN, 150_000, 1), (BEN, 150_000, 1)],
                "BA",
                None,
                ANN,
                150_000,
                150_000,
            ),  # together: the first handed in
            ([(ANN, 150_000, 1), (BEN, 150_000, 2), (ANN, 150_000, 3)], "AB", None, BEN, 150_000, 150_000),  # replaced
            ([(ANN, 190_000, 1), (BEN, 150_000, 2), (ANN, 110_000, 3)], "AB", None, BEN, 150_000, 110_000),
            ([(CAI, 101_000, 0), (ANN, 103_000, 1), (BEN, 102_000, 2)], "ABC", None, ANN, 103_000, 102_000),
            ([(CAI, 101_000, 0), (ANN, 103_000, 1), (BEN, 102_000, 2)], "AC", None, ANN, 103_000, 101_000),
        ],
    )
    def test_gives_the_lot_to_the_highest_that_was_opened(
        self, offers, opened, reserve_fen, winner, first_fen, second_fen
    ):
        last = {organisation: amount_fen for organisation, amount_fen, _ in offers}
        openers = [(who, last[who]) for who in ({"A": ANN, "B": BEN, "C": CAI}[one] for one in opened)]
        for profile, price_fen in ((FIRST, first_fen), (SECOND, second_fen)):
            lot = close(lodged(profile, *offers, reserve_fen=reserve_fen), *openers).lot

            assert lot.state is (State.SOLD if winner else State.UNSOLD)
            assert (lot.leader and lot.leader.organisation) == winner
            assert lot.price_fen == price_fen

    def test_publishes_what_anyone_needs_to_hash_it_again(self):
        lot = lodged(SECOND, (ANN, 150_000, 0), (BEN, 99_999, 1), (CAI, 140_000, 2))
        lodgings = {one.code: one.commitment for one in lot.envelopes}
        decision = close(lot, (ANN, 150_000), (BEN, 99_999))
        ranked, sold = decision.events

        assert ranked.kind == "auction.envelopes_ranked"
        assert ranked.data == {
            "ranking": [{"bid": make.bid_id(1), "code": "0011", "amount_fen": "150000", "nonce": "aa" * 32}],
            "invalid": [{"bid": make.bid_id(2), "code": "0012", "amount_fen": "99999", "nonce": "bb" * 32}],
            "unopened": [{"bid": make.bid_id(3), "code": "0013"}],
        }
        for one in (*ranked.data["ranking"], *ranked.data["invalid"]):
            assert rules.commitment(lot.id, one["code"], int(one["amount_fen"]), one["nonce"]) == lodgings[one["code"]]
        assert dict(sold.data) == {"bid": make.bid_id(1), "code": "0011", "price_fen": "100000", "bids": 1}
        assert dict(sold.sealed) == {"buyer": ANN}

    @pytest.mark.parametrize(("amount_fen", "reason"), [(99_999, "no-bids"), (119_999, "reserve-not-met")])
    def test_says_why_nobody_won(self, amount_fen, reason):
        *_, event = close(lodged(FIRST, (ANN, amount_fen, 0), reserve_fen=120_000), (ANN, amount_fen)).events

        assert (event.kind, event.data["reason"]) == ("auction.lot_unsold", reason)

    def test_says_how_many_envelopes_are_to_be_opened_and_until_when(self):
        [event] = make.tick(LOTS[FIRST]["lodged"], BEGINS).events

        assert event.kind == "auction.opening_begun"
        assert dict(event.data) == {"envelopes": 2, "until": "2026-03-03T14:00:02.000000Z"}


class TestDueAt:
    @pytest.mark.parametrize(
        ("lot", "expected"),
        [("announced", BEGINS), ("lodged", BEGINS), ("opening", ENDS + GRACE), ("opened", ENDS + GRACE)]
        + [(lot, None) for lot in ("draft", "sold", "fallen", "unsold", "withdrawn")],
    )
    def test_is_the_opening_and_then_the_ranking(self, lot, expected):
        assert {rules.due_at(LOTS[profile][lot]) for profile in LOTS} == {expected}


class TestPhase:
    @pytest.mark.parametrize(
        ("lot", "words"),
        [
            ("announced", ["upcoming", "open", "open", "closing", "opening", "closing", "closing"]),
            ("opening", ["upcoming", "open", "open", "closing", "opening", "closing", "closing"]),
            ("sold", ["closed"] * 7),
            ("draft", ["draft"] * 7),
        ],
    )
    def test_of_every_window_is(self, lot, words):
        found = [{rules.phase(LOTS[FIRST][lot], at) for at in moments} for moments in WINDOWS.values()]

        assert found == [{Phase(word)} for word in words]


class TestAnnounce:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, "announced"),
            ({"reserve_fen": 100_000}, "announced"),
            ({"reserve_fen": 99_999}, "reserve-below-start"),
            ({"increments": (Band(0, 1),)}, "wrong-form"),
            ({"form": make.FALLING}, "wrong-form"),
        ],
    )
    def test_takes_no_terms_of_other_formats(self, changes, expected):
        lot = make.draft(FIRST, **{"increments": ()} | changes)

        assert outcome(lot, Announce(), make.cause(make.SELLER, NOON - make.DAY), None) == expected


class TestDiagram:
    @pytest.mark.parametrize("format", [Format.FIRST_PRICE, Format.SECOND_PRICE])
    def test_draws_every_arrow(self, format):
        assert format.sealed
        assert rules.diagram(format) == (
            "stateDiagram-v2\n"
            "    [*] --> draft: Draft\n"
            "    draft --> draft: Revise\n"
            "    draft --> announced: Announce\n"
            "    draft --> withdrawn: Withdraw\n"
            "    announced --> withdrawn: Withdraw\n"
            "    announced --> announced: ConfirmDeposit, Lodge\n"
            "    announced --> opening: OpenEnvelope, Tick\n"
            "    announced --> unsold: Tick\n"
            "    opening --> opening: OpenEnvelope\n"
            "    opening --> sold: Tick\n"
            "    opening --> unsold: Tick\n"
            "    sold --> fell_through: FallThrough\n"
            "    fell_through --> [*]\n"
            "    unsold --> [*]\n"
            "    withdrawn --> [*]\n"
        )
