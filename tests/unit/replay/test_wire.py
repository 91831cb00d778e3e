"""The connection: what is lost is sent again under the same key, whether it was acted on or not."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from exchange.app.replay import wire
from exchange.app.replay.wire import Stopped, Wire

LOST_BEFORE, LOST_AFTER, BUSY, DONE, REFUSED = "lost before", "lost after", "busy", "done", "refused"
PROBLEM = b'{"type": "/problems/auctions/past-end", "detail": "bidding has ended"}'


class Server(HTTPServer):
    """Answers as the script says, and keeps what it acted on."""

    def __init__(self, script):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = list(script)
        self.heard, self.acted = [], []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        key, step = self.headers["idempotency-key"], self.server.script.pop(0)
        self.server.heard.append((self.path, self.headers["authorization"], key, body))
        if step in {LOST_AFTER, DONE}:
            self.server.acted.append(key)
        if step in {LOST_BEFORE, LOST_AFTER}:
            self.close_connection = True
            return
        status, media_type, content = {
            DONE: (201, "application/json", b'{"id": "x"}'),
            BUSY: (503, wire.PROBLEM, PROBLEM),
            REFUSED: (409, wire.PROBLEM, PROBLEM),
        }[step]
        self.send_response(status)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """Start a server with a script; return it with a wire to it."""
    started = []

    def start(*script):
        server = Server(script)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        line = Wire(f"http://127.0.0.1:{server.server_port}")
        started.append((server, thread, line))
        return server, line

    yield start
    for server, thread, line in started:
        line.close()
        server.shutdown()
        thread.join()
        server.server_close()


class TestPost:
    def test_sends_each_command_under_a_key_of_its_own(self, serve):
        server, line = serve(DONE, DONE)
        for number in (1, 2):
            answer = line.post("/v1/x", {"n": number}, token="t")
            assert (answer.status, answer.body, answer.code) == (201, {"id": "x"}, None)
        assert server.heard == [
            ("/v1/x", "Bearer t", "replay-1", b'{"n": 1}'),
            ("/v1/x", "Bearer t", "replay-2", b'{"n": 2}'),
        ]

    @pytest.mark.parametrize("first", [LOST_BEFORE, LOST_AFTER, BUSY])
    def test_sends_again_under_the_same_key(self, serve, first):
        server, line = serve(first, DONE)
        assert line.post("/v1/x", {}, token="t").status == 201
        assert server.heard[0] == server.heard[1]
        assert set(server.acted) == {"replay-1"}

    def test_tells_a_refusal_by_its_code(self, serve):
        _, line = serve(REFUSED)
        answer = line.post("/v1/x", {}, token="t")
        assert (answer.status, answer.code) == (409, "auctions/past-end")
        assert str(answer) == "409 auctions/past-end: bidding has ended"

    def test_gives_up_after_a_while(self, serve, monkeypatch):
        monkeypatch.setattr(wire, "PATIENCE_S", 0.05)
        server, line = serve(*[LOST_BEFORE] * 50)
        with pytest.raises(Stopped, match="does not answer"):
            line.post("/v1/x", {}, token="t")
        assert 2 <= len(server.heard) < 50

    def test_passes_a_lasting_503_on(self, serve, monkeypatch):
        monkeypatch.setattr(wire, "PATIENCE_S", 0.05)
        _, line = serve(*[BUSY] * 50)
        assert line.post("/v1/x", {}, token="t").status == 503
