"""RFC 8785 canonical JSON: the only encoding that is ever hashed or signed."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

import rfc8785

from .errors import invariant

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
"""JSON without floats: a number that matters is an integer or a digit string."""


def encode(value: Json) -> bytes:
    """Return the canonical bytes. Floats and integers above 2^53-1 are our own mistake, never input's."""
    _require_no_float(value)
    return rfc8785.dumps(cast("dict[str, str]", value))


def fingerprint(value: Json) -> str:
    """Return the SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(encode(value)).hexdigest()


def _require_no_float(value: Json) -> None:
    invariant(not isinstance(value, float), "a float may never be hashed")
    if isinstance(value, Mapping):
        for item in value.values():
            _require_no_float(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            _require_no_float(item)
