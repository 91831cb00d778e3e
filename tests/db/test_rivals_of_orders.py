"""A lot that ends while an order stands, and the same asset offered anew: at once, from connections of their own.

That no order is evaded, and that the record tells it in an order in which an auditor finds nothing: the fixture holds
the whole log against itself at the end.
"""

from datetime import timedelta

import pytest

from exchange.app import flows
from exchange.app.flows import time as ticking
from exchange.auctions import service as auctions
from exchange.auctions.model import LotId
from ledger.kernel import instant
from ledger.kernel.cause import TIME, Cause
from ledger.kernel.ids import OrganisationId
from settlement.books import service as books
from settlement.escrow import service as escrow
from settlement.escrow.model import Authority, SettlementId, State
from tests.db.test_rivals_of_parts import at_once, hears

DAY = timedelta(days=1)


class Offered:
    """A lot that runs with three deposits and no bid, and a second one of the same asset that is not announced yet."""

    def __init__(self, market, world):
        self.market, self.world = market, world
        self.seller, regulator = market.member("university"), market.member("regulator")
        self.regulator = OrganisationId(regulator.id)
        listing = market.open_listing(self.seller)
        self.lot, self.later = (LotId(market.draft_lot(self.seller, listing, **self.terms(days))) for days in (1, 90))
        market.done("POST", f"/v1/lots/{self.lot}/announce", self.seller)
        market.move(instant.parse(market.read_lot(self.lot)["opens_at"]))
        for _ in range(3):
            market.bidder(self.lot)
        self.settlement = SettlementId(market.deal(self.lot)["settlement"]["id"])

    def terms(self, days):
        opens = self.market.now() + days * DAY
        return {"opens_at": instant.render(opens), "closes_at": instant.render(opens + DAY)}

    def order(self, unit):
        self.standing = flows.freeze(
            unit,
            self.world.cause(self.regulator, "deals.freeze", "deals.read_all"),
            self.settlement,
            authority=Authority.COURT,
            order_number="(2026)内01财保9号",
            document_sha256="c" * 64,
            reason="财产保全",
        ).id

    def lift(self, unit):
        by = self.world.cause(self.regulator, "deals.freeze", "deals.read_all")
        flows.lift(unit, by, self.standing, document_sha256="d" * 64)

    def announce(self, unit):
        flows.announce(unit, self.world.cause(OrganisationId(self.seller.id), "lots.write"), self.later)

    def end(self, unit):
        ticking.tick_lot(unit, Cause(actor=TIME, at=self.world.clock.now(), request_id="tick"), self.lot)

    def run_out(self):
        """Let the lot's time be over, and nothing happen of it yet."""
        with self.world.units.read() as unit:
            due = auctions.next_due(unit)
        self.world.move(due)

    def now(self):
        """How the settlement stands, with how many orders, what is left in it, and how the second lot stands."""
        with self.world.units.read() as unit:
            assert books.prove(unit) == []
            one = escrow.settlement(unit, self.settlement)
            left = books.accounts(unit, books.names_under(unit, [one.id])).values()
            later = auctions.lot_of(unit, self.later).state
        return one.state, len(one.frozen), sum(each.balance_fen for each in left), later.value


@pytest.fixture
def offered(market, world):
    return Offered(market, world)


class TestOfferedAnew:
    def test_while_the_order_is_lifted_is_refused_or_comes_after_it(self, offered):
        assert hears(offered.world, offered.order) == "done"
        offered.run_out()
        assert hears(offered.world, offered.end) == "done"
        said = at_once(offered.world, offered.announce, offered.lift)

        assert said in (["done", "done"], ["app/order-outlasts", "done"])
        assert offered.now() == (State.RELEASED, 0, 0, "announced" if said == ["done", "done"] else "draft")

    @pytest.mark.parametrize("again", range(3))
    def test_while_the_frozen_lot_ends_is_refused(self, offered, again):
        assert hears(offered.world, offered.order) == "done"
        offered.run_out()
        said = at_once(offered.world, offered.announce, offered.end, offered.announce)

        assert said[2] == "done"  # the end
        assert set(said[:2]) <= {"app/order-outlasts", "achievements/wrong-state"}
        assert offered.now() == (State.RELEASED, 1, 0, "draft")

    def test_while_the_lot_ends_without_an_order_is_refused_or_comes_after_it(self, offered):
        offered.run_out()
        said = at_once(offered.world, offered.announce, offered.end)

        assert said in (["done", "done"], ["achievements/wrong-state", "done"])
        assert offered.now() == (State.RELEASED, 0, 0, "announced" if said == ["done", "done"] else "draft")


class TestOrdered:
    def test_while_the_lot_ends_unsold_it_stands_on_what_ended_or_is_refused(self, offered):
        offered.run_out()
        said = at_once(offered.world, offered.order, offered.end)

        assert said in (["done", "done"], ["done", "nothing-to-freeze"])
        assert offered.now() == (State.RELEASED, said.count("done") - 1, 0, "draft")
        assert hears(offered.world, offered.announce) == ("app/order-outlasts" if said == ["done", "done"] else "done")
