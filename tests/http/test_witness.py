"""A witness over real HTTP: exact answers, our client of it, and what happens when either is killed or lies."""

import asyncio
import gzip
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from ledger.audit.engine import audit
from ledger.log import checkpoints, notes
from ledger.log.remote import (
    Ahead,
    Answered,
    Behind,
    FastClock,
    Inconsistent,
    Lied,
    NotTrusted,
    OldTime,
    OtherKeys,
    Unreachable,
    Upload,
    Witness,
)
from ledger.log.signers import COSIGNATURE, from_secret
from ledger.log.submissions import Header, Package, Submission
from ledger.witness import server, service, serving
from ledger.witness.mirror import folder_of
from ledger.witness.model import origin_hash
from tests import make_log
from tests.make_witness import AT, ED25519, ELSEWHERE, NAME, ORIGIN, Tree, gather, listening, opened, policy_of, served

TREE = Tree.of(600)
FORKED = Tree.of(600, fork=3)
HASH = origin_hash(ORIGIN)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def party(tmp_path):
    with served(tmp_path / "w") as found:
        yield found


@pytest.fixture
def url(party):
    return party[0]


@pytest.fixture
def web(url):
    with httpx2.Client(base_url=url, trust_env=False) as client:
        yield client


def submit(web, tree, old_size, size) -> httpx2.Response:
    return web.post("/add-checkpoint", content=bytes(tree.submission(old_size, size)))


