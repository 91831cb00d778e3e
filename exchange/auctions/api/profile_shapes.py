"""What versions of the bidding rules look like over HTTP: every number, in the API's units, with what it means."""

from dataclasses import fields
from datetime import date
from typing import Annotated, Any, Final, Self

from pydantic import Field, StrictBool, StrictInt, StrictStr, model_validator

from ledger.kernel.web import Instant, Shape, described_as

from ..model import Act, Format, Profile, Version, VersionState

MOST: Final = (1 << 31) - 1
SHARE: Final = "_percent"  # a share over HTTP; `_bp` in the noun
Count = Annotated[StrictInt, Field(ge=0, le=MOST)]
Percent = Annotated[StrictStr, Field(pattern=r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$", examples=["70", "62.5"])]
Standing = Annotated[VersionState, described_as("ProfileState")]


class ProfileNumbers(Shape):
    """Every number of a version of the bidding rules.

    What is left out of a later version of rules that the program ships is as in their first.
    """

    id: Annotated[
        StrictStr,
        Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40, description="the rules' name, of any version"),
    ]
    version: Annotated[StrictInt, Field(ge=1, le=MOST, description="`id@version` is how lots cite it")]
    format: Annotated[Format, Field(description="how the price is found")] = Format.ASCENDING
    effective_from: Annotated[date, Field(description="the day in China from which lots may be announced under it")]
    min_bidding_s: Annotated[Count, Field(description="bidding stays open at least so many seconds")]
    extension_s: Annotated[
        Count, Field(description="an accepted bid leaves at least so many seconds for an answer; 0 never extends")
    ]
    grace_ms: Annotated[
        Count,
        Field(description="how many milliseconds after the effective end arrivals are still parked; 0 parks none"),
    ]
    start_min_percent: Annotated[Percent, Field(description="the start price is at least this share of the appraisal")]
    deposit_min_percent: Annotated[Percent, Field(description="the deposit is at least this share of the start price")]
    deposit_max_percent: Annotated[Percent, Field(description="and at most this share")]
    needs_deposit: Annotated[StrictBool, Field(description="nobody bids before a deposit is confirmed")]
    needs_increments: Annotated[StrictBool, Field(description="a lot has an increment table; otherwise 0.01 is enough")]
    needs_listing: Annotated[StrictBool, Field(description="a lot is on a disclosed listing")]
    leader_may_raise: Annotated[StrictBool, Field(description="who leads may bid again")]

    floor_min_percent: Annotated[Percent, Field(description="dutch: the floor is at least this of the appraisal")] = "0"
    step_min_s: Annotated[Count, Field(description="dutch: each price stands at least so many seconds")] = 0
    opening_s: Annotated[Count, Field(description="sealed: so many seconds to open an envelope in")] = 0
    must_bid_free: Annotated[StrictBool, Field(description="rounds: only who bid in the free period may go on")] = False
    rounds_most: Annotated[Count, Field(description="rounds: with so many a bid begins no other; 0 sets no bound")] = 0
    price_weight_min_percent: Annotated[
        Percent, Field(description="scored: the price makes up at least this of a total")
    ] = "0"
    panel_min: Annotated[Count, Field(description="scored: so many on the panel at least; always an odd number")] = 0
    scoring_s: Annotated[Count, Field(description="scored: so many seconds to score a bidder after its deposit")] = 0
    needs_appraisal: Annotated[StrictBool, Field(description="a lot states an appraisal or a market price")] = False
    reserve_is_start: Annotated[StrictBool, Field(description="no secret reserve stands above the start price")] = False
    notice_s: Annotated[Count, Field(description="from announcement to opening at least so many seconds")] = 0
    renotice_s: Annotated[Count, Field(description="the same of a lot that is offered again")] = 0
    matches: Annotated[
        StrictBool, Field(description="holders of a right of pre-emption may offer the leader's own price")
    ] = False
    holder_notice_s: Annotated[Count, Field(description="from telling a holder to announcement, at least")] = 0
    reauction_s: Annotated[
        Count, Field(description="from an end without bids to the next opening, at most; 0: no lot follows another")
    ] = 0
    cut_max_percent: Annotated[Percent, Field(description="by which the next start price may be lower, at most")] = "0"
    attempts_max: Annotated[Count, Field(description="how often in all a listing may be offered")] = 0
    resume_s: Annotated[Count, Field(description="from the end of its cause to a suspension's, at most; 0: any")] = 0
    confirms: Annotated[StrictBool, Field(description="after the sale, who has bought is confirmed in public")] = False

    @model_validator(mode="after")
    def _deposits_in_order(self) -> Self:
        if basis_points(self.deposit_min_percent) > basis_points(self.deposit_max_percent):
            raise ValueError("the least deposit is not above the greatest")
        return self

    def profile(self) -> Profile:
        """Return the noun, whose fields have the same names, shares in basis points."""
        numbers: dict[str, Any] = {  # Any: a mapping has one value type, the fields have several
            name.replace(SHARE, "_bp"): basis_points(value) if name.endswith(SHARE) else value for name, value in self
        }
        return Profile(**numbers)

    def named(self) -> frozenset[str]:
        """Return the noun's fields that were sent."""
        return frozenset(name.replace(SHARE, "_bp") for name in self.model_fields_set)

    @classmethod
    def of(cls, profile: Profile) -> Self:
        """Write every number of a version."""
        numbers: dict[str, Any] = {  # Any: as above
            name.replace("_bp", SHARE): percentage(value) if name.endswith("_bp") else value
            for name, value in ((one.name, getattr(profile, one.name)) for one in fields(profile))
        }
        return cls(**numbers)


class ProfileProposal(Shape):
    """A version to propose: one that comes with the program, by its name, or one of the officers' own, complete."""

    shipped: Annotated[StrictStr | None, Field(max_length=100, examples=["exchange-proxy@1"])] = None
    own: ProfileNumbers | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.shipped is None) == (self.own is None):
            raise ValueError("propose either a shipped version or one of your own")
        return self


class ActShape(Shape):
    """Which organisation did it, and when; the record seals which person."""

    by: str
    at: Instant

    @classmethod
    def of(cls, act: Act | None) -> Self | None:
        """Write an act that was done."""
        return cls(by=act.organisation, at=act.at) if act else None


class ProfileShape(Shape):
    """A version of the bidding rules as anyone may see it."""

    id: str
    ref: Annotated[str, Field(description="how a lot cites it", examples=["judicial-2016@1"])]
    state: Standing
    numbers: ProfileNumbers
    proposed: Annotated[ActShape | None, Field(description="null where it was in force before two people were asked")]
    activated: ActShape | None
    ended: Annotated[ActShape | None, Field(description="when it was rejected or retired")]

    @classmethod
    def of(cls, version: Version) -> Self:
        """Write how a version stands, and its numbers."""
        return cls(
            id=version.id,
            ref=version.profile.ref,
            state=version.state,
            numbers=ProfileNumbers.of(version.profile),
            proposed=ActShape.of(version.proposed),
            activated=ActShape.of(version.activated),
            ended=ActShape.of(version.ended),
        )


class ProfilePage(Shape):
    """Some versions, and the identifier to go on after."""

    items: list[ProfileShape]
    not_proposed: Annotated[list[str], Field(description="what the program ships and nobody has proposed")]
    next: str | None


def basis_points(percent: str) -> int:
    """Return a percentage in basis points."""
    whole, _, part = percent.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))


def percentage(bp: int) -> str:
    """Return basis points as a percentage."""
    return f"{bp // 100}.{bp % 100:02d}"
