"""Settlements in a real database: whole lives through the service, who waits for whom, what a refusal leaves behind."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from exchange.app.ledgers import Snapshot, as_json
from ledger.audit.engine import audit
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit
from ledger.log import export
from ledger.log import service as log
from settlement.books import service as books
from settlement.books.model import AccountName, Kind, Order, TransferId
from settlement.escrow import checks, rules, service
from settlement.escrow.model import DepositState, Settlement, SettlementId, State, accounts_in
from settlement.escrow.store import settlements as store
from tests import make_escrow as make
from tests.world import World

DEAL = make.DEAL
TABLES = ("settlement", "settlement_deposit", "payment", "account", "transfer", "outbox", "disclosures", "subject_head")


class Escrow:
    """Escrow in a world: each command in a unit of its own, then the books are proved."""

    def __init__(self, world: World) -> None:
        self.world = world

    def do(self, act: Callable[[Unit], Settlement]) -> Settlement:
        with self.world.units.begin() as unit:
            done = act(unit)
        with self.world.units.read() as unit:
            assert books.prove(unit) == []
            assert done is None or store.load(unit, done.id) == done
        return done

    def answer(self, act: Callable[[Unit], object]) -> str:
        try:
            with self.world.units.begin() as unit:
                act(unit)
        except Refusal as refusal:
            return refusal.code().removeprefix("escrow/")
        return "done"

    def officer(self):
        return self.world.cause(make.OPERATOR, "deposits.confirm", "payments.record")

    def deposit(self, payer=make.ANN, deal=DEAL, **changes):
        terms = {
            "deal": deal,
            "seller": make.SELLER,
            "code": make.CODES.get(payer, "0099"),
            "payer": payer,
            "due_fen": make.DEPOSIT,
            "paid_fen": make.DEPOSIT,
            "reference": f"{deal} {payer}",
        }
        return lambda unit: service.take_deposit(unit, self.officer(), **(terms | changes))

    def crowd(self, count: int) -> list[OrganisationId]:
        """Have many deposit for one deal, written together; return them. The code counts from 0000."""
        bidders = [OrganisationId.from_number(1_000 + number) for number in range(count)]
        officer = self.officer()
        commands = [
            make.deposit(bidder, code=f"{number:04d}", reference=f"r{number}") for number, bidder in enumerate(bidders)
        ]
        decisions = [make.opening(commands[0], officer)]
        for command in commands[1:]:
            decisions.append(rules.decide(decisions[-1].settlement, command, officer))
        orders = [order for one in decisions for order in one.orders]
        with self.world.units.begin() as unit:
            store.begin(unit, decisions[-1].settlement)
            books.open_accounts(unit, accounts_in(orders))
            books.transfer(unit, orders, reference=make.ID, rule="test@1")
            log.record(unit, officer, *(event for one in decisions for event in one.events))
        return bidders

    def award(self, deal=DEAL, **changes):
        terms = {"code": "0011", "buyer": make.ANN, "price_fen": make.PRICE, "reward_required": True}
        return lambda unit: service.award(unit, make.clock(self.world.clock.now()), deal=deal, **(terms | changes))

    def release(self, deal=DEAL):
        return lambda unit: service.release(unit, make.clock(self.world.clock.now()), deal=deal)

    def require(self, deal=DEAL):
        def act(unit):
            cause = self.world.cause(make.ANN)
            return service.require(unit, cause, deal=deal, contract=make.CONTRACT, effective_at=cause.at)

        return act

    def balance(self, id, amount_fen=make.BALANCE, reference="bank-balance"):
        return lambda unit: service.receive_balance(
            unit, self.officer(), id, amount_fen=amount_fen, reference=reference
        )

    def settle(self, id, by=make.SELLER, **changes):
        command = make.settle(**changes)
        return lambda unit: service.settle(
            unit,
            self.world.cause(by),
            id,
            costs=command.costs,
            reward_bp=command.reward_bp,
            shares=command.shares,
        )

    def forfeit(self, deal=DEAL):
        return lambda unit: service.forfeit(unit, make.clock(self.world.clock.now()), deal=deal)

    def give_back(self, deal=DEAL):
        return lambda unit: service.give_back(unit, make.clock(self.world.clock.now()), deal=deal)

    def declare_default(self, id):
        return lambda unit: service.declare_default(unit, self.officer(), id)

    def awarded(self, deal=DEAL):
        self.do(self.deposit(deal=deal))
        self.do(self.deposit(make.BEN, deal=deal))
        return self.do(self.award(deal))

    def due(self, deal=DEAL):
        self.awarded(deal)
        return self.do(self.require(deal))

    def paid(self, deal=DEAL):
        return self.do(self.balance(self.due(deal).id, reference=f"balance of {deal}"))

    def standing(self) -> dict[str, int]:
        """Every account that is not empty, without the settlement's name."""
        with self.world.units.read() as unit:
            settlements = unit.connection.execute(sa.text("SELECT id FROM settlement")).scalars()
            names = books.names_under(unit, ["custody", "exchange", *settlements])
            found = books.accounts(unit, names).values()
        return {one.name.partition("stl_")[0] or one.name[31:]: one.balance_fen for one in found if one.balance_fen}

    def rows(self) -> dict[str, list[object]]:
        """Everything that a command may write."""
        with self.world.units.read() as unit:
            return {
                name: [tuple(row) for row in unit.connection.execute(sa.text(f"SELECT * FROM {name} ORDER BY 1, 2"))]
                for name in TABLES
            }

    def entries(self, folder) -> dict[str, list[dict[str, object]]]:
        """Export the log, audit it with everything opened, and return each settlement's entries."""
        self.world.drain()
        with self.world.units.read() as unit:
            export.export(Snapshot(unit, str(self.world.signer.key)), folder / "log")
            export.write_disclosures(folder / "opened.jsonl", log.disclosures(unit))
        found: dict[str, list[dict[str, object]]] = {}

        def collect(entries):
            found[entries[0].subject] = [as_json(one) for one in entries]
            return checks.check(found[entries[0].subject])

        report = audit(
            folder / "log",
            vkey=str(self.world.signer.key),
            disclosures=folder / "opened.jsonl",
            checks=[collect],
        )
        assert report.sealed == 0
        return found


