"""The time stamp authority (可信时间戳机构): RFC 3161 tokens over the text of a checkpoint.

What is kept is the authority's whole answer, as it came: `openssl ts -verify -data text -in token -CAfile roots` reads
it without us. The text is the checkpoint's three lines, which its signatures cover too.

1. a request carries SHA-512 of the text and a nonce, and asks for the authority's certificate;
2. it is posted as RFC 3161 3.4 has it; no redirect is followed, the answer is short and comes in time;
3. the answer is granted, signed by a certificate for time stamping that one of the given roots vouches for at the
   token's own time, and says the same digest and nonce;
4. its time is about ours.
Not checked: whether a certificate has been revoked.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx2
from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerifierBuilder,
    decode_timestamp_response,
)

from ledger.kernel.errors import Kind, Refusal

MAX_TOKEN_BYTES: Final = 65_536  # some 6 kB with the certificates of a chain; post-quantum ones will be longer
TIMEOUT_S: Final = 10.0  # for the whole answer
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
QUERY: Final = "application/timestamp-query"
REPLY: Final = "application/timestamp-reply"
GRANTED: Final = 0

_STATUS: Final = {
    1: "granted with changes",
    2: "rejected",
    3: "put off",
    4: "a revocation is near",
    5: "its key is revoked",
}


class AuthorityProblem(Refusal):
    """The time stamp authority does not help."""

    kind = Kind.UNAVAILABLE
    zh = "时间戳机构未能提供时间戳"


class AuthorityUnreachable(AuthorityProblem):
    """The time stamp authority does not answer."""

    kind = Kind.UNAVAILABLE
    zh = "时间戳机构无应答"


class AuthorityRefused(AuthorityProblem):
    """The time stamp authority answered, and not with a token."""

    kind = Kind.CONFLICT
    zh = "时间戳机构未签发时间戳"


class TokenNotValid(AuthorityProblem):
    """This is no valid time stamp over this text under these roots."""

    kind = Kind.CONFLICT
    zh = "时间戳无效"


class NoRoots(Refusal):
    """The file holds no root certificates."""

    kind = Kind.CONFLICT
    zh = "根证书文件无效"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A token as it came, and the instant that the authority vouches for."""

    token: bytes
    at: datetime


class Authority:
    """Asks one authority, whose tokens are believed under `roots` alone. Close it when done."""

    def __init__(self, url: str, *, roots: Sequence[Certificate], timeout_s: float = TIMEOUT_S) -> None:
        self.url = url
        self._roots = tuple(roots)
        self._timeout_s = timeout_s
        self._http = httpx2.Client(timeout=timeout_s, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def stamp(self, text: str, *, at: datetime) -> Stamped:
        """Ask for a token over `text` at the instant `at`, and check it.

        Refuses `AuthorityUnreachable`, `AuthorityRefused`, `TokenNotValid`.
        """
        request = TimestampRequestBuilder().data(text.encode()).hash_algorithm(HashAlgorithm.SHA512).build()
        token = self._ask(request.as_bytes())
        _require_granted(token, self.url)
        stamped_at = _verified(token, text, self._roots, nonce=request.nonce)
        if abs(stamped_at - at) > CLOCK_TOLERANCE:
            raise TokenNotValid(
                f"the token of {self.url} says {stamped_at.isoformat()}, our clock {at.isoformat()}: one is wrong"
            )
        return Stamped(token=token, at=stamped_at)

    def _ask(self, request: bytes) -> bytes:
        headers = {"Content-Type": QUERY, "Accept": REPLY, "Accept-Encoding": "identity"}
        try:
            with self._http.stream("POST", self.url, content=request, headers=headers) as response:
                self._require_a_reply(response)
                return self._read(response)
        except (httpx2.HTTPError, httpx2.InvalidURL) as cause:
            raise AuthorityUnreachable(f"{self.url} does not answer: {cause or type(cause).__name__}") from cause

    def _require_a_reply(self, response: httpx2.Response) -> None:
        if response.status_code != httpx2.codes.OK:
            raise AuthorityRefused(f"{self.url} answers {response.status_code} instead of a time stamp")
        media_type = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if media_type != REPLY:
            raise AuthorityRefused(f"{self.url} answers {_printable(media_type) or 'no type'} instead of {REPLY}")

    def _read(self, response: httpx2.Response) -> bytes:
        """Read an answer that neither is long nor trickles."""
        deadline = time.monotonic() + self._timeout_s
        content = b""
        for part in response.iter_raw():
            content += part
            if len(content) > MAX_TOKEN_BYTES:
                raise AuthorityRefused(f"{self.url} answers more than {MAX_TOKEN_BYTES} bytes")
            if time.monotonic() > deadline:
                raise AuthorityUnreachable(f"{self.url} does not answer whole within {self._timeout_s:g} s")
        return content


def load_roots(path: Path) -> tuple[Certificate, ...]:
    """Read the root certificates of a PEM file. Refuses `NoRoots`."""
    try:
        return tuple(load_pem_x509_certificates(path.read_bytes()))
    except OSError as cause:
        raise NoRoots(f"{path}: {cause.strerror}") from cause
    except ValueError as cause:
        raise NoRoots(f"{path} holds no certificates in PEM") from cause


def verify_token(token: bytes, text: str, roots: Sequence[Certificate]) -> datetime:
    """Check a kept token against the text it is over; return the instant it vouches for. Refuses `TokenNotValid`."""
    return _verified(token, text, roots, nonce=None)


def _verified(token: bytes, text: str, roots: Sequence[Certificate], *, nonce: int | None) -> datetime:
    if not roots:
        raise TokenNotValid("no root certificate is trusted here")
    answer = _decoded(token)
    verifier = VerifierBuilder(roots=list(roots), nonce=nonce).build()
    try:
        verifier.verify_message(answer, text.encode())
        at = answer.tst_info.gen_time
    except Exception as cause:  # whatever foreign parsers of a stranger's bytes raise
        raise TokenNotValid(f"the time stamp does not hold: {_reason(cause)}") from cause
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _decoded(token: bytes) -> TimeStampResponse:
    if len(token) > MAX_TOKEN_BYTES:
        raise TokenNotValid(f"a token has at most {MAX_TOKEN_BYTES} bytes")
    try:
        return decode_timestamp_response(token)
    except ValueError as cause:
        raise TokenNotValid(
            f"this is no time stamp response in strict DER (RFC 3161 2.4.2): {str(cause)[:200]}"
        ) from cause


def _require_granted(token: bytes, url: str) -> None:
    answer = _decoded(token)
    if answer.status != GRANTED:
        said = " ".join(answer.status_string)
        status = _STATUS.get(answer.status, f"status {answer.status}")
        raise AuthorityRefused(f"{url} issued no time stamp: {status}" + (f" ({_printable(said)})" if said else ""))


def _reason(cause: Exception) -> str:
    """Say what a foreign verifier found; OpenSSL's own words stand within a dump of its stack."""
    text = str(cause)
    found = re.findall(r'(?:reason|data): (?:Some\()?"([^"]*)"', text)
    return _printable("; ".join(found) or text)


def _printable(text: str) -> str:
    """Return foreign text so that it fits a sentence."""
    return re.sub(r"[^ -~]+", " ", text).strip()[:200]
