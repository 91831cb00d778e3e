"""Every rule of C2SP tlog-policy by hand, the quorum against a slower reader, and each refusal in its order."""

import dataclasses
import importlib
import itertools

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.log import notes, policy
from ledger.log.checkpoints import NotACheckpoint
from ledger.log.notes import BadSignature, Unsigned
from ledger.log.policy import Group, NoQuorum, NotAPolicy, OtherLog, Policy
from ledger.log.signers import COSIGNATURE, ED25519, MLDSA44, SM2, VerifierKey, sm2
from tests.make_ring import AT, CHECKPOINT, LOG_NAME, ring, signer, witnesses

LOG = str(signer(ED25519).key)
LOG_PQ = str(signer(MLDSA44).key)
LOG_SM2 = str(signer(SM2).key)
OTHER_LOG = str(signer(ED25519, number=9).key)
W = [str(one.key) for one in witnesses(40)]
W_PQ = str(signer(MLDSA44, "witness.example/pq").key)
SAME_KEY = str(dataclasses.replace(witnesses(1)[0].key, name="witness.example/again"))
SAME_LOG = str(dataclasses.replace(signer(ED25519).key, name="log.example/again"))
THREE = f"witness a {W[0]}\nwitness b {W[1]}\nwitness c {W[2]}\n"

