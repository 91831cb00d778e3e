"""Sequencers that kill themselves: a nursery process that forks one for each request, and the oracle over what is left.

The nursery imports everything once and has one thread, so a child is a true process of its own and starts in a moment.
It dies by SIGKILL at the point it was told: nothing is flushed, rolled back or said goodbye to.

    commit 1 before · commit 1 after          what places          commit 2 before · commit 2 after     what signs
    journal before · rename before · rename after · journal after
    sign 0 before · sign 0 after · sign 1 before · sign 1 after    and so on, one for each key of the ring
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ledger.kernel import clock, db, instant
from ledger.kernel.unit import Unit, Units
from ledger.log import checkpoints, keys, merkle, store
from ledger.log.journal import Journal
from ledger.log.sequencer import Sequencer

ROOT = Path(__file__).parents[1]
POINTS = (
    *(f"commit 1 {side}" for side in ("before", "after")),
    "journal before",
    "rename before",
    "rename after",
    "journal after",
    *(f"sign {number} {side}" for number in range(2) for side in ("before", "after")),
    *(f"commit 2 {side}" for side in ("before", "after")),
)
"""In the order in which one step comes by them."""


class Fate:
    """Kills the process when it comes by the chosen point."""

    def __init__(self, point=None):
        self.point = point

    def passes(self, point):
        if point == self.point:
            os.kill(os.getpid(), signal.SIGKILL)


class FatefulUnits(Units):
    """Units whose commits may be the last thing, or not even that."""

    def __init__(self, engine, time, fate):
        super().__init__(engine, time)
        self.fate, self.commits = fate, 0

    @contextmanager
    def begin(self):
        with self.engine.connect() as connection:
            unit = Unit(connection, self.clock)
            yield unit
            unit.send()
            self.commits += 1
            self.fate.passes(f"commit {self.commits} before")
            connection.commit()
            self.fate.passes(f"commit {self.commits} after")


class FatefulJournal(Journal):
    """A journal that may be cut off at any moment of its writing."""

    def __init__(self, path, fate):
        super().__init__(path)
        self.fate = fate

    def _write(self, line):
        self.fate.passes("journal before")
        super()._write(line)
        self.fate.passes("journal after")


class WitnessedSigner:
    """A key whose every signature is remembered in a file before anybody has it."""

    def __init__(self, inner, number, file, fate):
        self.inner, self.number, self.file, self.fate = inner, number, file, fate

    @property
    def key(self):
        return self.inner.key

    def sign(self, text, *, at):
        self.fate.passes(f"sign {self.number} before")
        signature = self.inner.sign(text, at=at)
        line = json.dumps({"key": str(self.key), "text": text.decode(), "at": instant.render(at)}) + "\n"
        with self.file.open("a") as file:
            file.write(line)
        self.fate.passes(f"sign {self.number} after")
        return signature


def sequencer(units, *, origin, folder, fate=None, gated=False, ring=None):
    """A sequencer with the key and the journal of `folder`, whose signatures are remembered there."""
    fate = fate or Fate()
    return Sequencer(
        units,
        origin=origin,
        signers=[
            WitnessedSigner(one, number, folder / "signatures", fate)
            for number, one in enumerate(ring or keys.load(folder / "log.key"))
        ],
        journal=FatefulJournal(folder / "log.signed", fate),
        gated=gated,
    )


@dataclass(frozen=True)
class Signed:
    """A signature that was made."""

    key: str
    checkpoint: checkpoints.Checkpoint
    at: datetime


def signatures(folder):
    """Every signature that was ever made with the key of `folder`, in order."""
    file = folder / "signatures"
    told = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [Signed(one["key"], checkpoints.parse(one["text"]), instant.parse(one["at"])) for one in told]


def check_log(unit, folder):
    """Hold every signature that was ever made against what is durable now; return how the log stands.

    Each signed checkpoint is the beginning of the one history there is, was in the journal, and no earlier than the one
    before; what readers see is signed, and what is signed is placed.
    """
    standing, made = store.read_standing(unit), signatures(folder)
    size = standing.tree.size if standing.tree else 0
    contents = store.read_entries(unit, 0, 1 << 40)
    assert len(contents) == size
    leaves = [merkle.leaf_hash(one) for one in contents]
    for one in made:
        assert one.checkpoint.size <= size, "something was signed that is not durable"
        assert one.checkpoint.root == merkle.root(leaves[: one.checkpoint.size]), "two histories are signed"
    assert [one.at for one in made] == sorted(one.at for one in made)
    line = Journal(folder / "log.signed").read()
    assert max((one.checkpoint.size for one in made), default=0) <= (line.checkpoint.size if line else 0) <= size
    signed = standing.signed.size if standing.signed else 0
    assert (standing.published.size if standing.published else 0) <= signed <= size
    for head in (standing.signed, standing.published):
        assert head is None or head.root in {one.checkpoint.root for one in made}
    return standing


class Nursery:
    """The parent's end: starts children and says how they ended."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.crashing"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, world, folder, point=None, *, limit=1000, count=1):
        """Let `count` children take a step at once; each ends as the signal that killed it, negative, or 0."""
        said = {
            "url": world.database.sequencer,
            "origin": world.database.origin,
            "folder": str(folder),
            "point": point,
            "limit": limit,
            "count": count,
        }
        self.process.stdin.write(json.dumps(said) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.communicate()


def live(url, origin, folder, point, limit):
    """Be a sequencer: check, and step until nothing waits or the point is reached."""
    fate = Fate(point)
    replace = Path.replace

    def fateful(one, target):
        fate.passes("rename before")
        replace(one, target)
        fate.passes("rename after")

    Path.replace = fateful
    engine = db.engine(url, connections=2)
    one = sequencer(FatefulUnits(engine, clock.of(engine), fate), origin=origin, folder=folder, fate=fate)
    one.check()
    while one.step(limit):
        pass


def fork(said):
    """Start one child."""
    if child := os.fork():
        return child
    try:
        live(said["url"], said["origin"], Path(said["folder"]), said["point"], said["limit"])
    except BaseException as error:  # noqa: BLE001 - a child never returns
        print(error, file=sys.stderr)  # noqa: T201
        os._exit(1)
    os._exit(0)


def main():
    for line in sys.stdin:
        said = json.loads(line)
        children = [fork(said) for _ in range(said["count"])]
        ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        print(json.dumps(ends), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
