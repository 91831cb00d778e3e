"""The sequencer process: places what the outbox holds, some twenty times a second."""

import logging
import time
from pathlib import Path
from typing import Final

from ledger.log import keys
from ledger.log.sequencer import BATCH, Sequencer

from ..opening import units
from . import part

log = logging.getLogger(__name__)

PAUSE_S: Final = 0.05  # a step costs about the same for one entry as for a hundred, and takes what has come meanwhile


def main() -> None:
    """Place entries until told to stop. Refuses to begin on a broken edge or with another key."""
    site = part.begin()
    sequencer = Sequencer(
        units(site.database.sequencer, connections=2),
        origin=site.database.origin,
        signers=keys.load(Path(site.key_file)),
    )
    log.info("the log stands at %d entries", sequencer.check())
    stopped = part.stopped()
    while not stopped():
        if sequencer.step() < BATCH:
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
