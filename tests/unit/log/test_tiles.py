"""Tiles: their names, what a size implies, and that growing piece by piece equals building at once."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from ledger.log import merkle, tiles
from ledger.log.tiles import Bundle, NotATile, Tile

LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(2000)]

# The examples of tlog-tiles, and the edges of its arithmetic.
PATHS = [
    ("tile/0/000", Tile(0, 0)),
    ("tile/0/005", Tile(0, 5)),
    ("tile/0/x001/000", Tile(0, 1000)),
    ("tile/0/x001/067", Tile(0, 1067)),
    ("tile/0/x001/x234/067", Tile(0, 1234067)),
    ("tile/63/000.p/255", Tile(63, 0, 255)),
    ("tile/1/x001/067.p/1", Tile(1, 1067, 1)),
    ("tile/entries/273.p/112", Bundle(273, 112)),
    ("tile/entries/x001/x234/067", Bundle(1234067)),
]
NOT_PATHS = [
    "tile/0/00", "tile/0/0000", "tile/0/x000/005", "tile/0/001/067", "tile/0/x001", "tile/0/x01/067", "tile/00/000",
    "tile/64/000", "tile/-1/000", "tile/0/000.p/0", "tile/0/000.p/256",
    "tile/0/000.p/257", "tile/0/000.p/999", "tile/0/000.p/01", "tile/0/000.p",
    "tile/0/000.p/", "tile/0/000\n", "tile/0/٠٠٠", "/tile/0/000", "tile/data/000", "tile/8/0/000", "tile/entries/",
    "tile/entries", "", "tile/0/../0/000", "tile/0/000/",
]  # fmt: skip


def built(size: int) -> dict[tuple[int, int], bytes]:
    """Every tile by definition: hash i of tile n at level l is the root over 256^l leaves (tlog-tiles)."""
    level, found = 0, {}
    while (step := 256**level) <= size:
        hashes = [merkle.root(LEAVES[at : at + step]) for at in range(0, size - step + 1, step)]
        found |= {(level, at // 256): b"".join(hashes[at : at + 256]) for at in range(0, len(hashes), 256)}
        level += 1
    return found


class TestPath:
    @pytest.mark.parametrize(("path", "tile"), PATHS)
    def test_reads_and_writes_one_form(self, path, tile):
        assert tile.path == path
        assert tiles.parse_path(path) == tile

    @pytest.mark.parametrize("path", NOT_PATHS)
    def test_refuses_every_other_form(self, path):
        with pytest.raises(NotATile):
            tiles.parse_path(path)

    @given(index=st.integers(0, 2**55), width=st.integers(1, 256), level=st.integers(0, 63))
    def test_names_every_tile(self, index, width, level):
        assert tiles.parse_path(Tile(level, index, width).path) == Tile(level, index, width)
        assert tiles.parse_path(Bundle(index, width).path) == Bundle(index, width)


class TestSize:
    def test_implies_the_tiles_of_the_example(self):
        found = list(tiles.tiles_of(70_000))

        assert [one.width for one in found if one.level == 0] == [256] * 273 + [112]
        assert [one for one in found if one.level > 0] == [Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]
        assert [one.width for one in tiles.bundles_of(70_000)] == [256] * 273 + [112]

    @pytest.mark.parametrize(
        ("size", "expected"),
        [
            (0, []),
            (1, [Tile(0, 0, 1)]),
            (255, [Tile(0, 0, 255)]),
            (256, [Tile(0, 0), Tile(1, 0, 1)]),
            (257, [Tile(0, 0), Tile(0, 1, 1), Tile(1, 0, 1)]),
        ],
    )
    def test_implies_exactly_these(self, size, expected):
        assert list(tiles.tiles_of(size)) == expected

    @given(size=st.integers(0, 200_000), level=st.integers(0, 4), index=st.integers(0, 800), width=st.integers(1, 256))
    def test_implies_what_it_lists(self, size, level, index, width):
        tile = Tile(level, index, width)
        assert tiles.is_implied(size, tile) == (tile in set(tiles.tiles_of(size)))
        assert tiles.is_implied(size, Bundle(index, width)) == (Bundle(index, width) in set(tiles.bundles_of(size)))

    @given(size=st.integers(0, 200_000))
    def test_has_as_its_edge_the_partial_tiles(self, size):
        assert tiles.edge_of(size) == [one for one in tiles.tiles_of(size) if one.width < 256]


class TestBundle:
    @given(entries=st.lists(st.binary(max_size=300), max_size=256))
    def test_returns_what_was_put_in(self, entries):
        assert tiles.decode_bundle(tiles.encode_bundle(entries)) == entries

    def test_is_lengths_and_bytes(self):
        assert tiles.encode_bundle([b"ab", b""]) == b"\x00\x02ab\x00\x00"

    @pytest.mark.parametrize("cut", [b"\x00", b"\x00\x01", b"\x00\x02a", b"\x00\x00\x01", b"\xff\xff" + bytes(65_534)])
    def test_refuses_an_entry_cut_short(self, cut):
        for read in (tiles.decode_bundle, tiles.leaf_hashes):
            with pytest.raises(NotATile):
                read(cut)

    @given(entries=st.lists(st.binary(max_size=300) | st.just(bytes(65_535)), max_size=256))
    def test_is_hashed_without_being_parted(self, entries):
        assert tiles.leaf_hashes(tiles.encode_bundle(entries)) == [merkle.leaf_hash(one) for one in entries]

    @pytest.mark.parametrize("entries", [[bytes(65_536)], [b""] * 257])
    def test_cannot_hold_more_than_its_format(self, entries):
        with pytest.raises(AssertionError):
            tiles.encode_bundle(entries)

    def test_holds_the_largest_entry(self):
        assert tiles.decode_bundle(tiles.encode_bundle([bytes(65_535)])) == [bytes(65_535)]


class TestGrow:
    @settings(max_examples=40, deadline=None)
    @given(steps=st.lists(st.integers(0, 400), max_size=5))
    def test_piece_by_piece_equals_building_at_once(self, steps):
        size, edges, stored = 0, {}, {}
        for step in steps:
            growth = tiles.grow(size, edges, LEAVES[size : size + step])
            stored |= growth.tiles
            size, edges = growth.size, growth.edges

            assert growth.root == merkle.root(LEAVES[:size])
            assert edges == {one.level: stored[one.level, one.index] for one in tiles.edge_of(size)}
        assert stored == built(size)

    @pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 1400])
    def test_from_nothing_makes_every_tile(self, size):
        assert tiles.grow(0, {}, LEAVES[:size]).tiles == built(size)

    def test_reaches_the_third_level(self):
        growth = tiles.grow(0, {}, LEAVES[:1] * 65_537)

        assert growth.tiles[2, 0] == merkle.root(LEAVES[:1] * 65_536)
        assert growth.root == merkle.root(LEAVES[:1] * 65_537)
        assert set(growth.edges) == {0, 2}

    def test_touches_no_tile_that_is_full_already(self):
        first = tiles.grow(0, {}, LEAVES[:600])
        second = tiles.grow(600, first.edges, LEAVES[600:601])

        assert list(second.tiles) == [(0, 2)]

    def test_stops_at_an_edge_that_is_not_of_this_size(self):
        with pytest.raises(AssertionError):
            tiles.grow(3, {0: bytes(64)}, LEAVES[:1])

    def test_refuses_a_leaf_that_is_no_hash(self):
        with pytest.raises(merkle.NotProven):
            tiles.grow(0, {}, [bytes(31)])


class TestProofs:
    STORED = built(1400)

    def read(self, level: int, index: int) -> bytes:
        return self.STORED[level, index]

    @given(size=st.integers(1, 1400), data=st.data())
    def test_of_inclusion_are_those_of_the_whole_tree(self, size, data):
        index = data.draw(st.integers(0, size - 1))

        assert tiles.prove_inclusion(self.read, index, size) == merkle.prove_inclusion(LEAVES[:size], index)

    @given(size=st.integers(0, 1400), data=st.data())
    def test_of_consistency_are_those_of_the_whole_tree(self, size, data):
        old_size = data.draw(st.integers(0, size))

        assert tiles.prove_consistency(self.read, old_size, size) == merkle.prove_consistency(LEAVES[:size], old_size)
        assert tiles.root_at(self.read, size) == merkle.root(LEAVES[:size])

    @pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 600])
    @pytest.mark.parametrize("held", [0, 1])
    def test_refuse_a_tile_that_holds_too_little(self, size, held):
        def short(level, index):
            return self.read(level, index)[: held * max(0, min(8192, 32 * (size >> 8 * level) - 8192 * index) - 1)]

        if size > 1:
            with pytest.raises(NotATile):
                tiles.prove_inclusion(short, 0, size)

    @pytest.mark.parametrize(
        ("index", "size"), [(0, 0), (-1, 5), (5, 5), (600, 600), (256, 256), (-1, 600), (-257, 600)]
    )
    def test_are_not_of_what_is_not_there(self, index, size):
        with pytest.raises(merkle.NotInTree):
            tiles.prove_inclusion(self.read, index, size)


class TestProver:
    STORED = built(1400)

    @pytest.fixture
    def reads(self):
        return []

    @pytest.fixture
    def prover(self, reads):
        return tiles.Prover(lambda level, index: reads.append((level, index)) or self.STORED[level, index])

    @pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 1399])
    def test_proves_every_entry_reading_each_tile_once(self, prover, reads, size):
        root = merkle.root(LEAVES[:size])
        for index in range(size):
            proof = prover.inclusion(index, size)
            merkle.verify_inclusion(leaf=LEAVES[index], index=index, size=size, proof=proof, root=root)
        assert len(reads) == len(set(reads))

    def test_proves_under_every_size_at_hand(self, prover):
        for old, size in [(1, 1400), (255, 256), (256, 1400), (700, 1399), (1024, 1025)]:
            assert prover.consistency(old, size) == merkle.prove_consistency(LEAVES[:size], old)
            assert prover.inclusion(old - 1, size) == merkle.prove_inclusion(LEAVES[:size], old - 1)

    def test_of_three_levels_equals_the_plain_way(self):
        leaves = [merkle.leaf_hash(b"%d" % number) for number in range(66_000)]
        stored = tiles.extend(0, {}, leaves)
        prover = tiles.Prover(lambda level, index: stored[level, index])
        for size in (65_535, 65_536, 65_537, 66_000):
            for index in (0, 255, 256, 65_279, 65_534, size - 1):
                merkle.verify_inclusion(
                    leaf=leaves[index],
                    index=index,
                    size=size,
                    proof=prover.inclusion(index, size),
                    root=merkle.root(leaves[:size]),
                )
