"""How the outcome tables of escrow are read, and the commands that those of a settlement name.

A table is written by hand where it is tested: a row for each life, a column for each command, a word for each outcome.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest

from settlement.escrow.model import Adopt, DeclareDefault, Forfeit, GiveBack, Release
from tests import make_escrow as make

SENT = MappingProxyType(
    {
        "RequestDeposit": make.request(make.CAI),
        "TakeDeposit": make.deposit(make.CAI),
        "Award": make.award(),
        "Release": Release(),
        "Require": make.require(),
        "ReceiveBalance": make.balance(),
        "Settle": make.settle(),
        "SettleByTime": make.overdue(),
        "Forfeit": Forfeit(),
        "DeclareDefault": DeclareDefault(),
        "GiveBack": GiveBack(),
        "Adopt": Adopt(plan=make.PLAN, trial=False),
    }
)


def cases(table: str, out_of_state: str) -> Iterator[Any]:
    """Yield (life, command, expected) of every field; `-` is the reason for which a command out of state is refused."""
    names, *rows = (line.split() for line in table.strip().splitlines() if line.strip())
    for life, *words in rows:
        for command, word in zip(names[1:], words, strict=True):
            yield pytest.param(life, command, out_of_state if word == "-" else word, id=f"{life}-{command}")
