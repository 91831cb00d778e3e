"""The verbs of people and tokens: an organisation looks after its own, at any time of its membership.

Nobody issues a token for an organisation that may trade, the operator no more than anyone: there is no back door. An
officer may revoke any, because a stolen token is everybody's danger, and may replace those of an organisation that has
not been verified, which might have lost its first one and be locked out. No token makes one wider than itself.
"""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import timedelta

from ledger.kernel.cause import Actor, Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.ids import OrganisationId
from ledger.log.model import EventKind

from ..model import (
    PERSON_ADDED,
    PERSON_REMOVED,
    TOKEN_ISSUED,
    TOKEN_REISSUED,
    TOKEN_REVOKED,
    AddPerson,
    Capability,
    IssueToken,
    Organisation,
    OrganisationState,
    Person,
    PersonDecision,
    PersonState,
    RemovePerson,
    RevokeToken,
    Token,
    TokenDecision,
)
from .authority import allowed
from .organisations import NotYourOrganisation, WrongState, require_judge

LONGEST_TOKEN = timedelta(days=366)


class PersonHasLeft(Refusal):
    """The person no longer acts for the organisation."""

    kind = Kind.CONFLICT
    zh = "该人员已离任"


class NotYourself(Refusal):
    """A person does not remove itself.

    So an organisation always keeps somebody who can act for it.
    """

    kind = Kind.CONFLICT
    zh = "不能移除本人"


class ScopeNotAllowed(Refusal):
    """A token cannot carry more than the organisation's roles allow, nor more than the one that issues it."""

    kind = Kind.FORBIDDEN
    zh = "令牌权限超出本单位角色或签发令牌的范围"


class ExpiryOutOfRange(Refusal):
    """A token ends after it begins, and within a year."""

    kind = Kind.MALFORMED
    zh = "令牌有效期应在一年以内"


class AlreadyRevoked(Refusal):
    """The token has been revoked already."""

    kind = Kind.CONFLICT
    zh = "令牌已被吊销"


PEOPLE_REFUSALS = (NotYourOrganisation, PersonHasLeft, NotYourself, ScopeNotAllowed, ExpiryOutOfRange, AlreadyRevoked)
"""In the order they are checked."""


def add_person(organisation: Organisation, command: AddPerson, cause: Cause) -> PersonDecision:
    """Let a person act for the organisation of the one who asks. Refuses `NotYourOrganisation`."""
    _require_own(organisation.id, cause.actor)
    person = Person(id=command.id, organisation=organisation.id, name=command.name)
    event = PERSON_ADDED(
        person.id, state=person.state, name=person.name, organisation=organisation.id, by=cause.actor.named
    )
    return PersonDecision(person=person, events=(event,))


def remove_person(person: Person, command: RemovePerson, cause: Cause) -> PersonDecision:
    """End a person's acting. Refuses `NotYourOrganisation`, `PersonHasLeft`, `NotYourself`."""
    invariant(person.id == command.id, "the person handed in is the one named")
    _require_own(person.organisation, cause.actor)
    _require_active(person)
    if cause.actor.person == person.id:
        raise NotYourself("ask a colleague")
    left = replace(person, state=PersonState.LEFT)
    return PersonDecision(person=left, events=(PERSON_REMOVED(left.id, state=left.state, by=cause.actor.named),))


def issue_token(organisation: Organisation, person: Person, command: IssueToken, cause: Cause) -> TokenDecision:
    """Give a person of the asker's own organisation a token, no wider than the token that asks.

    Scopes may be wider than what the organisation may do today: they come alive when it is verified. Refuses
    `NotYourOrganisation`, `PersonHasLeft`, `ScopeNotAllowed`, `ExpiryOutOfRange`.
    """
    _require_own(organisation.id, cause.actor)
    _require_own(person.organisation, cause.actor)
    return _issue(TOKEN_ISSUED, organisation, person, command, cause, widest=cause.actor.scopes)


def reissue_token(organisation: Organisation, person: Person, command: IssueToken, cause: Cause) -> TokenDecision:
    """Give a person of an organisation that is not verified a token, as an officer, in place of those it lost.

    Refuses `NotAnOfficer`, `OwnOrganisation`, `WrongState`, `PersonHasLeft`, `ScopeNotAllowed`, `ExpiryOutOfRange`.
    """
    require_reissuable(organisation, cause)
    invariant(person.organisation == organisation.id, "the person handed in is the organisation's")
    return _issue(TOKEN_REISSUED, organisation, person, command, cause, widest=allowed(organisation))


def require_reissuable(organisation: Organisation, cause: Cause) -> None:
    """Refuse `NotAnOfficer`, `OwnOrganisation`, `WrongState` unless the asker may replace its tokens."""
    require_judge(organisation, cause.actor)
    if organisation.state not in {OrganisationState.REGISTERED, OrganisationState.REJECTED}:
        raise WrongState("who has been verified looks after its own tokens", state=organisation.state)


def _issue(
    kind: EventKind,
    organisation: Organisation,
    person: Person,
    command: IssueToken,
    cause: Cause,
    *,
    widest: AbstractSet[str],
) -> TokenDecision:
    _require_active(person)
    beyond = command.scopes - allowed(organisation)
    if beyond:
        raise ScopeNotAllowed("no role of the organisation allows this", scope=min(beyond))
    wider = command.scopes - widest
    if wider:
        raise ScopeNotAllowed("the token you ask with does not carry this", scope=min(wider))
    if not command.created_at < command.expires_at <= command.created_at + LONGEST_TOKEN:
        raise ExpiryOutOfRange("a token lives up to a year", longest_days=LONGEST_TOKEN.days)
    token = Token(
        id=command.id,
        organisation=organisation.id,
        person=person.id,
        scopes=command.scopes,
        secret_hash=command.secret_hash,
        created_at=command.created_at,
        expires_at=command.expires_at,
    )
    event = kind(
        token.id,
        scopes=sorted(scope.value for scope in token.scopes),
        expires_at=token.expires_at,
        organisation=organisation.id,
        person=person.id,
        by=cause.actor.named,
    )
    return TokenDecision(token=token, events=(event,))


def revoke_token(token: Token, command: RevokeToken, cause: Cause) -> TokenDecision:
    """End a token at once: its own organisation, or an officer. Refuses `NotYourOrganisation`, `AlreadyRevoked`."""
    if not cause.actor.may(Capability.MEMBERS_VERIFY):
        _require_own(token.organisation, cause.actor)
    if token.revoked_at is not None:
        raise AlreadyRevoked("it opens nothing any more")
    dead = replace(token, revoked_at=command.revoked_at)
    return TokenDecision(
        token=dead, events=(TOKEN_REVOKED(dead.id, revoked_at=command.revoked_at, by=cause.actor.named),)
    )


def _require_own(organisation: OrganisationId, actor: Actor) -> None:
    if actor.organisation != organisation:
        raise NotYourOrganisation("an organisation looks after its own people and tokens")


def _require_active(person: Person) -> None:
    if person.state is not PersonState.ACTIVE:
        raise PersonHasLeft("the person has left the organisation")
