"""What the books' engine says of lists of orders: expiry, chains, clips, closing, reversal, names used up, rivals."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from settlement.books import rules, service
from settlement.books.model import MOST, AccountName, Ends, Kind, expiry_of
from settlement.books.store import engine as store
from tests import make_books as make
from tests.make_books import ANN, BANK, BEN, CAI, CAP, WORLD, Books, back, expire, hold, move, post, together, void
from tests.world import START

NOBODY = AccountName("owner:nobody")
MOMENT = timedelta(microseconds=1)
NOON = START + timedelta(hours=3)


@pytest.fixture
def books(world):
    books = Books(world)
    books.transfer(move(BANK, ANN, 500), move(BANK, BEN, 100), move(WORLD, CAP, 50))
    yield books
    assert books.prove() == []


@pytest.fixture
def held(books):
    """200 of Ann's 500 for Ben, until noon."""
    books.transfer(one := hold(ANN, BEN, 200, expires_at=NOON))
    return one


class TestExpiry:
    @pytest.mark.parametrize("resolve", [post, void])
    @pytest.mark.parametrize(
        ("late", "heard"), [(-MOMENT, "ok"), (0 * MOMENT, "hold-expired"), (MOMENT, "hold-expired")]
    )
    def test_comes_at_its_very_instant(self, world, books, held, resolve, late, heard):
        world.move(NOON + late)
        assert books.hears(resolve(held)) == [heard]

    @pytest.mark.parametrize(("late", "heard"), [(-MOMENT, "hold-not-due"), (0 * MOMENT, "exists"), (MOMENT, "exists")])
    def test_is_made_before_whoever_asks_for_it(self, world, books, held, late, heard):
        world.move(NOON + late)
        assert books.hears(expire(held)) == [heard]

    def test_is_called_what_it_is_called(self, world, books, held):
        world.move(NOON)
        assert books.hears(expire(held, id=make.name())) == ["hold-expired"]
        assert books.hears(expire(held), reference="another") == ["exists"]  # whoever looks first gives it back

    @pytest.mark.parametrize(("late", "available"), [(-MOMENT, 300), (0 * MOMENT, 500)])
    def test_gives_back_in_time_for_the_same_call(self, world, books, held, late, available):
        world.move(NOON + late)
        assert books.hears(move(ANN, CAI, available + 1)) == [f"overdrawn {ANN}"]
        assert books.hears(move(ANN, CAI, available)) == ["ok"]

    def test_gives_back_on_an_account_that_nobody_asked_for(self, world, books, held):
        world.move(NOON)
        assert books.hears(move(BEN, CAI, 1)) == ["ok"]
        assert books.standing(ANN) == (500, 500)

    def test_waits_where_nobody_touches_it(self, world, books, held):
        world.move(NOON)
        books.transfer(move(BANK, CAI, 1))
        assert books.standing(ANN) == (500, 300)

    def test_is_a_transfer_like_any_other(self, world, books, held):
        world.move(NOON + timedelta(minutes=1))
        books.transfer(move(ANN, CAI, 1), reference="another")
        with books.units.look() as unit:
            one = service.transfers_of(unit, make.REFERENCE)[-1]
        assert (one.id, one.kind, one.hold, one.amount_fen) == (expiry_of(held.id), Kind.EXPIRE, held.id, 200)
        assert (one.rule, one.recorded_at) == (make.RULE, NOON + timedelta(minutes=1))
        assert (one.debit_after_fen, one.credit_after_fen) == (500, 100)

    @pytest.mark.parametrize(
        ("later", "heard"), [(-MOMENT, "past-expiry"), (0 * MOMENT, "past-expiry"), (MOMENT, "ok")]
    )
    def test_is_later_than_the_hold(self, books, later, heard):
        assert books.hears(hold(ANN, BEN, 1, expires_at=START + later)) == [heard]

    @pytest.mark.parametrize("resolve", [post, void])
    def test_is_not_of_what_is_resolved(self, world, books, held, resolve):
        books.transfer(one := resolve(held))
        world.move(NOON)
        assert self.sweep(books) == (0, None)
        assert books.hears(one, expire(held)) == ["exists", "hold-resolved"]

    def test_is_not_of_what_is_resolved_in_its_own_list(self, world, books):
        books.transfer(one := hold(ANN, BEN, 5, expires_at=NOON), post(one))
        world.move(NOON)
        assert self.sweep(books) == (0, None)

    def test_is_swept_up_the_earliest_first(self, world, books):
        instants = [NOON + timedelta(hours=hour) for hour in (2, 0, 1)]
        books.transfer(*(hold(ANN, BEN, 10 + place, expires_at=at) for place, at in enumerate(instants)))
        assert self.sweep(books) == (0, NOON)
        world.move(instants[2])
        assert self.sweep(books, at_most=1) == (1, instants[2])
        assert books.account(ANN).debits_pending_fen == 22
        assert self.sweep(books) == (1, instants[0])
        assert books.account(ANN).debits_pending_fen == 10

    def test_lets_two_sweepers_and_a_buyer_go_at_once(self, world, books):
        for minute in range(5):
            at = NOON + timedelta(minutes=minute)
            books.transfer(one := hold(ANN, BEN, 500, expires_at=at))
            world.move(at)
            said = together(
                lambda: self.sweep(books), lambda: self.sweep(books), lambda one=one: books.hears(post(one))
            )
            assert said[2] == ["hold-expired"]
        assert books.standing(ANN) == (500, 500)

    @staticmethod
    def sweep(books, at_most=100):
        with books.units.begin() as unit:
            return service.expire(unit, at_most=at_most), service.next_expiry(unit)


