"""What the members wing's requests and answers look like."""

from typing import Annotated

from pydantic import Field, StrictStr

from ledger.kernel.ids import PersonId
from ledger.kernel.web import Instant, Shape, named
from listings.achievements.model import Region

from ..model import Capability, Organisation, OrganisationState, Person, Role, Token

Name = Annotated[StrictStr, Field(max_length=1000)]


class Registration(Shape):
    """An organisation that wants to trade, and the person who will act for it first."""

    name: Name
    credit_code: Annotated[StrictStr, Field(max_length=40, description="统一社会信用代码, GB 32100")]
    roles: Annotated[list[Role], Field(min_length=1, max_length=7)]
    region: Annotated[Region, Field(description="the league or city, GB/T 2260")]
    person: Name


class Entry(Shape):
    """An organisation that has entered; `token` is shown once and never again."""

    organisation: str
    person: str
    state: OrganisationState
    token: Annotated[str | None, Field(description="shown once: a repeated request answers null")] = None


class Reasons(Shape):
    """Why, in words the organisation can act on."""

    reasons: Annotated[list[Name], Field(min_length=1, max_length=20)]


class Mended(Shape):
    """A rejected registration, mended."""

    name: Name
    credit_code: Annotated[StrictStr, Field(max_length=40)]
    roles: Annotated[list[Role], Field(min_length=1, max_length=7)]
    region: Region


class OrganisationStanding(Shape):
    """What an organisation is now."""

    id: str
    state: OrganisationState


class OrganisationShape(Shape):
    """An organisation with its names, for those who may read them."""

    id: str
    name: str
    credit_code: str
    roles: list[Role]
    region: Region
    state: OrganisationState
    reasons: list[str]

    @classmethod
    def of(cls, one: Organisation) -> "OrganisationShape":
        """Write an organisation."""
        return cls(
            id=one.id,
            name=one.name,
            credit_code=one.credit_code,
            roles=sorted(one.roles),
            region=one.region,
            state=one.state,
            reasons=list(one.reasons),
        )


class OrganisationPage(Shape):
    """Some organisations, and the identifier to go on after."""

    items: list[OrganisationShape]
    next: str | None


class Me(Shape):
    """Who the bearer of this token is, and what it may do now."""

    organisation: OrganisationShape
    person: str | None
    capabilities: list[str]


class NewPerson(Shape):
    """A person who is to act for the organisation."""

    name: Name


class PersonState(Shape):
    """What a person is now."""

    id: str
    state: str


class PersonShape(Shape):
    """A person of one's own organisation."""

    id: str
    name: str
    state: str

    @classmethod
    def of(cls, one: Person) -> "PersonShape":
        """Write a person."""
        return cls(id=one.id, name=one.name, state=one.state)


class NewToken(Shape):
    """A token to issue: to whom, for what, until when (a year, unless sooner)."""

    person: Annotated[PersonId, named(PersonId)]
    scopes: Annotated[list[Capability], Field(min_length=1, max_length=len(Capability))]
    expires_at: Instant | None = None


class TokenShape(Shape):
    """A token without its secret."""

    id: str
    person: str
    scopes: list[Capability]
    created_at: Instant
    expires_at: Instant
    revoked_at: Instant | None

    @classmethod
    def of(cls, one: Token) -> "TokenShape":
        """Write a token."""
        return cls(
            id=one.id,
            person=one.person,
            scopes=sorted(one.scopes),
            created_at=one.created_at,
            expires_at=one.expires_at,
            revoked_at=one.revoked_at,
        )


class IssuedToken(TokenShape):
    """A new token; `token` is shown once and never again."""

    token: Annotated[str | None, Field(description="shown once: a repeated request answers null")] = None
