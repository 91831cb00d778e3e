"""Build versions of the bidding rules; a test overrides only what it is about."""

from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from hypothesis import strategies as st

from exchange.auctions import rules
from exchange.auctions.model import (
    Activate,
    Format,
    Profile,
    ProfileId,
    Propose,
    Version,
    VersionCommand,
)
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.ids import PersonId
from tests.make_auctions import NOON, OPERATOR, Record

ID = ProfileId.from_number(1)
FIRST, SECOND, THIRD = (PersonId.from_number(number) for number in (1, 2, 3))
SHIPPED = rules.EXCHANGE_PROXY
OWN = replace(SHIPPED, version=2, extension_s=600)


def officer(person: PersonId = FIRST, at: datetime = NOON, organisation=OPERATOR) -> Cause:
    actor = Actor(organisation=organisation, person=person, capabilities=frozenset({"profiles.manage"}))
    return Cause(actor=actor, at=at, request_id="r")


def propose(profile: Profile = OWN, *, shipped: bool = False) -> Propose:
    return Propose(id=ID, profile=profile, shipped=shipped)


def proposed(profile: Profile = OWN) -> Version:
    """A version that the first officer has proposed."""
    command = propose(profile, shipped=profile.ref in rules.PROFILES)
    return rules.decide_version(None, command, officer()).version


def active(profile: Profile = OWN) -> Version:
    return rules.decide_version(proposed(profile), Activate(), officer(SECOND)).version


def act(version: Version, command: VersionCommand, person: PersonId = SECOND) -> Version:
    return rules.decide_version(version, command, officer(person)).version


def record(*commands: tuple[VersionCommand, PersonId], opened: bool = True) -> list[dict[str, Any]]:
    """The entries that commands leave behind, each by its person."""
    kept, version = Record(opened=opened), None
    for command, person in commands:
        decision = rules.decide_version(version, command, officer(person))
        kept.write(decision.events, NOON)
        version = decision.version
    return kept.entries


def profiles() -> st.SearchStrategy[Profile]:
    """Any version that the type allows, every number of it."""
    share, count = st.integers(0, 10_000), st.integers(0, 2**31 - 1)
    by_type = {bool: st.booleans(), int: count, Format: st.sampled_from(Format)}
    numbers = {
        one.name: share if one.name.endswith("_bp") else by_type[one.type]
        for one in fields(Profile)
        if one.name not in {"id", "version", "effective_from", "deposit_min_bp", "deposit_max_bp"}
    }
    return st.builds(
        lambda ends, **rest: Profile(deposit_min_bp=min(ends), deposit_max_bp=max(ends), **rest),
        ends=st.tuples(share, share),
        id=st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True),
        version=st.integers(1, 9_999),
        effective_from=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
        **numbers,
    )
