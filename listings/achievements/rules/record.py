"""What of a listing stands on the record: public fields, sealed fields, and who acted."""

import hashlib

from ledger.kernel.canonical import Json
from ledger.kernel.cause import Cause
from ledger.log.model import Event, Value

from ..model import LISTING_DISCLOSED, LISTING_REVISED, LISTING_SUBMITTED, Document, Listing


def submitted(listing: Listing, cause: Cause) -> Event:
    """Return the event of a submission: the offer's codes and hashes; its words stay sealed until disclosed."""
    terms = listing.terms
    return LISTING_SUBMITTED(
        listing.id,
        rule=None,
        **_offer(listing, cause),
        previous=listing.previous,
        title=terms.title,
        abstract=terms.abstract,
    )


def disclosed(listing: Listing, cause: Cause) -> Event:
    """Return the event of a first disclosure."""
    return LISTING_DISCLOSED(listing.id, rule=listing.rule, **_disclosure(listing, cause))


def revised(listing: Listing, cause: Cause) -> Event:
    """Return the event of a disclosure begun anew with other terms."""
    return LISTING_REVISED(listing.id, rule=listing.rule, **_disclosure(listing, cause))


def _disclosure(listing: Listing, cause: Cause) -> dict[str, Value]:
    return {
        **_offer(listing, cause),
        "title": listing.terms.title,
        "abstract_sha256": hashlib.sha256(listing.terms.abstract.encode()).hexdigest(),
        "disclosed_at": listing.disclosed_at,
        "disclosure_ends_at": listing.disclosure_ends_at,
    }


def _offer(listing: Listing, cause: Cause) -> dict[str, Value]:
    terms = listing.terms
    approval = terms.approval
    return {
        "state": listing.state,
        "asset": listing.asset,
        "owner": listing.owner,
        "mode": terms.mode,
        "industry": terms.industry,
        "region": terms.region,
        "documents": [_document(one) for one in terms.documents],
        "document_names": [one.name for one in terms.documents],
        "approval_sha256": approval.sha256 if approval else None,
        "approval_on": approval.decided_on.isoformat() if approval else None,
        "approval_number": approval.number if approval else None,
        "approval_body": approval.body if approval else None,
        "method": terms.price.method,
        "asking_fen": terms.price.asking_fen,
        "floor_fen": terms.price.floor_fen,
        "disclosure_days": terms.disclosure_days,
        "by": cause.actor.named,
    }


def _document(document: Document) -> Json:
    return {"sha256": document.sha256, "media_type": document.media_type, "size_bytes": document.size_bytes}
