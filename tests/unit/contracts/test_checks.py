"""An honest pack passes; whatever is changed in it is found, also when the manifest is written anew."""

import json
from dataclasses import replace

import pytest

from exchange.contracts import checks, rules
from ledger.kernel import canonical
from ledger.log import signers
from tests import make_achievements as listings
from tests import make_contracts as make
from tests.make_auctions import LOT
from tests.make_log import OTHER_SIGNER, VKEY

KEY = signers.parse_vkey(VKEY)


@pytest.fixture(scope="module")
def ledger():
    return make.story()


@pytest.fixture(scope="module")
def facts(ledger):
    return ledger.facts([LOT, listings.LISTING, listings.ASSET])


@pytest.fixture(scope="module")
def files(ledger):
    return ledger.files()


def _nested(depth):
    """A proper entry whose data holds lists in lists, of which the innermost is `depth` below `data`."""
    entry = json.loads(make.story().contents[9])
    return canonical.encode(entry | {"data": {"x": 0}}).replace(b":0}", b":" + b"[" * depth + b"]" * depth + b"}")


class TestCheck:
    def test_admits_what_is_nested_deeper_than_any_entry_of_ours(self, files):
        found = list(checks.check({**files, "entries/000000009.json": _nested(30)}))

        assert all("nested" not in one for one in found)
        assert "timeline.json: does not say what the entries say" in found

    def test_finds_nothing_wrong_with_an_honest_pack(self, files):
        assert list(checks.check(files)) == []

    @pytest.mark.parametrize("told", [{"reserve_fen": None}, {"bids": False}, {"reserve_fen": 1_200_000}])
    def test_finds_nothing_wrong_however_the_lot_ended(self, told):
        assert list(checks.check(make.story(**told).files())) == []

    def test_finds_nothing_wrong_when_values_stay_sealed(self, facts):
        assert list(checks.check(rules.assemble(replace(facts, disclosures=())))) == []

    @pytest.mark.parametrize("name", ["README.txt", "index.html", "timeline.json", "checkpoint", "log.vkey"])
    def test_names_every_file_that_goes_missing(self, files, name):
        less = {one: content for one, content in files.items() if one != name}

        assert any(found.startswith(name) for found in checks.check(less))

    @pytest.mark.parametrize("name", ["README.txt", "index.html", "timeline.json"])
    def test_names_every_page_that_says_otherwise(self, files, name):
        changed = {**files, name: files[name].replace(b"11", b"12", 1) + b" "}

        assert list(checks.check(changed)) == [
            f"{name}: is not the file that pack.json lists",
            f"{name}: does not say what the entries say",
        ]
        found = list(checks.check(make.relisted(changed)))
        assert found == sorted([f"{name}: {_SAYS}", f"pack.json: {_SAYS}"])

    def test_names_a_file_that_no_pack_has(self, files):
        changed = {**files, "note.txt": b"trust me"}

        assert list(checks.check(changed)) == ["note.txt: is not listed in pack.json", "note.txt: is no part of a pack"]
        assert "note.txt: is no part of a pack" in list(checks.check(make.relisted(changed)))

    @pytest.mark.parametrize(
        ("written", "found"),
        [
            (b"", "pack.json: cannot be read"),
            (b"[]", "pack.json: is not of a mengkeju/record-pack"),
            (b'{"format":"mengkeju/record-pack","v":3}', "pack.json: is of a version not known here (1, 2)"),
            (b'{"format":"mengkeju/record-pack","v":1}', "pack.json: lists no files"),
            (b'{"format":"mengkeju/record-pack","v":"1"}', "pack.json: is of a version not known here (1, 2)"),
            (b'{"format":"mengkeju/record-pack"}', "pack.json: is of a version not known here (1, 2)"),
            (b'{"format":"mengkeju/record-pack","v":1,"files":3}', "pack.json: lists no files"),
            (b'{"format":"mengkeju/record-pack","v":1,"files":["x"]}', "pack.json: lists no files"),
            (b'{"format":"mengkeju/record-pack","v":1,"files":[],"lot":"x"}', "the lot, the key or the checkpoint"),
            (b"[" * 100_000, "pack.json: cannot be read"),
            (b"\xff", "pack.json: cannot be read"),
        ],
    )
    def test_names_a_manifest_that_is_none(self, files, written, found):
        assert any(one.startswith(found) for one in checks.check({**files, "pack.json": written}))

    @pytest.mark.parametrize(
        ("name", "written", "found"),
        [
            ("log.vkey", b"\xff", "the lot, the key or the checkpoint"),
            ("log.vkey", b"x+00000000+AA==", "the lot, the key or the checkpoint"),
            ("checkpoint", b"x", "the lot, the key or the checkpoint"),
            ("entries/000000009.json", b"{}", "entries/000000009.json: has not exactly the twelve fields"),
            ("entries/000000009.json", b"[" * 60_000, "entries/000000009.json: "),
            ("entries/0000000009.json", b"{}", "entries/0000000009.json: is not how entry 9 is named"),
            ("entries/000000099.json", b"{}", "entries/000000099.json: has not"),
            ("entries/000000009.json", _nested(31), "entries/000000009.json: is nested too deeply"),
            ("entries/000000009.json", _nested(985), "entries/000000009.json: is nested too deeply"),
            ("disclosures.jsonl", b"x\n", "disclosures.jsonl: line 1 is not JSON"),
            ("disclosures.jsonl", b"[]\n", "disclosures.jsonl: line 1 is no object"),
            ("disclosures.jsonl", b'{"entry":"e"}\n', "disclosures.jsonl: line 1 has not exactly"),
            (
                "disclosures.jsonl",
                b'{"entry":"e","field":"f","salt":"s","value":1}\n',
                "disclosures.jsonl: line 1 expected",
            ),
        ],
    )
    def test_names_what_cannot_be_read(self, files, name, written, found):
        last = list(checks.check({**files, name: written}))[-1]

        assert last.startswith(found)


