"""No checkpoint ever shows a part of a transaction, whoever writes at the same time and however little is taken."""

import json
import random
from contextlib import ExitStack

import pytest

from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Units
from ledger.log import sequencer, service, store
from ledger.log.model import event_kind
from ledger.log.store import placing

HAPPENED = event_kind("test.happened", public="writer")


class Writers:
    """Transactions that are open side by side; what each records says who wrote it."""

    def __init__(self, world):
        self.world = world
        self.cause = world.cause(world.fresh(OrganisationId))
        self.open = {}  # name -> (stack, unit)
        self.held = {}  # subject -> name of the writer whose lock is on it
        self.begun = 0
        self.wrote = {}  # name -> how many entries, of those that committed
        self.sizes = [0]

    def begin(self):
        self.begun += 1
        stack = ExitStack()
        self.open[self.begun] = (stack, stack.enter_context(self.world.units.begin()))
        return self.begun

    def record(self, name, *subjects):
        service.record(self.open[name][1], self.cause, *(HAPPENED(subject, writer=name) for subject in subjects))
        self.open[name][1].send()  # nothing of it waits for the commit: places are drawn now
        self.held |= dict.fromkeys(subjects, name)
        self.wrote[name] = self.wrote.get(name, 0) + len(subjects)

    def commit(self, name):
        self.open.pop(name)[0].close()
        self.held = {subject: holder for subject, holder in self.held.items() if holder != name}

    def whole(self, *subjects):
        """Record in a transaction of its own."""
        name = self.begin()
        self.record(name, *subjects)
        self.commit(name)
        return name

    def step(self, limit):
        placed = self.world.sequencer.step(limit)
        self.sizes.append(self.sizes[-1] + placed)
        return placed

    def drain(self, limit):
        while self.step(limit):
            pass

    def batches(self):
        """What stands under each checkpoint and not under the one before: (writer, subject, seq)."""
        with self.world.units.read() as unit:
            contents = [json.loads(one) for one in service.entries(unit, 0, self.sizes[-1])]
            assert service.waiting(unit) == 0
        told = [(one["data"].get("writer"), one["subject"], one["seq"]) for one in contents]
        return [told[start:stop] for start, stop in zip(self.sizes, self.sizes[1:], strict=False)]

    def verify(self):
        """Every writer stands in one batch with all it wrote; every subject counts from 0 in the order of the log."""
        batches = self.batches()
        homes = {}
        for number, batch in enumerate(batches):
            for writer, _, _ in batch:
                homes.setdefault(writer, set()).add(number)
        assert all(len(numbers) == 1 for numbers in homes.values())
        told = [one for batch in batches for one in batch]
        counts = {name: sum(writer == name for writer, _, _ in told) for name in self.wrote}
        assert counts == self.wrote
        seen = {}
        for _, subject, seq in told:
            assert seq == seen.get(subject, 0)
            seen[subject] = seq + 1


def killed(world, limit, found=None):
    """Place what waits up to the commit, which never comes."""
    with pytest.raises(RuntimeError), Units(world.engines[1], world.clock).begin() as unit:
        standing = store.read_standing(unit, alone=True)
        waiting = store.oldest(unit, limit)
        assert found in {None, len(waiting)}
        if waiting:
            sequencer._place(unit, standing.size, sequencer._edges(standing), [], waiting)
            assert store.read_standing(unit).size == standing.size + len(waiting)
        raise RuntimeError


@pytest.fixture
def writers(world):
    made = Writers(world)
    yield made
    for stack, _ in made.open.values():
        stack.close()


