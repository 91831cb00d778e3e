"""The witnesses of a policy, each with a connection that is kept open."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

from .. import checkpoints, notes
from ..notes import Note
from ..policy import Policy
from ..submissions import Submission
from .problems import Ahead, Inconsistent, WitnessProblem
from .witness import TIMEOUT_S, Answered, Behind, Witness

Prove: TypeAlias = Callable[[int, int], Sequence[bytes]]
"""The consistency proof from one size to another."""


class Circle:
    """The witnesses of a policy that have an address."""

    def __init__(self, policy: Policy, *, timeout_s: float = TIMEOUT_S) -> None:
        self._witnesses = {one.url: Witness(one.url, timeout_s=timeout_s) for one in policy.witnesses if one.url}
        self._pool = ThreadPoolExecutor(2 * len(self._witnesses) or 1, thread_name_prefix="witness")

    def close(self) -> None:
        """Close every connection, and break off what is under way."""
        for one in self._witnesses.values():
            one.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def ask(self, url: str, submission: Submission, size: int) -> "Future[Answered | Behind]":
        """Begin to ask one of them, in another thread; what `Witness.ask` refuses, the future raises.

        One that contradicts us is asked at once for the newest checkpoint it has: `WitnessProblem.shown`.
        """
        return self._pool.submit(self._ask, self._witnesses[url], submission, size)

    def newest(self, origin: str) -> dict[str, Note | WitnessProblem | None]:
        """Ask all at once for the newest checkpoint of a log; return what each shows, or why it shows nothing."""
        asked = {url: self._pool.submit(_newest, one, origin) for url, one in self._witnesses.items()}
        return {url: future.result() for url, future in asked.items()}

    @staticmethod
    def _ask(witness: Witness, submission: Submission, size: int) -> Answered | Behind:
        try:
            return witness.ask(submission, size)
        except (Ahead, Inconsistent) as problem:
            shown = _newest(witness, checkpoints.parse(notes.parse(submission.checkpoint).text).origin)
            problem.shown = None if isinstance(shown, WitnessProblem) else shown
            raise


def _newest(witness: Witness, origin: str) -> Note | WitnessProblem | None:
    try:
        return witness.newest(origin)
    except WitnessProblem as problem:
        return problem
