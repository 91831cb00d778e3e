"""The published versions of subsidy rules. A version is never edited: a change is a new version."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.money import Fen

from ..model import Clause, Condition, Rule


class UnknownRule(Refusal):
    """There is no such version of a subsidy rule."""

    kind = Kind.MALFORMED
    zh = "没有这个补助规则版本"


# An illustration: the numbers and the order of thought are those of Fujian's rule of 2024, which has no force in Inner
# Mongolia, whose own rates are not published. The clause numbers are this rule's own.
MKJ_PLATFORM_2026 = Rule(
    id="mkj-platform-2026",
    version=1,
    title="场内交易补助规则（示例，非内蒙古自治区现行规定）/ On-platform trade subsidy (an illustration, not law)",
    source="after FJ-PLATFORM-2024 (福建省科技成果转移转化公共服务平台技术交易补助实施细则); no rule of Inner Mongolia",
    illustrative=True,
    from_day=date(2026, 1, 1),
    to_day=date(2026, 12, 31),
    region="15",  # GB/T 2260: Inner Mongolia
    clauses=(
        Clause("art. 4 (1)", Condition.REAL_NAME),
        Clause("art. 4 (2)", Condition.ON_PLATFORM),
        Clause("art. 4 (3)", Condition.REGISTERED),
        Clause("art. 4 (4)", Condition.IN_REGION),
        Clause("art. 4 (5)", Condition.PAID_IN_WINDOW),
        Clause("art. 4 (6)", Condition.TOTAL_REACHED),
        Clause("art. 5 (1)", Condition.NOT_FISCAL),
        Clause("art. 5 (2)", Condition.NOT_EQUITY),
        Clause("art. 5 (3)", Condition.NOT_RELATED),
        Clause("art. 5 (4)", Condition.NOT_SANCTIONED),
    ),
    rate_bp=100,
    rate_clause="art. 6",
    project_cap_fen=Fen(5_000_000),
    project_cap_clause="art. 7 (1)",
    year_cap_fen=Fen(20_000_000),
    year_cap_clause="art. 7 (2)",
    total_least_fen=Fen(200_000_000),
)

RULES: Mapping[str, Rule] = MappingProxyType({one.ref: one for one in (MKJ_PLATFORM_2026,)})


def find(ref: str) -> Rule:
    """Return the version cited as `ref`. Refuses `UnknownRule`."""
    if ref not in RULES:
        raise UnknownRule("cite a published version", published=", ".join(RULES))
    return RULES[ref]
