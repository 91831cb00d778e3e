"""Every state, every command, on both sides of the end of disclosure. Written by hand: never import the table under
test, or the test agrees with whatever the table says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.kernel.cause import TIME, Cause
from ledger.kernel.errors import Refusal
from listings.achievements import model, rules
from listings.achievements.model import State
from tests import make_achievements as make

MICROSECOND = timedelta(microseconds=1)
MOMENTS = {
    "before": make.DISCLOSURE_ENDS - MICROSECOND,
    "at": make.DISCLOSURE_ENDS,
    "after": make.DISCLOSURE_ENDS + MICROSECOND,
}

# One row per state, one column per command. A word is the next state; `-` is `wrong-state`;
# `a/b` is before the end of disclosure / at or after it.
OUTCOMES = """
              Revise                     Submit     Accept    Return    Publish    Withdraw   Tick          Reserve   Release  Award
    draft     draft                      submitted  -         -         -          withdrawn  -             -         -        -
    submitted -                          -          accepted  returned  -          withdrawn  -             -         -        -
    returned  returned                   submitted  -         -         -          withdrawn  -             -         -        -
    accepted  -                          -          -         -         disclosed  withdrawn  -             -         -        -
    disclosed disclosed/disclosure-over  -          -         -         -          withdrawn  not-due/open  -         -        -
    open      -                          -          -         -         -          withdrawn  -             reserved  -        -
    reserved  -                          -          -         -         -          -          -             -         open     awarded
    awarded   -                          -          -         -         -          -          -             -         open     -
    withdrawn -                          -          -         -         -          -          -             -         -        -
