"""One server as a child process: started, watched, started again when it is killed, stopped when we stop.

Watching happens in a thread of its own, which also starts the process: the kernel's promise to end a child with its
parent (`PR_SET_PDEATHSIG`) is about the thread that made it, and that one lives as long as the server should.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .ground import Ground
from .refused import CannotStart

START_TIMEOUT_S: Final = 120.0  # a server that was killed reads its log again before it answers
STOP_TIMEOUT_S: Final = 20.0  # for each signal, before the next and ruder one
POLL_S: Final = 0.02
WATCH_S: Final = 0.1
RESTART_AFTER_S: Final = (0.0, 0.5, 2.0, 5.0)  # one that keeps dying is tried ever more slowly
STEADY_AFTER_S: Final = 10.0
ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
TELLING: Final = ("FATAL", "PANIC", "ERROR", "error", "Fatal", "Can't")

log = logging.getLogger("mengkeju.servers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, and how to tell that it answers."""

    name: str  # of its lock and log
    title: str  # for people
    command: Sequence[str | Path]
    configuration: bytes  # for its standard input, where no process list shows it
    leftovers: Sequence[Path]  # what a killed predecessor leaves behind that would stop this one
    stop: Sequence[signal.Signals]  # politely, then less so
    answers: Callable[[], bool]


class Child:
    """The process of one `Program`."""

    def __init__(self, ground: Ground, program: Program) -> None:
        self._ground = ground
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._settled = threading.Event()  # it answers, or never will
        self._answered = False
        self._failure: Exception | None = None
        self._watcher = threading.Thread(target=self._run, name=program.name, daemon=True)

    def start(self) -> None:
        """Begin; `wait` tells how it went."""
        self._watcher.start()

    def wait(self) -> None:
        """Return when the server answers; raise `CannotStart` when it does not."""
        self._settled.wait()
        if not self._answered:
            raise self._failure or CannotStart(f"{self._program.title} was stopped before it answered")

    def stop(self) -> None:
        """Stop the server and return when it is gone."""
        self._stopping.set()
        if self._watcher.ident is not None:
            self._watcher.join()

    def _run(self) -> None:
        try:
            self._watch()
        finally:
            self._settled.set()

    def _watch(self) -> None:
        deaths = 0
        while not self._stopping.wait(RESTART_AFTER_S[min(deaths, len(RESTART_AFTER_S) - 1)]):
            started_at_s = time.monotonic()
            try:
                self._begin()
                self._answered = True
                self._settled.set()
                self._attend()
            except (CannotStart, OSError) as failure:
                if not self._answered:
                    self._failure = failure
                    return
                log.warning("%s", failure)
            deaths = 0 if time.monotonic() - started_at_s > STEADY_AFTER_S else deaths + 1

    def _begin(self) -> None:
        """Start the process and return when it answers, or when we are to stop."""
        descriptor, path = self._ground.log(f"{self._program.name}.log")
        with os.fdopen(descriptor, "ab") as file:
            beginning = path.stat().st_size
            self._process = self._spawn(file.fileno())
        deadline = time.monotonic() + START_TIMEOUT_S
        try:
            while not self._stopping.is_set() and not self._program.answers():
                if self._process.poll() is not None:
                    raise CannotStart(f"{self._program.title} did not start: {_tail(path, beginning)} (see {path})")
                if time.monotonic() > deadline:
                    raise CannotStart(f"{self._program.title} did not answer for {START_TIMEOUT_S:.0f} s (see {path})")
                time.sleep(POLL_S)
        except BaseException:
            self._end()
            raise

    def _spawn(self, output: int) -> subprocess.Popen[bytes]:
        lock = self._ground.alone(self._program.name)
        try:
            for path in self._program.leftovers:
                path.unlink(missing_ok=True)
            process = subprocess.Popen(  # noqa: S603 - our own command
                launched(self._ground, self._program.command, self._program.stop[0]),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd="/",
                env=ENVIRONMENT,
                pass_fds=(lock,),
                start_new_session=True,  # a terminal's Ctrl-C is for us, who stop the servers last
            )
            os.pwrite(lock, f"{process.pid:<10}\n".encode(), 0)  # one length, so that no reader finds it empty
        finally:
            os.close(lock)
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(self._program.configuration)
        return process

    def _attend(self) -> None:
        """Watch the process until it dies, or until we are to stop it."""
        assert self._process is not None
        while not self._stopping.wait(WATCH_S):
            if self._process.poll() is not None:
                log.warning("%s ended (%s); starting it again", self._program.title, self._process.returncode)
                return
        self._end()

    def _end(self) -> None:
        assert self._process is not None
        for rude in (*self._program.stop, signal.SIGKILL):
            self._process.send_signal(rude)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_TIMEOUT_S)
                return


def launched(ground: Ground, command: Sequence[str | Path], end: signal.Signals) -> list[str]:
    """Return the command that runs `command` as the servers' account and ends it by `end` when we are gone."""
    launcher = Path(__file__).with_name("launch.py")
    account = ground.account
    numbers = (int(end), account.uid, account.gid, os.getpid())
    return [sys.executable, "-I", "-S", str(launcher), *map(str, numbers), *map(str, command)]


def _tail(path: Path, beginning: int) -> str:
    """Return the most telling line that was written to a log since it was `beginning` bytes long."""
    lines = [line.strip() for line in path.read_bytes()[beginning:].decode(errors="replace").splitlines()]
    lines = [line for line in lines if line]
    telling = [line for line in lines if any(word in line for word in TELLING)]
    return (telling or lines or ["it ended without a word"])[-1]
