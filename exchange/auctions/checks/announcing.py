"""What an announcement may say, by the numbers of the profile that it quotes.

What the program ships must be quoted as it is. That officers put a version of their own into force, and with these
numbers, no lot shows by itself: see `exchange.assurance`.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ledger.kernel.calendar import CHINA

from ..model import LAW_IDS, REPLAY_IDS
from ..rules import PROFILES
from .reading import Announcement


def announced_amiss(terms: Announcement, at: datetime, *, opened: bool, first: bool) -> Iterator[str]:
    """Say what is wrong with an announcement that arrived `at`; `opened`: who is excluded has been opened.

    `first`: no lot before it found no bids; what such a one is held to, `offering` says.
    """
    yield from _misquoted(terms)
    barred = len(terms.excluded) if opened else terms.excluded_count
    if not terms.excluded_count == barred >= 0:
        yield f"bars {barred} and says {terms.excluded_count}"
    yield from _untimely(terms, at, first=first)
    yield from _mispriced(terms, first=first)
    if terms.asks("needs_appraisal") and terms.appraisal_fen is None:
        yield "states no appraisal"
    if terms.asks("reserve_is_start") and terms.has_reserve:
        yield "keeps a reserve beside its start price"


def _misquoted(terms: Announcement) -> Iterator[str]:
    profile, shipped, rule = terms.profile, PROFILES.get(terms.rule), terms.rule
    cited = f"{profile.text('id')}@{profile.number('version')}"
    if shipped is None and cited != rule:
        yield f"quotes {cited} and is held under {rule}"
    elif shipped is None and profile.text("id") in LAW_IDS | REPLAY_IDS:
        yield f"is held under {rule}, which was never published"
    elif shipped is not None and profile.written != shipped.to_json():
        yield f"misquotes {rule}"
    if profile.flag("needs_listing"):
        if not terms.listing:
            yield "names no listing"
    elif terms.listing is not None:
        yield f"sells what is listed under {rule}"


def _untimely(terms: Announcement, at: datetime, *, first: bool) -> Iterator[str]:
    if terms.opens_at - at < timedelta(seconds=terms.number("notice_s" if first else "renotice_s")):
        yield "gives too short a notice"
    if at.astimezone(CHINA).date() < date.fromisoformat(terms.profile.text("effective_from")):
        yield f"comes before {terms.rule} is in force"
    if at > terms.opens_at:
        yield "comes after bidding opened"
    if terms.opens_at >= terms.closes_at:
        yield "ends bidding before it opens"
    if terms.free_until - terms.opens_at < timedelta(seconds=terms.profile.number("min_bidding_s")):
        yield "leaves too little time for bids"


def _mispriced(terms: Announcement, *, first: bool) -> Iterator[str]:
    profile = terms.profile
    if first and terms.start_fen * 10_000 < (terms.appraisal_fen or 0) * profile.number("start_min_bp"):
        yield "starts too far below the appraisal"
    if profile.flag("needs_increments") and not terms.bands:
        yield "has no increments"
    bounds = [low for low, _ in terms.bands]
    if terms.bands and (bounds[0] != 0 or bounds != sorted(set(bounds)) or min(step for _, step in terms.bands) < 1):
        yield "has increments that no price could be found in"
    lowest, highest = (terms.start_fen * profile.number(f"deposit_{end}_bp") for end in ("min", "max"))
    if profile.flag("needs_deposit") and not lowest <= terms.deposit_fen * 10_000 <= highest:
        yield "asks for an unlawful deposit"
