"""What an entry of a contract, a settlement or a claim adds to its title on the timeline."""

from exchange.auctions.model import SALE_FELL_THROUGH
from exchange.contracts.model import (
    CONTRACT_LAPSED,
    CONTRACT_OPENED,
    CONTRACT_REGISTERED,
    CONTRACT_RESCINDED,
    CONTRACT_SIGNED,
    CONTRACT_WRITTEN,
)
from settlement.escrow import model as escrow
from settlement.subsidies.model import CLAIM_ASSESSED, CLAIM_PAID, CLAIM_REFUSED

from ..blocks import mono
from ..markup import Html, before, both, join, local, yuan
from ..reading import Line
from ..timeline import detail
from . import codes
from .found import article


def deal_detail(line: Line) -> Html:
    """Say it in a few words."""
    if line.kind.startswith("contract."):
        return _of_contract(line)
    if line.kind.startswith("escrow."):
        return _of_money(line)
    if line.kind.startswith("subsidy."):
        return _of_claim(line)
    return _of_lot(line)


def _of_lot(line: Line) -> Html:
    """Say of a lot's, a listing's or an asset's entry what a lot's pack says, and what that has no word for."""
    if line.kind == SALE_FELL_THROUGH.name:
        fault = both(codes.called(codes.FAULTS, line.data.text("fault")))
        return join(f"竞买代码 {line.data.text('code') or ''} · 责任方 ", fault)
    if line.kind.startswith("listing.") and (deal := line.data.text("deal")):
        return join("标的 ", mono(deal))
    return detail(line)


def _of_contract(line: Line) -> Html:
    data = line.data
    match line.kind:
        case CONTRACT_OPENED.name:
            return join(f"{yuan(data.fen('price_fen'))} · 须于 {before(data.instant('sign_by'))}签署")
        case CONTRACT_WRITTEN.name:
            total, technical = yuan(data.fen("total_fen")), yuan(data.fen("technical_fen"))
            return join(
                both(codes.called(codes.TYPES, data.text("type"))), f" · 成交额 {total} · 技术交易额 {technical}"
            )
        case CONTRACT_SIGNED.name:
            effect = data.instant("effective_at")
            party = both(codes.called(codes.PARTIES, data.text("party")))
            return join(party, f" · 合同生效 {local(effect)}" if effect else "")
        case CONTRACT_REGISTERED.name:
            return join(f"登记编号 {data.text('number') or ''} · 技术交易额 {yuan(data.fen('technical_fen'))}")
        case CONTRACT_LAPSED.name | CONTRACT_RESCINDED.name:
            return join("责任方 ", both(codes.called(codes.FAULTS, data.text("fault"))))
        case _:
            return Html("")


def _of_money(line: Line) -> Html:
    data = line.data
    code, amount = f"竞买代码 {data.text('code') or ''}", yuan(data.fen("amount_fen"))
    match line.kind:
        case escrow.SETTLEMENT_OPENED.name:
            return join(f"每人保证金 {yuan(data.fen('deposit_fen'))}")
        case escrow.DEPOSIT_REQUESTED.name | escrow.DEPOSIT_HELD.name:
            return join(f"{code} · {amount}")
        case escrow.DEPOSIT_REFUNDED.name:
            return join(f"{code} · {amount} · ", both(codes.called(codes.REASONS, data.text("reason"))))
        case escrow.AWARDED.name:
            price, balance = yuan(data.fen("price_fen")), yuan(data.fen("balance_fen"))
            return join(f"{code} · 成交价 {price} · 余款 {balance}")
        case escrow.BALANCE_DUE.name:
            due = data.instant("pay_by")  # left open where no calendar reached that far
            until = f"须于 {before(due)}付清" if due else "付款期限未定"
            return join(f"{yuan(data.fen('balance_fen'))} · {until}")
        case escrow.BALANCE_PAID.name:
            return join(f"余款 {amount} · 保证金抵 {yuan(data.fen('applied_fen'))}")
        case _:
            return _of_end(line, code, amount)


def _of_end(line: Line, code: str, amount: str) -> Html:
    data = line.data
    fee, seller = yuan(data.fen("fee_fen")), yuan(data.fen("seller_fen"))
    match line.kind:
        case escrow.SETTLED.name:
            return join(f"服务费 {fee} · 奖酬 {yuan(data.fen('reward_fen'))} · 让与方 {seller}")
        case escrow.SHARED.name:
            commission, owners = yuan(data.fen("commission_fen")), yuan(data.fen("owners_fen"))
            return join(f"佣金 {commission} · 权利人 {owners} · 代扣税款 {yuan(data.fen('withheld_fen'))}")
        case escrow.DEPOSIT_FORFEITED.name:
            return join(f"{code} · {amount}：服务费 {fee}，让与方 {seller}")
        case escrow.RELEASED.name:
            return join(f"退还 {data.number('refunded') or 0} 笔保证金")
        case escrow.RETURNED.name:
            return join(code)
        case _:
            return Html("")


def _of_claim(line: Line) -> Html:
    data = line.data
    match line.kind:
        case CLAIM_ASSESSED.name:
            return join(f"核定 {yuan(data.fen('amount_fen'))}")
        case CLAIM_REFUSED.name:
            return join("依据 ", both(article(data.text("clause"))))
        case CLAIM_PAID.name:
            return join(f"拨付 {yuan(data.fen('amount_fen'))} · {data.number('year') or ''} 年度")
        case _:
            return Html("")
