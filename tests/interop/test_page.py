"""The page that verifies a proof without a server: it says what our own verifier says, of true proofs and of false.

Its code runs under node; the page itself in a browser. Both are asked for by `make interop`.
"""

import random
import subprocess
import tempfile
from dataclasses import replace
from datetime import UTC, datetime

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from ledger.log import merkle, notes, page, signers
from ledger.log.lines import encode_base64
from ledger.log.signers import COSIGNATURE, ED25519, MLDSA44
from tests.interop.page import BROWSER_FLAGS, IS_INTEROP, PAGE, Browser, Node, prepared, program
from tests.make_log import ORIGIN, SIGNED_AT
from tests.make_page import (
    LOG,
    LOG_LINES,
    STRANGER,
    TWO_OF_THREE,
    UNWITNESSED,
    WITNESS_LINES,
    WITNESSES,
    Case,
    Tree,
    cosigned_with,
    is_accepted_here,
    lines_of,
    note_of,
    resigned,
    with_lines,
)

if not IS_INTEROP:
    pytest.skip("needs node, its packages and a browser: `make interop` runs it", allow_module_level=True)
pytestmark = pytest.mark.timeout(600)

SIZES = [1, 2, 255, 256, 257, 70_000]
BIDS = Tree.of_bids(11)
PROOF = BIDS.proof(4, 11)
GOOD = Case(proof=bytes(PROOF))
LINES = lines_of(PROOF)
TEXT = note_of(PROOF).text
LEAF = merkle.leaf_hash(BIDS.contents[4])
OTHER_LOG = signers.from_secret("log.example/other", ED25519, bytes([8]) * 32)
EVERYONE = [*LOG, *WITNESSES[:2]]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def node(copy):
    node = Node(copy)
    yield node
    node.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


def judged(node: Node, case: Case) -> str:
    """Return the page's verdict, which must be our own verifier's too and always have its reason."""
    report = node.verify(case)
    if case.proof is not None and case.policy is not None:
        assert (report["verdict"] == "ok") == is_accepted_here(case), report["reason"]
    if report["verdict"] != "ok":
        assert report["reason"]["zh"]
        assert report["reason"]["en"]
        assert "could not process" not in report["reason"]["en"]
    return report["verdict"]


def flipped(content: bytes, at: int, bit: int = 0) -> bytes:
    return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]


class TestBuild:
    def test_makes_the_committed_page_again(self, copy, tmp_path):
        subprocess.run([program("node"), "build.mjs", str(tmp_path / "built.html")], cwd=copy, check=True)

        assert (tmp_path / "built.html").read_bytes() == page.html(), "run: node ledger/log/page/build.mjs"


