"""The verbs of a membership: entering, verifying, rejecting, suspending an organisation.

An organisation enters itself, or an officer of the operator enters it; authorities (operator, regulator) never enter
themselves and never trade. Officers judge others, not their own organisation; the operator's is founded once, verified.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ledger.kernel.cause import Actor, Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.log.model import Event, EventKind

from ..model import (
    MEMBER_REGISTERED,
    MEMBER_REINSTATED,
    MEMBER_REJECTED,
    MEMBER_RESUBMITTED,
    MEMBER_SUSPENDED,
    MEMBER_VERIFIED,
    Capability,
    Command,
    Decision,
    FoundExchange,
    Organisation,
    OrganisationState,
    RegisterOrganisation,
    Reinstate,
    Reject,
    Resubmit,
    Role,
    Suspend,
    Verify,
)

TRANSITIONS: Mapping[tuple[OrganisationState, type[Command]], OrganisationState] = MappingProxyType(
    {
        (OrganisationState.REGISTERED, Verify): OrganisationState.VERIFIED,
        (OrganisationState.REGISTERED, Reject): OrganisationState.REJECTED,
        (OrganisationState.REJECTED, Resubmit): OrganisationState.REGISTERED,
        (OrganisationState.VERIFIED, Suspend): OrganisationState.SUSPENDED,
        (OrganisationState.SUSPENDED, Reinstate): OrganisationState.VERIFIED,
    }
)
"""No state is final: a membership is never deleted, only suspended."""

AUTHORITIES = frozenset({Role.OPERATOR, Role.REGULATOR})
"""The roles that judge or watch: entered by an officer, and held alone."""


class NotAnOfficer(Refusal):
    """Only an officer of the operator may do this."""

    kind = Kind.FORBIDDEN
    zh = "仅运营机构人员可以操作"


class OwnOrganisation(Refusal):
    """An officer does not judge its own organisation."""

    kind = Kind.FORBIDDEN
    zh = "不得审核本单位"


class NotYourOrganisation(Refusal):
    """This belongs to another organisation."""

    kind = Kind.FORBIDDEN
    zh = "不属于本单位"


class WrongState(Refusal):
    """The organisation is not in a state that allows this."""

    kind = Kind.CONFLICT
    zh = "会员当前状态不允许该操作"


class RoleNotSelfRegistered(Refusal):
    """An authority does not register itself."""

    kind = Kind.FORBIDDEN
    zh = "该角色不可自行注册"


class RolesIncompatible(Refusal):
    """An authority holds no other role."""

    kind = Kind.CONFLICT
    zh = "运营或监管机构不得兼任其他角色"


class AlreadyFounded(Refusal):
    """The exchange has its operator already."""

    kind = Kind.CONFLICT
    zh = "交易平台已设立运营机构"


class AlreadyRegistered(Refusal):
    """An organisation with this credit code is registered already.

    Raised by the store: only its unique index knows.
    """

    kind = Kind.CONFLICT
    zh = "该统一社会信用代码已注册"


ORGANISATION_REFUSALS = (
    NotAnOfficer,
    OwnOrganisation,
    NotYourOrganisation,
    WrongState,
    AlreadyFounded,
    RoleNotSelfRegistered,
    RolesIncompatible,
    AlreadyRegistered,
)
"""In the order they are checked."""


def found(command: FoundExchange, cause: Cause, *, founded: bool) -> Decision:
    """Enter the operator's own organisation, verified, unless the exchange is `founded` already. For set-up alone.

    Refuses `AlreadyFounded`.
    """
    if founded:
        raise AlreadyFounded("further operators are registered and verified by its officers")
    organisation = Organisation(
        id=command.id,
        name=command.name,
        credit_code=command.credit_code,
        roles=frozenset({Role.OPERATOR}),
        region=command.region,
        state=OrganisationState.VERIFIED,
    )
    return Decision(organisation=organisation, events=(_entered(MEMBER_REGISTERED, organisation, cause),))


def register(command: RegisterOrganisation, cause: Cause) -> Decision:
    """Enter an organisation. When it enters itself, the cause's organisation is the one being entered.

    Refuses `NotAnOfficer`, `RoleNotSelfRegistered`, `RolesIncompatible`.
    """
    officer = cause.actor.may(Capability.MEMBERS_REGISTER)
    if not officer and cause.actor.organisation != command.id:
        raise NotAnOfficer("an organisation is entered by itself or by an officer")
    _require_roles(command.roles, granted=AUTHORITIES if officer else frozenset())
    organisation = Organisation(
        id=command.id,
        name=command.name,
        credit_code=command.credit_code,
        roles=command.roles,
        region=command.region,
    )
    return Decision(organisation=organisation, events=(_entered(MEMBER_REGISTERED, organisation, cause),))


def enrol(command: RegisterOrganisation, cause: Cause) -> Decision:
    """Enter an organisation already verified: for replays on a virtual exchange alone, where nobody is judged."""
    invariant(not command.roles & AUTHORITIES, "a replay needs no authorities")
    organisation = Organisation(
        id=command.id,
        name=command.name,
        credit_code=command.credit_code,
        roles=command.roles,
        region=command.region,
        state=OrganisationState.VERIFIED,
    )
    return Decision(organisation=organisation, events=(_entered(MEMBER_REGISTERED, organisation, cause),))


def decide(organisation: Organisation, command: Command, cause: Cause) -> Decision:
    """Return what `command` changes, or raise the first of `ORGANISATION_REFUSALS` that applies."""
    _require_authority(organisation, command, cause.actor)
    target = TRANSITIONS.get((organisation.state, type(command)))
    if target is None:
        verb = type(command).__name__.lower()
        raise WrongState(f"cannot {verb} an organisation that is {organisation.state}", state=organisation.state)
    moved = replace(
        organisation, state=target, reasons=command.reasons if isinstance(command, Reject | Suspend) else ()
    )
    match command:
        case Resubmit():
            return _resubmit(moved, command, cause)
        case Verify():
            event = MEMBER_VERIFIED(moved.id, state=target, by=cause.actor.named)
        case Reject():
            event = MEMBER_REJECTED(moved.id, state=target, reasons=moved.reasons, by=cause.actor.named)
        case Suspend():
            event = MEMBER_SUSPENDED(moved.id, state=target, reasons=moved.reasons, by=cause.actor.named)
        case Reinstate():
            event = MEMBER_REINSTATED(moved.id, state=target, by=cause.actor.named)
    return Decision(organisation=moved, events=(event,))


def diagram() -> str:
    """Return the states and commands as a Mermaid state diagram, drawn from `TRANSITIONS`."""
    arrows = [
        f"    {source} --> {target}: {command.__name__.lower()}" for (source, command), target in TRANSITIONS.items()
    ]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {OrganisationState.REGISTERED}", *arrows, ""])


def _require_authority(organisation: Organisation, command: Command, actor: Actor) -> None:
    if isinstance(command, Resubmit):
        if actor.organisation != organisation.id:
            raise NotYourOrganisation("a registration is mended by its own organisation")
        return
    require_judge(organisation, actor)


def require_judge(organisation: Organisation, actor: Actor) -> None:
    """Refuse `NotAnOfficer`, `OwnOrganisation` unless the actor judges the organisation."""
    if not actor.may(Capability.MEMBERS_VERIFY):
        raise NotAnOfficer("this needs an officer", capability=Capability.MEMBERS_VERIFY)
    if actor.organisation == organisation.id:
        raise OwnOrganisation("another operator's officer must decide this")


def _require_roles(roles: frozenset[Role], *, granted: frozenset[Role]) -> None:
    claimed = roles & AUTHORITIES - granted
    if claimed:
        raise RoleNotSelfRegistered("an officer registers authorities", role=min(claimed))
    if roles & AUTHORITIES and len(roles) > 1:
        raise RolesIncompatible("who judges or watches the trade takes no other part in it")


def _resubmit(organisation: Organisation, command: Resubmit, cause: Cause) -> Decision:
    _require_roles(command.roles, granted=organisation.roles)
    mended = replace(
        organisation,
        name=command.name,
        credit_code=command.credit_code,
        roles=command.roles,
        region=command.region,
    )
    return Decision(organisation=mended, events=(_entered(MEMBER_RESUBMITTED, mended, cause),))


def _entered(kind: EventKind, organisation: Organisation, cause: Cause) -> Event:
    return kind(
        organisation.id,
        state=organisation.state,
        roles=sorted(role.value for role in organisation.roles),
        region=organisation.region,
        name=organisation.name,
        credit_code=organisation.credit_code,
        by=cause.actor.named,
    )
