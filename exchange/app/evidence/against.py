"""A pack held against a copy of the log: whether what it shows is still what the log says.

The copy may be of another day and from another hand. Entries are compared before anything else, so that a rewritten one
is named even where the copy is signed and consistent in itself; that is what a cheating operator would hand out.

Where the copy records which file was this edition of the lot's pack, this must be that file: one with fewer values
opened, or packed anew by whom it may, can be sound in itself and still not be the one. An edition that the copy ought
to record, because it records one that was made later, must be there at all.

What the pack leaves out is named too: an entry of its subjects, or a whole subject of the deal, such as a claim.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exchange.contracts import checks
from exchange.contracts.checks import About
from exchange.contracts.model import CONTRACT_OPENED, DEAL_VERSION, PACK_BUILT, Facts
from ledger.audit import structure
from ledger.audit.folder import Folder
from ledger.audit.report import Wrong
from ledger.kernel.canonical import Json
from ledger.kernel.errors import Refusal
from ledger.log import checkpoints, notes, tiles
from ledger.log.checkpoints import Checkpoint
from ledger.log.signers import VerifierKey
from settlement.escrow.model import SETTLEMENT_OPENED
from settlement.subsidies.model import CLAIM_ASSESSED, CLAIM_REFUSED

_BEGINNING: Final = {
    CONTRACT_OPENED.name: ("lot", "lot"),
    SETTLEMENT_OPENED.name: ("deal", "lot"),
    CLAIM_ASSESSED.name: ("deal", "contract"),
    CLAIM_REFUSED.name: ("deal", "contract"),
}
"""Which kinds begin a subject of a deal: the field that names what it belongs to, and what that is."""

MAX_FIELDS: Final = 8  # differing fields that are spelled out
SHOWN: Final = 120  # characters of a value


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """An entry that is not the same in both: where, and in which fields, by path and how each side writes them."""

    index: int
    kind: str
    subject: str
    fields: tuple[tuple[str, str, str], ...]

    @property
    def is_rechained(self) -> bool:
        """Whether it differs only because an entry before it does."""
        return [path for path, _, _ in self.fields] == ["prev"]

    def __str__(self) -> str:
        said = ", ".join(
            f"{path} {ours} in the pack, {theirs} in the copy" for path, ours, theirs in self.fields[:MAX_FIELDS]
        )
        return f"entry {self.index} {self.kind} of {self.subject} differs: {said or 'in its bytes'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    index: int
    edition: int  # the first, where the entry is from before there were editions
    sha256: str
    log_size: int


def compare(facts: Facts, sha256: str, directory: Path, keys: list[VerifierKey]) -> Iterator[str]:
    """Yield what a copy of the log says otherwise: first rewritten entries, then whether it is the same log at all.

    `sha256` is of the pack's file.
    """
    ours = checkpoints.parse(notes.parse(facts.checkpoint).text)
    folder = Folder(directory)
    note = notes.parse(folder.checkpoint())
    theirs = checkpoints.parse(note.text)
    if theirs.origin != ours.origin:
        yield f"the copy is of another log, {theirs.origin}"
        return
    yield from _rewritten(facts, sha256, folder, theirs.size)
    try:
        notes.verify(note, keys)
    except Refusal as refusal:
        yield f"the copy's checkpoint: {refusal.detail}"
    yield from _history(folder, ours, theirs)


def _history(folder: Folder, ours: Checkpoint, theirs: Checkpoint) -> Iterator[str]:
    """Yield why the copy is not a later state of the log that the pack's checkpoint signs."""
    if theirs.size < ours.size:
        yield f"the copy has {theirs.size} entries where the pack's checkpoint signs {ours.size}: it is older, or cut"
        return
    try:
        structure.prove(folder, theirs, lambda _done, _of: None)
        structure.require_continuation(folder, theirs, ours)
    except Wrong as wrong:
        yield f"{wrong} (the old checkpoint is the pack's)"


