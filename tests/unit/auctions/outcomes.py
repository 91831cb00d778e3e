"""Outcome tables as text: lot, command, and a word for each window of time; the last word stands for the rest."""

from collections.abc import Iterator

import pytest

from exchange.auctions import rules
from exchange.auctions.model import Announce, FallThrough, Fault, PlaceBid, Revise, Tick, Withdraw
from tests import make_auctions as make


def cases(table: str, windows: dict) -> Iterator:
    """Every row in every moment of every window."""
    _, *rows = (line.split() for line in table.strip().splitlines() if line)
    for lot, command, *words in rows:
        repeated = words[-1:] * (len(windows) - len(words))
        for (window, moments), word in zip(windows.items(), words + repeated, strict=True):
            for nth, at in enumerate(moments):
                yield pytest.param(lot, command, at, word, id=f"{lot}-{command}-{window}-{nth}")


def sent(profile: str, amount_fen: int, **terms) -> dict:
    """Each command, by whoever may send it; bids are Ben's, of `amount_fen`."""
    return {
        "Revise": (Revise(profile=profile, terms=make.terms(**terms)), make.SELLER, None),
        "Announce": (Announce(), make.SELLER, None),
        "Withdraw": (Withdraw(), make.SELLER, None),
        "ConfirmDeposit": (make.deposit(make.BEN), make.OFFICER, None),
        "PlaceBid": (PlaceBid(bid=make.bid_id(9), amount_fen=amount_fen), make.BEN, make.bidder(make.BEN)),
        "Tick": (Tick(), make.TIME.organisation, None),
        "FallThrough": (FallThrough(fault=Fault.BUYER), make.TIME.organisation, None),
    }


def outcome(lot, command, cause, bidder) -> str:
    """The state after it, what became of the bid, or the refusal; `-` is `wrong-state`."""
    try:
        decision = rules.decide(lot, command, cause, bidder=bidder)
    except rules.WrongState:
        return "-"
    except tuple(rules.REFUSALS) as refusal:
        return make.code_of(refusal)
    return decision.outcomes[-1].state if isinstance(command, PlaceBid) else decision.lot.state


def bid(lot, organisation, amount_fen, at, number=9):
    """The outcome in a word, and the lot after it."""
    try:
        decision = make.offer(lot, organisation, amount_fen, at, number)
    except rules.REFUSALS as refusal:
        return make.code_of(refusal), lot
    return decision.outcomes[-1].state, decision.lot
