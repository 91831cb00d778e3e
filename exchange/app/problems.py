"""How a refusal is said over HTTP: RFC 9457 problem documents, in English and Chinese.

Every problem has a stable `type` (a path under `/problems/` that this server explains), a `title` and `title_zh`, a
`detail` for this occurrence, and the facts the caller needs as members. What nobody foresaw becomes a blank 500
with the request's number.
"""

import logging
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ledger.kernel import answers, money
from ledger.kernel.answers import Refused
from ledger.kernel.canonical import Json
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.web import PROBLEM_TYPE, STATUS, Unauthenticated

log = logging.getLogger(__name__)

RETRY_AFTER_S: Final = "1"
MAX_REPORTED_FIELDS: Final = 20
MAY_PASS: Final = ("08", "40", "53", "55P03", "57")  # connection, rollback, resources, lock wait, shut-down

FRAMEWORK: Final[Mapping[int, tuple[str, str, str]]] = {
    400: ("http/unreadable", "The request cannot be read", "无法读取请求"),
    404: ("http/no-such-page", "There is nothing at this address", "此地址不存在"),
    405: ("http/wrong-method", "This address does not take that method", "此地址不支持该方法"),
    413: ("http/too-large", "The request is too large", "请求过大"),
    422: ("http/malformed", "The request does not have the expected form", "请求格式不正确"),
    503: ("http/busy", "The exchange cannot answer just now", "系统暂时无法应答"),
    500: ("http/unexpected", "Something went wrong on our side; nothing was done", "系统内部错误，未执行任何操作"),
}
"""Problems that no wing raises: code, English title, Chinese title, by status."""


def _said(name: str, value: Json) -> tuple[str, Json]:
    """Write a fact for a person: `minimum_next_fen` as `minimum_next`, in yuan like every other amount."""
    if name.endswith("_fen") and isinstance(value, int):
        return name.removesuffix("_fen"), {"amount": money.format_yuan(value), "currency": money.CURRENCY}
    return name, value


class TooLarge(HTTPException):
    """A body grew past the limit while it was being read."""

    def __init__(self) -> None:
        super().__init__(413, "send at most 1 MiB")


def problem(status: int, words: Mapping[str, Json], *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a problem document from `{code, title, zh, detail, facts}`."""
    facts = words.get("facts") or {}
    assert isinstance(facts, Mapping)
    body = {
        "type": f"/problems/{words['code']}",
        "title": words["title"],
        "title_zh": words["zh"],
        "status": status,
        "detail": words["detail"],
        **dict(_said(name, value) for name, value in facts.items()),
    }
    return JSONResponse(body, status_code=status, media_type=PROBLEM_TYPE, headers=dict(headers or {}))


def framework_problem(status: int, detail: str, **facts: Json) -> JSONResponse:
    """Return the problem of a request that reached no wing."""
    code, title, zh = FRAMEWORK.get(status, FRAMEWORK[400])
    return problem(status, {"code": code, "title": title, "zh": zh, "detail": detail, "facts": facts})


def install(app: FastAPI) -> None:
    """Make `app` answer every refusal, known or not, with a problem document."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _framework)
    for kind in (sa.exc.DBAPIError, sa.exc.TimeoutError, psycopg.Error):
        app.add_exception_handler(kind, _database)
    app.add_exception_handler(Exception, _unexpected)


async def _refusal(_: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, Refusal)
    if isinstance(refusal, Unauthenticated):
        return problem(401, answers.words(refusal), headers={"WWW-Authenticate": 'Bearer realm="mengkeju"'})
    headers = {"Retry-After": RETRY_AFTER_S} if refusal.kind is Kind.UNAVAILABLE else None
    return problem(STATUS[refusal.kind], answers.words(refusal), headers=headers)


async def _refused(_: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, Refused)
    headers = {"Idempotency-Replayed": "true"} if refused.replayed else None
    return problem(STATUS[Kind(str(refused.words["kind"]))], refused.words, headers=headers)


async def _malformed(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if errors and errors[0]["type"] == "json_invalid":
        return framework_problem(400, "the body is not JSON")
    wrong = [{"at": _pointer(one["loc"]), "says": one["msg"]} for one in errors[:MAX_REPORTED_FIELDS]]
    return framework_problem(422, f"{len(errors)} part(s) of the request are not as expected", wrong=wrong)


async def _framework(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    response = framework_problem(error.status_code, str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _database(request: Request, error: Exception) -> JSONResponse:
    """Answer 503 to what may pass (a lock, a deadlock, a lost or missing connection), else 500.

    The log gets the kind of error and where it arose, never its text: that repeats rows and parameters.
    """
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    number = getattr(request.state, "request_id", "unknown")
    where = "".join(traceback.format_tb(error.__traceback__)[-6:])
    log.error("request %s met %s, sqlstate %s\n%s", number, type(cause).__name__, state, where)
    lost = isinstance(error, sa.exc.TimeoutError) or (isinstance(cause, psycopg.OperationalError) and state is None)
    if lost or (state or "").startswith(MAY_PASS):
        response = framework_problem(503, "ask again by the same Idempotency-Key: nothing is ever done twice")
        response.headers["Retry-After"] = RETRY_AFTER_S
        return response
    return framework_problem(500, "please report this request's number", request_id=number)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    number = getattr(request.state, "request_id", "unknown")
    log.error("request %s failed", number, exc_info=error)
    return framework_problem(500, "please report this request's number", request_id=number)


def _pointer(place: Sequence[Any]) -> str:
    """Write where a body is wrong: `("body", "bids", 0, "amount")` -> `body/bids/0/amount`."""
    return "/".join(str(step) for step in place)


def explain(code: str) -> tuple[int, str, str] | None:
    """Return the status and the English and Chinese titles of a problem code, or None if there is no such code."""
    for status, (known_code, title, zh) in FRAMEWORK.items():
        if known_code == code:
            return status, title, zh
    refusal = known().get(code)
    if refusal is None:
        return None
    status = 401 if refusal is Unauthenticated else STATUS[refusal.kind]
    return status, refusal.title(), refusal.zh


def known(refusal: type[Refusal] = Refusal) -> dict[str, type[Refusal]]:
    """Return every refusal the program can say, by code."""
    found: dict[str, type[Refusal]] = {}
    for one in refusal.__subclasses__():
        found |= {one.code(): one} | known(one)
    return found
