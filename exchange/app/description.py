"""The API's own description: OpenAPI 3.1 with every refusal declared, and a page of it that needs no network.

FastAPI describes what routes say of themselves; what every door does alike (tokens, keys, problems) is added here once.
"""

import json
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ledger.kernel import answers
from ledger.kernel.web import PROBLEM_TYPE, PUBLIC, KeyMissing, NotAllowed, Unauthenticated

from .skew import ClockAstray

Described = dict[str, Any]
"""A part of an OpenAPI document; Any is its nature."""

KEY: Final = "idempotency-key"
PREFER: Final = "prefer"
UNKEYED: Final = frozenset({"/v1/clock"})  # repeating a move does no harm
PROBLEM: Final[Described] = {
    "type": "object",
    "description": "RFC 9457; the facts of the case are further members, amounts as money",
    "required": ["type", "title", "title_zh", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/auctions/past-end"]},
        "title": {"type": "string"},
        "title_zh": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}

UNWITNESSED: Final = (
    "<strong>UNWITNESSED · 未经见证</strong>: nobody but the exchange itself vouches for its log "
    "(<a href=/healthz>health</a>)."
)
RECORDED: Final[Described] = {
    "type": "object",
    "description": "what the command recorded",
    "required": ["entries"],
    "properties": {
        "entries": {
            "type": "array",
            "items": {"type": "string", "examples": ["ent_01jq0000000000000000000000"]},
            "description": "ids of the entries on the signed log, in order; none if nothing was to be recorded",
        },
        "proofs": {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "description": "with `Prefer: wait=N`: a proof of each entry (C2SP tlog-proof), or null if the log had "
            "not published them within N seconds; the answer's `Preference-Applied` says which",
        },
    },
}


def describe(app: FastAPI, capabilities: dict[tuple[str, str], str]) -> Described:
    """Return the document; `capabilities` names what each (path, method) needs."""
    document: Described = get_openapi(
        title=app.title, version=app.version, summary=app.summary, description=app.description, routes=app.routes
    )
    parts = document.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = PROBLEM
    parts["schemas"]["Recorded"] = RECORDED
    for unused in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(unused, None)
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "description": "mkj_…, shown once"}}
    for path, method, operation in _operations(document):
        needed = capabilities.get((path, method), PUBLIC)
        _parameters(path, method, operation)
        _responses(method, operation, needed)
        if method != "get" and path not in UNKEYED:
            _recorded(operation)
        if needed != PUBLIC:
            operation["security"] = [{"token": []}]
            operation["description"] = f"{operation.get('description', '')}\n\nNeeds the capability `{needed}`.".strip()
    # The framework lists an enumeration by its class's name also where it is described by another one.
    written = json.dumps(document)
    parts["schemas"] = {name: one for name, one in parts["schemas"].items() if f'/schemas/{name}"' in written}
    return document


def page(document: Described, *, witnessed: bool) -> str:
    """Return the document as one page for reading: no scripts, nothing from elsewhere."""
    rows = [
        f"<tr><td><b>{method.upper()}</b> <code>{escape(path)}</code></td><td>{escape(operation.get('summary', ''))}"
        f"<p>{escape(operation.get('description', ''))}</p></td><td>{_said(operation)}</td></tr>"
        for path, method, operation in _operations(document)
    ]
    style = (
        "body{font:15px/1.5 sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem}table{border-collapse:collapse}"
        "td{border-top:1px solid #ccc;padding:.4rem .8rem;vertical-align:top}p{margin:.2rem 0;color:#555}"
    )
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(document['info']['title'])}</title>"
        f"<style>{style}</style><h1>{escape(document['info'].get('summary', ''))}</h1>"
        f"<p>{escape(document['info'].get('description', ''))}</p>"
        f"<p>{'' if witnessed else UNWITNESSED}</p>"
        "<p>Shapes and examples: <a href=/openapi.json>openapi.json</a></p>"
        f"<table>{''.join(rows)}</table></html>"
    )


def _operations(document: Described) -> Iterator[tuple[str, str, Described]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _parameters(path: str, method: str, operation: Described) -> None:
    command = method != "get"
    kept = []
    for one in operation.get("parameters", []):
        if one["name"] == "authorization" or (one["name"] == KEY and not command):
            continue
        if one["name"] == PREFER and not command and not path.endswith("/proof"):
            continue
        if one["name"] == KEY:
            one = one | {"required": path not in UNKEYED, "name": "Idempotency-Key"}  # noqa: PLW2901 - the same one, mended
        if one["name"] == PREFER:
            one = one | {"name": "Prefer"}  # noqa: PLW2901 - as above
        kept.append(one)
    operation["parameters"] = kept


def _responses(method: str, operation: Described, needed: str) -> None:
    responses = operation["responses"]
    said = {"400": "`http/unreadable`", "422": "`http/malformed`", "503": "`http/busy`"}
    if method != "get":
        said["422"] += f"; `{KeyMissing.code()}`"
        said["503"] += f"; `{ClockAstray.code()}`"
        said |= {"409": f"`{answers.KeyReused.code()}`", "413": "`http/too-large`"}
    said["401"] = f"`{Unauthenticated.code()}`"
    if needed != PUBLIC:
        said["403"] = f"`{NotAllowed.code()}`"
    for status, codes in said.items():
        known = responses.get(status, {}).get("description", "")
        known = "" if known == "Validation Error" else known
        responses[status] = {"description": "; ".join(filter(None, [known, codes]))}
    for status, response in responses.items():
        if status >= "400":
            response["content"] = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _recorded(operation: Described) -> None:
    """Add to every answer of a command what it recorded, and on request the proof of it."""
    for status, response in operation["responses"].items():
        content = response.get("content", {}).get("application/json")
        if status < "300" and content:
            content["schema"] = {"allOf": [content["schema"], {"$ref": "#/components/schemas/Recorded"}]}


def _said(operation: Described) -> str:
    return "<br>".join(
        f"<b>{status}</b> {escape(response.get('description', ''))}"
        for status, response in sorted(operation["responses"].items())
    )
