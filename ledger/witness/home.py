"""The folder of a witness: its keys, its memory, its copies. One process serves it at a time.

keys           the ring that cosigns as a witness, mode 0600
mirror.keys    the ring that cosigns as a mirror; another name, so that neither statement passes for the other
logs           whom it trusts, unless another file is named
witness.db     what it cosigned
mirror/ pending/ staging/
lock
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.kernel.errors import Kind, Refusal
from ledger.log import keys
from ledger.log.signers import Secret, VerifierKey

MIRROR = "/mirror"


class OtherName(Refusal):
    """The witness in this folder has another name."""

    kind = Kind.CONFLICT
    zh = "该目录中的见证人另有其名"


class NoWitness(Refusal):
    """There is no witness in this folder."""

    kind = Kind.NOT_FOUND
    zh = "该目录中没有见证人"


class Served(Refusal):
    """Another process serves this witness."""

    kind = Kind.CONFLICT
    zh = "该见证人已在运行"


@dataclass(frozen=True, slots=True)
class Home:
    """A folder, and where in it everything lies."""

    folder: Path

    @property
    def logs(self) -> Path:
        """The trusted logs, unless another file is named."""
        return self.folder / "logs"

    @property
    def database(self) -> Path:
        """What was cosigned."""
        return self.folder / "witness.db"

    def make(self, name: str) -> tuple[tuple[Secret, ...], tuple[Secret, ...]]:
        """Return the rings of the witness and of its mirror, made at the first call.

        Refuses `OtherName`, `NotAKey`: the name; `LooseKeyFile`.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        witness = keys.load_or_create(self.folder / "keys", name, keys.WITNESS_ALGORITHMS)
        if witness[0].key.name != name:
            raise OtherName(f"it signs as {witness[0].key.name}; a key's name never changes")
        mirror = keys.load_or_create(self.folder / "mirror.keys", name + MIRROR, keys.WITNESS_ALGORITHMS)
        return witness, mirror

    def vkeys(self) -> tuple[tuple[VerifierKey, ...], tuple[VerifierKey, ...]]:
        """Return the public keys of the witness and of its mirror. Refuses `NoWitness`, `LooseKeyFile`."""
        if not (self.folder / "keys").exists() or not (self.folder / "mirror.keys").exists():
            raise NoWitness(f"{self.folder} holds no keys; `witness serve` makes them")
        witness, mirror = keys.load(self.folder / "keys"), keys.load(self.folder / "mirror.keys")
        return tuple(one.key for one in witness), tuple(one.key for one in mirror)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from serving this folder while the block lasts. Refuses `Served`."""
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            os.close(descriptor)
            raise Served(f"{self.folder} is being served already") from cause
        try:
            yield
        finally:
            os.close(descriptor)


def policy_lines(witness: tuple[VerifierKey, ...], mirror: tuple[VerifierKey, ...], url: str) -> str:
    """Return what a log or a reader pastes into its policy; the mirror's lines are there for who wants them."""
    name = witness[0].name
    members = [(f"{name}/{one.title.lower().replace(' ', '-')}", one) for one in witness]
    lines = [f"witness {member} {key} {url}" for member, key in members]
    lines += [f"group {name} all {' '.join(member for member, _ in members)}", f"quorum {name}"]
    lines += ["# The same regulator's mirror, which also says that it keeps a copy:"]
    lines += [f"# witness {one.name}/{one.title.lower().replace(' ', '-')} {one} {url}" for one in mirror]
    return "".join(f"{line}\n" for line in lines)
