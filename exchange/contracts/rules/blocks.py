"""What a page is built of: the document, its sections, pairs of name and value, tables."""

from collections.abc import Iterable
from typing import Final, TypeAlias

from .markup import NOTHING, Html, both, el, join
from .reading import Line, Record, Said

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"

Pair: TypeAlias = tuple[str, str, str | None]
"""A name in Chinese and in English, and a value."""


def document(name: str, style: str, *parts: str) -> bytes:
    """Return the whole page: self-contained, without scripts, fetching nothing."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"交易存证包 {name}"),
        el("style", Html(style)),
    )
    body = el("body", el("main", *parts))
    return join(Html("<!doctype html>\n"), el("html", head, "\n", body, lang="zh-CN"), "\n").encode()


def section(chinese: str, english: str, *parts: str) -> Html:
    """Return a part of the page under its title."""
    return join("\n", el("section", el("h2", chinese, " ", el("span", english, class_="en")), *parts))


def pairs(given: Iterable[Pair], *, style: str = "") -> Html:
    """Return names with their values, two side by side; one that is None is shown as absent."""
    rows = [
        el("div", el("dt", both((zh, en))), el("dd", NOTHING if value is None else value)) for zh, en, value in given
    ]
    return el("dl", *rows, class_=style) if style else el("dl", *rows)


def table(head: Iterable[tuple[str, str]], rows: Iterable[Html], *, style: str) -> Html:
    """Return a table."""
    titles = [el("th", chinese, el("span", english, class_="en")) for chinese, english in head]
    return el("table", el("thead", el("tr", *titles)), el("tbody", *rows), class_=style)


def cells(*given: tuple[str, str], style: str = "") -> Html:
    """Return a row of cells, each a value and a class."""
    return el("tr", *(el("td", value, class_=kind) for value, kind in given), class_=style)


def mono(value: str | None) -> Html:
    """Return a name that machines made."""
    return el("code", value) if value else join(NOTHING)


def last(record: Record, *kinds: str) -> Line:
    """Return the last entry of any of `kinds`, or one that says nothing."""
    return record.last(*kinds) or Line(0, Said({}), Said({}))
