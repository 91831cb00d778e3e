"""What the auctions wing's requests and answers look like."""

from typing import Annotated, Any, Self

from pydantic import Field, StrictInt, StrictStr, model_validator

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.web import Instant, Money, Shape, described_as, named
from listings.achievements.model import ListingId

from ..model import Band, BidRow, BidState, Clock, Fault, Format, Lot, LotView, Phase, State, Terms
from .forms import ClockTerms, DemandShape, LicencesShape, ScoredShape, ScoringShape, UnitsShape
from .offering_shapes import Follows, HolderSeen, PriorityHolder, SuspensionShape

BIDDABLE = frozenset({Phase.DRAFT, Phase.UPCOMING, Phase.OPEN, Phase.GRACE})
Stage = Annotated[State, described_as("LotStage")]


class BandShape(Shape):
    """From this price upward, a bid must exceed the price by at least the increment; under reverse, undercut it."""

    from_price: Money
    increment: Money

    def band(self) -> Band:
        """Return the noun."""
        return Band(self.from_price.fen, self.increment.fen)


class ClockShape(Shape):
    """A falling price, and what it shows now; with `opens_at` and the start price anyone can compute it for any time.

    At `opens_at` the start price stands at step 0, and every `every_s` seconds it is one step lower.
    """

    floor: Money
    step: Money
    every_s: int
    steps: Annotated[int, Field(description="the step at which the floor is reached; it stands until closes_at")]
    shows_step: Annotated[int | None, Field(description="the step now, for a click to carry; null once it is taken")]
    shows_price: Annotated[Money | None, Field(description="what a click pays now; null once it is taken")]
    next_at: Annotated[Instant | None, Field(description="when it next falls; null at the floor")]

    @classmethod
    def of(cls, view: LotView) -> "ClockShape | None":
        """Write the clock of a lot that has one."""
        clock, face = view.lot.terms.form, view.face
        if not isinstance(clock, Clock):
            return None
        return cls(
            floor=Money.of(clock.floor_fen),
            step=Money.of(clock.step_fen),
            every_s=clock.step_s,
            steps=clock.steps(view.lot.terms.start_price_fen),
            shows_step=face.step if face else None,
            shows_price=Money.of(face.price_fen) if face else None,
            next_at=face.next_at if face else None,
        )


class TermsShape(Shape):
    """What the seller fixes before anybody bids."""

    start_price: Annotated[Money, Field(description="under reverse: the ceiling, which no bid may exceed")]
    increments: Annotated[list[BandShape], Field(max_length=50)] = Field(default_factory=list)
    deposit: Money
    reserve: Annotated[
        Money | None, Field(description="kept secret; below it, under reverse above it, there is no sale")
    ] = None
    appraisal: Money | None = None
    opens_at: Instant
    holders: Annotated[
        list[PriorityHolder],
        Field(max_length=50, description="of rights of pre-emption, where the profile lets them match a price"),
    ] = Field(default_factory=list)
    closes_at: Annotated[Instant, Field(description="the announced end; bids near it extend the effective end")]
    clock: Annotated[ClockTerms | None, Field(description="where the profile's format is dutch, and only there")] = None
    scoring: Annotated[ScoringShape | None, Field(description="for format scored")] = None
    units: Annotated[UnitsShape | None, Field(description="for format uniform")] = None
    demand: Annotated[DemandShape | None, Field(description="for format reverse")] = None

    @model_validator(mode="after")
    def _of_one_format(self) -> Self:
        if sum(one is not None for one in (self.clock, self.scoring, self.units, self.demand)) > 1:
            raise ValueError("give the terms of one format: clock, scoring, units or demand")
        return self

    def terms(self) -> Terms:
        """Return the nouns."""
        return Terms(
            start_price_fen=self.start_price.fen,
            increments=tuple(one.band() for one in self.increments),
            deposit_fen=self.deposit.fen,
            reserve_fen=self.reserve.fen if self.reserve else None,
            appraisal_fen=self.appraisal.fen if self.appraisal else None,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            form=next((one.form() for one in (self.clock, self.scoring, self.units, self.demand) if one), None),
            holders=tuple(one.holder() for one in self.holders),
        )


