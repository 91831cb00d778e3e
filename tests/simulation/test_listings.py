"""Any sequence of commands, by anyone, at any time, to two listings of one asset: both stay lawful, and the asset is
sold once. The model beside it is simpler: it only remembers what the record said."""

from datetime import timedelta
from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger.kernel.cause import TIME, Cause
from ledger.kernel.errors import Refusal
from listings.achievements import model, rules
from listings.achievements.model import Mode, State
from tests import make_achievements as make

STEPS = {
    "listing.submitted": "submitted",
    "listing.returned": "returned",
    "listing.accepted": "accepted",
    "listing.disclosed": "disclosed",
    "listing.revised": "disclosed",
    "listing.opened": "open",
    "listing.reserved": "reserved",
    "listing.released": "open",
    "listing.awarded": "awarded",
    "listing.withdrawn": "withdrawn",
}
IDS = (model.ListingId.from_number(1), model.ListingId.from_number(2))
ACTORS = {
    "owner": make.by_owner().actor,
    "officer": make.by_officer().actor,
    "stranger": make.by(make.STRANGER).actor,
    "clock": TIME,
}
COMMANDS = st.one_of(
    st.sampled_from([model.Submit(), model.Accept(), model.Publish(), model.Tick(), model.Return(reasons=("请补正",))]),
    st.builds(model.Reserve, deal=st.sampled_from([make.LOT, make.OTHER_LOT])),
    st.builds(model.Release, deal=st.sampled_from([make.LOT, make.OTHER_LOT])),
    st.builds(model.Award, deal=st.sampled_from([make.LOT, make.OTHER_LOT])),
    st.just(model.Withdraw(reason="另有安排")),
)


class ListingMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.at = make.MONDAY
        self.asset = make.asset()
        self.listings = {one: make.listing(id=one) for one in IDS}
        self.trails = {one: ["draft"] for one in IDS}
        self.disclosed_at = {}
        self.awards = []

    @rule(hours=st.integers(1, 24 * 20))
    def wait(self, hours: int) -> None:
        self.at = min(self.at + timedelta(hours=hours), make.MONDAY + timedelta(days=240))

    @rule(id=st.sampled_from(IDS), command=COMMANDS, who=st.sampled_from(sorted(ACTORS)))
    def send(self, id: model.ListingId, command: model.Command, who: str) -> None:
        cause = Cause(actor=ACTORS[who], at=self.at, request_id="req")
        try:
            decision = rules.decide(self.listings[id], command, cause, asset=self.asset)
        except Refusal:
            return
        self.take(decision)

    @rule(id=st.sampled_from(IDS), yuan=st.integers(900_000, 2_000_000))
    def revise(self, id: model.ListingId, yuan: int) -> None:
        price = make.price(asking_fen=yuan * 100)
        terms = make.terms(price=price, mode=self.listings[id].terms.mode)
        self.send_as_owner(id, model.Revise(terms=terms))

    @rule(id=st.sampled_from(IDS), mode=st.sampled_from(Mode))
    def change_mode(self, id: model.ListingId, mode: Mode) -> None:
        self.send_as_owner(id, model.Revise(terms=make.terms(mode=mode)))

    @rule(id=st.sampled_from(IDS))
    def move_on(self, id: model.ListingId) -> None:
        """Take the ordinary next step, so that runs get far."""
        listing = self.listings[id]
        if listing.state is State.DISCLOSED:
            assert listing.disclosure_ends_at is not None
            self.at = max(self.at, listing.disclosure_ends_at)
        ordinary = {
            State.DRAFT: (model.Submit(), "owner"),
            State.SUBMITTED: (model.Accept(), "officer"),
            State.RETURNED: (model.Submit(), "owner"),
            State.ACCEPTED: (model.Publish(), "owner"),
            State.DISCLOSED: (model.Tick(), "clock"),
            State.OPEN: (model.Reserve(deal=make.LOT), "owner"),
            State.RESERVED: (model.Award(deal=listing.deal or make.LOT), "clock"),
        }
        if listing.state in ordinary:
            command, who = ordinary[listing.state]
            self.send(id, command, who)

    def send_as_owner(self, id: model.ListingId, command: model.Command) -> None:
        self.send(id, command, "owner")

    def take(self, decision: model.Decision) -> None:
        one = decision.listing.id
        self.listings[one], self.asset = decision.listing, decision.asset
        for event in decision.events:
            if event.kind == "listing.released" and self.trails[one][-1] == "awarded":  # its deal fell through
                self.awards.remove(decision.listing.terms.mode)
            self.trails[one].append(STEPS[event.kind])
            assert event.data["state"] == STEPS[event.kind]
            if event.kind in {"listing.disclosed", "listing.revised"}:
                self.disclosed_at[one] = self.at
            if event.kind == "listing.opened":
                assert self.at - self.disclosed_at[one] > timedelta(days=26), "20 working days are never less"
            if event.kind == "listing.awarded":
                self.awards.append(decision.listing.terms.mode)

    @invariant()
    def the_record_tells_the_state(self) -> None:
        for one, listing in self.listings.items():
            told = self.trails[one][-1]
            unrecorded = told == "draft" and listing.state is State.WITHDRAWN
            assert listing.state == told or unrecorded

    @invariant()
    def nothing_follows_a_final_state(self) -> None:
        for trail in self.trails.values():
            assert "withdrawn" not in trail[:-1]
            after_awards = {after for before, after in pairwise(trail) if before == "awarded"}
            assert after_awards <= {"open"}, "an award is undone by its deal alone"

    @invariant()
    def something_is_due_only_while_disclosed(self) -> None:
        for listing in self.listings.values():
            assert (rules.due_at(listing) is not None) == (listing.state is State.DISCLOSED)

    @invariant()
    def the_asset_is_held_by_one_deal_and_sold_once(self) -> None:
        held = [one.id for one in self.listings.values() if one.state is State.RESERVED]
        assert len(held) <= 1
        if held:
            assert self.asset.engaged_by == held[0]
        assert not [mode for mode in self.awards[:-1] if mode is not Mode.ORDINARY_LICENCE]


TestListing = ListingMachine.TestCase
TestListing.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
