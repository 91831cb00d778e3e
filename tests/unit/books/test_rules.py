"""The refusals speak for themselves, and the proof finds every way in which books can be wrong."""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.kernel.errors import Kind as Reason
from ledger.kernel.money import Fen
from settlement.books import rules
from settlement.books.model import AccountName, Kind
from tests import make_books as make
from tests.make_books import ANN, BANK, BEN, CAP, WORLD, hold, made, move, post, void

CODES = {
    "books/transfer-differs": Reason.CONFLICT,
    "books/already-failed": Reason.CONFLICT,
    "books/not-positive": Reason.MALFORMED,
    "books/past-expiry": Reason.CONFLICT,
    "books/same-account": Reason.MALFORMED,
    "books/no-such-account": Reason.NOT_FOUND,
    "books/across-books": Reason.CONFLICT,
    "books/no-such-transfer": Reason.NOT_FOUND,
    "books/reversal-differs": Reason.CONFLICT,
    "books/already-reversed": Reason.CONFLICT,
    "books/no-such-hold": Reason.NOT_FOUND,
    "books/not-a-hold": Reason.CONFLICT,
    "books/hold-differs": Reason.CONFLICT,
    "books/exceeds-hold": Reason.CONFLICT,
    "books/hold-expired": Reason.CONFLICT,
    "books/hold-resolved": Reason.CONFLICT,
    "books/hold-not-due": Reason.CONFLICT,
    "books/account-closed": Reason.CONFLICT,
    "books/overflows": Reason.CONFLICT,
    "books/overdrawn": Reason.CONFLICT,
}


class TestRefusal:
    def test_codes_and_their_order(self):
        assert [(one.code(), one.kind) for one in rules.REFUSALS] == list(CODES.items())

    @pytest.mark.parametrize("code", CODES)
    def test_is_what_the_database_means(self, code):
        one = move(ANN, BEN, 5)
        refusal = rules.refusal(one, code.removeprefix("books/"), None)
        assert (refusal.code(), refusal.facts) == (code, {"transfer": one.id})
        assert refusal.detail
        assert type(refusal).zh

    @pytest.mark.parametrize(
        ("outcome", "fact"),
        [
            ("transfer-differs", "field"),
            ("hold-differs", "field"),
            ("no-such-account", "account"),
            ("overflows", "account"),
            ("overdrawn", "account"),
        ],
    )
    def test_names_the_field_or_the_account(self, outcome, fact):
        assert rules.refusal(move(ANN, BEN, 5), outcome, "x").facts[fact] == "x"

    @pytest.mark.parametrize("outcome", ["no-such-hold", "hold-differs", "exceeds-hold", "hold-resolved"])
    def test_names_the_hold(self, outcome):
        held = hold(ANN, BEN, 5)
        assert rules.refusal(post(held), outcome, None).facts["hold"] == held.id

    @pytest.mark.parametrize("outcome", ["ok", "exists", "linked", "", "differs"])
    def test_does_not_guess(self, outcome):
        with pytest.raises(AssertionError):
            rules.refusal(move(ANN, BEN, 5), outcome, None)


PAID = move(BANK, ANN, 500)
HELD, OPEN = hold(ANN, BEN, 200), hold(ANN, BEN, 50)
POSTED = post(HELD, 120)
TRANSFERS = [
    made(PAID, debit_after=500, credit_after=500),
    made(HELD, debit_after=500),
    made(OPEN, debit_after=500),
    made(POSTED, debit_after=380, credit_after=120),
]
ACCOUNTS = [
    make.account(BANK, debits=(0, 500)),
    make.account(ANN, debits=(50, 120), credits=(0, 500)),
    make.account(BEN, credits=(50, 120)),
    make.account(CAP),
    make.account(WORLD),
]


def changed(place, **changes):
    """The transfers, one of them otherwise."""
    return [replace(one, **changes) if at == place else one for at, one in enumerate(TRANSFERS)]


def found(accounts=ACCOUNTS, transfers=TRANSFERS):
    return "\n".join(rules.differences(accounts, transfers))


