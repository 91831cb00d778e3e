"""Consistency proofs: the verifiers that know them accept ours between random sizes, and refuse each altered copy."""

import pytest

from ledger.log import tiles
from tests.interop import tampering
from tests.interop.logs import SIZES, VKEY, signed
from tests.interop.tampering import Parts
from tests.interop.verifiers import GO, OF_CONSISTENCY, SCALES, XMod

SOME = 6  # random old sizes asked of each log


def old_sizes(size, rng):
    """Nothing, everything, powers of two and their neighbours, and random ones."""
    telling = {0, 1, 2, 128, 255, 256, 257, 65_536, size // 2, size - 1, size}
    return sorted({one for one in telling if 0 <= one <= size} | set(rng.choices(range(size + 1), k=SOME)))


@pytest.fixture
def written(tmp_path):
    def write(name, content):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


class TestConsistencyProof:
    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("verifier", OF_CONSISTENCY, indirect=True)
    def test_is_accepted(self, verifier, size, record, rng, written):
        for old_size in old_sizes(size, rng):
            proof = written(f"{old_size}-{size}", record(size).submission(old_size, size))
            old = written(f"{old_size}.checkpoint", record(size).checkpoint(old_size))

            verdict = verifier.consistency(proof, old)
            assert verdict.accepts, (old_size, verdict.said)

    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("verifier", [GO], indirect=True)
    def test_is_accepted_beside_the_export(self, verifier: XMod, size, record, exported, rng, written):
        old_size = rng.choice(old_sizes(size, rng))
        proof = written("proof", record(size).submission(old_size, size))
        old = written("old", record(size).checkpoint(old_size))

        assert verifier.consistency(proof, old, exported(size)).accepts

    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("verifier", [SCALES], indirect=True)
    def test_is_the_one_others_would_make_of_our_tiles(self, verifier, size, record, exported, rng):
        reader = verifier.reader(exported(size))

        for old_size in set(old_sizes(size, rng)) - {0}:
            ours = tiles.prove_consistency(record(size).tile, old_size, size)
            assert reader.get_consistency_proof(old_size, size).node_hashes == ours

    @pytest.mark.parametrize("verifier", [GO], indirect=True)
    def test_needs_the_old_root(self, verifier: XMod, record, exported, written):
        proof = written("proof", record(257).submission(200, 257))

        alone = verifier.run("-", VKEY, "--consistency", str(proof))
        beside = verifier.run(str(exported(257)), VKEY, "--consistency", str(proof))

        assert not alone[f"consistency {proof}"].accepts
        assert beside[f"consistency {proof}"].accepts


class TestAlteredConsistencyProof:
    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("verifier", OF_CONSISTENCY, indirect=True)
    def test_is_refused(self, request, verifier, size, record, rng, written):
        name, old_size = request.node.callspec.params["verifier"], rng.randrange(size + 1)
        good, old_checkpoint = record(size).submission(old_size, size), record(size).checkpoint(old_size)
        old = written("old", old_checkpoint)
        assert verifier.consistency(written("good", good), old).accepts

        for what, sees, copy in tampering.of_consistency(good, record(size), old_size, size, rng):
            assert copy.differs_in(Parts.of(good, 1)) == 1
            if name in sees:
                assert not verifier.consistency(written("altered", bytes(copy)), old).accepts, (old_size, what)

    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("verifier", OF_CONSISTENCY, indirect=True)
    def test_is_refused_from_an_altered_old_checkpoint(self, verifier, size, record, rng, written):
        old_size = rng.randrange(size + 1)
        proof = written("proof", record(size).submission(old_size, size))

        old = record(size).checkpoint(old_size)
        for what, altered in tampering.of_old_checkpoint(old, record(size), old_size, rng):
            assert not verifier.consistency(proof, written("old", altered)).accepts, (old_size, what)


class TestOldCheckpoint:
    """`verify-log --old`: the export itself continues what was signed before."""

    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("verifier", [GO], indirect=True)
    def test_is_continued_by_the_export(self, verifier: XMod, size, record, exported, rng, written):
        olds = [written(f"old-{one}", record(size).checkpoint(one)) for one in old_sizes(size, rng)]

        said = verifier.run(str(exported(size)), VKEY, "--old", *map(str, olds))

        assert all(one.accepts for one in said.values()), said

    @pytest.mark.parametrize("verifier", [GO], indirect=True)
    def test_of_another_history_is_not_continued(self, verifier: XMod, record, exported, written):
        old = written("old", signed(200, record(257).forged_root(200)))

        said = verifier.run(str(exported(257)), VKEY, "--old", str(old))

        assert said[f"export {exported(257)}"].accepts
        assert not said[f"old {old}"].accepts

    @pytest.mark.parametrize("verifier", [GO], indirect=True)
    def test_that_is_newer_than_the_export_is_not_continued(self, verifier: XMod, record, exported, written):
        newer = written("newer", record(257).checkpoint(257))

        assert not verifier.run(str(exported(256)), VKEY, "--old", str(newer))[f"old {newer}"].accepts
