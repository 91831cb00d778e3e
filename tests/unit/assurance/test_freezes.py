"""Orders to freeze, held against the plans, royalties, subsidies, contracts and lots of the deals they are against."""

from datetime import timedelta
from functools import partial

import pytest

from exchange.assurance import freezes
from exchange.assurance.deals import Deals
from exchange.assurance.facts import Claim, Contract, Facts, Plan, Royalty, When
from exchange.assurance.figures import Figures
from exchange.assurance.payments import read_settlement
from ledger.kernel import instant
from ledger.kernel.cause import TIME
from listings.achievements.model import AssetId
from settlement.escrow.model import FreezeId
from tests import make_calendar
from tests import make_days as make
from tests.make_days import ENDS, HOUR, SOLD, Day, Deal, Fund, alone, assured, organisation
from tests.make_parts import MORE, PARTS, SIGNED, Parted
from tests.unit.assurance.test_cheats import told

DAY, QUARTER = timedelta(days=1), HOUR / 4
STANDING = {"order": SOLD + DAY + HOUR}
REGISTERED = ("bids", "end", "write", "sign", "countersign", "pay", "settle", "register", "claims", "subsidy")
PLAN_DIVIDED = (*PARTS, "order", "divide", "lift")

# what may not come: (the life, whether it has parts, when the order stands, which entry comes nevertheless)
LATE = {
    "a part divided": (PLAN_DIVIDED, STANDING, ["pln1: escrow.part_divided"]),
    "a part accepted": ((*PARTS, "order", "second", "accept_part", "lift"), STANDING, ["pln1: escrow.part_released"]),
    "a part given back": (
        (*PARTS, "order", "second", "give_back", "lift"),
        STANDING,
        ["pln1: escrow.dispute_resolved", "pln1: escrow.part_returned"],
    ),
    "a plan stopped": (
        (*PARTS, "divide", "order", "default", "lift"),
        {"order": MORE["default"] - 10 * DAY},
        ["pln1: escrow.plan_defaulted"],
    ),
    "a deposit lost": (
        (*SIGNED, "propose", "agree", "order", "default_first", "lift"),
        STANDING,
        ["pln1: escrow.plan_defaulted", "pln1: escrow.plan_deposit_lost"],
    ),
    "a royalty divided": (
        (*PARTS, "earn", "state", "earned", "order", "share", "lift"),
        {"order": MORE["earned"] + HOUR},
        ["rty1: escrow.royalty_divided"],
    ),
    "a subsidy paid": ((*REGISTERED, "order", "lift"), {"order": SOLD + 5 * DAY + HOUR}, ["clm1: subsidy.claim_paid"]),
    "a lot withdrawn": (("order", "withdraw", "lift"), {}, ["lot1: auction.lot_withdrawn"]),
}
"""Left out is what the settlement's own entries show too: what begins a plan or a trial, and what ends a sale."""


def lived(life, times, *, opened=True, **cheat):
    fund = Fund()
    kind = Parted if "propose" in life else Deal
    return Day(opened=opened).live(fund, kind(life, fund=fund, cheat=cheat, times=times))


def lifted_soon(times):
    """The same order, lifted before what it would have stopped."""
    return {**times, "lift": times.get("order", make.PLAN["order"]) + QUARTER}


class TestWhatAnOrderStops:
    @pytest.mark.parametrize("what", LATE)
    @pytest.mark.parametrize("opened", [True, False])
    def test_is_found_in_another_subject_while_the_order_stands(self, what, opened):
        life, times, expected = LATE[what]
        day = lived(life, times, opened=opened)

        assert alone(day.entries) == []
        assert told(day) == [f"{one} comes while frz1 stands against stl1" for one in expected]

    @pytest.mark.parametrize("what", LATE)
    def test_is_pointed_at(self, what):
        life, times, expected = LATE[what]
        day = lived(life, times)
        kinds = [one.partition(": ")[2] for one in expected]

        assert [day.entries[one.entry]["kind"] for one in assured(day.entries)] == kinds

    @pytest.mark.parametrize("what", LATE)
    def test_is_lawful_once_the_order_is_lifted(self, what):
        life, times, _ = LATE[what]
        day = lived(life, lifted_soon(times))

        assert alone(day.entries) == []
        assert [one for cut in day.cuts for one in assured(day.entries[:cut])] == []
        assert assured(day.entries, backwards=True) == []


