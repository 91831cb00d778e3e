"""Entries that an operator signed although they are not lawful."""

import json
import sys

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from ledger.audit import entries
from ledger.kernel import canonical
from tests.make_log import NOON, Log

from .findings import finding, small

BUNDLE = "tile/entries/000.p/20"


def recorded(**changes):
    """A log of 20 whose entry 9 has fields changed as an operator could: re-chained, re-signed."""
    log = small()
    fields = json.loads(log.contents[9]) | changes
    log.contents[9] = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return log


def raw(content: bytes) -> Log:
    log = small()
    log.contents[9] = content
    return log


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class TestReadCanonical:
    @given(value=VALUES)
    @example(value={"\ue000": 0, "𠮷": 1})
    def test_reads_back_whatever_is_hashed(self, value):
        assert entries.read_canonical(canonical.encode(value)) == value

    @given(value=VALUES)
    @example(value={"\ue000": 0, "𠮷": 1})
    def test_reads_no_other_spelling(self, value):
        spelling = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        if spelling != canonical.encode(value):
            with pytest.raises(entries.NotAnEntry):
                entries.read_canonical(spelling)

    @given(content=st.binary() | st.text().map(str.encode))
    def test_reads_or_refuses_and_nothing_else(self, content):
        try:
            value = entries.read_canonical(content)
        except entries.NotAnEntry:
            return
        assert canonical.encode(value) == content

    def test_reads_moderate_nesting(self):
        content = b"[" * 100 + '"𠮷"'.encode() + b"]" * 100

        assert canonical.encode(entries.read_canonical(content)) == content

    @pytest.mark.parametrize("depth", [sys.getrecursionlimit(), 30_000])
    def test_says_so_when_nesting_is_too_deep(self, depth):
        with pytest.raises(entries.NotAnEntry, match="deeply"):
            entries.read_canonical(b"[" * depth + '"𠮷"'.encode() + b"]" * depth)


class TestEntries:
    """The operator signed it, so the bytes are the log's; the entry is wrong all the same."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"v": 2}, {"v": True}, {"v": "1"}, {"v": None},
            {"id": "ent_1"}, {"id": "lot_00000000000000000000000009"}, {"id": None}, {"id": ["a"]},
            {"id": "ent_00000000000000000000000009\n"}, {"id": "ent_00000000000000000000000001"},
            {"kind": "Bid"}, {"kind": "auction"}, {"kind": ""}, {"kind": 3}, {"kind": "a.b\nc"},
            {"subject": ""}, {"subject": "lot 1"}, {"subject": "拍卖"}, {"subject": None}, {"subject": "a" * 201},
            {"seq": -1}, {"seq": "2"}, {"seq": 3}, {"seq": 1}, {"seq": True}, {"seq": None},
            {"prev": None}, {"prev": "00" * 32}, {"prev": 7}, {"prev": "AA" * 32}, {"prev": ""},
            {"arrived_at": NOON.isoformat()}, {"arrived_at": "2026-02-30T00:00:00.000000Z"}, {"arrived_at": None},
            {"recorded_at": "2026-03-02T04:00:00Z"}, {"recorded_at": "2026-03-02T24:00:00.000000Z"}, {"recorded_at": 1},
            {"rule": ""}, {"rule": "judicial-2016"}, {"rule": 1}, {"rule": []},
            {"data": None}, {"data": []}, {"data": {"amount_fen": 100}}, {"data": {"amount_fen": "1.5"}},
            {"data": {"amount_fen": "01"}}, {"data": {"rate": 1.5}}, {"data": {"count": 2**53}},
            {"data": {"a": float("nan")}}, {"data": {"a": float("inf")}},
            {"sealed": None}, {"sealed": {"a": None}}, {"sealed": {"a": "00"}}, {"sealed": {"a": "A" * 64}},
            {"nonce": ""}, {"nonce": "00" * 15}, {"nonce": None}, {"nonce": "A" * 32},
            {"extra": 1},
        ],
        ids=str,
    )  # fmt: skip
    def test_are_refused_for_any_field_of_another_form(self, tmp_path, changes):
        found = finding(recorded(**changes).write(tmp_path / "out"))

        assert (found.where, found.entry) == (BUNDLE, 9)

    @pytest.mark.parametrize("name", json.loads(Log().contents[0]))
    def test_are_refused_without_any_one_field(self, tmp_path, name):
        fields = json.loads(small().contents[9])
        del fields[name]

        found = finding(raw(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).write(tmp_path / "out"))
        assert (found.where, found.entry) == (BUNDLE, 9)

    GOOD = Log().trade(20, lots=3).contents[9]

    @pytest.mark.parametrize(
        "content",
        [
            b"", b"null", b"[]", b"{}", b"1", b'"a"', b"nul", b"\xff", b"\xef\xbb\xbf{}", b"[" * 60_000,
            b'{"a":' * 10_000, GOOD.replace(b"auction", b"\\u0061uction"),
            GOOD + b" ", b" " + GOOD, GOOD + GOOD, GOOD.replace(b'":', b'": ', 1),
            GOOD.replace(b'"seq":', b'"seq":1,"seq":'), GOOD.replace(b'"seq":2', b'"seq":2.0'), GOOD[:-1],
            GOOD.replace(b'"seq":2', b'"seq":02'), GOOD.replace(b'"seq":2', b'"seq":-0'),
            GOOD.replace(b'"seq":2', b'"seq":' + b"9" * 6000), GOOD.replace(b'"seq":2', b'"seq":Infinity'),
            GOOD.replace(b'{"amount', b'{"a":"\\ud800","amount'), GOOD.replace(b'{"amount', b'{"\\ud800":0,"amount'),
            GOOD.replace(b'"900"', '"900","\ue000":0,"𠮷":0'.encode()),  # sorted by code point, not by UTF-16 unit
            GOOD.replace(b'{"amount', b'{"a":"\x7f\x00","amount'),
        ],
        ids=lambda content: content[:40],
    )  # fmt: skip
    def test_are_refused_in_any_spelling_but_the_canonical_one(self, tmp_path, content):
        found = finding(raw(content).write(tmp_path / "out"))

        assert (found.where, found.entry) == (BUNDLE, 9)
        assert str(found).isprintable()

    def test_are_refused_when_one_is_left_out_of_a_chain(self, tmp_path):
        log = small()
        del log.contents[9]

        found = finding(log.write(tmp_path / "out"))
        assert (found.where, found.entry) == ("tile/entries/000.p/19", 11)  # the next one of that subject

    def test_are_refused_when_two_of_one_subject_change_places(self, tmp_path):
        log = small()
        log.contents[9], log.contents[12] = log.contents[12], log.contents[9]

        assert finding(log.write(tmp_path / "out")).entry == 9

    def test_are_refused_when_an_entry_comes_twice(self, tmp_path):
        log = small()
        log.contents.append(log.contents[9])

        assert finding(log.write(tmp_path / "out")).entry == 20
