"""Which orders stand, by nothing but what entries tell of them, and what may not happen meanwhile."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from ..model import DEPOSIT_FORFEITED, FROZEN, PLANNED, RETURNED, SETTLED, THAWED, Authority, FreezeId, State
from .reading import Said

TOLD: Final = frozenset({FROZEN.name, THAWED.name})
STOPPED: Final = frozenset({PLANNED.name, SETTLED.name, DEPOSIT_FORFEITED.name, RETURNED.name})
NOTHING_LEFT: Final = frozenset({State.RELEASED, State.RETURNED, State.FORFEITED})


class Freezing:
    """The orders against one deal, as they have been told of."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._orders: set[tuple[str, str]] = set()
        self.standing: tuple[str, ...] = ()
        self.thawed_at: datetime | None = None

    def take(self, kind: str, state: State, said: Said) -> Iterator[str]:
        """Follow an order that is recorded or lifted; yield what is wrong with it."""
        freeze = said.data.id("freeze", FreezeId)
        if len(said.data.text("document_sha256")) != 64:
            yield "is founded on no document"
        if kind == THAWED.name:
            if freeze not in self.standing:
                yield f"lifts {freeze}, which does not stand"
            self.standing = tuple(one for one in self.standing if one != freeze)
            self.thawed_at = self.thawed_at if self.standing else said.at
            return
        if freeze in self._known:
            yield f"records {freeze} a second time"
        if state in NOTHING_LEFT:
            yield f"freezes a settlement that is {state}"
        authority = Authority(said.data.text("authority"))
        if said.opened.has("order_number"):
            order = (authority.value, said.opened.text("order_number"))
            if order in self._orders:
                yield "records an order that was recorded before"
            self._orders.add(order)
        self._known.add(freeze)
        self.standing = (*self.standing, freeze)

    def stops(self, kind: str) -> str | None:
        """Return why an entry of this kind may not come now, if it may not."""
        return f"comes while {' '.join(self.standing)} stands" if self.standing and kind in STOPPED else None
