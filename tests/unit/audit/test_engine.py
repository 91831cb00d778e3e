"""The audit of a sound export, and of logs whose owner signed something that is not lawful."""

import pytest

from ledger.audit.engine import audit
from ledger.audit.report import Finding
from ledger.log import checkpoints, export, notes
from ledger.log.signers import Ed25519Signer, NotAKey
from tests.make_log import NOON, ORIGIN, OTHER_SIGNER, SIGNED_AT, SIGNER, VKEY, Log, rewritten

from .findings import finding, small

BUNDLE = "tile/entries/000.p/20"


class TestSound:
    @pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700])
    def test_is_reported_with_its_figures(self, tmp_path, size):
        log = Log().trade(size, lots=3)
        report = audit(log.write(tmp_path / "out"), vkey=VKEY)

        assert (report.entries, report.subjects) == (size, min(size, 4))
        assert (report.opened, report.sealed) == (0, size - 1)
        assert (report.origin, report.keys, report.since) == (ORIGIN, (VKEY,), None)
        assert report.line == (
            f"audit: ok entries={size} subjects={min(size, 4)} opened=0 sealed={size - 1}"
            f" root={checkpoints.parse(notes.parse(log.checkpoint).text).root.hex()} origin={ORIGIN}"
        )

    def test_may_hold_names_of_any_script(self, tmp_path):
        log = small()
        log.record("lot_x", "auction.bid_accepted", {"名称": "稀土萃取 𠮷", "\ue000": 1, "𠮷": [True, None, -5]})

        assert audit(log.write(tmp_path / "out"), vkey=VKEY).entries == 21

    def test_tells_how_far_it_is(self, tmp_path):
        told = []
        audit(
            Log().trade(300).write(tmp_path / "out"), vkey=VKEY, progress=lambda done, total: told.append((done, total))
        )

        assert told == [(300, 600), (556, 600), (600, 600)]


class TestPinnedKey:
    def test_is_required_to_be_a_key(self, tmp_path):
        with pytest.raises(NotAKey):
            audit(small().write(tmp_path / "out"), vkey="trust me")

    def test_is_not_the_one_beside_the_log(self, tmp_path):
        found = finding(Log([OTHER_SIGNER]).trade(20).write(tmp_path / "out"))

        assert (found.where, found.what) == ("checkpoint", "is not signed by the pinned key")

    def test_must_be_among_those_the_log_declares(self, tmp_path):
        log = small()
        log.signers = [SIGNER, OTHER_SIGNER]

        assert finding(log.write(tmp_path / "out"), vkey=str(OTHER_SIGNER.key)).what == (
            "the pinned key is not among those the log declares"
        )

    def test_must_have_company_when_the_log_declares_two(self, tmp_path):
        log = Log([SIGNER, OTHER_SIGNER]).trade(20)
        assert len(audit(log.write(tmp_path / "both"), vkey=VKEY).keys) == 2

        log.signers = [SIGNER]
        assert finding(log.write(tmp_path / "one")).where == "checkpoint"

    @pytest.mark.parametrize("signers", [[SIGNER, SIGNER], [SIGNER, OTHER_SIGNER]])
    def test_signs_once_and_alone_under_the_name(self, tmp_path, signers):
        log = small()
        log.signers = signers

        assert finding(log.write(tmp_path / "out")).where == "checkpoint"

    def test_leaves_room_for_witnesses(self, tmp_path):
        log = small()
        log.signers = [SIGNER, Ed25519Signer("witness.example", bytes(32))]

        assert audit(log.write(tmp_path / "out"), vkey=VKEY).keys == (VKEY,)


class TestRotation:
    def rotated(self, subject: str = "log") -> Log:
        log = small()
        log.record(subject, "log.key_rotated", {"keys": [str(OTHER_SIGNER.key)]})
        log.signers = [OTHER_SIGNER]
        return log

    def test_replaces_the_keys_from_its_own_index_on(self, tmp_path):
        report = audit(self.rotated().write(tmp_path / "out"), vkey=str(OTHER_SIGNER.key))

        assert report.keys == (str(OTHER_SIGNER.key),)

    def test_retires_the_old_key(self, tmp_path):
        log = self.rotated()
        log.signers = [SIGNER]

        found = finding(log.write(tmp_path / "out")).what
        assert found.startswith("the pinned key is not among those the log declares: entry 20 retired it")

    def test_stands_in_the_chain_of_the_log(self, tmp_path):
        found = finding(self.rotated("lot_1").write(tmp_path / "out"), vkey=str(OTHER_SIGNER.key))

        assert (found.where, found.entry) == ("tile/entries/000.p/21", 20)

    def test_leaves_old_checkpoints_verifiable_by_the_keys_of_their_time(self, tmp_path):
        log = self.rotated()
        old = small().checkpoint

        assert audit(log.write(tmp_path / "out"), vkey=str(OTHER_SIGNER.key), since=old).since == 20

    def test_does_not_lend_the_new_key_to_the_past(self, tmp_path):
        log = self.rotated()
        stranger = Ed25519Signer(ORIGIN, b"\x07" * 32)
        old = notes.sign_checkpoint(checkpoints.parse(notes.parse(small().checkpoint).text), [stranger], at=SIGNED_AT)

        assert finding(log.write(tmp_path / "out"), vkey=str(OTHER_SIGNER.key), since=old).where == "the old checkpoint"


