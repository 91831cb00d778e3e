"""The sequencer: takes frozen entries from the outbox, gives each its index, grows the tree, signs the new checkpoint.

One transaction a step: entries, tiles, head and signature become visible together or not at all, so a checkpoint is
never seen before it is durable. What one transaction recorded stands under one checkpoint. Only one sequencer works at
a time; a second one waits. It adds nothing to an entry but its index.
"""

from collections.abc import Sequence
from typing import Final

from ledger.kernel.cause import TIME, Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.unit import Unit, Units

from . import notes, service, store, tiles
from .checkpoints import Checkpoint
from .model import Entry, event_kind
from .signers import Signer
from .store import Head

BATCH: Final = 1000
SUBJECT: Final = "log"
LOG_OPENED = event_kind("log.opened", public="origin keys")


class EdgeBroken(Refusal):
    """The stored right edge of the tree does not lead to the signed root."""

    kind = Kind.CONFLICT
    zh = "日志右缘与已签名的根不一致"


class WrongKey(Refusal):
    """The log's newest checkpoint was not signed by this key."""

    kind = Kind.CONFLICT
    zh = "日志最新检查点不是由该密钥签名"


class Sequencer:
    """Places entries in one log."""

    def __init__(self, units: Units, *, origin: str, signers: Sequence[Signer]) -> None:
        self._units = units
        self._origin = origin
        self._signers = signers

    def check(self) -> int:
        """Verify the right edge and the newest signature before the first step; return the size.

        Refuses `EdgeBroken`, `WrongKey`: sign nothing, restore the database or the key, and audit an earlier export.
        """
        with self._units.read() as unit:
            head = store.read_head(unit)
            if head is None:
                return 0
            if tiles.root_of(head.size, _edges(unit, head.size)) != head.root:
                raise EdgeBroken("refusing to sign on top of it; restore the database and audit it", size=head.size)
        try:
            notes.verify_each(notes.parse(head.checkpoint), [one.key for one in self._signers])
        except Refusal as refusal:
            raise WrongKey("use the key that entry 0 declares", size=head.size) from refusal
        return head.size

    def step(self, limit: int = BATCH) -> int:
        """Place the oldest `limit` waiting entries (and entry 0 in an empty log); return how many.

        More come with them where a transaction has more: a checkpoint signs whole transactions.
        """
        with self._units.begin() as unit:
            store.lock_log(unit)
            head = store.read_head(unit)
            placed = [] if head else self._open(unit)
            placed += store.drain(unit, limit)
            if placed:
                self._place(unit, head.size if head else 0, placed)
        return len(placed)

    def _open(self, unit: Unit) -> list[Entry]:
        """Return entry 0, which declares whose log this is and by which keys it signs."""
        cause = Cause(actor=TIME, at=unit.now(), request_id="log")
        event = LOG_OPENED(SUBJECT, origin=self._origin, keys=[str(one.key) for one in self._signers])
        return service.fix(unit, [(cause, event)])

    def _place(self, unit: Unit, size: int, placed: Sequence[Entry]) -> None:
        growth = tiles.grow(size, _edges(unit, size), [one.leaf for one in placed])
        store.append(unit, size, placed, growth.tiles)
        checkpoint = Checkpoint(origin=self._origin, size=growth.size, root=growth.root)
        signed = notes.sign_checkpoint(checkpoint, self._signers, at=unit.real_now())
        store.save_head(unit, Head(size=growth.size, root=growth.root, checkpoint=signed), signed_at=unit.real_now())


def _edges(unit: Unit, size: int) -> dict[int, bytes]:
    """Return the right-most partial tile of every level, as far as `size` fills it."""
    return {
        one.level: (store.read_tile(unit, one.level, one.index) or b"")[: one.width * 32] for one in tiles.edge_of(size)
    }
