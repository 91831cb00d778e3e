"""What a listing must show before it is submitted, published, or disclosed anew."""

from datetime import datetime

from ledger.kernel import calendar
from ledger.kernel.errors import Kind, Refusal, invariant

from ..model import Asset, Listing, Mode, Terms
from .assets import NotAHolder, burdens
from .periods import DisclosureRule, NoRuleInForce, rule_in_force


class DocumentsMissing(Refusal):
    """The listing has no documents."""

    kind = Kind.CONFLICT
    zh = "挂牌项目缺少材料"


class ApprovalMissing(Refusal):
    """The owner's internal decision is missing."""

    kind = Kind.CONFLICT
    zh = "缺少单位内部审批文件"


class ApprovalNotYetGiven(Refusal):
    """The internal decision is dated after today."""

    kind = Kind.CONFLICT
    zh = "内部审批日期晚于当日"


class DisclosureTooShort(Refusal):
    """The disclosure is shorter than the rule in force allows."""

    kind = Kind.CONFLICT
    zh = "信息披露期短于规定"


class AssetEncumbered(Refusal):
    """A burden on the asset does not allow this way of dealing."""

    kind = Kind.CONFLICT
    zh = "该知识产权存在限制处分的权利负担"


READINESS_REFUSALS = (
    NotAHolder,
    DocumentsMissing,
    ApprovalMissing,
    ApprovalNotYetGiven,
    NoRuleInForce,
    DisclosureTooShort,
    AssetEncumbered,
)
"""In the order they are checked."""


def require_ready(listing: Listing, terms: Terms, asset: Asset, at: datetime) -> DisclosureRule:
    """Return the disclosure rule at `at`, or raise the first of `READINESS_REFUSALS` that applies to `terms`."""
    if not asset.is_held_by(listing.owner):
        raise NotAHolder("the owner of a listing holds a share of its asset")
    if not terms.documents:
        raise DocumentsMissing("attach at least one document")
    if listing.approval_required and terms.approval is None:
        raise ApprovalMissing("a university shows the decision of its own body before it sells (转化法 art. 18)")
    if terms.approval is not None and terms.approval.decided_on > calendar.local_date(at):
        raise ApprovalNotYetGiven("a decision is not relied on before its date", today=str(calendar.local_date(at)))
    rule = rule_in_force(at)
    if terms.disclosure_days < rule.shortest_days:
        raise DisclosureTooShort("too few working days", shortest_days=rule.shortest_days, rule=rule.version)
    require_unburdened(asset, terms.mode)
    return rule


def require_unburdened(asset: Asset, mode: Mode) -> None:
    """Refuse `AssetEncumbered` while a burden in force closes `mode`."""
    blocking = burdens(asset, mode)
    if blocking:
        first = blocking[0]
        invariant(first.released_at is None, "a released burden blocks nothing")
        raise AssetEncumbered(f"a {first.kind} is in force", encumbrance=first.id, encumbrance_kind=first.kind)