WHEN = {
    "while it is bid for": ("bids", ENDS),
    "when it is sold": ("end", SOLD + QUARTER),
    "when it is written": ("write", SOLD + HOUR + QUARTER),
    "when one has signed": ("sign", SOLD + 2 * HOUR + QUARTER),
    "when it is in force": ("countersign", SOLD + 3 * HOUR + QUARTER),
    "when it is paid": ("pay", SOLD + DAY + QUARTER),
    "when it is settled": ("settle", SOLD + 2 * DAY + QUARTER),
    "when it is registered": ("register", SOLD + 3 * DAY + QUARTER),
}
WHOLE = ("bids", "end", "write", "sign", "countersign", "pay", "settle", "register")


def ordered(when, *, lifted=True, orders=("order",), **cheat):
    """A whole deal with orders given behind one of its steps, and lifted before the next; or standing at its end."""
    step, at = WHEN[when]
    steps = {"order": ("lift", at), "second_order": ("second_lift", at + QUARTER / 5)}
    times, life = {}, list(WHOLE if lifted else WHOLE[: WHOLE.index(step) + 1])
    if not lifted and step == "bids":
        life.append("end")
    for given in orders:
        lift, begun = steps[given]
        times |= {given: begun, lift: begun + QUARTER * (2 if lift == "second_lift" else 1)}
        life += [given, lift] if lifted else [given]
    return lived(tuple(life), times, **cheat)


class TestContract:
    @pytest.mark.parametrize("when", WHEN)
    @pytest.mark.parametrize("orders", [("order",), ("order", "second_order")])
    @pytest.mark.parametrize("lifted", [True, False])
    def test_stands_still_as_long_as_orders_stand(self, when, orders, lifted):
        day = ordered(when, orders=orders, lifted=lifted)

        assert alone(day.entries) == []
        assert [one for cut in day.cuts for one in assured(day.entries[:cut])] == []

    @pytest.mark.parametrize("when", list(WHEN)[1:-1])
    def test_that_does_not_stand_still_is_found(self, when):
        day = ordered(when, skip={"stay", "resume"})

        assert alone(day.entries) == []
        assert told(day) == ["stl1: is frozen, and ctr1 does not stand still"]

    def test_that_is_opened_and_does_not_stand_still_is_found(self):
        day = ordered("while it is bid for", lifted=False, skip={"stay"})

        assert alone(day.entries) == []
        assert told(day) == ["ctr1: is opened while stl1 is frozen, and does not stand still"]

    def test_that_is_registered_need_not_stand_still(self):
        assert told(ordered("when it is registered", skip={"stay"})) == []

    def test_that_goes_on_while_a_second_order_stands_is_found(self):
        day = ordered("when it is sold", orders=("order", "second_order"), **{"resumes early": True})

        assert alone(day.entries) == []
        assert told(day) == ["ctr1: goes on, and that is not when stl1 is thawed"]

    def test_that_never_goes_on_is_found(self):
        life = ("bids", "end", "order", "lift")
        day = lived(life, lifted_soon({"order": SOLD + QUARTER}), skip={"resume"})

        assert alone(day.entries) == []
        assert told(day) == ["stl1: is not frozen any more, and ctr1 stands still"]

    def test_that_stands_still_without_an_order_is_found(self):
        day = lived(("bids", "end", "order"), {"order": SOLD + QUARTER}, skip={"impose"})

        assert alone(day.entries) == []
        assert told(day) == ["ctr1: stands still, and stl1 is not frozen then"]

    def test_that_stands_still_from_another_instant_is_found(self):
        day = ordered("when it is sold", **{"stayed later": timedelta(seconds=1)})

        assert alone(day.entries) == []
        assert sorted(told(day)) == [
            "ctr1: stands still, and stl1 is not frozen then",
            "stl1: is frozen, and ctr1 does not stand still",
        ]

    def test_that_is_written_and_signed_meanwhile_is_found(self):
        life = ("bids", "end", "order", "write", "sign", "countersign", "lift")
        day = lived(life, {"order": SOLD + QUARTER}, skip={"stay", "resume"})

        assert alone(day.entries) == []
        assert told(day) == [
            "stl1: is frozen, and ctr1 does not stand still",
            "ctr1: contract.written comes while frz1 stands against stl1",
            "ctr1: contract.signed comes while frz1 stands against stl1",
        ]

    def test_of_another_deal_goes_its_way(self):
        fund = Fund()
        beside = [Deal(WHOLE, number, later=number * timedelta(minutes=1), fund=fund) for number in (2, 3)]
        frozen = Deal(("bids", "end", "order"), 1, fund=fund, times={"order": SOLD + QUARTER})
        day = Day().live(fund, frozen, *beside)

        assert alone(day.entries) == assured(day.entries) == []


