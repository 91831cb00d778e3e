"""Keys of every algorithm from counted secrets, and the policies and notes of a log that witnesses watch."""

from collections.abc import Sequence
from datetime import UTC, datetime

from ledger.log.checkpoints import Checkpoint
from ledger.log.signers import COSIGNATURE, ED25519, MLDSA44, SM2, Secret, from_secret

LOG_NAME = "log.example/trade"
WITNESS_NAME = "witness.example/w1"
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
CHECKPOINT = Checkpoint(origin=LOG_NAME, size=8, root=bytes(range(32)))
TEXT = CHECKPOINT.text.encode()
SM2_SECRET = bytes.fromhex(  # a number, and its point
    "7edbbafb3bbb1eebcf07fdd530eea093c8c20e38a77397b3bcf80a4f95906765"
    "299320b2fdb7935c79b61be1336f839c4d7269363f48647d7dbb5db68e98c9c7"
    "590c5636b9c9c9efb33f3cf22b64ba3fca7bf60773cbbd448ac8e8ce19d73539"
)


def secret_of(algorithm: int, number: int = 0) -> bytes:
    """Return the counted secret `number` of an algorithm; SM2 has only the one."""
    return SM2_SECRET if algorithm == SM2 else bytes([number]) * 31 + bytes([algorithm])


def signer(algorithm: int, name: str = LOG_NAME, number: int = 0) -> Secret:
    """Return a counted signer."""
    return from_secret(name, algorithm, secret_of(algorithm, number))


def ring(name: str = LOG_NAME, algorithms: Sequence[int] = (ED25519, MLDSA44, SM2)) -> tuple[Secret, ...]:
    """Return one signer of each algorithm."""
    return tuple(signer(one, name) for one in algorithms)


def witnesses(number: int, algorithm: int = COSIGNATURE) -> list[Secret]:
    """Return the signers of `number` witnesses, `witness.example/w0` and on."""
    return [signer(algorithm, f"witness.example/w{one}", one) for one in range(number)]
