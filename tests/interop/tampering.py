"""Altered copies of what the log shows: each differs in one thing from something every verifier accepts.

Left out, because no proof can tell: a checkpoint that the log's own key signs for another size under the same root. One
proof may fit both sizes; the export, which has to have as many entries, does not.
"""

import base64
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TypeAlias

from ledger.log import tiles
from tests.interop.logs import OTHER_SIGNERS, Record, signed
from tests.interop.verifiers import GO, OF_CONSISTENCY, OF_EXPORTS, OF_PROOFS, OURS, SCALES

# ---- bytes and notes


def flipped(content: bytes, random: Random, start: int = 0, stop: int | None = None) -> bytes:
    """Flip one bit somewhere between `start` and `stop`."""
    at = random.randrange(start, len(content) if stop is None else stop)
    return content[:at] + bytes([content[at] ^ 1 << random.randrange(8)]) + content[at + 1 :]


def _decoded(line: str) -> tuple[str, bytes]:
    before, _, text = line.rpartition(" ")
    return before, base64.b64decode(text)


def _line(number: int, change: Callable[[str, Random], str]) -> Callable[[bytes, Random], bytes]:
    """Return what alters one line of a checkpoint and leaves the signatures as they are."""

    def altered(checkpoint: bytes, random: Random) -> bytes:
        lines = checkpoint.decode().split("\n")
        lines[number] = change(lines[number], random)
        return "\n".join(lines).encode()

    return altered


def _signature_line(start: int, stop: int | None) -> Callable[[str, Random], str]:
    def altered(line: str, random: Random) -> str:
        before, content = _decoded(line)
        return f"{before} {base64.b64encode(flipped(content, random, start, stop)).decode()}"

    return altered


def _other_root(line: str, random: Random) -> str:
    return base64.b64encode(flipped(base64.b64decode(line), random)).decode()


# Lines 0 to 2 are origin, size and root, 4 is the Ed25519 signature and 5 the ML-DSA-44 one.
UNSIGNED: dict[str, Callable[[bytes, Random], bytes]] = {
    "the origin": _line(0, lambda line, _: f"{line}s"),
    "a larger size": _line(1, lambda line, _: str(int(line) + 1)),
    "the root": _line(2, _other_root),
    "the signature": _line(4, _signature_line(4, None)),
    "the key id of the signature": _line(4, _signature_line(0, 4)),
}
ML_DSA = "the ML-DSA-44 signature", _line(5, _signature_line(4, None))
READS_ML_DSA = {SCALES, OURS}


# ---- exports

ChangeExport: TypeAlias = Callable[[Path, int, Record, Random], None]


@dataclass(frozen=True)
class OfExport:
    """One way to alter an export; asked of logs of at least `least` entries and, if given, only of `sizes`."""

    change: ChangeExport
    least: int = 1
    sees: frozenset[str] = frozenset(OF_EXPORTS)
    fits: Callable[[int], bool] = lambda _: True


def copy_of(export: Path, folder: Path) -> Path:
    """Copy an export without copying its content: files are links until something else takes their name."""
    for source, _, names in os.walk(export):
        target = folder / Path(source).relative_to(export)
        target.mkdir(parents=True)
        for name in names:
            os.link(Path(source, name), target / name)
    return folder


def differences(one: Path, other: Path) -> set[str]:
    """Return the files that two exports do not have in common; a link to the same file is the same."""
    mine, its = _files(one), _files(other)
    return {
        name
        for name in mine.keys() | its.keys()
        if name not in mine or name not in its or not mine[name].samefile(its[name])
    }


def _files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def _write(path: Path, content: bytes) -> None:
    path.unlink()  # a link to the accepted export
    path.write_bytes(content)


def _of_checkpoint(change: Callable[[bytes, Random], bytes]) -> ChangeExport:
    def altered(folder: Path, _size: int, _record: Record, random: Random) -> None:
        _write(folder / "checkpoint", change((folder / "checkpoint").read_bytes(), random))

    return altered


def _signs(checkpoint: Callable[[int, Record, Random], bytes]) -> ChangeExport:
    def altered(folder: Path, size: int, record: Record, random: Random) -> None:
        _write(folder / "checkpoint", checkpoint(size, record, random))

    return altered


def _of_bundle(change: Callable[[list[bytes], Random], bytes]) -> ChangeExport:
    def altered(folder: Path, size: int, _record: Record, random: Random) -> None:
        path = folder / random.choice(list(tiles.bundles_of(size))).path
        _write(path, change(tiles.decode_bundle(path.read_bytes()), random))

    return altered


def _of_last_file(at: Callable[[int], str], change: Callable[[bytes], bytes]) -> ChangeExport:
    def altered(folder: Path, size: int, _record: Record, _random: Random) -> None:
        path = folder / at(size)
        _write(path, change(path.read_bytes()))

    return altered


