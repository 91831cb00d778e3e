"""One deal on a page: what is held after each line, and what each line is called."""

from dataclasses import replace
from decimal import Decimal

import pytest
from rich.console import Console

from exchange.app.accounting.page import Line, Moved, Ordered, draw, joined, said, sums, told
from settlement.escrow.model import Purpose, transfer_for

MORNING, NOON = (f"2026-04-02T0{hour}:00:00.000000Z" for hour in (1, 4))


def moved(kind, debit, credit, amount="100.00", at=MORNING):
    return Moved(at=at, kind=kind, debit=debit, credit=credit, amount=Decimal(amount))


def line(*kinds, way):
    return Line(at=MORNING, kinds=kinds, way=way, amount=Decimal(1))


BIDDER, ESCROW, OUT = "stl_1:bidder:7", "stl_1:escrow", "custody:ordered"
PLAN, RENT = "pln_1:escrow", "rty_1:escrow"
HELD = (moved("move", "custody:bank", BIDDER), moved("hold", BIDDER, ESCROW))


class TestJoined:
    @pytest.mark.parametrize("kind", ["void", "expire"])
    def test_lets_what_is_given_back_begin_with_its_bidder(self, kind):
        back = moved(kind, BIDDER, ESCROW, at=NOON), moved("move", BIDDER, OUT, at=NOON)
        _, last = joined([*HELD, *back])
        assert last.ends == ("bidder 7", "paid out")
        assert said(last) == "not the winner: the deposit goes back"

    def test_of_nothing_is_nothing(self):
        assert list(joined([])) == []


class TestSums:
    def test_keep_what_came_in_and_has_not_gone_out(self):
        lines = list(joined(HELD))
        assert (sums(lines).arrived, sums(lines).kept) == (100, 100)
        fee = moved("move", ESCROW, "exchange:fees", "30.00", NOON)
        paid = moved("move", "stl_1:seller", OUT, "70.00", NOON)
        came = sums(joined([*HELD, fee, paid]))
        assert (came.paid, came.fees, came.kept) == (70, 30, 0)

    def test_are_one_line_of_every_figure_to_the_fen(self):
        paid = moved("move", BIDDER, OUT, "30.00", NOON)
        line = sums(joined([*HELD, paid])).line
        assert line == "in 100.00 = paid out 30.00 + the exchange's fees 0.00 + still held 70.00"
        assert sums([]).line == "in 0.00 = paid out 0.00 + the exchange's fees 0.00 + still held 0.00"

    def test_do_not_count_what_is_assigned_to_a_deal_as_come_in(self):
        money = moved("move", "custody:bank", "mis_1:held"), moved("move", "mis_1:held", "custody:bank", at=NOON)
        came = sums(joined(money))
        assert (came.arrived, came.paid, came.fees, came.kept) == (0, 0, 0, 0)


NOBODYS = "mis_1:held"
FOR_THE_DEAL = (
    moved("move", NOBODYS, "custody:bank", at=NOON),
    moved("move", "custody:bank", BIDDER, at=NOON),
    moved("move", BIDDER, ESCROW, at=NOON),
)


class TestMoneyNobodyExpected:
    """Assigned to the deal whose page it is, with its arrival on the page or without."""

    @pytest.mark.parametrize("came", [(), (moved("move", "custody:bank", NOBODYS, "107.00"),)])
    def test_is_one_line_and_comes_in_once(self, came):
        lines = list(joined([*came, *FOR_THE_DEAL]))
        last = lines[-1]
        assert (last.ends, said(last)) == (("held", "escrow (price)"), "it is received for what it was meant for")
        total = sum((one.amount for one in came), Decimal(0)) or 100
        assert (sums(lines).arrived, sums(lines).kept) == (total, total)

    @pytest.mark.parametrize("came", [(), (moved("move", "custody:bank", NOBODYS, "107.00"),)])
    def test_comes_in_once_where_something_stands_between(self, came):
        back, again, price = FOR_THE_DEAL
        between = moved("move", "stl_1:bidder:8", OUT, "0.00", NOON)
        total = sum((one.amount for one in came), Decimal(0)) or 100
        assert sums(joined([*came, back, between, again, price])).arrived == total

    def test_of_a_plan_is_not_taken_for_its_deposit(self):
        (line,) = joined([moved("move", NOBODYS, "custody:bank"), moved("move", "custody:bank", PLAN)])
        assert said(line) == "it is received for what it was meant for"

    def test_leaves_nothing_behind_when_it_all_goes_out(self):
        console = Console(record=True, width=130)
        out = moved("move", ESCROW, OUT, at="2026-04-03T01:00:00.000000Z")
        lines = list(joined([*FOR_THE_DEAL, out]))
        console.print(draw(lines, title="", say=said))
        held = [row.split()[-1] for row in console.export_text().splitlines() if "100.00" in row]
        assert held == ["100.00", "0.00"]


