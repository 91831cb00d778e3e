"""Build valid organisations, people and tokens; a test overrides only what it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from exchange.members import model
from exchange.members.model import Bearer, Capability, CreditCode, Organisation, OrganisationState, Person, Token
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.ids import OrganisationId, PersonId
from listings.achievements.model import Region

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
EXPIRY = NOON + timedelta(days=90)
MEMBER = OrganisationId.from_number(1)
OPERATOR = OrganisationId.from_number(2)
STRANGER = OrganisationId.from_number(3)
PERSON = PersonId.from_number(1)
OFFICER = PersonId.from_number(2)
BEARER = Bearer(id=model.TokenId.from_number(1), secret="s" * 43)


def credit_code(number: int = 1) -> CreditCode:
    """A valid code of an institution in Hohhot; equal numbers give equal codes."""
    body = f"12150100{number:09d}"
    return CreditCode(body + model.credit_check(body))


def by(
    organisation: OrganisationId,
    *capabilities: str,
    person: PersonId = OFFICER,
    scopes: frozenset[str] = frozenset(Capability),
) -> Cause:
    actor = Actor(organisation=organisation, person=person, capabilities=frozenset(capabilities), scopes=scopes)
    return Cause(actor=actor, at=NOON, request_id="req")


def by_member() -> Cause:
    return by(MEMBER)


def by_officer() -> Cause:
    return by(OPERATOR, Capability.MEMBERS_REGISTER, Capability.MEMBERS_VERIFY)


def organisation(**changes: Any) -> Organisation:
    state = changes.get("state", OrganisationState.VERIFIED)
    reasons = ("证照不清晰",) if state in {OrganisationState.REJECTED, OrganisationState.SUSPENDED} else ()
    usual: dict[str, Any] = {
        "id": MEMBER,
        "name": "内蒙古大学",
        "credit_code": credit_code(),
        "roles": frozenset({model.Role.UNIVERSITY}),
        "region": Region.HOHHOT,
        "state": state,
        "reasons": reasons,
    }
    return Organisation(**(usual | changes))


def person(**changes: Any) -> Person:
    usual: dict[str, Any] = {"id": PERSON, "organisation": MEMBER, "name": "萨仁高娃"}
    return Person(**(usual | changes))


def token(**changes: Any) -> Token:
    usual: dict[str, Any] = {
        "id": BEARER.id,
        "organisation": MEMBER,
        "person": PERSON,
        "scopes": frozenset({Capability.LISTINGS_WRITE, Capability.MEMBERS_MANAGE}),
        "secret_hash": BEARER.secret_hash,
        "created_at": NOON,
        "expires_at": EXPIRY,
    }
    return Token(**(usual | changes))
