"""Which keys a log declares, by its own entries: entry 0 opens the log, a rotation replaces the set from itself on."""

from ledger.kernel.canonical import Json
from ledger.kernel.errors import Refusal
from ledger.log.signers import VerifierKey, parse_vkey

from .entries import Envelope, NotAnEntry

OPENED = "log.opened"
ROTATED = "log.key_rotated"
MAX_KEYS = 16


class DeclaredKeys:
    """The history of the log's keys, gathered entry by entry; `take` raises `NotAnEntry`."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._subject = ""
        self._history: list[tuple[int, tuple[VerifierKey, ...]]] = []

    def take(self, index: int, envelope: Envelope) -> None:
        """Look at the entry at `index`, and remember what it declares."""
        if index == 0:
            self._open(envelope)
        elif envelope["kind"] == OPENED:
            raise NotAnEntry(f"{OPENED} stands only at entry 0")
        elif envelope["kind"] == ROTATED:
            if envelope["subject"] != self._subject:
                raise NotAnEntry(f"{ROTATED} stands outside the log's own chain")
            self._history.append((index, _keys(envelope["data"].get("keys"))))

    def at(self, size: int) -> tuple[VerifierKey, ...]:
        """Return the keys that a checkpoint of `size` is signed by; none at size 0."""
        return next((keys for index, keys in reversed(self._history) if index < size), ())

    def retired_by(self, key: VerifierKey) -> int | None:
        """Return the entry since which `key` signs no more, or None if it never signed, or still does."""
        signs = [(index, key in keys) for index, keys in self._history]
        if not any(held for _, held in signs) or signs[-1][1]:
            return None
        last = max(number for number, (_, held) in enumerate(signs) if held)
        return signs[last + 1][0]

    def _open(self, envelope: Envelope) -> None:
        if envelope["kind"] != OPENED:
            raise NotAnEntry(f"is not {OPENED}, so the log declares no keys")
        if envelope["data"].get("origin") != self._origin:
            raise NotAnEntry("declares another origin than the checkpoint")
        self._subject = envelope["subject"]
        self._history.append((0, _keys(envelope["data"].get("keys"))))


def _keys(declared: Json) -> tuple[VerifierKey, ...]:
    if not isinstance(declared, list) or not 0 < len(declared) <= MAX_KEYS:
        raise NotAnEntry(f"declares not 1 to {MAX_KEYS} keys")
    if len({str(one) for one in declared}) != len(declared):
        raise NotAnEntry("declares a key twice")
    try:
        return tuple(parse_vkey(str(one)) for one in declared)
    except Refusal as refusal:
        raise NotAnEntry(f"declares something that is no key: {refusal.detail}") from refusal
