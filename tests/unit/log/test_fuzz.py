"""Whatever comes in, a reader answers with a refusal or with a value that is exactly what came in; at a bounded cost.

Three kinds of input for every reader: random bytes, random words of its own alphabet, and golden texts changed at
random. What is verified is never anything but what was signed.
"""

import json
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from ledger.kernel.errors import Refusal
from ledger.log import checkpoints, keys, notes, policy, proofs, signers, tiles
from tests.make_ring import ring, signer

GOLDEN = Path(__file__).parents[2] / "vectors" / "log-v2.json"
TEXTS = {name: text.encode() for name, text in json.loads(GOLDEN.read_text(encoding="utf-8"))["texts"].items()}
BUNDLE = bytes.fromhex(TEXTS["bundle"].decode())
LOG_KEYS = [signers.parse_vkey(TEXTS[f"vkey_{one}"].decode()) for one in ("ed25519", "mldsa44", "sm2")]
POLICY = policy.parse(TEXTS["policy"])

MEGABYTE = 1_000_000
EVIL = [
    "\x00", "\t", "\r", "\r\n", "\x0b", "\x1b[2J", "\x7f", "\x85", "\u00a0", "\u1680", "\u2003", "\u200b", "\u200f",
    "\u2028", "\u2029", "\u202e", "\u2066", "\u3000", "\ufeff", "\ufffd", "\U0010ffff",
    "—", "–", "＋", "１", "é", "e\u0301",
]  # fmt: skip
BROKEN = [b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xe2\x80"]
NUMBERS = [b"-1", b"00", b"01", b"9" * 18, b"9223372036854775807", b"9223372036854775808", b"9" * 5000, "１".encode()]


@dataclass(frozen=True)
class Reader:
    """One parser: how bytes are put to it, how its value is written back, the words it knows, and golden inputs."""

    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes]
    words: Sequence[str]
    golden: Sequence[bytes]


def told(content: bytes) -> str:
    """Return bytes as the text that a reader of text may be handed: with surrogates where they are no UTF-8."""
    return content.decode(errors="surrogateescape")


