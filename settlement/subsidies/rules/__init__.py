"""The verbs of subsidies: pure functions from a programme or a claim, a command and its cause to a decision.

`published` holds the rules as dated data, `assessment` what a rule makes of a deal, `life` the table of states and
whose it is to ask, `money` the accounts and transfers. Nothing is paid but what an assessment says.
"""

from ledger.kernel.errors import Refusal

from .assessment import evaluate, trace_text, year_cap_line
from .life import (
    FINAL,
    TRANSITIONS,
    AmountOutOfRange,
    BudgetExhausted,
    ClaimedAlready,
    DeclaredOtherwise,
    NoSuchClaim,
    NoSuchProgramme,
    NothingChanged,
    NotTheClaimant,
    NotTheDepartment,
    RuleNotInForce,
    Sanctioned,
    UnusableField,
    WrongState,
    YearCapReached,
    decide,
    diagram,
    make_claim,
    open_programme,
    require_department,
)
from .money import (
    BANK,
    GRANTED,
    ORDERED,
    budget_account,
    cap_account,
    cap_accounts,
    programme_accounts,
    used_account,
)
from .published import MKJ_PLATFORM_2026, RULES, UnknownRule, find

REFUSALS: tuple[type[Refusal], ...] = (
    NoSuchProgramme,
    NoSuchClaim,
    NotTheDepartment,
    NotTheClaimant,
    UnknownRule,
    RuleNotInForce,
    AmountOutOfRange,
    UnusableField,
    ClaimedAlready,
    DeclaredOtherwise,
    NothingChanged,
    WrongState,
    Sanctioned,
    YearCapReached,
    BudgetExhausted,
)
"""Every refusal of the wing, in the order they are checked."""

__all__ = [
    "BANK",
    "FINAL",
    "GRANTED",
    "MKJ_PLATFORM_2026",
    "ORDERED",
    "REFUSALS",
    "RULES",
    "TRANSITIONS",
    "AmountOutOfRange",
    "BudgetExhausted",
    "ClaimedAlready",
    "DeclaredOtherwise",
    "NoSuchClaim",
    "NoSuchProgramme",
    "NotTheClaimant",
    "NotTheDepartment",
    "NothingChanged",
    "RuleNotInForce",
    "Sanctioned",
    "UnknownRule",
    "UnusableField",
    "WrongState",
    "YearCapReached",
    "budget_account",
    "cap_account",
    "cap_accounts",
    "decide",
    "diagram",
    "evaluate",
    "find",
    "make_claim",
    "open_programme",
    "programme_accounts",
    "require_department",
    "trace_text",
    "used_account",
    "year_cap_line",
]
