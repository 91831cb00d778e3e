"""What each format hears of the commands of other formats, in every state and every window.

With the tables of the formats' own tests this leaves no (state, command) of any format without a written expectation.
"""

import pytest

from exchange.auctions.model import COMMANDS, BidderCode, Format, Lodge, OpenEnvelope, PlaceBid, Score, TakePrice
from tests import make_auctions as make
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

    assert {row[0] for row in rows} == set(Format) == set(TABLES)
    for name, *words in rows:
        foreign = {command for command, word in zip(commands, words, strict=True) if word != "own"}
        assert not foreign & set(TABLES[name][1])
        assert foreign | set(TABLES[name][1]) == {command.__name__ for command in COMMANDS}
