"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint): text, signatures, keys.

Strict readers: one form for every byte, so that what was verified is what was read. Only Ed25519 signs so far; another
algorithm is another row of `_ALGORITHMS` and another `Signer`. Private key files live in `keys`.
"""

import base64
import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.kernel.errors import Kind, Refusal, invariant

from .merkle import HASH_BYTES

ED25519 = 0x01
MAX_NOTE_BYTES = 1_000_000  # room for a hundred post-quantum signatures of 5 kB, and then some
MAX_SIGNATURES = 100
MAX_SIZE = 2**63 - 1

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIGNATURE = re.compile(r"— (\S+) ([A-Za-z0-9+/=]+)")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class NotANote(Refusal):
    """This is not a signed note."""

    kind = Kind.MALFORMED
    zh = "不是合规的签名文本"


class NotACheckpoint(Refusal):
    """This is not the text of a checkpoint."""

    kind = Kind.MALFORMED
    zh = "不是合规的检查点文本"


class NotAKey(Refusal):
    """This is not a key."""

    kind = Kind.MALFORMED
    zh = "密钥格式不正确"


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
class VerifierKey:
    """A public key with the name it signs under; `str` is its vkey text, `name+id+base64`."""

    name: str
    algorithm: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that stand before each signature of this key."""
        return hashlib.sha256(f"{self.name}\n".encode() + bytes([self.algorithm]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encode_base64(bytes([self.algorithm]) + self.public)}"

    def accepts(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` is this key's over `message`."""
        return _ALGORITHMS[self.algorithm](self.public, signature, message)


class Signer(Protocol):
    """Something that signs under a name: a key in memory, or a module that never gives it away."""

    @property
    def key(self) -> VerifierKey:
        """The public half."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message`."""


class Ed25519Signer:
    """An Ed25519 private key in memory. Says nothing of itself when printed."""

    __slots__ = ("_key", "_private")

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        require_name(name)
        self._private = private
        self._key = VerifierKey(name, ED25519, private.public_key().public_bytes_raw())

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Self:
        """Return the signer of a 32-byte seed."""
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def key(self) -> VerifierKey:
        """The public half."""
        return self._key

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message`."""
        return self._private.sign(message)

    def seed(self) -> bytes:
        """Return the secret; only `keys` writes it, into a file of mode 0600."""
        return self._private.private_bytes_raw()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself: its origin, its size, its root. `text` is what is signed."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines of tlog-checkpoint, without extensions."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


def sign(text: str, signers: Sequence[Signer]) -> Note:
    """Sign `text` by each of `signers`, in their order."""
    invariant(text.endswith("\n") and not _CONTROL.search(text), "a note is lines of text")
    message = text.encode()
    return Note(text, tuple(Signature(one.key.name, one.key.id, one.sign(message)) for one in signers))


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[Signer]) -> bytes:
    """Return the signed note of a checkpoint."""
    return bytes(sign(checkpoint.text, signers))


def parse(content: bytes) -> Note:
    """Read a signed note without verifying it. Refuses `NotANote`: every deviation from the one form."""
    text, block = _split(content)
    lines = block.split("\n")[:-1]
    if not 0 < len(lines) <= MAX_SIGNATURES:
        raise NotANote(f"a note carries 1 to {MAX_SIGNATURES} signature lines")
    return Note(text, tuple(_signature(line) for line in lines))


def verify(note: Note, keys: Collection[VerifierKey]) -> list[VerifierKey]:
    """Return which of `keys` signed the note. Lines of unknown keys are ignored.

    Refuses `BadSignature`: a line of a known key fails; `Unsigned`: none of `keys` signed.
    """
    message = note.text.encode()
    claimed = [(key, one) for key in keys for one in note.signatures if one.claims(key)]
    for key, signature in claimed:
        if not key.accepts(signature.value, message):
            raise BadSignature(f"the signature of {key.name} does not fit the text", key=str(key))
    if not claimed:
        raise Unsigned("none of the keys you trust signed this")
    return [key for key in keys if any(key is one for one, _ in claimed)]


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


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint. Refuses `NotACheckpoint`, also for extension lines: we sign none."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise NotACheckpoint("a checkpoint is three lines: origin, size, root")
    if not _DECIMAL.fullmatch(lines[1]) or int(lines[1]) > MAX_SIZE:
        raise NotACheckpoint("the size is a decimal number below 2^63 without leading zeros")
    try:
        root = decode_base64(lines[2])
    except ValueError as cause:
        raise NotACheckpoint("the root is not strict base64") from cause
    if len(root) != HASH_BYTES:
        raise NotACheckpoint("the root has exactly 32 bytes")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def parse_vkey(text: str) -> VerifierKey:
    """Read `name+id+base64(type, key)`. Refuses `NotAKey`: another form, a false id, an algorithm we do not know."""
    name, key_id, material = _three_parts(text)
    require_name(name)
    if material[0] not in _ALGORITHMS:
        raise NotAKey(f"keys of type {material[0]:#04x} are not known here")
    if len(material) != 1 + HASH_BYTES:
        raise NotAKey("an Ed25519 key has exactly 32 bytes")
    key = VerifierKey(name, material[0], material[1:])
    if key.id.hex() != key_id:
        raise NotAKey("the id is not that of the key and name")
    return key


def require_name(name: str) -> None:
    """Refuse `NotAKey` unless `name` may name a key: not empty, no Unicode space, no plus, no control character."""
    if not name or "+" in name or any(one.isspace() or one < " " for one in name):
        raise NotAKey("a key's name has at least one character, no space and no plus")


def encode_base64(content: bytes) -> str:
    """Write standard base64 with padding."""
    return base64.b64encode(content).decode()


def decode_base64(text: str) -> bytes:
    """Read standard base64 in its one form; a stray bit, missing padding or foreign character is a `ValueError`."""
    content = base64.b64decode(text, validate=True)
    if encode_base64(content) != text:
        raise ValueError("not in its one form")
    return content


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


def _three_parts(text: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)  # base64 may hold a plus
    if len(parts) != 3:
        raise NotAKey("a key reads name+id+base64")
    try:
        material = decode_base64(parts[2])
    except ValueError as cause:
        raise NotAKey("the key is not strict base64") from cause
    if not material:
        raise NotAKey("the key is empty")
    return parts[0], parts[1], material


def _ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


_ALGORITHMS = {ED25519: _ed25519}
