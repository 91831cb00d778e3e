"""The body of the publisher's loop."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from ledger.kernel.clock import real_now
from ledger.kernel.unit import Units

from .. import checkpoints, health, notes, service, testimony
from ..model import Head, WitnessStanding
from ..notes import Note
from ..policy import NoQuorum, Policy
from .asking import Asking, Standings, text_of
from .mirroring import Mirroring
from .stamping import Stamping, Stamps

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round came to: the sizes it published and time-stamped, None for none."""

    published: int | None = None
    stamped: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What one snapshot shows."""

    signed: Head | None
    published: Head | None
    standings: Standings


class Publisher:
    """Publishes one log by its policy. A context manager; what it remembers is only a convenience."""

    def __init__(
        self,
        units: Units,
        policy: Policy,
        authority: Stamps | None = None,
        *,
        now: Callable[[], datetime] = real_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._units = units
        self._policy = policy
        self._now = now
        self._asking = Asking(
            policy,
            prove=self._prove,
            signed_size=self._signed_size,
            testify=self._testify,
            now=now,
            monotonic=monotonic,
        )
        self._mirroring = Mirroring(
            policy, entries=self._entries, prove=self._prove_subtree, now=now, monotonic=monotonic
        )
        self._stamping = Stamping(units, authority, now=now, monotonic=monotonic) if authority else None
        self._target: Head | None = None
        self._problems: dict[str, str | None] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self.close()

    def close(self) -> None:
        """Close every connection; what is under way is broken off."""
        self._asking.close()
        self._mirroring.close()
        if self._stamping is not None:
            self._stamping.close()

    def round(self) -> Round:
        """Do what is to be done now, waiting a second for others at most; return what came of it.

        Refuses what `Policy.verify` does but `NoQuorum`: the policy does not accept this log's own signatures.
        """
        seen = self._look()
        published = None if seen.signed is None else self._witness(seen, seen.signed)
        return Round(published=published, stamped=self._stamping.round() if self._stamping else None)

    def _look(self) -> Seen:
        with self._units.read() as unit:
            standing = service.standing(unit)
            standings = {one.url: one for one in service.witness_standings(unit)}
        return Seen(standing.signed, standing.published, standings)

    def _witness(self, seen: Seen, signed: Head) -> int | None:
        target = self._choose(seen, signed)
        needed = _is_needed(self._policy, target, seen.published)
        text = text_of(target)
        self._asking.ask(target, seen.standings, needed=needed)
        standings = self._asking.hear(text, needed=needed, beside=self._mirroring.lines_over(text))
        lines = self._asking.lines_over(text) + self._mirroring.lines_over(text)
        standings += self._mirroring.round(
            target,
            self._asking.have_seen(target, seen.standings),
            seen.standings,
            needed=needed and not self._asking.is_enough(lines),
        )
        published = self._publish(target, seen.published)
        self._keep(standings)
        return published

    def _choose(self, seen: Seen, signed: Head) -> Head:
        """Return what to publish next: the newest signed, unless an older one is still waited for.

        Or under load, where each round finds something newer, slow witnesses would never all have seen the same.
        """
        last = self._target
        if last is not None and _is_needed(self._policy, last, seen.published) and self._is_under_way(last):
            return last
        self._target = signed
        return signed

    def _is_under_way(self, head: Head) -> bool:
        return self._asking.is_asked_about(head) or self._mirroring.is_asked_about(head)

    def _publish(self, target: Head, published: Head | None) -> int | None:
        """Show readers a signed checkpoint with its cosignatures, if the policy accepts it and they gain by it."""
        if published is not None and published.size > target.size:
            return None
        shown = published if published is not None and published.size == target.size else None
        note = self._assembled(target, shown)
        if shown is not None and bytes(note) == shown.note:
            return None
        try:
            self._policy.verify(note)
        except NoQuorum:
            return None
        with self._units.begin() as unit:
            service.publish(unit, target.size, bytes(note), shown.at if shown else self._now())
        return target.size

    def _assembled(self, target: Head, shown: Head | None) -> Note:
        """Return the signed checkpoint with every line of the policy's witnesses, in the order of the policy."""
        note = notes.parse(target.note)
        lines = self._asking.lines_over(note.text) + self._mirroring.lines_over(note.text)
        if shown is not None:
            fresh = {(line.name, line.key_id) for line in lines}
            lines += [one for one in notes.parse(shown.note).signatures if (one.name, one.key_id) not in fresh]
        return notes.with_signatures(
            note, [line for one in self._policy.witnesses for line in lines if line.claims(one.key)]
        )

    def _keep(self, standings: Sequence[WitnessStanding]) -> None:
        """Keep how witnesses stand, and tell the log what is new about it."""
        if not standings:
            return
        with self._units.begin() as unit:
            for one in standings:
                service.note_witness(
                    unit,
                    one.url,
                    size=one.size,
                    asked_at=one.asked_at,
                    cosigned_at=one.cosigned_at,
                    problem=one.problem,
                )
        for one in standings:
            if one.problem != self._problems.get(one.url):
                log.warning("%s", one.problem or f"{one.url} cosigns again")
            self._problems[one.url] = one.problem

    def _prove(self, old_size: int, size: int) -> Sequence[bytes]:
        with self._units.read() as unit:
            return service.prove_consistency(unit, old_size, size)

    def _prove_subtree(self, start: int, stop: int, size: int) -> Sequence[bytes]:
        with self._units.read() as unit:
            return service.prove_subtree(unit, start, stop, size)

    def _entries(self, start: int, stop: int) -> Sequence[bytes]:
        with self._units.read() as unit:
            return service.placed_entries(unit, start, stop)

    def _testify(self, url: str, note: Note) -> bool:
        """Keep a checkpoint that a witness shows, if our own keys signed it and the log has another, or none."""
        if (origin := self._origin()) is None:
            return False
        keys = [one.key for one in self._policy.logs]
        with self._units.begin() as unit:
            return testimony.hear(unit, url, note, origin=origin, keys=keys, at=self._now())

    def _origin(self) -> str | None:
        with self._units.read() as unit:
            head = service.signed(unit)
        return checkpoints.parse(text_of(head)).origin if head else None

    def _signed_size(self) -> int:
        with self._units.read() as unit:
            head = service.signed(unit)
        return head.size if head else 0


def _is_needed(policy: Policy, target: Head, published: Head | None) -> bool:
    """Whether readers wait for a checkpoint to be cosigned: it is not published, or not as the policy asks."""
    if published is None or published.size < target.size:
        return True
    return published.size == target.size and not health.is_met(policy, published)
