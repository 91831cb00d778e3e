"""How far a deal came, and how it ended, said plainly: a badge, its steps, and where it fell through."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from exchange.auctions.model import LOT_SOLD, LOT_UNSOLD, LOT_WITHDRAWN
from exchange.contracts.model import CONTRACT_LAPSED, CONTRACT_REGISTERED, CONTRACT_RESCINDED, CONTRACT_SIGNED
from listings.achievements.model import LISTING_DISCLOSED, LISTING_REVISED
from settlement.escrow import model as escrow
from settlement.subsidies.model import CLAIM_ASSESSED, CLAIM_PAID, CLAIM_REFUSED

from ..labels import Label
from ..markup import Html, el, join, local, yuan
from ..reading import Line, Record
from .money import deposits, forfeited


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A step of a deal: when it was done, and whether the deal ended there instead."""

    label: Label
    at: datetime | None = None
    failed: bool = False


def badge(record: Record) -> tuple[Label, str]:
    """Return what the deal has come to, newest first, and the style of it."""
    of_deal = {line.kind for subject in (record.lot, record.contract, record.settlement) for line in record.of(subject)}
    for kind, label, style in (
        (CONTRACT_RESCINDED.name, ("合同已解除", "Rescinded"), "failed"),
        (CONTRACT_LAPSED.name, ("合同未签，已失效", "Lapsed"), "failed"),
        (escrow.SETTLED.name, ("已结清", "Settled"), "sold"),
        (escrow.BALANCE_PAID.name, ("价款已付清", "Paid"), "sold"),
        (escrow.PLANNED.name, ("按付款计划付款", "Paid by a plan"), "sold"),
        (escrow.BALANCE_DUE.name, ("合同已生效，待付款", "In effect, payment due"), "sold"),
        (LOT_SOLD.name, ("已成交，待签约", "Sold, to be signed"), "sold"),
        (LOT_UNSOLD.name, ("流拍", "Unsold"), "unsold"),
        (LOT_WITHDRAWN.name, ("已撤回", "Withdrawn"), "unsold"),
    ):
        if kind in of_deal:
            return label, style
    return ("未结束", "Not closed"), "unsold"


def stages(record: Record) -> list[Stage]:
    """Return the steps in the order a deal goes through them."""
    contract, money = record.of(record.contract), record.of(record.settlement)
    claims = [line for claim in record.claims for line in record.of(claim)]
    signed = [line for line in contract if line.kind == CONTRACT_SIGNED.name and line.data.text("effective_at")]
    lapsed, rescinded = _at(contract, CONTRACT_LAPSED.name), _at(contract, CONTRACT_RESCINDED.name)
    return [
        Stage(label=("信息披露", "disclosed"), at=_at(record.lines, LISTING_DISCLOSED.name, LISTING_REVISED.name)),
        Stage(label=("竞价成交", "sold"), at=_at(record.of(record.lot), LOT_SOLD.name)),
        Stage(label=("合同失效", "lapsed"), at=lapsed, failed=True)
        if lapsed
        else Stage(label=("双方签署", "signed"), at=_at(signed, CONTRACT_SIGNED.name)),
        Stage(label=("合同解除", "rescinded"), at=rescinded, failed=True)
        if rescinded
        else Stage(label=("价款付清", "paid"), at=_at(money, escrow.BALANCE_PAID.name)),
        Stage(label=("结清分配", "settled"), at=_at(money, escrow.SETTLED.name)),
        Stage(label=("合同登记", "registered"), at=_at(contract, CONTRACT_REGISTERED.name)),
        _incentive(claims),
    ]


def track(record: Record) -> Html:
    """Draw the steps as one line."""
    return el("ol", *map(_step, stages(record)), class_="track")


