"""What a claim's clauses looked at, in Chinese, from the facts and the terms that the claim's entry publishes."""

import re
from typing import Final

from settlement.subsidies.model import Condition

from ..labels import Label
from ..markup import local, yuan
from ..reading import Said

_ARTICLE: Final = re.compile(r"art\. ([0-9]{1,3})(?: \(([0-9]{1,3})\))?", re.ASCII)


def article(number: str | None) -> Label | None:
    """Return what a clause is called: `art. 4 (1)` is 第4条(1); one numbered otherwise stands for itself."""
    match = _ARTICLE.fullmatch(number or "")
    if match is None:
        return (number, number) if number else None
    return f"第{match[1]}条" + (f"({match[2]})" if match[2] else ""), match[0]


def found(condition: str | None, facts: Said, terms: Said, formula: str) -> str:
    """Say what was looked at for a condition; for one unknown here, what the entry says."""
    match condition:
        case Condition.REAL_NAME:
            seller, buyer = (_flag(facts, f"{name}_verified", "已实名", "未实名") for name in ("seller", "buyer"))
            return f"让与方{seller}，受让方{buyer}"
        case Condition.ON_PLATFORM:
            return f"挂牌 {_when(facts, 'listed_at')}，签署 {_when(facts, 'signed_at')}"
        case Condition.REGISTERED:
            return f"签署 {_when(facts, 'signed_at')}，登记 {_when(facts, 'registered_at')}"
        case Condition.IN_REGION:
            places = f"让与方 {facts.text('seller_region')}，受让方 {facts.text('buyer_region')}"
            return f"{places}，须属 {terms.text('region')}(行政区划代码)"
        case Condition.PAID_IN_WINDOW:
            first, last = terms.text("from_day"), terms.text("to_day")
            return f"到账 {_when(facts, 'paid_at')}，期限 {first} 至 {last}"
        case Condition.TOTAL_REACHED:
            return f"累计 {yuan(facts.fen('party_total_fen'))}，须达 {yuan(terms.fen('total_least_fen'))}"
        case _:
            return _absent(condition, facts) or formula


def _absent(condition: str | None, facts: Said) -> str | None:
    """Say what ought not to be."""
    match condition:
        case Condition.NOT_FISCAL:
            return "申报" + _flag(facts, "fiscal_funded", "含财政资金", "不含财政资金")
        case Condition.NOT_EQUITY:
            return _flag(facts, "equity_unrealised", "有未实现股权", "无未实现股权")
        case Condition.NOT_RELATED:
            return "申报" + _flag(facts, "related_parties", "为关联交易", "非关联交易")
        case Condition.NOT_SANCTIONED:
            return _flag(facts, "sanctioned", "有一方被限制或失信", "双方均未被限制或失信")
        case _:
            return None


def _flag(facts: Said, name: str, yes: str, no: str) -> str:
    value = facts.written.get(name)
    return (yes if value else no) if isinstance(value, bool) else "不详"


def _when(facts: Said, name: str) -> str:
    at = facts.instant(name)
    return local(at) if at else "尚无"
