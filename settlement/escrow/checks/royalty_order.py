"""In which state of a royalty, and of its period, each entry may come; and whose act it is."""

from collections.abc import Mapping
from typing import Final

from ..model import (
    AUDIT_CALLED,
    ROYALTY_AGREED,
    ROYALTY_AUDITED,
    ROYALTY_DIVIDED,
    ROYALTY_ENDED,
    ROYALTY_ESTIMATED,
    ROYALTY_LAPSED,
    ROYALTY_OVERDUE,
    ROYALTY_PAID,
    ROYALTY_PROPOSED,
    ROYALTY_TERMINATED,
    ROYALTY_WITHDRAWN,
    SALES_STATED,
    TERMINATION_SIGNED,
    PeriodState,
    RoyaltyState,
)

_PROPOSED: Final = frozenset({RoyaltyState.PROPOSED})
BOTH: Final = frozenset({RoyaltyState.RUNNING, RoyaltyState.CLOSING})
LAWFUL: Final[Mapping[str, frozenset[RoyaltyState]]] = {
    ROYALTY_WITHDRAWN.name: _PROPOSED,
    ROYALTY_LAPSED.name: _PROPOSED,
    ROYALTY_AGREED.name: _PROPOSED,
    SALES_STATED.name: BOTH,
    ROYALTY_ESTIMATED.name: BOTH,
    AUDIT_CALLED.name: BOTH,
    ROYALTY_AUDITED.name: BOTH,
    ROYALTY_PAID.name: BOTH,
    ROYALTY_OVERDUE.name: BOTH,
    ROYALTY_DIVIDED.name: BOTH,
    TERMINATION_SIGNED.name: frozenset({RoyaltyState.RUNNING}),
    ROYALTY_TERMINATED.name: BOTH,
    ROYALTY_ENDED.name: BOTH,
}
_P: Final = PeriodState
OWING: Final = frozenset({_P.STATED, _P.ESTIMATED, _P.AUDITED})
_AUDITABLE: Final = frozenset({_P.STATED, _P.ESTIMATED, _P.PAID, _P.DIVIDED})
OF_A_PERIOD: Final[Mapping[str, frozenset[PeriodState]]] = {
    SALES_STATED.name: frozenset({_P.RUNNING, _P.ESTIMATED}),
    ROYALTY_ESTIMATED.name: frozenset({_P.RUNNING}),
    AUDIT_CALLED.name: _AUDITABLE,
    ROYALTY_AUDITED.name: _AUDITABLE,
    ROYALTY_PAID.name: OWING,
    ROYALTY_OVERDUE.name: OWING,
    ROYALTY_DIVIDED.name: frozenset({_P.PAID, _P.AUDITED}),  # of the latter, by time alone
}
SELLERS: Final = frozenset({ROYALTY_PROPOSED.name, ROYALTY_WITHDRAWN.name, AUDIT_CALLED.name})
BUYERS: Final = frozenset({ROYALTY_AGREED.name, SALES_STATED.name})