class TestChains:
    def test_stand_or_fall_each_by_itself(self, books):
        orders = [
            *(move(ANN, CAI, 400, linked=True), move(ANN, CAI, 101)),  # falls
            *(move(ANN, CAI, 300, linked=True), move(CAI, BEN, 300)),  # stands
            move(ANN, CAI, 201),  # falls
            move(ANN, CAI, 200),  # stands
        ]
        assert books.hears(*orders) == ["linked", f"overdrawn {ANN}", "ok", "ok", f"overdrawn {ANN}", "ok"]
        assert [books.standing(name)[0] for name in (ANN, BEN, CAI)] == [0, 400, 200]

    def test_say_of_each_transfer_which_chain_it_stood_in(self, books):
        orders = [move(ANN, BEN, 1, linked=True), move(ANN, BEN, 1), move(ANN, BEN, 1)]
        assert [one.made.chain for one in books.submit(*orders)] == [orders[0].id, orders[0].id, None]

    @pytest.mark.parametrize("wrong", range(3))
    def test_say_which_order_was_wrong(self, books, wrong):
        orders = [move(ANN, CAI, 1, linked=place < 2) for place in range(3)]
        orders[wrong] = replace(orders[wrong], amount_fen=Fen(0))
        expected = ["linked"] * 3
        expected[wrong] = "not-positive"
        assert books.hears(*orders) == expected

    @pytest.mark.parametrize("length", [1, 2, 3])
    def test_are_not_made_when_they_are_left_open(self, books, length):
        whole, left = move(ANN, CAI, 1), [move(ANN, CAI, 1, linked=True) for _ in range(length)]
        assert books.hears(whole, *left) == ["ok", *["linked"] * (length - 1), "chain-open"]
        assert books.hears(*(replace(one, linked=False) for one in left)) == ["ok"] * length  # no name is used up

    def test_may_repeat_what_was_made_beside_what_is_new(self, books):
        books.transfer(one := move(ANN, CAI, 1))
        assert books.hears(replace(one, linked=True), move(CAI, BEN, 1)) == ["exists", "ok"]

    def test_may_name_one_order_twice(self, books):
        one = move(ANN, CAI, 1, linked=True)
        assert books.hears(one, replace(one, linked=False)) == ["ok", "exists"]

    @pytest.mark.parametrize("size", [1, 2, 7, 50])
    def test_fall_alone_in_a_long_list(self, books, size):
        """Whatever the slices are in which the engine tries it."""
        orders = [move(BANK, CAI, 1) for _ in range(60)]
        for place in range(0, 60, size):
            orders[place] = move(CAI, CAI, 1)
        assert books.hears(*orders) == ["ok" if place % size else "same-account" for place in range(60)]

    def test_see_what_the_one_before_them_left_though_they_are_clipped(self, books):
        orders = [
            move(ANN, CAI, MOST, clip=Ends.DEBIT, linked=True),
            move(CAI, BEN, 500, linked=True),
            move(ANN, BEN, 1),
        ]
        assert books.hears(*orders) == ["linked", "linked", f"overdrawn {ANN}"]
        assert books.standing(ANN) == (500, 500)
        orders[2] = move(BEN, BANK, 600)
        assert books.hears(*orders) == ["ok"] * 3


