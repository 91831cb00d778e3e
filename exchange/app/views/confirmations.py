"""Who bought a lot, told to everybody once it is sold (成交确认书).

The record's public fields never name a buyer, so that what it must keep for ever need not: this page reads the row,
and cites the entries whose sealed `buyer` is the same.
"""

from dataclasses import dataclass

from exchange.auctions import service as auctions
from exchange.auctions.model import Bid, Lot, LotId, State
from exchange.members import service as members
from exchange.members.model import Organisation
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.unit import Unit
from ledger.log import service as log
from listings.achievements import service as achievements
from listings.achievements.model import ListingId


class NotConfirmed(Refusal):
    """There is no public confirmation of a sale of this lot."""

    kind = Kind.NOT_FOUND
    zh = "该标的没有公示的成交确认书"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A lot that was sold, its parties by name, and the entries that say so."""

    lot: Lot
    leader: Bid
    title: str | None
    seller: Organisation
    buyer: Organisation
    entries: tuple[str, ...]


def confirmation(unit: Unit, cause: Cause, id: LotId) -> Confirmation:
    """Return who bought a lot, where its rules publish that. Refuses `NoSuchLot`, `NotConfirmed`.

    A sale that has fallen through since was one: who won it stays told.
    """
    lot = auctions.find(unit, cause, id).lot
    if not lot.profile.confirms or lot.state not in {State.SOLD, State.FELL_THROUGH} or lot.leader is None:
        raise NotConfirmed("a confirmation follows a sale, under rules that ask for one")
    title = achievements.offered(unit, ListingId(lot.listing))[0].terms.title if lot.listing else None
    return Confirmation(
        lot=lot,
        leader=lot.leader,
        title=title,
        seller=members.find(unit, lot.seller),
        buyer=members.find(unit, lot.leader.organisation),
        entries=tuple(log.about(unit, id, bid=lot.leader.id)),
    )
