"""A deal over HTTP, from the first deposit to the incentive; and everything that must not happen on the way."""

from datetime import timedelta
from decimal import Decimal

import pytest

from exchange.app.flows import deals as flows
from exchange.contracts.model import ContractId
from ledger.kernel import instant
from ledger.kernel.calendar import deadline
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.ids import OrganisationId
from tests.market import payment_reference, sha256, yuan

MICROSECOND = timedelta(microseconds=1)
SIGNING_GRACE = timedelta(seconds=60)


@pytest.fixture
def seller(market):
    return market.member("university")


def of(amount):
    return Decimal(amount["amount"])


def books(world):
    """Every total of every account: what must be the same before and after a refusal."""
    with world.units.read() as unit:
        return unit.connection.exec_driver_sql("SELECT * FROM account ORDER BY name").all()


class TestWhole:
    def test_pays_the_fee_the_inventors_and_the_seller_to_the_fen(self, market, seller):
        lot, _buyer = market.signed_deal(seller, "200000.01", losers=3)
        market.pay(lot)

        cost = {"kind": "appraisal", "amount": yuan("1234.56"), "evidence_sha256": sha256("invoice")}
        shares = [{"inventor": 1, "weight": 2}, {"inventor": 2, "weight": 1}]
        settled = market.settle(lot, seller, costs=[cost], reward_percent="70", shares=shares)

        # 1.5 % of 200,000.01 is 3,000.00015; net 195,765.45; 70 % of it, rounded up, 137,035.82 (137,035.815)
        assert settled["state"] == "settled"
        assert [of(settled[name]) for name in ("price", "fee", "reward", "seller_part")] == [
            Decimal("200000.01"),
            Decimal("3000.00"),
            Decimal("137035.82"),
            Decimal("59964.19"),
        ]
        money = market.deal(lot, seller)["money"]
        paid = {one["debit"].split(":", 1)[1]: of(one["amount"]) for one in money if one["credit"] == "custody:ordered"}
        assert paid["seller"] == Decimal("59964.19")
        assert (paid["inventor:1"], paid["inventor:2"]) == (Decimal("91357.22"), Decimal("45678.60"))
        assert sum(of(one["amount"]) for one in money if one["debit"] == "custody:bank" and one["kind"] == "move") == (
            4 * Decimal(10_000) + Decimal("190000.01")
        )

    def test_gives_losers_their_deposits_back_with_the_end_of_the_lot(self, market, seller):
        lot, _ = market.sold_lot(seller, losers=3)

        deposits = market.deal(lot)["settlement"]["deposits"]
        assert sorted(one["state"] for one in deposits) == ["held", "refunded", "refunded", "refunded"]
        assert market.read_lot(lot)["leader"] == next(one["code"] for one in deposits if one["state"] == "held")

    def test_gives_every_deposit_back_when_nothing_is_sold(self, market, seller):
        lot = market.running_lot(seller, reserve=yuan("500000"))
        market.bid(lot, market.bidder(lot), "100000")
        market.bidder(lot)
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))

        settlement = market.deal(lot)["settlement"]
        assert (settlement["state"], {one["state"] for one in settlement["deposits"]}) == ("released", {"refunded"})
        assert market.deal(lot)["contract"] is None

    def test_gives_deposits_back_when_the_seller_takes_the_lot_back(self, market, seller):
        lot = market.lot(seller)
        market.bidder(lot)
        market.done("POST", f"/v1/lots/{lot}/withdraw", seller)

        assert market.deal(lot)["settlement"]["state"] == "released"

    def test_registers_the_contract_and_keeps_technology_apart(self, market, seller):
        lot, _ = market.signed_deal(seller)
        registered = market.register(lot)

        assert (of(registered["total"]), of(registered["technical"])) == (200_000, 190_000)
        assert registered["number"].startswith("20261502")
        assert len(registered["number"]) == 16

    def test_takes_effect_with_the_second_signature_and_asks_for_the_balance(self, market, seller):
        lot, buyer = market.sold_lot(seller)
        written = market.write_contract(lot, seller)
        market.sign(written["id"], written["terms_sha256"], buyer)
        assert market.deal(lot)["settlement"]["state"] == "awarded"
        market.sign(written["id"], written["terms_sha256"], seller)

        deal = market.deal(lot)
        assert (deal["contract"]["state"], deal["settlement"]["state"]) == ("effective", "due")
        assert of(deal["settlement"]["balance"]) == 190_000
        # signed on Wednesday 1 April: 2, 3, 7, 8 and 9 April are the five working days (清明 4 to 6 April)
        assert deal["settlement"]["pay_by"] == "2026-04-09T16:00:00.000000Z"

    def test_shares_the_reward_among_all_inventors_alike_unless_told(self, market, seller):
        lot, _ = market.settled_deal(seller)

        money = market.deal(lot, seller)["money"]
        assert {
            one["credit"].split(":", 1)[1]: of(one["amount"]) for one in money if ":inventor:" in one["credit"]
        } == {
            "inventor:1": Decimal("49250.00"),
            "inventor:2": Decimal("49250.00"),
        }


