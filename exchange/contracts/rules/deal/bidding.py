"""By which rules a lot was bid for, in words: the numbers of the version that its announcement publishes."""

from collections.abc import Mapping
from typing import Final

from exchange.auctions.model import FORM_ANNOUNCED, LOT_ANNOUNCED, Format
from listings.achievements.model import LISTING_DISCLOSED, LISTING_REVISED

from ..blocks import Pair, last, mono
from ..markup import Html, both, el, join, text, yuan
from ..reading import Record, Said
from . import codes

TOLD: Final = frozenset(
    {"id", "version", "effective_from", "min_bidding_s", "extension_s", "grace_ms", "start_min_bp"}
    | {"deposit_min_bp", "deposit_max_bp", "needs_deposit", "needs_increments", "needs_listing", "leader_may_raise"}
    | {"format", "floor_min_bp", "step_min_s", "opening_s"}
)
"""Every number of a version that has words here."""

_NEEDED: Final = (("needs_deposit", "保证金"), ("needs_increments", "加价幅度"), ("needs_listing", "挂牌披露"))
_FORMATS: Final[Mapping[str, tuple[str, str]]] = {
    Format.ASCENDING: ("增价竞价", "open ascending"),
    Format.PROXY: ("增价竞价，按最高限价代为出价", "open ascending, by maxima"),
    Format.DUTCH: ("降价竞价，先应价者得", "falling clock"),
    Format.FIRST_PRICE: ("一次报价，密封，价高者得", "sealed, first price"),
    Format.SECOND_PRICE: ("一次报价，密封，按第二高价成交", "sealed, second price"),
}
_UNITS: Final = ((3_600_000, "小时"), (60_000, "分钟"), (1_000, "秒"), (1, "毫秒"))


def rules_of(record: Record) -> list[Pair]:
    """Return the versions a lot was disclosed and bid for under, and what their numbers ask."""
    rule = last(record, LOT_ANNOUNCED.name).envelope.text("rule")
    disclosed = last(record, LISTING_DISCLOSED.name, LISTING_REVISED.name).envelope.text("rule")
    profile = record.terms.inside("profile")
    return [
        ("竞价规则", "bidding", _since(rule, profile.text("effective_from"))),
        ("披露规则", "disclosure", mono(disclosed)),
        *_format(profile.text("format")),
        *_clock(record, profile),
        *_opening(profile.number("opening_s")),
        ("加价幅度", "increments", _increments(record)),
        ("竞价时间", "bidding lasts", _at_least(profile.number("min_bidding_s"))),
        ("延时", "extension", _extension(profile.number("extension_s"))),
        ("待定", "grace", _grace(profile.number("grace_ms"))),
        ("起拍价", "start price", _share(profile.number("start_min_bp"))),
        ("保证金", "deposit", _deposit(profile)),
        ("须有", "needs", "、".join(word for name, word in _NEEDED if profile.written.get(name) is True) or None),
        ("最高出价者", "the leader", _leader(profile.written.get("leader_may_raise"))),
        *_untold(profile),
    ]


def duration(milliseconds: int) -> str:
    """Write a time in the largest unit that it is a whole number of."""
    unit, name = next(one for one in _UNITS if milliseconds % one[0] == 0)
    return f"{milliseconds // unit} {name}"


def _since(rule: str | None, day: str | None) -> Html:
    return join(mono(rule), f"{day} 起施行" if rule and day else "")


def _format(name: str | None) -> list[Pair]:
    """Say how the price was found, where the version says so: the first ones knew open ascending bidding alone."""
    return [("竞价方式", "format", both(_FORMATS.get(name, (name, name))))] if name else []


def _increments(record: Record) -> str | None:
    bands = [
        f"{yuan(band.fen('from_fen'))} 起每次不少于 {yuan(band.fen('increment_fen'))}"
        for band in record.terms.each("increments")
    ]
    return "；".join(bands) or None


def _clock(record: Record, profile: Said) -> list[Pair]:
    """Say how a price falls by itself, and how far it may."""
    announced = next((line for line in record.of(record.lot) if line.kind == FORM_ANNOUNCED.name), None)
    form = announced.data.inside("form").inside("clock") if announced else Said({})
    spell = form.number("step_s")
    if not spell:
        return []
    falls = f"每 {duration(spell * 1_000)}降 {yuan(form.fen('step_fen'))}，降至 {yuan(form.fen('floor_fen'))} 为止"
    least, share = profile.number("step_min_s"), profile.number("floor_min_bp")
    return [
        ("降价", "clock", falls),
        ("每档停留", "each price stands", _at_least(least)),
        ("底价", "floor", _share(share)),
    ]


def _opening(seconds: int | None) -> list[Pair]:
    """Say how long envelopes could be opened."""
    return [("开标", "opening lasts", duration(seconds * 1_000))] if seconds else []


def _at_least(seconds: int | None) -> str | None:
    return f"不少于 {duration(seconds * 1_000)}" if seconds else None


def _extension(seconds: int | None) -> Html | None:
    if seconds is None:
        return None
    if not seconds:
        return both(("不延时", "none"))
    spell = duration(seconds * 1_000)
    return text(f"截止前 {spell}内有效出价的，截止时间顺延至该次出价后 {spell}")


def _grace(milliseconds: int | None) -> Html | None:
    if milliseconds is None:
        return None
    if not milliseconds:
        return both(("无", "none"))
    return text(f"截止后 {duration(milliseconds)}内到达的出价先待定，再依到达时间决定")


def _share(basis_points: int | None) -> str | None:
    return f"不低于评估价的 {codes.percent(basis_points)}" if basis_points else None


def _deposit(profile: Said) -> str | None:
    least, most = profile.number("deposit_min_bp"), profile.number("deposit_max_bp")
    return f"起拍价的 {codes.percent(least)} 至 {codes.percent(most)}" if most else None


def _leader(may_raise: object) -> Html | None:
    if not isinstance(may_raise, bool):
        return None
    return both(("可以再加价", "may raise") if may_raise else ("不得再加价", "may not raise"))


def _untold(profile: Said) -> list[Pair]:
    """Return the numbers that have no words here, as the entry writes them."""
    rest = sorted(profile.written.keys() - TOLD)
    return [("其他参数", name, el("span", str(profile.written[name]), class_="wide")) for name in rest]