class TestDeclaration:
    @pytest.mark.parametrize(
        ("kind", "data"),
        [
            ("lot.opened", {"origin": ORIGIN, "keys": [VKEY]}),
            ("log.opened", {"origin": "log.example/other", "keys": [VKEY]}),
            ("log.opened", {"keys": [VKEY]}),
            ("log.opened", {"origin": ORIGIN}),
            ("log.opened", {"origin": ORIGIN, "keys": []}),
            ("log.opened", {"origin": ORIGIN, "keys": VKEY}),
            ("log.opened", {"origin": ORIGIN, "keys": [VKEY, VKEY]}),
            ("log.opened", {"origin": ORIGIN, "keys": [VKEY, "key"]}),
            ("log.opened", {"origin": ORIGIN, "keys": [VKEY, 7]}),
            ("log.opened", {"origin": ORIGIN, "keys": [{"a": []}]}),
        ],
    )
    def test_is_entry_0_or_the_log_is_worthless(self, tmp_path, kind, data):
        log = Log()
        log.contents, log.heads = [], {}
        log.record("log", kind, data)

        found = finding(log.write(tmp_path / "out"))
        assert (found.where, found.entry) == ("tile/entries/000.p/1", 0)

    def test_stands_nowhere_else(self, tmp_path):
        log = small()
        log.record("log", "log.opened", {"origin": ORIGIN, "keys": [VKEY]})

        assert finding(log.write(tmp_path / "out")).entry == 20

    def test_is_missing_in_an_empty_log(self, tmp_path):
        log = Log()
        log.contents = []

        assert finding(log.write(tmp_path / "out")).where == "checkpoint"


class TestSince:
    LOG = Log().trade(600)

    @pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 599, 600])
    def test_takes_every_earlier_checkpoint(self, tmp_path, size):
        folder = self.LOG.write(tmp_path / "out")

        assert audit(folder, vkey=VKEY, since=self.LOG.checkpoint_at(size)).since == size

    @pytest.mark.parametrize("kept", [20, 600])
    def test_reports_a_fork_by_sizes_and_roots(self, tmp_path, kept):
        """One bid rewritten, every link and hash recomputed, signed with the real key: sound but for its past."""
        forged = rewritten(self.LOG, 12, b'"1200"', b'"9900"')
        old = self.LOG.checkpoint_at(kept)
        folder = forged.write(tmp_path / "out")

        assert audit(folder, vkey=VKEY, since=self.LOG.checkpoint_at(12)).since == 12
        found = finding(folder, since=old)
        assert found.where == "checkpoint"
        assert found.what == (
            f"fork: for the first {kept} entries the old checkpoint signs root {root(old)},"
            f" this log of 600 entries has root {root(forged.checkpoint_at(kept))}"
        )

    def test_reports_a_log_cut_short(self, tmp_path):
        old = self.LOG.checkpoint
        self_cut = Log().trade(500)

        assert finding(self_cut.write(tmp_path / "out"), since=old).what == (
            f"truncated: the old checkpoint signs 600 entries with root {root(old)},"
            f" this log has 500 entries with root {root(self_cut.checkpoint)}"
        )

    def test_refuses_a_checkpoint_of_another_log(self, tmp_path):
        old = notes.sign_checkpoint(
            checkpoints.Checkpoint(origin="log.example/other", size=0, root=bytes(32)), [SIGNER], at=SIGNED_AT
        )

        assert "other" in finding(self.LOG.write(tmp_path / "out"), since=old).what

    @pytest.mark.parametrize("signer", [OTHER_SIGNER, Ed25519Signer("stranger.example", bytes(32))])
    def test_refuses_a_checkpoint_of_another_key(self, tmp_path, signer):
        old = notes.sign_checkpoint(
            checkpoints.Checkpoint(origin=ORIGIN, size=0, root=bytes(32)), [signer], at=SIGNED_AT
        )

        assert finding(self.LOG.write(tmp_path / "out"), since=old).where == "the old checkpoint"

    @pytest.mark.parametrize("change", [(b"\n600\n", b"\n599\n"), (b"\n\n", b"\n"), (ORIGIN.encode(), b"\xff")])
    def test_refuses_a_checkpoint_that_was_changed(self, tmp_path, change):
        old = self.LOG.checkpoint.replace(*change)

        assert finding(self.LOG.write(tmp_path / "out"), since=old).where == "the old checkpoint"


def root(checkpoint: bytes) -> str:
    return checkpoints.parse(notes.parse(checkpoint).text).root.hex()