class LotDraft(Shape):
    """A lot to be: its listing, the rules it is bid for by, its terms, and who may not bid besides the usual."""

    listing: Annotated[ListingId, named(ListingId)] | None = None
    profile: Annotated[StrictStr, Field(max_length=100, examples=["judicial-2016@1"])]
    terms: TermsShape
    related: Annotated[
        list[Annotated[OrganisationId, named(OrganisationId)]],
        Field(max_length=200, description="the seller's related parties: they may not bid"),
    ] = Field(default_factory=list)


class LotRevision(Shape):
    """New terms for a draft."""

    profile: Annotated[StrictStr, Field(max_length=100)]
    terms: TermsShape


class LotState(Shape):
    """Where a command has brought a lot."""

    id: str
    state: Stage
    ends_at: Instant


class LotShape(Shape):
    """A lot as anyone may see it; `ends_at` is the effective end, the only one that counts."""

    id: str
    state: Stage
    phase: Phase
    seller: str
    listing: str | None
    profile: str
    format: Annotated[Format, Field(description="how the price is found")]
    start_price: Money
    increments: list[BandShape]
    deposit: Money
    appraisal: Money | None
    has_reserve: bool
    clock: Annotated[ClockShape | None, Field(description="where the format is dutch")]
    opens_at: Instant
    closes_at: Instant
    ends_at: Instant
    price: Money | None
    leader: Annotated[str | None, Field(description="the bidder code that leads, or has won")]
    bids: int
    parked: int
    minimum_next: Annotated[
        Money | None,
        Field(description="null once no bid can be accepted, under reverse, and under scored: each has its own"),
    ]
    maximum_next: Annotated[
        Money | None, Field(description="under reverse: the most that would be accepted now; otherwise null")
    ]
    free_until: Annotated[
        Instant | None, Field(description="under rounds: when the free period ends and the first timed round begins")
    ]
    round: Annotated[int | None, Field(description="under rounds: which timed round it is; 0 in the free period")]
    excluded: Annotated[int, Field(description="how many organisations may never bid for this lot")]
    fault: Annotated[Fault | None, Field(description="through whom a sale that fell through came to nothing")]
    scoring: Annotated[ScoredShape | None, Field(description="under scored: the terms, and how everybody stands")]
    units: Annotated[LicencesShape | None, Field(description="under uniform: how many, and which bids stand")]
    demand: Annotated[DemandShape | None, Field(description="under reverse: what is demanded")]
    leader_rank: Annotated[int | None, Field(description="of the leader's right of pre-emption; null without one")]
    holders: Annotated[list[HolderSeen], Field(description="who may match the price that stands, by rank, unnamed")]
    previous: Annotated[Follows | None, Field(description="the lot before this one, which found no bids")]
    attempt: Annotated[int, Field(description="how often in a row the listing has been offered, from 1")]
    suspension: Annotated[SuspensionShape | None, Field(description="why nobody can bid for now")]

    @classmethod
    def of(cls, view: LotView) -> "LotShape":
        """Write what a reader may see."""
        lot, terms, biddable = view.lot, view.lot.terms, view.phase in BIDDABLE
        return cls(
            id=lot.id,
            state=lot.state,
            phase=view.phase,
            seller=lot.seller,
            listing=lot.listing,
            profile=lot.profile.ref,
            format=lot.profile.format,
            start_price=Money.of(terms.start_price_fen),
            increments=[
                BandShape(from_price=Money.of(one.from_fen), increment=Money.of(one.increment_fen))
                for one in terms.increments
            ],
            deposit=Money.of(terms.deposit_fen),
            appraisal=Money.of(terms.appraisal_fen) if terms.appraisal_fen is not None else None,
            has_reserve=terms.reserve_fen is not None,
            clock=ClockShape.of(view),
            opens_at=terms.opens_at,
            closes_at=terms.closes_at,
            ends_at=lot.ends_at,
            price=Money.of(lot.price_fen) if lot.price_fen is not None else None,
            leader=lot.leader.code if lot.leader else None,
            bids=lot.bid_count,
            parked=len(lot.parked),
            minimum_next=_next(view, view.minimum_next_fen),
            maximum_next=_next(view, view.maximum_next_fen),
            free_until=view.free_until,
            round=view.round,
            excluded=len(lot.excluded),
            fault=lot.fault,
            scoring=ScoredShape.of(view, biddable=biddable),
            units=LicencesShape.of(view),
            demand=DemandShape.of(lot.terms.form),
            **_offering(lot),
        )


