"""Lots held against the versions of the rules that were in force where they were announced."""

import pytest

from exchange.assurance import versions
from exchange.assurance.facts import Facts

LOT, PRF, OTHER = f"lot_{'1' * 26}", f"prf_{'1' * 26}", f"prf_{'2' * 26}"
LAW, OURS = "judicial-2016@1", "exchange-proxy@2"


def numbers(ref, **changes):
    name, version = ref.split("@")
    return {"id": name, "version": int(version), "extension_s": 300} | changes


class Whole:
    """Entries written down by hand, each with its place in the log."""

    def __init__(self):
        self.facts, self.index = Facts(), 0

    def tell(self, what, ref=OURS, subject=PRF, **changes):
        data = {"profile": numbers(ref, **changes)} if what == "proposed" else {"ref": ref}
        entry = {"kind": f"auction.profile_{what}", "subject": subject, "rule": ref, "data": data}
        versions.read_version(self.facts, entry, self.index)
        self.index += 1
        return self

    def announce(self, ref=OURS, **changes):
        data = {"profile": numbers(ref, **changes)}
        entry = {"kind": "auction.lot_announced", "subject": LOT, "rule": ref, "data": data}
        versions.read_announced(self.facts, entry, self.index)
        self.index += 1
        return self

    def finds(self):
        return [(one.what, one.entry) for one in versions.findings(self.facts)]


@pytest.fixture
def whole():
    return Whole()


class TestFindings:
    @pytest.mark.parametrize("ref", [OURS, LAW])
    def test_are_none_where_two_people_put_it_into_force_before(self, whole, ref):
        whole.tell("proposed", ref).tell("activated", ref).announce(ref).tell("retired", ref)

        assert whole.finds() == []

    def test_name_a_lot_under_what_nobody_put_into_force(self, whole):
        whole.announce()

        assert whole.finds() == [(f"{LOT}: is announced under {OURS}, which nobody had put into force", 0)]

    def test_name_a_lot_that_came_before_its_version(self, whole):
        whole.announce().tell("proposed").tell("activated")

        assert whole.finds() == [(f"{LOT}: is announced under {OURS}, which nobody had put into force", 0)]

    @pytest.mark.parametrize(
        ("told", "state"),
        [
            (["proposed"], "proposed"),
            (["proposed", "rejected"], "rejected"),
            (["proposed", "activated", "retired"], "retired"),
            (["proposed", "activated", "retired", "proposed"], "proposed"),
        ],
    )
    def test_name_a_lot_under_what_is_not_in_force(self, whole, told, state):
        for what in told:
            whole.tell(what)
        whole.announce()

        assert whole.finds() == [(f"{LOT}: is announced under {OURS}, which was {state}", len(told))]

    def test_name_a_lot_that_quotes_other_numbers(self, whole):
        whole.tell("proposed").tell("activated").announce(extension_s=1)

        assert whole.finds() == [(f"{LOT}: quotes other numbers of {OURS} than were put into force", 2)]

    def test_name_a_lot_that_leaves_a_number_out_or_adds_one(self, whole):
        whole.tell("proposed", leader_may_raise=True).tell("activated").announce()
        whole.announce(leader_may_raise=True, grace_ms=1)

        assert [index for _, index in whole.finds()] == [2, 3]

    def test_name_a_version_told_of_under_two_names(self, whole):
        whole.tell("proposed").tell("activated").tell("proposed", subject=OTHER)

        assert whole.finds() == [(f"{OTHER}: tells of {OURS}, which {PRF} tells of", 2)]

    @pytest.mark.parametrize("ref", ["replay@1", "replay-proxy@1"])
    def test_ask_nothing_of_replays(self, whole, ref):
        assert whole.announce(ref).finds() == []

    def test_do_not_depend_on_the_order_in_which_subjects_are_read(self, whole):
        late = Whole()
        late.index = 2
        late.announce()
        late.index = 0
        late.tell("proposed").tell("activated")

        assert late.finds() == whole.tell("proposed").tell("activated").announce().finds() == []


class TestFromBefore:
    def test_ask_nothing_of_an_exchange_that_ran_before(self, whole):
        assert whole.announce(LAW).announce(LAW).finds() == []

    def test_ask_nothing_of_it_when_other_versions_come(self, whole):
        whole.announce(LAW).tell("proposed").tell("activated").announce(LAW).announce(OURS)

        assert whole.finds() == []

    def test_ask_for_two_people_where_the_record_began_with_them(self, whole):
        whole.tell("proposed").tell("activated").announce(LAW)

        assert whole.finds() == [(f"{LOT}: is announced under {LAW}, which nobody had put into force", 2)]

    def test_ask_for_two_people_once_it_is_retired(self, whole):
        whole.announce(LAW).tell("retired", LAW).announce(LAW)

        assert whole.finds() == [(f"{LOT}: is announced under {LAW}, which was retired", 2)]

    def test_take_it_back_when_two_people_put_it_into_force(self, whole):
        whole.announce(LAW).tell("retired", LAW).tell("proposed", LAW).tell("activated", LAW).announce(LAW)

        assert whole.finds() == []

    def test_name_what_is_retired_and_never_was_in_force(self, whole):
        whole.tell("retired", LAW)

        assert whole.finds() == [(f"{PRF}: is retired, and nobody had proposed it", 0)]
