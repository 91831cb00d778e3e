"""Shares, requests and payouts in a real database: rows and entries agree, and the bank hears of every transfer out."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import sqlalchemy as sa

from exchange.app import views
from settlement.books import service as books
from settlement.escrow import checks, service
from settlement.escrow.model import DepositState, Payee, Payout, Purpose, State, transfer_for
from settlement.escrow.store import payouts
from settlement.escrow.store import settlements as store
from tests import make_escrow as make
from tests.db.test_escrow import DEAL, Escrow
from tests.db.test_rivals_of_parts import freeze, lift


@pytest.fixture
def escrow(world):
    return Escrow(world)


def request(escrow, payer=make.ANN, code=None, account="6222-0211"):
    def act(unit):
        return service.request_deposit(
            unit,
            escrow.world.cause(payer),
            deal=DEAL,
            seller=make.SELLER,
            code=code or make.CODES[payer],
            due_fen=make.DEPOSIT,
            account=account,
        )

    return act


def divide(escrow, id):
    command = make.divide()
    return lambda unit: service.settle(
        unit,
        escrow.world.cause(make.SELLER),
        id,
        costs=command.costs,
        reward_bp=command.reward_bp,
        shares=command.shares,
        owners=command.owners,
        broker=command.broker,
        withheld=command.withheld,
    )


def by_time(escrow, id):
    command = make.overdue()
    return lambda unit: service.settle_by_time(
        unit, make.clock(escrow.world.clock.now()), id, owners=command.owners, inventors=command.inventors
    )


def told(escrow, subject):
    with escrow.world.units.read() as unit:
        return [one.payout for one in payouts.of_subject(unit, subject)]


def leaving(escrow, subject):
    with escrow.world.units.read() as unit:
        made = books.transfers_of(unit, subject)
    return {one.id: one.amount_fen for one in made if one.credit == "custody:ordered"}


class TestRequest:
    def test_opens_a_settlement_and_becomes_a_deposit_that_remembers_its_source(self, escrow):
        asked = escrow.do(request(escrow))
        held = escrow.do(escrow.deposit())

        assert asked.deposits[0].state is DepositState.REQUESTED
        assert held.id == asked.id
        assert (held.deposits[0].state, held.deposits[0].account) == (DepositState.HELD, "6222-0211")
        assert held.deposits[0].reference == f"{DEAL} {make.ANN}"
        assert escrow.answer(request(escrow)) == "already-paid"

    def test_lapses_and_its_settlement_is_released_with_nothing(self, escrow):
        escrow.do(request(escrow))
        released = escrow.do(escrow.release())

        assert (released.state, released.deposits[0].state) == (State.RELEASED, DepositState.LAPSED)
        assert escrow.standing() == {}
        assert told(escrow, released.id) == []

    def test_leaves_entries_that_amount_to_its_rows(self, escrow, tmp_path):
        for payer in (make.ANN, make.BEN):
            escrow.do(request(escrow, payer))
        escrow.do(escrow.deposit())
        awarded = escrow.do(escrow.award())
        entries = escrow.entries(tmp_path)

        assert checks.fold(entries[awarded.id]) == make.amounts_to(awarded)


class TestPayouts:
    def test_tell_the_bank_of_every_transfer_that_leaves_a_whole_deal(self, escrow, tmp_path):
        settled = escrow.do(divide(escrow, escrow.paid().id))

        assert {one.transfer: one.amount_fen for one in told(escrow, settled.id)} == leaving(escrow, settled.id)
        assert [one.payee for one in told(escrow, settled.id)] == [
            Payee.ORGANISATION,
            Payee.ORGANISATION,
            Payee.ORGANISATION,
            Payee.INVENTOR,
            Payee.INVENTOR,
            Payee.ORGANISATION,
            Payee.TAX,
        ]
        assert escrow.standing() == {
            "custody:bank": make.PRICE + make.DEPOSIT,
            "custody:ordered": make.PRICE + make.DEPOSIT - make.FEE,
            "exchange:fees": make.FEE,
        }
        assert escrow.entries(tmp_path)

    def test_show_a_holder_and_a_broker_the_account_they_were_paid_out_of(self, escrow):
        settled = escrow.do(divide(escrow, escrow.paid().id))

        def own(organisation):
            with escrow.world.units.read() as unit:
                found = views.own_accounts(unit, make.by(organisation), after="", limit=100)
            return {one.name.removeprefix(f"{settled.id}:") for one in found}

        command = make.divide()
        place = [one.organisation for one in command.owners].index(make.COLLEGE) + 1
        assert own(make.COLLEGE) == {f"owner:{place}"}
        assert own(make.AGENT) == {"broker"}
        assert own(make.STRANGER) == set()
        assert {"escrow", f"owner:{place}", "broker"} <= own(make.SELLER)

    def test_name_the_payment_that_a_refund_gives_back(self, escrow):
        escrow.do(request(escrow, make.BEN))
        escrow.do(escrow.deposit(make.BEN))
        escrow.do(escrow.deposit())
        awarded = escrow.do(escrow.award())

        (refund,) = told(escrow, awarded.id)
        assert (refund.organisation, refund.source, refund.account) == (make.BEN, f"{DEAL} {make.BEN}", "6222-0211")

    def test_are_told_once_and_with_the_transfers_or_not_at_all(self, escrow):
        paid = escrow.paid()
        before = escrow.rows()["transfer"]
        again = Payout(
            transfer=transfer_for(paid.id, Purpose.SELLER_OUT),
            subject=paid.id,
            payee=Payee.TAX,
            amount_fen=make.FEE,
        )
        with escrow.world.units.begin() as unit:
            payouts.record(unit, [again])
        duplicate = (
            psycopg.errors.UniqueViolation,
            sa.exc.IntegrityError,
        )  # it is noticed by the pipeline, or after it
        with pytest.raises(duplicate, match="pk_payout"), escrow.world.units.begin() as unit:
            divide(escrow, paid.id)(unit)

        assert escrow.rows()["transfer"] == before

    def test_are_never_changed_by_the_api(self, escrow):
        escrow.do(escrow.deposit())
        escrow.do(escrow.release())
        for statement in ("UPDATE payout SET amount_fen = 1", "DELETE FROM payout"):
            with pytest.raises(sa.exc.ProgrammingError), escrow.world.units.begin() as unit:
                unit.connection.execute(sa.text(statement))

    def test_come_page_by_page(self, escrow):
        escrow.crowd(5)
        escrow.do(escrow.release())
        with escrow.world.units.read() as unit:
            whole = payouts.page(unit, after=0, limit=9)
            assert [one.place for one in whole] == sorted(one.place for one in whole)
            assert payouts.page(unit, after=whole[1].place, limit=2) == whole[2:4]
        assert len(whole) == 5


class TestTime:
    def test_finds_what_is_due_and_settles_it(self, escrow, tmp_path):
        paid = escrow.paid()
        with escrow.world.units.begin() as unit:
            assert store.next_due(unit) == paid.settle_by
            assert store.due(unit, paid.settle_by - make.INSTANT, 9) == []
            assert store.due(unit, paid.settle_by, 9) == [paid.id]
            with escrow.world.units.begin() as other:  # another ticker leaves alone what this one holds
                assert store.due(other, paid.settle_by, 9) == []
        assert escrow.answer(by_time(escrow, paid.id)) == "not-due"
        escrow.world.move(paid.settle_by + timedelta(days=1))
        settled = escrow.do(by_time(escrow, paid.id))

        assert (settled.state, settled.costs_fen, settled.commission_fen) == (State.SETTLED, 0, 0)
        assert escrow.answer(by_time(escrow, paid.id)) == "wrong-state"
        with escrow.world.units.read() as unit:
            assert store.next_due(unit) is None
        assert escrow.entries(tmp_path)

    def test_leaves_its_days_to_a_seller_that_an_order_kept_from_settling(self, escrow, tmp_path):
        paid, world = escrow.paid(), escrow.world
        order = freeze(world, paid.id)
        world.move(paid.settle_by)
        with world.units.read() as unit:
            assert store.next_due(unit) is None
        assert escrow.answer(divide(escrow, paid.id)) == "frozen"
        lift(world, order)
        quiet = datetime(2026, 3, 27, 16, tzinfo=UTC)  # the third working day after Tuesday the 24th is over
        with world.units.begin() as unit:
            assert store.next_due(unit) == quiet
            assert store.due(unit, quiet - make.INSTANT, 9) == []
            assert store.due(unit, quiet, 9) == [paid.id]
        world.move(quiet - make.INSTANT)
        assert escrow.answer(by_time(escrow, paid.id)) == "not-due"
        assert escrow.do(divide(escrow, paid.id)).costs_fen > 0
        assert escrow.entries(tmp_path)
