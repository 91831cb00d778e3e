"""A pack is computed from facts alone, opens only what its seller may see, and cannot be made to carry markup."""

import json
from dataclasses import replace
from xml.dom import minidom

import pytest

from exchange.contracts import rules
from exchange.contracts.model import Facts
from exchange.contracts.rules import bids, ladder, markup, reading
from exchange.contracts.service import zipped
from ledger.log.model import Disclosure
from tests import make_achievements as listings
from tests import make_contracts as make
from tests.make_auctions import ANN, BEN, CAI, LOT


@pytest.fixture(scope="module")
def facts() -> Facts:
    return make.story().facts([LOT, listings.LISTING, listings.ASSET])


@pytest.fixture(scope="module")
def files(facts) -> dict[str, bytes]:
    return rules.assemble(facts)


class TestAssemble:
    def test_makes_the_same_bytes_of_the_same_facts(self, facts, files):
        again = make.story().facts([LOT, listings.LISTING, listings.ASSET])

        assert zipped(rules.assemble(again)) == zipped(files)

    def test_holds_every_entry_of_lot_listing_and_asset_and_none_other(self, files):
        entries = [json.loads(content) for name, content in sorted(files.items()) if name.startswith("entries/")]

        assert {entry["subject"] for entry in entries} == {LOT, listings.LISTING, listings.ASSET}
        assert [entry["kind"].split(".")[1] for entry in entries if entry["subject"] == LOT] == [
            *("lot_announced", "deposit_confirmed", "deposit_confirmed", "deposit_confirmed"),
            *("bid_accepted", "bid_accepted", "bid_accepted", "bid_accepted"),
            *("bid_parked", "bid_accepted", "bid_refused", "lot_sold"),
        ]

    def test_names_its_files_as_the_layout_says(self, files):
        assert {name for name in files if "/" not in name} == {
            *("README.txt", "index.html", "pack.json", "timeline.json", "checkpoint", "log.vkey", "disclosures.jsonl")
        }
        assert {
            name.replace("entries", "proofs").replace(".json", ".tlog-proof") for name in _under(files, "entries")
        } == (set(_under(files, "proofs")))

    def test_lists_every_other_file_in_the_manifest(self, files):
        manifest = json.loads(files["pack.json"])

        assert [one["name"] for one in manifest["files"]] == sorted(set(files) - {"pack.json"})
        assert (manifest["lot"], manifest["listing"], manifest["asset"]) == (LOT, listings.LISTING, listings.ASSET)
        assert (manifest["v"], manifest["rule"]) == (1, "judicial-2016@1")

    def test_shows_the_deal_to_people(self, files):
        page = files["index.html"].decode()

        for shown in (
            *("稀土永磁制备技术", "¥11,100.00", "¥10,800.00", "2026-04-03 09:08:59.999999", "内大校发〔2026〕12号"),
            *("judicial-2016@1", "未达到加价幅度", "说明书 1.pdf", "摘要过于简单", "a" * 64, str(CAI)),
        ):
            assert shown in page
        minidom.parseString(page[page.index("<main>") : page.index("</main>") + len("</main>")])

    def test_says_nothing_of_the_losers(self, files):
        whole = b"".join(files.values())

        assert str(ANN).encode() not in whole
        assert str(BEN).encode() not in whole
        assert "回单".encode() not in whole
        assert "乌云其其格".encode() not in whole

    def test_makes_a_page_of_a_lot_nobody_bid_for(self):
        page = make.story(bids=False).files()["index.html"].decode()

        assert "无人出价" in page
        assert "<svg" not in page
        assert "受让方" in page

    def test_makes_a_page_of_a_reserve_not_met(self):
        page = make.story(reserve_fen=1_200_000).files()["index.html"].decode()

        assert "未达到保留价" in page
        assert str(CAI) not in page

    def test_makes_a_pack_of_a_lot_without_a_listing(self, facts):
        alone = [one for one in facts.exhibits if rules.parse(one.entry)["subject"] == LOT]
        bare = replace(alone[0], entry=alone[0].entry.replace(f'"{listings.LISTING}"'.encode(), b"null"))
        files = rules.assemble(replace(facts, exhibits=(bare, *alone[1:])))

        assert json.loads(files["pack.json"])["listing"] is None
        assert "挂牌编号" not in files["index.html"].decode()

    def test_draws_a_page_of_entries_without_sense(self, facts):
        fields = {"kind": 5, "subject": LOT, "data": {"amount_fen": "9" * 5000, "increments": [1], "ends_at": "x"}}
        senseless = [
            replace(one, entry=json.dumps({"kind": kind, "subject": LOT} | part).encode())
            for one in facts.exhibits[:1]
            for kind in ("auction.lot_announced", "auction.bid_accepted", "auction.lot_sold", "listing.disclosed")
            for part in (
                {},
                {"data": []},
                {"data": {"listing": 3, "profile": 1, "documents": {}, "bid": [], "code": 1}},
                fields,
            )
        ]
        for one in senseless:
            assert b"</html>" in rules.assemble(replace(facts, exhibits=(one,)))["index.html"]


