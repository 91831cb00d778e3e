"""What /healthz, /metrics and the time stamps say over HTTP."""

import base64
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from ledger.kernel import instant
from ledger.log import notes, service
from ledger.log.model import TimeStamp
from ledger.log.policy import Policy, Witness
from ledger.log.publisher import Publisher
from ledger.log.remote import Authority
from ledger.log.signers import COSIGNATURE, generate
from tests import make_authority
from tests.make_publisher import policy_of, sequencer_of, units_of, until

URL = "http://regulator.example"


@pytest.fixture
def asked(market, world):
    """The same market, whose policy asks for a regulator's witness."""
    key = generate("regulator.example", COSIGNATURE).key
    policy = Policy(logs=world.policy.logs, witnesses=(Witness("regulator", key, URL),), quorum="regulator")
    market.client.app.state.gate = market.gate = replaced(market.gate, policy=policy.text)
    return market


def replaced(gate, **changes):
    from dataclasses import replace

    return replace(gate, **changes)


def stands(world, **more):
    with units_of(world).begin() as unit:
        service.note_witness(unit, URL, asked_at=datetime.now(UTC), **more)


class TestHealthz:
    def test_is_ok_and_says_unwitnessed_where_nobody_is_asked(self, market, world):
        market.member("enterprise")
        waiting = market.done("GET", "/healthz")["waiting"]
        assert waiting > 0
        world.drain()
        health = market.done("GET", "/healthz")
        assert (health["status"], health["problems"], health["witnessing"]) == ("ok", [], "UNWITNESSED")
        assert health["log_size"] == health["signed_size"] == health["published_size"] == waiting + 1
        assert health["waiting"] == 0
        assert health["witnesses"] == []
        assert health["time_stamped_at"] is None
        assert abs(instant.parse(health["published_at"]) - datetime.now(UTC)) < timedelta(minutes=1)

    def test_fails_closed_and_says_so(self, asked, world):
        sequencer_of(world).step()
        stands(world, size=0, problem="regulator.example does not answer (ConnectError)")
        health = asked.done("GET", "/healthz")
        assert (health["status"], health["witnessing"]) == ("degraded", "waiting")
        assert (health["log_size"], health["published_size"], health["published_at"]) == (0, 0, None)
        assert health["signed_size"] > 0
        assert health["problems"] == ["regulator.example does not answer (ConnectError)"]
        assert health["witnesses"] == [
            {
                "name": "regulator.example",
                "url": URL,
                "size": 0,
                "cosigned_at": None,
                "mirrored": None,
                "problem": "regulator.example does not answer (ConnectError)",
            }
        ]
        assert asked.client.get("/checkpoint").status_code == 404

    def test_names_an_alarm_before_anything_else(self, asked, world):
        sequencer_of(world).step()
        stands(world, size=9, problem="ALARM: regulator.example has cosigned 9 entries")
        assert asked.done("GET", "/healthz")["problems"][0].startswith("ALARM: regulator.example")

    def test_forgets_a_witness_that_the_policy_no_longer_names(self, market, world):
        world.drain()
        stands(world, size=9, problem="ALARM: regulator.example has cosigned 9 entries")
        assert market.done("GET", "/healthz")["status"] == "ok"


class TestMetrics:
    def test_are_text_that_a_scraper_takes(self, asked, world):
        sequencer_of(world).step()
        stands(world, size=0, problem="ALARM: x")
        answer = asked.client.get("/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert 'mengkeju_log_witness_alarm{witness="regulator.example"} 1.0\n' in answer.text
        assert "mengkeju_log_witnessed 0.0\n" in answer.text
        assert "mengkeju_log_published_size 0.0\n" in answer.text


class TestTimeStamps:
    def kept(self, world, *sizes):
        with units_of(world).begin() as unit:
            for size in sizes:
                at = datetime(2026, 3, 2, size, tzinfo=UTC)
                stamp = TimeStamp(size=size, text=f"text {size}\n", token=b"\x30\xff", authority="tsa", stamped_at=at)
                assert service.keep_time_stamp(unit, stamp)

    def test_are_listed_by_size_page_by_page(self, market, world):
        self.kept(world, 3, 1, 2)
        first = market.done("GET", "/v1/ledger/timestamps?limit=2")["items"]
        rest = market.done("GET", f"/v1/ledger/timestamps?after={first[-1]['size']}")["items"]
        assert [one["size"] for one in (*first, *rest)] == [1, 2, 3]
        assert first[0] == {"size": 1, "stamped_at": "2026-03-02T01:00:00.000000Z", "authority": "tsa"}

    def test_are_read_whole_or_in_their_parts(self, market, world):
        self.kept(world, 7)
        whole = market.done("GET", "/v1/ledger/timestamps/7")
        assert (whole["text"], base64.b64decode(whole["token"])) == ("text 7\n", b"\x30\xff")
        token = market.client.get("/v1/ledger/timestamps/7/token")
        assert (token.content, token.headers["content-type"]) == (b"\x30\xff", "application/timestamp-reply")
        assert market.client.get("/v1/ledger/timestamps/7/checkpoint").content == b"text 7\n"

    @pytest.mark.parametrize("size", [8, 0, -1, 2**63, 10**30])
    @pytest.mark.parametrize("part", ["", "/token", "/checkpoint"])
    def test_are_not_there_for_another_size(self, market, size, part):
        market.refused("log/not-stamped", "GET", f"/v1/ledger/timestamps/{size}{part}")

    def test_hold_before_openssl_from_the_authority_to_the_reader(self, market, world, tmp_path):
        """The whole way: a regulator fetches token and text, and needs nothing else of ours."""
        make_authority.require_openssl()
        market.member("enterprise")
        world.drain()
        with make_authority.serving(make_authority.make(tmp_path / "tsa")) as local:
            authority = Authority(local.url, roots=local.roots)
            with Publisher(units_of(world), policy_of(world, quorum=None), authority) as publisher:
                size = until(publisher, lambda found: found.stamped is not None).stamped
            authority.close()
        for part in ("token", "checkpoint"):
            (tmp_path / part).write_bytes(market.client.get(f"/v1/ledger/timestamps/{size}/{part}").content)
        shown = notes.parse(market.client.get("/checkpoint").content).text
        assert (tmp_path / "checkpoint").read_text() == shown
        command = ["openssl", "ts", "-verify", "-data", tmp_path / "checkpoint", "-in", tmp_path / "token"]
        done = subprocess.run([*command, "-CAfile", local.roots_file], capture_output=True, text=True, check=False)
        assert (done.returncode, "Verification: OK" in done.stdout + done.stderr) == (0, True)
        assert market.done("GET", "/healthz")["time_stamped_at"] is not None
        assert "mengkeju_log_time_stamp_age_seconds " in market.client.get("/metrics").text