class TestLotThatEndsUnsold:
    @pytest.mark.parametrize("life", [("order", "end"), ("order", "end", "lift")])
    def test_lets_every_deposit_go_under_its_order(self, life):
        day = lived(life, {})

        assert alone(day.entries) == []
        assert [one for cut in day.cuts for one in assured(day.entries[:cut])] == []

    def test_is_not_offered_anew_meanwhile(self):
        same = {"asset": AssetId.from_number(1)}
        first = Deal(("order", "end"), times={"lift": SOLD + 41 * DAY})
        again = Deal(("end",), 2, later=40 * DAY, cheat=same)
        day = Day().live(first, again)

        assert alone(day.entries) == []
        assert told(day) == ["lot2: offers ast1 while frz1 stands against stl1"]
        assert day.entries[assured(day.entries)[0].entry]["kind"] == "auction.lot_announced"

    @pytest.mark.parametrize(
        ("life", "lifted", "asset"),
        [
            (("order", "end", "lift"), SOLD + 37 * DAY, 1),
            (("order", "end"), SOLD, 2),
            (("end",), SOLD, 1),
        ],
    )
    def test_is_offered_anew_when_it_is_lifted_and_others_always(self, life, lifted, asset):
        again = Deal(("end",), 2, later=40 * DAY, cheat={"asset": AssetId.from_number(asset)})
        day = Day().live(Deal(life, times={"lift": lifted}), again)

        assert alone(day.entries) == assured(day.entries) == []


STL, PLN, RTY, LOT, CTR, CLM = (f"{prefix}_{'1' * 26}" for prefix in ("stl", "pln", "rty", "lot", "ctr", "clm"))
# kind: of which subject, all that may not come beside the settlement's own
KINDS = {
    "escrow.plan_lapsed": PLN,
    "escrow.trial_begun": PLN,
    "escrow.trial_declined": PLN,
    "escrow.plan_agreed": PLN,
    "escrow.part_released": PLN,
    "escrow.dispute_resolved": PLN,
    "escrow.part_returned": PLN,
    "escrow.part_divided": PLN,
    "escrow.plan_defaulted": PLN,
    "escrow.plan_deposit_lost": PLN,
    "escrow.royalty_divided": RTY,
    "escrow.termination_signed": RTY,
    "escrow.royalty_terminated": RTY,
    "subsidy.claim_paid": CLM,
    "contract.written": CTR,
    "contract.signed": CTR,
    "contract.registered": CTR,
    "contract.lapsed": CTR,
    "contract.rescinded": CTR,
    "auction.lot_withdrawn": LOT,
    "auction.sale_fell_through": LOT,
}
SAYS = {
    "escrow.royalty_terminated": {"ground": "both"},
    "escrow.trial_begun": {"until": "2026-03-02T01:00:09.000000Z"},
}
"""What an entry of a kind has to say for itself, to be stopped."""
WAIT = {"escrow.plan_lapsed", "escrow.plan_defaulted"}  # for whoever could not act
QUIET = "2026-03-05T16:00:00.000000Z"  # of what is thawed on Monday the second: Thursday is over
MAY_COME = {
    "escrow.part_paid": PLN,
    "escrow.release_proposed": PLN,
    "escrow.part_disputed": PLN,
    "escrow.outcome_offered": PLN,
    "escrow.plan_withdrawn": PLN,
    "escrow.royalty_paid": RTY,
    "escrow.sales_stated": RTY,
    "escrow.royalty_agreed": RTY,
    "escrow.royalty_overdue": RTY,
    "subsidy.claim_assessed": CLM,
    "auction.lot_sold": LOT,
    "auction.lot_unsold": LOT,
}