CLIPPED = {  # asked, of Ann's 300 available of 500 -> what moves; of what the bank owes nobody: credits less debits
    "less than there is": (lambda: move(ANN, CAI, 299, clip=Ends.DEBIT), 299),
    "all there is": (lambda: move(ANN, CAI, 300, clip=Ends.DEBIT), 300),
    "more than there is": (lambda: move(ANN, CAI, 301, clip=Ends.DEBIT), 300),
    "as much as there is": (lambda: move(ANN, CAI, MOST, clip=Ends.DEBIT), 300),
    "of nothing": (lambda: move(CAI, ANN, 5, clip=Ends.DEBIT), 0),
    "nothing of something": (lambda: move(ANN, CAI, 0, clip=Ends.DEBIT), 0),
    "to one that owes nothing": (lambda: move(ANN, CAI, 5, clip=Ends.CREDIT), 0),
    "to one that owes enough": (lambda: move(ANN, BANK, 5, clip=Ends.CREDIT), 5),
    "to one that owes less": (lambda: move(CAP, WORLD, 60, clip=Ends.CREDIT), 50),
    "the lesser of two": (lambda: move(ANN, BANK, MOST, clip=Ends.BOTH), 300),
    "a hold of what there is": (lambda: hold(ANN, CAI, MOST, clip=Ends.DEBIT), 300),
    "a hold of nothing": (lambda: hold(CAI, ANN, MOST, clip=Ends.DEBIT), 0),
}


class TestClips:
    @pytest.mark.parametrize("case", CLIPPED)
    def test_move_what_is_there(self, books, held, case):
        build, fen = CLIPPED[case]
        [one] = books.submit(order := build())
        assert (one.outcome, one.made.amount_fen, one.made.clip) == ("ok", fen, order.clip)
        assert books.hears(order) == ["exists"]
        if fen:
            assert books.hears(replace(order, amount_fen=Fen(fen - 1))) == ["transfer-differs amount_fen"]
        assert books.hears(replace(order, amount_fen=Fen(fen))) == ["exists"]
        assert books.hears(replace(order, clip=None, amount_fen=Fen(fen or 1))) == ["transfer-differs clip"]

    def test_do_not_spare_the_other_account_its_limit(self, books):
        assert books.hears(move(ANN, BANK, 10, clip=Ends.CREDIT)) == ["ok"]
        assert books.hears(move(CAI, BANK, 10, clip=Ends.CREDIT)) == [f"overdrawn {CAI}"]

    def test_refuse_less_than_nothing(self, books):
        assert books.hears(move(ANN, CAI, -1, clip=Ends.DEBIT)) == ["not-positive"]

    def test_let_a_hold_be_voided_whose_amount_nobody_knows(self, books):
        one = hold(ANN, BEN, MOST, clip=Ends.DEBIT, linked=True)
        assert books.hears(one, void(one, amount_fen=MOST, linked=False)) == ["ok", "ok"]
        assert books.standing(ANN) == (500, 500)

    @pytest.mark.parametrize("resolve", [post, void])
    def test_let_all_of_it_be_said_or_the_amount(self, books, held, resolve):
        every, amount = resolve(held, amount_fen=MOST), None
        amount = replace(every, amount_fen=Fen(200))
        assert books.hears(every, amount, replace(every, amount_fen=Fen(199))) == [
            "ok",
            "exists",
            "transfer-differs amount_fen",
        ]
        assert books.hears(amount, every) == ["exists", "exists"]


