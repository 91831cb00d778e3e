"""Private keys in memory: one class for each algorithm; a security module would be another, with the same two words."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.kernel.errors import invariant

from .. import checkpoints
from ..lines import seconds
from . import cosignatures, mldsa, sm2
from .vkeys import COSIGNATURE, ED25519, MLDSA44, SM2, NotAKey, Signer, VerifierKey, require_name

SEED_BYTES: Final = 32


class Secret(Signer, Protocol):
    """A signer whose secret can be written into a key file."""

    def secret(self) -> bytes:
        """Return the secret; only `keys` writes it, into a file of mode 0600."""


class Ed25519Signer:
    """Signs notes as a log (0x01). Says nothing of itself when printed."""

    __slots__ = ("_private", "key")

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = VerifierKey(name, ED25519, self._private.public_key().public_bytes_raw())

    def sign(self, text: bytes, *, at: datetime) -> bytes:  # noqa: ARG002 - this type carries no time
        """Return the signature over `text`."""
        return self._private.sign(text)

    def secret(self) -> bytes:
        """Return the seed."""
        return self._private.private_bytes_raw()


class CosignatureSigner:
    """Signs checkpoints as a witness, with the time (0x04)."""

    __slots__ = ("_private", "key")

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = VerifierKey(name, COSIGNATURE, self._private.public_key().public_bytes_raw())

    def sign(self, text: bytes, *, at: datetime) -> bytes:
        """Return the time and the signature over it and the checkpoint `text`. Refuses `NotACheckpoint`."""
        checkpoints.parse(text.decode())
        time = _time(at)
        return time.to_bytes(8, "big") + self._private.sign(cosignatures.message(time, text))

    def secret(self) -> bytes:
        """Return the seed."""
        return self._private.private_bytes_raw()


class MlDsaSigner:
    """Signs checkpoints as a log or as a witness, with the time (0x06)."""

    __slots__ = ("_private", "key")

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = MLDSA44PrivateKey.from_seed_bytes(seed)
        self.key = VerifierKey(name, MLDSA44, self._private.public_key().public_bytes_raw())

    def sign(self, text: bytes, *, at: datetime) -> bytes:
        """Return the time and the signature over it and the checkpoint `text`. Refuses `NotACheckpoint`."""
        time = _time(at)
        signed = mldsa.message(self.key.name, time, checkpoints.parse(text.decode()))
        return time.to_bytes(8, "big") + self._private.sign(signed)

    def secret(self) -> bytes:
        """Return the seed."""
        return self._private.private_bytes_raw()


class Sm2Signer:
    """Signs notes as a log by SM2 with SM3 (国密), in software; a certified module takes its place in production."""

    __slots__ = ("_secret", "key")

    def __init__(self, name: str, secret: bytes) -> None:
        if not sm2.is_secret(secret):
            raise ValueError("an SM2 secret is a number and a point")
        self._secret = secret
        self.key = VerifierKey(name, SM2, sm2.IDENTIFIER + secret[sm2.SECRET_BYTES :])

    def sign(self, text: bytes, *, at: datetime) -> bytes:  # noqa: ARG002 - this type carries no time
        """Return the signature over `text`."""
        return sm2.sign(self._secret, text)

    def secret(self) -> bytes:
        """Return the number and the point."""
        return self._secret


_OF: Final[dict[int, Callable[[str, bytes], Secret]]] = {
    ED25519: Ed25519Signer,
    COSIGNATURE: CosignatureSigner,
    MLDSA44: MlDsaSigner,
    SM2: Sm2Signer,
}


def from_secret(name: str, algorithm: int, secret: bytes) -> Secret:
    """Return the signer of a secret. Refuses `NotAKey`: an unknown algorithm, another length, a bad name."""
    require_name(name, algorithm)
    make = _OF.get(algorithm)
    if make is None or (algorithm != SM2 and len(secret) != SEED_BYTES):
        raise NotAKey("this is no secret of an algorithm known here")
    try:
        return make(name, secret)
    except ValueError as cause:
        raise NotAKey("this is no secret of its algorithm") from cause


def generate(name: str, algorithm: int) -> Secret:
    """Make a new key. Refuses `NotAKey`: a bad name, an unknown algorithm; `NoSm2`."""
    require_name(name, algorithm)
    if algorithm == SM2:
        return Sm2Signer(name, sm2.generate())
    if algorithm == MLDSA44:
        return MlDsaSigner(name, MLDSA44PrivateKey.generate().private_bytes_raw())
    return from_secret(name, algorithm, Ed25519PrivateKey.generate().private_bytes_raw())


def _time(at: datetime) -> int:
    time = seconds(at)
    invariant(time > 0, "a timestamped signature has a time")
    return time
