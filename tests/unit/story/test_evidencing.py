"""Whether every record pack of the story is looked at, and a failing one named."""

import pytest

from exchange.app.story import evidencing
from exchange.app.story.leavings import Leavings
from exchange.app.story.offers import OFFERS
from exchange.app.story.stage import Lot, Story
from exchange.app.story.telling import Telling
from exchange.contracts.service import zipped
from tests import make_contracts
from tests import make_deals as make
from tests.make_log import VKEY


@pytest.fixture
def leavings(tmp_path):
    found = Leavings.fresh(tmp_path)
    found.vkey.write_text(f"{VKEY}\n")
    return found


@pytest.fixture
def story(leavings):
    """Three lots: one settled, one that fell through, and one whose pack is a lot's."""
    packs = [make.deal(end).files() for end in ("settled", "unwritten")] + [make_contracts.story().files()]
    lots = [Lot(offer=offer, id=f"lot_{number}") for number, offer in enumerate(OFFERS[: len(packs)])]
    for lot, files in zip(lots, packs, strict=True):
        leavings.pack(lot).write_bytes(zipped(files))
    return Story(client=None, officer="", telling=Telling(quiet=True), offers=OFFERS, lots=lots)


class TestVerifyAll:
    def test_finds_every_pack_in_order(self, story, leavings):
        assert evidencing.verify_all(story, leavings) == []

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_names_the_one_that_fails_and_why(self, story, leavings, place):
        lot = story.lots[place]
        leavings.pack(lot).write_bytes(b"no zip")
        (failing,) = evidencing.verify_all(story, leavings)

        assert failing.startswith(f"that of {lot.offer.gloss} (zip        FAILED  ")
