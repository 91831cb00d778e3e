"""How a version of the bidding rules comes into force: what each command does in each state, and for whom."""

from dataclasses import replace
from datetime import date

import pytest

from exchange.auctions import model, rules
from exchange.auctions.model import Activate, Format, ProfileId, RejectProposal, Retire, Version, VersionState
from tests import make_auctions
from tests import make_versions as make
from tests.make_auctions import refused

# What becomes of the officers' own version and of one that the program ships. The first officer proposed it; `same` is
# that officer's command, `other` another's. `-` is wrong-profile-state, `taken` version-taken.
OUTCOMES = """
    state     command         own-same    own-other  shipped-same  shipped-other
    none      Propose         proposed    proposed   proposed      proposed
    proposed  Propose         taken       taken      taken         taken
    proposed  Activate        one-person  active     one-person    active
    proposed  RejectProposal  rejected    rejected   rejected      rejected
    proposed  Retire          -           -          -             -
    active    Propose         taken       taken      taken         taken
    active    Activate        -           -          -             -
    active    RejectProposal  -           -          -             -
    active    Retire          retired     retired    retired       retired
    retired   Propose         taken       taken      proposed      proposed
    retired   Activate        -           -          -             -
    retired   RejectProposal  -           -          -             -
    retired   Retire          -           -          -             -
    rejected  Propose         taken       taken      proposed      proposed
    rejected  Activate        -           -          -             -
    rejected  RejectProposal  -           -          -             -
    rejected  Retire          -           -          -             -
"""
PROFILES = {"own": make.OWN, "shipped": make.SHIPPED}
PEOPLE = {"same": make.FIRST, "other": make.SECOND}
WORDS = {"wrong-profile-state": "-", "version-taken": "taken"}


def standing(state, profile):
    if state == "none":
        return None
    return {
        "proposed": lambda: make.proposed(profile),
        "active": lambda: make.active(profile),
        "retired": lambda: make.act(make.active(profile), Retire()),
        "rejected": lambda: make.act(make.proposed(profile), RejectProposal()),
    }[state]()


def cases():
    header, *rows = (line.split() for line in OUTCOMES.strip().splitlines())
    for state, command, *words in rows:
        for column, word in zip(header[2:], words, strict=True):
            yield pytest.param(state, command, *column.split("-"), word, id=f"{state}-{command}-{column}")


def outcome(version, command, person=make.FIRST):
    try:
        return str(rules.decide_version(version, command, make.officer(person)).version.state)
    except rules.VERSION_REFUSALS as refusal:
        code = refusal.code().removeprefix("auctions/")
        return WORDS.get(code, code)


def holding(format, otherwise):
    """What is said of a version of this format."""
    return "needs-envelopes" if format.sealed else otherwise if format in rules.BOOKS else "no-rules-yet"


class TestDecideVersion:
    @pytest.mark.parametrize(("state", "name", "whose", "who", "expected"), list(cases()))
    def test_follows_the_outcome_table(self, state, name, whose, who, expected):
        profile = PROFILES[whose]
        command = make.propose(profile, shipped=whose == "shipped") if name == "Propose" else getattr(model, name)()

        assert outcome(standing(state, profile), command, PEOPLE[who]) == expected

    def test_covers_every_state_and_command(self):
        pairs = {tuple(case.values[:2]) for case in cases()}
        commands = {command.__name__ for command in model.VERSION_COMMANDS}

        assert pairs == {("none", "Propose")} | {(state.value, name) for state in VersionState for name in commands}

    def test_decides_nothing_about_what_nobody_proposed(self):
        with pytest.raises(AssertionError, match="has been proposed"):
            rules.decide_version(None, Activate(), make.officer())

    def test_is_a_persons_act(self):
        with pytest.raises(AssertionError, match="a person's act"):
            rules.decide_version(None, make.propose(), make_auctions.clock(make_auctions.NOON))

    def test_keeps_who_did_what_and_when(self):
        over = make.act(make.active(), Retire(), make.THIRD)

        assert [act.person for act in (over.proposed, over.activated, over.ended)] == [
            make.FIRST,
            make.SECOND,
            make.THIRD,
        ]
        assert over.proposed.organisation == make_auctions.OPERATOR
        assert over.proposed.at == make_auctions.NOON

    def test_takes_a_person_for_one_however_many_organisations_they_act_for(self):
        elsewhere = make.officer(make.FIRST, organisation=make_auctions.SELLER)

        assert isinstance(refused(rules.decide_version, make.proposed(), Activate(), elsewhere), rules.OnePerson)

    def test_begins_anew_when_a_shipped_version_is_proposed_again(self):
        retired = make.act(make.active(make.SHIPPED), Retire())
        again = rules.decide_version(
            retired,
            model.Propose(id=ProfileId.from_number(2), profile=make.SHIPPED, shipped=True),
            make.officer(make.SECOND),
        ).version

        assert (again.id, again.activated, again.ended, again.proposed.person) == (make.ID, None, None, make.SECOND)
        assert outcome(again, Activate(), make.SECOND) == "one-person"
        assert outcome(again, Activate(), make.FIRST) == "active"

    def test_lets_one_that_was_in_force_before_be_retired_and_proposed_again(self):
        before = Version(id=make.ID, profile=rules.JUDICIAL_2016, state=VersionState.ACTIVE)

        assert outcome(before, make.propose(rules.JUDICIAL_2016, shipped=True)) == "taken"
        retired = make.act(before, Retire())
        assert outcome(retired, make.propose(rules.JUDICIAL_2016, shipped=True)) == "proposed"

    def test_never_changes_the_numbers(self):
        rejected = make.act(make.proposed(make.SHIPPED), RejectProposal())
        odd = replace(rejected, profile=replace(make.SHIPPED, extension_s=1))

        with pytest.raises(AssertionError, match="never change"):
            rules.decide_version(odd, make.propose(make.SHIPPED, shipped=True), make.officer())


