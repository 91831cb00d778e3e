"""The nouns of a freeze: an order from outside under which a deal's money stays where it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from ledger.log.model import Event

from .settlements import FreezeId, Settlement, SettlementId

MAX_ORDER_NUMBER = 200  # characters
MAX_REASON = 1_000  # characters


class Authority(StrEnum):
    """Who may order that money stays where it is."""

    COURT = "court"  # 人民法院
    REGULATOR = "regulator"  # 监管部门


class FreezeState(StrEnum):
    """Whether an order stands; the comment says who acts next."""

    STANDING = "standing"  # who recorded it: lifts it when the authority says so
    LIFTED = "lifted"  # nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """An order to freeze the money of one deal (冻结). A deal is frozen while any order stands."""

    id: FreezeId
    settlement: SettlementId
    authority: Authority
    order_number: str  # the authority's own; sealed on the record
    document_sha256: str
    reason: str  # sealed on the record
    state: FreezeState
    frozen_at: datetime
    lifted_at: datetime | None = None
    lifted_sha256: str | None = None  # of the document that lifts it


@dataclass(frozen=True, slots=True, kw_only=True)
class Impose:
    """Record an order. One number of one authority is recorded once for a deal."""

    id: FreezeId
    authority: Authority
    order_number: str
    document_sha256: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """Record that an order no longer stands, with the hash of what says so."""

    document_sha256: str


FreezeCommand: TypeAlias = Lift
FREEZE_COMMANDS: tuple[type[FreezeCommand], ...] = (Lift,)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeDecision:
    """What recording or lifting an order changes: the order, its settlement, and what to record."""

    freeze: Freeze
    settlement: Settlement
    events: tuple[Event, ...] = ()
