"""The only encoding that is ever hashed: its bytes are fixed here for ever."""

import hashlib
import json

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.kernel import canonical

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))


class TestEncode:
    @pytest.mark.parametrize(
        ("value", "content"),
        [
            (None, b"null"),
            ([], b"[]"),
            ({}, b"{}"),
            ((1, True, "x"), b'[1,true,"x"]'),
            ({"b": 1, "a": [2, {"d": None, "c": False}]}, b'{"a":[2,{"c":false,"d":null}],"b":1}'),
            ("蒙科聚", '"蒙科聚"'.encode()),
            ('\x00\x1f\b\t\n\f\r"\\/\x7f', b'"\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\/\x7f"'),
            (2**53 - 1, b"9007199254740991"),
            (-(2**53) + 1, b"-9007199254740991"),
        ],
    )
    def test_writes_these_bytes(self, value, content):
        assert canonical.encode(value) == content

    def test_sorts_keys_by_utf_16_units(self):
        """RFC 8785 section 3.2.3: an emoji, whose first unit is D83D, comes before U+FB33."""
        keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]

        content = canonical.encode(dict.fromkeys(keys, 0))

        assert list(json.loads(content)) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]

    @given(VALUES)
    def test_says_what_json_says(self, value):
        assert json.loads(canonical.encode(value)) == value

    @given(st.dictionaries(TEXT, LEAVES, max_size=6))
    def test_does_not_depend_on_the_order_of_keys(self, value):
        assert canonical.encode(dict(reversed(value.items()))) == canonical.encode(value)

    @pytest.mark.parametrize("value", [0.0, 1.5, [1, 2.0], {"a": {"b": [1.0]}}])
    def test_never_takes_a_float(self, value):
        with pytest.raises(AssertionError, match="float"):
            canonical.encode(value)

    @pytest.mark.parametrize("value", [2**53, -(2**53), [10**30]])
    def test_never_takes_an_integer_that_json_readers_would_round(self, value):
        with pytest.raises(ValueError, match="exceeds safe integer"):
            canonical.encode(value)


def test_fingerprint_is_the_sha_256_of_the_bytes_in_hex():
    assert canonical.fingerprint({"b": 1, "a": 2}) == hashlib.sha256(b'{"a":2,"b":1}').hexdigest()