def second(number):
    """When the entry of this place in the log arrived."""
    return f"2026-03-02T01:00:{number:02d}.000000Z"


class Whole:
    """What is known of one deal, and entries written down by hand, each with its place in the log."""

    def __init__(self):
        self.facts, self.index = Facts(), 0
        parties = {"deal": LOT, "seller": "org"}
        opened = {"kind": "escrow.opened", "subject": STL, "data": parties | {"deposit_fen": "1"}}
        read_settlement(self.facts, Figures(), opened, 0)
        self.facts.plans[PLN] = Plan(
            id=PLN, index=0, settlement=STL, **parties, buyer=None, price_fen=2, deposit_fen=1, reward_min_bp=0
        )
        self.facts.royalties[RTY] = Royalty(id=RTY, index=0, settlement=STL, **parties, buyer=None, reward_min_bp=0)
        self.facts.contracts[CTR] = Contract(
            id=CTR,
            index=0,
            lot=LOT,
            listing="lst",
            seller="org",
            price_fen=2,
            region="r",
            ended="rescinded",
            end_index=0,
        )
        self.facts.claims[CLM] = Claim(
            id=CLM, at=When(0, "a", "a"), deal=CTR, claimant="org", told={}, from_day="a", to_day="z"
        )

    def tell(self, kind, subject=STL, *, at=None, opened=None, **data):
        self.index += 1
        at = at or second(self.index)
        entry = {"index": self.index, "kind": kind, "subject": subject, "arrived_at": at, "recorded_at": at}
        freezes.read_order(self.facts, entry | {"data": data} | ({"opened": opened} if opened else {}), self.index)
        return self

    def freeze(self, name="frz_1"):
        return self.tell("escrow.frozen", freeze=name)

    def extend(self, since, *, later=0):
        """What a plan tells of its trial in the unit that lifts the last order, or in a later one."""
        self.index += 1
        at, recorded = second(self.index - 1 + later), second(self.index + later)
        entry = {"index": self.index, "kind": "escrow.trial_extended", "subject": PLN, "data": {"frozen_at": since}}
        freezes.read_order(self.facts, entry | {"arrived_at": at, "recorded_at": recorded}, self.index)
        return self

    def thaw(self, name="frz_1"):
        return self.tell("escrow.thawed", freeze=name)

    def finds(self):
        return [(one.what, one.entry) for one in freezes.findings(self.facts, Deals(self.facts, 0))]


