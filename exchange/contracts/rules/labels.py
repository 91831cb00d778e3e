"""What codes are called on a page, Chinese first."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from exchange.auctions import model as auctions
from listings.achievements import model as achievements
from listings.achievements.model import EncumbranceKind, IpKind, Mode, PricingMethod, Region
from settlement.escrow import model as escrow
from settlement.subsidies import model as subsidies

from .. import model as contracts

Label: TypeAlias = tuple[str, str]
"""Chinese and English."""

EVENTS: Final[Mapping[str, Label]] = MappingProxyType(
    {
        achievements.ASSET_REGISTERED.name: ("知识产权登记", "Asset registered"),
        achievements.ASSET_ENCUMBERED.name: ("登记权利负担", "Encumbrance recorded"),
        achievements.ASSET_ENCUMBRANCE_RELEASED.name: ("权利负担解除", "Encumbrance released"),
        achievements.LISTING_SUBMITTED.name: ("提交挂牌申请", "Listing submitted"),
        achievements.LISTING_RETURNED.name: ("退回补正", "Listing returned"),
        achievements.LISTING_ACCEPTED.name: ("受理", "Listing accepted"),
        achievements.LISTING_DISCLOSED.name: ("信息披露开始", "Disclosure begins"),
        achievements.LISTING_REVISED.name: ("变更披露内容", "Disclosure begun anew"),
        achievements.LISTING_OPENED.name: ("披露期满", "Disclosure over"),
        achievements.LISTING_RESERVED.name: ("进入交易", "Reserved for a deal"),
        achievements.LISTING_RELEASED.name: ("退出交易", "Released by the deal"),
        achievements.LISTING_AWARDED.name: ("挂牌项目成交", "Awarded"),
        achievements.LISTING_WITHDRAWN.name: ("撤回挂牌", "Listing withdrawn"),
        auctions.LOT_ANNOUNCED.name: ("拍卖公告", "Lot announced"),
        auctions.FORM_ANNOUNCED.name: ("竞价方式条款公告", "Terms of the format"),
        auctions.LOT_WITHDRAWN.name: ("撤回标的", "Lot withdrawn"),
        auctions.DEPOSIT_CONFIRMED.name: ("确认保证金", "Deposit confirmed"),
        auctions.BID_ACCEPTED.name: ("有效出价", "Bid accepted"),
        auctions.BID_PARKED.name: ("出价待定", "Bid parked"),
        auctions.BID_REFUSED.name: ("出价被拒", "Bid refused"),
        auctions.MAXIMUM_ACCEPTED.name: ("有效代理出价", "Maximum accepted"),
        auctions.MAXIMUM_REFUSED.name: ("代理出价被拒", "Maximum refused"),
        auctions.PRICE_TAKEN.name: ("应价成交", "Price taken"),
        auctions.TAKE_REFUSED.name: ("应价被拒", "Price taken by another"),
        auctions.ENVELOPE_LODGED.name: ("递交密封报价", "Envelope lodged"),
        auctions.OPENING_BEGUN.name: ("开标开始", "Opening begun"),
        auctions.ENVELOPE_OPENED.name: ("密封报价已开启", "Envelope opened"),
        auctions.ENVELOPES_RANKED.name: ("报价排序", "Envelopes ranked"),
        auctions.LOT_SOLD.name: ("成交", "Sold"),
        auctions.LOT_UNSOLD.name: ("流拍", "Unsold"),
        auctions.SALE_FELL_THROUGH.name: ("成交后未履约，交易未成", "Sale fell through"),
        contracts.CONTRACT_OPENED.name: ("合同待拟", "Contract begun"),
        contracts.CONTRACT_WRITTEN.name: ("拟定合同", "Contract written"),
        contracts.CONTRACT_SIGNED.name: ("签署合同", "Contract signed"),
        contracts.CONTRACT_REGISTERED.name: ("技术合同认定登记", "Contract registered"),
        contracts.CONTRACT_LAPSED.name: ("逾期未签，合同失效", "Contract lapsed"),
        contracts.CONTRACT_RESCINDED.name: ("合同解除", "Contract rescinded"),
        contracts.CONTRACT_STAYED.name: ("冻结期间合同暂停", "Contract stayed"),
        contracts.CONTRACT_RESUMED.name: ("合同恢复办理", "Contract resumed"),
        escrow.SETTLEMENT_OPENED.name: ("开立结算", "Settlement opened"),
        escrow.DEPOSIT_REQUESTED.name: ("申请交纳保证金", "Deposit requested"),
        escrow.DEPOSIT_HELD.name: ("收取并冻结保证金", "Deposit held"),
        escrow.DEPOSIT_REFUNDED.name: ("退还保证金", "Deposit refunded"),
        escrow.AWARDED.name: ("保证金转为履约担保", "Winner's deposit kept"),
        escrow.BALANCE_DUE.name: ("应付余款", "Balance due"),
        escrow.BALANCE_PAID.name: ("余款到账", "Balance paid"),
        escrow.SETTLED.name: ("结清分配", "Settled"),
        escrow.SHARED.name: ("价款分配明细", "Shares told"),
        escrow.DEPOSIT_FORFEITED.name: ("保证金不予退还", "Deposit forfeited"),
        escrow.RELEASED.name: ("未成交，结算终止", "Settlement released"),
        escrow.RETURNED.name: ("交易未成，结算终止", "Settlement returned"),
        escrow.FROZEN.name: ("依法冻结", "Frozen by order"),
        escrow.THAWED.name: ("解除冻结", "Freeze lifted"),
        escrow.PLANNED.name: ("转入付款计划", "Left to a payment plan"),
        escrow.PLAN_PROPOSED.name: ("提出付款计划", "Plan proposed"),
        escrow.PLAN_WITHDRAWN.name: ("撤回付款计划", "Plan withdrawn"),
        escrow.PLAN_LAPSED.name: ("付款计划逾期未确认", "Plan lapsed"),
        escrow.PROPOSAL_EXTENDED.name: ("付款计划确认期限顺延", "Time to agree extended"),
        escrow.TRIAL_BEGUN.name: ("开始试用", "Trial begun"),
        escrow.TRIAL_EXTENDED.name: ("试用期顺延", "Trial extended"),
        escrow.TRIAL_DECLINED.name: ("试用后不购买", "Trial declined"),
        escrow.PLAN_AGREED.name: ("付款计划生效", "Plan agreed"),
        escrow.PART_PAID.name: ("一期款项到账", "Part paid"),
        escrow.PART_WAITS.name: ("冻结期间到账，暂不放款", "Part waits"),
        escrow.RELEASE_PROPOSED.name: ("申请放款", "Release proposed"),
        escrow.PART_RELEASED.name: ("一期款项放款", "Part released"),
        escrow.PART_DISPUTED.name: ("一期款项有争议", "Part disputed"),
        escrow.OUTCOME_OFFERED.name: ("提出争议处理意见", "Outcome offered"),
        escrow.DISPUTE_RESOLVED.name: ("争议已解决", "Dispute resolved"),
        escrow.PART_RETURNED.name: ("一期款项退回", "Part returned"),
        escrow.PART_DIVIDED.name: ("一期款项分配", "Part divided"),
        escrow.PLAN_DEFAULTED.name: ("逾期违约，计划终止", "Plan defaulted"),
        escrow.PLAN_DEPOSIT_LOST.name: ("保证金不予退还", "Plan's deposit lost"),
        escrow.ROYALTY_PROPOSED.name: ("提出提成约定", "Royalty proposed"),
        escrow.ROYALTY_WITHDRAWN.name: ("撤回提成约定", "Royalty withdrawn"),
        escrow.ROYALTY_LAPSED.name: ("提成约定逾期未确认", "Royalty lapsed"),
        escrow.ROYALTY_AGREED.name: ("提成约定生效", "Royalty agreed"),
        escrow.SALES_STATED.name: ("申报销售额", "Sales stated"),
        escrow.ROYALTY_ESTIMATED.name: ("逾期未申报，按最低提成计", "Minimum royalty due"),
        escrow.AUDIT_CALLED.name: ("提出查账", "Audit called"),
        escrow.ROYALTY_AUDITED.name: ("登记查账结果", "Audit recorded"),
        escrow.ROYALTY_PAID.name: ("提成到账", "Royalty paid"),
        escrow.ROYALTY_OVERDUE.name: ("提成逾期未付", "Royalty overdue"),
        escrow.ROYALTY_DIVIDED.name: ("提成分配", "Royalty divided"),
        escrow.TERMINATION_SIGNED.name: ("签署终止意见", "Termination signed"),
        escrow.ROYALTY_TERMINATED.name: ("提成约定终止", "Royalty terminated"),
        escrow.ROYALTY_ENDED.name: ("提成期满", "Royalty ended"),
        escrow.INVOICE_RECORDED.name: ("登记发票", "Invoice recorded"),
        escrow.INVOICE_REVERSED.name: ("登记红字发票", "Invoice reversed"),
        escrow.MISDIRECTED.name: ("收到错汇、多汇款项", "Misdirected money came"),
        escrow.MISDIRECTED_ASSIGNED.name: ("错汇、多汇款项转入应付", "Misdirected money assigned"),
        escrow.MISDIRECTED_RETURNED.name: ("错汇、多汇款项退回", "Misdirected money sent back"),
        subsidies.CLAIM_ASSESSED.name: ("激励申请核定", "Subsidy assessed"),
        subsidies.CLAIM_REFUSED.name: ("激励申请不予支持", "Subsidy refused"),
        subsidies.CLAIM_PAID.name: ("激励资金拨付", "Subsidy paid"),
    }
)

CODES: Final[Mapping[str, Label]] = MappingProxyType(
    {
        Mode.ASSIGNMENT: ("转让", "assignment"),
        Mode.EXCLUSIVE_LICENCE: ("独占许可", "exclusive licence"),
        Mode.SOLE_LICENCE: ("排他许可", "sole licence"),
        Mode.ORDINARY_LICENCE: ("普通许可", "ordinary licence"),
        Mode.INVESTMENT: ("作价投资", "investment"),
        PricingMethod.AGREEMENT: ("协议定价", "agreement"),
        PricingMethod.LISTING: ("挂牌交易", "listing"),
        PricingMethod.AUCTION: ("拍卖", "auction"),
        IpKind.INVENTION_PATENT: ("发明专利", "invention patent"),
        IpKind.UTILITY_MODEL: ("实用新型", "utility model"),
        IpKind.DESIGN: ("外观设计", "design"),
        IpKind.SOFTWARE_COPYRIGHT: ("计算机软件著作权", "software copyright"),
        IpKind.PLANT_VARIETY: ("植物新品种权", "plant variety"),
        IpKind.IC_LAYOUT: ("集成电路布图设计", "IC layout"),
        IpKind.TRADE_SECRET: ("技术秘密", "trade secret"),
        EncumbranceKind.PLEDGE: ("质押", "pledge"),
        EncumbranceKind.DISPUTE: ("权属纠纷", "dispute"),
        EncumbranceKind.PRESERVATION: ("财产保全", "preservation"),
        Region.HOHHOT: ("呼和浩特市", "Hohhot"),
        Region.BAOTOU: ("包头市", "Baotou"),
        Region.WUHAI: ("乌海市", "Wuhai"),
        Region.CHIFENG: ("赤峰市", "Chifeng"),
        Region.TONGLIAO: ("通辽市", "Tongliao"),
        Region.ORDOS: ("鄂尔多斯市", "Ordos"),
        Region.HULUNBUIR: ("呼伦贝尔市", "Hulunbuir"),
        Region.BAYANNUR: ("巴彦淖尔市", "Bayannur"),
        Region.ULANQAB: ("乌兰察布市", "Ulanqab"),
        Region.HINGGAN: ("兴安盟", "Hinggan"),
        Region.XILINGOL: ("锡林郭勒盟", "Xilingol"),
        Region.ALXA: ("阿拉善盟", "Alxa"),
        Region.OUTSIDE: ("区外", "outside the region"),
        auctions.UnsoldReason.NO_BIDS: ("无人出价", "no bids"),
        auctions.UnsoldReason.RESERVE_NOT_MET: ("未达到保留价", "reserve not met"),
        "auctions/past-end": ("竞价已结束", "past the end"),
        "auctions/below-start": ("低于起拍价", "below the start price"),
        "auctions/below-increment": ("未达到加价幅度", "below the increment"),
        "auctions/already-taken": ("已有他人先行应价", "taken by another first"),
        "auctions/already-leading": ("已为最高出价", "already leading"),
    }
)


def event(kind: str) -> Label:
    """Return what an entry of `kind` is called; a kind unknown here is called by its name."""
    return EVENTS.get(kind, (kind, kind))


def code(value: str | None) -> Label | None:
    """Return what a code is called; one unknown here stands for itself."""
    return CODES.get(value, (value, value)) if value else None
