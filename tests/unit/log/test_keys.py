"""Private key files: readable by their owner alone, never overwritten, never half written."""

import concurrent.futures
import os
import stat

import pytest

from ledger.log import keys, signers
from ledger.log.keys import KeyFileExists, LooseKeyFile
from ledger.log.signers import COSIGNATURE, ED25519, MLDSA44, NotAKey
from ledger.log.signers.private import MlDsaSigner, Sm2Signer
from tests.make_log import ORIGIN, SIGNER
from tests.make_ring import signer

SM2_SECRET = (  # a number, and its point
    "7edbbafb3bbb1eebcf07fdd530eea093c8c20e38a77397b3bcf80a4f95906765"
    "299320b2fdb7935c79b61be1336f839c4d7269363f48647d7dbb5db68e98c9c7"
    "590c5636b9c9c9efb33f3cf22b64ba3fca7bf60773cbbd448ac8e8ce19d73539"
)
RING = (SIGNER, MlDsaSigner(ORIGIN, bytes(range(32))), Sm2Signer(ORIGIN, bytes.fromhex(SM2_SECRET)))
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"


class TestText:
    def test_is_that_of_go(self):
        (signer,) = keys.parse_ring(GO_PRIVATE)

        assert str(signer.key) == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        assert keys.format_ring([signer]) == GO_PRIVATE

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("PRIVATE+KEY+", ""),
            ("c74f20a3", "c74f20a4"),
            ("PeterNeumann", "Peter Neumann"),
            ("+AYEK", "+AoEK"),
            ("KDFz", ""),
            ("KDFz", "KDFz="),
            ("KDFz\n", "KDFz\n\n"),
        ],
    )
    def test_refuses_any_other_form_without_repeating_it(self, old, new):
        with pytest.raises(NotAKey) as refused:
            keys.parse_ring(GO_PRIVATE.replace(old, new))

        assert "FALVFGyN" not in str(refused.value)


class TestFile:
    def test_is_made_for_its_owner_alone_and_read_back(self, tmp_path):
        keys.save(tmp_path / "log.key", RING)

        assert stat.S_IMODE((tmp_path / "log.key").stat().st_mode) == 0o600
        assert [one.key for one in keys.load(tmp_path / "log.key")] == [one.key for one in RING]
        assert [one.name for one in tmp_path.iterdir()] == ["log.key"]

    def test_is_never_overwritten(self, tmp_path):
        keys.save(tmp_path / "log.key", RING)

        with pytest.raises(KeyFileExists):
            keys.save(tmp_path / "log.key", keys.make(ORIGIN))
        assert [one.key for one in keys.load(tmp_path / "log.key")] == [one.key for one in RING]
        assert [one.name for one in tmp_path.iterdir()] == ["log.key"]

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o601, 0o620, 0o602])
    def test_is_refused_when_others_may_touch_it(self, tmp_path, mode):
        keys.save(tmp_path / "log.key", RING)
        (tmp_path / "log.key").chmod(mode)

        with pytest.raises(LooseKeyFile):
            keys.load(tmp_path / "log.key")

    def test_is_refused_when_it_is_no_plain_file(self, tmp_path):
        (tmp_path / "folder").mkdir(mode=0o700)

        with pytest.raises(LooseKeyFile):
            keys.load(tmp_path / "folder")

    @pytest.mark.parametrize("content", [b"", b"\xff", b"PRIVATE+KEY+", b"a" * 20_000])
    def test_is_refused_when_it_holds_something_else(self, tmp_path, content):
        (tmp_path / "log.key").touch(mode=0o600)
        (tmp_path / "log.key").write_bytes(content)

        with pytest.raises(NotAKey):
            keys.load(tmp_path / "log.key")

    def test_is_made_once_by_many_at_once(self, tmp_path):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: keys.load_or_create(tmp_path / "log.key", ORIGIN)[0].key, range(8)))

        assert len(set(found)) == 1
        assert [one.name for one in tmp_path.iterdir()] == ["log.key"]


def many(number: int) -> tuple:
    return tuple(signer(ED25519, ORIGIN, one) for one in range(number))


