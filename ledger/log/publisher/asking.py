"""The witnesses, each asked by itself: one question at a time, heard whenever it answers, left alone when it fails."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from .. import health, notes
from ..health import Watcher
from ..model import Head, WitnessStanding
from ..notes import Note, Signature
from ..policy import Policy
from ..remote import Ahead, Answered, Behind, Circle, Lied, Prove, WitnessProblem, cosignatures
from ..submissions import Submission
from .patience import Patience
from .sentences import sentence

BUDGET_S: Final = 1.0  # a round waits no longer; who has not answered by then is heard in a later one
GRACE_S: Final = 0.02  # for the others, once enough have answered: their lines then come along
BACK_OFF_S: Final = (0.2, 30.0)  # after a first failure, and at most
CLOSING_S: Final = 1.0
RESUBMISSIONS: Final = 3  # how often in a row a witness may say that it has seen another size

Standings: TypeAlias = Mapping[str, WitnessStanding]


@dataclass(slots=True)
class Asked:
    """One witness, and the one question to it that may be under way."""

    watcher: Watcher
    url: str  # as the policy writes it
    patience: Patience
    future: "Future[Answered | Behind] | None" = None
    head: Head | None = None  # what it is asked to cosign
    old_size: int = 0
    resubmissions: int = 0
    lines: tuple[Signature, ...] = ()  # verified, over `text`
    text: str = ""

    @property
    def known_as(self) -> str:
        """Its address as it is kept."""
        return self.watcher.url or ""

    def lines_over(self, text: str) -> tuple[Signature, ...]:
        """Return its verified lines over this text; empty if it has none."""
        return self.lines if self.text == text else ()


class Asking:
    """All witnesses of a policy that have an address. Holds no unit: what it is given opens its own.

    `testify` keeps what a witness that contradicts us shows, if our own keys signed it; it says whether they did.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        prove: Prove,
        signed_size: Callable[[], int],
        testify: Callable[[str, Note], bool],
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._prove = prove
        self._signed_size = signed_size
        self._testify = testify
        self._now = now
        self._monotonic = monotonic
        self._circle = Circle(policy)
        self._all = [
            Asked(one, one.keys[0].url, Patience(*BACK_OFF_S)) for one in health.watchers(policy) if one.keys[0].url
        ]

    def close(self) -> None:
        """Close every connection; what is under way has a moment to end, and is then broken off."""
        wait([one.future for one in self._all if one.future is not None], timeout=CLOSING_S)
        self._circle.close()

    def is_asked_about(self, head: Head) -> bool:
        """Whether somebody has yet to answer about this checkpoint."""
        return any(one.future is not None and one.head == head for one in self._all)

    def lines_over(self, text: str) -> list[Signature]:
        """Return all verified lines over this text."""
        return [line for one in self._all for line in one.lines_over(text)]

    def have_seen(self, head: Head, standings: Standings) -> list[str]:
        """Return the addresses, as the policy writes them, of those known to have cosigned this checkpoint."""
        text = text_of(head)
        return [one.url for one in self._all if one.lines_over(text) or _is_there(standings.get(one.known_as), head)]

    def ask(self, head: Head, standings: Standings, *, needed: bool) -> None:
        """Begin to ask whoever may be asked and has not cosigned `head`; with `needed` also those who have before."""
        text = text_of(head)
        for one in self._all:
            stands = standings.get(one.known_as)
            lags = needed or not _is_there(stands, head)
            if one.future is None and lags and not one.lines_over(text) and self._may_be_asked(one):
                self._submit(one, head, stands.size if stands else 0)

    def hear(self, text: str, *, needed: bool, beside: Sequence[Signature] = ()) -> list[WitnessStanding]:
        """Take in answers until enough have come over `text`, all have, or time is up; return who now stands how.

        `beside` are verified lines of others over `text`.
        """
        heard: dict[str, WitnessStanding] = {}
        deadline = time.monotonic() + BUDGET_S
        while under_way := {one.future: one for one in self._all if one.future is not None}:
            if not needed or self.is_enough([*self.lines_over(text), *beside]):
                deadline = min(deadline, time.monotonic() + GRACE_S)
            left = deadline - time.monotonic()
            for future in wait(under_way, timeout=max(0.0, left), return_when=FIRST_COMPLETED).done:
                heard |= {stands.url: stands for stands in self._answered(under_way[future])}
            if left <= 0:
                break
        return list(heard.values())

    def is_enough(self, lines: Sequence[Signature]) -> bool:
        """Whether verified lines over one text meet the quorum."""
        cosigned = [one.name for one in self._policy.witnesses if any(line.claims(one.key) for line in lines)]
        return self._policy.is_met_by(cosigned)

    def _may_be_asked(self, one: Asked) -> bool:
        return self._monotonic() >= one.patience.not_before_s

    def _submit(self, one: Asked, head: Head, old_size: int) -> None:
        """Begin to ask one witness, with the proof from what it has seen. If that was more, it will say so."""
        old_size = min(old_size, head.size)
        proof: Sequence[bytes] = self._prove(old_size, head.size) if 0 < old_size < head.size else ()
        one.head, one.old_size = head, old_size
        submission = Submission(old_size=old_size, proof=tuple(proof), checkpoint=head.note)
        one.future = self._circle.ask(one.url, submission, head.size)

    def _answered(self, one: Asked) -> Iterator[WitnessStanding]:
        """Take in one answer; yield how the witness stands now, or ask it again from where it says it is."""
        future, head = one.future, one.head
        assert future is not None
        assert head is not None
        one.future = None
        try:
            answer = future.result()
            if isinstance(answer, Behind):
                self._submit_again(one, head, answer.size)
                return
            if not answer.lines:
                yield self._accepted(one, head)
                return
            keys = [key.key for key in one.watcher.keys]
            one.lines = cosignatures(answer, text_of(head), keys, url=one.known_as, at=self._now())
        except WitnessProblem as problem:
            yield from self._failed(one, head, problem)
            return
        one.text, one.resubmissions = text_of(head), 0
        one.patience.helped()
        at = self._now()
        yield WitnessStanding(url=one.known_as, size=head.size, asked_at=at, cosigned_at=at)

    def _accepted(self, one: Asked, head: Head) -> WitnessStanding:
        """Note a checkpoint that was accepted and not cosigned, as by what is a mirror alone (C2SP tlog-mirror)."""
        if one.text != text_of(head):
            one.patience.helped()
        one.text, one.lines, one.resubmissions = text_of(head), (), 0
        one.patience.failed(self._monotonic())  # as long as its line is wanted, it is asked now and then
        return WitnessStanding(url=one.known_as, size=head.size, asked_at=self._now())

    def _submit_again(self, one: Asked, head: Head, size: int) -> None:
        one.resubmissions += 1
        if one.resubmissions > RESUBMISSIONS:
            raise Lied(f"{one.url} says each time that it has seen another size", size=size)
        self._submit(one, head, size)

    def _failed(self, one: Asked, head: Head, problem: WitnessProblem) -> Iterator[WitnessStanding]:
        size, one.resubmissions = one.old_size, 0
        one.patience.failed(self._monotonic())
        if isinstance(problem, Ahead):
            size = int(problem.facts.get("witness_size", size))
            if size <= self._signed_size():  # another publisher has asked it about something newer
                return
        proven = problem.shown is not None and self._testify(one.known_as, problem.shown)
        said = sentence(one.watcher, problem, head, proven=proven)
        yield WitnessStanding(url=one.known_as, size=size, asked_at=self._now(), problem=said)


def _is_there(stands: WitnessStanding | None, head: Head) -> bool:
    """Whether a witness is known to have cosigned a log of this size, and nothing is wrong with it."""
    return stands is not None and stands.size == head.size and stands.problem is None


def text_of(head: Head) -> str:
    """Return what a checkpoint's signatures are over."""
    return notes.parse(head.note).text
