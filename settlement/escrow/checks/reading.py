"""What a fold reads, and what it amounts to."""

from dataclasses import dataclass
from datetime import datetime

from ledger.audit.reading import Reader

from ..model import DepositState, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """What the entries amount to; each field should equal the settlement's of the same meaning."""

    state: State
    deal: str
    seller: str
    rule: str
    deposits: tuple[tuple[str, DepositState], ...]  # by code, in the order they came
    deposit_fen: int
    code: str | None = None
    price_fen: int | None = None
    reward_min_bp: int | None = None
    contract: str | None = None
    effective_at: datetime | None = None
    pay_by: datetime | None = None
    paid_at: datetime | None = None
    settle_by: datetime | None = None
    fee_fen: int | None = None
    costs_fen: int | None = None
    reward_bp: int | None = None
    reward_fen: int | None = None
    seller_fen: int | None = None
    frozen: tuple[str, ...] = ()
    thawed_at: datetime | None = None

    @property
    def balance_fen(self) -> int:
        """What the buyer owes beside its deposit."""
        return (self.price_fen or 0) - self.deposit_fen

    commission_fen: int | None = None
    owners_fen: int | None = None
    withheld_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One entry: what it publishes, what of its sealed fields was opened, and the arrival that caused it."""

    data: Reader
    opened: Reader
    at: datetime
