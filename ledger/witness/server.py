"""The witness over HTTP (C2SP tlog-witness, tlog-mirror): exact status codes and content types, bounded bodies.

POST /add-checkpoint                            cosign a checkpoint; also what an upload is then proven against
POST /add-entries                               take in entries for the mirror; gzip is accepted
GET  /<origin hash>/checkpoint                  the newest checkpoint as cosigned by the witness
GET  /mirror/<origin hash>/checkpoint|tile/…    the mirror's copy, as C2SP tlog-tiles
GET  /                                          a page for a person
GET  /healthz
"""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ledger.kernel.errors import Kind, Refusal
from ledger.log import submissions
from ledger.log.notes import Signature
from ledger.log.submissions import NotAnUpload

from . import page
from .mirror import CopyDamaged, NotMirrored
from .rules import Malformed, OtherSize, WitnessRefusal
from .service import Answer, Upload, Witness

SIZE: Final = {"Content-Type": "text/x.tlog.size"}  # as a header, to which no charset is added
MIRROR_INFO: Final = {"Content-Type": "text/x.tlog.mirror-info", "Accept-Encoding": "gzip"}
TEXT: Final = "text/plain; charset=utf-8"
FOR_SECONDS: Final = {"Cache-Control": "max-age=2"}
FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
ACCEPT: Final = {"Accept-Encoding": "gzip"}
CHUNK_BYTES: Final = 1 << 16
BODY_TIMEOUT_S: Final = 30.0  # for a whole submission, and for each package of an upload, though it holds 16 MiB
UPLOAD_TIMEOUT_S: Final = 300.0  # for all of an upload; what was proven is kept, and the client goes on from there
UPLOADS_AT_ONCE: Final = 8  # each may hold a package of 16 MiB
RETRY_AFTER: Final = {"Retry-After": "5"}
DRAINED_BYTES: Final = 1 << 25  # of a refused upload, so that the client hears the answer


class TooLarge(WitnessRefusal):
    """The body is larger than any submission."""

    zh = "请求体过大"
    status = 413


class TooSlow(WitnessRefusal):
    """The body did not arrive in time."""

    zh = "请求体未及时到达"
    status = 408


class TooMany(WitnessRefusal):
    """Others are uploading; come back later."""

    kind = Kind.UNAVAILABLE
    zh = "并发上传过多，请稍后再试"
    status = 503


class UnknownEncoding(WitnessRefusal):
    """Only gzip is understood here, or nothing."""

    zh = "仅支持 gzip 编码"
    status = 415


def application(witness: Witness) -> Starlette:
    """Return the application that speaks for `witness`."""
    routes = [
        Route("/add-checkpoint", _add_checkpoint, methods=["POST"]),
        Route("/add-entries", _add_entries, methods=["POST"]),
        Route("/healthz", _health),
        Route("/", _page),
        Route("/mirror/{origin}/checkpoint", _mirrored_checkpoint),
        Route("/mirror/{origin}/tile/{path:path}", _mirrored_tile),
        Route("/{origin}/checkpoint", _cosigned),
    ]
    handlers = {WitnessRefusal: _refused, NotMirrored: _not_mirrored, CopyDamaged: _damaged}
    app = Starlette(routes=routes, exception_handlers=handlers)  # type: ignore[arg-type]  # each takes its own class
    app.state.witness = witness
    app.state.uploads = 0  # under way; counted on the one event loop
    return app


async def _add_checkpoint(request: Request) -> Response:
    content = await _whole(request)
    try:
        lines = await run_in_threadpool(_witness(request).submit, content)
    except OtherSize as refusal:
        return Response(f"{refusal.facts['size']}\n", 409, headers=SIZE)
    return Response(_text(lines), media_type=TEXT)


async def _add_entries(request: Request) -> Response:
    state = request.app.state
    if state.uploads >= UPLOADS_AT_ONCE:
        return _plainly(TooMany("as many uploads as there is room for are under way"), 503, RETRY_AFTER)
    state.uploads += 1
    try:
        return await _uploaded(request, _witness(request).upload())
    finally:
        state.uploads -= 1


async def _uploaded(request: Request, upload: Upload) -> Response:
    pieces = request.stream()
    try:
        with suppress(TimeoutError):  # it has ended here, too
            async with asyncio.timeout(None) as patience:
                await _take(request, upload, pieces, patience)
        answer = await run_in_threadpool(upload.finish)
    except WitnessRefusal as refusal:
        await _drain(pieces)
        info = await run_in_threadpool(upload.where) if refusal.status == 409 else None
        if info is None:
            raise
        return Response(bytes(info), 409, headers=MIRROR_INFO)
    return _answered(answer)


