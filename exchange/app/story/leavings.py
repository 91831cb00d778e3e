"""The folder that the demo leaves: the log as files, the record packs, the key, and the log after the cheat."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import click

from .stage import Lot

MARK: Final = "README.txt"
ABOUT: Final = """\
What the last `mengkeju demo` left. The next one removes this folder.

export/            the log of the story, as files: mengkeju ledger audit export --policy policy
sale.tlog-proof    that the first sale stands in it: mengkeju ledger verify sale.tlog-proof --policy policy
verify.html        a page that does the same: open it in a browser, and drop the proof and the policy on it
policy             whom a reader of the log believes: its keys, and the regulator's witness
witness/           the folder of the regulator's witness, with its own copy of the log
books.beancount    the books, for another program: bean-check books.beancount
packs/             the record pack of each lot: mengkeju evidence verify FILE --vkey pinned.vkey
pinned.vkey        the key of the log, as somebody wrote it down
honest.checkpoint  the log's newest checkpoint, as somebody kept it
cheated/           the same log with one bid rewritten, signed with the real key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leavings:
    """Where each thing is put."""

    folder: Path

    @classmethod
    def fresh(cls, home: Path) -> Self:
        """Make the folder anew; what an earlier demo left is removed, what anybody else put there is not."""
        folder = home.resolve() / "demo"
        if folder.is_symlink() or (folder.exists() and not _is_ours(folder)):
            raise click.ClickException(f"{folder} holds something that no demo left: move it, or set MENGKEJU_HOME")
        if folder.exists():
            shutil.rmtree(folder)
        found = cls(folder=folder)
        found.packs.mkdir(parents=True, mode=0o700)
        (folder / MARK).write_text(ABOUT)
        return found

    @property
    def export(self) -> Path:
        """The log, as files."""
        return self.folder / "export"

    @property
    def packs(self) -> Path:
        """The record packs."""
        return self.folder / "packs"

    @property
    def books(self) -> Path:
        """The books, as beancount reads them."""
        return self.folder / "books.beancount"

    @property
    def vkey(self) -> Path:
        """The log's key, as an auditor pinned it."""
        return self.folder / "pinned.vkey"

    @property
    def policy(self) -> Path:
        """Whom a reader believes: the log's keys, and the regulator's witness."""
        return self.folder / "policy"

    @property
    def proof(self) -> Path:
        """The proof that the first sale stands in the log."""
        return self.folder / "sale.tlog-proof"

    @property
    def page(self) -> Path:
        """The page that verifies proofs in a browser."""
        return self.folder / "verify.html"

    @property
    def witness(self) -> Path:
        """What the regulator's witness keeps."""
        return self.folder / "witness"

    @property
    def honest(self) -> Path:
        """The checkpoint that somebody kept from before the cheat."""
        return self.folder / "honest.checkpoint"

    @property
    def cheated(self) -> Path:
        """The log after the cheat."""
        return self.folder / "cheated"

    def pack(self, lot: Lot) -> Path:
        """Return where the record pack of a lot is put."""
        return self.packs / f"{lot.id}.zip"


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Be the only demo in this home while the block lasts."""
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / "demo.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as held:
        raise click.ClickException(f"another demo is running in {home}") from held
    finally:
        os.close(descriptor)


def _is_ours(folder: Path) -> bool:
    mark = folder / MARK
    return folder.is_dir() and (
        not any(folder.iterdir()) or (mark.is_file() and mark.read_text().startswith(ABOUT.splitlines()[0]))
    )
