"""RFC 6962 trees against published roots, a second implementation, and themselves."""

import hashlib

import hypothesis.strategies as st
import pymerkle
import pytest
from hypothesis import given

from ledger.log import merkle
from ledger.log.merkle import NotInTree, NotProven

# The leaves and roots that certificate transparency implementations share (transparency-dev/merkle, testonly).
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT = [merkle.leaf_hash(bytes.fromhex(one)) for one in CT_LEAVES]

SIZES = st.integers(1, 70)


def leaves(size: int) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % number) for number in range(size)]


def flipped(hash: bytes) -> bytes:
    return bytes([hash[0] ^ 1]) + hash[1:]


class TestRoot:
    @pytest.mark.parametrize("size", range(9))
    def test_is_the_published_one(self, size):
        assert merkle.root(CT[:size]).hex() == CT_ROOTS[size]

    @given(size=SIZES)
    def test_is_what_a_second_implementation_says(self, size):
        tree = pymerkle.InmemoryTree(algorithm="sha256")
        for number in range(size):
            tree.append_entry(b"%d" % number)

        assert merkle.root(leaves(size)) == tree.get_root()

    @pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33)])
    def test_takes_only_hashes_of_32_bytes(self, wrong):
        with pytest.raises(NotProven):
            merkle.root([bytes(32), wrong])


class TestInclusion:
    def test_is_the_published_proof(self):
        # transparency-dev/merkle, TestRefInclusionProof: leaf 1 of 2, leaf 2 of 3
        assert [one.hex() for one in merkle.prove_inclusion(CT[:2], 1)] == [CT_ROOTS[1]]
        assert [one.hex() for one in merkle.prove_inclusion(CT[:3], 2)] == [CT_ROOTS[2]]

    @pytest.mark.parametrize("size", range(1, 34))
    def test_of_every_entry_holds(self, size):
        root = merkle.root(leaves(size))
        for index, leaf in enumerate(leaves(size)):
            proof = merkle.prove_inclusion(leaves(size), index)

            merkle.verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=root)

    @given(size=SIZES, data=st.data())
    def test_of_anything_else_does_not(self, size, data):
        index = data.draw(st.integers(0, size - 1))
        proof = merkle.prove_inclusion(leaves(size), index)
        good = {
            "leaf": leaves(size)[index],
            "index": index,
            "size": size,
            "proof": proof,
            "root": merkle.root(leaves(size)),
        }
        wrong = [
            {"leaf": flipped(good["leaf"])},
            {"root": flipped(good["root"])},
            {"index": index + 1},
            {"index": -1},
            {"index": size},
            {"size": size * 2 + 1},
            {"proof": [*proof, bytes(32)]},
            *[{"proof": proof[:-1]} for _ in proof[:1]],
            *[{"proof": [*proof[:at], flipped(proof[at]), *proof[at + 1 :]]} for at in range(len(proof))],
            *[{"proof": [*proof[:at], proof[at][:31], *proof[at + 1 :]]} for at in range(len(proof))],
        ]
        for change in wrong:
            with pytest.raises(NotProven):
                merkle.verify_inclusion(**(good | change))

    def test_rejects_an_empty_leaf_under_an_empty_root(self):
        with pytest.raises(NotProven):
            merkle.verify_inclusion(leaf=b"", index=0, size=1, proof=[], root=b"")

    @pytest.mark.parametrize("index", [-1, 8, 9])
    def test_is_not_made_for_an_entry_outside(self, index):
        with pytest.raises(NotInTree):
            merkle.prove_inclusion(CT, index)


class TestConsistency:
    @pytest.mark.parametrize("size", range(1, 34))
    def test_between_all_sizes_holds(self, size):
        for old_size in range(size + 1):
            merkle.verify_consistency(
                old_size=old_size,
                old_root=merkle.root(leaves(old_size)),
                size=size,
                root=merkle.root(leaves(size)),
                proof=merkle.prove_consistency(leaves(size), old_size),
            )

    @given(old_size=SIZES, more=SIZES)
    def test_with_anything_changed_does_not(self, old_size, more):
        size = old_size + more
        proof = merkle.prove_consistency(leaves(size), old_size)
        good = {
            "old_size": old_size,
            "old_root": merkle.root(leaves(old_size)),
            "size": size,
            "root": merkle.root(leaves(size)),
            "proof": proof,
        }
        wrong = [
            {"old_root": flipped(good["old_root"])},
            {"root": flipped(good["root"])},
            {"old_size": size + 1},
            {"old_size": size},
            {"old_size": 0},
            {"proof": []},
            {"proof": proof[:-1]},
            {"proof": [*proof, bytes(32)]},
            *[{"proof": [*proof[:at], flipped(proof[at]), *proof[at + 1 :]]} for at in range(len(proof))],
        ]
        for change in wrong:
            with pytest.raises(NotProven):
                merkle.verify_consistency(**(good | change))

    @pytest.mark.parametrize("size", [0, 1, 8])
    def test_from_nothing_needs_no_proof_but_the_empty_root(self, size):
        empty = hashlib.sha256(b"").digest()
        assert merkle.prove_consistency(CT[:size], 0) == []
        merkle.verify_consistency(old_size=0, old_root=empty, size=size, root=merkle.root(CT[:size]), proof=[])

        with pytest.raises(NotProven):
            merkle.verify_consistency(old_size=0, old_root=bytes(32), size=size, root=merkle.root(CT[:size]), proof=[])
        with pytest.raises(NotProven):
            merkle.verify_consistency(old_size=0, old_root=empty, size=size, root=merkle.root(CT[:size]), proof=[CT[0]])

    def test_of_an_empty_log_with_a_root_of_its_own_does_not_hold(self):
        with pytest.raises(NotProven):
            merkle.verify_consistency(old_size=0, old_root=merkle.EMPTY_ROOT, size=0, root=bytes(32), proof=[])

    @pytest.mark.parametrize("old_size", [-1, 9])
    def test_is_not_made_from_a_size_the_log_never_had(self, old_size):
        with pytest.raises(NotInTree):
            merkle.prove_consistency(CT, old_size)
