"""The stage of the story: who has entered, what is offered, what time it is, and how people act side by side."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from ledger.kernel import instant

from .cast import Offer, when
from .client import Client, Problem
from .telling import Telling

HANDS: Final = 6  # members who act at the same time
BEGINS: Final = when("03-02 09:00")

One = TypeVar("One")
Result = TypeVar("Result")


class Unexpected(Exception):  # noqa: N818 - what the demo reports
    """Something did not come out as it must."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A member that has entered: its organisation's id, and the token it acts by."""

    organisation: str
    token: str


@dataclass(slots=True, kw_only=True)
class Lot:
    """An offer on its way through the exchange: what the members who act on it have been told so far."""

    offer: Offer
    asset: str = ""
    listing: str = ""
    id: str = ""
    codes: dict[str, str] = field(default_factory=dict)  # bidder's name -> code
    contract: str = ""
    settlement: str = ""
    terms: dict[str, str] = field(default_factory=dict)  # version of the contract -> hash of its terms
    claim: str = ""
    plan: str = ""
    royalty: str = ""
    freeze: str = ""


@dataclass(slots=True, kw_only=True)
class Story:
    """The story so far: who has entered, what is offered, what time it is."""

    client: Client
    officer: str  # the operator's officer's token
    second: str = ""  # and that of the colleague who puts into force what the officer proposes
    telling: Telling
    offers: tuple[Offer, ...]
    members: dict[str, Standing] = field(default_factory=dict)
    lots: list[Lot] = field(default_factory=list)
    regulator: Standing | None = None
    programme: str = ""
    now: datetime = BEGINS

    def token(self, name: str) -> str:
        """Return the token of a member."""
        return self.members[name].token

    def until(self, at: datetime) -> None:
        """Let time pass until `at`; whatever falls due on the way happens."""
        if at > self.now:
            self.client.post("/v1/clock", {"to": instant.render(at)}, token=self.officer)
            self.now = at


def expect(holds: bool, what: str) -> None:
    """Raise `Unexpected` unless it came out so."""
    if not holds:
        raise Unexpected(what)


def refused(code: str, act: Callable[[], object], what: str) -> None:
    """Do what must be refused with `code`, and nothing else. Raises `Unexpected`."""
    try:
        act()
    except Problem as problem:
        expect(problem.code == code, f"{what} is refused with {code}, not {problem.code}")
    else:
        expect(False, f"{what} is refused with {code}")


def together(act: Callable[[One], Result], over: Iterable[One]) -> list[Result]:
    """Have several members act side by side; return what each one got, in their order."""
    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(act, over))
