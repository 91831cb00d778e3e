"""A witness that dies of SIGKILL, as a crash would have it: `python -m tests.killed_witness HOME before|after|never`.

`before`: the transaction is not committed. `after`: it is, and the answer is never sent. Dies at the second checkpoint.
"""

import os
import signal
import sys
from pathlib import Path

from ledger.witness import serving
from ledger.witness.home import Home
from ledger.witness.store import Store
from tests.make_witness import NAME


class Dying(Store):
    when = "never"

    def _commit(self) -> None:
        dies = self._connection.execute("SELECT max(size) FROM log").fetchone() if self._has_tables() else (None,)
        dies_now = dies[0] is not None and dies[0] > 8
        if dies_now and self.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        super()._commit()
        if dies_now and self.when == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    def _has_tables(self) -> bool:
        return bool(self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'log'").fetchone())


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    Dying.when = sys.argv[2]
    with serving.opened(Home(Path(sys.argv[1])), NAME, store=Dying) as witness:
        serving.serve(witness, host="127.0.0.1", port=0, tell=tell)
