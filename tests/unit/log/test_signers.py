"""Every algorithm signs what its specification says, and accepts nothing else for it."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from shutil import which

import hypothesis.strategies as st
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given, settings

from ledger.log import lines, notes, signers
from ledger.log.checkpoints import Checkpoint, NotACheckpoint
from ledger.log.signers import COSIGNATURE, ED25519, MLDSA44, SM2, NotAKey, VerifierKey, ed25519, sm2
from ledger.log.signers.sm2 import NoSm2
from tests.make_ring import AT, CHECKPOINT, LOG_NAME, SM2_SECRET, TEXT, secret_of, signer

ALL = (ED25519, COSIGNATURE, MLDSA44, SM2)
TIMED = (COSIGNATURE, MLDSA44)
SECONDS = 1772413200
SIGNATURES = {one: signer(one).sign(TEXT, at=AT) for one in ALL}
LENGTHS = {ED25519: {64}, COSIGNATURE: {72}, MLDSA44: {2428}, SM2: set(range(68, 73))}

# GM/T 0003.5-2012 A.2: "message digest", signed by the identity 1234567812345678.
PUBLISHED_POINT = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
PUBLISHED_SIGNATURE = encode_dss_signature(
    0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3,
    0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA,
)

# The example of C2SP tlog-cosignature. Its keys are not published, so that what can be checked is how it reads.
SPEC_COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE"
    "+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe"
    "+mbIUBkBIfZ+qnA==\n"
).encode()
SPEC_MESSAGE = (
    b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
    b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
)


def timed(algorithm: int, seconds: int, text: bytes = TEXT) -> bytes:
    """Return a signature whose key truly signed `seconds`, a time that no signer would sign."""
    made = signer(algorithm)
    message = (
        signers.cosignatures.message(seconds, text)
        if algorithm == COSIGNATURE
        else signers.mldsa.message(LOG_NAME, seconds, CHECKPOINT)
    )
    return seconds.to_bytes(8, "big") + made._private.sign(message)


@pytest.fixture(params=ALL, ids=lambda one: signers.ALGORITHMS[one].title)
def algorithm(request):
    return request.param


@pytest.fixture(params=TIMED, ids=lambda one: signers.ALGORITHMS[one].title)
def timestamped(request):
    return request.param


class TestSign:
    def test_is_accepted_by_its_key(self, algorithm):
        assert signer(algorithm).key.accepts(SIGNATURES[algorithm], TEXT)

    def test_has_the_length_of_its_type(self, algorithm):
        assert len(SIGNATURES[algorithm]) in LENGTHS[algorithm]

    def test_carries_the_whole_seconds_of_its_time(self, timestamped):
        signature = signer(timestamped).sign(TEXT, at=AT + timedelta(microseconds=999_999))

        assert int.from_bytes(signature[:8], "big") == SECONDS
        assert signer(timestamped).key.accepts(signature, TEXT)

    def test_of_a_cosignature_covers_the_lines_of_the_specification(self):
        signature = SIGNATURES[COSIGNATURE]
        message = b"cosignature/v1\ntime 1772413200\n" + TEXT

        Ed25519PublicKey.from_public_bytes(signer(COSIGNATURE).key.public).verify(signature[8:], message)

    def test_of_ml_dsa_covers_the_structure_of_the_specification(self):
        message = (
            b"subtree/v1\n\x00"
            b"\x11log.example/trade"
            b"\x00\x00\x00\x00\x69\xa4\xe1\x10"
            b"\x11log.example/trade"
            b"\x00\x00\x00\x00\x00\x00\x00\x00"
            b"\x00\x00\x00\x00\x00\x00\x00\x08" + bytes(range(32))
        )
        assert int.from_bytes(b"\x69\xa4\xe1\x10", "big") == SECONDS

        MLDSA44PublicKey.from_public_bytes(signer(MLDSA44).key.public).verify(SIGNATURES[MLDSA44][8:], message)

    @pytest.mark.parametrize("at", [datetime(1970, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC)])
    def test_stops_at_a_time_that_is_none(self, timestamped, at):
        with pytest.raises(AssertionError):
            signer(timestamped).sign(TEXT, at=at)

    @pytest.mark.parametrize(
        "text", [b"", b"text\n", TEXT + b"extension\n", TEXT[:-1], TEXT.replace(b"\n8\n", b"\n08\n")]
    )
    def test_refuses_a_text_that_its_own_key_would_not_accept(self, timestamped, text):
        with pytest.raises(NotACheckpoint):
            signer(timestamped).sign(text, at=AT)


class TestAccepts:
    @pytest.mark.parametrize(
        "text",
        [
            b"",
            TEXT[:-1],
            TEXT + b"\n",
            TEXT + b"extension\n",
            TEXT.replace(b"\n8\n", b"\n9\n"),
            TEXT.replace(b"\n8\n", b"\n08\n"),
            TEXT.replace(b"trade", b"trado"),
            TEXT.replace(b"AAEC", b"AAED"),
            TEXT.replace(b"log.", b"log\xff"),
        ],
    )
    def test_no_other_text(self, algorithm, text):
        assert not signer(algorithm).key.accepts(SIGNATURES[algorithm], text)

    @pytest.mark.parametrize("change", [1, 7, 9, 40, -1])
    def test_no_changed_signature(self, algorithm, change):
        content = bytearray(SIGNATURES[algorithm])
        content[change] ^= 1

        assert not signer(algorithm).key.accepts(bytes(content), TEXT)

    def test_no_cut_or_longer_signature(self, algorithm):
        signature, key = SIGNATURES[algorithm], signer(algorithm).key

        for other in (
            b"",
            signature[:1],
            signature[:8],
            signature[:-1],
            signature[1:],
            signature + b"\0",
            b"\0" + signature,
        ):
            assert not key.accepts(other, TEXT)

    @settings(max_examples=60)
    @given(signature=st.binary(max_size=100), which=st.sampled_from(ALL))
    def test_no_invented_signature(self, signature, which):
        assert not signer(which).key.accepts(signature, TEXT)

    def test_no_signature_of_another_key(self, algorithm):
        if algorithm == SM2:
            other = VerifierKey(LOG_NAME, SM2, sm2.IDENTIFIER + PUBLISHED_POINT)
        else:
            other = signer(algorithm, number=1).key

        assert not other.accepts(SIGNATURES[algorithm], TEXT)

    @pytest.mark.parametrize(("made", "read"), [(ED25519, COSIGNATURE), (COSIGNATURE, ED25519)])
    def test_no_signature_of_the_same_key_in_another_type(self, made, read):
        one = signers.from_secret(LOG_NAME, made, bytes(32))
        other = signers.from_secret(LOG_NAME, read, bytes(32))
        assert one.key.public == other.key.public
        signature = one.sign(TEXT, at=AT)

        for changed in (signature, signature[8:], SECONDS.to_bytes(8, "big") + signature):
            assert not other.key.accepts(changed, TEXT)

    def test_of_ml_dsa_binds_the_name(self):
        other = VerifierKey("log.example/other", MLDSA44, signer(MLDSA44).key.public)

        assert not other.accepts(SIGNATURES[MLDSA44], TEXT)

    def test_of_ml_dsa_takes_no_context(self):
        message = signers.mldsa.message(LOG_NAME, SECONDS, CHECKPOINT)
        signature = SECONDS.to_bytes(8, "big") + signer(MLDSA44)._private.sign(message, b"context")

        assert not signer(MLDSA44).key.accepts(signature, TEXT)

    @pytest.mark.parametrize(
        ("seconds", "accepted"), [(0, False), (1, True), (2**63 - 1, True), (2**63, False), (2**64 - 1, False)]
    )
    def test_times_from_1_below_2_to_the_63(self, timestamped, seconds, accepted):
        assert signer(timestamped).key.accepts(timed(timestamped, seconds), TEXT) is accepted

    def test_no_changed_time(self, timestamped):
        signature = SIGNATURES[timestamped]
        for seconds in (0, 1, SECONDS - 1, SECONDS + 1, 2**64 - 1):
            assert not signer(timestamped).key.accepts(seconds.to_bytes(8, "big") + signature[8:], TEXT)

    def test_no_extension_line_even_when_it_was_signed(self):
        text = TEXT + b"extension\n"

        assert not signer(COSIGNATURE).key.accepts(timed(COSIGNATURE, SECONDS, text), text)


class TestVkey:
    def test_is_read_back(self, algorithm):
        key = signer(algorithm).key

        assert signers.parse_vkey(str(key)) == key

    def test_begins_with_the_name_and_id(self):
        assert str(signer(ED25519).key).startswith("log.example/trade+")
        assert [signer(one).key.id.hex() for one in ALL] == [str(signer(one).key).split("+")[1] for one in ALL]

    def test_has_another_id_under_each_type_and_name(self):
        publics = VerifierKey("a", ED25519, bytes(32)), VerifierKey("a", COSIGNATURE, bytes(32))

        assert len({one.id for one in publics} | {VerifierKey("b", ED25519, bytes(32)).id}) == 3

    @pytest.mark.parametrize("change", [-1, 1])
    def test_is_refused_with_a_key_of_another_length(self, algorithm, change):
        public = signer(algorithm).key.public
        other = VerifierKey(LOG_NAME, algorithm, public[:-1] if change < 0 else public + b"\0")

        with pytest.raises(NotAKey):
            signers.parse_vkey(str(other))

    @pytest.mark.parametrize("unknown", [0x00, 0x02, 0x03, 0x05, 0x07, 0xFA, 0xFE])
    def test_is_refused_with_another_type(self, unknown):
        with pytest.raises(NotAKey, match="not known here"):
            signers.parse_vkey(str(VerifierKey(LOG_NAME, unknown, bytes(32))))

    @pytest.mark.parametrize("identifier", [b"", b"mengkeju/sm2-with-sm3/v2\n", b"someone/else\n"])
    def test_is_refused_with_another_identifier_of_an_unassigned_type(self, identifier):
        with pytest.raises(NotAKey):
            signers.parse_vkey(str(VerifierKey(LOG_NAME, SM2, identifier + SM2_SECRET[32:])))

    @pytest.mark.parametrize("y", [*ed25519.WEAK, ed25519.FIELD, ed25519.FIELD + 1, ed25519.FIELD + 18])
    @pytest.mark.parametrize("sign", [0, 1 << 255])
    @pytest.mark.parametrize("which", [ED25519, COSIGNATURE])
    def test_is_refused_with_a_point_that_anybody_signs_for_or_that_is_spelled_twice(self, y, sign, which):
        with pytest.raises(NotAKey):
            signers.parse_vkey(str(VerifierKey(LOG_NAME, which, (y | sign).to_bytes(32, "little"))))

    def test_would_have_taken_a_signature_of_nothing_from_such_a_point(self):
        Ed25519PublicKey.from_public_bytes(b"\1" + bytes(31)).verify(b"\1" + bytes(63), b"any text")
        with pytest.raises(InvalidSignature):
            Ed25519PublicKey.from_public_bytes(signer(ED25519).key.public).verify(b"\1" + bytes(63), b"any text")

    @pytest.mark.parametrize("point", [bytes(64), b"\xff" * 64, SM2_SECRET[32:64] + bytes(32), SM2_SECRET[64:] * 2])
    def test_is_refused_with_a_point_off_the_curve(self, point):
        key = VerifierKey(LOG_NAME, SM2, sm2.IDENTIFIER + point)

        with pytest.raises(NotAKey):
            signers.parse_vkey(str(key))
        assert not key.accepts(SIGNATURES[SM2], TEXT)

    @pytest.mark.parametrize(("length", "passes"), [(255, True), (256, False)])
    def test_of_ml_dsa_has_a_name_that_fits_its_message(self, length, passes):
        name = "é" * (length // 2) + "a" * (length % 2)
        text = str(VerifierKey(name, MLDSA44, signer(MLDSA44).key.public))
        if passes:
            made = signer(MLDSA44, name)
            own = Checkpoint(origin=name, size=1, root=bytes(32)).text.encode()
            assert signers.parse_vkey(text).accepts(made.sign(own, at=AT), own)
        else:
            with pytest.raises(NotAKey, match="255"):
                signers.parse_vkey(text)
            with pytest.raises(NotAKey, match="255"):
                signers.generate(name, MLDSA44)
            with pytest.raises(NotAKey, match="255"):
                signer(MLDSA44, name)


class TestName:
    @pytest.mark.parametrize(
        "name",
        [
            "", " ", "a b", " a", "a ", "a+b", "a\tb", "a\nb", "a\x00b", "a\x1fb", "a\x85b", "a\u00a0b", "a\u1680b",
            "a\u2003b", "a\u2028b", "a\u2029b", "a\u202fb", "a\u205fb", "a\u3000b", "a\ud800b", "\udcff",
        ],
    )  # fmt: skip
    def test_is_refused(self, name):
        with pytest.raises(NotAKey):
            signers.require_name(name)
        with pytest.raises(NotAKey):
            signers.generate(name, ED25519)

    @pytest.mark.parametrize(
        "name", ["a", "log.example/a-b_c~d", "蒙科聚.example/日志", "a\u202eb", "\ufeffa", "a\u200bb", "a\x7fb", "—"]
    )
    def test_is_taken(self, name):
        key = signer(ED25519, name).key

        assert signers.parse_vkey(str(key)) == key


class TestSecret:
    def test_comes_back_as_the_same_key(self, algorithm):
        made = signer(algorithm)

        assert signers.from_secret(LOG_NAME, algorithm, made.secret()).key == made.key

    def test_is_new_each_time(self, algorithm):
        one, other = signers.generate(LOG_NAME, algorithm), signers.generate(LOG_NAME, algorithm)

        assert one.key != other.key
        assert one.key.algorithm == algorithm
        assert one.key.accepts(one.sign(TEXT, at=AT), TEXT)

    def test_is_not_printed(self, algorithm):
        made = signer(algorithm)

        assert made.secret().hex() not in repr(made)
        assert str(made.secret()) not in repr(made)

    @pytest.mark.parametrize("change", [b"", b"\1", secret_of(ED25519)[:-1], secret_of(SM2) + b"\0"])
    def test_is_refused_at_another_length(self, algorithm, change):
        with pytest.raises(NotAKey):
            signers.from_secret(LOG_NAME, algorithm, change)

    @pytest.mark.parametrize("unknown", [0x00, 0x02, 0x05, 0xFE])
    def test_is_refused_of_an_unknown_algorithm(self, unknown):
        with pytest.raises(NotAKey):
            signers.from_secret(LOG_NAME, unknown, bytes(32))
        with pytest.raises(NotAKey):
            signers.generate(LOG_NAME, unknown)

    @pytest.mark.parametrize("number", [0, sm2.ORDER - 1, sm2.ORDER, 2**256 - 1])
    def test_of_sm2_is_a_number_that_can_sign(self, number):
        with pytest.raises(NotAKey):
            signers.from_secret(LOG_NAME, SM2, number.to_bytes(32, "big") + SM2_SECRET[32:])

    def test_of_sm2_has_a_point_on_the_curve(self):
        with pytest.raises(NotAKey):
            signers.from_secret(LOG_NAME, SM2, SM2_SECRET[:32] + bytes(64))


class TestSm2:
    KEY = VerifierKey("a", SM2, sm2.IDENTIFIER + PUBLISHED_POINT)

    def test_accepts_the_published_example(self):
        assert self.KEY.accepts(PUBLISHED_SIGNATURE, b"message digest")
        assert not self.KEY.accepts(PUBLISHED_SIGNATURE, b"message digesu")

    @pytest.mark.parametrize("times", [1, 2])
    def test_refuses_numbers_beyond_the_order(self, times):
        r, s = decode_dss_signature(PUBLISHED_SIGNATURE)

        for one in ((r + times * sm2.ORDER, s), (r, s + times * sm2.ORDER), (0, s), (r, 0), (r, sm2.ORDER - s)):
            assert not self.KEY.accepts(encode_dss_signature(*one), b"message digest")

    @pytest.mark.parametrize(
        "other",
        [
            b"\x30\x48\x02\x22\x00" + PUBLISHED_SIGNATURE[4:5] + PUBLISHED_SIGNATURE[4:],  # r with two zeros before it
            b"\x30\x81" + PUBLISHED_SIGNATURE[1:],  # a long form of a short length
            b"\x30\x80" + PUBLISHED_SIGNATURE[2:] + b"\0\0",  # BER, of no stated length
            PUBLISHED_SIGNATURE + b"\0",
            b"\x30\x47" + PUBLISHED_SIGNATURE[2:] + b"\0",
            b"\x30\x45" + PUBLISHED_SIGNATURE[2:4] + PUBLISHED_SIGNATURE[5:],  # r without its zero is below none
            b"\x31" + PUBLISHED_SIGNATURE[1:],
            PUBLISHED_SIGNATURE[4:37] + PUBLISHED_SIGNATURE[39:],  # r and s by themselves
        ],
    )
    def test_refuses_every_other_form_of_the_same_numbers(self, other):
        assert PUBLISHED_SIGNATURE[:5] == b"\x30\x46\x02\x21\x00"

        assert not self.KEY.accepts(other, b"message digest")

    def test_writes_what_it_would_accept(self):
        made = signer(SM2)
        for number in range(200):  # of r and s, each begins with a zero byte in one of 256
            text = b"%d\n" % number
            assert made.key.accepts(made.sign(text, at=AT), text)

    def test_is_not_called_wrong_where_it_cannot_be_computed(self, monkeypatch):
        def missing(name):
            raise ImportError(name)

        made = signer(SM2)
        monkeypatch.setattr(sm2, "import_module", missing)

        for attempt in (
            lambda: made.key.accepts(SIGNATURES[SM2], TEXT),
            lambda: made.sign(TEXT, at=AT),
            lambda: signers.generate("a", SM2),
        ):
            with pytest.raises(NoSm2):
                attempt()
        assert signers.parse_vkey(str(made.key)) == made.key  # keys are read, written and listed all the same
        assert signers.from_secret(LOG_NAME, SM2, SM2_SECRET).key == made.key

    def test_is_wanted_by_nobody_who_has_no_such_key(self):
        program = (
            "import sys; sys.modules['gmssl_pyx'] = None\n"
            "from ledger.log import keys, notes, policy, proofs, signers\n"
            "from tests.make_ring import *\n"
            "note = notes.sign(CHECKPOINT.text, ring(algorithms=(1, 6)), at=AT)\n"
            "print(len(notes.verify(note, [one.key for one in ring()])))\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

        assert (done.stdout, done.stderr) == ("2\n", "")


@pytest.mark.skipif(which("openssl") is None, reason="there is no openssl on this machine")
class TestOpenssl:
    """A second implementation of SM2; one that was built without it skips here and says so."""

    CURVE = bytes.fromhex("06082a811ccf5501822d")
    OPTIONS = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")

    @pytest.fixture(autouse=True)
    def _sm2(self):
        if "SM2" not in self.run("ecparam", "-list_curves").stdout.decode():
            pytest.skip("this openssl was built without SM2")

    def run(self, *arguments):
        return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)

    def public(self, folder):
        spki = bytes.fromhex("3059301306072a8648ce3d0201") + self.CURVE + b"\x03\x42\x00\x04" + SM2_SECRET[32:]
        (folder / "public.der").write_bytes(spki)
        return ("-pubin", "-keyform", "DER", "-inkey", folder / "public.der")

    def private(self, folder):
        point = b"\xa1\x44\x03\x42\x00\x04" + SM2_SECRET[32:]
        sec1 = b"\x30\x77\x02\x01\x01\x04\x20" + SM2_SECRET[:32] + b"\xa0\x0a" + self.CURVE + point
        (folder / "private.der").write_bytes(sec1)
        return ("-keyform", "DER", "-inkey", folder / "private.der")

    def verified(self, folder, signature, text):
        (folder / "text").write_bytes(text)
        (folder / "signature").write_bytes(signature)
        files = ("-in", folder / "text", "-sigfile", folder / "signature")
        return self.run("pkeyutl", "-verify", *self.public(folder), *self.OPTIONS, *files).returncode == 0

    def test_accepts_our_signatures_and_no_changed_text(self, tmp_path):
        assert self.verified(tmp_path, SIGNATURES[SM2], TEXT)
        assert not self.verified(tmp_path, SIGNATURES[SM2], TEXT.replace(b"8", b"9"))

    def test_signs_what_we_accept(self, tmp_path):
        (tmp_path / "text").write_bytes(TEXT)
        files = ("-in", tmp_path / "text", "-out", tmp_path / "signature")
        done = self.run("pkeyutl", "-sign", *self.private(tmp_path), *self.OPTIONS, *files)

        assert done.returncode == 0, done.stderr
        signature = (tmp_path / "signature").read_bytes()
        assert signer(SM2).key.accepts(signature, TEXT)
        assert not signer(SM2).key.accepts(signature, TEXT + b"\n")

    def test_derives_the_point_that_we_have(self, tmp_path):
        *_, file = self.private(tmp_path)
        done = self.run("pkey", "-inform", "DER", "-in", file, "-pubout", "-outform", "DER")

        assert done.stdout.endswith(SM2_SECRET[32:])


class TestExampleOfTheSpecification:
    def test_reads_as_it_says(self):
        note = notes.parse(SPEC_COSIGNED)
        log, witness = note.signatures

        assert bytes(note) == SPEC_COSIGNED
        assert (log.name, log.key_id.hex(), len(log.value)) == ("example.com/behind-the-sofa", "033de0ae", 64)
        assert (witness.name, witness.key_id.hex(), len(witness.value)) == ("witness.example.com/w1", "8d66cf3f", 72)

    def test_is_over_the_message_it_spells_out(self):
        note = notes.parse(SPEC_COSIGNED)
        seconds = signers.cosignatures.time_of(note.signatures[1].value)

        assert lines.instant_of(seconds) == datetime(2023, 3, 20, 12, 25, 47, tzinfo=UTC)
        assert signers.cosignatures.message(seconds, note.text.encode()) == SPEC_MESSAGE
