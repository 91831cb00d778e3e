"""Writing HTML and SVG so that no text can become markup: every string is escaped unless it is `Html` already."""

import html
import unicodedata
from datetime import datetime, time, timedelta

from ledger.kernel.calendar import CHINA

_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_VOID = frozenset({"meta", "circle", "line", "path", "rect", "br"})
NOTHING = "—"


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def text(value: str) -> Html:
    """Escape `value`; what would hide or reorder it is written out."""
    return Html(html.escape("".join(one if _is_plain(one) else f"\\u{ord(one):04x}" for one in value)))


def join(*parts: str) -> Html:
    """Put parts side by side, escaping those that are not markup."""
    return Html("".join(one if isinstance(one, Html) else text(one) for one in parts))


def el(name: str, /, *parts: str, **attributes: str | int) -> Html:
    """Return an element. `class_` is written `class`, other underscores as hyphens."""
    written = "".join(
        f' {"class" if key == "class_" else key.replace("_", "-")}="{text(str(value))}"'
        for key, value in attributes.items()
    )
    if name in _VOID and not parts:
        return Html(f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(*parts)}</{name}>")


def both(label: tuple[str, str] | None) -> Html:
    """Write Chinese, then English smaller."""
    if label is None:
        return text(NOTHING)
    chinese, english = label
    return text(chinese) if chinese == english else join(chinese, " ", el("span", english, class_="en"))


def yuan(fen: int | None) -> str:
    """Write an amount with its thousands apart: `¥1,234,567.50`."""
    if fen is None:
        return NOTHING
    whole, part = divmod(fen, 100)
    return f"¥{whole:,}.{part:02d}"


def local(at: datetime | None) -> str:
    """Write an instant as it is in China; fractions of a second only where there are any."""
    if at is None:
        return NOTHING
    shown = at.astimezone(CHINA).replace(tzinfo=None)
    return shown.isoformat(sep=" ", timespec="microseconds" if shown.microsecond else "seconds")


def before(at: datetime | None) -> str:
    """Write a deadline, at which it is too late: midnight as the end of the day before, as people count days."""
    if at is None:
        return NOTHING
    shown = at.astimezone(CHINA)
    if shown.time() == time():
        return f"{(shown - timedelta(days=1)).date().isoformat()} 24:00:00 前"
    return f"{local(at)} 前"


def _is_plain(one: str) -> bool:
    return one == "\n" or (unicodedata.category(one) not in {"Cc", "Cs", "Zl", "Zp"} and one not in _OVERRIDES)
