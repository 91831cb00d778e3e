"""The transcripts of the sealed formats' pages, run against the rules: there is no door to an envelope yet."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.kernel.errors import Refusal
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, NOON

PAGES = Path(__file__).resolve().parents[3] / "docs" / "auctions"
WHO = {"ann": ANN, "ben": BEN, "cai": CAI}
NAMES = {make.CODES[organisation]: name for name, organisation in WHO.items()}
UNITS = {"ms": timedelta(milliseconds=1), "s": timedelta(seconds=1)}


def fen(yuan: str) -> int:
    return int(Decimal(yuan) * 100)


def moment(when: str, now):
    """`closes + 2s`; empty: no time passes."""
    if not when:
        return now
    anchor, sign, number, unit = re.fullmatch(r"(opens|closes)(?: ([+-]) (\d+)(ms|s))?", when).groups()
    offset = int(number) * UNITS[unit] if number else timedelta(0)
    return {"opens": NOON, "closes": END}[anchor] + (-offset if sign == "-" else offset)


def looks(lot, events) -> dict[str, str]:
    told = next((dict(event.data) for event in events if event.kind == "auction.envelopes_ranked"), {})
    found = {"price": f"{Decimal(lot.price_fen) / 100:.2f}", "leader": NAMES[lot.leader.code]}
    return found | {name: NAMES[one["code"]] for name in ("invalid", "unopened") for one in told.get(name, ())}


@pytest.mark.parametrize("page", ["first-price.md", "second-price.md"])
def test_is_what_happens(page):
    text = (PAGES / page).read_text()
    terms = json.loads(re.search(r"```json\n(.*?)\n```", text, re.DOTALL).group(1))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    start = max(nth for nth, row in enumerate(rows) if row[:2] == ["when", "who"])
    lot = make.sealed_lot(
        terms["profile"],
        start_price_fen=fen(terms["start_price"]),
        reserve_fen=fen(terms["reserve"]) if terms["reserve"] else None,
    )
    now, events = NOON - make.DAY, []
    for number, (when, who, does, answer) in enumerate(rows[start + 2 :], 1):
        now = moment(when, now)
        verb, _, amount = does.partition(" ")
        if verb == "looks":
            assert looks(lot, events) == dict(one.split(" ") for one in answer.split(", ")), (number, when)
            continue
        try:
            if verb == "ticks":
                decision = make.tick(lot, now)
            elif verb == "lodges":
                decision = make.lodge(lot, WHO[who], fen(amount), now, number)
            else:
                decision = make.open_up(lot, WHO[who], fen(amount), now)
        except Refusal as refusal:
            said = make.code_of(refusal)
        else:
            lot, said = decision.lot, decision.lot.state.value
            events.extend(decision.events)
        assert said == answer, (number, when, who, does)
