"""Trust policies (C2SP tlog-policy): whose logs are accepted, and which witnesses must have seen a checkpoint.

log <vkey> [<url>]
witness <name> <vkey> [<url>]
group <name> all|any|<k> <member> …
quorum <name>|none

A reader of the log holds such a file; so does the log itself, which shows nothing that its own policy would not accept.
Names and URLs are octets: they are read with `surrogateescape`, compared, and written as they came.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from ledger.kernel.errors import Kind, Refusal

from . import checkpoints, notes
from .checkpoints import Checkpoint
from .lines import decimal
from .notes import Note
from .signers import OF_A_LOG, OF_A_WITNESS, NotAKey, VerifierKey, parse_vkey

MAX_POLICY_BYTES: Final = 1_000_000
MAX_LINES: Final = 1_000  # of each kind; the specification asks for 32
MAX_FILE_LINES: Final = 10_000  # with comments and blank lines
MAX_WORDS: Final = 2 * MAX_LINES + 3  # of a group of everything
NONE: Final = "none"

_SPACE = re.compile(r"[ \t]+")
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


class NotAPolicy(Refusal):
    """This is not a trust policy."""

    kind = Kind.MALFORMED
    zh = "不是合规的信任策略"


class NoQuorum(Refusal):
    """Too few of the witnesses asked for have seen this checkpoint."""

    kind = Kind.CONFLICT
    zh = "见证人数未达到策略要求"


class OtherLog(Refusal):
    """The policy accepts no log of this name."""

    kind = Kind.CONFLICT
    zh = "该日志不在策略所接受之列"


@dataclass(frozen=True, slots=True)
class Log:
    """A log that is accepted: one of its keys, and where it is read."""

    key: VerifierKey
    url: str | None = None

    @property
    def line(self) -> str:
        """The line of a policy."""
        return " ".join(filter(None, ["log", str(self.key), self.url]))


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness (见证人) by one of its keys; `name` is the policy's own word for it."""

    name: str
    key: VerifierKey
    url: str | None = None

    @property
    def line(self) -> str:
        """The line of a policy."""
        return " ".join(filter(None, ["witness", self.name, str(self.key), self.url]))