def untold(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def normal(found: policy.Policy) -> bytes:
    """Return the written policy, having read it back to the same."""
    assert policy.parse(bytes(found)) == found
    return bytes(found)


_NOTE = ["\n", "\n\n", "— ", " ", "a", "log.example/x", "+", "AAAAAAA=", "AAAA", "=", "0", "257"]
_KEY = ["+", "a", "74538357", "AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", "BA", "/w==", "=", "PRIVATE+KEY+", "\n"]
_VKEYS = [TEXTS[name] for name in TEXTS if name.startswith("vkey_")]
READERS = {
    "notes": Reader(notes.parse, bytes, _NOTE, [TEXTS["checkpoint"], TEXTS["published"], TEXTS["earlier"]]),
    "signatures": Reader(
        notes.parse_signatures,
        lambda found: "".join(f"{one.line}\n" for one in found).encode(),
        _NOTE,
        [TEXTS["cosignatures"], TEXTS["log_lines"], TEXTS["earlier_cosignatures"]],
    ),
    "checkpoints": Reader(
        lambda content: checkpoints.parse(told(content)),
        lambda found: untold(found.text),
        ["\n", "a", "0", "257", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "=", " "],
        [TEXTS["checkpoint_text"]],
    ),
    "vkeys": Reader(lambda content: signers.parse_vkey(told(content)), lambda found: str(found).encode(), _KEY, _VKEYS),
    "rings": Reader(
        lambda content: keys.parse_ring(told(content)),
        lambda found: keys.format_ring(found).encode(),
        _KEY,
        [TEXTS["log_keys"], TEXTS["witness_keys"]],
    ),
    "policies": Reader(
        policy.parse,
        normal,
        ["log ", "witness ", "group ", "quorum ", "none", "any ", "all ", "2 ", "a ", "b ", "\t", "#", "\n", "\n"]
        + [f"{one.decode()} " for one in _VKEYS],
        [TEXTS["policy"]],
    ),
    "proofs": Reader(
        proofs.parse,
        bytes,
        [
            "c2sp.org/tlog-proof@v1\n",
            "extra ",
            "index ",
            "0",
            "1\n",
            "\n",
            "\n\n",
            "AAAA",
            f"{'A' * 43}=\n",
            "t\n\n— a AAAAAAA=\n",
        ],
        [TEXTS["proof"]],
    ),
    "paths": Reader(
        lambda content: tiles.parse_path(told(content)),
        lambda found: found.path.encode(),
        [
            "tile/",
            "entries/",
            "0/",
            "1/",
            "63/",
            "64/",
            "x001/",
            "x000/",
            "000",
            "067",
            ".p/",
            "1",
            "255",
            "256",
            "/",
            ".",
        ],
        [TEXTS["tile_path"], b"tile/entries/000.p/255", b"tile/63/x999/x999/x999/x999/x999/x999/999"],
    ),
    "bundles": Reader(
        tiles.decode_bundle,
        tiles.encode_bundle,
        ["\x00", "\x00\x00", "\x00\x01a", "\x01", "a"],
        [BUNDLE, tiles.encode_bundle([b""] * 256), tiles.encode_bundle([bytes(300)])],
    ),
}
ONE_FORM = set(READERS) - {"policies", "rings"}  # policies have spaces and comments, rings may lack the last newline


def read(reader: Reader, content: bytes) -> Any:
    """Return what a reader answers, a refusal included; any other exception is a fault."""
    try:
        return reader.read(content)
    except Refusal as refusal:
        return refusal


def answered(name: str, content: bytes) -> Any:
    """Hand `content` to a reader: None for a refusal, else the value, which must be what came in."""
    reader = READERS[name]
    found = read(reader, content)
    if isinstance(found, Refusal):
        assert found.detail.encode()  # it can be written anywhere
        return None
    written = reader.write(found)
    if name in ONE_FORM:
        assert written == content
    elif name == "rings":
        assert written.removesuffix(b"\n") == content.removesuffix(b"\n")
    return found


@st.composite
def changed(draw, golden: Sequence[bytes]) -> bytes:
    """Draw a golden input with one to four changes."""
    content = draw(st.sampled_from(golden))
    for _ in range(draw(st.integers(1, 4))):
        content = draw(st.sampled_from(CHANGES))(draw, content)
    return content


def _at(draw, content: bytes) -> int:
    return draw(st.integers(0, max(0, len(content) - 1)))


def _flip(draw, content):
    at = _at(draw, content)
    return (
        content[:at] + bytes(one ^ (1 << draw(st.integers(0, 7))) for one in content[at : at + 1]) + content[at + 1 :]
    )


def _insert(draw, content):
    at = _at(draw, content)
    new = draw(st.one_of(st.binary(max_size=4), st.sampled_from([one.encode() for one in EVIL] + BROKEN)))
    return content[:at] + new + content[at:]


def _delete(draw, content):
    at = _at(draw, content)
    return content[:at] + content[at + draw(st.integers(1, 5)) :]


def _truncate(draw, content):
    return content[: _at(draw, content)]


def _number(draw, content):
    """Put another number in the place of a line's or a word's that is one."""
    words = content.replace(b"\n", b" ").split(b" ")
    digits = [one for one in words if one.isdigit()]
    return content.replace(draw(st.sampled_from(digits)), draw(st.sampled_from(NUMBERS)), 1) if digits else content


def _lines(change: Callable[[Any, list[bytes], int, int], None]) -> Callable[[Any, bytes], bytes]:
    def apply(draw, content):
        lines = content.split(b"\n")
        one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        change(draw, lines, one, other)
        return b"\n".join(lines)

    return apply


def _swap(_draw, lines, one, other):
    lines[one], lines[other] = lines[other], lines[one]


def _bit(draw, lines, one, _other):
    """Change a character of base64 at the end of a line, where a stray bit would hide."""
    alphabet = st.sampled_from("ABCDEFGHabcdefgh01234567+/=-_")
    lines[one] = lines[one][:-2] + draw(alphabet).encode() + lines[one][-1:]


CHANGES = [
    _flip,
    _insert,
    _delete,
    _truncate,
    _number,
    _lines(_swap),
    _lines(_bit),
    _lines(lambda _draw, lines, one, other: lines.insert(other, lines[one])),
    _lines(lambda _draw, lines, one, other: lines.pop(one)),
    _lines(lambda _draw, lines, one, other: lines.insert(one, b"")),
]
FAST = settings(max_examples=100, suppress_health_check=list(HealthCheck))


@pytest.fixture(params=READERS)
def name(request):
    return request.param


class TestEveryReader:
    def test_reads_its_golden_inputs(self, name):
        assert all(answered(name, one) is not None for one in READERS[name].golden)

    @pytest.mark.parametrize("reader", READERS)
    @FAST
    @given(content=st.binary(max_size=200))
    def test_answers_random_bytes(self, reader, content):
        answered(reader, content)

    @pytest.mark.parametrize("reader", READERS)
    @settings(FAST, max_examples=60)
    @given(data=st.data())
    def test_answers_random_words(self, reader, data):
        words = st.one_of(st.sampled_from(READERS[reader].words), st.sampled_from(EVIL), st.text(max_size=3))
        answered(reader, "".join(data.draw(st.lists(words, max_size=12))).encode())

    @pytest.mark.parametrize("reader", READERS)
    @FAST
    @given(data=st.data())
    def test_answers_changed_golden_inputs(self, reader, data):
        answered(reader, data.draw(changed(READERS[reader].golden)))

    @pytest.mark.parametrize("evil", [one.encode() for one in EVIL] + BROKEN)
    def test_answers_evil_characters_at_every_joint(self, name, evil):
        for golden in READERS[name].golden:
            joints = [at for at in range(min(len(golden), 400)) if not golden[at : at + 1].isalnum()][:60]
            for at in (0, *joints, len(golden)):
                answered(name, golden[:at] + evil + golden[at:])

    @pytest.mark.parametrize("name", sorted(set(READERS) - {"bundles", "paths"}))  # whose beginnings may be others
    def test_refuses_every_beginning_of_its_golden_inputs(self, name):
        for golden in READERS[name].golden:
            for at in {*range(0, len(golden) - 1, max(1, len(golden) // 300))}:
                found = answered(name, golden[:at])
                assert found is None or golden[at - 1 : at] == b"\n" or name == "rings"


@settings(FAST, max_examples=150)
@given(content=changed([TEXTS["checkpoint"], TEXTS["published"]]))
def test_a_changed_note_verifies_only_as_what_was_signed(content):
    try:
        note = notes.parse(content)
        signed = notes.verify(note, LOG_KEYS)
    except Refusal:
        return
    golden = notes.parse(TEXTS["published"])
    assert note.text == golden.text
    assert signed
    assert {one for one in note.signatures if any(map(one.claims, LOG_KEYS))} <= set(golden.signatures)


@settings(FAST, max_examples=250)
@given(content=changed([TEXTS["proof"]]))
def test_a_changed_proof_verifies_only_as_what_was_proven(content):
    try:
        proof = proofs.parse(content)
        verdict = proofs.verify_under(proof, policy=POLICY)
    except Refusal:
        return
    golden = proofs.parse(TEXTS["proof"])
    assert (proof.index, proof.path, proof.extra) == (golden.index, golden.path, golden.extra)
    assert verdict.checkpoint == checkpoints.parse(told(TEXTS["checkpoint_text"]))
    assert POLICY.is_met_by([one.name for one in verdict.witnesses])


@settings(FAST, max_examples=150)
@given(content=changed([TEXTS["proof"]]))
def test_a_changed_proof_of_a_known_entry_verifies_only_with_its_path(content):
    golden = proofs.parse(TEXTS["proof"])
    assert golden.extra is not None
    try:
        proof = proofs.parse(content)
        proofs.verify(proof, entry=golden.extra, keys=LOG_KEYS)
    except Refusal:
        return
    assert (proof.index, proof.path) == (golden.index, golden.path)  # extra is nobody's word


@pytest.mark.parametrize("at", [0, 3, 4, 11, 12, 40, -1])
def test_any_bit_of_any_known_line_counts(at):
    golden = notes.parse(TEXTS["published"])
    known = [*LOG_KEYS, *(one.key for one in POLICY.witnesses)]
    for number, one in enumerate(golden.signatures):
        raw = bytearray(one.key_id + one.value)
        raw[at] ^= 0x10
        lines = list(golden.signatures)
        lines[number] = notes.Signature(one.name, bytes(raw[:4]), bytes(raw[4:]))
        note = notes.Note(golden.text, tuple(lines))
        if 0 <= at < 4:  # nobody's line any more
            assert len(notes.verify(note, known)) == len(known) - 1
        else:
            with pytest.raises(notes.BadSignature):
                notes.verify(note, known)


def peak(read: Callable[[bytes], Any], content: bytes) -> int:
    """Return how many bytes reading takes at most beyond its input."""
    tracemalloc.start()
    try:
        read(content)
    except Refusal:
        pass
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return most


def filled(piece: str, size: int, before: str = "", after: str = "\n") -> bytes:
    """Return `piece` repeated up to `size` bytes, between `before` and `after`."""
    room = size - len(before.encode()) - len(after.encode())
    return (before + piece * (room // len(piece.encode())) + after).encode()


HOSTILE: dict[str, Callable[[int], bytes]] = {
    "newlines": lambda size: filled("\n", size),
    "zeros": bytes,
    "spaces": lambda size: filled(" ", size),
    "one name": lambda size: filled("a", size, "— ", " AAAAAAA=\n"),
    "signature lines": lambda size: filled("— a b\n", size, "t\n\n"),
    "bare signature lines": lambda size: filled("— a AAAAAAA=\n", size, after=""),
    "one signature": lambda size: filled("AAAA", size, "t\n\n— a "),
    "a text of lines": lambda size: filled("a\n", size, after="\n— a AAAAAAA=\n"),
    "a hundred blank lines": lambda size: filled("a\n\n", size, after="— a AAAAAAA=\n"),
    "comments": lambda size: filled("#\n", size),
    "groups": lambda size: filled("group g 1 x\n", size),
    "members": lambda size: filled("aa ", size, "group g 1 "),
    "tabs": lambda size: filled("\t", size, "group"),
    "digits": lambda size: filled("9", size, "group g ", " a\n"),
    "witnesses": lambda size: filled("witness a\n", size),
    "hashes": lambda size: filled(f"{'A' * 43}=\n", size, f"{proofs.MAGIC}\nindex 1\n", "\nt\n\n— a AAAAAAA=\n"),
    "an index": lambda size: filled("9", size, f"{proofs.MAGIC}\nindex "),
    "extra data": lambda size: filled("AAAA", size, f"{proofs.MAGIC}\nextra ", "\nindex 1\n\nt\n\n— a AAAAAAA=\n"),
    "a size": lambda size: filled("9", size, "origin\n", "\nAAAA\n"),
    "a root": lambda size: filled("AAAA", size, "origin\n1\n"),
    "pluses": lambda size: filled("+", size, after=""),
    "a key": lambda size: filled("AAAA", size, "a+00000000+", ""),
    "secrets": lambda size: filled("PRIVATE+KEY+a+00000000+AQ==\n", size, after=""),
    "steps of a path": lambda size: filled("x001/", size, "tile/0/", "000"),
    "entries of no bytes": lambda size: bytes(size & ~1),
    "no utf-8": lambda size: b"\xff" * size,
    "beginnings of utf-8": lambda size: b"\xe2\x80" * (size // 2),
}
ENOUGH = 10 * MEGABYTE  # for inputs of a megabyte: texts of ASCII four times wider at worst, and a list of their lines
LIMITS = {"notes": 1_000_000, "signatures": 1_000_000, "policies": 1_000_000, "proofs": 2_000_000, "rings": 16_384}


class TestMemory:
    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_stays_within_a_bound(self, hostile):
        content = HOSTILE[hostile](MEGABYTE)
        for name, reader in READERS.items():
            assert peak(reader.read, content) < ENOUGH, name

    @pytest.mark.parametrize(("name", "limit"), LIMITS.items())
    def test_is_hardly_used_beyond_the_limit(self, name, limit):
        read = READERS[name].read
        for hostile, make in HOSTILE.items():
            content = make(limit + 100_000)
            text = 4 * len(content) if name == "rings" else 0  # decoded for the reader, who did not ask for it
            assert peak(read, content) < 50_000 + text, hostile

    def test_of_a_bundle_ends_at_its_256_entries(self):
        assert peak(tiles.decode_bundle, bytes(16 * MEGABYTE)) < 100_000
        largest = tiles.encode_bundle([bytes(65_535)] * 256)
        assert peak(tiles.decode_bundle, largest) < 2 * len(largest)

    def test_of_a_policy_of_post_quantum_keys(self):
        known = [signer(signers.MLDSA44, f"w{one}", one).key for one in range(20)]
        lines = [f"witness w{one} {known[one % 20]}\n" for one in range(540)]
        content = "".join([*lines, "quorum none\n"]).encode()

        assert len(content) < policy.MAX_POLICY_BYTES
        with pytest.raises(policy.NotAPolicy, match="line 21"):
            policy.parse(content)
        assert peak(policy.parse, content) < ENOUGH

    def test_of_the_largest_note_under_the_largest_policy(self):
        lines = [f"witness w{one} {signer(signers.COSIGNATURE, f'w{one}', one % 250).key}" for one in range(250)]
        found = policy.parse("\n".join([*lines, "quorum none", ""]).encode())
        note = notes.sign(checkpoints.parse(told(TEXTS["checkpoint_text"])).text, [ring()[0]] * 100, at=_at_noon())

        assert peak(lambda _: found.cosigners(notes.parse(bytes(note))), b"") < MEGABYTE


def _at_noon():
    return notes.signed_at(POLICY.witnesses[0].key, notes.parse(TEXTS["published"]).signatures[3])
