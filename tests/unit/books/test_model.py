"""What a name, an order and an account are."""

import dataclasses
import hashlib
import json

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.kernel.money import Fen
from settlement.books.model import AccountName, Kind, NotAnAccountName, Order, TransferId, transfer_id, written
from tests import make_books as make
from tests.make_books import ANN, BANK, BEN, CAP, WORLD, hold, move, post, void

WORDS = st.lists(st.from_regex(r"[a-z0-9_]{1,40}", fullmatch=True), min_size=2, max_size=5)


class TestAccountName:
    @pytest.mark.parametrize(
        "text",
        [
            "custody:bank",
            "stl_01jq8z4m6x0c9v2k7t5n3h1b8w:bidder:0042",
            "a:b:c:d:e",
            "_:0",
            f"{'a' * 40}:{'b' * 40}",
        ],
    )
    def test_keeps_its_text(self, text):
        assert AccountName(text) == text

    @pytest.mark.parametrize(
        "text",
        [
            *("", "bank", ":", "a:", ":a", "a::b", "a:b:c:d:e:f", " a:b", "a:b ", "a:b\n", "a b:c"),
            *("Custody:bank", "custody：bank", "custody:银行", "custody:bänk", "custody:b-k", "custody:b.k", "a:１"),
            *(f"{'a' * 41}:b", f"b:{'a' * 41}"),
        ],
    )
    def test_refuses_any_other_text(self, text):
        with pytest.raises(NotAnAccountName):
            AccountName(text)

    @given(WORDS)
    def test_is_two_to_five_words(self, words):
        assert AccountName(":".join(words)).split(":") == words


class TestTransferId:
    @pytest.mark.parametrize(
        ("purpose", "text"),
        [
            ((), "trf_62wftfcthytv6sef3mjprwdzqd"),
            (("stl_1", "deposit", "0042"), "trf_4njgnqf8vnk36hj5m69hwaqrn3"),
            (("stl_1", "deposit", "0043"), "trf_060d02ebxd0vw6n0znb1a3bbpy"),
            (("退还", "保证金"), "trf_140yrnewjmk48n08sx8a182esy"),
        ],
    )
    def test_is_the_same_for_the_same_purpose_for_good(self, purpose, text):
        assert transfer_id(*purpose) == text

    @given(st.lists(st.text(st.characters(codec="ascii", categories=("L", "N"))), max_size=4))
    def test_is_the_beginning_of_the_hash_of_the_words(self, words):
        said = json.dumps(["mengkeju/transfer/v1", *words], separators=(",", ":"))
        number = int.from_bytes(hashlib.sha256(said.encode()).digest()[:16], "big")
        assert transfer_id(*words) == TransferId.from_number(number)

    def test_tells_words_apart_from_their_sum(self):
        said = [("ab", "c"), ("a", "bc"), ("abc",), ("a", "b", "c"), ("abc", ""), ("c", "ab")]
        assert len({transfer_id(*words) for words in said}) == len(said)

    @given(st.lists(st.text(), max_size=4))
    def test_is_an_identifier_of_transfers(self, words):
        assert isinstance(transfer_id(*words), TransferId)


class TestOrder:
    @pytest.mark.parametrize("kind", [Kind.POST, Kind.VOID])
    def test_of_a_resolution_names_its_hold(self, kind):
        with pytest.raises(AssertionError):
            make.order(kind, ANN, BEN, 1)

    @pytest.mark.parametrize("kind", [Kind.MOVE, Kind.HOLD])
    def test_of_anything_else_names_none(self, kind):
        with pytest.raises(AssertionError):
            make.order(kind, ANN, BEN, 1, hold=make.name())

    def test_is_published_with_its_amount_as_digits(self):
        one = move(BANK, ANN, 1_234)
        assert one.written() == {
            "id": one.id,
            "kind": "move",
            "debit": "custody:bank",
            "credit": "owner:ann",
            "amount_fen": "1234",
        }

    def test_is_published_in_order(self):
        one = hold(ANN, BEN, 5)
        assert [each["kind"] for each in written([one, post(one, 2), void(one)])] == ["hold", "post", "void"]

    def test_cannot_be_changed(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            move(BANK, ANN, 1).amount_fen = Fen(2)  # type: ignore[misc]

    def test_takes_any_amount_for_the_database_to_judge(self):
        assert Order(id=make.name(), kind=Kind.MOVE, debit=ANN, credit=BEN, amount_fen=Fen(0)).amount_fen == 0


class TestAccount:
    @pytest.mark.parametrize(
        ("account", "balance", "available"),
        [
            (make.account(ANN), 0, 0),
            (make.account(ANN, credits=(0, 500)), 500, 500),
            (make.account(ANN, debits=(100, 150), credits=(0, 500)), 350, 250),
            (make.account(ANN, debits=(0, 0), credits=(70, 500)), 500, 500),  # what is pending has not arrived
            (make.account(BANK, debits=(0, 500)), 500, 500),
            (make.account(BANK, debits=(70, 500), credits=(100, 150)), 350, 250),
            (make.account(CAP, debits=(0, 500), credits=(0, 500)), 0, 0),
            (make.account(WORLD, debits=(10, 500)), -500, -510),
            (make.account(WORLD, credits=(10, 500)), 500, 500),
        ],
    )
    def test_counts_on_its_own_side(self, account, balance, available):
        assert (account.balance_fen, account.available_fen) == (balance, available)
