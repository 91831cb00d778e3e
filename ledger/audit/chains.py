"""That the entries hang together: readable, unique, each subject numbered from 0 and chained by hash.

Runs over entries whose bytes `structure` has proven, in order, one bundle in memory at a time. Kept until the end: each
subject's head, every entry id, and, only if there are business checks, which subject each entry is of. The checks then
read the log again, for as many subjects at a time as fit in memory. What no subject shows alone is asked at the end, of
whoever has seen all of them.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from ledger.kernel.canonical import Json
from ledger.log import merkle, tiles
from ledger.log.export import CHECKPOINT, Progress

from .declared import DeclaredKeys
from .disclosures import Openings
from .entries import AuditedEntry, Envelope, NotAnEntry, audited, read
from .folder import Folder
from .report import Finding, Wrong

Check: TypeAlias = Callable[[Sequence[AuditedEntry]], Iterable[str]]
"""A business check: sees every entry of one subject in order, says what is wrong with them."""

Closing: TypeAlias = Callable[[], Iterable[Finding]]
"""What is asked when the checks have seen every subject: what is wrong with all of them together."""

Numbers: TypeAlias = "array[int]"
"""The subject of each entry, numbered in the order in which subjects appear."""

HELD = 50_000  # entries parsed and held at once for the business checks, unless one subject has more


class Chains:
    """The subjects of a log of `size`, followed from entry 0."""

    def __init__(self, folder: Folder, size: int, *, keys: DeclaredKeys, openings: Openings) -> None:
        self._folder = folder
        self._size = size
        self._keys = keys
        self._openings = openings
        self._heads: dict[str, tuple[int, str]] = {}
        self._ids: set[str] = set()

    @property
    def subjects(self) -> int:
        """How many subjects there are."""
        return len(self._heads)

    def follow(self, checks: Sequence[Check], closing: Sequence[Closing], progress: Progress) -> None:
        """Read every entry, or raise `Wrong` at the first that does not fit.

        Then run `checks` on each subject, and `closing` when they have seen all.
        """
        owners: Numbers = array("L")
        numbers: dict[str, int] = {}
        opened: dict[int, Mapping[str, Json]] = {}
        for index, where, content in self._entries(progress):
            try:
                envelope = self._take(index, content)
            except NotAnEntry as error:
                raise Wrong(where, str(error), entry=index) from error
            values = self._openings.open(envelope)
            if checks:
                owners.append(numbers.setdefault(envelope["subject"], len(numbers)))
                if values:
                    opened[index] = values
        self._openings.require_all_used()
        if checks:
            self._check(checks, owners, opened)
        for finding in (finding for ask in closing for finding in ask()):
            raise Wrong(self._home(finding.entry), finding.what, entry=finding.entry)

    def _take(self, index: int, content: bytes) -> Envelope:
        envelope = read(content)
        seq, leaf = self._heads.get(envelope["subject"], (-1, None))
        if envelope["seq"] != seq + 1:
            raise NotAnEntry(f"seq is {envelope['seq']} where {envelope['subject']} has reached {seq + 1}")
        if envelope["prev"] != leaf:
            raise NotAnEntry(f"prev is not the hash of the entry before it of {envelope['subject']}")
        if envelope["id"] in self._ids:
            raise NotAnEntry(f"id {envelope['id']} is taken by an earlier entry")
        self._keys.take(index, envelope)
        self._ids.add(envelope["id"])
        self._heads[envelope["subject"]] = (seq + 1, merkle.leaf_hash(content).hex())
        return envelope

    def _entries(self, progress: Progress) -> Iterator[tuple[int, str, bytes]]:
        for bundle in tiles.bundles_of(self._size):
            first, where = bundle.index * tiles.WIDTH, bundle.path
            for offset, content in enumerate(self._folder.bundle(bundle)):
                yield first + offset, where, content
            progress(first + bundle.width, self._size)

    def _check(self, checks: Sequence[Check], owners: Numbers, opened: Mapping[int, Mapping[str, Json]]) -> None:
        for numbers in _batches(owners):
            found: dict[int, list[AuditedEntry]] = {number: [] for number in numbers}
            for index, content in self._of(numbers, owners):
                found[owners[index]].append(audited(index, read(content), opened.get(index, {})))
            for entries in found.values():
                self._complain(checks, entries)

    def _of(self, numbers: range, owners: Numbers) -> Iterator[tuple[int, bytes]]:
        """Yield the entries of some subjects; bundles without one stay unread."""
        for bundle in tiles.bundles_of(self._size):
            first = bundle.index * tiles.WIDTH
            wanted = [at for at in range(bundle.width) if owners[first + at] in numbers]
            contents = self._folder.bundle(bundle) if wanted else []
            yield from ((first + at, contents[at]) for at in wanted)

    def _complain(self, checks: Sequence[Check], entries: Sequence[AuditedEntry]) -> None:
        last = entries[-1]
        for complaint in (complaint for check in checks for complaint in check(entries)):
            raise Wrong(self._home(last.index), f"{last.subject}: {complaint}", entry=last.index)

    def _home(self, index: int | None) -> str:
        """Return the file that holds an entry; of the whole log, the file that signs it."""
        if index is None:
            return CHECKPOINT
        number = index // tiles.WIDTH
        return tiles.Bundle(number, tiles.width_at(self._size, 0, number)).path


def _batches(owners: Numbers) -> Iterator[range]:
    """Cut the subjects, by order of appearance, into runs whose entries fit in memory together."""
    counts = Counter(owners)
    start, held = 0, 0
    for number in range(len(counts)):
        if number > start and held + counts[number] > HELD:
            yield range(start, number)
            start, held = number, 0
        held += counts[number]
    yield range(start, len(counts))
