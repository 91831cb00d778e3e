"""What caches and browsers may do with the log (RFC 9110): validate it, have it compressed, read it from any site.

Tags are strong: the hash of the very bytes that are sent. So the same bundle has one tag plain and another compressed.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope, Send

FOR_SECONDS: Final = "max-age=2"
FOR_EVER: Final = "public, max-age=31536000, immutable"
TEXT: Final = "text/plain; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"
BINARY: Final = "application/octet-stream"

COMPRESSION: Final = 6  # higher takes twice the time for a hundredth of the size
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')  # RFC 9110 8.8.3
_CODING = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:;\s*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*)?")


class OpenRoute(APIRoute):
    """A route whose every answer, refusals too, a page of any site may read; a refusal stays in no cache.

    HEAD is answered as GET is, without the body (RFC 9110 9.3.2).
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        bare = scope["method"] == "HEAD"

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = "*"
                if message["status"] >= 400:
                    headers["Cache-Control"] = "no-store"
            elif bare:
                message = {**message, "body": b""}
            await send(message)

        await super().handle({**scope, "method": "GET"} if bare else scope, receive, opened)


def answer(
    request: Request,
    content: bytes,
    *,
    media_type: str,
    cache: str,
    compressible: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return `content`, or 304 without it when the caller holds these bytes already; compressed where that is asked."""
    said = dict(headers or {})
    if compressible:
        said["Vary"] = "Accept-Encoding"
        if prefers_gzip(request.headers.getlist("accept-encoding")):
            content = gzip.compress(content, COMPRESSION, mtime=0)
            said["Content-Encoding"] = "gzip"
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    kept = {"ETag": tag, "Cache-Control": cache}
    if holds(request.headers.getlist("if-none-match"), tag):
        varies = {name: said[name] for name in ("Vary",) if name in said}
        return Response(status_code=304, headers=kept | varies)
    return Response(content, media_type=media_type, headers=kept | said)


def holds(if_none_match: Sequence[str], tag: str) -> bool:
    """Whether `If-None-Match` names the bytes that `tag` does, by the weak comparison (RFC 9110 13.1.2)."""
    wanted = ",".join(if_none_match)
    return wanted.strip() == "*" or tag in _TAG.findall(wanted)


def prefers_gzip(accept_encoding: Sequence[str]) -> bool:
    """Whether `Accept-Encoding` admits gzip and prefers nothing else that we have (RFC 9110 12.5.3)."""
    weights: dict[str, float] = {}
    for one in ",".join(accept_encoding).split(","):
        match = _CODING.fullmatch(one)
        if match:  # a member that is not of the form asks for nothing
            weights[match[1].lower().removeprefix("x-")] = float(match[2] or 1)
    admitted = weights.get("gzip", weights.get("*", 0))
    return admitted > 0 and admitted >= weights.get("identity", 0)
