"""Transfers as PostgreSQL makes them: every outcome, all or none, rivals, and what it refuses even to its owner."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from settlement.books import rules, service
from settlement.books.model import MOST, AccountName, Book, Kind, NewAccount, Order, Side
from settlement.books.store import engine as store
from tests import make_books as make
from tests.make_books import ANN, BANK, BEN, CAI, CAP, WORLD, Books, hold, move, post, together, void
from tests.world import START

NOBODY = AccountName("owner:nobody")
LARGEST = 2**63 - 1


@pytest.fixture
def books(world):
    books = Books(world)
    yield books
    assert books.prove() == []


def owner_of(world):
    return sa.make_url(world.database.api).username.removesuffix("_api") + "_owner"


def refused(books, *orders, reference=make.REFERENCE):
    """Order, and return the refusal; nothing has changed."""
    before = books.everything()
    with pytest.raises(Refusal) as caught:
        books.transfer(*orders, reference=reference)
    assert books.everything() == before
    return caught.value


class TestOpenAccounts:
    def test_opens_them_empty(self, books):
        assert books.account(ANN) == make.account(ANN)

    def test_does_nothing_the_second_time(self, books):
        books.pay_in(ANN, 5)
        with books.units.begin() as unit:
            service.open_accounts(unit, make.ACCOUNTS)
        assert books.standing(ANN) == (5, 5)

    @pytest.mark.parametrize(
        "other", [NewAccount(name=ANN, side=side, book=Book.QUOTA) for side in (Side.EITHER, Side.CREDIT)]
    )
    def test_refuses_another_account_of_the_name(self, books, other):
        with pytest.raises(rules.AccountDiffers) as caught, books.units.begin() as unit:
            service.open_accounts(unit, [NewAccount(name=NOBODY, side=Side.CREDIT), other])
        assert caught.value.facts == {"account": ANN}
        with pytest.raises(rules.NoSuchAccount):
            books.account(NOBODY)

    def test_refuses_a_list_that_contradicts_itself(self, books):
        with pytest.raises(rules.AccountDiffers), books.units.begin() as unit:
            service.open_accounts(unit, [NewAccount(name=NOBODY, side=Side.CREDIT, book=book) for book in Book])

    def test_takes_an_empty_list(self, books):
        with books.units.begin() as unit:
            service.open_accounts(unit, [])

    def test_two_rivals_open_the_same_accounts_once(self, books):
        new = [NewAccount(name=AccountName(f"many:a{number}"), side=Side.CREDIT) for number in range(20)]

        def open_them(order):
            with books.units.begin() as unit:
                service.open_accounts(unit, order)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(open_them, [new, new[::-1]] * 5))
        with books.units.look() as unit:
            assert len(service.names_under(unit, ["many"])) == 20


class TestReading:
    def test_finds_accounts_by_their_first_word_alone(self, books):
        new = ["stl_1:seller", "stl_1:bidder:0042", "stl_12:seller", "stlx1:seller", "other:stl_1"]
        with books.units.begin() as unit:
            service.open_accounts(unit, [NewAccount(name=AccountName(one), side=Side.CREDIT) for one in new])
            found = service.names_under(unit, ["stl_1"])
        assert found == ["stl_1:bidder:0042", "stl_1:seller"]

    def test_leaves_out_what_is_not_there(self, books):
        with books.units.look() as unit:
            assert list(service.accounts(unit, [NOBODY, ANN])) == [ANN]

    def test_refuses_an_account_that_is_not_there(self, books):
        with pytest.raises(rules.NoSuchAccount):
            books.account(NOBODY)

    def test_returns_the_transfers_of_a_reference_in_order(self, books):
        first, second, third = move(BANK, BEN, 3), move(BANK, ANN, 2), move(BANK, ANN, 1)
        made = [*books.transfer(first, second), *books.transfer(third)]
        books.transfer(move(BANK, ANN, 1), reference="another")
        with books.units.look() as unit:
            assert service.transfers_of(unit, make.REFERENCE) == made
            assert service.transfers_of(unit, "nothing") == []
        assert [one.id for one in made] == [first.id, second.id, third.id]


class TestTransfer:
    def test_moves_money(self, books):
        one = move(BANK, ANN, 500)
        assert books.transfer(one) == [make.made(one, debit_after=500, credit_after=500, recorded_at=START)]
        assert (books.standing(BANK), books.standing(ANN)) == ((500, 500), (500, 500))

    def test_takes_an_empty_list(self, books):
        assert books.transfer() == []

    def test_needs_a_reference(self, books):
        with pytest.raises(AssertionError):
            books.transfer(move(BANK, ANN, 1), reference="")

    def test_applies_each_order_after_the_one_before(self, books):
        paid, held = move(BANK, ANN, 500), hold(ANN, BEN, 500)
        made = books.transfer(paid, held)
        assert [one.debit_after_fen for one in made] == [500, 500]
        assert [one.credit_after_fen for one in made] == [500, 0]
        assert (books.standing(ANN), books.standing(BEN)) == ((500, 0), (0, 0))

    def test_refuses_the_same_orders_the_other_way_round(self, books):
        paid, held = move(BANK, ANN, 500), hold(ANN, BEN, 500)
        assert isinstance(refused(books, held, paid), rules.Overdrawn)

    def test_says_each_balance_on_the_accounts_own_side(self, books):
        books.pay_in(ANN, 500)
        [out] = books.transfer(move(ANN, BANK, 200))
        assert (out.debit_after_fen, out.credit_after_fen) == (300, 300)
        [granted] = books.transfer(move(WORLD, CAP, 70))
        assert (granted.debit_after_fen, granted.credit_after_fen) == (-70, 70)

    def test_lets_money_run_through_an_account_within_one_list(self, books):
        through = [move(BANK, ANN, 9), move(ANN, BEN, 9), move(BEN, CAI, 9), move(CAI, BANK, 9)]
        made = books.transfer(*through)
        assert [(one.debit_after_fen, one.credit_after_fen) for one in made] == [(9, 9), (0, 9), (0, 9), (0, 0)]

    def test_makes_a_long_list_in_order(self, books):
        books.pay_in(ANN, 1_000)
        orders = [move(*((ANN, BEN) if number % 3 else (BEN, ANN)), 1 + number % 5) for number in range(1, 200)]
        balances = {ANN: 1_000, BEN: 0}
        for order, made in zip(orders, books.transfer(*orders), strict=True):
            balances[order.debit] -= order.amount_fen
            balances[order.credit] += order.amount_fen
            assert (made.debit_after_fen, made.credit_after_fen) == (balances[order.debit], balances[order.credit])
        assert books.standing(ANN) == (balances[ANN],) * 2

    def test_leaves_nothing_when_the_unit_fails(self, books):
        before = books.everything()
        with pytest.raises(RuntimeError), books.units.begin() as unit:
            service.transfer(unit, [move(BANK, ANN, 1)], reference=make.REFERENCE, rule=make.RULE)
            raise RuntimeError
        assert books.everything() == before

    def test_leaves_the_unit_usable_when_it_refuses(self, books):
        with books.units.begin() as unit:
            with pytest.raises(rules.Overdrawn):
                service.transfer(unit, [move(ANN, BEN, 1)], reference=make.REFERENCE, rule=make.RULE)
            service.transfer(unit, [move(BANK, ANN, 1)], reference=make.REFERENCE, rule=make.RULE)
        assert books.standing(ANN) == (1, 1)


def not_positive(fen):
    return lambda: [move(BANK, ANN, fen)]


REFUSED = {
    "nothing": (not_positive(0), rules.NotPositive, {}),
    "less than nothing": (not_positive(-1), rules.NotPositive, {}),
    "to itself": (lambda: [move(ANN, ANN, 1)], rules.SameAccount, {}),
    "to itself, unknown": (lambda: [move(NOBODY, NOBODY, 1)], rules.SameAccount, {}),
    "from nobody": (lambda: [move(NOBODY, ANN, 1)], rules.NoSuchAccount, {"account": NOBODY}),
    "to nobody": (lambda: [hold(BANK, NOBODY, 1)], rules.NoSuchAccount, {"account": NOBODY}),
    "money for quota": (lambda: [move(BANK, CAP, 1)], rules.AcrossBooks, {}),
    "quota for money": (lambda: [hold(WORLD, ANN, 1)], rules.AcrossBooks, {}),
    "what nobody has": (lambda: [move(ANN, BEN, 1)], rules.Overdrawn, {"account": ANN}),
    "what is not in the bank": (lambda: [move(ANN, BANK, 1)], rules.Overdrawn, {"account": ANN}),
    "more out than in": (lambda: [move(WORLD, CAP, 5), move(CAP, WORLD, 6)], rules.Overdrawn, {"account": CAP}),
}


class TestRefuses:
    @pytest.mark.parametrize("case", REFUSED)
    def test_what_cannot_be(self, books, case):
        orders, reason, facts = REFUSED[case]
        orders = orders()
        refusal = refused(books, *orders)
        assert type(refusal) is reason
        assert refusal.facts == {"transfer": orders[-1].id} | facts

    def test_one_fen_too_much_and_no_more(self, books):
        books.pay_in(ANN, 500)
        assert isinstance(refused(books, move(ANN, BEN, 501)), rules.Overdrawn)
        books.transfer(move(ANN, BEN, 500))
        assert isinstance(refused(books, move(ANN, BEN, 1)), rules.Overdrawn)

    def test_one_fen_too_much_of_what_we_have(self, books):
        books.pay_in(ANN, 500)
        vault = NewAccount(name=AccountName("custody:vault"), side=Side.DEBIT)
        with books.units.begin() as unit:
            service.open_accounts(unit, [vault])
        refusal = refused(books, move(vault.name, BANK, 501))
        assert (type(refusal), refusal.facts["account"]) == (rules.Overdrawn, BANK)
        books.transfer(move(vault.name, BANK, 500))
        assert (books.standing(vault.name), books.standing(BANK)) == ((500, 500), (0, 0))

    def test_what_is_held(self, books):
        books.pay_in(ANN, 500)
        books.held(ANN, BEN, 200)
        assert isinstance(refused(books, move(ANN, CAI, 301)), rules.Overdrawn)
        books.transfer(move(ANN, CAI, 300))

    def test_what_has_not_arrived(self, books):
        books.pay_in(ANN, 500)
        books.held(ANN, BEN, 200)
        assert isinstance(refused(books, move(BEN, CAI, 1)), rules.Overdrawn)

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_all_where_one_cannot_be(self, books, place):
        orders = [move(BANK, ANN, 5), move(BANK, BEN, 5)]
        orders.insert(place, bad := move(CAI, ANN, 1))
        assert refused(books, *orders).facts["transfer"] == bad.id

    def test_for_the_first_order_that_cannot_be(self, books):
        orders = [move(BANK, ANN, 5), move(ANN, BEN, 6), move(ANN, ANN, 1), move(BANK, ANN, 0)]
        assert isinstance(refused(books, *orders), rules.Overdrawn)

    def test_says_of_the_others_that_nothing_is_wrong_with_them(self, books):
        orders = [move(BANK, ANN, 5), move(ANN, BEN, 6), move(BANK, CAI, 0)]
        assert outcomes(books, orders) == [("linked", None), ("overdrawn", ANN), ("linked", None)]

    @pytest.mark.parametrize("fen", [LARGEST + 1, 2**64, 10**30])
    def test_an_amount_beyond_counting(self, books, fen):
        refusal = refused(books, move(WORLD, CAP, fen))
        assert (type(refusal), refusal.facts["account"]) == (rules.Overflows, WORLD)

    def test_totals_beyond_counting(self, books):
        books.transfer(move(WORLD, CAP, LARGEST))
        assert books.standing(CAP) == (LARGEST, LARGEST)
        assert books.standing(WORLD)[0] == -LARGEST
        assert isinstance(refused(books, move(WORLD, CAP, 1)), rules.Overflows)
        assert isinstance(refused(books, hold(CAP, WORLD, 1), hold(CAP, WORLD, LARGEST)), rules.Overflows)
        books.transfer(move(CAP, WORLD, LARGEST))
        assert books.standing(CAP) == (0, 0)

    def test_an_overflow_before_an_overdraft(self, books):
        assert isinstance(refused(books, move(ANN, BANK, LARGEST + 1)), rules.Overflows)


def outcomes(books, orders, reference=make.REFERENCE):
    """What the function says of each order of a chain."""
    whole = [*(replace(one, linked=True) for one in orders[:-1]), orders[-1]]
    with books.units.begin() as unit:
        said = store.make(unit, whole, reference=reference, rule=make.RULE, at=START, burning=False)
    return [(one.outcome, one.detail) for one in said]


CHANGES = {
    "kind": {"kind": Kind.HOLD},
    "debit": {"debit": CAI},
    "credit": {"credit": CAI},
    "amount_fen": {"amount_fen": Fen(6)},
}


class TestRepeat:
    def test_answers_what_was_made_and_changes_nothing(self, books, world):
        orders = [move(BANK, ANN, 5), held := hold(ANN, BEN, 4), post(held, 3)]
        first = books.transfer(*orders)
        books.pay_in(ANN, 100)
        before = books.everything()
        world.move(START.replace(hour=9))
        assert books.transfer(*orders) == first
        assert books.transfer(orders[2], orders[0]) == [first[2], first[0]]
        assert books.everything() == before
        assert {word for word, _ in outcomes(books, orders)} == {"exists"}

    @pytest.mark.parametrize("field", CHANGES)
    def test_refuses_another_transfer_of_the_name(self, books, field):
        books.pay_in(ANN, 50)
        one = move(ANN, BEN, 5)
        books.transfer(one)
        refusal = refused(books, replace(one, **CHANGES[field]))
        assert type(refusal) is rules.TransferDiffers
        assert refusal.facts == {"transfer": one.id, "field": field}

    def test_refuses_it_for_another_reference(self, books):
        one = books.pay_in(ANN, 5)
        assert refused(books, one, reference="another").facts["field"] == "reference"

    def test_refuses_a_resolution_of_another_hold(self, books):
        books.pay_in(ANN, 50)
        one, other = books.held(ANN, BEN, 5), books.held(ANN, BEN, 5)
        books.transfer(resolution := post(one))
        assert refused(books, replace(resolution, hold=other.id)).facts["field"] == "hold"
        assert refused(books, replace(resolution, kind=Kind.VOID)).facts["field"] == "kind"
        assert refused(books, replace(resolution, kind=Kind.MOVE, hold=None)).facts["field"] == "kind"

    def test_names_the_first_field_that_differs(self, books):
        one = books.pay_in(ANN, 5)
        assert refused(books, replace(one, credit=BEN, amount_fen=Fen(0)), reference="x").facts["field"] == "credit"

    def test_comes_before_what_would_be_wrong_by_now(self, books):
        books.pay_in(ANN, 5)
        books.transfer(spent := move(ANN, BEN, 5))
        assert outcomes(books, [spent]) == [("exists", None)]

    def test_is_made_beside_what_is_new(self, books):
        one = books.pay_in(ANN, 5)
        made = books.transfer(one, new := move(ANN, BEN, 5))
        assert [(each.id, each.debit_after_fen) for each in made] == [(one.id, 5), (new.id, 0)]
        assert books.standing(BANK) == (5, 5)

    def test_within_one_list_is_made_once(self, books):
        one = move(BANK, ANN, 5)
        first, second = books.transfer(one, one)
        assert first == second
        assert books.standing(ANN) == (5, 5)

    def test_within_one_list_is_refused_when_it_differs(self, books):
        one = move(BANK, ANN, 5)
        refusal = refused(books, one, replace(one, amount_fen=Fen(6)))
        assert (type(refusal), refusal.facts["field"]) == (rules.TransferDiffers, "amount_fen")

    def test_of_what_was_refused_is_judged_anew(self, books):
        one = move(ANN, BEN, 5)
        assert isinstance(refused(books, one), rules.Overdrawn)
        books.pay_in(ANN, 5)
        books.transfer(one)
        assert books.standing(BEN) == (5, 5)


class TestHold:
    @pytest.fixture
    def held(self, books):
        books.pay_in(ANN, 500)
        return books.held(ANN, BEN, 200)

    def test_sets_aside_and_does_not_arrive(self, books, held):
        assert (books.standing(ANN), books.standing(BEN)) == ((500, 300), (0, 0))
        assert books.account(BEN).credits_pending_fen == 200

    def test_arrives_when_posted(self, books, held):
        [made] = books.transfer(post(held))
        assert (made.debit_after_fen, made.credit_after_fen) == (300, 200)
        assert (books.standing(ANN), books.standing(BEN)) == ((300, 300), (200, 200))
        assert books.account(ANN).debits_pending_fen == books.account(BEN).credits_pending_fen == 0

    @pytest.mark.parametrize("fen", [1, 199])
    def test_returns_the_rest_when_part_is_posted(self, books, held, fen):
        books.transfer(post(held, fen))
        assert (books.standing(ANN), books.standing(BEN)) == ((500 - fen,) * 2, (fen,) * 2)
        assert isinstance(refused(books, post(held, 200 - fen)), rules.HoldResolved)

    def test_returns_when_voided(self, books, held):
        [made] = books.transfer(void(held))
        assert (made.amount_fen, made.debit_after_fen, made.credit_after_fen) == (200, 500, 0)
        assert (books.standing(ANN), books.standing(BEN)) == ((500, 500), (0, 0))

    @pytest.mark.parametrize("first", [post, void])
    @pytest.mark.parametrize("second", [post, void])
    def test_is_resolved_once(self, books, held, first, second):
        books.transfer(first(held))
        refusal = refused(books, again := second(held))
        assert type(refusal) is rules.HoldResolved
        assert refusal.facts == {"transfer": again.id, "hold": held.id}

    @pytest.mark.parametrize("first", [post, void])
    @pytest.mark.parametrize("second", [post, void])
    def test_is_resolved_once_within_a_list(self, books, held, first, second):
        assert isinstance(refused(books, first(held), second(held)), rules.HoldResolved)

    def test_may_be_posted_in_the_list_that_makes_it(self, books):
        one = hold(ANN, BEN, 200)
        books.transfer(move(BANK, ANN, 500), one, post(one, 150), move(BEN, CAI, 150))
        assert [books.standing(name)[0] for name in (ANN, BEN, CAI)] == [350, 0, 150]

    def test_gives_back_in_time_for_what_follows(self, books, held):
        books.transfer(void(held), move(ANN, CAI, 500))
        assert books.standing(ANN) == (0, 0)

    def test_must_come_before_what_resolves_it(self, books):
        books.pay_in(ANN, 500)
        one = hold(ANN, BEN, 200)
        assert isinstance(refused(books, post(one), one), rules.NoSuchHold)

    def test_must_be_there(self, books):
        books.pay_in(ANN, 500)
        assert isinstance(refused(books, void(hold(ANN, BEN, 1))), rules.NoSuchHold)

    def test_must_be_a_hold(self, books, held):
        moved = books.pay_in(ANN, 5)
        books.transfer(posted := post(held))
        for one in (moved, posted):
            again = Order(
                id=make.name(), kind=Kind.VOID, debit=one.debit, credit=one.credit, amount_fen=Fen(1), hold=one.id
            )
            assert isinstance(refused(books, again), rules.NotAHold)

    @pytest.mark.parametrize("resolve", [post, void])
    @pytest.mark.parametrize(("field", "other"), [("debit", CAI), ("credit", CAI), ("credit", NOBODY)])
    def test_is_repeated_by_what_resolves_it(self, books, held, resolve, field, other):
        refusal = refused(books, one := resolve(held, **{field: other}))
        assert type(refusal) is rules.HoldDiffers
        assert refusal.facts == {"transfer": one.id, "field": field, "hold": held.id}

    @pytest.mark.parametrize("resolve", [post, void])
    def test_bounds_what_resolves_it(self, books, held, resolve):
        assert isinstance(refused(books, resolve(held, amount_fen=Fen(201))), rules.ExceedsHold)
        assert isinstance(refused(books, resolve(held, amount_fen=Fen(10**30))), rules.ExceedsHold)
        assert isinstance(refused(books, resolve(held, amount_fen=Fen(-1))), rules.NotPositive)

    def test_lets_nothing_arrive_of_it(self, books, held):
        [made] = books.transfer(post(held, 0))
        assert made.amount_fen == 0
        assert (books.standing(ANN), books.standing(BEN)) == ((500, 500), (0, 0))

    def test_lets_all_of_it_arrive(self, books, held):
        [made] = books.transfer(one := post(held, MOST))
        assert made.amount_fen == 200
        assert books.transfer(one) == books.transfer(replace(one, amount_fen=Fen(200))) == [made]

    def test_is_voided_as_a_whole(self, books, held):
        refusal = refused(books, void(held, amount_fen=Fen(199)))
        assert (type(refusal), refusal.facts["field"]) == (rules.HoldDiffers, "amount_fen")

    def test_five_of_six_fit_a_balance_of_five(self, books):
        books.pay_in(ANN, 5_000)
        assert isinstance(refused(books, *(hold(ANN, BEN, 1_000) for _ in range(6))), rules.Overdrawn)
        accepted = []
        for _ in range(6):
            try:
                accepted += books.transfer(hold(ANN, BEN, 1_000))
            except rules.Overdrawn:
                continue
        assert len(accepted) == 5
        assert books.standing(ANN) == (5_000, 0)


class TestRivals:
    @pytest.mark.parametrize("second", [post, void])
    def test_resolve_a_hold_once(self, books, second):
        books.pay_in(ANN, 500)
        for _ in range(10):
            held = books.held(ANN, BEN, 10)
            said = together(*(lambda one=one: books.transfer(one) for one in (post(held), second(held))))
            assert sorted(type(one).__name__ for one in said) == ["HoldResolved", "list"]

    def test_spend_a_balance_once(self, books):
        for _ in range(5):
            books.pay_in(ANN, 100)
            said = together(*(lambda to=to: books.transfer(move(ANN, to, 100)) for to in (BEN, CAI, BEN, CAI)))
            assert sorted(type(one).__name__ for one in said) == ["Overdrawn"] * 3 + ["list"]

    def test_hear_the_same_of_one_order(self, books):
        one = move(BANK, ANN, 5)
        said = together(*([lambda: books.transfer(one)] * 6))
        assert all(each == said[0] for each in said)
        assert books.standing(ANN) == (5, 5)

    def test_make_one_of_two_transfers_of_a_name(self, books):
        for _ in range(5):
            one = move(BANK, ANN, 5)
            other = move(WORLD, CAP, 5, id=one.id)
            said = together(lambda one=one: books.transfer(one), lambda other=other: books.transfer(other))
            assert sorted(type(each).__name__ for each in said) == ["TransferDiffers", "list"]
            [refusal] = [each for each in said if isinstance(each, Refusal)]
            assert refusal.facts["field"] == "debit"

    def test_wait_and_then_see_what_was_left(self, books):
        """The second has begun before the first is over, and reads only after it has the lock."""
        books.pay_in(ANN, 100)
        with ThreadPoolExecutor(1) as pool, books.units.begin() as unit:
            service.transfer(unit, [move(ANN, BEN, 60)], reference=make.REFERENCE, rule=make.RULE)
            late = pool.submit(books.transfer, move(ANN, CAI, 60))
            with pytest.raises(TimeoutError):
                late.result(timeout=0.3)
            unit.connection.commit()
            assert isinstance(late.exception(timeout=10), rules.Overdrawn)

    def test_eight_go_to_and_fro_without_a_deadlock(self, books):
        books.pay_in(ANN, 100)
        books.pay_in(BEN, 100)

        def go(seed):
            made = 0
            for turn in range(15):
                one, other = (ANN, BEN) if (seed + turn) % 2 else (BEN, ANN)
                orders = [move(one, other, 30), move(other, CAI, 1), hold(CAI, one, 1), move(BANK, other, 2)]
                try:
                    made += len(books.transfer(*orders))
                except rules.Overdrawn:
                    continue
            return made

        made = together(*(lambda seed=seed: go(seed) for seed in range(8)))
        assert all(isinstance(each, int) for each in made)
        total = sum(books.standing(name)[0] for name in (ANN, BEN, CAI))
        assert total == books.standing(BANK)[0] == 200 + sum(made) // 4 * 2


VALUES = "('x', 'move', 'custody:bank', 'owner:ann', 1, 'r', now(), 0, 0)"
COLUMNS = "id, kind, debit, credit, amount_fen, reference, recorded_at, debit_after_fen, credit_after_fen"
FOR_GOOD = [
    "UPDATE transfer SET amount_fen = amount_fen + 1",
    "DELETE FROM transfer",
    "TRUNCATE transfer",
    "UPDATE account SET side = 'either'",
    "UPDATE account SET book = 'quota', debits_posted_fen = debits_posted_fen",
    "UPDATE account SET name = 'owner:me' WHERE name = 'owner:cai'",
    "DELETE FROM account",
    "TRUNCATE account CASCADE",
]
WRITES = [
    *FOR_GOOD,
    f"INSERT INTO transfer ({COLUMNS}) VALUES {VALUES}",
    "UPDATE account SET credits_posted_fen = credits_posted_fen + 1",
    "INSERT INTO account (name, side, book, credits_posted_fen) VALUES ('owner:me', 'credit', 'money', 5)",
    "INSERT INTO account (name, side, book, credits_posted_fen) VALUES ('owner:me', 'credit', 'money', 0)",
    "SELECT name FROM account FOR UPDATE",
]


def add(fen, **totals):
    """The statement that adds to some totals, each of one account."""
    terms = [f"{total} = {total} + CASE name WHEN '{name}' THEN {fen} ELSE 0 END" for total, name in totals.items()]
    return f"UPDATE account SET {', '.join(terms)}"


UNBALANCED = {
    "a credit alone": add(1, credits_posted_fen=ANN),
    "a debit alone": add(1, debits_posted_fen=BANK),
    "a hold that sets nothing aside": add(1, credits_pending_fen=ANN),
    "as much in one book as in the other": add(1, debits_posted_fen=WORLD, credits_posted_fen=ANN),
    "as much posted as pending": add(1, debits_posted_fen=BANK, credits_pending_fen=ANN),
    "an account that opens with money": (
        "INSERT INTO account (name, side, book, credits_posted_fen) VALUES ('owner:me', 'credit', 'money', 5)"
    ),
    "an account that opens in balance": (
        "INSERT INTO account (name, side, book, debits_posted_fen, credits_posted_fen)"
        " VALUES ('owner:me', 'either', 'money', 5, 5)"
    ),
}
LAWFUL = {
    "place": 1,
    "chain": 1,
    "id": "t",
    "kind": "move",
    "debit": "custody:bank",
    "credit": "owner:ann",
    "amount_fen": 1,
    "reference": "r",
    "rule": "r@1",
    "note": "",
    "request_hash": "0" * 64,
}
NO_ORDERS = [
    *({key: None} for key in LAWFUL if key != "place"),
    *({key: ""} for key in ("id", "debit", "credit", "reference")),
    {"amount_fen": 1.5},
    {"kind": "give"},
    {"kind": "post"},
    {"hold": "t"},
    {"clip": "debit", "reverses": "t"},
    {"closes": "debit"},
    {"expires_at": "2027-01-01T00:00:00Z"},
    {"kind": "hold", "expires_at": "2027-01-01T00:00:00Z"},
    {"kind": "hold", "reverses": "t"},
    {"request_hash": "0" * 63},
]


def refuses(connection, statement, error, words):
    with pytest.raises(error, match=words), connection.begin_nested():
        connection.execute(sa.text(statement))


class TestDatabase:
    """What is refused whatever a program says."""

    @pytest.fixture(autouse=True)
    def something(self, books):
        books.pay_in(ANN, 500)
        books.held(ANN, BEN, 100)

    def test_lets_the_api_write_nothing_itself(self, world):
        engine = sa.create_engine(world.database.api, poolclass=sa.NullPool)
        with engine.connect() as connection:
            for statement in WRITES:
                refuses(connection, statement, sa.exc.ProgrammingError, "permission denied")

    @pytest.mark.parametrize("role", ["sequencer", "auditor"])
    def test_gives_the_other_roles_nothing(self, world, role):
        engine = sa.create_engine(getattr(world.database, role), poolclass=sa.NullPool)
        with engine.connect() as connection:
            for source in ("account", "transfer", "make_transfers('[]', now(), false)"):
                refuses(connection, f"SELECT * FROM {source}", sa.exc.ProgrammingError, "permission denied")

    @pytest.mark.parametrize("who", ["owner", "administrator"])
    def test_keeps_everything_for_good(self, world, admin, who):
        if who == "owner":
            admin.execute(sa.text(f'SET ROLE "{owner_of(world)}"'))
        for statement in FOR_GOOD:
            refuses(admin, statement, sa.exc.ProgrammingError, "append-only")

    @pytest.mark.parametrize("who", ["owner", "administrator"])
    def test_refuses_what_does_not_balance(self, world, admin, who):
        if who == "owner":
            admin.execute(sa.text(f'SET ROLE "{owner_of(world)}"'))
        for statement in UNBALANCED.values():
            refuses(admin, statement, sa.exc.IntegrityError, "must balance")

    def test_refuses_an_overdraft_that_balances(self, admin):
        posted = add(401, debits_posted_fen=ANN, credits_posted_fen=BEN)
        pending = add(401, debits_pending_fen=ANN, credits_pending_fen=BEN)
        for statement in (posted, pending):
            refuses(admin, statement, sa.exc.IntegrityError, "ck_account_credit_side")
        drawn = add(501, debits_posted_fen=CAI, credits_posted_fen=BANK)
        refuses(admin, drawn, sa.exc.IntegrityError, "ck_account_(debit|credit)_side")

    def test_refuses_a_second_resolution_to_the_owner(self, admin, books):
        books.transfer(void(one := books.held(ANN, BEN, 5)))
        values = f"('x', 'post', 'owner:ann', 'owner:ben', 5, 'r', now(), 0, 0, '{one.id}')"
        statement = f"INSERT INTO transfer ({COLUMNS}, hold) VALUES {values}"
        refuses(admin, statement, sa.exc.IntegrityError, "uq_transfer_hold")

    def test_makes_nothing_of_what_is_no_order(self, world):
        engine = sa.create_engine(world.database.api, poolclass=sa.NullPool)
        with engine.connect() as connection:
            for changes in NO_ORDERS:
                orders = json.dumps([LAWFUL | changes])
                statement = f"SELECT * FROM make_transfers('{orders}', now(), false)"
                refuses(connection, statement, sa.exc.DataError, "not a list of orders")
            refuses(connection, "SELECT * FROM make_transfers('[]', now(), false)", sa.exc.DataError, "not a list")

    def test_makes_nothing_in_a_snapshot_older_than_its_locks(self, books):
        with pytest.raises(sa.exc.NotSupportedError, match="READ COMMITTED"), books.units.read() as unit:
            service.transfer(unit, [move(BANK, ANN, 1)], reference=make.REFERENCE, rule=make.RULE)


TAMPERED = {
    "UPDATE transfer SET amount_fen = 499 WHERE kind = 'move'": "its totals are",
    "UPDATE transfer SET debit_after_fen = 1 WHERE kind = 'move'": "stood at 500 afterwards, not at 1",
    "DELETE FROM transfer WHERE kind = 'hold'": "resolves no hold",
    "UPDATE transfer SET amount_fen = 4 WHERE kind = 'post'": "is of 4, its hold of 3",
    "UPDATE account SET debits_posted_fen = debits_posted_fen + 1 WHERE name = 'custody:bank'": "the book of money",
    "DELETE FROM account WHERE name = 'owner:ben'": "there is no account owner:ben",
}


class TestProve:
    @pytest.mark.parametrize("statement", TAMPERED)
    def test_finds_what_was_changed_behind_the_triggers(self, world, admin, statement):
        books = Books(world)
        books.pay_in(ANN, 500)
        books.transfer(one := hold(ANN, BEN, 3), post(one, 2))
        assert books.prove() == []
        admin.execute(sa.text("SET session_replication_role = replica"))
        admin.execute(sa.text(statement))
        admin.commit()
        assert any(TAMPERED[statement] in finding for finding in books.prove())

    def test_reads_more_than_fits_in_memory_at_once(self, books):
        books.transfer(*(move(BANK, ANN, 1) for _ in range(2_500)))
        assert books.prove() == []
