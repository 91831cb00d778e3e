"""How the log is, for whoever runs it: how far it has come, what its witnesses say, and what is wrong, in sentences.

Ages are in real time, also where the exchange's clock is virtual. Nothing is verified here: the publisher did that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ledger.kernel import instant
from ledger.kernel.unit import Unit

from . import notes, service
from .model import Head, TimeStamp, Trouble, WitnessStanding
from .policy import Policy, Witness
from .store import Standing

PATIENCE: Final = timedelta(seconds=10)  # a healthy log shows an entry within a second
STAMP_EVERY: Final = timedelta(hours=1)
STAMP_LATE: Final = timedelta(hours=2)


class Witnessing(StrEnum):
    """Whether what readers see has been seen by the witnesses that the policy asks for."""

    UNWITNESSED = "UNWITNESSED"  # no witness is asked for: readers have only the log's own word
    MET = "met"
    WAITING = "waiting"  # fails closed: something newer is signed, and not shown until they have seen it


@dataclass(frozen=True, slots=True)
class Watcher:
    """A witness as somebody to ask: one address, whatever number of keys."""

    name: str
    url: str | None
    keys: tuple[Witness, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessHealth:
    """How one witness stands."""

    name: str
    url: str | None
    size: int = 0
    cosigned_at: datetime | None = None
    problem: str | None = None
    alarm: bool = False
    up: bool = False  # its last answer was a valid cosignature
    mirrored: int | None = None  # how many entries its own copy holds; None: it keeps none


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the log is at one moment. `problems` are sentences for a person, the gravest first."""

    at: datetime
    placed_size: int
    signed_size: int
    published_size: int
    sent: int  # entries in the outbox, not yet placed
    published_at: datetime | None
    waiting_since: datetime | None  # when the oldest entry that nobody sees yet was made
    witnessing: Witnessing
    witnesses: tuple[WitnessHealth, ...]
    stamped: TimeStamp | None
    troubles: tuple[Trouble, ...] = ()  # which processes of the log refuse to work, and why
    problems: tuple[str, ...] = ()

    @property
    def waiting(self) -> int:
        """How many entries are recorded and not yet published."""
        return self.sent + self.placed_size - self.published_size

    @property
    def status(self) -> str:
        """One word: `ok` or `degraded`."""
        return "degraded" if self.problems else "ok"

    @property
    def overdue(self) -> bool:
        """Whether the oldest entry that nobody sees has waited longer than a healthy log lets one wait."""
        return self.waiting_since is not None and self.at - self.waiting_since > PATIENCE


def watchers(policy: Policy) -> tuple[Watcher, ...]:
    """Return whom a policy's witness lines name: the lines that share an address are one witness."""
    found: dict[str, list[Witness]] = {}
    for one in policy.witnesses:
        found.setdefault(one.url or f" {one.key.name}", []).append(one)
    return tuple(
        Watcher(" & ".join(dict.fromkeys(one.key.name for one in lines)), _shown(lines[0].url), tuple(lines))
        for lines in found.values()
    )


def mirror_of(watcher: Watcher) -> str:
    """Return the address under which the copy that a witness keeps stands."""
    return f"{watcher.url}/mirror"


def _shown(octets: str | None) -> str | None:
    """Return a policy's octets as text that can be stored and answered."""
    return None if octets is None else octets.encode(errors="surrogateescape").decode(errors="replace")


def read(unit: Unit, policy: Policy, *, authority: str | None, at: datetime) -> Health:
    """Return how the log is at the real instant `at`. To be called in one snapshot.

    `policy` is the log's own; `authority` the address of its time stamp authority, None without one.
    """
    standing = service.standing(unit)
    standings = {one.url: one for one in service.witness_standings(unit)}
    published = standing.published
    waiting, placed = service.waiting(unit), standing.tree.size if standing.tree else 0
    found = Health(
        at=at,
        placed_size=placed,
        signed_size=standing.signed.size if standing.signed else 0,
        published_size=published.size if published else 0,
        sent=waiting - placed + (published.size if published else 0),
        published_at=published.at if published else None,
        waiting_since=service.waiting_since(unit),
        witnessing=_witnessing(policy, standing),
        witnesses=tuple(_witness(one, standings) for one in watchers(policy)),
        stamped=service.newest_time_stamp(unit),
        troubles=tuple(service.troubles(unit)),
    )
    return _told(found, policy, authority, standings)