class TestOldest:
    def test_takes_what_a_transaction_wrote_beyond_the_limit(self, writers):
        writers.whole("a", "b", "c", "d", "e")
        assert writers.step(2) == 6  # entry 0 declares the log
        writers.verify()

    def test_leaves_the_transaction_after_the_limit_for_the_next_checkpoint(self, writers):
        writers.whole("a", "b")
        writers.whole("c", "d")
        assert [writers.step(2), writers.step(2), writers.step(2)] == [3, 2, 0]
        writers.verify()

    def test_takes_two_transactions_that_are_interleaved_one_at_a_time(self, writers):
        first, second = writers.begin(), writers.begin()
        for subject in ("a", "b", "c"):
            writers.record(first, f"first-{subject}")
            writers.record(second, f"second-{subject}")
        writers.commit(second)
        writers.commit(first)
        assert [writers.step(1), writers.step(1), writers.step(1)] == [4, 3, 0]
        writers.verify()

    def test_overtakes_nothing_of_a_subject_when_it_reaches_ahead(self, writers):
        ahead = writers.begin()
        writers.record(ahead, "mine")
        writers.whole("ours", "theirs")  # beyond a limit of one, and before what `ahead` writes last
        writers.whole("elsewhere")
        writers.record(ahead, "ours")
        writers.commit(ahead)
        assert writers.step(1) == 5  # entry 0, both of `ahead`, and the whole of the one that came before it
        writers.drain(1)
        assert [len(batch) for batch in writers.batches()] == [5, 1, 0]
        writers.verify()

    def test_follows_a_chain_of_subjects_to_its_end(self, writers):
        ahead = writers.begin()
        writers.record(ahead, "first")
        middle = writers.begin()
        writers.record(middle, "second")
        last = writers.begin()
        writers.record(last, "third", "fourth")
        writers.commit(last)
        writers.record(middle, "third")
        writers.commit(middle)
        writers.record(ahead, "second")
        writers.commit(ahead)
        assert writers.step(1) == 7
        writers.verify()

    def test_waits_for_nobody_who_has_not_committed(self, writers):
        slow = writers.begin()
        writers.record(slow, "a")
        writers.whole("b", "c")
        assert writers.step(1) == 3
        writers.record(slow, "d")
        writers.commit(slow)
        assert writers.step(1) == 2
        writers.step(1)
        writers.verify()

    def test_counts_a_savepoint_to_its_transaction(self, world, writers):
        with world.units.begin() as unit:
            service.record(unit, writers.cause, HAPPENED("a", writer=1))
            with unit.savepoint():
                service.record(unit, writers.cause, HAPPENED("b", writer=1))
        writers.wrote = {1: 2}
        assert writers.step(1) == 3
        writers.step(1)
        writers.verify()

    def test_puts_everything_back_when_the_sequencer_is_killed(self, world, writers):
        writers.whole("a", "b", "c")
        writers.whole("b", "d")
        for _ in range(2):
            killed(world, 1, found=3)
        writers.drain(1)
        assert [len(batch) for batch in writers.batches()] == [4, 2, 0]
        writers.verify()

    def test_needs_one_look_when_all_fits_and_two_when_nothing_is_cut(self, world, writers, monkeypatch):
        for number in range(4):
            writers.whole(f"s{number}")
        looks, look = [], placing._look
        monkeypatch.setattr(placing, "_look", lambda *given: looks.append(given[1]) or look(*given))
        counts = []
        for limit in (3, 3):
            looks.clear()
            writers.step(limit)
            counts.append(len(looks))
        assert counts == [2, 1]
        writers.step(3)
        writers.verify()

    def test_moves_an_entry_and_leaves_no_copy(self, world, writers):
        writers.whole("a", "b", "c")
        with world.units.read() as unit:
            waiting = store.oldest(unit, 10)
        writers.step(10)
        with world.units.read() as unit:
            assert store.oldest(unit, 10) == []
            assert service.entries(unit, 1, 4) == [one.content for one in waiting]

    @pytest.mark.parametrize("seed", range(12))
    def test_shows_whole_transactions_however_they_interleave(self, world, writers, seed):
        rng = random.Random(seed)
        for _ in range(120):
            act = rng.choices(["begin", "record", "commit", "step", "kill"], [2, 6, 2, 2, 1])[0]
            if act == "begin" and len(writers.open) < 4:
                writers.begin()
            elif act == "record" and writers.open:
                name = rng.choice(list(writers.open))
                free = [one for one in "abcdefgh" if writers.held.get(one, name) == name]
                if free:
                    writers.record(name, *rng.sample(free, rng.randint(1, min(3, len(free)))))
            elif act == "commit" and writers.open:
                writers.commit(rng.choice(list(writers.open)))
            elif act == "step":
                writers.step(rng.randint(1, 5))
            elif act == "kill":
                killed(world, rng.randint(1, 5))
        for name in list(writers.open):
            writers.commit(name)
        writers.drain(rng.randint(1, 5))
        writers.verify()
