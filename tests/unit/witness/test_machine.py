"""A witness against a simpler model of it: whatever is brought, sizes only grow, along one history."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger.log import checkpoints, notes
from ledger.witness.model import Why, origin_hash
from ledger.witness.rules import WitnessRefusal
from tests.make_witness import ED25519, MLDSA, ORIGIN, Tree, opened

LONGEST = 14
HISTORIES = [Tree.of(LONGEST), Tree.of(LONGEST, fork=0), Tree.of(LONGEST, fork=4), Tree.of(LONGEST, fork=9)]
for tree in HISTORIES:
    tree.signers = (ED25519,)
sizes = st.integers(0, LONGEST)


class Machine(RuleBasedStateMachine):
    """The model: the size and root last cosigned, and which root was ever cosigned for each size."""

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "w"
        self.running = self.stack.enter_context(ExitStack())
        self.witness = self.running.enter_context(opened(self.folder, trusted=(ED25519, MLDSA)))
        self.size, self.root = 0, HISTORIES[0].root(0)
        self.cosigned: dict[int, bytes] = {}
        self.signed_at = 0

    def teardown(self):
        self.running.close()
        self.stack.close()

    @rule(history=st.sampled_from(HISTORIES), old_size=sizes, size=sizes)
    def submits(self, history, old_size, size):
        expected = 200
        if old_size > size:
            expected = 400
        elif old_size != self.size:
            expected = 409
        elif history.root(old_size) != self.root:
            expected = 422
        self.ask(history, old_size, size, expected)

    @rule(history=st.sampled_from(HISTORIES), more=st.integers(0, 3))
    def goes_on(self, history, more):
        self.submits(history, self.size, min(LONGEST, self.size + more))

    @rule()
    def restarts(self):
        self.running.close()
        self.witness = self.running.enter_context(opened(self.folder))

    def ask(self, history, old_size, size, expected):
        content = bytes(history.submission(old_size, size))
        if expected != 200:
            with pytest.raises(WitnessRefusal) as refused:
                self.witness.submit(content)
            assert refused.value.status == expected
            assert refused.value.facts == {"size": self.size} or expected != 409
            return
        lines = self.witness.submit(content)
        assert size >= self.size
        assert self.cosigned.setdefault(size, history.root(size)) == history.root(size)
        at = int(notes.signed_at(self.witness.signers[0].key, lines[0]).timestamp())
        assert at >= self.signed_at > -1
        self.size, self.root, self.signed_at = size, history.root(size), at

    @invariant()
    def shows_what_was_cosigned_last(self):
        if not self.cosigned:
            return
        found = checkpoints.parse(notes.parse(self.witness.newest(origin_hash(ORIGIN))).text)
        assert (found.size, found.root) == (self.size, self.root)

    @invariant()
    def accuses_only_of_what_contradicts(self):
        for standing in self.witness.standings():
            for one in standing.findings:
                assert self.cosigned.get(one.size) != one.root
                assert one.why is not Why.EMPTY


Machine.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestMachine = Machine.TestCase
