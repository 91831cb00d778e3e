"""A deal's pack in an auditor's hands: an honest one passes; what a cheat writes and signs is found."""

from dataclasses import replace

import pytest

from exchange.app.evidence import deal as evidence
from exchange.contracts import checks, rules
from exchange.contracts import model as contracts
from exchange.contracts.model import DEAL_VERSION, Fault
from ledger.kernel.canonical import encode
from ledger.log import signers
from tests import make_achievements as listings
from tests import make_contracts
from tests import make_deals as make
from tests.make_auctions import ANN, BEN, CAI, LOT
from tests.make_deals import STRANGER, forging, without
from tests.make_log import VKEY

KEY = signers.parse_vkey(VKEY)
ALL = {end: make.deal(end) for end in make.ENDS}
FELL = "auction.sale_fell_through"


@pytest.fixture(scope="module")
def facts():
    return ALL["subsidised"].pack()


@pytest.fixture(scope="module")
def files(facts):
    return rules.assemble(facts)


def told(facts) -> list[str]:
    """Everything that is found of a pack that is whole and signed, whoever made it."""
    return [
        *checks.chains(facts),
        *checks.disclosed(facts),
        *evidence.contract(facts),
        *evidence.money(facts),
        *evidence.incentive(facts),
    ]


def renamed(kind, otherwise):
    """A keeper that writes one kind of entry for another."""
    return lambda event: replace(event, kind=otherwise) if event.kind == kind else event


class TestCheck:
    @pytest.mark.parametrize("end", make.ENDS)
    def test_finds_nothing_wrong_with_an_honest_deal(self, end):
        facts = ALL[end].pack()

        assert list(checks.check(rules.assemble(facts))) == []
        assert list(checks.proven(facts, [KEY])) == []
        assert told(facts) == []

    @pytest.mark.parametrize("end", make.ENDS)
    def test_finds_nothing_wrong_when_values_stay_sealed(self, end):
        assert told(replace(ALL[end].pack(), disclosures=())) == []

    def test_reads_the_facts_back_as_they_were(self, facts, files):
        assert rules.assemble(checks.facts(files)) == files
        assert (checks.facts(files).version, checks.facts(files).edition) == (facts.version, facts.edition)

    @pytest.mark.parametrize("written", [b"0", b"-1", b"true", b'"2"', b"2.5", b"null", b"1000001"])
    def test_names_an_edition_that_is_none(self, files, written):
        changed = files["pack.json"].replace(b'"edition": 2', b'"edition": ' + written)

        assert "pack.json: names no edition" in list(checks.check({**files, "pack.json": changed}))

    @pytest.mark.parametrize(
        ("old", "new"),
        [(b'"edition": 2', b'"edition": 3'), (b'"v": 2', b'"v": 2.0'), (b'"claims": [', b'"claims": ["clm_x",')],
    )
    def test_names_a_manifest_that_was_rewritten(self, files, old, new):
        assert old in files["pack.json"]
        changed = {**files, "pack.json": files["pack.json"].replace(old, new)}
        found = list(checks.check(make_contracts.relisted(changed)))

        # Another edition is a pack as sound in itself: the page says it too, and a copy of the log which file it was.
        assert any(name in one for one in found for name in ("pack.json", "index.html"))

    def test_names_a_deals_pack_passed_off_as_a_lots(self, files):
        lots = make_contracts.relisted({**files, "pack.json": files["pack.json"].replace(b'"v": 2', b'"v": 1')})
        found = list(checks.check(lots))

        assert f"is about {make.CONTRACT}, which this pack is not about" in "\n".join(found)

    @pytest.mark.parametrize("name", ["README.txt", "index.html", "timeline.json"])
    def test_names_every_page_that_says_otherwise(self, files, name):
        changed = {**files, name: files[name].replace("让".encode(), "转".encode(), 1) + b" "}
        found = list(checks.check(make_contracts.relisted(changed)))

        assert f"{name}: does not say what the entries say" in found

    def test_finds_nothing_wrong_with_the_lots_own_pack_of_a_deal(self):
        lot = rules.assemble(ALL["subsidised"].lot_pack())

        assert list(checks.check(lot)) == []


class TestProven:
    def test_names_every_entry_that_was_changed(self, facts):
        for place, one in enumerate(facts.exhibits):
            forged = replace(one, entry=one.entry.replace(b'"v":1', b'"v":2'))
            exhibits = (*facts.exhibits[:place], forged, *facts.exhibits[place + 1 :])
            (found,) = checks.proven(replace(facts, exhibits=exhibits), [KEY])
            assert f"entries/{one.index:09d}.json" in found


