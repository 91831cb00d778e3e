"""What the bank is to be told, for the officers who tell it."""

from typing import Annotated

from fastapi import Query

from ledger.kernel.web import Door, needs

from .. import service
from .router import router
from .shapes import PayoutPage, PayoutShape

RECORD = "payments.record"


@router.get("/payouts", response_model=PayoutPage)
def list_payouts(
    after: Annotated[int, Query(ge=0, lt=1 << 63)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    door: Door = needs(RECORD),
) -> PayoutPage:
    """Return what is to be paid out of custody, and to whom, in the order in which it was ordered."""
    found = door.read(lambda unit: service.payout_page(unit, after=after, limit=limit))
    items = [PayoutShape.of(one) for one in found]
    return PayoutPage(items=items, next=items[-1].number if len(items) == limit else None)
