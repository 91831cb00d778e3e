"""The flow of the money (资金流向图), from where it came to where it went, as an inline SVG.

Bands are as thick as their amounts; whole numbers throughout, so that the same record draws the same
picture everywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from settlement.escrow import model as escrow

from ..blocks import last
from ..labels import Label
from ..markup import Html, el, join, yuan
from ..reading import Record
from .money import Deposits, deposits, forfeited, settled, shared

WIDTH: Final = 940
COLUMN: Final = 236
BAR: Final = 12
TALLEST: Final = 210  # of all the money that came in
LEAST: Final = 3
SLOT: Final = 42  # a name and an amount need this
TOP: Final = 22
MOST_INVENTORS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Money at one place: its column, what it is called there, how it is coloured; `y` and `height` once placed."""

    key: str
    column: int
    label: Label
    amount_fen: int
    style: str
    y: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Money on its way from one place to another."""

    source: str
    target: str
    amount_fen: int


def flow(record: Record) -> Html:
    """Draw the flow, or nothing where no money came."""
    nodes, bands = streams(record)
    came = sum(node.amount_fen for node in nodes if node.column == 0)
    if not came:
        return Html("")
    placed = {node.key: node for column in range(4) for node in _placed(nodes, column, came)}
    bottom = max(node.y + max(node.height, SLOT) for node in placed.values())
    title = el("title", "资金流向图 Flow of the money")
    drawn = [*_bands(placed, bands), *(part for node in placed.values() for part in _bar(node))]
    return el("svg", title, *drawn, viewBox=f"0 0 {WIDTH} {bottom + 8}", role="img", class_="flow")


def streams(record: Record) -> tuple[list[Node], list[Band]]:
    """Return where the money was and how it went, from left to right and from top to bottom; nothing of no amount."""
    won, lost = deposits(record, of_winner=True), deposits(record, of_winner=False)
    balance = last(record, escrow.BALANCE_PAID.name).data.fen("amount_fen") or 0
    nodes = [
        Node(key="balance", column=0, label=("余款", "balance"), amount_fen=balance, style="price"),
        Node(
            key="won", column=0, label=("竞得人保证金", "winner's deposit"), amount_fen=won.received_fen, style="price"
        ),
        Node(
            key="lost", column=0, label=("其他保证金", "others' deposits"), amount_fen=lost.received_fen, style="back"
        ),
    ]
    bands: list[Band] = []
    _price(record, won, balance, nodes, bands)
    _back(won, lost, nodes, bands)
    kept = [node for node in nodes if node.amount_fen > 0]
    keys = {node.key for node in kept}
    return kept, [one for one in bands if one.amount_fen > 0 and {one.source, one.target} <= keys]


def _price(record: Record, won: Deposits, balance: int, nodes: list[Node], bands: list[Band]) -> None:
    """Add the price and what it was divided into, or the lost deposit and what became of that."""
    line, lost = settled(record), forfeited(record)
    price = won.applied_fen + balance
    nodes.append(Node(key="price", column=1, label=("成交价款", "price"), amount_fen=price, style="price"))
    nodes.append(
        Node(key="gone", column=1, label=("不予退还", "forfeited"), amount_fen=won.forfeited_fen, style="gone")
    )
    bands.append(Band(source="balance", target="price", amount_fen=balance))
    bands.append(Band(source="won", target="price", amount_fen=won.applied_fen))
    bands.append(Band(source="won", target="gone", amount_fen=won.forfeited_fen))
    source, data = ("price", line.data) if line else ("gone", lost.data if lost else None)
    if data is None:
        return
    for key, label, field, style in (
        ("seller", ("让与方", "seller"), "seller_fen", "price"),
        ("reward", ("科技人员奖酬", "inventors' reward"), "reward_fen", "reward"),
        ("fee", ("平台服务费", "fee"), "fee_fen", "fee"),
    ):
        amount = data.fen(field) or 0
        nodes.append(Node(key=key, column=2, label=label, amount_fen=amount, style=style))
        bands.append(Band(source=source, target=key, amount_fen=amount))
    _holders(record, nodes, bands)
    _inventors([one.fen("amount_fen") or 0 for one in line.opened.each("split")] if line else [], nodes, bands)


def _holders(record: Record, nodes: list[Node], bands: list[Band]) -> None:
    """Add whose the seller's part is, where it is told."""
    line = shared(record)
    for key, label, field in (
        ("broker", ("技术经纪方", "broker"), "commission_fen"),
        ("holders", ("权利人", "holders"), "owners_fen"),
    ):
        amount = line.data.fen(field) or 0 if line else 0
        nodes.append(Node(key=key, column=3, label=label, amount_fen=amount, style="price"))
        bands.append(Band(source="seller", target=key, amount_fen=amount))