class TestChains:
    @pytest.mark.parametrize(
        ("subject", "found"),
        [
            (make.CONTRACT, f"{LOT}: was sold, and no contract here names it"),
            (make.SETTLEMENT, f"{LOT}: was sold, and no settlement here names it"),
            (listings.ASSET, f"{listings.ASSET}: has no entry here"),
        ],
    )
    def test_miss_a_whole_subject(self, facts, subject, found):
        assert found in list(checks.chains(without(facts, subject)))

    def test_do_not_miss_a_claim(self, facts):
        """Nothing in the pack names it: only a copy of the log can tell, see the evidence's tests."""
        assert list(checks.chains(without(facts, make.CLAIM))) == []

    def test_miss_every_entry_but_the_last_of_a_subject(self, facts):
        for one in facts.exhibits:
            entry = rules.parse(one.entry)
            rest = replace(facts, exhibits=tuple(other for other in facts.exhibits if other is not one))
            last = max(
                other.index for other in facts.exhibits if rules.parse(other.entry)["subject"] == entry["subject"]
            )
            if one.index != last:
                assert list(checks.chains(rest)), entry["kind"]

    @pytest.mark.parametrize("end", ["unsigned", "unwritten", "unpaid"])
    def test_take_a_sale_that_fell_through_for_one(self, end):
        facts = ALL[end].pack()

        assert any(b'"auction.sale_fell_through"' in one.entry for one in facts.exhibits)
        assert list(checks.chains(facts)) == []
        assert list(checks.chains(without(facts, make.CONTRACT))) == [f"{LOT}: was sold, and no contract here names it"]
        assert list(checks.chains(ALL[end].lot_pack())) == []  # built late, it tells of that too

    def test_admit_no_falling_through_of_what_was_not_sold(self):
        ledger = make.deal("unsigned", forge=renamed("auction.lot_sold", "auction.lot_unsold"))

        assert f"{LOT}: ends without a result" in list(checks.chains(ledger.pack()))

    def test_admit_no_second_contract_of_the_lot(self):
        ledger = make.deal("due")
        opened = next(rules.parse(one) for one in ledger.contents if b'"contract.opened"' in one)
        ledger.record("ctr_" + "7" * 26, "contract.opened", opened["data"])
        more = ledger.facts([*ledger.subjects(), "ctr_" + "7" * 26])
        found = list(checks.chains(replace(more, version=DEAL_VERSION)))

        assert found == [
            f"entries/{len(ledger.contents) - 1:09d}.json: is about ctr_{'7' * 26}, which this pack is not about"
        ]

    def test_admit_no_contract_of_a_lot_that_was_not_sold(self):
        ledger = make_contracts.story(bids=False)
        ledger.record(make.CONTRACT, "contract.opened", {"lot": LOT})
        facts = ledger.facts([LOT, listings.LISTING, listings.ASSET, make.CONTRACT])

        assert list(checks.chains(replace(facts, version=DEAL_VERSION))) == [
            f"{make.CONTRACT}: is of a lot that was not sold"
        ]


OPENED = {
    "contract.opened": {"buyer"},
    "contract.written": {"document_sha256", "parts", "by"},
    "contract.signed": {"by"},
    "escrow.deposit_held": {"payer"},
    "escrow.awarded": {"buyer"},
    "escrow.balance_paid": {"payer"},
    "escrow.settled": {"costs", "split", "payouts", "by"},
    "subsidy.claim_assessed": {"by"},
}