class TestDifferences:
    def test_finds_nothing_in_sound_books(self):
        assert found() == ""

    def test_finds_nothing_in_empty_books(self):
        assert rules.differences([], []) == []

    @pytest.mark.parametrize(
        ("place", "changes", "words"),
        [
            (0, {"amount_fen": Fen(499)}, "custody:bank: its totals are [0, 500, 0, 0], its transfers amount to"),
            (0, {"debit_after_fen": 499}, f"{PAID.id}: custody:bank stood at 500 afterwards, not at 499"),
            (3, {"credit_after_fen": 119}, f"{POSTED.id}: owner:ben stood at 120 afterwards, not at 119"),
            (0, {"credit": CAP}, f"{PAID.id}: goes from one book to another"),
            (0, {"credit": AccountName("owner:nobody")}, f"{PAID.id}: there is no account owner:nobody"),
            (1, {"amount_fen": Fen(119)}, f"{POSTED.id}: is of 120, its hold of 119"),
            (1, {"credit": BANK}, f"{POSTED.id}: is of other accounts than its hold"),
            (1, {"kind": Kind.MOVE}, f"{POSTED.id}: resolves no hold made before it"),
            (2, {"amount_fen": Fen(51)}, "owner:ann: its totals are [50, 120, 0, 500]"),
            (3, {"kind": Kind.VOID}, f"{POSTED.id}: is of 120, its hold of 200"),
            (3, {"hold": make.name()}, f"{POSTED.id}: resolves no hold made before it"),
            (3, {"hold": None}, f"{POSTED.id}: resolves no hold made before it"),
        ],
    )
    def test_finds_a_transfer_that_was_changed(self, place, changes, words):
        assert words in found(transfers=changed(place, **changes))

    @pytest.mark.parametrize("place", range(4))
    def test_finds_a_transfer_that_is_missing(self, place):
        assert found(transfers=[one for at, one in enumerate(TRANSFERS) if at != place])

    @pytest.mark.parametrize("resolve", [post, void])
    def test_finds_a_second_resolution(self, resolve):
        again = made(resolve(HELD), debit_after=380, credit_after=120)
        assert f"{again.id}: resolves a hold for the second time" in found(transfers=[*TRANSFERS, again])

    def test_finds_a_resolution_before_its_hold(self):
        assert f"{POSTED.id}: resolves no hold" in found(transfers=[TRANSFERS[place] for place in (0, 3, 1, 2)])

    @pytest.mark.parametrize("place", range(3))
    @pytest.mark.parametrize(
        "total", ["debits_pending_fen", "debits_posted_fen", "credits_pending_fen", "credits_posted_fen"]
    )
    def test_finds_a_total_that_was_changed(self, place, total):
        one = ACCOUNTS[place]
        accounts = [*ACCOUNTS[:place], replace(one, **{total: getattr(one, total) + 1}), *ACCOUNTS[place + 1 :]]
        words = found(accounts=accounts)
        assert f"{one.name}: its totals are" in words
        assert "the book of money: debits are" in words

    def test_finds_an_overdraft(self):
        spent = made(move(ANN, BEN, 331), debit_after=49, credit_after=451)
        accounts = [
            ACCOUNTS[0],
            make.account(ANN, debits=(50, 451), credits=(0, 500)),
            make.account(BEN, credits=(50, 451)),
        ]
        assert found(accounts, [*TRANSFERS, spent]) == f"{spent.id}: overdraws owner:ann"

    def test_lets_the_outside_world_stand_either_way(self):
        granted = made(move(WORLD, CAP, 9), debit_after=-9, credit_after=9)
        assert found([make.account(WORLD, debits=(0, 9)), make.account(CAP, credits=(0, 9))], [granted]) == ""

    @given(st.sampled_from([0, 2, 3]), st.sampled_from([-1, 1]))
    def test_finds_any_amount_that_is_one_off(self, place, by):
        """But for a hold that was posted in part: what it once set aside is told by nothing else."""
        assert found(transfers=changed(place, amount_fen=Fen(TRANSFERS[place].amount_fen + by)))
