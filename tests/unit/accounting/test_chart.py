"""The chart of accounts: every account that the wings make stands on it, and the page in docs says so."""

from pathlib import Path

import pytest

from exchange.app.accounting import chart
from settlement.books.model import Book, Side
from settlement.escrow.model import Purpose

PAGE = Path(__file__).parents[3] / "docs" / "books.md"
STL, PRG, ORG = (f"{word}_{'0' * 26}" for word in ("stl", "prg", "org"))


@pytest.mark.parametrize(
    ("name", "pattern", "root", "side", "book"),
    [
        ("custody:bank", "custody:bank", "Assets", Side.DEBIT, Book.MONEY),
        ("custody:ordered", "custody:ordered", "Liabilities", Side.CREDIT, Book.MONEY),
        ("exchange:fees", "exchange:fees", "Income", Side.CREDIT, Book.MONEY),
        (f"{STL}:bidder:0042", "stl_…:bidder:…", "Liabilities", Side.CREDIT, Book.MONEY),
        (f"{STL}:escrow", "stl_…:escrow", "Liabilities", Side.CREDIT, Book.MONEY),
        (f"{STL}:reward", "stl_…:reward", "Liabilities", Side.CREDIT, Book.MONEY),
        (f"{STL}:inventor:2", "stl_…:inventor:…", "Liabilities", Side.CREDIT, Book.MONEY),
        (f"{STL}:seller", "stl_…:seller", "Liabilities", Side.CREDIT, Book.MONEY),
        (f"{PRG}:budget", "prg_…:budget", "Liabilities", Side.CREDIT, Book.MONEY),
        (f"{PRG}:used", "prg_…:used", "Liabilities", Side.CREDIT, Book.QUOTA),
        (f"{PRG}:cap:{ORG}:2026", "prg_…:cap:…:…", "Liabilities", Side.CREDIT, Book.QUOTA),
        ("quota:granted", "quota:granted", "Equity", Side.EITHER, Book.QUOTA),
    ],
)
def test_knows_every_account_that_is_made(name, pattern, root, side, book):
    found = chart.entry_of(name)
    assert (found.pattern, found.root, found.side, found.book) == (pattern, root, side, book)


def test_does_not_take_one_account_for_another():
    for name in (f"{STL}:bidder", f"{STL}:bidder:1:2", "custody:bank:x", "xcustody:bank", "owner:ann"):
        assert chart.entry_of(name) is None


def test_is_drawn_in_the_page_as_it_is():
    assert chart.table() in PAGE.read_text(encoding="utf-8")


def test_every_purpose_of_a_transfer_stands_in_the_page():
    page = PAGE.read_text(encoding="utf-8")
    assert [one for one in Purpose if f"`{one}`" not in page] == []
