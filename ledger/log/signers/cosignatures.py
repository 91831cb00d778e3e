"""Timestamped Ed25519 cosignatures of checkpoints (C2SP tlog-cosignature, type 0x04).

cosignature/v1
time 1679315147
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
"""

from ledger.kernel.errors import Refusal

from .. import checkpoints
from ..lines import BELOW
from . import ed25519

TIME_BYTES = 8
SIGNATURE_BYTES = 64


def message(seconds: int, text: bytes) -> bytes:
    """Return what is signed: that at this time, this was the largest tree seen."""
    return b"cosignature/v1\ntime %d\n%b" % (seconds, text)


def verify(name: str, public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is the key's over the checkpoint `text`; a cosignature without a time is none."""
    seconds = time_of(signature)
    if len(signature) != TIME_BYTES + SIGNATURE_BYTES or not 0 < seconds < BELOW or not _is_checkpoint(text):
        return False
    return ed25519.verify(name, public, signature[TIME_BYTES:], message(seconds, text))


def time_of(signature: bytes) -> int:
    """Return the seconds at the beginning of a timestamped signature; it is the caller's to verify it."""
    return int.from_bytes(signature[:TIME_BYTES], "big")


def _is_checkpoint(text: bytes) -> bool:
    try:
        checkpoints.parse(text.decode())
    except (Refusal, UnicodeDecodeError):
        return False
    return True