@dataclass(frozen=True, slots=True)
class Group:
    """Has seen a checkpoint when at least `threshold` of its members have."""

    name: str
    threshold: int
    members: tuple[str, ...]

    @property
    def line(self) -> str:
        """The line of a policy."""
        return f"group {self.name} {self.threshold} {' '.join(self.members)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a policy found in a note that it accepts: the checkpoint, and by name who signed and who cosigned."""

    checkpoint: Checkpoint
    logs: tuple[VerifierKey, ...]
    witnesses: tuple[Witness, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Whom a reader believes. `quorum` names a witness or a group; None asks for no witness."""

    logs: tuple[Log, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str | None = None

    @property
    def text(self) -> str:
        """The policy as a file of lines."""
        lines = [one.line for one in self.logs]
        lines += [one.line for one in self.witnesses]
        lines += [one.line for one in self.groups]
        return "".join(f"{line}\n" for line in [*lines, f"quorum {self.quorum or NONE}"])

    def __bytes__(self) -> bytes:
        return self.text.encode(errors="surrogateescape")

    def is_met_by(self, names: Collection[str]) -> bool:
        """Whether the quorum is reached when the witnesses `names` have cosigned."""
        if self.quorum is None:
            return True
        seen = {one.name for one in self.witnesses if one.name in names}
        for group in self.groups:  # each only names what stands before it
            if sum(one in seen for one in group.members) >= group.threshold:
                seen.add(group.name)
        return self.quorum in seen

    def cosigners(self, note: Note) -> tuple[Witness, ...]:
        """Return the witnesses that cosigned the note. Refuses `BadSignature`: a line of one of them fails."""
        try:
            keys = notes.verify(note, [one.key for one in self.witnesses])
        except notes.Unsigned:
            return ()
        return tuple(one for one in self.witnesses if one.key in keys)

    def verify(self, note: Note) -> Verdict:
        """Check that a checkpoint is of a log that is accepted, and that the quorum has seen it.

        1. the text is a checkpoint (`NotACheckpoint`) of a log named here (`OtherLog`);
        2. no line of a log's key named here fails (`BadSignature`), and one of this log's own keys signed
           (`Unsigned`). A key of a type that cannot be computed on this machine counts for nothing;
        3. no line of a witness named here fails (`BadSignature`), and the quorum is reached (`NoQuorum`).
        Not checked: when the witnesses signed.
        """
        checkpoint = checkpoints.parse(note.text)
        if all(one.key.name != checkpoint.origin for one in self.logs):
            raise OtherLog("no log line of the policy is of this log", origin=checkpoint.origin)
        known = notes.verify(note, [one.key for one in self.logs if one.key.is_computable])
        signed = [key for key in known if key.name == checkpoint.origin]
        if not signed:
            raise notes.Unsigned("no key that the policy names for this log signed it, as far as can be computed here")
        witnesses = self.cosigners(note)
        if not self.is_met_by([one.name for one in witnesses]):
            cosigned = ", ".join(_printable(one.name) for one in witnesses) or "nobody"
            asked = _printable(self.quorum or NONE)
            raise NoQuorum(f"the policy asks for {asked}; cosigned by {cosigned}", size=checkpoint.size)
        return Verdict(checkpoint=checkpoint, logs=tuple(signed), witnesses=witnesses)


def parse(content: bytes) -> Policy:
    """Read a policy. Refuses `NotAPolicy`, with the line's number."""
    if len(content) > MAX_POLICY_BYTES:
        raise NotAPolicy(f"a policy has at most {MAX_POLICY_BYTES} bytes")
    if _FORBIDDEN.search(content):
        raise NotAPolicy("a policy has no control characters but tabs and newlines")
    if content and not content.endswith(b"\n"):
        raise NotAPolicy("every line ends in a newline")
    if content.count(b"\n") > MAX_FILE_LINES:
        raise NotAPolicy(f"a policy has at most {MAX_FILE_LINES} lines")
    reading = _Reading()
    for number, line in enumerate(content.decode(errors="surrogateescape").split("\n"), start=1):
        said = line.strip(" \t")
        if not said or said.startswith("#"):
            continue
        words = _SPACE.split(said, MAX_WORDS)  # what comes after them is not parted, and so no name
        try:
            reading.take(words)
        except (NotAPolicy, NotAKey) as refusal:
            raise NotAPolicy(f"line {number}: {refusal.detail}", line=number) from refusal
    return reading.policy()


class _Reading:
    """A policy as far as it has been read."""

    def __init__(self) -> None:
        self._logs: list[Log] = []
        self._witnesses: list[Witness] = []
        self._groups: list[Group] = []
        self._quorum: list[str] = []
        self._free: set[str] = set()  # defined, and member of no group
        self._names: set[str] = set()

    def take(self, words: list[str]) -> None:
        """Take in one line."""
        kinds = {"log": self._log, "witness": self._witness, "group": self._group, "quorum": self._take_quorum}
        if words[0] not in kinds:
            raise NotAPolicy("a line begins with log, witness, group or quorum")
        kinds[words[0]](words[1:])
        if max(len(self._logs), len(self._witnesses), len(self._groups)) > MAX_LINES:
            raise NotAPolicy(f"at most {MAX_LINES} lines of a kind are read here")

    def policy(self) -> Policy:
        """Return the whole."""
        if not self._quorum:
            raise NotAPolicy("there is no quorum line")
        return Policy(
            logs=tuple(self._logs),
            witnesses=tuple(self._witnesses),
            groups=tuple(self._groups),
            quorum=None if self._quorum[0] == NONE else self._quorum[0],
        )

    def _log(self, words: list[str]) -> None:
        _require(1 <= len(words) <= 2, "a log reads: log <vkey> [<url>]")
        key = _key(words[0], OF_A_LOG, "a log", (one.key for one in self._logs))
        self._logs.append(Log(key, *words[1:]))

    def _witness(self, words: list[str]) -> None:
        _require(2 <= len(words) <= 3, "a witness reads: witness <name> <vkey> [<url>]")
        self._define(words[0])
        key = _key(words[1], OF_A_WITNESS, "a witness", (one.key for one in self._witnesses))
        self._witnesses.append(Witness(words[0], key, *words[2:]))

    def _group(self, words: list[str]) -> None:
        _require(len(words) >= 3, "a group reads: group <name> all|any|<k> <member> …")
        name, rule, *members = words
        for member in members:
            _require(member in self._free, "a member is defined on an earlier line, and is a member once")
            self._free.discard(member)
        threshold = {"all": len(members), "any": 1}.get(rule) or decimal(rule)
        _require(threshold is not None and 1 <= threshold <= len(members), "a threshold is 1 up to the members")
        assert threshold is not None
        self._define(name)
        self._groups.append(Group(name, threshold, tuple(members)))

    def _take_quorum(self, words: list[str]) -> None:
        _require(len(words) == 1, "a quorum reads: quorum <name>|none")
        _require(not self._quorum, "there is one quorum line")
        _require(words[0] == NONE or words[0] in self._names, "the quorum is defined on an earlier line")
        self._quorum = words

    def _define(self, name: str) -> None:
        _require(name != NONE and name not in self._names, "a name is defined once, and is not none")
        self._names.add(name)
        self._free.add(name)


def _key(text: str, suitable: Collection[int], whose: str, known: Iterable[VerifierKey]) -> VerifierKey:
    key = parse_vkey(text)
    _require(key.algorithm in suitable, f"{key.title} is not what {whose} signs with")
    _require(all(key.public != one.public for one in known), "a key stands in one line")
    return key


def _printable(name: str) -> str:
    """Spell a name that is not UTF-8 so that a sentence with it can be written anywhere."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise NotAPolicy(otherwise)
