"""What others show of this log that our own keys have signed: a proof, whoever shows it, if the log contradicts it.

The journal lies beside the keys, and whoever restores the whole folder from a backup restores it too: then the key has
signed more than anything here remembers. Others do remember. A witness's word is no proof, its number is none, its own
signature is none: only a checkpoint with our signature is, over more entries than there are here, or over others.

What contradicts the log is kept, so that nothing is signed after it was found, whoever found it and however often we
are started again. It is judged anew each time: with the right copy of the database back, it contradicts nothing.
"""

from collections.abc import Collection
from datetime import datetime

from ledger.kernel.errors import Refusal
from ledger.kernel.unit import Unit

from . import checkpoints, notes, store, tiles
from .checkpoints import Checkpoint
from .journal import Forked, RolledBack
from .model import Testimony
from .notes import Note
from .signers import VerifierKey


def own(note: Note, *, origin: str, keys: Collection[VerifierKey]) -> Checkpoint | None:
    """Return the checkpoint of the log `origin` that one of its own `keys` signed; None for whatever proves nothing."""
    try:
        said = checkpoints.parse(note.text)
        notes.verify(note, [one for one in keys if one.is_computable])
    except Refusal:
        return None
    return said if said.origin == origin else None


def hear(unit: Unit, url: str, note: Note, *, origin: str, keys: Collection[VerifierKey], at: datetime) -> bool:
    """Keep what a witness shows, if it contradicts the log as it is placed now; return whether it does."""
    said = own(note, origin=origin, keys=keys)
    if said is None or contradiction(unit, url, said) is None:
        return False
    store.save_testimony(unit, Testimony(url=url, note=bytes(note), at=at))
    return True


def review(unit: Unit, *, origin: str, keys: Collection[VerifierKey]) -> None:
    """Refuse `RolledBack`, `Forked` if anything that was kept contradicts the log as it is placed now."""
    for one in store.testimonies(unit):
        said = own(notes.parse(one.note), origin=origin, keys=keys)
        if said is not None and (refusal := contradiction(unit, one.url, said)) is not None:
            raise refusal


def forget(unit: Unit, *, origin: str, keys: Collection[VerifierKey]) -> None:
    """Forget what was kept and contradicts nothing any more."""
    for one in store.testimonies(unit):
        said = own(notes.parse(one.note), origin=origin, keys=keys)
        if said is None or contradiction(unit, one.url, said) is None:
            store.drop_testimony(unit, one.url)


def contradiction(unit: Unit, url: str, said: Checkpoint) -> Refusal | None:
    """Return why a checkpoint that our own keys signed cannot be of the log as it is placed now, or None if it can."""
    tree = store.read_standing(unit).tree
    size = tree.size if tree else 0
    if said.size > size:
        return RolledBack(_rolled_back(url, said.size, size), signed=said.size, size=size)
    try:
        root = tiles.root_at(lambda level, index: store.read_tile(unit, level, index) or b"", said.size)
    except tiles.NotATile:
        root = None
    return None if root == said.root else Forked(_forked(url, said.size), signed=said.size)


def _rolled_back(url: str, signed: int, size: int) -> str:
    return (
        f"{url} shows a checkpoint of {signed} entries that this log's own key has signed, but the database holds"
        f" {size or 'none'}: it was restored from an older backup together with log.signed, or it is another database."
        " Nothing was signed.\n"
        "1. Keep a copy of the database and of log.signed as they are, and of what the witness shows.\n"
        f"2. Restore the newest backup, or replay the archived WAL, until the log has {signed} entries or more: the\n"
        "   mirror of a witness has those that were published. Start again; all of it is then compared anew.\n"
        f"3. If entries are lost for good, this log ends at {signed}: keep its last checkpoint and exports, start\n"
        "   a new log with another MENGKEJU_ORIGIN and a new key, and tell the witnesses and every reader why.\n"
        "4. If nobody restored anything, somebody else signs with this key: end the log in the same way, at once."
    )


def _forked(url: str, signed: int) -> str:
    return (
        f"{url} shows a checkpoint of {signed} entries that this log's own key has signed, and the database has another"
        " root at that size: it was restored from an older backup and went on, or its history was changed."
        " Nothing more was signed.\n"
        "1. Stop the exchange, and keep a copy of the database, of log.signed and of what the witness shows: two\n"
        "   checkpoints of one key that contradict each other will have to be explained.\n"
        "2. Find the newest backup that agrees with the witness, and audit its export (`mengkeju ledger audit`).\n"
        "3. If nothing was published of what was signed since, restore it and start again; what was recorded only\n"
        "   here since has to be recorded again.\n"
        "4. Else this log ends: keep all its checkpoints and exports, start a new log with another MENGKEJU_ORIGIN\n"
        "   and a new key, and tell the witnesses and every reader why."
    )
