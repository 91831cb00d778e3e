"""Accounts and statements over HTTP: what a member sees, what it never sees, and what a supervisor sees."""

import csv
import io
from datetime import timedelta

import pytest

from exchange.app.views import accounts
from ledger.kernel import clock, instant
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from settlement.books import service as books
from settlement.books.model import AccountName, Kind, Order, TransferId
from settlement.escrow import service
from tests import make_escrow as make
from tests.http.test_settlements import Deal
from tests.market import yuan


@pytest.fixture
def deal(market):
    market.alone = True
    return Deal(market)


@pytest.fixture
def stl(deal):
    return deal.path.rpartition("/")[2]


def names(market, by, query=""):
    return [one["name"] for one in market.done("GET", f"/v1/accounts{query}", by)]


class TestListAccounts:
    def test_gives_each_member_its_own_and_no_other(self, market, deal, stl):
        stranger = market.member("enterprise")
        assert names(market, deal.buyer) == [f"{stl}:bidder:0011"]
        assert names(market, deal.loser) == [f"{stl}:bidder:0012"]
        assert names(market, deal.seller) == [f"{stl}:escrow"]
        assert names(market, stranger) == []

    def test_gives_a_supervisor_everybodys(self, market, deal, stl):
        everything = [
            "custody:bank",
            "custody:ordered",
            f"{stl}:bidder:0011",
            f"{stl}:bidder:0012",
            f"{stl}:escrow",
        ]
        assert names(market, market.operator) == everything
        assert names(market, market.member("regulator")) == everything

    def test_gives_a_claimant_its_yearly_cap(self, market):
        seller, department = market.member("university"), market.member("regulator")
        lot, buyer = market.settled_deal(seller, "3000000")
        market.register(lot)
        programme = market.programme(department)
        claim = market.claim(lot, seller, programme)
        market.done("POST", f"/v1/claims/{claim['id']}/pay", department)
        (cap,) = [one for one in names(market, seller) if one.startswith("prg_")]
        assert cap.startswith(f"{programme}:cap:{seller.id}:")
        assert [one for one in names(market, buyer) if one.startswith("prg_")] == []
        lines = market.done("GET", f"/v1/accounts/{cap}/statement", seller)["lines"]
        assert [one["counterpart"] for one in lines] == ["quota:granted", f"{programme}:used"]
        assert market.done("GET", f"/v1/accounts/{cap}", seller)["book"] == "quota"
        market.refused("app/no-such-account-here", "GET", f"/v1/accounts/{cap}", buyer)
        market.refused("app/no-such-account-here", "GET", f"/v1/accounts/{programme}:budget", seller)
        own = {one.split(":")[1] for one in names(market, seller) if one.startswith("stl_")}
        assert own == {"escrow", "seller", "reward", "inventor"}

    def test_holds_nothing_of_what_has_expired_and_nobody_gave_back(self, market, deal, stl):
        market.tampered = True  # no entry names the hold
        name = AccountName(f"{stl}:bidder:0011")
        over = market.now() + timedelta(hours=1)
        order = Order(
            id=TransferId.from_number(7),
            kind=Kind.HOLD,
            debit=AccountName("custody:bank"),
            credit=name,
            amount_fen=Fen(700),
            expires_at=over,
        )
        with market.gate.units.begin() as unit:
            books.transfer(unit, [order], reference="stl_x", rule="escrow-2026@1")

        def listed():
            (one,) = market.done("GET", "/v1/accounts", deal.buyer)
            return one["receives"], market.done("GET", f"/v1/accounts/{name}", deal.buyer)["receives"]

        assert listed() == ("7.00", "7.00")
        with market.gate.units.begin() as unit:
            clock.move(unit.connection, over)  # past the ticker: nobody has come by
        assert listed() == ("0.00", "0.00")

    def test_goes_on_page_by_page(self, market, deal, stl):
        first = names(market, market.operator, "?limit=2")
        rest = names(market, market.operator, f"?after={first[-1]}")
        assert first == ["custody:bank", "custody:ordered"]
        assert rest == [f"{stl}:bidder:0011", f"{stl}:bidder:0012", f"{stl}:escrow"]
        assert names(market, deal.seller, f"?after={stl}:bidder:9") == [f"{stl}:escrow"]
        assert names(market, deal.seller, f"?after={stl}:escrow") == []

    def test_gives_a_member_of_several_deals_all_of_them_in_order(self, market, deal, stl, monkeypatch):
        officer = make.officer(market.gate.clock.now())
        more = {"seller": OrganisationId(deal.seller.id), "payer": OrganisationId(deal.loser.id), "code": "0077"}
        fen = {"due_fen": make.DEPOSIT, "paid_fen": make.DEPOSIT}
        with market.gate.units.begin() as unit:
            for number in range(3):
                service.take_deposit(unit, officer, deal=f"another{number}", reference=f"more-{number}", **more, **fen)
        everything = names(market, deal.loser)
        assert len(everything) == 4
        assert everything == sorted(everything)
        monkeypatch.setattr(accounts, "AT_ONCE", 1)
        for limit in (1, 2, 3):
            found, after = [], ""
            while page := names(market, deal.loser, f"?limit={limit}&after={after}"):
                found, after = found + page, page[-1]
            assert found == everything

    def test_shows_how_each_stands(self, market, deal, stl):
        (shown,) = market.done("GET", "/v1/accounts", deal.buyer)
        assert shown == {
            "name": f"{stl}:bidder:0011",
            "side": "credit",
            "book": "money",
            "at": None,
            "balance": "10000.00",
            "available": "0.00",
            "gives": "10000.00",
            "receives": "0.00",
        }


