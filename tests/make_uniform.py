"""Build lots of several licences: two of them, at the usual start price and in the usual steps."""

from typing import Any

from exchange.auctions import rules
from exchange.auctions.model import Announce, Lot, Units
from ledger.kernel.ids import OrganisationId
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, CODES, NOON

PROFILE = "exchange-uniform@1"
EVE = NOON - make.DAY
DAN = OrganisationId.from_number(14)
CODES.setdefault(DAN, make.BidderCode("0014"))
ALL = (ANN, BEN, CAI, DAN)


def draft(count: int = 2, **changes: Any) -> Lot:
    return make.draft(PROFILE, **({"form": Units(count=count)} | changes))


def lot(count: int = 2, **changes: Any) -> Lot:
    return make.announced(PROFILE, **({"form": Units(count=count)} | changes))


def after(on: Lot, *bids: tuple[OrganisationId, int]) -> Lot:
    """Have these bid at noon, one after another."""
    for number, (organisation, amount_fen) in enumerate(bids, start=1):
        on = make.offer(on, organisation, amount_fen, NOON, number).lot
    return on


def opened(record: make.Record, count: int = 2, **changes: Any) -> Lot:
    """Announce a lot and have everybody's deposit confirmed."""
    made = record.take(rules.decide(draft(count, **changes), Announce(), make.cause(make.SELLER, EVE)), EVE)
    for one in ALL:
        made = record.take(rules.decide(made, make.deposit(one), make.cause(make.OFFICER, EVE)), EVE)
    return made
