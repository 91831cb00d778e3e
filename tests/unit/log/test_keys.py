"""Private key files: readable by their owner alone, never overwritten, never half written."""

import concurrent.futures
import stat

import pytest

from ledger.log import keys
from ledger.log.keys import KeyFileExists, LooseKeyFile
from ledger.log.signers import NotAKey
from ledger.log.signers.private import MlDsaSigner, Sm2Signer
from tests.make_log import ORIGIN, SIGNER

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