GOOD = {
    "nothing but a quorum": "quorum none\n",
    "a log": f"log {LOG}\nquorum none\n",
    "a log with a url": f"log {LOG} https://log.example/trade/\nquorum none\n",
    "a log of each type": f"log {LOG}\nlog {LOG_PQ}\nlog {LOG_SM2}\nquorum none\n",
    "a witness": f"witness a {W[0]}\nquorum a\n",
    "a witness with a url": f"witness a {W[0]} https://w.example\nquorum a\n",
    "a witness of each type": f"witness a {W[0]}\nwitness b {W_PQ}\nquorum b\n",
    "a witness that nobody asks for": f"witness a {W[0]}\nquorum none\n",
    "any": f"{THREE}group g any a b c\nquorum g\n",
    "all": f"{THREE}group g all a b c\nquorum g\n",
    "one": f"{THREE}group g 1 a b c\nquorum g\n",
    "as many as members": f"{THREE}group g 3 a b c\nquorum g\n",
    "a group of one": f"{THREE}group g all a\nquorum g\n",
    "groups of groups": f"{THREE}group g any a b\ngroup h 2 g c\ngroup i all h\nquorum i\n",
    "a quorum that is also a member": f"{THREE}group g any a b\nquorum a\n",
    "a group whose members are in no quorum": f"{THREE}group g any a b\nquorum c\n",
    "a quorum before other lines": f"witness a {W[0]}\nquorum a\nwitness b {W[1]}\nlog {LOG}\ngroup g any b\n",
    "one key as a log and as a witness": f"log {W_PQ}\nwitness a {W_PQ}\nquorum a\n",
    "words of the format as names": f"witness all {W[0]}\nwitness quorum {W[1]}\ngroup any 2 all quorum\nquorum any\n",
    "a number as a name": f"witness 2 {W[0]}\ngroup 1 1 2\nquorum 1\n",
    "a name with a plus": f"witness a+b {W[0]}\nquorum a+b\n",
    "a name that begins as a comment": f"witness #a {W[0]}\nquorum #a\n",
    "tabs and spaces": f" \tlog\t {LOG}\t\n\t\n   \nquorum \t none \t\n",
    "comments": f"# a\n  # b\n\t#c\n#\nlog {LOG}\nquorum none\n#é\n",
    "blank lines": "\n\n\nquorum none\n\n",
}
BAD = {  # the line that is named; None where the whole is meant
    "nothing": (None, ""),
    "only comments": (None, "# quorum none\n"),
    "no quorum": (None, f"log {LOG}\n"),
    "two quorums": (2, "quorum none\nquorum none\n"),
    "a quorum of nothing": (1, "quorum\n"),
    "a quorum of two": (2, f"witness a {W[0]}\nquorum a a\n"),
    "a quorum of a stranger": (1, "quorum a\n"),
    "a quorum defined later": (1, f"quorum a\nwitness a {W[0]}\n"),
    "a quorum of another case": (2, f"witness a {W[0]}\nquorum A\n"),
    "None": (1, "quorum None\n"),
    "an unknown word": (2, "\nwitnesses a\n"),
    "a word of another case": (1, "Quorum none\n"),
    "a comment behind a line": (1, "quorum none # all\n"),
    "a log without a key": (1, "log\nquorum none\n"),
    "a log with two urls": (1, f"log {LOG} a b\nquorum none\n"),
    "a log with a false id": (1, f"log {LOG.replace('+', '+0', 1)}\nquorum none\n"),
    "a log that cosigns": (1, f"log {W[0]}\nquorum none\n"),
    "a log twice": (2, f"log {LOG}\nlog {LOG}\nquorum none\n"),
    "a log's key under another name": (2, f"log {LOG}\nlog {SAME_LOG}\nquorum none\n"),
    "a witness without a key": (1, "witness a\nquorum none\n"),
    "a witness without a name": (1, f"witness {W[0]}\nquorum none\n"),
    "a witness with two urls": (1, f"witness a {W[0]} b c\nquorum a\n"),
    "a witness that signs as a log": (1, f"witness a {LOG}\nquorum a\n"),
    "a witness of sm2": (1, f"witness a {LOG_SM2}\nquorum a\n"),
    "a witness twice": (2, f"witness a {W[0]}\nwitness a {W[0]}\nquorum a\n"),
    "a witness's name twice": (2, f"witness a {W[0]}\nwitness a {W[1]}\nquorum a\n"),
    "a witness's key under another name": (2, f"witness a {W[0]}\nwitness b {SAME_KEY}\nquorum a\n"),
    "a witness named none": (1, f"witness none {W[0]}\nquorum none\n"),
    "a group named none": (4, f"{THREE}group none any a b\nquorum none\n"),
    "a group with a witness's name": (4, f"{THREE}group a any a b\nquorum a\n"),
    "a witness with a group's name": (5, f"{THREE}group g any a b\nwitness g {W[3]}\nquorum g\n"),
    "a group twice": (5, f"{THREE}group g any a\ngroup g any b\nquorum g\n"),
    "a group of none": (1, "group g any none\nquorum g\n"),
    "a group without members": (4, f"{THREE}group g any\nquorum g\n"),
    "a group without a rule": (4, f"{THREE}group g\nquorum g\n"),
    "a group without a name": (4, f"{THREE}group\nquorum none\n"),
    "a group of a stranger": (4, f"{THREE}group g any a d\nquorum g\n"),
    "a group of itself": (4, f"{THREE}group g any a g\nquorum g\n"),
    "a group of a later group": (4, f"{THREE}group g any a h\ngroup h any b\nquorum g\n"),
    "a member twice in a group": (4, f"{THREE}group g any a a\nquorum g\n"),
    "a member of two groups": (5, f"{THREE}group g any a b\ngroup h any b c\nquorum h\n"),
    "a group in two groups": (6, f"{THREE}group g any a\ngroup h any g\ngroup i any g b\nquorum i\n"),
    "a threshold of 0": (4, f"{THREE}group g 0 a b c\nquorum g\n"),
    "a threshold above the members": (4, f"{THREE}group g 4 a b c\nquorum g\n"),
    "a threshold with a zero before it": (4, f"{THREE}group g 02 a b c\nquorum g\n"),
    "a threshold with a sign": (4, f"{THREE}group g +2 a b c\nquorum g\n"),
    "a threshold in other digits": (4, f"{THREE}group g ２ a b c\nquorum g\n"),
    "a threshold of 2^64 + 1": (4, f"{THREE}group g {2**64 + 1} a b c\nquorum g\n"),
    "a threshold of a hundred thousand digits": (4, f"{THREE}group g {'9' * 100_000} a b c\nquorum g\n"),
    "a rule of another case": (4, f"{THREE}group g ALL a b c\nquorum g\n"),
    "a carriage return": (None, f"log {LOG}\r\nquorum none\n"),
    "a missing newline": (None, "quorum none"),
    "a form feed": (None, "quorum\x0cnone\n"),
    "a zero byte": (None, "quorum none\n\x00"),
    "a delete in a comment": (None, "# \x7f\nquorum none\n"),
    "an escape in a comment": (None, "# \x1b[2J\nquorum none\n"),
    "a byte order mark": (1, "\ufeffquorum none\n"),
    "a space that is not ascii": (1, "quorum\u00a0none\n"),
    "a wide space": (1, "quorum\u3000none\n"),
    "a line separator for a newline": (1, "quorum none\u2028# b\n"),
}


