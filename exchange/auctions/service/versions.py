"""Putting versions of the bidding rules into force, and finding those that are.

The row of a version is locked before it is decided about, and held while a lot is announced under it: of two officers
who activate it one does, and no lot is announced behind its retirement.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from ledger.kernel.cause import Cause
from ledger.kernel.unit import Unit
from ledger.log import service as log

from .. import rules, store
from ..model import Activate, Profile, ProfileId, Propose, RejectProposal, Retire, Version, VersionState

PROPOSE_REFUSALS: Final = (
    rules.UnknownProfile,
    rules.VersionTaken,
    rules.ReservedName,
    rules.NeedsEnvelopes,
    rules.NoRulesYet,
    rules.FormatChanged,
    rules.NumbersOutOfRange,
)
ACTIVATE_REFUSALS: Final = (
    rules.NoSuchProfile,
    rules.WrongProfileState,
    rules.OnePerson,
    rules.NeedsEnvelopes,
    rules.NoRulesYet,
)
END_REFUSALS: Final = (rules.NoSuchProfile, rules.WrongProfileState)
CITING_REFUSALS: Final = (rules.UnknownProfile, rules.ProfileNotActive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Some versions, and what the program ships that nobody has proposed."""

    found: tuple[Version, ...]
    not_proposed: tuple[str, ...]


def propose_shipped(unit: Unit, cause: Cause, ref: str) -> Version:
    """Propose a version that comes with the program. Refuses `PROPOSE_REFUSALS`."""
    return _propose(unit, cause, Propose(id=unit.fresh(ProfileId), profile=rules.find(ref), shipped=True))


def propose_own(unit: Unit, cause: Cause, profile: Profile, *, named: Collection[str]) -> Version:
    """Propose a version of the officers' own. Refuses `PROPOSE_REFUSALS`.

    A later version of what the program ships is what its first version is, but for the fields that are `named`.
    """
    first = rules.PROFILES.get(f"{profile.id}@1")
    if first is not None and profile.version > 1:
        profile = replace(first, **{name: getattr(profile, name) for name in named})
    return _propose(unit, cause, Propose(id=unit.fresh(ProfileId), profile=profile, shipped=False))


def decide_version(unit: Unit, cause: Cause, ref: str, command: Activate | RejectProposal | Retire) -> Version:
    """Activate, reject or retire a version. Refuses `ACTIVATE_REFUSALS`."""
    known = store.find_version(unit, ref, lock=True)
    if known is None:
        raise _unknown(ref)
    decision = rules.decide_version(known, command, cause)
    store.save_version(unit, decision.version)
    log.record(unit, cause, *decision.events)
    return decision.version


def find_version(unit: Unit, ref: str) -> Version:
    """Return a version that was proposed once. Refuses `NoSuchProfile`."""
    known = store.find_version(unit, ref)
    if known is None:
        raise _unknown(ref)
    return known


def page_versions(unit: Unit, *, states: Collection[VersionState], after: ProfileId | None, limit: int) -> Versions:
    """Return versions in one of `states`, the first proposed first."""
    found = store.page_versions(unit, states=states, after=after, limit=limit)
    holdable = [one for one in rules.PROFILES.values() if one.ref not in rules.REPLAYS and not one.format.sealed]
    left = [one.ref for one in holdable if store.find_version(unit, one.ref) is None]
    return Versions(found=tuple(found), not_proposed=tuple(left))


def cited(unit: Unit, ref: str) -> Profile:
    """Return the version that a seller cites for a lot. Refuses `CITING_REFUSALS`, and says what is in force.

    That it stays so until the lot is announced is not checked: see `is_inactive`.
    """
    if ref in rules.REPLAYS:
        raise rules.UnknownProfile("replays alone run under this version", cited=ref)
    known = store.find_version(unit, ref)
    if known is not None and known.state is VersionState.ACTIVE:
        return known.profile
    active = ", ".join(store.active_refs(unit)) or "none"
    if known is None and ref not in rules.PROFILES:
        raise rules.UnknownProfile("cite a version in force", active=active)
    standing = str(known.state) if known else "not proposed"
    raise rules.ProfileNotActive(f"{ref} is {standing}; cite a version in force", cited=ref, active=active)


def is_inactive(unit: Unit, ref: str) -> bool:
    """Whether no lot may be announced under a version now; it stays as it is until the unit ends."""
    return store.hold_version(unit, ref) is not VersionState.ACTIVE


def replay_profile(ref: str) -> Profile:
    """Return a version that replays run under; nobody puts it into force. Refuses `UnknownProfile`."""
    if ref not in rules.REPLAYS:
        raise rules.UnknownProfile(
            "replays run under versions of their own", published=", ".join(sorted(rules.REPLAYS))
        )
    return rules.find(ref)


def _propose(unit: Unit, cause: Cause, command: Propose) -> Version:
    known = store.find_version(unit, command.profile.ref, lock=True)
    decision = rules.decide_version(known, command, cause)
    if known is None:
        store.insert_version(unit, decision.version)
    else:
        store.save_version(unit, decision.version)
    log.record(unit, cause, *decision.events)
    return decision.version


def _unknown(ref: str) -> rules.NoSuchProfile:
    return rules.NoSuchProfile("nobody has proposed it", cited=ref)