class TestDisclosed:
    def test_are_the_sellers_own_and_the_buyers_name_and_nothing_else(self, facts):
        kinds = {rules.parse(one.entry)["id"]: rules.parse(one.entry)["kind"] for one in facts.exhibits}
        told: dict[str, set[str]] = {}
        for one in facts.disclosures:
            if kinds[one.entry].split(".")[0] in {"contract", "escrow", "subsidy"}:
                told.setdefault(kinds[one.entry], set()).add(one.field)

        assert told == OPENED

    def test_name_the_buyer_alone_and_only_where_the_sale_rests_on_it(self, facts):
        named = [one.value for one in facts.disclosures if one.field in {"buyer", "bidder", "payer"}]

        assert named == [CAI] * 7

    def test_show_who_signed_for_the_seller_and_not_who_for_the_buyer(self, facts):
        signed = [rules.parse(one.entry) for one in facts.exhibits if b'"contract.signed"' in one.entry]
        parties = {one["id"]: one["data"]["party"] for one in signed}

        assert [parties[one.entry] for one in facts.disclosures if one.entry in parties] == ["seller"]

    def test_name_every_other_value_given_away(self, facts):
        entries = {rules.parse(one.entry)["id"] for one in facts.exhibits}
        others = [one for one in ALL["subsidised"].disclosures if one.entry in entries and one not in facts.disclosures]
        found = list(checks.disclosed(replace(facts, disclosures=(*facts.disclosures, *others))))

        assert found == [f"disclosures.jsonl: {one.field} of {one.entry} is not the seller's to see" for one in others]
        assert {ANN, BEN} <= {one.value for one in others if isinstance(one.value, str)}
        assert {"reference", "by", "payer", "inventors"} <= {one.field for one in others}

    def test_name_every_value_that_is_not_the_sealed_one(self, facts):
        for one in facts.disclosures:
            false = replace(one, value={"not": "this"})
            rest = tuple(false if other is one else other for other in facts.disclosures)
            assert f"{one.field} of {one.entry} is not what the entry seals" in "\n".join(
                checks.disclosed(replace(facts, disclosures=rest))
            )

    @pytest.mark.parametrize("end", ["subsidised", "unsigned", "unwritten", "unpaid"])
    def test_name_a_buyer_that_is_not_opened_everywhere_the_sale_rests_on_it(self, end):
        facts = ALL[end].pack()
        resting = [one for one in facts.disclosures if one.field in {"bidder", "payer", "buyer"}]
        for hidden in resting:
            rest = tuple(one for one in facts.disclosures if one is not hidden)
            found = list(checks.disclosed(replace(facts, disclosures=rest)))
            sold = rules.parse(next(one.entry for one in facts.exhibits if b'"auction.lot_sold"' in one.entry))["id"]
            needed = f"opens the buyer, and not the {hidden.field} of {hidden.entry}, which it must be"
            assert (found == [f"disclosures.jsonl: {needed}"]) == (hidden.entry != sold)

    @pytest.mark.parametrize("end", ["subsidised", "refused", "unsigned", "unpaid"])
    def test_name_an_act_of_the_seller_of_which_it_is_not_shown_that_it_was(self, end):
        facts = ALL[end].pack()
        kinds = {rules.parse(one.entry)["id"]: rules.parse(one.entry)["kind"] for one in facts.exhibits}
        for hidden in facts.disclosures:
            if hidden.field == "by" and kinds[hidden.entry].split(".")[0] in {"contract", "escrow", "subsidy"}:
                rest = tuple(one for one in facts.disclosures if one is not hidden)
                assert list(checks.disclosed(replace(facts, disclosures=rest))) == [
                    f"disclosures.jsonl: opens the buyer, and not the by of {hidden.entry}, which it must be"
                ]

    def test_open_nothing_of_a_contract_of_another_seller(self):
        facts = make.deal("due", forge=forging("contract.opened", seller=STRANGER)).pack()
        of_contract = {rules.parse(one.entry)["id"] for one in facts.exhibits if b'"subject":"ctr_' in one.entry}

        assert not [one for one in facts.disclosures if one.entry in of_contract]
        assert told(facts)