class TestParse:
    @pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
    def test_takes(self, text):
        found = policy.parse(text.encode())

        assert policy.parse(bytes(found)) == found

    @pytest.mark.parametrize(("line", "text"), BAD.values(), ids=BAD)
    def test_refuses(self, line, text):
        with pytest.raises(NotAPolicy) as refused:
            policy.parse(text.encode())

        assert refused.value.facts.get("line") == line
        assert (f"line {line}: " in refused.value.detail) == (line is not None)

    def test_returns_what_the_lines_say(self):
        found = policy.parse(f"log {LOG} u\nwitness a {W[0]} v\nwitness b {W[1]}\ngroup g all a b\nquorum g\n".encode())

        assert [(str(one.key), one.url) for one in found.logs] == [(LOG, "u")]
        assert [(one.name, str(one.key), one.url) for one in found.witnesses] == [("a", W[0], "v"), ("b", W[1], None)]
        assert found.groups == (Group("g", 2, ("a", "b")),)
        assert found.quorum == "g"

    def test_writes_one_form(self):
        found = policy.parse(f"#\n\twitness  b {W[1]}\nlog {LOG}\n\ngroup g any b\n quorum g\n".encode())

        assert found.text == f"log {LOG}\nwitness b {W[1]}\ngroup g 1 b\nquorum g\n"

    def test_keeps_octets_that_are_no_utf_8(self):
        content = b"log %b \xff\xfe\nwitness \xe2\x84 %b\nwitness \xe2\x84\xaa %b\n"
        content %= (LOG.encode(), W[0].encode(), W[1].encode())
        content += b"group \x80 2 \xe2\x84 \xe2\x84\xaa\nquorum \x80\n"
        found = policy.parse(content)

        assert bytes(found) == content
        assert len({one.name for one in found.witnesses}) == 2

    def test_does_not_take_a_kelvin_sign_for_a_k(self):
        content = f"witness K {W[0]}\nwitness \u212a {W[1]}\nquorum K\n".encode()

        assert policy.parse(content).quorum == "K"
        with pytest.raises(NotAPolicy):
            policy.parse(f"witness K {W[0]}\nquorum \u212a\n".encode())

    def test_refuses_a_key_whose_name_is_no_utf_8(self):
        with pytest.raises(NotAPolicy, match="line 1"):
            policy.parse(b"log \xff%b\nquorum none\n" % LOG.encode())

    @pytest.mark.parametrize("number", [32, 40])
    def test_takes_what_the_specification_asks_for_and_more(self, number):
        lines = [f"log {signer(ED25519, number=one).key}" for one in range(number)]
        lines += [f"witness w{one} {W[one]}" for one in range(number)]
        lines += [f"group g{one} any w{one}" for one in range(number - 1)]
        lines += [f"group all all {' '.join(f'g{one}' for one in range(number - 1))}", "quorum all", ""]
        found = policy.parse("\n".join(lines).encode())

        assert (len(found.logs), len(found.witnesses), len(found.groups)) == (number, number, number)
        assert found.is_met_by([f"w{one}" for one in range(number - 1)])
        assert not found.is_met_by([f"w{one}" for one in range(1, number)])

    @pytest.mark.parametrize(("number", "passes"), [(1000, True), (1001, False)])
    def test_takes_up_to_a_thousand_of_a_kind(self, number, passes):
        lines = [f"witness a {W[0]}", "group g0 any a", *(f"group g{one} any g{one - 1}" for one in range(1, number))]
        content = "\n".join([*lines, "quorum none", ""]).encode()
        if passes:
            assert len(policy.parse(content).groups) == number
        else:
            with pytest.raises(NotAPolicy, match="line 1002: at most 1000"):
                policy.parse(content)

    @pytest.mark.parametrize(("number", "passes"), [(1_000_000, True), (1_000_001, False)])
    def test_takes_up_to_a_million_bytes(self, number, passes):
        content = b"quorum none\n#".ljust(number - 1, b"a") + b"\n"
        if passes:
            assert policy.parse(content) == Policy()
        else:
            with pytest.raises(NotAPolicy, match="at most"):
                policy.parse(content)

    @pytest.mark.parametrize(("number", "passes"), [(10_000, True), (10_001, False)])
    def test_takes_up_to_ten_thousand_lines(self, number, passes):
        content = b"quorum none\n" + b"#\n" * (number - 1)
        if passes:
            assert policy.parse(content) == Policy()
        else:
            with pytest.raises(NotAPolicy, match="at most 10000 lines"):
                policy.parse(content)


