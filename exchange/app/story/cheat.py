"""What an operator can do who wants a bid to have been another one: everything, with the real key, on its own copy.

Nothing here breaks a signature. The copy is a log that is whole in itself; only those who kept a checkpoint or a record
pack from before can tell. That is why checkpoints are handed out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exchange.auctions.model import BID_ACCEPTED
from ledger.audit.folder import Folder
from ledger.kernel import canonical
from ledger.kernel.clock import real_now
from ledger.log import checkpoints, export, merkle, notes, tiles
from ledger.log.checkpoints import Checkpoint
from ledger.log.signers import Signer

from .stage import Unexpected

CHANGED: Final = ("amount_fen", "price_fen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgery:
    """What is to be rewritten: the bid that was decided as `number` of its lot, and the amount it is to have had."""

    lot: str
    number: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheat:
    """What was done: the entry that was rewritten, and how many were chained to it anew."""

    index: int
    rechained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forged:
    """A log made up of entries, signed like a real one: what `export` can write out."""

    checkpoint: bytes
    vkey: str
    contents: Sequence[bytes]

    def entries(self, start: int, stop: int) -> list[bytes]:
        """Return the entries `start <= index < stop`."""
        return list(self.contents[start:stop])


def rewrite(honest: Path, target: Path, *, ring: Sequence[Signer], forgery: Forgery) -> Cheat:
    """Write the log of `honest` to `target` as if a bid had been of another amount, signed with the operator's key."""
    folder = Folder(honest)
    checkpoint = checkpoints.parse(notes.parse(folder.checkpoint()).text)
    contents = [entry for bundle in tiles.bundles_of(checkpoint.size) for entry in folder.bundle(bundle)]
    index = _find(contents, forgery)
    contents[index] = _with_amount(contents[index], forgery.amount_fen)
    rechained = _chain_anew(contents, index)
    growth = tiles.grow(0, {}, [merkle.leaf_hash(entry) for entry in contents])
    signed = notes.sign_checkpoint(
        Checkpoint(origin=checkpoint.origin, size=growth.size, root=growth.root), ring, at=real_now()
    )
    export.export(Forged(checkpoint=signed, vkey=str(ring[0].key), contents=contents), target)
    return Cheat(index=index, rechained=rechained)


def _find(contents: Sequence[bytes], forgery: Forgery) -> int:
    for index, content in enumerate(contents):
        entry = json.loads(content)
        of_lot = (entry["kind"], entry["subject"]) == (BID_ACCEPTED.name, forgery.lot)
        if of_lot and entry["data"]["number"] == forgery.number:
            return index
    raise Unexpected(f"bid {forgery.number} of {forgery.lot} stands in the export")


def _with_amount(content: bytes, amount_fen: int) -> bytes:
    entry = json.loads(content)
    entry["data"] |= dict.fromkeys(CHANGED, str(amount_fen))
    return canonical.encode(entry)


def _chain_anew(contents: list[bytes], changed: int) -> int:
    """Give every later entry of the same subject the hash of what now stands before it; return how many."""
    subject = json.loads(contents[changed])["subject"]
    before, rechained = contents[changed], 0
    for index in range(changed + 1, len(contents)):
        entry = json.loads(contents[index])
        if entry["subject"] == subject:
            contents[index] = canonical.encode(entry | {"prev": merkle.leaf_hash(before).hex()})
            before = contents[index]
            rechained += 1
    return rechained
