"""The journal: what a key has signed, and every reason to sign nothing."""

import multiprocessing
import os
import stat
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.kernel.errors import Refusal
from ledger.log import journal as journals
from ledger.log.checkpoints import Checkpoint
from ledger.log.journal import (
    CLOCK_TOLERANCE,
    ClockWentBack,
    DamagedJournal,
    Forked,
    Journal,
    RolledBack,
    WrongLog,
)
from ledger.log.tiles import NotATile

ORIGIN = "log.example/one"
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
TICK = timedelta(microseconds=1)
ROOTS = {size: bytes([size]) * 32 for size in range(20)}


def at(size, *, origin=ORIGIN, root=None):
    return Checkpoint(origin=origin, size=size, root=root or ROOTS[size])


def nothing(size):
    raise AssertionError("nobody asks for a root")


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "log.signed")


@pytest.fixture
def five(journal):
    """A journal whose key has signed 5 entries at noon."""
    journal.authorise(at(5), at=NOON, root_at=nothing)
    return journal


class TestAuthorise:
    def test_writes_one_small_text_for_a_person(self, five):
        assert five.path.read_text() == (
            "mengkeju/journal/v1\n"
            "log.example/one\n"
            "5\n"
            "BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=\n"
            "2026-03-02T04:00:00.000000Z\n"
        )

    def test_leaves_a_file_that_only_its_owner_may_touch_and_nothing_beside_it(self, five):
        assert {path.name for path in five.path.parent.iterdir()} == {"log.signed", "log.signed.lock"}
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in five.path.parent.iterdir())

    def test_allows_what_grows_from_the_line_before(self, five):
        assert five.authorise(at(6), at=NOON + TICK, root_at=ROOTS.get) == NOON + TICK
        assert five.read().checkpoint == at(6)

    def test_asks_for_the_root_at_the_size_that_was_signed(self, five):
        asked = []
        five.authorise(at(9), at=NOON, root_at=lambda size: asked.append(size) or ROOTS[size])
        assert asked == [5]

    def test_allows_the_same_again_and_asks_nobody(self, five):
        assert five.authorise(at(5), at=NOON + TICK, root_at=nothing) == NOON + TICK
        assert five.read().at == NOON + TICK

    @pytest.mark.parametrize("size", [0, 1, 4])
    def test_refuses_less_than_was_signed(self, five, size):
        with pytest.raises(RolledBack, match="has signed a log of 5 entries") as refused:
            five.authorise(at(size), at=NOON, root_at=ROOTS.get)
        assert refused.value.facts == {"signed": 5, "size": size}

    def test_refuses_another_root_at_the_same_size(self, five):
        with pytest.raises(Forked):
            five.authorise(at(5, root=ROOTS[6]), at=NOON, root_at=nothing)

    def test_refuses_tiles_that_do_not_lead_to_what_was_signed(self, five):
        with pytest.raises(Forked, match="another root"):
            five.authorise(at(6), at=NOON, root_at=lambda _: ROOTS[4])

    def test_refuses_tiles_that_do_not_reach_so_far(self, five):
        def short(size):
            raise NotATile("the tile holds too few hashes", level=0, index=0)

        with pytest.raises(Forked):
            five.authorise(at(6), at=NOON, root_at=short)

    def test_refuses_another_log(self, five):
        with pytest.raises(
            WrongLog, match=r"signs for log\.example/one, and this database holds the log log\.example/two"
        ):
            five.authorise(at(6, origin="log.example/two"), at=NOON, root_at=ROOTS.get)

    @pytest.mark.parametrize(
        ("refused", "checkpoint", "when"),
        [
            (RolledBack, at(4), NOON),
            (Forked, at(5, root=ROOTS[1]), NOON),
            (WrongLog, at(6, origin="another"), NOON),
            (ClockWentBack, at(6), NOON - timedelta(hours=1)),
        ],
    )
    def test_leaves_the_line_as_it_is_when_it_refuses(self, five, refused, checkpoint, when):
        before = five.path.read_bytes()
        with pytest.raises(refused):
            five.authorise(checkpoint, at=when, root_at=ROOTS.get)
        assert five.path.read_bytes() == before

    @given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2), st.integers(-15, 15)), max_size=12))
    def test_never_allows_two_histories_or_an_earlier_time(self, tmp_path_factory, asked):
        """Whatever is asked: of what was allowed each leads to the next, and each is no earlier."""
        journal = Journal(tmp_path_factory.mktemp("journal") / "log.signed")
        allowed = []
        for size, branch, seconds in asked:
            roots = {one: bytes([one, branch if one > 3 else 0]) * 16 for one in range(9)}
            try:
                when = journal.authorise(
                    at(size, root=roots[size]), at=NOON + timedelta(seconds=seconds), root_at=roots.__getitem__
                )
            except Refusal:
                continue
            allowed.append((size, roots, when))
        for (size, roots, when), (later, later_roots, later_when) in zip(allowed, allowed[1:], strict=False):
            assert size <= later
            assert roots[size] == later_roots[size]
            assert when <= later_when