class TestClosing:
    @pytest.mark.parametrize(
        ("which", "shut", "name"),
        [(Ends.DEBIT, [ANN], ANN), (Ends.CREDIT, [BEN], BEN), (Ends.BOTH, [ANN, BEN], ANN)],
    )
    def test_keeps_everything_else_out(self, books, which, shut, name):
        books.transfer(before := hold(ANN, BEN, 7), closing := hold(ANN, BEN, 0, closes=which))
        assert [books.account(one).closed_by for one in shut] == [closing.id] * len(shut)
        closed = f"account-closed {name}"
        assert books.hears(move(ANN, BEN, 1), hold(ANN, BEN, 1), post(before)) == [closed] * 3
        assert books.hears(post(closing)) == [closed]
        assert books.hears(void(before)) == ["ok"]
        assert books.hears(void(closing)) == ["ok"]
        assert books.hears(move(ANN, BEN, 1)) == ["ok"]

    def test_is_said_of_the_account_that_is_closed(self, books):
        books.transfer(hold(ANN, BEN, 5, closes=Ends.CREDIT))
        assert books.hears(move(CAI, BEN, 1), move(BEN, CAI, 1)) == [f"account-closed {BEN}"] * 2
        assert books.hears(move(ANN, CAI, 1)) == ["ok"]

    def test_keeps_what_comes_later_in_its_own_list_out(self, books):
        assert books.hears(move(ANN, BEN, 1), hold(ANN, CAI, 0, closes=Ends.DEBIT), move(ANN, BEN, 1)) == [
            "ok",
            "ok",
            f"account-closed {ANN}",
        ]

    def test_opens_what_comes_later_in_its_own_list(self, books):
        books.transfer(closing := hold(ANN, CAI, 0, closes=Ends.DEBIT))
        assert books.hears(void(closing), move(ANN, BEN, 1)) == ["ok", "ok"]

    def test_cannot_be_done_twice(self, books):
        books.transfer(hold(ANN, CAI, 0, closes=Ends.DEBIT))
        assert books.hears(hold(ANN, CAI, 0, closes=Ends.DEBIT)) == [f"account-closed {ANN}"]

    @pytest.mark.parametrize("fen", [0, 5])
    @pytest.mark.parametrize(("late", "heard"), [(-MOMENT, f"account-closed {ANN}"), (0 * MOMENT, "ok")])
    def test_is_over_when_it_expires(self, world, books, fen, late, heard):
        books.transfer(hold(ANN, CAI, fen, closes=Ends.DEBIT, expires_at=NOON))
        world.move(NOON + late)
        assert books.hears(move(ANN, BEN, 500 if heard == "ok" else 1)) == [heard]

    def test_does_not_keep_an_expiry_out(self, world, books, held):
        books.transfer(hold(ANN, CAI, 0, closes=Ends.BOTH))
        world.move(NOON)
        with books.units.begin() as unit:
            assert service.expire(unit) == 1
        assert books.standing(ANN) == (500, 500)


REVERSALS = {
    "all of it": ({}, "ok"),
    "part of it": ({"amount_fen": Fen(99)}, "reversal-differs amount_fen"),
    "more than it": ({"amount_fen": Fen(101)}, "reversal-differs amount_fen"),
    "from another": ({"debit": CAI}, "reversal-differs debit"),
    "to another": ({"credit": CAI}, "reversal-differs credit"),
    "the same way round": ({"debit": ANN, "credit": BEN}, "reversal-differs debit"),
    "what is not there": ({"reverses": make.name()}, "no-such-transfer"),
}


class TestReversal:
    @pytest.fixture
    def moved(self, books):
        books.transfer(one := move(ANN, BEN, 100))
        return one

    @pytest.mark.parametrize("case", REVERSALS)
    def test_is_the_whole_the_other_way_round(self, books, moved, case):
        changes, heard = REVERSALS[case]
        assert books.hears(back(moved, **changes)) == [heard]

    def test_comes_once(self, books, moved):
        assert books.hears(one := back(moved), back(moved), one) == ["ok", "already-reversed", "exists"]
        assert books.hears(back(moved)) == ["already-reversed"]

    def test_may_itself_be_reversed(self, books, moved):
        assert books.hears(one := back(moved)) == ["ok"]
        assert books.hears(back(one)) == ["ok"]
        assert books.standing(BEN) == (200, 200)

    def test_is_of_what_arrived_of_a_hold(self, books):
        books.transfer(one := hold(ANN, BEN, 50), posted := post(one, 30))
        assert books.hears(back(one)) == ["no-such-transfer"]
        assert books.hears(back(posted, amount_fen=Fen(50))) == ["reversal-differs amount_fen"]
        assert books.hears(back(posted)) == ["ok"]

    def test_cannot_take_what_is_spent(self, books, moved):
        books.transfer(move(BEN, CAI, 150))
        assert books.hears(back(moved)) == [f"overdrawn {BEN}"]

    def test_leaves_what_it_reverses_as_it_was(self, books, moved):
        with books.units.look() as unit:
            before = service.transfers_of(unit, make.REFERENCE)
        books.transfer(back(moved), reference="another")
        with books.units.look() as unit:
            assert service.transfers_of(unit, make.REFERENCE) == before


