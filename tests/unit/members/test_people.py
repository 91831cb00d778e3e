"""An organisation looks after its own people and tokens; nobody looks after another's."""

from datetime import timedelta

import pytest

from exchange.members import model, rules
from exchange.members.model import Capability, OrganisationState, PersonState, Role
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import PersonId
from tests import make_members as make

MICROSECOND = timedelta(microseconds=1)


def outcome(function, *args) -> str:
    try:
        function(*args)
    except Refusal as refusal:
        return refusal.code().removeprefix("members/")
    return "ok"


class TestAddPerson:
    COMMAND = model.AddPerson(id=make.PERSON, name="萨仁高娃")

    @pytest.mark.parametrize("state", OrganisationState)
    def test_is_open_to_the_organisation_in_every_state(self, state):
        decision = rules.add_person(make.organisation(state=state), self.COMMAND, make.by_member())

        assert decision.person == make.person()

    @pytest.mark.parametrize("cause", [make.by(make.STRANGER), make.by_officer()])
    def test_is_closed_to_everybody_else(self, cause):
        assert outcome(rules.add_person, make.organisation(), self.COMMAND, cause) == "not-your-organisation"

    def test_seals_the_name_and_whose_it_is(self):
        (event,) = rules.add_person(make.organisation(), self.COMMAND, make.by_member()).events

        assert (event.kind, event.subject) == ("member.person_added", make.PERSON)
        assert event.data == {"state": "active"}
        assert set(event.sealed) == {"name", "organisation", "by"}


class TestRemovePerson:
    COMMAND = model.RemovePerson(id=make.PERSON)

    def test_ends_their_acting_once(self):
        decision = rules.remove_person(make.person(), self.COMMAND, make.by_member())

        assert decision.person == make.person(state=PersonState.LEFT)
        assert [event.kind for event in decision.events] == ["member.person_removed"]
        assert outcome(rules.remove_person, decision.person, self.COMMAND, make.by_member()) == "person-has-left"

    @pytest.mark.parametrize(
        ("cause", "expected"),
        [
            (make.by(make.STRANGER), "not-your-organisation"),
            (make.by_officer(), "not-your-organisation"),
            (make.by(make.MEMBER, person=make.PERSON), "not-yourself"),
        ],
    )
    def test_is_for_a_colleague(self, cause, expected):
        assert outcome(rules.remove_person, make.person(), self.COMMAND, cause) == expected

    def test_never_takes_another_person(self):
        with pytest.raises(AssertionError, match="person"):
            rules.remove_person(make.person(id=PersonId.from_number(5)), self.COMMAND, make.by_member())


def issuing(**changes):
    usual = {
        "id": make.BEARER.id,
        "scopes": make.token().scopes,
        "secret_hash": make.BEARER.secret_hash,
        "created_at": make.NOON,
        "expires_at": make.EXPIRY,
    }
    return model.IssueToken(**(usual | changes))


