"""Which accounts a programme and its claims live in, and the transfers between them.

What may be paid is what a budget holds, and what a party may receive in a year what its cap holds: both are accounts
that cannot be overdrawn. A cap's account belongs to one programme; over all programmes of a rule the lock and the sum
hold it.
"""

from typing import Final

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from settlement.books.model import AccountName, Book, Kind, NewAccount, Order, Side, transfer_id

from ..model import Claim, ClaimId, Programme, ProgrammeId, Rule

BANK: Final = AccountName("custody:bank")
ORDERED: Final = AccountName("custody:ordered")
GRANTED: Final = AccountName("quota:granted")


def budget_account(programme: ProgrammeId) -> AccountName:
    """Return the account that holds what may still be paid."""
    return AccountName(f"{programme}:budget")


def used_account(programme: ProgrammeId) -> AccountName:
    """Return the account that counts what parties have used up of their yearly caps."""
    return AccountName(f"{programme}:used")


def cap_account(programme: ProgrammeId, claimant: OrganisationId, year: int) -> AccountName:
    """Return the account that counts what a party may still receive from a programme in a year."""
    return AccountName(f"{programme}:cap:{claimant}:{year}")


def programme_accounts(programme: ProgrammeId) -> tuple[NewAccount, ...]:
    """Return the accounts to be opened for a programme, those shared by all included."""
    return (
        NewAccount(name=BANK, side=Side.DEBIT),
        NewAccount(name=ORDERED, side=Side.CREDIT),
        NewAccount(name=budget_account(programme), side=Side.CREDIT),
        NewAccount(name=GRANTED, side=Side.EITHER, book=Book.QUOTA),
        NewAccount(name=used_account(programme), side=Side.CREDIT, book=Book.QUOTA),
    )


def cap_accounts(programme: ProgrammeId, claimant: OrganisationId, year: int) -> tuple[NewAccount, ...]:
    """Return the account to be opened before a party is first paid in a year."""
    return (NewAccount(name=cap_account(programme, claimant, year), side=Side.CREDIT, book=Book.QUOTA),)


def fund(programme: Programme) -> tuple[Order, ...]:
    """Return the transfer of a programme's budget, which has come into custody."""
    into = budget_account(programme.id)
    return (_move(("subsidy", "budget", programme.id), BANK, into, programme.budget_fen),)


def grant(programme: ProgrammeId, claimant: OrganisationId, year: int, rule: Rule) -> Order:
    """Return the transfer that opens a party's cap of a year."""
    cap = cap_account(programme, claimant, year)
    return _move(("subsidy", "cap", programme, claimant, str(year)), GRANTED, cap, rule.year_cap_fen)


def pay(claim: Claim, year: int, amount_fen: Fen) -> tuple[Order, ...]:
    """Return the transfers that pay a claim: out of the budget, and out of the party's cap."""
    budget, used = budget_account(claim.programme), used_account(claim.programme)
    cap = cap_account(claim.programme, claim.claimant, year)
    return (
        _move(_purpose("pay", claim.id), budget, ORDERED, amount_fen),
        _move(_purpose("use", claim.id), cap, used, amount_fen),
    )


def _purpose(what: str, claim: ClaimId) -> tuple[str, ...]:
    return "subsidy", what, claim


def _move(purpose: tuple[str, ...], debit: AccountName, credit: AccountName, amount_fen: Fen) -> Order:
    return Order(id=transfer_id(*purpose), kind=Kind.MOVE, debit=debit, credit=credit, amount_fen=amount_fen)
