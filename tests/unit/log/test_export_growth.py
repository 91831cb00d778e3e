"""An export that grows is byte for byte the one made at once, fetches only what is new, and never mixes two logs."""

import threading

import pytest

from ledger.log import checkpoints, export, notes
from ledger.log.export import AnotherLog, Disk, Forked, NotOurFolder, OlderThanExport, RecordDiffers, growing, holding
from tests.make_log import OTHER_SIGNER, Log, rewritten

from .exports import At, counted, files, folders, implied, state

LOG = Log().trade(1100)
NUMBERS = counted(66_000)


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    monkeypatch.setattr(Disk, "sync", lambda _disk, _path: None)
    monkeypatch.setattr(growing, "CHUNK", 256)


def exported(folder, *sizes, log=LOG):
    for size in sizes:
        At(log, size).write(folder)
    return folder


class TestGrowth:
    @pytest.mark.parametrize("new", [*range(7), *range(253, 261), *range(509, 516)])
    def test_from_every_size_equals_an_export_made_at_once(self, tmp_path, new):
        fresh = exported(tmp_path / "fresh", new)
        assert files(fresh) == implied(LOG, new)
        for old in (one for one in [*range(7), *range(253, 261), *range(509, 516)] if one <= new):
            folder = exported(tmp_path / f"from {old}", old, new)
            assert (files(folder), folders(folder)) == (files(fresh), folders(fresh))

    @pytest.mark.parametrize("sizes", [(65_000, 65_535, 65_536, 65_537, 65_792), (65_536, 65_999), (65_535, 65_791)])
    def test_crosses_a_third_level(self, tmp_path, monkeypatch, sizes):
        monkeypatch.setattr(growing, "CHUNK", 4096)
        folder = tmp_path / "out"
        for size in sizes:
            exported(folder, size, log=NUMBERS)
            assert files(folder) == implied(NUMBERS, size)

    def test_goes_by_any_steps(self, tmp_path):
        folder = exported(tmp_path / "out", *range(1, 1100, 97))
        assert files(exported(folder, 1100)) == implied(LOG, 1100)

    @pytest.mark.parametrize(
        ("old", "new", "fetched"),
        [(0, 1, 1), (1, 2, 2), (255, 256, 256), (256, 256, 0), (256, 257, 1), (511, 1100, 844), (1024, 1100, 76),
         (1100, 1100, 76), (1099, 1100, 76)],
    )  # fmt: skip
    def test_fetches_from_the_last_full_bundle_on(self, tmp_path, old, new, fetched):
        source = At(LOG, new)
        source.write(exported(tmp_path / "out", old))
        assert source.fetched == fetched

    @pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 1100])
    def test_writes_nothing_where_nothing_is_new(self, tmp_path, size):
        before = state(exported(tmp_path / "out", size))
        assert state(exported(tmp_path / "out", size)) == before

    def test_leaves_alone_what_does_not_change(self, tmp_path):
        before = state(exported(tmp_path / "out", 600))
        after = state(exported(tmp_path / "out", 1100))
        for path in ("tile/0/000", "tile/0/001", "tile/entries/000", "log.vkey"):
            assert after[path] == before[path]

    def test_counts_from_what_was_there(self, tmp_path):
        told = []
        At(LOG, 1100).write(exported(tmp_path / "out", 600), progress=lambda done, total: told.append((done, total)))
        assert told == [(done, 1100) for done in (768, 1024, 1100)]

    def test_takes_new_signatures_of_the_same_size(self, tmp_path):
        source = At(LOG, 300)
        source.write(tmp_path / "out")
        source.checkpoint = source.checkpoint + source.checkpoint.splitlines(keepends=True)[-1]
        source.write(tmp_path / "out")
        assert (tmp_path / "out" / "checkpoint").read_bytes() == source.checkpoint

    def test_takes_a_new_key(self, tmp_path):
        source = At(LOG, 400)
        source.vkey = str(OTHER_SIGNER.key)
        source.write(exported(tmp_path / "out", 300))
        assert (tmp_path / "out" / "log.vkey").read_text() == f"{OTHER_SIGNER.key}\n"


