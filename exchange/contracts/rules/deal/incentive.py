"""The incentive on a page: each claim with its rule, every clause, every step, and what came of it."""

from settlement.subsidies.model import CLAIM_ASSESSED, CLAIM_PAID, CLAIM_REFUSED

from ..blocks import Pair, cells, mono, pairs, table
from ..labels import Label
from ..markup import NOTHING, Html, both, el, join, local, yuan
from ..reading import Line, Record, Said
from . import codes
from .found import article, found

ILLUSTRATIVE = ("示例规则，非现行规定", "illustrative rule, not law")


def incentive(record: Record) -> list[Html]:
    """Say what was claimed and what came of it."""
    if not record.claims:
        return [el("p", both(("截至本版未申请激励。", "Nothing has been claimed as of this edition.")), class_="note")]
    return [part for claim in record.claims for part in _claim(record.of(claim))]


def rules_of(record: Record) -> list[Pair]:
    """Return the versions that claims were assessed by."""
    named = [line.envelope.text("rule") for claim in record.claims for line in record.of(claim)[:1]]
    return [("激励规则", "subsidy", join(*(mono(one) for one in dict.fromkeys(named)))) for _ in named[:1]]


def _claim(lines: list[Line]) -> list[Html]:
    first = lines[0]
    terms = first.data.inside("terms")
    label, style = _state(lines)
    tag = el("span", both(ILLUSTRATIVE), class_="tag") if terms.written.get("illustrative") is True else ""
    trace = first.data.each("trace")
    paid = next((line for line in lines if line.kind == CLAIM_PAID.name), None)
    return [
        el("h3", terms.text("title") or NOTHING, " ", el("span", both(label), class_=f"badge {style}"), " ", tag),
        pairs(_about(first, paid)),
        _conditions(first, [one for one in trace if one.text("step") == "condition"]),
        _steps(terms, first, [one for one in trace if one.text("step") != "condition"]),
        *([_paid(paid)] if paid else []),
    ]


def _state(lines: list[Line]) -> tuple[Label, str]:
    if any(line.kind == CLAIM_PAID.name for line in lines):
        return ("已拨付", "Paid"), "sold"
    if lines[0].kind == CLAIM_REFUSED.name:
        return ("不予支持", "Refused"), "failed"
    return ("已核定", "Assessed"), "sold"


def _about(first: Line, paid: Line | None) -> list[Pair]:
    data, terms = first.data, first.data.inside("terms")
    refused = article(data.text("clause"))
    return [
        ("申请单位", "claimant", mono(data.text("claimant"))),
        ("申请时间", "claimed", local(first.envelope.instant("arrived_at"))),
        ("规则版本", "rule", mono(first.envelope.text("rule"))),
        ("规则来源", "source", terms.text("source")),
        ("不予支持依据", "refused by", grounds(refused, data, terms))
        if refused
        else ("核定金额", "assessed", yuan(data.fen("amount_fen"))),
        ("已拨付", "paid", yuan(paid.data.fen("amount_fen")) if paid else _unpaid(first)),
        ("激励计划", "programme", mono(data.text("programme"))),
        ("申请编号", "claim", mono(first.subject)),
    ]


def grounds(refused: Label, data: Said, terms: Said) -> Html:
    """Say which clause does not hold, and what it asks."""
    asked = next((one for one in terms.each("clauses") if one.text("number") == data.text("clause")), Said({}))
    called = codes.called(codes.ASKED, asked.text("condition"))
    return join(both(refused), *((" ", both(called)) if called else ()))


def _unpaid(first: Line) -> str | None:
    return both(("截至本版未拨付", "not as of this edition")) if first.kind == CLAIM_ASSESSED.name else None


def _conditions(first: Line, asked: list[Said]) -> Html:
    """Say of each clause whether it holds; a clause is called by what the rule's own text says it asks."""
    facts, terms = first.data.inside("facts"), first.data.inside("terms")
    conditions = {one.text("number"): one.text("condition") for one in terms.each("clauses")}
    head = [("条款", "clause"), ("要求", "asks"), ("查明", "found"), ("结论", "holds")]
    rows = [
        cells(
            (both(article(one.text("clause"))), "number"),
            (both(codes.called(codes.ASKED, conditions.get(one.text("clause")))), ""),
            (found(conditions.get(one.text("clause")), facts, terms, one.text("formula") or NOTHING), "wide"),
            (_holds(one), "number"),
            style="" if one.written.get("holds") is True else "against",
        )
        for one in asked
    ]
    return table(head, rows, style="clauses")


def _steps(terms: Said, first: Line, steps: list[Said]) -> Html:
    if not steps:
        chinese = "有条款不符合，未计算金额。"
        return el("p", both((chinese, "A clause does not hold; nothing was computed.")), class_="note")
    return join(_calculation(terms, first.data.fen("received_fen"), steps))


def _calculation(terms: Said, received_fen: int | None, steps: list[Said]) -> Html:
    head = [("条款", "clause"), ("步骤", "step"), ("算式", "formula"), ("之前", "before"), ("之后", "after"), ("", "")]
    rows = [
        cells(
            (both(article(one.text("clause"))), "number"),
            (both(codes.called(codes.STEPS, one.text("step"))), ""),
            (_formula(terms, received_fen, one), "wide"),
            (yuan(one.fen("before_fen")), "balance"),
            (yuan(one.fen("after_fen")), "amount"),
            (_bound(one), ""),
        )
        for one in steps
    ]
    return table(head, rows, style="steps")


def _formula(terms: Said, received_fen: int | None, one: Said) -> str:
    """Write a step in the rule's own numbers; one unknown here as the entry writes it."""
    match one.text("step"):
        case "base":
            return "实际到账金额"
        case "rate":
            return f"{yuan(one.fen('before_fen'))} × {codes.percent(terms.number('rate_bp')) or NOTHING}，四舍五入到分"
        case "project-cap":
            return f"不超过 {yuan(terms.fen('project_cap_fen'))}"
        case "year-cap":
            return f"不超过 {yuan(terms.fen('year_cap_fen'))} − 本年已得 {yuan(received_fen)}"
        case _:
            return one.text("formula") or NOTHING


def _paid(paid: Line) -> Html:
    year = paid.data.number("year")
    told = f"{local(paid.envelope.instant('arrived_at'))} 从计划预算拨付 {yuan(paid.data.fen('amount_fen'))}"
    return el("p", f"{told}，计入 {year or NOTHING} 年度。条目 #{paid.index}。", class_="note")


def _holds(one: Said) -> Html:
    if one.written.get("holds") is True:
        return el("span", "✓ 符合", class_="good")
    return el("span", "✗ 不符合", class_="bad")


def _bound(one: Said) -> Html:
    if one.written.get("holds") is False:
        return el("span", "✗ 无余额", class_="bad")
    return el("span", "受限 binding", class_="tag") if one.written.get("binding") is True else Html("")
