"""Any orders, in any lists, any number of times: PostgreSQL answers what a simple model foretells, and all adds up.

The model keeps four numbers an account in a dictionary and applies one order after another; it shares no line with the
rules, and nothing with the SQL. A run is one transaction, undone at its end.
"""

import copy
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from ledger.kernel.errors import Refusal
from settlement.books import service
from settlement.books.model import AccountName, Kind, Order
from tests import make_books as make
from tests.make_books import ANN, BANK, BEN, CAI, CAP, WORLD

NOBODY = AccountName("owner:nobody")
NAMES = [BANK, ANN, BEN, CAI, CAP, WORLD]
IN_CREDIT, IN_DEBIT = {ANN, BEN, CAI, CAP}, {BANK}
QUOTA = {CAP, WORLD}
REFERENCES = ["deal", "another"]


MEETS = {  # the state machine is of no use when it does not get about
    "made",
    "books/transfer-differs",
    "books/not-positive",
    "books/hold-resolved",
    "books/overdrawn",
}


class Refused(Exception):  # noqa: N818 - as a refusal is
    """The word for why."""


class Model:
    """Books as a child would keep them."""

    def __init__(self) -> None:
        self.money = {name: {"out": 0, "in": 0, "leaving": 0, "coming": 0} for name in NAMES}
        self.made: dict[str, tuple[Any, ...]] = {}
        self.holds: dict[str, Order] = {}
        self.resolved: set[str] = set()

    def apply(self, one: Order, reference: str) -> None:
        said = (one.kind, one.hold, one.debit, one.credit, one.amount_fen, reference)
        if one.id in self.made:
            if self.made[one.id] != said:
                raise Refused("transfer-differs")
            return
        self.check(one)
        giver, taker = self.money[one.debit], self.money[one.credit]
        if one.hold:
            giver["leaving"] -= self.holds[one.hold].amount_fen
            taker["coming"] -= self.holds[one.hold].amount_fen
            self.resolved.add(one.hold)
        if one.kind == "hold":
            self.holds[one.id] = one
            giver["leaving"] += one.amount_fen
            taker["coming"] += one.amount_fen
        elif one.kind != "void":
            giver["out"] += one.amount_fen
            taker["in"] += one.amount_fen
        for name in (one.debit, one.credit):
            has = self.money[name]
            if name in IN_CREDIT and has["in"] - has["out"] - has["leaving"] < 0:
                raise Refused("overdrawn")
            if name in IN_DEBIT and has["out"] - has["in"] - has["coming"] < 0:
                raise Refused("overdrawn")
        self.made[one.id] = said

    def check(self, one: Order) -> None:
        if one.amount_fen <= 0:
            raise Refused("not-positive")
        if one.hold is None:
            if one.debit == one.credit:
                raise Refused("same-account")
            if not {one.debit, one.credit} <= set(NAMES):
                raise Refused("no-such-account")
            if (one.debit in QUOTA) != (one.credit in QUOTA):
                raise Refused("across-books")
            return
        self.check_hold(one)

    def check_hold(self, one: Order) -> None:
        if one.hold not in self.holds:
            raise Refused("no-such-hold")
        held = self.holds[one.hold]
        if (held.debit, held.credit) != (one.debit, one.credit):
            raise Refused("hold-differs")
        if one.amount_fen > held.amount_fen:
            raise Refused("exceeds-hold")
        if one.kind == "void" and one.amount_fen != held.amount_fen:
            raise Refused("hold-differs")
        if one.hold in self.resolved:
            raise Refused("hold-resolved")


AMOUNTS = st.integers(1, 60)
MOVES = st.builds(
    make.order,
    st.sampled_from([Kind.MOVE, Kind.HOLD]),
    st.sampled_from([BANK, BANK, ANN, BEN, CAI]),
    st.sampled_from([ANN, BEN, CAI, BANK]),
    AMOUNTS,
)
GRANTS = st.builds(
    make.order, st.just(Kind.MOVE), st.sampled_from([WORLD, CAP]), st.sampled_from([CAP, WORLD]), AMOUNTS
)
ODD = st.builds(
    make.order,
    st.sampled_from([Kind.MOVE, Kind.HOLD]),
    st.sampled_from([*NAMES, NOBODY]),
    st.sampled_from([*NAMES, NOBODY]),
    st.integers(-1, 2),
)
CHANGES = st.sampled_from(
    [{}, {}, {}, {"credit": CAI}, {"debit": ANN}, {"amount_fen": 7}, {"amount_fen": 61}, {"amount_fen": 0}]
)


