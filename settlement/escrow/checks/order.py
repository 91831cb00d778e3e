"""In which state of a settlement each entry may come, what comes only while bidding, and where refunds lead."""

from collections.abc import Mapping
from typing import Final

from ..model import (
    AWARDED,
    BALANCE_DUE,
    BALANCE_PAID,
    DEPOSIT_FORFEITED,
    DEPOSIT_HELD,
    DEPOSIT_REFUNDED,
    DEPOSIT_REQUESTED,
    PLANNED,
    RELEASED,
    RETURNED,
    SETTLED,
    SHARED,
    RefundReason,
    State,
)

FINAL: Final = frozenset({State.SETTLED, State.PLANNED, State.RELEASED, State.RETURNED, State.FORFEITED})
LAWFUL: Final[Mapping[str, frozenset[State]]] = {
    DEPOSIT_HELD.name: frozenset({State.BIDDING}),
    DEPOSIT_REFUNDED.name: frozenset({State.BIDDING, State.AWARDED}),
    AWARDED.name: frozenset({State.BIDDING}),
    RELEASED.name: frozenset({State.BIDDING}),
    BALANCE_DUE.name: frozenset({State.AWARDED}),
    RETURNED.name: frozenset({State.AWARDED}),
    DEPOSIT_FORFEITED.name: frozenset({State.AWARDED, State.DUE}),
    BALANCE_PAID.name: frozenset({State.DUE}),
    SETTLED.name: frozenset({State.PAID}),
    PLANNED.name: frozenset({State.DUE}),
    SHARED.name: frozenset({State.SETTLED}),
    DEPOSIT_REQUESTED.name: frozenset({State.BIDDING}),
}
WHILE_BIDDING: Final = frozenset(
    {DEPOSIT_REQUESTED.name, DEPOSIT_REFUNDED.name, DEPOSIT_HELD.name, AWARDED.name, RELEASED.name}
)
ENDS: Final = {RefundReason.UNSOLD: RELEASED.name, RefundReason.SELLER_DEFAULT: RETURNED.name}