class TestSaid:
    @pytest.mark.parametrize(
        ("found", "words"),
        [
            (line("move", "hold", way=("custody:bank", BIDDER, ESCROW)), "a deposit arrives, and is held"),
            (line("post", way=(BIDDER, ESCROW)), "the deposit becomes part of the price"),
            (line("move", "move", way=("custody:bank", BIDDER, ESCROW)), "the balance of the price arrives"),
            (line("move", way=(ESCROW, "exchange:fees")), "the exchange's fee on the price"),
            (line("move", way=(ESCROW, "stl_1:reward")), "the inventors' part"),
            (line("move", "move", way=("stl_1:reward", "stl_1:inventor:2", OUT)), "inventor 2"),
            (line("move", "move", way=(ESCROW, "stl_1:seller", OUT)), "the seller"),
            (line("move", "move", way=(ESCROW, "stl_1:broker", OUT)), "the broker's commission"),
            (line("move", "move", way=("stl_1:seller", "stl_1:owner:2", OUT)), "holder 2 of the right"),
            (line("move", "move", way=("stl_1:reward", "stl_1:tax", OUT)), "income tax withheld from the inventors"),
            (line("move", way=("prg_1:budget", OUT)), "an incentive is paid"),
            (line("move", way=("nobody:knows", "what:this")), ""),
        ],
    )
    def test_is_a_few_words(self, found, words):
        assert said(found) == words

    @pytest.mark.parametrize(
        ("found", "words"),
        [
            (line("post", "move", way=(BIDDER, ESCROW, PLAN)), "the deposit goes over to the payment plan"),
            (
                line("void", "move", "hold", way=(ESCROW, BIDDER, "pln_1:buyer", PLAN)),
                "the deposit is set aside while the buyer tries",
            ),
            (line("post", way=("pln_1:buyer", PLAN)), "taken up: the deposit becomes part of the price"),
            (line("void", "move", way=(PLAN, "pln_1:buyer", OUT)), "not taken up: the deposit goes back"),
            (line("expire", "move", way=(PLAN, "pln_1:buyer", OUT)), "not taken up: the deposit goes back"),
            (line("move", way=("custody:bank", PLAN)), "a part of the price arrives"),
            (line("move", way=(PLAN, "pln_1:released")), "a part is released, to be divided"),
            (line("move", way=(PLAN, OUT)), "a part goes back to the buyer"),
            (line("move", way=("pln_1:released", "exchange:fees")), "the exchange's fee on the price"),
            (line("move", way=("pln_1:released", "pln_1:reward")), "the inventors' part"),
            (line("move", way=("pln_1:released", "pln_1:seller")), "the seller"),
            (line("move", "move", way=("pln_1:seller", "pln_1:owner:1", OUT)), "holder 1 of the right"),
        ],
    )
    def test_has_words_for_a_payment_plan(self, found, words):
        assert said(found) == words

    @pytest.mark.parametrize(
        ("found", "words"),
        [
            (line("move", way=("custody:bank", "rty_1:escrow")), "a royalty arrives"),
            (line("move", way=("rty_1:escrow", "exchange:fees")), "the exchange's fee on royalties"),
            (line("move", "move", way=("rty_1:escrow", "rty_1:broker", OUT)), "the broker's commission"),
            (line("move", "move", way=("rty_1:escrow", "rty_1:seller", OUT)), "what an audit has cost, to the seller"),
            (line("move", "move", way=("rty_1:reward", "rty_1:inventor:1", OUT)), "inventor 1"),
            (line("move", way=("custody:bank", "mis_1:held")), "money arrives that nobody expected"),
            (line("move", way=("mis_1:held", OUT)), "it goes back to its sender"),
            (line("move", way=("mis_1:held", "custody:bank")), "it is received for what it was meant for"),
        ],
    )
    def test_has_words_for_royalties_and_for_what_nobody_expected(self, found, words):
        assert said(found) == words

    def test_names_inventors_and_the_percentage_to_whom_may_know(self):
        shared = line("move", "move", way=("stl_1:reward", "stl_1:inventor:2", OUT))
        assert said(shared, inventors=("甲", "乙")) == "乙, inventor"
        reward = line("move", way=(ESCROW, "stl_1:reward"))
        assert said(reward, reward_percent="50") == "50 % of net income to the inventors"

    @pytest.mark.parametrize(
        ("named", "found", "words"),
        [
            ((Purpose.PART, "3"), line("move", way=("custody:bank", PLAN)), "part 3 of the price arrives"),
            ((Purpose.PART, "24"), line("move", way=("custody:bank", PLAN)), "part 24 of the price arrives"),
            ((Purpose.PART, "25"), line("move", way=("custody:bank", PLAN)), "a part of the price arrives"),
            ((Purpose.RELEASE, "2"), line("move", way=(PLAN, "pln_1:released")), "part 2 is released, to be divided"),
            ((Purpose.RETURN, "1"), line("move", way=(PLAN, OUT)), "part 1 goes back to the buyer"),
            ((Purpose.ROYALTY, "80:5"), line("move", way=("custody:bank", RENT)), "a royalty arrives, for period 80"),
            ((Purpose.ROYALTY, "81:1"), line("move", way=("custody:bank", RENT)), "a royalty arrives"),
            ((Purpose.ROYALTY, "2:6"), line("move", way=("custody:bank", RENT)), "a royalty arrives"),
            ((Purpose.DEPOSIT, "7"), line("move", way=("custody:bank", BIDDER)), "a deposit arrives"),
            ((Purpose.BALANCE, "7"), line("move", way=("custody:bank", BIDDER)), "the balance of the price arrives"),
            ((Purpose.FORFEIT, "7"), line("post", way=(BIDDER, ESCROW)), "the deposit is lost"),
            ((Purpose.APPLY, "7"), line("post", way=(BIDDER, ESCROW)), "the deposit becomes part of the price"),
        ],
    )
    def test_has_the_rest_from_the_name_of_the_transfer(self, named, found, words):
        subject = next(one.partition(":")[0] for one in found.way if one[:4] in {"stl_", "pln_", "rty_"})
        assert said(replace(found, transfers=(transfer_for(subject, *named),))) == words

    def test_says_the_seller_of_a_holder_that_is_the_seller(self):
        paid = line("move", "move", way=("pln_1:seller", "pln_1:owner:1", OUT))
        assert said(paid, sellers=frozenset({"pln_1:owner:1"})) == "the seller"
        assert said(paid, sellers=frozenset({"pln_1:owner:2"})) == "holder 1 of the right"