PASSING = {  # refused today; tomorrow it might be lawful, under a name that nobody expects it by any more
    "no such account": (lambda books: move(ANN, NOBODY, 1), f"no-such-account {NOBODY}"),
    "not enough": (lambda books: move(CAI, BEN, 1), f"overdrawn {CAI}"),
    "no such hold": (lambda books: post(hold(ANN, BEN, 1)), "no-such-hold"),
    "closed": (
        lambda books: books.transfer(hold(CAP, WORLD, 0, closes=Ends.DEBIT)) and move(CAP, WORLD, 1),
        f"account-closed {CAP}",
    ),
}
FOR_GOOD = {
    "nothing": (lambda books: move(ANN, BEN, 0), "not-positive"),
    "to itself": (lambda books: move(ANN, ANN, 1), "same-account"),
    "across books": (lambda books: move(ANN, CAP, 1), "across-books"),
    "too much to count": (lambda books: move(WORLD, CAP, MOST + 1), f"overflows {WORLD}"),
    "over before it begins": (lambda books: hold(ANN, BEN, 1, expires_at=START), "past-expiry"),
    "of no hold": (lambda books: void(books.pay_in(ANN, 1)), "not-a-hold"),
    "of what never moved": (lambda books: back(move(ANN, BEN, 1)), "no-such-transfer"),
}


class TestNames:
    @pytest.mark.parametrize("case", PASSING)
    def test_are_used_up_by_what_may_pass(self, books, case):
        build, heard = PASSING[case]
        order = build(books)
        assert books.hears(order) == [heard]
        assert books.hears(order) == ["already-failed"]
        assert books.hears(move(BANK, ANN, 1, id=order.id)) == ["already-failed"]

    @pytest.mark.parametrize("case", FOR_GOOD)
    def test_are_not_used_up_by_what_never_could_be(self, books, case):
        build, heard = FOR_GOOD[case]
        order = build(books)
        assert books.hears(order) == books.hears(order) == [heard]
        assert books.hears(move(BANK, ANN, 1, id=order.id)) == ["ok"]

    def test_are_not_used_up_for_whom_nothing_is_wrong_with(self, books):
        orders = [move(ANN, BEN, 1, linked=True), move(CAI, BEN, 1)]
        assert books.hears(*orders) == ["linked", f"overdrawn {CAI}"]
        assert books.hears(replace(orders[0], linked=False), orders[1]) == ["ok", "already-failed"]

    def test_are_not_used_up_by_a_list_that_is_refused(self, books):
        """A list is repeated by its idempotency key, and its names are made of purposes."""
        order = move(CAI, BEN, 1)
        with pytest.raises(rules.Overdrawn):
            books.transfer(order)
        books.pay_in(CAI, 1)
        assert len(books.transfer(order)) == 1

    def test_are_made_by_a_list_though_they_were_used_up(self, books):
        """Whoever makes lists does not ask for outcomes; it names by purpose, and means what it meant."""
        order = move(CAI, BEN, 1)
        books.submit(order)
        books.pay_in(CAI, 1)
        assert len(books.transfer(order)) == 1
        assert books.hears(order) == ["exists"]

    def test_are_used_up_once_by_rivals(self, books):
        order = move(CAI, BEN, 1)
        said = together(*([lambda: books.hears(order)] * 6))
        assert sorted(said) == [["already-failed"]] * 5 + [[f"overdrawn {CAI}"]]


