"""How a version of the bidding rules comes into force: proposed by one person of the operator, activated by another.

What must be true of every version that was ever in force:

1. Two people stand behind it. A person is the one the token was given to, however many tokens they hold.
2. Its numbers never change. A number that officers have proposed is used up, whatever became of the proposal; what the
   program ships can be proposed anew, since its numbers are nobody's to choose.
3. What a law says is proposed as the program ships it. What replays run under is proposed by nobody.
4. It is of a format that can be held: there are rules for it, and envelopes where it is sealed.

Permitting takes two people, stopping takes one: a version found to be wrong has to be stopped before the next lot is
announced under it, and nobody is harmed by a lot that waits. Lots that were announced run on under the version they
quote. States are public, so they are judged before the person.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Final

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant

from ..model import (
    LAW_IDS,
    PROFILE_ACTIVATED,
    PROFILE_PROPOSED,
    PROFILE_REJECTED,
    PROFILE_RETIRED,
    REPLAY_IDS,
    Act,
    Activate,
    Format,
    Profile,
    Propose,
    RejectProposal,
    Retire,
    Version,
    VersionCommand,
    VersionDecision,
    VersionState,
)
from .formats import BOOKS
from .profiles import PROFILES

TRANSITIONS: Final[Mapping[tuple[VersionState | None, type[VersionCommand]], VersionState]] = MappingProxyType(
    {
        (None, Propose): VersionState.PROPOSED,
        (VersionState.PROPOSED, Activate): VersionState.ACTIVE,
        (VersionState.PROPOSED, RejectProposal): VersionState.REJECTED,
        (VersionState.ACTIVE, Retire): VersionState.RETIRED,
        (VersionState.REJECTED, Propose): VersionState.PROPOSED,  # what the program ships alone
        (VersionState.RETIRED, Propose): VersionState.PROPOSED,  # likewise
    }
)

SHIPPED_AS: Final = "exchange-"
"""How the names of the exchange's own rules begin that come with the program; it ships the first version of each."""

RANGES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "version": (1, 9_999),
        "min_bidding_s": (60, 366 * 86_400),
        "extension_s": (0, 86_400),
        "grace_ms": (0, 60_000),
    }
)
"""What officers may set each number to, ends included; of others a share is one, a time at most a year."""

SHARES: Final = (0, 10_000)
TIMES: Final = (0, 366 * 86_400)
COUNTS: Final = (0, 1_000)


class NoSuchProfile(Refusal):
    """Nobody has proposed this version of the bidding rules."""

    kind = Kind.NOT_FOUND
    zh = "尚无人提出该竞价规则版本"


class WrongProfileState(Refusal):
    """The version of the bidding rules is not in a state that allows this."""

    kind = Kind.CONFLICT
    zh = "竞价规则版本当前状态不允许此操作"


class VersionTaken(Refusal):
    """This version has been proposed before; a change is a new version."""

    kind = Kind.CONFLICT
    zh = "该版本号已被使用，修改须另立新版本"


class OnePerson(Refusal):
    """Whoever proposed a version does not put it into force."""

    kind = Kind.FORBIDDEN
    zh = "提出人不得启用自己提出的竞价规则版本"


class ReservedName(Refusal):
    """Rules of this name come with the program alone."""

    kind = Kind.MALFORMED
    zh = "该名称的竞价规则由系统随附，不得自拟"


class NoRulesYet(Refusal):
    """There are no rules for this format of auction yet."""

    kind = Kind.CONFLICT
    zh = "该竞价方式尚无规则"


class NeedsEnvelopes(Refusal):
    """A sealed format waits for envelopes that nobody can open early."""

    kind = Kind.CONFLICT
    zh = "密封报价方式须待无人可提前开启的电子标函启用"


class FormatChanged(Refusal):
    """A later version is of the same format as the first."""

    kind = Kind.CONFLICT
    zh = "同一规则的后续版本须为同一竞价方式"


class NumbersOutOfRange(Refusal):
    """A number of the version is out of range."""

    kind = Kind.MALFORMED
    zh = "竞价规则参数超出范围"


VERSION_REFUSALS: Final = (
    NoSuchProfile,
    VersionTaken,
    WrongProfileState,
    OnePerson,
    ReservedName,
    NeedsEnvelopes,
    NoRulesYet,
    FormatChanged,
    NumbersOutOfRange,
)
"""In the order they are checked; of any one command only some apply."""


