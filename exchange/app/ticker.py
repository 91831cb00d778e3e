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

from . import flows, nightly
from .skew import ClockAstray

log = logging.getLogger(__name__)

EVERY_S: Final = 0.1
SWEEP_EVERY_S: Final = 1.0
RECKON_EVERY_S: Final = 3600.0  # another process may be older than its calendar, and leave something open after us
PROOF_EVERY_S: Final = 600.0  # a proof that was asked for and has not been made is asked for again


def run(
    units: Units,
    *,
    send_pack: Callable[[str], None],
    send_proof: Callable[[], None],
    stop: Callable[[], bool],
    require_sound_time: Callable[[], None] = lambda: None,
) -> None:
    """Count what was left open, tick what is due, re-send what is wanted, have the books proven; until `stop`.

    While `require_sound_time` refuses, time acts on nothing from here: another host's ticker is as good.
    """
    swept_at = 0.0
    asked_at: float | None = None
    reckoned_at: float | None = None
    while not stop():
        try:
            if reckoned_at is None or time.monotonic() - reckoned_at >= RECKON_EVERY_S:
                flows.reckon(units)
                reckoned_at = time.monotonic()
            require_sound_time()
            ticked = flows.tick_due(units)
            if time.monotonic() - swept_at >= SWEEP_EVERY_S:
                swept_at = time.monotonic()
                sweep(units, send_pack)
                if (asked_at is None or swept_at - asked_at >= PROOF_EVERY_S) and ask_for_proof(units, send_proof):
                    asked_at = swept_at
        except ClockAstray:  # the gauge has said so
            ticked = 0
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


def ask_for_proof(units: Units, send_proof: Callable[[], None]) -> bool:
    """Have the books proven if this night's proof has not been made; return whether it was asked for."""
    with units.look() as unit:
        due = nightly.is_due(unit)
    if due:
        send_proof()
    return due
