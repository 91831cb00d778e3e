"""What a command recorded, and the proof of it: in its answer, and at the entry's own address."""

import json
import threading

import pytest

from ledger.kernel.ids import ALPHABET
from ledger.log import notes, policy, proofs

UNKNOWN = f"ent_{ALPHABET[1] * 26}"


def verdict(market, text):
    """Check a proof as its holder would: with the policy, and nothing else."""
    held = policy.parse(market.client.get("/v1/ledger/policy").content)
    return proofs.verify_under(proofs.parse(text.encode()), policy=held)


@pytest.fixture
def sequencing(world):
    """The sequencer, running beside the test as it does in life."""
    stopping = threading.Event()

    def run():
        while not stopping.wait(0.05):
            world.sequencer.step()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stopping.set()
    thread.join()


class TestCommand:
    def test_answers_the_entries_it_recorded(self, market, world):
        asset = market.done("POST", "/v1/assets", *an_asset(market))
        world.drain()
        (entry,) = asset["entries"]
        said = market.client.get(f"/v1/ledger/entries/{entry}").json()
        assert (said["id"], said["subject"], said["kind"]) == (entry, asset["id"], "asset.registered")

    def test_repeats_them_under_its_key(self, market):
        by, body = an_asset(market)
        first = market.done("POST", "/v1/assets", by, body, key="the same")
        again = market.done("POST", "/v1/assets", by, body, key="the same")
        assert again["entries"] == first["entries"] != []

    def test_says_nothing_of_proofs_unless_asked(self, market):
        assert "proofs" not in market.done("POST", "/v1/assets", *an_asset(market))

    def test_waits_for_the_proof_when_asked(self, market, sequencing):
        answer = market.call("POST", "/v1/assets", *an_asset(market), headers={"Prefer": "wait=10"})
        assert answer.headers["preference-applied"] == "wait=10"
        (proof,) = answer.json()["proofs"]
        assert verdict(market, proof).checkpoint.size > 0
        assert json.loads(proofs.parse(proof.encode()).extra)["id"] == answer.json()["entries"][0]

    def test_does_not_wait_longer_than_asked(self, market):
        answer = market.call("POST", "/v1/assets", *an_asset(market), headers={"Prefer": "wait=1"})
        assert answer.status_code == 201
        assert answer.json()["proofs"] is None
        assert "preference-applied" not in answer.headers

    def test_is_proven_when_repeated_later(self, market, world):
        by, body = an_asset(market)
        market.done("POST", "/v1/assets", by, body, key="later")
        world.drain()
        again = market.done("POST", "/v1/assets", by, body, key="later", headers={"Prefer": "wait=0"})
        assert verdict(market, again["proofs"][0]).logs

    @pytest.mark.parametrize("prefer", ["wait=soon", "wait=-1", "return=minimal", "wait", "", "wait=1.5", "await=1"])
    def test_ignores_a_preference_that_cannot_be_meant(self, market, prefer):
        assert "proofs" not in market.done("POST", "/v1/assets", *an_asset(market), headers={"Prefer": prefer})

    @pytest.mark.parametrize("prefer", ["return=minimal, wait=0", "WAIT = 0", 'wait="0"; x=1'])
    def test_finds_its_preference_among_others(self, market, prefer):
        assert market.done("POST", "/v1/assets", *an_asset(market), headers={"Prefer": prefer})["proofs"] is None

    def test_that_is_refused_answers_no_entries(self, market):
        by, body = an_asset(market)
        market.done("POST", "/v1/assets", by, body)
        problem = market.call("POST", "/v1/assets", by, body, headers={"Prefer": "wait=0"}).json()
        assert "entries" not in problem
        assert "proofs" not in problem


class TestProof:
    def test_is_a_file_that_holds_everything(self, market, world):
        entry = market.done("POST", "/v1/assets", *an_asset(market))["entries"][0]
        world.drain()
        answer = market.client.get(f"/v1/ledger/entries/{entry}/proof")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert f"{entry}.tlog-proof" in answer.headers["content-disposition"]
        found = verdict(market, answer.text)
        assert [key.title for key in found.logs] == ["Ed25519", "ML-DSA-44"]
        proof = proofs.parse(answer.content)
        assert proof.extra == market.client.get(f"/v1/ledger/entries/{entry}").content
        assert proof.checkpoint == market.client.get("/checkpoint").content

    def test_of_an_entry_on_its_way_is_to_be_asked_for_again(self, market):
        entry = market.done("POST", "/v1/assets", *an_asset(market))["entries"][0]
        for path in (f"/v1/ledger/entries/{entry}", f"/v1/ledger/entries/{entry}/proof"):
            market.refused("log/not-yet-published", "GET", path)

    def test_is_waited_for_when_asked(self, market, sequencing):
        entry = market.done("POST", "/v1/assets", *an_asset(market))["entries"][0]
        answer = market.client.get(f"/v1/ledger/entries/{entry}/proof", headers={"Prefer": "wait=10"})
        assert answer.status_code == 200

    def test_of_no_entry_is_refused(self, market):
        market.refused("log/not-recorded", "GET", f"/v1/ledger/entries/{UNKNOWN}/proof", headers={"Prefer": "wait=1"})
        market.refused("log/not-recorded", "GET", f"/v1/ledger/entries/{UNKNOWN}")

    @pytest.mark.parametrize("name", ["lot_" + "1" * 26, "ent_1", "ent_" + "U" * 26, "%00"])
    def test_of_no_name_is_malformed(self, market, name):
        assert market.client.get(f"/v1/ledger/entries/{name}/proof").status_code == 422


def test_the_checkpoint_is_signed_by_every_key_of_the_policy(market, world):
    world.drain()
    held = policy.parse(market.client.get("/v1/ledger/policy").content)
    note = notes.parse(market.client.get("/checkpoint").content)
    assert notes.verify(note, [one.key for one in held.logs]) == [one.key for one in held.logs]
    assert held.quorum is None


def an_asset(market):
    """Return who registers an asset, and with which words."""
    from tests.market import application_number

    seller = market.member("university")
    return seller, {
        "kind": "invention_patent",
        "title": "一种稀土永磁材料的制备方法",
        "application_number": application_number(),
        "holders": [{"organisation": seller.id, "share_bp": 10_000}],
        "inventors": ["甲"],
    }
