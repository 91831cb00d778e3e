"""Money that nobody expected, assigned to a deposit that was asked for, while somebody else does something about it.

Each at once, from connections of their own, through the flows that the doors call. Whoever is first, one of them
happens whole and the other not at all: the part, the bidder's standing, the deposit and the books tell the same.
"""

from datetime import timedelta

import pytest

from exchange.app import flows
from exchange.app.accounting.verifying import verify
from exchange.app.flows import time as ticking
from exchange.auctions import service as auctions
from exchange.auctions import store as lots
from exchange.auctions.model import LotId
from ledger.kernel import instant
from ledger.kernel.cause import TIME, Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from settlement.books import service as books
from settlement.escrow import service as escrow
from settlement.escrow.model import DepositState, Due, SettlementId
from settlement.escrow.service import misdirected
from tests.db.test_rivals_of_parts import at_once, hears

DEPOSIT = Fen(1_000_000)  # 10,000 yuan, the usual lot's
MORE = Fen(300)
INSTANT = timedelta(microseconds=1)


class Awaited:
    """A running lot that one has a deposit for, a second bidder that asked where to pay, and money that came."""

    def __init__(self, market, world):
        self.market, self.world = market, world
        self.lot = LotId(market.running_lot(market.member("university")))
        self.first = market.bidder(self.lot)
        market.bid(self.lot, self.first, "150000")
        self.bidder = market.member("enterprise")
        self.code = market.done("POST", f"/v1/lots/{self.lot}/deposits/requests", self.bidder, {})["code"]
        self.settlement = SettlementId(market.deal(self.lot)["settlement"]["id"])
        self.arrived = world.clock.now()

    def come(self, fen, reference="错汇"):
        with self.world.units.begin() as unit:
            self.amount = fen
            self.found = misdirected.find(unit, self.officer(), amount_fen=fen, reference=reference).id
        return self

    def officer(self):
        by = self.world.cause(OrganisationId(self.market.operator.id), "deposits.confirm", "payments.record")
        return Cause(actor=by.actor, at=self.arrived, request_id="test")

    # what officers, the bank and time do

    def assign(self, unit):
        to = Due(subject=self.settlement, code=self.code)
        flows.assign_unexpected(unit, self.officer(), self.found, to=to, amount_fen=DEPOSIT)

    def send_back(self, fen):
        return lambda unit: misdirected.send_back(unit, self.officer(), self.found, amount_fen=fen)

    def notice(self, unit):
        flows.take_deposit(
            unit,
            self.officer(),
            self.lot,
            organisation=OrganisationId(self.bidder.id),
            amount_fen=DEPOSIT,
            payment_reference="回单-到账",
        )

    def close(self, unit):
        ticking.tick_lot(unit, Cause(actor=TIME, at=self.world.clock.now(), request_id="tick"), self.lot)

    # what has become of it

    def left(self):
        """What is left of the money, in how many parts it went, and the same by the books."""
        with self.world.units.read() as unit:
            one = misdirected.one(unit, self.found)
            held = books.accounts(unit, books.names_under(unit, [self.found])).values()
        assert sum(each.balance_fen for each in held) == one.left_fen
        return one.left_fen, one.parts

    def deposit(self):
        """The second bidder's deposit, whether it may bid, and the bank's reference it rests on."""
        with self.world.units.read() as unit:
            mine = next(each for each in escrow.settlement(unit, self.settlement).deposits if each.code == self.code)
            known = lots.bidders(unit, [(self.lot, OrganisationId(self.bidder.id))])
        may_bid = [one.code for one in known.values()]
        assert may_bid == ([] if mine.state in {DepositState.REQUESTED, DepositState.LAPSED} else [self.code])
        return mine.state, mine.reference

    def in_escrow(self):
        with self.world.units.read() as unit:
            found = books.accounts(unit, books.names_under(unit, [self.settlement])).values()
        return sum(each.balance_fen for each in found)

    def conserved(self):
        """Everything adds up, and `books verify` has nothing to say: what came is in a deposit, kept, or sent back."""
        with self.world.units.read() as unit:
            assert books.prove(unit) == []
            vkey = str(self.world.signer.key)
            assert verify(unit, copy=None, vkey=vkey, tell=lambda done, total: None).findings == []
            names = ["custody:bank", "custody:ordered", f"{self.found}:held"]
            return {name: int(one.balance_fen) for name, one in books.accounts(unit, names).items()}


@pytest.fixture
def awaited(market, world):
    return Awaited(market, world)