@st.composite
def quorums(draw) -> Policy:
    """Draw a policy of up to six witnesses and five groups, each member in one group at most."""
    count = draw(st.integers(1, 6))
    free, groups = [f"w{one}" for one in range(count)], []
    for number in range(draw(st.integers(0, 5))):
        members = draw(st.lists(st.sampled_from(free), min_size=1, unique=True)) if free else []
        if members:
            groups.append(Group(f"g{number}", draw(st.integers(1, len(members))), tuple(members)))
            free = [one for one in free if one not in members] + [f"g{number}"]
    names = [f"w{one}" for one in range(count)] + [one.name for one in groups]
    lines = [f"witness w{one} {W[one]}" for one in range(count)]
    lines += [one.line for one in groups]
    return policy.parse("\n".join([*lines, f"quorum {draw(st.sampled_from([*names, 'none']))}", ""]).encode())


def met(found: Policy, name: str, cosigned: set[str]) -> bool:
    """Whether `name` has seen a checkpoint, by going down instead of up: the specification's own words."""
    for group in found.groups:
        if group.name == name:
            return len([one for one in group.members if met(found, one, cosigned)]) >= group.threshold
    return name in cosigned


class TestIsMetBy:
    @given(found=quorums())
    def test_agrees_with_a_reader_that_goes_down(self, found):
        names = [one.name for one in found.witnesses]
        for taken in itertools.product([False, True], repeat=len(names)):
            cosigned = {name for name, one in zip(names, taken, strict=True) if one}

            assert found.is_met_by(cosigned) == (found.quorum is None or met(found, found.quorum, cosigned))

    @given(found=quorums())
    def test_never_falls_when_one_more_cosigns(self, found):
        names = [one.name for one in found.witnesses]
        results = [found.is_met_by(names[:number]) for number in range(len(names) + 1)]

        assert results == sorted(results)

    EXAMPLE = policy.parse(
        (
            "".join(f"witness {one} {W[number]}\n" for number, one in enumerate(["X1", "X2", "X3", "Y1", "Y2", "Y3"]))
            + "group X-witnesses 2 X1 X2 X3\ngroup Y-witnesses any Y1 Y2 Y3\n"
            + "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
        ).encode()
    )

    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            ("", False),
            ("X1 X2", False),
            ("X1 Y1", False),
            ("Y1 Y2 Y3", False),
            ("X1 X2 X3", False),
            ("X1 X3 Y2", True),
            ("X1 X2 X3 Y1 Y2 Y3", True),
            ("X-witnesses Y-witnesses", False),  # the names of groups cosign nothing
            ("X-and-Y", False),
            ("X1 X1 Y1", False),
            ("x1 X2 Y1", False),
        ],
    )
    def test_is_that_of_the_example_of_the_specification(self, names, expected):
        assert self.EXAMPLE.is_met_by(names.split()) is expected

    def test_is_always_so_without_a_quorum(self):
        assert Policy().is_met_by([])


def cosigned(*numbers: int, text: str = CHECKPOINT.text, log=(ED25519, MLDSA44)) -> notes.Note:
    """Return a note of the log, cosigned by the witnesses of these numbers."""
    return notes.sign(text, [*ring(algorithms=log), *(witnesses(40)[one] for one in numbers)], at=AT)


def broken(note: notes.Note, name: str) -> notes.Note:
    """Return the note with the first line of `name` changed in its last bit."""
    lines = list(note.signatures)
    at = next(number for number, one in enumerate(lines) if one.name == name)
    lines[at] = dataclasses.replace(lines[at], value=lines[at].value[:-1] + bytes([lines[at].value[-1] ^ 1]))
    return dataclasses.replace(note, signatures=tuple(lines))


