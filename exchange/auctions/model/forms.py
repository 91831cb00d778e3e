"""What a format asks a seller to fix besides the terms that every lot has (竞价方式的专有条款).

A lot's form is written into its row and, when it is announced, into an entry of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from ledger.kernel.canonical import Json
from ledger.kernel.errors import invariant
from ledger.kernel.ids import PersonId
from ledger.kernel.money import Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """How many equal ordinary licences are on offer (普通许可份数), one to a bidder."""

    count: int

    def to_json(self) -> dict[str, Json]:
        """Write it for a row."""
        return {"units": {"count": self.count}}

    published = to_json


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
        """Write it for a row."""
        return {
            "clock": {"floor_fen": str(self.floor_fen), "step_fen": str(self.step_fen), "step_s": self.step_s},
        }

    published = to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What somebody wants done (技术需求): a title, and the SHA-256 in hex of the document that sets it out."""

    title: str
    document_sha256: str

    def to_json(self) -> dict[str, Json]:
        """Write it for a row."""
        return {"demand": {"title": self.title, "document_sha256": self.document_sha256}}

    published = to_json


@dataclass(frozen=True, slots=True)
class Criterion:
    """Something other than the price that a panel scores (评审指标), and its weight in basis points."""

    name: str
    weight_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """How a price and a panel's scores make one total (权重报价).

    A price of `benchmark_fen` earns the whole of its weight. All weights together are 10,000 basis points. Who sits on
    the panel is told to nobody: `panel` is empty where this was read from what is public.
    """

    benchmark_fen: Fen
    price_weight_bp: int
    criteria: tuple[Criterion, ...]
    panellists: int
    panel: tuple[PersonId, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Write it for a row."""
        written = self.published()["scoring"]
        assert isinstance(written, Mapping)
        return {"scoring": {**written, "panel": list(self.panel)}}

    def published(self) -> dict[str, Json]:
        """Write it for an entry: without the people."""
        return {
            "scoring": {
                "benchmark_fen": str(self.benchmark_fen),
                "price_weight_bp": self.price_weight_bp,
                "criteria": [{"name": one.name, "weight_bp": one.weight_bp} for one in self.criteria],
                "panellists": self.panellists,
            }
        }

    def place_of(self, person: PersonId | None) -> int | None:
        """Return a panellist's number, from 1; None for anybody else."""
        return self.panel.index(person) + 1 if person is not None and person in self.panel else None


Form: TypeAlias = Clock | Units | Scoring | Demand


def form_of(written: Mapping[str, Json] | None) -> Form | None:
    """Read what `to_json` wrote; anything else is our own mistake."""
    match written:
        case None:
            return None
        case {"clock": {"floor_fen": str(floor), "step_fen": str(step), "step_s": int(step_s)}}:
            return Clock(floor_fen=Fen(int(floor)), step_fen=Fen(int(step)), step_s=step_s)
        case {"demand": {"title": str(title), "document_sha256": str(document)}}:
            return Demand(title=title, document_sha256=document)
        case {"units": {"count": int(count)}}:
            return Units(count=count)
        case {"scoring": {"benchmark_fen": str(benchmark), "price_weight_bp": int(weight), **rest}}:
            return _scoring(Fen(int(benchmark)), weight, cast("Mapping[str, Json]", rest))
        case _:
            invariant(False, "a form is written as one of the forms")
            raise AssertionError


def _scoring(benchmark_fen: Fen, price_weight_bp: int, rest: Mapping[str, Json]) -> Scoring:
    criteria, panellists, panel = rest["criteria"], rest["panellists"], rest.get("panel", [])
    invariant(
        isinstance(criteria, Sequence) and isinstance(panellists, int) and isinstance(panel, Sequence),
        "a form is written as one of the forms",
    )
    return Scoring(
        benchmark_fen=benchmark_fen,
        price_weight_bp=price_weight_bp,
        criteria=tuple(_criterion(one) for one in cast("Sequence[Mapping[str, Json]]", criteria)),
        panellists=cast("int", panellists),
        panel=tuple(PersonId(str(one)) for one in cast("Sequence[str]", panel)),
    )


def _criterion(written: Mapping[str, Json]) -> Criterion:
    return Criterion(str(written["name"]), int(str(written["weight_bp"])))
