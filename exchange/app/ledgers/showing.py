"""How a command takes a key or a policy, and shows how far it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ledger.kernel.errors import Refusal
from ledger.log import policy
from ledger.log.export import Progress as Tell
from ledger.log.policy import MAX_POLICY_BYTES, Policy

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
"""A file that must be there."""


def key_text(key: str) -> str:
    """Return a verifier key given as text or as a file that holds it."""
    path = Path(key)
    return path.read_text().strip() if "+" not in key and path.is_file() else key.strip()


def read_policy(file: Path) -> Policy:
    """Return the policy in a file, or end the command with why it is none."""
    try:
        with file.open("rb") as opened:
            return policy.parse(opened.read(MAX_POLICY_BYTES + 1))
    except (Refusal, OSError) as reason:
        raise click.ClickException(f"{file}: {reason}") from reason


@contextmanager
def bar(what: str) -> Iterator[Tell]:
    """Show a progress bar on a terminal, on the error stream so that the answer alone stands on the other."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