_SAYS = "does not say what the entries say"


class TestProven:
    def test_finds_nothing_wrong_with_an_honest_pack(self, facts):
        assert list(checks.proven(facts, [KEY])) == []

    def test_names_every_entry_of_another_log(self, facts):
        found = list(checks.proven(facts, [OTHER_SIGNER.key]))

        assert len(found) == len(facts.exhibits)
        assert "none of the keys you trust signed this" in found[0]

    @pytest.mark.parametrize("place", [0, 7, -1])
    def test_names_the_entry_that_was_changed(self, facts, place):
        one = facts.exhibits[place]
        forged = replace(one, entry=one.entry.replace(b'"v":1', b'"v":2'))
        exhibits = tuple(forged if other is one else other for other in facts.exhibits)

        (found,) = checks.proven(replace(facts, exhibits=exhibits), [KEY])
        assert found.startswith(f"proofs/{one.index:09d}.tlog-proof: does not prove entries/{one.index:09d}.json")

    def test_names_a_proof_of_another_place(self, facts, ledger):
        first, second, *rest = facts.exhibits
        swapped = (replace(first, index=second.index), replace(second, index=first.index), *rest)

        assert list(checks.proven(replace(facts, exhibits=swapped), [KEY])) == [
            f"proofs/{second.index:09d}.tlog-proof: is of entry {first.index}",
            f"proofs/{first.index:09d}.tlog-proof: is of entry {second.index}",
        ]

    def test_names_a_proof_under_another_checkpoint(self, facts, ledger):
        older = ledger.checkpoint_at(len(ledger.contents) - 1)

        assert len(list(checks.proven(replace(facts, checkpoint=older), [KEY]))) == len(facts.exhibits)

    def test_names_what_nobody_signed(self, facts):
        one = facts.exhibits[0]
        noted = replace(one, proof=one.proof.replace(b"@v1\n", b"@v1\nextra aGk=\n", 1))

        assert list(checks.proven(replace(facts, exhibits=(noted,)), [KEY])) == [
            f"proofs/{one.index:09d}.tlog-proof: carries something that nobody signed"
        ]

    def test_names_a_proof_that_is_none(self, facts):
        broken = replace(facts.exhibits[0], proof=b"nothing")

        (found,) = checks.proven(replace(facts, exhibits=(broken,)), [KEY])
        assert "does not prove" in found


