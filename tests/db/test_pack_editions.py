"""Editions of a pack in a real database: each end of a deal has one, and none misses what it was asked to tell."""

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier, Event

import pytest
import sqlalchemy as sa

from exchange.app.evidence import verify
from exchange.app.flows import deals as flows
from exchange.app.ledgers import Snapshot
from exchange.auctions.model import LotId
from exchange.contracts import service
from exchange.contracts.model import ContractType, Occasion, PackId, Part, PartKind
from exchange.contracts.tables import pack as table
from ledger.kernel import instant
from ledger.kernel.clock import real_now
from ledger.kernel.ids import OrganisationId
from ledger.log import export
from ledger.log import service as log
from settlement.escrow import service as escrow
from tests.db.test_packs import DYING
from tests.world import World

OFFICER = OrganisationId.from_number(99)
MAY = ("deposits.confirm", "payments.record", "contracts.register")


@pytest.fixture
def seller(market):
    return market.member("university")


@pytest.fixture
def lot(market, seller):
    """A lot of the seller, sold to the second of two bidders."""
    lot = market.running_lot(seller)
    for amount in ("100000", "101000"):
        market.bid(lot, market.bidder(lot), amount)
    market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))
    return LotId(lot)


def data(entry):
    """What an entry publishes."""
    return json.loads(entry.content)["data"]


@dataclass
class Deal:
    """The rest of a deal whose lot is sold, taken through the exchange's flows."""

    world: World
    lot: LotId
    vkey: str

    def __post_init__(self) -> None:
        """Find the contract that came of the sale."""
        with self.world.units.read() as unit:
            self.contract = service.contract_of(unit, self.lot)

    def by(self, organisation, *capabilities):
        return self.world.cause(organisation, *(capabilities or MAY))

    def write(self, *signing: OrganisationId) -> None:
        """Write the contract, and have these sign it."""
        contract = self.contract
        with self.world.units.begin() as unit:
            part = Part(kind=PartKind.TECHNOLOGY, name="专利权", amount_fen=contract.price_fen)
            contract = service.write_contract(
                unit,
                self.by(contract.seller),
                contract.id,
                type=ContractType.TRANSFER,
                parts=(part,),
                document_sha256="d" * 64,
            )
        for party in signing:
            with self.world.units.begin() as unit:
                flows.sign(unit, self.by(party), contract.id, terms_sha256=contract.terms_sha256)

    def sign(self) -> None:
        """Have both sign."""
        self.write(self.contract.seller, self.contract.buyer)

    def settle(self) -> None:
        """Sign, pay, and pay out; the flow asks for an edition."""
        self.sign()
        with self.world.units.begin() as unit:
            settlement = escrow.of_deal(unit, self.lot)
            balance = settlement.balance_fen
            escrow.receive_balance(unit, self.by(OFFICER), settlement.id, amount_fen=balance, reference="balance")
        with self.world.units.begin() as unit:
            seller = self.by(self.contract.seller)
            flows.settle(unit, seller, settlement.id, costs=(), reward_bp=5_000, shares=())

    def register(self, unit) -> None:
        """Register the contract, and so ask for an edition, in one unit."""
        flows.register(unit, self.by(OFFICER), self.contract.id)

    def build(self, pack) -> bool:
        self.world.drain()
        return service.build(self.world.units, pack, vkey=self.vkey)

    def build_all(self) -> None:
        for pack in due(self.world):
            assert self.build(pack)
        self.world.drain()

    def lines(self, folder, edition: int) -> list[str]:
        """What a stranger is told of an edition, held against the log as it is now."""
        self.world.drain()
        (folder / "pack.zip").write_bytes(rows(self.world)[edition].content)
        with self.world.units.read() as unit:
            export.export(Snapshot(unit, self.vkey), folder / "copy")
        verdict = verify(folder / "pack.zip", vkey=self.vkey, against=folder / "copy")
        assert verdict.ok, verdict.lines
        return list(verdict.lines)


@pytest.fixture
def deal(world, lot):
    """A sold lot whose own pack is built, and whose contract has begun."""
    begun = Deal(world, lot, str(world.signer.key))
    begun.build_all()
    return begun


def rows(world):
    """The editions by number."""
    with world.units.read() as unit:
        return {row.edition: row for row in unit.connection.execute(sa.select(table).order_by(table.c.edition))}


def state_of(world):
    return [(row.edition, row.occasion, row.state) for row in rows(world).values()]


def due(world) -> list[PackId]:
    with world.units.read() as unit:
        return service.due(unit)


def expire(world):
    with world.units.begin() as unit:
        past = real_now() - timedelta(microseconds=1)
        unit.connection.execute(sa.update(table).where(table.c.claim.is_not(None)).values(claimed_until=past))


def ask(world, deal, occasion):
    with world.units.begin() as unit:
        service.request(unit, deal.by(OFFICER), deal.lot, occasion)


