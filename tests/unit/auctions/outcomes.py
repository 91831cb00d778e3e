"""Outcome tables: what each command meets on each lot in each window of time, as a person would write it down.

The first line names the windows. Every other line has a lot, a command, and a word for each window; the last word
stands for the windows after it too, and `-` is `wrong-state`. Never write a table by asking the rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from exchange.auctions import rules
from exchange.auctions.model import Bidder, Command, Lot
from ledger.kernel.cause import Cause
from tests import make_auctions as make

TICKING = make.END + make.GRACE
WINDOWS: Mapping[str, Sequence[datetime]] = {
    "before": [make.NOON - make.INSTANT],
    "opening": [make.NOON],
    "open": [make.NOON + make.INSTANT, make.END - make.INSTANT],
    "grace": [make.END, TICKING - make.INSTANT],
    "over": [TICKING, TICKING + make.INSTANT],
}


def cases(table: str, windows: Mapping[str, Sequence[datetime]] = WINDOWS) -> Iterator[Any]:
    """Return a case for every instant of every window of every row."""
    (_, _, *named), *rows = (line.split() for line in table.strip().splitlines() if line)
    assert named == list(windows)
    for lot, command, *words in rows:
        repeated = words[-1:] * (len(windows) - len(words))
        for (window, moments), word in zip(windows.items(), words + repeated, strict=True):
            for nth, at in enumerate(moments):
                yield pytest.param(lot, command, at, word, id=f"{lot}-{command}-{window}-{nth}")


def outcome(lot: Lot, command: Command, cause: Cause, bidder: Bidder | None) -> str:
    """The word for what a command meets: of a bid what becomes of it, otherwise the state of the lot after it."""
    try:
        decision = rules.decide(lot, command, cause, bidder=bidder)
    except rules.WrongState:
        return "-"
    except tuple(rules.REFUSALS) as refusal:
        return make.code_of(refusal)
    bid = getattr(command, "bid", None)
    return next((str(one.state) for one in decision.outcomes if one.bid.id == bid), str(decision.lot.state))