class TestClock:
    @pytest.mark.parametrize(
        ("shown", "signed_at"),
        [
            (NOON + TICK, NOON + TICK),
            (NOON, NOON),
            (NOON - TICK, NOON),
            (NOON - CLOCK_TOLERANCE, NOON),
        ],
    )
    def test_never_goes_backward(self, five, shown, signed_at):
        assert five.authorise(at(6), at=shown, root_at=ROOTS.get) == signed_at
        assert five.read().at == signed_at

    def test_is_refused_beyond_the_tolerance(self, five):
        with pytest.raises(ClockWentBack, match="Nothing was signed") as refused:
            five.authorise(at(6), at=NOON - CLOCK_TOLERANCE - TICK, root_at=ROOTS.get)
        assert refused.value.facts == {"last_at": "2026-03-02T04:00:00.000000Z", "now": "2026-03-02T03:59:49.999999Z"}


class TestReview:
    def test_says_nothing_of_a_log_that_has_no_journal_yet(self, journal):
        journal.review(origin=ORIGIN, size=7, root_at=nothing)
        assert not journal.path.exists()

    def test_holds_the_tiles_against_the_line(self, five):
        five.review(origin=ORIGIN, size=5, root_at=ROOTS.get)
        five.review(origin=ORIGIN, size=7, root_at=ROOTS.get)
        with pytest.raises(Forked):
            five.review(origin=ORIGIN, size=7, root_at=lambda _: ROOTS[0])

    def test_refuses_an_empty_database(self, five):
        with pytest.raises(RolledBack, match="the database holds none"):
            five.review(origin=ORIGIN, size=0, root_at=ROOTS.get)

    def test_refuses_another_log_before_it_counts(self, five):
        with pytest.raises(WrongLog):
            five.review(origin="another", size=0, root_at=ROOTS.get)


class TestAdopt:
    def test_makes_the_first_line(self, journal):
        journal.adopt(at(3), at=NOON)
        assert (journal.read().checkpoint, journal.read().at) == (at(3), NOON)

    def test_keeps_the_later_time(self, five):
        five.adopt(at(8), at=NOON - timedelta(days=1))
        assert (five.read().checkpoint, five.read().at) == (at(8), NOON)


INTACT = f"mengkeju/journal/v1\n{at(5).text}2026-03-02T04:00:00.000000Z\n"


