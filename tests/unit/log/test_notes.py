"""Signed notes, keys and checkpoints: the published examples verify, and nothing else passes for them."""

import dataclasses
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.log import checkpoints, lines, merkle, notes, signers
from ledger.log.checkpoints import Checkpoint, NotACheckpoint
from ledger.log.notes import BadSignature, NotANote, SignedAgain, Unsigned
from ledger.log.signers import Ed25519Signer, NotAKey
from tests.make_log import ORIGIN, OTHER_SIGNER, SIGNED_AT, SIGNER
from tests.make_ring import witnesses

# The example of C2SP signed-note.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# The example of golang.org/x/mod/sumdb/note, signed by two keys.
GO_KEYS = [
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
]
GO_SEED = lines.decode_base64("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_PETER = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
GO_ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ="

CHECKPOINT = Checkpoint(origin=ORIGIN, size=8, root=merkle.EMPTY_ROOT)
NOTE = notes.sign(CHECKPOINT.text, [SIGNER], at=SIGNED_AT)


class TestExamples:
    def test_of_the_specification_verifies(self):
        key = signers.parse_vkey(SPEC_KEY)
        note = notes.parse(SPEC_NOTE.encode())

        assert str(key) == SPEC_KEY
        assert bytes(note) == SPEC_NOTE.encode()
        assert notes.verify(note, [key]) == [key]

    def test_of_go_verifies_under_both_keys(self):
        keys = [signers.parse_vkey(one) for one in GO_KEYS]
        note = notes.parse(f"{GO_TEXT}\n{GO_PETER}\n{GO_ENOCH}\n".encode())

        assert notes.verify(note, keys) == keys

    def test_of_go_is_signed_byte_for_byte(self):
        signer = Ed25519Signer("PeterNeumann", GO_SEED)

        assert str(signer.key) == GO_KEYS[0]
        assert bytes(notes.sign(GO_TEXT, [signer], at=SIGNED_AT)) == f"{GO_TEXT}\n{GO_PETER}\n".encode()


class TestParse:
    @given(text=st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n")))
    def test_returns_what_was_signed(self, text):
        note = notes.sign(f"{text}\n", [SIGNER], at=SIGNED_AT)

        assert notes.parse(bytes(note)) == note
        assert notes.verify(note, [SIGNER.key])

    def test_splits_at_the_last_blank_line(self):
        note = notes.parse(bytes(notes.sign("one\n\ntwo\n", [SIGNER], at=SIGNED_AT)))

        assert note.text == "one\n\ntwo\n"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("\n\n", "\n"),
            ("— ", "- "),
            ("— ", "—  "),
            ("— ", "— a+b/"),
            (" example.com", "  example.com"),
            ("aQM=\n", "aQM="),
            ("aQM=\n", "aQM=\n\n"),
            ("aQM=\n", "aQM=\nmore\n"),
            ("aQM=\n", "aQM=\r\n"),
            ("aQM=\n", "aQM= \n"),
            ("aQM=", "aQM"),
            ("aQM=", "aQN="),  # the same bytes, with a stray bit
            ("aQM=", "aQ-="),
            ("message", "mess\tage"),
            ("message", "mess\x00age"),
            ("Uw2QOkn8", "\u2003Uw2QOkn8"),
        ],
    )
    def test_refuses_any_other_form(self, old, new):
        assert old in SPEC_NOTE

        with pytest.raises(NotANote):
            notes.parse(SPEC_NOTE.replace(old, new).encode())

    @pytest.mark.parametrize("content", [b"", b"\n", b"\n\n", b"text\n\n", b"\xff\n\n\xe2\x80\x94 a AAAAAAA=\n"])
    def test_refuses_what_is_no_note(self, content):
        with pytest.raises(NotANote):
            notes.parse(content)

    @pytest.mark.parametrize(("lines", "passes"), [(16, True), (100, True), (101, False)])
    def test_takes_up_to_a_hundred_signatures(self, lines, passes):
        content = bytes(dataclasses.replace(NOTE, signatures=NOTE.signatures * lines))
        if passes:
            assert len(notes.parse(content).signatures) == lines
        else:
            with pytest.raises(NotANote):
                notes.parse(content)

    def test_refuses_a_note_above_its_limit(self):
        with pytest.raises(NotANote):
            notes.parse(bytes(notes.sign("a" * 1_000_000 + "\n", [SIGNER], at=SIGNED_AT)))

    def test_refuses_a_signature_of_no_bytes(self):
        with pytest.raises(NotANote):
            notes.parse("text\n\n— name AAAAAA==\n".encode())