def _of_tile(level: int, change: Callable[[bytes, Random], bytes]) -> ChangeExport:
    def altered(folder: Path, size: int, _record: Record, random: Random) -> None:
        path = folder / random.choice([one for one in tiles.tiles_of(size) if one.level == level]).path
        _write(path, change(path.read_bytes(), random))

    return altered


def _without(path_of: Callable[[int, Random], str]) -> ChangeExport:
    def altered(folder: Path, size: int, _record: Record, random: Random) -> None:
        (folder / path_of(size, random)).unlink()

    return altered


def _entry_bit(entries: list[bytes], random: Random) -> bytes:
    at = random.randrange(len(entries))
    entries[at] = flipped(entries[at], random)
    return tiles.encode_bundle(entries)


def _entries_swapped(entries: list[bytes], random: Random) -> bytes:
    at = random.randrange(len(entries) - 1)
    entries[at], entries[at + 1] = entries[at + 1], entries[at]
    return tiles.encode_bundle(entries)


def _last_bundle(size: int) -> str:
    return list(tiles.bundles_of(size))[-1].path


def _last_tile(size: int) -> str:
    return [one for one in tiles.tiles_of(size) if one.level == 0][-1].path


SEES_EXCESS = frozenset({GO, OURS})  # see what tlog-scales is not asked, in `scales`

EXPORTS: dict[str, OfExport] = {
    **{f"checkpoint: {name}": OfExport(_of_checkpoint(change), least=0) for name, change in UNSIGNED.items()},
    f"checkpoint: {ML_DSA[0]}": OfExport(_of_checkpoint(ML_DSA[1]), least=0, sees=frozenset(READS_ML_DSA)),
    "checkpoint: another root, signed": OfExport(
        _signs(lambda size, record, random: signed(size, flipped(record.root(size), random))), least=0
    ),
    "checkpoint: a larger size, signed": OfExport(
        _signs(lambda size, record, _: signed(size + 1, record.root(size))), least=0
    ),
    "checkpoint: a smaller size, signed": OfExport(_signs(lambda size, record, _: signed(size - 1, record.root(size)))),
    "checkpoint: of another history, signed": OfExport(
        _signs(lambda size, record, _: signed(size, record.forged_root(size)))
    ),
    "checkpoint: of another log": OfExport(
        _signs(lambda size, record, _: signed(size, record.root(size), OTHER_SIGNERS)), least=0
    ),
    "entry: a bit": OfExport(_of_bundle(_entry_bit)),
    "entry: two have changed places": OfExport(
        _of_bundle(_entries_swapped), least=2, fits=lambda size: size % 256 != 1
    ),
    "bundle: cut short": OfExport(_of_last_file(_last_bundle, lambda content: content[:-1])),
    "bundle: an entry is missing": OfExport(
        _of_last_file(_last_bundle, lambda content: tiles.encode_bundle(tiles.decode_bundle(content)[:-1]))
    ),
    "bundle: one more entry": OfExport(
        _of_last_file(_last_bundle, lambda content: content + b"\x00\x01."),
        fits=lambda size: size % 256 != 0,
        sees=SEES_EXCESS,
    ),
    "bundle: gone": OfExport(_without(lambda size, random: random.choice(list(tiles.bundles_of(size))).path)),
    "tile: a bit at level 0": OfExport(_of_tile(0, flipped)),
    "tile: a bit at level 1": OfExport(_of_tile(1, flipped), least=256),
    "tile: a bit at level 2": OfExport(_of_tile(2, flipped), least=65_536),
    "tile: cut short by a hash": OfExport(_of_last_file(_last_tile, lambda content: content[:-32])),
    "tile: one more hash": OfExport(_of_last_file(_last_tile, lambda content: content + bytes(32)), sees=SEES_EXCESS),
    "tile: gone": OfExport(_without(lambda size, random: random.choice(list(tiles.tiles_of(size))).path)),
}


# ---- proofs


@dataclass(frozen=True)
class Parts:
    """A proof file taken apart: what stands before the hashes, the hashes, and the signed checkpoint."""

    head: tuple[str, ...]
    hashes: tuple[str, ...]
    checkpoint: bytes

    @classmethod
    def of(cls, content: bytes, head: int) -> "Parts":
        before, _, checkpoint = content.partition(b"\n\n")
        lines = before.decode().split("\n")
        return cls(tuple(lines[:head]), tuple(lines[head:]), checkpoint)

    def __bytes__(self) -> bytes:
        return "\n".join([*self.head, *self.hashes, "", ""]).encode() + self.checkpoint

    def differs_in(self, other: "Parts") -> int:
        """Count how many things differ: lines of the head, the list of hashes, the checkpoint."""
        heads = sum(one != its for one, its in zip(self.head, other.head, strict=True))
        return heads + (self.hashes != other.hashes) + (self.checkpoint != other.checkpoint)

    def at(self, line: int, text: str) -> "Parts":
        return replace(self, head=(*self.head[:line], text, *self.head[line + 1 :]))


