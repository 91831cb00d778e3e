"""What requests and answers about orders to freeze look like."""

from typing import Annotated

from pydantic import Field, StrictStr

from ledger.kernel.web import Instant, Shape

from ..model import MAX_ORDER_NUMBER, MAX_REASON, Authority, Freeze, FreezeState
from .shapes import Sha256


class FreezeOrder(Shape):
    """An order of a court or regulator, as its recorder has it before them."""

    authority: Authority
    order_number: Annotated[StrictStr, Field(min_length=1, max_length=MAX_ORDER_NUMBER)]
    document_sha256: Sha256
    reason: Annotated[StrictStr, Field(min_length=1, max_length=MAX_REASON)]


class FreezeLift(Shape):
    """What says that an order no longer stands."""

    document_sha256: Sha256


class FreezeShape(Shape):
    """An order to freeze a deal's money, as its parties see it."""

    id: str
    settlement: str
    authority: Authority
    document_sha256: str
    state: FreezeState
    frozen_at: Instant
    lifted_at: Instant | None
    lifted_sha256: str | None

    @classmethod
    def of(cls, one: Freeze) -> "FreezeShape":
        """Write what the record shows of an order."""
        return cls.model_validate(_shown(one))


class WholeFreezeShape(FreezeShape):
    """An order with what is sealed on the record, for whoever may read every deal."""

    order_number: str
    reason: str

    @classmethod
    def of(cls, one: Freeze) -> "WholeFreezeShape":
        """Write all of an order."""
        return cls.model_validate(_shown(one) | {"order_number": one.order_number, "reason": one.reason})


class PartyFreezeShape(FreezeShape):
    """An order as a deal's page has it: its seller and buyer may appeal against it, so they are told which it is."""

    order_number: Annotated[str | None, Field(description="null for whoever is no party to the deal")]
    reason: Annotated[str | None, Field(description="null likewise")]

    @classmethod
    def seen(cls, one: Freeze, *, whole: bool) -> "PartyFreezeShape":
        """Write an order, its number and reason where the `whole` may be seen."""
        said = (one.order_number, one.reason) if whole else (None, None)
        return cls.model_validate(_shown(one) | dict(zip(("order_number", "reason"), said, strict=True)))


class FreezePage(Shape):
    """Some orders, and the identifier to go on after."""

    items: list[WholeFreezeShape]
    next: str | None


def _shown(one: Freeze) -> dict[str, object]:
    return {
        "id": one.id,
        "settlement": one.settlement,
        "authority": one.authority,
        "document_sha256": one.document_sha256,
        "state": one.state,
        "frozen_at": one.frozen_at,
        "lifted_at": one.lifted_at,
        "lifted_sha256": one.lifted_sha256,
    }
