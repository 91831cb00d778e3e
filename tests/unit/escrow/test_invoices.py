"""Invoices: who records them, against what, once; what reverses them; and what an auditor finds wrong with them."""

import copy
from datetime import date

import pytest

from ledger.kernel.money import Fen
from settlement.escrow import checks
from settlement.escrow.model import INVOICE_COMMANDS, InvoiceState, Issuer, Occasion
from settlement.escrow.rules import invoices as rules
from tests import make_escrow as escrow
from tests import make_invoices as make


class TestRecord:
    def test_keeps_what_the_invoice_says_and_seals_its_number(self):
        decision = make.recorded()
        assert decision.invoice.state is InvoiceState.RECORDED
        assert decision.invoice.issuer is Issuer.SELLER
        event = decision.events[0]
        assert event.data["amount_fen"] == str(escrow.PRICE)
        assert make.NUMBER not in str(event.data)
        assert event.sealed["number"] == make.NUMBER

    @pytest.mark.parametrize(
        ("cause", "occasion", "expected"),
        [
            (make.seller(), Occasion.PRICE, "done"),
            (make.seller(), Occasion.FEE, "not-the-issuer"),
            (escrow.officer(make.RECORDED_AT), Occasion.FEE, "done"),
            (escrow.officer(make.RECORDED_AT), Occasion.PRICE, "not-the-issuer"),
            (escrow.seller(make.RECORDED_AT), Occasion.PRICE, "not-the-issuer"),  # a token that may not settle
            (escrow.by(escrow.ANN, "settlements.settle", at=make.RECORDED_AT), Occasion.PRICE, "not-the-issuer"),
        ],
    )
    def test_is_the_issuers(self, cause, occasion, expected):
        assert make.refused(make.recorded, cause=cause, occasion=occasion) == expected

    @pytest.mark.parametrize("number", [make.NUMBER, make.OLD, "150021313012-04455667"])
    def test_reads_numbers_of_every_age(self, number):
        assert make.refused(make.recorded, make.record(number=number)) == "done"

    @pytest.mark.parametrize(
        "changes",
        [
            {"number": "2615000000000000000"},
            {"number": "261500000000000000001"},
            {"number": "15002131301-04455667"},
            {"number": "1500213130-0445566"},
            {"number": f"{make.NUMBER} "},
            {"amount_fen": Fen(0)},
            {"tax_fen": Fen(-1)},
            {"tax_fen": escrow.PRICE},
            {"issued_on": date(2026, 3, 11)},
            {"document_sha256": "D" * 64},
        ],
    )
    def test_refuses_what_is_no_invoice(self, changes):
        assert make.refused(make.recorded, make.record(**changes)) == "unusable-field"

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(1, 1, 1), "unusable-field"),
            (date(1999, 12, 31), "unusable-field"),
            (date(2000, 1, 1), "done"),
            (date(2000, 1, 2), "done"),
            (date(2026, 3, 10), "done"),
        ],
    )
    def test_is_no_older_than_any_deal(self, day, expected):
        assert make.refused(make.recorded, make.record(issued_on=day)) == expected

    @pytest.mark.parametrize(
        ("amount_fen", "expected"),
        [(escrow.PRICE - 1, "done"), (escrow.PRICE, "done"), (escrow.PRICE + 1, "invoiced-too-much")],
    )
    def test_comes_to_no_more_than_was_paid(self, amount_fen, expected):
        assert make.refused(make.recorded, make.record(amount_fen=Fen(amount_fen))) == expected

    def test_counts_what_stands_beside_it_and_not_what_was_reversed(self):
        half = make.record(amount_fen=Fen(escrow.PRICE // 2))
        standing = make.invoice(amount_fen=Fen(escrow.PRICE // 2 + 2))
        assert make.refused(make.recorded, half, standing=(standing,)) == "invoiced-too-much"
        turned = make.invoice(amount_fen=escrow.PRICE, state=InvoiceState.REVERSED)
        assert make.refused(make.recorded, half, standing=(turned,)) == "done"


class TestDecide:
    @pytest.mark.parametrize(("state", "expected"), [("recorded", "done"), ("reversed", "already-reversed")])
    def test_answers_every_command_in_every_state(self, state, expected):
        assert {one.value for one in InvoiceState} == {"recorded", "reversed"}
        assert len(INVOICE_COMMANDS) == 1
        invoice = make.invoice(state=InvoiceState(state))
        cause = make.seller(make.REVERSED_AT)
        assert make.refused(rules.decide, invoice, make.PARTIES, make.reverse(), cause) == expected

    def test_reverses_the_whole(self):
        decision = make.reversal()
        assert decision.invoice.state is InvoiceState.REVERSED
        assert decision.events[0].data["amount_fen"] == str(escrow.PRICE)

    def test_is_the_issuers(self):
        officer = escrow.officer(make.REVERSED_AT)
        assert make.refused(rules.decide, make.invoice(), make.PARTIES, make.reverse(), officer) == "not-the-issuer"

    @pytest.mark.parametrize(
        ("day", "expected"),
        [(9, "unusable-field"), (10, "done"), (12, "done"), (13, "unusable-field")],
    )
    def test_is_issued_after_what_it_reverses_and_before_it_is_recorded(self, day, expected):
        assert make.refused(make.reversal, make.reverse(issued_on=date(2026, 3, day))) == expected

    def test_names_the_day_as_the_body_does(self):
        refusal = escrow.refused(make.reversal, make.reverse(issued_on=date(2026, 3, 13)))
        assert refusal is not None
        assert refusal.facts["field"] == "issued_on"

    def test_is_seen_by_the_parties_and_supervisors(self):
        assert rules.may_see(make.PARTIES, escrow.by(escrow.ANN))
        assert rules.may_see(make.PARTIES, escrow.by(escrow.SELLER))
        assert rules.may_see(make.PARTIES, escrow.by(escrow.STRANGER, "deals.read_all"))
        assert not rules.may_see(make.PARTIES, escrow.by(escrow.STRANGER))

    def test_draws_its_table(self):
        assert rules.diagram().splitlines()[2:] == [
            "    recorded --> reversed: ReverseInvoice",
            "    reversed --> [*]",
        ]


def found(number, **changes):
    """What is found where one entry says something else."""
    written = copy.deepcopy(make.entries())
    for name, value in changes.items():
        written[number]["data"][name] = value
    return checks.check(written)


class TestCheck:
    def test_finds_nothing_wrong_with_what_was_decided(self):
        for turned in (True, False):
            for opened in (True, False):
                assert checks.check(make.entries(turned=turned, opened=opened)) == []
        assert checks.fold_invoice(make.entries()) == make.amounts_to(make.reversal().invoice)

    @pytest.mark.parametrize(
        ("number", "changes", "fault"),
        [
            (0, {"tax_fen": str(escrow.PRICE)}, "taxes more than it charges"),
            (0, {"issuer": "exchange"}, "is another's to issue"),
            (0, {"occasion": "royalty"}, "is of money that is none of its kind"),
            (0, {"payment_of": "stl_" + "1" * 26}, "is of another deal's money"),
            (0, {"issued_on": "2026-03-11"}, "is issued after it was recorded"),
            (1, {"amount_fen": "1"}, f"should reverse {escrow.PRICE} fen"),
            (1, {"issued_on": "2026-03-09"}, "is issued on another day than it can be"),
            (1, {"issued_on": "2026-03-13"}, "is issued on another day than it can be"),
            (1, {"surprise": "x"}, "publishes surprise"),
        ],
    )
    def test_finds_what_an_entry_should_not_say(self, number, changes, fault):
        kind = ("escrow.invoice_recorded", "escrow.invoice_reversed")[number]
        assert f"entry {number} ({kind}) {fault}" in found(number, **changes)

    def test_finds_a_number_that_is_used_twice(self):
        written = copy.deepcopy(make.entries())
        written[1]["opened"]["number"] = make.NUMBER
        assert checks.check(written) == ["entry 1 (escrow.invoice_reversed) has no number of its own"]

    def test_finds_what_comes_out_of_order(self):
        recorded, turned = make.entries()
        assert any("precedes the recording" in one for one in checks.check([turned]))
        assert any("records the invoice again" in one for one in checks.check([recorded, recorded]))
        assert any("reverses the invoice again" in one for one in checks.check([recorded, turned, turned]))
