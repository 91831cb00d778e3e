"""judicial-2016@2 over HTTP, on PostgreSQL; the world is audited behind every test. Articles: 法释〔2016〕18号."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from ledger.kernel import instant
from tests.http.test_doors import DOORS, OP
from tests.market import payment_reference, yuan

RULE = "judicial-2016@2"
NOTICE, RENOTICE = timedelta(days=30), timedelta(days=15)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _in_force(market):
    market.put_into_force("judicial-2016@2")


@pytest.fixture
def seller(market):
    return market.member("university")


def terms_of(market, *, notice=NOTICE, **changes):
    opens = market.now() + notice + timedelta(minutes=1)
    usual = {
        "appraisal": yuan("100000"),
        "opens_at": instant.render(opens),
        "closes_at": instant.render(opens + timedelta(hours=24)),
    }
    return market.lot_terms(**(usual | changes))


def draft(market, seller, listing, **changes):
    body = {"listing": listing, "profile": RULE, "terms": terms_of(market, **changes)}
    return market.done("POST", "/v1/lots", seller, body)["id"]


def announce(market, seller, listing=None, **changes):
    lot = draft(market, seller, listing or market.open_listing(seller), **changes)
    market.done("POST", f"/v1/lots/{lot}/announce", seller)
    return lot


def running(market, seller, **changes):
    lot = announce(market, seller, **changes)
    market.move(opens(market, lot))
    return lot


def opens(market, lot):
    return instant.parse(market.read_lot(lot)["opens_at"])


def ends(market, lot):
    return instant.parse(market.read_lot(lot)["ends_at"])


def close(market, lot):
    market.move(ends(market, lot) + timedelta(seconds=2))
    return market.read_lot(lot)


def holder(market, member, rank, right="co-owner", **more):
    told = instant.render(market.now() - timedelta(days=4))
    return {"organisation": member.id, "rank": rank, "right": right, "notified_at": told} | more


def confirm(market, lot, member, rank=None):
    body = {"organisation": member.id, "amount": yuan("10000"), "payment_reference": payment_reference(), "rank": rank}
    return market.call("POST", f"/v1/lots/{lot}/deposits", market.operator, body)


def stop(market, lot, how="suspend", reason="fault", **more):
    return market.done("POST", f"/v1/lots/{lot}/{how}", market.operator, {"reason": reason} | more)


def resume(market, lot):
    body = {"cause_ended_at": instant.render(market.now())}
    return market.done("POST", f"/v1/lots/{lot}/resume", market.operator, body)


class TestOffering:
    def test_asks_thirty_days_of_notice_an_appraisal_and_no_secret_reserve_art_10_12(self, market, seller):
        listing = market.open_listing(seller)
        for code, changes in (
            ("notice-too-short", {"notice": NOTICE - timedelta(minutes=2)}),
            ("needs-appraisal", {"appraisal": None}),
            ("secret-reserve", {"reserve": yuan("100000")}),
            ("start-too-low", {"appraisal": yuan("142858")}),
        ):
            lot = draft(market, seller, listing, **changes)
            market.refused(f"auctions/{code}", "POST", f"/v1/lots/{lot}/announce", seller)
        assert market.read_lot(announce(market, seller, listing))["state"] == "announced"


class TestPriority:
    @pytest.fixture
    def named(self, market, seller):
        """A running lot, with a holder of rank 1, one of rank 2 and somebody without a right, all of them confirmed."""
        first, second, plain = (market.member("enterprise") for _ in range(3))
        lot = announce(market, seller, holders=[holder(market, first, 1), holder(market, second, 2, "inventor")])
        for member, rank in ((first, 1), (second, 2), (plain, None)):
            assert confirm(market, lot, member, rank).json()["rank"] == rank
        market.move(opens(market, lot))
        return lot, first, second, plain

    def test_lets_a_holder_match_and_one_of_an_earlier_rank_match_it_again_art_21(self, market, named):
        lot, first, second, plain = named
        market.bid(lot, plain, "100000")
        market.bid(lot, second, "100000")
        assert market.read_lot(lot)["leader_rank"] == 2
        market.bid(lot, first, "100000")
        path = f"/v1/lots/{lot}/bids"
        market.refused("auctions/below-increment", "POST", path, second, {"amount": yuan("100000")})
        market.refused("auctions/below-increment", "POST", path, plain, {"amount": yuan("100000")})
        ranks = [one["rank"] for one in market.done("GET", path)["items"]]
        assert ranks == [None, 2, 1]
        sold = close(market, lot)
        assert (sold["state"], sold["leader_rank"], sold["price"]) == ("sold", 1, yuan("100000.00"))

    def test_gives_way_to_a_higher_bid_art_21(self, market, named):
        lot, first, _, plain = named
        market.bid(lot, plain, "100000")
        market.bid(lot, first, "100000")
        market.bid(lot, plain, "101000")
        sold = close(market, lot)
        assert (sold["leader_rank"], sold["price"]) == (None, yuan("101000.00"))

    def test_is_told_by_rank_and_right_and_never_by_name_art_18(self, market, named):
        lot, first, second, _ = named
        answer = market.call("GET", f"/v1/lots/{lot}")
        assert [(one["rank"], one["right"]) for one in answer.json()["holders"]] == [(1, "co-owner"), (2, "inventor")]
        assert first.id not in answer.text
        assert second.id not in answer.text

    def test_is_confirmed_of_whom_the_seller_named_alone_art_19(self, market, seller):
        first, other = market.member("enterprise"), market.member("enterprise")
        lot = announce(market, seller, holders=[holder(market, first, 1)])
        for member, rank in ((other, 1), (first, 2)):
            assert confirm(market, lot, member, rank).json()["type"] == "/problems/auctions/not-a-holder"
        assert confirm(market, lot, first, 1).status_code == 201

    def test_unconfirmed_is_none_art_19(self, market, seller):
        first, plain = market.member("enterprise"), market.member("enterprise")
        lot = announce(market, seller, holders=[holder(market, first, 1)])
        for member in (first, plain):
            confirm(market, lot, member)
        market.move(opens(market, lot))
        market.bid(lot, plain, "100000")
        body = {"amount": yuan("100000")}
        market.refused("auctions/below-increment", "POST", f"/v1/lots/{lot}/bids", first, body)

    def test_asks_that_holders_were_told_three_days_before_art_16(self, market, seller):
        first, listing = market.member("enterprise"), market.open_listing(seller)
        late = instant.render(market.now() - timedelta(days=3) + SECOND)
        lot = draft(market, seller, listing, holders=[holder(market, first, 1, notified_at=late)])
        market.refused("auctions/holders-not-notified", "POST", f"/v1/lots/{lot}/announce", seller)
        lot = draft(market, seller, listing, holders=[holder(market, first, 1, notified_at=None)])
        market.done("POST", f"/v1/lots/{lot}/announce", seller)
        assert market.read_lot(lot)["holders"] == [{"rank": 1, "right": "co-owner", "notified_at": None}]

    def test_is_nothing_under_version_1(self, market, seller):
        changes = {"holders": [holder(market, market.member("enterprise"), 1)]}
        lot = market.draft_lot(seller, market.open_listing(seller), **changes)
        market.refused("auctions/no-preemption", "POST", f"/v1/lots/{lot}/announce", seller)

    @pytest.mark.parametrize("rank", [0, 51, "1", 1.5])
    def test_takes_no_rank_that_is_none(self, market, seller, rank):
        one = holder(market, market.member("enterprise"), 1) | {"rank": rank}
        body = {"profile": RULE, "terms": terms_of(market, holders=[one])}
        assert market.call("POST", "/v1/lots", seller, body).status_code == 422


class TestSuspension:
    def test_keeps_the_time_that_was_left_art_28(self, market, seller):
        lot = running(market, seller)
        ann, ben = market.bidder(lot), market.bidder(lot)
        market.bid(lot, ann, "100000")
        end = ends(market, lot)
        market.move(end - timedelta(minutes=30))
        stop(market, lot)
        seen = market.read_lot(lot)
        assert (seen["state"], seen["phase"], seen["minimum_next"]) == ("suspended", "suspended", None)
        assert seen["suspension"] == {
            "at": instant.render(end - timedelta(minutes=30)),
            "reason": "fault",
            "order": None,
        }
        market.refused("auctions/suspended", "POST", f"/v1/lots/{lot}/bids", ben, {"amount": yuan("101000")})
        market.move(end + timedelta(days=1))
        assert market.read_lot(lot)["state"] == "suspended"  # no clock ends it
        cai = market.bidder(lot)  # a deposit is still taken
        assert resume(market, lot)["state"] == "announced"
        assert ends(market, lot) == market.now() + timedelta(minutes=30)
        market.bid(lot, cai, "101000")
        assert close(market, lot)["price"] == yuan("101000.00")

    def test_leaves_no_less_than_an_extension_once_bidding_was_open(self, market, seller):
        lot = running(market, seller)
        market.move(ends(market, lot) - SECOND)
        stop(market, lot)
        market.move(market.now() + timedelta(hours=1))
        resume(market, lot)
        assert ends(market, lot) == market.now() + timedelta(minutes=5)

    def test_before_opening_moves_the_opening_too(self, market, seller):
        lot = announce(market, seller)
        opened, ended = opens(market, lot), ends(market, lot)
        stop(market, lot, reason="ordered", order="(2026)内01执1号")
        market.move(market.now() + timedelta(days=2))
        resume(market, lot)
        assert (opens(market, lot), ends(market, lot)) == (opened + timedelta(days=2), ended + timedelta(days=2))

    def test_that_ends_in_cancelling_gives_every_deposit_back_and_frees_the_listing(self, market, seller):
        lot = running(market, seller)
        bidder = market.bidder(lot)
        market.bid(lot, bidder, "100000")
        stop(market, lot)
        stop(market, lot, "cancel", "ordered", order="(2026)内01执2号")
        seen = market.read_lot(lot)
        assert seen["state"] == "withdrawn"
        assert market.done("GET", f"/v1/lots/{lot}/standing", bidder)["deposit_state"] == "refunded"
        assert market.done("GET", f"/v1/listings/{seen['listing']}")["state"] == "open"

    def test_is_cancelled_though_the_sellers_money_is_frozen(self, market, seller):
        lot = running(market, seller)
        bidder = market.bidder(lot)
        settlement = market.deal(lot)["settlement"]["id"]
        order = {
            "authority": "court",
            "order_number": "(2026)内01财保7号",
            "document_sha256": "0" * 64,
            "reason": "财产保全",
        }
        market.done("POST", f"/v1/settlements/{settlement}/freezes", market.member("regulator"), order)
        stop(market, lot)
        stop(market, lot, "cancel")
        assert market.done("GET", f"/v1/lots/{lot}/standing", bidder)["deposit_state"] == "refunded"

    def test_under_an_order_names_it_art_28_36(self, market, seller):
        lot = running(market, seller)
        for reason in ("ordered", "objection"):
            market.refused(
                "auctions/needs-order", "POST", f"/v1/lots/{lot}/suspend", market.operator, {"reason": reason}
            )

    def test_is_for_an_officer_and_in_time(self, market, seller):
        lot = running(market, seller)
        market.refused("kernel/not-allowed", "POST", f"/v1/lots/{lot}/suspend", seller, {"reason": "fault"})
        body = {"cause_ended_at": instant.render(market.now())}
        market.refused("auctions/wrong-state", "POST", f"/v1/lots/{lot}/resume", market.operator, body)
        market.refused("auctions/wrong-state", "POST", f"/v1/lots/{lot}/cancel", market.operator, {"reason": "fault"})
        end = ends(market, lot)
        market.move(end)
        market.refused(
            "auctions/bids-undecided", "POST", f"/v1/lots/{lot}/suspend", market.operator, {"reason": "fault"}
        )
        market.move(end + timedelta(seconds=2))
        market.refused("auctions/wrong-state", "POST", f"/v1/lots/{lot}/suspend", market.operator, {"reason": "fault"})

    def test_is_asked_again_with_the_same_key_and_answers_the_same(self, market, seller):
        lot = running(market, seller)
        path, body = f"/v1/lots/{lot}/suspend", {"reason": "danger"}
        first = market.call("POST", path, market.operator, body, key="stop")
        again = market.call("POST", path, market.operator, body, key="stop")
        assert (first.status_code, first.json()) == (again.status_code, again.json()) == (200, first.json())


class TestReauction:
    def unsold(self, market, seller):
        lot = running(market, seller)
        return lot, close(market, lot)

    def test_follows_what_found_no_bids_with_shorter_notice_and_a_lower_start_art_26(self, market, seller):
        lot, seen = self.unsold(market, seller)
        changes = {"notice": RENOTICE, "deposit": yuan("8000"), "start_price": yuan("80000")}
        low = draft(market, seller, seen["listing"], **(changes | {"start_price": yuan("79999.99")}))
        market.refused("auctions/cut-too-deep", "POST", f"/v1/lots/{low}/announce", seller)
        soon = draft(market, seller, seen["listing"], **(changes | {"notice": RENOTICE - timedelta(minutes=2)}))
        market.refused("auctions/notice-too-short", "POST", f"/v1/lots/{soon}/announce", seller)
        late = draft(market, seller, seen["listing"], **(changes | {"notice": timedelta(days=30)}))
        market.refused("auctions/reauction-too-late", "POST", f"/v1/lots/{late}/announce", seller)
        again = market.read_lot(announce(market, seller, seen["listing"], **changes))
        assert again["attempt"] == 2
        assert again["previous"] == {"lot": lot, "ended_at": seen["ends_at"], "start_price": yuan("100000.00")}

    def test_comes_once_art_26(self, market, seller):
        _, seen = self.unsold(market, seller)
        again = announce(market, seller, seen["listing"], notice=RENOTICE)
        market.move(opens(market, again))
        close(market, again)
        third = draft(market, seller, seen["listing"], notice=RENOTICE)
        market.refused("auctions/no-more-attempts", "POST", f"/v1/lots/{third}/announce", seller)

    def test_is_found_though_its_draft_was_older(self, market, seller):
        listing = market.open_listing(seller)
        early = draft(market, seller, listing, notice=timedelta(days=60))
        lot = announce(market, seller, listing)
        market.move(opens(market, lot))
        close(market, lot)
        market.done("POST", f"/v1/lots/{early}/announce", seller)
        assert market.read_lot(early)["previous"]["lot"] == lot


class TestConfirmation:
    def test_names_the_buyer_once_the_lot_is_sold_art_22(self, market, seller):
        lot = running(market, seller)
        buyer = market.bidder(lot)
        market.bid(lot, buyer, "100000")
        path = f"/v1/lots/{lot}/confirmation"
        market.refused("auctions/no-such-lot", "GET", f"/v1/lots/lot_{'1' * 26}/confirmation")
        assert market.call("GET", path).status_code == 404
        close(market, lot)
        told = market.done("GET", path)
        me = market.done("GET", "/v1/me", buyer)
        assert told["buyer"]["id"] == buyer.id
        assert told["buyer"]["name"] == "某单位"
        assert (told["price"], told["rule"], told["state"]) == (yuan("100000.00"), RULE, "sold")
        assert len(told["entries"]) == 2
        for entry in told["entries"]:
            assert buyer.id not in market.call("GET", f"/v1/ledger/entries/{entry}").text
        assert me

    def test_is_no_part_of_version_1(self, market, seller):
        lot, _ = market.sold_lot(seller)
        assert market.call("GET", f"/v1/lots/{lot}/confirmation").status_code == 404


class TestBackDoors:
    """Art. 8: the platform has no hand in the bidding that nobody sees."""

    def test_are_none_art_8(self):
        officers = {door for door, roles in DOORS.items() if OP in roles and not door.startswith("GET")}

        assert {door for door in officers if "/lots" in door or "/bids" in door} - {"POST /v1/replay/lots"} == {
            "POST /v1/lots/{lot}/deposits",
            "POST /v1/lots/{lot}/suspend",
            "POST /v1/lots/{lot}/resume",
            "POST /v1/lots/{lot}/cancel",
        }

    def test_shows_an_officer_no_parked_amount_and_no_bidder_art_8(self, market, seller):
        lot = running(market, seller)
        bidder = market.bidder(lot)
        market.move(ends(market, lot))
        assert market.bid(lot, bidder, "123456")["state"] == "parked"
        for path in (f"/v1/lots/{lot}", f"/v1/lots/{lot}/bids", "/v1/lots"):
            answer = market.call("GET", path, market.operator).text
            assert "123456" not in answer
            assert bidder.id not in answer
        market.move(ends(market, lot) + timedelta(seconds=2))

    def test_bar_nobody_unseen_art_8(self, market, seller):
        related, listing = market.member("enterprise"), market.open_listing(seller)
        body = {"listing": listing, "profile": RULE, "terms": terms_of(market), "related": [related.id]}
        lot = market.done("POST", "/v1/lots", seller, body)["id"]
        market.done("POST", f"/v1/lots/{lot}/announce", seller)
        assert market.read_lot(lot)["excluded"] == 3  # the holder, the exchange, and whom the seller names


class TestKeeping:
    @pytest.mark.parametrize("table", ["lot", "bid", "lot_bidder", "entries", "outbox", "disclosures"])
    @pytest.mark.parametrize("right", ["DELETE", "TRUNCATE"])
    def test_lets_nobody_delete_art_29(self, world, table, right):
        with world.units.read() as unit:
            asked = {"table": table, "right": right}
            may = sa.text("SELECT has_table_privilege(current_user, :table, :right)")
            assert not unit.connection.execute(may, asked).scalar_one()
