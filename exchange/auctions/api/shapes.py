"""What the auctions wing's requests and answers look like."""

from typing import Annotated

from pydantic import Field, StrictInt, StrictStr

from ledger.kernel.ids import OrganisationId
from ledger.kernel.web import Instant, Money, Shape, described_as, named
from listings.achievements.model import ListingId

from ..model import Band, BidRow, BidState, Clock, Fault, Format, LotView, Phase, State, Terms

BIDDABLE = frozenset({Phase.DRAFT, Phase.UPCOMING, Phase.OPEN, Phase.GRACE})
Stage = Annotated[State, described_as("LotStage")]


class BandShape(Shape):
    """From this price upward, a bid must exceed the price by at least the increment."""

    from_price: Money
    increment: Money

    def band(self) -> Band:
        """Return the noun."""
        return Band(self.from_price.fen, self.increment.fen)


class ClockTerms(Shape):
    """A price that falls by itself: by a step, every so many seconds, down to a floor."""

    floor: Money
    step: Money
    every_s: Annotated[StrictInt, Field(gt=0, lt=1 << 31)]

    def form(self) -> Clock:
        """Return the noun."""
        return Clock(floor_fen=self.floor.fen, step_fen=self.step.fen, step_s=self.every_s)


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

    start_price: Money
    increments: Annotated[list[BandShape], Field(max_length=50)] = Field(default_factory=list)
    deposit: Money
    reserve: Annotated[Money | None, Field(description="kept secret; below it there is no sale")] = None
    appraisal: Money | None = None
    opens_at: Instant
    closes_at: Annotated[Instant, Field(description="the announced end; bids near it extend the effective end")]
    clock: Annotated[ClockTerms | None, Field(description="where the profile's format is dutch, and only there")] = None

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
            form=self.clock.form() if self.clock else None,
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
    minimum_next: Annotated[Money | None, Field(description="null once no bid can be accepted")]
    excluded: Annotated[int, Field(description="how many organisations may never bid for this lot")]
    fault: Annotated[Fault | None, Field(description="through whom a sale that fell through came to nothing")]

    @classmethod
    def of(cls, view: LotView) -> "LotShape":
        """Write what a reader may see."""
        lot, terms = view.lot, view.lot.terms
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
            minimum_next=Money.of(view.minimum_next_fen) if view.phase in BIDDABLE else None,
            excluded=len(lot.excluded),
            fault=lot.fault,
        )


class LotPage(Shape):
    """Some lots, and the identifier to go on after."""

    items: list[LotShape]
    next: str | None


class DepositConfirmation(Shape):
    """A deposit that has arrived, as the officer records it."""

    organisation: Annotated[OrganisationId, named(OrganisationId)]
    amount: Money
    payment_reference: Annotated[StrictStr, Field(min_length=1, max_length=200)]


class Standing(Shape):
    """That an organisation may now bid, and under which code."""

    lot: str
    code: str


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
    arrived_at: Instant

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
            arrived_at=row.bid.arrived_at,
        )


class BidPage(Shape):
    """A lot's decided bids in the order of decision, and the number to go on after."""

    items: list[PublicBid]
    next: int | None
