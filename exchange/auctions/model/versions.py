"""A version of the bidding rules on its way into force (竞价规则版本的启用): who proposed it, who put it into force."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self, TypeAlias

from ledger.kernel.cause import Cause
from ledger.kernel.errors import invariant
from ledger.kernel.ids import Id, OrganisationId, PersonId
from ledger.log.model import Event, event_kind

from .profiles import Profile

LAW_IDS: Final = frozenset({"judicial-2016"})
"""Names of what a law says: only the numbers that the program ships."""

REPLAY_IDS: Final = frozenset({"replay", "replay-proxy", "replay-extended"})
"""Names of what replays alone run under: nobody puts it into force, and no deal may rest on it."""

FROM_BEFORE: Final = frozenset({"judicial-2016@1"})
"""What exchanges ran under before versions were put into force by two: one that did goes on so, with no entry of it."""


class ProfileId(Id, prefix="prf"):
    """Names a version of the bidding rules; also the subject of its entries."""


class VersionState(StrEnum):
    """How far along a version is; the comment says who acts next."""

    PROPOSED = "proposed"  # another person of the operator: activates or rejects it
    ACTIVE = "active"  # sellers: may announce lots under it, from its day on
    RETIRED = "retired"  # nobody: lots that were announced run on under it
    REJECTED = "rejected"  # nobody: its number is used up


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who did it, and when. The person is told to nobody: what is shown is the organisation."""

    organisation: OrganisationId
    person: PersonId
    at: datetime

    @classmethod
    def of(cls, cause: Cause) -> Self:
        """Return the act of a cause that has a person."""
        invariant(cause.actor.person is not None, "a version of the rules is a person's act")
        assert cause.actor.person is not None
        return cls(organisation=cause.actor.organisation, person=cause.actor.person, at=cause.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of the bidding rules, and how it stands. One that was in force before has nobody who proposed it."""

    id: ProfileId
    profile: Profile
    state: VersionState
    proposed: Act | None = None
    activated: Act | None = None
    ended: Act | None = None  # rejected, or retired


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose:
    """Propose a version. `shipped`: it comes with the program, so its numbers are nobody's to choose."""

    id: ProfileId
    profile: Profile
    shipped: bool


@dataclass(frozen=True, slots=True)
class Activate:
    """Put a proposed version into force, as another person than proposed it."""


@dataclass(frozen=True, slots=True)
class RejectProposal:
    """Turn a proposal down, or take one's own back."""


@dataclass(frozen=True, slots=True)
class Retire:
    """Let no more lots be announced under it. Those that were run on."""


VersionCommand: TypeAlias = Propose | Activate | RejectProposal | Retire
VERSION_COMMANDS: Final[tuple[type[VersionCommand], ...]] = (Propose, Activate, RejectProposal, Retire)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDecision:
    """What accepting a command changes, and what to record of it."""

    version: Version
    events: tuple[Event, ...]


# `profile` has every number, as lots quote them; `ref` cites it. Who acted is sealed.
PROFILE_PROPOSED = event_kind("auction.profile_proposed", public="profile", sealed="by")
PROFILE_ACTIVATED = event_kind("auction.profile_activated", public="ref", sealed="by")
PROFILE_REJECTED = event_kind("auction.profile_rejected", public="ref", sealed="by")
PROFILE_RETIRED = event_kind("auction.profile_retired", public="ref", sealed="by")

VERSION_KINDS = (PROFILE_PROPOSED, PROFILE_ACTIVATED, PROFILE_REJECTED, PROFILE_RETIRED)
"""Everything that can happen to a version of the rules on the record."""
