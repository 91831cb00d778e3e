"""The nouns of an IP asset: what it is, who holds it in which shares, who made it, what burdens it.

An asset is a subject apart from its listings: it outlives them, and its burdens bind all of them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import OrganisationId
from ledger.log.model import Event, event_kind

from .codes import (
    ApplicationNumber,
    AssetId,
    EncumbranceId,
    ListingId,
    UnusableField,
    require_count,
    require_sha256,
    require_text,
)

MAX_TITLE = 200  # characters; with MAX_DOCUMENTS, what keeps an entry under its 65,535 bytes
MAX_NAME = 200
MAX_HOLDERS = 50
MAX_INVENTORS = 50
MAX_ENCUMBRANCES = 100
WHOLE_BP = 10_000  # all of an asset, in hundredths of a per cent


class IpKind(StrEnum):
    """A kind of intellectual property (知识产权)."""

    INVENTION_PATENT = "invention_patent"  # 发明专利
    UTILITY_MODEL = "utility_model"  # 实用新型
    DESIGN = "design"  # 外观设计
    SOFTWARE_COPYRIGHT = "software_copyright"  # 计算机软件著作权
    PLANT_VARIETY = "plant_variety"  # 植物新品种权
    IC_LAYOUT = "ic_layout"  # 集成电路布图设计
    TRADE_SECRET = "trade_secret"  # noqa: S105 - 技术秘密, a kind of property


class EncumbranceKind(StrEnum):
    """A kind of burden on an asset; the comment says who has it recorded."""

    PLEDGE = "pledge"  # holder or officer: 质押
    EXCLUSIVE_LICENCE = "exclusive_licence"  # holder or officer: 独占许可
    SOLE_LICENCE = "sole_licence"  # holder or officer: 排他许可
    ORDINARY_LICENCE = "ordinary_licence"  # holder or officer: 普通许可
    DISPUTE = "dispute"  # officer alone: 权属纠纷
    PRESERVATION = "preservation"  # officer alone: 财产保全


class NumberMissing(Refusal):
    """A patent needs its application number."""

    kind = Kind.MALFORMED
    zh = "专利应填写申请号"


class NumberNotExpected(Refusal):
    """This kind of property has no application number."""

    kind = Kind.MALFORMED
    zh = "该类知识产权没有专利申请号"


class NumberOfAnotherKind(Refusal):
    """The application number belongs to another kind of patent."""

    kind = Kind.MALFORMED
    zh = "申请号与专利类型不符"


class SharesNotWhole(Refusal):
    """The holders' shares do not make exactly one whole."""

    kind = Kind.MALFORMED
    zh = "权利人份额之和应为百分之百"


KIND_DIGITS = {IpKind.INVENTION_PATENT: "18", IpKind.UTILITY_MODEL: "29", IpKind.DESIGN: "3"}
"""The kinds that carry an application number, and the fifth digits each may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A holder of the right (权利人) and its share in basis points; a third is written 3334, 3333, 3333."""

    organisation: OrganisationId
    share_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Encumbrance:
    """One burden on an asset (权利负担), in favour of `holder`, proved by a document; in force until released."""

    id: EncumbranceId
    kind: EncumbranceKind
    holder: str  # sealed: a bank, a licensee, a court
    evidence_sha256: str
    recorded_at: datetime
    released_at: datetime | None = None

    def __post_init__(self) -> None:
        require_text("holder", self.holder, MAX_NAME)
        require_sha256("evidence_sha256", self.evidence_sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """An IP asset (知识产权资产). `engaged_by` is the listing whose deal holds it now, or took it."""

    id: AssetId
    kind: IpKind
    title: str
    application_number: ApplicationNumber | None
    holders: tuple[Holder, ...]
    inventors: tuple[str, ...]  # names, sealed; the count is public
    encumbrances: tuple[Encumbrance, ...] = ()
    engaged_by: ListingId | None = None

    def __post_init__(self) -> None:
        require_text("title", self.title, MAX_TITLE)
        _require_number(self.kind, self.application_number)
        _require_whole(self.holders)
        require_count("inventors", len(self.inventors), least=1, most=MAX_INVENTORS)
        for name in self.inventors:
            require_text("inventors", name, MAX_NAME)
        require_count("encumbrances", len(self.encumbrances), least=0, most=MAX_ENCUMBRANCES)

    def is_held_by(self, organisation: OrganisationId) -> bool:
        """Whether `organisation` holds a share of it."""
        return any(holder.organisation == organisation for holder in self.holders)


def _require_number(kind: IpKind, number: ApplicationNumber | None) -> None:
    digits = KIND_DIGITS.get(kind)
    if digits is None:
        if number is not None:
            raise NumberNotExpected(f"a {kind} has no application number", kind=kind)
        return
    if number is None:
        raise NumberMissing(f"a {kind} needs its application number", kind=kind)
    if number.kind_digit not in digits:
        raise NumberOfAnotherKind("the fifth digit says another kind", kind=kind, kind_digit=number.kind_digit)


def _require_whole(holders: tuple[Holder, ...]) -> None:
    require_count("holders", len(holders), least=1, most=MAX_HOLDERS)
    if len({holder.organisation for holder in holders}) != len(holders):
        raise UnusableField("a holder is named once", field="holders")
    total_bp = sum(holder.share_bp for holder in holders)
    if total_bp != WHOLE_BP or any(holder.share_bp < 1 for holder in holders):
        raise SharesNotWhole("shares are positive and make 10000 basis points", total_bp=total_bp, whole_bp=WHOLE_BP)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAsset:
    """Enter an asset, so that listings can refer to it."""

    id: AssetId
    kind: IpKind
    title: str
    application_number: ApplicationNumber | None
    holders: tuple[Holder, ...]
    inventors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEncumbrance:
    """Record a burden on an asset."""

    id: EncumbranceId
    kind: EncumbranceKind
    holder: str
    evidence_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEncumbrance:
    """Record that a burden has ended."""

    id: EncumbranceId


AssetCommand = RecordEncumbrance | ReleaseEncumbrance
"""What can be done to an asset that exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetDecision:
    """What accepting a command changes: the asset as it is now, and what to record of it."""

    asset: Asset
    events: tuple[Event, ...]


ASSET_REGISTERED = event_kind(
    "asset.registered",
    public="kind application_number holders inventor_count",
    sealed="title inventors by",
)
ASSET_ENCUMBERED = event_kind(
    "asset.encumbered",
    public="encumbrance kind evidence_sha256",
    sealed="holder by",
)
ASSET_ENCUMBRANCE_RELEASED = event_kind("asset.encumbrance_released", public="encumbrance kind", sealed="by")
