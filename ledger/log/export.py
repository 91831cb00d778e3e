"""Writing the log out as a folder of static files (C2SP tlog-tiles), whole or not at all.

    checkpoint · log.vkey · tile/<L>/<N>[.p/<W>] · tile/entries/<N>[.p/<W>]

Exactly the files the size implies. The folder is built beside its target and then takes its place, so a reader sees the
old export or the new one. Tiles are recomputed from the entries: what does not lead to the signed root is not written.
"""

import ctypes
import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypeAlias

from ledger.kernel import canonical
from ledger.kernel.errors import Kind, Refusal, invariant

from . import checkpoints, merkle, notes, tiles
from .checkpoints import Checkpoint
from .model import Disclosure
from .tiles import Bundle, Tile

CHECKPOINT = "checkpoint"
VKEY = "log.vkey"
CHUNK = 16 * tiles.WIDTH  # entries fetched at a time

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many entries are done, and of how many."""

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # Linux, renameat2(2)


class NotOurFolder(Refusal):
    """The folder holds something other than an earlier export."""

    kind = Kind.CONFLICT
    zh = "目标目录含有非导出文件"


class RecordDiffers(Refusal):
    """The stored entries do not lead to the signed root."""

    kind = Kind.CONFLICT
    zh = "已存条目与签名根不一致"


class Source(Protocol):
    """A log at one checkpoint, wherever it is kept."""

    @property
    def checkpoint(self) -> bytes:
        """The signed note."""

    @property
    def vkey(self) -> str:
        """The verifier key of the log, as text."""

    def entries(self, start: int, stop: int) -> list[bytes]:
        """Return the bytes of the entries from `start` up to and without `stop`."""


def export(source: Source, directory: Path, *, progress: Progress | None = None) -> Checkpoint:
    """Write the log of `source` to `directory`, replacing an earlier export; return what it signs.

    Refuses `NotOurFolder`: anything but an earlier export is there; `RecordDiffers`: the entries are not those signed.
    """
    checkpoint = checkpoints.parse(notes.parse(source.checkpoint).text)
    target = directory.parent.resolve() / directory.name
    require_ours(target)
    staging = target.with_name(f".{target.name}.{secrets.token_hex(8)}.staging")
    staging.mkdir(parents=True)
    try:
        _write_tree(staging, source, checkpoint, progress or _silent)
        _write(staging / VKEY, f"{source.vkey}\n".encode())
        _write(staging / CHECKPOINT, source.checkpoint)
        _install(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return checkpoint


def write_disclosures(path: Path, disclosures: Iterable[Disclosure]) -> int:
    """Write opened values as JSON lines of mode 0600 beside, never inside, an export; return how many."""
    staging = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    count = 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            for one in disclosures:
                count += 1
                file.write(disclosure_line(one))
        staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)
    return count


def disclosure_line(one: Disclosure) -> bytes:
    """Write one disclosure as a line of canonical JSON."""
    return canonical.encode({"entry": one.entry, "field": one.field, "salt": one.salt, "value": one.value}) + b"\n"


def _write_tree(folder: Path, source: Source, checkpoint: Checkpoint, progress: Progress) -> None:
    """Write bundles and tiles chunk by chunk; a tile is written once it can no longer grow."""
    edges: dict[int, bytes] = {}
    for start in range(0, checkpoint.size, CHUNK):
        stop = min(start + CHUNK, checkpoint.size)
        entries = source.entries(start, stop)
        invariant(len(entries) == stop - start, "the source returns the entries it was asked for")
        _write_bundles(folder, start, entries)
        touched = tiles.extend(start, edges, [merkle.leaf_hash(entry) for entry in entries])
        for (level, index), content in touched.items():
            if len(content) == tiles.TILE_BYTES:
                _write(folder / Tile(level, index).path, content)
        edges = tiles.edges_after(stop, edges, touched)
        progress(stop, checkpoint.size)
    for edge in tiles.edge_of(checkpoint.size):
        _write(folder / edge.path, edges[edge.level])
    if tiles.root_of(checkpoint.size, edges) != checkpoint.root:
        raise RecordDiffers(
            "the stored entries do not lead to the root that the checkpoint signs", size=checkpoint.size
        )


def _write_bundles(folder: Path, start: int, entries: list[bytes]) -> None:
    for at in range(0, len(entries), tiles.WIDTH):
        part = entries[at : at + tiles.WIDTH]
        _write(folder / Bundle((start + at) // tiles.WIDTH, len(part)).path, tiles.encode_bundle(part))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def require_ours(target: Path) -> None:
    """Refuse `NotOurFolder` unless an export may be written to `target`: nothing is there, or an earlier export."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise NotOurFolder(f"{target} is not a folder")
    if not target.exists():
        return
    found = [path for path in target.rglob("*") if path.is_symlink() or not path.is_dir()]
    for path in found:
        if path.is_symlink() or not _is_ours(path.relative_to(target).as_posix()):
            raise NotOurFolder(f"{path} is no part of an export; choose another folder")
    if found and target / CHECKPOINT not in found:
        raise NotOurFolder(f"{target} holds no checkpoint, so it is no export; choose another folder")


def _is_ours(path: str) -> bool:
    if path in {CHECKPOINT, VKEY}:
        return True
    try:
        tiles.parse_path(path)
    except tiles.NotATile:
        return False
    return True


def _install(staging: Path, target: Path) -> None:
    """Put the new folder where the old one is, leaving the old one under the staging name."""
    if not target.exists() or not any(target.iterdir()):
        staging.rename(target)
    elif not _exchange(staging, target):
        aside = staging.with_suffix(".old")
        target.rename(aside)
        staging.rename(target)
        aside.rename(staging)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step where the system can (Linux); say whether it did."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
