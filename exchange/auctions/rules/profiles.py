"""The published versions of the bidding rules. A version is never edited: a change is a new version."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from ledger.kernel.errors import Kind, Refusal

from ..model import Format, Profile


class UnknownProfile(Refusal):
    """There is no such version of the bidding rules."""

    kind = Kind.MALFORMED
    zh = "没有这个竞价规则版本"


# 法释〔2016〕18号. The grace is not in it: art. 20 says that arrival decides, and the grace is how long the
# platform waits, after an end, for arrivals it has not finished with.
JUDICIAL_2016 = Profile(
    id="judicial-2016",
    version=1,
    effective_from=date(2017, 1, 1),  # art. 38
    min_bidding_s=24 * 3600,  # art. 20
    extension_s=300,  # art. 20
    grace_ms=2_000,
    start_min_bp=7_000,  # art. 10
    deposit_min_bp=500,  # art. 17
    deposit_max_bp=2_000,  # art. 17
    needs_deposit=True,  # art. 17
    needs_increments=True,  # art. 20
    needs_listing=True,  # art. 13
    leader_may_raise=False,
)

# The whole of the regulation, article by article: docs/auctions/judicial-2016.md. What is sold here are rights to
# technology, so the notices are those of "other property rights" (art. 12 and 26).
JUDICIAL_2016_WHOLE = replace(
    JUDICIAL_2016,
    version=2,
    effective_from=date(2026, 1, 1),
    needs_appraisal=True,  # art. 10
    reserve_is_start=True,  # art. 10
    notice_s=30 * 24 * 3600,  # art. 12
    renotice_s=15 * 24 * 3600,  # art. 26
    matches=True,  # art. 21
    holder_notice_s=3 * 24 * 3600,  # art. 16
    reauction_s=30 * 24 * 3600,  # art. 26
    cut_max_bp=2_000,  # art. 26
    attempts_max=2,  # art. 26
    resume_s=5 * 24 * 3600,  # art. 28
    confirms=True,  # art. 14 (6) and 22
)

# Open ascending bidding as old logs know it; no law stands behind it, and no deal may rest on it.
REPLAY = Profile(
    id="replay",
    version=1,
    effective_from=date(1970, 1, 1),
    min_bidding_s=0,
    extension_s=0,
    grace_ms=0,
    start_min_bp=0,
    deposit_min_bp=0,
    deposit_max_bp=0,
    needs_deposit=False,
    needs_increments=False,
    needs_listing=False,
    leader_may_raise=True,
)

# Old logs whose amounts are maxima.
REPLAY_PROXY = replace(REPLAY, id="replay-proxy", format=Format.PROXY)

# Logs of modern auctions: late bids extend the end, and arrivals are waited for.
REPLAY_EXTENDED = replace(REPLAY, id="replay-extended", extension_s=300, grace_ms=2_000, leader_may_raise=False)

# The exchange's own rules. The shares are those of product-rights trading (产权交易); no law fixes them here.
EXCHANGE_PROXY = Profile(
    id="exchange-proxy",
    version=1,
    effective_from=date(2026, 1, 1),
    min_bidding_s=24 * 3600,
    extension_s=300,
    grace_ms=2_000,
    start_min_bp=9_000,
    deposit_min_bp=0,
    deposit_max_bp=3_000,
    needs_deposit=True,
    needs_increments=True,
    needs_listing=True,
    leader_may_raise=True,
    format=Format.PROXY,
)

# The same without maxima (多次报价), for sellers who are no court: a secret reserve is allowed, and a shorter notice.
EXCHANGE_ASCENDING = replace(EXCHANGE_PROXY, id="exchange-ascending", leader_may_raise=False, format=Format.ASCENDING)

# The exchange's falling clock. No law fixes its numbers; all are the exchange's own.
EXCHANGE_DUTCH = Profile(
    id="exchange-dutch",
    version=1,
    effective_from=date(2026, 1, 1),
    min_bidding_s=3_600,
    extension_s=0,  # nothing extends a clock
    grace_ms=500,  # how long the first click waits for earlier ones
    start_min_bp=9_000,
    deposit_min_bp=0,
    deposit_max_bp=3_000,
    needs_deposit=True,
    needs_increments=False,
    needs_listing=True,
    leader_may_raise=False,
    format=Format.DUTCH,
    floor_min_bp=9_000,  # what a listing may come down to without the approving body
    step_min_s=10,  # long enough to read a price and act
)

# One sealed quote, its numbers the exchange's own. No lot is held under it before there is a place for envelopes.
EXCHANGE_FIRST_PRICE = Profile(
    id="exchange-first-price",
    version=1,
    effective_from=date(2026, 1, 1),
    min_bidding_s=24 * 3600,
    extension_s=0,  # nothing extends the time for envelopes
    grace_ms=2_000,
    start_min_bp=9_000,
    deposit_min_bp=0,
    deposit_max_bp=3_000,
    needs_deposit=True,
    needs_increments=False,
    needs_listing=True,
    leader_may_raise=False,
    format=Format.FIRST_PRICE,
    opening_s=2 * 3600,  # long enough for a bidder that sleeps through its beginning
)
EXCHANGE_SECOND_PRICE = replace(EXCHANGE_FIRST_PRICE, id="exchange-second-price", format=Format.SECOND_PRICE)

# A round is as long as an extension elsewhere. Some exchanges shut out of the rounds who has not bid in the free
# period, and bound the rounds. No source for either is at hand (mark R), and to shut out somebody who has paid a
# deposit needs one: the usual version does neither. The strict one is for a seller who wants a race with a known end.
EXCHANGE_ROUNDS = replace(EXCHANGE_PROXY, id="exchange-rounds", leader_may_raise=False, format=Format.ROUNDS)
EXCHANGE_ROUNDS_STRICT = replace(
    EXCHANGE_ROUNDS,
    id="exchange-rounds-strict",
    must_bid_free=True,
    rounds_most=12,  # an hour, from the end of the free period
)

# For demands, which have no listing to rest on yet; the shares are of the ceiling, and no appraisal bounds that.
EXCHANGE_REVERSE = replace(
    EXCHANGE_PROXY,
    id="exchange-reverse",
    start_min_bp=0,
    needs_listing=False,
    leader_may_raise=False,
    format=Format.REVERSE,
)

# Price and quality together. No law fixes these numbers either: the price must count for something, an odd panel has no
# equal halves, and a day is long enough to read an offer in.
EXCHANGE_SCORED = replace(
    EXCHANGE_PROXY,
    id="exchange-scored",
    format=Format.SCORED,
    leader_may_raise=False,  # it would only keep the bidding open
    price_weight_min_bp=3_000,
    panel_min=3,
    scoring_s=24 * 3600,
)

# Several ordinary licences. A winner may raise its bid: it is then harder to displace, and pays no more for it.
EXCHANGE_UNIFORM = replace(EXCHANGE_PROXY, id="exchange-uniform", format=Format.UNIFORM)

REPLAYS = frozenset({REPLAY.ref, REPLAY_PROXY.ref, REPLAY_EXTENDED.ref})
"""Versions for replays alone: no deal may rest on them."""

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        one.ref: one
        for one in (
            *(JUDICIAL_2016, JUDICIAL_2016_WHOLE, REPLAY, REPLAY_PROXY, REPLAY_EXTENDED),
            *(
                EXCHANGE_ASCENDING,
                EXCHANGE_PROXY,
                EXCHANGE_ROUNDS,
                EXCHANGE_ROUNDS_STRICT,
                EXCHANGE_DUTCH,
                EXCHANGE_FIRST_PRICE,
            ),
            *(EXCHANGE_SECOND_PRICE, EXCHANGE_SCORED, EXCHANGE_UNIFORM, EXCHANGE_REVERSE),
        )
    }
)


def find(ref: str) -> Profile:
    """Return the version cited as `ref`. Refuses `UnknownProfile`."""
    if ref not in PROFILES:
        raise UnknownProfile("cite a published version", published=", ".join(PROFILES))
    return PROFILES[ref]
