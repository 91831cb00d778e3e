"""What an agreement may say, and what is due under it for a period's sales.

A rate is rounded once, half up to the fen, over all bands of a period. The minimum is due for every period, whatever
was sold; the cap is over all periods, and takes from the minimum too.
"""

from collections.abc import Sequence
from datetime import date

from ledger.kernel import canonical
from ledger.kernel.errors import invariant
from ledger.kernel.instant import LAST_YEAR
from ledger.kernel.money import MAX_FEN, WHOLE_BP, Fen

from ...model import (
    LAST_FIRST_DAY,
    MAX_BANDS,
    MAX_NOTICE_DAYS,
    MAX_PERIODS,
    Band,
    Period,
    Royalty,
    RoyaltyTerms,
    Scale,
    last_day,
)
from ..fields import UnusableField, require_amount
from ..plans import shared


def require_terms(terms: RoyaltyTerms, today: date) -> None:
    """Refuse `UnusableField`: what cannot be computed, or begins before it can be agreed to."""
    _require_bands(terms.bands)
    if not 0 <= terms.minimum_fen <= MAX_FEN:
        raise UnusableField("write a minimum this exchange handles, or none", field="minimum")
    if terms.cap_fen is not None:
        require_amount(terms.cap_fen, "cap")
        if terms.cap_fen < terms.minimum_fen:
            raise UnusableField("a cap is no less than one period's minimum", field="cap")
    if not any(one.rate_bp for one in terms.bands) and not terms.minimum_fen:
        raise UnusableField("agree on a rate or on a minimum", field="rates")
    if terms.starts_on < today or terms.starts_on.day > LAST_FIRST_DAY:
        raise UnusableField(f"begin today or later, on a day from 1 to {LAST_FIRST_DAY}", field="starts_on")
    if not 1 <= terms.periods <= MAX_PERIODS:
        raise UnusableField(f"agree on 1 to {MAX_PERIODS} periods", field="periods")
    if terms.starts_on.year > LAST_YEAR or last_day(terms).year > LAST_YEAR:
        raise UnusableField(f"begin so early that the last period is over by the end of {LAST_YEAR}", field="starts_on")
    if not 0 <= terms.audit.notice_days <= MAX_NOTICE_DAYS:
        raise UnusableField(f"announce an audit at most {MAX_NOTICE_DAYS} days before", field="notice_days")
    if not 0 <= terms.audit.tolerance_bp < WHOLE_BP:
        raise UnusableField("overlook less than the whole", field="tolerance_percent")


def terms_sha256(royalty: Royalty) -> str:
    """Return what the buyer agrees to, as a hash: this settlement, these terms, whose the money is."""
    return canonical.fingerprint(
        [
            "mengkeju/royalty/v1",
            royalty.settlement,
            royalty.practice,
            royalty.terms.to_json(),
            shared(royalty.sharing),
        ]
    )


def rated(terms: RoyaltyTerms, sales_fen: int) -> Fen:
    """Return what the rates come to on a period's net sales, before minimum and cap."""
    invariant(sales_fen >= 0, "sales")
    if terms.scale is Scale.FLAT:
        rate_bp = [one.rate_bp for one in terms.bands if one.from_fen <= sales_fen][-1]
        sum_bp = sales_fen * rate_bp
    else:
        upper = [one.from_fen for one in terms.bands[1:]]
        parts = zip(terms.bands, [*upper, sales_fen], strict=True)
        sum_bp = sum(max(min(sales_fen, to) - one.from_fen, 0) * one.rate_bp for one, to in parts)
    return Fen((2 * sum_bp + WHOLE_BP) // (2 * WHOLE_BP))


def room_fen(royalty: Royalty, period: Period) -> Fen | None:
    """Return what the cap leaves for a period beside all others; None without a cap."""
    if royalty.terms.cap_fen is None:
        return None
    others = sum(one.royalty_fen for one in royalty.periods if one.number != period.number)
    return Fen(max(royalty.terms.cap_fen - others, 0))


def royalty_on(royalty: Royalty, period: Period, sales_fen: int) -> Fen:
    """Return the whole royalty of a period on these sales: by the rates, no less than the minimum, within the cap."""
    due_fen = max(rated(royalty.terms, sales_fen), royalty.terms.minimum_fen)
    room = room_fen(royalty, period)
    return due_fen if room is None else min(due_fen, room)


def understated(terms: RoyaltyTerms, *, stated_fen: int, found_fen: int) -> bool:
    """Whether an audit has found so much more than was stated that it is not overlooked."""
    return (found_fen - stated_fen) * WHOLE_BP > found_fen * terms.audit.tolerance_bp


def _require_bands(bands: Sequence[Band]) -> None:
    starts = [one.from_fen for one in bands]
    if not 1 <= len(bands) <= MAX_BANDS or starts[0] != 0 or starts != sorted(set(starts)) or starts[-1] > MAX_FEN:
        raise UnusableField(f"write 1 to {MAX_BANDS} bands, from nothing upward", field="rates")
    if not all(0 <= one.rate_bp <= WHOLE_BP for one in bands):
        raise UnusableField("a rate is between nothing and the whole", field="rates")
