"""Seeded lies in the records of plans, royalties and invoices, one at a time: each is found, but for those listed here.

What is listed is either another honest record or no business of the one subject; the reason says who would notice.
"""

import random
from fnmatch import fnmatch

import pytest

from settlement.escrow import checks
from tests import make_invoices, make_lies, make_plans, make_royalties

MEMBERS = "the members' entries: who was whose person, and who an officer"
HOLDER = "whoever holds the document"
BANK = "the bank; all payments together"
SETTLEMENT = "the settlement's entries, once it is left to the plan, or the royalty stands beside it"
FROZEN = "the settlement's entries, which tell of every order that stood"
ALONE = "nobody, as long as nothing more happens: what rests on it is not told yet"

# By the kind of entry and the path to the field.
UNSEEN = {
    "*/opened/by/person": MEMBERS,
    "part_paid/opened/by/organisation": MEMBERS,
    "part_released/opened/by/organisation": MEMBERS,  # who recorded the payment that releases it, judged, or lifted
    "trial_extended/opened/by/organisation": MEMBERS,
    "proposal_extended/opened/by/organisation": MEMBERS,
    "dispute_resolved/opened/by/organisation": MEMBERS,
    "plan_defaulted/opened/by/organisation": MEMBERS,
    "royalty_audited/opened/by/organisation": MEMBERS,
    "royalty_overdue/opened/by/organisation": MEMBERS,
    "royalty_paid/opened/by/organisation": MEMBERS,
    "royalty_terminated/opened/by/organisation": MEMBERS,  # of what fell through
    "invoice_*/opened/by/organisation": "the entries of what is invoiced: whose money it is",
    "dispute_resolved/data/document_sha256": HOLDER,
    "release_proposed/data/evidence_sha256": HOLDER,
    "royalty_audited/data/document_sha256": HOLDER,
    "sales_stated/data/statement_sha256": HOLDER,
    "invoice_*/data/document_sha256": HOLDER,
    "*_divided/opened/costs/*/evidence_sha256": HOLDER,
    "*_divided/opened/costs/*/kind": HOLDER,  # if it is another kind of cost
    "part_disputed/opened/reason": "whoever disputed it",
    "*_paid/opened/reference": BANK,
    "invoice_*/opened/number": "the tax office; all invoices together",
    "invoice_recorded/data/payment": "the payments of the deal",
    "invoice_*/data/issued_on": HOLDER,  # where it could have been issued that day, too
    "invoice_recorded/data/*_fen": "all invoices of the payment together; the red one, if it comes",
    "plan_defaulted/data/part": BANK,  # where that part was overdue, too
    "part_waits/data/freezes/*": FROZEN,
    "trial_extended/data/frozen_at": FROZEN,  # where the trial ran that day, too
    "*_proposed/data/deal": SETTLEMENT,
    "*_proposed/data/reward_min_bp": SETTLEMENT,  # where it is lower, and as much is given
    "plan_proposed/data/agree_by": SETTLEMENT,  # where it allows what happened, too
    "plan_proposed/data/deposit_fen": ALONE,
    "*_proposed/opened/buyer": ALONE,
    "trial_begun/data/transfers/0/debit": "the settlement's own accounts, of which none is overdrawn",
    "plan_proposed/opened/sharing/broker/organisation": "the broker; all that the bank paid out",
    "plan_proposed/opened/sharing/inventors/*": "the asset's entries; the division, once a part is divided",
    "plan_proposed/opened/sharing/owners/*": "the asset's entries; the division, once a part is divided",
    "royalty_audited/opened/sales_fen": "whoever audits again, where the same royalty is due",
    "sales_stated/opened/sales_fen": "whoever audits, where the same royalty is due",
}

