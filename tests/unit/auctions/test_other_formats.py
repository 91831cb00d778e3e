"""What each format hears of the commands of other formats, in every state and every window.

With the tables of the formats' own tests this leaves no (state, command) of any format without a written expectation.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.auctions import rules
from exchange.auctions.model import (
    COMMANDS,
    BidderCode,
    Cancel,
    Format,
    Halt,
    Lodge,
    OpenEnvelope,
    PlaceBid,
    Resume,
    Score,
    State,
    Suspend,
    Suspension,
    TakePrice,
)
from tests import make_auctions as make
from tests import make_scored
from tests.unit.auctions import (
    test_dutch,
    test_proxy,
    test_reverse,
    test_rounds,
    test_rules,
    test_scored,
    test_sealed,
    test_uniform,
)
from tests.unit.auctions.outcomes import WINDOWS, outcome

# Under each format: what it hears of a command that is not in its own table, from a bidder whose deposit is confirmed.
# A stranger to a panel is told that first, whatever the format; of a draft nobody is told anything.
HEARD = """
    format       PlaceBid     TakePrice    Lodge        OpenEnvelope Score
    ascending    own          other-format other-format other-format own
    proxy        own          other-format other-format other-format not-on-the-panel
    rounds       own          other-format other-format other-format not-on-the-panel
    dutch        own          own          own          own          not-on-the-panel
    first-price  own          own          own          own          not-on-the-panel
    second-price own          own          own          own          not-on-the-panel
    scored       own          other-format other-format other-format own
    uniform      own          other-format other-format other-format own
    reverse      own          other-format other-format other-format not-on-the-panel
"""

TABLES = {
    "ascending": (test_rules.LOTS, test_rules.SENT),
    "proxy": (test_proxy.LOTS, test_proxy.SENT),
    "rounds": (test_rounds.LOTS, test_rounds.SENT),
    "dutch": (test_dutch.LOTS, test_dutch.SENT),
    "first-price": (test_sealed.LOTS[test_sealed.FIRST], test_sealed.SENT),
    "second-price": (test_sealed.LOTS[test_sealed.SECOND], test_sealed.SENT),
    "scored": (test_scored.LOTS, test_scored.SENT),
    "uniform": (test_uniform.LOTS, test_uniform.SENT),
    "reverse": (test_reverse.LOTS, test_reverse.SENT),
}
FOREIGN = {
    "PlaceBid": PlaceBid(bid=make.bid_id(9), amount_fen=100_000),
    "TakePrice": TakePrice(bid=make.bid_id(9), step=0),
    "Lodge": Lodge(bid=make.bid_id(9), commitment="0" * 64),
    "OpenEnvelope": OpenEnvelope(amount_fen=100_000, nonce="0" * 64),
    "Score": Score(code=BidderCode("0011"), scores={}, admitted_at=None),
}
HIDDEN = {"draft", "recalled", "listed"}


def cases():
    (_, *commands), *rows = (line.split() for line in HEARD.strip().splitlines() if line)
    for name, *words in rows:
        for command, word in zip(commands, words, strict=True):
            if word != "own":
                for lot in TABLES[name][0]:
                    expected = "no-such-lot" if lot in HIDDEN else "not-scored" if lot == "unscored" else word
                    yield pytest.param(name, command, lot, expected, id=f"{name}-{command}-{lot}")


@pytest.mark.parametrize(("name", "command", "lot", "expected"), list(cases()))
def test_a_command_of_another_format_is_refused_in_every_window(name, command, lot, expected):
    heard = {
        outcome(TABLES[name][0][lot], FOREIGN[command], make.cause(make.BEN, at), make.bidder(make.BEN))
        for moments in WINDOWS.values()
        for at in moments
    }

    assert heard == {expected}


def test_every_command_of_every_format_stands_in_a_table():
    (_, *commands), *rows = (line.split() for line in HEARD.strip().splitlines() if line)

    shared = {"Suspend", "Resume", "Cancel"}
    assert {row[0] for row in rows} == set(Format) == set(TABLES)
    for name, *words in rows:
        foreign = {command for command, word in zip(commands, words, strict=True) if word != "own"}
        assert not foreign & set(TABLES[name][1])
        assert foreign | shared | set(TABLES[name][1]) == {command.__name__ for command in COMMANDS}


# An officer stops, resumes and ends lots of every format alike: while bidding is open, by the state of the lot.
STOPPED = """
    state        Suspend      Resume       Cancel
    draft        no-such-lot  no-such-lot  no-such-lot
    announced    suspended    -            -
    opening      -            -            -
    sold         -            -            -
    fell_through -            -            -
    unsold       -            -            -
    withdrawn    -            -            -