class TestReaders:
    def test_shows_the_buyer_its_own_money_and_nobody_elses(self, market, seller):
        lot, buyer = market.settled_deal(seller)
        code = market.read_lot(lot)["leader"]

        seen = market.deal(lot, buyer)["money"]
        accounts = {name.split(":", 1)[1] for one in seen for name in (one["debit"], one["credit"])}
        assert accounts == {"bank", "ordered", "fees", "escrow", "reward", "seller", f"bidder:{code}"}
        assert len(market.deal(lot, seller)["money"]) > len(seen)

    def test_tells_the_parties_of_a_contract_who_they_are(self, market, seller):
        lot, buyer = market.sold_lot(seller)

        for party in (seller, buyer):
            parties = market.deal(lot, party)["parties"]
            assert [one["id"] for one in parties] == [seller.id, buyer.id]
            assert all(one["name"] and len(one["credit_code"]) == 18 for one in parties)

    def test_tells_every_bidder_what_has_become_of_its_deposit(self, market, seller):
        lot = market.running_lot(seller)
        loser = market.bidder(lot)
        held = market.done("GET", f"/v1/lots/{lot}/standing", loser)
        market.bid(lot, loser, "100000")
        market.bid(lot, market.bidder(lot), "200000")
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))

        assert (held["deposit"], held["deposit_state"]) == (yuan("10000.00"), "held")
        assert market.done("GET", f"/v1/lots/{lot}/standing", loser) == held | {"deposit_state": "refunded"}
        market.refused("app/no-standing", "GET", f"/v1/lots/{lot}/standing", market.member("enterprise"))

    def test_shows_no_balance_that_all_deals_share(self, market, seller):
        lot, _ = market.settled_deal(seller)

        for one in market.deal(lot)["money"]:
            for side in ("debit", "credit"):
                assert (one[f"{side}_after"] is None) == (one[side].split(":")[0] in {"custody", "exchange"})

    def test_writes_sums_larger_than_anybody_may_offer(self, market, seller):
        for _ in range(11):
            market.programme(market.member("regulator"), "10000000000000.00")
        lot, _ = market.settled_deal(seller)

        assert market.deal(lot)["settlement"]["state"] == "settled"

    @pytest.mark.parametrize("role", ["enterprise", "university"])
    def test_shows_a_stranger_nothing(self, market, seller, role):
        lot, _ = market.sold_lot(seller)
        deal, stranger = market.deal(lot), market.member(role)

        market.refused("app/no-such-deal", "GET", f"/v1/lots/{lot}/deal", stranger)
        market.refused("contracts/no-such-contract", "GET", f"/v1/contracts/{deal['contract']['id']}", stranger)
        market.refused("escrow/no-such-settlement", "GET", f"/v1/settlements/{deal['settlement']['id']}", stranger)

    def test_shows_a_loser_nothing_of_the_deal(self, market, seller):
        lot = market.running_lot(seller)
        loser = market.bidder(lot)
        market.bid(lot, loser, "100000")
        market.bid(lot, market.bidder(lot), "200000")
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))

        market.refused("app/no-such-deal", "GET", f"/v1/lots/{lot}/deal", loser)


