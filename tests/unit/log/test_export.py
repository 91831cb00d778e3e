"""An export is whole, exactly what the size implies, and never at the cost of somebody else's files."""

import json
import stat

import pytest

from ledger.log import export, merkle, tiles
from ledger.log.export import NotOurFolder, RecordDiffers, growing
from tests.make_log import VKEY, Log

from .exports import files


class TestExport:
    @pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
    def test_holds_exactly_what_the_size_implies(self, tmp_path, size):
        log = Log().trade(size)
        found = files(log.write(tmp_path / "out"))

        tree = tiles.grow(0, {}, [merkle.leaf_hash(one) for one in log.contents]).tiles
        assert found == {
            "checkpoint": log.checkpoint,
            "log.vkey": f"{VKEY}\n".encode(),
            **{one.path: tree[one.level, one.index] for one in tiles.tiles_of(size)},
            **{
                one.path: tiles.encode_bundle(log.contents[one.index * 256 : one.index * 256 + one.width])
                for one in tiles.bundles_of(size)
            },
        }

    def test_is_the_same_in_chunks_of_any_size(self, tmp_path, monkeypatch):
        log = Log().trade(1100)
        whole = files(log.write(tmp_path / "whole"))

        monkeypatch.setattr(growing, "CHUNK", 256)

        assert files(log.write(tmp_path / "pieces")) == whole

    def test_takes_an_empty_folder(self, tmp_path):
        (tmp_path / "out").mkdir()

        assert "checkpoint" in files(Log().write(tmp_path / "out"))

    def test_makes_the_folders_above_it(self, tmp_path):
        assert "checkpoint" in files(Log().write(tmp_path / "a" / "b"))

    @pytest.mark.parametrize("stray", ["notes.txt", "tile/notes.txt", "tile/0/000.bak", "tile/64/000"])
    def test_refuses_a_folder_with_something_else_in_it(self, tmp_path, stray):
        folder = Log().trade(300).write(tmp_path / "out")
        (folder / stray).parent.mkdir(parents=True, exist_ok=True)
        (folder / stray).write_text("precious")
        before = files(folder)

        with pytest.raises(NotOurFolder):
            Log().write(folder)
        assert files(folder) == before

    def test_refuses_a_folder_that_was_never_an_export(self, tmp_path):
        (tmp_path / "out" / "tile" / "0").mkdir(parents=True)
        (tmp_path / "out" / "tile" / "0" / "000").write_text("precious")

        with pytest.raises(NotOurFolder):
            Log().write(tmp_path / "out")

    def test_refuses_a_link_and_a_file(self, tmp_path):
        Log().write(tmp_path / "real")
        (tmp_path / "link").symlink_to(tmp_path / "real")
        (tmp_path / "file").touch()

        for name in ("link", "file"):
            with pytest.raises(NotOurFolder):
                Log().write(tmp_path / name)

    def test_writes_nothing_that_does_not_lead_to_the_signed_root(self, tmp_path):
        log = Log().trade(300)
        signed = log.checkpoint
        log.contents[7] += b" "

        class Broken:
            checkpoint, vkey, entries = signed, VKEY, staticmethod(log.entries)

        with pytest.raises(RecordDiffers):
            export.export(Broken(), tmp_path / "out")
        assert [one.name for one in tmp_path.rglob("*")] == ["out"]

    def test_tells_how_far_it_is(self, tmp_path):
        told = []
        export.export(Log().trade(5000), tmp_path / "out", progress=lambda done, total: told.append((done, total)))

        assert told == [(4096, 5000), (5000, 5000)]


class TestDisclosures:
    def test_are_lines_that_only_their_owner_reads(self, tmp_path):
        log = Log().trade(3)

        assert export.write_disclosures(tmp_path / "opened.jsonl", log.disclosures) == 2
        lines = (tmp_path / "opened.jsonl").read_text().splitlines()
        assert json.loads(lines[0]) == {
            "entry": "ent_00000000000000000000000001",
            "field": "bidder",
            "salt": f"{1:032x}",
            "value": f"org_{1:026d}",
        }
        assert stat.S_IMODE((tmp_path / "opened.jsonl").stat().st_mode) == 0o600

    def test_leave_nothing_behind_when_they_fail(self, tmp_path):
        with pytest.raises(ZeroDivisionError):
            export.write_disclosures(tmp_path / "opened.jsonl", (1 / 0 for _ in range(1)))
        assert list(tmp_path.iterdir()) == []
