"""A witness as a process: open its folder, answer over HTTP until told to stop."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ledger.kernel.clock import real_now
from ledger.kernel.errors import Kind, Refusal

from . import trust
from .home import Home, policy_lines
from .mirror import Mirror
from .server import application
from .service import Witness
from .store import Store
from .trust import Trust

STOP_TIMEOUT_S: Final = 5
KEEP_ALIVE_S: Final = 75  # logs ask again within a minute
HEAD_TIMEOUT_S: Final = 15.0  # until a connection has brought its first request
CONNECTIONS: Final = (
    200  # open at once; beyond them 503 is answered, and none holds more than a submission or a package
)


class NoAddress(Refusal):
    """The witness cannot listen there."""

    kind = Kind.UNAVAILABLE
    zh = "无法监听该地址"


@contextmanager
def opened(home: Home, name: str, logs: Path | None = None, *, store: type[Store] = Store) -> Iterator[Witness]:
    """Open the witness in a folder, made at the first call, while the block lasts.

    Refuses `OtherName`, `Served`, `NoLogs`, `LooseKeyFile`, `OtherVersion`, `CopyDamaged`.
    """
    signers, mirror_signers = home.make(name)
    with home.held():
        if logs is None:
            trust.ensure(home.logs)
        trusted = Trust(logs or home.logs)
        memory = store(home.database)
        try:
            mirror = Mirror(home.folder, mirror_signers)
            yield Witness(store=memory, mirror=mirror, trust=trusted, signers=signers, now=real_now)
        finally:
            memory.close()


def serve(
    witness: Witness, *, host: str, port: int, public_url: str | None = None, tell: Callable[[str], None]
) -> None:
    """Answer until SIGTERM or SIGINT; SIGHUP reads the trusted logs again. Refuses `NoAddress`."""
    with _listening(host, port) as listener:
        address, bound = listener.getsockname()[:2]
        url = public_url or f"http://{f'[{address}]' if ':' in address else address}:{bound}"
        tell(_greeting(witness, url))
        signal.signal(signal.SIGHUP, lambda _number, _frame: witness.trust.reload())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)  # what uvicorn hands on once it has stopped
        uvicorn.Server(configured(witness)).run(sockets=[listener])


def configured(witness: Witness) -> uvicorn.Config:
    """Return how the witness is served: few connections at once, none of them idle for long."""
    return uvicorn.Config(
        application(witness),
        http=Impatient,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        limit_concurrency=CONNECTIONS,
        server_header=False,
    )


class Impatient(H11Protocol):
    """HTTP that hangs up on whoever connects and does not say what they want; the server itself would wait for ever."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the server has it
        """Begin to wait for a first request."""
        super().connection_made(transport)
        self.loop.call_later(HEAD_TIMEOUT_S, self._look, transport)

    def _look(self, transport: asyncio.Transport) -> None:
        if self.cycle is None:  # no request has begun
            transport.close()  # type: ignore[unreachable]  # the server leaves it None until then


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()  # before the address is told: who comes early waits, and is not turned away
    except (OSError, OverflowError) as error:
        listener.close()
        raise NoAddress(f"{host}:{port}: {error}") from error
    with listener:
        yield listener


def _greeting(witness: Witness, url: str) -> str:
    keys, mirror = tuple(one.key for one in witness.signers), tuple(one.key for one in witness.mirror.signers)
    logs = sorted(witness.trust.keys())
    trusted = ", ".join(logs) if logs else "none yet; `witness trust` adds one"
    return (
        f"The witness {keys[0].name} is at {url}\n"
        f"It trusts the logs: {trusted}  ({witness.trust.path})\n"
        f"For the policy of a log or its readers:\n\n{policy_lines(keys, mirror, url)}"
    )


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