@pytest.fixture
def escrow(world: World) -> Escrow:
    return Escrow(world)


class TestLives:
    def test_settled(self, escrow, tmp_path):
        done = escrow.do(escrow.settle(escrow.paid().id))

        assert (done.state, done.fee_fen, done.reward_fen) == (State.SETTLED, make.FEE, make.REWARD)
        assert escrow.standing() == {
            "custody:bank": make.DEPOSIT * 2 + make.BALANCE,
            "custody:ordered": make.DEPOSIT + make.SELLERS + make.REWARD,
            "exchange:fees": make.FEE,
        }
        entries = escrow.entries(tmp_path)[done.id]
        assert [entry["kind"].removeprefix("escrow.") for entry in entries] == [
            "opened",
            "deposit_held",
            "deposit_held",
            "awarded",
            "deposit_refunded",
            "balance_due",
            "balance_paid",
            "settled",
        ]
        assert checks.fold(entries) == make.amounts_to(done)

    @pytest.mark.parametrize("defaulted", [False, True])
    def test_forfeited(self, escrow, tmp_path, defaulted):
        if defaulted:
            due = escrow.due()
            escrow.world.move(due.pay_by)
            done = escrow.do(escrow.declare_default(due.id))
        else:
            escrow.awarded()
            done = escrow.do(escrow.forfeit())

        assert (done.state, done.won.state) == (State.FORFEITED, DepositState.FORFEITED)
        assert escrow.standing() == {
            "custody:bank": 2_000_000,
            "custody:ordered": 1_700_000,
            "exchange:fees": 300_000,
        }
        assert checks.fold(escrow.entries(tmp_path)[done.id]) == make.amounts_to(done)

    def test_returned(self, escrow, tmp_path):
        escrow.awarded()
        done = escrow.do(escrow.give_back())

        assert {one.state for one in done.deposits} == {DepositState.REFUNDED}
        assert escrow.standing() == {"custody:bank": 2_000_000, "custody:ordered": 2_000_000}
        assert checks.fold(escrow.entries(tmp_path)[done.id]) == make.amounts_to(done)

    def test_released(self, escrow, tmp_path):
        escrow.do(escrow.deposit())
        escrow.do(escrow.deposit(make.BEN))
        done = escrow.do(escrow.release())

        assert (done.state, done.buyer) == (State.RELEASED, None)
        assert escrow.standing() == {"custody:bank": 2_000_000, "custody:ordered": 2_000_000}
        assert checks.fold(escrow.entries(tmp_path)[done.id]) == make.amounts_to(done)

    def test_many_at_once_add_up_to_what_the_books_have(self, escrow, tmp_path):
        deals = [DEAL[:-1] + end for end in "abcde"]
        escrow.do(escrow.settle(escrow.paid(deals[0]).id))
        escrow.paid(deals[1])
        escrow.due(deals[2])
        escrow.awarded(deals[3])
        escrow.do(escrow.forfeit(deals[3]))
        escrow.do(escrow.deposit(deal=deals[4]))
        whole = checks.Tally(seller=make.SELLER)
        for subject, entries in escrow.entries(tmp_path).items():
            if subject.startswith("stl_"):
                whole += checks.tally(entries)

        standing = escrow.standing()
        assert whole.received_fen == standing["custody:bank"]
        assert whole.paid_out_fen == standing["custody:ordered"] + standing["exchange:fees"]
        assert whole.deposits_fen == whole.refunded_fen + whole.applied_fen + whole.forfeited_fen + whole.held_fen

    def test_of_five_hundred_bidders_refund_the_losers_in_a_few_statements(self, escrow, tmp_path):
        bidders = escrow.crowd(500)
        statements: list[str] = []
        engine = escrow.world.engines[0]
        sa.event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        done = escrow.do(escrow.award(code="0007", buyer=bidders[7]))

        assert sum(one.state is DepositState.REFUNDED for one in done.deposits) == 499
        assert sum("make_transfers" in one for one in statements) == 1
        assert sum(one.startswith("UPDATE settlement_deposit") for one in statements) == 1
        assert len(statements) < 40
        assert escrow.standing()["custody:ordered"] == 499 * make.DEPOSIT
        assert checks.fold(escrow.entries(tmp_path)[done.id]) == make.amounts_to(done)


