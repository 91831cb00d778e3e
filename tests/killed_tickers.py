"""Tickers that race, and die of SIGKILL: at a commit that is named, or when their time has come.

A nursery imports everything once and forks the tickers of each round at the same moment; each is a process of its own
with connections of its own, and acts as the ticker's does until nothing is due. One that is to die at a commit
(`3 before`: the third commit of its life has not been sent; `3 after`: it is durable, and nobody has heard) or after so
many seconds flushes nothing, rolls nothing back and says no goodbye.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from exchange.app import flows
from exchange.auctions import service as auctions
from ledger.kernel import clock, db
from tests.crashing import ROOT, Fate, FatefulUnits

KILLED = -signal.SIGKILL
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Ticker:
    """How one ticker of a round ends: at a commit, after some time, or (neither) when nothing is due any more."""

    at_commit: str | None = None
    after_s: float | None = None


class Nursery:
    """The parent's end."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.killed_tickers"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def send(self, url, *tickers):
        """Let a round of tickers loose at once."""
        self.process.stdin.write(json.dumps({"url": url, "tickers": [asdict(one) for one in tickers]}) + "\n")
        self.process.stdin.flush()

    def ends(self):
        """Wait for the round; return how each ended: the signal that killed it, negative, or 0."""
        return json.loads(self.process.stdout.readline())

    def run(self, url, *tickers):
        """Let a round loose and wait for its end."""
        self.send(url, *tickers)
        return self.ends()

    def close(self):
        self.process.communicate()


def live(url, at_commit):
    """Be a ticker until nothing is due, or until fate strikes."""
    engine = db.engine(url, connections=2)
    units = FatefulUnits(engine, clock.of(engine), Fate(at_commit and f"commit {at_commit}"))
    deadline = time.monotonic() + PATIENCE_S
    while flows.tick_due(units) or _is_due(units):
        assert time.monotonic() < deadline, "something stays due"


def _is_due(units):
    """Whether something is due that another ticker holds: should that one die, it is ours."""
    with units.look() as unit:
        soonest = auctions.next_due(unit)
        return soonest is not None and soonest <= unit.now()


def fork(url, at_commit, gate):
    """Start one child, which begins when the gate is closed."""
    if child := os.fork():
        return child
    try:
        os.close(gate[1])
        os.read(gate[0], 1)
        live(url, at_commit)
    except BaseException as error:  # noqa: BLE001 - a child never returns
        print(repr(error), file=sys.stderr)  # noqa: T201
        os._exit(1)
    os._exit(0)


def main():
    for line in sys.stdin:
        said = json.loads(line)
        gate = os.pipe()
        children = [fork(said["url"], one["at_commit"], gate) for one in said["tickers"]]
        os.close(gate[1])  # all of them are off
        os.close(gate[0])
        fates = zip(said["tickers"], children, strict=True)
        doomed = sorted((one["after_s"], child) for one, child in fates if one["after_s"] is not None)
        began = time.monotonic()
        for after_s, child in doomed:
            time.sleep(max(0.0, began + after_s - time.monotonic()))
            os.kill(child, signal.SIGKILL)  # one that ended meanwhile is not reaped yet: its number is nobody else's
        ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        print(json.dumps(ends), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
