"""Commands that span wings: what each sibling may not know of the other is put together here."""

from .burdens import release_encumbrance
from .time import StillTicking, move_clock, packs_wanted, tick_due

__all__ = ["StillTicking", "move_clock", "packs_wanted", "release_encumbrance", "tick_due"]