class TestTakeDeposit:
    def test_opens_one_settlement_a_deal(self, escrow):
        first, second = escrow.do(escrow.deposit()), escrow.do(escrow.deposit(make.BEN))
        other = escrow.do(escrow.deposit(deal=DEAL[:-1] + "z"))

        assert first.id == second.id != other.id
        assert [one.code for one in second.deposits] == ["0011", "0012"]

    def test_waits_for_a_rival_that_opens_the_same_deal(self, escrow):
        answers = at_once(escrow, escrow.deposit(), escrow.deposit(make.BEN), escrow.deposit(make.CAI))

        assert answers == ["done", "done", "done"]
        with escrow.world.units.read() as unit:
            assert len(service.of_deal(unit, DEAL).deposits) == 3
            assert books.prove(unit) == []

    def test_takes_a_payment_once_whatever_it_paid_for(self, escrow):
        escrow.do(escrow.deposit(reference="same"))
        due = escrow.due(DEAL[:-1] + "z")

        assert escrow.answer(escrow.deposit(make.BEN, reference="same")) == "payment-recorded"
        assert escrow.answer(escrow.deposit(deal=DEAL[:-1] + "y", reference="same")) == "payment-recorded"
        assert escrow.answer(escrow.balance(due.id, reference="same")) == "payment-recorded"

    def test_takes_one_of_two_deposits_that_cite_one_payment_at_once(self, escrow):
        acts = [escrow.deposit(deal=DEAL[:-1] + end, reference="same") for end in "ab"]

        assert at_once(escrow, *acts) == ["done", "payment-recorded"]
        assert escrow.standing()["custody:bank"] == make.DEPOSIT

    def test_takes_one_deposit_of_a_bidder_when_two_officers_record_it(self, escrow):
        acts = [escrow.deposit(reference=reference) for reference in ("one", "other")]

        assert at_once(escrow, *acts) == ["already-paid", "done"]
        assert escrow.standing()["custody:bank"] == make.DEPOSIT

    def test_knows_one_seller_a_deal(self, escrow):
        escrow.do(escrow.deposit())

        with pytest.raises(AssertionError, match="one seller"):
            escrow.answer(escrow.deposit(make.BEN, seller=make.STRANGER))


class TestReceiveBalance:
    def test_happens_once(self, escrow):
        paid = escrow.paid()

        assert escrow.answer(escrow.balance(paid.id, reference="new")) == "already-paid"
        assert escrow.answer(escrow.balance(paid.id, reference=f"balance of {DEAL}")) == "already-paid"
        assert escrow.standing()["custody:bank"] == 2 * make.DEPOSIT + make.BALANCE

    @pytest.mark.parametrize("references", [("same", "same"), ("one", "other")])
    def test_happens_once_when_two_officers_record_it(self, escrow, references):
        due = escrow.due()

        answers = at_once(escrow, *(escrow.balance(due.id, reference=one) for one in references))

        assert answers == ["already-paid", "done"]
        with escrow.world.units.read() as unit:
            assert books.prove(unit) == []
            assert len(books.transfers_of(unit, due.id)) == 9
        assert escrow.standing()["custody:bank"] == 2 * make.DEPOSIT + make.BALANCE

    def test_and_a_declared_default_exclude_each_other(self, escrow):
        due = escrow.due()
        escrow.world.move(due.pay_by)

        answers = at_once(escrow, escrow.balance(due.id), escrow.declare_default(due.id))

        assert answers == ["done", "wrong-state"]
        with escrow.world.units.read() as unit:
            assert books.prove(unit) == []
            assert service.of_deal(unit, DEAL).state in {State.PAID, State.FORFEITED}


