"""The auditor's reading of one version of the bidding rules: what is lawful has no finding, each lie has its own."""

import copy

import pytest

from exchange.auctions import checks, rules
from exchange.auctions.model import Activate, Announce, RejectProposal, Retire, VersionState
from tests import make_auctions
from tests import make_versions as make
from tests.make_versions import FIRST, SECOND, THIRD

PROPOSED = (make.propose(), FIRST)
SHIPPED = (make.propose(make.SHIPPED, shipped=True), FIRST)
LIVES = {
    "proposed": ((PROPOSED,), VersionState.PROPOSED),
    "active": ((PROPOSED, (Activate(), SECOND)), VersionState.ACTIVE),
    "rejected by its own": ((PROPOSED, (RejectProposal(), FIRST)), VersionState.REJECTED),
    "retired": ((PROPOSED, (Activate(), SECOND), (Retire(), FIRST)), VersionState.RETIRED),
    "shipped": (
        (
            SHIPPED,
            (RejectProposal(), SECOND),
            SHIPPED,
            (Activate(), THIRD),
            (Retire(), THIRD),
            (SHIPPED[0], SECOND),
            (Activate(), FIRST),
        ),
        VersionState.ACTIVE,
    ),
}


def life(name="active", *, opened=True):
    return copy.deepcopy(make.record(*LIVES[name][0], opened=opened))


CHEATS = []


def cheat(finding, of="active", *, blind=True):
    """A lie about the life `of` a version; `blind`: it is seen with everything sealed, too."""

    def keep(act):
        CHEATS.append(pytest.param(finding, of, blind, act, id=act.__name__))
        return act

    return keep


@cheat("entry 1 (auction.profile_activated) was done by the person who had proposed it", blind=False)
def activate_alone(entries):
    entries[1]["opened"]["by"]["person"] = FIRST


@cheat("entry 0 (auction.profile_activated) follows a version that is not proposed")
def activate_what_nobody_proposed(entries):
    del entries[0]
    entries[0]["seq"] = 0


@cheat("entry 1 (auction.profile_activated) follows a version that is active")
def activate_twice(entries):
    entries.append(copy.deepcopy(entries[1]))


@cheat("(auction.profile_activated) follows a version that is retired", "retired")
def activate_what_is_retired(entries):
    entries.append(copy.deepcopy(entries[1]))


@cheat("entry 0 (auction.profile_retired) follows a version that is not proposed", "retired")
def retire_what_nobody_proposed(entries):
    del entries[:2]
    entries[0]["seq"] = 0


@cheat("(auction.profile_proposed) follows a version that is active")
def propose_what_is_active(entries):
    entries.append(copy.deepcopy(entries[0]))


@cheat("proposes exchange-proxy@2 anew, which does not come with the program", "rejected by its own")
def use_a_number_again(entries):
    entries.append(copy.deepcopy(entries[0]))


@cheat("changes the numbers of exchange-proxy@1", "shipped")
def change_numbers(entries):
    entries[2]["data"]["profile"]["extension_s"] = 1


@cheat("misquotes exchange-proxy@1", "shipped")
def misquote_the_program(entries):
    for entry in entries:
        if "profile" in entry["data"]:
            entry["data"]["profile"]["extension_s"] = 1


@cheat("makes up judicial-2016@7, which no law says")
def make_up_a_law(entries):
    rename(entries, "judicial-2016", 7)


@cheat("proposes replay@9, which replays alone run under")
def propose_what_replays_run_under(entries):
    rename(entries, "replay", 9)


@cheat("puts sealed bidding into force, without envelopes")
def activate_sealed_bidding(entries):
    entries[0]["data"]["profile"]["format"] = "second-price"


@cheat("is of a format that has no rules")
def invent_a_format(entries):
    entries[0]["data"]["profile"]["format"] = "by-friendship"


@cheat("tells of exchange-proxy@3 and cites exchange-proxy@2")
def cite_another(entries):
    entries[0]["data"]["profile"]["version"] = 3


@cheat("cites exchange-proxy@3 and was decided under exchange-proxy@2")
def activate_another(entries):
    entries[1]["data"]["ref"] = "exchange-proxy@3"


@cheat("is about exchange-proxy@3, not about exchange-proxy@2")
def change_the_version(entries):
    entries[1]["rule"] = entries[1]["data"]["ref"] = "exchange-proxy@3"


@cheat("does not tell grace_ms")
def leave_a_number_out(entries):
    del entries[0]["data"]["profile"]["grace_ms"]


@cheat("tells favours, which no version has")
def add_a_number(entries):
    entries[0]["data"]["profile"]["favours"] = 1


@cheat("cannot be read: effective_from is not a day")
def begin_never(entries):
    entries[0]["data"]["profile"]["effective_from"] = "soon"


@cheat("publishes by")
def publish_who(entries):
    entries[1]["data"]["by"] = FIRST


@cheat("does not seal by")
def seal_nobody(entries):
    entries[1]["sealed"] = {}


@cheat("was recorded before the entry it follows")
def record_it_too_early(entries):
    entries[1]["recorded_at"] = entries[1]["arrived_at"] = "2026-03-02T11:59:59.999999Z"


@cheat("is not something that happens to a version of the rules")
def tell_of_something_else(entries):
    entries[1]["kind"] = "auction.bid_accepted"


def rename(entries, id, version):
    for entry in entries:
        entry["rule"] = f"{id}@{version}"
        if "ref" in entry["data"]:
            entry["data"]["ref"] = entry["rule"]
    entries[0]["data"]["profile"] |= {"id": id, "version": version}


class TestCheckVersion:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize("name", LIVES)
    def test_finds_nothing_wrong_with_what_is_lawful(self, name, opened):
        entries = life(name, opened=opened)

        assert checks.check(entries) == []
        assert checks.version_state(entries) is LIVES[name][1]

    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize(("finding", "of", "blind", "act"), CHEATS)
    def test_names_each_cheat(self, finding, of, blind, act, opened):
        if not (blind or opened):
            return
        entries = life(of, opened=opened)
        act(entries)

        assert any(finding in found for found in checks.check(entries)), checks.check(entries)

    def test_takes_the_end_of_what_was_in_force_before(self):
        entries = make.record(
            (make.propose(rules.JUDICIAL_2016, shipped=True), FIRST), (Activate(), SECOND), (Retire(), FIRST)
        )[2:]

        assert checks.check(entries) == []

    def test_knows_no_version_of_a_lot(self):
        astray = [entry | {"subject": "lst_1"} for entry in life("proposed")]

        assert checks.check(astray) == ["entry 0 (auction.profile_proposed) is about no lot"]

    def test_knows_no_version_among_the_entries_of_a_lot(self):
        lot = make_auctions.Record()
        seller = make_auctions.cause(make_auctions.SELLER, make_auctions.NOON - make_auctions.DAY)
        lot.take(rules.decide(make_auctions.draft(), Announce(), seller), make_auctions.NOON)
        entries = [*lot.entries, life("proposed")[0] | {"subject": make_auctions.LOT, "seq": 1}]

        assert "entry 1 (auction.profile_proposed) is not something that happens to a lot" in checks.check(entries)

    def test_has_no_state_before_anything_is_told(self):
        assert checks.version_state([]) is None