class TestReadAccount:
    def test_has_its_open_holds(self, market, deal, stl):
        shown = market.done("GET", f"/v1/accounts/{stl}:bidder:0011", deal.buyer)
        (hold,) = shown["holds"]
        assert (hold["gives"], hold["counterpart"], hold["amount"]) == (True, f"{stl}:escrow", "10000.00")
        assert market.done("GET", f"/v1/accounts/{stl}:bidder:0011/holds", deal.buyer) == shown["holds"]

    def test_stood_otherwise_before(self, market, deal, stl):
        now = instant.render(market.now())
        path = f"/v1/accounts/{stl}:bidder:0011"
        shown = market.done("GET", f"{path}?at={now}".replace("+", "%2B"), deal.buyer)
        assert (shown["balance"], shown["holds"], shown["at"]) == ("0.00", [], now)

    @pytest.mark.parametrize(
        ("who", "which"),
        [
            ("buyer", "{stl}:bidder:0012"),
            ("loser", "{stl}:bidder:0011"),
            ("seller", "{stl}:bidder:0011"),
            ("buyer", "{stl}:escrow"),
            ("loser", "{stl}:escrow"),
            ("seller", "custody:bank"),
            ("buyer", "custody:ordered"),
            ("seller", "{stl}:seller"),  # not open yet
            ("seller", "stl_nothing:seller"),
            ("seller", "stl_00000000000000000000000000:seller"),
            ("seller", "prg_00000000000000000000000000:budget"),
            ("seller", "nobody:here"),
        ],
    )
    def test_is_not_there_for_whom_it_does_not_belong_to(self, market, deal, stl, who, which):
        told = market.refused(
            "app/no-such-account-here", "GET", f"/v1/accounts/{which.format(stl=stl)}", getattr(deal, who)
        )
        stranger = market.refused("app/no-such-account-here", "GET", "/v1/accounts/no:account", deal.buyer)
        assert {**told, "instance": 0} == {**stranger, "instance": 0}

    def test_refuses_what_is_no_name(self, market, deal):
        assert market.call("GET", "/v1/accounts/Custody", market.operator).status_code == 422

    def test_opens_the_shared_ones_to_a_supervisor(self, market, deal):
        shown = market.done("GET", "/v1/accounts/custody:bank", market.operator)
        assert (shown["side"], shown["balance"]) == ("debit", "20000.00")