class TestPropose:
    def own(self, **changes):
        return outcome(None, make.propose(replace(make.OWN, **changes)))

    @pytest.mark.parametrize("ref", sorted(rules.PROFILES))
    def test_takes_whatever_is_shipped_but_what_replays_run_under_and_what_is_sealed(self, ref):
        profile = rules.PROFILES[ref]
        expected = (
            "reserved-name" if ref in rules.REPLAYS else "needs-envelopes" if profile.format.sealed else "proposed"
        )

        assert outcome(None, make.propose(profile, shipped=True)) == expected

    def test_takes_nothing_for_shipped_that_is_not(self):
        with pytest.raises(AssertionError, match="as it is shipped"):
            rules.decide_version(None, make.propose(make.OWN, shipped=True), make.officer())

    @pytest.mark.parametrize(
        ("id", "version", "expected"),
        [
            ("exchange-proxy", 1, "reserved-name"),  # the program ships it
            ("exchange-proxy", 2, "proposed"),
            ("exchange-proxy", 9_999, "proposed"),
            ("exchange-proxy", 10_000, "numbers-out-of-range"),
            ("exchange-nothing", 1, "reserved-name"),  # the program may ship it one day
            ("exchange-nothing", 2, "reserved-name"),
            ("judicial-2016", 1, "reserved-name"),
            ("judicial-2016", 2, "reserved-name"),
            ("judicial-2030", 1, "reserved-name"),
            ("replay", 2, "reserved-name"),
            ("replay-proxy", 2, "reserved-name"),
            ("steppe", 1, "proposed"),
            ("steppe", 0, "numbers-out-of-range"),
        ],
    )
    def test_leaves_the_programs_names_alone(self, id, version, expected):
        assert self.own(id=id, version=version) == expected

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"min_bidding_s": 59}, "numbers-out-of-range"),
            ({"min_bidding_s": 60}, "proposed"),
            ({"min_bidding_s": 366 * 86_400}, "proposed"),
            ({"min_bidding_s": 366 * 86_400 + 1}, "numbers-out-of-range"),
            ({"extension_s": 0}, "proposed"),
            ({"extension_s": 86_400}, "proposed"),
            ({"extension_s": 86_401}, "numbers-out-of-range"),
            ({"grace_ms": 0}, "proposed"),
            ({"grace_ms": 60_000}, "proposed"),
            ({"grace_ms": 60_001}, "numbers-out-of-range"),
            ({"start_min_bp": 10_000}, "proposed"),
            ({"start_min_bp": 10_001}, "numbers-out-of-range"),
            ({"deposit_max_bp": 10_000}, "proposed"),
            ({"deposit_max_bp": 10_001}, "numbers-out-of-range"),
            ({"deposit_min_bp": 3_000}, "proposed"),
            ({"needs_listing": False}, "numbers-out-of-range"),
            ({"needs_increments": False, "leader_may_raise": False}, "proposed"),
            ({"needs_deposit": False}, "numbers-out-of-range"),  # a deal rests on the winner's deposit
            ({"effective_from": date(2099, 1, 1)}, "proposed"),  # announcing waits for the day, activating does not
        ],
    )
    def test_takes_numbers_in_range(self, changes, expected):
        assert self.own(**changes) == expected

    def test_keeps_a_later_version_to_the_format_of_the_first(self):
        assert self.own(format=Format.ASCENDING) == "format-changed"
        assert self.own(id="steppe", format=Format.ASCENDING) == "proposed"

    @pytest.mark.parametrize("format", Format)
    def test_takes_no_format_that_no_lot_can_be_held_under(self, format):
        asks = {"needs_increments": format is not Format.DUTCH, "needs_listing": format is not Format.REVERSE}

        assert self.own(id="steppe", format=format, **asks) == holding(format, "proposed")

    @pytest.mark.parametrize(
        ("format", "asks"),
        [
            (Format.DUTCH, {"needs_increments": True}),
            (Format.REVERSE, {"needs_listing": True}),
            (Format.PROXY, {"needs_listing": False}),
        ],
    )
    def test_takes_no_numbers_under_which_nothing_could_be_held(self, format, asks):
        assert self.own(id="steppe", format=format, **asks) == "numbers-out-of-range"


