"""Every statement on the members wing's tables."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from psycopg.errors import UniqueViolation

from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.unit import Unit
from listings.achievements.model import Region

from . import rules
from .model import (
    Capability,
    CreditCode,
    Organisation,
    OrganisationState,
    Person,
    PersonState,
    Role,
    Token,
    TokenId,
)
from .tables import organisation, person, token


class NoSuchOrganisation(Refusal):
    """There is no such organisation."""

    kind = Kind.NOT_FOUND
    zh = "没有这个单位"


class NoSuchPerson(Refusal):
    """There is no such person in your organisation."""

    kind = Kind.NOT_FOUND
    zh = "本单位没有这个人员"


class NoSuchToken(Refusal):
    """There is no such token in your organisation."""

    kind = Kind.NOT_FOUND
    zh = "本单位没有这个令牌"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A token with the person and organisation it stands for."""

    token: Token
    person: Person
    organisation: Organisation


def load(unit: Unit, id: OrganisationId, *, lock: bool = False) -> Organisation:
    """Return the organisation. Refuses `NoSuchOrganisation`."""
    query = sa.select(organisation).where(organisation.c.id == id)
    row = unit.connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NoSuchOrganisation("there is no organisation of this name")
    return _organisation(row)


def load_person(unit: Unit, id: PersonId, *, of: OrganisationId, lock: bool = False) -> Person:
    """Return a person of the organisation `of`. Refuses `NoSuchPerson`."""
    query = sa.select(person).where(person.c.id == id, person.c.organisation == of)
    row = unit.connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NoSuchPerson("there is no person of this name in your organisation")
    return _person(row)


def load_token(unit: Unit, id: TokenId, *, of: OrganisationId | None) -> Token:
    """Return a token, of the organisation `of` unless that is None, locked. Refuses `NoSuchToken`."""
    query = sa.select(token).where(token.c.id == id).with_for_update()
    if of is not None:
        query = query.where(token.c.organisation == of)
    row = unit.connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchToken("there is no token of this name in your organisation")
    return _token(row)


_STANDING_COLUMNS = [
    *token.c,
    *(one.label(f"o_{one.name}") for one in organisation.c),
    person.c.name.label("p_name"),
    person.c.state.label("p_state"),
]
_STANDING = (  # every request asks this, so it is built once
    sa.select(*_STANDING_COLUMNS)
    .join_from(token, organisation, organisation.c.id == token.c.organisation)
    .join(person, person.c.id == token.c.person)
    .where(token.c.id == sa.bindparam("of"))
)


def standing(unit: Unit, id: TokenId) -> Standing | None:
    """Return what a token stands for, in one statement."""
    row = unit.connection.execute(_STANDING, {"of": id}).one_or_none()
    if row is None:
        return None
    return Standing(
        token=_token(row),
        person=Person(
            id=PersonId(row.person),
            organisation=OrganisationId(row.organisation),
            name=row.p_name,
            state=PersonState(row.p_state),
        ),
        organisation=_organisation(row, "o_"),
    )


def insert(unit: Unit, new: Sequence[Organisation]) -> None:
    """Write organisations that are not there yet. Refuses `AlreadyRegistered`."""
    with _unique_codes(unit):
        unit.connection.execute(sa.insert(organisation), [{"id": one.id} | _columns(one) for one in new])


def save(unit: Unit, changed: Organisation) -> None:
    """Write an organisation that was loaded with a lock. Refuses `AlreadyRegistered`."""
    with _unique_codes(unit):
        unit.connection.execute(
            sa.update(organisation).where(organisation.c.id == changed.id).values(**_columns(changed))
        )


@contextmanager
def _unique_codes(unit: Unit) -> Iterator[None]:
    """Say in the domain's words that another organisation, not rejected, has the credit code."""
    try:
        with unit.savepoint():
            yield
    except sa.exc.IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            raise rules.AlreadyRegistered("this credit code is registered already") from error
        raise


def insert_people(unit: Unit, new: Sequence[Person]) -> None:
    """Write people who are not there yet."""
    unit.connection.execute(
        sa.insert(person),
        [{"id": one.id, "organisation": one.organisation, "name": one.name, "state": one.state} for one in new],
    )


