"""What the terms of single formats look like, and how bidders stand where scores count."""

from fractions import Fraction
from typing import Annotated

from pydantic import Field, StrictInt, StrictStr

from ledger.kernel.ids import PersonId
from ledger.kernel.web import Money, Shape, named

from ..model import Clock, Criterion, Demand, Form, LotView, Ranking, Scoring, Sheet, State, Units

CriterionName = Annotated[StrictStr, Field(min_length=1, max_length=50)]
WeightBp = Annotated[StrictInt, Field(ge=1, le=10_000, description="basis points; all weights together are 10000")]


class CriterionShape(Shape):
    """Something other than the price that a panel scores, and how much it weighs."""

    name: CriterionName
    weight_bp: WeightBp


class ScoringShape(Shape):
    """How a price and a panel's scores make one total, and who sits on the panel."""

    benchmark: Annotated[Money, Field(description="the price that earns the whole of the price's weight")]
    price_weight_bp: WeightBp
    criteria: Annotated[list[CriterionShape], Field(min_length=1, max_length=20)]
    panel: Annotated[
        list[Annotated[PersonId, named(PersonId)]],
        Field(min_length=1, max_length=99, description="told to nobody; their organisations may not bid"),
    ]

    def form(self) -> Scoring:
        """Return the noun."""
        return Scoring(
            benchmark_fen=self.benchmark.fen,
            price_weight_bp=self.price_weight_bp,
            criteria=tuple(Criterion(one.name, one.weight_bp) for one in self.criteria),
            panellists=len(self.panel),
            panel=tuple(self.panel),
        )


class ClockTerms(Shape):
    """A price that falls by itself: by a step, every so many seconds, down to a floor."""

    floor: Money
    step: Money
    every_s: Annotated[StrictInt, Field(gt=0, lt=1 << 31)]

    def form(self) -> Clock:
        """Return the noun."""
        return Clock(floor_fen=self.floor.fen, step_fen=self.step.fen, step_s=self.every_s)


class DemandShape(Shape):
    """What is demanded: a title that everybody reads, and the SHA-256 of the document that sets it out."""

    title: Annotated[StrictStr, Field(min_length=1, max_length=200)]
    document_sha256: Annotated[StrictStr, Field(pattern="^[0-9a-f]{64}$")]

    def form(self) -> Demand:
        """Return the noun."""
        return Demand(title=self.title, document_sha256=self.document_sha256)

    @classmethod
    def of(cls, form: Form | None) -> "DemandShape | None":
        """Write what is demanded; nothing of a lot that is sold."""
        if not isinstance(form, Demand):
            return None
        return cls(title=form.title, document_sha256=form.document_sha256)


class UnitsShape(Shape):
    """How many equal ordinary licences are on offer, one to a bidder."""

    count: Annotated[StrictInt, Field(ge=1, le=1_000)]

    def form(self) -> Units:
        """Return the noun."""
        return Units(count=self.count)


class StandingBid(Shape):
    """What one bidder stands by, and whether it wins as things are."""

    code: str
    amount: Money
    wins: bool


class LicencesShape(Shape):
    """How many licences there are, and the bids that stand, the best first. `price` of the lot is what all pay."""

    count: int
    standing: list[StandingBid]

    @classmethod
    def of(cls, view: LotView) -> "LicencesShape | None":
        """Write what a reader may see; nothing of a lot of another format."""
        form, price = view.lot.terms.form, view.lot.price_fen or 0
        if not isinstance(form, Units):
            return None
        return cls(
            count=form.count,
            standing=[
                StandingBid(
                    code=one.code,
                    amount=Money.of(one.amount_fen),
                    wins=place < form.count and one.amount_fen >= price and view.lot.state is not State.UNSOLD,
                )
                for place, one in enumerate(view.ranked)
            ],
        )


class ScoresGiven(Shape):
    """What one panellist gives one bidder: 0 to 100 for each criterion, by its name. Final."""

    code: Annotated[StrictStr, Field(min_length=1, max_length=20, description="the bidder's code")]
    scores: Annotated[dict[CriterionName, Annotated[StrictInt, Field(ge=0, le=100)]], Field(max_length=20)]


class SheetShape(Shape):
    """What one panellist gave one bidder. Who the panellist is, is told to nobody."""

    code: str
    panellist: Annotated[int, Field(description="a number on the panel, from 1")]
    scores: dict[str, int]

    @classmethod
    def of(cls, form: Scoring, sheet: Sheet) -> "SheetShape":
        """Write a sheet, by the names of its criteria."""
        names = [one.name for one in form.criteria]
        return cls(code=sheet.code, panellist=sheet.panellist, scores=dict(zip(names, sheet.scores, strict=True)))


class RankingShape(Shape):
    """How one bidder stands. Points and totals are exact: a decimal, or a fraction where no decimal is."""

    code: str
    sheets: list[SheetShape]
    points: Annotated[str | None, Field(description="for the criteria; null while not all of the panel have scored")]
    price: Money | None
    total: str | None
    minimum_next: Annotated[Money | None, Field(description="the least price at which this bidder would lead")]

    @classmethod
    def of(cls, form: Scoring, one: Ranking, *, biddable: bool) -> "RankingShape":
        """Write how a bidder stands."""
        least = one.minimum_next_fen if biddable else None
        return cls(
            code=one.code,
            sheets=[SheetShape.of(form, sheet) for sheet in one.sheets],
            points=exactly(one.points) if one.points is not None else None,
            price=Money.of(one.price_fen) if one.price_fen is not None else None,
            total=exactly(one.total) if one.total is not None else None,
            minimum_next=Money.of(least) if least is not None else None,
        )


class ScoredShape(Shape):
    """How a lot is scored, and how its bidders stand: the best total first."""

    benchmark: Money
    price_weight_bp: int
    criteria: list[CriterionShape]
    panellists: int
    standings: list[RankingShape]

    @classmethod
    def of(cls, view: LotView, *, biddable: bool) -> "ScoredShape | None":
        """Write what a reader may see; nothing of a lot that is not scored."""
        form = view.lot.terms.form
        if not isinstance(form, Scoring):
            return None
        return cls(
            benchmark=Money.of(form.benchmark_fen),
            price_weight_bp=form.price_weight_bp,
            criteria=[CriterionShape(name=one.name, weight_bp=one.weight_bp) for one in form.criteria],
            panellists=form.panellists,
            standings=[RankingShape.of(form, one, biddable=biddable) for one in view.rankings],
        )


def exactly(value: Fraction) -> str:
    """Write a number exactly: `81.25`, and `2483/30` where no decimal ends."""
    denominator, places = value.denominator, 0
    for prime in (2, 5):
        times = 0
        while denominator % prime == 0:
            denominator, times = denominator // prime, times + 1
        places = max(places, times)
    if denominator != 1:
        return str(value)
    whole, rest = divmod(abs(value.numerator) * 10**places // value.denominator, 10**places)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{rest:0{places}d}" if places else f"{sign}{whole}"
