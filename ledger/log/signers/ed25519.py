"""Ed25519 over the text of a note (C2SP signed-note, type 0x01)."""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC_BYTES: Final = 32
FIELD: Final = 2**255 - 19
_OF_ORDER_8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
WEAK: Final = frozenset({0, 1, FIELD - 1, _OF_ORDER_8, FIELD - _OF_ORDER_8})  # y of the points of small order


def is_public(public: bytes) -> bool:
    """Whether `public` has the form of a public key that only one secret signs for.

    A point of small order verifies signatures that anybody can write; a y of the field's size or more is a second
    spelling of another key.
    """
    y = int.from_bytes(public, "little") & ((1 << 255) - 1)
    return len(public) == PUBLIC_BYTES and y < FIELD and y not in WEAK


def verify(_name: str, public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is the key's over `text`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True
