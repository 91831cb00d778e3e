"""Signatures of every kind the record uses, as a log's and as a witness's: tlog-scales reads them as we write them."""

from datetime import timedelta
from random import Random

import pytest

from ledger.log import checkpoints, notes
from ledger.log.checkpoints import Checkpoint
from ledger.log.signers import COSIGNATURE, ED25519, MLDSA44, from_secret
from tests.interop.tampering import flipped
from tests.make_log import ORIGIN, SIGNED_AT, SIGNER

WITNESS = "witness.example/w1"
SEED = bytes(range(100, 132))

KINDS = {
    "Ed25519, the log": from_secret(ORIGIN, ED25519, SEED),
    "ML-DSA-44, the log": from_secret(ORIGIN, MLDSA44, SEED),
    "Ed25519, a witness": from_secret(WITNESS, COSIGNATURE, SEED),
    "ML-DSA-44, a witness": from_secret(WITNESS, MLDSA44, SEED),
    "Ed25519, a witness of the log's own name": from_secret(ORIGIN, COSIGNATURE, SEED),
}
TIMED = [kind for kind, signer in KINDS.items() if signer.key.algorithm != ED25519]
CHECKPOINT = Checkpoint(origin=ORIGIN, size=70_000, root=bytes(range(32)))


@pytest.fixture(params=KINDS)
def signer(request):
    return KINDS[request.param]


@pytest.fixture
def opens():
    """Whether tlog-scales finds a checkpoint signed by the log's Ed25519 key and by another."""
    scales = pytest.importorskip("tests.interop.scales", reason="tlog-scales is not installed: make setup installs it")

    def accepts(content: bytes, key) -> bool:
        try:
            scales.open_checkpoint(content, [str(SIGNER.key), str(key)])
        except scales.NO:
            return False
        return True

    return accepts


def signed(*signers, at=SIGNED_AT, checkpoint=CHECKPOINT):
    return notes.sign(checkpoint.text, signers, at=at)


def with_value(note, change):
    """Alter the bytes of the last signature."""
    *before, last = note.signatures
    return bytes(notes.Note(note.text, (*before, notes.Signature(last.name, last.key_id, change(last.value)))))


class TestSignature:
    def test_is_read_by_others(self, signer, opens):
        assert opens(bytes(signed(SIGNER, signer)), signer.key)

    @pytest.mark.parametrize("size", [0, 1, 255, 2**53 + 1, 2**63 - 1])
    def test_is_read_by_others_at_any_size(self, signer, opens, size):
        checkpoint = Checkpoint(origin=ORIGIN, size=size, root=bytes(32))

        assert opens(bytes(signed(SIGNER, signer, checkpoint=checkpoint)), signer.key)

    def test_is_one_of_many(self, opens):
        everyone = list(KINDS.values())
        content = bytes(signed(SIGNER, *everyone))

        assert [opens(content, one.key) for one in everyone] == [True] * len(everyone)

    def test_is_refused_when_a_bit_of_it_differs(self, signer, opens, rng: Random):
        note = signed(SIGNER, signer)

        for at in {0, 7, 8, len(note.signatures[-1].value) - 1} | {rng.randrange(64) for _ in range(8)}:
            altered = with_value(note, lambda value, at=at: flipped(value, rng, at, at + 1))
            assert not opens(altered, signer.key), at

    def test_is_refused_over_another_root_or_size(self, signer, opens):
        lines = signed(SIGNER, signer).signatures
        for other in [
            Checkpoint(origin=ORIGIN, size=CHECKPOINT.size + 1, root=CHECKPOINT.root),
            Checkpoint(origin=ORIGIN, size=CHECKPOINT.size, root=bytes(32)),
        ]:
            own = signed(SIGNER, checkpoint=other).signatures
            assert not opens(bytes(notes.Note(other.text, (*own, lines[-1]))), signer.key)

    def test_is_refused_under_another_key(self, signer, opens):
        other = from_secret(signer.key.name, signer.key.algorithm, bytes(32))
        note = signed(SIGNER, signer)
        relabelled = notes.Signature(other.key.name, other.key.id, note.signatures[-1].value)

        assert not opens(bytes(note), other.key)
        assert not opens(bytes(notes.Note(note.text, (note.signatures[0], relabelled))), other.key)

    @pytest.mark.parametrize("kind", TIMED)
    def test_covers_its_time(self, kind, opens):
        signer = KINDS[kind]
        now, later = (signed(SIGNER, signer, at=SIGNED_AT + timedelta(hours=one)) for one in (0, 1))
        mixed = with_value(now, lambda value: later.signatures[-1].value[:8] + value[8:])

        assert opens(bytes(now), signer.key)
        assert opens(bytes(later), signer.key)
        assert not opens(mixed, signer.key)

    def test_of_ml_dsa_covers_its_name(self, opens):
        """What the log signs under its own name is no witness's cosignature, and the other way round."""
        log, witness = KINDS["ML-DSA-44, the log"], KINDS["ML-DSA-44, a witness"]
        assert log.key.public == witness.key.public

        for made, claimed in [(log, witness), (witness, log)]:
            note = signed(SIGNER, made)
            renamed = notes.Signature(claimed.key.name, claimed.key.id, note.signatures[-1].value)
            assert not opens(bytes(notes.Note(note.text, (note.signatures[0], renamed))), claimed.key)


class TestSignatureOfOthers:
    """What tlog-scales signs, we read."""

    @pytest.fixture
    def theirs(self):
        return pytest.importorskip("tlog_scales.tlog", reason="tlog-scales is not installed: make setup installs it")

    @pytest.mark.parametrize("kind", ["Ed25519, the log", "ML-DSA-44, the log", "ML-DSA-44, a witness"])
    def test_is_read_by_us(self, theirs, kind):
        from tlog_scales.signing import MLDSA44CosignatureSigner, PlainEd25519Signer

        ours = KINDS[kind]
        make = PlainEd25519Signer if ours.key.algorithm == ED25519 else MLDSA44CosignatureSigner
        signer = make(ours.key.name, SEED)
        made = theirs.Checkpoint.make_signed(CHECKPOINT.origin, CHECKPOINT.size, CHECKPOINT.root, [signer])
        content = made.serialize().encode()

        assert signer.vkey.serialize() == str(ours.key)
        note = notes.parse(content)
        assert notes.verify(note, [ours.key]) == [ours.key]
        assert checkpoints.parse(note.text) == CHECKPOINT
