"""What a confirmation of a sale looks like."""

from typing import Annotated

from pydantic import Field

from exchange.auctions.api.shapes import Stage
from exchange.members.model import Organisation
from ledger.kernel.web import Instant, Money, Shape

from ..views import Confirmation


class NamedParty(Shape):
    """A party to a sale by its registered name."""

    id: str
    name: str
    credit_code: str

    @classmethod
    def of(cls, one: Organisation) -> "NamedParty":
        """Write a party."""
        return cls(id=one.id, name=one.name, credit_code=one.credit_code)


class ConfirmationShape(Shape):
    """That a lot was sold, to whom, for how much, and the entries of the record that say so."""

    lot: str
    listing: str | None
    title: Annotated[str | None, Field(description="of the listing")]
    state: Annotated[Stage, Field(description="`fell_through` where the sale has come to nothing since")]
    rule: str
    seller: NamedParty
    buyer: NamedParty
    code: Annotated[str, Field(description="the buyer's code while bidding was on")]
    rank: Annotated[int | None, Field(description="of the right of pre-emption it bid by, if any")]
    price: Money
    ended_at: Instant
    entries: Annotated[list[str], Field(description="of the ledger: the winning bid, and the sale")]

    @classmethod
    def of(cls, one: Confirmation) -> "ConfirmationShape":
        """Write a confirmation."""
        lot, leader = one.lot, one.leader
        return cls(
            lot=lot.id,
            listing=lot.listing,
            title=one.title,
            state=lot.state,
            rule=lot.profile.ref,
            seller=NamedParty.of(one.seller),
            buyer=NamedParty.of(one.buyer),
            code=leader.code,
            rank=leader.rank,
            price=Money.of(leader.amount_fen),
            ended_at=lot.ends_at,
            entries=list(one.entries),
        )
