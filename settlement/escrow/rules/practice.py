"""The published practice of escrow. A version is never edited."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from ledger.kernel.calendar import local_date
from ledger.kernel.errors import Kind, Refusal

from ..model import Practice


class NoPracticeInForce(Refusal):
    """No practice of escrow is in force on this day."""

    kind = Kind.CONFLICT
    zh = "当日没有生效的资金托管规则"


ESCROW_2026 = Practice(
    id="escrow-2026",
    version=1,
    effective_from=date(2026, 1, 1),
    first_share_bp=3_000,  # 国资委、财政部令第32号 art. 28, as the next two
    first_within_workdays=5,
    rest_within_days=365,
    interest_min_bp=300,  # the bank's lending rate; this number is ours to illustrate with, as all below
    settle_within_workdays=15,
    commission_max_bp=1_000,
    trial_max_days=180,
    statement_within_days=30,
    royalty_within_workdays=15,
    misdirected_within_workdays=10,
    forfeit_order=("fee", "seller"),  # 法释〔2016〕18号 art. 24: first what the sale has cost
)

PRACTICES: Mapping[str, Practice] = MappingProxyType({ESCROW_2026.ref: ESCROW_2026})
"""Every version ever published, by how it is cited."""


def practice_on(at: datetime) -> Practice:
    """Return the newest practice in force on the day it is in China. Refuses `NoPracticeInForce`."""
    day = local_date(at)
    found = [one for one in PRACTICES.values() if one.effective_from <= day]
    if not found:
        first = min(one.effective_from for one in PRACTICES.values())
        raise NoPracticeInForce("wait for the first version", effective_from=first.isoformat())
    return max(found, key=lambda one: (one.effective_from, one.version))