class TestRead:
    def test_returns_none_before_the_first_line(self, journal):
        assert journal.read() is None

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "\n",
            INTACT[:-1],
            INTACT + "\n",
            INTACT + INTACT,
            " " + INTACT,
            INTACT.replace("\n", "\r\n"),
            INTACT.replace("v1", "v2"),
            INTACT.replace("\n5\n", "\n05\n"),
            INTACT.replace("\n5\n", "\n-5\n"),
            INTACT.replace("\n5\n", "\n" + "9" * 30 + "\n"),
            INTACT.replace("BQUFB", "BQUF"),
            INTACT.replace("04:00", "4:00"),
            INTACT.replace(".000000Z", "Z"),
            INTACT.replace("Z\n", "+00:00\n"),
            INTACT.replace("2026-03", "2026-13"),
            INTACT.replace(ORIGIN, ""),
            INTACT.replace(ORIGIN, "x" * 5000),
            "mengkeju/journal/v1\n",
            "\x00" * 200,
        ],
    )
    def test_refuses_anything_but_the_one_form(self, journal, content):
        journal.path.write_text(content, newline="")
        with pytest.raises(DamagedJournal, match="Nothing was signed"):
            journal.read()

    def test_refuses_what_is_no_text(self, journal):
        journal.path.write_bytes(INTACT.encode().replace(b"log.example", b"log\xff"))
        with pytest.raises(DamagedJournal):
            journal.read()

    @given(st.integers(0, len(INTACT) - 1), st.integers(0, 255))
    def test_refuses_or_reads_but_never_fails_on_a_changed_byte(self, tmp_path_factory, place, byte):
        journal = Journal(tmp_path_factory.mktemp("journal") / "log.signed")
        changed = bytearray(INTACT.encode())
        changed[place] = byte
        journal.path.write_bytes(bytes(changed))
        try:
            assert journal.read().text.encode() == bytes(changed)
        except DamagedJournal:
            assert bytes(changed) != INTACT.encode()

    @pytest.mark.parametrize("length", range(0, len(INTACT), 7))
    def test_is_never_ignored_when_it_was_cut_short(self, journal, length):
        journal.path.write_text(INTACT[:length])
        with pytest.raises(DamagedJournal):
            journal.authorise(at(6), at=NOON, root_at=ROOTS.get)
        with pytest.raises(DamagedJournal):
            journal.adopt(at(6), at=NOON)
        assert journal.path.read_text() == INTACT[:length]


class TestWrite:
    @pytest.fixture
    def traced(self, five, monkeypatch):
        """What is done to the files, in order."""
        done = []
        names = {}

        def opened(path, flags, mode=0o777, real=os.open):
            descriptor = real(path, flags, mode)
            names[descriptor] = "folder" if flags & os.O_DIRECTORY else os.fspath(path).rpartition("/")[2][:11]
            return descriptor

        monkeypatch.setattr(journals.os, "open", opened)
        monkeypatch.setattr(
            journals.os, "fsync", lambda one, real=os.fsync: (done.append(f"fsync {names[one]}"), real(one))
        )
        replace = type(five.path).replace
        monkeypatch.setattr(
            type(five.path), "replace", lambda one, to: (done.append(f"rename to {to.name}"), replace(one, to))[1]
        )
        return done

    def test_is_on_the_disk_before_it_takes_the_place_of_the_line_before(self, five, traced):
        five.authorise(at(6), at=NOON, root_at=ROOTS.get)
        assert traced == ["fsync .log.signed", "rename to log.signed", "fsync folder"]

    @pytest.mark.parametrize("failing", ["fsync", "open"])
    def test_leaves_the_line_before_when_the_disk_fails(self, five, monkeypatch, failing):
        before = five.path.read_bytes()
        real = getattr(os, failing)

        def full(first, *rest):
            if failing == "open" and str(first).endswith(".lock"):
                return real(first, *rest)
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(journals.os, failing, full)
        with pytest.raises(OSError, match="No space left"):
            five.authorise(at(6), at=NOON, root_at=ROOTS.get)
        assert five.path.read_bytes() == before
        assert {path.name for path in five.path.parent.iterdir()} == {"log.signed", "log.signed.lock"}

    def test_says_nothing_was_authorised_when_the_rename_fails(self, five, monkeypatch):
        monkeypatch.setattr(type(five.path), "replace", lambda *_: (_ for _ in ()).throw(OSError("no")))
        with pytest.raises(OSError, match="no"):
            five.authorise(at(6), at=NOON, root_at=ROOTS.get)
        assert five.read().checkpoint == at(5)

    def test_minds_no_leftover_of_somebody_killed_before_the_rename(self, five):
        left = five.path.with_name(".log.signed.new")
        left.write_text("half a l")
        left.chmod(0o666)
        five.authorise(at(6), at=NOON, root_at=ROOTS.get)
        assert five.read().checkpoint == at(6)
        assert stat.S_IMODE(five.path.stat().st_mode) == 0o600
        assert not left.exists()


