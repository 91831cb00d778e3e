"""The processes of a running exchange, watched: one that dies is started again, and none outlives its parent.

No work is lost when one is killed: acts are committed or they were never acknowledged, the outbox waits for the
sequencer, `due_at` for the ticker, and the row of a pack for the worker.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import httpx2

from ledger.kernel.errors import Refusal, invariant
from ledger.log import service as log
from ledger.log.policy import Policy

from . import servers
from .opening import visit
from .parts import sequencer
from .preparing import discard, prepare, settle, watched
from .servers import CannotStart
from .settings import Settings
from .site import Site, policy_of

PARTS: Final = ("api", "sequencer", "ticker", "worker")
PUBLISHER: Final = "publisher"  # only where there is somebody to ask
STOP_TIMEOUT_S: Final = 10.0
WATCH_EVERY_S: Final = 0.1
RESTART_AFTER_S: Final = (0.1, 0.5, 2.0, 5.0)  # a part that keeps dying is tried ever more slowly
STEADY_AFTER_S: Final = 10.0
READY_TIMEOUT_S: Final = 120.0  # a busy machine; a part that keeps dying is told at once
GIVE_UP_DEATHS: Final = 3


def parts_of(site: Site) -> tuple[str, ...]:
    """Return the parts of a site: the publisher is one where witnesses or a time stamp authority are to be asked."""
    asks = any(one.url for one in policy_of(site).witnesses) or site.authority is not None
    return (*PARTS, PUBLISHER) if asks else PARTS


@dataclass(slots=True)
class Part:
    """One process and how its restarts have gone."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at_s: float = 0.0
    deaths: int = 0
    due_at_s: float = 0.0


@dataclass(slots=True)
class Processes:
    """Starts the parts of a site, watches them, and stops them in order; a context manager."""

    site_file: Path
    names: Sequence[str] = PARTS
    parts: dict[str, Part] = field(default_factory=dict)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _watcher: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start every part and the watch over them."""
        for name in self.names:
            command = [sys.executable, "-m", f"exchange.app.parts.{name}", "--site", str(self.site_file)]
            part = Part(name, command, self.site_file.with_name(f"{name}.log"))
            self.parts[name] = part
            self._start(part)
        self._watcher = threading.Thread(target=self._watch, name="watch", daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ask every part to stop, in order, and insist after a while."""
        self._stopping.set()
        if self._watcher:
            self._watcher.join()
        running = [part.process for part in self.parts.values() if part.process and part.process.poll() is None]
        for process in running:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def kill(self, name: str) -> int:
        """Kill a part without warning, as a crash would; return its process number. The watch starts it again."""
        with self._lock:
            process = self.parts[name].process
            assert process is not None
            process.kill()
            return process.pid

    def running(self, name: str) -> bool:
        """Whether the part is alive now."""
        process = self.parts[name].process
        return process is not None and process.poll() is None

    def tail(self, name: str, lines: int = 15) -> str:
        """Return the end of a part's log, for a person."""
        log = self.parts[name].log
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def wait_ready(self, site: Site) -> None:
        """Wait until this site's own API answers and its log has an entry. Raises `CannotStart`, with why."""
        url = site.url
        deadline = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline:
            with suppress(httpx2.HTTPError):
                key = httpx2.get(f"{url}/log.vkey", timeout=READY_TIMEOUT_S).text.strip()
                if key != site.vkey:
                    raise CannotStart(f"another exchange answers at {url}: choose --port, or set MENGKEJU_PORT")
                if httpx2.get(f"{url}/checkpoint", timeout=READY_TIMEOUT_S).status_code == 200:
                    return
            failing = [name for name, part in self.parts.items() if part.deaths >= GIVE_UP_DEATHS]
            if failing:
                raise CannotStart(f"the {failing[0]} does not stay up:\n{self.tail(failing[0])}")
            time.sleep(WATCH_EVERY_S / 2)
        with suppress(httpx2.HTTPError, ValueError, KeyError):
            problems = "; ".join(httpx2.get(f"{url}/healthz", timeout=READY_TIMEOUT_S).json()["problems"])
            raise CannotStart(f"the API is up at {url}, but its log publishes nothing: {problems or 'see the logs'}")
        raise CannotStart(f"the API does not answer at {url}:\n{self.tail('api')}")

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_EVERY_S):
            for part in self.parts.values():
                with self._lock:
                    self._mend(part)

    def _mend(self, part: Part) -> None:
        if part.process is not None and part.process.poll() is not None:
            steady = time.monotonic() - part.started_at_s > STEADY_AFTER_S
            part.deaths = 0 if steady else part.deaths
            part.due_at_s = time.monotonic() + RESTART_AFTER_S[min(part.deaths, len(RESTART_AFTER_S) - 1)]
            part.deaths += 1
            print(f"the {part.name} ended ({part.process.returncode}); starting it again", file=sys.stderr)  # noqa: T201
            part.process = None
        if part.process is None and time.monotonic() >= part.due_at_s:
            self._start(part)

    @staticmethod
    def _start(part: Part) -> None:
        with os.fdopen(os.open(part.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as log:
            part.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                part.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        part.started_at_s = time.monotonic()


def _withhold(site: Site) -> None:
    """Before anybody reads: show nothing that the witnesses, whom the site asks for now, have not seen."""
    with visit(site.database.sequencer) as units, units.begin() as unit:
        log.withhold_unwitnessed(unit, policy_of(site))


def _require_signing(site: Site) -> None:
    """Raise `CannotStart` where the sequencer would refuse: an old checkpoint must not pass for a sound log."""
    try:
        with sequencer.ready(site):
            pass
    except Refusal as refusal:
        raise CannotStart(sequencer.told(refusal)) from refusal


@contextmanager
def whole(
    settings: Settings,
    *,
    database: str | None = None,
    virtual_from: datetime | None = None,
    names: Sequence[str] | None = None,
    share: bool = False,
    temporary: bool = False,
    watching: Callable[[Site], AbstractContextManager[Policy]] | None = None,
) -> Iterator[tuple[Site, Processes]]:
    """Run the whole exchange, servers and all, while the block lasts; yield it once the API answers.

    No part is started, and nothing announced, where the log may not be signed: `CannotStart` says what to do.

    With `share`, servers that another process runs here are used too. With `temporary`, the database named `database`
    is gone afterwards, however the block ends. Without `names` the parts are those that the site needs. `watching` runs
    the witnesses that gate the site's log, meanwhile.
    """
    with servers.running(settings, share=share) as addresses, ExitStack() as stack:
        if temporary:
            invariant(database is not None, "only a database of its own is ever dropped")
            stack.callback(discard, settings, addresses, database=str(database))
        site = prepare(settings, addresses, database=database, virtual_from=virtual_from)
        if watching is not None:
            site = watched(site, stack.enter_context(watching(site)))
        _withhold(site)
        site, file = settle(site)
        parts = names or parts_of(site)
        if sequencer.NAME in parts:
            _require_signing(site)
        with Processes(file, parts) as processes:
            processes.wait_ready(site)
            yield site, processes