class TestRefusals:
    """Each with a stable type, and nothing half-done."""

    def test_keep_a_deposit_of_another_amount_out(self, market, world, seller):
        lot = market.running_lot(seller)
        member, before = market.member("enterprise"), books(world)
        path = f"/v1/lots/{lot}/deposits"

        over = {"organisation": member.id, "amount": yuan("10000.01"), "payment_reference": payment_reference()}
        assert market.refused("escrow/wrong-amount", "POST", path, market.operator, over)["expected"] == yuan(
            "10000.00"
        )
        under = over | {"amount": yuan("9999.99")}
        market.refused("auctions/deposit-too-small", "POST", path, market.operator, under)
        assert books(world) == before
        market.refused("auctions/no-deposit", "POST", f"/v1/lots/{lot}/bids", member, {"amount": yuan("100000")})

    def test_record_a_payment_once(self, market, world, seller):
        lot = market.running_lot(seller)
        body = {"amount": yuan("10000"), "payment_reference": payment_reference()}
        first, second = market.member("enterprise"), market.member("enterprise")
        market.done("POST", f"/v1/lots/{lot}/deposits", market.operator, body | {"organisation": first.id})
        before = books(world)

        refused = body | {"organisation": second.id}
        path = f"/v1/lots/{lot}/deposits"
        problem = market.refused("escrow/payment-recorded", "POST", path, market.operator, refused)
        assert problem["recorded_for"] == market.deal(lot)["settlement"]["id"]
        assert books(world) == before

    def test_count_no_bidders_payment_as_a_programmes_budget(self, market, world, seller):
        lot = market.running_lot(seller)
        body = {"amount": yuan("10000"), "payment_reference": payment_reference()}
        bidder = body | {"organisation": market.member("enterprise").id}
        market.done("POST", f"/v1/lots/{lot}/deposits", market.operator, bidder)
        before = books(world)

        programme = {
            "rule": "mkj-platform-2026@1",
            "budget": body["amount"],
            "payment_reference": body["payment_reference"],
        }
        market.refused("escrow/payment-recorded", "POST", "/v1/programmes", market.member("regulator"), programme)
        assert books(world) == before

    def test_pay_nothing_before_both_have_signed(self, market, world, seller):
        lot, _buyer = market.sold_lot(seller)
        written = market.write_contract(lot, seller)
        market.sign(written["id"], written["terms_sha256"], seller)
        settlement, before = market.deal(lot)["settlement"]["id"], books(world)

        body = {"amount": yuan("190000"), "payment_reference": payment_reference()}
        market.refused("escrow/wrong-state", "POST", f"/v1/settlements/{settlement}/payments", market.operator, body)
        market.refused("contracts/not-effective", "POST", f"/v1/contracts/{written['id']}/register", market.operator)
        assert books(world) == before

    def test_take_the_balance_to_the_fen_and_once(self, market, world, seller):
        lot, _ = market.signed_deal(seller)
        settlement, before = market.deal(lot)["settlement"]["id"], books(world)
        path = f"/v1/settlements/{settlement}/payments"

        for amount in ("189999.99", "190000.01", "200000"):
            body = {"amount": yuan(amount), "payment_reference": payment_reference()}
            problem = market.refused("escrow/wrong-amount", "POST", path, market.operator, body)
            assert problem["expected"] == yuan("190000.00")
        assert books(world) == before
        market.pay(lot)
        paid = books(world)
        body = {"amount": yuan("190000"), "payment_reference": payment_reference()}
        market.refused("escrow/already-paid", "POST", path, market.operator, body)
        assert books(world) == paid

    def test_sign_no_other_version(self, market, seller):
        lot, buyer = market.sold_lot(seller)
        first = market.write_contract(lot, seller)
        second = market.write_contract(lot, seller, document_sha256=sha256("another"))
        path = f"/v1/contracts/{first['id']}/sign"

        market.refused("contracts/another-version", "POST", path, buyer, {"terms_sha256": first["terms_sha256"]})
        market.sign(first["id"], second["terms_sha256"], buyer)
        market.refused("contracts/already-signed", "POST", path, buyer, {"terms_sha256": second["terms_sha256"]})

    def test_settle_only_what_is_paid_and_only_as_the_seller(self, market, world, seller):
        lot, buyer = market.signed_deal(seller)
        settlement = market.deal(lot)["settlement"]["id"]
        path, body = f"/v1/settlements/{settlement}/settle", {"costs": [], "reward_percent": "50"}

        market.refused("escrow/wrong-state", "POST", path, seller, body)
        market.pay(lot)
        before = books(world)
        market.refused("escrow/not-the-seller", "POST", path, buyer, body)
        market.refused("escrow/no-such-settlement", "POST", path, market.member("university"), body)
        market.refused("escrow/reward-too-small", "POST", path, seller, body | {"reward_percent": "49.99"})
        costly = {"kind": "tax", "amount": yuan("197000.01"), "evidence_sha256": sha256("tax")}
        market.refused("escrow/costs-exceed-price", "POST", path, seller, body | {"costs": [costly]})
        beyond = body | {"shares": [{"inventor": 3, "weight": 1}]}
        assert market.call("POST", path, seller, beyond).status_code in {409, 422}
        assert books(world) == before
        market.settle(lot, seller)
        market.refused("escrow/wrong-state", "POST", path, seller, body)

    def test_sign_nothing_while_a_burden_keeps_the_award(self, market, seller):
        asset = market.asset(seller)
        lot = market.lot(seller, market.open_listing(seller, asset=asset))
        market.move(instant.parse(market.read_lot(lot)["opens_at"]))
        market.bid(lot, market.bidder(lot), "100000")
        burden = {"kind": "dispute", "holder": "某法院", "evidence_sha256": sha256("ruling")}
        path = f"/v1/assets/{asset}/encumbrances"
        encumbrance = market.done("POST", path, market.operator, burden)["id"]
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))

        deal = market.deal(lot)
        assert (deal["state"], deal["contract"]["state"], deal["settlement"]["state"]) == ("sold", "awarded", "awarded")
        written = market.write_contract(lot, seller)
        sign, terms = f"/v1/contracts/{written['id']}/sign", {"terms_sha256": written["terms_sha256"]}
        market.refused("app/not-awarded", "POST", sign, seller, terms)
        market.done("POST", f"{path}/{encumbrance}/release", market.operator)
        market.done("POST", sign, seller, terms)

    def test_hold_no_deposit_for_ever_for_a_burden(self, market, seller):
        asset = market.asset(seller)
        listing = market.open_listing(seller, asset=asset)
        lot = market.lot(seller, listing)
        market.move(instant.parse(market.read_lot(lot)["opens_at"]))
        buyer = market.bidder(lot)
        market.bid(lot, buyer, "100000")
        burden = {"kind": "dispute", "holder": "某法院", "evidence_sha256": sha256("ruling")}
        market.done("POST", f"/v1/assets/{asset}/encumbrances", market.operator, burden)
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))
        market.move(instant.parse(market.deal(lot)["contract"]["sign_by"]) + SIGNING_GRACE)

        deal = market.deal(lot)
        assert (deal["state"], deal["contract"]["fault"], deal["settlement"]["state"]) == (
            "fell_through",
            "seller",
            "returned",
        )
        assert market.done("GET", f"/v1/lots/{lot}/standing", buyer)["deposit_state"] == "refunded"


