"""What a plan may say: each rule of 国资委、财政部令第32号 art. 28 just on the right side of it, and just off."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.kernel.money import Fen
from settlement.escrow import rules
from settlement.escrow.model import Broker, Owner, PartTerms, Propose, State
from tests import make_escrow as escrow
from tests import make_plans as make


def told(command=None, cause=None, settlement=None) -> str:
    refusal = escrow.refused(
        rules.open_plan,
        make.ID,
        settlement or make.settlement(),
        command or make.propose(),
        cause or escrow.by(escrow.SELLER),
    )
    return refusal.code().removeprefix("escrow/") if refusal else "proposed"


def parts(*amounts: int, days=None, within: int | None = 5):
    days = days or [date(2026, 6, 1) + timedelta(days=place) for place in range(len(amounts) - 1)]
    first = PartTerms(amount_fen=Fen(amounts[0]), within_workdays=within)
    later = (PartTerms(amount_fen=Fen(fen), due_on=day) for fen, day in zip(amounts[1:], days, strict=True))
    return (first, *later)


LEAST = 6_000_010  # 30 % of 20,000,033 is 6,000,009.9


class TestPropose:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"parts": parts(LEAST, make.PRICE - LEAST)}, "proposed"),
            ({"parts": parts(LEAST - 1, make.PRICE - LEAST + 1)}, "first-part-too-small"),
            ({"parts": parts(make.PRICE)}, "proposed"),
            ({"parts": parts(make.PRICE - 1)}, "parts-do-not-add-up"),
            ({"parts": parts(make.PRICE, 1)}, "parts-do-not-add-up"),
            ({"parts": ()}, "unusable-field"),
            ({"parts": parts(make.PRICE - 24, *[1] * 24)}, "unusable-field"),
            ({"parts": parts(make.PRICE - 23, *[1] * 23)}, "proposed"),
            ({"parts": parts(make.PRICE, 0)}, "unusable-field"),
            ({"parts": parts(make.PRICE, within=None)}, "unusable-field"),
            ({"parts": parts(make.PRICE, within=0)}, "unusable-field"),
            ({"parts": parts(make.PRICE, within=1)}, "proposed"),
            ({"parts": parts(make.PRICE, within=6)}, "part-too-late"),
            ({"interest_bp": 300}, "proposed"),
            ({"interest_bp": 299}, "interest-too-low"),
            ({"interest_bp": -1}, "unusable-field"),
            ({"interest_bp": 10_001}, "unusable-field"),
            ({"security_sha256": None}, "security-missing"),
            ({"security_sha256": "D" * 64}, "unusable-field"),
            ({"parts": parts(make.PRICE), "security_sha256": None, "interest_bp": 0}, "proposed"),
        ],
    )
    def test_keeps_to_the_practice(self, changes, expected):
        assert told(make.propose(**changes)) == expected

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            # agreed to at the last instant, on 9 March, five working days end with 16 March
            (date(2026, 3, 16), "part-too-late"),
            (date(2026, 3, 17), "proposed"),
            (date(2027, 3, 2), "proposed"),
            (date(2027, 3, 3), "part-too-late"),
        ],
    )
    def test_ends_within_a_year_and_after_the_first_part_however_late_that_is(self, day, expected):
        assert told(make.propose(parts=parts(LEAST, make.PRICE - LEAST, days=[day]))) == expected

    @pytest.mark.parametrize("days", [[date(2026, 6, 2), date(2026, 6, 1)], [date(2026, 6, 1)] * 2])
    def test_has_parts_that_follow_each_other(self, days):
        assert told(make.propose(parts=parts(LEAST, LEAST, make.PRICE - 2 * LEAST, days=days))) == "part-too-late"

    @pytest.mark.parametrize(
        ("until", "expected"),
        [
            (escrow.PAY_BY, "trial-too-long"),  # it would be over before it could begin
            (escrow.PAY_BY + escrow.INSTANT, "proposed"),
            (escrow.NOON + timedelta(days=180), "proposed"),
            (escrow.NOON + timedelta(days=180) + escrow.INSTANT, "trial-too-long"),
            (escrow.NOON, "trial-too-long"),
        ],
    )
    def test_tries_within_the_days_allowed(self, until, expected):
        assert told(make.propose(parts=parts(make.PRICE), trial_until=until)) == expected

    def test_reckons_with_the_trial_to_its_end(self):
        until = datetime(2026, 6, 1, tzinfo=UTC)
        assert told(make.propose(parts=parts(LEAST, make.PRICE - LEAST), trial_until=until)) == "part-too-late"

    @pytest.mark.parametrize(
        ("text", "expected"),
        [("x" * 2_000, "proposed"), ("x" * 2_001, "unusable-field"), ("", "unusable-field"), (" x", "unusable-field")],
    )
    def test_describes_a_milestone(self, text, expected):
        (only,) = parts(make.PRICE)
        assert told(make.propose(parts=(replace(only, milestone=text),))) == expected

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"reward_bp": 4_999}, "reward-too-small"),
            ({"broker": Broker(organisation=escrow.BEN, commission_bp=1_000)}, "proposed"),
            ({"broker": Broker(organisation=escrow.BEN, commission_bp=1_001)}, "commission-too-large"),
            ({"owners": (Owner(organisation=escrow.SELLER, share_bp=9_999),)}, "bad-owners"),
            ({"inventors": ()}, "shares-missing"),
        ],
    )
    def test_says_whose_the_payments_are(self, changes, expected):
        assert told(Propose(terms=make.terms(), sharing=make.sharing(**changes))) == expected

    @pytest.mark.parametrize("state", [one for one in State if one is not State.DUE])
    def test_is_for_a_price_that_is_due(self, state):
        assert told(settlement=replace(make.settlement(), state=state)) == "wrong-state"

    def test_is_the_sellers(self):
        assert told(cause=escrow.by(escrow.ANN)) == "not-the-seller"

    def test_comes_before_the_price_is_overdue(self):
        assert told(cause=escrow.by(escrow.SELLER, at=escrow.PAY_BY - escrow.INSTANT)) == "proposed"
        assert told(cause=escrow.by(escrow.SELLER, at=escrow.PAY_BY)) == "too-late"

    def test_covers_the_deposit_with_the_first_part(self):
        large = replace(make.settlement(), price_fen=Fen(2_000_000))
        found = replace(make.propose(), terms=make.terms(parts=parts(1_000_000, 1_000_000)))
        assert told(found, settlement=large) == "first-part-too-small"
        found = replace(make.propose(), terms=make.terms(parts=parts(1_000_001, 999_999)))
        assert told(found, settlement=large) == "proposed"


class TestInterest:
    @pytest.mark.parametrize(
        ("fen", "bp", "days", "expected"),
        [
            (6_000_000, 365, 1, 600),
            (6_000_000, 365, 365, 219_000),
            (1_000, 365, 5, 1),  # half a fen
            (999, 365, 5, 0),
            (36_500, 5_000, 1, 50),
            (1, 1, 1, 0),
            (6_000_000, 0, 300, 0),
        ],
    )
    def test_is_rounded_once_half_up(self, fen, bp, days, expected):
        assert rules.interest(Fen(fen), bp, days) == expected