class TestVerify:
    @pytest.mark.parametrize("size", SIZES)
    def test_accepts_what_we_prove(self, node, size):
        tree = Tree([b'{"number":%d}' % number for number in range(size)])
        drawn = random.Random(size)
        for index in {0, size - 1, size // 2, *(drawn.randrange(size) for _ in range(8))}:
            assert judged(node, Case(proof=bytes(tree.proof(index, size)))) == "ok"

    @pytest.mark.parametrize("size", [2, 255, 256, 257, 70_000])
    def test_refuses_another_entry_index_or_hash_at_every_size(self, node, size):
        tree = Tree([b'{"number":%d}' % number for number in range(size)])
        index = random.Random(size).randrange(size)
        proof = tree.proof(index, size)
        other = replace(proof, index=(index + 1) % size)
        hashes = [
            replace(proof, path=(*proof.path[:at], flipped(one, 31), *proof.path[at + 1 :]))
            for at, one in enumerate(proof.path)
        ]

        for false in [
            other,
            replace(proof, extra=flipped(proof.extra, 3)),
            replace(proof, path=proof.path[1:]),
            *hashes,
        ]:
            assert judged(node, Case(proof=bytes(false))) == "failed"

    def test_tells_who_signed_and_when(self, node):
        report = node.verify(GOOD)

        assert report["isWitnessed"] is True
        assert [one["state"] for one in report["logs"]] == ["signed", "signed"]
        assert [(one["label"], one["state"], one["at"]) for one in report["witnesses"]] == [
            ("w1", "signed", str(int(SIGNED_AT.timestamp()))),
            ("w2", "signed", str(int(SIGNED_AT.timestamp()))),
            ("w3", "absent", None),
        ]

    def test_counts_one_that_signs_with_two_keys_once(self, node):
        second = signers.from_secret(WITNESSES[0].key.name, MLDSA44, bytes([7]) * 32)
        lines = f"witness ed {WITNESSES[0].key}\nwitness pq {second.key}\ngroup both all ed pq\nquorum both\n"
        proof = BIDS.proof(4, 11, signed_by=(*LOG, WITNESSES[0], second))
        report = node.verify(Case(proof=bytes(proof), policy=f"{LOG_LINES}{lines}".encode()))

        assert report["verdict"] == "ok"
        assert "1 of 1 witness (2 signatures)" in report["steps"]["witnesses"]["reason"]["en"]
        assert "1 / 1 位见证人（2 个签名）" in report["steps"]["witnesses"]["reason"]["zh"]
        assert "2 of 3 witnesses (2 signatures)" in node.verify(GOOD)["steps"]["witnesses"]["reason"]["en"]

    def test_tells_what_the_entry_says(self, node):
        said = node.verify(GOOD)["entry"]

        assert said["kind"] == "auction.bid_accepted"
        assert said["sealed"] == ["bidder"]
        assert [one["path"] for one in said["instants"]] == ["arrived_at", "recorded_at"]

    def test_tells_nothing_of_an_entry_that_is_not_verified(self, node):
        assert "entry" not in node.verify(GOOD.replace(b"index 4", b"index 5"))
        assert "entry" not in node.verify(replace(GOOD, policy=None))

    def test_says_unwitnessed_where_no_witness_is_asked_for(self, node):
        alone = Case(proof=bytes(BIDS.proof(4, 11, LOG)), policy=UNWITNESSED)
        report = node.verify(alone)

        assert judged(node, alone) == "ok"
        assert report["isWitnessed"] is False
        assert report["steps"]["witnesses"]["state"] == "note"
        assert "UNWITNESSED" in report["steps"]["witnesses"]["reason"]["en"]

    @pytest.mark.parametrize(
        "case",
        [
            Case(proof=None, policy=None),
            Case(proof=None),
            replace(GOOD, policy=None),
            Case(proof=bytes(replace(PROOF, extra=None))),
        ],
    )
    def test_waits_for_what_is_missing(self, node, case):
        assert judged(node, case) == "waiting"

    def test_takes_the_entry_from_a_file(self, node):
        bare = bytes(replace(PROOF, extra=None))

        assert judged(node, Case(proof=bare, entry=BIDS.contents[4])) == "ok"
        assert judged(node, Case(proof=bare, entry=BIDS.contents[5])) == "failed"
        assert judged(node, replace(GOOD, entry=BIDS.contents[5])) == "failed"

    @pytest.mark.parametrize(
        "content", [b"", b"\xff\xfe", b"[1,2]", b'{"a":1,"a":2}', b"[" * 60_000, b'{"a": 1}', b'{"n":1e400}']
    )
    def test_shows_an_entry_of_another_form_as_it_stands(self, node, content):
        case = Case(proof=bytes(Tree([content]).proof(0, 1)))

        assert judged(node, case) == "ok"
        assert node.verify(case)["steps"]["entry"]["state"] == ("ok" if content == b"[1,2]" else "note")

    def test_spells_out_what_would_turn_or_hide_writing(self, node):
        case = Case(proof=bytes(Tree(['{"a":"\u202eevil\u200b\U000e0041"}'.encode()]).proof(0, 1)))

        assert '"a": "\\u{202e}evil\\u{200b}\\u{e0041}"' in node.verify(case)["entry"]["shown"]


ALTERED = {
    "magic of another version": GOOD.replace(b"proof@v1", b"proof@v2"),
    "byte order mark": Case(proof=b"\xef\xbb\xbf" + GOOD.proof),
    "byte order mark before the checkpoint": GOOD.replace(b"\n\n", b"\n\n\xef\xbb\xbf"),
    "blank first line": Case(proof=b"\n" + GOOD.proof),
    "carriage returns": Case(proof=GOOD.proof.replace(b"\n", b"\r\n")),
    "index of another entry": GOOD.replace(b"index 4", b"index 5"),
    "index beyond the tree": GOOD.replace(b"index 4", b"index 11"),
    "index with a leading zero": GOOD.replace(b"index 4", b"index 04"),
    "index with a sign": GOOD.replace(b"index 4", b"index +4"),
    "index in other digits": GOOD.replace(b"index 4", "index ４".encode()),
    "index of 2^63": GOOD.replace(b"index 4", b"index 9223372036854775808"),
    "index that agrees modulo 2^64": GOOD.replace(b"index 4", b"index 18446744073709551620"),
    "index line gone": GOOD.replace(b"index 4\n", b""),
    "extra twice": GOOD.replace(b"index 4\n", b"extra YWI=\nindex 4\n"),
    "extra changed": Case(proof=bytes(replace(PROOF, extra=flipped(PROOF.extra, 20)))),
    "extra of a node that hashes alike": Case(proof=bytes(replace(PROOF, extra=b"\x01" + PROOF.extra))),
    "extra in url base64": Case(proof=bytes(replace(PROOF, extra=None)).replace(b"index", b"extra -_-_\nindex", 1)),
    "path without its first hash": Case(proof=bytes(replace(PROOF, path=PROOF.path[1:]))),
    "path without its last hash": Case(proof=bytes(replace(PROOF, path=PROOF.path[:-1]))),
    "path with one hash more": Case(proof=bytes(replace(PROOF, path=(*PROOF.path, bytes(32))))),
    "path in another order": Case(proof=bytes(replace(PROOF, path=PROOF.path[::-1]))),
    "path of 64 hashes": Case(proof=bytes(replace(PROOF, path=(bytes(32),) * 64))),
    "path of 63 hashes": Case(proof=bytes(replace(PROOF, path=(bytes(32),) * 63))),
    "hash of 31 bytes": Case(proof=bytes(replace(PROOF, path=(PROOF.path[0][:31], *PROOF.path[1:])))),
    "hash of 33 bytes": Case(proof=bytes(replace(PROOF, path=(PROOF.path[0] + b"a", *PROOF.path[1:])))),
    "hash with a space after it": GOOD.replace(b"=\n\n", b"= \n\n"),
    "hash without padding": GOOD.replace(b"=\n\n", b"\n\n"),
    "one bit of a hash": Case(proof=bytes(replace(PROOF, path=(flipped(PROOF.path[0], 0), *PROOF.path[1:])))),
    "checkpoint of another size": GOOD.replace(b"\n11\n", b"\n12\n"),
    "checkpoint size with a zero before it": GOOD.replace(b"\n11\n", b"\n011\n"),
    "checkpoint of another origin": GOOD.replace(ORIGIN.encode() + b"\n11", ORIGIN.encode() + b"2\n11"),
    "truly signed extension line": Case(proof=resigned(PROOF, f"{TEXT}more\n", LOG[:1]), policy=UNWITNESSED),
    "truly signed root that a shorter path reaches": Case(
        proof=resigned(replace(PROOF, path=()), f"{ORIGIN}\n11\n{encode_base64(LEAF)}\n", LOG), policy=UNWITNESSED
    ),
    "truly signed root that a longer path reaches": Case(
        proof=resigned(
            replace(PROOF, index=0, path=(LEAF,)),
            f"{ORIGIN}\n1\n{encode_base64(merkle.node_hash(LEAF, LEAF))}\n",
            LOG,
        ),
        policy=UNWITNESSED,
    ),
    "signed by another log of the policy alone": Case(
        proof=resigned(PROOF, TEXT, [OTHER_LOG, *WITNESSES[:2]]),
        policy=f"log {OTHER_LOG.key}\n".encode() + TWO_OF_THREE,
    ),
    "root of another tree": Case(proof=resigned(PROOF, BIDS.checkpoint(10).text.replace("\n10\n", "\n11\n"), EVERYONE)),
    "root of 31 bytes": Case(
        proof=GOOD.proof.replace(TEXT.encode(), f"{ORIGIN}\n11\n{encode_base64(bytes(31))}\n".encode())
    ),
    "size of 2^63": Case(proof=GOOD.proof.replace(b"\n11\n", b"\n9223372036854775808\n")),
    "checkpoint gone": Case(proof=GOOD.proof.split(b"\n\n")[0] + b"\n\n"),
    "no blank line": Case(proof=GOOD.proof.replace(b"\n\n", b"\n")),
    "signatures gone": Case(proof=with_lines(PROOF)),
    "last newline gone": Case(proof=GOOD.proof[:-1]),
    "blank line at the end": Case(proof=GOOD.proof + b"\n"),
    "tab in a signature line": GOOD.replace("— ".encode(), "—\t".encode()),
    "two spaces in a signature line": GOOD.replace("— ".encode(), "—  ".encode()),
    "hyphen for an em dash": GOOD.replace("— ".encode(), b"- "),
    "space of another kind in a name": GOOD.replace("— log.".encode(), "— log\u2003.".encode()),
    "no-break space in a name": GOOD.replace("— log.".encode(), "— log\xa0.".encode()),
    "plus in a name": GOOD.replace("— log.".encode(), "— log+".encode()),
    "bytes that are no utf-8": GOOD.replace("— log.".encode(), b"\xe2\x80\x94 \xc3\x28"),
    "one line too many": Case(proof=with_lines(PROOF, *LINES, *["— a.example AAAAAAA="] * 97)),
    "log's signatures gone": Case(proof=with_lines(PROOF, *LINES[2:])),
    "one witness gone": Case(proof=with_lines(PROOF, *LINES[:3])),
    "both witnesses gone": Case(proof=with_lines(PROOF, *LINES[:2])),
    "one witness twice": Case(proof=with_lines(PROOF, *LINES[:3], LINES[2])),
    "witness of a stranger's key": Case(proof=resigned(PROOF, TEXT, [*LOG, WITNESSES[1], STRANGER])),
    "log of another's key": Case(
        proof=resigned(PROOF, TEXT, [signers.from_secret(ORIGIN, ED25519, bytes([9]) * 32), *WITNESSES[:2]])
    ),
    "witness who signed another checkpoint": Case(
        proof=with_lines(
            PROOF, *LINES[:3], notes.sign(BIDS.checkpoint(10).text, WITNESSES[1:2], at=SIGNED_AT).signatures[0].line
        )
    ),
    "file too large": Case(proof=GOOD.proof + b"a" * 2_000_000),
    "note too large": Case(proof=GOOD.proof + "— a.example ".encode() + b"A" * 1_000_000 + b"\n"),
    "empty": Case(proof=b""),
    "html": Case(proof=b"<!doctype html><script>alert(1)</script>"),
    "policy empty": replace(GOOD, policy=b""),
    "policy without quorum": replace(GOOD, policy=f"{LOG_LINES}{WITNESS_LINES}".encode()),
    "policy with two quorums": replace(GOOD, policy=UNWITNESSED + b"quorum none\n"),
    "policy without a log": replace(GOOD, policy=b"quorum none\n"),
    "policy of another log": replace(
        GOOD, policy=f"log {signers.from_secret('log.example/other', ED25519, bytes(32)).key}\nquorum none\n".encode()
    ),
    "policy with a log twice": replace(GOOD, policy=f"log {LOG[0].key}\n".encode() + UNWITNESSED),
    "policy with a false key id": replace(GOOD, policy=UNWITNESSED.replace(LOG[0].key.id.hex().encode(), b"00000000")),
    "policy with a key id in capitals": replace(
        GOOD, policy=UNWITNESSED.replace(LOG[1].key.id.hex().encode(), LOG[1].key.id.hex().upper().encode())
    ),
    "policy asking all three": replace(GOOD, policy=TWO_OF_THREE.replace(b" 2 w1", b" all w1")),
    "policy asking the absent one": replace(GOOD, policy=TWO_OF_THREE.replace("quorum 见证人".encode(), b"quorum w3")),
    "policy with a threshold of none": replace(GOOD, policy=TWO_OF_THREE.replace(b" 2 w1", b" 0 w1")),
    "policy with a threshold above its members": replace(GOOD, policy=TWO_OF_THREE.replace(b" 2 w1", b" 4 w1")),
    "policy with a zero before its threshold": replace(GOOD, policy=TWO_OF_THREE.replace(b" 2 w1", b" 02 w1")),
    "policy with a member twice": replace(GOOD, policy=TWO_OF_THREE.replace(b" 2 w1 w2 w3", b" 1 w1 w1")),
    "policy with none in a group": replace(GOOD, policy=TWO_OF_THREE.replace(b" 2 w1 w2 w3", b" 1 none w1")),
    "policy with a quorum before its group": replace(
        GOOD, policy="quorum 见证人\n".encode() + TWO_OF_THREE.replace("quorum 见证人\n".encode(), b"")
    ),
    "policy with carriage returns": replace(GOOD, policy=TWO_OF_THREE.replace(b"\n", b"\r\n")),
    "policy without its last newline": replace(GOOD, policy=TWO_OF_THREE[:-1]),
    "policy with a word of the language": replace(GOOD, policy=b"constructor x\n" + TWO_OF_THREE),
    "policy with a log's key as a witness": replace(GOOD, policy=f"witness a {LOG[0].key}\n".encode() + TWO_OF_THREE),
    "policy with a witness's key as a log": replace(GOOD, policy=f"log {WITNESSES[0].key}\n".encode() + TWO_OF_THREE),
    "policy too large": replace(GOOD, policy=b"#" * 1_000_000 + b"\n" + TWO_OF_THREE),
}


class TestRefusal:
    @pytest.mark.parametrize("name", ALTERED)
    def test_meets_what_was_altered(self, node, name):
        assert judged(node, ALTERED[name]) == "failed"

    def test_meets_one_flipped_bit_in_each_part(self, node):
        end = GOOD.proof.index("— ".encode())  # after it, a line that nobody knows is lawfully ignored
        for at in range(0, end, 7):
            assert judged(node, replace(GOOD, proof=flipped(GOOD.proof, at, at % 8))) == "failed"

    @pytest.mark.parametrize("number", range(4))
    def test_meets_one_flipped_bit_in_each_signature(self, node, number):
        signature = note_of(PROOF).signatures[number]
        for at in {0, 7, 8, 9, 40, len(signature.value) - 1}:
            false = replace(signature, value=flipped(signature.value, min(at, len(signature.value) - 1)))
            lines = [*LINES[:number], false.line, *LINES[number + 1 :]]

            assert judged(node, Case(proof=with_lines(PROOF, *lines))) == "failed"

    @pytest.mark.parametrize("number", range(4))
    @pytest.mark.parametrize("length", [1, 8, 63, 64, 65, 71, 72, 73, 2427, 2429, 5000])
    def test_meets_a_signature_of_another_length(self, node, number, length):
        signature = note_of(PROOF).signatures[number]
        if length != len(signature.value):
            false = replace(signature, value=(signature.value + bytes(5000))[:length])
            assert judged(node, Case(proof=with_lines(PROOF, *LINES, false.line))) == "failed"

    @pytest.mark.parametrize("number", [0, 1])
    @pytest.mark.parametrize("seconds", [0, 2**63, 2**64 - 1])
    def test_meets_a_true_cosignature_without_a_lawful_time(self, node, number, seconds):
        line = cosigned_with(WITNESSES[number], seconds, BIDS.checkpoint(11))

        assert judged(node, Case(proof=with_lines(PROOF, *LINES, line))) == "failed"

    @pytest.mark.parametrize("number", [0, 1])
    @pytest.mark.parametrize("seconds", [1, 2**63 - 1])
    def test_bears_any_lawful_time(self, node, number, seconds):
        line = cosigned_with(WITNESSES[number], seconds, BIDS.checkpoint(11))

        assert judged(node, Case(proof=with_lines(PROOF, *LINES, line))) == "ok"

    def test_meets_a_known_key_that_fails_beside_one_that_holds(self, node):
        false = replace(note_of(PROOF).signatures[0], value=bytes(64))

        assert judged(node, Case(proof=with_lines(PROOF, *LINES, false.line))) == "failed"
        assert judged(node, Case(proof=with_lines(PROOF, false.line, *LINES))) == "failed"

    def test_meets_another_log_of_the_policy_that_fails(self, node):
        false = notes.sign("other\n", [OTHER_LOG], at=SIGNED_AT).signatures[0]
        policy = f"log {OTHER_LOG.key}\n".encode() + TWO_OF_THREE

        assert node.verify(Case(proof=with_lines(PROOF, *LINES, false.line), policy=policy))["verdict"] == "failed"
        assert judged(node, replace(GOOD, policy=policy)) == "ok"


class TestTolerance:
    @pytest.mark.parametrize(
        "lines",
        [
            [*LINES, "— unknown.example AAAAAAA="],
            [*LINES, f"— {ORIGIN} AAAAAAA="],  # a known name under an unknown id
            ["— 未知 AAAAAAA=", *LINES],
            [*LINES, *["— a.example AAAAAAA="] * 96],
            LINES[::-1],
            [LINES[0], *LINES[2:]],
            LINES[1:],
        ],
    )
    def test_ignores_strangers_and_lets_one_log_key_suffice(self, node, lines):
        assert judged(node, Case(proof=with_lines(PROOF, *lines))) == "ok"

    def test_takes_a_policy_with_comments_tabs_and_octets(self, node):
        policy = b" \t# \xff\xfe\n\n" + TWO_OF_THREE.replace(b"witness w1 ", b"\twitness\tw1  ")
        policy = policy.replace(b"witness w3", b"witness \xff\x80").replace(b" w3\n", b" \xff\x80 \n")

        assert judged(node, replace(GOOD, policy=policy)) == "ok"

    def test_counts_groups_of_groups(self, node):
        policy = f"{LOG_LINES}{WITNESS_LINES}group a any w1 w3\ngroup b all w2\ngroup c all a b\nquorum c\n".encode()

        assert judged(node, replace(GOOD, policy=policy)) == "ok"
        assert judged(node, replace(GOOD, policy=policy.replace(b"any w1", b"all w1"))) == "failed"

    def test_never_counts_a_key_it_cannot_check(self, node):
        material = b"\xffmengkeju/sm2-with-sm3/v1\n" + bytes(range(64))
        sm2 = signers.VerifierKey(ORIGIN, material[0], material[1:])
        line = f"— {ORIGIN} {encode_base64(sm2.id + bytes(70))}"
        policy = f"log {sm2}\n".encode()
        both = Case(proof=with_lines(PROOF, *LINES, line), policy=policy + TWO_OF_THREE)
        alone = Case(proof=with_lines(PROOF, line, *LINES[2:]), policy=policy + b"quorum none\n")

        assert node.verify(both)["verdict"] == "ok"
        assert node.verify(both)["logs"][0]["state"] == "unchecked"
        assert node.verify(alone)["verdict"] == "failed"
        assert "SM2" in node.verify(alone)["reason"]["en"]

    def test_says_when_a_witness_signed_however_far_away(self, node):
        far = datetime(9999, 12, 31, tzinfo=UTC)
        proof = replace(PROOF, checkpoint=bytes(notes.sign(TEXT, EVERYONE, at=far)))

        assert node.verify(Case(proof=bytes(proof)))["witnesses"][0]["at"] == str(int(far.timestamp()))


PIECES = st.sampled_from([GOOD.proof, TWO_OF_THREE, UNWITNESSED])


class TestAgreement:
    @settings(max_examples=300)
    @given(st.data())
    def test_holds_for_files_that_were_broken_at_random(self, node, data):
        def broken(content):
            for _ in range(data.draw(st.integers(0, 2))):
                start = data.draw(st.integers(0, len(content)))
                stop = data.draw(st.integers(start, min(len(content), start + 40)))
                content = (
                    content[:start]
                    + data.draw(st.binary(max_size=4) | st.sampled_from([b"\n", b"\n\n", b" ", b"w1"]))
                    + content[stop:]
                )
            return content

        judged(
            node, Case(proof=broken(GOOD.proof), policy=broken(data.draw(st.sampled_from([TWO_OF_THREE, UNWITNESSED]))))
        )

    @settings(max_examples=200)
    @given(st.data())
    def test_holds_for_lines_that_were_moved(self, node, data):
        def moved(content):
            lines = content.splitlines(keepends=True)
            at, to = data.draw(st.integers(0, len(lines) - 1)), data.draw(st.integers(0, len(lines) - 1))
            one = lines[at] if data.draw(st.booleans()) else lines.pop(at)
            return b"".join([*lines[:to], one, *lines[to:]])

        judged(node, Case(proof=moved(GOOD.proof), policy=moved(TWO_OF_THREE)))


URL = (PAGE / "verify.html").as_uri()
HOSTILE = '<img src=x onerror="document.title=1"></pre><script>document.title=2</script>{{x}}&lt;'


class TestPage:
    @pytest.fixture(autouse=True)
    def _is_quiet(self, browser):
        browser.requests.clear()
        browser.complaints.clear()
        yield
        assert browser.complaints == []
        assert [one for one in browser.requests if not one.startswith(("file:", "data:", "about:"))] == []

    def verdict(self, browser: Browser, case: Case | None) -> str:
        browser.open(f"{URL}#{case.fragment()}" if case else URL)
        return browser.value("document.getElementById('verdict').dataset.verdict")

    def test_waits_when_it_is_opened(self, browser):
        assert self.verdict(browser, None) == "waiting"

    def test_verifies_what_its_address_carries(self, browser):
        assert self.verdict(browser, GOOD) == "ok"
        assert (
            browser.value("[...document.querySelectorAll('[data-step]')].map(one => one.dataset.state).join()")
            == "ok,ok,ok,ok,ok"
        )
        assert browser.value("document.querySelectorAll('svg.picture .sibling').length") == len(PROOF.path)
        assert browser.value("document.getElementById('linked') !== null"), "a policy out of a link is not one's own"
        assert browser.value("document.getElementById('unwitnessed') === null")

    def test_refuses_a_tampered_copy(self, browser):
        assert self.verdict(browser, GOOD.replace(b"index 4", b"index 5")) == "failed"

    def test_says_unwitnessed_where_a_person_sees_it(self, browser):
        assert self.verdict(browser, replace(GOOD, policy=UNWITNESSED)) == "ok"
        assert "未经见证 UNWITNESSED" in browser.value("document.getElementById('verdict').innerText")

    def test_shows_hostile_text_as_text(self, browser):
        entry = '{"kind":"' + HOSTILE.replace('"', '\\"') + '","subject":"' + HOSTILE.replace('"', '\\"') + '"}'
        name = "<img/src=x/onerror=document.title=3>"
        witness = signers.from_secret(name, COSIGNATURE, bytes([7]) * 32)
        proof = Tree([entry.encode()]).proof(0, 1, [*LOG, witness])
        policy = f"{LOG_LINES}witness <b>{name}</b> {witness.key}\nquorum <b>{name}</b>\n".encode()

        assert self.verdict(browser, Case(proof=bytes(proof), policy=policy)) == "ok"
        assert HOSTILE in browser.value("document.querySelector('[data-step=entry] dd').textContent")
        assert (
            browser.value("document.querySelectorAll('#steps img, #steps script, #steps b b, #verdict img').length")
            == 0
        )
        assert browser.value("document.title").startswith("存证核验")

    @pytest.mark.parametrize(
        "fragment", ["proof=%%%", "proof=A", "policy=&proof=", "constructor=AAAA", "=&&==", "entry=AAAA", "x" * 9000]
    )
    def test_bears_any_address(self, browser, fragment):
        browser.open(f"{URL}#{fragment}")

        assert browser.value("document.getElementById('verdict').dataset.verdict") in {"waiting", "failed"}

    def test_takes_files_and_pasted_text(self, browser, tmp_path):
        (tmp_path / "entry.tlog-proof").write_bytes(GOOD.proof)
        browser.open(URL)
        browser.choose("[data-input=proof] input", tmp_path / "entry.tlog-proof")
        box = "document.querySelector('[data-input=policy] textarea')"
        browser.value(f"{box}.value = {TWO_OF_THREE.decode().rstrip()!r}")
        browser.value(f"{box}.dispatchEvent(new Event('input'))")

        browser.wait(lambda: browser.value("document.getElementById('verdict').dataset.verdict") == "ok")
        assert browser.value("document.getElementById('linked') === null")
        assert "entry.tlog-proof" in browser.value("document.querySelector('[data-input=proof] .held').textContent")

    def test_refuses_a_file_that_is_too_large(self, browser, tmp_path):
        (tmp_path / "large").write_bytes(GOOD.proof + b"\n" * 3_000_000)
        browser.open(URL)
        browser.choose("[data-input=proof] input", tmp_path / "large")

        browser.wait(lambda: browser.value("document.getElementById('verdict').dataset.verdict") == "failed")
        assert "2 MB" in browser.value("document.getElementById('verdict').textContent")

    def test_shows_its_verdict_to_a_plain_dump(self):
        with tempfile.TemporaryDirectory() as home:
            command = [
                program("chromium", "chromium-browser", "google-chrome"),
                *BROWSER_FLAGS,
                f"--user-data-dir={home}",
            ]
            done = subprocess.run([*command, "--dump-dom", f"{URL}#{GOOD.fragment()}"], capture_output=True, check=True)

        assert b'id="verdict" data-verdict="ok"' in done.stdout
