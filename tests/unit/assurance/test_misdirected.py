"""Parts of money that nobody expected, held against what they were received for."""

import pytest

from exchange.assurance import misdirected
from exchange.assurance.facts import Facts
from exchange.assurance.figures import Figures

MIS, STL, PLN, RTY = (f"{prefix}_{'1' * 26}" for prefix in ("mis", "stl", "pln", "rty"))
FIRST = f"{MIS}/1"


class Whole:
    """Entries written down by hand, each with its place in the log."""

    def __init__(self):
        self.facts, self.figures, self.index = Facts(), Figures(), 0

    def tell(self, what, **data):
        entry = {"kind": f"escrow.misdirected{what}", "subject": MIS, "data": data}
        misdirected.read_misdirected(self.facts, self.figures, entry, self.index)
        self.index += 1
        return self

    def assign(self, fen="400", to=STL, part=1):
        return self.tell("_assigned", amount_fen=fen, to=to, part=part)

    def receive(self, fen="400", *, kind="balance_paid", subject=STL, reference=FIRST, field="amount_fen"):
        entry = {"kind": f"escrow.{kind}", "subject": subject, "data": {field: fen}}
        if reference is not None:
            entry["opened"] = {"reference": reference}
        misdirected.read_received(self.facts, entry, self.index)
        self.index += 1
        return self

    def finds(self):
        return [(one.what, one.entry) for one in misdirected.findings(self.facts)]


@pytest.fixture
def whole():
    return Whole()


class TestFigures:
    def test_count_what_waits_and_what_went_back(self, whole):
        whole.tell("", amount_fen="1000").assign("400").tell("_returned", amount_fen="250")

        figures = whole.figures
        assert (figures.received_fen, figures.ordered_fen, figures.in_custody_fen) == (600, 250, 350)


class TestFindings:
    def test_are_none_where_nothing_was_assigned(self, whole):
        assert whole.receive(reference="bank-1").receive(reference=None).finds() == []

    @pytest.mark.parametrize(
        ("subject", "told"),
        [
            (STL, {"kind": "balance_paid"}),
            (STL, {"kind": "deposit_held"}),
            (PLN, {"kind": "part_paid", "field": "paid_fen"}),
            (RTY, {"kind": "royalty_paid"}),
        ],
    )
    @pytest.mark.parametrize("reference", [FIRST, None])
    def test_are_none_where_a_part_is_received(self, whole, subject, told, reference):
        assert whole.assign(to=subject).receive(subject=subject, reference=reference, **told).finds() == []

    @pytest.mark.parametrize(
        "otherwise", [{"fen": "399"}, {"subject": PLN}, {"kind": "deposit_refunded"}, {"reference": "bank-1"}]
    )
    def test_name_a_part_that_is_received_nowhere(self, whole, otherwise):
        found = whole.assign().receive(**otherwise).finds()

        assert found[0] == (f"{FIRST}: is not received for {STL}, which it is assigned to", 0)

    @pytest.mark.parametrize(
        "bank",
        ["mis_2026-0042", "mis_", MIS, f"{MIS}/", f"{MIS}/0", f"{MIS}/01", f"{FIRST}x", f"{FIRST}\n", f"x{FIRST}"],
    )
    def test_are_none_of_a_banks_reference_that_only_begins_like_ours(self, whole, bank):
        assert whole.receive(reference=bank).finds() == []

    def test_let_one_sealed_payment_stand_for_one_part(self, whole):
        whole.assign(part=1).assign(part=2).receive(reference=None)

        assert whole.finds() == [(f"{MIS}/2: is not received for {STL}, which it is assigned to", 1)]

    def test_name_a_payment_that_rests_on_no_part(self, whole):
        assert whole.receive().finds() == [(f"{STL}: rests on {FIRST}, which is not assigned to it", 0)]
