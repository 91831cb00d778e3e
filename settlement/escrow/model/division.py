"""The nouns of a division: who has a part in what a buyer paid, and what each of them gets of one payment."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen

MAX_COSTS = 50
MAX_INVENTORS = 50
MAX_WEIGHT = 1_000_000
NOTHING: Final = Fen(0)


class CostKind(StrEnum):
    """What may be taken off the price before the inventors' share is computed (转化直接成本)."""

    APPRAISAL = "appraisal"  # 评估
    AGENCY = "agency"  # 中介、经纪
    TAX = "tax"  # 税费
    MAINTENANCE = "maintenance"  # 专利申请、维持
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A cost of bringing the achievement to market, with the hash of its voucher."""

    kind: CostKind
    amount_fen: Fen
    evidence_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An inventor's weight in the reward. The name stays sealed; `inventor` counts from 1 in the asset's own order."""

    inventor: int
    name: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A holder of the right (共有权利人) and its share of what the seller's side keeps, in basis points."""

    organisation: OrganisationId
    share_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Who brought the parties together (技术经纪人), and its commission (佣金) on every payment, in basis points."""

    organisation: OrganisationId
    commission_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Withholding:
    """Income tax taken off an inventor's cash reward (代扣代缴), as the seller states it; `inventor` counts from 1."""

    inventor: int
    amount_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Whose a deal's payments are (分配方案). Owners stand in the asset's order, the seller among them."""

    owners: tuple[Owner, ...]
    broker: Broker | None
    reward_bp: int  # of net income
    inventors: tuple[Share, ...]  # in the asset's order; none where there is no reward


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What has been divided so far, of one price or of one agreement's royalties."""

    amount_fen: Fen = NOTHING
    fee_fen: Fen = NOTHING
    costs_fen: Fen = NOTHING  # the seller's own, without the commission
    commission_fen: Fen = NOTHING
    reward_fen: Fen = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """An inventor's part of the reward, and the tax taken off it."""

    inventor: int
    amount_fen: Fen
    withheld_fen: Fen

    @property
    def paid_fen(self) -> Fen:
        """What reaches the inventor."""
        return Fen(self.amount_fen - self.withheld_fen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """One payment divided: fee + commission + reward + the owners' parts = amount."""

    amount_fen: Fen
    fee_fen: Fen
    costs: tuple[Cost, ...]
    commission_fen: Fen
    reward_fen: Fen
    cuts: tuple[Cut, ...]  # of the reward
    owner_parts: tuple[Fen, ...]  # in the order of the owners
    after: Sums

    @property
    def costs_fen(self) -> Fen:
        """What the seller states to have spent, beside fee and commission; nobody is paid it."""
        return Fen(sum(one.amount_fen for one in self.costs))

    @property
    def net_fen(self) -> Fen:
        """Net income (净收入): the amount less fee, commission and the seller's own costs."""
        return Fen(self.amount_fen - self.fee_fen - self.commission_fen - self.costs_fen)

    @property
    def owners_fen(self) -> Fen:
        """What the holders of the right keep together."""
        return Fen(sum(self.owner_parts))
