"""Contracts in a real database: whole lives through the service, rivals, and what a refusal leaves behind."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from exchange.auctions import service as auctions
from exchange.auctions.model import Draft, LotId, Terms
from exchange.contracts import service
from exchange.contracts.model import ContractId, ContractType, Fault, Party, State
from exchange.contracts.store import agreements as store
from exchange.contracts.tables import contract as table
from exchange.contracts.tables import registration_serial
from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from ledger.log import service as log
from tests import make_agreements as make
from tests.make_agreements import BUYER, EFFECTIVE_AT, INSTANT, LAPSES_AT, REGISTERED_AT, SELLER, SIGN_BY


@pytest.fixture
def world(world, tmp_path):
    """A world in which every arrival of `make` is past; it is held against its record when the test is over."""
    world.move(LAPSES_AT + timedelta(days=1))
    yield world
    world.check(tmp_path, alone=True)


def lots(world, count=1) -> list[LotId]:
    opens_at = world.clock.now() + timedelta(hours=1)
    terms = Terms(
        start_price_fen=Fen(1),
        increments=(),
        deposit_fen=Fen(0),
        reserve_fen=None,
        appraisal_fen=None,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=300),
    )
    profile = auctions.replay_profile("replay@1")
    draft = Draft(lot=make.LOT, listing=None, excluded=frozenset(), profile=profile, terms=terms)
    with world.units.begin() as unit:
        return auctions.open_for_replay(unit, world.cause(SELLER), [draft] * count)


def opened(world, lot=None, **changes) -> ContractId:
    sale = {"listing": make.LISTING, "seller": SELLER, "buyer": BUYER, "price_fen": make.PRICE, "region": "1502"}
    with world.units.begin() as unit:
        cause = make.clock(make.AWARDED_AT)
        return service.open_contract(unit, cause, lot=lot or lots(world)[0], **sale | changes).id


def writing(name, **changes) -> Callable[[Unit], object]:
    terms = make.terms(**changes)
    given = {"type": terms.type, "parts": terms.parts, "document_sha256": terms.document_sha256}
    return lambda unit: service.write_contract(unit, make.cause(SELLER, make.AWARDED_AT), name, **given)


def signing(name, organisation, at=EFFECTIVE_AT, sha256=None) -> Callable[[Unit], object]:
    def act(unit: Unit) -> object:
        terms = sha256 or store.load(unit, name).terms_sha256 or make.SHA256
        return service.sign_contract(unit, make.cause(organisation, at), name, terms_sha256=terms)

    return act


def registering(name, at=REGISTERED_AT, by=make.OFFICE) -> Callable[[Unit], object]:
    return lambda unit: service.register_contract(unit, replace(make.officer(at), actor=_officer(by)), name)


def _officer(organisation):
    return make.cause(organisation, REGISTERED_AT, make.READ_ALL, make.REGISTER, make.CASH).actor


def lapsing(name, at=LAPSES_AT) -> Callable[[Unit], object]:
    return lambda unit: service.lapse_contract(unit, make.clock(at), name)


def rescinding(name) -> Callable[[Unit], object]:
    return lambda unit: service.rescind_contract(unit, make.officer(), name)


def do(world, *acts):
    """Run acts one after the other, each in a unit of its own, and return what the last one returns."""
    result = None
    for act in acts:
        with world.units.begin() as unit:
            result = act(unit)
    return result


def effective(world, **changes) -> ContractId:
    name = opened(world, **changes)
    do(world, writing(name), signing(name, SELLER), signing(name, BUYER))
    return name


def answer(act: Callable[[], object]) -> str:
    try:
        act()
    except Refusal as refusal:
        return refusal.code().removeprefix("contracts/")
    return "done"


def at_once(world, *acts) -> list[str]:
    """Run each act in a unit of its own, all at the same time, and return their answers in alphabetical order."""
    start = Barrier(len(acts))

    def run(act) -> None:
        with world.units.begin() as unit:
            unit.now()
            start.wait(timeout=10)
            act(unit)

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(lambda act: answer(lambda: run(act)), acts))


def kept(world, name):
    with world.units.read() as unit:
        return store.load(unit, name)


def everything(world):
    """Every row that a refusal must leave as it is."""
    with world.units.read() as unit:
        rows = [sorted(map(repr, unit.connection.execute(sa.select(one)))) for one in (table, registration_serial)]
        return rows, log.waiting(unit), log.size(unit)


class TestService:
    def test_leads_from_an_award_to_a_number(self, world):
        lot = lots(world)[0]
        name = opened(world, lot)
        expected = replace(make.contract(), id=name, lot=lot)
        assert kept(world, name) == expected

        names = {"id": name, "lot": lot, "answer_from": make.AWARDED_AT}
        written = do(world, writing(name))
        expected = replace(make.contract(State.OFFERED), **names)
        assert kept(world, name) == written == expected

        do(world, signing(name, SELLER))
        assert kept(world, name) == replace(make.contract(State.OFFERED, signed=[Party.SELLER]), **names)
        signed = do(world, signing(name, BUYER))
        assert kept(world, name) == signed == replace(make.contract(State.EFFECTIVE), **names)

        registered = do(world, registering(name))
        expected = replace(make.contract(State.REGISTERED), **names, number="2026150201000001")
        assert kept(world, name) == registered == expected

        rescinded = do(world, rescinding(name))
        assert kept(world, name) == rescinded == replace(expected, state=State.RESCINDED, fault=Fault.BUYER)

    @pytest.mark.parametrize(
        ("acts", "fault"),
        [
            (lambda name: [], Fault.SELLER),
            (lambda name: [writing(name)], Fault.SELLER),
            (lambda name: [writing(name), signing(name, BUYER)], Fault.SELLER),
            (lambda name: [writing(name), signing(name, SELLER)], Fault.BUYER),
        ],
    )
    def test_lets_what_is_not_signed_lapse_by_the_clock(self, world, acts, fault):
        name = opened(world)
        do(world, *acts(name))
        with world.units.begin() as unit:
            assert service.due_contracts(unit, LAPSES_AT - INSTANT) == []
            assert service.due_contracts(unit, LAPSES_AT) == [name]
            assert service.next_contract_due(unit) == LAPSES_AT
            assert answer(lambda: lapsing(name, LAPSES_AT - INSTANT)(unit)) == "not-due"

        lapsed = do(world, lapsing(name))

        assert (kept(world, name).state, lapsed.fault) == (State.LAPSED, fault)
        with world.units.begin() as unit:
            assert service.due_contracts(unit, LAPSES_AT) == []
            assert service.next_contract_due(unit) is None

    def test_takes_a_signature_that_arrived_in_time_and_was_held_up(self, world):
        name = opened(world)
        do(world, writing(name), signing(name, SELLER))

        assert do(world, signing(name, BUYER, SIGN_BY - INSTANT)).effective_at == SIGN_BY - INSTANT

    def test_opens_one_contract_of_a_lot(self, world):
        lot = lots(world)[0]
        name = opened(world, lot)
        before = everything(world)

        assert answer(lambda: opened(world, lot)) == "contract-exists"
        assert everything(world) == before
        with world.units.read() as unit:
            assert service.contract_of(unit, lot).id == name
            assert service.contract_of(unit, make.LOT) is None

    def test_leaves_out_what_another_ticker_holds(self, world):
        first, second = (opened(world, lot) for lot in lots(world, 2))
        with world.units.begin() as unit:
            assert service.due_contracts(unit, LAPSES_AT, 1) == [first]
            with world.units.begin() as other:
                assert service.due_contracts(other, LAPSES_AT) == [second]

    def test_keeps_every_type_and_a_hundred_parts(self, world):
        name = opened(world)
        for kind in ContractType:
            do(world, writing(name, type=kind, parts=(make.part(1_000, name="部件"),) * 100))
            assert kept(world, name).type is kind
        assert len(kept(world, name).parts) == 100

    def test_counts_serials_by_year_and_place(self, world):
        regions = ["1502", "1501", "1502", "outside", "1502"]
        ids = [effective(world, lot=lot, region=region) for lot, region in zip(lots(world, 5), regions, strict=True)]
        late = REGISTERED_AT.replace(year=2027)
        world.move(late)
        numbers = [do(world, registering(name, late if name == ids[4] else REGISTERED_AT)).number for name in ids]

        assert numbers == [
            "2026150201000001",
            "2026150101000001",
            "2026150201000002",
            "2026150001000001",
            "2027150201000001",
        ]


class TestRivals:
    def test_two_registrars_get_two_different_numbers(self, world):
        ids = [effective(world, lot=lot) for lot in lots(world, 4)]

        assert at_once(world, *(registering(name) for name in ids)) == ["done"] * 4
        assert sorted(kept(world, name).number for name in ids) == [f"202615020100000{nth}" for nth in (1, 2, 3, 4)]

    def test_two_registrars_register_one_contract_once(self, world):
        name, next_one = (effective(world, lot=lot) for lot in lots(world, 2))

        assert at_once(world, registering(name), registering(name)) == ["already-registered", "done"]
        assert do(world, registering(next_one)).number == "2026150201000002"

    def test_two_signatures_at_once_make_one_contract(self, world):
        name = opened(world)
        do(world, writing(name))

        assert at_once(world, signing(name, SELLER), signing(name, BUYER)) == ["done", "done"]
        assert kept(world, name).state is State.EFFECTIVE

    def test_one_signature_given_twice_counts_once(self, world):
        name = opened(world)
        do(world, writing(name))

        assert at_once(world, signing(name, BUYER), signing(name, BUYER)) == ["already-signed", "done"]
        assert kept(world, name).signed_at == (None, EFFECTIVE_AT)

    def test_nobody_signs_terms_that_are_being_changed(self, world):
        name = opened(world)
        sha256 = do(world, writing(name)).terms_sha256

        answers = at_once(world, writing(name, document_sha256="e" * 64), signing(name, BUYER, sha256=sha256))

        assert answers in (["already-signed", "done"], ["another-version", "done"])
        contract = kept(world, name)
        assert (contract.document_sha256 == "e" * 64) == (len(contract.unsigned) == 2)

    def test_a_signature_and_the_clock_do_not_both_win(self, world):
        name = opened(world)
        do(world, writing(name), signing(name, SELLER))

        assert at_once(world, signing(name, BUYER), lapsing(name)) == ["done", "wrong-state"]
        assert kept(world, name).state in {State.EFFECTIVE, State.LAPSED}


class TestRefusal:
    @pytest.mark.parametrize(
        ("act", "code"),
        [
            (registering, "not-effective"),
            (lambda name: registering(name, by=SELLER), "own-contract"),
            (rescinding, "wrong-state"),
            (lambda name: lapsing(name, SIGN_BY), "not-due"),
            (lambda name: signing(name, make.STRANGER), "no-such-contract"),
            (lambda name: signing(name, BUYER, sha256="0" * 64), "another-version"),
            (lambda name: signing(name, BUYER, at=SIGN_BY), "past-deadline"),
            (lambda name: signing(name, SELLER), "already-signed"),
            (writing, "already-signed"),
            (lambda name: writing(make.CONTRACT), "no-such-contract"),
        ],
    )
    def test_leaves_nothing_behind(self, world, act, code):
        name = opened(world)
        do(world, writing(name), signing(name, SELLER))
        before = everything(world)

        assert answer(lambda: do(world, act(name))) == code
        assert everything(world) == before

    def test_costs_no_number_even_in_a_unit_that_goes_on(self, world):
        early, ready = opened(world, lots(world)[0]), effective(world)
        with world.units.begin() as unit:
            assert answer(lambda: registering(early)(unit)) == "not-effective"
            assert registering(ready)(unit).number == "2026150201000001"

    def test_rolled_back_gives_its_number_to_the_next(self, world):
        first, second = (effective(world, lot=lot) for lot in lots(world, 2))
        with pytest.raises(ZeroDivisionError), world.units.begin() as unit:
            assert registering(first)(unit).number == "2026150201000001"
            raise ZeroDivisionError

        assert do(world, registering(second)).number == "2026150201000001"


class TestFindContract:
    def test_shows_it_to_its_parties_and_to_readers_of_every_deal(self, world):
        name = opened(world)
        with world.units.read() as unit:
            for cause in (make.cause(SELLER), make.cause(BUYER), make.officer()):
                assert service.find_contract(unit, cause, name).id == name
            for cause in (make.cause(make.STRANGER), make.cause(make.OFFICE, EFFECTIVE_AT, make.REGISTER)):
                assert answer(lambda cause=cause: service.find_contract(unit, cause, name)) == "no-such-contract"
            assert answer(lambda: service.find_contract(unit, make.officer(), make.CONTRACT)) == "no-such-contract"

    def test_pages_through_ones_own_and_through_everybodys(self, world):
        made = [opened(world, lot) for lot in lots(world, 3)]
        other = opened(world, seller=BUYER, buyer=make.STRANGER)
        with world.units.read() as unit:

            def page(cause, after=None, limit=9):
                return [one.id for one in service.page_contracts(unit, cause, after=after, limit=limit)]

            assert page(make.cause(SELLER)) == made
            assert page(make.cause(BUYER)) == [*made, other]
            assert page(make.cause(make.STRANGER)) == [other]
            assert page(make.cause(make.OFFICE)) == []
            assert page(make.officer()) == [*made, other]
            assert page(make.officer(), limit=2) == made[:2]
            assert page(make.officer(), after=made[1]) == [made[2], other]


IMPOSSIBLE = [
    "state = 'sold'",
    "state = 'awarded'",
    "state = 'effective', due_at = NULL",
    "due_at = NULL",
    "type = 'gift'",
    "type = NULL",
    "type = NULL, document_sha256 = NULL",
    "parts = '[]'",
    "document_sha256 = 'x'",
    "price_fen = 0",
    "buyer = seller",
    "fault = 'buyer'",
    "number = '2026150201000001'",
    "number = '2026150201000001', registered_at = now()",
    "effective_at = now(), register_by = now()",
    "signed_by_buyer_at = now()",
    "register_by = now()",
    "state = 'lapsed', due_at = NULL, fault = 'weather'",
    "sign_by = NULL",
    "sign_by = NULL, due_at = NULL, answer_from = NULL",
    "answer_from = sign_by",
]
"""Changes to an offered contract that its seller has signed, each of which a CHECK stands against."""


class TestTable:
    @pytest.mark.parametrize("change", IMPOSSIBLE)
    def test_holds_no_impossible_contract(self, world, change):
        name = opened(world)
        do(world, writing(name), signing(name, SELLER))

        with pytest.raises(sa.exc.IntegrityError, match="ck_contract_"), world.units.begin() as unit:
            unit.connection.execute(sa.text(f"UPDATE contract SET {change} WHERE id = '{name}'"))

    def test_holds_no_serial_beyond_six_digits(self, world):
        with pytest.raises(sa.exc.IntegrityError, match="ck_registration_serial_last"), world.units.begin() as unit:
            unit.connection.execute(
                sa.insert(registration_serial).values(year=2026, place="1502", station="01", last=10**6)
            )

    def test_gives_no_number_twice(self, world):
        first, second = (effective(world, lot=lot) for lot in lots(world, 2))
        do(world, registering(first))

        with pytest.raises(sa.exc.IntegrityError, match="uq_contract_number"), world.units.begin() as unit:
            unit.connection.execute(sa.update(registration_serial).values(last=0))
            registering(second)(unit)

    @pytest.mark.parametrize("kind", ["contract", "registration_serial"])
    def test_is_never_deleted_from(self, world, kind):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), world.units.begin() as unit:
            unit.connection.execute(sa.text(f"DELETE FROM {kind}"))