class TestReadStatement:
    def test_tells_a_bidder_the_way_of_its_deposit(self, market, deal, stl):
        told = market.done("GET", f"/v1/accounts/{stl}:bidder:0012/statement", deal.loser)
        assert [(one["kind"], one["counterpart"], one["change"], one["balance"]) for one in told["lines"]] == [
            ("move", "custody:bank", "10000.00", "10000.00"),
            ("hold", f"{stl}:escrow", "0.00", "10000.00"),
            ("void", f"{stl}:escrow", "0.00", "10000.00"),
            ("move", "custody:ordered", "-10000.00", "0.00"),
        ]
        assert (told["opening"]["balance"], told["closing"]["balance"]) == ("0.00", "0.00")

    def test_says_what_each_line_is_for_and_its_payer_which_payment_it_was(self, market, deal, stl):
        path = f"/v1/accounts/{stl}:bidder:0012/statement"
        lines = market.done("GET", path, deal.loser)["lines"]
        assert [one["purpose"] for one in lines] == [
            "a deposit arrives",
            "the deposit is held",
            "the deposit is held no more",
            "the deposit goes back",
        ]
        assert [bool(one["bank_reference"]) for one in lines] == [True, False, False, False]
        assert market.done("GET", path, market.operator)["lines"] == lines
        everything = market.done("GET", "/v1/accounts/custody:bank/statement", market.operator)["lines"]
        assert len({one["bank_reference"] for one in everything} - {None}) == len(everything) == 2

    def test_says_nothing_of_bounds_that_nobody_gave(self, market, deal, stl):
        path, now = f"/v1/accounts/{stl}:bidder:0012/statement", instant.render(market.now())
        told = market.done("GET", path, deal.loser)
        assert (told["opening"]["at"], told["closing"]["at"]) == (None, None)
        told = market.done("GET", f"{path}?from={now}", deal.loser)
        assert (told["opening"]["at"], told["closing"]["at"]) == (now, None)
        told = market.done("GET", f"{path}?to={now}", deal.loser)
        assert (told["opening"]["at"], told["closing"]["at"]) == (None, now)

    def test_hides_other_bidders_from_the_seller(self, market, deal, stl):
        told = market.done("GET", f"/v1/accounts/{stl}:escrow/statement", deal.seller)
        winner = f"{stl}:bidder:0011"
        assert [(one["kind"], one["counterpart"]) for one in told["lines"]] == [
            ("hold", winner),
            ("hold", None),
            ("void", None),
        ]
        everything = market.done("GET", f"/v1/accounts/{stl}:escrow/statement", market.operator)
        assert [one["counterpart"] for one in everything["lines"]] == [winner, *[f"{stl}:bidder:0012"] * 2]

    def test_ends_before_its_end(self, market, deal, stl):
        now = instant.render(market.now())
        path = f"/v1/accounts/{stl}:bidder:0011/statement"
        assert market.done("GET", f"{path}?to={now}", deal.buyer)["lines"] == []
        assert len(market.done("GET", f"{path}?from={now}", deal.buyer)["lines"]) == 2
        market.refused("books/not-an-interval", "GET", f"{path}?from={now}&to={now}", deal.buyer)

    def test_is_a_table_for_who_asks_for_one(self, market, deal, stl):
        path = f"/v1/accounts/{stl}:bidder:0012/statement"
        answer = market.call("GET", path, deal.loser, headers={"Accept": "text/csv"})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        heading, opening, *lines, closing = csv.reader(io.StringIO(answer.text))
        assert heading[:8] == ["at", "transfer", "kind", "counterpart", "reference", "amount", "change", "balance"]
        assert heading[8:] == ["effective_at", "reverses", "note", "purpose", "bank_reference"]
        assert (opening[2], opening[7], closing[2], closing[7]) == ("opening", "0.00", "closing", "0.00")
        assert (opening[0], closing[0]) == ("", "")  # nobody gave a bound
        assert {tuple(row[8:11]) for row in (opening, *lines, closing)} == {("", "", "")}
        told = market.done("GET", path, deal.loser)
        assert [row[7] for row in lines] == [one["balance"] for one in told["lines"]]
        assert {(one["effective_at"], one["reverses"], one["note"]) for one in told["lines"]} == {(None, None, "")}

    def test_follows_the_whole_deal_for_its_seller(self, market, deal, stl):
        market.done("POST", f"{deal.path}/payments", market.operator, deal.payment())
        told = market.done("GET", f"/v1/accounts/{stl}:escrow/statement", deal.seller)
        assert told["closing"]["balance"] == yuan("200000.33")["amount"]
        assert deal.loser.id not in str(told)
        assert deal.buyer.id not in str(told)
