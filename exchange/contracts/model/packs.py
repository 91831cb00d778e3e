"""The nouns of a record pack (交易存证包): what it is made from, where it lies, how far along it is.

A pack is a zip that a seller keeps: every entry of its lot, listing and asset, in a deal's pack those of the contract,
the settlement and the claims too, the proof of each, and a page for people. Everything in it that is not an entry, a
proof, a key or an opened value is computed from those, by `rules`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from ledger.kernel.ids import Id
from ledger.log.model import Disclosure, event_kind

FORMAT: Final = "mengkeju/record-pack"
VERSION: Final = 1
"""The lot's pack. A version is of the layout and every computed byte, so any change to a page needs a new one."""
DEAL_VERSION: Final = 2
"""The deal's pack."""
VERSIONS: Final = (VERSION, DEAL_VERSION)
"""Every version that can be computed, and so checked."""

MAX_EDITION: Final = 1_000_000  # far more than a deal has ends

README: Final = "README.txt"
PAGE: Final = "index.html"
MANIFEST: Final = "pack.json"
TIMELINE: Final = "timeline.json"
CHECKPOINT: Final = "checkpoint"
VKEY: Final = "log.vkey"
DISCLOSURES: Final = "disclosures.jsonl"

READ: Final = "packs.read"
"""The capability of those who may fetch the packs of their own lots."""
READ_ALL: Final = "ledger.read_disclosures"
"""The capability of those who may fetch every pack, beside `READ`: they may see the values it opens anyway."""

Claim = NewType("Claim", str)
"""Proof that a worker holds a pack: unguessable, and worth nothing once another worker has claimed it."""


class PackId(Id, prefix="pck"):
    """Names a pack; also the subject of its entry."""


class PackState(StrEnum):
    """How far along a pack is; the comment says who acts next."""

    REQUESTED = "requested"  # a worker: claims it, assembles it, records it
    BUILT = "built"  # nobody: its bytes stand


class Occasion(StrEnum):
    """What has ended, so that an edition is due."""

    CLOSED = "closed"  # the lot: sold or not
    SETTLED = "settled"  # the money: everybody has been paid
    FALLEN_THROUGH = "fallen-through"  # the deal: its contract lapsed or was rescinded
    REGISTERED = "registered"  # the contract
    CLAIMED = "claimed"  # a claim: assessed or refused
    SUBSIDISED = "subsidised"  # a claim: paid

    @property
    def version(self) -> int:
        """Which version of the format tells of it."""
        return VERSION if self is Occasion.CLOSED else DEAL_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One entry of the log: where it stands, its exact bytes, and its proof (C2SP tlog-proof)."""

    index: int
    entry: bytes
    proof: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a pack is computed from. Exhibits in log order, all proven under the one `checkpoint`.

    `edition` is the one thing that no entry here says: the record of the pack itself does, see `PACK_BUILT`.
    """

    lot: str
    vkey: str
    checkpoint: bytes
    exhibits: tuple[Exhibit, ...]
    disclosures: tuple[Disclosure, ...]
    version: int = VERSION
    edition: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """An edition of a lot's pack without its bytes. The last four are those of a built one."""

    id: PackId
    lot: str
    edition: int  # from 1
    occasion: Occasion
    state: PackState
    requested_at: datetime
    built_at: datetime | None = None
    log_size: int | None = None
    sha256: str | None = None
    size_bytes: int | None = None

    @property
    def version(self) -> int:
        """Which version of the format it is of."""
        return self.occasion.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """An edition of a lot's pack, and the newer one that is requested and not built yet, if any."""

    pack: Pack
    newer_edition: int | None


# The pack is its own subject, so that the chain of a lot ends with its result. Entries from before there were editions
# have no `edition`: each was the lot's first.
PACK_BUILT = event_kind("contract.pack_built", public="lot edition sha256 log_size")


def entry_name(index: int) -> str:
    """Return where the entry at `index` lies in a pack."""
    return f"entries/{index:09d}.json"


def proof_name(index: int) -> str:
    """Return where the proof of the entry at `index` lies in a pack."""
    return f"proofs/{index:09d}.tlog-proof"
