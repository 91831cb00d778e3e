"""A file of vectors that somebody else brings, named by `MENGKEJU_TRANSFER_VECTORS`: the vector test plays it.

The rows are written here in full, in the other ledger's words, so that nothing of the test that plays them is needed to
write one. What is expected of them is by hand, from their documented meaning.
"""

import json

import pytest

from tests.db import test_transfer_vectors as vectors

COMMIT = {"commit": "create_transfers"}
NOTHING = {"debits_pending": "0", "debits_posted": "0", "credits_pending": "0", "credits_posted": "0"}
NO_OVERDRAFT, NO_CREDIT = "debits_must_not_exceed_credits", "credits_must_not_exceed_debits"


def account(id, *flags):
    return {
        "account": NOTHING | {"id": id, "ledger": "L1", "code": "C1", "status": "created"} | dict.fromkeys(flags, id)
    }


def beforehand(id, **totals):
    return {"setup": NOTHING | {"account": id} | totals}


def transfer(id, debit, credit, amount, status, *flags, **more):
    said = {"id": id, "debit_account": debit, "credit_account": credit, "amount": amount}
    return {"transfer": said | {"ledger": "L1", "code": "C1", "status": status} | dict.fromkeys(flags, "yes") | more}


def looked_up(id, *flags, **totals):
    return {"lookup_account": NOTHING | {"id": id} | totals | dict.fromkeys(flags, "yes")}


BALANCING = {
    "test": "balancing",
    "actions": [
        *(account("A1", NO_OVERDRAFT), account("A2", NO_CREDIT), account("A3")),
        *(beforehand("A1", credits_posted="8"), beforehand("A2", debits_posted="5")),
        transfer("T1", "A1", "A3", "9", "created", "balancing_debit"),
        transfer("T2", "A3", "A2", "7", "created", "balancing_credit"),
        transfer("T3", "A1", "A3", "1", "exceeds_credits"),
        transfer("T4", "A3", "A2", "1", "exceeds_debits"),
        COMMIT,
        {"lookup_transfer": ["T1", "amount", "8"]},
        {"lookup_transfer": ["T2", "amount", "5"]},
        looked_up("A1", debits_posted="8", credits_posted="8"),
        looked_up("A2", debits_posted="5", credits_posted="5"),
        looked_up("A3", debits_posted="5", credits_posted="8"),
    ],
}
CLOSING = {
    "test": "closing",
    "actions": [
        *(account("A1"), account("A2")),
        transfer("T1", "A1", "A2", "0", "created", "pending", "closing_debit"),
        transfer("T2", "A1", "A2", "1", "debit_account_already_closed"),
        transfer("T3", "A1", "A2", "0", "created", "void", pending_id="T1"),
        transfer("T4", "A1", "A2", "0", "created", "pending", "closing_credit"),
        transfer("T5", "A1", "A2", "1", "credit_account_already_closed"),
        COMMIT,
        looked_up("A1"),
        looked_up("A2", "closed"),
    ],
}
LINKED = {
    "test": "linked",
    "actions": [
        *(account("A1", NO_OVERDRAFT), account("A2")),
        beforehand("A1", credits_posted="10"),
        transfer("T1", "A1", "A2", "6", "created", "linked"),
        transfer("T2", "A1", "A2", "3", "created"),
        transfer("T3", "A1", "A2", "1", "linked_event_failed", "linked"),
        transfer("T4", "A1", "A2", "1", "exceeds_credits"),
        transfer("T5", "A1", "A2", "1", "created"),
        COMMIT,
        {"lookup_transfer": ["T3", "exists", "false"]},
        looked_up("A1", debits_posted="10", credits_posted="10"),
        looked_up("A2", credits_posted="10"),
    ],
}
CASES = {one["test"]: one for one in (BALANCING, CLOSING, LINKED)}


def without(case, which):
    """The case without one of its steps, counted from 0."""
    return case | {"actions": [one for nth, one in enumerate(case["actions"]) if nth != which]}


WRONG = {
    "a sum that is one too many": BALANCING
    | {
        "actions": [
            {"lookup_transfer": ["T1", "amount", "9"]} if one == {"lookup_transfer": ["T1", "amount", "8"]} else one
            for one in BALANCING["actions"]
        ]
    },
    "a refusal that does not come": without(CLOSING, 2),
    "a chain that holds": without(LINKED, 6),
}
"""Files that must fail: what they expect is not what their other steps come to."""


@pytest.fixture
def brought(world, request, tmp_path, monkeypatch):
    """Name a file with these cases, and run the vector test as it is."""

    def run(*cases):
        named = tmp_path / "brought.json"
        named.write_text(json.dumps({"origin": "written by hand", "cases": cases}))
        monkeypatch.setenv("MENGKEJU_TRANSFER_VECTORS", str(named))
        vectors.TestVectors().test_go_as_in_the_other_ledger(world, request)

    return run


class TestGivenVectors:
    def test_are_played_in_the_place_of_the_shared_ones(self, brought):
        brought(*CASES.values())

    @pytest.mark.parametrize("what", CASES)
    def test_are_compared_in_every_step(self, world, tmp_path, what):
        named = tmp_path / "one.json"
        named.write_text(json.dumps({"cases": [CASES[what]]}))
        compared, left_out = vectors.played(world, named)
        steps = [next(iter(one)) for one in CASES[what]["actions"]]

        assert left_out == {}
        assert sum(compared.values()) == len(steps) - steps.count("commit") - steps.count("setup")

    @pytest.mark.parametrize("what", WRONG)
    def test_fail_the_test_where_they_expect_something_else(self, brought, what):
        case = WRONG[what]

        with pytest.raises(AssertionError, match=rf"^{case['test']}: "):
            brought(case)

    @pytest.mark.parametrize(
        "cases", [(), ({"test": "still", "actions": []},), ({"test": "still", "actions": [COMMIT]},)]
    )
    def test_that_compare_nothing_fail_the_test(self, brought, cases):
        with pytest.raises(AssertionError, match=r"^nothing was compared"):
            brought(*cases)

    def test_that_are_not_there_are_not_passed_over(self, world, request, tmp_path, monkeypatch):
        monkeypatch.setenv("MENGKEJU_TRANSFER_VECTORS", str(tmp_path / "nothing.json"))

        with pytest.raises(FileNotFoundError, match=r"nothing\.json"):
            vectors.TestVectors().test_go_as_in_the_other_ledger(world, request)
