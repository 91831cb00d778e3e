"""An export that is killed at any step loses nothing, shows nobody a half, and goes on when it is run again.

Every step that touches the disk is tried in each of its ways to die: before it, after it, and half-way through a write.
"""

import random
import shutil
from dataclasses import dataclass, field

import pytest

from ledger.log import checkpoints, notes
from ledger.log.export import Disk, growing
from tests.make_log import Log

from .exports import At, files, folders, implied, signed, state

LOG = Log().trade(1100)
STEPS = ("make_folder", "write", "rename", "sync", "unlink", "remove_folder")
WAYS = ("before", "after", "torn")
GROWTHS = [(None, 1), (None, 257), (None, 700), (1, 2), (255, 256), (256, 257), (200, 300), (300, 301), (300, 1100)]


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Death:
    """Kills at step number `at`, in one of the ways; counts the steps, and calls `watch` before and after each."""

    at: int | None = None
    way: str = "before"
    watch: object = None
    steps: list[str] = field(default_factory=list)

    def wrap(self, name, act):
        def step(disk, path, *rest):
            number = len(self.steps)
            self.steps.append(name)
            self.look()
            if number == self.at and self.way == "before":
                raise Killed
            if number == self.at and self.way == "torn" and name == "write":
                act(disk, path, rest[0][: len(rest[0]) // 2])
                raise Killed
            act(disk, path, *rest)
            self.look()
            if number == self.at:
                raise Killed

        return step

    def look(self):
        if self.watch is not None:
            self.watch()


@pytest.fixture(autouse=True)
def small_and_fast(monkeypatch):
    """Small chunks, and no waiting for the machine: what only its own stop would lose is not tried here."""
    monkeypatch.setattr(growing, "CHUNK", 256)
    monkeypatch.setattr(Disk, "sync", lambda _disk, _path: None)


@pytest.fixture
def run(monkeypatch):
    """Export `LOG` at `size` to `folder` under a `Death`; say whether it came to the end."""

    def act(folder, size, death):
        with monkeypatch.context() as patch:
            for name in STEPS:
                patch.setattr(Disk, name, death.wrap(name, getattr(Disk, name)))
            try:
                At(LOG, size).write(folder)
            except Killed:
                return False
        return True

    return act


def require_readable(folder):
    """Whoever reads a checkpoint finds everything that it implies, or the full tile where a partial was collected."""
    if not (folder / "checkpoint").exists():
        return
    size = checkpoints.parse(notes.parse((folder / "checkpoint").read_bytes()).text).size
    for path, content in implied(LOG, size).items():
        assert (folder / path).read_bytes() == content, f"{path} of {size}"


def require_old_readable(folder, old):
    """Whoever still holds the old checkpoint finds all of it, until partials give way to fuller ones at the end."""
    published = (folder / "checkpoint").read_bytes() != signed(LOG, old)
    for path, content in implied(LOG, old).items():
        if path != "checkpoint" and not (published and ".p/" in path):
            assert (folder / path).read_bytes() == content, path


@pytest.mark.parametrize(("old", "new"), GROWTHS)
class TestKilledAtEveryStep:
    def begun(self, folder, old):
        if folder.exists():
            shutil.rmtree(folder)
        if old is not None:
            At(LOG, old).write(folder)
        return folder

    def steps(self, run, folder, new):
        death = Death()
        assert run(folder, new, death)
        return death.steps

    @pytest.mark.parametrize("way", WAYS)
    def test_is_whole_when_run_again(self, tmp_path, run, old, new, way):
        fresh = At(LOG, new).write(tmp_path / "fresh")
        steps = self.steps(run, self.begun(tmp_path / "count", old), new)
        for at in (at for at, name in enumerate(steps) if way != "torn" or name == "write"):
            folder = self.begun(tmp_path / "out", old)
            assert not run(folder, new, Death(at, way))
            require_readable(folder)
            assert run(folder, new, Death())
            assert (files(folder), folders(folder)) == (files(fresh), folders(fresh)), f"killed {way} step {at}"
            before = state(folder)
            quiet = Death()
            assert run(folder, new, quiet)
            assert (quiet.steps, state(folder)) == ([], before)

    def test_shows_nobody_a_half_at_any_step(self, tmp_path, run, old, new):
        folder = self.begun(tmp_path / "out", old)
        seen = []

        def watch():
            require_readable(folder)
            if old is not None:
                require_old_readable(folder, old)
            seen.append(1)

        assert run(folder, new, Death(watch=watch))
        assert seen

    def test_publishes_only_when_all_else_is_there(self, tmp_path, monkeypatch, old, new):
        """Each file is durable before the checkpoint is renamed, and nothing is removed before that is durable."""
        folder = self.begun(tmp_path / "out", old)
        acts = []
        for name in STEPS:
            plain = getattr(Disk, name)
            monkeypatch.setattr(
                Disk, name, lambda disk, *rest, name=name, plain=plain: (acts.append((name, *rest)), plain(disk, *rest))
            )
        At(LOG, new).write(folder)
        published = next(at for at, act in enumerate(acts) if act[0] == "rename" and act[2].name == "checkpoint")
        synced = {act[1] for act in acts[:published] if act[0] == "sync"}
        placed = [act for act in acts[:published] if act[0] == "rename"]
        assert acts[published][1] in synced
        assert {act[2] for act in placed} <= synced
        assert {above for act in placed for above in act[2].parents if above.is_relative_to(folder)} <= synced
        assert acts[published + 1] == ("sync", folder)
        assert not any(act[0] in {"unlink", "remove_folder"} for act in acts[: published + 1])


class TestKilledAgainAndAgain:
    @pytest.mark.parametrize("seed", range(12))
    def test_is_whole_in_the_end(self, tmp_path, run, seed):
        """The log grows meanwhile, so that every run finds what runs to other sizes left."""
        rng = random.Random(seed)
        folder, size = tmp_path / "out", rng.randrange(1, 300)
        for _ in range(40):
            run(folder, size, Death(rng.randrange(60), rng.choice(WAYS)))
            require_readable(folder)
            size = min(1100, size + rng.choice([0, 1, 30, 256]))
        assert run(folder, size, Death())
        fresh = At(LOG, size).write(tmp_path / "fresh")
        assert (files(folder), folders(folder)) == (files(fresh), folders(fresh))

    def test_goes_on_instead_of_beginning_again(self, tmp_path, run):
        """Killed once per chunk, all runs together fetch the log hardly more than once."""
        fetched, runs, folder = 0, 0, tmp_path / "out"
        while not (folder / "checkpoint").exists():
            source, death = At(LOG, 1100), Death(9)
            with pytest.MonkeyPatch.context() as patch:
                for name in STEPS:
                    patch.setattr(Disk, name, death.wrap(name, getattr(Disk, name)))
                try:
                    source.write(folder)
                except Killed:
                    runs += 1
            fetched += source.fetched
            assert runs < 50
            if runs > 4:
                source.write(folder)
        assert runs > 3
        assert fetched < 2 * 1100
