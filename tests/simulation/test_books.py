"""Any orders, in any lists, any number of times, while time passes: PostgreSQL answers what a simple model foretells.

The model (`tests/models/books.py`) keeps dictionaries and applies one order after another; it imports nothing of the
wing. After every step the accounts stand as foretold, no fen is made or lost, and `prove` finds nothing. A run is one
transaction, undone at its end; its time is the test's.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from ledger.kernel.errors import Refusal
from ledger.kernel.unit import Unit
from settlement.books import service
from settlement.books.model import MOST, AccountName, Ends, Kind, Order, expiry_of
from tests import make_books as make
from tests.make_books import ANN, BANK, BEN, CAI, CAP, WORLD
from tests.models import books as models

NOBODY = AccountName("owner:nobody")
NAMES = [BANK, ANN, BEN, CAI, CAP, WORLD]
QUOTA = {CAP, WORLD}
REFERENCES = ["deal", "another"]
HOUR = timedelta(hours=1)

MEETS = {  # the machine is of no use when it does not get about
    "ok",
    "exists",
    "linked",
    "chain-open",
    "transfer-differs",
    "already-failed",
    "not-positive",
    "account-closed",
    "already-reversed",
    "reversal-differs",
    "hold-resolved",
    "hold-expired",
    "hold-differs",
    "exceeds-hold",
    "no-such-hold",
    "overdrawn",
    "expired",
}

AMOUNTS = st.integers(1, 60)
PLAIN = st.just({})
MORE = st.one_of(
    PLAIN,
    PLAIN,
    st.builds(lambda clip: {"clip": clip}, st.sampled_from(Ends)),
    st.builds(lambda clip: {"clip": clip, "amount_fen": MOST}, st.sampled_from(Ends)),
    st.just({"note": "说明"}),
    st.just({"effective_at": make.MONDAY}),
)
HELD = st.one_of(
    MORE,
    st.builds(lambda hours: {"hours": hours}, st.integers(0, 4)),
    st.builds(lambda hours: {"hours": hours}, st.integers(1, 4)),
    st.builds(lambda which, hours: {"closes": which, "hours": hours}, st.sampled_from(Ends), st.integers(1, 3)),
    st.builds(lambda which, fen: {"closes": which, "amount_fen": fen}, st.sampled_from(Ends), st.sampled_from([0, 1])),
)
OWNERS = st.sampled_from([ANN, BEN, CAI, BANK])
MOVES = st.tuples(st.just(Kind.MOVE), st.sampled_from([BANK, BANK, ANN, BEN, CAI]), OWNERS, AMOUNTS, MORE)
HOLDS = st.tuples(st.just(Kind.HOLD), st.sampled_from([BANK, ANN, ANN, BEN, CAI]), OWNERS, AMOUNTS, HELD)
GRANTS = st.tuples(st.just(Kind.MOVE), st.sampled_from([WORLD, CAP]), st.sampled_from([CAP, WORLD]), AMOUNTS, MORE)
ODD = st.tuples(
    st.sampled_from([Kind.MOVE, Kind.HOLD]),
    st.sampled_from([*NAMES, NOBODY]),
    st.sampled_from([*NAMES, NOBODY]),
    st.sampled_from([-1, 0, 1, 2, MOST, MOST + 1]),
    PLAIN,
)
CHANGES = st.one_of(
    PLAIN,
    PLAIN,
    st.sampled_from([{"credit": CAI}, {"debit": ANN}, {"note": "另"}]),
    st.builds(lambda fen: {"amount_fen": fen}, st.sampled_from([0, 7, 61, MOST])),
)
RESOLVES = st.sampled_from(
    [make.post, make.post, make.void, make.expire, lambda one, **more: make.post(one, 1, **more)]
)


class Hand:
    """A clock that the test moves."""

    at: datetime = make.MONDAY

    def now(self, connection: object = None) -> datetime:
        return self.at

    def arrival(self, real: datetime, connection: object = None) -> datetime:
        return self.at


class BooksMachine(RuleBasedStateMachine):
    units: Any  # given by the test
    met: ClassVar[Counter[str]] = Counter()  # in all runs
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.opened = self.units.begin()
        self.connection = self.opened.__enter__().connection
        self.hand = Hand()
        service.open_accounts(self.unit(), make.ACCOUNTS)
        sides = {one.name: models.Account(one.side, one.book) for one in make.ACCOUNTS}
        self.model = models.Books(sides, expiry_of)

    def unit(self) -> Unit:
        return Unit(self.connection, self.hand)

    def teardown(self) -> None:
        self.connection.rollback()
        self.opened.__exit__(None, None, None)

    # what may be thought of

    @rule(target=orders, one=st.one_of(MOVES, MOVES, HOLDS, HOLDS, GRANTS, ODD))
    def think_of(self, one: tuple[Any, ...]) -> Order:
        """Think of an order, to be given now, later, twice or never."""
        kind, debit, credit, fen, more = one
        more = dict(more)
        if (hours := more.pop("hours", None)) is not None:
            more["expires_at"] = self.hand.at + hours * HOUR
        return make.order(kind, debit, credit, fen, **more)

    @rule(target=orders, of=orders, resolve=RESOLVES, changes=CHANGES)
    def think_of_resolving(self, of: Order, resolve: Callable[..., Order], changes: dict[str, Any]) -> Order:
        return resolve(of, reverses=None, **changes)

    @rule(target=orders, of=orders, changes=CHANGES)
    def think_of_undoing(self, of: Order, changes: dict[str, Any]) -> Order:
        return make.back(of, **make.RESOLVES | changes)

    @rule(target=orders, of=orders, changes=CHANGES)
    def think_of_the_same_otherwise(self, of: Order, changes: dict[str, Any]) -> Order:
        return make.replace(of, **changes)

    # what may be done

    @rule(
        chosen=st.lists(st.tuples(orders, st.booleans()), min_size=1, max_size=7), reference=st.sampled_from(REFERENCES)
    )
    def submit(self, chosen: list[tuple[Order, bool]], reference: str) -> None:
        self.compare([make.replace(one, linked=linked) for one, linked in chosen], reference)

    @rule(chosen=st.lists(orders, min_size=1, max_size=5), reference=st.sampled_from(REFERENCES))
    def order(self, chosen: list[Order], reference: str) -> None:
        foretold = self.model.transfer(chosen, reference, self.hand.at)
        if foretold is None:
            self.told(chosen, service.transfer(self.unit(), chosen, reference=reference, rule=make.RULE))
            return
        self.met[foretold] += 1
        with pytest.raises(Refusal) as caught:
            service.transfer(self.unit(), chosen, reference=reference, rule=make.RULE)
        assert caught.value.code() == f"books/{foretold}"

    @rule(fen=AMOUNTS, part=st.integers(1, 60), back=AMOUNTS, linked=st.booleans())
    def submit_what_belongs_together(self, fen: int, part: int, back: int, linked: bool) -> None:
        """Pay in, hold, post part, pay out: what a deal does, all at once."""
        held = make.hold(ANN, BEN, fen, linked=linked)
        chosen = [
            make.move(BANK, ANN, fen, linked=linked),
            held,
            make.post(held, min(part, fen)),
            make.move(BEN, BANK, back),
        ]
        self.compare(chosen, "deal")

    @rule(which=st.sampled_from(Ends), who=st.sampled_from([ANN, BEN]), hours=st.integers(0, 2), reopen=st.booleans())
    def close(self, which: Ends, who: AccountName, hours: int, reopen: bool) -> None:
        """And try to use what is closed; perhaps open it again at once, perhaps leave it to time."""
        until = self.hand.at + hours * HOUR if hours else None
        closing = make.hold(who, CAI, 0, closes=which, expires_at=until)
        chosen = [closing, make.move(BANK, who, 3), make.move(BANK, CAI, 3)]
        self.compare([*chosen, make.void(closing)] if reopen or not hours else chosen, "deal")

    @rule(who=OWNERS, fen=AMOUNTS, resolve=RESOLVES, late=st.sampled_from([-1, 0, 1]))
    def come_late(self, who: AccountName, fen: int, resolve: Callable[..., Order], late: int) -> None:
        """Hold for an hour, and resolve it just before that is over, or then, or just after."""
        held = make.hold(BANK if who != BANK else ANN, who, fen, expires_at=self.hand.at + HOUR)
        self.compare([held], "deal")
        self.hand.at += HOUR + late * timedelta(microseconds=1)
        self.compare([resolve(held), make.move(who, CAI if who != CAI else BEN, fen)], "deal")

    @precondition(lambda self: any(one.kind == "hold" for one in self.model.made.values()))
    @rule(data=st.data(), resolve=RESOLVES, changes=CHANGES, then=st.integers(1, 60))
    def resolve_what_was_held(
        self, data: Any, resolve: Callable[..., Order], changes: dict[str, Any], then: int
    ) -> None:
        """A hold that was made, whether it is still open or not; and spend what this may give back."""
        held = self.drawn(data, "hold")
        spent = make.move(held.order.debit, BEN if held.order.debit == CAI else CAI, then)
        one = make.replace(held.order, amount_fen=held.amount, linked=False)
        self.compare([resolve(one, **changes), spent], held.reference)

    @rule(fen=AMOUNTS, resolve=RESOLVES, end=st.sampled_from(["debit", "credit"]))
    def resolve_between_others(self, fen: int, resolve: Callable[..., Order], end: str) -> None:
        held = make.hold(BANK, ANN, fen)
        self.compare([held, resolve(held, **{end: CAI})], "deal")

    @precondition(lambda self: any(one.kind in {"move", "post"} for one in self.model.made.values()))
    @rule(data=st.data(), changes=CHANGES, linked=st.booleans(), onwards=st.booleans())
    def undo_what_was_moved(self, data: Any, changes: dict[str, Any], linked: bool, onwards: bool) -> None:
        """And then the undoing, or the same once more."""
        moved = self.drawn(data, "move", "post")
        one = make.replace(moved.order, **make.RESOLVES, amount_fen=moved.amount, linked=linked)
        first = make.back(one, **changes)
        self.compare([first, make.back(first if onwards else one, linked=False)], "deal")

    @precondition(lambda self: self.model.made)
    @rule(data=st.data(), changes=CHANGES, reference=st.sampled_from(REFERENCES), linked=st.booleans())
    def repeat_what_was_made(self, data: Any, changes: dict[str, Any], reference: str, linked: bool) -> None:
        """Beside something new, and perhaps not quite the same."""
        again = self.drawn(data, "move", "hold", "post", "void").order
        self.compare([make.replace(again, linked=linked, **changes), make.move(BANK, CAI, 1)], reference)

    @rule(hours=st.integers(0, 2), early=st.booleans())
    def let_time_pass(self, hours: int, early: bool) -> None:
        """Up to an hour, or until just before it."""
        self.hand.at = max(self.hand.at, self.hand.at.replace(minute=0, microsecond=0) + hours * HOUR)
        if early and hours:
            self.hand.at -= timedelta(microseconds=1)

    @rule(at_most=st.integers(1, 3))
    def sweep(self, at_most: int) -> None:
        assert service.expire(self.unit(), at_most=at_most) == self.model.sweep(self.hand.at, at_most)

    # what is compared

    def drawn(self, data: Any, *kinds: str) -> models.Made:
        names = sorted(name for name, one in self.model.made.items() if one.kind in kinds)
        return self.model.made[data.draw(st.sampled_from(names or sorted(self.model.made)))]

    def compare(self, chosen: list[Order], reference: str) -> None:
        foretold = self.model.submit(chosen, reference, self.hand.at)
        outcomes = service.submit(self.unit(), chosen, reference=reference, rule=make.RULE)
        assert [(one.outcome, one.detail) for one in outcomes] == foretold
        self.told(
            [one for one, (word, _) in zip(chosen, foretold, strict=True) if word in {"ok", "exists"}],
            [one.made for one in outcomes if one.made is not None],
        )
        for word, _ in foretold:
            self.met[word] += 1

    def told(self, chosen: list[Order], made: list[Any]) -> None:
        """What was made is what is said of it, then and ever after."""
        for one, transfer in zip(chosen, made, strict=True):
            known = self.model.made[one.id]
            assert (transfer.id, transfer.amount_fen, transfer.recorded_at) == (one.id, known.amount, known.at)
            assert (transfer.debit_after_fen, transfer.credit_after_fen) == known.after

    @invariant()
    def the_accounts_stand_as_foretold(self) -> None:
        found = service.accounts(self.unit(), NAMES)
        stand = {
            name: (
                *(one.debits_posted_fen, one.credits_posted_fen, one.debits_pending_fen, one.credits_pending_fen),
                one.closed_by,
            )
            for name, one in found.items()
        }
        assert stand == {
            name: (one.out, one.into, one.leaving, one.coming, one.shut) for name, one in self.model.accounts.items()
        }

    @invariant()
    def no_fen_is_made_or_lost(self) -> None:
        for book in (set(NAMES) - QUOTA, QUOTA):
            has = [self.model.accounts[name] for name in book]
            assert sum(one.into for one in has) == sum(one.out for one in has)
            assert sum(one.coming for one in has) == sum(one.leaving for one in has)

    @invariant()
    def the_books_add_up(self) -> None:
        assert service.prove(self.unit()) == []
        assert service.next_expiry(self.unit()) == self.model.next_expiry()

    @invariant()
    def every_transfer_is_there_once(self) -> None:
        there = [one for reference in REFERENCES for one in service.transfers_of(self.unit(), reference)]
        self.met["expired"] += sum(one.kind is Kind.EXPIRE for one in there)
        assert sorted(one.id for one in there) == sorted(self.model.made)


@pytest.mark.timeout(900)
def test_any_orders_are_answered_as_foretold(world):
    BooksMachine.units = world.units
    BooksMachine.met.clear()
    for _ in range(3):  # sixty runs hardly ever miss one of these; then sixty more
        run_state_machine_as_test(
            BooksMachine, settings=settings(max_examples=60, stateful_step_count=50, deadline=None)
        )
        if set(BooksMachine.met) >= MEETS:
            break
    assert set(BooksMachine.met) >= MEETS, MEETS - set(BooksMachine.met)