def _next(view: LotView, fen: Fen | None) -> Money | None:
    return Money.of(fen) if fen is not None and view.phase in BIDDABLE else None


def _offering(lot: Lot) -> dict[str, Any]:  # Any: a mapping has one value type, the fields have several
    return {
        "leader_rank": lot.leader.rank if lot.leader else None,
        "holders": [HolderSeen.of(one) for one in lot.terms.holders],
        "previous": Follows.of(lot.previous) if lot.previous else None,
        "attempt": lot.attempt,
        "suspension": SuspensionShape.of(lot.suspension) if lot.suspension else None,
    }


class LotPage(Shape):
    """Some lots, and the identifier to go on after."""

    items: list[LotShape]
    next: str | None


class DepositConfirmation(Shape):
    """A deposit that has arrived, as the officer records it."""

    organisation: Annotated[OrganisationId, named(OrganisationId)]
    amount: Money
    payment_reference: Annotated[StrictStr, Field(min_length=1, max_length=200)]
    rank: Annotated[
        StrictInt | None,
        Field(ge=1, le=50, description="where its right of pre-emption is confirmed: as announced"),
    ] = None


class Standing(Shape):
    """That an organisation may now bid, and under which code."""

    lot: str
    code: str
    rank: Annotated[int | None, Field(description="of a right of pre-emption: the code is a priority code")]


class BidAmount(Shape):
    """A price to offer; irrevocable."""

    amount: Annotated[Money, Field(description="where the lot's format is proxy: the most you would pay")]


class StepSeen(Shape):
    """The step of a falling clock at whose price, or a lower one, the bidder buys; irrevocable."""

    step: Annotated[StrictInt, Field(ge=0, lt=1 << 31)]


class BidShape(Shape):
    """A bid as it stands: accepted at once, or parked until the grace is over."""

    id: str
    lot: str
    code: str
    amount: Annotated[Money, Field(description="under proxy: the price that the bid brought about")]
    maximum: Annotated[Money | None, Field(description="under proxy: how far it may go, which nobody else is told")]
    seen: Annotated[int | None, Field(description="under dutch: the step that the click carried")]
    step: Annotated[int | None, Field(description="under dutch: the step that its arrival fell in, which it pays")]
    state: BidState
    refusal: Annotated[str | None, Field(description="why it was refused; its problem is at `/problems/…`")]
    leads: Annotated[bool, Field(description="whether it leads, or of several licences wins one, as of this answer")]
    arrived_at: Instant
    number: Annotated[int | None, Field(description="its place in the lot's decisions")]

    @classmethod
    def of(cls, row: BidRow) -> "BidShape":
        """Write a bid for its bidder."""
        return cls(
            id=row.bid.id,
            lot=row.lot,
            code=row.bid.code,
            amount=Money.of(row.bid.amount_fen),
            maximum=Money.of(row.bid.maximum_fen) if row.bid.maximum_fen is not None else None,
            seen=row.bid.click.seen if row.bid.click else None,
            step=row.bid.click.step if row.bid.click else None,
            state=row.state,
            refusal=row.refusal,
            leads=row.leads,
            arrived_at=row.bid.arrived_at,
            number=row.number,
        )


class PublicBid(Shape):
    """A decided bid as anyone may see it."""

    number: int
    code: str
    amount: Annotated[
        Money | None, Field(description="under proxy: the price that it brought about, and null for one refused")
    ]
    step: Annotated[int | None, Field(description="under dutch: the step that the click's arrival fell in")]
    state: BidState
    refusal: Annotated[str | None, Field(description="why a bid that had been parked was refused")]
    arrived_at: Instant
    rank: Annotated[int | None, Field(description="of the bidder's right of pre-emption; null without one")]

    @classmethod
    def of(cls, row: BidRow) -> "PublicBid":
        """Write a decided bid, and of a maximum no more than its price tells."""
        secret = row.bid.maximum_fen is not None and row.state is BidState.REFUSED
        return cls(
            number=row.number or 0,
            code=row.bid.code,
            amount=None if secret else Money.of(row.bid.amount_fen),
            step=row.bid.click.step if row.bid.click else None,
            state=row.state,
            refusal=row.refusal,
            arrived_at=row.bid.arrived_at,
            rank=row.bid.rank,
        )


class BidPage(Shape):
    """A lot's decided bids in the order of decision, and the number to go on after."""

    items: list[PublicBid]
    next: int | None
