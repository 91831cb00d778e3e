"""Points in time: aware, UTC, microseconds."""

from datetime import UTC, datetime

from .errors import Kind, Refusal


class NotAnInstant(Refusal):
    """An instant is written as RFC 3339 with a zone."""

    kind = Kind.MALFORMED
    zh = "时间应为带时区的 RFC 3339 格式"


def parse(text: str) -> datetime:
    """Read RFC 3339 with a zone into UTC. Refuses `NotAnInstant`: no zone, or not a date and time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as cause:
        raise NotAnInstant("write an instant such as 2026-03-02T09:00:00+08:00") from cause
    if at.tzinfo is None or "T" not in text.upper():
        raise NotAnInstant("an instant needs its time and zone, such as 2026-03-02T09:00:00+08:00")
    return at.astimezone(UTC)


def render(at: datetime) -> str:
    """Write the one form that is ever hashed: UTC, six decimal places, `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