class TestRefusal:
    def refused(self, source, folder, refusal):
        before = state(folder)
        with pytest.raises(refusal) as found:
            source.write(folder)
        assert files(folder).keys() == {one for one in before if (folder / one).is_file()}
        assert {one: seen for one, seen in state(folder).items() if (folder / one).is_file()} == {
            one: seen for one, seen in before.items() if (folder / one).is_file()
        }
        assert before.keys() == state(folder).keys()
        return found.value

    def test_of_an_older_state_gives_both_sizes(self, tmp_path):
        refusal = self.refused(At(LOG, 299), exported(tmp_path / "out", 300), OlderThanExport)
        assert refusal.facts == {"exported": 300, "size": 299}

    def test_of_another_log_names_both(self, tmp_path, monkeypatch):
        folder = exported(tmp_path / "out", 300)
        note = (folder / "checkpoint").read_bytes()
        (folder / "checkpoint").write_bytes(note.replace(b"log.example/trade\n", b"log.example/other\n", 1))
        refusal = self.refused(At(LOG, 400), folder, AnotherLog)
        assert "log.example/other, not of log.example/trade" in refusal.detail

    @pytest.mark.parametrize("changed", [5, 255, 256, 290, 299])
    @pytest.mark.parametrize("size", [300, 301, 512, 700])
    def test_of_a_fork_names_both_roots(self, tmp_path, changed, size):
        forged = rewritten(LOG, changed, f'"{changed * 100}"'.encode(), b'"1"')
        refusal = self.refused(At(forged, size), exported(tmp_path / "out", 300), Forked)
        assert refusal.facts["exported_root"] in refusal.detail
        assert refusal.facts == {
            "size": 300, "exported_root": root(LOG, 300), "root": root(forged, 300)
        }  # fmt: skip

    @pytest.mark.parametrize("changed", [5, 256, 299, 300, 650])
    def test_of_entries_that_were_never_signed(self, tmp_path, changed):
        source = At(LOG, 700)
        spoilt = Log()
        spoilt.contents = [one + b" " * (number == changed) for number, one in enumerate(LOG.contents)]
        source._log = spoilt
        if changed < 256:  # it is not read again: what is there is of the signed log
            source.write(exported(tmp_path / "out", 300))
            assert files(tmp_path / "out") == implied(LOG, 700)
        else:
            refusal = self.refused(source, exported(tmp_path / "out", 300), RecordDiffers)
            assert "the stored entries do not lead to the root that the checkpoint signs" in refusal.detail


class TestDamage:
    """What is wrong with an export is said, by the name of the file, before anything is added to it."""

    @pytest.mark.parametrize(
        ("path", "says"),
        [
            ("checkpoint", "checkpoint cannot be read"),
            ("tile/0/001.p/44", "tile/0/001.p/44, tile/1/000.p/1, checkpoint do not lead to the signed root together"),
            ("tile/1/000.p/1", "tile/0/001.p/44, tile/1/000.p/1, checkpoint do not lead to the signed root together"),
            ("tile/entries/001.p/44", "tile/entries/001.p/44 does not hold the entries whose hashes the checkpoint"),
        ],
    )
    @pytest.mark.parametrize("size", [300, 301, 700])
    def test_at_the_right_edge_is_found(self, tmp_path, path, says, size):
        folder = exported(tmp_path / "out", 300)
        content = (folder / path).read_bytes()
        (folder / path).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        before = files(folder)
        with pytest.raises(RecordDiffers) as found:
            exported(folder, size)
        assert says in found.value.detail
        assert found.value.detail.endswith("export to a new folder")
        assert files(folder) == before

    @pytest.mark.parametrize("path", ["tile/0/000", "tile/0/001.p/44", "tile/entries/000", "tile/entries/001.p/44"])
    def test_by_loss_is_found(self, tmp_path, path):
        (exported(tmp_path / "out", 300) / path).unlink()
        with pytest.raises(RecordDiffers, match=f"{path} is missing; export to a new folder"):
            exported(tmp_path / "out", 400)

    def test_by_shortening_is_found(self, tmp_path):
        path = exported(tmp_path / "out", 300) / "tile/0/000"
        path.write_bytes(path.read_bytes()[:-32])
        with pytest.raises(RecordDiffers, match="tile/0/000 holds 8160 bytes where there are 256 hashes"):
            exported(tmp_path / "out", 400)

    def test_of_a_false_size_is_found_in_bounded_time(self, tmp_path):
        path = exported(tmp_path / "out", 300) / "checkpoint"
        path.write_bytes(path.read_bytes().replace(b"\n300\n", b"\n%d\n" % (2**63 - 1)))
        with pytest.raises(OlderThanExport):
            exported(tmp_path / "out", 400)


