"""The contract on a page: what was agreed, what it is made of, who signed the same terms when, its number."""

from datetime import datetime

from exchange.contracts.model import (
    CONTRACT_LAPSED,
    CONTRACT_OPENED,
    CONTRACT_REGISTERED,
    CONTRACT_RESCINDED,
    CONTRACT_SIGNED,
    CONTRACT_WRITTEN,
    Party,
)

from ..blocks import Pair, cells, last, mono, pairs, table
from ..markup import NOTHING, Html, before, both, el, local, yuan
from ..reading import Line, Record
from . import codes

_NAMES = (
    "单位以平台登记编号表示，名称与统一社会信用代码见平台会员登记；竞买人只以竞买代码表示。",
    "Organisations stand here by their number in the exchange's register, which has their names; bidders by code.",
)


def agreement(record: Record) -> list[Html]:
    """Say what the contract says, or that there is none."""
    if record.contract is None:
        return [el("p", both(("没有合同。", "There is no contract.")), class_="note")]
    told = [pairs(_terms(record)), pairs(_hashes(record), style="whole"), _parts(record), _signatures(record)]
    return [*told, el("p", both(_NAMES), class_="note")]


def rules_of(record: Record) -> list[Pair]:
    """Return the version the contract was made under."""
    return [("合同规则", "contract", mono(last(record, CONTRACT_OPENED.name).envelope.text("rule")))]


def _terms(record: Record) -> list[Pair]:
    opened, written = last(record, CONTRACT_OPENED.name), last(record, CONTRACT_WRITTEN.name)
    registered = last(record, CONTRACT_REGISTERED.name)
    effect = _effect(record)
    told: list[Pair] = [
        ("合同类型", "type", both(codes.called(codes.TYPES, written.data.text("type")))),
        ("登记编号", "number", mono(registered.data.text("number"))),
        ("让与方", "seller", mono(opened.data.text("seller"))),
        ("受让方", "buyer", mono(opened.opened.text("buyer"))),
        ("成交额", "total", yuan(written.data.fen("total_fen"))),
        ("技术交易额", "for technology", yuan(written.data.fen("technical_fen"))),
        ("签署期限", "sign before", before(_sign_by(opened, written))),
        ("生效时间", "in effect from", local(effect.data.instant("effective_at"))),
        ("登记期限", "register before", before(effect.data.instant("register_by"))),
        ("登记时间", "registered", local(registered.envelope.instant("arrived_at"))),
    ]
    for kind, label in ((CONTRACT_LAPSED, ("失效", "lapsed")), (CONTRACT_RESCINDED, ("解除", "rescinded"))):
        if (line := record.last(kind.name)) is not None:
            fault = codes.called(codes.FAULTS, line.data.text("fault"))
            told.append((f"{label[0]}时间", label[1], local(line.envelope.instant("arrived_at"))))
            told.append(("责任方", "through whose fault", both(fault)))
    return told


def _sign_by(opened: Line, written: Line) -> datetime | None:
    """Return until when there was to sign: as the terms say, once they are written, though they leave it open."""
    return (written if "sign_by" in written.data.written else opened).data.instant("sign_by")


def _hashes(record: Record) -> list[Pair]:
    """Return what is too long to stand in half a line."""
    written = last(record, CONTRACT_WRITTEN.name)
    return [
        ("合同编号", "contract", mono(record.contract)),
        ("合同文本", "SHA-256", mono(written.opened.text("document_sha256"))),
        ("签署条款", "SHA-256", mono(written.data.text("terms_sha256"))),
    ]


def _effect(record: Record) -> Line:
    """Return the signature that made the contract, or a line that says nothing."""
    signed = [line for line in record.of(record.contract) if line.kind == CONTRACT_SIGNED.name]
    return next((line for line in signed if line.data.text("effective_at")), last(record))


def _parts(record: Record) -> Html:
    written = last(record, CONTRACT_WRITTEN.name)
    if not written.data.written:
        return el("p", both(("合同未拟定。", "The contract was not written.")), class_="note")
    if "parts" not in written.opened.written:
        return el("p", both(("价款构成未公开。", "What the price is made of is not opened here.")), class_="note")
    head = [("价款构成", "part"), ("性质", "kind"), ("金额", "amount")]
    rows = [
        cells(
            (one.text("name") or NOTHING, ""),
            (both(codes.called(codes.PARTS, one.text("kind"))), ""),
            (yuan(one.fen("amount_fen")), "amount"),
        )
        for one in written.opened.each("parts")
    ]
    total = yuan(written.data.fen("total_fen"))
    rows.append(cells((both(("合计", "total")), ""), ("", ""), (total, "amount"), style="total"))
    return table(head, rows, style="parts")


def _signatures(record: Record) -> Html:
    """Say who signed what when, and of a party that has not signed that it has not."""
    signed = [line for line in record.of(record.contract) if line.kind == CONTRACT_SIGNED.name]
    if not signed:
        return el("p", both(("双方均未签署。", "Nobody signed.")), class_="note")
    terms = last(record, CONTRACT_WRITTEN.name).data.text("terms_sha256")
    head = [
        ("签署方", "signed by"),
        ("签署时间", "arrived"),
        ("所签条款", "terms"),
        ("核对", "check"),
        ("条目", "entry"),
    ]
    rows = [
        cells(
            (both(codes.called(codes.PARTIES, line.data.text("party"))), ""),
            (local(line.envelope.instant("arrived_at")), "instant"),
            (mono(line.data.text("terms_sha256")), "hash"),
            (same_terms(line, terms), ""),
            (f"#{line.index}", "number"),
        )
        for line in signed
    ]
    missing = set(Party) - {line.data.text("party") for line in signed}
    rows += [_unsigned(party) for party in Party if party in missing]
    return table(head, rows, style="signatures")


def _unsigned(party: Party) -> Html:
    mark = el("span", both(("未签署", "not signed")), class_="bad")
    return cells((both(codes.PARTIES[party]), ""), (NOTHING, ""), (NOTHING, ""), (mark, ""), (NOTHING, ""))


def same_terms(line: Line, terms: str | None) -> Html:
    """Say whether a signature is over the terms as they were last written."""
    if line.data.text("terms_sha256") == terms:
        return el("span", both(("与合同一致", "as written")), class_="good")
    return el("span", both(("与合同不符", "other terms")), class_="bad")