class TestActivate:
    @pytest.mark.parametrize("format", Format)
    def test_takes_no_format_that_no_lot_can_be_held_under(self, format):
        version = replace(make.proposed(), profile=replace(make.OWN, id="steppe", format=format))

        assert outcome(version, Activate(), make.SECOND) == holding(format, "active")

    @pytest.mark.parametrize("format", [Format.FIRST_PRICE, Format.SECOND_PRICE])
    def test_refuses_sealed_bidding_while_there_are_no_envelopes(self, format):
        version = replace(make.proposed(), profile=replace(make.OWN, id="steppe", format=format))

        assert outcome(version, Activate(), make.SECOND) == "needs-envelopes"


class TestEvents:
    def test_publish_every_number_and_seal_who_acts(self):
        [proposed] = rules.decide_version(None, make.propose(), make.officer()).events
        [activated] = rules.decide_version(make.proposed(), Activate(), make.officer(make.SECOND)).events

        assert (proposed.kind, proposed.subject, proposed.rule) == (
            "auction.profile_proposed",
            make.ID,
            "exchange-proxy@2",
        )
        assert proposed.data == {"profile": make.OWN.to_json()}
        assert (activated.kind, activated.data) == ("auction.profile_activated", {"ref": "exchange-proxy@2"})
        assert activated.sealed == {"by": {"organisation": make_auctions.OPERATOR, "person": make.SECOND}}

    @pytest.mark.parametrize(
        ("version", "command", "kind"),
        [
            (make.proposed(), RejectProposal(), "auction.profile_rejected"),
            (make.active(), Retire(), "auction.profile_retired"),
        ],
    )
    def test_cite_the_version_that_is_over(self, version, command, kind):
        [event] = rules.decide_version(version, command, make.officer()).events

        assert (event.kind, event.rule, dict(event.data)) == (kind, "exchange-proxy@2", {"ref": "exchange-proxy@2"})


class TestShipped:
    def test_leaves_later_versions_of_the_exchanges_own_rules_to_its_officers(self):
        own = [one for one in rules.PROFILES.values() if one.id not in model.LAW_IDS | model.REPLAY_IDS]

        assert all(one.version == 1 and one.id.startswith("exchange-") for one in own)

    def test_names_replays_as_the_model_does(self):
        assert {rules.PROFILES[ref].id for ref in rules.REPLAYS} == model.REPLAY_IDS
        assert {one.id for one in rules.PROFILES.values() if one.id.startswith("judicial")} == model.LAW_IDS
        assert rules.PROFILES.keys() >= model.FROM_BEFORE


class TestDiagram:
    def test_is_drawn_from_the_table(self):
        assert rules.version_diagram() == (
            "stateDiagram-v2\n"
            "    [*] --> proposed: Propose\n"
            "    proposed --> active: Activate\n"
            "    proposed --> rejected: RejectProposal\n"
            "    active --> retired: Retire\n"
            "    rejected --> proposed: Propose\n"
            "    retired --> proposed: Propose\n"
        )
