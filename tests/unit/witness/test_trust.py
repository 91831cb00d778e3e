"""Whom a witness trusts: the log lines of a policy, as the file has them now."""

import os

import pytest

from ledger.log.signers import Ed25519Signer, NotAKey
from ledger.witness import trust
from ledger.witness.trust import NoLogs, Trust
from tests.make_witness import ED25519, ELSEWHERE, MLDSA, ORIGIN, STRANGER


@pytest.fixture
def path(tmp_path):
    return tmp_path / "logs"


class TestAdd:
    def test_makes_the_file_and_adds_keys_to_it(self, path):
        for signer in (ED25519, MLDSA, ELSEWHERE):
            trust.add(path, str(signer.key), "https://log.example/")

        assert Trust(path).keys() == {ORIGIN: (ED25519.key, MLDSA.key), ELSEWHERE.key.name: (ELSEWHERE.key,)}

    def test_refuses_what_is_no_key_and_leaves_the_file_alone(self, path):
        trust.add(path, str(ED25519.key))
        before = path.read_bytes()
        with pytest.raises(NotAKey):
            trust.add(path, "log.example+00000000+AAAA")

        assert path.read_bytes() == before

    def test_writes_a_key_once(self, path):
        trust.add(path, str(ED25519.key))
        before = path.read_text()

        assert trust.add(path, str(ED25519.key)).key == ED25519.key
        assert path.read_text() == before

    def test_keeps_what_a_person_wrote(self, path):
        path.write_text("# ours\nquorum none\n")
        trust.add(path, str(ED25519.key))

        assert path.read_text() == f"# ours\nquorum none\nlog {ED25519.key}\n"


class TestTrust:
    def test_sees_a_change_at_once(self, path):
        trust.ensure(path)
        found = Trust(path)
        assert found.keys() == {}
        trust.add(path, str(ED25519.key))

        assert set(found.keys()) == {ORIGIN}

    def test_keeps_what_it_had_when_the_file_makes_no_sense_and_says_so(self, path):
        trust.add(path, str(ED25519.key))
        found = Trust(path)
        path.write_text("nonsense\n")

        assert set(found.keys()) == {ORIGIN}
        assert "line 1" in found.problem
        path.unlink()
        assert set(found.keys()) == {ORIGIN}
        assert "No such file" in found.problem

    def test_recovers_when_the_file_does(self, path):
        trust.add(path, str(ED25519.key))
        found = Trust(path)
        path.write_text("nonsense\n")
        found.keys()
        path.write_text(f"log {STRANGER.key}\nquorum none\n")

        assert found.keys() == {ORIGIN: (STRANGER.key,)}
        assert found.problem is None

    def test_can_be_told_to_read_again(self, path):
        trust.add(path, str(ED25519.key))
        found, stamp = Trust(path), path.stat()
        content = path.read_bytes().replace(str(ED25519.key).encode(), str(STRANGER.key).encode())
        with path.open("r+b") as file:
            file.write(content)
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        assert found.keys() == {ORIGIN: (ED25519.key,)}
        found.reload()

        assert found.keys() == {ORIGIN: (STRANGER.key,)}

    @pytest.mark.parametrize("content", [b"", b"quorum none", b"log x\nquorum none\n", b"quorum none\n\0\n"])
    def test_does_not_begin_with_a_file_that_makes_no_sense(self, path, content):
        path.write_bytes(content)
        with pytest.raises(NoLogs):
            Trust(path)

    def test_does_not_begin_without_a_file(self, path):
        with pytest.raises(NoLogs):
            Trust(path)

    def test_has_no_room_for_a_name_that_no_cosignature_holds(self, path):
        longest = "a" * 255
        path.write_text(f"log {Ed25519Signer(longest, bytes(32)).key}\nquorum none\n")
        assert set(Trust(path).keys()) == {longest}
        path.write_text(f"log {Ed25519Signer(longest + 'a', bytes(32)).key}\nquorum none\n")
        with pytest.raises(NoLogs, match="255"):
            Trust(path)
