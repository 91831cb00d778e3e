"""What a seller may write, and the nouns it becomes."""

import pytest
from pydantic import ValidationError

from settlement.escrow import rules
from settlement.escrow.api import SettlementShape, SettleShape
from settlement.escrow.model import BANK, FEES, ORDERED, Cost, CostKind, Share, accounts_in, own
from tests import make_escrow as make


def body(**changes):
    usual = {
        "costs": [{"kind": "appraisal", "amount": {"amount": "4000"}, "evidence_sha256": "a" * 64}],
        "reward_percent": "50",
        "shares": [{"inventor": 1, "weight": 3}, {"inventor": 2, "weight": 1}],
    }
    return SettleShape.model_validate(usual | changes)


class TestSettleShape:
    def test_becomes_the_nouns(self):
        shape = body()

        assert shape.stated_costs() == (Cost(kind=CostKind.APPRAISAL, amount_fen=400_000, evidence_sha256="a" * 64),)
        assert shape.reward_bp == 5_000
        assert shape.weights == [(1, 3), (2, 1)]

    @pytest.mark.parametrize(
        ("written", "reward_bp"),
        [("0", 0), ("50", 5_000), ("50.0", 5_000), ("62.5", 6_250), ("7.05", 705), ("0.01", 1), ("100.00", 10_000)],
    )
    def test_reads_a_percentage_exactly(self, written, reward_bp):
        assert body(reward_percent=written).reward_bp == reward_bp

    @pytest.mark.parametrize(
        "written",
        ["", "-1", "101", "100.01", "50.001", "5e1", "50%", " 50", "50.", ".5", "５０", 50, 50.0, None, "50\n"],
    )
    def test_refuses_anything_else(self, written):
        with pytest.raises(ValidationError):
            body(reward_percent=written)

    @pytest.mark.parametrize(
        "changes",
        [
            {"shares": [{"inventor": 0, "weight": 1}]},
            {"shares": [{"inventor": 51, "weight": 1}]},
            {"shares": [{"inventor": 1, "weight": 0}]},
            {"shares": [{"inventor": 1, "weight": 1.5}]},
            {"shares": [{"inventor": True, "weight": 1}]},
            {"shares": [{"inventor": 1, "weight": 1, "name": "甲"}]},
            {"shares": [{"inventor": 1, "weight": 1}] * 51},
            {"costs": [{"kind": "bribe", "amount": {"amount": "1"}, "evidence_sha256": "a" * 64}]},
            {"costs": [{"kind": "tax", "amount": {"amount": "1"}, "evidence_sha256": "A" * 64}]},
            {"costs": [{"kind": "tax", "amount": {"amount": "1"}}]},
            {"surprise": 1},
        ],
    )
    def test_has_its_form(self, changes):
        with pytest.raises(ValidationError):
            body(**changes)


class TestSettlementShape:
    @pytest.mark.parametrize("life", make.LIVES)
    def test_writes_every_state_and_no_bidder(self, life):
        settlement = make.settlement(life)
        written = SettlementShape.of(settlement).model_dump_json()

        assert f'"state":"{settlement.state}"' in written
        assert make.ANN not in written
        assert make.BEN not in written

    def test_writes_amounts_as_yuan(self):
        shape = SettlementShape.of(make.settlement("settled"))

        assert (shape.price.amount, shape.fee.amount, shape.net.amount) == ("200000.33", "3000.00", "190000.33")
        assert (shape.reward.amount, shape.seller_part.amount) == ("95000.17", "102000.16")
        assert (shape.reward_percent, shape.reward_min_percent) == ("50.00", "50.00")


class TestSharesOf:
    def test_names_the_inventors_in_the_assets_own_order(self):
        assert rules.shares_of(["甲", "乙", "丙"], [(3, 1), (1, 2)]) == (
            Share(inventor=3, name="丙", weight=1),
            Share(inventor=1, name="甲", weight=2),
        )

    @pytest.mark.parametrize("place", [0, -1, 3])
    def test_refuses_a_place_the_asset_does_not_have(self, place):
        refusal = make.refused(rules.shares_of, ["甲", "乙"], [(1, 1), (place, 1)])

        assert isinstance(refusal, rules.BadShares)
        assert refusal.facts == {"inventors": 2}


class TestAccounts:
    def test_are_opened_where_money_comes_to(self):
        (decision,) = make.lived()

        opened = {one.name: one.side.value for one in accounts_in(decision.orders)}
        assert opened == {"custody:bank": "debit", f"{make.ID}:bidder:0011": "credit", f"{make.ID}:escrow": "credit"}

    def test_of_any_number_of_refunds_are_two(self):
        *_, decision = make.lived(make.deposit(make.BEN), make.deposit(make.CAI), make.award())

        assert [one.name for one in accounts_in(decision.orders)] == ["custody:ordered", f"{make.ID}:escrow"]

    @pytest.mark.parametrize("life", make.LIVES)
    def test_are_all_open_before_they_are_used(self, life):
        opened = set()
        for decision in make.lived(*make.LIVES[life]):
            opened |= {one.name for one in accounts_in(decision.orders)}
            assert {name for one in decision.orders for name in (one.debit, one.credit)} <= opened

    def test_of_everybody_are_nobodys_own(self):
        assert not any(own(make.ID, name) for name in (BANK, ORDERED, FEES, f"{make.ID}x:escrow"))
        assert own(make.ID, f"{make.ID}:escrow")
