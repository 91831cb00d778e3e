"""Our own PostgreSQL: a cluster made once, whole or not at all, and how to run it."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from .child import ENVIRONMENT, Program, launched
from .ground import Ground
from .programs import Programs
from .refused import CannotStart

ADMINISTRATOR: Final = "postgres"
PORT: Final = 5432  # only part of the socket's name: no port is opened
INITDB_TIMEOUT_S: Final = 180

# Durability stays PostgreSQL's own. Statements that fail are not logged with their values: those may be sealed.
CONFIGURATION: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


def prepare(ground: Ground, programs: Programs) -> None:
    """Make the cluster unless it exists; the ground must be held."""
    data = _data(ground, programs)
    if data.is_dir():
        return
    others = [path.name for path in ground.folder.glob("postgres-[0-9][0-9]")]
    if others:
        raise CannotStart(
            f"{ground.folder} holds data of another major version ({others[0]}): "
            "dump and restore it, or set MENGKEJU_HOME to another folder"
        )
    _make_cluster(ground, programs, data)


def program(ground: Ground, programs: Programs, sockets: Path) -> Program:
    """Return how to run the cluster that `prepare` made."""
    data = _data(ground, programs)
    settings = {**CONFIGURATION, "unix_socket_directories": _listed(sockets)}
    socket = sockets / f".s.PGSQL.{PORT}"
    return Program(
        name="postgres",
        title="PostgreSQL",
        command=[programs.postgres, "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
        configuration=b"",
        leftovers=(data / "postmaster.pid", socket, socket.with_name(f"{socket.name}.lock")),
        stop=(signal.SIGINT, signal.SIGQUIT),
        answers=lambda: _ready(data / "postmaster.pid"),
    )


def url(ground: Ground, sockets: Path) -> str:
    """Return the administrator's URL, as libpq and SQLAlchemy read it."""
    return f"postgresql://{ADMINISTRATOR}:{ground.password('postgres.password')}@/postgres?host={quote(str(sockets))}"


def _data(ground: Ground, programs: Programs) -> Path:
    return ground.folder / f"postgres-{programs.postgres_major}"


def _make_cluster(ground: Ground, programs: Programs, data: Path) -> None:
    """Run `initdb` beside the place and rename: a folder of the right name is a whole one.

    Each try has a folder of its own: what `initdb` had started may outlive a killed owner for a moment, and write.
    """
    for left in data.parent.glob(f"{data.name}.draft*"):
        shutil.rmtree(left, ignore_errors=True)
    draft = data.with_name(f"{data.name}.draft-{secrets.token_hex(4)}")
    draft.mkdir(mode=0o700)
    ground.account.give(draft, 0o700)
    with _shown_password(ground) as password:
        arguments: list[str | Path] = ["-D", draft, "-U", ADMINISTRATOR, f"--pwfile={password}"]
        arguments += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        _initdb(ground, [programs.initdb, *arguments])
    draft.rename(data)
    _sync(data.parent)


@contextmanager
def _shown_password(ground: Ground) -> Iterator[Path]:
    """Lend the servers' account a file with the password, for as long as `initdb` reads it."""
    path = ground.folder / "initdb.password"
    path.unlink(missing_ok=True)
    with os.fdopen(ground.open(path.name, os.O_WRONLY | os.O_EXCL), "w") as file:
        file.write(ground.password("postgres.password"))
    try:
        ground.account.give(path, 0o400)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _initdb(ground: Ground, command: Sequence[str | Path]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            launched(ground, command, signal.SIGKILL),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=ENVIRONMENT,
            timeout=INITDB_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotStart(f"initdb took more than {INITDB_TIMEOUT_S} s in {ground.folder}") from None
    if done.returncode != 0:
        lines = done.stdout.decode(errors="replace").strip().splitlines()
        telling = [line for line in lines if "error" in line or "FATAL" in line]
        raise CannotStart(f"initdb failed: {(telling or lines or [f'ended with {done.returncode}'])[-1].strip()}")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _listed(folder: Path) -> str:
    """Quote a path for a setting that is a list of paths."""
    escaped = str(folder).replace('"', '""')
    return f'"{escaped}"'


def _ready(pid_file: Path) -> bool:
    """Whether the running postmaster accepts connections: it says so in the eighth line of its pid file."""
    try:
        lines = pid_file.read_text().splitlines()
    except (FileNotFoundError, UnicodeDecodeError):
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"