class TestSuspended:
    """Suspended, one begins nothing new and keeps one's word: the operator makes nobody default."""

    def suspend(self, market, member):
        market.done("POST", f"/v1/organisations/{member.id}/suspend", market.operator, {"reasons": ["核查"]})

    def test_a_buyer_signs_and_a_seller_settles(self, market, seller):
        lot, buyer = market.sold_lot(seller)
        self.suspend(market, buyer)
        written = market.write_contract(lot, seller)
        market.sign(written["id"], written["terms_sha256"], seller, buyer)
        market.pay(lot)
        self.suspend(market, seller)

        assert market.settle(lot, seller)["state"] == "settled"

    def test_bids_for_nothing(self, market, seller):
        lot = market.running_lot(seller)
        bidder = market.bidder(lot)
        self.suspend(market, bidder)

        market.refused("kernel/not-allowed", "POST", f"/v1/lots/{lot}/bids", bidder, {"amount": yuan("100000")})


class TestSignatures:
    """Through the flow, with the arrivals that two requests in one moment may have, decided in either order."""

    @pytest.mark.parametrize("first", ["seller", "buyer"])
    @pytest.mark.parametrize(("apart", "in_order"), [(0, True), (1, True), (1, False), (59, False)])
    def test_bring_the_deal_into_effect_with_the_later_arrival(self, market, seller, first, apart, in_order):
        lot, buyer = market.sold_lot(seller)
        written = market.write_contract(lot, seller)
        market.move(market.now() + timedelta(hours=1))
        later = market.now()
        arrivals = [later - timedelta(seconds=apart), later]
        parties = [seller, buyer] if first == "seller" else [buyer, seller]
        for party, at in zip(parties, arrivals if in_order else reversed(arrivals), strict=True):
            actor = Actor(organisation=OrganisationId(party.id), person=None, capabilities=frozenset())
            with market.gate.units.begin() as unit:
                cause = Cause(actor=actor, at=at, request_id="test")
                flows.sign(unit, cause, ContractId(written["id"]), terms_sha256=written["terms_sha256"])

        deal = market.deal(lot)
        assert (deal["contract"]["state"], deal["settlement"]["state"]) == ("effective", "due")
        assert instant.parse(deal["contract"]["effective_at"]) == later
        assert instant.parse(deal["settlement"]["pay_by"]) == deadline(later, 5)
        market.pay(lot)
        assert market.deal(lot)["settlement"]["state"] == "paid"


