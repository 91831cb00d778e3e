"""The published terms of settlement, and the two amounts their numbers decide. A version is never edited."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from ledger.kernel.calendar import local_date
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.money import WHOLE_BP, Fen

from ..model import Band, Terms


class NoTermsInForce(Refusal):
    """No terms of settlement are in force on this day."""

    kind = Kind.CONFLICT
    zh = "当日没有生效的结算规则"


# The fee is no law: it is the operator's own schedule, ours to illustrate with.
SETTLEMENT_2026 = Terms(
    id="settlement-2026",
    version=1,
    effective_from=date(2026, 1, 1),
    fee_bands=(Band(Fen(0), 150), Band(Fen(100_000_000), 100), Band(Fen(1_000_000_000), 50)),
    pay_within_days=5,  # 国资委、财政部令第32号 art. 28: in principle within five working days of taking effect
    reward_min_bp=5_000,  # 转化法 art. 45
)

TERMS: Mapping[str, Terms] = MappingProxyType({SETTLEMENT_2026.ref: SETTLEMENT_2026})
"""Every version ever published, by how it is cited."""


def in_force(at: datetime) -> Terms:
    """Return the newest version in force on the day it is in China. Refuses `NoTermsInForce`."""
    day = local_date(at)
    found = [one for one in TERMS.values() if one.effective_from <= day]
    if not found:
        first = min(one.effective_from for one in TERMS.values())
        raise NoTermsInForce("a settlement can be opened from the first version on", effective_from=first.isoformat())
    return max(found, key=lambda one: (one.effective_from, one.version))


def fee(terms: Terms, price_fen: int) -> Fen:
    """Return the exchange's fee on a price: each band's part at its own rate, rounded once, half up to the fen."""
    invariant(price_fen >= 0, "a price")
    upper = [band.from_fen for band in terms.fee_bands[1:]]
    parts = zip(terms.fee_bands, [*upper, price_fen], strict=True)
    sum_bp = sum(max(min(price_fen, to) - band.from_fen, 0) * band.rate_bp for band, to in parts)
    return Fen((2 * sum_bp + WHOLE_BP) // (2 * WHOLE_BP))


def reward(net_fen: int, reward_bp: int) -> Fen:
    """Return the inventors' part of net income, rounded up: by no part of a fen below the share that is due."""
    invariant(net_fen >= 0 and 0 <= reward_bp <= WHOLE_BP, "a share of what is left")
    return Fen(-(-net_fen * reward_bp // WHOLE_BP))
