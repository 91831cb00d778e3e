"""How the story is told while it runs: one line for each thing of note, and on a terminal a bar that moves."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.text import Text

from ledger.kernel.calendar import CHINA

PLAIN_COLUMNS: Final = 120


class Telling:
    """Says what happens, to a person at a terminal or to a file."""

    def __init__(self, *, quiet: bool = False) -> None:
        """Be `quiet` about what happens when, and show only the bar."""
        self._quiet = quiet
        terminal = sys.stdout.isatty()
        self.console = Console(highlight=False, width=None if terminal else PLAIN_COLUMNS)
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def say(self, text: str, *, style: str = "") -> None:
        """Print a line as it is, however long."""
        self.console.print(Text(text, style), soft_wrap=True)

    def at(self, at: datetime, text: str) -> None:
        """Print what happened at an instant of the story, in China's time."""
        if self._quiet:
            return
        local = at.astimezone(CHINA)
        clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}   "
        self.console.print(Text.assemble((f"{local:%Y-%m-%d} {clock}", "cyan"), f"  {text}"), soft_wrap=True)

    def gap(self) -> None:
        """Print an empty line."""
        self.console.print()

    def doing(self, what: str) -> None:
        """Show what is being done now; only a terminal can."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=what, advance=1)

    @contextmanager
    def moving(self, total: int) -> Iterator[None]:
        """Show a bar while the block lasts, for as many things as will be done."""
        columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}"))
        if not self.console.is_terminal:
            yield
            return
        with Progress(*columns, console=self.console, transient=True) as progress:
            self._progress, self._task = progress, progress.add_task("", total=total)
            try:
                yield
            finally:
                self._progress = self._task = None
