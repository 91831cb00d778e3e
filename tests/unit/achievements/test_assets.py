"""An asset keeps itself valid; who may record what burdens it, and which way to a deal each burden closes."""

from datetime import timedelta

import pytest

from ledger.kernel.errors import Refusal
from ledger.kernel.ids import OrganisationId
from listings.achievements import model, rules
from listings.achievements.model import EncumbranceKind, IpKind, Mode
from tests import make_achievements as make

BURDEN = model.EncumbranceId.from_number(1)
PATENT = "201710117081.7"
UTILITY = "201720117081.2"
DESIGN = "201730117081.8"


def holders(*shares: int):
    return tuple(
        model.Holder(organisation=OrganisationId.from_number(n), share_bp=share)
        for n, share in enumerate(shares, start=1)
    )


def outcome(function, *args) -> str:
    try:
        function(*args)
    except Refusal as refusal:
        return refusal.code().removeprefix("achievements/")
    return "ok"


class TestAsset:
    @pytest.mark.parametrize(
        ("kind", "number", "expected"),
        [
            (IpKind.INVENTION_PATENT, PATENT, "ok"),
            (IpKind.INVENTION_PATENT, "201780117081.5", "ok"),
            (IpKind.INVENTION_PATENT, UTILITY, "number-of-another-kind"),
            (IpKind.INVENTION_PATENT, None, "number-missing"),
            (IpKind.UTILITY_MODEL, UTILITY, "ok"),
            (IpKind.UTILITY_MODEL, "201790117081.0", "ok"),
            (IpKind.UTILITY_MODEL, DESIGN, "number-of-another-kind"),
            (IpKind.DESIGN, DESIGN, "ok"),
            (IpKind.DESIGN, PATENT, "number-of-another-kind"),
            (IpKind.DESIGN, None, "number-missing"),
            (IpKind.SOFTWARE_COPYRIGHT, None, "ok"),
            (IpKind.SOFTWARE_COPYRIGHT, PATENT, "number-not-expected"),
            (IpKind.PLANT_VARIETY, None, "ok"),
            (IpKind.IC_LAYOUT, None, "ok"),
            (IpKind.TRADE_SECRET, None, "ok"),
            (IpKind.TRADE_SECRET, PATENT, "number-not-expected"),
        ],
    )
    def test_has_the_number_its_kind_needs(self, kind, number, expected):
        parsed = number and model.ApplicationNumber(number)

        assert outcome(lambda: make.asset(kind=kind, application_number=parsed)) == expected

    @pytest.mark.parametrize(
        ("shares", "expected"),
        [
            ((10_000,), "ok"),
            ((3_334, 3_333, 3_333), "ok"),
            ((9_999, 1), "ok"),
            ((200,) * 50, "ok"),
            ((), "unusable-field"),
            ((200,) * 49 + (100, 100), "unusable-field"),
            ((9_999,), "shares-not-whole"),
            ((10_001,), "shares-not-whole"),
            ((5_000, 5_001), "shares-not-whole"),
            ((10_000, 0), "shares-not-whole"),
            ((10_001, -1), "shares-not-whole"),
        ],
    )
    def test_is_held_as_exactly_one_whole(self, shares, expected):
        assert outcome(lambda: make.asset(holders=holders(*shares))) == expected

    def test_names_a_holder_once(self):
        twice = (model.Holder(organisation=make.OWNER, share_bp=5_000),) * 2

        assert outcome(lambda: make.asset(holders=twice)) == "unusable-field"

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"title": "字" * 200}, "ok"),
            ({"title": "字" * 201}, "unusable-field"),
            ({"title": " "}, "unusable-field"),
            ({"inventors": ()}, "unusable-field"),
            ({"inventors": ("甲",) * 50}, "ok"),
            ({"inventors": ("甲",) * 51}, "unusable-field"),
            ({"inventors": ("甲", "")}, "unusable-field"),
        ],
    )
    def test_bounds_its_texts(self, changes, expected):
        assert outcome(lambda: make.asset(**changes)) == expected


class TestRegister:
    COMMAND = model.RegisterAsset(
        id=make.ASSET,
        kind=IpKind.INVENTION_PATENT,
        title="一种稀土永磁材料的制备方法",
        application_number=model.ApplicationNumber(PATENT),
        holders=holders(6_000, 4_000),
        inventors=("乌云其其格", "张伟"),
    )

    def test_publishes_codes_and_shares_and_seals_names(self):
        decision = rules.register(self.COMMAND, make.by_owner())

        (event,) = decision.events
        assert decision.asset == make.asset(holders=holders(6_000, 4_000))
        assert (event.kind, event.subject) == ("asset.registered", make.ASSET)
        assert event.data == {
            "kind": "invention_patent",
            "application_number": PATENT,
            "holders": [
                {"organisation": make.OWNER, "share_bp": 6_000},
                {"organisation": make.CO_HOLDER, "share_bp": 4_000},
            ],
            "inventor_count": 2,
        }
        assert set(event.sealed) == {"title", "inventors", "by"}

    def test_is_for_its_holders(self):
        assert outcome(rules.register, self.COMMAND, make.by(make.CO_HOLDER)) == "ok"
        assert outcome(rules.register, self.COMMAND, make.by(make.STRANGER)) == "not-a-holder"
        assert outcome(rules.register, self.COMMAND, make.by_officer()) == "not-a-holder"


