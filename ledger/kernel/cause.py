"""Who asked, and when it reached us."""

from dataclasses import dataclass
from datetime import datetime

from .canonical import Json
from .ids import OrganisationId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody acting for an organisation, with what they may do. `person` is None for the clock."""

    organisation: OrganisationId
    person: PersonId | None
    capabilities: frozenset[str]
    scopes: frozenset[str] = frozenset()  # all that its token carries, wider than what it may do now
    roles: frozenset[str] = frozenset()  # what its organisation is; facts for a rule, never a right

    @property
    def named(self) -> Json:
        """Who acts, as an event seals it in `by`: the organisation and the person; no person acts for the clock."""
        return {"organisation": self.organisation, "person": self.person}

    def may(self, capability: str) -> bool:
        """Whether the actor holds `capability`."""
        return capability in self.capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a command is being decided: `actor` asked, it arrived `at`, in request `request_id`."""

    actor: Actor
    at: datetime
    request_id: str


TIME = Actor(organisation=OrganisationId("org_" + "0" * 26), person=None, capabilities=frozenset())
"""The actor of every tick: nobody, acting through the clock."""

VISITOR = Actor(organisation=OrganisationId("org_" + "0" * 25 + "1"), person=None, capabilities=frozenset())
"""The actor of every request without a token; may look at what is public and do nothing."""
