"""What the money of the whole log comes to, as its entries state it."""

from dataclasses import dataclass
from typing import Final

from ledger.kernel.money import format_yuan

TOLD: Final = (
    "deposits",
    "refunded",
    "applied",
    "forfeited",
    "held",
    "prices",
    "fees",
    "rewards",
    "sellers",
    "subsidies",
    "plans",
    "royalties",
)
"""In this order; new ones come last, for whoever reads the line by its places."""


@dataclass(slots=True, kw_only=True)
class Figures:
    """Sums in fen over all settlements, programmes and claims. Deposits that came in went one of four ways.

    `sellers` and `fees` hold the parts of a forfeited deposit too. `held` is counted deposit by deposit.
    """

    began_at: int | None = None  # index of the first settlement's opening: since then, money is kept
    deposits_fen: int = 0
    refunded_fen: int = 0
    applied_fen: int = 0
    forfeited_fen: int = 0
    held_fen: int = 0
    balances_fen: int = 0  # what came in beside the deposits
    prices_fen: int = 0  # of which the balance has been paid
    unsettled_fen: int = 0  # of these, not yet paid out
    fees_fen: int = 0
    rewards_fen: int = 0
    shared_fen: int = 0  # of the rewards, where the payouts are opened
    sellers_fen: int = 0
    plans_fen: int = 0  # what came in by parts of plans
    planned_fen: int = 0  # what plans keep: deposits taken over, parts not yet divided, shares that are sealed
    tried_fen: int = 0  # of it, what is set aside while a buyer tries
    plan_fees_fen: int = 0
    plans_ordered_fen: int = 0  # what left plans to others, as far as it is opened
    royalties_fen: int = 0  # what came in for periods of royalties
    royalty_fees_fen: int = 0
    royalties_ordered_fen: int = 0  # what left royalties to others, as far as it is opened
    misdirected_fen: int = 0  # what came in and nobody expected, but for what was received anew for something due
    sent_back_fen: int = 0  # of it
    programmes: int = 0
    budgets_fen: int = 0
    subsidies_fen: int = 0

    @property
    def kept(self) -> bool:
        """Whether the log keeps money at all."""
        return self.began_at is not None or self.programmes > 0

    @property
    def every_fee_fen(self) -> int:
        """What the exchange has earned, by prices, plans and royalties."""
        return self.fees_fen + self.plan_fees_fen + self.royalty_fees_fen

    @property
    def received_fen(self) -> int:
        """All that ever came in."""
        deals = self.deposits_fen + self.balances_fen + self.plans_fen + self.royalties_fen
        return deals + self.misdirected_fen + self.budgets_fen

    @property
    def ordered_fen(self) -> int:
        """All that was ordered to be paid to others; of the inventors' rewards, what is opened."""
        own = self.refunded_fen + self.sellers_fen + self.shared_fen
        return own + self.plans_ordered_fen + self.royalties_ordered_fen + self.sent_back_fen + self.subsidies_fen

    @property
    def in_custody_fen(self) -> int:
        """All that must still be there: deposits, prices, rewards that are sealed, what nobody expected, budgets."""
        rewards = self.rewards_fen - self.shared_fen
        kept = self.held_fen + self.unsettled_fen + self.planned_fen + rewards
        royalties = self.royalties_fen - self.royalty_fees_fen - self.royalties_ordered_fen
        return kept + royalties + self.misdirected_fen - self.sent_back_fen + self.budgets_fen - self.subsidies_fen

    @property
    def line(self) -> str:
        """The figures in one line, in yuan: `money: ok deposits=30000.00 …`.

        Fees are all that the exchange has earned; `plans` and `royalties` what came in for them beside deposits.
        """
        told = {name: getattr(self, f"{name}_fen") for name in TOLD} | {"fees": self.every_fee_fen}
        return " ".join(["money: ok", *(f"{name}={format_yuan(fen)}" for name, fen in told.items())])
