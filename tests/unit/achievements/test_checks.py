"""An honest record of a listing or an asset passes, opened and sealed; each way of cheating is named."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.kernel import instant
from listings.achievements import checks, model, rules
from listings.achievements.model import Release, Reserve, State, Tick
from tests import make_achievements as make

MICROSECOND = timedelta(microseconds=1)
MONDAY, LATER, REVISED_ENDS = make.MONDAY, make.MONDAY + timedelta(days=7), "2026-04-07T16:00:00.000000Z"


def story(*, opened=True):
    """Submitted, returned, mended, accepted, disclosed, revised a week later, opened, released once, awarded."""
    asset, listing, decisions = make.asset(), make.listing(), []

    def act(command, cause):
        nonlocal asset, listing
        decision = rules.decide(listing, command, cause, asset=asset)
        asset, listing = decision.asset, decision.listing
        decisions.append((decision, cause.at))

    act(model.Submit(), make.by_owner())
    act(model.Return(reasons=("摘要过于简单",)), make.by_officer())
    act(model.Revise(terms=make.terms(abstract="已完成中试。", mode=model.Mode.INVESTMENT)), make.by_owner())
    act(model.Submit(), make.by_owner())
    act(model.Accept(), make.by_officer())
    act(model.Publish(), make.by_owner())
    act(model.Revise(terms=replace(listing.terms, price=make.price(asking_fen=95_000_000))), make.by_owner(LATER))
    ends_at = listing.disclosure_ends_at
    act(Tick(), make.by(make.STRANGER, at=ends_at))
    act(Reserve(deal=make.OTHER_LOT), make.by_owner(ends_at))
    act(Release(deal=make.OTHER_LOT), make.by_owner(ends_at))
    act(Reserve(deal=make.LOT), make.by_owner(ends_at))
    act(model.Award(deal=make.LOT), make.by_owner(ends_at))
    return make.entries(decisions, opened=opened), listing


def burdened(*, opened=True):
    """An asset registered, pledged, disputed; the pledge released."""
    command = model.RegisterAsset(
        id=make.ASSET, kind=model.IpKind.TRADE_SECRET, title="配方", application_number=None,
        holders=make.asset().holders, inventors=("张伟",),
    )  # fmt: skip
    decision = rules.register(command, make.by_owner())
    decisions = [(decision, MONDAY)]
    for step in (
        model.RecordEncumbrance(id=name(1), kind=model.EncumbranceKind.PLEDGE, holder="银行", evidence_sha256="b" * 64),
        model.RecordEncumbrance(id=name(2), kind=model.EncumbranceKind.DISPUTE, holder="某", evidence_sha256="c" * 64),
        model.ReleaseEncumbrance(id=name(1)),
    ):
        decision = rules.decide_asset(decision.asset, step, make.by_officer())
        decisions.append((decision, MONDAY))
    return make.entries(decisions, opened=opened)


def name(number):
    return model.EncumbranceId.from_number(number)


def one(entries, kind, nth=0):
    return [entry for entry in entries if entry["kind"].endswith(f".{kind}")][nth]


class TestCheck:
    @pytest.mark.parametrize("opened", [True, False])
    def test_finds_nothing_wrong_with_an_honest_listing(self, opened):
        entries, listing = story(opened=opened)

        assert listing.state is State.AWARDED
        assert one(entries, "revised")["data"]["disclosure_ends_at"] == REVISED_ENDS
        assert [checks.check(entries[:length]) for length in range(len(entries) + 1)] == [[]] * (len(entries) + 1)

    @pytest.mark.parametrize("state", [State.SUBMITTED, State.RETURNED, State.ACCEPTED, State.DISCLOSED, State.OPEN])
    def test_finds_nothing_wrong_with_a_withdrawal(self, state):
        entries, _ = story()
        length = {"submitted": 1, "returned": 2, "accepted": 4, "disclosed": 5, "open": 7}[state]
        decision = rules.decide(
            make.listing(state=state), model.Withdraw(reason="另行安排"), make.by_owner(), asset=make.asset()
        )

        assert checks.check(entries[:length] + make.entries([(decision, MONDAY)])) == []

    @pytest.mark.parametrize("opened", [True, False])
    def test_finds_nothing_wrong_with_an_honest_asset(self, opened):
        entries = burdened(opened=opened)

        assert [checks.check(entries[:length]) for length in range(len(entries) + 1)] == [[]] * (len(entries) + 1)

    def test_leaves_other_subjects_alone(self):
        assert checks.check([{"subject": "lot_1", "kind": "auction.bid_accepted", "seq": 0}]) == []

    @pytest.mark.parametrize("kind", ["listing.opened", "asset.registered"])
    def test_misses_an_entry_about_another_subject(self, kind):
        entries = [{"subject": "lot_1", "kind": kind, "seq": 3}]

        assert checks.check(entries) == [f"entry 3 ({kind}) is about neither a listing nor an asset"]


CHEATS = []


def cheat(finding):
    def register(function):
        CHEATS.append(pytest.param(finding, function, id=function.__name__))
        return function

    return register


@cheat("entry 4 (listing.disclosed) follows a listing that is submitted")
def remove_the_acceptance(entries):
    entries.remove(one(entries, "accepted"))


@cheat("entry 3 (listing.accepted) follows a listing that is returned")
def remove_the_second_submission(entries):
    entries.remove(one(entries, "submitted", 1))


@cheat("entry 6 (listing.opened) follows a listing that is accepted")
def never_disclose(entries):
    entries.remove(one(entries, "disclosed"))
    entries.remove(one(entries, "revised"))


@cheat("(listing.awarded) follows a listing that is open")
def award_without_a_reservation(entries):
    entries.remove(one(entries, "reserved", 1))


@cheat("(listing.reserved) follows a listing that is disclosed")
def reserve_before_opening(entries):
    entries.remove(one(entries, "opened"))


@cheat("(listing.reserved) follows a listing that is reserved")
def reserve_twice(entries):
    entries.remove(one(entries, "released"))


@cheat("(listing.awarded) follows a listing that is awarded")
def award_twice(entries):
    entries.append(one(entries, "awarded"))


@cheat("opens the listing before its disclosure ended")
def open_early(entries):
    one(entries, "opened")["arrived_at"] = "2026-04-07T15:59:59.999999Z"


@cheat("(listing.opened) states another end of the disclosure")
def open_by_the_first_end(entries):
    one(entries, "opened")["data"]["disclosure_ends_at"] = instant.render(make.DISCLOSURE_ENDS)


@cheat("(listing.disclosed) should end its disclosure at 2026-03-30T16:00:00.000000Z")
def end_a_day_early(entries):
    one(entries, "disclosed")["data"]["disclosure_ends_at"] = "2026-03-29T16:00:00.000000Z"


@cheat("(listing.revised) should end its disclosure at 2026-04-07T16:00:00.000000Z")
def keep_the_end_after_a_revision(entries):
    for kind in ("revised", "opened"):
        one(entries, kind)["data"]["disclosure_ends_at"] = instant.render(make.DISCLOSURE_ENDS)


@cheat("is disclosed for 19 working days, fewer than 20")
def disclose_too_short(entries):
    one(entries, "disclosed")["data"] |= {"disclosure_days": 19, "disclosure_ends_at": "2026-03-27T16:00:00.000000Z"}


@cheat("(listing.disclosed) was not disclosed when it arrived")
def predate_the_disclosure(entries):
    one(entries, "disclosed")["data"]["disclosed_at"] = instant.render(MONDAY - MICROSECOND)


@cheat("(listing.revised) comes after the disclosure ended")
def revise_late(entries):
    one(entries, "revised")["arrived_at"] = instant.render(make.DISCLOSURE_ENDS)


@cheat("names no disclosure rule that was published")
def invent_a_rule(entries):
    one(entries, "disclosed")["rule"] = "disclosure-2026@2"


@cheat("(listing.accepted) names a rule, though none decides it")
def name_a_rule(entries):
    one(entries, "accepted")["rule"] = "disclosure-2026@1"


@cheat("cannot be read: the working days of 2027 are not loaded")
def disclose_in_a_year_nobody_knows(entries):
    at = "2027-03-01T01:00:00.000000Z"
    one(entries, "disclosed")["arrived_at"] = one(entries, "disclosed")["data"]["disclosed_at"] = at


@cheat("(listing.disclosed) changes the owner")
def change_the_owner(entries):
    one(entries, "disclosed")["data"]["owner"] = make.STRANGER


@cheat("(listing.submitted) changes the owner")
def hand_it_in_for_another(entries):
    one(entries, "submitted", 1)["data"]["owner"] = make.STRANGER


@cheat("(listing.awarded) changes the asset")
def award_another_asset(entries):
    one(entries, "awarded")["data"]["asset"] = model.AssetId.from_number(2)


@cheat("(listing.disclosed) changes the mode")
def disclose_another_offer(entries):
    one(entries, "disclosed")["data"]["mode"] = "assignment"


@cheat("(listing.disclosed) changes the asking_fen")
def disclose_another_price(entries):
    one(entries, "disclosed")["data"]["asking_fen"] = "1"


@cheat("(listing.disclosed) changes the title")
def disclose_another_title(entries):
    one(entries, "disclosed")["data"]["title"] = "另一技术"


@cheat("(listing.disclosed) changes the abstract_sha256")
def disclose_another_abstract(entries):
    one(entries, "disclosed")["data"]["abstract_sha256"] = "0" * 64


@cheat("(listing.revised) changes the region")
def revise_the_region(entries):
    one(entries, "revised")["data"]["region"] = "1501"


@cheat("(listing.awarded) should give lot_00000000000000000000000000 as its deal")
def award_to_another_deal(entries):
    one(entries, "awarded")["data"]["deal"] = make.OTHER_LOT


@cheat("(listing.released) should give lot_11111111111111111111111111 as its deal")
def release_from_another_deal(entries):
    one(entries, "released")["data"]["deal"] = make.LOT


@cheat("(listing.accepted) should give accepted as its state")
def misstate_the_state(entries):
    one(entries, "accepted")["data"]["state"] = "disclosed"


@cheat("(listing.disclosed) does not seal floor_fen")
def publish_the_floor(entries):
    entry = one(entries, "disclosed")
    entry["data"]["floor_fen"] = entry["opened"]["floor_fen"]
    del entry["sealed"]["floor_fen"]


@cheat("(listing.disclosed) should not publish floor_fen")
def publish_the_floor_too(entries):
    one(entries, "disclosed")["data"]["floor_fen"] = "1"


@cheat("(listing.disclosed) does not publish documents")
def hide_the_documents(entries):
    del one(entries, "disclosed")["data"]["documents"]


@cheat("(listing.accepted) is reviewed by the listing's owner")
def accept_oneself(entries):
    one(entries, "accepted")["data"]["reviewer"] = make.OWNER


@cheat("(listing.accepted) was done by another than the reviewer it names")
def name_another_reviewer(entries):
    one(entries, "accepted")["data"]["reviewer"] = make.STRANGER


@cheat("(listing.submitted) was done by another than the listing's owner")
def submit_for_another(entries):
    one(entries, "submitted")["opened"]["by"]["organisation"] = make.STRANGER


@cheat("(auction.bid_accepted) is not something that happens to a listing")
def bid_on_a_listing(entries):
    entries[-1]["kind"] = "auction.bid_accepted"


@cheat("(listing.disclosed) cannot be read: disclosure_days is not a whole number")
def misspell_a_number(entries):
    one(entries, "disclosed")["data"]["disclosure_days"] = "20"


@cheat("(listing.disclosed) cannot be read: disclosure_ends_at is not an instant")
def misspell_an_instant(entries):
    one(entries, "disclosed")["data"]["disclosure_ends_at"] = "2026-03-30"


ASSET_CHEATS = []


def asset_cheat(finding):
    def register(function):
        ASSET_CHEATS.append(pytest.param(finding, function, id=function.__name__))
        return function

    return register


@asset_cheat("entry 1 (asset.encumbered) precedes the registration")
def never_register(entries):
    del entries[0]


@asset_cheat("(asset.registered) registers the asset again")
def register_twice(entries):
    entries.append(entries[0])


@asset_cheat("entry 3 (asset.encumbrance_released) releases enc_00000000000000000000000001, which was never recorded")
def release_what_never_was(entries):
    del entries[1]


@asset_cheat("releases enc_00000000000000000000000001 a second time")
def release_twice(entries):
    entries.append(entries[3])


@asset_cheat("records enc_00000000000000000000000001 a second time")
def record_twice(entries):
    entries.append(entries[1])


@asset_cheat("(asset.encumbrance_released) should give pledge as its kind")
def release_another_kind(entries):
    entries[3]["data"]["kind"] = "dispute"


@asset_cheat("has holders whose shares do not make one whole")
def lose_a_share(entries):
    entries[0]["data"]["holders"][0]["share_bp"] = 9_999


@asset_cheat("names a holder twice")
def name_a_holder_twice(entries):
    entries[0]["data"]["holders"] = [{"organisation": make.OWNER, "share_bp": 5_000}] * 2


@asset_cheat("miscounts its inventors")
def count_another_inventor(entries):
    entries[0]["data"]["inventor_count"] = 2


@asset_cheat("was registered by none of its holders")
def register_for_another(entries):
    entries[0]["opened"]["by"]["organisation"] = make.STRANGER


@asset_cheat("(asset.encumbered) should not publish holder")
def publish_whom_a_burden_favours(entries):
    entries[1]["data"]["holder"] = "银行"


@asset_cheat("(listing.opened) is not something that happens to an asset")
def open_an_asset(entries):
    entries[1]["kind"] = "listing.opened"


@asset_cheat("cannot be read: holders is not a list of objects")
def misspell_the_holders(entries):
    entries[0]["data"]["holders"] = "all"


class TestCheating:
    @pytest.mark.parametrize(("finding", "change"), CHEATS)
    def test_on_a_listing_is_named(self, finding, change):
        entries = deepcopy(story()[0])
        change(entries)

        assert any(finding in found for found in checks.check(entries)), checks.check(entries)

    @pytest.mark.parametrize(("finding", "change"), ASSET_CHEATS)
    def test_on_an_asset_is_named(self, finding, change):
        entries = deepcopy(burdened())
        change(entries)

        assert any(finding in found for found in checks.check(entries)), checks.check(entries)
