"""Parts of an exchange as processes of their own, on a database that a test has: started, killed, started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace

import httpx2

from exchange.app.site import Site

READY_TIMEOUT_S = 180.0  # a busy machine


def site_over(world, addresses, folder):
    """Return a site over a world's database, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    return Site(
        database=world.database,
        home=str(folder),
        broker=addresses.broker,
        key_file="",
        vkey=str(world.signer.key),
        policy=world.policy.text,
        host="127.0.0.1",
        port=port,
        parent=os.getpid(),
    )


class PartProcess:
    """One part of a site, perhaps on a host whose clock is ahead by some milliseconds."""

    def __init__(self, name, site, *, ahead_ms=0):
        self.site, self.log = site, site.folder / f"{name}-{site.port}.log"
        file = site.folder / f"{name}-{site.port}.json"
        site.write(file)
        self.command = [sys.executable, "-m", "tests.part_processes", name, str(ahead_ms), "--site", str(file)]
        self.start()

    def start(self):
        """Start it, or start it again."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)

    def kill(self):
        """Kill it without warning, as a crash would, and start it again."""
        self.process.kill()
        self.process.wait()
        self.start()

    def wait_ready(self):
        """Wait until an API answers."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            with suppress(httpx2.HTTPError):
                return httpx2.get(f"{self.site.url}/healthz", timeout=READY_TIMEOUT_S).json()
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def end(self):
        """Ask it to stop; a part that was killed by us, or told before it listened, ends by the signal."""
        self.process.terminate()
        assert self.process.wait(30) in {0, -signal.SIGTERM}, self.log.read_text()


def on_another_port(site):
    """Return the same site as another host would serve it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return replace(site, port=probe.getsockname()[1])


def falsify(ahead_ms):
    """Set this process's clock ahead, at the one place where it is read."""
    from datetime import datetime, timedelta

    from ledger.kernel import clock

    class Astray(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(milliseconds=ahead_ms)

    clock.datetime = Astray


def main():
    import importlib

    name, ahead_ms = sys.argv.pop(1), float(sys.argv.pop(1))
    if ahead_ms:
        falsify(ahead_ms)
    importlib.import_module(f"exchange.app.parts.{name}").main()


if __name__ == "__main__":
    main()
