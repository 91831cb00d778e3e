"""What a deal's page says in words: none of machines, deadlines as people count, sums that can be redone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from exchange.auctions import model as auctions
from exchange.contracts import model as contracts
from exchange.contracts import rules
from exchange.contracts.rules import labels, markup, reading
from exchange.contracts.rules.deal import details
from ledger.log.model import EventKind
from listings.achievements import model as achievements
from settlement.escrow import model as escrow
from settlement.subsidies import model as subsidies
from tests import make_deals as make

ALL = {end: make.deal(end) for end in make.ENDS}
OF_OTHERS = {"contract.pack_built", "subsidy.programme_opened"}  # their subjects are in no pack


def page(end, **changes):
    return rules.assemble(replace(ALL[end].pack(), **changes))["index.html"].decode()


def record(end):
    return reading.read(ALL[end].pack())


def line(kind, data):
    return reading.Line(7, reading.Said({"kind": kind, "subject": "x", "data": data}), reading.Said({}))


class TestLabels:
    def test_name_whatever_can_happen_to_a_subject_of_a_pack(self):
        wings = (auctions, achievements, contracts, escrow, subsidies)
        kinds = {one.name for wing in wings for one in vars(wing).values() if isinstance(one, EventKind)}

        assert len(kinds) > 40
        assert {kind for kind in kinds - OF_OTHERS if labels.event(kind) == (kind, kind)} == set()

    @pytest.mark.parametrize(("fault", "shown"), [("buyer", "受让方"), ("seller", "让与方")])
    def test_say_of_a_sale_that_fell_through_whose_it_was_and_whose_fault(self, fault, shown):
        fell = line(auctions.SALE_FELL_THROUGH.name, {"code": "8032", "fault": fault})

        assert labels.event(fell.kind)[0] == "成交后未履约，交易未成"
        assert details.deal_detail(fell).startswith(f"竞买代码 8032 · 责任方 {shown}")

    def test_say_which_lot_a_listing_waits_for(self):
        told = details.deal_detail(line(achievements.LISTING_RESERVED.name, {"deal": "lot_1"}))

        assert told == "标的 <code>lot_1</code>"


class TestBefore:
    @pytest.mark.parametrize(
        ("at", "shown"),
        [
            (datetime(2026, 4, 10, 16, 0, tzinfo=UTC), "2026-04-10 24:00:00 前"),
            (datetime(2026, 4, 10, 15, 59, 59, tzinfo=UTC), "2026-04-10 23:59:59 前"),
            (datetime(2026, 4, 10, 16, 0, 0, 1, tzinfo=UTC), "2026-04-11 00:00:00.000001 前"),
            (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), "2025-12-31 24:00:00 前"),
            (None, "—"),
        ],
    )
    def test_writes_midnight_as_the_end_of_the_last_day(self, at, shown):
        assert markup.before(at) == shown


class TestSignatures:
    @pytest.mark.parametrize(("end", "missing"), [("unsigned", 1), ("due", 0), ("unpaid", 0), ("unwritten", 0)])
    def test_show_who_has_not_signed(self, end, missing):
        assert page(end).count("未签署 <span") == missing

    def test_name_the_party_that_is_missing(self):
        told = page("unsigned")
        row = told[: told.index("未签署 <span")].rsplit("<tr", 1)[1]

        assert "受让方" in row
