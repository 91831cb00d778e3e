"""Verifier keys and what signs: names, identities, and one row for each algorithm (C2SP signed-note, tlog-cosignature).

| type | algorithm | signs | where |
|---|---|---|---|
| 0x01 | Ed25519 | the note's text | a log |
| 0x04 | Ed25519, timestamped | `cosignature/v1`, the time, the text | a witness |
| 0x06 | ML-DSA-44, timestamped | `subtree/v1`, names, the time, size and root | a log, a witness |
| 0xff | SM2 with SM3 (国密) | the note's text | a log |
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from ledger.kernel.errors import Kind, Refusal

from ..lines import decode_base64, encode_base64
from . import cosignatures, ed25519, mldsa, sm2

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
MLDSA44: Final = 0x06
SM2: Final = 0xFF  # unassigned types all begin so; what follows the byte tells them apart


class NotAKey(Refusal):
    """This is not a key."""

    kind = Kind.MALFORMED
    zh = "密钥格式不正确"


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How one type of signature is checked, and which public keys it has."""

    title: str
    is_public: Callable[[bytes], bool]
    verify: Callable[[str, bytes, bytes, bytes], bool]  # name, public key, signature, text


ALGORITHMS: Final = {
    ED25519: Algorithm("Ed25519", ed25519.is_public, ed25519.verify),
    COSIGNATURE: Algorithm("Ed25519 cosignature", ed25519.is_public, cosignatures.verify),
    MLDSA44: Algorithm("ML-DSA-44", mldsa.is_public, mldsa.verify),
    SM2: Algorithm("SM2 with SM3", sm2.is_public, sm2.verify),
}
TIMESTAMPED: Final = frozenset({COSIGNATURE, MLDSA44})
OF_A_LOG: Final = frozenset({ED25519, MLDSA44, SM2})
OF_A_WITNESS: Final = frozenset({COSIGNATURE, MLDSA44})


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

    @property
    def title(self) -> str:
        """The algorithm's name, for a person."""
        return ALGORITHMS[self.algorithm].title

    @property
    def is_computable(self) -> bool:
        """Whether its signatures can be checked on this machine."""
        return self.algorithm != SM2 or sm2.is_available()

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encode_base64(bytes([self.algorithm]) + self.public)}"

    def accepts(self, signature: bytes, text: bytes) -> bool:
        """Whether `signature` is this key's over the note text `text`."""
        return ALGORITHMS[self.algorithm].verify(self.name, self.public, signature, text)


class Signer(Protocol):
    """Something that signs under a name: a key in memory, or a module that never gives it away."""

    @property
    def key(self) -> VerifierKey:
        """The public half."""

    def sign(self, text: bytes, *, at: datetime) -> bytes:
        """Return the signature over the note text `text`; those types that carry a time carry `at`."""


def parse_vkey(text: str) -> VerifierKey:
    """Read `name+id+base64(type, key)`. Refuses `NotAKey`: another form, a false id, an algorithm we do not know."""
    parts = text.split("+", 2)  # base64 may hold a plus
    if len(parts) != 3:
        raise NotAKey("a key reads name+id+base64")
    name, key_id, encoded = parts
    try:
        material = decode_base64(encoded)
    except ValueError as cause:
        raise NotAKey("the key is not strict base64") from cause
    require_name(name, material[0] if material else None)
    algorithm = ALGORITHMS.get(material[0]) if material else None
    if algorithm is None:
        raise NotAKey(f"keys of type {material[0]:#04x} are not known here" if material else "the key is empty")
    if not algorithm.is_public(material[1:]):
        raise NotAKey(f"this is no public key of {algorithm.title}")
    key = VerifierKey(name, material[0], material[1:])
    if key.id.hex() != key_id:
        raise NotAKey("the id is not that of the key and name")
    return key


def require_name(name: str, algorithm: int | None = None) -> None:
    """Refuse `NotAKey` unless `name` may name a key: not empty, no Unicode space, no plus, no control character.

    What ML-DSA-44 signs has room for a name of 255 bytes; a key with a longer one could sign nothing.
    """
    foreign = any(one.isspace() or one < " " or "\ud800" <= one <= "\udfff" for one in name)
    if not name or "+" in name or foreign:
        raise NotAKey("a key's name has at least one character, no space and no plus")
    if algorithm == MLDSA44 and len(name.encode()) > mldsa.MAX_NAME_BYTES:
        raise NotAKey(f"the name of an ML-DSA-44 key has at most {mldsa.MAX_NAME_BYTES} bytes")
