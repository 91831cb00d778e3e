"""Which role may do what, and what a token lets its bearer do now. What is not granted here is denied."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from ledger.kernel.cause import Actor

from ..model import (
    Bearer,
    Capability,
    Organisation,
    OrganisationState,
    Person,
    PersonState,
    Role,
    Token,
    TokenNotValid,
)

UNVERIFIED_CAPABILITIES = frozenset({Capability.MEMBERS_MANAGE})
"""All that an organisation may do before it is verified: look after itself."""

SUSPENDED_CAPABILITIES = UNVERIFIED_CAPABILITIES | {
    Capability.CONTRACTS_WRITE,
    Capability.CONTRACTS_SIGN,
    Capability.SETTLEMENTS_SETTLE,
    Capability.DEALS_READ,
    Capability.PACKS_READ,
}
"""What a suspended one may still do: keep its word. Were it kept from signing, the operator could make it default."""

_TRADING = frozenset(
    {
        Capability.MEMBERS_MANAGE,
        Capability.LISTINGS_WRITE,
        Capability.LOTS_WRITE,
        Capability.LOTS_SCORE,
        Capability.CONTRACTS_WRITE,
        Capability.CONTRACTS_SIGN,
        Capability.SETTLEMENTS_SETTLE,
        Capability.DEALS_READ,
        Capability.SUBSIDIES_CLAIM,
        Capability.PACKS_READ,
    }
)
"""What everybody may do who sells."""

ROLE_CAPABILITIES: Mapping[Role, frozenset[Capability]] = MappingProxyType(
    {
        Role.UNIVERSITY: _TRADING,
        Role.ENTERPRISE: _TRADING | {Capability.LOTS_BID},
        Role.REGULATOR: frozenset(
            {
                Capability.MEMBERS_MANAGE,
                Capability.MEMBERS_READ,
                Capability.LISTINGS_READ_INTERNAL,
                Capability.DEALS_READ,
                Capability.DEALS_READ_ALL,
                Capability.DEALS_FREEZE,
                Capability.SUBSIDIES_DECIDE,
                Capability.PACKS_READ,
                Capability.LEDGER_READ_DISCLOSURES,
            }
        ),
        Role.OPERATOR: frozenset(
            {
                Capability.MEMBERS_MANAGE,
                Capability.MEMBERS_READ,
                Capability.MEMBERS_REGISTER,
                Capability.MEMBERS_VERIFY,
                Capability.LISTINGS_REVIEW,
                Capability.LISTINGS_READ_INTERNAL,
                Capability.PROFILES_MANAGE,
                Capability.LOTS_SUSPEND,
                Capability.DEPOSITS_CONFIRM,
                Capability.PAYMENTS_RECORD,
                Capability.CONTRACTS_REGISTER,
                Capability.DEALS_READ,
                Capability.DEALS_READ_ALL,
                Capability.PACKS_READ,
                Capability.CLOCK_MOVE,
                Capability.REPLAY_ONBOARD,
            }
        ),
        Role.BANK: frozenset({Capability.MEMBERS_MANAGE, Capability.LOTS_SCORE}),
        Role.FUND: frozenset({Capability.MEMBERS_MANAGE, Capability.LOTS_SCORE}),
        Role.SERVICE_AGENCY: frozenset(  # its commissions
            {Capability.MEMBERS_MANAGE, Capability.LOTS_SCORE, Capability.DEALS_READ}
        ),
    }
)


def allowed(organisation: Organisation) -> frozenset[Capability]:
    """Return what the organisation's roles allow once it is verified: the widest scopes its tokens may have."""
    return frozenset().union(*(ROLE_CAPABILITIES[role] for role in organisation.roles))


def capabilities(organisation: Organisation, person: Person, token: Token, *, at: datetime) -> frozenset[Capability]:
    """Return what `token` lets its bearer do at the real instant `at`; nothing, unless all three belong together.

    It is never more than the token's scopes, nor more than the organisation may do in the state it is in now: a
    suspension or a change of roles takes effect with the next request.
    """
    belongs = token.organisation == person.organisation == organisation.id and token.person == person.id
    if not belongs or not token.is_live(at) or person.state is not PersonState.ACTIVE:
        return frozenset()
    now = allowed(organisation)
    if organisation.state is OrganisationState.SUSPENDED:
        now &= SUSPENDED_CAPABILITIES
    elif organisation.state is not OrganisationState.VERIFIED:
        now &= UNVERIFIED_CAPABILITIES
    return token.scopes & now


def admit(bearer: Bearer, organisation: Organisation, person: Person, token: Token, *, at: datetime) -> Actor:
    """Return who the bearer acts as at the real instant `at`.

    Refuses `TokenNotValid`: another secret, revoked, expired, or its person has left. An actor without capabilities is
    still an actor: what it may not do is refused at each door.
    """
    live = token.is_live(at) and person.state is PersonState.ACTIVE
    if not bearer.opens(token) or not live:
        raise TokenNotValid("the token is unknown, expired or revoked")
    return Actor(
        organisation=organisation.id,
        person=person.id,
        capabilities=frozenset(capabilities(organisation, person, token, at=at)),
        scopes=frozenset(token.scopes),
        roles=frozenset(organisation.roles),
    )