class TestByHand:
    @pytest.mark.parametrize("kind", KINDS)
    def test_each_kind_is_found_between_an_order_and_its_lifting(self, kind):
        whole = Whole()
        tell = partial(whole.tell, kind, KINDS[kind], **SAYS.get(kind, {}))
        for step in (tell, whole.freeze, tell, whole.thaw):
            step()
        tell(at=QUIET if kind in WAIT else None)

        assert whole.finds() == [(f"{KINDS[kind]}: {kind} comes while frz_1 stands against {STL}", 3)]

    @pytest.mark.parametrize("kind", MAY_COME)
    def test_what_moves_no_money_may_come(self, kind):
        assert Whole().freeze().tell(kind, MAY_COME[kind]).finds() == []

    @pytest.mark.parametrize(("ground", "stopped"), [("both", True), ("default", True), ("fell-through", False)])
    def test_a_royalty_is_ended_by_its_parties_or_with_its_deal(self, ground, stopped):
        found = Whole().freeze().tell("escrow.royalty_terminated", RTY, ground=ground).finds()
        assert bool(found) is stopped

    def test_no_other_kind_is_stopped(self):
        assert set(KINDS) == freezes.STOPPED

    @pytest.mark.parametrize(("kind", "subject"), [("escrow.part_divided", PLN), ("escrow.royalty_divided", RTY)])
    @pytest.mark.parametrize(
        ("at", "who", "early"),
        [
            ("2026-03-05T15:59:59.999999Z", TIME.organisation, True),
            ("2026-03-05T16:00:00.000000Z", TIME.organisation, False),
            ("2026-03-05T15:59:59.999999Z", "org_00000000000000000000000001", False),
        ],
    )
    def test_time_leaves_the_days_of_an_answer_once_nothing_stands(self, kind, subject, at, who, early):
        whole = Whole().freeze().thaw()  # on a Monday, so that Thursday is the last
        whole.tell(kind, subject, at=at, opened={"by": {"organisation": who, "person": None}})

        what = f"{subject}: is divided by time before whoever an order kept from it had time to"
        assert whole.finds() == ([(what, 3)] if early else [])

    @pytest.mark.parametrize("kind", sorted(WAIT))
    @pytest.mark.parametrize(
        ("at", "early"),
        [("2026-03-05T15:59:59.999999Z", True), (QUIET, False), ("2026-03-05T16:00:00.000001Z", False)],
    )
    def test_nothing_is_over_for_whoever_could_not_act_before_those_days_are(self, kind, at, early):
        whole = Whole().freeze().thaw().tell(kind, PLN, at=at)

        what = f"{PLN}: {kind} comes before whoever an order kept from it had time to"
        assert whole.finds() == ([(what, 3)] if early else [])

    @pytest.mark.parametrize("kind", sorted(WAIT))
    def test_what_was_over_before_an_order_came_was_over(self, kind):
        assert Whole().tell(kind, PLN).freeze().thaw().finds() == []

    def test_names_every_order_that_stands(self):
        whole = Whole().freeze().freeze("frz_2").tell("escrow.part_divided", PLN)
        whole.thaw().tell("escrow.part_divided", PLN).thaw("frz_2").tell("escrow.part_divided", PLN)

        assert whole.finds() == [
            (f"{PLN}: escrow.part_divided comes while frz_1 frz_2 stands against {STL}", 3),
            (f"{PLN}: escrow.part_divided comes while frz_2 stands against {STL}", 5),
        ]

    def test_does_not_hold_an_order_against_another_deal(self):
        other = f"stl_{'2' * 26}"

        assert Whole().tell("escrow.frozen", other, freeze="frz_1").tell("escrow.part_divided", PLN).finds() == []

    def test_passes_over_an_order_told_twice(self):
        whole = Whole().freeze().freeze().thaw().tell("escrow.part_divided", PLN)

        assert whole.finds() == []


class TestAPartThatWaits:
    def wait(self, whole, *names):
        return whole.tell("escrow.part_waits", PLN, freezes=list(names), part=1)

    def test_names_the_orders_that_stand(self):
        whole = self.wait(Whole().freeze(), "frz_1").freeze("frz_2")
        whole = self.wait(self.wait(whole, "frz_2", "frz_1").thaw(), "frz_2")
        assert whole.finds() == []

    @pytest.mark.parametrize(
        ("names", "said"), [(["frz_2"], "frz_2"), (["frz_1", "frz_2"], "frz_1 frz_2"), ([], "")], ids=len
    )
    def test_that_names_others_is_found(self, names, said):
        whole = self.wait(Whole().freeze(), *names)
        assert whole.finds() == [(f"{PLN}: waits for {said} where frz_1 stands against {STL}", 2)]

    @pytest.mark.parametrize("lifted", [True, False])
    def test_that_waits_for_an_order_which_does_not_stand_is_found(self, lifted):
        whole = self.wait(Whole().freeze().thaw() if lifted else Whole(), "frz_1")
        assert whole.finds() == [(f"{PLN}: waits for frz_1 where no order stands against {STL}", 2 * lifted + 1)]


