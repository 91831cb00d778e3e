"""The servers a running exchange stands on: PostgreSQL and Valkey, given by URL or run by us.

`running` is the whole face. With no URL set it runs real servers from the wheels we depend on, under `HOME/servers`:
Unix sockets in a closed folder, generated passwords, no port. docs/decisions/0001 says why the wheels' own managers are
not used. Turning signals into exceptions is the caller's business: leaving the block stops the servers.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from exchange.app.settings import Settings

from . import postgres, programs, valkey
from .child import START_TIMEOUT_S, Child, Program
from .ground import Ground
from .refused import CannotStart, InUse

__all__ = ["Addresses", "CannotStart", "InUse", "running", "temporary_home"]

JOIN_POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the servers are. All of it is secret: the URLs carry passwords."""

    database: str = field(repr=False)  # the administrator's, `postgresql://…`
    redis: str = field(repr=False)  # for redis-py: `redis://…` or `unix://…`

    @property
    def broker(self) -> str:
        """The address of `redis` as kombu and Celery spell it."""
        return valkey.broker_url(self.redis)


@contextmanager
def running(settings: Settings, *, share: bool = False) -> Iterator[Addresses]:
    """Yield the addresses of servers that answer, and stop the ones started here when the block ends.

    A server whose URL is set is used as it is and not even contacted. Ours are started again when they are killed, and
    end when this process does, however it ends. Raises `CannotStart`, in one line, or `InUse` when another process runs
    the servers of this folder; with `share`, that process's servers are used for as long as it runs them.
    """
    if settings.database_url and settings.redis_url:
        yield Addresses(database=settings.database_url, redis=settings.redis_url)
        return
    with ExitStack() as stack:
        try:
            addresses = _started(settings, stack, share=share)
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise CannotStart(
                f"the embedded servers cannot use {settings.home}: {error.strerror}{where}; "
                "set MENGKEJU_HOME to a folder of your own"
            ) from error
        yield addresses


PLACE = Path("/var", "tmp")  # where temporary homes lie: unlike /tmp, on a disk


@contextmanager
def temporary_home(under: Path = PLACE) -> Iterator[Path]:
    """Yield a new folder that servers of any account can use, and remove it at the end: for tests and replays."""
    home = Path(tempfile.mkdtemp(prefix="mengkeju-", dir=under))
    home.chmod(0o711)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _started(settings: Settings, stack: ExitStack, *, share: bool) -> Addresses:
    ground = Ground(settings.home)
    sockets = ground.sockets()
    try:
        stack.enter_context(ground.held())
    except InUse:
        if not share:
            raise
        _await(_programs(settings, ground, sockets))
    else:
        if settings.database_url is None:
            postgres.prepare(ground, programs.find(ground.account))
        _start(_programs(settings, ground, sockets), ground, stack)
    return Addresses(
        database=settings.database_url or postgres.url(ground, sockets),
        redis=settings.redis_url or valkey.url(ground, sockets),
    )


def _programs(settings: Settings, ground: Ground, sockets: Path) -> list[Program]:
    found = programs.find(ground.account)
    wanted = []
    if settings.redis_url is None:
        wanted.append(valkey.program(ground, found, sockets))
    if settings.database_url is None:
        wanted.append(postgres.program(ground, found, sockets))
    return wanted


def _start(wanted: list[Program], ground: Ground, stack: ExitStack) -> None:
    children = [Child(ground, program) for program in wanted]
    for child in children:
        stack.callback(child.stop)
        child.start()
    for child in children:
        child.wait()


def _await(wanted: list[Program]) -> None:
    """Wait until the servers that another process is starting answer."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not all(program.answers() for program in wanted):
        if time.monotonic() > deadline:
            raise CannotStart("the servers that another process runs here do not answer")
        time.sleep(JOIN_POLL_S)
