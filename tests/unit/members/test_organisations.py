"""Every state, every command; who may judge whom. Written by hand: never import the table under test."""

import pytest

from exchange.members import model, rules
from exchange.members.model import OrganisationState, Role
from ledger.kernel.errors import Refusal
from listings.achievements.model import Region
from tests import make_members as make

# One row per state, one column per command. A word is the next state; `-` is `wrong-state`.
OUTCOMES = """
                Resubmit    Verify    Reject    Suspend    Reinstate
    registered  -           verified  rejected  -          -
    verified    -           -         -         suspended  -
    rejected    registered  -         -         -          -
    suspended   -           -         -         -          verified
"""
MENDED = {
    "name": "内蒙古工业大学",
    "credit_code": make.credit_code(2),
    "roles": frozenset({Role.ENTERPRISE}),
    "region": Region.BAOTOU,
}
COMMANDS = {
    "Resubmit": (model.Resubmit(**MENDED), make.by_member()),
    "Verify": (model.Verify(), make.by_officer()),
    "Reject": (model.Reject(reasons=("证照过期",)), make.by_officer()),
    "Suspend": (model.Suspend(reasons=("涉嫌串通",)), make.by_officer()),
    "Reinstate": (model.Reinstate(), make.by_officer()),
}


def cases():
    header, *rows = (line.split() for line in OUTCOMES.strip().splitlines())
    return [(state, command, cell) for state, *cells in rows for command, cell in zip(header, cells, strict=True)]


def outcome(function, *args, **named) -> str:
    try:
        return function(*args, **named).organisation.state.value
    except Refusal as refusal:
        return refusal.code().removeprefix("members/").replace("wrong-state", "-")


class TestDecide:
    @pytest.mark.parametrize(("state", "command", "expected"), cases())
    def test_follows_the_outcome_table(self, state, command, expected):
        organisation = make.organisation(state=OrganisationState(state))

        assert outcome(rules.decide, organisation, *COMMANDS[command]) == expected

    def test_covers_every_state_and_command(self):
        assert len(cases()) == len(OrganisationState) * len(model.COMMANDS)
        assert {type(command) for command, _ in COMMANDS.values()} == set(model.COMMANDS)

    @pytest.mark.parametrize("state", OrganisationState)
    @pytest.mark.parametrize("command", ["Verify", "Reject", "Suspend", "Reinstate"])
    def test_lets_officers_alone_judge_and_never_their_own(self, state, command):
        sent, officer = COMMANDS[command]
        organisation = make.organisation(state=state)

        assert outcome(rules.decide, organisation, sent, make.by(make.STRANGER, "members.manage")) == "not-an-officer"
        assert outcome(rules.decide, organisation, sent, make.by(make.MEMBER, "members.verify")) == "own-organisation"
        assert officer.actor.organisation == make.OPERATOR

    @pytest.mark.parametrize("state", OrganisationState)
    def test_lets_the_organisation_alone_mend_its_registration(self, state):
        organisation = make.organisation(state=state)

        assert (
            outcome(rules.decide, organisation, COMMANDS["Resubmit"][0], make.by_officer()) == "not-your-organisation"
        )

    @pytest.mark.parametrize(("state", "command"), [("registered", "Reject"), ("verified", "Suspend")])
    def test_keeps_the_reasons_and_seals_them(self, state, command):
        sent, cause = COMMANDS[command]

        decision = rules.decide(make.organisation(state=OrganisationState(state)), sent, cause)

        assert decision.organisation.reasons == sent.reasons
        assert decision.events[0].sealed["reasons"] == sent.reasons

    @pytest.mark.parametrize(("state", "command"), [("rejected", "Resubmit"), ("suspended", "Reinstate")])
    def test_forgets_them_when_they_are_mended(self, state, command):
        decision = rules.decide(make.organisation(state=OrganisationState(state)), *COMMANDS[command])

        assert decision.organisation.reasons == ()

    def test_takes_what_was_mended(self):
        decision = rules.decide(make.organisation(state=OrganisationState.REJECTED), *COMMANDS["Resubmit"])

        assert decision.organisation == make.organisation(state=OrganisationState.REGISTERED, **MENDED)

    @pytest.mark.parametrize(("state", "command", "expected"), [case for case in cases() if case[2] != "-"])
    def test_records_who_decided_and_names_nobody(self, state, command, expected):
        sent, cause = COMMANDS[command]

        (event,) = rules.decide(make.organisation(state=OrganisationState(state)), sent, cause).events

        assert (event.subject, event.data["state"]) == (make.MEMBER, expected)
        assert event.sealed["by"] == {"organisation": cause.actor.organisation, "person": cause.actor.person}
        assert not {"name", "credit_code", "reasons", "by"} & set(event.data)


