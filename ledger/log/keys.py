"""Private keys in files: one line for each key of a ring, mode 0600, created whole or not at all.

A line is as golang.org/x/mod/sumdb/note writes one, for every algorithm: `PRIVATE+KEY+name+id+base64(type, secret)`.
A ring is what signs together: a log's Ed25519 and ML-DSA-44 keys, and while keys are being replaced the old ones too.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ledger.kernel.errors import Kind, Refusal

from .lines import decode_base64, encode_base64
from .signers import COSIGNATURE, ED25519, MLDSA44, NotAKey, Secret, from_secret, generate

LOG_ALGORITHMS: Final = (ED25519, MLDSA44)
WITNESS_ALGORITHMS: Final = (COSIGNATURE, MLDSA44)
MAX_KEYS: Final = 16

_PREFIX = "PRIVATE+KEY+"
_MAX_BYTES = 16_384


class LooseKeyFile(Refusal):
    """The key file can be read by others."""

    kind = Kind.CONFLICT
    zh = "密钥文件权限过宽"


class KeyFileExists(Refusal):
    """There is a key file already."""

    kind = Kind.CONFLICT
    zh = "密钥文件已存在"


def make(name: str, algorithms: Sequence[int] = LOG_ALGORITHMS) -> tuple[Secret, ...]:
    """Make a new ring that signs as `name`, one key of each algorithm."""
    return tuple(generate(name, one) for one in algorithms)


def load(path: Path) -> tuple[Secret, ...]:
    """Read a key file. Refuses `LooseKeyFile`: not a plain file of mode 0600 or stricter; `NotAKey`: another text."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode) or mode & 0o077:
            raise LooseKeyFile(f"make {path} a plain file that only its owner may read (chmod 600)")
        content = os.read(descriptor, _MAX_BYTES + 1)
    finally:
        os.close(descriptor)
    try:
        return parse_ring(content.decode())
    except UnicodeDecodeError as cause:
        raise NotAKey("a key file is lines of text") from cause


def save(path: Path, ring: Sequence[Secret]) -> None:
    """Write a new key file of mode 0600, whole or not at all.

    Refuses `KeyFileExists`: a key is never overwritten; `NotAKey`: a ring that could not be read back.
    """
    staging = _staged(path, ring)
    try:
        os.link(staging, path)  # unlike a rename, never replaces
        _sync_folder(path.parent)
    except FileExistsError as cause:
        raise KeyFileExists(f"{path} holds a key already") from cause
    finally:
        staging.unlink(missing_ok=True)


def replace(path: Path, ring: Sequence[Secret]) -> None:
    """Put another ring in the place of the one in a key file, whole or not at all.

    Refuses `NotAKey`: a ring that could not be read back.
    """
    staging = _staged(path, ring)
    try:
        staging.replace(path)
        _sync_folder(path.parent)
    finally:
        staging.unlink(missing_ok=True)


def load_or_create(path: Path, name: str, algorithms: Sequence[int] = LOG_ALGORITHMS) -> tuple[Secret, ...]:
    """Read the key file, or make it; of several that make it at once, all return the same ring."""
    if not path.exists():
        with contextlib.suppress(KeyFileExists):
            save(path, make(name, algorithms))
    return load(path)


def format_ring(ring: Sequence[Secret]) -> str:
    """Write the secrets as the lines of a key file."""
    return "".join(f"{_format(one)}\n" for one in ring)


def parse_ring(text: str) -> tuple[Secret, ...]:
    """Read the lines of a key file. Refuses `NotAKey`; never repeats the text."""
    if len(text) > _MAX_BYTES:
        raise NotAKey(f"a key file has at most {_MAX_BYTES} bytes")
    lines = text.removesuffix("\n").split("\n")
    if len(lines) > MAX_KEYS:
        raise NotAKey(f"a ring has at most {MAX_KEYS} keys")
    ring = tuple(_parse(line) for line in lines)
    if len({one.key.public for one in ring}) != len(ring):  # not under two types either (signed-note)
        raise NotAKey("a key stands in the ring twice")
    if len({one.key.name for one in ring}) != 1:
        raise NotAKey("the keys of a ring sign under one name")
    return ring


def _format(signer: Secret) -> str:
    material = encode_base64(bytes([signer.key.algorithm]) + signer.secret())
    return f"{_PREFIX}{signer.key.name}+{signer.key.id.hex()}+{material}"


def _parse(line: str) -> Secret:
    parts = line.removeprefix(_PREFIX).split("+", 2)
    if not line.startswith(_PREFIX) or len(parts) != 3:
        raise NotAKey("a private key reads PRIVATE+KEY+name+id+base64")
    name, key_id, encoded = parts
    try:
        material = decode_base64(encoded)
    except ValueError:
        material = b""
    if not material:
        raise NotAKey("a private key is its type and its secret, in strict base64")
    signer = from_secret(name, material[0], material[1:])
    if signer.key.id.hex() != key_id:
        raise NotAKey("the id is not that of the key and name")
    return signer


def _staged(path: Path, ring: Sequence[Secret]) -> Path:
    """Write a ring beside `path`, durably, and return where."""
    text = format_ring(ring)
    parse_ring(text)
    staging = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        staging.unlink()
        raise
    return staging


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
