"""The demo's client against a server that hangs up, is busy or says no: it asks again by the same key, or reports."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from exchange.app.story.client import Client, Fields, Problem


class Scripted(ThreadingHTTPServer):
    """Answers each request with the next of its answers: a status and a body, or None to hang up without one."""

    daemon_threads = True

    def __init__(self, *answers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = list(answers)
        self.seen = []

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.server.seen.append((self.command, self.path, self.headers.get("idempotency-key"), body))
        answer = self.server.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        status, content = answer
        written = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(written)))
        if status == 503:
            self.send_header("retry-after", "0")
        self.end_headers()
        self.wfile.write(written)

    do_POST = do_PUT = do_GET  # noqa: N815 - the library's names

    def log_message(self, *_):
        pass


NO = {"type": "/problems/auctions/past-end", "detail": "bidding has ended"}
BUSY = {"type": "/problems/flows/still-ticking", "detail": "ask again"}


class TestCommand:
    @pytest.mark.parametrize("first", [None, (503, BUSY)])
    def test_is_sent_again_with_the_same_key_until_it_is_answered(self, first):
        with Scripted(first, first, (201, {"id": "bid_1"})) as server, Client(server.url) as client:
            answer = client.post("/v1/bids", {"amount": 1}, token="mkj_a")
        assert (answer.status, answer.fields.text("id"), answer.replayed) == (201, "bid_1", False)
        assert len(server.seen) == 3
        assert len(set(server.seen)) == 1
        assert server.seen[0][2]

    def test_says_no_once(self):
        with Scripted((409, NO)) as server, Client(server.url) as client:
            with pytest.raises(Problem, match="409 auctions/past-end: bidding has ended") as refused:
                client.post("/v1/bids", {"amount": 1}, token="mkj_a")
            assert (refused.value.status, refused.value.code) == (409, "auctions/past-end")

    def test_reports_an_answer_that_is_no_problem_document(self):
        told = pytest.raises(Problem, match="500 unreadable: <html>")
        with Scripted((500, b"<html>")) as server, Client(server.url) as client, told:
            client.put("/v1/listings", {}, token="mkj_a")

    def test_differs_by_bearer_words_and_occasion(self):
        acts = [
            ("/v1/a", {"x": 1}, "mkj_a", None),
            ("/v1/b", {"x": 1}, "mkj_a", None),
            ("/v1/a", {"x": 2}, "mkj_a", None),
            ("/v1/a", {"x": 1}, "mkj_b", None),
            ("/v1/a", {"x": 1}, "mkj_a", "mended"),
        ]
        with Scripted(*[(200, {})] * 10) as server, Client(server.url) as client:
            for path, body, token, occasion in acts + acts:
                client.post(path, body, token=token, occasion=occasion)
        keys = [key for _, _, key, _ in server.seen]
        assert keys[:5] == keys[5:]
        assert len(set(keys)) == 5


class TestReading:
    def test_has_no_key_and_is_asked_again(self):
        with Scripted(None, (200, {"size": 3})) as server, Client(server.url) as client:
            assert client.get("/healthz").number("size") == 3
        assert [key for _, _, key, _ in server.seen] == [None, None]


class TestFields:
    FIELDS = Fields({"name": "a", "none": None, "count": 2, "price": {"amount": "1.00"}, "items": [{"name": "b"}]})

    def test_reads_what_is_there(self):
        assert self.FIELDS.text("name") == self.FIELDS.optional("name") == "a"
        assert self.FIELDS.optional("none") is self.FIELDS.amount("none") is None
        assert self.FIELDS.number("count") == 2
        assert self.FIELDS.amount("price") == "1.00"
        assert [one.text("name") for one in self.FIELDS.each("items")] == ["b"]
        assert self.FIELDS.inner("price").text("amount") == "1.00"

    def test_refuses_another_type(self):
        for read, name in [
            (self.FIELDS.text, "count"),
            (self.FIELDS.number, "name"),
            (self.FIELDS.each, "name"),
            (self.FIELDS.inner, "name"),
        ]:
            with pytest.raises(TypeError, match=name):
                read(name)
        with pytest.raises(TypeError, match="not an object"):
            Fields.read(b"[]")