class TestDefaults:
    def sign_by(self, market, lot):
        return instant.parse(market.deal(lot)["contract"]["sign_by"])

    def test_forfeits_the_deposit_of_a_buyer_that_does_not_sign(self, market, seller):
        lot, _buyer = market.sold_lot(seller)
        written = market.write_contract(lot, seller)
        market.sign(written["id"], written["terms_sha256"], seller)
        due = self.sign_by(market, lot) + SIGNING_GRACE
        market.move(due - MICROSECOND)
        assert market.deal(lot)["contract"]["state"] == "offered"
        market.move(due)

        deal = market.deal(lot)
        assert (deal["state"], deal["contract"]["state"], deal["contract"]["fault"]) == (
            "fell_through",
            "lapsed",
            "buyer",
        )
        assert deal["settlement"]["state"] == "forfeited"
        # the fee on 200,000 is 3,000; the rest of the deposit of 10,000 is the seller's
        paid = [one for one in deal["money"] if one["credit"] == "custody:ordered" and ":seller" in one["debit"]]
        assert [of(one["amount"]) for one in paid] == [7_000]

    def test_gives_the_deposit_back_when_the_seller_does_not_sign(self, market, seller):
        lot, buyer = market.sold_lot(seller)
        written = market.write_contract(lot, seller)
        market.sign(written["id"], written["terms_sha256"], buyer)
        market.move(self.sign_by(market, lot) + SIGNING_GRACE)

        deal = market.deal(lot)
        assert (deal["contract"]["fault"], deal["settlement"]["state"], deal["state"]) == (
            "seller",
            "returned",
            "fell_through",
        )
        assert {one["state"] for one in deal["settlement"]["deposits"]} == {"refunded"}

    def test_counts_a_signature_that_arrives_in_the_last_microsecond_and_none_later(self, market, seller):
        lot, buyer = market.sold_lot(seller)
        written = market.write_contract(lot, seller)
        market.move(self.sign_by(market, lot) - MICROSECOND)
        market.sign(written["id"], written["terms_sha256"], seller)
        market.move(self.sign_by(market, lot))

        body = {"terms_sha256": written["terms_sha256"]}
        market.refused("contracts/past-deadline", "POST", f"/v1/contracts/{written['id']}/sign", buyer, body)

    def test_leaves_three_working_days_to_answer_terms_of_the_last_moment(self, market, seller):
        lot, buyer = market.sold_lot(seller)
        write_by = self.sign_by(market, lot)
        market.move(write_by - MICROSECOND)
        written = market.write_contract(lot, seller)
        market.sign(written["id"], written["terms_sha256"], seller)
        sign_by = deadline(write_by - MICROSECOND, 3)
        assert instant.parse(written["write_by"]) == write_by
        assert instant.parse(written["sign_by"]) == self.sign_by(market, lot) == sign_by
        market.move(write_by + SIGNING_GRACE)
        assert market.deal(lot)["contract"]["state"] == "offered"
        market.move(sign_by - MICROSECOND)
        market.sign(written["id"], written["terms_sha256"], buyer)

        assert market.deal(lot)["contract"]["state"] == "effective"

    def test_takes_an_officers_word_that_nothing_was_paid_and_only_after_the_deadline(self, market, world, seller):
        lot, _buyer = market.signed_deal(seller)
        settlement = market.deal(lot)["settlement"]
        path, pay_by = f"/v1/settlements/{settlement['id']}/default", instant.parse(settlement["pay_by"])
        market.move(pay_by - MICROSECOND)
        before = books(world)
        market.refused("escrow/not-yet-overdue", "POST", path, market.operator)
        assert books(world) == before
        market.move(pay_by)
        market.done("POST", path, market.operator)

        deal = market.deal(lot)
        assert (deal["state"], deal["contract"]["state"], deal["settlement"]["state"]) == (
            "fell_through",
            "rescinded",
            "forfeited",
        )

    def test_takes_a_late_payment_while_no_default_is_declared(self, market, seller):
        lot, _ = market.signed_deal(seller)
        market.move(instant.parse(market.deal(lot)["settlement"]["pay_by"]) + timedelta(days=3))
        market.pay(lot)

        path = f"/v1/settlements/{market.deal(lot)['settlement']['id']}/default"
        market.refused("escrow/wrong-state", "POST", path, market.operator)

    def test_bars_the_defaulter_from_the_next_lot_of_the_same_asset(self, market, seller):
        lot, buyer = market.sold_lot(seller)
        written = market.write_contract(lot, seller)
        market.sign(written["id"], written["terms_sha256"], seller)
        market.move(self.sign_by(market, lot) + SIGNING_GRACE)
        listing = market.read_lot(lot)["listing"]
        assert market.done("GET", f"/v1/listings/{listing}")["state"] == "open"
        again = market.lot(seller, listing)

        body = {"organisation": buyer.id, "amount": yuan("10000"), "payment_reference": payment_reference()}
        path = f"/v1/lots/{again}/deposits"
        market.refused("auctions/conflict-of-interest", "POST", path, market.operator, body)
        market.bidder(again)

    def test_bars_the_defaulter_from_a_lot_that_was_drafted_before(self, market, seller):
        listing = market.open_listing(seller)
        older = market.draft_lot(seller, listing)
        lot = market.lot(seller, listing)
        market.move(instant.parse(market.read_lot(lot)["opens_at"]))
        buyer = market.bidder(lot)
        market.bid(lot, buyer, "200000")
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))
        written = market.write_contract(lot, seller)
        market.sign(written["id"], written["terms_sha256"], seller)
        market.move(self.sign_by(market, lot) + SIGNING_GRACE)
        market.done("PUT", f"/v1/lots/{older}", seller, {"profile": "judicial-2016@1", "terms": market.lot_terms()})
        market.done("POST", f"/v1/lots/{older}/announce", seller)

        body = {"organisation": buyer.id, "amount": yuan("10000"), "payment_reference": payment_reference()}
        market.refused("auctions/conflict-of-interest", "POST", f"/v1/lots/{older}/deposits", market.operator, body)

    def test_bars_nobody_when_the_seller_was_at_fault(self, market, seller):
        lot, buyer = market.sold_lot(seller)
        market.move(self.sign_by(market, lot) + SIGNING_GRACE)
        again = market.lot(seller, market.read_lot(lot)["listing"])

        market.deposit(again, buyer)


