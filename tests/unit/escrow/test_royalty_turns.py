"""Whose turn it is in a royalty, written by hand of every state."""

from dataclasses import replace
from datetime import timedelta

import pytest

from settlement.escrow.model import PeriodState, RoyaltyState
from settlement.escrow.rules import royalties as rules
from tests import make_royalties as make

PERIODS = {
    "running": "buyer",
    "stated": "buyer",
    "estimated": "buyer",
    "audited": "buyer",
    "paid": "seller",
    "divided": "",
    "cancelled": "",
}
INSTANT = timedelta(microseconds=1)


def test_every_state_stands_in_the_table():
    assert set(PERIODS) == {one.value for one in PeriodState}


@pytest.mark.parametrize(("state", "turn"), PERIODS.items())
def test_a_period_that_is_over_waits_for(state, turn):
    period = replace(make.royalty("running").periods[0], state=PeriodState(state))
    assert " ".join(rules.period_waits_for(period, period.ends_at)) == turn


def test_a_period_that_goes_on_waits_for_nobody():
    period = make.royalty("running").periods[0]
    assert rules.period_waits_for(period, period.ends_at - INSTANT) == ()


@pytest.mark.parametrize(("before", "turn"), [(INSTANT, "seller"), (timedelta(), "seller officer")])
def test_an_audit_waits_for_an_officer_once_its_notice_is_over(before, turn):
    period = make.royalty("called").periods[0]
    assert period.audit_from is not None
    assert " ".join(rules.period_waits_for(period, period.audit_from - before)) == turn


@pytest.mark.parametrize("state", ["ended", "withdrawn", "lapsed"])
def test_what_is_over_waits_for_nobody(state):
    royalty = replace(make.royalty("paid"), state=RoyaltyState(state))
    assert rules.waits_for(royalty, make.PAID_AT) == ()


def test_a_proposal_waits_for_the_buyer():
    assert " ".join(rules.waits_for(make.royalty("proposed"), make.AGREED_AT)) == "buyer"


@pytest.mark.parametrize(("who", "turn"), [("seller", "buyer seller"), ("buyer", "seller")])
def test_an_end_that_one_has_signed_waits_for_the_other(who, turn):
    royalty = make.royalty("paid")
    signed = replace(royalty, signed_by=getattr(royalty, who))
    assert " ".join(rules.waits_for(signed, make.PAID_AT)) == turn


@pytest.mark.parametrize(("life", "turn"), [("running", ""), ("paid", "seller"), ("closing", "buyer")])
def test_an_agreement_waits_for_whom_its_periods_wait_for(life, turn):
    assert " ".join(rules.waits_for(make.royalty(life), make.AGREED_AT)) == turn