class TestVerify:
    def test_refuses_a_changed_text(self):
        with pytest.raises(BadSignature):
            notes.verify(dataclasses.replace(NOTE, text=NOTE.text.replace("8", "9")), [SIGNER.key])

    def test_refuses_a_note_of_strangers(self):
        with pytest.raises(Unsigned):
            notes.verify(NOTE, [OTHER_SIGNER.key])

    def test_refuses_when_nobody_is_trusted(self):
        with pytest.raises(Unsigned):
            notes.verify(NOTE, [])

    def test_ignores_lines_of_strangers(self):
        both = notes.sign(NOTE.text, [OTHER_SIGNER, SIGNER], at=SIGNED_AT)

        assert notes.verify(both, [SIGNER.key]) == [SIGNER.key]

    def test_refuses_the_whole_note_when_one_known_key_fails(self):
        both = notes.sign(NOTE.text, [SIGNER, OTHER_SIGNER], at=SIGNED_AT)
        broken = dataclasses.replace(both.signatures[1], value=bytes(64))

        with pytest.raises(BadSignature):
            notes.verify(
                dataclasses.replace(both, signatures=(both.signatures[0], broken)), [SIGNER.key, OTHER_SIGNER.key]
            )


class TestWithSignatures:
    WITNESSES = witnesses(2)

    def cosigned(self, second: int):
        return notes.sign(NOTE.text, self.WITNESSES, at=SIGNED_AT + timedelta(seconds=second)).signatures

    def test_puts_them_behind_in_their_order(self):
        whole = notes.with_signatures(NOTE, self.cosigned(0))

        assert whole.signatures == (*NOTE.signatures, *self.cosigned(0))
        assert notes.parse(bytes(whole)) == whole

    def test_repeats_no_line(self):
        whole = notes.with_signatures(NOTE, [*self.cosigned(0), *self.cosigned(0), *NOTE.signatures])

        assert whole.signatures == (*NOTE.signatures, *self.cosigned(0))
        assert notes.with_signatures(whole, self.cosigned(0)) == whole

    def test_takes_the_first_line_of_each_key(self):
        many = [line for second in range(100) for line in self.cosigned(second)]

        assert notes.with_signatures(NOTE, many).signatures == (*NOTE.signatures, *self.cosigned(0))


class TestVerifyEach:
    KEYS = (SIGNER.key, OTHER_SIGNER.key)

    def test_takes_one_line_of_each(self):
        notes.verify_each(notes.sign(NOTE.text, [OTHER_SIGNER, SIGNER], at=SIGNED_AT), self.KEYS)

    def test_refuses_a_missing_line(self):
        with pytest.raises(Unsigned):
            notes.verify_each(NOTE, self.KEYS)

    def test_refuses_a_repeated_line(self):
        with pytest.raises(SignedAgain):
            notes.verify_each(notes.sign(NOTE.text, [SIGNER, SIGNER], at=SIGNED_AT), [SIGNER.key])

    def test_refuses_an_undeclared_key_under_a_declared_name(self):
        with pytest.raises(BadSignature):
            notes.verify_each(notes.sign(NOTE.text, [SIGNER, OTHER_SIGNER], at=SIGNED_AT), [SIGNER.key])

    def test_ignores_a_line_under_another_name(self):
        witness = Ed25519Signer("witness.example", bytes(32))

        notes.verify_each(notes.sign(NOTE.text, [SIGNER, witness], at=SIGNED_AT), [SIGNER.key])


class TestVerifierKey:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "example.com/foo",
            "example.com/foo+530d903a",
            SPEC_KEY.replace("530d903a", "530d903b"),
            SPEC_KEY.replace("530d903a", "530D903A"),
            SPEC_KEY.replace("example.com/foo", "example.com/bar"),
            SPEC_KEY.replace("example.com/foo", ""),
            SPEC_KEY.replace("example.com/foo", "example com/foo"),
            SPEC_KEY.replace("+Aeky", "+Beky"),  # type 5
            SPEC_KEY[:-4],
            SPEC_KEY + "=",
            SPEC_KEY + "\n",
            "a+00000000+",
        ],
    )
    def test_refuses_any_other_form(self, text):
        with pytest.raises(NotAKey):
            signers.parse_vkey(text)

    def test_says_nothing_of_the_secret_when_printed(self):
        assert SIGNER.secret().hex() not in repr(SIGNER)
        assert "seed" not in repr(SIGNER)


class TestCheckpoint:
    def test_is_three_lines(self):
        assert CHECKPOINT.text == f"{ORIGIN}\n8\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
        assert checkpoints.parse(CHECKPOINT.text) == CHECKPOINT

    @pytest.mark.parametrize("size", ["0", "1", str(2**63 - 1)])
    def test_takes_every_size(self, size):
        assert checkpoints.parse(CHECKPOINT.text.replace("\n8\n", f"\n{size}\n")).size == int(size)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (ORIGIN, ""),
            ("\n8\n", "\n08\n"),
            ("\n8\n", "\n+8\n"),
            ("\n8\n", "\n-8\n"),
            ("\n8\n", "\n８\n"),
            ("\n8\n", "\n\n"),
            ("\n8\n", f"\n{2**63}\n"),
            ("\n8\n", "\n" + "9" * 5000 + "\n"),
            ("uFU=\n", "uFU="),
            ("uFU=\n", "uFU=\nextension\n"),
            ("uFU=", "uFU"),
            ("uFU=", "uFV="),
            ("47DE", ""),
        ],
    )
    def test_refuses_any_other_form(self, old, new):
        assert old in CHECKPOINT.text

        with pytest.raises(NotACheckpoint):
            checkpoints.parse(CHECKPOINT.text.replace(old, new))
