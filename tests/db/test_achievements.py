"""Assets and listings in a real database: what is kept, who waits for whom, who may see what."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from ledger.kernel.cause import TIME, Cause
from ledger.kernel.errors import Refusal
from ledger.kernel.unit import Unit
from ledger.log import service as log
from listings.achievements import model, service, store
from listings.achievements.model import Asset, Listing, ListingId, State
from tests import make_achievements as make
from tests.world import World

MICROSECOND = timedelta(microseconds=1)
TICK = Cause(actor=TIME, at=make.DISCLOSURE_ENDS, request_id="tick")
SECOND = ListingId.from_number(2)
SECOND_ROUND = ListingId.from_number(99)
REGULATOR = make.by(make.STRANGER, service.READ_INTERNAL)
BURDENED = make.asset(
    holders=(
        model.Holder(organisation=make.CO_HOLDER, share_bp=3_333),
        model.Holder(organisation=make.OWNER, share_bp=6_667),
    ),
    encumbrances=(
        make.burden(model.EncumbranceKind.PLEDGE, released_at=make.DISCLOSURE_ENDS),
        make.burden(model.EncumbranceKind.ORDINARY_LICENCE, id=model.EncumbranceId.from_number(2)),
    ),
    engaged_by=make.LISTING,
)
BURDENED_LATER = make.asset(encumbrances=BURDENED.encumbrances, engaged_by=make.LISTING)
UNNUMBERED = make.asset(kind=model.IpKind.TRADE_SECRET, application_number=None, inventors=("张伟",))
BARE = make.terms(
    documents=(), approval=None, price=make.price(floor_fen=None, method=model.PricingMethod.AUCTION), disclosure_days=1
)

IMPOSSIBLE = [
    "state = 'sold'",
    "state = 'open', due_at = disclosure_ends_at",
    "due_at = NULL",
    "deal = 'lot_x'",
    "state = 'reserved', due_at = NULL",
    "state = 'returned', due_at = NULL",
    "rule = NULL",
    "rule = NULL, disclosed_at = NULL, disclosure_ends_at = NULL",
    "disclosure_ends_at = disclosed_at",
    "asking_fen = 0",
    "floor_fen = asking_fen + 1",
    "approval_body = NULL",
]
"""Changes to a disclosed listing, each of which a CHECK stands against."""


def put(world: World, asset: Asset, *listings: Listing) -> None:
    """Write them as they are, lawful or not."""
    with world.units.begin() as unit:
        store.insert_asset(unit, asset, make.by_owner())
        store.save_asset(unit, asset)
        for one in listings:
            store.insert(unit, one)


def kept(world: World, id: ListingId = make.LISTING) -> tuple[Listing, Asset]:
    with world.units.read() as unit:
        return store.load(unit, id)


def answer(act: Callable[..., object], *given: object, **named: object) -> str:
    try:
        act(*given, **named)
    except Refusal as refusal:
        return refusal.code().removeprefix("achievements/")
    return "done"


def at_once(world: World, *acts: Callable[[Unit], object]) -> list[str]:
    """Run each act in a unit of its own, all at the same time, and return their answers in alphabetical order."""
    start = Barrier(len(acts))

    def run(act: Callable[[Unit], object]) -> None:
        with world.units.begin() as unit:
            unit.now()
            start.wait(timeout=10)
            act(unit)

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(lambda act: answer(lambda: run(act)), acts))


def reserving(listing: ListingId, lot: str) -> Callable[[Unit], None]:
    return lambda unit: service.reserve(unit, make.by_owner(), listing, lot=lot)


def impose(world: World, kind: model.EncumbranceKind) -> model.EncumbranceId:
    with world.units.begin() as unit:
        return service.record_encumbrance(
            unit, make.by_officer(), make.ASSET, kind=kind, holder="法院", evidence_sha256="c" * 64
        )


class TestStore:
    @pytest.mark.parametrize("asset", [make.asset(), BURDENED, UNNUMBERED])
    def test_keeps_every_field_of_an_asset(self, world, asset):
        put(world, asset)

        with world.units.read() as unit:
            assert store.load_asset(unit, make.ASSET) == asset

    def test_keeps_every_field_of_a_listing(self, world):
        papers = (make.document(2), make.document(1))
        number = itertools.count(1)
        written = [
            make.listing(id=ListingId.from_number(next(number)), state=state, terms=terms, approval_required=required)
            for state in set(State) - {State.RESERVED}
            for terms, required in ((make.terms(), True), (BARE, False), (make.terms(documents=papers), True))
        ]
        written.append(make.listing(id=SECOND_ROUND, state=State.RESERVED, previous=written[0].id))

        put(world, make.asset(), *written)

        for one in written:
            assert kept(world, one.id) == (one, make.asset())

    @pytest.mark.parametrize("state", [State.RETURNED, State.DISCLOSED, State.RESERVED])
    def test_writes_every_field_of_a_change(self, world, state):
        draft = make.listing()
        changed = make.listing(state=state, terms=make.terms(documents=(make.document(7),), title="另一题目"))
        put(world, make.asset(), draft)

        with world.units.begin() as unit:
            store.save(unit, changed, before=draft)
            store.save_asset(unit, BURDENED_LATER)

        assert kept(world) == (changed, BURDENED_LATER)

    def test_counts_the_writes_of_a_listing(self, world):
        put(world, make.asset(), make.listing())

        with world.units.begin() as unit:
            service.submit(unit, make.by_owner(), make.LISTING)

        with world.units.read() as unit:
            assert service.find(unit, make.by_owner(), make.LISTING).version == 2

    def test_registers_an_application_number_once_even_at_the_same_moment(self, world):
        rivals = [make.asset(id=model.AssetId.from_number(number)) for number in (1, 2, 3)]

        answers = at_once(
            world, *(lambda unit, one=one: store.insert_asset(unit, one, make.by_owner()) for one in rivals)
        )

        assert answers == ["asset-already-registered", "asset-already-registered", "done"]

    def test_registers_many_assets_without_a_number(self, world):
        put(world, UNNUMBERED)
        put(world, replace(UNNUMBERED, id=model.AssetId.from_number(2)))

    def test_lets_the_database_refuse_what_no_listing_can_be(self, world):
        put(world, make.asset(), make.listing(state=State.DISCLOSED))

        with world.units.begin() as unit:
            for change in IMPOSSIBLE:
                with pytest.raises(sa.exc.IntegrityError), unit.savepoint():
                    unit.connection.execute(sa.text(f"UPDATE listing SET {change}"))

    def test_lets_the_database_refuse_a_second_reserved_listing_of_an_asset(self, world):
        reserved = make.listing(state=State.RESERVED)

        with pytest.raises(sa.exc.IntegrityError, match="uq_listing_reserved"):
            put(world, make.asset(), reserved, replace(reserved, id=SECOND))


class TestReserve:
    def test_gives_a_listing_to_one_of_two_lots(self, world):
        put(world, make.asset(), make.listing(state=State.OPEN))

        answers = at_once(world, reserving(make.LISTING, make.LOT), reserving(make.LISTING, make.OTHER_LOT))

        assert answers == ["done", "wrong-state"]
        listing, asset = kept(world)
        assert listing.state is State.RESERVED
        assert listing.deal in {make.LOT, make.OTHER_LOT}
        assert asset.engaged_by == make.LISTING

    def test_gives_an_asset_to_one_of_its_two_listings(self, world):
        put(world, make.asset(), make.listing(state=State.OPEN), make.listing(id=SECOND, state=State.OPEN))

        answers = at_once(world, reserving(make.LISTING, make.LOT), reserving(SECOND, make.OTHER_LOT))

        assert answers == ["asset-engaged", "done"]
        assert sorted(kept(world, one)[0].state for one in (make.LISTING, SECOND)) == ["open", "reserved"]

    def test_is_free_again_once_released(self, world):
        put(world, make.asset(), make.listing(state=State.OPEN))
        with world.units.begin() as unit:
            service.reserve(unit, make.by_owner(), make.LISTING, lot=make.LOT)
            service.release(unit, make.by_owner(), make.LISTING, lot=make.LOT)

        with world.units.begin() as unit:
            service.reserve(unit, make.by_owner(), make.LISTING, lot=make.OTHER_LOT)

        assert kept(world)[0].deal == make.OTHER_LOT

    def test_is_found_by_its_asset_to_be_awarded_once_no_burden_is_left(self, world):
        put(world, make.asset(), make.listing(state=State.OPEN))
        with world.units.begin() as unit:
            assert service.reserved_of(unit, make.ASSET) is None
            service.reserve(unit, make.by_owner(), make.LISTING, lot=make.LOT)
        burdens = [impose(world, kind) for kind in (model.EncumbranceKind.PRESERVATION, model.EncumbranceKind.DISPUTE)]
        with world.units.begin() as unit:
            assert not service.award(unit, TICK, make.LISTING, lot=make.LOT)

        awarded = []
        for burden in burdens:
            with world.units.begin() as unit:
                service.release_encumbrance(unit, make.by_officer(), make.ASSET, burden)
                listing, lot = service.reserved_of(unit, make.ASSET)
                awarded.append(service.award(unit, TICK, listing, lot=lot))

        assert awarded == [False, True]
        assert kept(world)[0].state is State.AWARDED
        with world.units.begin() as unit:
            assert service.reserved_of(unit, make.ASSET) is None

    def test_is_locked_before_its_asset_when_a_burden_is_released(self, world):
        put(world, make.asset(), make.listing(state=State.OPEN))
        with world.units.begin() as unit:
            service.reserve(unit, make.by_owner(), make.LISTING, lot=make.LOT)
        burden = impose(world, model.EncumbranceKind.DISPUTE)

        def release(unit):
            unit.connection.execute(sa.text("SET LOCAL lock_timeout = '200ms'"))
            service.release_encumbrance(unit, make.by_officer(), make.ASSET, burden)

        with world.units.begin() as holder:
            store.load_listings(holder, [make.LISTING], lock=True)
            with pytest.raises(sa.exc.OperationalError, match="lock timeout"), world.units.begin() as unit:
                release(unit)
        with world.units.begin() as unit:
            release(unit)

    def test_is_kept_for_the_lot_that_holds_it(self, world):
        put(world, make.asset(), make.listing(state=State.OPEN))
        with world.units.begin() as unit:
            service.reserve(unit, make.by_owner(), make.LISTING, lot=make.LOT)

        with world.units.begin() as unit:
            assert answer(service.award, unit, TICK, make.LISTING, lot=make.OTHER_LOT) == "held-by-another"
            assert answer(service.release, unit, TICK, make.LISTING, lot=make.OTHER_LOT) == "held-by-another"


class TestDue:
    @pytest.fixture
    def disclosed(self, world) -> Iterator[World]:
        later = make.listing(
            id=SECOND, state=State.DISCLOSED, disclosure_ends_at=make.DISCLOSURE_ENDS + timedelta(days=1)
        )
        put(world, make.asset(), make.listing(state=State.DISCLOSED), later)
        return world

    def test_finds_what_time_acts_on(self, disclosed):
        day = timedelta(days=1)
        with disclosed.units.begin() as unit:
            assert service.due(unit, make.DISCLOSURE_ENDS - MICROSECOND) == []
            assert service.due(unit, make.DISCLOSURE_ENDS) == [make.LISTING]
            assert service.due(unit, make.DISCLOSURE_ENDS + day - MICROSECOND) == [make.LISTING]
            assert service.due(unit, make.DISCLOSURE_ENDS + day) == [make.LISTING, SECOND]

    def test_leaves_out_what_another_ticker_holds(self, disclosed):
        at = make.DISCLOSURE_ENDS + timedelta(days=1)
        with ExitStack() as both:
            mine, yours = (both.enter_context(disclosed.units.begin()) for _ in range(2))

            assert service.due(mine, at, limit=1) == [make.LISTING]
            assert service.due(yours, at) == [SECOND]

    def test_says_when_time_acts_next(self, disclosed):
        with disclosed.units.begin() as unit:
            assert service.next_due(unit) == make.DISCLOSURE_ENDS
            service.tick(unit, TICK, make.LISTING)
            assert service.next_due(unit) == make.DISCLOSURE_ENDS + timedelta(days=1)
            service.withdraw(unit, make.by_owner(), SECOND, "另有安排")
            assert service.next_due(unit) is None

    def test_opens_a_listing_once_however_many_tick_it(self, disclosed):
        def ticking(unit: Unit) -> Listing:
            return service.tick(unit, TICK, make.LISTING)

        assert at_once(disclosed, ticking, ticking, ticking) == ["done", "wrong-state", "wrong-state"]


READERS = {
    "owner": make.by_owner(),
    "officer": make.by_officer(),
    "regulator": REGULATOR,
    "stranger": make.by(make.STRANGER, "listings.write"),
}


class TestFind:
    # Who finds a listing in each state; `withdrawn` was never disclosed, `taken-back` was.
    SEEN = """
                    owner  officer  regulator  stranger
        draft         x       x         x         -
        submitted     x       x         x         -
        returned      x       x         x         -
        accepted      x       x         x         -
        withdrawn     x       x         x         -
        taken-back    x       x         x         x
        disclosed     x       x         x         x
        open          x       x         x         x
        reserved      x       x         x         x
        awarded       x       x         x         x
    """

    @staticmethod
    def listing(number: int, state: str) -> Listing:
        name = ListingId.from_number(number)
        if state == "taken-back":
            return replace(make.listing(id=name, state=State.DISCLOSED), state=State.WITHDRAWN)
        return make.listing(id=name, state=State(state))

    def test_follows_the_table_of_readers(self, world):
        rows = [line.split() for line in self.SEEN.strip().splitlines()[1:]]
        listings = [self.listing(number, state) for number, (state, *_) in enumerate(rows)]
        put(world, make.asset(), *listings)

        with world.units.read() as unit:
            for column, (reader, cause) in enumerate(READERS.items(), start=1):
                expected = {one.id for one, row in zip(listings, rows, strict=True) if row[column] == "x"}
                found = {one.id for one in listings if self.finds(unit, cause, one)}
                assert found == expected, reader
                assert {view.listing.id for view in service.page(unit, cause, after=None, limit=99)} == expected, reader

    @staticmethod
    def finds(unit: Unit, cause: Cause, listing: Listing) -> bool:
        found = answer(service.find, unit, cause, listing.id)
        assert found in {"done", "no-such-listing"}
        return found == "done"

    def test_shows_the_confidential_only_to_the_privy(self, world):
        put(world, make.asset(), make.listing(state=State.OPEN))

        with world.units.read() as unit:
            privy = {who: service.find(unit, cause, make.LISTING).privy for who, cause in READERS.items()}
            asset = {who: service.find_asset(unit, cause, make.ASSET).privy for who, cause in READERS.items()}

        assert privy == asset == {"owner": True, "officer": True, "regulator": True, "stranger": False}

    def test_denies_to_a_stranger_who_commands_it_that_it_exists(self, world):
        stranger = make.by(make.STRANGER)
        hidden = [State.DRAFT, State.SUBMITTED, State.RETURNED, State.ACCEPTED, State.WITHDRAWN]
        put(world, make.asset(), *(self.listing(number, state) for number, state in enumerate(hidden)))

        with world.units.begin() as unit:
            for one in map(ListingId.from_number, range(len(hidden) + 1)):  # the last one does not exist
                assert answer(service.submit, unit, stranger, one) == "no-such-listing"
                assert answer(service.publish, unit, stranger, one) == "no-such-listing"
                assert answer(service.revise, unit, stranger, one, make.terms()) == "no-such-listing"
                assert answer(service.withdraw, unit, stranger, one, "无") == "no-such-listing"
                assert answer(service.require_offerable, unit, one, stranger) == "no-such-listing"


class TestPage:
    def found(self, world: World, **wanted: object) -> list[int]:
        with world.units.read() as unit:
            views = service.page(unit, make.by(make.STRANGER), **({"after": None, "limit": 9} | wanted))
        return [int(view.listing.id[-1]) for view in views]

    @pytest.fixture
    def region(self, world) -> World:
        def one(number: int, industry: str, region: model.Region, state: State = State.OPEN) -> Listing:
            terms = make.terms(industry=model.Industry(industry), region=region)
            return make.listing(id=ListingId.from_number(number), terms=terms, state=state)

        put(
            world,
            make.asset(),
            one(1, "3240", model.Region.BAOTOU),
            one(2, "32", model.Region.HOHHOT),
            one(3, "C", model.Region.BAOTOU, State.DISCLOSED),
            one(4, "0111", model.Region.BAOTOU),
            one(5, "3240", model.Region.BAOTOU, State.DRAFT),
        )
        return world

    def test_finds_everything_below_an_industry(self, region):
        assert self.found(region, industry=model.Industry("C")) == [1, 2, 3]
        assert self.found(region, industry=model.Industry("32")) == [1, 2]
        assert self.found(region, industry=model.Industry("3240")) == [1]
        assert self.found(region, industry=model.Industry("A")) == [4]

    def test_joins_its_filters(self, region):
        assert self.found(region, region=model.Region.BAOTOU) == [1, 3, 4]
        assert self.found(region, region=model.Region.BAOTOU, state=State.OPEN) == [1, 4]
        assert self.found(region, owner=make.OWNER) == [1, 2, 3, 4]
        assert self.found(region, owner=make.STRANGER) == []

    def test_goes_on_after_the_last_one(self, region):
        assert self.found(region, limit=2) == [1, 2]
        assert self.found(region, limit=2, after=SECOND) == [3, 4]
        assert self.found(region, limit=2, after=ListingId.from_number(4)) == []


class TestRequireOfferable:
    def test_returns_every_holder_of_the_asset(self, world):
        put(world, replace(BURDENED, engaged_by=None), make.listing(state=State.OPEN))

        with world.units.read() as unit:
            assert service.require_offerable(unit, make.LISTING, make.by_owner()) == {make.OWNER, make.CO_HOLDER}

    def test_wants_an_open_listing_and_first_of_all_its_owner(self, world):
        states = list(State)
        listings = [make.listing(id=ListingId.from_number(number), state=state) for number, state in enumerate(states)]
        put(world, make.asset(), *listings)

        with world.units.read() as unit:
            for one in listings:
                mine = answer(service.require_offerable, unit, one.id, make.by_owner())
                theirs = answer(service.require_offerable, unit, one.id, make.by(make.CO_HOLDER))
                assert mine == ("done" if one.state is State.OPEN else "wrong-state")
                assert theirs == ("no-such-listing" if one.disclosed_at is None else "not-the-owner")


class TestRecord:
    def kinds(self, world: World, subject: str) -> list[str]:
        world.drain()
        with world.units.read() as unit:
            return [one.entry.kind for one in log.history(unit, [subject])]

    def test_holds_the_whole_life_of_a_listing(self, world):
        owner, officer = make.by_owner(), make.by_officer()
        with world.units.begin() as unit:
            asset = service.register_asset(
                unit,
                owner,
                kind=model.IpKind.INVENTION_PATENT,
                title="一种稀土永磁材料的制备方法",
                application_number=model.ApplicationNumber("201710117081.7"),
                holders=make.asset().holders,
                inventors=("张伟",),
            )
            first = service.draft(unit, owner, asset=asset.id, approval_required=True, terms=make.terms())
            service.submit(unit, owner, first.id)
            service.return_(unit, officer, first.id, ("请补充权属证明",))
            service.revise(unit, owner, first.id, make.terms(title="改后的题目"))
            service.withdraw(unit, owner, first.id, "另有安排")
            again = service.draft(
                unit, owner, asset=asset.id, approval_required=True, terms=make.terms(), previous=first.id
            )
            service.submit(unit, owner, again.id)
            service.accept(unit, officer, again.id)
            shown = service.publish(unit, owner, again.id)
            service.tick(unit, TICK, again.id)
            service.reserve(unit, owner, again.id, lot=make.LOT)
            service.award(unit, TICK, again.id, lot=make.LOT)

        assert shown.disclosure_ends_at == make.DISCLOSURE_ENDS
        assert self.kinds(world, asset.id) == ["asset.registered"]
        assert self.kinds(world, first.id) == ["listing.submitted", "listing.returned", "listing.withdrawn"]
        assert self.kinds(world, again.id) == [
            "listing.submitted",
            "listing.accepted",
            "listing.disclosed",
            "listing.opened",
            "listing.reserved",
            "listing.awarded",
        ]
        assert kept(world, again.id)[0].previous == first.id

    def test_holds_nothing_of_a_draft(self, world):
        put(world, make.asset())

        with world.units.begin() as unit:
            draft = service.draft(unit, make.by_owner(), asset=make.ASSET, approval_required=False, terms=BARE)
            service.withdraw(unit, make.by_owner(), draft.id, "另有安排")

        assert self.kinds(world, draft.id) == []

    def test_holds_the_burdens_of_an_asset(self, world):
        put(world, make.asset())

        with world.units.begin() as unit:
            pledge = service.record_encumbrance(
                unit,
                make.by_owner(),
                make.ASSET,
                kind=model.EncumbranceKind.PLEDGE,
                holder="内蒙古银行",
                evidence_sha256="c" * 64,
            )
            service.release_encumbrance(unit, make.by_officer(), make.ASSET, pledge)

        assert self.kinds(world, make.ASSET) == ["asset.encumbered", "asset.encumbrance_released"]
        with world.units.read() as unit:
            (burden,) = store.load_asset(unit, make.ASSET).encumbrances
        assert burden.released_at == make.MONDAY

    def test_takes_up_no_listing_that_the_owner_cannot_see(self, world):
        foreign = make.listing(owner=make.CO_HOLDER, state=State.WITHDRAWN)
        put(world, BURDENED, foreign)

        with world.units.begin() as unit:
            refused = answer(
                lambda: service.draft(
                    unit,
                    make.by_owner(),
                    asset=make.ASSET,
                    approval_required=False,
                    terms=BARE,
                    previous=make.LISTING,
                )
            )
        assert refused == "no-such-listing"
