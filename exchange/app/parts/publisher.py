"""The publisher process: gathers cosignatures, shows what has them, and has the log time-stamped."""

import logging
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from ledger.kernel.errors import Refusal
from ledger.log.publisher import Publisher
from ledger.log.remote import Authority, load_roots

from ..opening import units
from ..site import Site, policy_of
from . import part

log = logging.getLogger(__name__)

PAUSE_S: Final = 0.05  # as often as the sequencer signs


def main() -> None:
    """Publish until told to stop. Refuses a policy that does not accept this log, and roots that are none."""
    site = part.begin()
    try:
        run(site)
    except Refusal as refusal:
        log.critical("%s: %s", refusal.title(), refusal.detail)
        sys.exit(1)


def run(site: Site) -> None:
    """Publish what is signed, round by round."""
    stopped = part.stopped()
    with ExitStack() as stack:
        authority = _authority(site)
        if authority is not None:
            stack.callback(authority.close)
        opened = units(site.database.sequencer, connections=3)  # the third for what mirrors are sent
        publisher = stack.enter_context(Publisher(opened, policy_of(site), authority))
        while not stopped():
            if publisher.round().published is None:
                time.sleep(PAUSE_S)


def _authority(site: Site) -> Authority | None:
    """Return the site's time stamp authority. Refuses `NoRoots`."""
    if site.authority is None:
        return None
    return Authority(site.authority, roots=load_roots(Path(site.authority_roots or "")))


if __name__ == "__main__":
    main()
