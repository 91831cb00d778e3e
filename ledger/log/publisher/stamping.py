"""The hourly time stamp, asked for beside everything else: a slow authority holds nobody up."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from ledger.kernel.unit import Units

from .. import service
from ..health import STAMP_EVERY
from ..model import Head, TimeStamp
from ..remote import AuthorityProblem, Stamped
from .asking import CLOSING_S, text_of
from .patience import Patience

BACK_OFF_S: Final = (30.0, 600.0)  # after a first failure, and at most

log = logging.getLogger(__name__)


class Stamps(Protocol):
    """A time stamp authority, as it is asked here."""

    @property
    def url(self) -> str:
        """Where it is."""

    def stamp(self, text: str, *, at: datetime) -> Stamped:
        """Return a verified token over `text`. Refuses `AuthorityProblem`."""
        ...


@dataclass(slots=True)
class Question:
    """What the authority is being asked."""

    size: int
    text: str
    future: "Future[Stamped]"


class Stamping:
    """Has the newest published checkpoint stamped when an hour has passed since the last and the log has grown."""

    def __init__(
        self, units: Units, authority: Stamps, *, now: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self._units = units
        self._authority = authority
        self._now = now
        self._monotonic = monotonic
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="authority")
        self._patience = Patience(*BACK_OFF_S)
        self._asked: Question | None = None

    def close(self) -> None:
        """Leave what is under way a moment to end, and ask no more."""
        if self._asked is not None:
            wait([self._asked.future], timeout=CLOSING_S)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def round(self) -> int | None:
        """Hear the authority, or ask it if it is time; return the size that was stamped. Never waits."""
        if self._asked is not None:
            return self._hear(self._asked) if self._asked.future.done() else None
        if self._monotonic() >= self._patience.not_before_s:
            self._ask()
        return None

    def _ask(self) -> None:
        with self._units.read() as unit:
            published, newest = service.published(unit), service.newest_time_stamp(unit)
        if published is not None and _is_due(published, newest, self._now()):
            text = text_of(published)
            future = self._pool.submit(self._authority.stamp, text, at=self._now())
            self._asked = Question(published.size, text, future)

    def _hear(self, asked: Question) -> int | None:
        """Keep the token that has come, or why none has."""
        self._asked = None
        try:
            stamped = asked.future.result()
        except AuthorityProblem as problem:
            self._patience.failed(self._monotonic())
            self._note(problem=f"the time stamp authority does not help: {problem.detail}")
            return None
        self._patience.helped()
        kept = TimeStamp(
            size=asked.size,
            text=asked.text,
            token=stamped.token,
            authority=self._authority.url,
            stamped_at=stamped.at,
        )
        with self._units.begin() as unit:
            service.keep_time_stamp(unit, kept)
        self._note(size=asked.size, stamped_at=stamped.at)
        log.info("the checkpoint of %d entries is time-stamped", asked.size)
        return asked.size

    def _note(self, *, size: int = 0, stamped_at: datetime | None = None, problem: str | None = None) -> None:
        if problem is not None:
            log.warning("%s", problem)
        with self._units.begin() as unit:
            service.note_witness(
                unit,
                self._authority.url,
                size=size,
                asked_at=self._now(),
                cosigned_at=stamped_at,
                problem=problem,
            )


def _is_due(published: Head, newest: TimeStamp | None, now: datetime) -> bool:
    return newest is None or (published.size > newest.size and now - newest.stamped_at >= STAMP_EVERY)