def _under(files, folder):
    return [name for name in files if name.startswith(f"{folder}/")]


class TestEntitled:
    def test_opens_exactly_what_the_seller_may_see(self, facts):
        kinds = {line.id: line.kind for line in reading.read(facts).lines}
        opened = {(kinds[one.entry], one.field) for one in facts.disclosures}

        papers = {"document_names", "approval_number", "approval_body", "floor_fen", "by"}
        assert opened == {
            ("auction.lot_announced", "reserve_fen"),
            ("auction.lot_announced", "excluded"),
            ("auction.lot_announced", "by"),
            ("auction.deposit_confirmed", "bidder"),
            ("auction.bid_accepted", "bidder"),
            ("auction.bid_parked", "amount_fen"),
            ("auction.lot_sold", "buyer"),
            *(("listing.submitted", field) for field in papers | {"title", "abstract"}),
            *(("listing.disclosed", field) for field in papers),
            ("listing.returned", "reasons"),
            ("listing.reserved", "by"),
            ("asset.registered", "title"),
        }

    def test_opens_the_buyer_wherever_the_sale_rests_on_it_and_no_other_bidder(self, facts):
        lines = {line.id: line for line in reading.read(facts).lines}
        bidders = [one for one in facts.disclosures if one.field in {"bidder", "buyer"}]

        assert [(lines[one.entry].kind, lines[one.entry].data.text("code"), one.value) for one in bidders] == [
            ("auction.deposit_confirmed", "0013", CAI),
            ("auction.bid_accepted", "0013", CAI),
            ("auction.lot_sold", "0013", CAI),
        ]
        assert [lines[one.entry].data.number("number") for one in bidders] == [None, 5, None]

    @pytest.mark.parametrize("story", [{"bids": False}, {"reserve_fen": 1_200_000}])
    def test_opens_no_bidder_of_a_lot_that_was_not_sold(self, story):
        facts = make.story(**story).facts([LOT, listings.LISTING, listings.ASSET])

        assert {one.field for one in facts.disclosures} & {"bidder", "buyer"} == set()

    def test_opens_nothing_of_another_sellers_listing(self):
        ledger = make.story()
        facts = ledger.facts([LOT, listings.LISTING, listings.ASSET])
        stranger = make.OrganisationId.from_number(500)
        exhibits = tuple(
            replace(
                one, entry=one.entry.replace(f'"seller":"{make.SELLER}"'.encode(), f'"seller":"{stranger}"'.encode())
            )
            for one in facts.exhibits
        )
        kinds = {line.id: line.kind for line in reading.read(facts).lines}
        opened = {
            kinds[one.entry] for one in rules.opened(replace(facts, exhibits=exhibits), ledger.disclosures).disclosures
        }

        assert opened == {
            *("auction.lot_announced", "auction.bid_parked", "auction.lot_sold"),
            *("auction.deposit_confirmed", "auction.bid_accepted"),
        }

    def test_keeps_an_amount_shut_that_was_never_decided(self, facts):
        undecided = tuple(
            one
            for one in facts.exhibits
            if rules.parse(one.entry)["kind"] not in {"auction.bid_accepted", "auction.bid_refused"}
        )
        kinds = {line.id: line.kind for line in reading.read(facts).lines}
        kept = rules.opened(replace(facts, exhibits=undecided), facts.disclosures).disclosures

        assert "auction.bid_parked" not in {kinds[one.entry] for one in kept}

    def test_keeps_shut_who_acted_for_another(self, facts):
        line = next(line for line in reading.read(facts).lines if line.kind == "listing.reserved")
        others = {"organisation": str(make.OFFICER), "person": None}
        other = Disclosure(entry=line.id, field="by", salt="0" * 32, value=others)
        nameless = replace(other, value="by")

        assert rules.opened(facts, [other, nameless]).disclosures == ()