class TestSettle:
    def test_happens_once(self, escrow):
        paid = escrow.paid()

        answers = at_once(escrow, escrow.settle(paid.id), escrow.settle(paid.id, reward_bp=10_000))

        assert answers == ["done", "wrong-state"]
        with escrow.world.units.read() as unit:
            assert books.prove(unit) == []

    def test_keeps_costs_and_shares_in_the_disclosures_alone(self, escrow):
        escrow.do(escrow.settle(escrow.paid().id))

        rows = escrow.rows()
        assert "甲" in str(rows["disclosures"])
        assert "甲" not in str({name: kept for name, kept in rows.items() if name != "disclosures"})

    def test_pays_into_an_account_for_each_inventor(self, escrow):
        done = escrow.do(escrow.settle(escrow.paid().id))

        with escrow.world.units.read() as unit:
            accounts = books.accounts(unit, books.names_under(unit, [done.id]))
        received = {name[31:]: accounts[name].credits_posted_fen for name in accounts if ":inventor:" in name}
        assert received == {"inventor:1": 7_125_013, "inventor:2": 2_375_004}
        assert all(one.balance_fen == one.available_fen == 0 for one in accounts.values())


class TestTransfers:
    def test_are_made_once_though_they_are_ordered_again(self, escrow):
        """What a decider that died before its commit ordered is what the next one orders."""
        paid = escrow.paid()
        decision = rules.decide(paid, make.settle(), escrow.world.cause(make.SELLER))
        escrow.do(escrow.settle(paid.id))
        before = escrow.rows()
        with escrow.world.units.begin() as unit:
            again = books.transfer(unit, decision.orders, reference=paid.id, rule=paid.terms.ref)

        assert [one.id for one in again] == [one.id for one in decision.orders]
        assert escrow.rows() == before

    def test_of_a_held_deposit_cannot_be_made_behind_its_back(self, escrow):
        held = escrow.do(escrow.deposit())
        out = Order(
            id=TransferId.from_number(7),
            kind=Kind.MOVE,
            debit=AccountName(f"{held.id}:bidder:0011"),
            credit=AccountName("custody:ordered"),
            amount_fen=1,
        )
        with escrow.world.units.begin() as unit:
            books.open_accounts(unit, accounts_in([out]))

        assert (
            escrow.answer(lambda unit: books.transfer(unit, [out], reference="theft", rule="test@1"))
            == "books/overdrawn"
        )


class TestRefusals:
    @pytest.mark.parametrize(
        ("reach", "act", "expected"),
        [
            ("awarded", lambda e, of: e.deposit(make.CAI), "wrong-state"),
            ("awarded", lambda e, of: e.release(), "wrong-state"),
            ("awarded", lambda e, of: e.award(), "wrong-state"),
            ("awarded", lambda e, of: e.balance(of), "wrong-state"),
            ("due", lambda e, of: e.balance(of, make.BALANCE - 1), "wrong-amount"),
            ("due", lambda e, of: e.balance(of, reference=f"{DEAL} {make.ANN}"), "payment-recorded"),
            ("due", lambda e, of: e.balance(of, reference=" x"), "unusable-field"),
            ("due", lambda e, of: e.declare_default(of), "not-yet-overdue"),
            ("due", lambda e, of: e.forfeit(), "wrong-state"),
            ("due", lambda e, of: e.give_back(), "wrong-state"),
            ("paid", lambda e, of: e.settle(of, make.ANN), "not-the-seller"),
            ("paid", lambda e, of: e.settle(of, reward_bp=4_999), "reward-too-small"),
            ("paid", lambda e, of: e.settle(of, shares=()), "shares-missing"),
            ("paid", lambda e, of: e.settle(of, costs=(make.cost(make.PRICE),)), "costs-exceed-price"),
            ("paid", lambda e, of: e.deposit(deal="lot_z", reference=f"{DEAL} {make.BEN}"), "payment-recorded"),
            ("paid", lambda e, of: e.award("lot_z"), "no-such-settlement"),
            ("paid", lambda e, of: e.require("lot_z"), "no-such-settlement"),
            ("paid", lambda e, of: e.forfeit("lot_z"), "no-such-settlement"),
            ("paid", lambda e, of: e.give_back("lot_z"), "no-such-settlement"),
            ("paid", lambda e, of: e.settle(SettlementId.from_number(9)), "no-such-settlement"),
        ],
    )
    def test_leave_nothing_behind(self, escrow, reach, act, expected):
        settlement = getattr(escrow, reach)()
        before = escrow.rows()

        assert escrow.answer(act(escrow, settlement.id)) == expected
        assert escrow.rows() == before
        with escrow.world.units.read() as unit:
            assert books.prove(unit) == []

    def test_are_none_of_a_calendar_that_is_not_loaded(self, escrow):
        escrow.awarded()
        late = replace(escrow.world.cause(make.ANN), at=make.NOON + timedelta(days=301))

        answer = escrow.answer(
            lambda unit: service.require(unit, late, deal=DEAL, contract=make.CONTRACT, effective_at=late.at)
        )

        assert answer == "done"
        with escrow.world.units.read() as unit:
            kept = service.of_deal(unit, DEAL)
        assert (kept.state, kept.pay_by, kept.effective_at) == ("due", None, late.at)


