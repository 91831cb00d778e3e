"""What every route needs: who is asking, the command door with its idempotency, and the shapes all answers share.

A route states the capability it needs with `needs(...)`; one that states nothing is refused at start-up. The door
authenticates before a body's fields are judged; that a body is no JSON at all is said first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Protocol, TypeVar

from fastapi import Depends, Header, Query, Request
from fastapi.responses import JSONResponse
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    GetPydanticSchema,
    PlainSerializer,
    StrictStr,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from . import answers, canonical, instant, money
from .answers import Refused, Reply
from .canonical import Json
from .cause import VISITOR, Actor, Cause
from .clock import Clock
from .errors import Kind, Refusal
from .ids import Id
from .unit import Unit, Units

PUBLIC: Final = "public"
"""The capability everybody holds, with or without a token."""

PROOFS: Final = "proofs"
MAX_PATIENCE_S: Final = 10
"""The longest that an answer waits for the log."""

Named = TypeVar("Named", bound=Id)
Result = TypeVar("Result")


class Unauthenticated(Refusal):
    """A valid access token is needed."""

    kind = Kind.FORBIDDEN
    zh = "需要有效的访问令牌"


class NotAllowed(Refusal):
    """This token may not do that."""

    kind = Kind.FORBIDDEN
    zh = "该令牌无此权限"


class KeyMissing(Refusal):
    """Every command carries an Idempotency-Key."""

    kind = Kind.MALFORMED
    zh = "每个命令都须携带幂等键"


class Gate(Protocol):
    """What the composition root gives the doors."""

    @property
    def units(self) -> Units:
        """Opens units as the API's role."""

    @property
    def clock(self) -> Clock:
        """The one clock."""

    @property
    def vkey(self) -> str:
        """The log's verifier key."""

    @property
    def policy(self) -> str:
        """Whom a reader of the log believes, as the text of a trust policy."""

    @property
    def authority(self) -> str | None:
        """The address of the log's time stamp authority, None without one."""

    def require_sound_time(self) -> None:
        """Refuse a command whose arrival this host cannot tell well enough; called before anything is written."""
        ...

    def prove(self, entries: Sequence[str], *, patience_s: int) -> list[str] | None:
        """Return a proof of each of `entries`, waiting at most so long for the log to publish them; None if it has not.

        Texts of C2SP tlog-proof.
        """
        ...

    def arrival(self, authorization: str | None, real: datetime) -> tuple[Actor | None, datetime]:
        """Return who holds the bearer token, None without one, and what arrived at `real` by the one clock.

        Refuses `Unauthenticated`.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One request, past authentication: its cause, and the ways in."""

    gate: Gate
    cause: Cause
    key: str | None
    patience_s: int | None
    request: tuple[str, str]

    def command(
        self,
        body: BaseModel | None,
        act: Callable[[Unit], Reply],
        *,
        again: Callable[[Unit, Reply], Reply] | None = None,
    ) -> JSONResponse:
        """Run `act` in one unit, at most once for this Idempotency-Key, and answer.

        `again` turns a repeated answer into what holds now, for acts whose outcome comes later.
        """
        if self.key is None:
            raise KeyMissing("send a header such as Idempotency-Key: 6f1c2f7e-…, new for each command")
        self.gate.require_sound_time()
        terms: Json = {"request": list(self.request), "body": body.model_dump(mode="json") if body else None}
        fingerprint = canonical.fingerprint(terms)
        key = self.key if self.cause.actor != VISITOR else canonical.fingerprint([fingerprint, self.key])
        outcome = answers.once(self.gate.units, self.cause, key=key, fingerprint=fingerprint, act=act, again=again)
        if isinstance(outcome, Refused):
            raise outcome
        headers = {"Idempotency-Replayed": "true"} if outcome.replayed else {}
        content = {**outcome.body, **outcome.shown_once, answers.ENTRIES: list(outcome.entries)}
        if self.patience_s is not None:
            proofs = self.gate.prove(outcome.entries, patience_s=self.patience_s)
            headers |= {"Preference-Applied": f"wait={self.patience_s}"} if proofs is not None else {}
            content |= {PROOFS: proofs}
        return JSONResponse(content, status_code=outcome.status, headers=headers)

    def read(self, look: Callable[[Unit], Result]) -> Result:
        """Run `look` on one snapshot."""
        with self.gate.units.read() as unit:
            return look(unit)


class Needs:
    """The dependency that opens a door to those who hold `capability`."""

    def __init__(self, capability: str) -> None:
        self.capability = capability

    def __call__(
        self,
        request: Request,
        authorization: Annotated[str | None, Header()] = None,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
        prefer: Annotated[str | None, Header(description="`wait=N`: answer with proofs, within N seconds")] = None,
    ) -> Door:
        """Return the door, or refuse `Unauthenticated` or `NotAllowed`."""
        gate: Gate = request.app.state.gate
        actor, at = gate.arrival(authorization, request.state.arrived_at)
        if self.capability != PUBLIC:
            if actor is None:
                raise Unauthenticated("send a header such as Authorization: Bearer mkj_…")
            if not actor.may(self.capability):
                raise NotAllowed(f"this needs the capability {self.capability}", needs=self.capability)
        cause = Cause(actor=actor or VISITOR, at=at, request_id=request.state.request_id)
        asked = (request.method, request.url.path)
        return Door(gate=gate, cause=cause, key=idempotency_key, patience_s=_patience_s(prefer), request=asked)


