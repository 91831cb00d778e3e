"""One address of a witness or mirror, asked over HTTP and believed in nothing unverified.

An answer is read no further, and waited for no longer, than is reasonable. What is tolerated of other implementations:
any type of content; 409 instead of 422 for another root at the same size; any other status, as `Unreachable`.
"""

import gzip
import hashlib
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, Self

import httpx2

from ledger.kernel import instant
from ledger.kernel.errors import Refusal

from .. import checkpoints, notes, submissions
from ..lines import decimal
from ..notes import Note, Signature
from ..signers import VerifierKey
from ..submissions import PACKAGES_AT_ONCE, Header, Info, Package, Submission
from .problems import Ahead, FastClock, Inconsistent, Lied, NotTrusted, OldTime, OtherKeys, Unreachable, WitnessProblem

ANSWER_BYTES: Final = notes.MAX_NOTE_BYTES
TIMEOUT_S: Final = 5.0  # for each step of one exchange; the whole may take twice as long
PUSH_TIMEOUT_S: Final = 60.0
AHEAD_OF_US: Final = timedelta(minutes=5)  # how far a witness's clock may run before ours
BEHIND_US: Final = timedelta(days=1)  # a cosignature is made when it is asked for, and is not an old one
REDIRECTIONS: Final = 8  # how often a mirror may send us elsewhere in its log before it gets further than ever


