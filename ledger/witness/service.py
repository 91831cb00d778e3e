"""What a witness does, whatever asks it: cosign a checkpoint, take in an upload, show what it has.

Every answer is given after what it says is on the disk. Signatures are made inside the transaction that keeps them, so
a cosignature that exists is one that was kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledger.kernel.errors import invariant
from ledger.log import checkpoints, notes
from ledger.log.checkpoints import Checkpoint
from ledger.log.lines import instant_of, seconds
from ledger.log.merkle import NotProven
from ledger.log.notes import Signature
from ledger.log.signers import Signer
from ledger.log.submissions import Header, Info, Package, Reader
from ledger.log.tiles import WIDTH

from . import rules
from .mirror import Copy, Mirror, Outgrown
from .model import Signed, Standing, origin_hash
from .rules import UnknownLog, WitnessRefusal
from .store import Store
from .trust import Trust

MAX_EXCESS: Final = WIDTH  # entries sent again; more is a client that does not know what the mirror has


class NotSeen(WitnessRefusal):
    """The witness cosigned no checkpoint of this log."""

    zh = "见证人未联署过该日志"
    status = 404


class NothingPending(WitnessRefusal):
    """The log submitted no checkpoint yet that an upload could be proven against."""

    zh = "尚无可供比对的检查点"
    status = 422


class OtherUpload(WitnessRefusal):
    """The mirror is at another place; begin there."""

    zh = "镜像处于另一位置"
    status = 409


class UploadCut(WitnessRefusal):
    """The upload ends before its first package does."""

    zh = "上传内容不完整"
    status = 400


class UploadNotProven(WitnessRefusal):
    """The entries are not those of the log."""

    zh = "条目与日志不符"
    status = 422


@dataclass(frozen=True, slots=True)
class Answer:
    """What an upload came to: cosignatures when it is whole, else where to go on."""

    lines: tuple[Signature, ...] = ()
    info: Info | None = None


class Witness:
    """One witness with its mirror. Any number of threads may ask it at once."""

    def __init__(
        self, *, store: Store, mirror: Mirror, trust: Trust, signers: Sequence[Signer], now: Callable[[], datetime]
    ) -> None:
        self.trust = trust
        self.mirror = mirror
        self.signers = tuple(signers)
        self._store = store
        self._now = now

    def submit(self, content: bytes) -> tuple[Signature, ...]:
        """Cosign the checkpoint of a submission. Refuses as `rules` says, with the status of the answer."""
        signed = rules.admit(rules.read(content), self.trust.keys())
        with self._store.transaction():
            try:
                return self._cosign(signed)
            except WitnessRefusal as refusal:
                refused = refusal
                self._accuse(signed, refusal)
        raise refused

    def upload(self) -> "Upload":
        """Begin to take in an upload."""
        return Upload(self, self._store)

    def newest(self, named: str) -> bytes:
        """Return the newest cosigned checkpoint of the log whose origin hash is `named`. Refuses `NotSeen`."""
        for origin in self._store.origins():
            if origin_hash(origin) == named and (note := self._store.newest(origin)):
                return note
        raise NotSeen("no checkpoint of this log was cosigned")

    def copy(self, named: str) -> Copy:
        """Return the mirror's copy of the log whose origin hash is `named`. Refuses `UnknownLog`."""
        for origin in {*self.trust.keys(), *self._store.origins()}:
            if origin_hash(origin) == named:
                return self.mirror.of(origin)
        raise UnknownLog("no such log is mirrored here")

    def standings(self) -> list[Standing]:
        """Return how every log stands: those seen, and those trusted but not seen yet."""
        seen = self._store.standings()
        unseen = sorted(set(self.trust.keys()) - {one.origin for one in seen})
        return [*seen, *(_unseen(origin) for origin in unseen)]

    def mirror_cosign(self, checkpoint: Checkpoint, not_before: int) -> tuple[tuple[Signature, ...], int]:
        """Cosign as the mirror, at the time it is but not before `not_before`."""
        at = max(seconds(self._now()), not_before, 1)
        return _sign(checkpoint, self.mirror.signers, at), at

    def _cosign(self, signed: Signed) -> tuple[Signature, ...]:
        state = self._store.state(signed.checkpoint.origin)
        rules.decide(state, signed)
        at = rules.timestamp(state, seconds(self._now()))
        lines = _sign(signed.checkpoint, self.signers, at)
        self._store.accept(signed, bytes(notes.with_signatures(signed.note, lines)), at=at)
        return lines

    def _accuse(self, signed: Signed, refusal: WitnessRefusal) -> None:
        roots = self._store.roots(signed.checkpoint.origin, signed.checkpoint.size)
        why = rules.accuse(signed, refusal, roots)
        if why is not None:
            self._store.accuse(signed, why, at=seconds(self._now()))


