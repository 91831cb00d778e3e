"""What every part has in common: its site, its end, and how it is asked to stop."""

import argparse
import logging
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from ..lifeline import die_with_parent
from ..site import Site


def begin() -> Site:
    """Read the site that the command line names, and end when the process that runs the site does."""
    parser = argparse.ArgumentParser(description="Be one process of a running exchange.")
    parser.add_argument("--site", type=Path, required=True, help="the site's file")
    site = Site.read(parser.parse_args().site)
    die_with_parent(site.parent)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return site


def stopped() -> Callable[[], bool]:
    """Return what says whether this process has been asked to stop."""
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return asked.is_set
