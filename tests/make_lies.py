"""Tell lies in a record: other values of the same form; entries left out, told twice, or in another order."""

import random
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from ledger.kernel import instant
from tests import make_escrow as make

Entries = list[dict[str, Any]]
Path = tuple[str | int, ...]


def leaves(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield the path to every scalar."""
    pairs: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, dict):
        pairs = iter(value.items())
    elif isinstance(value, list | tuple):
        pairs = iter(enumerate(value))
    for key, inner in pairs:
        yield from leaves(inner, (*path, key))
    if not isinstance(value, dict | list | tuple):
        yield path


def changed(value: Any, rng: random.Random) -> Any:
    """Return another value of the same form: the most a forger can do without being unreadable."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + rng.choice([-1, 1, 7, 1_000])
    return make.PERSON if value is None else _reworded(value, rng)


def _reworded(value: str, rng: random.Random) -> str:
    if value.isdigit():
        other = str(max(int(value) + rng.choice([-1, 1, 100, 10**7]), 0))
        return other.zfill(len(value)) if other.zfill(len(value)) != value else value + "1"
    if value.endswith("Z") and "T" in value:
        return instant.render(instant.parse(value) + rng.choice([-1, 1]) * timedelta(days=rng.choice([1, 3, 30])))
    if len(value) == 10 and value[4] == value[7] == "-":
        return (date.fromisoformat(value) + rng.choice([-1, 1]) * timedelta(days=rng.choice([1, 31]))).isoformat()
    if len(value) == 30 and value[3] == "_":
        return f"{value[:-2]}{'zy' if value[-2:] != 'zy' else 'zx'}"
    if len(value) == 64 and set(value) <= set("0123456789abcdef"):
        return value[:-1] + ("0" if value[-1] != "0" else "1")
    return value + "x"


def told(entries: Entries) -> Iterator[tuple[int, str, Path]]:
    """Yield every leaf of what every entry publishes, and of what was opened of it: the entry, its kind, the path."""
    for nth, entry in enumerate(entries):
        for member in ("data", "opened"):
            for path in leaves(entry.get(member, {})):
                yield nth, entry["kind"], (member, *path)


def lie(entries: Entries, nth: int, path: Path, rng: random.Random) -> tuple[Entries, Any, Any]:
    """Return the record with another value at a path, and what was said there, and what is said now."""
    forged = deepcopy(entries[nth])
    inner: Any = forged
    for step in path[:-1]:
        inner = inner[step]
    before = inner[path[-1]]
    inner[path[-1]] = changed(before, rng)
    return [*entries[:nth], forged, *entries[nth + 1 :]], before, inner[path[-1]]


def disorders(entries: Sequence[dict[str, Any]]) -> Iterator[tuple[str, Entries]]:
    """Yield the record with one entry left out that is not the last, or told twice, or exchanged with the next."""
    for nth, entry in enumerate(entries):
        kind = short(entry["kind"])
        if nth < len(entries) - 1:
            later = entries[nth + 1]
            yield f"without {kind}", [*entries[:nth], *entries[nth + 1 :]]
            yield f"{short(later['kind'])} before {kind}", [*entries[:nth], later, entry, *entries[nth + 2 :]]
        yield f"twice {kind}", [*entries[: nth + 1], *entries[nth:]]


def short(kind: str) -> str:
    """Name a kind of entry without its wing."""
    return kind.partition(".")[2]