# By the noun and what is done to the record.
LAWFUL = {
    "plan twice plan_proposed": "a proposal may be put into the place of another, of itself too",
    "plan without plan_proposed": "the one that follows is proposed in its own right",
    "plan without release_proposed": "what follows is a dispute, and a part may be disputed before",
    "plan without plan_defaulted": "what is overdue need not be declared; all that follows may happen without",
    "plan without part_divided": "what is released may wait for its division, and stands on the plan's accounts",
    "plan without proposal_extended": "where nobody acts on it any more; of what lapses too early the orders tell",
    "plan without part_waits": "what arrives is the seller's at once where no order stands",
    "royalty without royalty_paid": "an audit may be called for before what is stated is paid",
    "royalty without sales_stated": "the two parties may part before a period that is over is stated",
    "royalty termination_signed before sales_stated": "a period that is over is stated whoever has signed what",
    "royalty twice royalty_overdue": "an officer may look at the bank as often as it likes",
    "royalty without royalty_audited": "a deal may fall through before the audit that was called for",
    "royalty twice royalty_terminated": "of a deal that fell through nothing is left to fall",
}

RECORDS = {
    **{f"plan {life}": make_plans.entries(life) for life in make_plans.LIVES},
    **{f"royalty {life}": make_royalties.entries(life) for life in make_royalties.LIVES},
    **{f"invoice {'reversed' if turned else 'recorded'}": make_invoices.entries(turned=turned) for turned in (0, 1)},
}


def unseen(place):
    return next((pattern for pattern in UNSEEN if fnmatch(place, pattern)), None)


PLACES = 60
"""At how many places of a record one test lies."""
RARE = {"*_divided/opened/costs/*/kind", "invoice_*/data/issued_on", "plan_proposed/data/deposit_fen"}
"""Where a lie is missed only by chance."""


def places(name):
    """Every value of a record: its entry, its path, and both as text."""
    for nth, kind, path in make_lies.told(RECORDS[name]):
        yield nth, path, "/".join(map(str, (make_lies.short(kind), *path)))


class TestLies:
    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("name", RECORDS)
    def test_about_any_value_are_found_but_for_the_unseen(self, name, seed):
        rng, told = random.Random(f"{name} {seed}"), list(places(name))
        for nth, path, place in rng.sample(told, min(PLACES, len(told))):
            forged, *values = make_lies.lie(RECORDS[name], nth, path, rng)

            assert checks.check(forged) or unseen(place), (place, values)

    @pytest.mark.parametrize("name", RECORDS)
    def test_about_the_course_of_events_are_found_unless_it_is_lawful(self, name):
        noun, _, _ = name.partition(" ")
        missed = [what for what, forged in make_lies.disorders(RECORDS[name]) if not checks.check(forged)]

        assert [what for what in missed if f"{noun} {what}" not in LAWFUL] == []

    @pytest.mark.parametrize("value", [None, 1.5, True, [7], "²"])
    @pytest.mark.parametrize("name", ["plan divided", "plan declined", "royalty ended", "invoice reversed"])
    def test_are_found_without_a_crash_in_whatever_cannot_be_read(self, name, value):
        for nth, entry in enumerate(RECORDS[name]):
            for field in entry["data"]:
                forged = entry | {"data": entry["data"] | {field: value}}
                found = checks.check([*RECORDS[name][:nth], forged, *RECORDS[name][nth + 1 :]])

                assert found or unseen(f"{make_lies.short(entry['kind'])}/data/{field}"), (nth, field)


class TestUnseen:
    """That the lists above say no more than is true."""

    @pytest.mark.parametrize("pattern", sorted(UNSEEN.keys() - RARE))
    def test_is_what_is_indeed_missed_somewhere(self, pattern):
        rng = random.Random(pattern)
        lies = (
            make_lies.lie(RECORDS[name], nth, path, rng)[0]
            for name in sorted(RECORDS, key=lambda one: len(RECORDS[one]))
            for nth, path, place in places(name)
            if fnmatch(place, pattern)
        )

        assert any(not checks.check(forged) for forged in lies)

    @pytest.mark.parametrize("what", LAWFUL)
    def test_calls_only_lawful_what_is_not_found(self, what):
        noun, _, done = what.partition(" ")
        ways = [way for name in RECORDS if name.startswith(noun) for way in make_lies.disorders(RECORDS[name])]

        assert any(not checks.check(forged) for told, forged in ways if told == done)
