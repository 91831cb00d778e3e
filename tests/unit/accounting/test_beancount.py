"""The books as beancount reads them: accepted without a word, and added up to the same balances."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from beancount import loader
from beancount.core.data import Balance, Custom, Open, Transaction

from exchange.app.accounting import beancount
from ledger.kernel.money import Fen
from settlement.books.model import Account, AccountName, Book, Kind, Side
from settlement.escrow.model import Purpose, transfer_for
from tests import make_books as make
from tests.make_books import ANN, BANK, BEN, CAP, MONDAY, WORLD, hold, move, post, void

OPENED = {one.name: one for one in make.ACCOUNTS}


def books(*orders):
    """Accounts as the orders leave them, and their transfers, a day between each."""
    totals = defaultdict(lambda: [0, 0, 0, 0])
    transfers = []
    for day, one in enumerate(orders):
        transfers.append(make.made(one, recorded_at=MONDAY + timedelta(days=day)))
        if one.kind in {Kind.MOVE, Kind.POST}:
            totals[one.debit][1] += one.amount_fen
            totals[one.credit][3] += one.amount_fen
    accounts = [make.account(name, debits=tuple(totals[name][:2]), credits=tuple(totals[name][2:])) for name in OPENED]
    return accounts, transfers


def load(*orders, whole=True, accounts=None):
    found, transfers = books(*orders)
    text = "\n".join(beancount.lines(accounts or found, transfers, whole=whole))
    return loader.load_string(text)


def added_up(entries):
    sums = defaultdict(Decimal)
    for entry in entries:
        for posting in entry.postings if isinstance(entry, Transaction) else ():
            sums[posting.account] += posting.units.number
    return dict(sums)


HELD = hold(ANN, BEN, 4_000)
ORDERS = (
    move(BANK, ANN, 10_001),
    HELD,
    post(HELD, 2_500),
    move(WORLD, CAP, 77),
    move(BEN, ANN, 1),
)


class TestLines:
    def test_are_accepted_and_add_up_to_our_balances(self):
        entries, errors, _ = load(*ORDERS)
        assert errors == []
        assert added_up(entries) == {
            "Assets:Custody:Bank": Decimal("100.01"),
            "Liabilities:Owner:Ann": Decimal("-75.02"),
            "Liabilities:Owner:Ben": Decimal("-24.99"),
            "Equity:Quota:Granted": Decimal("0.77"),
            "Liabilities:Quota:Cap": Decimal("-0.77"),
        }

    def test_assert_every_balance_to_the_fen(self):
        accounts, _ = books(*ORDERS)
        wrong = [one for one in accounts if one.name != ANN]
        wrong.append(make.account(ANN, debits=(0, 2_500), credits=(0, 10_003)))
        _, errors, _ = load(*ORDERS, accounts=wrong)
        assert ["Owner:Ann" in error.message for error in errors] == [True]

    def test_move_nothing_for_what_is_only_held(self):
        entries, errors, _ = load(move(BANK, ANN, 10_000), HELD, void(HELD))
        assert errors == []
        assert [one.type for one in entries if isinstance(one, Custom)] == ["hold", "void"]
        assert added_up(entries) == {"Assets:Custody:Bank": Decimal(100), "Liabilities:Owner:Ann": Decimal(-100)}

    def test_name_transfer_hold_and_deal(self):
        entries, _, _ = load(*ORDERS)
        posted = next(one for one in entries if isinstance(one, Transaction) and one.meta["kind"] == "post")
        assert posted.meta["hold"] == HELD.id
        assert posted.meta["transfer"] == ORDERS[2].id
        assert posted.links == {make.REFERENCE}

    def test_say_what_a_transfer_counts_from_takes_back_and_notes(self):
        first = move(BANK, ANN, 5_000, effective_at=MONDAY - timedelta(days=1), note='说明 "甲" \\ 乙\n二')
        entries, errors, _ = load(first, move(ANN, BANK, 5_000, reverses=first.id))
        came, back = [one for one in entries if isinstance(one, Transaction)]
        assert errors == []
        assert (came.meta["effective_at"], came.meta["note"]) == ("2026-03-01T01:00:00.000000Z", '说明 "甲" \\ 乙 二')
        assert "reverses" not in came.meta
        assert back.meta["reverses"] == first.id
        assert not {"effective_at", "note"} & back.meta.keys()

    def test_say_what_a_transfer_is_for_and_the_banks_reference(self):
        came = move("custody:bank", "stl_1:bidder:7", 5_000, id=transfer_for("stl_1", Purpose.DEPOSIT, "7"))
        aside = hold("stl_1:bidder:7", "stl_1:escrow", 5_000)
        bank = make.account(BANK)
        accounts = [replace(bank, name=name) for name in ("custody:bank", "stl_1:bidder:7", "stl_1:escrow")]
        made = [make.made(one, recorded_at=MONDAY) for one in (came, aside)]
        text = beancount.lines(
            accounts, made, whole=False, bank_reference=lambda one: '回单 "1"' if one.id == came.id else ""
        )
        entries, errors, _ = loader.load_string("\n".join(text))
        (arrived,) = [one for one in entries if isinstance(one, Transaction)]
        (held,) = [one for one in entries if isinstance(one, Custom)]
        assert errors == []
        assert (arrived.narration, arrived.meta["kind"]) == ("a deposit arrives", "move")
        assert arrived.meta["bank_reference"] == '回单 "1"'
        assert (held.type, held.meta["purpose"]) == ("hold", "the deposit is held")
        assert "bank_reference" not in held.meta

    def test_of_a_part_leave_other_accounts_out(self):
        entries, errors, _ = load(move(BANK, ANN, 5), whole=False)
        assert errors == []
        assert {one.account for one in entries if isinstance(one, Open)} == {
            "Assets:Custody:Bank",
            "Liabilities:Owner:Ann",
        }
        assert len([one for one in entries if isinstance(one, Balance)]) == 2

    def test_of_empty_books_are_a_heading(self):
        entries, errors, _ = load()
        assert (entries, errors) == ([], [])


class TestBeancountName:
    @pytest.mark.parametrize(
        ("name", "side", "written"),
        [
            ("custody:bank", Side.DEBIT, "Assets:Custody:Bank"),
            ("custody:ordered", Side.CREDIT, "Liabilities:Custody:Ordered"),
            ("exchange:fees", Side.CREDIT, "Income:Exchange:Fees"),
            ("quota:granted", Side.EITHER, "Equity:Quota:Granted"),
            ("stl_01ab:bidder:0042", Side.CREDIT, "Liabilities:Stl-01ab:Bidder:0042"),
            ("nobody:here", Side.DEBIT, "Assets:Nobody:Here"),
            ("nobody:here", Side.EITHER, "Equity:Nobody:Here"),
            ("_a:__", Side.CREDIT, "Liabilities:XX-a:XX--"),
        ],
    )
    def test_files_an_account_under_a_root(self, name, side, written):
        fen = dict.fromkeys(
            ("debits_pending_fen", "debits_posted_fen", "credits_pending_fen", "credits_posted_fen"), Fen(0)
        )
        account = Account(name=AccountName(name), side=side, book=Book.MONEY, **fen)
        assert beancount.beancount_name(account) == written