def save_person(unit: Unit, changed: Person) -> None:
    """Write a person who was loaded with a lock."""
    unit.connection.execute(
        sa.update(person).where(person.c.id == changed.id).values(name=changed.name, state=changed.state)
    )


def insert_tokens(unit: Unit, new: Sequence[Token]) -> None:
    """Write tokens that are not there yet."""
    unit.connection.execute(
        sa.insert(token),
        [
            {
                "id": one.id,
                "organisation": one.organisation,
                "person": one.person,
                "scopes": sorted(one.scopes),
                "secret_hash": one.secret_hash,
                "created_at": one.created_at,
                "expires_at": one.expires_at,
                "revoked_at": one.revoked_at,
            }
            for one in new
        ],
    )


def save_token(unit: Unit, changed: Token) -> None:
    """Write that a token was revoked."""
    unit.connection.execute(sa.update(token).where(token.c.id == changed.id).values(revoked_at=changed.revoked_at))


def with_role(unit: Unit, role: Role) -> list[OrganisationId]:
    """Return the organisations of a role."""
    rows = unit.connection.execute(sa.select(organisation.c.id).where(organisation.c.roles.contains([role.value])))
    return [OrganisationId(name) for name in rows.scalars()]


def page(unit: Unit, *, state: OrganisationState | None, after: str | None, limit: int) -> list[Organisation]:
    """Return organisations in id order, those after `after`."""
    query = sa.select(organisation).order_by(organisation.c.id).limit(limit)
    if state is not None:
        query = query.where(organisation.c.state == state)
    if after is not None:
        query = query.where(organisation.c.id > after)
    return [_organisation(row) for row in unit.connection.execute(query)]


def organisations_of(unit: Unit, people: Collection[PersonId]) -> dict[PersonId, OrganisationId]:
    """Return for whom each of the people acts, leaving out those who are unknown or have left."""
    query = sa.select(person).where(person.c.id.in_(list(people)), person.c.state == PersonState.ACTIVE)
    return {PersonId(row.id): OrganisationId(row.organisation) for row in unit.connection.execute(query)}


def people_of(unit: Unit, of: OrganisationId) -> list[Person]:
    """Return an organisation's people, the first first."""
    rows = unit.connection.execute(sa.select(person).where(person.c.organisation == of).order_by(person.c.id))
    return [_person(row) for row in rows]


def tokens_of(unit: Unit, of: OrganisationId) -> list[Token]:
    """Return an organisation's tokens, the first first; never their secrets, which nobody has."""
    rows = unit.connection.execute(sa.select(token).where(token.c.organisation == of).order_by(token.c.id))
    return [_token(row) for row in rows]


def _organisation(row: sa.Row[tuple[object, ...]], prefix: str = "") -> Organisation:
    column = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Organisation(
        id=OrganisationId(column[f"{prefix}id"]),
        name=column[f"{prefix}name"],
        credit_code=CreditCode(column[f"{prefix}credit_code"]),
        roles=frozenset(Role(one) for one in column[f"{prefix}roles"]),
        region=Region(column[f"{prefix}region"]),
        state=OrganisationState(column[f"{prefix}state"]),
        reasons=tuple(column[f"{prefix}reasons"]),
    )


def _person(row: sa.Row[tuple[object, ...]]) -> Person:
    return Person(
        id=PersonId(row.id),
        organisation=OrganisationId(row.organisation),
        name=row.name,
        state=PersonState(row.state),
    )


def _token(row: sa.Row[tuple[object, ...]]) -> Token:
    return Token(
        id=TokenId(row.id),
        organisation=OrganisationId(row.organisation),
        person=PersonId(row.person),
        scopes=frozenset(Capability(one) for one in row.scopes),
        secret_hash=row.secret_hash,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def _columns(one: Organisation) -> dict[str, object]:
    return {
        "name": one.name,
        "credit_code": one.credit_code,
        "roles": sorted(one.roles),
        "region": one.region,
        "state": one.state,
        "reasons": list(one.reasons),
    }