class BooksMachine(RuleBasedStateMachine):
    units: Any  # given by the test, as is what all runs have met
    met: set[str]
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.opened = self.units.begin()
        self.unit = self.opened.__enter__()
        service.open_accounts(self.unit, make.ACCOUNTS)
        self.model = Model()
        self.given: list[Order] = []

    def teardown(self) -> None:
        self.unit.connection.rollback()
        self.opened.__exit__(None, None, None)

    @rule(target=orders, one=st.one_of(MOVES, MOVES, MOVES, GRANTS, ODD))
    def think_of(self, one: Order) -> Order:
        """Think of an order, to be given now, later, twice or never."""
        return one

    @rule(target=orders, of=orders, resolve=st.sampled_from([make.post, make.void]), changes=CHANGES)
    def think_of_resolving(self, of: Order, resolve: Any, changes: dict[str, Any]) -> Order:
        return resolve(of, **changes)

    @rule(target=orders, of=orders, changes=CHANGES)
    def think_of_the_same_otherwise(self, of: Order, changes: dict[str, Any]) -> Order:
        return make.replace(of, **changes)

    @rule(chosen=st.lists(orders, min_size=1, max_size=6), reference=st.sampled_from(["deal", "deal", "another"]))
    def order(self, chosen: list[Order], reference: str) -> None:
        self.compare(chosen, reference)

    @rule(one=MOVES, part=st.integers(1, 60), resolve=st.booleans(), back=AMOUNTS)
    def order_what_belongs_together(self, one: Order, part: int, resolve: bool, back: int) -> None:
        """Pay in, hold, post part, pay out: what a deal does, all at once."""
        held = make.hold(ANN, BEN, one.amount_fen)
        chosen = [make.move(BANK, ANN, one.amount_fen), held]
        if resolve:
            chosen += [make.post(held, min(part, one.amount_fen)), make.move(BEN, BANK, back)]
        self.compare(chosen, "deal")

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data(), resolve=st.sampled_from([make.post, make.void]), changes=CHANGES)
    def resolve_what_was_held(self, data: Any, resolve: Any, changes: dict[str, Any]) -> None:
        """A hold that was made, whether it is still open or not."""
        held = self.model.holds[data.draw(st.sampled_from(sorted(self.model.holds)))]
        self.compare([resolve(held, **changes)], "deal")

    @precondition(lambda self: self.given)
    @rule(data=st.data(), changes=CHANGES, reference=st.sampled_from(["deal", "deal", "another"]))
    def repeat_what_was_made(self, data: Any, changes: dict[str, Any], reference: str) -> None:
        """Beside something new, and perhaps not quite the same."""
        again = make.replace(data.draw(st.sampled_from(self.given)), **changes)
        self.compare([again, make.move(BANK, CAI, 1)], reference)

    def compare(self, chosen: list[Order], reference: str) -> None:
        ahead, balances = copy.deepcopy(self.model), []
        try:
            for one in chosen:
                ahead.apply(one, reference)
                balances.append(
                    [ahead.money[name]["in"] - ahead.money[name]["out"] for name in (one.debit, one.credit)]
                )
        except Refused as refused:
            foretold = f"books/{refused}"
        else:
            foretold, before, self.model = None, self.model, ahead
        self.met.add(foretold or "made")
        if foretold is not None:
            with pytest.raises(Refusal) as caught:
                service.transfer(self.unit, chosen, reference=reference, rule=make.RULE)
            assert caught.value.code() == foretold
            return
        made = service.transfer(self.unit, chosen, reference=reference, rule=make.RULE)
        self.given += chosen
        for one, transfer, (debit, credit) in zip(chosen, made, balances, strict=True):
            assert (transfer.id, transfer.amount_fen) == (one.id, one.amount_fen)
            if one.id not in before.made and [each.id for each in chosen].count(one.id) == 1:
                signs = [-1 if name in IN_DEBIT else 1 for name in (one.debit, one.credit)]
                assert transfer.debit_after_fen == debit * signs[0]
                assert transfer.credit_after_fen == credit * signs[1]

    @invariant()
    def the_accounts_stand_as_foretold(self) -> None:
        found = service.accounts(self.unit, NAMES)
        stand = {
            name: {
                "out": one.debits_posted_fen,
                "in": one.credits_posted_fen,
                "leaving": one.debits_pending_fen,
                "coming": one.credits_pending_fen,
            }
            for name, one in found.items()
        }
        assert stand == self.model.money

    @invariant()
    def no_fen_is_made_or_lost(self) -> None:
        for book in (set(NAMES) - QUOTA, QUOTA):
            has = [self.model.money[name] for name in book]
            assert sum(one["in"] for one in has) == sum(one["out"] for one in has)
            assert sum(one["coming"] for one in has) == sum(one["leaving"] for one in has)

    @invariant()
    def the_books_add_up(self) -> None:
        assert service.prove(self.unit) == []

    @invariant()
    def every_transfer_is_there_once(self) -> None:
        there = [one.id for reference in REFERENCES for one in service.transfers_of(self.unit, reference)]
        assert sorted(there) == sorted(self.model.made)


@pytest.mark.timeout(600)
def test_any_orders_are_answered_as_foretold(world):
    BooksMachine.units, BooksMachine.met = world.units, set()
    run_state_machine_as_test(BooksMachine, settings=settings(max_examples=40, stateful_step_count=40, deadline=None))
    assert BooksMachine.met >= MEETS