class TestAlone:
    def test_lets_the_same_thread_in_again(self, journal):
        with journal.alone(), journal.alone():
            journal.authorise(at(1), at=NOON, root_at=nothing)
        with journal.alone():
            journal.authorise(at(2), at=NOON, root_at=ROOTS.get)

    @pytest.mark.parametrize("shared", [True, False])
    def test_keeps_another_thread_out_until_the_end(self, journal, shared):
        other = journal if shared else Journal(journal.path)
        done = []
        with journal.alone():
            thread = threading.Thread(
                target=lambda: done.append(other.authorise(at(1), at=NOON, root_at=nothing)), daemon=True
            )
            thread.start()
            time.sleep(0.05)
            assert done == []
        thread.join(10)
        assert done == [NOON]

    def test_is_over_when_its_holder_is_killed(self, journal):
        context = multiprocessing.get_context("fork")
        holding = context.Event()
        process = context.Process(target=_hold, args=(journal.path, holding), daemon=True)
        process.start()
        assert holding.wait(30)
        process.kill()
        process.join()
        journal.authorise(at(1), at=NOON, root_at=nothing)
        assert journal.read().checkpoint == at(1)

    def test_is_over_when_its_block_raises(self, journal):
        with pytest.raises(RuntimeError), journal.alone():
            raise RuntimeError
        Journal(journal.path).authorise(at(1), at=NOON, root_at=nothing)

    def test_lets_two_with_one_key_tell_one_history(self, journal):
        """Two databases, one key: whoever comes second is refused, whatever the order."""
        first, second = Journal(journal.path), Journal(journal.path)
        theirs = {size: bytes([100 + size]) * 32 for size in range(20)}
        first.authorise(at(2), at=NOON, root_at=nothing)
        with pytest.raises(Forked):
            second.authorise(at(3, root=theirs[3]), at=NOON, root_at=theirs.get)
        with pytest.raises(RolledBack):
            second.authorise(at(1, root=theirs[1]), at=NOON, root_at=theirs.get)
        first.authorise(at(3), at=NOON, root_at=ROOTS.get)


def _hold(path, holding):
    with Journal(path).alone():
        holding.set()
        time.sleep(60)


class TestRefusals:
    """What a tired person reads at three in the morning."""

    def refused(self, five, kind):
        asked = {
            RolledBack: lambda: five.authorise(at(4), at=NOON, root_at=ROOTS.get),
            Forked: lambda: five.authorise(at(5, root=ROOTS[1]), at=NOON, root_at=ROOTS.get),
            WrongLog: lambda: five.authorise(at(6, origin="another"), at=NOON, root_at=ROOTS.get),
            ClockWentBack: lambda: five.authorise(at(6), at=NOON - timedelta(hours=1), root_at=ROOTS.get),
            DamagedJournal: lambda: (five.path.write_text("?"), five.read()),
        }
        with pytest.raises(kind) as refused:
            asked[kind]()
        return refused.value.detail

    @pytest.mark.parametrize("kind", journals.REFUSALS)
    def test_say_that_nothing_was_signed_and_number_what_to_do(self, five, kind):
        first, *rest = self.refused(five, kind).split("\n")
        assert "Nothing was signed" in first
        steps = [line for line in rest if not line.startswith("   ")]
        assert [line[:3] for line in steps] == [f"{number}. " for number in range(1, len(steps) + 1)]
        assert len(steps) >= 2
        assert len(rest) < 12  # what `mengkeju serve` shows of a part's log has room for all of it
        assert all(len(line) <= 120 for line in rest)

    @pytest.mark.parametrize("kind", [RolledBack, Forked, WrongLog])
    def test_warn_against_deleting_the_journal(self, five, kind):
        assert "Do not delete log.signed" in self.refused(five, kind)

    @pytest.mark.parametrize("kind", [RolledBack, Forked])
    def test_say_how_a_log_ends_whose_entries_are_lost(self, five, kind):
        said = self.refused(five, kind)
        assert "this log ends at 5" in said
        assert "MENGKEJU_ORIGIN" in said
        assert "tell the witnesses" in said