class TestIncentive:
    @pytest.fixture
    def department(self, market):
        return market.member("regulator")

    def test_is_paid_to_a_deal_that_keeps_every_clause(self, market, department, seller):
        lot, _ = market.settled_deal(seller, "2000000")
        market.register(lot)
        claim = market.claim(lot, seller, market.programme(department))
        assert (claim["state"], of(claim["amount"])) == ("assessed", 20_000)

        paid = market.done("POST", f"/v1/claims/{claim['id']}/pay", department)
        assert (paid["state"], of(paid["paid"])) == ("paid", 20_000)
        assert of(market.done("GET", "/v1/programmes")["items"][0]["left"]) == 80_000

    def test_is_refused_by_a_named_clause_and_may_be_claimed_again(self, market, department, seller):
        lot, _ = market.settled_deal(seller)
        programme = market.programme(department)
        claim = market.claim(lot, seller, programme)

        assert (claim["state"], of(claim["amount"])) == ("refused", 0)
        failing = [line["clause"] for line in claim["trace"] if not line["holds"]]
        assert claim["refused_by"] == failing[0]
        assert len(failing) == 2  # not registered, and 200,000 is below 2,000,000
        market.refused("subsidies/wrong-state", "POST", f"/v1/claims/{claim['id']}/pay", department)
        body = market.claim_body(lot, programme)
        market.refused("subsidies/nothing-changed", "POST", "/v1/claims", seller, body)
        market.register(lot)
        assert market.claim(lot, seller, programme)["state"] == "refused"

    def test_binds_the_claimant_to_what_it_declared(self, market, department, seller):
        lot, _ = market.settled_deal(seller, "2000000")
        market.register(lot)
        programme = market.programme(department)
        assert market.claim(lot, seller, programme, fiscal_funded=True)["state"] == "refused"

        body = market.claim_body(lot, programme)
        market.refused("subsidies/declared-otherwise", "POST", "/v1/claims", seller, body)

    @pytest.mark.parametrize("who", ["seller", "buyer"])
    def test_is_not_paid_once_a_party_is_suspended(self, market, world, department, seller, who):
        lot, buyer = market.settled_deal(seller, "2000000")
        market.register(lot)
        claim = market.claim(lot, seller, market.programme(department))
        suspended = {"seller": seller, "buyer": buyer}[who]
        reasons = {"reasons": ["失信"]}
        market.done("POST", f"/v1/organisations/{suspended.id}/suspend", market.operator, reasons)
        before = books(world)

        problem = market.refused("subsidies/sanctioned", "POST", f"/v1/claims/{claim['id']}/pay", department)
        assert problem["clause"] == "art. 5 (4)"
        assert books(world) == before

    def test_is_claimed_once(self, market, department, seller):
        lot, _ = market.settled_deal(seller, "2000000")
        market.register(lot)
        programme = market.programme(department)
        body = market.claim_body(lot, programme)
        claim = market.done("POST", "/v1/claims", seller, body)
        market.refused("subsidies/claimed-already", "POST", "/v1/claims", seller, body)
        market.done("POST", f"/v1/claims/{claim['id']}/pay", department)

        market.refused("subsidies/claimed-already", "POST", "/v1/claims", seller, body)
        market.refused("subsidies/wrong-state", "POST", f"/v1/claims/{claim['id']}/pay", department)

    def test_ends_with_the_budget(self, market, world, department, seller):
        lot, _ = market.settled_deal(seller, "2000000")
        market.register(lot)
        claim = market.claim(lot, seller, market.programme(department, "19999.99"))
        before = books(world)

        problem = market.refused("subsidies/budget-exhausted", "POST", f"/v1/claims/{claim['id']}/pay", department)
        assert problem["left"] == yuan("19999.99")
        assert books(world) == before
        assert market.done("GET", f"/v1/claims/{claim['id']}", seller)["state"] == "assessed"

    def test_is_the_sellers_to_claim(self, market, department, seller):
        lot, buyer = market.settled_deal(seller)
        body = market.claim_body(lot, market.programme(department))

        market.refused("subsidies/not-the-claimant", "POST", "/v1/claims", buyer, body)
        market.refused("contracts/no-such-contract", "POST", "/v1/claims", market.member("university"), body)