class TestIssueToken:
    command = staticmethod(issuing)

    @pytest.mark.parametrize("state", OrganisationState)
    def test_may_scope_what_comes_alive_with_verification(self, state):
        decision = rules.issue_token(make.organisation(state=state), make.person(), self.command(), make.by_member())

        assert decision.token == make.token()

    def test_never_puts_the_hash_on_the_record(self):
        (event,) = rules.issue_token(make.organisation(), make.person(), self.command(), make.by_member()).events

        assert (event.kind, event.subject) == ("member.token_issued", make.BEARER.id)
        assert event.data == {
            "scopes": ["listings.write", "members.manage"],
            "expires_at": "2026-05-31T04:00:00.000000Z",
        }
        assert set(event.sealed) == {"organisation", "person", "by"}
        assert make.BEARER.secret_hash not in str(event)

    @pytest.mark.parametrize("cause", [make.by(make.STRANGER), make.by_officer()])
    def test_is_closed_to_everybody_else(self, cause):
        assert (
            outcome(rules.issue_token, make.organisation(), make.person(), self.command(), cause)
            == "not-your-organisation"
        )

    @pytest.mark.parametrize(
        ("person", "expected"),
        [({"organisation": make.STRANGER}, "not-your-organisation"), ({"state": PersonState.LEFT}, "person-has-left")],
    )
    def test_is_for_the_people_it_has(self, person, expected):
        found = outcome(rules.issue_token, make.organisation(), make.person(**person), self.command(), make.by_member())

        assert found == expected

    @pytest.mark.parametrize("role", Role)
    @pytest.mark.parametrize("scope", Capability)
    def test_carries_nothing_the_roles_do_not_allow(self, role, scope):
        organisation = make.organisation(roles=frozenset({role}))
        expected = "ok" if scope in rules.ROLE_CAPABILITIES[role] else "scope-not-allowed"

        command = self.command(scopes=frozenset({scope}))

        assert outcome(rules.issue_token, organisation, make.person(), command, make.by_member()) == expected

    @pytest.mark.parametrize(
        ("issuing", "expected"),
        [
            ({Capability.MEMBERS_MANAGE, Capability.LISTINGS_WRITE}, "ok"),
            ({Capability.MEMBERS_MANAGE, Capability.LISTINGS_WRITE, Capability.LOTS_WRITE}, "ok"),
            ({Capability.MEMBERS_MANAGE}, "scope-not-allowed"),
            ({Capability.LISTINGS_WRITE}, "scope-not-allowed"),
            (set(), "scope-not-allowed"),
        ],
    )
    def test_is_no_wider_than_the_token_it_is_asked_with(self, issuing, expected):
        cause = make.by(make.MEMBER, Capability.MEMBERS_MANAGE, scopes=frozenset(issuing))

        assert outcome(rules.issue_token, make.organisation(), make.person(), self.command(), cause) == expected

    @pytest.mark.parametrize(
        ("life", "expected"),
        [
            (timedelta(0), "expiry-out-of-range"),
            (-MICROSECOND, "expiry-out-of-range"),
            (MICROSECOND, "ok"),
            (timedelta(days=366) - MICROSECOND, "ok"),
            (timedelta(days=366), "ok"),
            (timedelta(days=366) + MICROSECOND, "expiry-out-of-range"),
        ],
    )
    def test_lives_up_to_a_year(self, life, expected):
        command = self.command(expires_at=make.NOON + life)

        assert outcome(rules.issue_token, make.organisation(), make.person(), command, make.by_member()) == expected

    def test_has_at_least_one_scope(self):
        with pytest.raises(model.UnusableField):
            self.command(scopes=frozenset())


class TestReissueToken:
    def reissue(self, cause=None, *, person=None, **changes):
        organisation = make.organisation(**({"state": OrganisationState.REGISTERED} | changes))
        return rules.reissue_token(organisation, person or make.person(), issuing(), cause or make.by_officer())

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            (OrganisationState.REGISTERED, "ok"),
            (OrganisationState.REJECTED, "ok"),
            (OrganisationState.VERIFIED, "wrong-state"),
            (OrganisationState.SUSPENDED, "wrong-state"),
        ],
    )
    def test_ends_with_verification(self, state, expected):
        assert outcome(lambda: self.reissue(state=state)) == expected

    @pytest.mark.parametrize(
        ("cause", "expected"),
        [
            (make.by_member(), "not-an-officer"),
            (make.by(make.STRANGER), "not-an-officer"),
            (make.by(make.MEMBER, Capability.MEMBERS_VERIFY), "own-organisation"),
        ],
    )
    def test_is_for_an_officer_of_another_organisation(self, cause, expected):
        assert outcome(self.reissue, cause) == expected

    def test_is_for_a_person_who_is_there(self):
        assert outcome(lambda: self.reissue(person=make.person(state=PersonState.LEFT))) == "person-has-left"

    def test_says_on_the_record_who_did_it(self):
        decision = self.reissue()
        (event,) = decision.events

        assert decision.token == make.token()
        assert (event.kind, event.subject) == ("member.token_reissued", make.BEARER.id)
        assert event.sealed["by"] == {"organisation": make.OPERATOR, "person": make.OFFICER}


class TestRevokeToken:
    COMMAND = model.RevokeToken(revoked_at=make.NOON)

    @pytest.mark.parametrize(
        ("cause", "expected"),
        [(make.by_member(), "ok"), (make.by_officer(), "ok"), (make.by(make.STRANGER), "not-your-organisation")],
    )
    def test_is_for_its_organisation_or_an_officer(self, cause, expected):
        assert outcome(rules.revoke_token, make.token(), self.COMMAND, cause) == expected

    def test_kills_it_once_and_at_once(self):
        decision = rules.revoke_token(make.token(), self.COMMAND, make.by_member())

        assert not decision.token.is_live(make.NOON - timedelta(days=1))
        assert [event.data for event in decision.events] == [{"revoked_at": "2026-03-02T04:00:00.000000Z"}]
        assert outcome(rules.revoke_token, decision.token, self.COMMAND, make.by_member()) == "already-revoked"
