"""The timeline: every entry of the pack in log order, with what it publishes and what the pack opens of it."""

import json

from exchange.auctions.model import (
    BID_ACCEPTED,
    DEPOSIT_CONFIRMED,
    LOT_ANNOUNCED,
    LOT_SOLD,
    LOT_UNSOLD,
    MAXIMUM_ACCEPTED,
    PRICE_TAKEN,
)
from ledger.kernel.canonical import Json
from listings.achievements.model import ASSET_REGISTERED, LISTING_DISCLOSED, LISTING_RETURNED, LISTING_REVISED

from . import labels
from .markup import Html, both, join, local, yuan
from .reading import Line, Record


def timeline(record: Record) -> bytes:
    """Return `timeline.json`."""
    return pretty({"lot": record.lot, "events": [_event(line) for line in record.lines]})


def pretty(value: Json) -> bytes:
    """Write JSON for people, in one form."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def detail(line: Line) -> Html:
    """Say in a few words what an entry adds to its title."""
    data, kind = line.data, line.kind
    code = f"竞买代码 {data.text('code') or ''}"
    if kind == LOT_ANNOUNCED.name:
        opens, closes = local(data.instant("opens_at")), local(data.instant("closes_at"))
        return join(f"起拍价 {yuan(data.fen('start_price_fen'))} · {opens} — {closes}")
    if kind == BID_ACCEPTED.name:
        return join(f"{code} · {yuan(data.fen('amount_fen'))} · 截止 {local(data.instant('ends_at'))}")
    if kind == MAXIMUM_ACCEPTED.name:
        leads = f"现价 {yuan(data.fen('price_fen'))}，竞买代码 {data.text('leader') or ''} 领先"
        return join(f"{code} · {leads} · 截止 {local(data.instant('ends_at'))}")
    if kind == PRICE_TAKEN.name:
        return join(f"{code} · 第 {data.number('step')} 档 {yuan(data.fen('price_fen'))}")
    if kind == LOT_SOLD.name:
        return join(f"{code} · {yuan(data.fen('price_fen'))} · 共 {data.number('bids')} 次有效出价")
    if kind == LOT_UNSOLD.name:
        return both(labels.code(data.text("reason")))
    if kind in {LISTING_DISCLOSED.name, LISTING_REVISED.name}:
        return join(f"{data.number('disclosure_days')} 个工作日 · 至 {local(data.instant('disclosure_ends_at'))}")
    return _brief(line, code)


def _brief(line: Line, code: str) -> Html:
    data = line.data
    if line.kind == ASSET_REGISTERED.name:
        return join(both(labels.code(data.text("kind"))), f" {data.text('application_number') or ''}")
    if line.kind == LISTING_RETURNED.name:
        return join("；".join(line.opened.texts("reasons")))
    if line.kind == DEPOSIT_CONFIRMED.name or data.text("bid"):
        fen = data.fen("amount_fen") or line.opened.fen("amount_fen")
        return join(code, "" if fen is None else f" · {yuan(fen)}")
    if data.text("encumbrance"):
        return both(labels.code(data.text("kind")))
    return join(data.text("deal") or "")


def _event(line: Line) -> Json:
    chinese, english = labels.event(line.kind)
    kept = ("subject", "seq", "kind", "arrived_at", "recorded_at", "rule", "data")
    return {
        "index": line.index,
        "title": english,
        "title_zh": chinese,
        **{name: line.envelope.written.get(name) for name in kept},
        "opened": dict(line.opened.written),
    }
