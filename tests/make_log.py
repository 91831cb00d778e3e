"""Build valid logs in memory; a test overrides only what it is about. Nothing is random: all is counted."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledger.kernel.canonical import Json
from ledger.kernel.ids import EntryId
from ledger.log import export, merkle, notes
from ledger.log.checkpoints import Checkpoint
from ledger.log.model import Disclosure, Entry, Event, Link, freeze
from ledger.log.signers import Ed25519Signer

ORIGIN = "log.example/trade"
SIGNED_AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
SIGNER = Ed25519Signer(ORIGIN, bytes(range(32)))
OTHER_SIGNER = Ed25519Signer(ORIGIN, bytes(32))
VKEY = str(SIGNER.key)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


class Log:
    """A log in memory, and the `Source` of its own export. A fresh one holds entry 0, which declares its key."""

    def __init__(self, signers: Sequence[Ed25519Signer] = (SIGNER,)) -> None:
        self.signers = list(signers)
        self.contents: list[bytes] = []
        self.disclosures: list[Disclosure] = []
        self.heads: dict[str, Link] = {}
        self.record("log", "log.opened", {"origin": ORIGIN, "keys": [str(one.key) for one in signers]})

    @property
    def vkey(self) -> str:
        return str(self.signers[0].key)

    @property
    def checkpoint(self) -> bytes:
        return self.checkpoint_at(len(self.contents))

    def checkpoint_at(self, size: int) -> bytes:
        root = merkle.root([merkle.leaf_hash(one) for one in self.contents[:size]])
        return notes.sign_checkpoint(Checkpoint(origin=ORIGIN, size=size, root=root), self.signers, at=SIGNED_AT)

    def entries(self, start: int, stop: int) -> list[bytes]:
        return self.contents[start:stop]

    def record(
        self, subject: str, kind: str, data: Mapping[str, Json], sealed: Mapping[str, Json] | None = None
    ) -> Entry:
        number = len(self.contents)
        named = EntryId.from_number(number)
        opened = tuple(
            Disclosure(entry=named, field=field, salt=f"{number:032x}", value=value)
            for field, value in (sealed or {}).items()
        )
        entry = freeze(
            Event(kind=kind, subject=subject, rule="judicial-2016@1", data=data, sealed=sealed or {}),
            id=named,
            link=self.heads.get(subject, Link(seq=0, prev=None)),
            arrived_at=NOON + timedelta(seconds=number),
            recorded_at=NOON + timedelta(seconds=number, microseconds=5000),
            disclosures=opened,
            nonce=f"{number:032x}",
        )
        self.heads[subject] = Link(seq=entry.seq + 1, prev=entry.leaf.hex())
        self.contents.append(entry.content)
        self.disclosures.extend(opened)
        return entry

    def trade(self, size: int, lots: int = 7) -> "Log":
        """Append bids on several lots until the log has `size` entries."""
        for number in range(len(self.contents), size):
            lot, bidder = f"lot_{number % lots:026d}", f"org_{number % 31:026d}"
            self.record(lot, "auction.bid_accepted", {"amount_fen": str(number * 100)}, {"bidder": bidder})
        return self

    def write(self, folder: Path) -> Path:
        export.export(self, folder)
        return folder


def rewritten(log: Log, index: int, old: bytes, new: bytes) -> Log:
    """Return what a cheat with the real key would show: entry `index` changed, every later link recomputed."""
    forged = Log.__new__(Log)
    forged.signers, forged.contents, forged.disclosures, forged.heads = log.signers, [], [], {}
    replaced: dict[bytes, bytes] = {}
    for number, content in enumerate(log.contents):
        changed = content.replace(old, new) if number == index else content
        at = changed.index(b'"prev":"') + 8 if b'"prev":"' in changed else None
        if at is not None:
            changed = changed[:at] + replaced.get(changed[at : at + 64], changed[at : at + 64]) + changed[at + 64 :]
        replaced[merkle.leaf_hash(content).hex().encode()] = merkle.leaf_hash(changed).hex().encode()
        forged.contents.append(changed)
    return forged
