"""All accounts together, by nothing but the transfers: what no single entry can be blamed for."""

import pytest

from exchange.assurance.accounts import Accounts, Moved
from exchange.assurance.figures import Figures

BANK, ORDERED, FEES = "custody:bank", "custody:ordered", "exchange:fees"
BIDDER, ESCROW = "stl_a:bidder:0001", "stl_a:escrow"


class Books:
    """Transfers written down by hand, each by an entry of its own."""

    def __init__(self):
        self.accounts = Accounts()
        self.made = 0

    def take(self, subject, *moves):
        """Moves are (kind, debit, credit, fen), or with a name and the entry that makes it."""
        written = []
        for kind, debit, credit, fen, *rest in moves:
            self.made += 1
            name, index = rest or (f"trf_{self.made}", self.made)
            written.append(Moved(index, name, kind, debit, credit, fen))
        self.accounts.take(subject, written)
        return self

    def finds(self, **figures):
        return [one.what for one in self.accounts.settle(Figures(**figures))]


@pytest.fixture
def books():
    return Books()


def deposit(fen=100):
    return [("move", BANK, BIDDER, fen), ("hold", BIDDER, ESCROW, fen)]


class TestAccounts:
    def test_of_nothing_stand_at_nothing(self, books):
        assert books.finds() == []

    def test_hold_a_deposit(self, books):
        books.take("stl_a", *deposit())

        assert books.finds(deposits_fen=100, held_fen=100) == []

    def test_give_a_deposit_back(self, books):
        books.take("stl_a", *deposit(), ("void", BIDDER, ESCROW, 100), ("move", BIDDER, ORDERED, 100))

        assert books.finds(deposits_fen=100, refunded_fen=100) == []

    def test_divide_a_price(self, books):
        post = [("post", BIDDER, ESCROW, 100), ("move", BANK, BIDDER, 900), ("move", BIDDER, ESCROW, 900)]
        out = [("move", ESCROW, FEES, 10), ("move", ESCROW, "stl_a:reward", 490), ("move", ESCROW, "stl_a:seller", 500)]
        books.take("stl_a", *deposit(), *post, *out, ("move", "stl_a:seller", ORDERED, 500))
        whole = {"deposits_fen": 100, "applied_fen": 100, "balances_fen": 900, "prices_fen": 1000, "fees_fen": 10}

        assert books.finds(**whole, rewards_fen=490, sellers_fen=500) == []

    def test_see_money_that_never_came_in(self, books):
        books.take("stl_a", *deposit())

        assert books.finds(deposits_fen=200, held_fen=100) == [
            "custody:bank: stands at 100 fen, where the entries tell of 200 fen",
            "custody: 200 fen came in, which are not what went out and what is kept",
        ]

    def test_see_money_that_was_not_ordered(self, books):
        books.take("stl_a", *deposit(), ("void", BIDDER, ESCROW, 100))

        assert books.finds(deposits_fen=100, refunded_fen=100) == [
            "custody:ordered: stands at 0 fen, where the entries tell of 100 fen",
            "custody: 100 fen are kept for others, where the entries tell of 0 fen",
        ]

    def test_see_another_fee(self, books):
        books.take("stl_a", ("move", BANK, ESCROW, 100), ("move", ESCROW, FEES, 90), ("move", ESCROW, ORDERED, 10))

        assert books.finds(balances_fen=100, fees_fen=80, sellers_fen=20) == [
            "custody:ordered: stands at 10 fen, where the entries tell of 20 fen",
            "exchange:fees: stands at 90 fen, where the entries tell of 80 fen",
        ]

    def test_see_a_transfer_made_twice(self, books):
        books.take("stl_a", *deposit()).take("stl_b", ("move", BANK, "stl_b:bidder:0001", 5, "trf_1", 7))

        assert "stl_b: makes the transfer trf_1, which was made before" in books.finds(deposits_fen=105)

    @pytest.mark.parametrize(("fen", "overdrawn"), [(99, False), (100, False), (101, True)])
    def test_see_a_subjects_own_account_overdrawn(self, books, fen, overdrawn):
        books.take("stl_a", ("move", BANK, ESCROW, 100), ("move", ESCROW, ORDERED, fen), ("move", BANK, ESCROW, 50))
        found = books.finds(balances_fen=150, sellers_fen=fen, unsettled_fen=150 - fen)

        assert found == (["stl_a: leaves stl_a:escrow with less than nothing"] if overdrawn else [])

    def test_see_spent_what_is_set_aside(self, books):
        books.take("stl_a", *deposit(), ("move", BIDDER, ORDERED, 1))

        assert f"stl_a: leaves {BIDDER} with less than nothing" in books.finds(deposits_fen=100, held_fen=100)

    @pytest.mark.parametrize("kind", ["post", "void"])
    def test_see_resolved_what_is_not_held(self, books, kind):
        books.take("stl_a", ("move", BANK, BIDDER, 100), (kind, BIDDER, ESCROW, 100))

        assert "stl_a: resolves 100 fen that are not held" in books.finds(balances_fen=100, unsettled_fen=100)

    def test_see_a_deposit_set_aside_that_nobody_tells_of(self, books):
        books.take("stl_a", *deposit())

        assert books.finds(balances_fen=100, unsettled_fen=100) == [
            "custody: 100 fen are set aside, where the entries tell of 0 fen held"
        ]

    def test_see_money_taken_out_of_another_settlement(self, books):
        books.take("stl_a", ("move", BANK, ESCROW, 100), ("move", ESCROW, ORDERED, 100))
        books.take("stl_b", ("move", ESCROW, ORDERED, 1, "trf_x", 9))

        assert f"{ESCROW}: leaves less than nothing" in books.finds(balances_fen=100, sellers_fen=101)

    @pytest.mark.parametrize(("index", "overdrawn"), [(1, True), (3, False)])
    def test_ask_in_the_order_of_the_log_whatever_the_order_of_subjects(self, books, index, overdrawn):
        books.take("clm_a", ("move", "prg_a:budget", ORDERED, 60, "trf_pay", index))
        books.take("clm_b", ("move", "custody:bank", "prg_a:budget", 100, "trf_fund", 2))
        found = books.finds(budgets_fen=100, subsidies_fen=60)

        assert found == (["prg_a:budget: leaves less than nothing"] if overdrawn else [])

    def test_count_quotas_apart_from_money(self, books):
        cap = "prg_a:cap:org_a:2026"
        books.take("clm_a", ("move", "quota:granted", cap, 500), ("move", cap, "prg_a:used", 100))

        assert books.finds() == []

    def test_see_a_quota_used_up(self, books):
        cap = "prg_a:cap:org_a:2026"
        books.take("clm_a", ("move", "quota:granted", cap, 500), ("move", cap, "prg_a:used", 501))

        assert books.finds() == [f"{cap}: leaves less than nothing"]
