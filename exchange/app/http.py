"""The HTTP application: every wing's routes behind one set of guards."""

import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.kernel.clock import real_now
from ledger.kernel.errors import invariant
from ledger.kernel.web import Gate, Needs
from ledger.log import policy

from . import description, problems

MAX_BODY_BYTES: Final = 1 << 20  # documents are listed by hash, never uploaded here; no lawful body comes near
DESCRIPTION: Final = """\
Technology and IP exchange: achievements are listed, lots are bid for, and every decision is written to a signed log
that anyone can check. Money is a decimal string of yuan, instants are RFC 3339 with a zone, every command carries
an `Idempotency-Key`.
"""


def build(gate: Gate, routers: Sequence[APIRouter]) -> FastAPI:
    """Return the application. A route that names no capability is our own mistake and stops the start."""
    app = FastAPI(
        title="mengkeju",
        summary="蒙科聚: a technology and IP exchange whose record anyone can verify",
        description=DESCRIPTION,
        version="1",
        docs_url=None,  # the framework's page takes its scripts from elsewhere; ours needs no network
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.gate = gate
    for router in routers:
        app.include_router(router)
    routes = api_routes(app)
    invariant(len(routes) == sum(len(router.routes) for router in routers), "every route is of our own kind")
    for route in routes:
        invariant(capability(route) is not None, f"{route.path} names no capability")
    app.state.description = None
    app.openapi = partial(_described, app)  # type: ignore[method-assign]  # FastAPI's documented way
    app.add_route("/docs", _page, include_in_schema=False)
    app.add_route("/", _to_the_page, include_in_schema=False)
    problems.install(app)
    app.add_middleware(Guard)
    return app


def api_routes(app: FastAPI) -> list[APIRoute]:
    """Return the routes of our own, in order; FastAPI keeps those of a router behind the router."""
    found = (context.original_route for context in iter_route_contexts(app.routes))
    return [route for route in found if isinstance(route, APIRoute)]


def capability(route: APIRoute) -> str | None:
    """Return the capability `route` needs, or None when it names none."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Needs):
            return dependency.call.capability
    return None


def _described(app: FastAPI) -> dict[str, Any]:
    """Return the application's OpenAPI document, made once."""
    if app.state.description is None:
        needed: dict[tuple[str, str], str] = {}
        for route in api_routes(app):
            needed |= {(route.path, method.lower()): str(capability(route)) for method in route.methods or ()}
        app.state.description = description.describe(app, needed)
    return dict(app.state.description)


async def _page(request: Request) -> HTMLResponse:
    return HTMLResponse(description.page(request.app.openapi(), witnessed=_is_witnessed(request.app.state.gate)))


def _is_witnessed(gate: Gate) -> bool:
    return policy.parse(gate.policy.encode(errors="surrogateescape")).quorum is not None


async def _to_the_page(_: Request) -> RedirectResponse:
    return RedirectResponse("/docs")


class Guard:
    """Numbers each request, notes when it arrived, and refuses a body that is too large before anything reads it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex
        state = scope.setdefault("state", {})
        state["request_id"], state["arrived_at"] = request_id, real_now()  # 法释〔2016〕18号 art. 20: arrival decides
        if _declared_length(scope) > MAX_BODY_BYTES:
            await _too_large()(scope, receive, send)
            return
        if _holds_a_null(scope):
            await _unstorable()(scope, receive, _numbered(send, request_id))
            return
        await self._app(scope, _counted(receive), _numbered(send, request_id))


def _declared_length(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


def _holds_a_null(scope: Scope) -> bool:
    """Whether an address holds what no database stores. What is no UTF-8 comes as U+FFFD, so nothing else does."""
    return "\x00" in scope["path"] or b"%00" in scope["query_string"] or b"\x00" in scope["query_string"]


def _unstorable() -> ASGIApp:
    return problems.framework_problem(422, "an address may not hold a null character")


def _too_large() -> ASGIApp:
    return problems.framework_problem(413, "send at most 1 MiB", most_bytes=MAX_BODY_BYTES)


def _counted(receive: Receive) -> Receive:
    """Stop reading a body without a declared length once it is too large.

    The framework has such a limit too, but answers in plain text; ours is a problem like every other.
    """
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY_BYTES:
            raise problems.TooLarge
        return message

    return counted


def _numbered(send: Send, request_id: str) -> Send:
    async def numbered(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
        await send(message)

    return numbered
