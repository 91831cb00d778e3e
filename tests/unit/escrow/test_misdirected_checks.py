"""A second opinion on money that nobody expected: entries that lie are found, each by its place."""

import copy

import pytest

from ledger.kernel import instant
from ledger.kernel.money import Fen
from settlement.escrow import checks
from settlement.escrow.model import Assign, Find, MisdirectedId, SendBack
from settlement.escrow.rules import misdirected as rules
from tests import make_calendar, make_misdirected
from tests import make_escrow as make
from tests.make_auctions import Record

ID = MisdirectedId.from_number(1)
CAME, ASSIGNED, RETURNED = (f"escrow.misdirected{what}" for what in ("", "_assigned", "_returned"))


def lived():
    """1000 fen: 400 for a settlement, 600 back."""
    decision = rules.find(Find(id=ID, amount_fen=Fen(1_000), reference="bank-9"), make.officer())
    decisions = [decision]
    for command in (Assign(amount_fen=Fen(400), to=make.ID), SendBack(amount_fen=Fen(600))):
        decision = rules.decide_misdirected(decision.misdirected, command, make.officer())
        decisions.append(decision)
    return decisions


def came(at):
    return rules.find(Find(id=ID, amount_fen=Fen(1_000), reference="bank-9"), make.officer(at))


def entries(*, opened=True):
    record = Record(opened=opened)
    for decision in lived():
        record.write(decision.events, make.officer().at)
    return record.entries


def found(number, **changes):
    """What is found where one entry says something else."""
    written = copy.deepcopy(entries())
    written[number]["data"] |= changes
    return checks.check(written)


class TestCheck:
    @pytest.mark.parametrize("opened", [True, False])
    def test_finds_nothing_wrong_with_what_was_decided(self, opened):
        assert checks.check(entries(opened=opened)) == []

    def test_amounts_to_the_row_after_every_entry(self):
        for number, decision in enumerate(lived(), start=1):
            folded = checks.fold_misdirected(entries()[:number])
            assert folded == make_misdirected.amounts_to(decision.misdirected)

    def test_amounts_to_nothing_before_the_money_came(self):
        assert checks.fold_misdirected([]) is None

    @pytest.mark.parametrize(
        ("number", "kind", "changes", "fault"),
        [
            (0, CAME, {"amount_fen": "0"}, "is nothing"),
            (0, CAME, {"amount_fen": "999"}, f"should move 999 fen to {ID}:held"),
            (0, CAME, {"deal_with_by": "2026-03-16T16:00:00.000001Z"}, "is to be dealt with by another instant"),
            (0, CAME, {"deal_with_by": None}, "is to be dealt with by another instant"),
            (0, CAME, {"transfers": []}, f"should move 1000 fen to {ID}:held"),
            (0, CAME, {"surprise": "x"}, "publishes surprise"),
            (1, ASSIGNED, {"amount_fen": "1001"}, "takes 1001 of 1000 fen"),
            (1, ASSIGNED, {"amount_fen": "0"}, "takes 0 of 1000 fen"),
            (1, ASSIGNED, {"left_fen": "601"}, "should leave 600 fen"),
            (1, ASSIGNED, {"part": 2}, "should be part 1"),
            (1, ASSIGNED, {"to": "prg_x"}, "is assigned to what nothing is due of"),
            (1, ASSIGNED, {"transfers": []}, "should move 400 fen to custody:bank"),
            (2, RETURNED, {"amount_fen": "601"}, "takes 601 of 600 fen"),
            (2, RETURNED, {"left_fen": "1"}, "should leave 0 fen"),
            (2, RETURNED, {"transfers": []}, "should move 600 fen to custody:ordered"),
        ],
    )
    def test_finds_what_an_entry_should_not_say(self, number, kind, changes, fault):
        assert f"entry {number} ({kind}) {fault}" in found(number, **changes)

    def test_believes_that_a_time_was_left_open_in_december(self, monkeypatch):
        at = make_calendar.LAST_FOR[10] + make.INSTANT
        record, decision = Record(), came(at)
        record.write(decision.events, at)

        assert checks.check(record.entries) == []
        assert checks.fold_misdirected(record.entries) == make_misdirected.amounts_to(decision.misdirected)
        make_calendar.load(monkeypatch)  # an auditor of the next year
        known = rules.reckoned(decision.misdirected, make_calendar.LOADED)
        assert checks.check(record.entries) == []
        assert checks.fold_misdirected(record.entries) == make_misdirected.amounts_to(known)

    def test_believes_no_time_left_open_that_could_be_counted(self):
        at = make_calendar.LAST_FOR[10]
        record = Record()
        record.write(came(at).events, at)
        record.entries[0]["data"]["deal_with_by"] = None

        assert checks.check(record.entries) == [f"entry 0 ({CAME}) is to be dealt with by another instant"]

    def test_believes_no_time_that_no_calendar_reaches(self):
        at = make_calendar.LAST_FOR[10] + make.INSTANT
        record = Record()
        record.write(came(at).events, at)
        record.entries[0]["data"]["deal_with_by"] = instant.render(make_calendar.FIRST_COUNTED)

        [finding] = checks.check(record.entries)
        assert finding.endswith("the working days of 2027 are not loaded")

    def test_finds_a_part_that_goes_another_way(self):
        written = copy.deepcopy(entries())
        written[2]["data"]["transfers"][0]["credit"] = "custody:bank"

        assert checks.check(written) == [f"entry 2 ({RETURNED}) should move 600 fen to custody:ordered"]

    def test_finds_a_practice_that_is_not_in_force(self):
        written = copy.deepcopy(entries())
        written[0]["rule"] = "escrow-2027@1"

        assert checks.check(written) == [
            f"entry 0 ({CAME}) cites escrow-2027@1, which is no practice in force",
            f"entry 1 ({ASSIGNED}) should be under escrow-2027@1",
            f"entry 2 ({RETURNED}) should be under escrow-2027@1",
        ]

    def test_finds_what_comes_out_of_order(self):
        came, assigned, returned = entries()

        assert any("precedes the money" in one for one in checks.check([assigned]))
        assert any("comes again" in one for one in checks.check([came, came]))
        assert any("takes 600 of 0 fen" in one for one in checks.check([came, assigned, returned, returned]))

    def test_finds_what_happens_to_nothing_misdirected(self):
        came, *_ = entries()

        assert checks.check([came, came | {"kind": "escrow.settled"}]) == [
            "entry 0 (escrow.settled) is not something that happens to misdirected money"
        ]

    def test_finds_an_entry_about_another_subject(self):
        came, assigned, _ = entries()
        other = assigned | {"subject": MisdirectedId.from_number(2)}

        assert any("is about another payment" in one for one in checks.check([came, other]))
        assert checks.check([came | {"subject": "lot_x"}]) == [f"entry 0 ({CAME}) is about no settlement"]

    def test_finds_what_cannot_be_read(self):
        (what,) = found(2, amount_fen="a lot")

        assert what.startswith(f"entry 2 ({RETURNED}) cannot be read")
