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

REPLAYS = frozenset({REPLAY.ref, REPLAY_PROXY.ref, REPLAY_EXTENDED.ref})
"""Versions for replays alone: no deal may rest on them."""

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        one.ref: one
        for one in (
            *(JUDICIAL_2016, REPLAY, REPLAY_PROXY, REPLAY_EXTENDED, EXCHANGE_PROXY),
            *(EXCHANGE_DUTCH, EXCHANGE_FIRST_PRICE, EXCHANGE_SECOND_PRICE),
        )
    }
)


def find(ref: str) -> Profile:
    """Return the version cited as `ref`. Refuses `UnknownProfile`."""
    if ref not in PROFILES:
        raise UnknownProfile("cite a published version", published=", ".join(PROFILES))
    return PROFILES[ref]
