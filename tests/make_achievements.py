"""Build valid assets, listings and causes; a test overrides only what it is about."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from ledger.kernel import instant
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.money import Fen
from listings.achievements import model
from listings.achievements.model import Asset, Listing, State, Terms

MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)  # nine in the morning in Hohhot
DISCLOSURE_ENDS = datetime(2026, 3, 30, 16, tzinfo=UTC)  # midnight after the twentieth working day

OWNER = OrganisationId.from_number(1)
CO_HOLDER = OrganisationId.from_number(2)
OPERATOR = OrganisationId.from_number(3)
STRANGER = OrganisationId.from_number(4)
ASSET = model.AssetId.from_number(1)
LISTING = model.ListingId.from_number(1)
LOT = "lot_" + "0" * 26
OTHER_LOT = "lot_" + "1" * 26


def by(organisation: OrganisationId, *capabilities: str, at: datetime = MONDAY) -> Cause:
    actor = Actor(organisation=organisation, person=PersonId.from_number(9), capabilities=frozenset(capabilities))
    return Cause(actor=actor, at=at, request_id="req")


def by_owner(at: datetime = MONDAY) -> Cause:
    return by(OWNER, at=at)


def by_officer(at: datetime = MONDAY) -> Cause:
    return by(OPERATOR, model.REVIEW, at=at)


def asset(**changes: Any) -> Asset:
    usual: dict[str, Any] = {
        "id": ASSET,
        "kind": model.IpKind.INVENTION_PATENT,
        "title": "一种稀土永磁材料的制备方法",
        "application_number": model.ApplicationNumber("201710117081.7"),
        "holders": (model.Holder(organisation=OWNER, share_bp=10_000),),
        "inventors": ("乌云其其格", "张伟"),
    }
    return Asset(**(usual | changes))


def document(number: int = 1, **changes: Any) -> model.Document:
    usual: dict[str, Any] = {
        "sha256": f"{number:064x}",
        "name": f"说明书 {number}.pdf",
        "media_type": "application/pdf",
        "size_bytes": 4096,
    }
    return model.Document(**(usual | changes))


def approval(**changes: Any) -> model.Approval:
    usual: dict[str, Any] = {
        "number": "内大校发〔2026〕12号",
        "body": "校长办公会",
        "decided_on": date(2026, 2, 25),
        "sha256": "a" * 64,
    }
    return model.Approval(**(usual | changes))


def price(**changes: Any) -> model.Price:
    usual: dict[str, Any] = {
        "asking_fen": Fen(1_000_000_00),
        "floor_fen": Fen(900_000_00),
        "method": model.PricingMethod.LISTING,
    }
    return model.Price(**(usual | changes))


def terms(**changes: Any) -> Terms:
    usual: dict[str, Any] = {
        "title": "稀土永磁制备技术",
        "abstract": "以白云鄂博矿为原料。\n已完成中试。",
        "mode": model.Mode.ASSIGNMENT,
        "industry": model.Industry("3240"),
        "region": model.Region.BAOTOU,
        "documents": (document(),),
        "approval": approval(),
        "price": price(),
        "disclosure_days": 20,
    }
    return Terms(**(usual | changes))


def listing(**changes: Any) -> Listing:
    state = changes.get("state", State.DRAFT)
    usual: dict[str, Any] = {
        "id": LISTING,
        "asset": ASSET,
        "owner": OWNER,
        "approval_required": True,
        "terms": terms(),
        "state": state,
    }
    if state is State.RETURNED:
        usual |= {"reasons": ("摘要过于简单",)}
    if state in {State.DISCLOSED, State.OPEN, State.RESERVED, State.AWARDED}:
        usual |= {"disclosed_at": MONDAY, "disclosure_ends_at": DISCLOSURE_ENDS, "rule": "disclosure-2026@1"}
    if state in {State.RESERVED, State.AWARDED}:
        usual |= {"deal": LOT}
    return Listing(**(usual | changes))


def asset_of(of: Listing) -> Asset:
    """The asset as it stands when the listing stands there."""
    return asset(engaged_by=of.id if of.deal else None)


def burden(kind: model.EncumbranceKind, **changes: Any) -> model.Encumbrance:
    usual: dict[str, Any] = {
        "id": model.EncumbranceId.from_number(1),
        "kind": kind,
        "holder": "内蒙古银行呼和浩特分行",
        "evidence_sha256": "b" * 64,
        "recorded_at": MONDAY,
    }
    return model.Encumbrance(**(usual | changes))


def entries(decisions: Iterable[tuple[Any, datetime]], *, opened: bool = True) -> list[dict[str, Any]]:
    """The entries that decisions of one subject would leave behind, as an auditor reads them."""
    return [
        {
            "v": 1,
            "kind": event.kind,
            "subject": event.subject,
            "seq": seq,
            "arrived_at": instant.render(at),
            "recorded_at": instant.render(at),
            "rule": event.rule,
            "data": dict(event.data),
            "sealed": dict.fromkeys(event.sealed, "0" * 64),
        }
        | ({"opened": dict(event.sealed)} if opened else {})
        for seq, (event, at) in enumerate((event, at) for decision, at in decisions for event in decision.events)
    ]
