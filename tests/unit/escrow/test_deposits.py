"""Deposits: taken exactly, held, and each leaving custody in one way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from settlement.books.model import Kind, NotAnAccountName, transfer_id, written
from settlement.escrow import rules
from settlement.escrow.model import (
    DeclareDefault,
    DepositState,
    Forfeit,
    GiveBack,
    MisdirectedId,
    PartReference,
    Release,
    State,
)
from tests import make_escrow as make

BIDDER = f"{make.ID}:bidder:0011"
ESCROW = f"{make.ID}:escrow"


def told(decision):
    """The transfers that events cite, in order."""
    return [one for event in decision.events for one in event.data.get("transfers", [])]


def brief(orders):
    return [
        (one.kind.value, one.debit.replace(make.ID, "stl"), one.credit.replace(make.ID, "stl"), one.amount_fen)
        for one in orders
    ]


class TestOpen:
    def test_begins_with_the_terms_of_the_day_and_the_first_deposit(self):
        decision = make.opening()
        settlement = decision.settlement

        assert (settlement.state, settlement.deal, settlement.seller) == (State.BIDDING, make.DEAL, make.SELLER)
        assert settlement.terms is rules.SETTLEMENT_2026
        assert [event.kind for event in decision.events] == ["escrow.opened", "escrow.deposit_held"]
        assert {event.rule for event in decision.events} == {"settlement-2026@1"}
        assert decision.events[0].data == {
            "deal": make.DEAL,
            "seller": make.SELLER,
            "terms": rules.SETTLEMENT_2026.to_json(),
            "deposit_fen": "1000000",
        }

    def test_holds_what_has_arrived(self):
        decision = make.opening()

        assert brief(decision.orders) == [
            ("move", "custody:bank", "stl:bidder:0011", make.DEPOSIT),
            ("hold", "stl:bidder:0011", "stl:escrow", make.DEPOSIT),
        ]
        (deposit,) = decision.settlement.deposits
        assert (deposit.code, deposit.payer, deposit.state) == ("0011", make.ANN, DepositState.HELD)
        assert deposit.hold == decision.orders[1].id
        assert decision.events[1].data == {"code": "0011", "amount_fen": "1000000", "transfers": told(decision)}
        assert decision.events[1].sealed == {
            "payer": make.ANN,
            "reference": "bank-0b",
            "by": {"organisation": make.OPERATOR, "person": make.PERSON},
        }

    def test_is_an_officers(self):
        refusal = make.refused(make.opening, make.deposit(paid_fen=0), make.by(make.OPERATOR, "payments.record"))

        assert isinstance(refusal, rules.NotAnOfficer)

    def test_needs_terms_in_force(self):
        eve = datetime(2025, 12, 31, 16, tzinfo=UTC) - make.INSTANT

        assert isinstance(make.refused(make.opening, None, make.officer(eve)), rules.NoTermsInForce)
        assert make.opening(None, make.officer(eve + make.INSTANT)).settlement.state is State.BIDDING

    def test_needs_a_code_that_names_an_account(self):
        assert isinstance(make.refused(make.opening, make.deposit(code="No 1")), NotAnAccountName)


class TestTakeDeposit:
    @pytest.mark.parametrize("off_fen", [-1, 1, -make.DEPOSIT, make.DEPOSIT])
    def test_takes_exactly_what_is_asked(self, off_fen):
        command = make.deposit(make.BEN, paid_fen=make.DEPOSIT + off_fen)
        for refusal in (
            make.refused(make.opening, command),
            make.refused(rules.decide, make.opening().settlement, command, make.officer()),
        ):
            assert isinstance(refusal, rules.WrongAmount)
            assert refusal.facts == {"expected_fen": make.DEPOSIT}
            assert "return the payment at the bank" in refusal.detail

    @pytest.mark.parametrize(
        "command",
        [make.deposit(), make.deposit(make.BEN, code="0011"), make.deposit(code="0012"), make.deposit(reference="x")],
    )
    def test_takes_one_deposit_of_a_bidder(self, command):
        assert make.outcome(make.opening().settlement, command) == "already-paid"

    @pytest.mark.parametrize("reference", ["", " ", "r ", " r", "\tr", "r\n", "a\u2028b", "a\x7fb", "r" * 201])
    def test_refuses_a_reference_that_could_be_taken_for_another(self, reference):
        refusal = make.refused(make.opening, make.deposit(reference=reference))

        assert isinstance(refusal, rules.UnusableField)
        assert refusal.facts == {"field": "payment_reference"}

    @pytest.mark.parametrize("number", [1, 2, 10**9])
    def test_refuses_a_reference_that_is_one_of_ours_unless_it_was_made_here(self, number):
        ours = PartReference(f"{MisdirectedId.from_number(7)}/{number}")
        refusal = make.refused(make.opening, make.deposit(reference=str(ours)))

        assert isinstance(refusal, rules.UnusableField)
        assert refusal.facts == {"field": "payment_reference"}
        assert "assign it" in refusal.detail
        assert make.opening(make.deposit(reference=ours)).settlement.state is State.BIDDING

    @pytest.mark.parametrize(
        "reference", ["r", "r" * 200, "回单 2026-03-02/1", "mis_2026-0042", f"mis_{'1' * 26}", f"mis_{'1' * 26}/0"]
    )
    def test_takes_any_other_reference(self, reference):
        assert make.opening(make.deposit(reference=reference)).settlement.state is State.BIDDING

    @pytest.mark.parametrize("due_fen", [0, -1, 10**15 + 1])
    def test_asks_for_an_amount_that_can_be_handled(self, due_fen):
        command = make.deposit(due_fen=due_fen, paid_fen=due_fen)

        assert isinstance(make.refused(make.opening, command), rules.UnusableField)

    def test_asks_every_bidder_for_the_same(self):
        command = make.deposit(make.BEN, due_fen=make.DEPOSIT + 1, paid_fen=make.DEPOSIT + 1)

        with pytest.raises(AssertionError, match="every bidder of a deal deposits the same"):
            rules.decide(make.opening().settlement, command, make.officer())

    def test_cites_the_same_transfers_when_repeated(self):
        first, again = make.opening(), make.opening(make.deposit(), make.officer(make.NOON + timedelta(days=1)))

        assert first.orders == again.orders
        assert [one.id for one in first.orders] == [
            transfer_id(make.ID, "deposit", "0011"),
            transfer_id(make.ID, "hold", "0011"),
        ]


class TestAward:
    def test_keeps_the_winners_deposit_and_gives_the_others_back(self):
        *_, decision = make.lived(make.deposit(make.BEN), make.deposit(make.CAI), make.award())
        settlement = decision.settlement

        assert (settlement.state, settlement.code, settlement.buyer) == (State.AWARDED, "0011", make.ANN)
        assert (settlement.price_fen, settlement.balance_fen) == (make.PRICE, make.BALANCE)
        assert [one.state.value for one in settlement.deposits] == ["held", "refunded", "refunded"]
        assert brief(decision.orders)[:2] == [
            ("void", "stl:bidder:0012", "stl:escrow", make.DEPOSIT),
            ("move", "stl:bidder:0012", "custody:ordered", make.DEPOSIT),
        ]
        assert [event.kind.removeprefix("escrow.") for event in decision.events] == [
            "awarded",
            "deposit_refunded",
            "deposit_refunded",
        ]
        assert [event.data["reason"] for event in decision.events[1:]] == ["outbid", "outbid"]
        assert [event.sealed for event in decision.events] == [
            {"buyer": make.ANN},
            {"payer": make.BEN},
            {"payer": make.CAI},
        ]

    def test_moves_nothing_where_nobody_lost(self):
        *_, decision = make.lived(make.award())

        assert decision.orders == ()
        assert decision.settlement.won.state is DepositState.HELD

    @pytest.mark.parametrize(("required", "least_bp"), [(True, 5_000), (False, 0)])
    def test_fixes_what_the_inventors_get_at_least_art_45(self, required, least_bp):
        *_, decision = make.lived(make.award(reward_required=required))

        assert decision.settlement.reward_min_bp == least_bp
        assert decision.events[0].data["reward_min_bp"] == least_bp

    @pytest.mark.parametrize(
        "changes", [{"code": "0012"}, {"code": "0099"}, {"buyer": make.BEN}, {"price_fen": make.DEPOSIT}]
    )
    def test_is_told_only_facts(self, changes):
        with pytest.raises(AssertionError):
            make.lived(make.deposit(make.BEN), make.award(**changes))

    def test_may_be_for_a_fen_more_than_the_deposit(self):
        assert make.lived(make.award(price_fen=make.DEPOSIT + 1))[-1].settlement.balance_fen == 1


class TestRelease:
    def test_gives_every_deposit_back(self):
        *_, decision = make.lived(make.deposit(make.BEN), Release())

        assert decision.settlement.state is State.RELEASED
        assert {one.state for one in decision.settlement.deposits} == {DepositState.REFUNDED}
        assert [event.data.get("reason") for event in decision.events] == ["unsold", "unsold", None]
        assert decision.events[-1].data == {"refunded": 2}
        assert sum(one.amount_fen for one in decision.orders if one.kind is Kind.MOVE) == 2 * make.DEPOSIT

    def test_of_five_hundred_bidders_is_one_decision(self):
        deposits = tuple(
            replace(make.opening().settlement.deposits[0], code=f"{number:04d}", payer=f"p{number}")
            for number in range(500)
        )
        decision = rules.decide(replace(make.opening().settlement, deposits=deposits), Release(), make.clock())

        assert (len(decision.orders), len(decision.events)) == (1_000, 501)
        assert len({one.id for one in decision.orders}) == 1_000


class TestGiveBack:
    def test_gives_the_winners_deposit_back_and_no_other_again(self):
        *_, decision = make.lived(make.deposit(make.BEN), make.award(), GiveBack())

        assert brief(decision.orders) == [
            ("void", "stl:bidder:0011", "stl:escrow", make.DEPOSIT),
            ("move", "stl:bidder:0011", "custody:ordered", make.DEPOSIT),
        ]
        assert [event.kind for event in decision.events] == ["escrow.deposit_refunded", "escrow.returned"]
        assert decision.events[0].data["reason"] == "seller-default"


class TestForfeit:
    def test_pays_the_fee_first_and_the_rest_to_the_seller(self):
        *_, decision = make.lived(make.award(), Forfeit())

        assert brief(decision.orders) == [
            ("post", "stl:bidder:0011", "stl:escrow", 1_000_000),
            ("move", "stl:escrow", "exchange:fees", 300_000),
            ("move", "stl:escrow", "stl:seller", 700_000),
            ("move", "stl:seller", "custody:ordered", 700_000),
        ]
        assert decision.settlement.deposits[0].state is DepositState.FORFEITED
        assert (decision.settlement.fee_fen, decision.settlement.seller_fen) == (300_000, 700_000)
        assert decision.settlement.reward_fen is None

    @pytest.mark.parametrize(
        ("price_fen", "fee_fen", "seller_fen", "transfers"),
        [
            (5_000_000_000, 1_000_000, 0, 2),  # the fee on the price is more than the deposit
            (66_666_633, 999_999, 1, 4),
            (66_666_634, 1_000_000, 0, 2),
        ],
    )
    def test_takes_no_more_than_the_deposit(self, price_fen, fee_fen, seller_fen, transfers):
        *_, decision = make.lived(make.award(price_fen=price_fen), Forfeit())

        assert (decision.settlement.fee_fen, decision.settlement.seller_fen) == (fee_fen, seller_fen)
        assert len(decision.orders) == transfers

    def test_leaves_out_a_fee_of_nothing(self):
        first = make.deposit(due_fen=1, paid_fen=1)
        *_, decision = make.lived(make.award(price_fen=33), Forfeit(), first=first)

        assert brief(decision.orders)[1:] == [
            ("move", "stl:escrow", "stl:seller", 1),
            ("move", "stl:seller", "custody:ordered", 1),
        ]


class TestDeclareDefault:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (make.PAY_BY - make.INSTANT, "not-yet-overdue"),
            (make.PAY_BY, "forfeited"),
            (make.PAY_BY + make.INSTANT, "forfeited"),
        ],
    )
    def test_waits_until_the_term_is_over(self, at, expected):
        assert make.outcome(make.settlement("due"), DeclareDefault(), make.officer(at)) == expected

    def test_says_until_when_the_buyer_may_pay(self):
        refusal = make.refused(rules.decide, make.settlement("due"), DeclareDefault(), make.officer(make.NOON))

        assert refusal.facts == {"pay_by": "2026-03-09T16:00:00.000000Z"}

    def test_does_what_forfeiture_does_and_says_who_declared_it(self):
        declared = rules.decide(make.settlement("due"), DeclareDefault(), make.officer(make.PAY_BY))
        forfeited = rules.decide(make.settlement("awarded"), Forfeit(), make.clock())

        assert declared.orders == forfeited.orders
        assert declared.events[0].data == forfeited.events[0].data
        assert declared.events[0].sealed["by"] == {"organisation": make.OPERATOR, "person": make.PERSON}
        assert forfeited.events[0].sealed["by"]["person"] is None


class TestRequest:
    def test_promises_a_code_and_moves_nothing(self):
        decision = rules.decide(make.settlement("bidding"), make.request(make.CAI), make.by(make.CAI))
        asked = decision.settlement.deposits[-1]

        assert decision.orders == decision.payouts == ()
        assert (asked.code, asked.state, asked.account) == ("0013", DepositState.REQUESTED, "6222-0211")
        (event,) = decision.events
        assert event.data == {"code": "0013", "amount_fen": "1000000"}
        assert event.sealed["payer"] == make.CAI
        assert event.sealed["account"] == "6222-0211"

    def test_opens_a_settlement_as_a_deposit_does(self):
        decision = make.opening(make.request(), make.by(make.ANN))

        assert [event.kind for event in decision.events] == ["escrow.opened", "escrow.deposit_requested"]
        assert decision.settlement.deposit_fen == make.DEPOSIT
        assert decision.settlement.state is State.BIDDING

    def test_is_paid_under_its_code_and_keeps_its_place(self):
        asked = make.opening(make.request(), make.by(make.ANN)).settlement
        both = rules.decide(asked, make.deposit(make.BEN), make.officer()).settlement
        held = rules.decide(both, make.deposit(), make.officer()).settlement

        assert [(one.code, one.state, one.reference) for one in held.deposits] == [
            ("0011", DepositState.HELD, "bank-0b"),
            ("0012", DepositState.HELD, "bank-0c"),
        ]
        assert held.deposits[0].account == "6222-0211"
        assert make.outcome(held, make.deposit()) == "already-paid"

    @pytest.mark.parametrize(
        ("payer", "expected"),
        [(make.ANN, "already-paid"), (make.BEN, "already-requested"), (make.CAI, "bidding")],
    )
    def test_is_made_once(self, payer, expected):
        assert make.outcome(make.settlement("asked"), make.request(payer), make.by(payer)) == expected

    @pytest.mark.parametrize(
        ("account", "expected"),
        [
            (None, "bidding"),
            ("12345", "bidding"),
            ("A" * 64, "bidding"),
            ("1234", "unusable-field"),
            ("A" * 65, "unusable-field"),
            ("1234 5678", "unusable-field"),
            ("12345\n", "unusable-field"),
            ("一二三四五", "unusable-field"),
        ],
    )
    def test_takes_what_can_be_a_bank_account(self, account, expected):
        command = make.request(make.CAI, account=account)

        assert make.outcome(make.settlement("bidding"), command, make.by(make.CAI)) == expected

    @pytest.mark.parametrize("last", [make.award(), Release()])
    def test_lapses_when_bidding_is_over(self, last):
        after = rules.decide(make.settlement("asked"), last, make.clock())

        assert after.settlement.deposits[1].state is DepositState.LAPSED
        assert len([one for one in after.events if one.kind == "escrow.deposit_refunded"]) == (last == Release())

    def test_is_not_counted_among_the_refunds(self):
        released = rules.decide(make.settlement("asked"), Release(), make.clock())

        assert released.events[-1].data["refunded"] == 1


class TestEvents:
    @pytest.mark.parametrize("life", make.LIVES)
    def test_cite_the_transfers_that_are_ordered(self, life):
        for decision in make.lived(*make.LIVES[life]):
            cited = [
                one
                for event in decision.events
                for one in [*event.data.get("transfers", []), *event.sealed.get("payouts", [])]
            ]

            assert cited == list(written(decision.orders))

    @pytest.mark.parametrize("life", make.LIVES)
    def test_name_nobody_in_public(self, life):
        for decision in make.lived(*make.LIVES[life]):
            for event in decision.events:
                assert not any(
                    str(name) in str(event.data) for name in (make.ANN, make.BEN, make.PERSON, "甲", "bank-")
                )