class TestValueDates:
    @pytest.mark.parametrize("days", [-400, 0, 400])
    def test_are_kept_and_change_no_order(self, books, days):
        at = START + timedelta(days=days)
        [one] = books.transfer(move(ANN, BEN, 1, effective_at=at))
        assert (one.effective_at, one.counts_from, one.recorded_at) == (at, at, START)

    def test_are_the_instant_of_recording_where_none_is_given(self, books):
        [one] = books.transfer(move(ANN, BEN, 1))
        assert (one.effective_at, one.counts_from) == (None, START)

    def test_belong_to_the_transfer(self, books):
        books.transfer(one := move(ANN, BEN, 1, effective_at=NOON))
        assert books.hears(replace(one, effective_at=NOON + MOMENT)) == ["transfer-differs effective_at"]

    def test_stand_beside_a_note_that_belongs_to_it_too(self, books):
        [one] = books.transfer(order := move(ANN, BEN, 1, note="第二期"))
        assert one.note == "第二期"
        assert books.hears(replace(order, note="")) == ["transfer-differs note"]


class TestRecordedInstants:
    def test_never_run_back_on_an_account(self, world, books):
        """A clock that is behind another's, or a unit that waited long."""
        world.move(NOON)
        books.transfer(move(ANN, BEN, 1))
        with books.units.begin() as unit:
            made = [
                store.make(unit, [one], reference="late", rule=make.RULE, at=START, burning=False)[0].made
                for one in (move(BANK, CAI, 1), move(BEN, CAI, 1), move(CAI, BANK, 1))
            ]
        assert [one.recorded_at for one in made] == [START, NOON, NOON]

    def test_decide_whether_a_hold_is_over(self, world, books, held):
        """Not the instant that the late one brings, but the one at which it is recorded."""
        world.move(NOON)
        books.transfer(move(BANK, BEN, 1), reference="another")
        with books.units.begin() as unit:
            [one] = store.make(unit, [post(held)], reference="late", rule=make.RULE, at=START, burning=False)
        assert one.outcome == "hold-expired"

    @pytest.mark.parametrize(
        "orders",
        [[move(CAI, BEN, 1)], [move(CAI, BEN, 1), move(BEN, CAI, 1)], [move(CAI, BEN, 1, clip=Ends.DEBIT)]],
        ids=["alone", "as a list", "one by one"],
    )
    def test_bring_what_is_over_by_then_and_the_accounts_it_ties_in(self, world, books, held, orders):
        """Cai's last instant makes Ann's hold over, though nobody named her and the list came before noon."""
        world.move(NOON)
        books.transfer(move(BANK, CAI, 1), reference="another")
        assert books.standing(ANN) == (500, 300)
        with books.units.begin() as unit:
            made = store.make(unit, orders, reference="late", rule=make.RULE, at=START, burning=False)
        assert {(one.outcome, one.made.recorded_at) for one in made} == {("ok", NOON)}
        assert books.standing(ANN) == (500, 500)


