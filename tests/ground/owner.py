"""A process that runs the servers of a folder until it is told to stop; says where they are in one line of JSON."""

import json
import signal
import sys
from pathlib import Path

from exchange.app import servers
from exchange.app.settings import Settings


def stop(*_):
    """Turn the signal into an exception, as the command line does."""
    raise SystemExit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        with servers.running(Settings(home=Path(sys.argv[1]))) as addresses:
            sys.stdout.write(json.dumps({"database": addresses.database, "redis": addresses.redis}) + "\n")
            sys.stdout.flush()
            signal.pause()
    except servers.CannotStart as refusal:
        sys.exit(str(refusal))
