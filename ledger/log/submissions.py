"""What a log sends to its witnesses and mirrors, byte for byte (C2SP tlog-witness, tlog-mirror). Pure.

    old 20852014                                      a submission: POST add-checkpoint
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=      0 to 63 lines of proof
    <blank line, then the signed checkpoint as it is>

An upload (POST add-entries) is a `Header` and then packages of up to 256 entries, each proven by itself; `Reader` cuts
it up as it arrives and holds one package at most. `Info` is what a mirror answers about itself.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from ledger.kernel.errors import Kind, Refusal, invariant

from . import notes
from .lines import BELOW, decimal, decode_base64, encode_base64
from .merkle import HASH_BYTES
from .tiles import WIDTH, encode_bundle

MAX_PROOF: Final = 63  # a tree of 2^63 leaves is 63 high
MAX_SUBMISSION_BYTES: Final = notes.MAX_NOTE_BYTES + 64 * 48
MAX_ORIGIN_BYTES: Final = 255  # an ML-DSA-44 cosignature has no room for more
MAX_INFO_BYTES: Final = 2 * 20 + 4 * 65_535 // 3 + 8
PACKAGES_AT_ONCE: Final = 32
"""How many packages a client sends in one request, for platforms that limit a body."""


class NotASubmission(Refusal):
    """This is not a submission to a witness."""

    kind = Kind.MALFORMED
    zh = "不是合规的见证提交"


class NotAnUpload(Refusal):
    """This is not an upload to a mirror."""

    kind = Kind.MALFORMED
    zh = "不是合规的镜像上传"


class NotMirrorInfo(Refusal):
    """This is not what a mirror says of itself."""

    kind = Kind.MALFORMED
    zh = "不是合规的镜像状态"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A checkpoint, and the proof that it continues the tree of `old_size`, the last that the witness saw."""

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def __bytes__(self) -> bytes:
        lines = [f"old {self.old_size}", *map(encode_base64, self.proof), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


def parse(content: bytes) -> Submission:
    """Read a submission, but not yet its checkpoint. Refuses `NotASubmission`: every deviation from the one form."""
    if len(content) > MAX_SUBMISSION_BYTES:
        raise NotASubmission(f"a submission has at most {MAX_SUBMISSION_BYTES} bytes")
    head, blank, checkpoint = content.partition(b"\n\n")
    if not blank or not head.isascii():
        raise NotASubmission("a submission is lines of ASCII, a blank line and a checkpoint")
    first, *lines = head.decode().split("\n")
    old_size = decimal(first[4:]) if first.startswith("old ") else None
    if old_size is None:
        raise NotASubmission("the first line is old and a number below 2^63 without leading zeros")
    if len(lines) > MAX_PROOF:
        raise NotASubmission(f"a proof has at most {MAX_PROOF} lines")
    return Submission(old_size=old_size, proof=tuple(map(_hash, lines)), checkpoint=checkpoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """How an upload begins: entries `start` up to and without `stop` of the log, as of its size `stop`."""

    origin: str
    start: int
    stop: int
    ticket: bytes = b""

    def __bytes__(self) -> bytes:
        origin = self.origin.encode()
        return b"".join(
            (
                len(origin).to_bytes(2, "big"),
                origin,
                self.start.to_bytes(8, "big"),
                self.stop.to_bytes(8, "big"),
                len(self.ticket).to_bytes(2, "big"),
                self.ticket,
            )
        )

    def packages(self) -> Iterator[tuple[int, int]]:
        """Yield the spans of entries that the packages of this upload hold, cut at multiples of 256."""
        at = self.start
        while at < self.stop:
            stop = min(self.stop, at - at % WIDTH + WIDTH)
            yield at, stop
            at = stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Entries from `start`, and the proof that their bundle's subtree is in the log of the upload's size."""

    start: int
    entries: tuple[bytes, ...]
    proof: tuple[bytes, ...]

    @property
    def stop(self) -> int:
        """The index after its last entry."""
        return self.start + len(self.entries)

    @property
    def subtree(self) -> tuple[int, int]:
        """The leaves that are proven: from the beginning of the bundle, entries of earlier uploads included."""
        return self.start - self.start % WIDTH, self.stop

    def __bytes__(self) -> bytes:
        invariant(len(self.proof) <= MAX_PROOF, "a proof fits its count")
        return encode_bundle(self.entries) + bytes([len(self.proof)]) + b"".join(self.proof)


Part: TypeAlias = Header | Package


class Reader:
    """Cuts an upload into its header and packages as the bytes arrive. Nothing in it is verified.

    It holds the package at hand and what was handed in, never more. Bytes after the last package are not looked at.
    """

    def __init__(self) -> None:
        self.complete = False
        self._buffer = bytearray()
        self._spans: Iterator[tuple[int, int]] = iter(())
        self._reading: Generator[int, bytes, Part] = _header()
        self._wanted = next(self._reading)

    def feed(self, content: bytes) -> Iterator[Part]:
        """Yield what `content` completes. Refuses `NotAnUpload`; the reader is of no use afterwards."""
        if not self.complete:
            self._buffer += content
        while not self.complete and len(self._buffer) >= self._wanted:
            taken = bytes(self._buffer[: self._wanted])
            del self._buffer[: self._wanted]
            try:
                self._wanted = self._reading.send(taken)
            except StopIteration as done:
                self._begin(done.value)
                yield done.value

    def _begin(self, part: Part) -> None:
        """Turn to the package that follows `part`, if there is one."""
        if isinstance(part, Header):
            self._spans = part.packages()
        span = next(self._spans, None)
        if span is None:
            self.complete = True
            self._buffer.clear()
        else:
            self._reading = _package(*span)
            self._wanted = next(self._reading)


def _header() -> Generator[int, bytes, Header]:
    """Read a header: yield how many bytes are wanted next, be sent them."""
    length = _number((yield 2))
    if not 0 < length <= MAX_ORIGIN_BYTES:
        raise NotAnUpload(f"the origin of a log has 1 to {MAX_ORIGIN_BYTES} bytes")
    try:
        origin = (yield length).decode()
    except UnicodeDecodeError as cause:
        raise NotAnUpload("the origin of a log is UTF-8") from cause
    start, stop = _number((yield 8)), _number((yield 8))
    if not start <= stop < BELOW:
        raise NotAnUpload("an upload ends where it begins or later, below 2^63", start=start, stop=stop)
    ticket = yield _number((yield 2))
    return Header(origin=origin, start=start, stop=stop, ticket=ticket)


def _package(start: int, stop: int) -> Generator[int, bytes, Package]:
    """Read the package of entries `start` to `stop`, 256 at most."""
    entries = []
    for _ in range(start, stop):
        length = _number((yield 2))
        entries.append((yield length))
    count = _number((yield 1))
    if count > MAX_PROOF:
        raise NotAnUpload(f"a package has at most {MAX_PROOF} hashes", start=start)
    hashes = yield count * HASH_BYTES
    proof = tuple(hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES))
    return Package(start=start, entries=tuple(entries), proof=proof)


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """How a mirror stands: the size to upload to, the first entry it lacks, and a ticket to hand back."""

    size: int
    next_entry: int
    ticket: bytes = b""

    def __bytes__(self) -> bytes:
        return f"{self.size}\n{self.next_entry}\n{encode_base64(self.ticket)}\n".encode()


def parse_info(content: bytes) -> Info:
    """Read what a mirror answers with 202 or 409 (text/x.tlog.mirror-info). Refuses `NotMirrorInfo`."""
    lines = content.decode().split("\n") if len(content) <= MAX_INFO_BYTES and content.isascii() else []
    if len(lines) != 4 or lines[3]:
        raise NotMirrorInfo("a mirror says three lines: size, next entry, ticket")
    size, next_entry = decimal(lines[0]), decimal(lines[1])
    if size is None or next_entry is None:
        raise NotMirrorInfo("size and next entry are numbers below 2^63 without leading zeros")
    try:
        return Info(size=size, next_entry=next_entry, ticket=decode_base64(lines[2]))
    except ValueError as cause:
        raise NotMirrorInfo("a ticket is strict base64") from cause


def _hash(line: str) -> bytes:
    try:
        found = decode_base64(line)
    except ValueError as cause:
        raise NotASubmission("a line of proof is not strict base64") from cause
    if len(found) != HASH_BYTES:
        raise NotASubmission("a line of proof is one hash of 32 bytes")
    return found


def _number(content: bytes) -> int:
    return int.from_bytes(content, "big")
