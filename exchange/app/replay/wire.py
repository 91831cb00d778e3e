"""One connection to the API, kept open: what is lost on the way is sent again under the same key.

The standard library's client, because twenty thousand requests go out one after the other: it costs a quarter of what
one with more comforts does, and a replay needs none of them.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

from ledger.kernel.canonical import Json

TIMEOUT_S: Final = 60.0
PATIENCE_S: Final = 30.0  # a process that was killed is back before that
AGAIN_AFTER_S: Final = 0.1
PROBLEM: Final = "application/problem+json"


class Stopped(Exception):  # noqa: N818 - an answer to the person who started it
    """The replay cannot go on; says what the exchange answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the API answered."""

    status: int
    media_type: str | None
    content: bytes

    @property
    def body(self) -> Any:  # noqa: ANN401 - whatever JSON the API answers
        """The JSON it carries."""
        return json.loads(self.content)

    @property
    def code(self) -> str | None:
        """Why a command was refused, such as `auctions/past-end`; None when this is no problem document."""
        return str(self.body["type"]).removeprefix("/problems/") if self.media_type == PROBLEM else None

    def __str__(self) -> str:
        """Say it to a person, in one line."""
        return f"{self.status} {self.code}: {self.body['detail']}" if self.code else str(self.status)


class Wire:
    """Sends requests one after the other. Whoever opened it closes it."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        assert address.hostname
        self._connection = HTTPConnection(address.hostname, address.port, timeout=TIMEOUT_S)
        self._commands = 0

    def close(self) -> None:
        """Close the connection; nothing is sent after that."""
        self._connection.close()

    def get(self, path: str) -> Answer:
        """Read. Raises `Stopped` when nobody answers for long."""
        return self._send("GET", path, None, {})

    def post(self, path: str, body: Mapping[str, Json], *, token: str) -> Answer:
        """Send a command under a key of its own. Raises `Stopped` when nobody answers for long."""
        self._commands += 1
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"replay-{self._commands}",
        }
        return self._send("POST", path, json.dumps(body).encode(), headers)

    def _send(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._connection.request(method, path, content, headers)
                with self._connection.getresponse() as response:
                    answer = Answer(
                        status=response.status,
                        media_type=response.getheader("content-type"),
                        content=response.read(),
                    )
            except (OSError, HTTPException) as error:
                self._connection.close()  # the next request opens it again
                if time.monotonic() > deadline:
                    raise Stopped(f"the API does not answer: {error}") from error
            else:
                if answer.status != 503 or time.monotonic() > deadline:
                    return answer
            time.sleep(AGAIN_AFTER_S)
