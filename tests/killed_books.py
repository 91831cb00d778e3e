"""A unit that makes transfers and is killed on its way: by PostgreSQL ending its connection, or with its process.

A point is how many statements are sent before the end comes; the commit counts as one. A nursery imports everything
once; each child it forks dies by SIGKILL at its point, with nothing flushed or rolled back.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ledger.kernel import clock, db
from ledger.kernel.unit import Units
from settlement.books import service
from settlement.books.model import AccountName, NewAccount, Order, Side, TransferId
from tests import make_books as make
from tests.make_books import ANN, BANK, BEN, CAI

ROOT = Path(__file__).parents[1]
SEEN = AccountName("owner:last")


def orders(number: int) -> list[Order]:
    """A deal's worth, named the same each time it is asked for."""
    names = iter(TransferId.from_number(2**70 + number * 10 + place) for place in range(5))
    held = make.hold(ANN, BEN, 60, id=next(names))
    return [
        make.move(BANK, ANN, 100, id=next(names)),
        held,
        make.post(held, 50, id=next(names)),
        make.move(BEN, CAI, 20, id=next(names)),
    ]


def act(units: Units, number: int) -> list[Any]:
    """Open an account, make a deal's transfers, look, commit; return what was heard."""
    reference = f"deal {number}"
    with units.begin() as unit:
        service.open_accounts(unit, [NewAccount(name=SEEN, side=Side.CREDIT)])
        made = service.transfer(unit, orders(number), reference=reference, rule=make.RULE)
        assert len(service.transfers_of(unit, reference)) == len(made)
    return made


@contextmanager
def fateful(engine: sa.Engine, point: int, strike: Callable[[sa.Connection], None]) -> Iterator[None]:
    """Let the blow fall when `point` statements were sent from here on, the commit being one and its return another."""
    sent = 0

    def passes(connection: sa.Connection) -> None:
        nonlocal sent
        if sent == point:
            strike(connection)
        sent += 1

    def before_execute(connection: Any, *_: Any) -> None:
        passes(connection)

    sa.event.listen(engine, "before_cursor_execute", before_execute)
    sa.event.listen(engine, "commit", passes)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", before_execute)
        sa.event.remove(engine, "commit", passes)


class Nursery:
    """The parent's end."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.killed_books"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, url: str, number: int, point: int) -> int:
        """Let a child act and be killed at `point`; return the signal it died of, negative, or 0."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"url": url, "number": number, "point": point}) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate()


def live(url: str, number: int, point: int) -> None:
    engine = db.engine(url, connections=1)
    units = Units(engine, clock.of(engine))
    with fateful(engine, point, lambda _: os.kill(os.getpid(), signal.SIGKILL)):
        act(units, number)
    if point < 0:  # after everything, before anybody hears
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if not child:
            live(**json.loads(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
