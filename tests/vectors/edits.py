"""How a negative case changes a golden text: a list of operations, each an object of one member.

replace  [old, new]            the first occurrence
hex      [old, new]            the same in bytes, written in hex
drop     prefix                the first line that begins so
repeat   prefix                the same line once more behind itself
swap     [prefix, prefix]      two lines
flip     [prefix, at, mask]    one byte of the base64 that ends a line; at may be negative
cut      number                so many bytes from the end
append   text                  at the end
put      [vector, vector]      the text of one vector for that of another
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.log.lines import decode_base64, encode_base64


def apply(content: bytes, edits: Sequence[Mapping[str, Any]], vectors: Mapping[str, str]) -> bytes:
    """Return `content` after all edits; an edit that finds nothing to change is a mistake of the case."""
    for edit in edits:
        ((verb, what),) = edit.items()
        changed = _EDITS[verb](content, what, vectors)
        assert changed != content, edit
        content = changed
    return content


def _replace(content, what, _vectors):
    return _once(content, *(one.encode() for one in what))


def _hex(content, what, _vectors):
    return _once(content, *map(bytes.fromhex, what))


def _put(content, what, vectors):
    return _once(content, *(vectors[one].encode() for one in what))


def _drop(content, prefix, _vectors):
    lines, at = _lines(content, prefix)
    return b"".join(lines[:at] + lines[at + 1 :])


def _repeat(content, prefix, _vectors):
    lines, at = _lines(content, prefix)
    return b"".join([*lines[: at + 1], *lines[at:]])


def _swap(content, what, _vectors):
    (lines, one), (_, other) = (_lines(content, prefix) for prefix in what)
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def _flip(content, what, _vectors):
    prefix, at, mask = what
    lines, number = _lines(content, prefix)
    *words, last = lines[number].decode().removesuffix("\n").split(" ")
    changed = bytearray(decode_base64(last))
    changed[at] ^= mask
    lines[number] = " ".join([*words, encode_base64(bytes(changed))]).encode() + b"\n"
    return b"".join(lines)


def _once(content, old, new):
    assert old in content, old
    return content.replace(old, new, 1)


def _lines(content, prefix):
    lines = [one + b"\n" for one in content.split(b"\n")[:-1]]  # not at a carriage return
    return lines, next(at for at, line in enumerate(lines) if line.startswith(prefix.encode()))


_EDITS = {
    "replace": _replace,
    "hex": _hex,
    "drop": _drop,
    "repeat": _repeat,
    "swap": _swap,
    "flip": _flip,
    "put": _put,
    "cut": lambda content, number, _vectors: content[:-number],
    "append": lambda content, text, _vectors: content + text.encode(),
}
