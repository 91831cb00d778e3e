"""Build what the publisher meets: witnesses of our own, to be stopped, and strangers that answer what they like."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from ledger.kernel.unit import Units
from ledger.log.policy import Group, Policy
from ledger.log.policy import Log as TrustedLog
from ledger.log.policy import Witness as PolicyWitness
from ledger.log.publisher import Publisher, Round
from ledger.log.sequencer import Sequencer
from ledger.log.signers import Signer
from ledger.witness import serving
from ledger.witness.home import Home
from ledger.witness.server import application
from ledger.witness.store import Store
from tests.world import World

ROOT = Path(__file__).parents[1]

Respond = Callable[[str, bytes], tuple[int, bytes]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@dataclass
class Server:
    """An ASGI application on a port of its own, which it keeps when it is stopped and started again."""

    port: int = field(default_factory=free_port)
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, app) -> None:
        server = uvicorn.Server(
            uvicorn.Config(app, port=self.port, log_level="error", access_log=False, timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        self._stack.callback(thread.join)
        self._stack.callback(setattr, server, "should_exit", True)
        while not server.started:
            time.sleep(0.005)

    def stop(self) -> None:
        self._stack.close()


@dataclass
class LocalWitness(Server):
    """An honest witness with its own folder."""

    folder: Path = Path()
    name: str = ""
    trusted: tuple[Signer, ...] = ()
    keys: tuple = ()
    mirror_keys: tuple = ()

    def start(self) -> "LocalWitness":
        home = Home(self.folder / self.name)
        home.folder.mkdir(exist_ok=True)
        home.logs.write_text("".join(f"log {one.key}\n" for one in self.trusted) + "quorum none\n")
        witness = self._stack.enter_context(serving.opened(home, self.name))
        self.keys = tuple(one.key for one in witness.signers)
        self.mirror_keys = tuple(one.key for one in witness.mirror.signers)
        self.serve(application(witness))
        return self

    def size(self, origin: str) -> int:
        """What it has cosigned, as it says itself."""
        store = Store(Home(self.folder / self.name).database)
        try:
            return store.state(origin).size
        finally:
            store.close()


@dataclass
class WitnessProcess:
    """A witness as a regulator runs it: a process of its own, that ends without a word."""

    folder: Path
    name: str = "w0.example"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def keys(self) -> tuple:
        return Home(self.folder / "witness").vkeys()[0]

    def start(self) -> None:
        options = {"--home": self.folder / "witness", "--logs": self.folder / "logs", "--port": str(self.port)}
        given = [str(one) for pair in options.items() for one in pair]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ledger.witness", "serve", "--name", self.name, *given],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the witness does not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@dataclass
class Stranger(Server):
    """Answers under the name and keys of `like` whatever a test says: status and body by path and request."""

    like: LocalWitness | None = None
    respond: Respond = lambda path, body: (500, b"")
    asked: list[bytes] = field(default_factory=list)

    def start(self) -> "Stranger":
        async def app(scope, receive, send):
            if scope["type"] == "lifespan":
                while (message := await receive())["type"] != "lifespan.shutdown":
                    await send({"type": f"{message['type']}.complete"})
                await send({"type": "lifespan.shutdown.complete"})
                return
            body = b""
            while True:
                message = await receive()
                body += message.get("body", b"")
                if not message.get("more_body"):
                    break
            if scope["path"] == "/add-checkpoint":
                self.asked.append(body)
            status, content = await asyncio.to_thread(self.respond, scope["path"], body)
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": content})

        self.serve(app)
        return self

    @property
    def keys(self):
        return self.like.keys

    @property
    def name(self):
        return self.like.name


def policy_of(world: World, *parties, quorum: int | None) -> Policy:
    """A policy of witnesses by both of their keys each, of which `quorum` must have seen a checkpoint."""
    lines = tuple(
        PolicyWitness(f"{one.name}/{number}", key, one.url) for one in parties for number, key in enumerate(one.keys)
    )
    groups = [
        Group(one.name, len(one.keys), tuple(f"{one.name}/{number}" for number in range(len(one.keys))))
        for one in parties
    ]
    if quorum is not None:
        groups.append(Group("enough", quorum, tuple(one.name for one in parties)))
    return Policy(
        logs=tuple(TrustedLog(one.key) for one in world.ring),
        witnesses=lines,
        groups=tuple(groups),
        quorum="enough" if quorum is not None else None,
    )


def sequencer_of(world: World, *, gated: bool = True) -> Sequencer:
    return Sequencer(
        units_of(world), origin=world.database.origin, signers=world.ring, journal=world.journal, gated=gated
    )


def units_of(world: World) -> Units:
    """The sequencer's role, as the publisher has it."""
    return Units(world.engines[1], world.clock)


def until(publisher: Publisher, done: Callable[[Round], bool], *, within_s: float = 20) -> Round:
    """Go round until something is so."""
    deadline = time.monotonic() + within_s
    while True:
        found = publisher.round()
        if done(found):
            return found
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


@contextmanager
def stopping(*servers: Server) -> Iterator[None]:
    """Stop every server when the block ends."""
    try:
        yield
    finally:
        for one in servers:
            one.stop()
