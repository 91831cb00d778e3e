"""The page of a deal: a lot's page, and between bidding and timeline the contract, the money and the incentive."""

from exchange.auctions.model import LOT_SOLD
from exchange.contracts.model import Facts

from ..blocks import document, last, mono, section
from ..markup import Html, both, el, yuan
from ..page import lot_sections, record_sections, title_of
from ..reading import Record
from . import agreement, bidding, funds, incentive, outcome
from .details import deal_detail
from .style import style_of


def deal_page(facts: Facts, record: Record) -> bytes:
    """Return `index.html` of a deal's pack."""
    rules = [one for room in (bidding, agreement, funds, incentive) for one in room.rules_of(record)]
    return document(
        record.lot,
        style_of(record, facts.edition),
        _heading(facts, record),
        outcome.track(record),
        outcome.verdict(record),
        *lot_sections(record),
        section("合同", "Contract", *agreement.agreement(record)),
        section("资金", "Money", *funds.funds(record)),
        section("激励", "Incentive", *incentive.incentive(record)),
        *record_sections(facts, record, describe=deal_detail, rules=rules),
    )


def _heading(facts: Facts, record: Record) -> Html:
    label, style = outcome.badge(record)
    price = last(record, LOT_SOLD.name).data.fen("price_fen")
    return el(
        "header",
        el("p", "蒙科聚 · 交易存证包 ", el("span", "Record pack of a deal", class_="en"), class_="kicker"),
        el("h1", title_of(record) or record.lot),
        el(
            "p",
            el("span", both(label), class_=f"badge {style}"),
            el("strong", yuan(price) if price is not None else ""),
            mono(record.lot),
            el("span", f"第 {facts.edition} 版 edition {facts.edition}", class_="en"),
        ),
    )