def claimed(policy: Policy, note: bytes) -> list[str]:
    """Return the policy's names of those that a note carries a line of. The lines are not verified."""
    lines = notes.parse(note).signatures
    return [one.name for one in policy.witnesses if any(line.claims(one.key) for line in lines)]


def _witnessing(policy: Policy, standing: Standing) -> Witnessing:
    if policy.quorum is None:
        return Witnessing.UNWITNESSED
    signed, published = standing.signed, standing.published
    behind = signed is not None and (published is None or published.size < signed.size)
    if behind or (published is not None and not is_met(policy, published)):
        return Witnessing.WAITING
    return Witnessing.MET


def is_met(policy: Policy, published: Head) -> bool:
    """Whether a published checkpoint carries a line of each witness that the quorum needs; it was verified before."""
    return policy.is_met_by(claimed(policy, published.note))


def _witness(one: Watcher, standings: Mapping[str, WitnessStanding]) -> WitnessHealth:
    stands, copy = standings.get(one.url or ""), standings.get(mirror_of(one))
    if stands is None:
        return WitnessHealth(name=one.name, url=one.url)
    return WitnessHealth(
        name=one.name,
        url=one.url,
        size=stands.size,
        cosigned_at=stands.cosigned_at,
        problem=stands.problem,
        alarm=stands.alarm,
        up=stands.problem is None,
        mirrored=copy.size if copy else None,
    )


def _told(found: Health, policy: Policy, authority: str | None, standings: Mapping[str, WitnessStanding]) -> Health:
    """Return the same with its problems: who refuses, alarms, what does not move, who does not answer."""
    troubled = sorted((one for one in found.witnesses if one.problem), key=lambda one: not one.alarm)
    alarms = [str(one.problem) for one in troubled if one.alarm]
    others = [str(one.problem) for one in troubled if not one.alarm]
    copies = (standings.get(mirror_of(one)) for one in watchers(policy))
    others += [one.problem for one in copies if one is not None and one.problem is not None]
    unstamped = _unstamped(found, authority, standings.get(authority or ""))
    refusing = [f"the {one.part} refuses to work since {instant.render(one.at)}: {one.said}" for one in found.troubles]
    stuck = list(_stuck(found, policy, others))
    others = [one for one in others if not any(one in said for said in stuck)]  # said already, as why nothing moves
    return replace(found, problems=(*refusing, *alarms, *stuck, *others, *unstamped))


def _stuck(found: Health, policy: Policy, reasons: Sequence[str]) -> Iterator[str]:
    """Say what no longer moves, and whose turn it is."""
    if not found.overdue or found.waiting_since is None:
        return
    since = instant.render(found.published_at or found.waiting_since)
    begun = f"nothing new has been published since {since}, and {found.waiting} entries wait"
    if found.published_size < found.signed_size and policy.quorum is not None:
        why = "; ".join(reasons) or "no witness has been asked: see whether the publisher runs (publisher.log)"
        yield f"{begun}: the policy asks for {_shown(policy.quorum)}, and shows nothing that it has not seen; {why}"
    else:
        yield f"{begun}: see whether the sequencer runs (sequencer.log)"


def _unstamped(found: Health, authority: str | None, stands: WitnessStanding | None) -> Iterator[str]:
    """Say when the newest time stamp is too old for what has been published since."""
    stamped_size = found.stamped.size if found.stamped else 0
    if authority is None or found.published_size <= stamped_size:
        return
    problem = stands.problem if stands else None
    if found.stamped is not None and found.at - found.stamped.stamped_at <= STAMP_LATE:
        problem = None  # it is asked again meanwhile
    elif problem is None and found.stamped is not None:
        problem = f"no checkpoint was time-stamped since {instant.render(found.stamped.stamped_at)}: see publisher.log"
    if problem is not None:
        yield problem