def _inventors(shares: list[int], nodes: list[Node], bands: list[Band]) -> None:
    """Add the inventors, the last of many together."""
    single = len(shares) if len(shares) <= MOST_INVENTORS else MOST_INVENTORS - 1
    named = [((f"发明人 {place}", f"inventor {place}"), fen) for place, fen in enumerate(shares[:single], start=1)]
    if rest := shares[single:]:
        named.append(((f"其余 {len(rest)} 人", "others"), sum(rest)))
    for place, (label, fen) in enumerate(named):
        nodes.append(Node(key=f"inventor {place}", column=3, label=label, amount_fen=fen, style="reward"))
        bands.append(Band(source="reward", target=f"inventor {place}", amount_fen=fen))


def _back(won: Deposits, lost: Deposits, nodes: list[Node], bands: list[Band]) -> None:
    """Add what went back, and what is still held."""
    back = won.refunded_fen + lost.refunded_fen
    held = max(0, won.held_fen) + max(0, lost.held_fen)
    nodes.append(Node(key="held", column=1, label=("仍冻结", "held"), amount_fen=held, style="fee"))
    nodes.append(Node(key="back", column=1, label=("退还", "refunded"), amount_fen=back, style="back"))
    for key, one in (("won", won), ("lost", lost)):
        bands.append(Band(source=key, target="held", amount_fen=max(0, one.held_fen)))
        bands.append(Band(source=key, target="back", amount_fen=one.refunded_fen))


def _placed(nodes: Iterable[Node], column: int, came: int) -> list[Node]:
    at, found = TOP, []
    for node in nodes:
        if node.column == column:
            height = max(LEAST, TALLEST * node.amount_fen // came)
            found.append(replace(node, y=at, height=height))
            at += max(height, SLOT) + 10
    return found


def _bands(placed: dict[str, Node], bands: Iterable[Band]) -> list[Html]:
    out: dict[str, int] = dict.fromkeys(placed, 0)
    into: dict[str, int] = dict.fromkeys(placed, 0)
    drawn = []
    for one in bands:
        source, target = placed[one.source], placed[one.target]
        left = _slice(source, out[source.key], one.amount_fen)
        right = _slice(target, into[target.key], one.amount_fen)
        out[source.key] += one.amount_fen
        into[target.key] += one.amount_fen
        start, end = source.column * COLUMN + BAR, target.column * COLUMN
        middle = (start + end) // 2
        path = f"M{start} {left[0]}C{middle} {left[0]} {middle} {right[0]} {end} {right[0]}V{right[1]}"
        path += f"C{middle} {right[1]} {middle} {left[1]} {start} {left[1]}Z"
        drawn.append(el("path", d=path, class_=f"band {target.style}"))
    return drawn


def _slice(node: Node, before_fen: int, amount_fen: int) -> tuple[int, int]:
    """Return from where to where on a bar an amount is drawn, after what was drawn before it."""
    whole = max(1, node.amount_fen)
    top = node.y + node.height * before_fen // whole
    return top, max(top + 1, node.y + node.height * (before_fen + amount_fen) // whole)


def _bar(node: Node) -> list[Html]:
    across = node.column * COLUMN
    chinese, english = node.label
    name = join(chinese, " ", el("tspan", english, class_="small"))
    return [
        el("rect", x=across, y=node.y, width=BAR, height=node.height, class_=f"bar {node.style}"),
        el("text", name, x=across + BAR + 8, y=node.y + 15),
        el("text", yuan(node.amount_fen), x=across + BAR + 8, y=node.y + 32, class_="sum"),
    ]
