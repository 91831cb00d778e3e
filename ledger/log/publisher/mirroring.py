"""The mirrors: whoever cosigns may also keep a copy, and is sent the entries of what it has cosigned.

Beside everything else, and never waited for: an address that keeps no copy says so once and is left alone for a while.
"""

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from .. import checkpoints, health
from ..health import Watcher
from ..model import Head, WitnessStanding
from ..notes import Signature
from ..policy import Policy
from ..remote import Answered, NotTrusted, OtherKeys, Pushed, Unreachable, Upload, Witness, WitnessProblem, cosignatures
from .asking import CLOSING_S, Standings, text_of
from .patience import Patience
from .sentences import of_mirror

BACK_OFF_S: Final = (1.0, 60.0)  # after a first failure, and at most
NO_COPY_S: Final = 600.0  # until an address that keeps no copy is asked again
EVERY_S: Final = 1.0  # a copy is moved no more often, unless readers wait for it


@dataclass(slots=True)
class Mirror:
    """One address, and the one upload to it that may be under way."""

    watcher: Watcher
    url: str
    remote: Witness
    patience: Patience
    future: "Future[Pushed] | None" = None
    head: Head | None = None
    size: int = 0
    lines: tuple[Signature, ...] = field(default=())  # verified, over `text`
    text: str = ""


class Mirroring:
    """All addresses of a policy. Holds no unit: `entries` and `prove` open their own, one at a time."""

    def __init__(
        self,
        policy: Policy,
        *,
        entries: Callable[[int, int], Sequence[bytes]],
        prove: Callable[[int, int, int], Sequence[bytes]],
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._entries = entries
        self._prove = prove
        self._now = now
        self._monotonic = monotonic
        self._reading = threading.Lock()
        self._closed = False
        self._all = [
            Mirror(one, one.keys[0].url, Witness(one.keys[0].url), Patience(*BACK_OFF_S))
            for one in health.watchers(policy)
            if one.keys[0].url
        ]
        self._pool = ThreadPoolExecutor(len(self._all) or 1, thread_name_prefix="mirror")

    def close(self) -> None:
        """Close every connection; what is under way has a moment to end, and is then broken off."""
        self._closed = True
        wait([one.future for one in self._all if one.future is not None], timeout=CLOSING_S)
        for one in self._all:
            one.remote.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def is_asked_about(self, head: Head) -> bool:
        """Whether a copy is just being brought to this checkpoint."""
        return any(one.future is not None and one.head == head for one in self._all)

    def lines_over(self, text: str) -> list[Signature]:
        """Return all verified lines of mirrors over this text."""
        return [line for one in self._all if one.text == text for line in one.lines]

    def round(
        self, head: Head, seen_by: Collection[str], standings: Standings, *, needed: bool
    ) -> list[WitnessStanding]:
        """Hear whose copy has moved, and send to those who have cosigned `head`; return who now stands how.

        `needed` says that readers still wait for somebody's line over `head`.
        """
        heard = [
            stands
            for one in self._all
            if one.future is not None and one.future.done()
            for stands in self._hear(one, one.future)
        ]
        for one in self._all:
            if (known := standings.get(health.mirror_of(one.watcher))) is not None and not one.text:
                one.size = known.size  # what an earlier run has sent
            lags = one.size < head.size or (needed and one.text != text_of(head))
            if one.future is None and one.url in seen_by and lags and self._may_be_sent(one, needed):
                self._send(one, head)
        return heard

    def _may_be_sent(self, one: Mirror, needed: bool) -> bool:
        now_s = self._monotonic()
        return now_s >= one.patience.not_before_s or (needed and one.patience.failures == 0)

    def _send(self, one: Mirror, head: Head) -> None:
        origin = checkpoints.parse(text_of(head)).origin
        upload = Upload(origin=origin, size=head.size, entries=self._read_entries, prove=self._read_proof)
        one.head = head
        one.future = self._pool.submit(one.remote.push, upload, start=one.size)

    def _hear(self, one: Mirror, future: "Future[Pushed]") -> list[WitnessStanding]:
        head, one.future = one.head, None
        assert head is not None
        try:
            pushed = future.result()
            if pushed.size == head.size:
                one.lines, one.text = self._lines(one, pushed, head), text_of(head)
        except NotTrusted:  # it has just cosigned this log: it keeps no copies
            one.patience.failures, one.patience.not_before_s = 1, self._monotonic() + NO_COPY_S
            return []
        except WitnessProblem as problem:
            one.patience.failed(self._monotonic())
            return [self._standing(one, problem=of_mirror(one.watcher, problem))]
        one.size = pushed.size
        one.patience.helped()
        one.patience.not_before_s = self._monotonic() + EVERY_S
        return [self._standing(one, cosigned_at=self._now())]

    def _lines(self, one: Mirror, pushed: Pushed, head: Head) -> tuple[Signature, ...]:
        """Return the lines of those keys that the policy names; it need not name any of a mirror."""
        try:
            keys = [key.key for key in one.watcher.keys]
            return cosignatures(Answered(pushed.lines), text_of(head), keys, url=one.remote.url, at=self._now())
        except OtherKeys:
            return ()

    def _standing(
        self, one: Mirror, *, cosigned_at: datetime | None = None, problem: str | None = None
    ) -> WitnessStanding:
        return WitnessStanding(
            url=health.mirror_of(one.watcher),
            size=one.size,
            asked_at=self._now(),
            cosigned_at=cosigned_at,
            problem=problem,
        )

    def _read_entries(self, start: int, stop: int) -> Sequence[bytes]:
        with self._reading:
            self._require_open()
            return self._entries(start, stop)

    def _read_proof(self, start: int, stop: int, size: int) -> Sequence[bytes]:
        with self._reading:
            return self._prove(start, stop, size)

    def _require_open(self) -> None:
        if self._closed:
            raise Unreachable("the publisher is being stopped")