@dataclass(frozen=True, slots=True)
class Answered:
    """Signature lines that the witness answered; none by what is a mirror alone. Not verified; `cosignatures` does."""

    lines: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """The witness has seen another size: prove from there."""

    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A log at `size` for a mirror: how to read its entries, and to prove a subtree (start, stop, size)."""

    origin: str
    size: int
    entries: Callable[[int, int], Sequence[bytes]]
    prove: Callable[[int, int, int], Sequence[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """How far a mirror is: the size it has cosigned, and the lines it answered. Not verified."""

    size: int
    lines: tuple[Signature, ...]


class Witness:
    """One address of a witness or mirror: its submission prefix. A context manager; one thread at a time."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self.url = url.encode(errors="surrogateescape").decode(errors="backslashreplace").rstrip("/")
        self._address = url.rstrip("/")  # octets that are not UTF-8 can neither be asked nor be told
        self._timeout_s = timeout_s
        self._http = self._client()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection; an exchange under way in another thread fails."""
        self._http.close()

    def ask(self, submission: Submission, size: int) -> Answered | Behind:
        """Submit a checkpoint of `size`. Refuses each `WitnessProblem` but `OtherKeys`."""
        status, content = self._post("add-checkpoint", bytes(submission), within_s=2 * self._timeout_s)
        if status == 200:
            return Answered(self._lines(content) if content else ())
        if status == 409:
            return self._other_size(content, submission.old_size, size)
        raise self._problem(status, content)

    def newest(self, origin: str) -> Note | None:
        """Return the newest checkpoint of the log `origin` that the witness shows; None if it has never seen the log.

        No signature is verified. Refuses `Unreachable`, `Lied`: what it shows is no note of this log.
        """
        path = f"{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
        status, content = self._exchange("GET", path, within_s=2 * self._timeout_s)
        if status == 404:
            return None
        if status != 200:
            raise Unreachable(f"{self.url} answers {status}", url=self.url, status=status)
        try:
            note = notes.parse(content)
            said = checkpoints.parse(note.text)
        except Refusal as refusal:
            raise Lied(f"{self.url} shows no checkpoint: {refusal.detail}", url=self.url) from refusal
        if said.origin != origin:
            raise Lied(f"{self.url} shows a checkpoint of another log", url=self.url)
        return note

    def push(self, upload: Upload, *, start: int = 0) -> Pushed:
        """Bring a mirror to the size of `upload`, beginning at entry `start`, where we think it is.

        The checkpoint was submitted before. Refuses each `WitnessProblem`.
        """
        header = Header(origin=upload.origin, start=min(start, upload.size), stop=upload.size)
        redirected, furthest = 0, -1
        while True:
            status, content = self._post(
                "add-entries", gzip.compress(_body(header, upload), 1), within_s=PUSH_TIMEOUT_S, zipped=True
            )
            if status == 200:
                return Pushed(size=header.stop, lines=self._lines(content))
            if status not in {202, 409}:
                raise self._problem(status, content)
            info = self._info(content, upload.size)
            package = next(header.packages(), (header.start, header.stop + 1))[1]  # whoever answers 202 has kept one
            advanced = status == 202 and info.size == header.stop and package <= info.next_entry <= info.size
            redirected = 0 if advanced and info.next_entry > furthest else redirected + 1
            furthest = max(furthest, info.next_entry if advanced else -1)
            if redirected > REDIRECTIONS or (status == 202 and not advanced):
                raise Lied(f"{self.url} gets no further", url=self.url, next_entry=info.next_entry)
            header = replace(header, start=min(info.next_entry, info.size), stop=info.size, ticket=info.ticket)

    def _client(self) -> httpx2.Client:
        headers = {"Accept-Encoding": "identity"}
        return httpx2.Client(timeout=self._timeout_s, trust_env=False, follow_redirects=False, headers=headers)

    def _post(self, path: str, body: bytes, *, within_s: float, zipped: bool = False) -> tuple[int, bytes]:
        """Return status and body of an answer."""
        headers = {"Content-Type": "application/octet-stream" if zipped else "text/plain; charset=utf-8"}
        headers |= {"Content-Encoding": "gzip"} if zipped else {}
        return self._exchange("POST", path, body, headers, within_s=within_s)

    def _exchange(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, *, within_s: float
    ) -> tuple[int, bytes]:
        """Return status and body of an answer."""
        deadline, content = time.monotonic() + within_s, b""
        try:
            with (
                self._limited(within_s),
                self._http.stream(method, f"{self._address}/{path}", content=body or None, headers=headers) as response,
            ):
                for piece in response.iter_raw():  # never unpacked
                    content += piece
                    if len(content) > ANSWER_BYTES:
                        raise Lied(f"{self.url} answers without end", url=self.url)
                    if time.monotonic() > deadline:
                        raise Unreachable(f"{self.url} takes too long to answer", url=self.url)
                return response.status_code, content
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, RuntimeError, OSError, ValueError) as error:
            raise Unreachable(f"{self.url}: {type(error).__name__}", url=self.url) from error

    @contextmanager
    def _limited(self, within_s: float) -> Iterator[None]:
        """Break an exchange off in the end, even if the other side keeps sending a byte now and then."""
        if self._http.is_closed:
            self._http = self._client()
        timer = threading.Timer(within_s, self._http.close)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _lines(self, content: bytes) -> tuple[Signature, ...]:
        try:
            return notes.parse_signatures(content)
        except notes.NotANote as refusal:
            raise Lied(f"{self.url} answers no signature lines: {refusal.detail}", url=self.url) from refusal

    def _other_size(self, content: bytes, old_size: int, size: int) -> Behind:
        found = decimal(content.decode(errors="replace").removesuffix("\n")) if len(content) < 32 else None
        if found is None:
            raise Lied(f"{self.url} answers a conflict without its size", url=self.url)
        if found > size:
            raise Ahead(
                f"{self.url} has cosigned size {found} of this log, and here it has {size}: this log was restored from"
                " an older copy, or that witness lies. Sign nothing more; find the newer copy",
                url=self.url,
                witness_size=found,
                size=size,
            )
        if found == old_size == size:  # the specification has 422 for this; others were seen to answer 409
            raise Inconsistent(f"{self.url} has cosigned another root for size {found}", url=self.url, size=found)
        if found == old_size:
            raise Lied(f"{self.url} calls the size it has a conflict", url=self.url, size=found)
        return Behind(found)

    def _info(self, content: bytes, size: int) -> Info:
        try:
            info = submissions.parse_info(content)
        except submissions.NotMirrorInfo as refusal:
            raise Lied(f"{self.url} does not say where it stands: {refusal.detail}", url=self.url) from refusal
        if info.size > size:
            raise Ahead(f"{self.url} awaits size {info.size} of this log, and here it has {size}", url=self.url)
        return info

    def _problem(self, status: int, content: bytes) -> WitnessProblem:
        said = content[:200].decode(errors="replace").strip().replace("\n", " ")
        told = "".join(one if one.isprintable() else "?" for one in said)
        if status in {403, 404}:
            return NotTrusted(f"{self.url} answers {status}: {told}", url=self.url, status=status)
        if status == 422:
            return Inconsistent(f"{self.url} answers 422: {told}", url=self.url, status=status)
        return Unreachable(f"{self.url} answers {status}: {told}", url=self.url, status=status)


def cosignatures(
    answered: Answered, text: str, keys: Collection[VerifierKey], *, url: str, at: datetime
) -> tuple[Signature, ...]:
    """Return the answered lines that are by `keys` over the checkpoint `text`; others are ignored.

    Refuses `Lied`: a line of one of `keys` does not verify, or carries no time; `FastClock`, `OldTime`: one well after
    `at`, or long before; `OtherKeys`: none is by any of them.
    """
    found: list[Signature] = []
    for line in dict.fromkeys(answered.lines):
        key = next((one for one in keys if line.claims(one)), None)
        if key is None:
            continue
        if not key.accepts(line.value, text.encode()):
            raise Lied(f"{url} answers a cosignature of {key.name} that does not fit", url=url, key=str(key))
        signed_at = notes.signed_at(key, line)
        if signed_at is None or signed_at.timestamp() < 1:
            raise Lied(f"{url} answers a cosignature of {key.name} without a time", url=url, key=str(key))
        if signed_at > at + AHEAD_OF_US:
            raise FastClock(f"{url} signs as of {instant.render(signed_at)}, which is yet to come", url=url)
        if signed_at < at - BEHIND_US:
            raise OldTime(f"{url} signs as of {instant.render(signed_at)}, long before it was asked", url=url)
        found.append(line)
    if not found:
        raise OtherKeys(f"{url} signed with none of the keys that the policy names for it", url=url)
    return tuple(found)


def _body(header: Header, upload: Upload) -> bytes:
    """Return an upload's next request: its header and the first packages."""
    parts = [bytes(header)]
    for start, stop in islice(header.packages(), PACKAGES_AT_ONCE):
        entries = tuple(upload.entries(start, stop))
        package = Package(start=start, entries=entries, proof=())
        proof = tuple(upload.prove(*package.subtree, header.stop))
        parts.append(bytes(replace(package, proof=proof)))
    return b"".join(parts)
