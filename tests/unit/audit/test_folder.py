"""Folders made to mislead: links, pipes, strays, names that are not text, sizes that are not true."""

import errno
import fcntl
import os
import threading

import pytest

from ledger.audit.engine import audit
from ledger.log import checkpoints, export, notes
from tests.make_log import ORIGIN, SIGNED_AT, SIGNER, VKEY, Log

from .findings import finding


class TestHostileFolder:
    @pytest.fixture
    def folder(self, tmp_path):
        return Log().trade(300).write(tmp_path / "out")

    def test_is_a_folder_at_all(self, tmp_path):
        assert finding(tmp_path / "nothing").where == "."

    @pytest.mark.parametrize(
        "name", ["checkpoint", "log.vkey", "tile/0/000", "tile/1/000.p/1", "tile/entries/001.p/44"]
    )
    @pytest.mark.parametrize("as_what", ["link", "folder", "pipe", "nothing", "huge", "empty"])
    def test_with_something_else_in_the_place_of_a_file(self, folder, name, as_what):
        path = folder / name
        path.rename(folder.parent / "moved")
        match as_what:
            case "link":
                path.symlink_to(folder.parent / "moved")
            case "folder":
                path.mkdir()
            case "pipe":
                os.mkfifo(path)
            case "huge":
                with path.open("wb") as file:
                    file.truncate(1 << 40)
            case "empty":
                path.touch()

        assert name.startswith(finding(folder).where)  # or the folder that it leaves empty

    @pytest.mark.parametrize(
        "stray",
        [
            "README", ".hidden", "tile/0/002", "tile/0/000.p/44", "tile/0/001", "tile/2/000.p/1",
            "tile/entries/001.p/45",
            "tile/00/000", "tile/0/x000/000", "tile/0/001.p/44.bak", "tile/entries/000.p/255", "checkpoint.old",
            "tile/0/\x1b[2J", "tile/0/a\nb", "/".join(["a"] * 200),
        ],
        ids=lambda path: path[:20],
    )  # fmt: skip
    def test_with_a_stray_file(self, folder, stray):
        (folder / stray).parent.mkdir(parents=True, exist_ok=True)
        (folder / stray).touch()

        found = finding(folder)
        assert found.where.isprintable()
        assert stray.startswith(found.where.split("\\")[0])

    @pytest.mark.parametrize("stray", ["empty", "tile/7", "tile/0/x001", "tile/0/001.p/44x"])
    def test_with_a_stray_folder(self, folder, stray):
        (folder / stray).mkdir()

        assert finding(folder).where == stray

    def test_with_a_name_that_is_not_text(self, folder):
        (folder / os.fsdecode(b"\xff\xfe")).touch()

        assert finding(folder).where == "\\udcff\\udcfe"

    def test_with_a_linked_folder(self, folder):
        (folder / "tile" / "1").rename(folder.parent / "moved")
        (folder / "tile" / "1").symlink_to(folder.parent / "moved")

        assert finding(folder).where == "tile/1"

    def test_of_a_log_that_claims_to_be_endless(self, folder):
        boast = checkpoints.Checkpoint(origin=ORIGIN, size=2**63 - 1, root=bytes(32))
        (folder / "checkpoint").write_bytes(notes.sign_checkpoint(boast, [SIGNER], at=SIGNED_AT))

        assert finding(folder).where.startswith("tile/")


class TestUnfinishedExport:
    """What a killed export leaves is no sound log; the finding says what to do."""

    MENDED = "if an export was cut short here, run it again: it goes on, and tidies up"

    @pytest.fixture
    def folder(self, tmp_path):
        return Log().trade(300).write(tmp_path / "out")

    @pytest.mark.parametrize(
        "left",
        [
            "tile/0/001",
            "tile/entries/001.p/45",
            ".checkpoint.0123456789abcdef.part",
            "tile/0/.001.0123456789abcdef.part",
        ],
    )
    def test_is_named_and_told_how_to_mend(self, folder, left):
        (folder / left).touch()

        found = finding(folder)
        assert (found.where, found.what) == (left, f"is no part of a log of size 300; {self.MENDED}")
        Log().trade(300).write(folder)
        assert audit(folder, vkey=VKEY).entries == 300

    def test_without_a_checkpoint_is_named(self, folder):
        (folder / "checkpoint").unlink()

        found = finding(folder)
        assert (found.where, found.what) == ("checkpoint", f"is missing; {self.MENDED}")
        Log().trade(300).write(folder)
        assert audit(folder, vkey=VKEY).entries == 300

    def test_is_no_excuse_for_what_no_export_leaves(self, folder):
        (folder / "README").touch()

        assert finding(folder).what == "is no part of a log of size 300"

    def test_is_waited_for_while_it_is_written(self, folder):
        """The audit begins in the middle of an increment and sees the whole of it."""
        log, reports = Log().trade(700), []
        audits = threading.Thread(target=lambda: reports.append(audit(folder, vkey=VKEY)))

        class Slow:
            checkpoint, vkey = log.checkpoint, log.vkey

            def entries(self, start, stop):
                audits.start()
                audits.join(0.2)
                assert audits.is_alive()
                return log.entries(start, stop)

        export.export(Slow(), folder)
        audits.join(20)
        assert [one.entries for one in reports] == [700]

    def test_may_lie_where_nobody_can_lock(self, folder, monkeypatch):
        def unsupported(_descriptor, _how):
            raise OSError(errno.ENOTSUP, "not supported")

        monkeypatch.setattr(fcntl, "flock", unsupported)
        assert audit(folder, vkey=VKEY).entries == 300