class TestDisclosures:
    @pytest.fixture
    def log(self):
        return small()

    def run(self, tmp_path, log, disclosures):
        export.write_disclosures(tmp_path / "opened.jsonl", disclosures)
        return audit(log.write(tmp_path / "out"), vkey=VKEY, disclosures=tmp_path / "opened.jsonl")

    @pytest.mark.parametrize("count", [0, 1, 19])
    def test_are_counted_with_what_stayed_sealed(self, tmp_path, log, count):
        report = self.run(tmp_path, log, log.disclosures[:count])

        assert (report.opened, report.sealed) == (count, 19 - count)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (f"org_{3:026d}", f"org_{4:026d}"),  # another value
            ("bidder", "buyer"),  # a field that is not sealed there
            (f"{3:032x}", f"{4:032x}"),  # another salt
            (f"ent_{3:026d}", f"ent_{4:026d}"),  # another entry, opened twice
            (f"ent_{3:026d}", f"ent_{99:026d}"),  # an entry that is not there
            (f"ent_{3:026d}", "bid_3"),
            ('"salt"', '"pepper"'),
            ('"entry":', '"entry": '),
            (f'"{3:032x}"', "7"),
            (f'"org_{3:026d}"', "1.5"),
            (f'"org_{3:026d}"', "[" * 100_000),
            (f'"org_{3:026d}"', "[" * 900 + "]" * 900),
            (f'"org_{3:026d}"', f'"{"a" * 2_000_000}"'),
            ("}\n", "}"),
            ("}\n", "}\n\n"),
        ],
        ids=lambda text: text[:20],
    )
    def test_are_refused_when_they_do_not_fit(self, tmp_path, log, old, new):
        export.write_disclosures(tmp_path / "opened.jsonl", log.disclosures)
        lines = (tmp_path / "opened.jsonl").read_text().splitlines(keepends=True)
        assert old in lines[2]
        lines[2] = lines[2].replace(old, new)
        (tmp_path / "opened.jsonl").write_text("".join(lines))

        found = finding(log.write(tmp_path / "out"), disclosures=tmp_path / "opened.jsonl")
        assert found.where == "opened.jsonl"

    def test_are_refused_when_missing(self, tmp_path, log):
        assert finding(log.write(tmp_path / "out"), disclosures=tmp_path / "none").where == "none"


class TestChecks:
    def test_see_every_subject_whole_and_in_order(self, tmp_path, monkeypatch):
        monkeypatch.setattr("ledger.audit.chains.HELD", 200)
        log = Log().trade(700, lots=5)
        export.write_disclosures(tmp_path / "opened.jsonl", log.disclosures[:2])
        seen = {}

        audit(
            log.write(tmp_path / "out"),
            vkey=VKEY,
            disclosures=tmp_path / "opened.jsonl",
            checks=[lambda entries: seen.update({entries[0].subject: entries}) or []],
        )

        assert list(seen) == ["log", *(f"lot_{number:026d}" for number in (1, 2, 3, 4, 0))]
        assert sorted(one.index for entries in seen.values() for one in entries) == list(range(700))
        assert all([one.seq for one in entries] == list(range(len(entries))) for entries in seen.values())
        first = seen[f"lot_{1:026d}"][0]
        assert (first.data, first.opened) == ({"amount_fen": "100"}, {"bidder": f"org_{1:026d}"})
        assert (first.arrived_at - NOON).total_seconds() == 1

    def test_name_the_subject_they_complain_about(self, tmp_path):
        def falls(entries):
            return [f"entry {one.index} is odd" for one in entries if one.index == 13]

        found = finding(small().write(tmp_path / "out"), checks=[lambda _: [], falls])
        assert found.what == f"lot_{1:026d}: entry 13 is odd"
        assert (found.where, found.entry) == (BUNDLE, 19)


class TestClosing:
    def test_is_asked_once_when_the_checks_have_seen_every_subject(self, tmp_path):
        heard = []

        def closing():
            heard.append("closing")
            return []

        audit(
            Log().trade(30, lots=3).write(tmp_path / "out"),
            vkey=VKEY,
            checks=[lambda entries: heard.append(entries[0].subject) or []],
            closing=[closing, closing],
        )
        assert heard == ["log", *(f"lot_{number:026d}" for number in (1, 2, 0)), "closing", "closing"]

    def test_is_not_asked_when_a_subject_is_wrong_by_itself(self, tmp_path):
        def closing():
            raise AssertionError

        found = finding(small().write(tmp_path / "out"), checks=[lambda _: ["is odd"]], closing=[closing])
        assert found.what == "log: is odd"

    @pytest.mark.parametrize(
        ("entry", "where"),
        [(0, "tile/entries/000"), (255, "tile/entries/000"), (256, "tile/entries/001.p/44"), (None, "checkpoint")],
    )
    def test_names_the_file_of_the_entry_or_of_the_whole(self, tmp_path, entry, where):
        folder = Log().trade(300).write(tmp_path / "out")

        found = finding(folder, closing=[list, lambda: [Finding("does not add up", entry), Finding("later")]])
        assert (found.where, found.entry, found.what) == (where, entry, "does not add up")

    def test_needs_no_checks(self, tmp_path):
        assert audit(small().write(tmp_path / "out"), vkey=VKEY, closing=[list]).entries == 20