"""
OFFICERS = {
    "Suspend": Suspend(reason=Halt.FAULT, order=None),
    "Resume": Resume(cause_ended_at=make.NOON + make.INSTANT),
    "Cancel": Cancel(reason=Halt.FAULT, order=None),
}

# What a suspended lot answers, an hour into its suspension, to whoever may ask.
SUSPENDED = """
    Revise         -
    Announce       -
    Withdraw       -
    ConfirmDeposit suspended
    PlaceBid       suspended
    TakePrice      suspended
    Lodge          suspended
    OpenEnvelope   suspended
    Score          -
    Suspend        -
    Resume         announced
    Cancel         withdrawn
    Tick           -
    FallThrough    -
"""


def stopping():
    (_, *commands), *rows = (line.split() for line in STOPPED.strip().splitlines() if line)
    words = {state: dict(zip(commands, told, strict=True)) for state, *told in rows}
    for name, (lots, _) in TABLES.items():
        for called, lot in lots.items():
            hidden = lot.announced_at is None
            if lot.state is State.SUSPENDED or lot.parked:
                continue  # the first stand below, and the second in the tables of the formats with a grace
            for command in commands:
                told = words["draft" if hidden else lot.state][command]
                yield pytest.param(name, called, command, told, id=f"{name}-{called}-{command}")


@pytest.mark.parametrize(("name", "lot", "command", "expected"), list(stopping()))
def test_an_officer_stops_lots_of_every_format_alike(name, lot, command, expected):
    cause = make.cause(make.OFFICER, make.NOON + make.INSTANT)

    assert outcome(TABLES[name][0][lot], OFFICERS[command], cause, None) == expected


OFFERS = {name: {"PlaceBid"} for name in ("ascending", "proxy", "rounds", "scored", "uniform", "reverse")} | {
    "dutch": {"TakePrice"},
    "first-price": {"Lodge", "OpenEnvelope"},
    "second-price": {"Lodge", "OpenEnvelope"},
}


def waiting():
    for name, (_, sent) in TABLES.items():
        for line in SUSPENDED.strip().splitlines():
            command, told = line.split()
            if command in {"PlaceBid", "TakePrice", "Lodge", "OpenEnvelope"} - OFFERS[name]:
                told = "other-format"
            if command == "Score":  # of somebody on the panel see below
                told = "not-on-the-panel"
            asked = sent.get(command) or (FOREIGN.get(command), make.BEN, make.bidder(make.BEN))
            if command in OFFICERS:
                asked = (OFFICERS[command], make.OFFICER, None)
            yield pytest.param(name, *asked, told, id=f"{name}-{command}")


@pytest.mark.parametrize(("name", "command", "organisation", "bidder", "expected"), list(waiting()))
def test_a_suspended_lot_of_every_format_waits(name, command, organisation, bidder, expected):
    running = next(one for one in TABLES[name][0].values() if one.state is State.ANNOUNCED and one.leader is None)
    halted = Suspension(at=make.NOON + make.INSTANT, reason=Halt.FAULT, order=None)
    lot = replace(running, state=State.SUSPENDED, suspension=halted, parked=(), parked_since=None)

    assert outcome(lot, command, make.cause(organisation, make.NOON + timedelta(hours=1)), bidder) == expected


def test_a_panel_waits_while_a_lot_is_suspended():
    halted = Suspension(at=make.NOON + make.INSTANT, reason=Halt.FAULT, order=None)
    lot = replace(make_scored.lot(sheets=()), state=State.SUSPENDED, suspension=halted)

    assert isinstance(make.refused(make_scored.score, lot, 1, make.ANN), rules.WrongState)
