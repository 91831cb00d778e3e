"""The price ladder (竞价阶梯图): one step for each decided bid, in order, as an inline SVG.

Steps are equally wide, because the bids that matter crowd into the last minutes; the instants stand below them. Whole
numbers throughout, so that the same record draws the same picture everywhere.
"""

from dataclasses import dataclass
from typing import Final

from .bids import Offered
from .markup import Html, el, join, local, text, yuan

WIDTH: Final = 940
HEIGHT: Final = 300
LEFT: Final = 104
RIGHT: Final = 924
TOP: Final = 34
BOTTOM: Final = 250
MOST_LABELS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    low: int
    high: int
    count: int

    def x(self, step: int) -> int:
        return LEFT + (RIGHT - LEFT) * step // self.count

    def y(self, fen: int) -> int:
        return BOTTOM - (BOTTOM - TOP) * (fen - self.low) // max(1, self.high - self.low)


def ladder(offered: list[Offered], *, start_fen: int | None, reserve_fen: int | None) -> Html:
    """Draw the steps, with the start price and, where disclosed, the reserve as lines."""
    known = [one for one in offered if one.amount_fen is not None]
    amounts = [one.amount_fen or 0 for one in known]
    marks = [fen for fen in (start_fen, reserve_fen) if fen is not None]
    if not amounts:
        return Html("")
    low, high = min(amounts + marks), max(amounts + marks)
    margin = max(1, (high - low) // 10)
    scale = _Scale(low=max(0, low - margin), high=high + margin, count=len(known))
    parts = [_axis(scale), *_line("起拍价 start", start_fen, scale, "start", at_right=True)]
    parts += _line("保留价 reserve", reserve_fen, scale, "reserve", at_right=False)
    parts += [_steps(known, scale), *_points(known, scale)]
    title = el("title", "竞价阶梯图 Price ladder")
    return el("svg", title, *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", class_="ladder")


def _axis(scale: _Scale) -> Html:
    return join(
        el("line", x1=LEFT, y1=BOTTOM, x2=RIGHT, y2=BOTTOM, class_="axis"),
        el("line", x1=LEFT, y1=TOP - 12, x2=LEFT, y2=BOTTOM, class_="axis"),
        el("text", yuan(scale.high), x=LEFT - 8, y=TOP + 4, class_="scale"),
        el("text", yuan(scale.low), x=LEFT - 8, y=BOTTOM + 4, class_="scale"),
    )


def _line(name: str, fen: int | None, scale: _Scale, style: str, *, at_right: bool) -> list[Html]:
    """Draw a price as a line, named where a rising ladder leaves room: low ones at the right, high ones at the left."""
    if fen is None:
        return []
    at = scale.y(fen)
    return [
        el("line", x1=LEFT, y1=at, x2=RIGHT, y2=at, class_=f"mark {style}"),
        el("text", f"{name} {yuan(fen)}", x=RIGHT if at_right else LEFT + 8, y=at - 5, class_=f"named {style}"),
    ]


def _steps(known: list[Offered], scale: _Scale) -> Html:
    path, begun = "", False
    for step, one in enumerate(known):
        if one.refusal is None:
            at, to = scale.y(one.amount_fen or 0), scale.x(step + 1)
            path += f"V{at}H{to}" if begun else f"M{scale.x(step)} {at}H{to}"
            begun = True
        elif begun:
            path += f"H{scale.x(step + 1)}"
    return el("path", d=path, class_="steps") if path else text("")


def _points(known: list[Offered], scale: _Scale) -> list[Html]:
    every = -(-len(known) // MOST_LABELS)
    parts: list[Html] = []
    for step, one in enumerate(known):
        across, at = (scale.x(step) + scale.x(step + 1)) // 2, scale.y(one.amount_fen or 0)
        style = "refused" if one.refusal is not None else "won" if one.wins else "accepted"
        parts.append(el("circle", cx=across, cy=at, r=6 if one.wins else 4, class_=f"point {style}"))
        if one.extends:
            parts.append(el("line", x1=across, y1=at + 8, x2=across, y2=BOTTOM, class_="extends"))
        if one.wins or (len(known) - 1 - step) % every == 0:
            parts += _labels(one, across, at)
    return parts


def _labels(one: Offered, across: int, at: int) -> list[Html]:
    day, _, hour = local(one.placed_at).partition(" ")
    return [
        el("text", one.code, x=across, y=at - 11, class_="code"),
        el("text", hour[:8], x=across, y=BOTTOM + 18, class_="instant"),
        el("text", day[5:], x=across, y=BOTTOM + 32, class_="instant"),
    ]