class Upload:
    """One upload as it arrives. What was proven of it is kept, however it ends."""

    def __init__(self, witness: Witness, store: Store) -> None:
        self._witness = witness
        self._store = store
        self._reader = Reader()
        self._header: Header | None = None
        self._copy: Copy | None = None
        self._note = b""
        self._checkpoint: Checkpoint | None = None
        self._kept = 0
        self.parts = 0
        """How many parts have arrived whole: the header, and each package."""

    @property
    def complete(self) -> bool:
        """Whether all of it has arrived."""
        return self._reader.complete

    def feed(self, content: bytes) -> None:
        """Take in more of the body.

        Refuses `UnknownLog`, `NothingPending`, `OtherUpload` once the header is read, `UploadNotProven` for a package,
        `NotAnUpload` for what cannot be read.
        """
        for part in self._reader.feed(content):
            if isinstance(part, Header):
                self._begin(part)
            else:
                self._take(part)
            self.parts += 1

    def finish(self) -> Answer:
        """Return what the upload came to, when its body has ended. Refuses `UploadCut`, `OtherUpload`."""
        if self._header is None or self._copy is None or self._checkpoint is None:
            raise UploadCut("the body ends within its header")
        if self.complete:
            return self._move(self._copy, self._checkpoint)
        if not self._kept:
            raise UploadCut("the body ends within its first package")
        return Answer(info=self.where())

    def where(self) -> Info | None:
        """Return where the client is to go on; None of a log that the mirror knows nothing of."""
        if self._copy is None:
            return None
        pending = self._store.state(self._copy.origin).size
        asked = self._checkpoint.size if self._checkpoint else pending
        next_entry = self._copy.next_entry
        return Info(size=asked if max(next_entry, self._copy.size) <= asked else pending, next_entry=next_entry)

    def _begin(self, header: Header) -> None:
        trusted = self._witness.trust.keys()
        if header.origin not in trusted:
            raise UnknownLog("no key of a log of this name is trusted here")
        if self._store.newest(header.origin) is None:
            raise NothingPending("submit a checkpoint before its entries")
        self._copy = copy = self._witness.mirror.of(header.origin)
        note = self._store.kept(header.origin, header.stop)
        if note is None:
            raise OtherUpload("no checkpoint of this size was submitted, or it is kept no longer", stop=header.stop)
        self._note, self._checkpoint = note, checkpoints.parse(notes.parse(note).text)
        if header.stop < copy.size:
            raise OtherUpload("the mirror is beyond this size", stop=header.stop)
        if header.start > copy.next_entry:
            raise OtherUpload("entries before these are missing", start=header.start)
        if min(header.stop, copy.next_entry) - header.start > MAX_EXCESS:
            raise OtherUpload("the mirror has most of these entries", start=header.start)
        self._store.aim(header.origin, header.stop)
        self._header = header

    def _take(self, package: Package) -> None:
        invariant(self._copy is not None and self._checkpoint is not None, "a package follows its header")
        assert self._copy is not None
        assert self._checkpoint is not None
        try:
            self._copy.take(package, self._checkpoint)
        except NotProven as refusal:
            raise UploadNotProven(refusal.detail, start=package.start) from refusal
        self._kept += 1

    def _move(self, copy: Copy, checkpoint: Checkpoint) -> Answer:
        note = notes.parse(self._note)  # the log's lines and the witness's own: the copy then meets its policy
        trusted = self._witness.trust.keys().get(checkpoint.origin, ())
        vkey = next((str(key) for key in trusted if any(one.claims(key) for one in note.signatures)), "")
        try:
            return Answer(copy.move(checkpoint, note, vkey, self._witness.mirror_cosign))
        except Outgrown as refusal:
            raise OtherUpload(refusal.detail, stop=checkpoint.size) from refusal


def _sign(checkpoint: Checkpoint, signers: Sequence[Signer], at: int) -> tuple[Signature, ...]:
    instant = instant_of(at)
    invariant(instant is not None, "the clock stays within the calendar")
    assert instant is not None
    return notes.sign(checkpoint.text, signers, at=instant).signatures


def _unseen(origin: str) -> Standing:
    return Standing(origin=origin, size=0, root=bytes(32), cosigned_at=0, seen_at=0)