class TestAddCheckpoint:
    def test_answers_signature_lines(self, web, party):
        response = submit(web, TREE, 0, 8)
        lines = notes.parse_signatures(response.content)
        note = notes.with_signatures(notes.parse(TREE.checkpoint(8)), lines)

        assert response.status_code == 200
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        assert len(notes.verify(note, [one.key for one in party[1].signers])) == 2

    def test_answers_a_conflict_with_its_size_alone(self, web):
        submit(web, TREE, 0, 8)
        response = submit(web, TREE, 0, 9)

        assert (response.status_code, response.content) == (409, b"8\n")
        assert response.headers["content-type"] == "text/x.tlog.size"

    @pytest.mark.parametrize(
        ("submission", "status"),
        [
            (Submission(old_size=9, proof=(), checkpoint=TREE.checkpoint(8)), 400),
            (Submission(old_size=8, proof=(), checkpoint=b"nonsense"), 400),
            (Submission(old_size=8, proof=(), checkpoint=TREE.checkpoint(9).replace(b"\n9\n", b"\n10\n")), 403),
            (Submission(old_size=8, proof=(), checkpoint=TREE.checkpoint(9).replace(b"log", b"lag")), 404),
            (Submission(old_size=7, proof=(), checkpoint=TREE.checkpoint(9)), 409),
            (Submission(old_size=8, proof=(), checkpoint=TREE.checkpoint(9)), 422),
            (FORKED.submission(8, 9), 422),
            (FORKED.submission(8, 8), 422),
        ],
    )
    def test_answers_exactly_the_status_of_the_specification(self, web, submission, status):
        submit(web, TREE, 0, 8)

        assert web.post("/add-checkpoint", content=bytes(submission)).status_code == status

    def test_reads_no_more_than_a_submission_can_be(self, web):
        assert web.post("/add-checkpoint", content=bytes(2_000_000)).status_code == 413

    def test_takes_no_packed_submission(self, web):
        content = gzip.compress(bytes(TREE.submission(0, 8)))

        assert web.post("/add-checkpoint", content=content, headers={"Content-Encoding": "gzip"}).status_code == 415

    def test_is_only_posted_to(self, web):
        assert web.get("/add-checkpoint").status_code == 405

    def test_keeps_connections_open(self, url):
        connection = http.client.HTTPConnection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        connection.connect()
        first = connection.sock
        for content, status in ((b"x", 400), (bytes(TREE.submission(0, 8)), 200), (bytes(TREE.submission(0, 8)), 409)):
            connection.request("POST", "/add-checkpoint", content)
            response = connection.getresponse()
            response.read()
            assert (response.status, connection.sock) == (status, first)
        connection.close()

    def test_lets_exactly_one_of_many_win_over_http(self, url):
        answers, ready = [], threading.Barrier(8)

        def race(size: int) -> None:
            with httpx2.Client(base_url=url, trust_env=False, timeout=30) as web:
                ready.wait()
                answers.append((size, submit(web, TREE, 0, size)))

        threads = [threading.Thread(target=race, args=(size,)) for size in range(20, 28)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        won = [size for size, one in answers if one.status_code == 200]

        assert len(won) == 1
        assert {one.content for _, one in answers if one.status_code == 409} == {b"%d\n" % won[0]}

    def test_survives_noise(self, web):
        for content in (b"", b"\xff" * 1000, b"old 1\n" * 100, b"old 0\n\n\n\n\n", "old 0\n\n—\n1\n\n— a b\n".encode()):
            assert web.post("/add-checkpoint", content=content).status_code == 400


class TestMonitoring:
    def test_shows_the_newest_checkpoint_by_the_hash_of_the_origin(self, web):
        assert web.get(f"/{HASH}/checkpoint").status_code == 404
        lines = notes.parse_signatures(submit(web, TREE, 0, 8).content)
        response = web.get(f"/{HASH}/checkpoint")

        assert notes.parse(response.content).signatures[-2:] == lines
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        assert web.get(f"/{HASH.upper()}/checkpoint").status_code == 404

    def test_keeps_the_mirror_under_another_prefix(self, web, url):
        submit(web, TREE, 0, 300)
        assert web.get(f"/mirror/{HASH}/checkpoint").status_code == 404
        push(url, TREE, 300)

        assert web.get(f"/mirror/{HASH}/checkpoint").content != web.get(f"/{HASH}/checkpoint").content
        assert web.get(f"/{HASH}/tile/0/000").status_code == 404

    def test_shows_a_person_what_was_refused(self, web):
        submit(web, TREE, 0, 8)
        assert "No log is known to have misbehaved" in web.get("/").text
        submit(web, FORKED, 8, 8)
        page = web.get("/")

        assert "signed two roots for size 8" in page.text
        assert ORIGIN in page.text
        assert NAME in page.text

    def test_tells_a_machine_the_same(self, web):
        submit(web, TREE, 0, 8)
        submit(web, FORKED, 8, 8)
        health = web.get("/healthz").json()

        assert health["status"] == "ok"
        assert health["logs"][0]["size"] == 8
        (found,) = health["logs"][0]["findings"]
        assert re.fullmatch(r"signed two roots for size 8, seen 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", found)

    def test_shows_a_copy_that_was_damaged_and_a_list_of_logs_that_makes_no_sense(self, tmp_path):
        with opened(tmp_path / "w") as witness:
            witness.submit(bytes(TREE.submission(0, 8)))
        folder_of(tmp_path / "w", ORIGIN).mkdir(parents=True)
        (folder_of(tmp_path / "w", ORIGIN) / "checkpoint").write_bytes(b"nonsense")
        with served(tmp_path / "w") as (url, witness), httpx2.Client(base_url=url, trust_env=False) as web:
            assert "damaged" in web.get("/").text
            assert web.get("/healthz").json()["logs"][0]["mirrored"] is None
            assert web.get(f"/mirror/{HASH}/checkpoint").status_code == 500
            witness.trust.path.write_text("nonsense\n")
            submit(web, TREE, 8, 9)
            assert "cannot be read" in web.get("/").text
            assert web.get("/healthz").json()["status"] == "degraded"


def source(tree: Tree, size: int) -> Upload:
    return Upload(origin=tree.origin, size=size, entries=tree.slice, prove=tree.prove_subtree)


def push(url: str, tree: Tree, size: int, **kwargs):
    with Witness(url) as witness:
        return witness.push(source(tree, size), **kwargs)


def upload_body(tree: Tree, start: int, stop: int, packages: int | None = None) -> bytes:
    header = Header(origin=ORIGIN, start=start, stop=stop)
    found = bytes(header)
    for one, other in list(header.packages())[:packages]:
        proof = tuple(tree.prove_subtree(one - one % 256, other, stop))
        found += bytes(Package(start=one, entries=tuple(tree.entries[one:other]), proof=proof))
    return found


class TestAddEntries:
    def test_answers_mirror_cosignatures_when_all_is_there(self, web, party):
        submit(web, TREE, 0, 600)
        response = web.post("/add-entries", content=upload_body(TREE, 0, 600))
        note = notes.with_signatures(notes.parse(TREE.checkpoint(600)), notes.parse_signatures(response.content))

        assert response.status_code == 200
        assert len(notes.verify(note, [one.key for one in party[1].mirror.signers])) == 2
        assert response.headers["accept-encoding"] == "gzip"

    def test_answers_where_to_go_on(self, web):
        submit(web, TREE, 0, 600)
        response = web.post("/add-entries", content=upload_body(TREE, 0, 600, packages=1))

        assert (response.status_code, response.content) == (202, b"600\n256\n\n")
        assert response.headers["content-type"] == "text/x.tlog.mirror-info"

    def test_answers_a_conflict_with_where_it_is(self, web):
        submit(web, TREE, 0, 600)
        response = web.post("/add-entries", content=upload_body(TREE, 256, 600))

        assert (response.status_code, response.content) == (409, b"600\n0\n\n")
        assert response.headers["content-type"] == "text/x.tlog.mirror-info"

    @pytest.mark.parametrize(
        ("content", "status"),
        [
            (b"", 400),
            (upload_body(TREE, 0, 600)[:40], 400),
            (bytes(Header(origin="log.example/other", start=0, stop=1)), 404),
            (upload_body(FORKED, 0, 600), 422),
            (b"\0\0" + bytes(100), 400),
        ],
    )
    def test_answers_exactly_the_status_of_the_specification(self, web, content, status):
        submit(web, TREE, 0, 600)

        assert web.post("/add-entries", content=content).status_code == status

    def test_answers_422_before_any_checkpoint(self, web):
        assert web.post("/add-entries", content=upload_body(TREE, 0, 600)).status_code == 422

    def test_takes_gzip_and_nothing_else(self, web):
        submit(web, TREE, 0, 600)
        content = upload_body(TREE, 0, 600)

        def sent(content, encoding):
            return web.post("/add-entries", content=content, headers={"Content-Encoding": encoding}).status_code

        assert sent(content, "br") == 415
        assert sent(content, "gzip") == 400
        assert sent(gzip.compress(content)[:-400], "gzip") == 202
        assert sent(gzip.compress(content), "gzip") == 200

    def test_unpacks_no_more_than_it_has_read(self, web, party):
        submit(web, TREE, 0, 600)
        bomb = gzip.compress(bytes(Header(origin=ORIGIN, start=0, stop=600)) + bytes(300_000_000))
        response = web.post("/add-entries", content=bomb, headers={"Content-Encoding": "gzip"}, timeout=60)

        assert response.status_code == 422

    def test_hears_a_refusal_though_the_body_is_still_coming(self, web):
        submit(web, TREE, 0, 600)

        def pieces():
            yield bytes(Header(origin=ORIGIN, start=300, stop=600))
            for _ in range(100):
                yield bytes(10_000)

        assert web.post("/add-entries", content=pieces()).status_code == 409

    def test_keeps_what_came_before_the_line_broke(self, url, web):
        submit(web, TREE, 0, 600)
        content = upload_body(TREE, 0, 600)
        with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as connection:
            head = f"POST /add-entries HTTP/1.1\r\nHost: w\r\nContent-Length: {len(content)}\r\n\r\n"
            connection.sendall(head.encode() + content[: len(content) // 2 + 200])
        deadline = time.monotonic() + 20
        while web.post("/add-entries", content=upload_body(TREE, 512, 600)).content != b"600\n256\n\n":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert push(url, TREE, 600).size == 600


def dial(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), timeout=20)


def head(length: int) -> bytes:
    return f"POST /add-entries HTTP/1.1\r\nHost: w\r\nContent-Length: {length}\r\n\r\n".encode()


class TestBounds:
    """What somebody whom nobody knows can take up of the witness."""

    def test_takes_in_so_many_uploads_at_once(self, url, web, monkeypatch):
        monkeypatch.setattr(server, "UPLOADS_AT_ONCE", 2)
        submit(web, TREE, 0, 600)
        content = upload_body(TREE, 0, 600)
        with dial(url) as one, dial(url) as other:
            for connection in (one, other):
                connection.sendall(head(len(content)) + content[:100])
            time.sleep(0.3)
            response = web.post("/add-entries", content=content)
            assert (response.status_code, response.headers["retry-after"]) == (503, "5")
            assert web.get("/healthz").status_code == 200
            for connection in (one, other):
                connection.sendall(content[100:])
                assert connection.recv(12) == b"HTTP/1.1 200"

        assert web.post("/add-entries", content=upload_body(TREE, 600, 600)).status_code == 200

    def dripped(self, url, content, rest, every_s=0.05, pieces=200) -> tuple[bytes, float]:
        """Send what follows a little at a time; return what is answered and after how long."""
        with dial(url) as connection:
            connection.sendall(head(1_000_000) + content)
            connection.settimeout(every_s)
            started = time.monotonic()
            for at in range(pieces):
                try:
                    answer, after_s = connection.recv(10_000), time.monotonic() - started
                    connection.settimeout(20)
                    while answer and b"\r\n\r\n" not in answer.rstrip(b"\r\n"):  # its body may come by itself
                        answer += connection.recv(10_000)
                    return answer, after_s
                except TimeoutError:
                    connection.sendall(rest[at : at + 1] or b"\0")
        return b"", time.monotonic() - started

    @pytest.mark.parametrize(("packages", "said"), [(0, b"400"), (1, b"202")])
    def test_waits_for_no_package_that_only_drips(self, url, web, monkeypatch, packages, said):
        monkeypatch.setattr(server, "BODY_TIMEOUT_S", 0.7)
        monkeypatch.setattr(server, "DRAINED_BYTES", 0)
        submit(web, TREE, 0, 600)
        whole, begun = upload_body(TREE, 0, 600), upload_body(TREE, 0, 600, packages=packages)
        answer, after_s = self.dripped(url, begun, whole[len(begun) :])

        assert answer.startswith(b"HTTP/1.1 " + said)
        assert after_s < 5

    def test_waits_for_no_header_that_only_drips(self, url, monkeypatch):
        monkeypatch.setattr(server, "BODY_TIMEOUT_S", 0.7)
        monkeypatch.setattr(server, "DRAINED_BYTES", 0)

        assert self.dripped(url, b"", upload_body(TREE, 0, 600))[0].startswith(b"HTTP/1.1 400")

    def test_takes_in_no_upload_for_ever(self, url, web, monkeypatch):
        monkeypatch.setattr(server, "UPLOAD_TIMEOUT_S", 0.7)
        submit(web, TREE, 0, 600)
        begun = upload_body(TREE, 0, 600, packages=2)
        answer, after_s = self.dripped(url, begun, b"")

        assert b"600\n512\n" in answer
        assert after_s < 5

    def test_asks_its_memory_beside_the_loop(self, web, monkeypatch):
        on_the_loop = []
        where = service.Upload.where

        def noted(upload):
            on_the_loop.append(asyncio._get_running_loop() is not None)
            return where(upload)

        monkeypatch.setattr(service.Upload, "where", noted)
        submit(web, TREE, 0, 600)

        assert web.post("/add-entries", content=upload_body(TREE, 256, 600)).status_code == 409
        assert on_the_loop == [False]

    def test_has_so_many_connections(self, tmp_path, monkeypatch):
        monkeypatch.setattr(serving, "CONNECTIONS", 5)
        with served(tmp_path / "w") as (url, _):
            idle = [dial(url) for _ in range(6)]
            time.sleep(0.2)
            assert httpx2.get(f"{url}/healthz", trust_env=False).status_code == 503
            for one in idle:
                one.close()
            time.sleep(0.2)
            assert httpx2.get(f"{url}/healthz", trust_env=False).status_code == 200

    @pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nX: y\r\n"])
    def test_hangs_up_on_who_never_asks(self, tmp_path, monkeypatch, said):
        monkeypatch.setattr(serving, "HEAD_TIMEOUT_S", 0.3)
        with served(tmp_path / "w") as (url, _), dial(url) as connection:
            connection.sendall(said)
            started = time.monotonic()
            connection.recv(1000)

            assert time.monotonic() - started < 5


class TestPush:
    def test_brings_a_mirror_up_from_wherever_it_is(self, url, web, party, tmp_path):
        tree = Tree.of(33 * 256 + 5)  # more than one request
        submit(web, tree, 0, len(tree.entries))
        pushed = push(url, tree, len(tree.entries), start=700)

        assert pushed.size == len(tree.entries)
        note = notes.with_signatures(notes.parse(tree.checkpoint(pushed.size)), pushed.lines)
        assert len(notes.verify(note, [one.key for one in party[1].mirror.signers])) == 2
        for path in ("tile/0/000", "tile/0/033.p/5", "tile/1/000.p/33", "tile/entries/000", "tile/entries/033.p/5"):
            kept = (folder_of(tmp_path / "w", ORIGIN) / path).read_bytes()
            response = web.get(f"/mirror/{HASH}/{path}")
            assert response.content == kept
            assert "immutable" in response.headers["cache-control"]

    def test_makes_a_copy_that_passes_an_audit(self, tmp_path):
        log = make_log.Log().trade(600)
        tree = Tree(list(log.contents), signers=(make_log.SIGNER,))
        with served(tmp_path / "w") as (url, witness):
            witness.trust.path.write_text(f"log {make_log.SIGNER.key}\nquorum none\n")
            witness.submit(bytes(tree.submission(0, 600)))
            push(url, tree, 600)

        assert audit(folder_of(tmp_path / "w", ORIGIN), vkey=make_log.VKEY).entries == 600

    def test_names_a_mirror_that_knows_another_history(self, url, web):
        submit(web, FORKED, 0, 600)
        with pytest.raises(Inconsistent):
            push(url, TREE, 600)

    def test_names_a_mirror_that_is_ahead(self, url, web):
        submit(web, TREE, 0, 600)
        with pytest.raises(Ahead):
            push(url, TREE, 300)

    def test_names_a_mirror_that_does_not_know_us(self, url):
        with pytest.raises(NotTrusted):
            push(url, Tree([b"x"], origin="log.example/other", signers=(ELSEWHERE,)), 1)


class TestGather:
    def asked(self, party, tree=TREE, size=8, sizes=None, **kwargs):
        policy = policy_of(party, **kwargs)
        return gather(tree.checkpoint(size), sizes=sizes or {}, prove=tree.prove, policy=policy, at=now())[0]

    def test_returns_cosignatures_that_meet_a_policy(self, party):
        found = self.asked(party)
        note = notes.with_signatures(notes.parse(TREE.checkpoint(8)), found.signatures)

        assert found.problem is None
        assert found.size == 8
        assert len(policy_of(party, quorum="w0/0").verify(note).witnesses) == 2

    def test_goes_on_from_the_size_it_is_told(self, party):
        self.asked(party)

        assert len(self.asked(party, size=20).signatures) == 2
        assert len(self.asked(party, size=30, sizes={party[0]: 20}).signatures) == 2
        assert len(self.asked(party, size=30, sizes={party[0]: 7}).signatures) == 2

    def test_names_a_witness_that_is_ahead_of_a_restored_log(self, party):
        self.asked(party, size=20)
        found = self.asked(party, size=8)

        assert isinstance(found.problem, Ahead)
        assert found.problem.facts["witness_size"] == 20
        assert "restored from an older copy" in found.problem.detail
        assert not found.signatures

    def test_names_a_fork(self, party):
        self.asked(party, size=8)

        assert isinstance(self.asked(party, tree=FORKED, size=8).problem, Inconsistent)
        assert isinstance(self.asked(party, tree=FORKED, size=9).problem, Inconsistent)
        assert isinstance(self.asked(party, tree=FORKED, size=8, sizes={party[0]: 8}).problem, Inconsistent)

    def test_names_a_witness_that_does_not_trust_us(self, party):
        tree = Tree([b"x"], origin="log.example/other", signers=(ELSEWHERE,))

        assert isinstance(self.asked(party, tree=tree, size=1).problem, NotTrusted)

    def test_names_one_that_is_not_there(self, party):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]

        assert isinstance(self.asked((f"http://127.0.0.1:{port}", party[1])).problem, Unreachable)
        assert isinstance(self.asked(("nonsense://x", party[1])).problem, Unreachable)


@contextmanager
def answering(status: int, content: bytes, headers: tuple[tuple[bytes, bytes], ...] = (), *, endless: bool = False):
    """A witness that answers everything with the same."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        for _ in range(200 if endless else 0):  # far more than it may read
            await send({"type": "http.response.body", "body": bytes(60_000), "more_body": True})
        await send({"type": "http.response.body", "body": content})

    with listening(app) as url:
        yield url


class TestLies:
    """What our client makes of answers that no honest witness gives."""

    def found(self, party, status, content, *, headers=(), size=8, sizes=None, tree=TREE):
        with answering(status, content, headers) as url:
            policy = policy_of((url, party[1]))
            known = {url: sizes} if sizes is not None else {}
            return gather(tree.checkpoint(size), sizes=known, prove=tree.prove, policy=policy, at=now())[0]

    def lines(self, party, text: bytes, at: datetime) -> bytes:
        found = notes.sign(text.decode(), party[1].signers, at=at).signatures
        return "".join(f"{one.line}\n" for one in found).encode()

    def text(self, tree, size) -> bytes:
        return notes.parse(tree.checkpoint(size)).text.encode()

    @pytest.mark.parametrize(("tree", "size"), [(TREE, 9), (FORKED, 8)])
    def test_names_a_cosignature_of_another_checkpoint(self, party, tree, size):
        found = self.found(party, 200, self.lines(party, self.text(tree, size), now()))

        assert isinstance(found.problem, Lied)
        assert not found.signatures

    def test_names_a_cosignature_from_the_future(self, party):
        text = self.text(TREE, 8)

        found = self.found(party, 200, self.lines(party, text, now() + timedelta(days=1)))
        assert isinstance(found.problem, FastClock)
        assert not found.signatures
        assert self.found(party, 200, self.lines(party, text, now() + timedelta(minutes=4))).problem is None

    @pytest.mark.parametrize(("age", "problem"), [(timedelta(hours=23), type(None)), (timedelta(hours=25), OldTime)])
    def test_names_a_cosignature_from_long_before_it_was_asked_for(self, party, age, problem):
        lines = self.lines(party, self.text(TREE, 8), now() - age)

        assert isinstance(self.found(party, 200, lines).problem, problem)

    def test_takes_an_empty_answer_for_that_of_a_mirror_alone(self):
        with answering(200, b"") as url, Witness(url) as witness:
            assert witness.ask(TREE.submission(0, 8), 8) == Answered(())

    def test_spells_an_address_that_is_not_text(self):
        with Witness("http://\udcff.example/") as witness, pytest.raises(Unreachable) as refused:
            witness.ask(TREE.submission(0, 8), 8)

        assert "http://\\xff.example" in refused.value.detail
        refused.value.detail.encode()

    def test_names_a_cosignature_without_a_time(self, party):
        signer = party[1].signers[0]
        plain = make_log.Ed25519Signer(NAME, signer.secret()).sign(self.text(TREE, 8), at=AT)
        line = notes.Signature(NAME, signer.key.id, bytes(8) + plain).line

        assert isinstance(self.found(party, 200, f"{line}\n".encode()).problem, Lied)

    def test_names_one_bad_line_beside_a_good_one(self, party):
        good, _ = self.lines(party, self.text(TREE, 8), now()).splitlines(keepends=True)
        _, bad = self.lines(party, self.text(TREE, 9), now()).splitlines(keepends=True)

        assert isinstance(self.found(party, 200, good + bad).problem, Lied)

    def test_ignores_lines_of_keys_it_does_not_know(self, party):
        stranger = from_secret("stranger.example", COSIGNATURE, bytes(32))
        line = notes.sign(self.text(TREE, 9).decode(), [stranger], at=now()).signatures[0].line
        good = self.lines(party, self.text(TREE, 8), now())

        assert len(self.found(party, 200, f"{line}\n".encode() + good).signatures) == 2
        assert isinstance(self.found(party, 200, f"{line}\n".encode()).problem, OtherKeys)

    @pytest.mark.parametrize("content", [b"\n", b"ok", b"\xff\xfe", b"8\n", "— a b\n".encode(), b"<html>\n"])
    def test_names_an_answer_without_signature_lines(self, party, content):
        assert isinstance(self.found(party, 200, content).problem, Lied)

    @pytest.mark.parametrize(
        "content", [b"", b"-1\n", b"08\n", b"8.0\n", b"eight", b"9" * 40, b"\xff", b"8\n8\n", b"8 "]
    )
    def test_names_a_conflict_without_a_size(self, party, content):
        assert isinstance(self.found(party, 409, content).problem, Lied)

    def test_names_a_conflict_with_the_size_that_was_submitted(self, party):
        assert isinstance(self.found(party, 409, b"0\n").problem, Lied)
        assert isinstance(self.found(party, 409, b"7\n", sizes=7).problem, Lied)

    def test_asks_once_more_and_then_no_more(self, party):
        found = self.found(party, 409, b"5\n")

        assert isinstance(found.problem, Lied)  # it answers 5 again, to a proof from 5

    def test_takes_409_for_another_root_at_the_same_size_as_it_is_meant(self, party):
        assert isinstance(self.found(party, 409, b"8\n", sizes=8).problem, Inconsistent)

    def test_takes_a_conflict_without_its_newline_or_type(self, party):
        assert isinstance(self.found(party, 409, b"9").problem, Ahead)

    @pytest.mark.parametrize(
        ("status", "problem"),
        [
            (400, Unreachable),
            (403, NotTrusted),
            (404, NotTrusted),
            (422, Inconsistent),
            (429, Unreachable),
            (500, Unreachable),
            (503, Unreachable),
            (201, Unreachable),
        ],
    )
    def test_names_every_other_status(self, party, status, problem):
        assert isinstance(self.found(party, status, b"\x1b[31mno").problem, problem)
        assert "\x1b" not in self.found(party, status, b"\x1b[31mno").problem.detail

    def test_is_not_sent_elsewhere(self, party):
        found = self.found(party, 307, b"", headers=((b"location", party[0].encode() + b"/add-checkpoint"),))

        assert isinstance(found.problem, Unreachable)

    def test_does_not_unpack(self, party):
        packed = gzip.compress(self.lines(party, self.text(TREE, 8), now()))

        assert isinstance(self.found(party, 200, packed, headers=((b"content-encoding", b"gzip"),)).problem, Lied)

    def test_stops_reading_what_does_not_end(self, party):
        with (
            answering(200, b"", endless=True) as url,
            Witness(url) as witness,
            pytest.raises(Lied, match="without end"),
        ):
            witness.ask(TREE.submission(0, 8), 8)

    def test_stops_waiting_for_what_drips(self):
        with dripping() as url, Witness(url, timeout_s=0.5) as witness:
            started = time.monotonic()
            with pytest.raises(Unreachable):
                witness.ask(TREE.submission(0, 8), 8)

            assert time.monotonic() - started < 10

    @pytest.mark.parametrize("content", [b"", b"1\n2\n", b"600\n256\n\n", b"600\n0\n\n"])
    def test_gets_away_from_a_mirror_that_goes_nowhere(self, content):
        for status in (202, 409):
            with answering(status, content) as url, pytest.raises(Lied):
                push(url, TREE, 600, start=256)

    @pytest.mark.parametrize("answers", [[(202, 256), (409, 0)], [(202, 256), (202, 255)]], ids=["to and fro", "back"])
    def test_follows_no_mirror_for_ever(self, answers):
        asked = []
        upload = Upload(origin=ORIGIN, size=600, entries=TREE.slice, prove=lambda *_: ())

        def respond(_body):
            status, next_entry = answers[len(asked) % len(answers)]
            asked.append(next_entry)
            return status, b"%d\n%d\n\n" % (upload.size, next_entry)

        with responding(respond) as url, Witness(url) as witness, pytest.raises(Lied, match="gets no further"):
            witness.push(upload)

        assert len(asked) < 25

    def test_goes_no_entry_at_a_time(self):
        asked = []
        upload = Upload(origin=ORIGIN, size=600, entries=TREE.slice, prove=TREE.prove_subtree)

        def respond(_body):
            asked.append(1)
            return 202, b"600\n%d\n\n" % len(asked)

        with responding(respond) as url, Witness(url) as witness, pytest.raises(Lied, match="gets no further"):
            witness.push(upload)

        assert len(asked) == 1


@contextmanager
def responding(respond):
    """A mirror that answers each request as a function of its body says."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        status, content = respond(body)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": content})

    with listening(app) as url:
        yield url


