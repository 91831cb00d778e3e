"""Build what a witness is asked, and witnesses to ask: a log in memory, a second history of it, real servers."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from ledger.log import checkpoints, merkle, notes, subtrees
from ledger.log.checkpoints import Checkpoint
from ledger.log.policy import Log as TrustedLog
from ledger.log.policy import Policy
from ledger.log.policy import Witness as PolicyWitness
from ledger.log.remote import Answered, Behind, Unreachable, WitnessProblem, cosignatures
from ledger.log.remote import Witness as Asked
from ledger.log.signers import MLDSA44, Ed25519Signer, Signer, from_secret
from ledger.log.submissions import Submission
from ledger.witness import serving
from ledger.witness.home import Home
from ledger.witness.server import application
from ledger.witness.service import Witness
from ledger.witness.store import Store

ORIGIN = "log.example/trade"
NAME = "witness.example/w1"
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
ED25519 = Ed25519Signer(ORIGIN, bytes(range(32)))
MLDSA = from_secret(ORIGIN, MLDSA44, bytes(range(32)))
STRANGER = Ed25519Signer(ORIGIN, bytes(32))
ELSEWHERE = Ed25519Signer("log.example/other", bytes(32))


@dataclass
class Tree:
    """A log in memory. `fork` is where its entries begin to differ from those of the log that was shown to others."""

    entries: list[bytes] = field(default_factory=list)
    origin: str = ORIGIN
    signers: tuple[Signer, ...] = (ED25519, MLDSA)
    _leaves: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, size: int, *, fork: int | None = None) -> "Tree":
        return cls([b"%d%b" % (n, b"" if fork is None or n < fork else b"'") for n in range(size)])

    @property
    def leaves(self) -> list[bytes]:
        self._leaves += [merkle.leaf_hash(one) for one in self.entries[len(self._leaves) :]]
        return self._leaves

    def root(self, size: int) -> bytes:
        return merkle.root(self.leaves[:size])

    def checkpoint(self, size: int) -> bytes:
        one = Checkpoint(origin=self.origin, size=size, root=self.root(size))
        return notes.sign_checkpoint(one, self.signers, at=AT)

    def prove(self, old_size: int, size: int) -> list[bytes]:
        return merkle.prove_consistency(self.leaves[:size], old_size)

    def prove_subtree(self, start: int, stop: int, size: int) -> list[bytes]:
        return subtrees.prove(self.leaves[:size], start, stop)

    def submission(self, old_size: int, size: int) -> Submission:
        proof = tuple(self.prove(old_size, size)) if old_size <= size else ()
        return Submission(old_size=old_size, proof=proof, checkpoint=self.checkpoint(size))

    def slice(self, start: int, stop: int) -> list[bytes]:
        return self.entries[start:stop]


@contextmanager
def opened(
    folder: Path, *, trusted: tuple[Signer, ...] = (ED25519, MLDSA), store: type[Store] = Store
) -> Iterator[Witness]:
    """A witness in `folder` that trusts the log."""
    home = Home(folder)
    folder.mkdir(exist_ok=True)
    if not home.logs.exists():
        home.logs.write_text("".join(f"log {one.key}\n" for one in trusted) + "quorum none\n")
    with serving.opened(home, NAME, store=store) as witness:
        yield witness


@contextmanager
def listening(app, config: uvicorn.Config | None = None) -> Iterator[str]:
    """Serve an ASGI application on a port of its own; yield its address."""
    config = config or uvicorn.Config(app, log_level="warning", access_log=False)
    config.port = 0
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Witness]]:
    """A witness and its address."""
    with opened(folder) as witness, listening(application(witness), serving.configured(witness)) as url:
        yield url, witness


def policy_of(*parties: tuple[str, Witness], quorum: str | None = None) -> Policy:
    """A policy of witnesses w0, w1 … by both of their keys: `w0/0`, `w0/1`."""
    found = [
        PolicyWitness(f"w{number}/{at}", signer.key, url)
        for number, (url, witness) in enumerate(parties)
        for at, signer in enumerate(witness.signers)
    ]
    return Policy(logs=(TrustedLog(ED25519.key), TrustedLog(MLDSA.key)), witnesses=tuple(found), quorum=quorum)


@dataclass(frozen=True)
class Gathered:
    """What asking one witness came to."""

    size: int
    signatures: tuple[notes.Signature, ...] = ()
    problem: WitnessProblem | None = None


def gather(note, *, sizes, prove, policy, at):
    """Ask each address of a policy in turn, once more where it says that it has seen another size."""
    text = notes.parse(note).text
    size = checkpoints.parse(text).size
    return [
        _asked(url, note, text, size, min(sizes.get(url, 0), size), prove, policy, at)
        for url in dict.fromkeys(one.url for one in policy.witnesses)
    ]


def _asked(url, note, text, size, old, prove, policy, at):
    keys = [one.key for one in policy.witnesses if one.url == url]
    with Asked(url) as witness:
        try:
            answer = Behind(old)
            for _ in range(2):
                old = answer.size
                proof = tuple(prove(old, size)) if 0 < old < size else ()
                answer = witness.ask(Submission(old_size=old, proof=proof, checkpoint=note), size)
                if isinstance(answer, Answered):
                    lines = cosignatures(answer, text, keys, url=url, at=at)
                    return Gathered(size=size, signatures=lines)
        except WitnessProblem as problem:
            return Gathered(size=old, problem=problem)
    return Gathered(size=old, problem=Unreachable(f"{url} moves on while it is asked", url=url))
