"""A refusal carries its code, two titles, a detail and the facts; an invariant stops the program."""

import pytest

from ledger.kernel.cause import TIME, Actor
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.ids import OrganisationId, PersonId


class PastTheEndOfIt(Refusal):
    """It has ended.

    The second paragraph is for programmers.
    """

    kind = Kind.CONFLICT
    zh = "已经结束"


PastTheEndOfIt.__module__ = "exchange.auctions.rules.english"


class TestRefusal:
    def test_is_named_after_its_wing_and_reason(self):
        assert PastTheEndOfIt.code() == "auctions/past-the-end-of-it"

    def test_has_the_first_line_of_its_docstring_as_title(self):
        assert PastTheEndOfIt.title() == "It has ended"

    def test_carries_the_detail_and_the_facts(self):
        refusal = PastTheEndOfIt("the lot closed at noon", lot="0042", late_by_s=3)

        assert refusal.detail == str(refusal) == "the lot closed at noon"
        assert refusal.facts == {"lot": "0042", "late_by_s": 3}


class TestInvariant:
    def test_says_nothing_while_it_holds(self):
        invariant(True, "two and two are four")

    def test_stops_when_it_does_not(self):
        with pytest.raises(AssertionError, match="two and two are four"):
            invariant(False, "two and two are four")


class TestActor:
    ACTOR = Actor(
        organisation=OrganisationId("org_" + "1" * 26),
        person=PersonId("per_" + "1" * 26),
        capabilities=frozenset({"lots.bid"}),
    )

    @pytest.mark.parametrize(("capability", "held"), [("lots.bid", True), ("lots", False), ("lots.bid.more", False)])
    def test_may_do_exactly_what_it_holds(self, capability, held):
        assert self.ACTOR.may(capability) is held

    def test_may_do_nothing_as_time(self):
        assert not TIME.capabilities
        assert TIME.person is None
