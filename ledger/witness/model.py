"""The nouns of a witness: what it knows of a log, what it is asked, what it keeps as evidence.

Instants are whole seconds since 1970, as cosignatures carry them.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ledger.log.checkpoints import Checkpoint
from ledger.log.merkle import EMPTY_ROOT
from ledger.log.notes import Note
from ledger.log.signers import VerifierKey
from ledger.log.submissions import Submission

Keys: TypeAlias = dict[str, tuple[VerifierKey, ...]]
"""The trusted keys of each log, by its origin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The newest checkpoint that was cosigned for a log; as it stands here, for one never seen."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    cosigned_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A submission that could be read. Nothing of it is verified."""

    submission: Submission
    note: Note
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A submission whose checkpoint a trusted key of its log signed; `note` has the lines of such keys alone."""

    submission: Submission
    note: Note
    checkpoint: Checkpoint


class Why(StrEnum):
    """What is wrong with a checkpoint that a log signed."""

    FORK = "fork"  # the log signed another root for the same size: proof of misbehaviour
    EMPTY = "empty"  # a tree without entries has one root only: proof of misbehaviour
    UNPROVEN = "unproven"  # whoever brought it could not show that it continues the log; no proof of anything alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """That the log signed a checkpoint which this witness refused, and why."""

    origin: str
    size: int
    root: bytes
    why: Why
    seen_at: int

    @property
    def proves(self) -> bool:
        """Whether this alone proves that the log misbehaved."""
        return self.why is not Why.UNPROVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Finding):
    """A finding with the checkpoint itself, and the one that contradicts it, if one does and it is still kept whole."""

    note: bytes
    against: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a log stands with the witness, for a person. `dropped` counts refusals that found no more room."""

    origin: str
    size: int
    root: bytes
    cosigned_at: int
    seen_at: int
    findings: tuple[Finding, ...] = ()
    dropped: int = 0


def origin_hash(origin: str) -> str:
    """Return the name of a log in paths: SHA-256 of its origin, in hex."""
    return hashlib.sha256(origin.encode()).hexdigest()
