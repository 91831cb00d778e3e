"""Build accounts, orders and transfers; a test overrides only what it is about.

Money comes in from `BANK` (we have it) and is owned by `ANN`, `BEN` or `CAI` (others own it). Names are counted.
"""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from settlement.books import service
from settlement.books.model import (
    Account,
    AccountName,
    Book,
    Kind,
    NewAccount,
    Order,
    Outcome,
    Side,
    Transfer,
    TransferId,
    expiry_of,
    request_hash,
)

BANK = AccountName("custody:bank")
ANN, BEN, CAI = (AccountName(f"owner:{name}") for name in ("ann", "ben", "cai"))
WORLD = AccountName("quota:granted")
CAP = AccountName("quota:cap")
ACCOUNTS = (
    NewAccount(name=BANK, side=Side.DEBIT),
    *(NewAccount(name=name, side=Side.CREDIT) for name in (ANN, BEN, CAI)),
    NewAccount(name=WORLD, side=Side.EITHER, book=Book.QUOTA),
    NewAccount(name=CAP, side=Side.CREDIT, book=Book.QUOTA),
)
MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
REFERENCE = "deal"
RULE = "books-test@1"

RESOLVES = {"expires_at": None, "closes": None, "clip": None, "effective_at": None}  # what a resolution says nothing of

_numbers = itertools.count(1)


def name() -> TransferId:
    return TransferId.from_number(next(_numbers))


def order(kind: Kind, debit: AccountName, credit: AccountName, fen: int, **more: Any) -> Order:
    usual = {"id": name(), "kind": kind, "debit": debit, "credit": credit, "amount_fen": Fen(fen)}
    return Order(**usual | more)


def move(debit: AccountName, credit: AccountName, fen: int, **more: Any) -> Order:
    return order(Kind.MOVE, debit, credit, fen, **more)


def hold(debit: AccountName, credit: AccountName, fen: int, **more: Any) -> Order:
    return order(Kind.HOLD, debit, credit, fen, **more)


def post(held: Order, fen: int | None = None, **more: Any) -> Order:
    return replace(
        held, **RESOLVES | {"id": name(), "kind": Kind.POST, "hold": held.id, "amount_fen": _amount(held, fen)} | more
    )


def void(held: Order, **more: Any) -> Order:
    return replace(held, **RESOLVES | {"id": name(), "kind": Kind.VOID, "hold": held.id} | more)


def expire(held: Order, **more: Any) -> Order:
    return replace(held, **RESOLVES | {"id": expiry_of(held.id), "kind": Kind.EXPIRE, "hold": held.id} | more)


def back(moved: Order, **more: Any) -> Order:
    """The reversal of a move."""
    swapped = {"debit": moved.credit, "credit": moved.debit}
    return replace(moved, **{"id": name(), "kind": Kind.MOVE, "hold": None, "reverses": moved.id} | swapped | more)


def made(one: Order, *, debit_after: int = 0, credit_after: int = 0, **more: Any) -> Transfer:
    """The transfer that an order would become."""
    usual = {
        "id": one.id,
        "kind": one.kind,
        "debit": one.debit,
        "credit": one.credit,
        "amount_fen": one.amount_fen,
        "hold": one.hold,
        "reference": REFERENCE,
        "recorded_at": MONDAY,
        "debit_after_fen": debit_after,
        "credit_after_fen": credit_after,
        "rule": RULE,
        "expires_at": one.expires_at,
        "effective_at": one.effective_at,
        "clip": one.clip,
        "closes": one.closes,
        "reverses": one.reverses,
        "note": one.note,
        "request_hash": request_hash(one, reference=REFERENCE, rule=RULE),
    }
    return Transfer(**usual | more)


def account(of: AccountName, *, debits=(0, 0), credits=(0, 0)) -> Account:
    """One of `ACCOUNTS` with its totals, pending and posted."""
    new = next(one for one in ACCOUNTS if one.name == of)
    return Account(
        name=of,
        side=new.side,
        book=new.book,
        debits_pending_fen=Fen(debits[0]),
        debits_posted_fen=Fen(debits[1]),
        credits_pending_fen=Fen(credits[0]),
        credits_posted_fen=Fen(credits[1]),
    )


class Books:
    """The books of a world, for tests to act in: every call is a unit of its own."""

    def __init__(self, world: Any) -> None:
        self.units = world.units
        with self.units.begin() as unit:
            service.open_accounts(unit, ACCOUNTS)

    def transfer(self, *orders: Order, reference: str = REFERENCE) -> list[Transfer]:
        with self.units.begin() as unit:
            return service.transfer(unit, orders, reference=reference, rule=RULE)

    def submit(self, *orders: Order, reference: str = REFERENCE) -> list[Outcome]:
        with self.units.begin() as unit:
            return service.submit(unit, orders, reference=reference, rule=RULE)

    def hears(self, *orders: Order, reference: str = REFERENCE) -> list[str]:
        """What a list submitted hears, a word an order: the outcome, and the field or the account it names."""
        return [
            f"{one.outcome} {one.detail}" if one.detail else one.outcome
            for one in self.submit(*orders, reference=reference)
        ]

    def pay_in(self, to: AccountName, fen: int) -> Order:
        one = move(BANK, to, fen)
        self.transfer(one)
        return one

    def held(self, debit: AccountName, credit: AccountName, fen: int) -> Order:
        one = hold(debit, credit, fen)
        self.transfer(one)
        return one

    def account(self, name: AccountName) -> Account:
        with self.units.look() as unit:
            return service.account(unit, name)

    def standing(self, name: AccountName) -> tuple[int, int]:
        """What the account's balance is, and how much of it is available."""
        one = self.account(name)
        return one.balance_fen, one.available_fen

    def everything(self) -> object:
        """All accounts and how many transfers there are, to compare before and after."""
        with self.units.read() as unit:
            found = service.accounts(unit, [one.name for one in ACCOUNTS])
            return found, service.transfers_of(unit, REFERENCE)

    def prove(self) -> list[str]:
        with self.units.read() as unit:
            return service.prove(unit)


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run works at the same moment, each in a thread; return what each returned or was refused with."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return work()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result() for each in [pool.submit(run, work) for work in works]]


def _amount(held: Order, fen: int | None) -> Fen:
    return held.amount_fen if fen is None else Fen(fen)