class TestTheFailuresOfOthers:
    """What users of another ledger reported of it (`settlement-rules.md`, section 1)."""

    def test_six_holds_of_1000_on_5000_are_not_all_accepted(self, books):
        books.pay_in(CAI, 5_000)
        said = together(*[lambda: books.hears(hold(CAI, BEN, 1_000))] * 6)
        assert sorted(said) == [["ok"]] * 5 + [[f"overdrawn {CAI}"]]
        assert books.standing(CAI) == (5_000, 0)

    def test_six_holds_of_1000_on_5000_in_one_list_are_not_all_accepted(self, books):
        books.pay_in(CAI, 5_000)
        heard = books.hears(*(hold(CAI, BEN, 1_000) for _ in range(6)))
        assert heard == ["ok"] * 5 + [f"overdrawn {CAI}"]

    @pytest.mark.parametrize("resolve", [post, void])
    def test_a_refused_hold_cannot_be_committed(self, books, resolve):
        refused = hold(CAI, BEN, 1_000)
        assert books.hears(refused) == [f"overdrawn {CAI}"]
        books.pay_in(CAI, 5_000)
        assert books.hears(resolve(refused)) == ["no-such-hold"]
        assert books.standing(CAI) == (5_000, 5_000)

    def test_two_partial_commits_that_race_do_not_both_arrive(self, books):
        for _ in range(8):
            books.transfer(one := hold(ANN, BEN, 10))
            said = together(*(lambda one=one: books.hears(post(one, 6)) for _ in range(2)))
            assert sorted(said) == [["hold-resolved"], ["ok"]]
        assert books.standing(BEN)[0] == 100 + 8 * 6

    def test_a_record_is_never_seen_before_its_balance(self, books):
        """Every snapshot taken while others write adds up."""
        done = []

        def write():
            for _ in range(25):
                books.submit(move(BANK, ANN, 3), one := hold(ANN, BEN, 2), post(one, 1), move(ANN, BANK, 1))
            done.append(True)

        def read():
            seen = 0
            while len(done) < 2:
                assert books.prove() == []
                seen += 1
            return seen

        assert together(write, write, read)[2] > 0

    def test_concurrent_refunds_give_back_once(self, books):
        for _ in range(5):
            books.transfer(paid := move(ANN, BEN, 10))
            said = together(*[lambda paid=paid: books.hears(back(paid))] * 4)
            assert sorted(said) == [["already-reversed"]] * 3 + [["ok"]]
        assert books.standing(ANN) == (500, 500)

    def test_concurrent_voids_give_back_once(self, books):
        for _ in range(5):
            books.transfer(one := hold(ANN, BEN, 10))
            said = together(*[lambda one=one: books.hears(void(one))] * 4)
            assert sorted(said) == [["hold-resolved"]] * 3 + [["ok"]]
        assert books.standing(ANN) == (500, 500)

    @pytest.mark.parametrize("fen", [-1, -200, -MOST])
    def test_a_negative_commit_is_refused(self, books, held, fen):
        assert books.hears(post(held, fen)) == ["not-positive"]
        assert books.standing(ANN) == (500, 300)

    def test_a_commit_of_nothing_gives_everything_back(self, books, held):
        """Allowed, as elsewhere: the hold is resolved, and nothing arrives."""
        assert books.hears(post(held, 0), post(held)) == ["ok", "hold-resolved"]
        assert (books.standing(ANN), books.standing(BEN)) == ((500, 500), (100, 100))


class TestAHotAccount:
    @pytest.mark.timeout(300)
    def test_ends_exact_after_500_up_and_500_down(self, books):
        books.pay_in(CAI, 1_000)

        def go(number):
            one = move(BANK, CAI, 7) if number % 2 else move(CAI, BANK, 7)
            return books.hears(one)

        with ThreadPoolExecutor(8) as pool:
            heard = list(pool.map(go, range(1_000)))
        # never below nothing: the thousand there is covers whatever eight may be ahead
        assert heard == [["ok"]] * 1_000
        one = books.account(CAI)
        assert (one.balance_fen, one.credits_posted_fen, one.debits_posted_fen) == (1_000, 4_500, 3_500)


class TestSubmitting:
    def test_takes_an_empty_list(self, books):
        assert books.submit() == []

    def test_answers_each_order_where_a_list_would_raise(self, books):
        orders = [move(ANN, BEN, 1), move(ANN, ANN, 1), move(ANN, BEN, 500), move(ANN, BEN, 499)]
        with pytest.raises(Refusal) as caught:
            books.transfer(*orders)
        assert caught.value.facts["transfer"] == orders[1].id
        assert books.hears(*orders) == ["ok", "same-account", f"overdrawn {ANN}", "ok"]

    def test_answers_a_repeat_with_what_was_made_then(self, world, books):
        orders = [move(ANN, BEN, 1), hold(ANN, BEN, MOST, clip=Ends.DEBIT)]
        first = books.submit(*orders)
        world.move(NOON)
        again = books.submit(*orders)
        assert [one.made for one in again] == [one.made for one in first]
        assert [one.outcome for one in again] == ["exists"] * 2

    def test_says_what_was_asked_by_its_hash(self, books):
        [one] = books.submit(order := hold(ANN, BEN, MOST, clip=Ends.DEBIT))
        assert one.made.request_hash == make.request_hash(order, reference=make.REFERENCE, rule=make.RULE)

    def test_keeps_the_names_for_good(self, world, books):
        books.submit(move(CAI, BEN, 1))
        engine = sa.create_engine(world.database.api, poolclass=sa.NullPool)
        with engine.connect() as connection:
            for statement in ("DELETE FROM burnt_transfer", "INSERT INTO burnt_transfer VALUES ('x', 'y', now())"):
                with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), connection.begin_nested():
                    connection.execute(sa.text(statement))