Copy: TypeAlias = tuple[str, frozenset[str], Parts]
"""What is altered, which verifiers see it, and the altered file."""


def _of_hashes(good: Parts, random: Random, all_of: frozenset[str]) -> Iterator[Copy]:
    hashes = list(good.hashes)
    extra = base64.b64encode(random.randbytes(32)).decode()
    yield "hashes: one more at the end", all_of, replace(good, hashes=(*hashes, extra))
    if not hashes:
        return
    at = random.randrange(len(hashes))
    other = [*hashes[:at], _other_root(hashes[at], random), *hashes[at + 1 :]]
    yield "hashes: a bit", all_of, replace(good, hashes=tuple(other))
    yield "hashes: the first is missing", all_of, replace(good, hashes=tuple(hashes[1:]))
    yield "hashes: the last is missing", all_of, replace(good, hashes=tuple(hashes[:-1]))
    yield "hashes: one more at the start", all_of, replace(good, hashes=(extra, *hashes))
    short = base64.b64encode(base64.b64decode(hashes[at])[:31]).decode()
    yield "hashes: one of 31 bytes", all_of, replace(good, hashes=(*hashes[:at], short, *hashes[at + 1 :]))
    if len(set(hashes)) > 1:
        yield "hashes: in the other order", all_of, replace(good, hashes=tuple(reversed(hashes)))


def _of_checkpoints(good: Parts, random: Random, all_of: frozenset[str]) -> Iterator[Copy]:
    for name, change in UNSIGNED.items():
        yield f"checkpoint: {name}", all_of, replace(good, checkpoint=change(good.checkpoint, random))
    name, change = ML_DSA
    yield f"checkpoint: {name}", all_of & READS_ML_DSA, replace(good, checkpoint=change(good.checkpoint, random))


def of_proof(content: bytes, record: Record, index: int, size: int, random: Random) -> Iterator[Copy]:
    """Yield altered copies of the proof of entry `index` in the log of `size`."""
    everyone, good = frozenset(OF_PROOFS), Parts.of(content, 3)
    _, extra, _ = good.head
    word, entry = _decoded(extra)
    yield "magic", everyone, good.at(0, "c2sp.org/tlog-proof@v2")
    yield "entry: a bit", everyone, good.at(1, f"{word} {base64.b64encode(flipped(entry, random)).decode()}")
    yield "index: just outside", everyone, good.at(2, f"index {size}")
    yield "index: negative", everyone, good.at(2, f"index -{index + 1}")
    yield "index: with a leading zero", everyone, good.at(2, f"index 0{index}")
    if size > 1:
        yield "index: a neighbour's", everyone, good.at(2, f"index {index - 1 if index else 1}")
    yield from _of_hashes(good, random, everyone)
    yield from _of_checkpoints(good, random, everyone)
    for name, other in _other_checkpoints(record, size, random):
        yield name, everyone, replace(good, checkpoint=other)
    if index < size - 1:
        yield "checkpoint: an earlier one", everyone, replace(good, checkpoint=record.checkpoint(size - 1))


def of_consistency(content: bytes, record: Record, old_size: int, size: int, random: Random) -> Iterator[Copy]:
    """Yield altered copies of the proof that the log of `size` continues that of `old_size`."""
    everyone, good = frozenset(OF_CONSISTENCY), Parts.of(content, 1)
    yield "old size: one more", everyone, good.at(0, f"old {old_size + 1}")
    if old_size:
        # That a log continues the empty one is true without a hash; who is not asked about one old checkpoint accepts.
        is_true = old_size == 1 and not good.hashes
        yield "old size: one less", everyone - ({GO} if is_true else set()), good.at(0, f"old {old_size - 1}")
    yield from _of_hashes(good, random, everyone)
    yield from _of_checkpoints(good, random, everyone)
    if old_size:  # the empty log is continued by every other
        for name, other in _other_checkpoints(record, size, random):
            yield name, everyone, replace(good, checkpoint=other)


def of_old_checkpoint(old: bytes, record: Record, old_size: int, random: Random) -> Iterator[tuple[str, bytes]]:
    """Yield altered copies of the checkpoint that a consistency proof starts from; all verifiers see each."""
    for name, change in UNSIGNED.items():
        yield f"old checkpoint: {name}", change(old, random)
    for name, other in _other_checkpoints(record, old_size, random):
        yield f"old {name}", other


def _other_checkpoints(record: Record, size: int, random: Random) -> Iterator[tuple[str, bytes]]:
    """Yield checkpoints that are well signed and are not this log's at this size."""
    yield "checkpoint: another root, signed", signed(size, flipped(record.root(size), random))
    yield "checkpoint: of another log", signed(size, record.root(size), OTHER_SIGNERS)
    if size:
        yield "checkpoint: of another history, signed", signed(size, record.forged_root(size))
