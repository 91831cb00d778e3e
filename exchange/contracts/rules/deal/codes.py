"""What the codes of contracts, money and subsidies are called on a page, Chinese first."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from exchange.contracts.model import ContractType, Fault, PartKind, Party
from settlement.books.model import Kind
from settlement.escrow.model import CostKind, RefundReason
from settlement.subsidies.model import Condition

from ..labels import Label

TYPES: Final[Mapping[str, Label]] = MappingProxyType(
    {
        ContractType.DEVELOPMENT: ("技术开发合同", "development"),
        ContractType.TRANSFER: ("技术转让合同", "transfer"),
        ContractType.LICENCE: ("技术许可合同", "licence"),
        ContractType.CONSULTING: ("技术咨询合同", "consulting"),
        ContractType.SERVICE: ("技术服务合同", "service"),
    }
)

PARTS: Final[Mapping[str, Label]] = MappingProxyType(
    {
        PartKind.TECHNOLOGY: ("技术", "technology"),
        PartKind.EQUIPMENT: ("设备", "equipment"),
        PartKind.MATERIALS: ("原材料、零部件", "materials"),
        PartKind.OTHER: ("其他非技术性费用", "other"),
    }
)

PARTIES: Final[Mapping[str, Label]] = MappingProxyType(
    {Party.SELLER: ("让与方", "seller"), Party.BUYER: ("受让方", "buyer")}
)

FAULTS: Final[Mapping[str, Label]] = MappingProxyType(
    {Fault.SELLER: ("让与方", "seller"), Fault.BUYER: ("受让方", "buyer"), Fault.NOBODY: ("无", "nobody")}
)

COSTS: Final[Mapping[str, Label]] = MappingProxyType(
    {
        CostKind.APPRAISAL: ("评估费", "appraisal"),
        CostKind.AGENCY: ("中介、经纪费", "agency"),
        CostKind.TAX: ("税费", "tax"),
        CostKind.MAINTENANCE: ("专利申请、维持费", "maintenance"),
        CostKind.OTHER: ("其他", "other"),
    }
)

REASONS: Final[Mapping[str, Label]] = MappingProxyType(
    {
        RefundReason.OUTBID: ("未竞得", "outbid"),
        RefundReason.UNSOLD: ("未成交", "unsold"),
        RefundReason.SELLER_DEFAULT: ("让与方违约", "seller's default"),
    }
)

TRANSFERS: Final[Mapping[str, Label]] = MappingProxyType(
    {
        Kind.MOVE: ("划转", "move"),
        Kind.HOLD: ("冻结", "hold"),
        Kind.POST: ("解冻划转", "post"),
        Kind.VOID: ("解冻退回", "void"),
    }
)

ASKED: Final[Mapping[str, Label]] = MappingProxyType(
    {
        Condition.REAL_NAME: ("双方实名认证", "both verified"),
        Condition.ON_PLATFORM: ("平台挂牌并签约", "listed and signed here"),
        Condition.REGISTERED: ("技术合同已登记", "registered"),
        Condition.IN_REGION: ("双方均在区内", "both of the region"),
        Condition.PAID_IN_WINDOW: ("款项在期限内到账", "paid in the interval"),
        Condition.TOTAL_REACHED: ("平台累计成交达标", "total reached"),
        Condition.NOT_FISCAL: ("非财政资金", "no fiscal funds"),
        Condition.NOT_EQUITY: ("非未实现股权", "no unrealised equity"),
        Condition.NOT_RELATED: ("非关联交易", "not related"),
        Condition.NOT_SANCTIONED: ("未被限制、失信", "not sanctioned"),
    }
)

STEPS: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "base": ("实际到账金额", "amount paid"),
        "rate": ("按比例", "rate"),
        "project-cap": ("单项上限", "project cap"),
        "year-cap": ("年度上限", "year cap"),
        "budget": ("预算余额", "budget"),
    }
)

_ACCOUNTS: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "custody:bank": ("存管银行", "bank"),
        "custody:ordered": ("付款指令", "ordered out"),
        "exchange:fees": ("平台服务费", "fees"),
        "escrow": ("托管价款", "escrow"),
        "seller": ("让与方", "seller"),
        "reward": ("奖酬待分配", "reward"),
        "broker": ("技术经纪方", "broker"),
        "tax": ("代扣税款", "tax withheld"),
        "budget": ("激励预算", "budget"),
        "used": ("已用额度", "used quota"),
    }
)


def called(labels: Mapping[str, Label], value: str | None) -> Label | None:
    """Return what a code is called; one unknown here stands for itself."""
    return labels.get(value, (value, value)) if value else None


def account(name: str | None) -> Label | None:
    """Return what an account is called; a bidder's by its code, an inventor's or a holder's by its place."""
    if not name:
        return None
    words = name.split(":")
    if name in _ACCOUNTS:
        return _ACCOUNTS[name]
    if len(words) == 3 and words[1] == "bidder":
        return f"竞买人 {words[2]}", f"bidder {words[2]}"
    if len(words) == 3 and words[1] == "inventor":
        return f"发明人 {words[2]}", f"inventor {words[2]}"
    if len(words) == 3 and words[1] == "owner":
        return f"权利人 {words[2]}", f"holder {words[2]}"
    return _ACCOUNTS.get(words[1], (name, name)) if len(words) == 2 else (name, name)


def percent(basis_points: int | None) -> str | None:
    """Write basis points as per cent, without trailing noughts."""
    if basis_points is None:
        return None
    whole, part = divmod(basis_points, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + "%"