WAITS = (*SIGNED, "propose", "agree", "order", "wait", "goes_on")
TRIES = (*SIGNED, "propose", "agree", "order", "goes_on")
TRIED = {"trial until": SOLD + 30 * DAY}
TRIAL_FROZEN = {"order": SOLD + 29 * DAY, "goes_on": SOLD + 30 * DAY - HOUR}


class TestAPlanThatGoesOn:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize(
        ("life", "times", "cheat", "kind"),
        [(WAITS, STANDING, {}, "escrow.part_waits"), (TRIES, TRIAL_FROZEN, TRIED, "escrow.trial_extended")],
    )
    def test_as_its_orders_say_has_no_finding(self, life, times, cheat, kind, opened):
        day = lived(life, times, opened=opened, **cheat)

        assert kind in {one["kind"] for one in day.entries}
        assert alone(day.entries) == []
        assert [one for cut in day.cuts for one in assured(day.entries[:cut])] == []
        assert assured(day.entries, backwards=True) == []

    def test_and_names_another_order_is_found(self):
        day = lived(WAITS, STANDING, **{"waits for": (FreezeId.from_number(9),)})

        assert alone(day.entries) == []
        assert told(day) == ["pln1: waits for frz9 where frz1 stands against stl1"]

    def test_and_tells_another_instant_is_found(self):
        early = TRIAL_FROZEN["order"] - timedelta(microseconds=1)
        day = lived(TRIES, TRIAL_FROZEN, **TRIED, **{"frozen at": early})
        since, true = (instant.render(one) for one in (early, TRIAL_FROZEN["order"]))

        assert alone(day.entries) == []
        assert told(day) == [f"pln1: was frozen since {since} where stl1 was since {true}"]


class TestAProposalThatGoesOn:
    """Until when is the plan's own to tell."""

    def tell(self, whole, later=0):
        return whole.tell("escrow.proposal_extended", PLN, at=second(whole.index + later), agree_by=QUIET)

    def test_is_extended_in_the_unit_that_lifts_the_last_order(self):
        assert self.tell(Whole().freeze().freeze("frz_2").thaw().thaw("frz_2")).finds() == []

    @pytest.mark.parametrize(
        "whole", [Whole(), Whole().freeze(), Whole().freeze().freeze("frz_2").thaw()], ids=lambda one: str(one.index)
    )
    def test_at_any_other_place_is_found(self, whole):
        index = whole.index + 1
        what = f"{PLN}: its proposal goes on, and that is not when {STL} is thawed"
        assert self.tell(whole).finds() == [(what, index)]

    def test_at_any_other_instant_is_found(self):
        whole = self.tell(Whole().freeze().thaw(), later=1)
        assert whole.finds() == [(f"{PLN}: its proposal goes on, and that is not when {STL} is thawed", 3)]


class TestADeclinedTrial:
    def whole(self, before):
        whole = Whole()
        whole.facts.settlements[STL].plan = PLN
        whole = whole.freeze().thaw() if before else whole
        whole.facts.plans[PLN].declined_index = whole.index + 1
        return whole.tell("escrow.trial_declined", PLN)

    @pytest.mark.parametrize("before", [True, False])
    def test_leaves_nothing_to_freeze(self, before):
        whole = self.whole(before)
        assert whole.finds() == []
        index = whole.index + 1
        assert whole.freeze("frz_9").finds() == [(f"{STL}: is frozen by frz_9 when {PLN} is declined", index)]


