"""What versions of the bidding rules look like over HTTP: every number, in the API's units, with what it means."""

from datetime import date
from typing import Annotated, Final, Self

from pydantic import Field, StrictBool, StrictInt, StrictStr, model_validator

from ledger.kernel.web import Instant, Shape, described_as

from ..model import Act, Format, Profile, Version, VersionState

MOST: Final = (1 << 31) - 1
Count = Annotated[StrictInt, Field(ge=0, le=MOST)]
Percent = Annotated[StrictStr, Field(pattern=r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$", examples=["70", "62.5"])]
Standing = Annotated[VersionState, described_as("ProfileState")]


class ProfileNumbers(Shape):
    """Every number of a version of the bidding rules."""

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

    @model_validator(mode="after")
    def _deposits_in_order(self) -> Self:
        if basis_points(self.deposit_min_percent) > basis_points(self.deposit_max_percent):
            raise ValueError("the least deposit is not above the greatest")
        return self

    def profile(self) -> Profile:
        """Return the noun."""
        return Profile(
            id=self.id,
            version=self.version,
            format=self.format,
            effective_from=self.effective_from,
            min_bidding_s=self.min_bidding_s,
            extension_s=self.extension_s,
            grace_ms=self.grace_ms,
            start_min_bp=basis_points(self.start_min_percent),
            deposit_min_bp=basis_points(self.deposit_min_percent),
            deposit_max_bp=basis_points(self.deposit_max_percent),
            needs_deposit=self.needs_deposit,
            needs_increments=self.needs_increments,
            needs_listing=self.needs_listing,
            leader_may_raise=self.leader_may_raise,
        )

    @classmethod
    def of(cls, profile: Profile) -> Self:
        """Write every number of a version."""
        return cls(
            id=profile.id,
            version=profile.version,
            format=profile.format,
            effective_from=profile.effective_from,
            min_bidding_s=profile.min_bidding_s,
            extension_s=profile.extension_s,
            grace_ms=profile.grace_ms,
            start_min_percent=percentage(profile.start_min_bp),
            deposit_min_percent=percentage(profile.deposit_min_bp),
            deposit_max_percent=percentage(profile.deposit_max_bp),
            needs_deposit=profile.needs_deposit,
            needs_increments=profile.needs_increments,
            needs_listing=profile.needs_listing,
            leader_may_raise=profile.leader_may_raise,
        )


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
