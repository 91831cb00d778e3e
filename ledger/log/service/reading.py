"""What readers see, and nothing beyond: the published checkpoint, its tiles and entries, and how much still waits."""

from collections.abc import Iterator

from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.ids import EntryId
from ledger.kernel.unit import Unit

from .. import store, tiles
from ..model import Head
from ..store import Placed
from ..tiles import Bundle, ReadTile, Tile


class NothingPlaced(Refusal):
    """The log has no checkpoint yet."""

    kind = Kind.NOT_FOUND
    zh = "日志尚无检查点"


class NotInLog(Refusal):
    """The log's size does not imply this tile."""

    kind = Kind.NOT_FOUND
    zh = "日志当前大小不含该分片"


class NotRecorded(Refusal):
    """There is no such entry."""

    kind = Kind.NOT_FOUND
    zh = "没有该条目"


class NotYetPublished(Refusal):
    """The entry is recorded, and no published checkpoint shows it yet."""

    kind = Kind.UNAVAILABLE
    zh = "条目已记录，尚未出现在已发布的检查点中"


def checkpoint(unit: Unit) -> bytes:
    """Return the newest published checkpoint. Refuses `NothingPlaced`."""
    head = store.read_published(unit)
    if head is None:
        raise NothingPlaced("nothing has been published yet; ask again shortly")
    return head.note


def resource(unit: Unit, path: str) -> bytes:
    """Return the tile or entry bundle at a tlog-tiles path. Refuses `NotATile`, `NotInLog`.

    A partial that was published stays readable when the tile has grown: it is a prefix of what is there.
    """
    found = tiles.parse_path(path)
    shown = size(unit)
    level = found.level if isinstance(found, Tile) else 0
    if tiles.width_at(shown, level, found.index) < found.width:
        raise NotInLog("ask for what a verified checkpoint implies", size=shown)
    if isinstance(found, Bundle):
        first = found.index * tiles.WIDTH
        return tiles.encode_bundle(store.read_entries(unit, first, first + found.width))
    return _tile(unit, found.level, found.index)[: found.width * 32]


def entries(unit: Unit, start: int, stop: int) -> list[bytes]:
    """Return the contents of the published entries `start <= index < stop`, in order."""
    return store.read_published_entries(unit, start, stop)


def every_entry(unit: Unit) -> Iterator[bytes]:
    """Read the contents of all entries that are recorded, published or not, those placed first: for our own checks.

    To be called in one snapshot (`Units.read`), or an entry that is just being placed may be missed.
    """
    return store.every_entry(unit)


def waiting(unit: Unit, subject: str | None = None) -> int:
    """Return how many entries, of one subject or of all, are recorded but not yet published."""
    return store.waiting(unit, subject)


def size(unit: Unit) -> int:
    """Return how many entries the newest published checkpoint signs."""
    head = store.read_published(unit)
    return head.size if head else 0


def about(unit: Unit, subject: str, **public: str) -> list[EntryId]:
    """Return the entries of `subject`, published or not, in which one public field has this text: `bid="bid_…"`."""
    ((field, value),) = public.items()
    return store.find_about(unit, subject, field, value)


def published_entry(unit: Unit, entry_id: str) -> bytes:
    """Return the bytes of a published entry. Refuses `NotRecorded`, `NotYetPublished`."""
    return seen(unit, entry_id)[0].entry.content


def seen(unit: Unit, entry_id: str) -> tuple[Placed, Head]:
    """Return an entry that readers see, and under which checkpoint. Refuses `NotRecorded`, `NotYetPublished`."""
    placed, head = store.find(unit, entry_id), store.read_published(unit)
    if placed is None and not store.is_sent(unit, entry_id):
        raise NotRecorded("no entry has this name")
    if placed is None or head is None or placed.index >= head.size:
        raise NotYetPublished(
            "the entry is recorded; it is shown once a checkpoint that holds it is published",
            size=head.size if head else 0,
        )
    return placed, head


def reader(unit: Unit) -> ReadTile:
    """Return what reads tiles; whoever proves by them keeps what it has read."""
    return lambda level, index: _tile(unit, level, index)


def _tile(unit: Unit, level: int, index: int) -> bytes:
    hashes = store.read_tile(unit, level, index)
    invariant(hashes is not None, "a checkpoint implies its tiles")
    assert hashes is not None
    return hashes
