"""Keys that sign notes, and those that verify them, by every algorithm the record uses."""

from .private import Ed25519Signer, Secret, from_secret, generate
from .vkeys import (
    ALGORITHMS,
    COSIGNATURE,
    ED25519,
    MLDSA44,
    OF_A_LOG,
    OF_A_WITNESS,
    SM2,
    TIMESTAMPED,
    NotAKey,
    Signer,
    VerifierKey,
    parse_vkey,
    require_name,
)

__all__ = [
    "ALGORITHMS",
    "COSIGNATURE",
    "ED25519",
    "MLDSA44",
    "OF_A_LOG",
    "OF_A_WITNESS",
    "SM2",
    "TIMESTAMPED",
    "Ed25519Signer",
    "NotAKey",
    "Secret",
    "Signer",
    "VerifierKey",
    "from_secret",
    "generate",
    "parse_vkey",
    "require_name",
]
