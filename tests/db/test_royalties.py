"""Royalties and invoices in a real database: who waits for whom, what a refusal leaves behind, what is due when."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from exchange.app import views
from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from settlement.books import service as books
from settlement.escrow.model import Invoice, Occasion, Payee, PeriodState, Royalty, RoyaltyState
from settlement.escrow.service import invoices, royalties
from settlement.escrow.store import invoices as invoice_store
from settlement.escrow.store import payouts
from settlement.escrow.store import royalties as store
from tests import make_escrow, make_invoices
from tests import make_royalties as make
from tests.db.test_escrow import Escrow


class Paying:
    """A settlement that is paid, in a world; each command in a unit of its own."""

    def __init__(self, world) -> None:
        self.world = world
        self.settlement = Escrow(world).paid()

    def do(self, act):
        with self.world.units.begin() as unit:
            done = act(unit)
        with self.world.units.read() as unit:
            assert books.prove(unit) == []
            if isinstance(done, Royalty):
                assert store.load(unit, done.id) == done
            if isinstance(done, Invoice):
                assert invoice_store.load(unit, done.id) == done
        return done

    def answer(self, act) -> str:
        try:
            with self.world.units.begin() as unit:
                act(unit)
        except Refusal as refusal:
            return refusal.code().removeprefix("escrow/")
        return "done"

    def seller(self):
        return self.world.cause(make_escrow.SELLER, "settlements.settle")

    def buyer(self):
        return self.world.cause(make_escrow.ANN)

    def officer(self):
        return self.world.cause(make_escrow.OPERATOR, "payments.record")

    def propose(self, unit, **changes):
        sharing, terms = make.sharing(), make.terms(**changes)
        return royalties.propose(unit, self.seller(), self.settlement.id, terms=terms, sharing=sharing)

    def agreed(self, **changes):
        made = self.do(lambda unit: self.propose(unit, **changes))
        terms = royalties.terms_of(made)
        return self.do(lambda unit: royalties.agree(unit, self.buyer(), made.id, terms_sha256=terms))

    def stated(self, at=make.STATED_AT):
        royalty = self.agreed()
        self.world.move(at)
        return self.do(
            lambda unit: royalties.state_sales(
                unit, self.buyer(), royalty.id, 1, sales_fen=make.SALES, statement_sha256="b" * 64
            )
        )

    def pay(self, royalty, reference="bank-royalty"):
        due = royalty.periods[0].due_fen
        return lambda unit: royalties.pay(unit, self.officer(), royalty.id, 1, amount_fen=due, reference=reference)

    def invoice(self, number=make_invoices.NUMBER, **changes):
        command = make_invoices.record(number=number, issued_on=self.world.clock.now().date(), **changes)
        return lambda unit: invoices.record(unit, self.seller(), self.settlement.id, command, occasion=Occasion.PRICE)


@pytest.fixture
def paying(world):
    return Paying(world)


def together(*acts):
    """Run what answers, all at one moment; return what each was answered, in no order."""
    barrier = Barrier(len(acts))

    def one(act):
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


class TestRoyalties:
    def test_live_and_are_what_their_entries_amount_to(self, paying, world, tmp_path):
        royalty = paying.stated()
        assert royalty.periods[0].pay_by == make.PAY_BY
        paid = paying.do(paying.pay(royalty))
        cost, taxes = make.divide().costs, make.divide().withheld
        divided = paying.do(
            lambda unit: royalties.divide(unit, paying.seller(), paid.id, 1, costs=cost, withheld=taxes)
        )
        assert divided.periods[0].state is PeriodState.DIVIDED
        with world.units.read() as unit:
            accounts = books.accounts(unit, books.names_under(unit, [royalty.id]))
        assert [one.name for one in accounts.values() if one.balance_fen] == []
        assert world.check(tmp_path, alone=True) is not None

    def test_tell_the_bank_of_every_transfer_that_leaves(self, paying, world):
        paid = paying.do(paying.pay(paying.stated()))
        cost, taxes = make.divide().costs, make.divide().withheld
        paying.do(lambda unit: royalties.divide(unit, paying.seller(), paid.id, 1, costs=cost, withheld=taxes))
        with world.units.read() as unit:
            told = [one.payout for one in payouts.of_subject(unit, paid.id)]
            left = [one for one in books.transfers_of(unit, paid.id) if one.credit == "custody:ordered"]
        assert {one.transfer: one.amount_fen for one in told} == {one.id: one.amount_fen for one in left}
        assert {(one.payee, one.organisation, one.inventor) for one in told} == {
            (Payee.ORGANISATION, make.BROKER, None),
            (Payee.INVENTOR, None, 1),
            (Payee.INVENTOR, None, 2),
            (Payee.TAX, None, None),
            (Payee.ORGANISATION, make_escrow.SELLER, None),
            (Payee.ORGANISATION, make.COOWNER, None),
        }

    def test_have_accounts_that_are_each_its_own(self, paying, world):
        paid = paying.do(paying.pay(paying.stated()))
        paying.do(lambda unit: royalties.divide(unit, paying.seller(), paid.id, 1, costs=(), withheld=()))

        def own(organisation):
            with world.units.read() as unit:
                found = views.own_accounts(unit, make_escrow.by(organisation), after="", limit=100)
            return {one.name.removeprefix(f"{paid.id}:") for one in found if one.name.startswith(paid.id)}

        assert own(make.BROKER) == {"broker"}
        assert own(make.COOWNER) == {"owner:2"}
        assert own(make_escrow.ANN) == own(make_escrow.STRANGER) == set()
        assert {"escrow", "reward", "seller", "broker", "owner:1", "owner:2"} <= own(make_escrow.SELLER)

    def test_pay_an_audit_back_to_the_seller_alone(self, paying, world):
        royalty = paying.stated()
        paying.do(paying.pay(royalty))
        called = paying.do(lambda unit: royalties.call_audit(unit, paying.seller(), royalty.id, 1))
        world.move(called.periods[0].audit_from)
        found = {"sales_fen": make.FOUND, "cost_fen": make.COST, "document_sha256": "c" * 64}
        audited = paying.do(lambda unit: royalties.record_audit(unit, paying.officer(), royalty.id, 1, **found))
        paying.do(paying.pay(audited, "bank-audit"))
        paying.do(lambda unit: royalties.divide(unit, paying.seller(), royalty.id, 1, costs=(), withheld=()))
        with world.units.read() as unit:
            told = [one.payout for one in payouts.of_subject(unit, royalty.id)]
            own = [one.id for one in books.transfers_of(unit, royalty.id) if one.debit == f"{royalty.id}:seller"]
        (back,) = [one for one in told if one.transfer in own]
        assert (back.organisation, back.amount_fen) == (make_escrow.SELLER, make.COST)

    def test_stand_alone_beside_a_settlement(self, paying):
        answers = together(*[lambda: paying.answer(paying.propose)] * 2)
        assert answers == ["done", "royalty-stands"]

    def test_are_paid_once_however_many_say_so(self, paying):
        royalty = paying.stated()
        answers = together(*[lambda: paying.answer(paying.pay(royalty))] * 2)
        assert answers == ["already-paid", "done"]

    def test_rest_on_a_payment_nobody_has_recorded(self, paying, world):
        royalty = paying.stated()
        assert paying.answer(paying.pay(royalty, "bank-0011")) == "done"
        again = paying.do(lambda unit: royalties.call_audit(unit, paying.seller(), royalty.id, 1))
        assert again.periods[0].audit_from is not None
        world.move(again.periods[0].audit_from)
        audited = paying.do(
            lambda unit: royalties.record_audit(
                unit,
                paying.officer(),
                royalty.id,
                1,
                sales_fen=make.FOUND,
                cost_fen=make.COST,
                document_sha256="c" * 64,
            )
        )
        with world.units.read() as unit:
            before = unit.connection.execute(sa.text("SELECT count(*) FROM outbox")).scalar_one()
        assert paying.answer(paying.pay(audited, "bank-0011")) == "payment-recorded"
        with world.units.read() as unit:
            assert unit.connection.execute(sa.text("SELECT count(*) FROM outbox")).scalar_one() == before
            assert store.load(unit, royalty.id) == audited

    def test_are_due_when_time_acts_on_them(self, paying, world):
        royalty = paying.agreed()
        with world.units.read() as unit:
            assert royalties.next_due(unit) == make.STATEMENT_BY
            assert royalties.due(unit, make.STATEMENT_BY - timedelta(microseconds=1)) == []
            assert royalties.due(unit, make.STATEMENT_BY) == [royalty.id]
        world.move(make.STATEMENT_BY)
        late = paying.do(lambda unit: royalties.tick(unit, make.clock(world.clock.now()), royalty.id))
        assert late.periods[0].due_fen == make.MINIMUM
        with world.units.read() as unit:
            assert royalties.next_due(unit) == late.periods[1].statement_by

    def test_that_were_withdrawn_make_room(self, paying):
        made = paying.do(paying.propose)
        paying.do(lambda unit: royalties.withdraw(unit, paying.seller(), made.id))
        assert paying.do(paying.propose).state is RoyaltyState.PROPOSED


class TestInvoices:
    def test_that_meet_come_to_no_more_than_was_paid(self, paying):
        half = Fen(make_escrow.PRICE // 2 + 1)
        answers = together(
            lambda: paying.answer(paying.invoice("1" * 20, amount_fen=half)),
            lambda: paying.answer(paying.invoice("2" * 20, amount_fen=half)),
        )
        assert answers == ["done", "invoiced-too-much"]

    def test_of_one_number_are_recorded_once(self, paying):
        small = {"amount_fen": Fen(100), "tax_fen": Fen(6)}
        answers = together(*[lambda: paying.answer(paying.invoice(**small))] * 2)
        assert answers == ["done", "number-recorded"]

    def test_live_and_are_what_their_entries_amount_to(self, paying, world, tmp_path):
        made = paying.do(paying.invoice())
        red = make_invoices.reverse(issued_on=made.issued_on)
        turned = paying.do(lambda unit: invoices.reverse(unit, paying.seller(), made.id, red))
        assert turned.red_number == make_invoices.RED
        assert paying.answer(lambda unit: invoices.reverse(unit, paying.seller(), made.id, red)) == "already-reversed"
        assert world.check(tmp_path, alone=True) is not None
