"""Who may do what: the table of roles restated by hand, and what a token still opens."""

from datetime import timedelta

import pytest

from exchange.members import model, rules
from exchange.members.model import Capability, OrganisationState, PersonState, Role
from ledger.kernel.ids import PersonId
from listings.achievements.model import REVIEW
from tests import make_members as make

MICROSECOND = timedelta(microseconds=1)
STRANGER_PERSON = PersonId.from_number(7)

# One row per capability, one column per role; a cross where the role holds it.
GRANTS = """
                            university enterprise regulator operator bank fund service_agency
    members.manage          x          x          x         x        x    x    x
    members.read            -          -          x         x        -    -    -
    members.register        -          -          -         x        -    -    -
    members.verify          -          -          -         x        -    -    -
    listings.write          x          x          -         -        -    -    -
    listings.review         -          -          -         x        -    -    -
    listings.read_internal  -          -          x         x        -    -    -
    lots.write              x          x          -         -        -    -    -
    lots.bid                -          x          -         -        -    -    -
    profiles.manage         -          -          -         x        -    -    -
    lots.score              x          x          -         -        x    x    x
    lots.suspend            -          -          -         x        -    -    -
    deposits.confirm        -          -          -         x        -    -    -
    payments.record         -          -          -         x        -    -    -
    contracts.write         x          x          -         -        -    -    -
    contracts.sign          x          x          -         -        -    -    -
    contracts.register      -          -          -         x        -    -    -
    settlements.settle      x          x          -         -        -    -    -
    deals.read              x          x          x         x        -    -    x
    deals.read_all          -          -          x         x        -    -    -
    deals.freeze            -          -          x         -        -    -    -
    subsidies.claim         x          x          -         -        -    -    -
    subsidies.decide        -          -          x         -        -    -    -
    packs.read              x          x          x         x        -    -    -
    ledger.read_disclosures -          -          x         -        -    -    -
    clock.move              -          -          -         x        -    -    -
    replay.onboard          -          -          -         x        -    -    -
"""


def grants():
    header, *rows = (line.split() for line in GRANTS.strip().splitlines())
    return [(role, row[0], cell == "x") for row in rows for role, cell in zip(header, row[1:], strict=True)]


def every_scope(**changes):
    return make.token(scopes=frozenset(Capability), **changes)


class TestAllowed:
    @pytest.mark.parametrize(("role", "capability", "held"), grants())
    def test_follows_the_table(self, role, capability, held):
        organisation = make.organisation(roles=frozenset({Role(role)}))

        assert (Capability(capability) in rules.allowed(organisation)) is held

    def test_covers_every_role_and_capability(self):
        assert {(role, capability) for role, capability, _ in grants()} == {(r, c) for r in Role for c in Capability}

    def test_joins_the_roles_of_an_organisation(self):
        both = make.organisation(roles=frozenset({Role.UNIVERSITY, Role.ENTERPRISE}))

        assert (
            rules.allowed(both) == rules.ROLE_CAPABILITIES[Role.UNIVERSITY] | rules.ROLE_CAPABILITIES[Role.ENTERPRISE]
        )

    @pytest.mark.parametrize("role", rules.AUTHORITIES)
    def test_lets_no_authority_bid_or_sell(self, role):
        assert not rules.ROLE_CAPABILITIES[role] & {
            Capability.LOTS_BID,
            Capability.LOTS_WRITE,
            Capability.LISTINGS_WRITE,
        }

    def test_names_the_officers_capability_as_the_listings_do(self):
        assert Capability.LISTINGS_REVIEW == REVIEW


class TestCapabilities:
    def now(self, *, at=make.NOON, organisation=None, person=None, token=None):
        return rules.capabilities(
            organisation or make.organisation(), person or make.person(), token or every_scope(), at=at
        )

    def test_are_the_scopes_the_roles_allow(self):
        assert self.now() == rules.ROLE_CAPABILITIES[Role.UNIVERSITY]
        assert self.now(token=make.token(scopes=frozenset({Capability.LISTINGS_WRITE, Capability.LOTS_BID}))) == {
            Capability.LISTINGS_WRITE
        }

    @pytest.mark.parametrize("role", Role)
    def test_shrink_to_what_was_begun_while_suspended(self, role):
        organisation = make.organisation(state=OrganisationState.SUSPENDED, roles=frozenset({role}))
        begun = [
            "members.manage",
            "contracts.write",
            "contracts.sign",
            "settlements.settle",
            "deals.read",
            "packs.read",
        ]

        assert self.now(organisation=organisation) == rules.ROLE_CAPABILITIES[role] & {Capability(one) for one in begun}

    @pytest.mark.parametrize("state", [OrganisationState.REGISTERED, OrganisationState.REJECTED])
    @pytest.mark.parametrize("role", Role)
    def test_shrink_to_looking_after_itself_before_it_is_verified(self, state, role):
        organisation = make.organisation(state=state, roles=frozenset({role}))

        assert self.now(organisation=organisation) == {Capability.MEMBERS_MANAGE}

    @pytest.mark.parametrize(
        ("at", "some"), [(make.EXPIRY - MICROSECOND, True), (make.EXPIRY, False), (make.EXPIRY + MICROSECOND, False)]
    )
    def test_end_with_the_token(self, at, some):
        assert bool(self.now(at=at)) is some

    @pytest.mark.parametrize(
        "changes",
        [
            {"token": every_scope(revoked_at=make.NOON)},
            {"token": every_scope(organisation=make.STRANGER)},
            {"token": every_scope(person=STRANGER_PERSON)},
            {"person": make.person(state=PersonState.LEFT)},
            {"person": make.person(organisation=make.STRANGER)},
            {"organisation": make.organisation(id=make.STRANGER)},
        ],
    )
    def test_are_none_unless_all_three_belong_together(self, changes):
        assert self.now(**changes) == frozenset()


class TestAdmit:
    def admit(self, *, bearer=make.BEARER, at=make.NOON, person=None, token=None, organisation=None):
        return rules.admit(
            bearer, organisation or make.organisation(), person or make.person(), token or make.token(), at=at
        )

    def test_says_who_acts_and_what_they_may(self):
        actor = self.admit()

        assert (actor.organisation, actor.person) == (make.MEMBER, make.PERSON)
        assert actor.capabilities == {"listings.write", "members.manage"}

    def test_admits_a_suspended_member_to_look_after_itself(self):
        actor = self.admit(organisation=make.organisation(state=OrganisationState.SUSPENDED))

        assert actor.capabilities == {"members.manage"}
        assert actor.scopes == {"listings.write", "members.manage"}

    @pytest.mark.parametrize(
        "changes",
        [
            {"bearer": model.Bearer(id=make.BEARER.id, secret="t" * 43)},
            {"token": make.token(revoked_at=make.NOON)},
            {"at": make.EXPIRY},
            {"person": make.person(state=PersonState.LEFT)},
        ],
    )
    def test_gives_one_answer_to_every_dead_token(self, changes):
        with pytest.raises(model.TokenNotValid) as refusal:
            self.admit(**changes)

        assert refusal.value.detail == "the token is unknown, expired or revoked"
        assert refusal.value.facts == {}