class TestRing:
    @pytest.mark.parametrize(("number", "passes"), [(1, True), (16, True), (17, False)])
    def test_has_up_to_sixteen_keys(self, number, passes):
        text = keys.format_ring(many(number))
        if passes:
            assert keys.format_ring(keys.parse_ring(text)) == text
        else:
            with pytest.raises(NotAKey, match="at most 16"):
                keys.parse_ring(text)

    @pytest.mark.parametrize(
        ("ring", "says"),
        [
            ((), "reads PRIVATE"),
            ((SIGNER, SIGNER), "twice"),
            ((signer(ED25519, ORIGIN), signer(ED25519, "log.example/other", 1)), "one name"),
            ((signer(MLDSA44, ORIGIN), signer(ED25519, "log.example/other")), "one name"),
        ],
    )
    def test_is_refused(self, ring, says):
        with pytest.raises(NotAKey, match=says):
            keys.parse_ring(keys.format_ring(ring))

    def test_is_refused_with_one_key_under_two_types(self):
        twice = [signers.from_secret(ORIGIN, one, bytes(32)) for one in (ED25519, COSIGNATURE)]

        with pytest.raises(NotAKey, match="twice"):
            keys.parse_ring(keys.format_ring(twice))

    @pytest.mark.parametrize("text", ["\n", "\n\n", GO_PRIVATE + "\n", "\n" + GO_PRIVATE, GO_PRIVATE[:-1] + "\r\n"])
    def test_is_refused_with_a_blank_line_or_a_carriage_return(self, text):
        with pytest.raises(NotAKey):
            keys.parse_ring(text)

    def test_is_taken_from_an_environment_without_its_last_newline(self):
        assert keys.format_ring(keys.parse_ring(GO_PRIVATE[:-1])) == GO_PRIVATE

    def test_keeps_its_order(self):
        backwards = tuple(reversed(RING))

        assert [one.key for one in keys.parse_ring(keys.format_ring(backwards))] == [one.key for one in backwards]


class TestReplace:
    def test_puts_another_ring_in_its_place_for_its_owner_alone(self, tmp_path):
        keys.save(tmp_path / "log.key", RING)
        before = (tmp_path / "log.key").stat().st_ino

        keys.replace(tmp_path / "log.key", many(2))

        assert [one.key for one in keys.load(tmp_path / "log.key")] == [one.key for one in many(2)]
        assert stat.S_IMODE((tmp_path / "log.key").stat().st_mode) == 0o600
        assert (tmp_path / "log.key").stat().st_ino != before  # another file under the name, not the old one rewritten
        assert [one.name for one in tmp_path.iterdir()] == ["log.key"]

    def test_is_not_bent_by_a_mask_or_a_loose_file_before_it(self, tmp_path):
        keys.save(tmp_path / "log.key", RING)
        (tmp_path / "log.key").chmod(0o644)
        mask = os.umask(0)
        try:
            keys.replace(tmp_path / "log.key", many(1))
        finally:
            os.umask(mask)

        assert stat.S_IMODE((tmp_path / "log.key").stat().st_mode) == 0o600

    @pytest.mark.parametrize(
        "ring", [(), many(17), (SIGNER, SIGNER), (SIGNER, signer(ED25519, "log.example/other", 1))]
    )
    @pytest.mark.parametrize("write", [keys.replace, keys.save])
    def test_writes_no_ring_that_could_not_be_read_back(self, tmp_path, ring, write):
        keys.save(tmp_path / "log.key", RING)

        with pytest.raises(NotAKey):
            write(tmp_path / "log.key", ring)
        assert [one.key for one in keys.load(tmp_path / "log.key")] == [one.key for one in RING]
        assert [one.name for one in tmp_path.iterdir()] == ["log.key"]

    @pytest.mark.parametrize("step", ["fsync", "rename"])
    def test_leaves_the_old_ring_and_no_secret_beside_it_when_it_fails(self, tmp_path, monkeypatch, step):
        def full(*_):
            raise OSError(28, "No space left on device")

        keys.save(tmp_path / "log.key", RING)
        with monkeypatch.context() as patched:
            patched.setattr(*((os, "fsync", full) if step == "fsync" else (type(tmp_path), "replace", full)))
            with pytest.raises(OSError, match="No space"):
                keys.replace(tmp_path / "log.key", many(2))

        assert [one.key for one in keys.load(tmp_path / "log.key")] == [one.key for one in RING]
        assert [one.name for one in tmp_path.iterdir()] == ["log.key"]

    def test_is_seen_whole_by_whoever_reads_meanwhile(self, tmp_path):
        rings = [many(1), many(16)]
        keys.save(tmp_path / "log.key", rings[0])
        seen = set()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            writing = pool.submit(lambda: [keys.replace(tmp_path / "log.key", rings[one % 2]) for one in range(1, 20)])
            while not writing.done():
                seen.add(len(keys.load(tmp_path / "log.key")))
        writing.result()

        assert seen <= {1, 16}


class TestLeftover:
    def test_of_a_writer_that_died_does_no_harm(self, tmp_path):
        (tmp_path / ".log.key.0011223344556677").write_text("PRIVATE+KEY+half")

        made = keys.load_or_create(tmp_path / "log.key", ORIGIN)
        keys.replace(tmp_path / "log.key", many(2))

        assert len(made) == 2
        assert len(keys.load(tmp_path / "log.key")) == 2
        assert (tmp_path / ".log.key.0011223344556677").read_text() == "PRIVATE+KEY+half"  # not ours to judge

    def test_that_points_nowhere_is_never_written_through(self, tmp_path):
        (tmp_path / "log.key").symlink_to(tmp_path / "elsewhere")

        with pytest.raises(FileNotFoundError):
            keys.load_or_create(tmp_path / "log.key", ORIGIN)
        assert [one.name for one in tmp_path.iterdir()] == ["log.key"]
