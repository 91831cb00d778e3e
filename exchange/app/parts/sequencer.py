"""The sequencer process: places what the outbox holds, some twenty times a second."""

import logging
import sys
import time
from typing import Final

from ledger.kernel.errors import Refusal
from ledger.log.journal import Journal
from ledger.log.sequencer import BATCH, Sequencer

from ..opening import ring, units
from ..site import Site, policy_of
from . import part

log = logging.getLogger(__name__)

PAUSE_S: Final = 0.05  # a step costs about the same for one entry as for a hundred, and takes what has come meanwhile
JOURNAL: Final = "log.signed"  # beside the key: what it has signed last


def main() -> None:
    """Place entries until told to stop.

    Refuses to begin, or to go on, where the database, the key and its journal do not agree; what to do about it then
    stands at the end of the log.
    """
    site = part.begin()
    try:
        run(site)
    except Refusal as refusal:
        log.critical("%s: %s", refusal.title(), refusal.detail)
        sys.exit(1)


def run(site: Site) -> None:
    """Verify the log's edge, then place what comes."""
    sequencer = Sequencer(
        units(site.database.sequencer, connections=2),
        origin=site.database.origin,
        signers=ring(site),
        journal=Journal(site.folder / JOURNAL),
        gated=policy_of(site).quorum is not None,
    )
    log.info("the log stands at %d entries", sequencer.check())
    stopped = part.stopped()
    while not stopped():
        if sequencer.step() < BATCH:
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
