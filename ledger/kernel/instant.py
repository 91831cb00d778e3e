"""Points in time: aware, UTC, microseconds."""

import re
from datetime import UTC, datetime
from typing import Final

from .errors import Kind, Refusal, invariant

LAST_YEAR: Final = 2199
"""Nothing is agreed for later: terms of any lawful right are over, and whatever is counted from it is still a date."""

_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_RFC3339 = re.compile(
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[Tt]{_CLOCK}:[0-5][0-9](?:\.[0-9]{{1,6}})?(?:[Zz]|[+-]{_CLOCK})", re.ASCII
)


class NotAnInstant(Refusal):
    """An instant is written as RFC 3339 with a zone."""

    kind = Kind.MALFORMED
    zh = "时间应为带时区的 RFC 3339 格式"


def parse(text: str) -> datetime:
    """Read RFC 3339 with a zone into UTC, to the microsecond.

    Refuses `NotAnInstant`: no zone, more than six decimals, the other forms of ISO 8601, not a date, a leap second.
    """
    if not _RFC3339.fullmatch(text):
        raise NotAnInstant("write an instant with its time and zone, such as 2026-03-02T09:00:00+08:00")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as cause:
        raise NotAnInstant("there is no such date and time") from cause


def render(at: datetime) -> str:
    """Write the one form that is ever hashed: UTC, six decimal places, `Z`."""
    invariant(at.tzinfo is not None, "an instant is aware")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