class TestATrialThatGoesOn:
    def test_was_frozen_since_its_only_order(self):
        assert Whole().freeze().tell("auction.lot_sold", LOT).thaw().extend(second(1)).finds() == []

    def test_was_frozen_since_the_first_of_orders_that_overlap(self):
        whole = Whole().freeze().freeze("frz_2").thaw().freeze("frz_3").thaw("frz_2").thaw("frz_3")
        assert whole.extend(second(1)).finds() == []

    def test_was_frozen_since_the_last_order_where_there_was_a_gap(self):
        whole = Whole().freeze().thaw().freeze("frz_2").thaw("frz_2")
        assert whole.extend(second(3)).finds() == []

    @pytest.mark.parametrize("lie", [second(0), second(2), second(3)])
    def test_that_tells_another_instant_is_found(self, lie):
        whole = Whole().freeze().freeze("frz_2").thaw().thaw("frz_2").extend(lie)
        assert whole.finds() == [(f"{PLN}: was frozen since {lie} where {STL} was since {second(1)}", 5)]

    def test_that_counts_the_time_before_a_gap_is_found(self):
        whole = Whole().freeze().thaw().freeze("frz_2").thaw("frz_2").extend(second(1))
        assert whole.finds() == [(f"{PLN}: was frozen since {second(1)} where {STL} was since {second(3)}", 5)]

    @pytest.mark.parametrize(
        "whole",
        [
            Whole().extend(second(1)),
            Whole().freeze().extend(second(1)),
            Whole().freeze().freeze("frz_2").thaw().extend(second(1)),
            Whole().freeze().thaw().extend(second(1), later=1),
        ],
        ids=["without an order", "while it stands", "while another stands", "later"],
    )
    def test_that_goes_on_without_the_lifting_of_the_last_order_is_found(self, whole):
        assert whole.finds() == [(f"{PLN}: its trial goes on, and that is not when {STL} is thawed", whole.index)]


WAITING = f"{PLN}: part {{}} waits, and is not released when {STL} is thawed"
STOPPED_SHORT = f"{PLN}: its trial was frozen, and does not go on when {STL} is thawed"


class TestAPartThatIsForgotten:
    def wait(self, *parts):
        """Two orders, the last of which is lifted as the entry behind those of the parts that wait."""
        whole = Whole().freeze().freeze("frz_2")
        for part in parts:
            whole.tell("escrow.part_waits", PLN, freezes=["frz_1", "frz_2"], part=part)
        return whole.thaw("frz_2").thaw()

    def release(self, whole, part, *, at=0):
        return whole.tell("escrow.part_released", PLN, part=part, at=second(whole.index + at))

    def test_is_found_once_the_log_goes_on(self):
        whole = self.wait(1, 2)
        assert whole.finds() == []  # the log ends with the lifting: what follows may be yet to come

        whole.tell("auction.lot_sold", LOT)
        assert whole.finds() == [(WAITING.format(part), 6) for part in (1, 2)]

    def test_is_found_beside_another_that_is_released(self):
        whole = self.release(self.wait(1, 2), 2)
        assert whole.finds() == []

        whole.tell("auction.lot_sold", LOT)
        assert whole.finds() == [(WAITING.format(1), 6)]

    def test_is_found_where_it_is_released_by_another_act(self):
        assert self.release(self.wait(1), 1, at=1).finds() == [(WAITING.format(1), 5)]

    def test_is_not_found_where_it_is_released_with_the_last_lifting(self):
        assert self.release(self.wait(1), 1).tell("auction.lot_sold", LOT).finds() == []

    def test_is_not_owed_while_another_order_stands(self):
        whole = Whole().freeze().freeze("frz_2")
        whole.tell("escrow.part_waits", PLN, freezes=["frz_1", "frz_2"], part=1).thaw().tell("auction.lot_sold", LOT)
        assert whole.finds() == []

    def test_is_found_in_a_whole_day(self):
        fund = Fund()
        parted = Parted((*WAITS[:-1], "lift"), fund=fund, times={**STANDING, "lift": MORE["goes_on"]})
        day = Day().live(fund, parted, Deal(WHOLE, 2, later=HOUR / 60, fund=fund))

        assert alone(day.entries) == []
        assert told(day) == ["pln1: part 1 waits, and is not released when stl1 is thawed"]


