"""Opening accounts, making transfers, and what is read for those who make them."""

from collections.abc import Collection, Sequence

from ledger.kernel.errors import invariant
from ledger.kernel.unit import Unit

from .. import rules
from ..model import Account, AccountName, NewAccount, Order, Transfer
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


def transfer(unit: Unit, orders: Sequence[Order], *, reference: str) -> list[Transfer]:
    """Make transfers, all or none, each after the one before it; return them in the order of `orders`.

    An order is made once: where it has been made for the same `reference`, the transfer of that time is returned. Locks
    the accounts, in name order, until the unit ends; a unit that calls twice may wait for one that waits for it, so
    call once. Refuses the first order that cannot be made, for the first of `TRANSFER_REFUSALS` that applies.
    """
    invariant(reference != "", "a transfer is made for something")
    if not orders:
        return []
    outcomes = store.make(unit, orders, reference=reference, at=unit.now())
    made = [one.made for one in outcomes if one.made is not None]
    if len(made) == len(orders):
        return made
    for order, one in zip(orders, outcomes, strict=True):
        if one.outcome != rules.LINKED and one.made is None:
            raise rules.refusal(order, one.outcome, one.detail)
    raise AssertionError("of a list that is refused, the database says which order it was")


def account(unit: Unit, name: AccountName) -> Account:
    """Return an account as it stands. Refuses `NoSuchAccount`."""
    found = store.load_many(unit, [name])
    if name not in found:
        raise rules.NoSuchAccount("open the account before it is used", account=name)
    return found[name]


def accounts(unit: Unit, names: Collection[AccountName]) -> dict[AccountName, Account]:
    """Return those of the accounts that exist, by name."""
    return store.load_many(unit, names)


def accounts_under(unit: Unit, first_word: str) -> list[Account]:
    """Return every account whose name begins with `first_word`, in name order."""
    return store.under(unit, first_word)


def transfers_of(unit: Unit, reference: str) -> list[Transfer]:
    """Return every transfer made for a reference, in order."""
    return store.transfers_of(unit, reference)


def prove(unit: Unit) -> list[str]:
    """Return what does not add up in the whole books; nothing when they are sound.

    To be called in one snapshot (`Units.read`): accounts and transfers are read one after the other.
    """
    return rules.differences(store.every_account(unit), store.every_transfer(unit))
