"""An honest record of a scored lot passes; change one value in it, and the auditor names the entry."""

from copy import deepcopy

import pytest

from exchange.auctions import checks
from exchange.auctions.model import State
from tests import make_auctions as make
from tests import make_scored as scored
from tests.make_auctions import ANN, BEN, CAI, END, INSTANT, NOON


def story(*, opened=True):
    """Three bidders; Ann leads, then Ben for less, then Cai out of the parking, and Ann again before the end."""
    record = make.Record(opened=opened)
    lot = scored.opened(record, ANN, BEN, CAI)
    for organisation, amount_fen, at, number in (
        (ANN, 105_000, NOON, 1),
        (BEN, 100_000, END - INSTANT, 2),
        (CAI, 118_973, END, 3),
    ):
        lot = record.take(make.offer(lot, organisation, amount_fen, at, number), at)
    while lot.state is State.ANNOUNCED:
        due = make.rules.due_at(lot)
        lot = record.take(make.tick(lot, due), due)
    return record.entries, lot


def kind(entries, name, nth=0):
    return [entry for entry in entries if entry["kind"] == f"auction.{name}"][nth]


def scoring(entries):
    return kind(entries, "form_announced")["data"]["form"]["scoring"]


class TestCheck:
    @pytest.mark.parametrize("opened", [True, False])
    def test_finds_nothing_wrong_with_an_honest_record(self, opened):
        entries, lot = story(opened=opened)

        assert (lot.state, lot.leader.code) == (State.SOLD, "0013")
        assert [checks.check(entries[:length]) for length in range(len(entries) + 1)] == [[]] * (len(entries) + 1)

    # kind, which of them, what is changed, what is found
    LIES = (
        ("bid_accepted", 0, {"amount_fen": "99999", "price_fen": "99999"}, "deserved auctions/below-start"),
        ("bid_accepted", 2, {"amount_fen": "118972", "price_fen": "118972"}, "deserved auctions/below-leading-total"),
        ("bid_accepted", 1, {"price_fen": "105000"}, "states another price"),
        ("bid_accepted", 1, {"ends_at": "2026-03-03T12:00:00.000000Z"}, "should end bidding at"),
        ("bidder_scored", 3, {"scores": {"技术方案": 60, "实施能力": 60}}, "deserved auctions/below-leading-total"),
        ("bidder_scored", 0, {"scores": {"技术方案": 101, "实施能力": 60}}, "other scores than 0 to 100"),
        ("bidder_scored", 0, {"scores": {"技术方案": 80}}, "other scores than 0 to 100"),
        ("bidder_scored", 0, {"panellist": 4}, "is of no panellist"),
        ("bidder_scored", 1, {"panellist": 1}, "a second time for panellist 1"),
        ("bidder_scored", 0, {"panellist": 2}, "was not panellist 2's act"),
        ("bidder_scored", 0, {"code": "0077"}, "who has paid no deposit"),
        ("bidder_scored", 0, {"code": "0077"}, "whom not all of the panel have scored"),
        ("panel_named", 0, {"panellists": 5}, "another number of panellists"),
        ("lot_sold", 0, {"code": "0012"}, "should sell to 0013"),
        ("lot_sold", 0, {"price_fen": "100000"}, "should sell to 0013 at 118973 fen"),
    )

    @pytest.mark.parametrize(("name", "nth", "lie", "found"), LIES)
    def test_names_one_changed_value(self, name, nth, lie, found):
        entries, _ = story()
        kind(entries, name, nth)["data"].update(lie)

        findings = checks.check(entries)

        assert any(found in one for one in findings), findings

    @pytest.mark.parametrize(
        ("lie", "found"),
        [
            ({"price_weight_bp": 6_001}, "weights that do not add up"),
            ({"price_weight_bp": 2_000}, "too little weight"),
            ({"panellists": 2}, "an even number"),
            ({"panellists": 1}, "too few panellists"),
            ({"benchmark_fen": "0"}, "a benchmark that is no price"),
            ({"benchmark_fen": "90000"}, "deserved auctions/below-leading-total"),
            ({"criteria": [{"name": "甲", "weight_bp": 2_000}] * 2}, "names a criterion twice"),
        ],
    )
    def test_names_terms_that_cannot_be(self, lie, found):
        entries, _ = story()
        scoring(entries).update(lie)
        if lie == {"benchmark_fen": "90000"}:
            kind(entries, "bid_accepted", 2)["data"].update({"amount_fen": "108000", "price_fen": "108000"})

        findings = checks.check(entries)

        assert any(found in one for one in findings), findings

    def test_names_scores_that_come_too_late(self):
        entries, _ = story()
        at = "2026-03-02T12:00:00.000000Z"
        for entry in entries[entries.index(kind(entries, "bidder_scored", 8)) :]:
            entry["arrived_at"] = max(entry["arrived_at"], at)
            entry["recorded_at"] = max(entry["recorded_at"], at)

        assert any("scores 0013 too late" in one for one in checks.check(entries))

    def test_names_scores_after_a_bid(self):
        entries, _ = story()
        late = deepcopy(kind(entries, "bidder_scored", 0))
        entries.insert(entries.index(kind(entries, "bid_accepted", 1)), late)
        late["recorded_at"] = late["arrived_at"] = kind(entries, "bid_accepted")["arrived_at"]

        findings = checks.check(entries)

        assert any("scores 0011 after it has bid" in one for one in findings)
        assert any("a second time" in one for one in findings)

    @pytest.mark.parametrize(
        ("by", "found"),
        [
            ({"person": scored.PANEL[2], "organisation": scored.JUDGES}, "was not panellist 1's act"),
            ({"person": scored.PANEL[0], "organisation": make.SELLER}, "was the seller's act"),
            ({"person": scored.PANEL[0], "organisation": BEN}, "whose organisation may bid"),
        ],
    )
    def test_names_who_scored_without_a_seat(self, by, found):
        entries, _ = story()
        kind(entries, "bidder_scored", 0)["opened"]["by"] = by

        assert any(found in one for one in checks.check(entries))

    @pytest.mark.parametrize("panel", [[scored.PANEL[0]] * 3, list(scored.PANEL[:2])])
    def test_names_a_panel_that_is_not_whole(self, panel):
        entries, _ = story()
        kind(entries, "panel_named")["opened"]["panel"] = panel

        assert any("names a panellist twice, or not all" in one for one in checks.check(entries))

    def test_names_a_panel_that_comes_twice_or_late(self):
        entries, _ = story()
        entries.insert(4, kind(entries, "panel_named"))

        assert any("out of its turn" in one for one in checks.check(entries))

    def test_misses_a_panel_that_was_never_named(self):
        entries, _ = story()
        entries.remove(kind(entries, "panel_named"))

        assert any("before the panel was named" in one for one in checks.check(entries))

    def test_hears_no_scores_under_another_format(self):
        entries, _ = story()
        record = make.Record()
        lot = record.take(make.rules.decide(make.draft(), make.Announce(), make.cause(make.SELLER, NOON)), NOON)
        assert lot.state is State.ANNOUNCED
        record.entries.append(kind(entries, "bidder_scored") | {"rule": "judicial-2016@1", "seq": 1})

        assert any("not something that happens under this format" in one for one in checks.check(record.entries))

    def test_folds_to_the_lot(self):
        entries, lot = story()

        assert checks.fold(entries).leader_code == lot.leader.code
        assert checks.fold(entries).ends_at == lot.ends_at == END + make.WINDOW
