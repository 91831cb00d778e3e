"""Subtrees: every valid one of every small tree is proven and nothing else is, from leaves and from tiles alike."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from ledger.log import merkle, subtrees, tiles
from ledger.log.merkle import NotProven
from ledger.log.subtrees import NotASubtree

SMALL = range(1, 18)
LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(700)]
FOREIGN = merkle.leaf_hash(b"foreign")


def valid(size: int) -> list[tuple[int, int]]:
    """Every valid subtree of a tree of `size`, by the words of the draft: `start` a multiple of BIT_CEIL(length)."""
    found = []
    for start in range(size):
        for stop in range(start + 1, size + 1):
            ceiling = 1
            while ceiling < stop - start:
                ceiling *= 2
            if start % ceiling == 0:
                found.append((start, stop))
    return found


def holds(start, stop, subtree, size, root, proof) -> bool:
    try:
        subtrees.verify(start=start, stop=stop, subtree=subtree, size=size, root=root, proof=proof)
    except (NotProven, NotASubtree):
        return False
    return True


class TestIsSubtree:
    @pytest.mark.parametrize(
        ("start", "stop", "expected"),
        [
            (0, 1, True),
            (0, 7, True),
            (4, 8, True),
            (4, 7, True),
            (8, 13, True),
            (256, 512, True),
            (256, 300, True),
            (0, 0, False),
            (5, 5, False),
            (2, 5, False),
            (4, 9, False),
            (1, 3, False),
            (8, 4, False),
            (-4, 0, False),
        ],
    )
    def test_says_what_the_draft_says(self, start, stop, expected):
        assert subtrees.is_subtree(start, stop) is expected

    @pytest.mark.parametrize("size", SMALL)
    def test_agrees_with_the_definition_for_all_spans_of_small_trees(self, size):
        spans = [(start, stop) for start in range(size) for stop in range(start + 1, size + 1)]

        assert [one for one in spans if subtrees.is_subtree(*one)] == valid(size)


class TestPath:
    def test_is_that_of_a_node_of_the_tree(self):
        assert subtrees.path(4, 8, 14) == [(0, 4), (8, 14)]

    def test_is_that_of_a_ragged_subtree_which_grew_since(self):
        assert subtrees.path(8, 13, 14) == [(12, 13), (13, 14), (8, 12), (0, 8)]

    def test_is_empty_for_the_whole_tree(self):
        assert subtrees.path(0, 14, 14) == []

    @pytest.mark.parametrize("size", SMALL)
    def test_from_zero_is_the_path_of_a_consistency_proof(self, size):
        for old_size in range(1, size + 1):
            assert subtrees.path(0, old_size, size) == merkle.consistency_path(old_size, size)

    @pytest.mark.parametrize(("start", "stop", "size"), [(0, 0, 5), (1, 3, 5), (4, 6, 5), (2, 1, 5), (0, 1, 0)])
    def test_refuses_what_is_no_subtree(self, start, stop, size):
        with pytest.raises(NotASubtree):
            subtrees.path(start, stop, size)


class TestVerify:
    @pytest.mark.parametrize("size", SMALL)
    def test_accepts_every_subtree_and_no_neighbour_of_its_proof(self, size):
        root = merkle.root(LEAVES[:size])
        for start, stop in valid(size):
            proof, subtree = subtrees.prove(LEAVES[:size], start, stop), merkle.root(LEAVES[start:stop])

            assert holds(start, stop, subtree, size, root, proof)
            assert not holds(start, stop, FOREIGN, size, root, proof)
            assert not holds(start, stop, subtree, size, FOREIGN, proof)
            assert not holds(start, stop, subtree, size, root, [*proof, FOREIGN])
            assert not holds(start, stop, subtree, size, root, [FOREIGN, *proof])
            for at in range(len(proof)):
                assert not holds(start, stop, subtree, size, root, proof[:at] + proof[at + 1 :])
                assert not holds(start, stop, subtree, size, root, [*proof[:at], FOREIGN, *proof[at + 1 :]])

    @pytest.mark.parametrize("size", [7, 8, 13])
    def test_accepts_a_proof_at_no_other_place(self, size):
        root = merkle.root(LEAVES[:size])
        for start, stop in valid(size):
            proof, subtree = subtrees.prove(LEAVES[:size], start, stop), merkle.root(LEAVES[start:stop])
            accepted = [one for one in valid(size) if holds(*one, subtree, size, root, proof)]

            assert accepted == [(start, stop)]

    def test_refuses_what_is_no_subtree(self):
        with pytest.raises(NotASubtree):
            subtrees.verify(start=1, stop=3, subtree=FOREIGN, size=4, root=FOREIGN, proof=[])

    def test_refuses_a_hash_of_another_length(self):
        with pytest.raises(NotProven, match="32 bytes"):
            subtrees.verify(start=0, stop=1, subtree=b"short", size=1, root=FOREIGN, proof=[])

    def test_ends_on_numbers_as_large_as_they_come(self):
        assert not holds(2**62, 2**63 - 1, FOREIGN, 2**63 - 1, FOREIGN, [FOREIGN] * 63)
        assert not holds(0, 1, FOREIGN, 2**63 - 1, FOREIGN, [FOREIGN] * 63)


class TestProveFromTiles:
    @settings(max_examples=25)
    @given(data=st.data(), size=st.integers(1, 700))
    def test_is_the_proof_from_leaves(self, data, size):
        kept = tiles.extend(0, {}, LEAVES[:size])
        number = data.draw(st.integers(0, (size - 1) // 256))
        stop = data.draw(st.integers(number * 256 + 1, min(size, number * 256 + 256)))

        proof = tiles.prove_subtree(lambda level, index: kept[level, index], number * 256, stop, size)

        assert proof == subtrees.prove(LEAVES[:size], number * 256, stop)
