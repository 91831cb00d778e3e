"""Private keys in files: one line, mode 0600, created whole or not at all.

The text is that of golang.org/x/mod/sumdb/note: `PRIVATE+KEY+name+id+base64(type, seed)`.
"""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.kernel.errors import Kind, Refusal

from .notes import ED25519, Ed25519Signer, NotAKey, decode_base64, encode_base64

_PREFIX = "PRIVATE+KEY+"
_MAX_BYTES = 4096


class LooseKeyFile(Refusal):
    """The key file can be read by others."""

    kind = Kind.CONFLICT
    zh = "密钥文件权限过宽"


class KeyFileExists(Refusal):
    """There is a key file already."""

    kind = Kind.CONFLICT
    zh = "密钥文件已存在"


def generate(name: str) -> Ed25519Signer:
    """Make a new key that signs as `name`."""
    return Ed25519Signer(name, Ed25519PrivateKey.generate())


def load(path: Path) -> Ed25519Signer:
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
        return parse_private(content.decode())
    except UnicodeDecodeError as cause:
        raise NotAKey("a key file is one line of text") from cause


def save(path: Path, signer: Ed25519Signer) -> None:
    """Write a new key file of mode 0600, whole or not at all. Refuses `KeyFileExists`: a key is never overwritten."""
    staging = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(format_private(signer).encode())
            file.flush()
            os.fsync(file.fileno())
        os.link(staging, path)  # unlike a rename, never replaces
        _sync_folder(path.parent)
    except FileExistsError as cause:
        raise KeyFileExists(f"{path} holds a key already") from cause
    finally:
        staging.unlink(missing_ok=True)


def load_or_create(path: Path, name: str) -> Ed25519Signer:
    """Read the key file, or make it; of several that make it at once, all return the same key."""
    if not path.exists():
        with contextlib.suppress(KeyFileExists):
            save(path, generate(name))
    return load(path)


def format_private(signer: Ed25519Signer) -> str:
    """Write the secret as the one line of a key file."""
    material = encode_base64(bytes([ED25519]) + signer.seed())
    return f"{_PREFIX}{signer.key.name}+{signer.key.id.hex()}+{material}\n"


def parse_private(text: str) -> Ed25519Signer:
    """Read the one line of a key file. Refuses `NotAKey`; never repeats the text."""
    parts = text.removesuffix("\n").removeprefix(_PREFIX).split("+", 2)
    if not text.startswith(_PREFIX) or len(parts) != 3:
        raise NotAKey("a private key reads PRIVATE+KEY+name+id+base64")
    try:
        material = decode_base64(parts[2])
    except ValueError:
        material = b""
    if len(material) != 33 or material[0] != ED25519:
        raise NotAKey("a private key is type 1 and 32 bytes, in strict base64")
    signer = Ed25519Signer.from_seed(parts[0], material[1:])
    if signer.key.id.hex() != parts[1]:
        raise NotAKey("the id is not that of the key and name")
    return signer


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