class TestChains:
    @pytest.mark.parametrize("kind", ["auction.lot_announced", "auction.bid_accepted", "listing.accepted"])
    def test_miss_an_entry_in_their_middle(self, facts, kind):
        gone = next(one for one in facts.exhibits if rules.parse(one.entry)["kind"] == kind)
        rest = tuple(one for one in facts.exhibits if one is not gone)

        assert any(
            "does not follow the entry before it" in found or "which this pack is not about" in found
            for found in (checks.chains(replace(facts, exhibits=rest)))
        )

    def test_miss_the_end_of_the_lot(self, facts):
        rest = tuple(one for one in facts.exhibits if rules.parse(one.entry)["kind"] != "auction.lot_sold")

        assert list(checks.chains(replace(facts, exhibits=rest))) == [f"{LOT}: ends without a result"]

    def test_miss_a_whole_subject(self, facts):
        rest = tuple(one for one in facts.exhibits if rules.parse(one.entry)["subject"] != listings.ASSET)

        assert list(checks.chains(replace(facts, exhibits=rest))) == [f"{listings.ASSET}: has no entry here"]

    def test_miss_the_listing(self, facts):
        rest = tuple(one for one in facts.exhibits if rules.parse(one.entry)["subject"] == LOT)

        assert list(checks.chains(replace(facts, exhibits=rest))) == [
            f"{listings.LISTING}: names no asset",
            f"{listings.LISTING}: has no entry here",
        ]

    def test_admit_no_other_subject(self, ledger, facts):
        more = ledger.facts([LOT, listings.LISTING, listings.ASSET, "log"])

        assert list(checks.chains(more)) == ["entries/000000000.json: is about log, which this pack is not about"]


class TestDisclosed:
    def test_names_a_value_that_is_not_the_sealed_one(self, facts):
        one = next(one for one in facts.disclosures if one.field == "reserve_fen")
        false = replace(one, value="1")

        assert list(checks.disclosed(replace(facts, disclosures=(false,)))) == [
            f"disclosures.jsonl: reserve_fen of {one.entry} is not what the entry seals"
        ]

    def test_names_a_value_of_no_entry_here(self, facts):
        one = replace(facts.disclosures[0], entry=make.EntryId.from_number(9_999))

        assert len(list(checks.disclosed(replace(facts, disclosures=(one,))))) == 1

    def test_names_a_loser_given_away(self, facts, ledger):
        entries = {rules.parse(one.entry)["id"] for one in facts.exhibits}
        bidders = [one for one in ledger.disclosures if one.field == "bidder" and one.entry in entries]
        others = [one for one in bidders if one not in facts.disclosures]

        assert (len(bidders), len(others)) == (10, 8)
        assert list(checks.disclosed(replace(facts, disclosures=tuple(others)))) == [
            f"disclosures.jsonl: bidder of {one.entry} is not the seller's to see" for one in others
        ]

    @pytest.mark.parametrize("nth", [0, 1])
    def test_names_a_buyer_opened_without_what_it_is_held_against(self, facts, nth):
        hidden = [one for one in facts.disclosures if one.field == "bidder"][nth]
        rest = tuple(one for one in facts.disclosures if one is not hidden)

        assert list(checks.disclosed(replace(facts, disclosures=rest))) == [
            f"disclosures.jsonl: opens the buyer, and not the bidder of {hidden.entry}, which it must be"
        ]

    def test_names_a_value_opened_twice(self, facts):
        twice = facts.disclosures[:1] * 2

        assert list(checks.disclosed(replace(facts, disclosures=twice))) == ["disclosures.jsonl: opens a value twice"]
