"""What the bank is to be told, for the officers who tell it: whom an inventor's place stands for, the asset says."""

from typing import Annotated

from fastapi import APIRouter, Query

from exchange.members.model import Capability
from ledger.kernel.web import Door, needs
from settlement.escrow.api import PayoutPage, PayoutShape

from .. import views

router = APIRouter(prefix="/v1", tags=["settlements"])


@router.get("/payouts", response_model=PayoutPage)
def list_payouts(
    after: Annotated[int, Query(ge=0, lt=1 << 63)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    door: Door = needs(Capability.PAYMENTS_RECORD),
) -> PayoutPage:
    """Return what is to be paid out of custody, and to whom, in the order in which it was ordered."""
    found = door.read(lambda unit: views.payouts(unit, after=after, limit=limit))
    items = [PayoutShape.of(one.ordered, one.name) for one in found]
    return PayoutPage(items=items, next=items[-1].number if len(items) == limit else None)
