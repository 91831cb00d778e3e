"""Whether a witness cosigns (C2SP tlog-witness, add-checkpoint): the checks in order; the first to fail answers.

| # | check                                                              | else | by       |
|---|--------------------------------------------------------------------|------|----------|
| 1 | the body is a submission, its checkpoint a signed checkpoint       | 400  | `read`   |
| 2 | the log is known                                                   | 404  | `admit`  |
| 3 | a trusted key of the log signed, and no line of such a key fails   | 403  | `admit`  |
| 4 | the old size is not above the size                                 | 400  | `admit`  |
| 5 | the old size is that cosigned last: 0 of a log never cosigned      | 409  | `decide` |
| 6 | a checkpoint of size 0 has the root of the empty tree              | 422  | `decide` |
| 7 | a checkpoint of the old size has the old root                      | 422  | `decide` |
| 8 | the proof leads from the old root to the new, or is rightly empty  | 422  | `decide` |

1 to 4 need no state. 5 to 8 are decided, and their outcome kept, in one transaction. An unknown log is told so before
anything else of its submission is judged, and nothing of a log's state is told to whom its key does not vouch for.
A key of a type that cannot be computed on this machine counts for nothing in 3, and its lines are not kept.
Checkpoints with extension lines are refused as malformed: ML-DSA-44 cosignatures do not cover such lines.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, Final

from ledger.kernel.errors import Kind, Refusal
from ledger.log import checkpoints, merkle, notes, submissions
from ledger.log.merkle import EMPTY_ROOT
from ledger.log.notes import Note, Signature
from ledger.log.signers import VerifierKey

from .model import Request, Signed, State, Why


class WitnessRefusal(Refusal):
    """The witness does not cosign this."""

    kind = Kind.CONFLICT
    zh = "见证人拒绝联署"
    status: ClassVar[int] = 422


class Malformed(WitnessRefusal):
    """This is not a submission of a signed checkpoint."""

    kind = Kind.MALFORMED
    zh = "不是合规的检查点提交"
    status = 400


class UnknownLog(WitnessRefusal):
    """The witness knows no such log."""

    kind = Kind.NOT_FOUND
    zh = "见证人不认识该日志"
    status = 404


class NotSigned(WitnessRefusal):
    """No key that the witness trusts signed this."""

    kind = Kind.FORBIDDEN
    zh = "没有受信任密钥的有效签名"
    status = 403


class OldAboveNew(WitnessRefusal):
    """The old size is above that of the checkpoint."""

    kind = Kind.MALFORMED
    zh = "旧规模大于检查点规模"
    status = 400


class OtherSize(WitnessRefusal):
    """The witness last cosigned another size."""

    zh = "见证人最近联署的是另一规模"
    status = 409


class NotEmpty(WitnessRefusal):
    """A tree without entries has one root, and this is another."""

    zh = "空树的根不正确"


class OtherRoot(WitnessRefusal):
    """The witness cosigned another root for this size."""

    zh = "同一规模已联署另一根"


class NotContinued(WitnessRefusal):
    """The proof does not show that the log only grew."""

    zh = "一致性证明不成立"


REFUSALS: Final = (Malformed, UnknownLog, NotSigned, OldAboveNew, OtherSize, NotEmpty, OtherRoot, NotContinued)


def read(content: bytes) -> Request:
    """Read a submission and its checkpoint. Refuses `Malformed`."""
    try:
        submission = submissions.parse(content)
        note = notes.parse(submission.checkpoint)
        return Request(submission=submission, note=note, checkpoint=checkpoints.parse(note.text))
    except Refusal as refusal:
        raise Malformed(refusal.detail) from refusal


def admit(request: Request, trusted: Mapping[str, Sequence[VerifierKey]]) -> Signed:
    """Check whose checkpoint this is. Refuses `UnknownLog`, `NotSigned`, `OldAboveNew`."""
    checkpoint, old_size = request.checkpoint, request.submission.old_size
    known = trusted.get(checkpoint.origin, ())
    if not known:
        raise UnknownLog("no key of a log of this name is trusted here")
    keys = [one for one in known if one.is_computable]
    try:
        notes.verify(request.note, keys)
    except (notes.Unsigned, notes.BadSignature) as refusal:
        raise NotSigned(refusal.detail) from refusal
    if old_size > checkpoint.size:
        raise OldAboveNew("a log cannot shrink", old_size=old_size, size=checkpoint.size)
    return Signed(submission=request.submission, note=_by(request.note, keys), checkpoint=checkpoint)


def decide(state: State, signed: Signed) -> None:
    """Check that the checkpoint continues the log. Refuses `OtherSize`, `NotEmpty`, `OtherRoot`, `NotContinued`."""
    old_size, new = signed.submission.old_size, signed.checkpoint
    if old_size != state.size:
        raise OtherSize("submit a proof from the size cosigned last", size=state.size)
    if new.size == 0 and new.root != EMPTY_ROOT:
        raise NotEmpty("the root of a log without entries is the hash of nothing")
    if new.size == state.size and new.root != state.root:
        raise OtherRoot(f"for size {new.size} the witness cosigned {state.root.hex()}", size=new.size)
    try:
        merkle.verify_consistency(
            old_size=old_size, old_root=state.root, size=new.size, root=new.root, proof=signed.submission.proof
        )
    except merkle.NotProven as refusal:
        raise NotContinued(refusal.detail, old_size=old_size, size=new.size) from refusal


def accuse(signed: Signed, refusal: WitnessRefusal, roots: Collection[bytes]) -> Why | None:
    """Return what a refused checkpoint shows of its log; None if nothing new. `roots` are known for its size."""
    checkpoint = signed.checkpoint
    if checkpoint.root in roots:
        return None
    if checkpoint.size == 0:
        return Why.EMPTY if checkpoint.root != EMPTY_ROOT else None
    if roots:
        return Why.FORK
    return Why.UNPROVEN if isinstance(refusal, NotContinued) else None


def timestamp(state: State, now: int) -> int:
    """Return the time of the next cosignature: the clock's, but never zero and never before the last one's."""
    return max(now, state.cosigned_at, 1)


def _by(note: Note, keys: Sequence[VerifierKey]) -> Note:
    """Return the note with the first line of each key alone: a randomised key can sign one text a hundred times."""
    first: dict[tuple[str, bytes], Signature] = {}
    for one in note.signatures:
        if any(one.claims(key) for key in keys):
            first.setdefault((one.name, one.key_id), one)
    return Note(note.text, tuple(first.values()))
