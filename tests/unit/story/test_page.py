"""A deal's money as lines: what one command passes on is one line, in from the bank and out to it."""

from decimal import Decimal

from exchange.app.story.client import Fields
from exchange.app.story.page import lines_of

MORNING, NOON, EVENING = (f"2026-04-02T0{hour}:00:00.000000Z" for hour in (1, 4, 9))
CONTRACT = {"effective_at": None, "registered_at": None}


def transfer(at, kind, debit, credit, amount):
    amount = {"amount": amount, "currency": "CNY"}
    return {"at": at, "kind": kind, "debit": debit, "credit": credit, "amount": amount, "transfer": "x1"}


def lines(*money, contract=CONTRACT, pay_by=None):
    page = {"money": list(money), "contract": contract, "settlement": {"pay_by": pay_by}, "freezes": []}
    return lines_of(Fields(page))


def told(found):
    return [(line.ends, line.amount, line.arrives, line.leaves) for line in found]


HELD = (
    transfer(MORNING, "move", "custody:bank", "stl_1:bidder:7", "100.00"),
    transfer(MORNING, "hold", "stl_1:bidder:7", "stl_1:escrow", "100.00"),
)
BACK = (
    transfer(NOON, "void", "stl_1:bidder:7", "stl_1:escrow", "100.00"),
    transfer(NOON, "move", "stl_1:bidder:7", "custody:ordered", "100.00"),
)


class TestLines:
    def test_let_a_held_deposit_stay_with_its_bidder(self):
        assert told(lines(*HELD)) == [(("bank", "bidder 7"), Decimal("100.00"), True, False)]

    def test_let_a_refund_begin_with_its_bidder(self):
        assert told(lines(*HELD, *BACK))[1:] == [(("bidder 7", "paid out"), Decimal("100.00"), False, True)]

    def test_keep_two_deposits_of_one_amount_apart(self):
        other = [one | {name: one[name].replace(":7", ":8") for name in ("debit", "credit")} for one in HELD]
        assert [line.ends for line in lines(*HELD, *other)] == [("bank", "bidder 7"), ("bank", "bidder 8")]

    def test_join_what_one_command_passes_on_and_nothing_else(self):
        reward = transfer(EVENING, "move", "stl_1:escrow", "stl_1:reward", "30.00")
        first = transfer(EVENING, "move", "stl_1:reward", "stl_1:inventor:1", "20.00")
        out = transfer(EVENING, "move", "stl_1:inventor:1", "custody:ordered", "20.00")
        fee = transfer(EVENING, "move", "stl_1:escrow", "exchange:fees", "20.00")
        assert told(lines(fee, reward, first, out)) == [
            (("escrow (price)", "fees"), Decimal("20.00"), False, True),
            (("escrow (price)", "reward"), Decimal("30.00"), False, False),
            (("reward", "paid out"), Decimal("20.00"), False, True),
        ]

    def test_do_not_join_across_commands(self):
        later = transfer(NOON, "move", "stl_1:escrow", "exchange:fees", "100.00")
        assert len(lines(*HELD, later)) == 2

    def test_tell_of_the_contract_in_between(self):
        contract = {"effective_at": NOON, "registered_at": EVENING, "number": "2026150201000001"}
        found = lines(*HELD, contract=contract, pay_by="2026-04-10T16:00:00.000000Z")
        assert [line.words for line in found] == [
            "",
            "both sign; the balance is due by 2026-04-10",
            "registered as 2026150201000001",
        ]
        assert all(not (line.arrives or line.leaves) for line in found[1:])

    def test_tell_of_a_contract_whose_time_to_pay_nobody_can_count_yet(self):
        contract = {"effective_at": NOON, "registered_at": None}
        [_, signed] = lines(*HELD, contract=contract, pay_by=None)
        assert signed.words == "both sign; the balance is due by a day not counted yet (尚未确定)"