class TestRequest:
    def test_of_a_deals_end_makes_the_next_edition(self, world, deal):
        deal.settle()

        assert state_of(world) == [(1, "closed", "built"), (2, "settled", "requested")]

    def test_makes_no_other_while_one_is_to_be_built(self, world, deal):
        deal.settle()
        with world.units.begin() as unit:
            deal.register(unit)

        assert state_of(world) == [(1, "closed", "built"), (2, "registered", "requested")]

    def test_makes_another_once_that_is_built(self, world, deal, tmp_path):
        deal.settle()
        deal.build_all()
        with world.units.begin() as unit:
            deal.register(unit)
        deal.build_all()

        assert state_of(world) == [
            (1, "closed", "built"),
            (2, "settled", "built"),
            (3, "registered", "built"),
        ]
        contract = next(line for line in deal.lines(tmp_path, 3) if line.startswith("contract"))
        assert "ok      registered" in contract

    def test_of_the_lots_close_is_made_once_whatever_came_since(self, world, deal):
        deal.settle()
        ask(world, deal, Occasion.CLOSED)

        assert state_of(world) == [(1, "closed", "built"), (2, "settled", "requested")]

    def test_is_not_left_to_a_lots_pack_that_is_not_built_yet(self, world, lot):
        """The lot's own pack knows nothing of its deal."""
        begun = Deal(world, lot, str(world.signer.key))
        begun.settle()

        assert state_of(world) == [(1, "closed", "requested"), (2, "settled", "requested")]
        begun.build_all()
        assert {row.state for row in rows(world).values()} == {"built"}

    def test_makes_one_edition_of_two_at_the_same_instant(self, world, deal):
        start = Barrier(4)

        def work(_):
            start.wait(timeout=10)
            ask(world, deal, Occasion.SETTLED)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        assert state_of(world) == [(1, "closed", "built"), (2, "settled", "requested")]

    def test_that_is_rolled_back_leaves_nothing(self, world, deal):
        with pytest.raises(ZeroDivisionError), world.units.begin() as unit:
            service.request(unit, deal.by(OFFICER), deal.lot, Occasion.SETTLED)
            raise ZeroDivisionError

        assert state_of(world) == [(1, "closed", "built")]


class TestBuild:
    def test_leaves_a_deals_pack_that_verifies_against_the_log(self, world, deal, tmp_path):
        deal.settle()
        deal.build_all()

        told = {line.split()[0]: line for line in deal.lines(tmp_path, 2)}
        assert "ok      effective, 101000.00 of 101000.00 yuan for technology" in told["contract"]
        assert "ok      settled, 101000.00 = " in told["money"]
        assert told["incentive"] == "incentive  ok      nothing was claimed"
        assert told["evidence:"].endswith("against=ok")

    @pytest.mark.parametrize(
        ("end", "contract", "money"),
        [
            ("unsigned", "lapsed, through the fault of the buyer", "forfeited"),
            ("unwritten", "lapsed, through the fault of the seller", "returned"),
            ("unpaid", "rescinded, through the fault of the buyer", "forfeited"),
        ],
    )
    def test_leaves_a_pack_that_verifies_of_a_sale_that_fell_through(
        self, world, market, deal, tmp_path, end, contract, money
    ):
        if end == "unsigned":
            deal.write(deal.contract.seller)
        if end == "unpaid":
            deal.sign()
            settlement = market.deal(deal.lot)["settlement"]
            market.move(instant.parse(settlement["pay_by"]))
            market.done("POST", f"/v1/settlements/{settlement['id']}/default", market.operator)
        else:
            market.move(instant.parse(market.deal(deal.lot)["contract"]["sign_by"]) + timedelta(minutes=1))
        deal.build_all()

        assert state_of(world)[1:] == [(2, "fallen-through", "built")]
        told = {line.split()[0]: line for line in deal.lines(tmp_path, 2)}
        assert "ok      sold, and fell through, at 101000.00 yuan" in told["outcome"]
        assert f"ok      {contract}" in told["contract"]
        assert f"ok      {money}" in told["money"]

    def test_leaves_earlier_editions_as_they_were(self, world, deal, tmp_path):
        before = rows(world)[1]
        deal.settle()
        deal.build_all()

        assert rows(world)[1] == before
        assert "outcome    ok      sold at 101000.00 yuan" in "\n".join(deal.lines(tmp_path, 1))

    def test_records_which_edition_a_file_is(self, world, deal):
        deal.settle()
        deal.build_all()

        with world.units.read() as unit:
            built = [data(log.history(unit, [row.id])[0].entry) for row in rows(world).values()]
        assert [(one["edition"], one["sha256"]) for one in built] == [
            (row.edition, row.sha256) for row in rows(world).values()
        ]

    def test_loses_nothing_that_happened_after_the_worker_read(self, world, deal, tmp_path):
        """The worker has its snapshot, then the contract is registered: what it read is not recorded."""
        deal.settle()
        world.drain()
        (pack,) = due(world)
        with world.units.begin() as unit:
            token = service.claim(unit, pack)
        with world.units.read() as unit:
            built = service.assemble(unit, pack, vkey=deal.vkey)
        with world.units.begin() as unit:
            deal.register(unit)

        with world.units.begin() as unit:
            assert not service.record(unit, pack, token, built)
            assert not service.give_back(unit, pack, token)
        assert due(world) == [pack]
        deal.build_all()
        assert state_of(world) == [(1, "closed", "built"), (2, "registered", "built")]
        assert "registered" in next(line for line in deal.lines(tmp_path, 2) if line.startswith("contract"))

    def test_loses_nothing_that_is_asked_for_while_it_is_recorded(self, world, deal, tmp_path):
        """The request waits for the worker's commit, finds the edition built, and makes the next."""
        deal.settle()
        world.drain()
        (pack,) = due(world)
        with world.units.begin() as unit:
            token = service.claim(unit, pack)
        with world.units.read() as unit:
            built = service.assemble(unit, pack, vkey=deal.vkey)
        asking = Event()

        def register():
            with world.units.begin() as unit:
                asking.set()
                deal.register(unit)

        with ThreadPoolExecutor(1) as pool:
            with world.units.begin() as unit:
                assert service.record(unit, pack, token, built)
                unit.send()
                waiting = pool.submit(register)
                assert asking.wait(timeout=10)
                assert not waiting.done()
            waiting.result(timeout=20)
        deal.build_all()
        assert [row[0] for row in state_of(world)] == [1, 2, 3]
        assert "registered" in next(line for line in deal.lines(tmp_path, 3) if line.startswith("contract"))

    def test_waits_for_the_deals_entries_on_their_way(self, world, deal):
        deal.settle()
        (pack,) = due(world)  # nothing has been drained since

        assert not service.build(world.units, pack, vkey=deal.vkey)
        assert deal.build(pack)

    @pytest.mark.parametrize("at", ["claimed", "assembled", "recorded, not committed"])
    def test_ends_in_one_edition_wherever_a_worker_is_killed(self, world, deal, at):
        deal.settle()
        world.drain()
        (pack,) = due(world)
        killed = subprocess.run(
            [sys.executable, "-c", DYING, world.database.api, pack, deal.vkey, at], check=False, timeout=120
        )

        assert killed.returncode == -signal.SIGKILL
        with world.units.begin() as unit:
            deal.register(unit)  # takes it from the dead without waiting for the lease
        assert due(world) == [pack]
        deal.build_all()
        assert state_of(world) == [(1, "closed", "built"), (2, "registered", "built")]

    def test_is_not_spoiled_by_a_worker_that_comes_back_after_a_newer_edition(self, world, deal):
        deal.settle()
        world.drain()
        (pack,) = due(world)
        with world.units.begin() as unit:
            slow = service.claim(unit, pack)
        with world.units.read() as unit:
            late = service.assemble(unit, pack, vkey=deal.vkey)
        expire(world)
        deal.build_all()
        with world.units.begin() as unit:
            deal.register(unit)
        before = rows(world)

        with world.units.begin() as unit:
            assert not service.record(unit, pack, slow, late)
        assert rows(world) == before


