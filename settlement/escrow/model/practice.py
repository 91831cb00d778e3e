"""The nouns of the practice of escrow: dated numbers beside the terms, cited by version."""

from dataclasses import asdict, dataclass
from datetime import date

from ledger.kernel.canonical import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A published version of how escrow is kept (资金托管规则版本): dated data, never edited.

    Days are working days in China where the name says `_workdays`, else calendar days.
    """

    id: str
    version: int
    effective_from: date  # in China
    first_share_bp: int  # of the price, the least that a first instalment is
    first_within_workdays: int  # of the plan's taking effect
    rest_within_days: int  # of the plan's taking effect
    interest_min_bp: int  # a year, on what is paid later than the first instalment
    settle_within_workdays: int  # of a payment, in which the seller states its costs and divides it
    commission_max_bp: int  # of a payment, for a broker
    trial_max_days: int
    statement_within_days: int  # of the end of a period, in which sales are stated
    royalty_within_workdays: int  # of a statement, in which its royalty is paid
    misdirected_within_workdays: int  # in which money nobody expected is assigned or sent back
    forfeit_order: tuple[str, ...]  # who is paid first out of a lost deposit

    @property
    def ref(self) -> str:
        """How decisions and entries cite this version: `escrow-2026@1`."""
        return f"{self.id}@{self.version}"

    def to_json(self) -> dict[str, Json]:
        """Write the practice for an entry."""
        return asdict(self) | {
            "effective_from": self.effective_from.isoformat(),
            "forfeit_order": list(self.forfeit_order),
        }
