"""Timestamped ML-DSA-44 signatures of checkpoints (C2SP tlog-cosignature, type 0x06; FIPS 204, no context).

They cover the cosigner's name, and the origin, size and root of the checkpoint; not its extension lines, so a text that
has any is never accepted. A log signs so under its own name (tlog-checkpoint).
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from ledger.kernel.errors import Refusal

from .. import checkpoints
from ..checkpoints import Checkpoint
from ..lines import BELOW
from .cosignatures import TIME_BYTES, time_of

PUBLIC_BYTES: Final = 1312
SIGNATURE_BYTES: Final = 2420
LABEL: Final = b"subtree/v1\n\x00"
MAX_NAME_BYTES: Final = 255


def is_public(public: bytes) -> bool:
    """Whether `public` has the form of a public key."""
    return len(public) == PUBLIC_BYTES


def message(name: str, seconds: int, checkpoint: Checkpoint) -> bytes:
    """Return what is signed, a `cosigned_message` over the whole tree. A name too long for its form: `ValueError`."""
    return b"".join(
        [
            LABEL,
            _counted(name),
            seconds.to_bytes(8, "big"),
            _counted(checkpoint.origin),
            (0).to_bytes(8, "big"),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        ]
    )


def verify(name: str, public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is the key's over the checkpoint `text`; one without a time is none."""
    seconds = time_of(signature)
    if len(signature) != TIME_BYTES + SIGNATURE_BYTES or not 0 < seconds < BELOW:
        return False
    try:
        signed = message(name, seconds, checkpoints.parse(text.decode()))
        MLDSA44PublicKey.from_public_bytes(public).verify(signature[TIME_BYTES:], signed)
    except (InvalidSignature, Refusal, ValueError):
        return False
    return True


def _counted(text: str) -> bytes:
    content = text.encode()
    if not 0 < len(content) <= MAX_NAME_BYTES:
        raise ValueError("a name has 1 to 255 bytes")
    return bytes([len(content)]) + content
