"""The money on a page: the flow drawn, every transfer with what the deal holds after it, and the sums."""

from itertools import zip_longest

from settlement.books.model import Kind
from settlement.escrow import model as escrow

from .. import labels
from ..blocks import Pair, cells, last, mono, pairs, table
from ..labels import Label
from ..markup import NOTHING, Html, before, both, el, join, local, yuan
from ..reading import Record, Said
from . import codes
from .flow import flow
from .money import Moved, Sum, charge, movements, settled, sums

_HEAD = (
    ("序", "no."),
    ("时间", "arrived"),
    ("事项", "event"),
    ("方式", "kind"),
    ("付出", "from"),
    ("收入", "to"),
    ("金额", "amount"),
    ("本交易托管", "held for the deal"),
    ("条目", "entry"),
)


def funds(record: Record) -> list[Html]:
    """Say where every fen came from and went."""
    moved = movements(record)
    if not moved:
        return [el("p", both(("没有资金往来。", "No money moved.")), class_="note")]
    return [
        flow(record),
        el("h3", both(("核对", "Sums"))),
        el("table", el("tbody", *map(_sum, sums(record)), *_charge(record)), class_="sums"),
        *_split(record),
        *_costs(record),
        el("h3", both(("逐笔明细", "Every transfer"))),
        table(_HEAD, (_row(number, one) for number, one in enumerate(moved, start=1)), style="transfers"),
        el("p", both(_NOTE), class_="note"),
        pairs(_dates(record)),
    ]


_NOTE = (
    "冻结与解冻不改变托管余额；“付款指令”表示已向存管银行发出，不表示银行已付出。",
    "A hold leaves what is held unchanged; 付款指令 (ordered out) says that the bank was told to pay, not that it has.",
)


def rules_of(record: Record) -> list[Pair]:
    """Return the version the money was divided by, and its fee."""
    opened = last(record, escrow.SETTLEMENT_OPENED.name)
    published = opened.data.inside("terms").each("fee_bands")
    bands = [_band(one, above) for one, above in zip_longest(published, published[1:])]
    return [
        ("结算规则", "settlement", mono(opened.envelope.text("rule"))),
        ("平台服务费", "fee, of each band", "；".join(bands) or None),
    ]


def _band(one: Said, above: Said | None) -> str:
    start, rate = yuan(one.fen("from_fen")), codes.percent(one.number("rate_bp")) or NOTHING
    return f"{start} 以上部分 {rate}" if above is None else f"{start} 至 {yuan(above.fen('from_fen'))} 部分 {rate}"


def _row(number: int, one: Moved) -> Html:
    quiet = one.kind in {Kind.HOLD, Kind.VOID}
    return cells(
        (str(number), "number"),
        (local(one.line.envelope.instant("arrived_at")), "moment"),
        (labels.event(one.line.kind)[0], ""),
        (both(codes.called(codes.TRANSFERS, one.kind)), ""),
        (_named(one.debit), "number"),
        (_named(one.credit), "number"),
        (yuan(one.amount_fen), "amount"),
        (yuan(one.held_fen) if one.held_fen >= 0 else f"-{yuan(-one.held_fen)}", "balance"),
        (f"#{one.line.index}", "number"),
        style="quiet" if quiet else "",
    )


def _named(account: str) -> Html:
    label = codes.account(account)
    return join(label[0] if label else NOTHING)


def _sum(one: Sum) -> Html:
    terms: list[str] = []
    for place, (label, fen) in enumerate(one.parts):
        terms += [" + " if place else "", el("span", label[0], " ", el("b", yuan(fen)), class_="term")]
    return _equation(one.whole, one.whole_fen, terms, holds=one.holds)


def _charge(record: Record) -> list[Html]:
    """Say how the fee is made of the published rates, so that it can be computed again by hand."""
    one = charge(record)
    if one is None:
        return []
    terms: list[str] = []
    for place, (fen, rate) in enumerate(one.slices):
        told = (el("b", yuan(fen)), f" × {codes.percent(rate) or NOTHING}")
        terms += [" + " if place else "", el("span", *told, class_="term")]
    if one.most_fen is not None:
        terms.append(f"，以保证金 {yuan(one.most_fen)} 为限")
    return [_equation(("平台服务费", "fee"), one.fee_fen, terms, holds=one.holds)]


def _equation(whole: Label, whole_fen: int, terms: list[str], *, holds: bool) -> Html:
    mark = el("span", "✓", class_="good") if holds else el("span", "✗ 不符", class_="bad")
    return el(
        "tr",
        el("th", both(whole)),
        el("td", yuan(whole_fen), class_="amount"),
        el("td", " = ", *(terms or [NOTHING])),
        el("td", mark, class_="number"),
    )


def _split(record: Record) -> list[Html]:
    """Say how the reward is shared, as far as that is opened."""
    line = settled(record)
    if line is None:
        return []
    rate, least = line.data.number("reward_bp"), last(record, escrow.AWARDED.name).data.number("reward_min_bp")
    net, reward = yuan(line.data.fen("net_fen")), yuan(line.data.fen("reward_fen"))
    told = f"{reward} = 净收入 {net} × {codes.percent(rate) or NOTHING}，不足一分的进为一分"
    if least:
        told += f"；不低于法定 {codes.percent(least)}(促进科技成果转化法第四十五条)"
    told += "。让与方所得中包含其自行承担的转化直接成本。"
    head = [("发明人", "inventor"), ("姓名", "name"), ("权重", "weight"), ("奖酬", "reward")]
    shares = line.opened.each("split")
    title = el("h3", both(("科技人员奖酬", "Inventors' reward")))
    note = el("p", told, class_="note")
    if not shares:
        return [title, note]
    return [title, note, table(head, map(_share, shares), style="split")]


def _share(one: Said) -> Html:
    return cells(
        (str(one.number("inventor") or NOTHING), "number"),
        (one.text("name") or NOTHING, ""),
        (str(one.number("weight") or NOTHING), "number"),
        (yuan(one.fen("amount_fen")), "amount"),
    )


def _costs(record: Record) -> list[Html]:
    line = settled(record)
    costs = line.opened.each("costs") if line else []
    if not costs:
        return []
    head = [("转化直接成本", "cost"), ("金额", "amount"), ("凭证", "voucher, SHA-256")]
    rows = (
        cells(
            (both(codes.called(codes.COSTS, one.text("kind"))), ""),
            (yuan(one.fen("amount_fen")), "amount"),
            (mono(one.text("evidence_sha256")), "hash"),
        )
        for one in costs
    )
    return [table(head, rows, style="costs")]


def _dates(record: Record) -> list[Pair]:
    due, paid = last(record, escrow.BALANCE_DUE.name), last(record, escrow.BALANCE_PAID.name)
    return [
        ("付款期限", "pay before", before(due.data.instant("pay_by"))),
        ("余款到账", "balance paid", local(paid.envelope.instant("arrived_at"))),
        ("付款方", "paid by", mono(paid.opened.text("payer"))),
        ("结算编号", "settlement", mono(record.settlement)),
    ]