class TestAcross:
    """Everything is consistent and signed, but the keeper of the log wrote something else than was decided."""

    @pytest.mark.parametrize(
        ("end", "forge", "found"),
        [
            ("due", forging("contract.opened", price_fen="1110001"), "says price_fen 1110001, and the sale 1110000"),
            ("due", forging("contract.opened", listing="lst_x"), "says listing lst_x, and the sale lst_"),
            ("due", forging("contract.opened", seller=STRANGER), f"says seller {STRANGER}, and the sale org_"),
            ("due", forging("contract.opened", region="1501"), "says region 1501, and the sale 1502"),
            ("due", forging("contract.opened", "sealed", buyer=ANN), f"names {ANN} where the lot was sold to {CAI}"),
            ("due", forging("escrow.awarded", "sealed", buyer=ANN), f"names {ANN} where the lot was sold to {CAI}"),
            ("due", forging("escrow.deposit_held", "sealed", nth=2, payer=ANN), f"names {ANN} where the lot was"),
            ("settled", forging("escrow.balance_paid", "sealed", payer=STRANGER), f"names {STRANGER} where the lot"),
            ("settled", forging("escrow.balance_paid", "sealed", payer=None), "names None where the lot"),
            ("settled", forging("escrow.balance_paid", "sealed", payer=[CAI]), "where the lot was sold to"),
            ("due", forging("escrow.opened", seller=STRANGER), f"says seller {STRANGER}, and the lot org_"),
            ("due", forging("escrow.opened", deposit_fen="100001"), "says deposit_fen 100001, and the lot 100000"),
            ("due", forging("escrow.deposit_held", code="0077"), "confirms a deposit of code 0011 that is not in the"),
            ("due", forging("escrow.deposit_held", code="0077"), "holds a deposit of code 0077 that was not confirmed"),
            ("due", forging("escrow.awarded", code="0011"), "is to code 0011, and the sale to 0013"),
            ("due", forging("escrow.awarded", price_fen="1120000"), "is of a price of 1120000 fen, and the sale of"),
            (
                "settled",
                forging("escrow.balance_paid", price_fen="1"),
                "is of a price of 1 fen, and the sale of 1110000",
            ),
            ("settled", forging("escrow.settled", price_fen="1"), "is of a price of 1 fen, and the sale of 1110000"),
            ("due", forging("escrow.balance_due", contract="ctr_x"), "is on another contract than ctr_"),
            (
                "due",
                forging("escrow.balance_due", effective_at="2026-04-05T01:00:00.000000Z"),
                "counts from another instant than the contract took effect at",
            ),
            ("unsigned", forging("contract.lapsed", fault="seller"), "did not end through the buyer's fault"),
            ("unsigned", forging("contract.lapsed", fault="seller"), "the buyer's deposit did not go back"),
            ("unwritten", forging("contract.lapsed", fault="buyer"), "and its deposit was not forfeited"),
            ("unwritten", forging("contract.lapsed", fault="buyer"), "did not end through the seller's fault"),
            ("unsigned", forging(FELL, fault="seller"), "says fault seller, and the deal buyer"),
            ("unsigned", forging(FELL, fault="seller"), "blames the seller, and the settlement did not end so"),
            ("unwritten", forging(FELL, fault="buyer"), "blames the buyer, and the settlement did not end so"),
            ("unpaid", forging(FELL, fault="seller"), "says fault seller, and the deal buyer"),
            ("unpaid", forging(FELL, code="0011"), "says code 0011, and the deal 0013"),
            ("unsigned", forging(FELL, code="0011"), "is of code 0011, and the deposit's end of 0013"),
            ("unwritten", forging(FELL, code="0011"), "is of code 0011, and the deposit's end of 0013"),
            ("unwritten", forging(FELL, fault=None), "blames the None, and the settlement did not end so"),
            ("unwritten", forging(FELL, fault=["seller"]), "says fault None, and the deal seller"),
            ("unsigned", renamed(FELL, "x.y"), f"ends the contract, and {LOT} does not say that its sale fell through"),
            ("unpaid", renamed(FELL, "x.y"), f"ends the contract, and {LOT} does not say that its sale fell through"),
            ("unsigned", renamed("contract.lapsed", "x.y"), "takes the sale back, and the contract did not end"),
            ("subsidised", forging("subsidy.claim_assessed", claimant=STRANGER), "is not the seller's"),
            ("refused", forging("subsidy.claim_refused", nth=1, claimant=STRANGER), "is not the seller's"),
        ],
    )
    def test_finds_what_contradicts_the_sale(self, end, forge, found):
        facts = make.deal(end, forge=forge).pack()

        assert any(found in one for one in checks.across(facts))
        assert all(one.startswith(("entries/", "ctr_", "stl_")) for one in checks.across(facts))

    @pytest.mark.parametrize(
        ("name", "value", "found"),
        [
            ("paid_fen", 1_110_001, "says paid_fen 1110001, and 1110000 was paid"),
            ("paid_at", make.listings.MONDAY, "says paid_at 2026-03-02T01:00:00.000000Z"),
            ("signed_at", make.listings.MONDAY, "says signed_at 2026-03-02T01:00:00.000000Z"),
            ("registered_at", None, "says registered_at None"),
            ("listed_at", make.make.OPENS, "says listed_at 2026-04-02T01:00:00.000000Z, when the listing was not"),
        ],
    )
    def test_finds_facts_of_a_claim_that_are_not_the_deals(self, name, value, found):
        facts = make.deal("subsidised", **{name: value}).pack()

        assert any(found in one for one in checks.incentive_across(facts))

    def test_finds_a_deal_granted_twice_under_a_rule(self):
        ledger = make.deal("subsidised")
        entry = next(rules.parse(one) for one in ledger.contents if b'"subsidy.claim_assessed"' in one)
        again = make.Event(
            kind=entry["kind"], subject=make.SECOND_CLAIM, rule=entry["rule"], data=entry["data"], sealed={"by": None}
        )
        ledger.happen(make.tick(ledger.now), [again])

        assert any("for the second time" in one for one in checks.incentive_across(ledger.pack()))

    def test_finds_a_sale_taken_back_before_its_contract_ended(self):
        ledger = make.deal("due")
        ledger.fall_through(Fault.BUYER, make.tick(ledger.now))
        ledger.agree(contracts.Rescind(), make.officer(ledger.settlement.pay_by))

        assert any("before the contract ended" in one for one in checks.contract_across(ledger.pack()))

    @pytest.mark.parametrize("kind", ["escrow.awarded", "escrow.balance_due", "escrow.deposit_forfeited"])
    def test_finds_what_did_not_happen_to_the_money(self, kind):
        ledger = make.deal("unpaid", forge=lambda event: replace(event, kind="x.y") if event.kind == kind else event)

        assert list(checks.money_across(ledger.pack()))

    def test_says_nothing_of_a_lots_pack(self):
        assert list(checks.across(ALL["unpaid"].lot_pack())) == []