DOCUMENT = "ab" * 32
HOURS = [f"2026-04-0{day}T01:00:00.000000Z" for day in range(1, 7)]


def trial_over(at):
    """Transfers that set a trial's deposit aside, and give it back where its time is over."""
    arrives = moved("move", "stl_1:bidder:7", "pln_1:buyer", at=HOURS[0])
    return (
        arrives,
        moved("hold", "pln_1:buyer", PLAN, at=HOURS[0]),
        moved("expire", "pln_1:buyer", PLAN, at=at),
    )


class TestOrdered:
    ORDER = Ordered(authority="court", at=HOURS[1], document=DOCUMENT, lifted_at=HOURS[3], lifted_document="cd" * 32)

    @pytest.mark.parametrize(
        ("at", "words"),
        [
            (f"{HOURS[0][:-2]}1Z", "the hold is over"),
            (HOURS[1], "the hold is over; an order keeps the deposit where it is"),
            (HOURS[2], "the hold is over; an order keeps the deposit where it is"),
            (HOURS[3], "the hold is over"),
        ],
    )
    def test_keeps_a_deposit_whose_hold_is_over_while_it_stands(self, at, words):
        last = list(joined(trial_over(at), [self.ORDER]))[-1]
        assert said(last) == words
        assert (last.arrives, last.leaves) == (False, False)

    def test_stands_for_good_until_it_is_lifted(self):
        standing = replace(self.ORDER, lifted_at=None, lifted_document=None)
        assert [standing.stood(at) for at in (HOURS[0], HOURS[1], HOURS[5])] == [False, True, True]
        assert (standing.recorded.words, standing.lifted) == (
            "a court's order freezes the deal (document abababababababab…)",
            None,
        )

    def test_is_two_lines_without_money_of_its_instants_the_last_and_the_first(self):
        again = moved("hold", "pln_1:buyer", PLAN, at=HOURS[3])
        lines = told([*trial_over(HOURS[2]), again], orders=[replace(self.ORDER, at=HOURS[0])])
        assert [one.words or said(one) for one in lines] == [
            "the deposit is set aside while the buyer tries",
            "a court's order freezes the deal (document abababababababab…)",
            "the hold is over; an order keeps the deposit where it is",
            "a court's order is lifted (document cdcdcdcdcdcdcdcd…)",
            "the deposit is set aside while the buyer tries",
        ]
        assert sums(lines).arrived == 0

    def test_is_a_regulators_too(self):
        one = replace(self.ORDER, authority="regulator")
        assert one.recorded.words.startswith("a regulator's order freezes")

    @pytest.mark.parametrize("kind", ["void", "expire"])
    def test_that_is_lifted_lets_a_trial_go_on_for_longer(self, kind):
        (line,) = joined([moved(kind, "pln_1:buyer", PLAN), moved("hold", "pln_1:buyer", PLAN)])
        assert said(line) == "an order is lifted: the deposit is set aside for longer"
        assert line.ends == ("buyer", "buyer")


