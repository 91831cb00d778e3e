"""The page for people: one self-contained HTML file without scripts, to be read on a screen or printed on A4."""

from collections.abc import Callable, Iterable

from exchange.auctions.model import LOT_SOLD, LOT_UNSOLD, LOT_WITHDRAWN, UNITS_SOLD
from ledger.log import checkpoints, notes
from ledger.log.lines import encode_base64
from listings.achievements.model import ASSET_REGISTERED, LISTING_DISCLOSED, LISTING_REVISED, LISTING_SUBMITTED

from ..model import FORMAT, VERSION, Facts
from . import labels
from .bids import Offered, bids, effective_end
from .blocks import Pair, cells, document, last, mono, pairs, section, table
from .ladder import ladder
from .markup import NOTHING, Html, both, el, join, local, yuan
from .reading import Line, Record
from .style import STYLE
from .timeline import detail


def page(facts: Facts, record: Record) -> bytes:
    """Return `index.html` of a lot's pack."""
    return document(record.lot, STYLE, _heading(record), *lot_sections(record), *record_sections(facts, record))


def lot_sections(record: Record) -> list[Html]:
    """Say what was offered and how it was bid for."""
    offered = bids(record)
    return [
        section("标的与结果", "Lot and result", pairs(_result(record, offered))),
        section("挂牌项目", "Listing", pairs(_listing(record))) if record.listing else Html(""),
        section("竞价过程", "Bidding", _ladder(record, offered), _bids(offered)),
    ]


def record_sections(
    facts: Facts, record: Record, *, describe: Callable[[Line], Html] = detail, rules: Iterable[Pair] | None = None
) -> list[Html]:
    """Say what happened entry by entry, by which papers and rules, and how it is proved; `rules` say more of those."""
    return [
        section("时间线", "Timeline", _timeline(record, describe)),
        section("文件与内部审批", "Documents and approval", _documents(record), pairs(_approval(record))),
        section("规则版本", "Rule version", pairs(_rules(record) if rules is None else rules)),
        section("存证", "Evidence", pairs(_evidence(facts, record)), _note()),
    ]


def _offer(record: Record) -> Line:
    return last(record, LISTING_DISCLOSED.name, LISTING_REVISED.name, LISTING_SUBMITTED.name)


def title_of(record: Record) -> str | None:
    """Return what the project is called."""
    offer = _offer(record)
    return offer.data.text("title") or offer.opened.text("title")


def _heading(record: Record) -> Html:
    sold, unsold, units = (record.last(kind.name) for kind in (LOT_SOLD, LOT_UNSOLD, UNITS_SOLD))
    if sold:
        badge, price = ("sold", ("成交", "Sold")), yuan(sold.data.fen("price_fen"))
    elif units:
        badge, price = ("sold", ("多份许可成交", "Licences sold")), yuan(units.data.fen("price_fen"))
    elif unsold:
        badge, price = ("unsold", ("流拍", "Unsold")), ""
    else:
        withdrawn = record.last(LOT_WITHDRAWN.name)
        badge, price = ("unsold", ("已撤回", "Withdrawn") if withdrawn else ("未结束", "Not closed")), ""
    style, label = badge
    return el(
        "header",
        el("p", "蒙科聚 · 交易存证包 ", el("span", "Record pack", class_="en"), class_="kicker"),
        el("h1", title_of(record) or record.lot),
        el("p", el("span", both(label), class_=f"badge {style}"), el("strong", price), mono(record.lot)),
    )