def otherwise(value):
    """Another value of the same form."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value.isdigit() and len(value) < 16:
            return f"{int(value) + 1:0{len(value)}d}"
        case str() if value.endswith("Z") and "T" in value:
            return value.replace("2026-", "2027-", 1)
        case str():
            return value[:-1] + ("x" if value[-1] != "x" else "y")
        case list() | tuple():
            return list(value)[:-1]
        case dict():
            name = min(value)
            return {**value, name: otherwise(value[name])}
        case None:
            return "2026-04-05T01:00:00.000000Z"


def fields():
    """Every public and every opened field of every entry of a deal, by where it stands."""
    for end in ("subsidised", "refused", "unsigned", "unwritten", "unpaid"):
        ledger = ALL[end]
        opened = {(one.entry, one.field) for one in ledger.pack().disclosures}
        seen: dict[str, int] = {}
        for content in ledger.contents:
            entry = rules.parse(content)
            kind = entry["kind"]
            of_deal = kind == FELL or kind.split(".")[0] in {"contract", "escrow", "subsidy"}
            if not of_deal or kind == "subsidy.programme_opened":
                continue
            nth = seen.get(kind, 0)
            seen[kind] = nth + 1
            for name in entry["data"]:
                yield end, kind, nth, "data", name
            for name in entry["sealed"]:
                if (entry["id"], name) in opened:
                    yield end, kind, nth, "sealed", name


UNTOLD = {
    ("subsidy.claim_refused", "programme"),
    ("subsidy.claim_refused", "received_fen"),
}
"""What no entry of the pack contradicts: kept here so that the list grows only on purpose."""


class TestEveryField:
    """The keeper of the log writes one field of one entry otherwise, and signs: it is found, or listed."""

    @pytest.mark.parametrize(("end", "kind", "nth", "member", "name"), list(dict.fromkeys(fields())))
    def test_is_held_against_another(self, end, kind, nth, member, name):
        seen: list[str] = []

        def forge(event):
            if event.kind == kind:
                seen.append(kind)
                if len(seen) == nth + 1:
                    values = getattr(event, member)
                    return replace(event, **{member: {**values, name: otherwise(values[name])}})
            return event

        facts = make.deal(end, forge=forge).pack()
        assert bool(told(facts)) is ((kind, name) not in UNTOLD), told(facts)


class TestHostile:
    def test_entries_of_any_shape_are_read_without_an_accident(self, facts):
        for junk in ([], {}, {"transfers": [1, {}], "terms": 3, "facts": [], "trace": [{}], "rules": None, "code": 1}):
            for one in facts.exhibits:
                entry = rules.parse(one.entry)
                broken = replace(one, entry=encode({**entry, "data": junk if isinstance(junk, dict) else {}}))
                exhibits = tuple(broken if other is one else other for other in facts.exhibits)
                told(replace(facts, exhibits=exhibits))
