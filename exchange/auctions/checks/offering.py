"""Who may match a price, and which lot a lot follows, as the entries behind its announcement say."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..model import LotId, Right
from .reading import Announcement, Said


def ranks_named(terms: Announcement, said: Said) -> tuple[list[tuple[int, str | None]], list[str]]:
    """Return the rank of each holder named, with its organisation where that was opened; and what is wrong."""
    held, findings = [], list(_unasked(terms))
    opened = said.opened.written.get("organisations")
    named = list(map(str, opened)) if isinstance(opened, list | tuple) else None
    for place, one in enumerate(said.data.each("holders")):
        rank, told = one.number("rank"), one.instant_or_none("notified_at")
        if rank < 1:
            findings.append(f"gives a holder the rank {rank}")
        if one.text("right") not in set(Right):
            findings.append("rests a holder's right on nothing known")
        if told is not None and said.at - told < timedelta(seconds=terms.number("holder_notice_s")):
            findings.append("told a holder too late")
        held.append((rank, named[place] if named is not None and place < len(named) else None))
    if named is not None and len(named) != len(held):
        findings.append(f"names {len(held)} holders and seals {len(named)}")
    if not held:
        findings.append("names no holder")
    return held, findings


def again_amiss(terms: Announcement, said: Said) -> Iterator[str]:
    """Say what is wrong with a lot that is offered again after one without bids (art. 26)."""
    data = said.data
    data.id("previous", LotId)
    before, ended_at, attempt = (
        data.fen("previous_start_price_fen"),
        data.instant("previous_ended_at"),
        data.number("attempt"),
    )
    if not terms.number("reauction_s"):
        yield "follows another lot, which this profile knows nothing of"
    if ended_at > said.at:
        yield "follows a lot that has not ended"
    if terms.opens_at - ended_at > timedelta(seconds=terms.number("reauction_s")):
        yield "is offered again too late"
    if not 2 <= attempt <= terms.number("attempts_max"):
        yield f"should not be offered as attempt {attempt}"
    if terms.start_fen * 10_000 < before * (10_000 - terms.number("cut_max_bp")):
        yield "cuts the start price too deep"


def _unasked(terms: Announcement) -> Iterator[str]:
    if not terms.asks("matches"):
        yield "names holders, who can match nothing under this profile"


def resumed(terms: Announcement, since: datetime, at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
    """Return when a lot suspended `since` opens and ends, resumed `at`: what lay ahead still does (art. 28)."""
    held = at - since
    if since < terms.opens_at:
        return terms.opens_at + held, ends_at + held
    return terms.opens_at, max(ends_at + held, at + terms.extension)
