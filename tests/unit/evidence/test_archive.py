"""Zips made to hurt: each is refused in a sentence, and none is unpacked further than its caps."""

import io
import stat
import warnings
import zipfile

import pytest

from exchange.app.evidence import archive
from ledger.audit.report import Wrong
from tests import make_contracts as make


def zip_of(*members, compression=zipfile.ZIP_STORED, comment=b""):
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", compression) as made:
        warnings.simplefilter("ignore")  # a name that is there twice
        for name, content in members:
            made.writestr(name, content)
        made.comment = comment
    return target.getvalue()


@pytest.fixture
def finding(tmp_path):
    def finding(content):
        file = tmp_path / "pack.zip"
        file.write_bytes(content)
        with pytest.raises(Wrong) as found:
            archive.unpack(file)
        return str(found.value)

    return finding


class TestUnpack:
    def test_returns_what_was_packed(self, tmp_path):
        files = make.story().files()

        assert archive.unpack(make.pack_file(tmp_path, files)) == files

    def test_reads_a_pack_that_somebody_compressed(self, tmp_path):
        file = tmp_path / "pack.zip"
        file.write_bytes(zip_of(("index.html", b"x" * 9_999), compression=zipfile.ZIP_DEFLATED))

        assert archive.unpack(file) == {"index.html": b"x" * 9_999}

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "../index.html",
                "/etc/passwd",
                "entries/../../x",
                "C:\\x",
                "entries\\000000001.json",
            ),
            *("entries/1.json", "entries/", "proofs/000000001.json", "INDEX.HTML", "index.html ", "\u202eindex.html"),
        ],
    )
    def test_refuses_names_that_no_pack_has(self, finding, name):
        assert finding(zip_of((name, b"x"))).endswith("is no part of a pack")

    def test_refuses_a_name_that_some_readers_cut_short(self, finding):
        cut = zip_of(("index.html_.txt", b"x")).replace(b"index.html_", b"index.html\x00")

        assert finding(cut) == "index.html\\x00.txt: is no part of a pack"

    def test_refuses_a_name_that_is_there_twice(self, finding):
        assert finding(zip_of(("index.html", b"a"), ("index.html", b"b"))) == "index.html: is in the zip twice"

    def test_refuses_a_file_that_unpacks_to_too_much(self, finding, monkeypatch):
        monkeypatch.setattr(archive, "MAX_FILE_BYTES", 1_000_000)
        bomb = zip_of(("index.html", bytes(1_000_001)), compression=zipfile.ZIP_DEFLATED)

        assert len(bomb) < 2_000
        assert finding(bomb) == "index.html: unpacks to more than 1000000 bytes"

    def test_refuses_files_that_together_unpack_to_too_much(self, finding, monkeypatch):
        monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 1_000)
        many = zip_of(*((f"entries/{number:09d}.json", bytes(400)) for number in range(3)))

        assert finding(many) == "zip: unpacks to more than 1000 bytes"

    def test_believes_no_declared_size(self, finding):
        """The directory says one byte; the file is longer."""
        honest = bytearray(zip_of(("index.html", bytes(5_000)), compression=zipfile.ZIP_DEFLATED))
        at = honest.index(b"PK\x01\x02") + 24
        honest[at : at + 4] = (1).to_bytes(4, "little")

        assert "is not a sound zip" in finding(bytes(honest))

    def test_refuses_more_files_than_a_pack_has(self, finding, monkeypatch):
        monkeypatch.setattr(archive, "MAX_DIRECTORY_BYTES", 128)
        many = zip_of(*((f"entries/{number:09d}.json", b"") for number in range(3)))

        assert "lists more than" in finding(many)

    def test_refuses_a_file_too_large_to_be_a_pack(self, finding, monkeypatch):
        monkeypatch.setattr(archive, "MAX_ZIP_BYTES", 100)

        assert "is larger than the 100 bytes" in finding(zip_of(("index.html", bytes(101))))

    @pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all, though it is long enough", b"\x00" * 4_096])
    def test_refuses_what_is_no_zip(self, finding, content):
        assert "is not a zip" in finding(content)

    def test_refuses_a_comment_at_the_end(self, finding):
        assert "does not end where a zip ends" in finding(
            zip_of(("index.html", b"x"), comment=b"hello, hello, hello, hello")
        )

    def test_refuses_what_is_encrypted(self, finding):
        locked = bytearray(zip_of(("index.html", b"secret")))
        locked[6] |= 1
        locked[locked.index(b"PK\x01\x02") + 8] |= 1

        assert "encrypted" in finding(bytes(locked))

    def test_refuses_a_method_it_does_not_know(self, finding):
        odd = bytearray(zip_of(("index.html", b"x")))
        odd[8] = 99
        odd[odd.index(b"PK\x01\x02") + 10] = 99

        assert "is not a sound zip" in finding(bytes(odd))

    def test_refuses_content_that_fails_its_checksum(self, finding):
        flipped = zip_of(("index.html", b"honest words")).replace(b"honest words", b"hostile word")

        assert "is not a sound zip" in finding(flipped)

    def test_treats_a_link_as_the_text_it_is(self, tmp_path):
        info = zipfile.ZipInfo("index.html")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        file = tmp_path / "pack.zip"
        file.write_bytes(zip_of((info, b"/etc/passwd")))

        assert archive.unpack(file) == {"index.html": b"/etc/passwd"}

    def test_follows_the_link_that_its_reader_named(self, tmp_path):
        make.pack_file(tmp_path, {"index.html": b"x"})
        (tmp_path / "link.zip").symlink_to(tmp_path / "pack.zip")

        assert archive.unpack(tmp_path / "link.zip") == {"index.html": b"x"}

    def test_refuses_what_is_no_file(self, tmp_path):
        with pytest.raises(Wrong):
            archive.unpack(tmp_path)
