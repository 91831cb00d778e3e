"""What requests and answers about assets look like.

What is marked confidential is shown to a holder, to officers and to regulators, and is null to others.
"""

from typing import Annotated

from pydantic import Field, StrictInt, StrictStr

from ledger.kernel.ids import OrganisationId
from ledger.kernel.web import Instant, Shape, named

from ..model import MAX_HOLDERS, MAX_INVENTORS, MAX_NAME, MAX_TITLE, WHOLE_BP, EncumbranceKind, Holder, IpKind
from ..service import AssetView

Name = Annotated[StrictStr, Field(min_length=1, max_length=MAX_NAME)]
Title = Annotated[StrictStr, Field(min_length=1, max_length=MAX_TITLE)]
Sha256 = Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{64}$")]
Organisation = Annotated[OrganisationId, named(OrganisationId)]


class HolderShape(Shape):
    """A holder and its share in basis points; a third is written 3334, 3333, 3333."""

    organisation: Organisation
    share_bp: Annotated[StrictInt, Field(ge=1, le=WHOLE_BP)]


class AssetRegistration(Shape):
    """An asset to be entered."""

    kind: IpKind
    title: Title
    application_number: Annotated[StrictStr | None, Field(max_length=20, examples=["201710117081.7"])] = None
    holders: Annotated[list[HolderShape], Field(min_length=1, max_length=MAX_HOLDERS)]
    inventors: Annotated[list[Name], Field(min_length=1, max_length=MAX_INVENTORS)]

    def shares(self) -> tuple[Holder, ...]:
        """Return who holds it."""
        return tuple(Holder(organisation=one.organisation, share_bp=one.share_bp) for one in self.holders)


class AssetState(Shape):
    """The asset that was entered."""

    id: str
    kind: IpKind
    application_number: str | None


class EncumbranceRecord(Shape):
    """A burden to be recorded, with the hash of the document that proves it."""

    kind: EncumbranceKind
    holder: Annotated[Name, Field(description="confidential: the bank, licensee or court it favours")]
    evidence_sha256: Sha256


class EncumbranceState(Shape):
    """A burden of an asset, and whether it is in force."""

    id: str
    asset: str
    in_force: bool


class EncumbranceShape(Shape):
    """A burden as anyone may see it."""

    id: str
    kind: EncumbranceKind
    holder: Annotated[str | None, Field(description="confidential")]
    evidence_sha256: str
    recorded_at: Instant
    released_at: Instant | None


class AssetShape(Shape):
    """An asset as anyone may see it."""

    id: str
    kind: IpKind
    title: Annotated[str | None, Field(description="confidential")]
    application_number: str | None
    holders: list[HolderShape]
    inventor_count: int
    inventors: Annotated[list[str] | None, Field(description="confidential")]
    encumbrances: list[EncumbranceShape]
    engaged_by: Annotated[str | None, Field(description="the listing whose deal holds it, or took it")]

    @classmethod
    def of(cls, view: AssetView) -> "AssetShape":
        """Write what this reader may see."""
        asset = view.asset
        return cls(
            id=asset.id,
            kind=asset.kind,
            title=asset.title if view.privy else None,
            application_number=asset.application_number,
            holders=[HolderShape(organisation=one.organisation, share_bp=one.share_bp) for one in asset.holders],
            inventor_count=len(asset.inventors),
            inventors=list(asset.inventors) if view.privy else None,
            encumbrances=[
                EncumbranceShape(
                    id=one.id,
                    kind=one.kind,
                    holder=one.holder if view.privy else None,
                    evidence_sha256=one.evidence_sha256,
                    recorded_at=one.recorded_at,
                    released_at=one.released_at,
                )
                for one in asset.encumbrances
            ],
            engaged_by=asset.engaged_by,
        )
