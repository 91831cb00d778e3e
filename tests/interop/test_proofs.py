"""Inclusion proofs: every verifier accepts ours at random indices, and refuses each altered copy."""

import pytest

from ledger.log import proofs, tiles
from tests.interop import tampering
from tests.interop.logs import SIZES, Record
from tests.interop.tampering import Parts
from tests.interop.verifiers import GO, OF_PROOFS, SCALES, XMod

SOME = 40  # random indices asked of each log
HOLDING = [one for one in SIZES if one]


def indices(size, rng):
    """The ends of the log and of its tiles, and random ones."""
    telling = {0, 1, 254, 255, 256, size - 257, size - 256, size - 2, size - 1}
    return sorted({one for one in telling if 0 <= one < size} | set(rng.choices(range(size), k=SOME)))


@pytest.fixture
def written(tmp_path):
    def write(contents):
        files = [tmp_path / f"{number}.tlog-proof" for number in range(len(contents))]
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content)
        return files

    return write


class TestProof:
    @pytest.mark.parametrize("size", HOLDING)
    @pytest.mark.parametrize("verifier", OF_PROOFS, indirect=True)
    def test_is_accepted(self, verifier, size, record, rng, written):
        asked = indices(size, rng)
        files = written([record(size).proof(index, size) for index in asked])

        verdicts = verifier.proofs(files)

        assert [(index, one.said) for index, one in zip(asked, verdicts.values(), strict=True) if not one.accepts] == []

    @pytest.mark.parametrize("size", HOLDING)
    @pytest.mark.parametrize("verifier", [GO], indirect=True)
    def test_is_accepted_beside_the_export(self, verifier: XMod, size, record, exported, rng, written):
        files = written([record(size).proof(index, size) for index in indices(size, rng)])

        assert all(one.accepts for one in verifier.proofs(files, exported(size)).values())

    @pytest.mark.parametrize("verifier", [GO], indirect=True)
    def test_needs_an_export_when_it_carries_no_entry(self, verifier: XMod, record, exported, written):
        carrying = Parts.of(record(257).proof(256, 257), 3)
        bare = Parts((carrying.head[0], carrying.head[2]), carrying.hashes, carrying.checkpoint)
        [file] = written([bytes(bare)])

        assert not verifier.proofs([file])[file].accepts
        assert verifier.proofs([file], exported(257))[file].accepts

    @pytest.mark.parametrize("verifier", [GO], indirect=True)
    def test_of_another_history_does_not_fit_the_export(self, verifier: XMod, record, exported, written):
        """A proof that is whole in itself, of a log that the same key signed: the export has another entry."""
        forged = Record([*record(257).contents[:256], b"{}"])
        files = written([forged.proof(256, 257), forged.proof(0, 257)])

        assert [one.accepts for one in verifier.proofs(files).values()] == [True, True]
        assert [one.accepts for one in verifier.proofs(files, exported(257)).values()] == [False, False]

    @pytest.mark.parametrize("size", HOLDING)
    @pytest.mark.parametrize("verifier", [SCALES], indirect=True)
    def test_is_the_one_others_would_make_of_our_tiles(self, verifier, size, record, exported, rng):
        reader = verifier.reader(exported(size))

        for index in indices(size, rng):
            ours = proofs.parse(record(size).proof(index, size)).path
            assert reader.get_inclusion_proof(index, size).node_hashes == list(ours)
            assert reader.get_entry(index) == record(size).contents[index]


class TestAlteredProof:
    @pytest.mark.parametrize("size", HOLDING)
    @pytest.mark.parametrize("verifier", OF_PROOFS, indirect=True)
    def test_is_refused(self, request, verifier, size, record, rng, written):
        name = request.node.callspec.params["verifier"]
        index = rng.randrange(size)
        good = record(size).proof(index, size)
        copies = [
            (what, copy)
            for what, sees, copy in tampering.of_proof(good, record(size), index, size, rng)
            if name in sees
        ]
        assert len(copies) >= (20 if size > 2 else 14)
        assert {copy.differs_in(Parts.of(good, 3)) for _, copy in copies} == {1}

        files = written([good, *(bytes(copy) for _, copy in copies)])
        verdicts = list(verifier.proofs(files).values())

        assert verdicts[0].accepts
        assert [what for (what, _), one in zip(copies, verdicts[1:], strict=True) if one.accepts] == []


class TestEmptyLog:
    """A signed checkpoint of size 0 with the root of no entries: nothing can be proven to stand in it."""

    @pytest.mark.parametrize("verifier", OF_PROOFS, indirect=True)
    def test_holds_no_entry(self, verifier, record, written):
        proof = Parts.of(record(1).proof(0, 1), 3)
        empty = Parts(proof.head, (), record(1).checkpoint(0))
        [file] = written([bytes(empty)])

        assert not verifier.proofs([file])[file].accepts

    def test_has_no_tiles(self, exported):
        assert list(tiles.tiles_of(0)) == []
        assert sorted(one.name for one in exported(0).iterdir()) == ["checkpoint", "log.vkey"]
