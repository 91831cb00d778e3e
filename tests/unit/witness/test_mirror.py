"""The regulator's own copy: proven as it arrives, whole on the disk before it is cosigned, and fit for an audit."""

import threading

import pytest

from ledger.audit.engine import audit
from ledger.log import checkpoints, export, notes, policy
from ledger.log.submissions import Header, Package
from ledger.log.tiles import Bundle, Tile
from ledger.witness.home import Home, policy_lines
from ledger.witness.mirror import CopyDamaged, NotMirrored, folder_of
from ledger.witness.rules import UnknownLog, WitnessRefusal
from ledger.witness.service import NothingPending, OtherUpload, UploadCut, UploadNotProven
from tests import make_log
from tests.make_witness import ED25519, ORIGIN, Tree, opened

TREE = Tree.of(1100)
FORKED = Tree.of(1100, fork=700)


@pytest.fixture
def witness(tmp_path):
    with opened(tmp_path / "w") as found:
        yield found


def submit(witness, size, tree=TREE):
    old_size = witness._store.state(ORIGIN).size
    witness.submit(bytes(tree.submission(old_size, size)))


def package(tree, start, stop, size) -> Package:
    low = start - start % 256
    proof = tuple(tree.prove_subtree(low, stop, size))
    return Package(start=start, entries=tuple(tree.entries[start:stop]), proof=proof)


def body(start, stop, *, tree=TREE, packages=None) -> bytes:
    header = Header(origin=ORIGIN, start=start, stop=stop)
    spans = list(header.packages())[:packages]
    return bytes(header) + b"".join(bytes(package(tree, *span, stop)) for span in spans)


def upload(witness, content: bytes, step: int = 5000):
    running = witness.upload()
    for at in range(0, len(content), step):
        running.feed(content[at : at + step])
    return running.finish()


def refused(witness, content: bytes) -> WitnessRefusal:
    with pytest.raises(WitnessRefusal) as found:
        upload(witness, content)
    return found.value


def layout(folder) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def exported(tree, size, folder) -> dict[str, bytes]:
    """Every tile and bundle that an export of the log writes."""

    class Source:
        checkpoint = tree.checkpoint(size)
        vkey = str(ED25519.key)
        entries = staticmethod(tree.slice)

    export.export(Source(), folder)
    return {path: content for path, content in layout(folder).items() if path.startswith("tile/")}


