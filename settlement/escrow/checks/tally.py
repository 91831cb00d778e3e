"""What a settlement comes to, in sums that may be added over all settlements."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Deposits that came in = refunded + applied + forfeited + held. `price_fen` is nothing until it is paid.

    Of a forfeited deposit, too, one part is the fee and one the seller's. Added up, the seller is nobody's.
    """

    seller: str | None = None
    deposits_fen: int = 0
    refunded_fen: int = 0
    applied_fen: int = 0
    forfeited_fen: int = 0
    held_fen: int = 0
    price_fen: int = 0
    fee_fen: int = 0
    reward_fen: int = 0
    seller_fen: int = 0
    planned_fen: int = 0  # of what is applied, what a plan has taken over

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            seller=self.seller if self.seller == other.seller else None,
            deposits_fen=self.deposits_fen + other.deposits_fen,
            refunded_fen=self.refunded_fen + other.refunded_fen,
            applied_fen=self.applied_fen + other.applied_fen,
            forfeited_fen=self.forfeited_fen + other.forfeited_fen,
            held_fen=self.held_fen + other.held_fen,
            price_fen=self.price_fen + other.price_fen,
            fee_fen=self.fee_fen + other.fee_fen,
            reward_fen=self.reward_fen + other.reward_fen,
            seller_fen=self.seller_fen + other.seller_fen,
            planned_fen=self.planned_fen + other.planned_fen,
        )

    @property
    def received_fen(self) -> int:
        """All that ever came in: deposits, and of a price what its deposit did not cover."""
        return self.deposits_fen + self.price_fen - self.applied_fen + self.planned_fen

    @property
    def paid_out_fen(self) -> int:
        """All that left custody: back to bidders, to the exchange, to inventors and sellers. Not a plan's."""
        return self.refunded_fen + self.fee_fen + self.reward_fen + self.seller_fen
