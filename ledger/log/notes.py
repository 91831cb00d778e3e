"""Signed notes (C2SP signed-note): a text and the lines of those who signed it.

Strict readers: one form for every byte, so that what was verified is what was read. What a checkpoint's text says is
read by `checkpoints`; who can sign, and how, is in `signers`; private key files live in `keys`.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.kernel.errors import Kind, Refusal, invariant

from .checkpoints import Checkpoint
from .lines import decode_base64, encode_base64, instant_of
from .signers import TIMESTAMPED, Signer, VerifierKey

MAX_NOTE_BYTES = 1_000_000  # room for a hundred post-quantum signatures of 5 kB, and then some
MAX_SIGNATURES = 100

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIGNATURE = re.compile(r"— (\S+) ([A-Za-z0-9+/=]+)")


class NotANote(Refusal):
    """This is not a signed note."""

    kind = Kind.MALFORMED
    zh = "不是合规的签名文本"


class BadSignature(Refusal):
    """A signature of a known key fails."""

    kind = Kind.CONFLICT
    zh = "已知密钥的签名验证失败"


class Unsigned(Refusal):
    """No known key signed this."""

    kind = Kind.CONFLICT
    zh = "没有已知密钥的签名"


class SignedAgain(Refusal):
    """A key signed more than once."""

    kind = Kind.CONFLICT
    zh = "同一密钥重复签名"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line: who signed, and with which bytes. Nothing is verified yet."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line without its newline."""
        return f"— {self.name} {encode_base64(self.key_id + self.value)}"

    def claims(self, key: VerifierKey) -> bool:
        """Whether the line says it is `key`'s."""
        return (self.name, self.key_id) == (key.name, key.id)


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a newline, and its signature lines."""

    text: str
    signatures: tuple[Signature, ...]

    def __bytes__(self) -> bytes:
        return "\n".join([self.text, *(one.line for one in self.signatures), ""]).encode()


def sign(text: str, signers: Sequence[Signer], *, at: datetime) -> Note:
    """Sign `text` by each of `signers`, in their order, at the instant `at`."""
    invariant(text.endswith("\n") and not _CONTROL.search(text), "a note is lines of text")
    message = text.encode()
    return Note(text, tuple(Signature(one.key.name, one.key.id, one.sign(message, at=at)) for one in signers))


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[Signer], *, at: datetime) -> bytes:
    """Return the signed note of a checkpoint."""
    return bytes(sign(checkpoint.text, signers, at=at))


def with_signatures(note: Note, more: Sequence[Signature]) -> Note:
    """Return the note with more lines after its own: the first of each key, and none that it has already.

    Otherwise a cosigner with a hundred valid lines could make a note that nobody reads. Not checked: the lines.
    """
    first: dict[tuple[str, bytes], Signature] = {}
    for one in more:
        first.setdefault((one.name, one.key_id), one)
    return Note(note.text, (*note.signatures, *(one for one in first.values() if one not in note.signatures)))


def signed_at(key: VerifierKey, signature: Signature) -> datetime | None:
    """Return the instant that a verified signature of `key` carries; None for types that carry none."""
    return instant_of(int.from_bytes(signature.value[:8], "big")) if key.algorithm in TIMESTAMPED else None


def parse(content: bytes) -> Note:
    """Read a signed note without verifying it. Refuses `NotANote`: every deviation from the one form."""
    text, block = _split(content)
    return Note(text, _signatures(block))


def parse_signatures(block: bytes) -> tuple[Signature, ...]:
    """Read signature lines by themselves, as a witness answers them. Refuses `NotANote`."""
    if len(block) > MAX_NOTE_BYTES:
        raise NotANote(f"signature lines have at most {MAX_NOTE_BYTES} bytes")
    try:
        lines = block.decode()
    except UnicodeDecodeError as cause:
        raise NotANote("signature lines are UTF-8") from cause
    if not lines.endswith("\n") or _CONTROL.search(lines):
        raise NotANote("every signature line ends in a newline")
    return _signatures(lines)


def verify(note: Note, keys: Collection[VerifierKey]) -> list[VerifierKey]:
    """Return which of `keys` signed the note. Lines of unknown keys are ignored.

    Refuses `BadSignature`: a line of a known key fails; `Unsigned`: none of `keys` signed.
    """
    message = note.text.encode()
    claims: dict[tuple[str, bytes], list[Signature]] = {}
    for one in note.signatures:
        claims.setdefault((one.name, one.key_id), []).append(one)
    signed = [(key, claims[key.name, key.id]) for key in keys if (key.name, key.id) in claims]
    for key, signatures in signed:
        if not all(key.accepts(one.value, message) for one in signatures):
            raise BadSignature(f"the signature of {key.name} does not fit the text", key=str(key))
    if not signed:
        raise Unsigned("none of the keys you trust signed this")
    return [key for key, _ in signed]


def verify_each(note: Note, keys: Collection[VerifierKey]) -> None:
    """Require exactly one valid line of each of `keys`, and none of another key under one of their names.

    Stricter than `verify`, for a reader who knows every key the log may sign with. Refuses `BadSignature`, `Unsigned`,
    `SignedAgain`.
    """
    for key in keys:
        verify(note, [key])
        if sum(one.claims(key) for one in note.signatures) > 1:
            raise SignedAgain(f"{key.name} signed more than once with one key", key=str(key))
    names = {key.name for key in keys}
    for one in note.signatures:
        if one.name in names and not any(one.claims(key) for key in keys):
            raise BadSignature(f"a key that the log never declared signs as {one.name}", key_id=one.key_id.hex())


def _split(content: bytes) -> tuple[str, str]:
    """Part text and signature block at the last blank line."""
    if len(content) > MAX_NOTE_BYTES:
        raise NotANote(f"a note has at most {MAX_NOTE_BYTES} bytes")
    try:
        whole = content.decode()
    except UnicodeDecodeError as cause:
        raise NotANote("a note is UTF-8") from cause
    at = whole.rfind("\n\n")
    if at < 0 or not whole.endswith("\n") or _CONTROL.search(whole):
        raise NotANote("a note is lines of text, a blank line, and signature lines")
    return whole[: at + 1], whole[at + 2 :]


def _signatures(block: str) -> tuple[Signature, ...]:
    if not 0 < block.count("\n") <= MAX_SIGNATURES:  # counted before they are parted: a newline costs a reader little
        raise NotANote(f"a note carries 1 to {MAX_SIGNATURES} signature lines")
    return tuple(_signature(line) for line in block.split("\n")[:-1])


def _signature(line: str) -> Signature:
    match = _SIGNATURE.fullmatch(line)
    if not match or "+" in match[1]:
        raise NotANote("a signature line is an em dash, a name and base64, parted by single spaces")
    try:
        content = decode_base64(match[2])
    except ValueError as cause:
        raise NotANote("a signature is not strict base64") from cause
    if len(content) <= 4:
        raise NotANote("a signature is a key id and at least one byte")
    return Signature(match[1], content[:4], content[4:])