class TestUpload:
    @pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 512, 1000])
    def test_makes_exactly_the_files_of_an_export(self, witness, tmp_path, size):
        submit(witness, size)
        answer = upload(witness, body(0, size))

        found = layout(folder_of(tmp_path / "w", ORIGIN))
        assert found.pop("log.vkey") == f"{ED25519.key}\n".encode()
        note = notes.parse(found.pop("checkpoint"))
        keys = [one.key for one in (*witness.signers, *witness.mirror.signers)]
        assert notes.verify(note, [ED25519.key, *keys]) == [ED25519.key, *keys]
        assert note.signatures[4:] == answer.lines
        assert found == exported(TREE, size, tmp_path / "export")
        assert not layout(tmp_path / "w" / "pending")

    def test_grows_step_by_step_into_the_same_files(self, witness, tmp_path):
        at = 0
        for size in [1, 3, 200, 256, 257, 300, 511, 512, 513, 900, 1100]:
            submit(witness, size)
            assert upload(witness, body(at, size)).lines
            at = size

        found = layout(folder_of(tmp_path / "w", ORIGIN))
        assert {path: one for path, one in found.items() if "/" in path} == exported(TREE, 1100, tmp_path / "export")

    def test_says_where_to_go_on_after_a_part(self, witness):
        submit(witness, 1000)
        info = upload(witness, body(0, 1000, packages=2)).info

        assert (info.size, info.next_entry) == (1000, 512)
        assert upload(witness, body(512, 1000)).lines

    def test_keeps_what_was_proven_of_a_body_that_is_cut(self, witness):
        submit(witness, 1000)
        content = body(0, 1000)

        assert upload(witness, content[: len(content) // 2]).info.next_entry in {256, 512}

    def test_goes_on_after_a_restart(self, tmp_path):
        with opened(tmp_path / "w") as witness:
            submit(witness, 1000)
            upload(witness, body(0, 1000, packages=2))
        with opened(tmp_path / "w") as witness:
            assert witness.mirror.of(ORIGIN).next_entry == 512
            assert upload(witness, body(512, 1000)).lines

    def test_goes_on_within_a_bundle_when_the_log_has_grown(self, witness):
        submit(witness, 300)
        upload(witness, body(0, 300, packages=2))
        submit(witness, 900)
        assert upload(witness, body(300, 900)).lines

        assert witness.mirror.of(ORIGIN).size == 900

    def test_accepts_an_older_checkpoint_while_the_log_grows(self, witness):
        submit(witness, 300)
        submit(witness, 900)
        assert upload(witness, body(0, 300)).lines
        assert checkpoints.parse(notes.parse(witness.mirror.of(ORIGIN).checkpoint()).text).size == 300
        assert upload(witness, body(300, 900)).lines

    def test_cosigns_again_what_it_has(self, witness):
        submit(witness, 300)
        upload(witness, body(0, 300))

        assert upload(witness, body(300, 300)).lines

    def test_takes_entries_again_up_to_a_bundle(self, witness):
        submit(witness, 600)
        upload(witness, body(0, 600, packages=2))

        assert upload(witness, body(256, 600)).lines
        submit(witness, 900)
        assert refused(witness, body(300, 900)).status == 409

    def test_takes_nothing_that_is_not_of_the_log(self, witness):
        submit(witness, 1000)
        found = refused(witness, body(0, 1000, tree=FORKED))

        assert isinstance(found, UploadNotProven)
        assert found.status == 422
        assert (
            witness.mirror.of(ORIGIN).next_entry == 0
        )  # no proof of the other history holds, not even of what it shares

    def test_keeps_the_packages_before_the_one_that_fails(self, witness):
        submit(witness, 1000)
        good = body(0, 1000)
        forged = good.replace(b"\0\x03700\0\x03701", b"\0\x03700\0\x03799")

        assert refused(witness, forged).status == 422
        assert witness.mirror.of(ORIGIN).next_entry == 512

    def test_knows_no_log_it_does_not_trust(self, witness):
        header = Header(origin="log.example/other", start=0, stop=1)

        assert isinstance(refused(witness, bytes(header)), UnknownLog)

    def test_wants_a_checkpoint_first(self, witness):
        found = refused(witness, body(0, 300))

        assert (type(found), found.status) == (NothingPending, 422)

    @pytest.mark.parametrize(
        ("start", "stop"),
        [(0, 500), (0, 1001), (513, 1000), (0, 300), (300, 300), (0, 400)],
        ids=["no checkpoint", "beyond", "a gap", "mirrored beyond", "nothing, mirrored beyond", "nothing like it"],
    )
    def test_refuses_another_place_and_says_which(self, witness, start, stop):
        submit(witness, 300)
        submit(witness, 450)
        upload(witness, body(0, 450))
        submit(witness, 1000)
        upload(witness, body(450, 1000, packages=1))
        running = witness.upload()
        with pytest.raises(OtherUpload):
            running.feed(bytes(Header(origin=ORIGIN, start=start, stop=stop)))

        assert (running.where().size, running.where().next_entry) == (1000, 512)

    @pytest.mark.parametrize("content", [b"", body(0, 300)[:10], body(0, 300)[:60], body(0, 300, packages=1)[:-1]])
    def test_refuses_a_body_that_ends_before_its_first_package(self, witness, content):
        submit(witness, 300)

        assert isinstance(refused(witness, content), UploadCut)

    def test_lets_many_upload_at_once(self, witness):
        submit(witness, 1100)
        content = body(0, 1100)
        header = len(bytes(Header(origin=ORIGIN, start=0, stop=1100)))
        running = [witness.upload() for _ in range(6)]
        for one in running:  # a header that comes once most of it is there is refused, and told where to go on
            one.feed(content[:header])
        answers = []

        def go_on(one) -> None:
            for at in range(header, len(content), 5000):
                one.feed(content[at : at + 5000])
            answers.append(one.finish().lines)

        threads = [threading.Thread(target=go_on, args=(one,)) for one in running]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

        assert witness.mirror.of(ORIGIN).size == 1100
        assert [len(one) for one in answers] == [2] * 6

    def test_counts_the_parts_that_came_whole(self, witness):
        submit(witness, 600)
        content = body(0, 600)
        running = witness.upload()
        found = []
        for at in range(0, len(content), 20):
            running.feed(content[at : at + 20])
            found.append(running.parts)

        assert found == sorted(found)
        assert set(found) == {0, 1, 2, 3, 4}


class TestCopy:
    def test_passes_an_audit(self, tmp_path):
        log = make_log.Log().trade(600)
        tree = Tree(list(log.contents), signers=(make_log.SIGNER,))
        with opened(tmp_path / "w", trusted=(make_log.SIGNER,)) as witness:
            submit(witness, 600, tree)
            upload(witness, body(0, 600, tree=tree))
            report = audit(folder_of(tmp_path / "w", ORIGIN), vkey=make_log.VKEY)

        assert report.entries == 600

    def test_passes_an_audit_under_the_policy_that_the_witness_prints(self, tmp_path):
        log = make_log.Log().trade(300)
        tree = Tree(list(log.contents), signers=(make_log.SIGNER,))
        with opened(tmp_path / "w", trusted=(make_log.SIGNER,)) as witness:
            submit(witness, 300, tree)
            upload(witness, body(0, 300, tree=tree))
        printed = policy_lines(*Home(tmp_path / "w").vkeys(), "http://127.0.0.1:8200")
        trusted = policy.parse(f"log {make_log.VKEY}\n{printed}".encode())

        assert trusted.quorum is not None
        assert audit(folder_of(tmp_path / "w", ORIGIN), policy=trusted).entries == 300

    def test_serves_every_width_that_was_ever_implied(self, witness, tmp_path):
        submit(witness, 1000)
        upload(witness, body(0, 1000))
        copy = witness.mirror.of(ORIGIN)
        for size in (1, 255, 256, 257, 999, 1000):
            for path, content in exported(TREE, size, tmp_path / f"export{size}").items():
                assert copy.resource(path) == content

    @pytest.mark.parametrize(
        "path",
        ["tile/0/004", "tile/0/003.p/233", "tile/1/001", "tile/entries/004.p/1", "tile/9/000.p/1", "tile/../x", "x"],
    )
    def test_serves_nothing_else(self, witness, path):
        submit(witness, 1000)
        upload(witness, body(0, 1000))
        with pytest.raises(NotMirrored):
            witness.mirror.of(ORIGIN).resource(path)

    def test_shows_no_entries_before_the_checkpoint_moves(self, witness):
        submit(witness, 1000)
        upload(witness, body(0, 1000, packages=2))
        with pytest.raises(NotMirrored):
            witness.mirror.of(ORIGIN).resource("tile/entries/000")
        with pytest.raises(NotMirrored):
            witness.mirror.of(ORIGIN).checkpoint()

    def test_removes_what_a_move_left_behind_when_it_did_not_end(self, tmp_path):
        with opened(tmp_path / "w") as witness:
            submit(witness, 300)
            upload(witness, body(0, 300))
            submit(witness, 1000)
            upload(witness, body(300, 1000, packages=2))
            copy = witness.mirror.of(ORIGIN)
            for kept in (Bundle(1), Tile(0, 1), Tile(1, 0, 2), Bundle(2, 100)):
                copy._files.write(copy.folder / kept.path, b"left behind")
        with opened(tmp_path / "w") as witness:
            found = layout(witness.mirror.of(ORIGIN).folder)
            assert {path for path in found if "/" in path} == set(exported(TREE, 300, tmp_path / "export"))
            assert witness.mirror.of(ORIGIN).next_entry == 768
            assert upload(witness, body(768, 1000)).lines

    @pytest.mark.parametrize("bundle", [Bundle(0), Bundle(1, 44)])
    def test_does_not_cosign_over_a_copy_that_was_damaged(self, witness, bundle):
        submit(witness, 300)
        content = body(0, 300, packages=2)
        running = witness.upload()
        running.feed(content)
        path = witness.mirror.of(ORIGIN)._pending / bundle.path
        path.write_bytes(path.read_bytes().replace(b"\0\x0210", b"\0\x0219").replace(b"299", b"298"))
        with pytest.raises(CopyDamaged):
            running.finish()
        with pytest.raises(NotMirrored):
            witness.mirror.of(ORIGIN).checkpoint()

    def test_does_not_open_a_copy_whose_checkpoint_was_damaged(self, tmp_path):
        with opened(tmp_path / "w") as witness:
            submit(witness, 3)
            upload(witness, body(0, 3))
            (folder_of(tmp_path / "w", ORIGIN) / "checkpoint").write_bytes(b"nonsense")
        with opened(tmp_path / "w") as witness, pytest.raises(CopyDamaged):
            witness.mirror.of(ORIGIN)

    @pytest.mark.parametrize("also", [(), ("log.vkey",)])
    def test_is_left_alone_when_it_has_lost_its_checkpoint(self, tmp_path, also):
        with opened(tmp_path / "w") as witness:
            submit(witness, 600)
            upload(witness, body(0, 600))
        folder = folder_of(tmp_path / "w", ORIGIN)
        kept = (folder / "checkpoint").read_bytes()
        for name in ("checkpoint", *also):
            (folder / name).unlink()
        before = layout(folder)
        with opened(tmp_path / "w") as witness:
            for _ in range(2):
                with pytest.raises(CopyDamaged, match="Put the file back from a backup"):
                    witness.mirror.of(ORIGIN)
            with pytest.raises(CopyDamaged):
                upload(witness, body(0, 600))
        assert layout(folder) == before

        (folder / "checkpoint").write_bytes(kept)
        with opened(tmp_path / "w") as witness:
            assert witness.mirror.of(ORIGIN).size == 600

    def test_is_left_alone_when_only_its_key_is_left(self, tmp_path):
        folder = folder_of(tmp_path / "w", ORIGIN)
        folder.mkdir(parents=True)
        (folder / "log.vkey").write_text(f"{ED25519.key}\n")
        with opened(tmp_path / "w") as witness, pytest.raises(CopyDamaged):
            witness.mirror.of(ORIGIN)

    def test_does_not_move_over_tiles_whose_checkpoint_went_meanwhile(self, witness):
        submit(witness, 300)
        upload(witness, body(0, 300))
        submit(witness, 600)
        folder = witness.mirror.of(ORIGIN).folder
        (folder / "checkpoint").unlink()
        before = layout(folder)
        with pytest.raises(CopyDamaged):
            upload(witness, body(300, 600))

        assert layout(folder) == before

    def test_is_begun_again_when_its_first_move_did_not_end(self, tmp_path):
        with opened(tmp_path / "w") as witness:
            submit(witness, 600)
            copy = witness.mirror.of(ORIGIN)
            copy._files = Dying(copy._files, "checkpoint")
            with pytest.raises(DiedError):
                upload(witness, body(0, 600))
            assert layout(copy.folder)
        with opened(tmp_path / "w") as witness:
            assert witness.mirror.of(ORIGIN).next_entry == 600
            assert upload(witness, body(600, 600)).lines
            found = layout(folder_of(tmp_path / "w", ORIGIN))
            assert {path for path in found if path.startswith("tile/")} == set(exported(TREE, 600, tmp_path / "x"))
        assert not layout(tmp_path / "w" / "pending")


class DiedError(Exception):
    pass


class Dying:
    """The disk of a mirror that dies as it is about to write a file of this name."""

    def __init__(self, files, name):
        self.files, self.name = files, name

    def write(self, path, content):
        if path.name == self.name:
            raise DiedError
        self.files.write(path, content)