def decide_version(version: Version | None, command: VersionCommand, cause: Cause) -> VersionDecision:
    """Return what `command` changes, or raise the first of `VERSION_REFUSALS` that applies.

    `version` is None for one that was never proposed. Not checked: that the actor is an officer of the operator's.
    """
    invariant(version is not None or isinstance(command, Propose), "what is decided about has been proposed")
    state = version.state if version else None
    target = TRANSITIONS.get((state, type(command)))
    if isinstance(command, Propose):
        if target is None or (version is not None and not command.shipped):
            raise VersionTaken("propose another version number", state=str(state))
        return _propose(version, command, cause)
    if target is None:
        raise WrongProfileState(f"the version is {state}", state=str(state))
    assert version is not None
    return _act(version, command, cause, target)


def require_holdable(profile: Profile) -> None:
    """Refuse `NeedsEnvelopes`, `NoRulesYet` for a format under which no lot can be held."""
    if profile.format.sealed:
        raise NeedsEnvelopes("amounts could be read before they are opened", format=profile.format.value)
    if profile.format not in BOOKS:
        raise NoRulesYet("this format is announced, and not built yet", format=profile.format.value)


def version_diagram() -> str:
    """Return the table as a Mermaid state diagram, for the documentation."""
    arrows = [f"    {source or '[*]'} --> {to}: {command.__name__}" for (source, command), to in TRANSITIONS.items()]
    return "\n".join(["stateDiagram-v2", *arrows, ""])


def _propose(known: Version | None, command: Propose, cause: Cause) -> VersionDecision:
    if command.shipped:
        invariant(PROFILES.get(command.profile.ref) == command.profile, "what is shipped is proposed as it is shipped")
        if command.profile.id in REPLAY_IDS:
            raise ReservedName("replays run under it, and need nobody's leave", cited=command.profile.ref)
        require_holdable(command.profile)
    else:
        _require_own(command.profile)
    invariant(known is None or known.profile == command.profile, "a version's numbers never change")
    name = known.id if known else command.id
    version = Version(id=name, profile=command.profile, state=VersionState.PROPOSED, proposed=Act.of(cause))
    event = PROFILE_PROPOSED(name, rule=command.profile.ref, profile=command.profile.to_json(), by=cause.actor.named)
    return VersionDecision(version=version, events=(event,))


def _require_own(profile: Profile) -> None:
    """Refuse a version of the officers' own that takes a name, a format or numbers which are not theirs to choose."""
    _require_own_name(profile)
    require_holdable(profile)
    first = PROFILES.get(f"{profile.id}@1")
    if first is not None and first.format is not profile.format:
        raise FormatChanged("choose another name for another format", format=first.format.value)
    if profile.needs_increments and profile.format is Format.DUTCH:
        raise NumbersOutOfRange("a falling price has steps, and no increments", field="needs_increments")
    if profile.needs_listing is (profile.format is Format.REVERSE):
        raise NumbersOutOfRange("what is sold is listed, and what is wanted is not", field="needs_listing")
    if not profile.needs_deposit:
        raise NumbersOutOfRange("no deal rests on a bidder without a deposit", field="needs_deposit")
    for one in fields(profile):
        value = getattr(profile, one.name)
        least, most = RANGES.get(one.name) or (
            SHARES if one.name.endswith("_bp") else TIMES if one.name.endswith("_s") else COUNTS
        )
        if isinstance(value, int) and not isinstance(value, bool) and not least <= value <= most:
            raise NumbersOutOfRange("give a number in range", field=one.name, smallest=least, largest=most)


def _require_own_name(profile: Profile) -> None:
    later = f"{profile.id}@1" in PROFILES and profile.version > 1
    of_the_program = profile.id.startswith((SHIPPED_AS, "judicial", "replay"))
    if profile.id in LAW_IDS | REPLAY_IDS or (of_the_program and not later):
        raise ReservedName("choose a name of your own, or a later version of a shipped one", cited=profile.ref)


def _act(
    version: Version, command: Activate | RejectProposal | Retire, cause: Cause, target: VersionState
) -> VersionDecision:
    act = Act.of(cause)
    match command:
        case Activate():
            if version.proposed is not None and version.proposed.person == act.person:
                raise OnePerson("another person of the operator puts it into force")
            require_holdable(version.profile)
            after, kind = replace(version, state=target, activated=act), PROFILE_ACTIVATED
        case RejectProposal():
            after, kind = replace(version, state=target, ended=act), PROFILE_REJECTED
        case Retire():
            after, kind = replace(version, state=target, ended=act), PROFILE_RETIRED
    event = kind(version.id, rule=version.profile.ref, ref=version.profile.ref, by=cause.actor.named)
    return VersionDecision(version=after, events=(event,))