def _patience_s(prefer: str | None) -> int | None:
    """Read `wait=N` among preferences (RFC 7240); one that cannot be meant is ignored, as any other unknown one."""
    for preference in (prefer or "").split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        seconds = value.strip().strip('"')
        if name.strip().lower() == "wait" and seconds.isascii() and seconds.isdigit():
            return int(seconds) if len(seconds) < 3 and int(seconds) < MAX_PATIENCE_S else MAX_PATIENCE_S
    return None


def needs(capability: str) -> Any:  # noqa: ANN401 - FastAPI types its own markers so
    """Declare the capability a route needs, and receive its `Door`."""
    return Depends(Needs(capability))


class Shape(BaseModel):
    """A request or answer body: unknown fields are refused, and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, body: object) -> object:
        """Refuse text that no database can hold, wherever it stands in the body."""
        _require_storable(body)
        return body


class Money(Shape):
    """An amount of money: yuan as a decimal string, never a JSON number. A sum may be more than anybody may offer."""

    amount: Annotated[StrictStr, Field(pattern=r"^(0|[1-9][0-9]{0,17})(\.[0-9]{1,2})?$", examples=["12000.50"])]
    currency: Literal["CNY"] = "CNY"

    @property
    def fen(self) -> money.Fen:
        """The amount in fen. Refuses `NotAnAmount` above the largest amount handled."""
        return money.parse_yuan(self.amount)

    @classmethod
    def of(cls, fen: int) -> "Money":
        """Write `fen` for an answer."""
        return cls(amount=money.format_yuan(fen))


def _require_storable(value: object) -> None:
    if isinstance(value, str) and ("\x00" in value or any("\ud800" <= one <= "\udfff" for one in value)):
        raise ValueError("text may hold neither a null character nor half of a pair")
    if isinstance(value, dict):
        for item in value.values():
            _require_storable(item)
    elif isinstance(value, list):
        for item in value:
            _require_storable(item)


def _read_instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError("write an instant as text, such as 2026-03-02T09:00:00+08:00")
    try:
        return instant.parse(value)
    except instant.NotAnInstant as refusal:
        raise ValueError(refusal.detail) from refusal


Instant = Annotated[
    datetime,
    BeforeValidator(_read_instant),
    PlainSerializer(instant.render, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-02T09:00:00+08:00"]}),
]
"""RFC 3339 with a zone; answered in UTC with microseconds."""


def named(kind: type[Named]) -> Any:  # noqa: ANN401 - an annotation's argument
    """Return the annotation that makes pydantic read and document an identifier of this kind."""
    return GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_after_validator_function(
            kind, core_schema.str_schema(pattern=kind.pattern), serialization=core_schema.to_string_ser_schema()
        ),
        lambda _schema, _handler: {"type": "string", "pattern": kind.pattern},  # in questions as in answers
    )


def described_as(name: str) -> Any:  # noqa: ANN401 - an annotation's argument
    """Return the annotation that gives an enumeration this name in the description: more wings than one have a `State`.

    Not checked: that no other shape has the name.
    """

    def referred(source: type[StrEnum], _handler: GetCoreSchemaHandler) -> CoreSchema:
        ref = f"{source.__module__}.{name}:{id(source)}"
        return core_schema.enum_schema(source, list(source), sub_type="str", ref=ref)

    def titled(schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        described: JsonSchemaValue = handler(schema)
        handler.resolve_ref_schema(described)["title"] = name
        return described

    return GetPydanticSchema(referred, titled)


@dataclass(frozen=True, slots=True)
class Page:
    """Where a listing goes on: at most `limit` items, those after the identifier `after`."""

    after: str | None
    limit: int

    @classmethod
    def asked(
        cls,
        after: Annotated[str | None, Query(max_length=64, description="the last identifier of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> "Page":
        """Read the page a request asks for."""
        return cls(after=after, limit=limit)

    def past(self, kind: type[Named]) -> Named | None:
        """Return the identifier to go on after. Refuses `NotAnId`."""
        return None if self.after is None else kind(self.after)


def paged() -> Any:  # noqa: ANN401 - FastAPI types its own markers so
    """Receive the `Page` a request asks for."""
    return Depends(Page.asked)


def done(status: int, body: Shape, **shown_once: Json) -> Reply:
    """Return the reply of a command that was carried out."""
    return Reply(status=status, body=body.model_dump(mode="json"), shown_once=shown_once)


def refuses(*refusals: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """Document a route's refusals for OpenAPI, by the status each is rendered with."""
    documented: dict[int | str, dict[str, Any]] = {}
    for one in refusals:
        entry = documented.setdefault(STATUS[one.kind], {"description": "", "content": {PROBLEM_TYPE: {}}})
        entry["description"] = "; ".join(filter(None, [entry["description"], f"`{one.code()}` {one.title()}"]))
    return documented


STATUS: Final[Mapping[Kind, int]] = {
    Kind.MALFORMED: 422,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.UNAVAILABLE: 503,
}
"""The HTTP status of each kind of refusal; only `Unauthenticated` differs (401)."""

PROBLEM_TYPE: Final = "application/problem+json"
