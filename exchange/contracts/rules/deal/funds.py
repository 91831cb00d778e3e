"""The money on a page: the flow drawn, every transfer with what the deal holds after it, and the sums."""

from settlement.books.model import Kind
from settlement.escrow import model as escrow

from .. import labels
from ..blocks import Pair, cells, last, mono, pairs, table
from ..markup import NOTHING, Html, both, el, join, local, yuan
from ..reading import Record, Said
from . import codes
from .flow import flow
from .money import Moved, Sum, movements, settled, sums

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
        el("table", el("tbody", *map(_sum, sums(record))), class_="sums"),
        *_split(record),
        *_costs(record),
        el("h3", both(("逐笔明细", "Every transfer"))),
        table(_HEAD, (_row(number, one) for number, one in enumerate(moved, start=1)), style="transfers"),
        el("p", both(_NOTE), class_="note"),
        pairs(_dates(record)),
    ]


_NOTE = (
    "冻结与解冻不改变托管余额；“付款指令”表示已向存管银行发出，不表示银行已付出。",
    "A hold leaves what is held unchanged; `ordered out` says that the bank was told to pay, not that it has.",
)


def rules_of(record: Record) -> list[Pair]:
    """Return the version the money was divided by, and its fee."""
    opened = last(record, escrow.SETTLEMENT_OPENED.name)
    bands = [
        f"{yuan(band.fen('from_fen'))} 起 {codes.percent(band.number('rate_bp')) or NOTHING}"
        for band in opened.data.inside("terms").each("fee_bands")
    ]
    return [
        ("结算规则", "settlement", mono(opened.envelope.text("rule"))),
        ("平台服务费", "fee, of each band", "；".join(bands) or None),
    ]


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
    mark = el("span", "✓", class_="good") if one.holds else el("span", "✗ 不符", class_="bad")
    return el(
        "tr",
        el("th", both(one.whole)),
        el("td", yuan(one.whole_fen), class_="amount"),
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
        ("付款期限", "pay before", local(due.data.instant("pay_by"))),
        ("余款到账", "balance paid", local(paid.envelope.instant("arrived_at"))),
        ("付款方", "paid by", mono(paid.opened.text("payer"))),
        ("结算编号", "settlement", mono(record.settlement)),
    ]