"""  # noqa: E501 - a table is read across
CHEAPER = make.terms(price=make.price(asking_fen=950_000_00))
COMMANDS = {
    "Revise": (model.Revise(terms=CHEAPER), make.by_owner),
    "Submit": (model.Submit(), make.by_owner),
    "Accept": (model.Accept(), make.by_officer),
    "Return": (model.Return(reasons=("请补充权属证明",)), make.by_officer),
    "Publish": (model.Publish(), make.by_owner),
    "Withdraw": (model.Withdraw(reason="另有安排"), make.by_owner),
    "Tick": (model.Tick(), lambda at: Cause(actor=TIME, at=at, request_id="tick")),
    "Reserve": (model.Reserve(deal=make.LOT), make.by_owner),
    "Release": (model.Release(deal=make.LOT), make.by_owner),
    "Award": (model.Award(deal=make.LOT), make.by_owner),
}


def cases():
    header, *rows = (line.split() for line in OUTCOMES.strip().splitlines())
    for state, *cells in rows:
        for command, cell in zip(header, cells, strict=True):
            before, _, after = cell.partition("/")
            for moment in MOMENTS:
                expected = before if moment == "before" else after or before
                yield pytest.param(state, command, moment, expected, id=f"{state}-{command}-{moment}")


def reason(refusal: Refusal) -> str:
    return refusal.code().removeprefix("achievements/")


def outcome(listing, command, cause, asset=None) -> str:
    try:
        return rules.decide(listing, command, cause, asset=asset or make.asset_of(listing)).listing.state.value
    except Refusal as refusal:
        return reason(refusal).replace("wrong-state", "-")


class TestDecide:
    @pytest.mark.parametrize(("state", "command", "moment", "expected"), list(cases()))
    def test_follows_the_outcome_table(self, state, command, moment, expected):
        sent, cause = COMMANDS[command]

        assert outcome(make.listing(state=State(state)), sent, cause(MOMENTS[moment])) == expected

    def test_covers_every_state_and_command(self):
        assert len(list(cases())) == len(State) * len(model.COMMANDS) * len(MOMENTS)
        assert {type(command) for command, _ in COMMANDS.values()} == set(model.COMMANDS)

    @pytest.mark.parametrize(
        ("state", "command", "target"),
        [
            ("draft", "Submit", "submitted"),
            ("returned", "Submit", "submitted"),
            ("submitted", "Accept", "accepted"),
            ("accepted", "Publish", "disclosed"),
            ("disclosed", "Tick", "open"),
            ("open", "Reserve", "reserved"),
            ("reserved", "Release", "open"),
            ("reserved", "Award", "awarded"),
            ("awarded", "Release", "open"),
            ("returned", "Withdraw", "withdrawn"),
        ],
    )
    def test_changes_the_state_and_what_belongs_to_it_alone(self, state, command, target):
        listing, (sent, cause) = make.listing(state=State(state)), COMMANDS[command]
        at = make.DISCLOSURE_ENDS if command == "Tick" else make.MONDAY

        decision = rules.decide(listing, sent, cause(at), asset=make.asset_of(listing))

        assert decision.listing == make.listing(state=State(target))

    @pytest.mark.parametrize("state", State)
    @pytest.mark.parametrize("command", ["Revise", "Submit", "Withdraw", "Publish"])
    def test_tells_a_stranger_nothing_about_the_state(self, state, command):
        assert outcome(make.listing(state=state), COMMANDS[command][0], make.by(make.STRANGER)) == "not-the-owner"

    @pytest.mark.parametrize("state", State)
    @pytest.mark.parametrize("command", ["Accept", "Return"])
    def test_lets_nobody_review_without_the_capability(self, state, command):
        assert outcome(make.listing(state=state), COMMANDS[command][0], make.by_owner()) == "not-a-reviewer"

    @pytest.mark.parametrize("state", State)
    @pytest.mark.parametrize("command", ["Accept", "Return"])
    @pytest.mark.parametrize("organisation", [make.OWNER, make.CO_HOLDER])
    def test_lets_no_officer_review_what_its_own_organisation_holds(self, state, command, organisation):
        holders = (
            model.Holder(organisation=make.OWNER, share_bp=6_000),
            model.Holder(organisation=make.CO_HOLDER, share_bp=4_000),
        )
        cause = make.by(organisation, model.REVIEW)

        result = outcome(make.listing(state=state), COMMANDS[command][0], cause, make.asset(holders=holders))

        assert result == "own-listing"

    def test_lets_an_officer_publish_for_the_owner(self):
        assert outcome(make.listing(state=State.ACCEPTED), model.Publish(), make.by_officer()) == "disclosed"

    @pytest.mark.parametrize("state", State)
    def test_never_decides_with_another_asset(self, state):
        another = make.asset(id=model.AssetId.from_number(2))

        with pytest.raises(AssertionError, match="asset"):
            rules.decide(make.listing(state=state), model.Submit(), make.by_owner(), asset=another)


class TestDueAt:
    @pytest.mark.parametrize("state", State)
    def test_is_the_end_of_disclosure_while_disclosed(self, state):
        due = rules.due_at(make.listing(state=state))

        assert due == (make.DISCLOSURE_ENDS if state is State.DISCLOSED else None)


class TestDraft:
    def command(self, **changes):
        usual = {"id": make.LISTING, "asset": make.ASSET, "approval_required": True, "terms": make.terms()}
        return model.DraftListing(**(usual | changes))

    def test_begins_a_draft_of_the_one_who_asks_and_records_nothing(self):
        decision = rules.draft(self.command(), make.by_owner(), asset=make.asset())

        assert decision == model.Decision(listing=make.listing(), asset=make.asset(), events=())

    def test_is_for_holders_of_the_asset(self):
        with pytest.raises(rules.NotAHolder):
            rules.draft(self.command(), make.by(make.STRANGER), asset=make.asset())

    def test_may_take_up_a_withdrawn_listing(self):
        old = make.listing(id=model.ListingId.from_number(7), state=State.WITHDRAWN)

        decision = rules.draft(self.command(previous=old.id), make.by_owner(), asset=make.asset(), previous=old)

        assert decision.listing.previous == old.id

    @pytest.mark.parametrize(
        "changes",
        [
            {"state": State.OPEN},
            {"state": State.AWARDED},
            {"state": State.WITHDRAWN, "owner": make.CO_HOLDER},
            {"state": State.WITHDRAWN, "asset": model.AssetId.from_number(2)},
        ],
    )
    def test_takes_up_no_other(self, changes):
        old = make.listing(id=model.ListingId.from_number(7), **changes)

        with pytest.raises(rules.NotItsPrevious):
            rules.draft(self.command(previous=old.id), make.by_owner(), asset=make.asset(), previous=old)


READINESS = [
    pytest.param({"documents": ()}, "documents-missing", id="no-documents"),
    pytest.param({"approval": None}, "approval-missing", id="no-approval"),
    pytest.param({"approval": make.approval(decided_on=date(2026, 3, 2))}, "ok", id="approved-today"),
    pytest.param({"approval": make.approval(decided_on=date(2026, 3, 3))}, "approval-not-yet-given", id="tomorrow"),
    pytest.param({"disclosure_days": 19}, "disclosure-too-short", id="19-days"),
    pytest.param({"disclosure_days": 20}, "ok", id="20-days"),
    pytest.param({"disclosure_days": 21}, "ok", id="21-days"),
]


class TestSubmit:
    @pytest.mark.parametrize("state", [State.DRAFT, State.RETURNED])
    @pytest.mark.parametrize(("changes", "expected"), READINESS)
    def test_needs_what_the_rule_asks_for(self, state, changes, expected):
        listing = make.listing(state=state, terms=make.terms(**changes))

        assert outcome(listing, model.Submit(), make.by_owner()).replace("submitted", "ok") == expected

    def test_takes_an_approval_dated_by_the_local_day(self):
        listing = make.listing(terms=make.terms(approval=make.approval(decided_on=date(2026, 3, 3))))
        midnight = datetime(2026, 3, 2, 16, tzinfo=UTC)

        assert outcome(listing, model.Submit(), make.by_owner(midnight - MICROSECOND)) == "approval-not-yet-given"
        assert outcome(listing, model.Submit(), make.by_owner(midnight)) == "submitted"

    def test_asks_no_approval_of_an_enterprise(self):
        listing = make.listing(approval_required=False, terms=make.terms(approval=None))

        assert outcome(listing, model.Submit(), make.by_owner()) == "submitted"

    def test_needs_the_owner_to_hold_the_asset_still(self):
        sold = make.asset(holders=(model.Holder(organisation=make.STRANGER, share_bp=10_000),))

        assert outcome(make.listing(), model.Submit(), make.by_owner(), sold) == "not-a-holder"

    def test_is_refused_before_any_rule_was_in_force(self):
        first = datetime(2025, 2, 17, 16, tzinfo=UTC)
        listing = make.listing(approval_required=False, terms=make.terms(approval=None))

        assert outcome(listing, model.Submit(), make.by_owner(first - MICROSECOND)) == "no-rule-in-force"
        assert outcome(listing, model.Submit(), make.by_owner(first)) == "submitted"

    def test_forgets_the_reasons_of_the_return(self):
        decision = rules.decide(make.listing(state=State.RETURNED), model.Submit(), make.by_owner(), asset=make.asset())

        assert decision.listing.reasons == ()


class TestPublish:
    def publish(self, at=make.MONDAY, **terms):
        listing = make.listing(state=State.ACCEPTED, terms=make.terms(**terms))
        return rules.decide(listing, model.Publish(), make.by_owner(at), asset=make.asset()).listing

    @pytest.mark.parametrize(
        ("at", "days", "ends_at"),
        [
            (make.MONDAY, 20, make.DISCLOSURE_ENDS),
            (make.MONDAY, 21, make.DISCLOSURE_ENDS + timedelta(days=1)),
            # published an hour before local midnight, and at it: the first day not counted differs
            (datetime(2026, 3, 2, 15, tzinfo=UTC), 20, make.DISCLOSURE_ENDS),
            (datetime(2026, 3, 2, 16, tzinfo=UTC), 20, make.DISCLOSURE_ENDS + timedelta(days=1)),
            # over the three days of Qingming
            (datetime(2026, 3, 9, 1, tzinfo=UTC), 20, datetime(2026, 4, 7, 16, tzinfo=UTC)),
        ],
    )
    def test_counts_whole_working_days_from_the_next(self, at, days, ends_at):
        shown = self.publish(at, disclosure_days=days)

        assert (shown.disclosed_at, shown.disclosure_ends_at, shown.rule) == (at, ends_at, "disclosure-2026@1")

    @pytest.mark.parametrize(("changes", "expected"), READINESS)
    def test_checks_again_what_the_submission_showed(self, changes, expected):
        listing = make.listing(state=State.ACCEPTED, terms=make.terms(**changes))

        assert outcome(listing, model.Publish(), make.by_owner()).replace("disclosed", "ok") == expected

    def test_is_refused_when_the_calendar_does_not_reach_the_end(self):
        listing = make.listing(state=State.ACCEPTED)

        with pytest.raises(Refusal) as refusal:
            rules.decide(
                listing, model.Publish(), make.by_owner(datetime(2026, 12, 10, 1, tzinfo=UTC)), asset=make.asset()
            )
        assert (refusal.value.code(), refusal.value.facts) == ("kernel/year-not-loaded", {"year": 2027})


class TestRevise:
    DISCLOSED = make.listing(state=State.DISCLOSED)

    @pytest.mark.parametrize(
        "changes",
        [
            {"price": make.price(asking_fen=950_000_00)},
            {"price": make.price(floor_fen=None)},
            {"documents": (make.document(1), make.document(2))},
            {"approval": make.approval(number="内大校发〔2026〕13号")},
            {"disclosure_days": 25},
        ],
    )
    def test_restarts_the_clock_while_disclosed(self, changes):
        terms, at = make.terms(**changes), make.MONDAY + timedelta(days=7)

        shown = rules.decide(self.DISCLOSED, model.Revise(terms=terms), make.by_owner(at), asset=make.asset()).listing

        assert (shown.state, shown.terms, shown.disclosed_at) == (State.DISCLOSED, terms, at)
        assert shown.disclosure_ends_at > make.DISCLOSURE_ENDS

    @pytest.mark.parametrize(
        "changes",
        [
            {"title": "另一项技术"},
            {"abstract": "另一项技术"},
            {"mode": model.Mode.ORDINARY_LICENCE},
            {"industry": model.Industry("A")},
            {"region": model.Region.ALXA},
        ],
    )
    def test_cannot_turn_what_was_accepted_into_something_else(self, changes):
        assert outcome(self.DISCLOSED, model.Revise(terms=make.terms(**changes)), make.by_owner()) == "offer-changed"

    def test_does_not_restart_the_clock_for_nothing(self):
        assert outcome(self.DISCLOSED, model.Revise(terms=make.terms()), make.by_owner()) == "nothing-changed"

    @pytest.mark.parametrize(("changes", "expected"), [case for case in READINESS if case.values[1] != "ok"])
    def test_cannot_drop_what_the_rule_asks_for(self, changes, expected):
        revise = model.Revise(terms=make.terms(**(changes | {"price": make.price(floor_fen=None)})))

        assert outcome(self.DISCLOSED, revise, make.by_owner()) == expected

    @pytest.mark.parametrize("state", [State.DRAFT, State.RETURNED])
    def test_is_free_while_writing_and_leaves_no_trace(self, state):
        terms = make.terms(title="另一项技术", documents=(), approval=None, disclosure_days=1)

        decision = rules.decide(
            make.listing(state=state), model.Revise(terms=terms), make.by_owner(), asset=make.asset()
        )

        assert (decision.listing.terms, decision.events) == (terms, ())


class TestDeals:
    OPEN = make.listing(state=State.OPEN)
    RESERVED = make.listing(state=State.RESERVED)

    def test_hold_the_listing_and_its_asset(self):
        decision = rules.decide(self.OPEN, model.Reserve(deal=make.LOT), make.by_owner(), asset=make.asset())

        assert (decision.listing.deal, decision.asset.engaged_by) == (make.LOT, make.LISTING)

    def test_hold_an_asset_once(self):
        taken = make.asset(engaged_by=model.ListingId.from_number(7))

        assert outcome(self.OPEN, model.Reserve(deal=make.LOT), make.by_owner(), taken) == "asset-engaged"

    @pytest.mark.parametrize("command", [model.Release, model.Award])
    def test_end_only_by_the_one_that_holds(self, command):
        assert outcome(self.RESERVED, command(deal=make.OTHER_LOT), make.by_owner()) == "held-by-another"

    def test_give_both_back_when_they_come_to_nothing(self):
        engaged = make.asset_of(self.RESERVED)

        decision = rules.decide(self.RESERVED, model.Release(deal=make.LOT), make.by_owner(), asset=engaged)

        assert (decision.listing.deal, decision.asset.engaged_by) == (None, None)
        assert outcome(decision.listing, model.Reserve(deal=make.OTHER_LOT), make.by_owner()) == "reserved"

    @pytest.mark.parametrize(
        ("mode", "kept"),
        [
            (model.Mode.ASSIGNMENT, True),
            (model.Mode.INVESTMENT, True),
            (model.Mode.EXCLUSIVE_LICENCE, True),
            (model.Mode.SOLE_LICENCE, True),
            (model.Mode.ORDINARY_LICENCE, False),
        ],
    )
    def test_keep_the_asset_unless_it_can_be_licensed_again(self, mode, kept):
        listing = replace(self.RESERVED, terms=make.terms(mode=mode))

        decision = rules.decide(listing, model.Award(deal=make.LOT), make.by_owner(), asset=make.asset_of(listing))

        assert decision.asset.engaged_by == (make.LISTING if kept else None)


@pytest.mark.parametrize(
    ("state", "command"),
    [("draft", "Submit"), ("returned", "Submit"), ("accepted", "Publish"), ("open", "Reserve"), ("reserved", "Award")],
)
def test_a_pledge_stops_a_listing_at_every_step_until_it_is_released(state, command):
    listing, (sent, cause) = make.listing(state=State(state)), COMMANDS[command]
    pledge = make.burden(model.EncumbranceKind.PLEDGE)
    pledged = replace(make.asset_of(listing), encumbrances=(pledge,))
    freed = replace(pledged, encumbrances=(replace(pledge, released_at=make.MONDAY),))

    assert outcome(listing, sent, cause(make.MONDAY), pledged) == "asset-encumbered"
    assert outcome(listing, sent, cause(make.MONDAY), freed) not in {"asset-encumbered", "-"}


def test_a_pledge_does_not_keep_an_unsold_listing_from_being_given_back():
    pledged = make.asset(engaged_by=make.LISTING, encumbrances=(make.burden(model.EncumbranceKind.PLEDGE),))

    assert outcome(make.listing(state=State.RESERVED), model.Release(deal=make.LOT), make.by_owner(), pledged) == "open"


class TestRuleInForce:
    LATER = rules.DisclosureRule(version="disclosure-2026@2", effective_at=make.MONDAY, shortest_days=30)
    BOTH = (*rules.DISCLOSURE_RULES, LATER)

    @pytest.mark.parametrize(
        ("at", "version"),
        [
            (make.MONDAY - MICROSECOND, "disclosure-2026@1"),
            (make.MONDAY, "disclosure-2026@2"),
            (make.MONDAY + MICROSECOND, "disclosure-2026@2"),
        ],
    )
    def test_is_the_latest_effective_one(self, at, version):
        assert rules.rule_in_force(at, rules=self.BOTH).version == version


class TestDiagram:
    def test_draws_every_state_and_both_ends(self):
        lines = [line.strip() for line in rules.diagram().splitlines()]

        assert lines[:2] == ["stateDiagram-v2", "[*] --> draft"]
        assert "disclosed --> open: tick" in lines
        assert [line for line in lines if line.endswith("[*]")] == ["withdrawn --> [*]"]
        assert all(any(state in line for line in lines) for state in State)
