"""Books as a careful child would keep them: dictionaries, one order after another, and a copy to go back to.

It imports nothing of the wing (`tests/unit/test_models.py` reads its imports and fails otherwise), shares no line with
its rules and nothing with the SQL. It is given orders as they are: their words are compared as text.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MOST = 2**63 - 1
FIELDS = ("kind", "hold", "debit", "credit", "clip", "closes", "amount_fen", "expires_at", "effective_at", "reverses")
PASSING = {"no-such-account", "account-closed", "no-such-hold", "overdrawn"}
BOTH = {"debit": ("debit",), "credit": ("credit",), "both": ("debit", "credit"), None: ()}


class Refused(Exception):  # noqa: N818 - as a refusal is
    """The word for why, and what it is about."""

    def __init__(self, word: str, about: str | None = None) -> None:
        super().__init__(word)
        self.word, self.about = word, about


@dataclass
class Account:
    """What went out and came in, what is on its way out and in, and what shut it."""

    side: str
    book: str
    out: int = 0
    into: int = 0
    leaving: int = 0
    coming: int = 0
    shut: str | None = None

    def spare(self) -> int:
        """What it may still give."""
        return self.into - self.out - self.leaving

    def wants(self) -> int:
        """What it may still take, where it may not have more than it gave."""
        return self.out - self.into - self.coming

    def balance(self) -> int:
        return self.out - self.into if self.side == "debit" else self.into - self.out


@dataclass
class Made:
    """A transfer as it was made."""

    order: Any
    reference: str
    amount: int
    after: tuple[int, int]
    hold: str | None
    kind: str
    at: datetime


@dataclass
class Books:
    """Everything there is."""

    accounts: dict[str, Account]
    expiry_of: Callable[[str], str]  # the name by which a hold is over
    made: dict[str, Made] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)  # holds, and by what kind of transfer they ended
    undone: set[str] = field(default_factory=set)
    waiting: dict[str, datetime] = field(default_factory=dict)  # open holds that will be over
    burnt: set[str] = field(default_factory=set)

    # what may be asked

    def submit(self, orders: Sequence[Any], reference: str, at: datetime) -> list[tuple[str, str | None]]:
        """Chain by chain; what passes uses up a name."""
        whole = len(orders)
        while whole and orders[whole - 1].linked:
            whole -= 1
        heard: list[tuple[str, str | None]] = []
        if whole:
            self.wake(orders[:whole], at)
        chain: list[Any] = []
        for one in orders[:whole]:
            chain.append(one)
            if not one.linked:
                heard += self.chain(chain, reference, at, burning=True)
                chain = []
        left = len(orders) - whole
        return heard + [("linked", None)] * (left - 1) + ([("chain-open", None)] if left else [])

    def transfer(self, orders: Sequence[Any], reference: str, at: datetime) -> str | None:
        """All, or the word for why none; what was over by then is given back all the same."""
        self.wake(orders, at)
        heard = self.chain(list(orders), reference, at, burning=False)
        return next((word for word, _ in heard if word not in {"ok", "exists", "linked"}), None)

    def sweep(self, at: datetime, at_most: int) -> int:
        """Give back what is over, the earliest first."""
        over = self.over(at)[:at_most]
        for hold in over:
            self.give_back(hold, at)
        return len(over)

    def next_expiry(self) -> datetime | None:
        return min(self.waiting.values(), default=None)

    # how it is done

    def copy(self) -> "Books":
        return Books(
            {name: Account(**vars(one)) for name, one in self.accounts.items()},
            self.expiry_of,
            dict(self.made),
            dict(self.done),
            set(self.undone),
            dict(self.waiting),
            set(self.burnt),
        )

    def over(self, at: datetime) -> list[str]:
        return sorted(
            (one for one, until in self.waiting.items() if until <= at), key=lambda one: (self.waiting[one], one)
        )

    def wake(self, orders: Iterable[Any], at: datetime) -> None:
        """Give back what is over on the accounts that are named, and between those that this touches."""
        named = {name for one in orders for name in (one.debit, one.credit)}
        touched = [one for one in self.over(at) if named & self.ends(one)]
        within = named.union(*(self.ends(one) for one in touched))
        for hold in self.over(at):
            if self.ends(hold) <= within:
                self.give_back(hold, at)

    def ends(self, hold: str) -> set[str]:
        order = self.made[hold].order
        return {order.debit, order.credit}

    def give_back(self, hold: str, at: datetime) -> None:
        held = self.made[hold]
        self.settle(held, "expire")
        self.write(self.expiry_of(hold), held.order, held.reference, held.amount, "expire", hold, at)

    def chain(self, chain: list[Any], reference: str, at: datetime, *, burning: bool) -> list[tuple[str, str | None]]:
        before, heard = self.copy(), []
        for place, one in enumerate(chain):
            try:
                heard.append((self.one(one, reference, at, burning=burning), None))
            except Refused as refused:
                vars(self).update(vars(before))
                if burning and refused.word in PASSING:
                    self.burnt.add(one.id)
                alone: list[tuple[str, str | None]] = [("linked", None)] * len(chain)
                alone[place] = (refused.word, refused.about)
                return alone
        return heard

    def one(self, one: Any, reference: str, at: datetime, *, burning: bool) -> str:
        known = self.made.get(one.id)
        if known:
            self.same(one, known, reference)
            return "exists"
        if burning and one.id in self.burnt:
            raise Refused("already-failed")
        free = one.kind not in {"move", "hold"} or one.clip or one.closes
        if one.amount_fen < 0 or (one.amount_fen == 0 and not free):
            raise Refused("not-positive")
        if one.expires_at and one.expires_at <= at:
            raise Refused("past-expiry")
        if one.hold:
            self.resolvable(one, at)
        else:
            self.possible(one)
        self.make(one, reference, at)
        return "ok"

    def same(self, one: Any, known: Made, reference: str) -> None:
        for name in FIELDS:
            if name == "amount_fen":
                if self.amount_differs(one, known):
                    raise Refused("transfer-differs", name)
            elif getattr(one, name) != self.was(known, name):
                raise Refused("transfer-differs", name)
        if reference != known.reference:
            raise Refused("transfer-differs", "reference")
        if one.note != ("" if known.kind == "expire" else known.order.note):
            raise Refused("transfer-differs", "note")

    @staticmethod
    def was(known: Made, name: str) -> Any:
        if known.kind == "expire":  # what a hold says is not said again when it is over
            own = {"kind": "expire", "hold": known.hold, "debit": known.order.debit, "credit": known.order.credit}
            return own.get(name)
        return getattr(known.order, name)

    def amount_differs(self, one: Any, known: Made) -> bool:
        if one.clip:
            return bool(known.amount > one.amount_fen)
        every = one.kind in {"post", "void"} and one.amount_fen == MOST
        return bool(known.amount != (self.made[one.hold].amount if every else one.amount_fen))

    def possible(self, one: Any) -> None:
        if one.debit == one.credit:
            raise Refused("same-account")
        for name in (one.debit, one.credit):
            if name not in self.accounts:
                raise Refused("no-such-account", name)
        if self.accounts[one.debit].book != self.accounts[one.credit].book:
            raise Refused("across-books")
        if one.reverses:
            self.reversible(one)

    def reversible(self, one: Any) -> None:
        moved = self.made.get(one.reverses)
        if moved is None or moved.kind not in {"move", "post"}:
            raise Refused("no-such-transfer")
        for name, was in (("debit", moved.order.credit), ("credit", moved.order.debit), ("amount_fen", moved.amount)):
            if getattr(one, name) != was:
                raise Refused("reversal-differs", name)
        if one.reverses in self.undone:
            raise Refused("already-reversed")

    def resolvable(self, one: Any, at: datetime) -> None:
        held = self.made.get(one.hold)
        if held is None:
            raise Refused("no-such-hold")
        if held.kind != "hold":
            raise Refused("not-a-hold")
        for name in ("debit", "credit"):
            if getattr(one, name) != getattr(held.order, name):
                raise Refused("hold-differs", name)
        every = one.amount_fen == MOST and one.kind in {"post", "void"}
        if one.amount_fen > held.amount and not every:
            raise Refused("exceeds-hold")
        if one.kind != "post" and one.amount_fen < held.amount:
            raise Refused("hold-differs", "amount_fen")
        if one.hold in self.done:
            raise Refused("hold-expired" if self.done[one.hold] == "expire" else "hold-resolved")
        over = held.order.expires_at is not None and held.order.expires_at <= at
        if one.kind == "expire" and not over:
            raise Refused("hold-not-due")
        if one.kind != "expire" and over:
            raise Refused("hold-expired")

    def make(self, one: Any, reference: str, at: datetime) -> None:
        giver, taker = self.accounts[one.debit], self.accounts[one.credit]
        for name in (one.debit, one.credit) if one.kind not in {"void", "expire"} else ():
            if self.accounts[name].shut:
                raise Refused("account-closed", name)
        fen = self.moves(one)
        if one.hold:
            self.settle(self.made[one.hold], one.kind)
        if one.kind == "hold":
            giver.leaving, taker.coming = giver.leaving + fen, taker.coming + fen
        elif one.kind in {"move", "post"}:
            giver.out, taker.into = giver.out + fen, taker.into + fen
        self.bounds(one)
        self.write(one.id, one, reference, fen, one.kind, one.hold, at)
        self.remember(one)

    def remember(self, one: Any) -> None:
        """What is not in the totals: who is shut, what will be over, what is undone."""
        for end in BOTH[one.closes]:
            self.accounts[getattr(one, end)].shut = one.id
        if one.expires_at:
            self.waiting[one.id] = one.expires_at
        if one.reverses:
            self.undone.add(one.reverses)

    def moves(self, one: Any) -> int:
        if one.hold:
            return int(self.made[one.hold].amount if one.amount_fen == MOST else one.amount_fen)
        limits = [one.amount_fen]
        if one.clip in {"debit", "both"}:
            limits.append(self.accounts[one.debit].spare())
        if one.clip in {"credit", "both"}:
            limits.append(self.accounts[one.credit].wants())
        return int(max(0, min(limits)) if one.clip else one.amount_fen)

    def settle(self, held: Made, by: str) -> None:
        order = held.order
        self.accounts[order.debit].leaving -= held.amount
        self.accounts[order.credit].coming -= held.amount
        self.done[order.id] = by
        self.waiting.pop(order.id, None)
        if by != "post":
            for end in BOTH[order.closes]:
                self.accounts[getattr(order, end)].shut = None

    def bounds(self, one: Any) -> None:
        ends = [(name, self.accounts[name]) for name in (one.debit, one.credit)]
        for name, end in ends:
            if max(end.out, end.into, end.leaving, end.coming) > MOST:
                raise Refused("overflows", name)
        for name, end in ends:
            if (end.side == "credit" and end.spare() < 0) or (end.side == "debit" and end.wants() < 0):
                raise Refused("overdrawn", name)

    def write(self, name: str, order: Any, reference: str, fen: int, kind: str, hold: str | None, at: datetime) -> None:
        after = (self.accounts[order.debit].balance(), self.accounts[order.credit].balance())
        self.made[name] = Made(order, reference, fen, after, hold, kind, at)