def _result(record: Record, offered: list[Offered]) -> list[Pair]:
    terms, announced = record.terms, last(record, "auction.lot_announced")
    sold, unsold = last(record, LOT_SOLD.name), record.last(LOT_UNSOLD.name)
    accepted = sum(one.refusal is None for one in offered)
    told: list[Pair] = [
        ("委托方", "seller", mono(record.seller)),
        ("受让方", "buyer", mono(sold.opened.text("buyer"))),
        ("成交价", "price", yuan(sold.data.fen("price_fen"))),
        ("竞得代码", "winning code", sold.data.text("code")),
        ("起拍价", "start price", yuan(terms.fen("start_price_fen"))),
        ("保留价", "reserve", _reserve(announced)),
        ("评估价", "appraisal", yuan(terms.fen("appraisal_fen"))),
        ("保证金", "deposit", yuan(terms.fen("deposit_fen"))),
        ("竞价开始", "opens", local(terms.instant("opens_at"))),
        ("公告截止", "announced end", local(terms.instant("closes_at"))),
        ("实际截止", "effective end", local(effective_end(record))),
        ("有效出价", "accepted bids", str(accepted)),
    ]
    if unsold:
        told.append(("流拍原因", "reason", both(labels.code(unsold.data.text("reason")))))
    barred = [join(mono(one), " ") for one in announced.opened.texts("excluded")]
    told.append(("回避单位", "may not bid", join(*barred) if barred else None))
    return told


def _reserve(announced: Line) -> str:
    if "reserve_fen" in announced.opened.written:
        fen = announced.opened.fen("reserve_fen")
        return both(("无", "none")) if fen is None else yuan(fen)
    has = announced.data.written.get("has_reserve")
    return both(("有(密封)", "sealed")) if has else both(("无", "none"))


def _listing(record: Record) -> list[Pair]:
    offer, asset = _offer(record), last(record, ASSET_REGISTERED.name)
    floor = offer.opened.fen("floor_fen")
    return [
        ("项目名称", "title", title_of(record)),
        ("知识产权", "asset", asset.opened.text("title")),
        ("类型", "kind", both(labels.code(asset.data.text("kind")))),
        ("申请号", "application number", mono(asset.data.text("application_number"))),
        ("转化方式", "mode", both(labels.code(offer.data.text("mode")))),
        ("定价方式", "pricing", both(labels.code(offer.data.text("method")))),
        ("行业", "industry (GB/T 4754)", offer.data.text("industry")),
        ("盟市", "region", both(labels.code(offer.data.text("region")))),
        ("挂牌价", "asking price", yuan(offer.data.fen("asking_fen"))),
        ("底价", "floor", yuan(floor) if floor is not None else None),
        ("披露开始", "disclosed from", local(offer.data.instant("disclosed_at"))),
        ("披露期满", "disclosed until", local(offer.data.instant("disclosure_ends_at"))),
        ("挂牌编号", "listing", mono(record.listing)),
        ("资产编号", "asset id", mono(record.asset)),
    ]


def _ladder(record: Record, offered: list[Offered]) -> Html:
    reserve = last(record, "auction.lot_announced").opened.fen("reserve_fen")
    return ladder(offered, start_fen=record.terms.fen("start_price_fen"), reserve_fen=reserve)


def _bids(offered: list[Offered]) -> Html:
    if not offered:
        return el("p", both(("没有出价。", "There were no bids.")), class_="note")
    head = [("序", "no."), ("代码", "code"), ("出价", "amount"), ("到达时间", "arrived"), ("结果", "outcome")]
    head += [("截止时间", "end thereafter"), ("条目", "entry")]
    note = ("未被接受且未进入待定的出价不留条目。", "A bid refused on the spot leaves no entry.")
    return join(table(head, map(_bid, offered), style="bids"), el("p", both(note), class_="note"))


def _bid(one: Offered) -> Html:
    if one.refusal is not None:
        outcome, style = join(both(("拒绝", "refused")), " ", both(labels.code(one.refusal))), "refused"
    else:
        outcome, style = both(("成交", "won") if one.wins else ("有效", "accepted")), "won" if one.wins else ""
    if one.parked_in is not None:
        outcome = join(outcome, " ", el("span", f"待定 parked #{one.parked_in}", class_="tag"))
    if one.extends:
        outcome = join(outcome, " ", el("span", "延时 extends", class_="tag"))
    return cells(
        (str(one.number or NOTHING), "number"),
        (one.code, "number"),
        (yuan(one.amount_fen), "amount"),
        (local(one.placed_at), "instant"),
        (outcome, ""),
        (local(one.ends_at) if one.refusal is None else NOTHING, "instant"),
        (f"#{one.index}", "number"),
        style=style,
    )


