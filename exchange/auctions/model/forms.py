"""What a format asks a seller to fix besides the terms that every lot has (竞价方式的专有条款).

A lot's form is written into its row and, when it is announced, into an entry of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ledger.kernel.canonical import Json
from ledger.kernel.errors import invariant
from ledger.kernel.money import Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """How many equal ordinary licences are on offer (普通许可份数), one to a bidder."""

    count: int

    def to_json(self) -> dict[str, Json]:
        """Write it for a row or an entry."""
        return {"units": {"count": self.count}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A price that falls by itself (降价时钟): a step down every `step_s` seconds, never below the floor."""

    floor_fen: Fen
    step_fen: Fen
    step_s: int

    def steps(self, start_fen: Fen) -> int:
        """Return how often it falls from a start until it is at its floor; 0 where it never would."""
        return max(0, -(-(start_fen - self.floor_fen) // self.step_fen)) if self.step_fen > 0 else 0

    def to_json(self) -> dict[str, Json]:
        """Write it for a row or an entry."""
        return {
            "clock": {"floor_fen": str(self.floor_fen), "step_fen": str(self.step_fen), "step_s": self.step_s},
        }


Form: TypeAlias = Clock | Units


def form_of(written: Mapping[str, Json] | None) -> Form | None:
    """Read what `to_json` wrote; anything else is our own mistake."""
    match written:
        case None:
            return None
        case {"clock": {"floor_fen": str(floor), "step_fen": str(step), "step_s": int(step_s)}}:
            return Clock(floor_fen=Fen(int(floor)), step_fen=Fen(int(step)), step_s=step_s)
        case {"units": {"count": int(count)}}:
            return Units(count=count)
        case _:
            invariant(False, "a form is written as one of the forms")
            raise AssertionError
