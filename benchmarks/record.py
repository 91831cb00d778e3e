"""How fast the record grows, is exported and is audited, against bare hashing and JSON in the same run.

    python -m benchmarks.record [ENTRIES]

CPU time of one core; the ratio says how many leaves could have been hashed and parsed meanwhile with nothing checked.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ledger.audit.engine import audit
from ledger.log import merkle, tiles
from tests.make_log import VKEY, Log


def rate(count: int, work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return count / (time.process_time() - start)


def grow(leaves: list[bytes]) -> None:
    size, edges = 0, {}
    for start in range(0, len(leaves), 1000):
        growth = tiles.grow(size, edges, leaves[start : start + 1000])
        size, edges = growth.size, growth.edges


def main(count: int) -> None:
    log = Log().trade(count, lots=200)
    leaves = [merkle.leaf_hash(one) for one in log.contents]
    hashing = rate(count, lambda: [merkle.leaf_hash(one) for one in log.contents])
    parsing = rate(count, lambda: [(merkle.leaf_hash(one), json.loads(one)) for one in log.contents])
    print(f"baseline: {hashing:,.0f} entries/s hashed, {parsing:,.0f} hashed and parsed")
    growing = rate(count, lambda: grow(leaves))
    print(f"grow    : {growing:,.0f} leaves/s, {hashing / growing:.2f} x hashing them")
    with tempfile.TemporaryDirectory() as room:
        exporting = rate(count, lambda: log.write(Path(room) / "out"))
        print(f"export  : {exporting:,.0f} entries/s, {hashing / exporting:.2f} x hashing them")
        auditing = rate(count, lambda: audit(Path(room) / "out", vkey=VKEY))
        print(f"audit   : {auditing:,.0f} entries/s, {parsing / auditing:.2f} x hashing and parsing them")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