class TestAssigned:
    def test_by_two_officers_the_same_money_is_one_deposit(self, awaited):
        awaited.come(Fen(2 * DEPOSIT + MORE))

        assert at_once(awaited.world, *[awaited.assign] * 4) == ["auctions/already-confirmed"] * 3 + ["done"]
        assert awaited.left() == (DEPOSIT + MORE, 1)
        assert awaited.deposit() == (DepositState.HELD, f"{awaited.found}/1")
        assert awaited.in_escrow() == 2 * DEPOSIT
        awaited.conserved()

    def test_by_two_officers_with_nothing_to_spare_it_is_one_deposit(self, awaited):
        awaited.come(DEPOSIT)
        said = at_once(awaited.world, *[awaited.assign] * 3)

        assert said == ["done", "nothing-left", "nothing-left"]
        assert awaited.left() == (0, 1)
        assert awaited.in_escrow() == 2 * DEPOSIT
        awaited.conserved()

    @pytest.mark.parametrize("spare", [0, MORE])
    def test_while_another_sends_it_back_it_is_one_or_the_other(self, awaited, spare):
        whole = Fen(DEPOSIT + spare)
        awaited.come(whole)
        said = at_once(awaited.world, awaited.assign, awaited.send_back(whole))
        assigned = awaited.deposit()[0] is DepositState.HELD

        assert "done" in said
        assert set(said) <= {"done", "nothing-left", "more-than-is-left"}
        assert said.count("done") == 1
        assert awaited.left() == ((spare, 1) if assigned else (0, 1))
        assert awaited.in_escrow() == (2 * DEPOSIT if assigned else DEPOSIT)
        awaited.conserved()

    def test_while_another_sends_back_the_rest_both_are_done(self, awaited):
        awaited.come(Fen(DEPOSIT + MORE))

        assert at_once(awaited.world, awaited.assign, awaited.send_back(MORE)) == ["done", "done"]
        assert awaited.left() == (0, 2)
        assert awaited.deposit()[0] is DepositState.HELD
        awaited.conserved()

    def test_while_the_bank_tells_of_the_deposit_it_is_received_once(self, awaited):
        awaited.come(DEPOSIT)
        said = at_once(awaited.world, awaited.assign, awaited.notice)
        state, reference = awaited.deposit()

        assert said == ["auctions/already-confirmed", "done"]
        assert state is DepositState.HELD
        assert (reference, awaited.left()) in {(f"{awaited.found}/1", (0, 1)), ("回单-到账", (DEPOSIT, 0))}
        assert awaited.in_escrow() == 2 * DEPOSIT
        awaited.conserved()

    def test_after_the_bank_has_told_of_it_is_refused_and_stays(self, awaited):
        awaited.come(DEPOSIT)

        assert hears(awaited.world, awaited.notice) == "done"
        before = awaited.conserved()
        assert hears(awaited.world, awaited.assign) == "auctions/already-confirmed"
        assert (awaited.left(), awaited.conserved()) == ((DEPOSIT, 0), before)


class TestLotThatCloses:
    """A part that was assigned before the end, and is decided while time closes the lot."""

    @pytest.fixture
    def closing(self, awaited):
        awaited.come(DEPOSIT)
        ends_at = instant.parse(awaited.market.read_lot(awaited.lot)["ends_at"])
        awaited.arrived = ends_at - INSTANT
        with awaited.world.units.read() as unit:
            due = auctions.next_due(unit)
        assert due is not None
        awaited.world.move(due)
        return awaited

    def ended(self, closing, *, assigned):
        """The buyer's deposit stays; of the other's, what was received goes back, and what was not stays unexpected."""
        state, _ = closing.deposit()
        assert closing.market.read_lot(closing.lot)["state"] == "sold"
        assert state is (DepositState.REFUNDED if assigned else DepositState.LAPSED)
        assert closing.left() == ((0, 1) if assigned else (DEPOSIT, 0))
        assert closing.in_escrow() == DEPOSIT
        closing.conserved()

    def test_takes_the_deposit_and_lets_it_go_or_never_takes_it(self, closing):
        said = at_once(closing.world, closing.assign, closing.close)

        assert said in (["done", "done"], ["auctions/wrong-state", "done"])
        self.ended(closing, assigned=said == ["done", "done"])

    def test_first_takes_none(self, closing):
        assert hears(closing.world, closing.close) == "done"
        before = closing.conserved()
        assert hears(closing.world, closing.assign) == "auctions/wrong-state"
        assert closing.conserved() == before
        self.ended(closing, assigned=False)

    def test_afterwards_lets_it_go(self, closing):
        assert hears(closing.world, closing.assign) == "done"
        assert hears(closing.world, closing.close) == "done"
        self.ended(closing, assigned=True)

    def test_takes_none_that_comes_at_the_end(self, closing):
        closing.arrived += INSTANT
        before = closing.conserved()

        assert at_once(closing.world, *[closing.assign] * 2) == ["auctions/past-end"] * 2
        assert (closing.left(), closing.conserved()) == ((DEPOSIT, 0), before)
