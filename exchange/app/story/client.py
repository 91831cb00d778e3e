"""An ordinary client of the exchange: what any member's program would send, and how it takes an answer.

Every command carries an Idempotency-Key made from who asks and what for, so a request may be sent again at any time: a
lost connection, a server that was killed and a 503 all mean the same, try again with the same key. An act that is meant
anew, in the words of an earlier one, names its occasion. Nothing here is known that the API does not say.
"""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import httpx2

PATIENCE_S: Final = 60.0  # how long one request is tried
CONNECT_AGAIN_S: Final = 0.05
CONNECTIONS: Final = 16
NAMESPACE: Final = uuid.UUID("6a5dc1b4-6f0f-4b0e-9c33-1f2a4c1f7f10")

Body = Mapping[str, object]


class Problem(Exception):  # noqa: N818 - the exchange's answer, not a failure of ours
    """The exchange said no: its status, the `type` without `/problems/`, and its words."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object, read by name and by the type it must have."""

    values: Mapping[str, object]

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Read an answer's body."""
        found = json.loads(content)
        if not isinstance(found, dict):
            raise TypeError("the answer is not an object")
        return cls(found)

    def text(self, name: str) -> str:
        """Return a text."""
        value = self.values[name]
        if not isinstance(value, str):
            raise TypeError(f"{name} is {value!r} where a text was expected")
        return value

    def optional(self, name: str) -> str | None:
        """Return a text, or None where the answer has null."""
        return None if self.values[name] is None else self.text(name)

    def number(self, name: str) -> int:
        """Return a whole number."""
        value = self.values[name]
        if not isinstance(value, int):
            raise TypeError(f"{name} is {value!r} where a number was expected")
        return value

    def amount(self, name: str) -> str | None:
        """Return an amount of money in yuan, or None where there is none."""
        value = self.values[name]
        return str(value["amount"]) if isinstance(value, dict) else None

    def inner(self, name: str) -> "Fields":
        """Return an object."""
        value = self.values[name]
        if not isinstance(value, dict):
            raise TypeError(f"{name} is {value!r} where an object was expected")
        return Fields(value)

    def each(self, name: str) -> list["Fields"]:
        """Return the objects of a list."""
        value = self.values[name]
        if not isinstance(value, list):
            raise TypeError(f"{name} is {value!r} where a list was expected")
        return [Fields(one) for one in value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command was answered; `replayed` when the exchange had answered this key before."""

    status: int
    fields: Fields
    replayed: bool


@dataclass(slots=True)
class Client:
    """One caller of the API, for any number of members; threads may share it."""

    url: str
    _http: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self._http = httpx2.Client(base_url=self.url, timeout=PATIENCE_S, limits=limits, trust_env=False)

    def __enter__(self) -> Self:
        """Keep connections open while the block lasts."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self._http.close()

    def get(self, path: str, token: str | None = None) -> Fields:
        """Read something. Raises `Problem`."""
        return Fields.read(self.content(path, token))

    def content(self, path: str, token: str | None = None) -> bytes:
        """Read something that is not JSON. Raises `Problem`."""
        return self._send("GET", path, None, token, None).content

    def post(
        self, path: str, body: Body | None = None, *, token: str | None = None, occasion: str | None = None
    ) -> Answer:
        """Give a command. The same one of the same bearer on the same occasion has the same key. Raises `Problem`."""
        return self._command("POST", path, body, token, occasion)

    def put(self, path: str, body: Body, *, token: str | None = None) -> Answer:
        """Replace something. Raises `Problem`."""
        return self._command("PUT", path, body, token, None)

    def _command(self, method: str, path: str, body: Body | None, token: str | None, occasion: str | None) -> Answer:
        key = idempotency_key(token, method, path, body, occasion)
        response = self._send(method, path, body, token, key)
        replayed = response.headers.get("idempotency-replayed") == "true"
        return Answer(status=response.status_code, fields=Fields.read(response.content), replayed=replayed)

    def _send(self, method: str, path: str, body: Body | None, token: str | None, key: str | None) -> httpx2.Response:
        """Send until there is an answer that is not `try again`."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                response = self._http.request(method, path, json=body, headers=headers)
            except httpx2.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(CONNECT_AGAIN_S)
                continue
            if response.status_code != httpx2.codes.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                break
            time.sleep(float(response.headers.get("retry-after", "1")))
        if response.is_success:
            return response
        raise _problem(response)


def idempotency_key(*act: object) -> str:
    """Return the Idempotency-Key of an act: the same for the same one, and nothing to be read from it."""
    return str(uuid.uuid5(NAMESPACE, json.dumps(act, sort_keys=True)))


def _problem(response: httpx2.Response) -> Problem:
    try:
        said = Fields.read(response.content)
        return Problem(response.status_code, said.text("type").removeprefix("/problems/"), said.text("detail"))
    except (ValueError, KeyError, TypeError):
        return Problem(response.status_code, "unreadable", response.text[:200])