class TestFind:
    def test_is_for_the_parties_and_supervisors(self, escrow):
        settlement = escrow.awarded()

        def sees(organisation, *capabilities):
            cause = escrow.world.cause(organisation, *capabilities)
            return escrow.answer(lambda unit: service.find(unit, cause, settlement.id))

        assert sees(make.SELLER) == sees(make.ANN) == sees(make.STRANGER, "deals.read_all") == "done"
        assert sees(make.BEN) == sees(make.STRANGER, "deals.read") == "no-such-settlement"

    def test_of_a_deal_is_none_before_its_first_deposit(self, escrow):
        with escrow.world.units.read() as unit:
            assert service.of_deal(unit, DEAL) is None
        assert escrow.do(escrow.release()) is None


class TestPaidTotal:
    def test_adds_up_the_prices_paid_in_a_half_open_interval(self, escrow):
        first = escrow.paid()
        escrow.world.move(first.paid_at + timedelta(days=1))
        second = escrow.paid(DEAL[:-1] + "b")
        escrow.do(escrow.settle(first.id))
        escrow.due(DEAL[:-1] + "c")

        def total(since, until, seller=make.SELLER):
            with escrow.world.units.read() as unit:
                return service.paid_total(unit, seller, since=since, until=until)

        assert total(first.paid_at, second.paid_at + make.INSTANT) == 2 * make.PRICE
        assert total(first.paid_at, second.paid_at) == make.PRICE
        assert total(first.paid_at + make.INSTANT, second.paid_at + make.INSTANT) == make.PRICE
        assert total(first.paid_at, first.paid_at) == 0
        assert total(first.paid_at, second.paid_at + make.INSTANT, make.STRANGER) == 0


class TestTables:
    @pytest.mark.parametrize(
        "change",
        [
            "state = 'gone'",
            "state = 'bidding'",
            "state = 'released'",
            "state = 'due'",
            "state = 'forfeited'",
            "buyer = NULL",
            "price_fen = price_fen + 1",
            "fee_fen = -1",
            "seller_fen = NULL",
            "costs_fen = NULL",
            "paid_at = NULL",
            "pay_by = NULL, effective_at = NULL",
            "pay_by = effective_at",
            "contract = NULL, pay_by = NULL",
            "deal = NULL",
        ],
    )
    def test_hold_no_impossible_settlement(self, escrow, change):
        escrow.do(escrow.settle(escrow.paid().id))

        with pytest.raises(sa.exc.IntegrityError), escrow.world.units.begin() as unit:
            unit.connection.execute(sa.text(f"UPDATE settlement SET {change}"))

    @pytest.mark.parametrize(
        "statement",
        ["UPDATE payment SET amount_fen = 1", "DELETE FROM payment", "DELETE FROM settlement", "TRUNCATE payment"],
    )
    def test_are_not_the_apis_to_rewrite(self, escrow, statement):
        escrow.due()

        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), escrow.world.units.begin() as unit:
            unit.connection.execute(sa.text(statement))


def at_once(escrow: Escrow, *acts: Callable[[Unit], object]) -> list[str]:
    """Run each act in a unit of its own, all at the same time, and return their answers in alphabetical order."""
    start = Barrier(len(acts))

    def run(act: Callable[[Unit], object]) -> str:
        def together(unit: Unit) -> None:
            unit.now()
            start.wait(timeout=10)
            act(unit)

        return escrow.answer(together)

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))