class TestDuty:
    def test_is_owed_to_inventors_whoever_of_the_holders_lists_the_asset(self, market, seller):
        enterprise = market.member("enterprise")
        holders = [
            {"organisation": enterprise.id, "share_bp": 100},
            {"organisation": seller.id, "share_bp": 9_900},
        ]
        asset = market.asset(enterprise, holders=holders)
        lot = market.lot(enterprise, market.open_listing(enterprise, asset=asset))
        market.move(instant.parse(market.read_lot(lot)["opens_at"]))
        market.bid(lot, market.bidder(lot), "100000")
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))

        assert market.deal(lot)["settlement"]["reward_min_percent"] == "50.00"


class TestRepeats:
    """Persisted, but the answer was lost: the same key gets the same answer, and nothing happens twice."""

    def test_of_every_command_of_a_deal_change_nothing(self, market, world, seller):
        department = market.member("regulator")
        lot, buyer = market.sold_lot(seller, "2000000")
        written = market.write_contract(lot, seller)
        contract, settlement = written["id"], market.deal(lot)["settlement"]["id"]
        terms = {"terms_sha256": written["terms_sha256"]}
        payment = {"amount": yuan("1990000"), "payment_reference": payment_reference()}
        programme = market.programme(department)

        def twice(method, path, by, body=None):
            key = f"twice {method} {path} {by.id}"
            first = market.call(method, path, by, body, key=key)
            after = books(world)
            again = market.call(method, path, by, body, key=key)
            assert (first.status_code < 300, again.json(), again.headers["idempotency-replayed"]) == (
                True,
                first.json(),
                "true",
            ), first.text
            assert books(world) == after
            return first.json()

        twice("POST", f"/v1/contracts/{contract}/sign", seller, terms)
        twice("POST", f"/v1/contracts/{contract}/sign", buyer, terms)
        twice("POST", f"/v1/settlements/{settlement}/payments", market.operator, payment)
        twice("POST", f"/v1/settlements/{settlement}/settle", seller, {"costs": [], "reward_percent": "50"})
        twice("POST", f"/v1/contracts/{contract}/register", market.operator)
        claim = twice("POST", "/v1/claims", seller, market.claim_body(lot, programme))
        twice("POST", f"/v1/claims/{claim['id']}/pay", department)
