"""Ed25519 over the text of a note (C2SP signed-note, type 0x01)."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC_BYTES = 32


def is_public(public: bytes) -> bool:
    """Whether `public` has the form of a public key."""
    return len(public) == PUBLIC_BYTES


def verify(_name: str, public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is the key's over `text`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True