def registration(*roles: Role):
    return model.RegisterOrganisation(
        id=make.MEMBER, name="内蒙古大学", credit_code=make.credit_code(), roles=frozenset(roles), region=Region.HOHHOT
    )


class TestRegister:
    @pytest.mark.parametrize(
        ("roles", "itself", "officer"),
        [
            ({Role.UNIVERSITY}, "registered", "registered"),
            ({Role.ENTERPRISE, Role.UNIVERSITY}, "registered", "registered"),
            ({Role.BANK}, "registered", "registered"),
            ({Role.FUND}, "registered", "registered"),
            ({Role.SERVICE_AGENCY}, "registered", "registered"),
            ({Role.REGULATOR}, "role-not-self-registered", "registered"),
            ({Role.OPERATOR}, "role-not-self-registered", "registered"),
            ({Role.OPERATOR, Role.ENTERPRISE}, "role-not-self-registered", "roles-incompatible"),
            ({Role.REGULATOR, Role.OPERATOR}, "role-not-self-registered", "roles-incompatible"),
        ],
    )
    def test_lets_authorities_in_by_an_officer_alone(self, roles, itself, officer):
        assert outcome(rules.register, registration(*roles), make.by_member()) == itself
        assert outcome(rules.register, registration(*roles), make.by_officer()) == officer

    def test_lets_no_member_enter_another(self):
        assert outcome(rules.register, registration(Role.ENTERPRISE), make.by(make.STRANGER)) == "not-an-officer"

    def test_publishes_roles_and_region_and_seals_names(self):
        decision = rules.register(registration(Role.UNIVERSITY, Role.ENTERPRISE), make.by_member())

        (event,) = decision.events
        assert (event.kind, event.subject) == ("member.registered", make.MEMBER)
        assert event.data == {"state": "registered", "roles": ["enterprise", "university"], "region": "1501"}
        assert set(event.sealed) == {"name", "credit_code", "by"}

    def test_cannot_become_an_authority_by_resubmitting(self):
        rejected = make.organisation(state=OrganisationState.REJECTED)
        claim = model.Resubmit(**(MENDED | {"roles": frozenset({Role.REGULATOR})}))
        regulator = make.organisation(state=OrganisationState.REJECTED, roles=frozenset({Role.REGULATOR}))

        assert outcome(rules.decide, rejected, claim, make.by_member()) == "role-not-self-registered"
        assert outcome(rules.decide, regulator, claim, make.by_member()) == "registered"


class TestFound:
    COMMAND = model.FoundExchange(
        id=make.OPERATOR, name="蒙科聚创新驱动平台", credit_code=make.credit_code(9), region=Region.HOHHOT
    )

    def test_enters_a_verified_operator_once(self):
        decision = rules.found(self.COMMAND, make.by(make.OPERATOR), founded=False)

        assert decision.organisation.state is OrganisationState.VERIFIED
        assert decision.organisation.roles == {Role.OPERATOR}
        assert [event.data["state"] for event in decision.events] == ["verified"]
        assert outcome(rules.found, self.COMMAND, make.by(make.OPERATOR), founded=True) == "already-founded"


class TestEnrol:
    def test_enters_a_bidder_verified_for_a_replay(self):
        decision = rules.enrol(registration(Role.ENTERPRISE), make.by_officer())

        assert decision.organisation == make.organisation(roles=frozenset({Role.ENTERPRISE}))
        assert [event.data["state"] for event in decision.events] == ["verified"]

    @pytest.mark.parametrize("role", rules.AUTHORITIES)
    def test_enters_no_authority(self, role):
        with pytest.raises(AssertionError, match="authorities"):
            rules.enrol(registration(role), make.by_officer())


def test_the_diagram_draws_every_state():
    lines = rules.diagram().splitlines()

    assert lines[1] == "    [*] --> registered"
    assert "    registered --> verified: verify" in lines
    assert len(lines) == 7
