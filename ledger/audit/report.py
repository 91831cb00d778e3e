"""What an audit says: the first thing that is wrong, or what it found to be right."""

from dataclasses import dataclass

MAX_SHOWN = 500  # characters of a hostile text that a message repeats


class Wrong(Exception):  # noqa: N818 - a finding, not a failure of ours
    """The first thing found wrong: in which file (relative to the export), at which entry if it is one, and what."""

    def __init__(self, where: str, what: str, *, entry: int | None = None) -> None:
        self.where = printable(where)
        self.what = printable(what)
        self.entry = entry
        place = self.where if entry is None else f"{self.where}: entry {entry}"
        super().__init__(f"{place}: {self.what}")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check over all subjects found wrong, and the entry to look at, unless it is no single one."""

    what: str
    entry: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was proven of a log. `sealed` counts the sealed values that no disclosure opened."""

    origin: str
    entries: int
    root: bytes
    subjects: int
    keys: tuple[str, ...]
    opened: int
    sealed: int
    since: int | None  # size of the old checkpoint this log was shown to continue
    witnesses: tuple[str, ...] | None = None  # of the policy's witnesses, who cosigned; None without a policy

    @property
    def line(self) -> str:
        """The report in one line, `audit: ok entries=N …`."""
        since = "" if self.since is None else f" since={self.since}"
        counts = f"entries={self.entries} subjects={self.subjects} opened={self.opened} sealed={self.sealed}{since}"
        if self.witnesses is not None:
            counts += f" witnesses={','.join(self.witnesses) or 'UNWITNESSED'}"
        return f"audit: ok {counts} root={self.root.hex()} origin={printable(self.origin)}"


def printable(text: str) -> str:
    """Return `text` fit for a terminal: a hostile name or value may hold escapes, newlines or lone surrogates."""
    shown = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in shown)