@contextmanager
def dripping():
    """A witness whose headers never end: a byte now and then."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not done.wait(0.1):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        done.set()
        thread.join()


@contextmanager
def process(home, when: str = "never"):
    """A witness in a process of its own; yields it and its address."""
    command = [sys.executable, "-m", "tests.killed_witness", str(home), when]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            line = running.stdout.readline()
            yield running, re.search(r"http://\S+", line)[0]
        finally:
            if running.poll() is None:
                running.send_signal(signal.SIGTERM)
                running.wait(20)


class TestKilled:
    @pytest.mark.parametrize(("when", "kept"), [("before", 8), ("after", 20)])
    def test_witness_catches_up(self, tmp_path, when, kept):
        with opened(tmp_path / "w") as witness:
            policy_keys = [one.key for one in witness.signers]
        with process(tmp_path / "w", when) as (running, url), Witness(url) as client:
            assert isinstance(client.ask(TREE.submission(0, 8), 8), Answered)
            with pytest.raises(Unreachable):
                client.ask(TREE.submission(8, 20), 20)
            assert running.wait(20) == -signal.SIGKILL

        with process(tmp_path / "w") as (_, url), Witness(url) as client:
            assert client.ask(TREE.submission(0, 30), 30) == Behind(kept)
            answer = client.ask(TREE.submission(kept, 30), 30)
            note = notes.with_signatures(notes.parse(TREE.checkpoint(30)), answer.lines)
            assert notes.verify(note, policy_keys) == policy_keys

    def test_witness_cosigns_no_other_history_afterwards(self, tmp_path):
        with opened(tmp_path / "w"):
            pass
        with process(tmp_path / "w", "after") as (_, url), Witness(url) as client:
            client.ask(TREE.submission(0, 8), 8)
            with pytest.raises(Unreachable):
                client.ask(TREE.submission(8, 20), 20)
        with process(tmp_path / "w") as (_, url), Witness(url) as client, pytest.raises(Inconsistent):
            client.ask(FORKED.submission(20, 20), 20)

    def test_mirror_goes_on_where_it_was_killed(self, tmp_path):
        with opened(tmp_path / "w") as witness:
            witness.submit(bytes(TREE.submission(0, 8)))
        with process(tmp_path / "w") as (running, url), httpx2.Client(base_url=url, trust_env=False) as web:
            submit(web, TREE, 8, 600)
            assert web.post("/add-entries", content=upload_body(TREE, 0, 600, packages=1)).status_code == 202
            os.kill(running.pid, signal.SIGKILL)
            running.wait(20)
        with process(tmp_path / "w") as (_, url), httpx2.Client(base_url=url, trust_env=False) as web:
            response = web.post("/add-entries", content=upload_body(TREE, 512, 600))
            assert (response.status_code, response.content) == (409, b"600\n256\n\n")
            assert push(url, TREE, 600, start=256).size == 600

    def test_process_stops_when_asked_and_is_alone_in_its_folder(self, tmp_path):
        with opened(tmp_path / "w"):
            pass
        with process(tmp_path / "w") as (running, _):
            second = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "ledger.witness",
                    "serve",
                    "--home",
                    tmp_path / "w",
                    "--name",
                    NAME,
                    "--port",
                    "0",
                ],
                check=False,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert second.returncode == 1
            assert "is being served already" in second.stderr
            assert "Traceback" not in second.stderr
            running.send_signal(signal.SIGTERM)
            assert running.wait(20) == 0

    def test_process_reads_its_logs_again_when_told(self, tmp_path):
        with opened(tmp_path / "w", trusted=(ED25519,)) as witness:
            logs = witness.trust.path
        with process(tmp_path / "w") as (running, url), Witness(url) as client:
            logs.write_text("quorum none\n")
            running.send_signal(signal.SIGHUP)
            with pytest.raises(NotTrusted):
                client.ask(TREE.submission(0, 8), 8)
            logs.write_text(f"log {ED25519.key}\nquorum none\n")
            assert isinstance(client.ask(TREE.submission(0, 8), 8), Answered)


def test_the_newest_checkpoint_is_that_of_the_log(party, web):
    submit(web, TREE, 0, 8)

    assert checkpoints.parse(notes.parse(web.get(f"/{HASH}/checkpoint").content).text).size == 8