# Who may record which burden. `busy` is the holder while a deal holds the asset.
RECORDING = """
                        holder           busy           stranger      officer
    pledge              ok               asset-engaged  not-a-holder  ok
    exclusive_licence   ok               asset-engaged  not-a-holder  ok
    sole_licence        ok               asset-engaged  not-a-holder  ok
    ordinary_licence    ok               asset-engaged  not-a-holder  ok
    dispute             not-for-holders  not-for-holders  not-a-holder  ok
    preservation        not-for-holders  not-for-holders  not-a-holder  ok
"""
WHO = {
    "holder": (make.asset(), make.by_owner()),
    "busy": (make.asset(engaged_by=make.LISTING), make.by_owner()),
    "stranger": (make.asset(), make.by(make.STRANGER)),
    "officer": (make.asset(engaged_by=make.LISTING), make.by_officer()),
}


def rows(table: str):
    header, *lines = (line.split() for line in table.strip().splitlines())
    return [(line[0], column, cell) for line in lines for column, cell in zip(header, line[1:], strict=True)]


class TestRecordEncumbrance:
    def command(self, kind=EncumbranceKind.PLEDGE):
        return model.RecordEncumbrance(id=BURDEN, kind=kind, holder="内蒙古银行呼和浩特分行", evidence_sha256="b" * 64)

    @pytest.mark.parametrize(("kind", "who", "expected"), rows(RECORDING))
    def test_follows_the_outcome_table(self, kind, who, expected):
        asset, cause = WHO[who]

        assert outcome(rules.decide_asset, asset, self.command(EncumbranceKind(kind)), cause) == expected

    def test_covers_every_kind(self):
        assert {kind for kind, _, _ in rows(RECORDING)} == set(EncumbranceKind)

    def test_treats_an_officer_of_a_holder_as_a_holder(self):
        cause = make.by(make.OWNER, model.REVIEW)

        assert outcome(rules.decide_asset, make.asset(), self.command(EncumbranceKind.DISPUTE), cause) == (
            "not-for-holders"
        )

    def test_keeps_the_burden_and_seals_its_holder(self):
        decision = rules.decide_asset(make.asset(), self.command(), make.by_owner())

        (event,) = decision.events
        assert decision.asset.encumbrances == (make.burden(EncumbranceKind.PLEDGE),)
        assert event.data == {"encumbrance": BURDEN, "kind": "pledge", "evidence_sha256": "b" * 64}
        assert event.sealed["holder"] == "内蒙古银行呼和浩特分行"

    def test_bounds_their_number(self):
        many = tuple(make.burden(EncumbranceKind.PLEDGE, id=model.EncumbranceId.from_number(n)) for n in range(2, 102))

        assert outcome(rules.decide_asset, make.asset(encumbrances=many[1:]), self.command(), make.by_owner()) == "ok"
        assert (
            outcome(rules.decide_asset, make.asset(encumbrances=many), self.command(), make.by_owner())
            == "unusable-field"
        )


class TestReleaseEncumbrance:
    COMMAND = model.ReleaseEncumbrance(id=BURDEN)
    PLEDGED = make.asset(encumbrances=(make.burden(EncumbranceKind.PLEDGE),))

    @pytest.mark.parametrize(
        ("cause", "expected"),
        [
            (make.by_owner(), "not-for-holders"),
            (make.by(make.OWNER, model.REVIEW), "not-for-holders"),
            (make.by(make.STRANGER), "not-for-holders"),
            (make.by_officer(), "ok"),
        ],
    )
    def test_is_for_an_impartial_officer(self, cause, expected):
        assert outcome(rules.decide_asset, self.PLEDGED, self.COMMAND, cause) == expected

    def test_happens_once(self):
        released_at = make.MONDAY + timedelta(days=1)

        decision = rules.decide_asset(self.PLEDGED, self.COMMAND, make.by_officer(released_at))

        assert decision.asset.encumbrances == (make.burden(EncumbranceKind.PLEDGE, released_at=released_at),)
        assert [event.kind for event in decision.events] == ["asset.encumbrance_released"]
        assert outcome(rules.decide_asset, decision.asset, self.COMMAND, make.by_officer()) == "no-such-encumbrance"

    def test_finds_no_burden_that_never_was(self):
        assert outcome(rules.decide_asset, make.asset(), self.COMMAND, make.by_officer()) == "no-such-encumbrance"


# Which way to a deal each burden closes.
CLOSED = """
                        assignment  exclusive_licence  sole_licence  ordinary_licence  investment
    pledge              closed      closed             closed        closed            closed
    exclusive_licence   free        closed             closed        closed            free
    sole_licence        free        closed             closed        closed            free
    ordinary_licence    free        closed             closed        free              free
    dispute             closed      closed             closed        closed            closed
    preservation        closed      closed             closed        closed            closed
"""


class TestBurdens:
    @pytest.mark.parametrize(("kind", "mode", "expected"), rows(CLOSED))
    def test_close_what_the_table_says(self, kind, mode, expected):
        burden = make.burden(EncumbranceKind(kind))

        found = rules.burdens(make.asset(encumbrances=(burden,)), Mode(mode))

        assert found == ((burden,) if expected == "closed" else ())

    @pytest.mark.parametrize("kind", EncumbranceKind)
    def test_close_nothing_once_released(self, kind):
        released = make.burden(kind, released_at=make.MONDAY)

        assert not rules.burdens(make.asset(encumbrances=(released,)), Mode.EXCLUSIVE_LICENCE)

    def test_cover_every_kind_and_mode(self):
        assert {(kind, mode) for kind, mode, _ in rows(CLOSED)} == {(k, m) for k in EncumbranceKind for m in Mode}
