"""Opening accounts, making transfers, and what is read for those who make them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from ledger.kernel.errors import invariant
from ledger.kernel.unit import Unit

from .. import rules
from ..model import Account, AccountName, NewAccount, Order, Outcome, Transfer
from ..store import engine as store

TRANSFER_REFUSALS = rules.REFUSALS
"""What a list of orders may be refused for, in the order it is checked; for the doors to document."""


def open_accounts(unit: Unit, accounts: Sequence[NewAccount]) -> None:
    """Open accounts, empty; those that are open already stay as they are. Refuses `AccountDiffers`."""
    if not accounts:
        return
    store.open_accounts(unit, accounts)
    found = store.load_many(unit, [one.name for one in accounts])
    for one in accounts:
        if (found[one.name].side, found[one.name].book) != (one.side, one.book):
            raise rules.AccountDiffers("an account keeps its side and its book", account=one.name)


def transfer(unit: Unit, orders: Sequence[Order], *, reference: str, rule: str) -> list[Transfer]:
    """Make transfers, all or none, each after the one before it; return them in the order of `orders`.

    `reference` is what they are made for, `rule` the version of the rules that decided them. An order is made once:
    where it has been made for the same reference, the transfer of that time is returned. Locks the accounts, in name
    order, until the unit ends; a unit that calls twice may wait for one that waits for it, so call once. Refuses the
    first order that cannot be made, for the first of `TRANSFER_REFUSALS` that applies.
    """
    invariant(reference != "", "a transfer is made for something")
    if not orders:
        return []
    whole = [*(replace(one, linked=True) for one in orders[:-1]), replace(orders[-1], linked=False)]
    outcomes = store.make(unit, whole, reference=reference, rule=rule, at=unit.now(), burning=False)
    made = [one.made for one in outcomes if one.made is not None]
    if len(made) == len(orders):
        return made
    for order, one in zip(orders, outcomes, strict=True):
        if one.outcome != rules.LINKED and one.made is None:
            raise rules.refusal(order, one.outcome, one.detail)
    raise AssertionError("of a list that is refused, the database says which order it was")


def submit(unit: Unit, orders: Sequence[Order], *, reference: str, rule: str) -> list[Outcome]:
    """Make what can be made of a list, each after the one before it, and return what became of each order.

    Orders joined by `linked` are made together or not at all: of a chain that fails, one order says why, the others
    are `linked`. A chain that the list leaves open is not made (`chain-open`). Nothing is raised. An order that is
    refused for what may pass (no such account, one that is closed, no such hold, not enough) uses up its name: it
    hears `already-failed` ever after, so that nobody makes it later, when nobody expects it any more.
    """
    invariant(reference != "", "a transfer is made for something")
    whole = len(orders)
    while whole and orders[whole - 1].linked:
        whole -= 1
    closed, left = orders[:whole], orders[whole:]
    made = store.make(unit, closed, reference=reference, rule=rule, at=unit.now(), burning=True) if closed else []
    words = [rules.LINKED] * (len(left) - 1) + [rules.CHAIN_OPEN] if left else []
    return [*made, *(Outcome(outcome=word, detail=None, made=None) for word in words)]


def expire(unit: Unit, *, at_most: int = 100) -> int:
    """Give back what holds held until now, the earliest first; return how many were over.

    Nobody has to wait for it: whatever touches an account resolves what has expired on it first.
    """
    return store.expire(unit, at=unit.now(), at_most=at_most)


def next_expiry(unit: Unit) -> datetime | None:
    """Return when the next open hold is over, if any ever is."""
    return store.next_expiry(unit)


def account(unit: Unit, name: AccountName) -> Account:
    """Return an account by the totals that are kept: `standing` is what to show. Refuses `NoSuchAccount`."""
    found = store.load_many(unit, [name])
    if name not in found:
        raise rules.NoSuchAccount("open the account before it is used", account=name)
    return found[name]


def accounts(unit: Unit, names: Collection[AccountName]) -> dict[AccountName, Account]:
    """Return those of the accounts that exist, by name, by the totals that are kept: `standings` is what to show."""
    return store.load_many(unit, names)


def transfers_of(unit: Unit, reference: str) -> list[Transfer]:
    """Return every transfer made for a reference, in order."""
    return store.transfers_of(unit, reference)


def prove(unit: Unit) -> list[str]:
    """Return what does not add up in the whole books; nothing when they are sound.

    To be called in one snapshot (`Units.read`): accounts and transfers are read one after the other.
    """
    return rules.differences(store.every_account(unit), store.every_transfer(unit))
