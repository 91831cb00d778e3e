"""Reading one account: how it stands with the holds open on it, how it stood, and its statement.

Whose an account is, and who may read it, is not known here and not checked.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

from ledger.kernel.errors import Kind as Reason
from ledger.kernel.errors import Refusal
from ledger.kernel.unit import Unit

from .. import rules
from ..model import Account, AccountName, Kind, Line, Side, Standing, Statement, Transfer
from ..store import engine
from ..store import reading as store

MAX_LINES: Final = 5_000  # of a statement that is answered at once


class NotAnInterval(Refusal):
    """A statement begins before it ends."""

    kind = Reason.MALFORMED
    zh = "对账单的起始时间必须早于截止时间"


class TooManyLines(Refusal):
    """There is too much in this interval for one statement."""

    kind = Reason.CONFLICT
    zh = "该期间的明细过多"


READING_REFUSALS = (rules.NoSuchAccount,)
STATEMENT_REFUSALS = (NotAnInterval, rules.NoSuchAccount, TooManyLines)
"""What a statement may be refused for, in the order it is checked; for the doors to document."""


def standing(unit: Unit, name: AccountName, *, at: datetime | None = None) -> Standing:
    """Return an account and the holds open on it, both of one moment: now, or when the instant `at` began.

    A transfer recorded at `at` itself is no part of it, so that a statement ends where the next one begins; a hold that
    expires at that instant is over. Refuses `NoSuchAccount`; an account that was opened later stood empty.
    """
    found = store.standing(unit, name, at=at)
    if found is None:
        raise rules.NoSuchAccount("open the account before it is used", account=name)
    return found


def standings(unit: Unit, names: Collection[AccountName]) -> list[Account]:
    """Return those of the accounts that exist as they stand now, in name order, all of one moment.

    As in `standing`, what has expired is held no more, whether or not the books have come by to give it back.
    """
    return store.standings(unit, names, at=unit.now())


def statement(
    unit: Unit, name: AccountName, *, since: datetime, until: datetime, at_most: int | None = MAX_LINES
) -> Statement:
    """Return an account's statement over `since <= recorded_at < until`: what it opened with, every line, its close.

    To be called in one snapshot (`Units.read`). Refuses `STATEMENT_REFUSALS`; None for `at_most` sets no limit.
    """
    if since >= until:
        raise NotAnInterval("a statement begins before it ends")
    opening = standing(unit, name, at=since)
    limit = None if at_most is None else at_most + 1
    made = store.between(unit, name, since=since, until=until, limit=limit)
    if at_most is not None and len(made) > at_most:
        raise TooManyLines("ask for a shorter interval", at_most=at_most)
    lines = tuple(_line(opening, one) for one in made)
    return Statement(opening=opening, lines=lines, closing=standing(unit, name, at=until), since=since, until=until)


def names_after(unit: Unit, after: str, limit: int) -> list[AccountName]:
    """Return the names of the accounts behind a name, in name order, the first `limit` of them."""
    return store.names_after(unit, after, limit)


def names_under(unit: Unit, words: Sequence[str]) -> list[AccountName]:
    """Return the names of the accounts that begin with one of these words, in name order."""
    return store.names_under(unit, words)


def counts(unit: Unit) -> tuple[int, int]:
    """Return how many accounts and how many transfers there are."""
    return store.counts(unit)


def every_account(unit: Unit) -> list[Account]:
    """Return every account, in name order."""
    return engine.every_account(unit)


def every_transfer(unit: Unit) -> Iterator[Transfer]:
    """Read every transfer in the order they were made; to be called in one snapshot (`Units.read`)."""
    return engine.every_transfer(unit)


def _line(opening: Standing, one: Transfer) -> Line:
    gives = one.debit == opening.account.name
    arrived = one.amount_fen if one.kind in {Kind.MOVE, Kind.POST} else 0
    grows = gives == (opening.account.side is Side.DEBIT)  # a debit is what an asset grows by
    return Line(
        transfer=one,
        counterpart=one.credit if gives else one.debit,
        gives=gives,
        change_fen=arrived if grows else -arrived,
        balance_fen=one.debit_after_fen if gives else one.credit_after_fen,
    )
