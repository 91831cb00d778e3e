"""How fast the log is checked and proven, against bare work of the same run.

    python -m benchmarks.ledger [SECTION ...] [--entries N] [--json]

audit   : the structural audit of a folder of N entries (layout, every hash, every tile, the root), beside SHA-256 over
          the same entries in memory and nothing else. Also given: one SHA-256 over all of the bytes in one piece.
proofs  : inclusion proofs of random entries from the tiles of that folder by one `Prover`, which reads and folds each
          tile once, within the measured time; beside proofs that read and fold their tiles each for itself.

sequencing: from the outbox to a signed, published checkpoint, in batches of 256, everything durable; beside a
          transaction and two signatures for each entry. Wall time; N/10 entries.

CPU time of one core, the best of three, but for sequencing. A section is a function from the folder, which is made when
a section first looks at its checkpoint, to lines; `SECTIONS` names them all.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from benchmarks.sections.sequencing import sequencing as measured
from ledger.audit import structure
from ledger.audit.folder import Folder
from ledger.log import merkle, tiles
from ledger.log.checkpoints import Checkpoint

Line: TypeAlias = dict[str, object]

ENTRIES, ROUNDS, BLOCK = 1_000_000, 3, 64 * tiles.WIDTH
PROOFS, SINGLE_PROOFS = 100_000, 500


def cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def entry(number: int, rng: random.Random) -> bytes:
    """Return an entry of the usual fields and size; nothing links it to another."""
    one, other = rng.randbytes(32).hex(), rng.randbytes(32).hex()
    at = f"2026-03-02T04:{number // 60 % 60:02d}:{number % 60:02d}"
    return (
        f'{{"arrived_at":"{at}.000000Z","data":{{"amount_fen":"{number * 100}","number":{number},'
        f'"lot":"lot_{number % 200:026d}"}},"id":"ent_{number:026d}","kind":"auction.bid_accepted",'
        f'"nonce":"{one[:32]}","prev":"{one}","recorded_at":"{at}.005000Z","rule":"judicial-2016@1",'
        f'"sealed":{{"bidder":"{other}"}},"seq":{number // 200},"subject":"lot_{number % 200:026d}","v":1}}'
    ).encode()


@dataclass(frozen=True)
class Exported:
    """A folder of so many entries in the layout of an export, unsigned; made in a few seconds."""

    root: Path
    size: int

    @cached_property
    def checkpoint(self) -> Checkpoint:
        rng, edges = random.Random(self.size), {}
        for start in range(0, self.size, BLOCK):
            stop = min(start + BLOCK, self.size)
            entries = [entry(number, rng) for number in range(start, stop)]
            for at in range(0, len(entries), tiles.WIDTH):
                part = entries[at : at + tiles.WIDTH]
                self._write(tiles.Bundle((start + at) // tiles.WIDTH, len(part)).path, tiles.encode_bundle(part))
            touched = tiles.extend(start, edges, [merkle.leaf_hash(one) for one in entries])
            edges = tiles.edges_after(stop, edges, touched)
            for (level, index), content in touched.items():
                if len(content) == tiles.TILE_BYTES:
                    self._write(tiles.Tile(level, index).path, content)
        for edge in tiles.edge_of(self.size):
            self._write(edge.path, edges[edge.level])
        return Checkpoint(origin="log.example/benchmark", size=self.size, root=tiles.root_of(self.size, edges))

    def blocks(self) -> Iterator[list[bytes]]:
        """Yield the entries, as many at a time as an audit hashes."""
        folder, bundles = Folder(self.root), list(tiles.bundles_of(self.size))
        for at in range(0, len(bundles), BLOCK // tiles.WIDTH):
            yield [one for bundle in bundles[at : at + BLOCK // tiles.WIDTH] for one in folder.bundle(bundle)]

    def _write(self, path: str, content: bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def audit(exported: Exported) -> Iterator[Line]:
    checkpoint, folder = exported.checkpoint, Folder(exported.root)

    def ours() -> None:
        folder.require_layout(checkpoint.size)
        structure.prove(folder, checkpoint, lambda _done, _total: None)

    audited, bare, whole, length = [], [], [], 0
    for _ in range(ROUNDS):
        audited.append(cpu_s(ours))
        each_s = one_s = length = 0
        for entries in exported.blocks():
            each_s += cpu_s(lambda entries=entries: [sha256(one).digest() for one in entries])
            joined = b"".join(entries)
            one_s += cpu_s(lambda joined=joined: sha256(joined).digest())
            length += len(joined)
        bare.append(each_s)
        whole.append(one_s)
    yield {
        "name": "ledger-audit",
        "ours_s": round(min(audited), 3),
        "ordinary_s": round(min(bare), 3),
        "ratio": round(min(audited) / min(bare), 2),
        "in_one_piece_s": round(min(whole), 3),
        "entries": exported.size,
        "bytes_per_entry": length // exported.size,
        "ours_entries_per_s": round(exported.size / min(audited)),
    }


def proofs(exported: Exported) -> Iterator[Line]:
    checkpoint, folder = exported.checkpoint, Folder(exported.root)
    rng = random.Random(checkpoint.size)
    wanted = [rng.randrange(checkpoint.size) for _ in range(PROOFS)]
    found: list[list[bytes]] = []

    def reader() -> tiles.ReadTile:
        return lambda level, index: folder.tile(tiles.Tile(level, index, tiles.width_at(checkpoint.size, level, index)))

    def ours() -> None:
        prover = tiles.Prover(reader())
        found[:] = [prover.inclusion(index, checkpoint.size) for index in wanted]

    def ordinary() -> None:
        for index in wanted[:SINGLE_PROOFS]:
            tiles.prove_inclusion(reader(), index, checkpoint.size)

    rate = PROOFS / min(cpu_s(ours) for _ in range(ROUNDS))
    single = SINGLE_PROOFS / min(cpu_s(ordinary) for _ in range(ROUNDS))
    for index, proof in zip(wanted[::1000], found[::1000], strict=True):
        number, at = divmod(index, tiles.WIDTH)
        leaf = reader()(0, number)[at * 32 : at * 32 + 32]
        merkle.verify_inclusion(leaf=leaf, index=index, size=checkpoint.size, proof=proof, root=checkpoint.root)
    yield {
        "name": "ledger-proofs",
        "ours_proofs_per_s": round(rate),
        "ordinary_proofs_per_s": round(single),
        "ratio": round(rate / single, 2),
        "proofs": PROOFS,
        "entries": exported.size,
    }


def sequencing(exported: Exported) -> Iterator[Line]:
    yield measured(exported.size // 10)


SECTIONS: dict[str, Callable[[Exported], Iterator[Line]]] = {
    "sequencing": sequencing,
    "audit": audit,
    "proofs": proofs,
}


def said(line: Line) -> str:
    numbers = (f"{name} {value:,}" for name, value in line.items() if name != "name")
    return f"{line['name']}: {', '.join(numbers)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; else all")
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--json", action="store_true", help="print only lines of JSON")
    asked = parser.parse_args()
    if unknown := set(asked.sections) - SECTIONS.keys():
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="ledger-benchmark-") as room:
        exported = Exported(Path(room), asked.entries)
        for name in asked.sections or SECTIONS:
            for line in SECTIONS[name](exported):
                print(json.dumps(line) if asked.json else said(line), file=sys.stdout, flush=True)


if __name__ == "__main__":
    main()
