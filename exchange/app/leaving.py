"""What SIGINT and SIGTERM do to a command: it leaves every block on the way out, wherever it was."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

import click

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
AGAIN_S: Final = 0.01


class _Left(SystemExit):
    """The way out; told apart from an exit that a command asked for itself."""


@contextmanager
def leaving(*, cut_short: bool = True) -> Iterator[None]:
    """Leave the block on either signal: what was `cut_short` says so and exits 128 + the signal, else it exits 0.

    Python ignores what is raised in a weak reference's callback or in `__del__`; a signal that comes just then would be
    lost, and the command would run on. It is raised again a moment later. For the main thread alone.
    """
    left, lost = [0], [False]

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        if cut_short:
            click.echo("cut short", err=True)
        left[0] = 128 + number if cut_short else 0
        raise _Left(left[0])

    def leave_again(_number: int, _frame: FrameType | None) -> NoReturn:
        lost[0] = False
        raise _Left(left[0])

    def ignored(what: "sys.UnraisableHookArgs") -> None:
        if isinstance(what.exc_value, _Left):
            lost[0] = True
            signal.setitimer(signal.ITIMER_REAL, AGAIN_S)  # not from here: here too it would be ignored
        else:
            usual(what)

    handlers = dict.fromkeys(SIGNALS, leave) | {signal.SIGALRM: leave_again}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    usual, sys.unraisablehook = sys.unraisablehook, ignored
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = usual
        for number, handler in before.items():
            signal.signal(number, handler)
    if lost[0]:  # the block was done before it could be left
        raise _Left(left[0])