class TestATrialThatIsForgotten:
    LIFTED = second(4)  # on a Monday: three working days more are over on Thursday
    ENOUGH = "2026-03-05T16:00:00.000000Z"
    LESS = "2026-03-05T15:59:59.999999Z"

    def frozen(self, until, *, at=None, behind=()):
        whole = Whole().tell("escrow.trial_begun", PLN, until=until)
        whole.tell("escrow.frozen", freeze="frz_1", at=at)
        for kind in behind:
            whole.tell(kind, PLN)
        return whole.tell("escrow.thawed", freeze="frz_1", at=self.LIFTED)

    @pytest.mark.parametrize(("until", "owed"), [(LESS, True), (ENOUGH, False)])
    def test_is_found_where_fewer_days_than_those_of_an_answer_are_left(self, until, owed):
        whole = self.frozen(until)
        assert whole.finds() == []  # the log ends with the lifting

        whole.tell("auction.lot_sold", LOT, at=second(9))
        assert whole.finds() == ([(STOPPED_SHORT, 3)] if owed else [])

    @pytest.mark.parametrize(("since", "owed"), [(second(1), True), (second(2), False), (second(3), False)])
    def test_is_found_where_it_was_frozen_before_it_was_over(self, since, owed):
        whole = self.frozen(second(2), at=since).tell("auction.lot_sold", LOT, at=second(9))
        assert whole.finds() == ([(STOPPED_SHORT, 3)] if owed else [])

    @pytest.mark.parametrize(("at", "owed"), [(LIFTED, False), (second(5), True)])
    def test_is_not_found_where_it_goes_on_with_the_lifting(self, at, owed):
        whole = self.frozen(self.LESS).tell(
            "escrow.trial_extended", PLN, at=at, frozen_at=second(2), until="2026-03-05T16:00:00.000000Z"
        )
        whole.tell("auction.lot_sold", LOT, at=second(9))
        assert ((STOPPED_SHORT, 3) in whole.finds()) is owed

    def test_is_not_found_of_one_that_was_over(self):
        whole = Whole().tell("escrow.trial_begun", PLN, until=self.LESS).tell("escrow.plan_agreed", PLN)
        assert whole.freeze().thaw().tell("auction.lot_sold", LOT).finds() == []

    @pytest.mark.parametrize(
        ("lifted", "owed"),
        [("2026-12-28T15:59:59.999999Z", True), ("2026-12-28T16:00:00.000000Z", False)],
        ids=["the last day that can be counted from", "the day after it"],
    )
    def test_is_not_owed_where_its_days_may_not_have_been_counted(self, monkeypatch, lifted, owed):
        make_calendar.load(monkeypatch)
        whole = Whole().tell("escrow.trial_begun", PLN, until="2026-12-28T15:00:00.000000Z").freeze()
        whole.tell("escrow.thawed", freeze="frz_1", at=lifted).tell("auction.lot_sold", LOT)
        assert whole.finds() == ([(STOPPED_SHORT, 3)] if owed else [])


class TestHonestDay:
    """Deals of every kind beside each other, some of them ordered to stand still for a while, some to its end."""

    LIVES = (
        (Parted, (*PARTS, "order", "lift", "divide", "second", "invoice"), STANDING, {}),
        (Parted, (*PARTS, "earn", "state", "earned", "order", "lift", "share"), {"order": MORE["earned"] + HOUR}, {}),
        (Parted, (*PARTS, "divide", "order", "second"), {"order": SOLD + 3 * DAY}, None),
        (Deal, (*WHOLE, "claims", "order", "lift", "subsidy"), {"order": SOLD + 5 * DAY + HOUR}, {}),
        (Deal, ("bids", "order", "end"), {"order": ENDS}, None),
        (Deal, ("order", "end", "lift"), {}, None),
    )

    @pytest.mark.parametrize("opened", [True, False])
    def test_has_no_finding_at_any_checkpoint(self, opened):
        fund, deals = Fund(), []
        for number, (kind, life, times, lifted) in enumerate(self.LIVES, 1):
            at = times if lifted is None else lifted_soon(times)
            later, cheat = number * timedelta(minutes=1), {"milestone": "验收"} if life[-1] == "second" else {}
            deals.append(kind(life, number, organisation(20 + number), later=later, fund=fund, times=at, cheat=cheat))
        day = Day(opened=opened).live(fund, *deals)

        assert alone(day.entries) == []
        assert [one for cut in day.cuts for one in assured(day.entries[:cut])] == []
        assert assured(day.entries, backwards=True) == []