async def _take(request: Request, upload: Upload, pieces: AsyncIterator[bytes], patience: asyncio.Timeout) -> None:
    """Feed the body to the upload as it arrives; where it stops making sense, or makes no progress, it has ended."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in {"identity", "gzip"}:
        raise UnknownEncoding("send it as it is, or as gzip")
    inflate = zlib.decompressobj(31) if encoding == "gzip" else None
    now = asyncio.get_running_loop().time
    last = now() + UPLOAD_TIMEOUT_S
    until, parts = now() + BODY_TIMEOUT_S, 0
    try:
        patience.reschedule(until)
        async for piece in pieces:
            patience.reschedule(None)
            await run_in_threadpool(_feed, upload, inflate, piece)
            if upload.complete:
                return
            if upload.parts > parts:
                until, parts = now() + BODY_TIMEOUT_S, upload.parts
            patience.reschedule(min(until, last))
    except (NotAnUpload, zlib.error, ClientDisconnect):
        return  # what was proven before is kept; `finish` says how far it came


def _feed(upload: Upload, inflate: "zlib._Decompress | None", piece: bytes) -> None:
    for part in _inflated(inflate, piece):
        upload.feed(part)


def _inflated(inflate: "zlib._Decompress | None", piece: bytes) -> Iterator[bytes]:
    """Yield what a piece unpacks to, a little at a time."""
    if inflate is None:
        yield piece
        return
    while piece and not inflate.eof:
        yield inflate.decompress(piece, CHUNK_BYTES)
        piece = inflate.unconsumed_tail
    while not inflate.eof and (rest := inflate.decompress(b"", CHUNK_BYTES)):
        yield rest


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    """Read on for a while: a client that is still sending when it is answered may never see the answer."""
    left = DRAINED_BYTES
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for piece in pieces:
                left -= len(piece)
                if left < 0:
                    return
    except (ClientDisconnect, TimeoutError, RuntimeError):
        return


def _answered(answer: Answer) -> Response:
    if answer.info is not None:
        return Response(bytes(answer.info), 202, headers=MIRROR_INFO)
    return Response(_text(answer.lines), media_type=TEXT, headers=ACCEPT)


async def _cosigned(request: Request) -> Response:
    content = await run_in_threadpool(_witness(request).newest, request.path_params["origin"])
    return Response(content, media_type=TEXT, headers=FOR_SECONDS)


async def _mirrored_checkpoint(request: Request) -> Response:
    content = await run_in_threadpool(lambda: _witness(request).copy(request.path_params["origin"]).checkpoint())
    return Response(content, media_type=TEXT, headers=FOR_SECONDS)


async def _mirrored_tile(request: Request) -> Response:
    path = f"tile/{request.path_params['path']}"
    content = await run_in_threadpool(lambda: _witness(request).copy(request.path_params["origin"]).resource(path))
    return Response(content, media_type="application/octet-stream", headers=FOR_EVER)


async def _page(request: Request) -> Response:
    return Response(await run_in_threadpool(page.render, _witness(request)), media_type="text/html; charset=utf-8")


async def _health(request: Request) -> Response:
    health = await run_in_threadpool(page.health, _witness(request))
    return Response(json.dumps(health), media_type="application/json")


async def _whole(request: Request) -> bytes:
    """Return the body of a submission. Refuses `TooLarge`, `TooSlow`, `UnknownEncoding`."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnknownEncoding("a submission is small; send it as it is")
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for piece in request.stream():
                content += piece
                if len(content) > submissions.MAX_SUBMISSION_BYTES:
                    raise TooLarge(f"a submission has at most {submissions.MAX_SUBMISSION_BYTES} bytes")
    except TimeoutError as cause:
        raise TooSlow(f"send it within {BODY_TIMEOUT_S:.0f} seconds") from cause
    except ClientDisconnect as cause:
        raise Malformed("the body was cut short") from cause
    return bytes(content)


async def _refused(_request: Request, refusal: WitnessRefusal) -> Response:
    return _plainly(refusal, refusal.status)


async def _not_mirrored(_request: Request, refusal: NotMirrored) -> Response:
    return _plainly(refusal, 404)


async def _damaged(_request: Request, refusal: CopyDamaged) -> Response:
    return _plainly(refusal, 500)


def _plainly(refusal: Refusal, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(f"{refusal.title()}: {refusal.detail}\n", status, headers=headers, media_type=TEXT)


def _text(lines: tuple[Signature, ...]) -> str:
    return "".join(f"{one.line}\n" for one in lines)


def _witness(request: Request) -> Witness:
    found = request.app.state.witness
    assert isinstance(found, Witness)
    return found
