"""What is asked and told of how a lot is offered: who may match a price, what came before, why it stands still."""

from typing import Annotated

from pydantic import Field, StrictInt, StrictStr

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.web import Instant, Money, Shape, named

from ..model import Halt, Holder, Previous, Right, Suspension

Order = Annotated[StrictStr, Field(min_length=1, max_length=200, description="its number, as it is published")]


class PriorityHolder(Shape):
    """An organisation with a right of pre-emption, as the seller names it; the public is not told which."""

    organisation: Annotated[OrganisationId, named(OrganisationId)]
    rank: Annotated[StrictInt, Field(ge=1, le=50, description="1 goes first")]
    right: Right
    notified_at: Annotated[
        Instant | None, Field(description="when it was told of the auction; null where it could not be reached")
    ] = None

    def holder(self) -> Holder:
        """Return the noun."""
        return Holder(organisation=self.organisation, rank=self.rank, right=self.right, notified_at=self.notified_at)


class HolderSeen(Shape):
    """A right of pre-emption as anyone may see it."""

    rank: int
    right: Right
    notified_at: Instant | None

    @classmethod
    def of(cls, one: Holder) -> "HolderSeen":
        """Write all but whose it is."""
        return cls(rank=one.rank, right=one.right, notified_at=one.notified_at)


class Follows(Shape):
    """The lot that offered the same listing before and found no bids."""

    lot: str
    ended_at: Instant
    start_price: Money

    @classmethod
    def of(cls, one: Previous) -> "Follows":
        """Write what this lot is held to."""
        return cls(lot=one.lot, ended_at=one.ended_at, start_price=Money.of(Fen(one.start_price_fen)))


class SuspensionShape(Shape):
    """Since when bidding is suspended, and why."""

    at: Instant
    reason: Halt
    order: str | None

    @classmethod
    def of(cls, one: Suspension) -> "SuspensionShape":
        """Write it."""
        return cls(at=one.at, reason=one.reason, order=one.order)


class Stopping(Shape):
    """Why a lot is suspended or cancelled; where a court or an objection is behind it, by which order."""

    reason: Halt
    order: Order | None = None


class Resuming(Shape):
    """When the cause of a suspension had gone."""

    cause_ended_at: Instant
