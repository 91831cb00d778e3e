"""Checkpoints (C2SP tlog-checkpoint): what a log says of itself. The text alone; `notes` signs it."""

from dataclasses import dataclass

from ledger.kernel.errors import Kind, Refusal

from .lines import decimal, decode_base64, encode_base64
from .merkle import HASH_BYTES


class NotACheckpoint(Refusal):
    """This is not the text of a checkpoint."""

    kind = Kind.MALFORMED
    zh = "不是合规的检查点文本"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself (检查点): its origin, its size, its root. `text` is what is signed."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines of tlog-checkpoint, without extensions."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


def parse(text: str) -> Checkpoint:
    """Read the text of a checkpoint.

    Refuses `NotACheckpoint`, also for extension lines: we sign none, and ML-DSA-44 signatures do not cover them.
    """
    lines = text.split("\n", 4)
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise NotACheckpoint("a checkpoint is three lines: origin, size, root")
    size = decimal(lines[1])
    if size is None:
        raise NotACheckpoint("the size is a decimal number below 2^63 without leading zeros")
    try:
        root = decode_base64(lines[2])
    except ValueError as cause:
        raise NotACheckpoint("the root is not strict base64") from cause
    if len(root) != HASH_BYTES:
        raise NotACheckpoint("the root has exactly 32 bytes")
    return Checkpoint(origin=lines[0], size=size, root=root)