def _rewritten(facts: Facts, sha256: str, folder: Folder, size: int) -> Iterator[str]:
    """Yield the pack's entries that the copy has otherwise, those it leaves out, and that another file is its pack."""
    mine = {one.index: one.entry for one in facts.exhibits}
    about = checks.about(facts)
    written = [json.dumps(one).encode() for one in about.subjects]  # cheaper to look for than to parse
    until = min(size, checkpoints.parse(notes.parse(facts.checkpoint).text).size)
    differing: list[Differing] = []
    recorded: list[_Recorded] = []
    for index, theirs in _entries(folder, size):
        entry = mine.get(index)
        if entry is not None and entry != theirs:
            differing.append(_difference(index, entry, theirs))
        elif entry is None and index < until and any(one in theirs for one in written):
            yield from _left_out(facts, about, index, _fields(theirs))
        if (one := _recorded(index, theirs, facts.lot)) is not None:
            recorded.append(one)
    yield from _another(facts, sha256, recorded)
    yield from _told(differing)


def _left_out(facts: Facts, about: About, index: int, theirs: Mapping[str, Json]) -> Iterator[str]:
    """Yield that an entry is about a subject of the pack, or begins another subject of its deal."""
    subject, kind, data = theirs.get("subject"), theirs.get("kind"), theirs.get("data")
    if subject in about.subjects:
        yield f"entry {index} of {subject} stands in the copy and is left out of the pack"
    elif facts.version == DEAL_VERSION and isinstance(data, Mapping) and kind in _BEGINNING:
        field, whose = _BEGINNING[str(kind)]
        if data.get(field) is not None and data.get(field) == (about.lot if whose == "lot" else about.contract):
            yield f"entry {index} of {subject}, a {kind} of this deal, stands in the copy and is left out of the pack"


def _another(facts: Facts, sha256: str, recorded: list[_Recorded]) -> Iterator[str]:
    """Yield that the copy records another file as this edition, or none where it must have recorded one."""
    mine = [one for one in recorded if one.edition == facts.edition]
    which = f"the pack of {facts.lot}" if facts.version != DEAL_VERSION else f"edition {facts.edition} of {facts.lot}"
    for one in mine:
        if one.sha256 != sha256:
            yield f"entry {one.index} records {which} as {one.sha256}, and this file is {sha256}"
    size = checkpoints.parse(notes.parse(facts.checkpoint).text).size
    if facts.version != DEAL_VERSION or mine:
        return
    for one in recorded:
        if one.edition > facts.edition or (1 < one.edition < facts.edition and one.log_size > size):
            yield f"entry {one.index} records edition {one.edition}, and no entry records {which}"


def _recorded(index: int, entry: bytes, lot: str) -> _Recorded | None:
    """Return which file an entry says is an edition of the pack of `lot`, or None for an entry of something else."""
    if PACK_BUILT.name.encode() not in entry:  # cheaper to look for than to parse
        return None
    found = _fields(entry)
    data = found.get("data")
    if found.get("kind") != PACK_BUILT.name or not isinstance(data, Mapping) or data.get("lot") != lot:
        return None
    edition, log_size = (
        value if isinstance(value, int) else 0 for value in (data.get("edition", 1), data.get("log_size"))
    )
    return _Recorded(index=index, edition=edition, sha256=str(data.get("sha256")), log_size=log_size)


def _told(differing: list[Differing]) -> Iterator[str]:
    rewritten = [one for one in differing if not one.is_rechained]
    yield from map(str, rewritten or differing[:1])
    if rechained := len(differing) - len(rewritten or differing[:1]):
        yield f"{rechained} later entries differ in prev alone: they were chained anew to what was rewritten"


def _entries(folder: Folder, size: int) -> Iterator[tuple[int, bytes]]:
    for bundle in tiles.bundles_of(size):
        yield from enumerate(folder.bundle(bundle), start=bundle.index * tiles.WIDTH)


def _difference(index: int, ours: bytes, theirs: bytes) -> Differing:
    mine, other = _fields(ours), _fields(theirs)
    left, right = dict(_flat("", mine)), dict(_flat("", other))
    return Differing(
        index=index,
        kind=str(mine.get("kind")),
        subject=str(mine.get("subject")),
        fields=tuple(
            (path, left.get(path, "nothing"), right.get(path, "nothing"))
            for path in sorted(left.keys() | right.keys(), key=lambda one: (one == "prev", one))
            if left.get(path) != right.get(path)
        ),
    )


def _fields(entry: bytes) -> Mapping[str, Json]:
    try:
        found = json.loads(entry)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _flat(path: str, value: Json) -> Iterator[tuple[str, str]]:
    """Yield every leaf with its path, such as `data.amount_fen`."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}" if path else name, inner)
    else:
        written = json.dumps(value, ensure_ascii=False)
        yield path, written if len(written) <= SHOWN else f"{written[:SHOWN]}…"
