"""A checkpoint going round the witnesses of a policy, all asked at once."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self, TypeAlias

from .. import checkpoints, notes
from ..notes import Signature
from ..policy import Policy
from ..submissions import Submission
from .problems import Unreachable, WitnessProblem
from .witness import TIMEOUT_S, Answered, Behind, Witness, cosignatures

GRACE_S: Final = 0.25  # for the others, once enough have answered

Prove: TypeAlias = Callable[[int, int], Sequence[bytes]]
"""The consistency proof from one size to another; only ever called in the thread that called us."""

_Asking: TypeAlias = "Future[Answered | Behind]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What asking one witness came to. `size` is what it has seen, as far as we know."""

    url: str
    size: int
    signatures: tuple[Signature, ...] = ()
    problem: WitnessProblem | None = None


class Circle:
    """The witnesses of a policy that have an address, with a connection to each kept open; a context manager."""

    def __init__(self, policy: Policy, *, timeout_s: float = TIMEOUT_S) -> None:
        self.policy = policy
        self._timeout_s = timeout_s
        self.witnesses = {one.url: Witness(one.url, timeout_s=timeout_s) for one in policy.witnesses if one.url}
        self._pool = ThreadPoolExecutor(2 * len(self.witnesses) or 1, thread_name_prefix="witness")

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self.close()

    def close(self) -> None:
        """Close every connection, and break off what is under way."""
        for one in self.witnesses.values():
            one.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def gather(self, note: bytes, *, sizes: Mapping[str, int], prove: Prove, at: datetime) -> list[Gathered]:
        """Ask all to cosign the signed checkpoint `note`, as `gather` says."""
        return _Round(self, note, at=at, timeout_s=self._timeout_s).run(sizes, prove)

    def ask(self, url: str, submission: Submission, size: int) -> _Asking:
        """Begin to ask one of them, in another thread."""
        return self._pool.submit(self.witnesses[url].ask, submission, size)


def gather(
    note: bytes,
    *,
    sizes: Mapping[str, int],
    prove: Prove,
    policy: Policy,
    at: datetime,
    timeout_s: float = TIMEOUT_S,
) -> list[Gathered]:
    """Ask every witness of `policy` that has an address to cosign the signed checkpoint `note`, all at once.

    `sizes` is what each address has seen before, as far as is known (0 otherwise). Returns when all have answered, or
    shortly after the quorum is met: whoever has not answered by then is `Unreachable`. One that has seen another size
    is asked once more with the proof from there. Refuses nothing but what `prove` does.
    """
    with Circle(policy, timeout_s=timeout_s) as circle:
        return circle.gather(note, sizes=sizes, prove=prove, at=at)


class _Round:
    """One checkpoint going round."""

    def __init__(self, circle: Circle, note: bytes, *, at: datetime, timeout_s: float) -> None:
        self._circle = circle
        self._note = note
        self._text = notes.parse(note).text
        self._size = checkpoints.parse(self._text).size
        self._at = at
        self._deadline = time.monotonic() + 4 * timeout_s
        self._asked: dict[str, int] = {}
        self._running: dict[_Asking, str] = {}
        self._done: dict[str, Gathered] = {}

    def run(self, sizes: Mapping[str, int], prove: Prove) -> list[Gathered]:
        """Ask all; return what each came to, in the order of the policy."""
        for url in self._circle.witnesses:
            self._ask(url, min(sizes.get(url, 0), self._size), prove)
        again: set[str] = set()
        while self._running and (left := self._deadline - time.monotonic()) > 0:
            for future in wait(self._running, timeout=left, return_when=FIRST_COMPLETED).done:
                url = self._running.pop(future)
                behind = self._settle(url, future)
                if behind is not None and url not in again:
                    again.add(url)
                    self._ask(url, behind.size, prove)
                elif behind is not None:
                    self._fail(url, Unreachable(f"{url} moves on while it is asked", url=url))
            if self._is_enough():
                self._deadline = min(self._deadline, time.monotonic() + GRACE_S)
        for url in self._running.values():
            self._circle.witnesses[url].close()  # opened anew when it is asked next
            self._fail(url, Unreachable(f"{url} has not answered yet", url=url))
        return [self._done[url] for url in self._circle.witnesses]

    def _ask(self, url: str, old_size: int, prove: Prove) -> None:
        proof = tuple(prove(old_size, self._size)) if 0 < old_size < self._size else ()
        submission = Submission(old_size=old_size, proof=proof, checkpoint=self._note)
        self._asked[url] = old_size
        self._running[self._circle.ask(url, submission, self._size)] = url

    def _settle(self, url: str, future: _Asking) -> Behind | None:
        """Take in an answer; return it if it asks for another proof."""
        keys = [one.key for one in self._circle.policy.witnesses if one.url == url]
        try:
            answer = future.result()
            if isinstance(answer, Behind):
                return answer
            lines = cosignatures(answer, self._text, keys, url=url, at=self._at)
            self._done[url] = Gathered(url=url, size=self._size, signatures=lines)
        except WitnessProblem as problem:
            self._fail(url, problem)
        return None

    def _fail(self, url: str, problem: WitnessProblem) -> None:
        self._done[url] = Gathered(url=url, size=self._asked[url], problem=problem)

    def _is_enough(self) -> bool:
        lines = [line for one in self._done.values() for line in one.signatures]
        policy = self._circle.policy
        cosigned = [one.name for one in policy.witnesses if any(line.claims(one.key) for line in lines)]
        return bool(lines) and policy.is_met_by(cosigned)
