"""The ticker: sends time to whatever it is due for, through the same door as every command.

It keeps nothing in memory: what is due stands in `due_at`, which pack is wanted stands in its row. Several tickers
may run side by side; a row one of them holds is skipped by the others, and a tick that comes too early is refused
by the rules.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from ledger.kernel.errors import Refusal
from ledger.kernel.unit import Units

from . import flows

log = logging.getLogger(__name__)

EVERY_S: Final = 0.1
SWEEP_EVERY_S: Final = 1.0


def run(units: Units, *, send_pack: Callable[[str], None], stop: Callable[[], bool]) -> None:
    """Tick what is due and re-send what is wanted, until `stop` says so."""
    swept_at = 0.0
    while not stop():
        try:
            ticked = flows.tick_due(units)
            if time.monotonic() - swept_at >= SWEEP_EVERY_S:
                swept_at = time.monotonic()
                sweep(units, send_pack)
        except Refusal as refusal:
            log.warning("the ticker was refused: %s", refusal.detail)
            ticked = 0
        if not ticked:
            time.sleep(EVERY_S)


def sweep(units: Units, send_pack: Callable[[str], None]) -> int:
    """Send a message for every pack that is wanted and that nobody is building; return how many."""
    wanted = flows.packs_wanted(units)
    for pack in wanted:
        send_pack(pack)
    return len(wanted)
