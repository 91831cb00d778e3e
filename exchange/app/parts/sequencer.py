"""The sequencer process: places what the outbox holds, some twenty times a second."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ledger.kernel.errors import Refusal
from ledger.kernel.unit import Units
from ledger.log import service, testimony
from ledger.log.journal import Journal
from ledger.log.notes import Note
from ledger.log.policy import Policy
from ledger.log.remote import Circle, WitnessProblem
from ledger.log.sequencer import BATCH, Sequencer

from ..opening import ring, units
from ..site import Site, policy_of
from . import part

log = logging.getLogger(__name__)

PAUSE_S: Final = 0.05  # a step costs about the same for one entry as for a hundred, and takes what has come meanwhile
JOURNAL: Final = "log.signed"  # beside the key: what it has signed last
NAME: Final = "sequencer"
ASK_TIMEOUT_S: Final = 2.0  # for each step of asking a witness at the start; twice this for the whole


def main() -> None:
    """Place entries until told to stop.

    Refuses to begin, or to go on, where the database, the key, its journal and what the witnesses show do not agree;
    what to do about it then stands at the end of the log and in /healthz.
    """
    site = part.begin()
    try:
        run(site)
    except Refusal as refusal:
        log.critical("%s", told(refusal))
        sys.exit(1)


def run(site: Site) -> None:
    """Verify the log's edge, then place what comes."""
    with ready(site) as sequencer:
        stopped = part.stopped()
        while not stopped():
            if sequencer.step() < BATCH:
                time.sleep(PAUSE_S)


@contextmanager
def ready(site: Site) -> Iterator[Sequencer]:
    """Yield the site's sequencer once it may sign. A refusal, also one in the block, is kept where health finds it.

    Refuses as `Sequencer.check` does, after every witness of the policy was asked what it has seen of this log.
    """
    opened = units(site.database.sequencer, connections=2)
    try:
        sequencer = Sequencer(
            opened,
            origin=site.database.origin,
            signers=ring(site),
            journal=Journal(site.folder / JOURNAL),
            gated=policy_of(site).quorum is not None,
        )
        sequencer.hear(_shown(site, opened))
        log.info("the log stands at %d entries", sequencer.check())
        _note(opened, None)
        yield sequencer
    except Refusal as refusal:
        _note(opened, told(refusal))
        raise
    finally:
        opened.engine.dispose()


def told(refusal: Refusal) -> str:
    """Return a refusal's title and whole text, for a person."""
    return f"{refusal.title()}: {refusal.detail}"


def _note(opened: Units, said: str | None) -> None:
    with opened.begin() as unit:
        service.note_trouble(unit, NAME, said)


def _shown(site: Site, opened: Units) -> dict[str, Note]:
    """Ask every witness that has an address what it has seen; return what they show of our own signing, unjudged.

    Who does not answer, or shows what nobody of the policy has signed, is no obstacle: the log publishes nothing
    without them. But that nobody could be asked is said, where there is something they could have seen.
    """
    policy, origin = policy_of(site), site.database.origin
    circle = Circle(policy, timeout_s=ASK_TIMEOUT_S)
    try:
        answers = circle.newest(origin)
    finally:
        circle.close()
    asked = [url for url, one in answers.items() if _is_heard(policy, origin, url, one)]
    with opened.read() as unit:
        signed = service.signed(unit)
    if policy.quorum is not None and signed is not None and not asked:
        log.warning("none of the %d witnesses could be asked what it has seen of this log", len(answers))
    return {_known_as(url): one for url, one in answers.items() if isinstance(one, Note)}


def _known_as(url: str) -> str:
    """Return a policy's octets as text that can be kept."""
    return url.encode(errors="surrogateescape").decode(errors="replace")


def _is_heard(policy: Policy, origin: str, url: str, answer: Note | WitnessProblem | None) -> bool:
    """Whether a witness says something that can be verified: that it has seen nothing, or what it has cosigned."""
    if not isinstance(answer, Note):
        return answer is None
    try:
        cosigned = any(one.url == url for one in policy.cosigners(answer))
    except Refusal:
        return False
    return cosigned and testimony.own(answer, origin=origin, keys=[one.key for one in policy.logs]) is not None


if __name__ == "__main__":
    main()