class TestBids:
    def test_come_in_the_order_of_decision_with_what_each_did(self, facts):
        told = [
            (one.number, one.code, one.amount_fen, one.extends, one.wins, bool(one.parked_in), one.refusal)
            for one in bids.bids(reading.read(facts))
        ]

        assert told == [
            (1, "0011", 1_000_000, False, False, False, None),
            (2, "0012", 1_020_000, False, False, False, None),
            (3, "0013", 1_050_000, False, False, False, None),
            (4, "0011", 1_090_000, True, False, False, None),
            (5, "0013", 1_110_000, True, True, False, None),
            (6, "0012", 1_120_000, False, False, True, "auctions/below-increment"),
        ]


class TestLadder:
    def test_draws_one_point_for_each_bid(self, facts):
        drawn = ladder.ladder(bids.bids(reading.read(facts)), start_fen=1_000_000, reserve_fen=None)

        assert drawn.count("<circle") == 6
        assert drawn.count("point won") == 1
        assert drawn.count("point refused") == 1
        assert "保留价" not in drawn

    def test_stays_readable_with_a_thousand_bids(self, facts):
        one = bids.bids(reading.read(facts))[0]
        many = [replace(one, amount_fen=1_000_000 + number) for number in range(1_000)]
        drawn = ladder.ladder(many, start_fen=1_000_000, reserve_fen=1_000_000)

        assert drawn.count("<circle") == 1_000
        assert drawn.count('class="code"') == 12

    def test_draws_a_single_price(self, facts):
        one = bids.bids(reading.read(facts))[:1]

        assert "M104 " in ladder.ladder(one, start_fen=1_000_000, reserve_fen=None)

    def test_draws_nothing_of_nothing(self):
        assert ladder.ladder([], start_fen=1, reserve_fen=1) == ""


class TestMarkup:
    @pytest.mark.parametrize(
        ("written", "shown"),
        [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\"&'", "&quot;&amp;&#x27;"),
            ("a\x00\x1b[2Jb", "a\\u0000\\u001b[2Jb"),
            ("abc\u202edef", "abc\\u202edef"),
            ("ᠮᠣᠩᠭᠣᠯ\u202fᠤᠨ", "ᠮᠣᠩᠭᠣᠯ\u202fᠤᠨ"),
        ],
    )
    def test_escapes_all_text(self, written, shown):
        assert markup.el("td", written) == f"<td>{shown}</td>"
        assert markup.el("td", title=written) == f'<td title="{shown}"></td>'

    @pytest.mark.parametrize(
        ("fen", "shown"),
        [(None, "—"), (0, "¥0.00"), (5, "¥0.05"), (123_456_789, "¥1,234,567.89"), (99_999, "¥999.99")],
    )
    def test_writes_yuan(self, fen, shown):
        assert markup.yuan(fen) == shown

    def test_keeps_a_hostile_title_text(self):
        ledger = make.story()
        facts = ledger.facts([LOT, listings.LISTING, listings.ASSET])
        exhibits = tuple(
            replace(one, entry=one.entry.replace("稀土永磁制备技术".encode(), b"<img src=x onerror=alert(1)>"))
            for one in facts.exhibits
        )

        assert b"<img" not in rules.assemble(replace(facts, exhibits=exhibits, disclosures=()))["index.html"]
