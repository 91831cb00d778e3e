"""Until when a contract may be signed and is to be registered, and what is left open until a calendar is loaded.

An award is announced only where every day that follows it is loaded. An order that freezes the deal moves all of them,
and may be lifted on a day whose next working days nobody has published yet: then nothing is refused, and no time runs
out. What was left open is counted from the same instant once the calendar is there, as if it always had been.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ledger.kernel.calendar import YEARS, YearPlan, deadline, known_deadline

from ..model import Contract


def with_time_to_answer(contract: Contract, at: datetime) -> Contract:
    """Return the contract with the working days of an answer, at least, left from `at`, and never less than it had.

    Of two writings the later decided may have arrived first: it takes no time back.
    """
    since = max(contract.answer_from or at, at)
    return replace(contract, answer_from=since, sign_by=_sign_by(contract, since, YEARS))


def with_time_to_register(contract: Contract, effective_at: datetime) -> Contract:
    """Return the contract in effect since then, with the registrar's period, or that left open."""
    register_by = known_deadline(effective_at, contract.rules.register_within_days)
    return replace(contract, effective_at=effective_at, register_by=register_by)


def reckoned(contract: Contract, years: Mapping[int, YearPlan] = YEARS) -> Contract | None:
    """Return it with the deadlines that were left open, each counted from its own instant; None where none can be."""
    sign_by, register_by = contract.sign_by, contract.register_by
    if sign_by is None and contract.answer_from is not None:
        sign_by = _sign_by(contract, contract.answer_from, years)
    if register_by is None and contract.effective_at is not None:
        register_by = known_deadline(contract.effective_at, contract.rules.register_within_days, years=years)
    if (sign_by, register_by) == (contract.sign_by, contract.register_by):
        return None
    return replace(contract, sign_by=sign_by, register_by=register_by)


def _sign_by(contract: Contract, since: datetime, years: Mapping[int, YearPlan]) -> datetime | None:
    """Return until when it may be signed, with the days of an answer from `since`; None where they are not loaded.

    The days from the award always are: nothing is awarded without. Nor can what is known be later than what is not.
    """
    left = known_deadline(since, contract.rules.answer_within_days, years=years)
    had = contract.sign_by or deadline(contract.awarded_at, contract.rules.sign_within_days, years=years)
    return left and max(had, left)
