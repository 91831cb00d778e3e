"""The audit of an exported log, from the pinned key to the last entry.

1. The checkpoint is signed by the key the auditor pinned, or satisfies the auditor's policy: then a log key that the
   policy names signed it, and its quorum of witnesses has seen it. Only now is its size believed.
2. Nothing lies in the folder that this size does not imply.
3. Every entry and tile is under the signed root.
4. The log continues an older checkpoint, if one is given.
5. The entries are well-formed and chained; disclosures fit their digests; business checks find nothing, in any
   subject or in all together.
6. Every key the log declares at this size signed exactly once; the pinned key is one of them.

Needs no database, no network and no trust in the folder. What it cannot know: whether another log was shown to others;
a policy's witnesses can, and vouch that they were shown no other.
"""

from collections.abc import Sequence
from pathlib import Path

from ledger.kernel.errors import Refusal, invariant
from ledger.log import checkpoints, notes, signers
from ledger.log.checkpoints import Checkpoint
from ledger.log.export import CHECKPOINT, VKEY, Progress
from ledger.log.notes import Note
from ledger.log.policy import Log, Policy
from ledger.log.signers import VerifierKey

from . import structure
from .chains import Chains, Check, Closing
from .declared import DeclaredKeys
from .disclosures import Openings
from .folder import Folder
from .report import Report, Wrong

OLD = "the old checkpoint"


def audit(
    directory: Path,
    *,
    vkey: str | None = None,
    policy: Policy | None = None,
    since: bytes | None = None,
    disclosures: Path | None = None,
    checks: Sequence[Check] = (),
    closing: Sequence[Closing] = (),
    progress: Progress | None = None,
) -> Report:
    """Verify the export in `directory` against what the auditor trusts; raise `Wrong` for the first thing wrong.

    That is the pinned `vkey`, or a `policy`: one of them, not both. Waits while an export is being written there.

    `since` is an older signed checkpoint of the same log. `disclosures` are JSON lines as `export.write_disclosures`
    writes them. `checks` see one subject after the other, in no order that counts; `closing` is asked after all of them
    what is wrong with the whole. `progress` counts every entry twice: hashed, then read. Refuses `NotAKey` for `vkey`
    itself.
    """
    invariant((vkey is None) != (policy is None), "an auditor trusts a key, or a policy")
    trusted = policy or Policy(logs=(Log(signers.parse_vkey(str(vkey))),))
    folder = Folder(directory)
    with folder.held():
        note, checkpoint = _parse(folder.checkpoint(), CHECKPOINT)
        pinned, witnesses = _trusted(note, trusted, by_key=policy is None)
        if not checkpoint.size:
            raise Wrong(CHECKPOINT, "signs an empty log, which declares no keys")
        hashing, reading = _halves(progress)
        folder.require_layout(checkpoint.size)
        structure.prove(folder, checkpoint, hashing)
        old = _parse(since, OLD) if since is not None else None
        shown = old is None or _continues(folder, checkpoint, old, pinned)
        keys, openings = DeclaredKeys(checkpoint.origin), Openings(disclosures)
        chains = Chains(folder, checkpoint.size, keys=keys, openings=openings)
        chains.follow(checks, closing, reading)
        if old and not shown and not _continues(folder, checkpoint, old, keys.at(old[1].size)):
            raise Wrong(OLD, "is signed neither by the pinned key nor by one the log declared at its size")
        _require_signatures(folder, note, keys, checkpoint.size, pinned)
        return Report(
            origin=checkpoint.origin,
            entries=checkpoint.size,
            root=checkpoint.root,
            subjects=chains.subjects,
            keys=tuple(map(str, keys.at(checkpoint.size))),
            opened=openings.opened,
            sealed=openings.sealed,
            since=old[1].size if old else None,
            witnesses=None if policy is None else witnesses,
        )


def _continues(folder: Folder, new: Checkpoint, old: tuple[Note, Checkpoint], keys: Sequence[VerifierKey]) -> bool:
    """Require continuation of an old checkpoint that one of `keys` signed; False if none of them did."""
    if not _is_signed(old[0], keys, OLD):
        return False
    structure.require_continuation(folder, new, old[1])
    return True


def _parse(content: bytes, where: str) -> tuple[Note, Checkpoint]:
    try:
        note = notes.parse(content)
        return note, checkpoints.parse(note.text)
    except Refusal as refusal:
        raise Wrong(where, refusal.detail) from refusal


def _is_signed(note: Note, keys: Sequence[VerifierKey], where: str) -> bool:
    try:
        notes.verify(note, keys)
    except notes.Unsigned:
        return False
    except notes.BadSignature as refusal:
        raise Wrong(where, refusal.detail) from refusal
    return True


def _trusted(note: Note, policy: Policy, *, by_key: bool) -> tuple[tuple[VerifierKey, ...], tuple[str, ...]]:
    """Return which trusted keys of the log signed the note, and which witnesses of the policy cosigned it."""
    if by_key:  # whatever the log is called: the auditor pinned a key, and no name
        keys = [one.key for one in policy.logs]
        if not _is_signed(note, keys, CHECKPOINT):
            raise Wrong(CHECKPOINT, "is not signed by the pinned key")
        return tuple(keys), ()
    try:
        verdict = policy.verify(note)
    except Refusal as refusal:
        raise Wrong(CHECKPOINT, f"does not satisfy the policy: {refusal.detail}") from refusal
    return verdict.logs, tuple(one.name for one in verdict.witnesses)


def _require_signatures(
    folder: Folder, note: Note, keys: DeclaredKeys, size: int, pinned: Sequence[VerifierKey]
) -> None:
    declared = keys.at(size)
    if not any(key in declared for key in pinned):
        retired = [index for key in pinned if (index := keys.retired_by(key)) is not None]
        since = f": entry {retired[0]} retired it, and declares those to pin now" if retired else ""
        raise Wrong(CHECKPOINT, f"the pinned key is not among those the log declares{since}")
    try:
        notes.verify_each(note, declared)
    except Refusal as refusal:
        raise Wrong(CHECKPOINT, refusal.detail) from refusal
    if folder.vkey() not in {f"{key}\n".encode() for key in declared}:
        raise Wrong(VKEY, "is not a key the log declares")


def _halves(progress: Progress | None) -> tuple[Progress, Progress]:
    """Return what counts the entries hashed, and what counts those read, as two halves of one progress."""

    def hashing(done: int, total: int) -> None:
        if progress:
            progress(done, 2 * total)

    def reading(done: int, total: int) -> None:
        if progress:
            progress(total + done, 2 * total)

    return hashing, reading
