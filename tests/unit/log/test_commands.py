"""The commands on proofs and keys: what they print, and with which exit code they end."""

import json

import pytest
from click.testing import CliRunner

from exchange.app import cli
from ledger.log import keys, merkle, notes, proofs
from ledger.log.checkpoints import Checkpoint
from ledger.log.policy import Group, Log, Policy, Witness
from ledger.log.signers import COSIGNATURE, ED25519, MLDSA44, parse_vkey
from tests.make_log import ORIGIN, SIGNED_AT
from tests.make_log import Log as Entries

RING = keys.make(ORIGIN)
REGULATOR = keys.make("regulator.example/w", (COSIGNATURE, MLDSA44))
POLICY = Policy(
    logs=tuple(Log(one.key) for one in RING),
    witnesses=(Witness("ed", REGULATOR[0].key), Witness("pq", REGULATOR[1].key)),
    groups=(Group("regulator", 2, ("ed", "pq")),),
    quorum="regulator",
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("MENGKEJU_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(cli.main, [str(word) for word in words])


@pytest.fixture
def site(tmp_path):
    """A site as `prepare` leaves it, without its database."""
    folder = tmp_path / "home" / "sites" / "mengkeju"
    folder.mkdir(parents=True)
    (folder / "mengkeju.roles.json").write_text("{}")
    keys.save(folder / "log.key", RING)
    return folder


def proven(tmp_path, *, signers=(*RING, *REGULATOR), policy=POLICY, change=None):
    """Write a proof and a policy; return their files."""
    log = Entries().trade(40)
    leaves = [merkle.leaf_hash(one) for one in log.contents]
    checkpoint = Checkpoint(origin=ORIGIN, size=len(leaves), root=merkle.root(leaves))
    proof = proofs.Proof(
        index=17,
        path=tuple(merkle.prove_inclusion(leaves, 17)),
        checkpoint=notes.sign_checkpoint(checkpoint, signers, at=SIGNED_AT),
        extra=log.contents[17],
    )
    content = bytes(proof)
    (tmp_path / "a.tlog-proof").write_bytes(change(content) if change else content)
    (tmp_path / "policy").write_bytes(bytes(policy))
    (tmp_path / "entry").write_bytes(log.contents[17])
    return tmp_path / "a.tlog-proof", tmp_path / "policy"


def without_extra(content):
    return b"\n".join(line for line in content.split(b"\n") if not line.startswith(b"extra"))


class TestVerify:
    def test_says_each_thing_that_holds(self, run, tmp_path):
        proof, policy = proven(tmp_path)
        answer = run("ledger", "verify", proof, "--policy", policy)
        assert answer.exit_code == 0
        lines = answer.output.splitlines()
        assert lines[0] == f"log        ok      {ORIGIN}, {len(Entries().trade(40).contents)} entries"
        assert "signed     ok      by the log: Ed25519" in lines
        assert "signed     ok      by the log: ML-DSA-44 at 2026-03-02T01:00:00.000000Z" in lines
        assert "witnessed  ok      by ed: Ed25519 cosignature at 2026-03-02T01:00:00.000000Z" in lines
        assert "quorum     ok      regulator" in lines
        assert lines[-1].startswith("verify: ok index=17 size=")

    def test_shows_the_entry_when_asked(self, run, tmp_path):
        proof, policy = proven(tmp_path)
        answer = run("ledger", "verify", proof, "--policy", policy, "--show")
        shown = json.loads(answer.output[answer.output.index("{") :])
        assert shown["v"] == 1

    def test_takes_the_entry_from_a_file(self, run, tmp_path):
        proof, policy = proven(tmp_path, change=without_extra)
        assert "does not carry the entry" in run("ledger", "verify", proof, "--policy", policy).output
        answer = run("ledger", "verify", proof, "--policy", policy, "--entry", tmp_path / "entry")
        assert answer.exit_code == 0

    def test_says_that_nobody_witnessed_it(self, run, tmp_path):
        proof, policy = proven(tmp_path, signers=RING, policy=Policy(logs=POLICY.logs))
        answer = run("ledger", "verify", proof, "--policy", policy)
        assert answer.exit_code == 0
        assert "UNWITNESSED" in answer.output

    @pytest.mark.parametrize(
        ("signers", "change", "said"),
        [
            ((*RING, REGULATOR[0]), None, "the policy asks for regulator; cosigned by ed"),
            (REGULATOR, None, "none of the keys you trust signed this"),
            ((*RING, *REGULATOR), lambda one: one.replace(b"index 17", b"index 18"), "the proof leads to another root"),
            ((*RING, *REGULATOR), lambda one: one[:-20], "a note is lines of text"),
            ((*RING, *REGULATOR), lambda _: b"\x1b[31m\n", "a proof is ASCII lines"),
            ((*RING, *REGULATOR), lambda _: b"", "a proof is ASCII lines"),
        ],
    )
    def test_says_what_does_not_hold(self, run, tmp_path, signers, change, said):
        proof, policy = proven(tmp_path, signers=signers, change=change)
        answer = run("ledger", "verify", proof, "--policy", policy)
        assert answer.exit_code == 1
        assert answer.output.startswith("verify: FAILED ")
        assert said in answer.output
        assert answer.output.count("\n") == 1

    def test_says_why_a_policy_is_none(self, run, tmp_path):
        proof, policy = proven(tmp_path)
        policy.write_text("quorum nobody\n")
        answer = run("ledger", "verify", proof, "--policy", policy)
        assert answer.exit_code == 1
        assert "line 1" in answer.output

    def test_shows_a_hostile_entry_without_harm(self, run, tmp_path):
        for entry in (b"[" * 60_000, b'{"a": "\xc2\x9b31m\xe2\x80\xae"}', b"\xff"):
            leaves = [merkle.leaf_hash(entry)]
            checkpoint = Checkpoint(origin=ORIGIN, size=1, root=merkle.root(leaves))
            signed = notes.sign_checkpoint(checkpoint, (*RING, *REGULATOR), at=SIGNED_AT)
            proof, policy = proven(tmp_path)
            proof.write_bytes(bytes(proofs.Proof(index=0, path=(), checkpoint=signed, extra=entry)))
            answer = run("ledger", "verify", proof, "--policy", policy, "--show")
            assert answer.exit_code == 0, answer.output
            assert all(one.isprintable() or one == "\n" for one in answer.output)


class TestKeys:
    def test_are_printed_one_a_line(self, run, site):
        assert run("ledger", "keys").output.splitlines() == [str(one.key) for one in RING]

    def test_come_from_the_environment_too(self, run, site, monkeypatch):
        other = keys.make("another.example")
        monkeypatch.setenv("MENGKEJU_LOG_KEY", keys.format_ring(other))
        assert run("ledger", "keys").output.splitlines() == [str(one.key) for one in other]
        assert "MENGKEJU_LOG_KEY" in run("ledger", "keys", "add").output

    def test_are_added_beside_the_old_ones(self, run, site):
        printed = run("ledger", "keys", "add").output.splitlines()
        ring = keys.load(site / "log.key")
        assert [one.key for one in ring[:2]] == [one.key for one in RING]
        assert printed[1:3] == [str(one.key) for one in ring[2:]]
        assert [one.key.algorithm for one in ring[2:]] == [ED25519, MLDSA44]

    def test_of_sm2_sign_beside_the_others(self, run, site):
        run("ledger", "keys", "add", "--algorithm", "sm2")
        assert [parse_vkey(one).title for one in run("ledger", "keys").output.splitlines()] == [
            "Ed25519",
            "ML-DSA-44",
            "SM2 with SM3",
        ]

    def test_are_retired_and_kept_aside(self, run, site):
        run("ledger", "keys", "add")
        answer = run("ledger", "keys", "retire", *(str(one.key) for one in RING))
        assert answer.exit_code == 0, answer.output
        assert len(keys.load(site / "log.key")) == 2
        (aside,) = site.glob("log.key.retired.*")
        assert [one.key for one in keys.load(aside)] == [one.key for one in RING]

    def test_are_not_retired_when_none_would_be_left(self, run, site):
        answer = run("ledger", "keys", "retire", str(RING[0].key))
        assert answer.exit_code == 1
        assert "ed25519" in answer.output
        assert len(keys.load(site / "log.key")) == 2

    def test_that_are_unknown_are_not_retired(self, run, site):
        assert run("ledger", "keys", "retire", "somebody+00000000+AA==").exit_code == 1

    def test_of_no_site_are_not_printed(self, run):
        answer = run("ledger", "keys")
        assert answer.exit_code == 1
        assert "mengkeju serve" in answer.output


class TestPolicy:
    def test_names_the_keys_and_no_witness(self, run, site):
        assert run("ledger", "policy").output == "".join(f"log {one.key}\n" for one in RING) + "quorum none\n"

    def test_names_the_witnesses_of_the_settings(self, run, site, tmp_path, monkeypatch):
        witness = Witness("regulator", REGULATOR[0].key, "http://127.0.0.1:1/")
        (tmp_path / "policy").write_bytes(bytes(Policy(witnesses=(witness,), quorum="regulator")))
        monkeypatch.setenv("MENGKEJU_POLICY", str(tmp_path / "policy"))
        assert run("ledger", "policy").output.splitlines()[2:] == [witness.line, "quorum regulator"]

    def test_that_could_never_be_met_is_refused(self, run, site, tmp_path, monkeypatch):
        (tmp_path / "policy").write_bytes(bytes(POLICY))  # whose witnesses have no URL
        monkeypatch.setenv("MENGKEJU_POLICY", str(tmp_path / "policy"))
        answer = run("ledger", "policy")
        assert answer.exit_code == 1
        assert "MENGKEJU_POLICY" in answer.output


def test_the_page_is_written(run, tmp_path):
    assert run("ledger", "page", tmp_path / "verify.html").exit_code == 0
    assert (tmp_path / "verify.html").read_bytes().startswith(b"<!")
