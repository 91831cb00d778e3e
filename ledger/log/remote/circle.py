"""The witnesses of a policy, each with a connection that is kept open."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

from ..policy import Policy
from ..submissions import Submission
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
        """Begin to ask one of them, in another thread; what `Witness.ask` refuses, the future raises."""
        return self._pool.submit(self._witnesses[url].ask, submission, size)