class TestLeftovers:
    """What an earlier run left beyond the checkpoint is hashed again, never believed."""

    @pytest.fixture
    def folder(self, tmp_path):
        """An export of 300 entries with everything of 1100 beside it but the checkpoint."""
        folder = exported(tmp_path / "out", 300)
        for path, content in implied(LOG, 1100).items():
            if path != "checkpoint":
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
        return folder

    def resumed(self, folder, *, fetched, size=1100):
        source = At(LOG, size)
        source.write(folder)
        assert files(folder) == implied(LOG, size)
        assert source.fetched == fetched

    def test_are_taken_where_they_fit(self, folder):
        self.resumed(folder, fetched=76)

    def test_beyond_the_new_size_are_removed(self, folder):
        self.resumed(folder, fetched=44, size=812)

    @pytest.mark.parametrize("path", ["tile/entries/002", "tile/0/002"])
    @pytest.mark.parametrize("damage", [lambda one: one[:-1], lambda one: one[:-1] + b"!", lambda one: b"", None])
    def test_are_fetched_again_from_the_first_that_does_not_fit(self, folder, path, damage):
        if damage is None:
            (folder / path).unlink()
        else:
            (folder / path).write_bytes(damage((folder / path).read_bytes()))
        self.resumed(folder, fetched=1100 - 512)

    def test_of_another_log_are_replaced(self, folder):
        """They fit each other and the old checkpoint, but do not lead to the new root."""
        forged = rewritten(LOG, 600, b'"60000"', b'"1"')
        for path, content in implied(forged, 1100).items():
            if path not in {"checkpoint", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"}:
                (folder / path).write_bytes(content)
        self.resumed(folder, fetched=76 + 1100 - 256)

    def test_of_a_first_export_are_marked_by_the_key(self, folder):
        (folder / "checkpoint").unlink()
        self.resumed(folder, fetched=76)

    def test_without_a_mark_are_nobodys(self, folder):
        (folder / "checkpoint").unlink()
        (folder / "log.vkey").unlink()
        with pytest.raises(NotOurFolder):
            exported(folder, 1100)

    def test_that_are_unfinished_or_empty_are_removed(self, folder):
        for path in (".checkpoint.0123456789abcdef.part", "tile/0/.000.0123456789abcdef.part"):
            (folder / path).write_bytes(b"torn")
        (folder / "tile/5/x001").mkdir(parents=True)
        exported(folder, 1100)
        assert files(folder) == implied(LOG, 1100)
        assert not (folder / "tile/5").exists()

    @pytest.mark.parametrize("name", [".part", ".a.0123456789abcdef.part", ".checkpoint.0123.part", "checkpoint.part"])
    def test_are_not_what_only_looks_like_them(self, folder, name):
        (folder / name).write_text("precious")
        with pytest.raises(NotOurFolder):
            exported(folder, 1100)
        assert (folder / name).read_text() == "precious"


class TestTurns:
    @pytest.fixture
    def folder(self, tmp_path):
        return exported(tmp_path / "out", 300)

    @pytest.mark.parametrize("writing", [True, False])
    def test_are_taken_with_who_holds_the_folder(self, folder, writing):
        other = threading.Thread(target=lambda: exported(folder, 700))
        with holding(folder, writing=writing):
            other.start()
            other.join(0.2)
            assert other.is_alive()
            assert files(folder) == implied(LOG, 300)
        other.join(20)
        assert files(folder) == implied(LOG, 700)

    def test_are_not_taken_among_readers(self, folder):
        with holding(folder, writing=False), holding(folder, writing=False):
            pass

    def test_cannot_be_taken_where_there_are_no_locks(self, folder, monkeypatch):
        def unsupported(_descriptor, _how):
            raise OSError(95, "not supported")

        monkeypatch.setattr(export.disk.fcntl, "flock", unsupported)
        assert files(exported(folder, 700)) == implied(LOG, 700)

    def test_lead_to_one_whole_export(self, tmp_path):
        """Several at once, in whatever order they come: each waits, and the latest state stays."""
        refused = []

        def run(size):
            try:
                exported(tmp_path / "out", size)
            except OlderThanExport:
                refused.append(size)

        others = [threading.Thread(target=run, args=[size]) for size in (300, 1100, 700, 1100)]
        for one in others:
            one.start()
        for one in others:
            one.join(20)
        assert files(tmp_path / "out") == implied(LOG, 1100)
        assert set(refused) <= {300, 700}


class TestRequireNew:
    def test_takes_what_is_free(self, tmp_path):
        export.require_new(tmp_path / "nothing")
        export.require_new(tmp_path)

    def test_refuses_an_export(self, tmp_path):
        with pytest.raises(NotOurFolder, match="another log"):
            export.require_new(exported(tmp_path / "out", 3))

    def test_refuses_what_is_somebody_elses(self, tmp_path):
        (tmp_path / "letter.txt").touch()
        with pytest.raises(NotOurFolder, match="letter"):
            export.require_new(tmp_path)


def root(log, size):
    return checkpoints.parse(notes.parse(log.checkpoint_at(size)).text).root.hex()