def verdict(record: Record) -> Html:
    """Say in two sentences how a deal fell through and what became of the money; nothing of one that did not."""
    failed = _failing(record)
    if failed is None:
        return Html("")
    (chinese, english), line = failed
    money_zh, money_en = _consequence(record)
    when = local(line.envelope.instant("arrived_at"))
    return el(
        "div",
        el("p", el("strong", f"{when}，{chinese}"), f"(条目 #{line.index}) {money_zh}"),
        el("p", f"{english} {money_en}", class_="en"),
        class_="verdict",
    )


def _failing(record: Record) -> tuple[Label, Line] | None:
    for line in record.of(record.contract):
        if line.kind == CONTRACT_RESCINDED.name and line.data.text("fault") == "nobody":
            return (
                "受让方试用后未决定购买，合同解除，双方均无责任。",
                "The buyer did not take up what it had tried; the contract was rescinded through nobody's fault.",
            ), line
        if line.kind == CONTRACT_RESCINDED.name:
            return (
                "受让方未在付款期限内付清价款，合同解除，责任在受让方。",
                "The buyer did not pay in time; the contract was rescinded through the buyer's fault.",
            ), line
        if line.kind == CONTRACT_LAPSED.name and line.data.text("fault") == "buyer":
            return (
                "让与方已签署，受让方未在期限内签署，合同失效，责任在受让方。",
                "The seller signed and the buyer did not; the contract lapsed through the buyer's fault.",
            ), line
        if line.kind == CONTRACT_LAPSED.name:
            return (
                "让与方未在期限内拟定并签署合同，合同失效，责任在让与方。",
                "The seller did not sign in time; the contract lapsed through the seller's fault.",
            ), line
    return None


def _consequence(record: Record) -> Label:
    lost, won = forfeited(record), deposits(record, of_winner=True)
    if lost is not None:
        whole, fee, rest = (yuan(lost.data.fen(name)) for name in ("amount_fen", "fee_fen", "seller_fen"))
        return (
            f"其保证金 {whole} 不予退还：{fee} 抵平台服务费，{rest} 归让与方(条目 #{lost.index})。",
            f"Its deposit of {whole} is forfeited: {fee} to the exchange's fee, {rest} to the seller.",
        )
    if won.refunded_fen:
        whole = yuan(won.refunded_fen)
        return f"受让方的保证金 {whole} 已全额退还。", f"The buyer's deposit of {whole} went back in full."
    if planned := _planned(record):
        plan = planned.data.text("plan")
        return (
            f"价款及保证金已转入付款计划 {plan}，由该计划处理(条目 #{planned.index})。",
            f"The price and its deposit were left to the payment plan {plan}, which says what became of them.",
        )
    return "保证金尚未处理。", "The deposit has not been dealt with yet."


def _planned(record: Record) -> Line | None:
    """Return the entry by which the settlement was left to a plan, whose entries are not in the pack."""
    return next((line for line in record.of(record.settlement) if line.kind == escrow.PLANNED.name), None)


def _incentive(claims: list[Line]) -> Stage:
    paid, assessed = _at(claims, CLAIM_PAID.name), _at(claims, CLAIM_ASSESSED.name)
    if paid:
        return Stage(label=("激励拨付", "subsidised"), at=paid)
    if assessed:
        return Stage(label=("激励核定", "assessed"), at=assessed)
    if refused := _at(claims, CLAIM_REFUSED.name):
        return Stage(label=("激励不予支持", "refused"), at=refused, failed=True)
    return Stage(label=("激励申请", "subsidy"))


def _step(one: Stage) -> Html:
    style = "failed" if one.failed else "done" if one.at else "open"
    day, _, hour = local(one.at).partition(" ")
    chinese, english = one.label
    stamp = join(day, el("br"), hour[:8]) if hour else day
    return el("li", el("b", chinese), el("span", english, class_="en"), el("time", stamp), class_=style)


def _at(lines: Iterable[Line], *kinds: str) -> datetime | None:
    """Return when the last entry of any of `kinds` arrived."""
    found = [line.envelope.instant("arrived_at") for line in lines if line.kind in kinds]
    return found[-1] if found else None
