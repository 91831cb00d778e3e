"""The strict words that the lines of C2SP texts are made of: base64 in its one form, decimals, instants in seconds.

One form for every value, so that what was verified is what was read.
"""

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Final

BELOW: Final = 2**63  # sizes, indexes and seconds stay below it (tlog-cosignature)

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def encode_base64(content: bytes) -> str:
    """Write standard base64 with padding."""
    return base64.b64encode(content).decode()


def decode_base64(text: str) -> bytes:
    """Read standard base64 in its one form; a stray bit, missing padding or foreign character is a `ValueError`."""
    content = base64.b64decode(text, validate=True)
    if encode_base64(content) != text:
        raise ValueError("not in its one form")
    return content


def decimal(text: str) -> int | None:
    """Read a decimal number below 2^63 without leading zeros; None for any other text."""
    if not _DECIMAL.fullmatch(text) or (number := int(text)) >= BELOW:
        return None
    return number


def seconds(at: datetime) -> int:
    """Return the whole seconds since 1970 that a timestamped signature carries; a second that has not ended is none."""
    return (at - EPOCH) // timedelta(seconds=1)  # exact, and only for instants that know their zone


def instant_of(seconds: int) -> datetime | None:
    """Return the instant of whole seconds since 1970, or None beyond what a calendar holds."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
