"""The published numbers, restated from the law by hand; and increments."""

import json
from dataclasses import FrozenInstanceError, fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given

from exchange.auctions import rules
from exchange.auctions.api.profile_shapes import ProfileNumbers
from exchange.auctions.model import Band, Profile
from tests import make_auctions as make
from tests import make_versions


class TestJudicial2016:
    def test_says_what_the_law_says(self):
        profile = rules.JUDICIAL_2016

        assert profile.effective_from == date(2017, 1, 1)  # art. 38
        assert timedelta(seconds=profile.min_bidding_s) == timedelta(hours=24)  # art. 20
        assert profile.extension == timedelta(minutes=5)  # art. 20
        assert profile.start_min_bp == 7_000  # art. 10
        assert (profile.deposit_min_bp, profile.deposit_max_bp) == (500, 2_000)  # art. 17
        assert profile.needs_deposit  # art. 17
        assert profile.needs_increments  # art. 20
        assert profile.needs_listing  # art. 13
        assert profile.grace == timedelta(seconds=2)
        assert not profile.leader_may_raise


class TestReplay:
    def test_asks_for_nothing(self):
        profile = rules.REPLAY

        assert (profile.extension, profile.grace) == (timedelta(0), timedelta(0))
        assert not (profile.needs_deposit)
        assert not (profile.needs_increments)
        assert not (profile.needs_listing)
        assert profile.leader_may_raise


class TestReplayExtended:
    def test_extends_and_waits_as_exchanges_do(self):
        profile = rules.REPLAY_EXTENDED

        assert (profile.extension, profile.grace) == (timedelta(minutes=5), timedelta(seconds=2))
        assert not profile.leader_may_raise
        assert (profile.needs_deposit, profile.needs_increments, profile.needs_listing) == (False, False, False)


class TestProfile:
    @pytest.mark.parametrize("ref", ["judicial-2016@1", "judicial-2016@2", "replay@1"])
    def test_survives_being_written(self, ref):
        profile = rules.find(ref)

        assert profile.ref == ref
        assert Profile.from_json(profile.to_json()) == profile

    @given(make_versions.profiles())
    def test_says_every_number_over_http_and_takes_it_back(self, profile):
        shown = ProfileNumbers.of(profile)

        assert shown.profile() == profile
        assert ProfileNumbers.model_validate_json(shown.model_dump_json()).profile() == profile
        assert len(type(shown).model_fields) == len(fields(Profile))

    @given(make_versions.profiles())
    def test_survives_being_written_whatever_its_numbers(self, profile):
        written = json.loads(json.dumps(profile.to_json()))

        assert Profile.from_json(written) == profile
        assert Profile.from_json(written).to_json() == written

    def test_is_written_with_exactly_its_fields(self):
        written = rules.REPLAY.to_json()

        with pytest.raises(AssertionError, match="exactly its fields"):
            Profile.from_json(written | {"surprise": 1})
        with pytest.raises(AssertionError, match="exactly its fields"):
            Profile.from_json({name: value for name, value in written.items() if name != "grace_ms"})

    @pytest.mark.parametrize("changes", [{"grace_ms": -1}, {"deposit_min_bp": 2, "deposit_max_bp": 1}])
    def test_holds_numbers_that_make_sense(self, changes):
        with pytest.raises(AssertionError):
            replace(rules.JUDICIAL_2016, **changes)

    def test_is_never_edited(self):
        with pytest.raises(FrozenInstanceError):
            rules.JUDICIAL_2016.grace_ms = 1
        with pytest.raises(TypeError):
            rules.PROFILES["replay@1"] = rules.JUDICIAL_2016

    def test_unknown_names_what_there_is(self):
        assert make.refused(rules.find, "nope@1").facts == {"published": ", ".join(rules.PROFILES)}


class TestIncrementAt:
    @pytest.mark.parametrize(
        ("price_fen", "expected"), [(0, 10), (99, 10), (100, 20), (101, 20), (999, 20), (1_000, 50), (10**15, 50)]
    )
    def test_is_the_band_that_begins_at_or_below_the_price(self, price_fen, expected):
        bands = (Band(0, 10), Band(100, 20), Band(1_000, 50))

        assert rules.increment_at(bands, price_fen) == expected

    def test_is_one_fen_without_a_table(self):
        assert rules.increment_at((), 5) == 1