class TestApi:
    def test_hands_out_the_newest_built_and_says_what_is_on_its_way(self, world, market, seller, deal):
        deal.settle()
        waiting = market.done("GET", f"/v1/lots/{deal.lot}/pack", seller)
        assert (waiting["edition"], waiting["state"], waiting["newer_edition"]) == (1, "built", 2)
        assert market.call("GET", f"/v1/lots/{deal.lot}/pack.zip", seller).content == rows(world)[1].content

        deal.build_all()
        told = market.done("GET", f"/v1/lots/{deal.lot}/pack", seller)
        assert (told["edition"], told["occasion"], told["version"], told["newer_edition"]) == (2, "settled", 2, None)
        response = market.call("GET", f"/v1/lots/{deal.lot}/pack.zip", seller)
        assert response.content == rows(world)[2].content
        assert response.headers["content-disposition"] == f'attachment; filename="record-pack-{deal.lot}-2.zip"'

    def test_hands_out_an_older_edition_by_its_number(self, world, market, seller, deal):
        deal.settle()
        path = f"/v1/lots/{deal.lot}/pack.zip"
        market.refused("contracts/not-built-yet", "GET", f"{path}?edition=2", seller)
        deal.build_all()

        assert market.call("GET", f"{path}?edition=1", seller).content == rows(world)[1].content
        assert market.done("GET", f"/v1/lots/{deal.lot}/pack?edition=1", seller)["occasion"] == "closed"
        market.refused("contracts/no-such-pack", "GET", f"{path}?edition=3", seller)

    def test_refuses_an_edition_that_is_none(self, market, seller, deal):
        for edition in ("0", "-1", "x", "1000001", "9" * 30):
            response = market.call("GET", f"/v1/lots/{deal.lot}/pack?edition={edition}", seller)
            assert 400 <= response.status_code < 500

    def test_hands_a_deals_pack_to_no_loser_and_not_to_the_buyer(self, market, deal):
        deal.settle()
        deal.build_all()

        for stranger in (market.member("enterprise"), market.operator):
            for path in ("pack", "pack.zip", "pack?edition=1", "pack.zip?edition=2"):
                market.refused("contracts/no-such-pack", "GET", f"/v1/lots/{deal.lot}/{path}", stranger)