class TestEnds:
    @pytest.mark.parametrize(
        ("way", "ends"),
        [
            (("custody:bank", "stl_1:escrow"), ("bank", "escrow (price)")),
            (("custody:bank", PLAN), ("bank", "escrow (plan)")),
            (("custody:bank", RENT), ("bank", "escrow (royalty)")),
            (("nobody:escrow", OUT), ("escrow", "paid out")),
        ],
    )
    def test_say_which_escrow(self, way, ends):
        assert line("move", way=way).ends == ends

    def test_say_which_period_an_escrow_is_of(self):
        named = transfer_for("rty_1", Purpose.FEE, "3:2")
        paid = Line(at=MORNING, kinds=("move",), way=(RENT, "exchange:fees"), transfers=(named,))
        assert paid.ends == ("escrow (period 3)", "fees")


class TestDraw:
    def test_says_the_year_and_that_times_are_chinas(self):
        console = Console(record=True, width=130)
        late = [replace(one, at="2026-12-31T16:00:00.000000Z") for one in HELD]
        console.print(draw(joined(late), title="", say=said))
        page = console.export_text()
        assert "China's time" in page
        assert "2027-01-01 00:00" in page

    def test_runs_with_what_is_held(self):
        out = moved("void", BIDDER, ESCROW, at=NOON), moved("move", BIDDER, OUT, at=NOON)
        console = Console(width=130)
        with console.capture() as captured:
            console.print(draw(joined([*HELD, *out]), title="a deal", say=said))
        title, _, _, first, second = [row.split() for row in captured.get().splitlines() if row.strip()][:5]
        assert title == ["a", "deal"]
        assert (first[-2:], second[-2:]) == (["100.00", "100.00"], ["100.00", "0.00"])
