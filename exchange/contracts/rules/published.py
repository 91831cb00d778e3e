"""The published versions of how contracts are made and registered. A version is never edited: a change is a new one."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from ledger.kernel.calendar import local_date
from ledger.kernel.errors import Kind, Refusal

from ..model import Rules


class NoRulesInForce(Refusal):
    """No version of the contract rules is in force at this time."""

    kind = Kind.UNAVAILABLE
    zh = "当前没有生效的合同规则版本"


# Of these numbers the registrar's fifteen working days alone are the state's (exchange-rules.md section 3); the others
# are this exchange's own, and the station is the one office that registers here.
CONTRACT_2026: Final = Rules(
    id="contract-2026",
    version=1,
    effective_from=date(2026, 1, 1),
    sign_within_days=5,
    answer_within_days=3,
    grace_s=60,
    register_within_days=15,
    station="01",
)

CONTRACT_RULES: Final[Mapping[str, Rules]] = MappingProxyType({one.ref: one for one in (CONTRACT_2026,)})


def in_force(at: datetime) -> Rules:
    """Return the version a contract opened at `at` is made under. Refuses `NoRulesInForce`."""
    found = [one for one in CONTRACT_RULES.values() if one.effective_from <= local_date(at)]
    if not found:
        raise NoRulesInForce("contracts are made here from a later day on")
    return max(found, key=lambda one: (one.effective_from, one.version))
