"""One function per command of the members wing, and authentication."""

from base64 import urlsafe_b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ledger.kernel.cause import Actor, Cause
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.unit import Unit
from ledger.log import service as log
from ledger.log.model import Event
from listings.achievements.model import Region

from . import rules, store
from .model import (
    AddPerson,
    Bearer,
    Capability,
    Command,
    CreditCode,
    FoundExchange,
    IssueToken,
    Organisation,
    OrganisationState,
    Person,
    PersonState,
    RegisterOrganisation,
    RemovePerson,
    RevokeToken,
    Role,
    Token,
    TokenId,
    TokenNotValid,
    credit_check,
)

FIRST_TOKEN_LIFE: Final = timedelta(days=365)
SECRET_BYTES: Final = 32
REGISTER_REFUSALS = (rules.RoleNotSelfRegistered, rules.RolesIncompatible, rules.AlreadyRegistered)
JUDGE_REFUSALS = (store.NoSuchOrganisation, rules.NotAnOfficer, rules.OwnOrganisation, rules.WrongState)
RESUBMIT_REFUSALS = (store.NoSuchOrganisation, rules.NotYourOrganisation, rules.WrongState, *REGISTER_REFUSALS)
PERSON_REFUSALS = (store.NoSuchPerson, rules.NotYourOrganisation, rules.PersonHasLeft, rules.NotYourself)
TOKEN_REFUSALS = (store.NoSuchPerson, rules.PersonHasLeft, rules.ScopeNotAllowed, rules.ExpiryOutOfRange)
REVOKE_REFUSALS = (store.NoSuchToken, rules.NotYourOrganisation, rules.AlreadyRevoked)
SEEING_REFUSALS = (store.NoSuchOrganisation,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """An organisation that has entered, its first person, and that person's token, to be shown once."""

    organisation: OrganisationId
    person: PersonId
    bearer: Bearer
    state: OrganisationState


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A token that has been issued, and its text, to be shown once."""

    token: Token
    bearer: Bearer


def authenticate(unit: Unit, text: str) -> Actor:
    """Return who carries the token. Refuses `TokenNotValid`."""
    bearer = Bearer.parse(text)
    found = store.standing(unit, bearer.id)
    if found is None:
        raise TokenNotValid("the token is unknown, expired or revoked")
    return rules.admit(bearer, found.organisation, found.person, found.token, at=unit.real_now())


def register(
    unit: Unit, cause: Cause, *, name: str, credit_code: str, roles: frozenset[Role], region: str, person: str
) -> Entered:
    """Enter an organisation with its first person, who gets a token for all that its roles will allow."""
    new = unit.fresh(OrganisationId)
    officer = cause.actor.may(Capability.MEMBERS_REGISTER)
    asking = cause if officer else _as(cause, new)
    command = RegisterOrganisation(
        id=new, name=name, credit_code=CreditCode(credit_code), roles=roles, region=Region(region)
    )
    decision = rules.register(command, asking)
    return _enter(unit, asking, decision.organisation, decision.events, person)


def found(unit: Unit, cause: Cause, *, name: str, credit_code: str, region: str, person: str) -> Entered:
    """Enter the operator's own organisation, with its first officer. Refuses `AlreadyFounded`."""
    command = FoundExchange(
        id=unit.fresh(OrganisationId), name=name, credit_code=CreditCode(credit_code), region=Region(region)
    )
    asking = _as(cause, command.id)
    decision = rules.found(command, asking, founded=is_founded(unit))
    return _enter(unit, asking, decision.organisation, decision.events, person)


def is_founded(unit: Unit) -> bool:
    """Whether the exchange has its operator."""
    return bool(store.with_role(unit, Role.OPERATOR))


def enrol_many(unit: Unit, cause: Cause, count: int) -> list[Entered]:
    """Enter `count` verified enterprises at once, for replays; whether time is virtual is the caller's to check."""
    entered, organisations, people, tokens = [], [], [], []
    happened: list[tuple[Cause, Event]] = []
    for _ in range(count):
        new = unit.fresh(OrganisationId)
        command = RegisterOrganisation(
            id=new,
            name=f"Replay bidder {new[-8:]}",
            credit_code=_made_up_code(unit),
            roles=frozenset({Role.ENTERPRISE}),
            region=Region.OUTSIDE,
        )
        decision = rules.enrol(command, cause)
        person = Person(id=unit.fresh(PersonId), organisation=new, name="Replay")
        issued = _issue(unit, _as(cause, new), decision.organisation, person, frozenset({Capability.LOTS_BID}), None)
        organisations.append(decision.organisation)
        people.append(person)
        tokens.append(issued[0].token)
        happened.extend((cause, event) for event in decision.events)
        entered.append(
            Entered(organisation=new, person=person.id, bearer=issued[0].bearer, state=decision.organisation.state)
        )
    store.insert(unit, organisations)
    store.insert_people(unit, people)
    store.insert_tokens(unit, tokens)
    log.record_many(unit, happened)
    return entered


def decide(unit: Unit, cause: Cause, id: OrganisationId, command: Command) -> Organisation:
    """Resubmit, verify, reject, suspend or reinstate an organisation."""
    decision = rules.decide(store.load(unit, id, lock=True), command, cause)
    store.save(unit, decision.organisation)
    log.record(unit, cause, *decision.events)
    return decision.organisation


def add_person(unit: Unit, cause: Cause, name: str) -> Person:
    """Let a person act for the asking organisation."""
    own = store.load(unit, cause.actor.organisation)
    decision = rules.add_person(own, AddPerson(id=unit.fresh(PersonId), name=name), cause)
    store.insert_people(unit, [decision.person])
    log.record(unit, cause, *decision.events)
    return decision.person


def remove_person(unit: Unit, cause: Cause, id: PersonId) -> Person:
    """End a person's acting for the asking organisation; every token of theirs is dead at once."""
    person = store.load_person(unit, id, of=cause.actor.organisation, lock=True)
    decision = rules.remove_person(person, RemovePerson(id=id), cause)
    store.save_person(unit, decision.person)
    log.record(unit, cause, *decision.events)
    return decision.person


def issue_token(
    unit: Unit, cause: Cause, *, person: PersonId, scopes: frozenset[Capability], expires_at: datetime | None
) -> Issued:
    """Give a person of the asking organisation a token, a year long unless it is to end sooner."""
    own = store.load(unit, cause.actor.organisation)
    holder = store.load_person(unit, person, of=own.id, lock=True)
    issued, events = _issue(unit, cause, own, holder, scopes, expires_at)
    store.insert_tokens(unit, [issued.token])
    log.record(unit, cause, *events)
    return issued


def reissue(unit: Unit, cause: Cause, id: OrganisationId) -> Entered:
    """Replace, as an officer, every token of an organisation that is not verified by one for its first person."""
    organisation = store.load(unit, id, lock=True)
    rules.require_reissuable(organisation, cause)
    events: list[Event] = []
    revoked = RevokeToken(revoked_at=unit.real_now())
    for token in store.tokens_of(unit, id):
        if token.revoked_at is None:
            decision = rules.revoke_token(token, revoked, cause)
            store.save_token(unit, decision.token)
            events.extend(decision.events)
    first = next(one for one in store.people_of(unit, id) if one.state is PersonState.ACTIVE)
    bearer, command = _fresh_token(unit, rules.allowed(organisation), None)
    issued = rules.reissue_token(organisation, first, command, cause)
    store.insert_tokens(unit, [issued.token])
    log.record(unit, cause, *events, *issued.events)
    return Entered(organisation=id, person=first.id, bearer=bearer, state=organisation.state)


def revoke_token(unit: Unit, cause: Cause, id: TokenId) -> Token:
    """End a token at once: its own organisation's, or any as an officer."""
    officer = cause.actor.may(Capability.MEMBERS_VERIFY)
    token = store.load_token(unit, id, of=None if officer else cause.actor.organisation)
    decision = rules.revoke_token(token, RevokeToken(revoked_at=unit.real_now()), cause)
    store.save_token(unit, decision.token)
    log.record(unit, cause, *decision.events)
    return decision.token


def find(unit: Unit, id: OrganisationId) -> Organisation:
    """Return an organisation. Refuses `NoSuchOrganisation`."""
    return store.load(unit, id)


def page(unit: Unit, *, state: OrganisationState | None, after: str | None, limit: int) -> list[Organisation]:
    """Return organisations in order of entering."""
    return store.page(unit, state=state, after=after, limit=limit)


def people(unit: Unit, cause: Cause) -> list[Person]:
    """Return the asking organisation's people."""
    return store.people_of(unit, cause.actor.organisation)


def tokens(unit: Unit, cause: Cause) -> list[Token]:
    """Return the asking organisation's tokens, without secrets, which nobody has."""
    return store.tokens_of(unit, cause.actor.organisation)


def operators(unit: Unit) -> frozenset[OrganisationId]:
    """Return the organisations that run the exchange, which may never bid."""
    return frozenset(store.with_role(unit, Role.OPERATOR))


def may_ever(unit: Unit, id: OrganisationId, capability: Capability) -> bool:
    """Whether a verified organisation's roles allow `capability`; false for one that is unknown or not verified."""
    try:
        found = store.load(unit, id)
    except store.NoSuchOrganisation:
        return False
    return found.state is OrganisationState.VERIFIED and capability in rules.allowed(found)


def organisations_of(unit: Unit, people: Collection[PersonId]) -> dict[PersonId, OrganisationId]:
    """Return for whom each of the people acts, leaving out those who are unknown or have left."""
    return store.organisations_of(unit, people)


def _enter(unit: Unit, cause: Cause, new: Organisation, events: Sequence[Event], first: str) -> Entered:
    itself = _as(cause, new.id)
    store.insert(unit, [new])
    decision = rules.add_person(new, AddPerson(id=unit.fresh(PersonId), name=first), itself)
    store.insert_people(unit, [decision.person])
    issued, issue_events = _issue(unit, itself, new, decision.person, rules.allowed(new), None)
    store.insert_tokens(unit, [issued.token])
    log.record(unit, cause, *events, *decision.events, *issue_events)
    return Entered(organisation=new.id, person=decision.person.id, bearer=issued.bearer, state=new.state)


def _issue(
    unit: Unit,
    cause: Cause,
    organisation: Organisation,
    person: Person,
    scopes: frozenset[Capability],
    expires_at: datetime | None,
) -> tuple[Issued, tuple[Event, ...]]:
    bearer, command = _fresh_token(unit, scopes, expires_at)
    decision = rules.issue_token(organisation, person, command, cause)
    return Issued(token=decision.token, bearer=bearer), decision.events


def _fresh_token(unit: Unit, scopes: frozenset[Capability], expires_at: datetime | None) -> tuple[Bearer, IssueToken]:
    secret = urlsafe_b64encode(unit.random(SECRET_BYTES)).rstrip(b"=").decode()
    bearer = Bearer(id=unit.fresh(TokenId), secret=secret)
    now = unit.real_now()
    command = IssueToken(
        id=bearer.id,
        scopes=scopes,
        secret_hash=bearer.secret_hash,
        created_at=now,
        expires_at=expires_at or now + FIRST_TOKEN_LIFE,
    )
    return bearer, command


def _as(cause: Cause, organisation: OrganisationId) -> Cause:
    """Return the cause of an organisation that acts for itself while it is being entered, held back by no token."""
    return replace(cause, actor=replace(cause.actor, organisation=organisation, scopes=frozenset(Capability)))


def _made_up_code(unit: Unit) -> CreditCode:
    """Return a well-formed credit code that no register ever gave out: its place is 000000."""
    body = f"91000000{unit.random_below(10**9):09d}"
    return CreditCode(body + credit_check(body))