def _timeline(record: Record, describe: Callable[[Line], Html]) -> Html:
    head = [("时间", "arrived"), ("事项", "event"), ("内容", "detail"), ("规则", "rule"), ("条目", "entry")]
    rows = (
        cells(
            (local(line.envelope.instant("arrived_at")), "instant"),
            (both(labels.event(line.kind)), ""),
            (describe(line), ""),
            (line.envelope.text("rule") or NOTHING, "rule"),
            (f"#{line.index}", "number"),
        )
        for line in record.lines
    )
    return table(head, rows, style="timeline")


def _documents(record: Record) -> Html:
    offer = _offer(record)
    names = offer.opened.texts("document_names")
    documents = offer.data.each("documents")
    if not documents:
        return el("p", both(("没有登记文件。", "No documents are listed.")), class_="note")
    head = [("文件", "document"), ("类型", "type"), ("字节", "bytes"), ("SHA-256", "")]
    rows = (
        cells(
            (names[place] if place < len(names) else NOTHING, ""),
            (one.text("media_type") or NOTHING, ""),
            (str(one.number("size_bytes") or NOTHING), "number"),
            (mono(one.text("sha256")), "hash"),
        )
        for place, one in enumerate(documents)
    )
    return table(head, rows, style="documents")


def _approval(record: Record) -> list[Pair]:
    offer = _offer(record)
    if not offer.data.text("approval_sha256"):
        return [("内部审批", "approval", None)]
    return [
        ("审批文号", "approval number", offer.opened.text("approval_number")),
        ("审批机构", "decided by", offer.opened.text("approval_body")),
        ("审批日期", "decided on", offer.data.text("approval_on")),
        ("审批文件", "approval, SHA-256", mono(offer.data.text("approval_sha256"))),
    ]


def _rules(record: Record) -> list[Pair]:
    profile = record.terms.inside("profile")
    rule = last(record, "auction.lot_announced").envelope.text("rule")
    bands = [
        f"{yuan(band.fen('from_fen'))} 起 +{yuan(band.fen('increment_fen'))}"
        for band in record.terms.each("increments")
    ]
    disclosed = last(record, LISTING_DISCLOSED.name, LISTING_REVISED.name).envelope.text("rule")
    written = ", ".join(f"{name}={_plain(value)}" for name, value in sorted(profile.written.items()))
    return [
        ("竞价规则", "bidding", mono(rule)),
        ("披露规则", "disclosure", mono(disclosed)),
        ("加价幅度", "increments", "；".join(bands) or None),
        ("规则参数", "its numbers", el("span", written, class_="wide")),
    ]


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _evidence(facts: Facts, record: Record) -> list[Pair]:
    checkpoint = checkpoints.parse(notes.parse(facts.checkpoint).text)
    sealed = sum(len(line.envelope.inside("sealed").written) for line in record.lines)
    edition: list[Pair] = [] if facts.version == VERSION else [("版次", "edition", str(facts.edition))]
    return [
        ("日志", "log", mono(checkpoint.origin)),
        ("日志规模", "log size", str(checkpoint.size)),
        ("根哈希", "root", mono(encode_base64(checkpoint.root))),
        ("日志公钥", "key (pin it elsewhere)", mono(facts.vkey)),
        ("本包条目", "entries here", str(len(record.lines))),
        ("已公开密封值", "opened values", f"{len(facts.disclosures)} / {sealed}"),
        ("格式", "format", mono(f"{FORMAT} v{facts.version}")),
        *edition,
    ]


def _note() -> Html:
    chinese = "所有时间为北京时间(UTC+8)，以到达平台的时刻为准。本页由条目计算得出，核验方法见 README.txt。"
    english = "Times are UTC+8, by arrival. This page is computed from the entries; README.txt says how to check it."
    return el("p", both((chinese, english)), class_="note")
