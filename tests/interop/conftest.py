"""One log at every size, its exports, and the verifiers; random choices come from a seed that is always printed.

Fixtures:
    record       `record(size)`: a `Record` of at least `size` entries
    exported     `exported(size)`: the folder of its export, which nobody may change
    verifier     the verifier a test is parametrized with by name, indirectly; skips where its tools are missing
    rng          random choices of this test, which the seed repeats
"""

import fcntl
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop import logs, strict
from tests.interop.logs import SMALL, Record
from tests.interop.strict import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401 - hooks
from tests.interop.verifiers import MAKERS, Verifier

SEED = os.environ.setdefault("INTEROP_SEED", str(random.SystemRandom().randrange(2**32)))  # the workers' too


def pytest_report_header() -> str:
    return f"interop: INTEROP_SEED={SEED} repeats the random choices{'; a skip fails' if strict.is_on() else ''}"


def pytest_terminal_summary(terminalreporter) -> None:
    if terminalreporter.stats.get("failed"):
        terminalreporter.write_line(f"interop: INTEROP_SEED={SEED} repeats the random choices")


@pytest.fixture
def rng(request) -> random.Random:
    return random.Random(f"{SEED} {request.node.nodeid}")


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "interop"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def record(shared) -> Callable[[int], Record]:
    kept: dict[bool, Record] = {}

    def of(size: int) -> Record:
        is_small = size <= SMALL
        if is_small not in kept:
            kept[is_small] = Record.of_size(SMALL) if is_small else _large(shared, size)
        return kept[is_small]

    return of


@pytest.fixture(scope="session")
def exported(shared, record) -> Callable[[int], Path]:
    def of(size: int) -> Path:
        folder = shared / f"export-{size}"
        if size <= SMALL:
            with _lock(shared / f"export-{size}.lock"):
                if not folder.exists():
                    record(size).export(size, folder)
        else:
            record(size)
        return folder

    return of


@pytest.fixture
def verifier(request) -> Verifier:
    return MAKERS[request.param]()


def _large(shared: Path, size: int) -> Record:
    """Make the large log once for all workers: that takes ten seconds."""
    folder = shared / f"export-{size}"
    with _lock(shared / f"export-{size}.lock"):
        if folder.exists():
            return Record.read(folder, size)
        made = logs.Record.of_size(size)
        made.export(size, folder)
        return made


class _lock:  # noqa: N801 - reads as a word after `with`
    def __init__(self, path: Path) -> None:
        self._file = path.open("w")

    def __enter__(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()