class TestVerify:
    POLICY = policy.parse(f"log {LOG}\nlog {LOG_PQ}\n{THREE}group g 2 a b c\nquorum g\n".encode())

    def test_says_who_signed_and_who_cosigned(self):
        verdict = self.POLICY.verify(cosigned(2, 0))

        assert verdict.checkpoint == CHECKPOINT
        assert [str(one) for one in verdict.logs] == [LOG, LOG_PQ]
        assert [one.name for one in verdict.witnesses] == ["a", "c"]

    def test_takes_one_key_of_the_log(self):
        for one in (ED25519, MLDSA44):
            assert self.POLICY.verify(cosigned(0, 1, log=(one,))).logs == (signer(one).key,)

    def test_ignores_lines_of_strangers(self):
        note = cosigned(0, 1, 9)

        assert len(self.POLICY.verify(broken(note, "witness.example/w9")).witnesses) == 2

    def test_refuses_in_this_order(self):
        stranger = CHECKPOINT.text.replace(LOG_NAME, "log.example/else")
        steps = [
            (NotACheckpoint, broken(_note("text\n"), LOG_NAME)),
            (OtherLog, _note(stranger)),
            (BadSignature, broken(cosigned(0), LOG_NAME)),
            (Unsigned, notes.sign(CHECKPOINT.text, [witnesses(1)[0]], at=AT)),
            (BadSignature, broken(cosigned(0), "witness.example/w0")),
            (NoQuorum, cosigned(0)),
        ]
        for refusal, note in steps:
            with pytest.raises(refusal):
                self.POLICY.verify(note)

    @pytest.mark.parametrize("numbers", [(), (0,), (2,), (9,), (0, 9)])
    def test_refuses_below_the_quorum(self, numbers):
        with pytest.raises(NoQuorum) as refused:
            self.POLICY.verify(cosigned(*numbers))
        assert refused.value.facts == {"size": 8}

    def test_counts_a_witness_once(self):
        with pytest.raises(NoQuorum):
            self.POLICY.verify(cosigned(1, 1))

    def test_refuses_a_broken_line_of_a_witness_that_is_not_needed(self):
        with pytest.raises(BadSignature):
            self.POLICY.verify(broken(cosigned(0, 1, 2), "witness.example/w2"))

    def test_refuses_a_cosignature_of_another_checkpoint(self):
        other = cosigned(0, 1, text=CHECKPOINT.text.replace("\n8\n", "\n9\n"))
        moved = dataclasses.replace(other, text=CHECKPOINT.text)

        with pytest.raises(BadSignature):
            self.POLICY.verify(moved)

    def test_refuses_an_origin_whose_keys_it_has_under_another_name(self):
        found = policy.parse(f"log {SAME_LOG}\nquorum none\n".encode())

        with pytest.raises(OtherLog):
            found.verify(cosigned())

    def test_refuses_every_note_when_it_names_no_log(self):
        with pytest.raises(OtherLog):
            Policy().verify(cosigned())

    def test_asks_nobody_without_a_quorum(self):
        found = policy.parse(f"log {OTHER_LOG}\nlog {LOG}\n{THREE}quorum none\n".encode())

        assert found.verify(cosigned()).witnesses == ()
        assert [one.name for one in found.verify(cosigned(1)).witnesses] == ["b"]
        with pytest.raises(BadSignature):
            found.verify(broken(cosigned(1), "witness.example/w1"))

    def test_is_not_met_by_the_same_key_under_another_name(self):
        key = VerifierKey("witness.example/w7", COSIGNATURE, witnesses(1)[0].key.public)
        found = policy.parse(f"log {LOG}\nwitness a {key}\nquorum a\n".encode())

        with pytest.raises(NoQuorum):
            found.verify(cosigned(0))

    def test_can_say_what_it_misses_in_any_encoding(self):
        found = policy.parse(b"log %b\nwitness \xff %b\nquorum \xff\n" % (LOG.encode(), W[0].encode()))

        with pytest.raises(NoQuorum) as refused:
            found.verify(cosigned())
        assert refused.value.detail == r"the policy asks for \xff; cosigned by nobody"
        assert refused.value.detail.encode()


def _note(text: str) -> notes.Note:
    return notes.sign(text, [signer(ED25519)], at=AT)


def test_a_key_that_cannot_be_computed_here_counts_for_nothing(monkeypatch):
    signers = [signer(ED25519), signer(SM2)]
    held = Policy(logs=tuple(policy.Log(one.key) for one in signers))
    note = notes.sign(CHECKPOINT.text, signers, at=AT)
    assert held.verify(note).logs == tuple(one.key for one in signers)
    monkeypatch.setattr(sm2, "import_module", lambda name: importlib.import_module("no_such_library"))
    assert held.verify(note).logs == (signers[0].key,)


def test_a_failing_line_of_another_log_of_the_policy_fails_the_note():
    other = signer(ED25519, "other.example", number=7)
    held = Policy(logs=(policy.Log(signer(ED25519).key), policy.Log(other.key)))
    wrong = notes.sign("other\n", [other], at=AT).signatures
    with pytest.raises(BadSignature):
        held.verify(notes.with_signatures(notes.sign(CHECKPOINT.text, [signer(ED25519)], at=AT), wrong))
    with pytest.raises(Unsigned):
        held.verify(notes.sign(CHECKPOINT.text, [other], at=AT))
