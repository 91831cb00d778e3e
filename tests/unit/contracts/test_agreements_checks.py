"""An honest contract passes with and without its disclosures; each way of cheating is named."""

from copy import deepcopy
from datetime import timedelta

import pytest

from exchange.contracts import checks
from exchange.contracts.model import Fault, PartKind, Register, Rescind, State, Tick
from exchange.contracts.rules import agreements as rules
from ledger.kernel import instant
from tests import make_agreements as make
from tests.make_agreements import ANSWER_BY, BUYER, EFFECTIVE_AT, INSTANT, LAPSES_AT, SELLER, SIGN_BY

WRITTEN_AT = make.AWARDED_AT + timedelta(hours=1)
REWRITTEN_AT = WRITTEN_AT + timedelta(hours=1)
SIGNED_AT = REWRITTEN_AT + timedelta(hours=1)


def story(*steps, opened=True, contracts=None, **opening):
    """Play commands to a contract: each a command and its cause. Every contract on the way is kept in `contracts`."""
    record = make.Record(opened=opened)
    cause = make.clock(make.AWARDED_AT)
    contract = record.take(rules.open_contract(make.opening(**opening), cause), cause.at)
    kept = [contract]
    for command, cause in steps:
        given = make.signature(contract) if command == "sign" else command
        contract = record.take(rules.decide_contract(contract, given, cause), cause.at)
        kept.append(contract)
    if contracts is not None:
        contracts.extend(kept)
    return record.entries


WRITTEN = (make.terms(parts=(make.part(),)), make.cause(SELLER, WRITTEN_AT))
REWRITTEN = (make.terms(), make.cause(SELLER, REWRITTEN_AT))
SELLER_SIGNS = ("sign", make.cause(SELLER, SIGNED_AT))
BUYER_SIGNS = ("sign", make.cause(BUYER, EFFECTIVE_AT))
REGISTERED = (Register(serial=7), make.officer())
RESCINDED = (Rescind(), make.officer(make.REGISTERED_AT + timedelta(days=30)))
GIVEN_UP = (Rescind(fault=Fault.NOBODY), make.cause(BUYER, make.REGISTERED_AT + timedelta(days=1)))
LEFT = (Rescind(fault=Fault.NOBODY), make.clock(make.REGISTERED_AT + timedelta(days=30)))
LAPSED = (Tick(), make.clock(LAPSES_AT))
LATE = (make.terms(), make.cause(SELLER, SIGN_BY - INSTANT))
LATE_SIGNED = ("sign", make.cause(SELLER, SIGN_BY - INSTANT))
LATE_LAPSED = (Tick(), make.clock(ANSWER_BY + timedelta(minutes=1)))
IN_FORCE = (WRITTEN, REWRITTEN, SELLER_SIGNS, BUYER_SIGNS)

LIVES = {
    "registered": ((*IN_FORCE, REGISTERED), {}),
    "registered for elsewhere": ((*IN_FORCE, REGISTERED), {"region": "outside"}),
    "registered late": ((*IN_FORCE, (Register(serial=1), make.officer(make.REGISTER_BY + timedelta(days=9)))), {}),
    "rescinded": ((*IN_FORCE, RESCINDED), {}),
    "rescinded once registered": ((*IN_FORCE, REGISTERED, RESCINDED), {}),
    "given up": ((*IN_FORCE, GIVEN_UP), {}),
    "given up once registered, in silence": ((*IN_FORCE, REGISTERED, LEFT), {}),
    "never written": ((LAPSED,), {}),
    "never signed": ((WRITTEN, LAPSED), {}),
    "signed by the seller": ((WRITTEN, REWRITTEN, SELLER_SIGNS, LAPSED), {}),
    "signed by the buyer": ((WRITTEN, BUYER_SIGNS, LAPSED), {}),
    "signed at the last moment": ((WRITTEN, SELLER_SIGNS, ("sign", make.cause(BUYER, SIGN_BY - INSTANT))), {}),
    "written late": ((LATE, LATE_SIGNED, LATE_LAPSED), {}),
    "written again late": ((WRITTEN, LATE, LATE_LAPSED), {}),
    "written out of turn": ((LATE, WRITTEN, LATE_LAPSED), {}),
    "answered late": ((LATE, LATE_SIGNED, ("sign", make.cause(BUYER, ANSWER_BY - INSTANT))), {}),
    "decided out of turn": ((WRITTEN, BUYER_SIGNS, SELLER_SIGNS), {}),
}


class TestCheckContract:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize("life", LIVES)
    def test_finds_nothing_wrong_with_an_honest_life(self, life, opened):
        steps, opening = LIVES[life]
        entries = story(*steps, opened=opened, **opening)

        assert [checks.check_contract(entries[:length]) for length in range(len(entries) + 1)] == [[]] * (
            len(entries) + 1
        )

    @pytest.mark.parametrize("life", LIVES)
    def test_folds_to_the_contract_at_every_step(self, life):
        steps, opening = LIVES[life]
        contracts = []
        entries = story(*steps, contracts=contracts, **opening)

        assert [checks.fold_contract(entries[: length + 1]) for length in range(len(entries))] == [
            make.amounts_to(contract) for contract in contracts
        ]

    def test_honest_lives_reach_every_state(self):
        reached = set()
        for steps, opening in LIVES.values():
            contracts = []
            story(*steps, contracts=contracts, **opening)
            reached |= {contract.state for contract in contracts}

        assert reached == set(State)

    @pytest.mark.parametrize(
        "entries",
        [
            [],
            [{"subject": "lot_1", "kind": "auction.lot_sold", "seq": 0}],
            [{"subject": "pck_1", "kind": "contract.pack_built", "seq": 0}],
        ],
    )
    def test_leaves_other_subjects_alone(self, entries):
        assert checks.check_contract(entries) == []
        assert checks.fold_contract(entries) is None

    def test_finds_entries_of_a_contract_that_hang_on_none(self):
        entries = [{"subject": "lot_1", "kind": "contract.signed", "seq": 3}]

        assert checks.check_contract(entries) == ["entry 3 (contract.signed) is about no contract"]

    def test_names_the_entry(self):
        entries = story(*IN_FORCE)
        kind(entries, "signed", 1)["data"]["terms_sha256"] = "0" * 64

        assert checks.check_contract(entries) == ["entry 4 (contract.signed) signs other terms than were written"]


def kind(entries, name, nth=0):
    return [entry for entry in entries if entry["kind"] == f"contract.{name}"][nth]


def at(entry, moment):
    entry["arrived_at"] = instant.render(moment)


CHEATS = []


def cheat(finding, life="registered"):
    def register(function):
        CHEATS.append(pytest.param(life, function, finding, id=function.__name__))
        return function

    return register


@cheat("misquotes contract-2026@1")
def leave_more_time_than_was_published(entries):
    kind(entries, "opened")["data"]["rules"]["sign_within_days"] = 6


@cheat("which was never published")
def make_up_rules(entries):
    for entry in entries:
        entry["rule"] = "contract-2026@2"


@cheat("was not decided under contract-2026@1")
def sign_under_other_rules(entries):
    kind(entries, "signed")["rule"] = "contract-2025@1"


@cheat("should have sign_by at 2026-03-09T16:00:00+00:00")
def set_another_deadline(entries):
    kind(entries, "opened")["data"]["sign_by"] = "2026-03-10T16:00:00.000000Z"


@cheat("before it was in force")
def award_before_the_rules(entries):
    entry = kind(entries, "opened")
    at(entry, make.AWARDED_AT - timedelta(days=70))
    entry["data"]["sign_by"] = "2025-12-29T16:00:00.000000Z"


@cheat("is about nothing")
def give_it_away(entries):
    kind(entries, "opened")["data"]["price_fen"] = "0"


@cheat("is of a place not known here")
def move_it_elsewhere(entries):
    kind(entries, "opened")["data"]["region"] = "1100"


@cheat("sells to the seller")
def sell_to_oneself(entries):
    kind(entries, "opened")["opened"]["buyer"] = SELLER


@cheat("opens the contract again")
def open_it_twice(entries):
    entries.insert(1, deepcopy(entries[0]))


@cheat("precedes the opening")
def write_before_the_award(entries):
    entries.insert(0, entries.pop(1))


@cheat("is not something that happens to a contract")
def hang_a_pack_on_it(entries):
    kind(entries, "registered")["kind"] = "contract.pack_built"


@cheat("follows a contract that is awarded")
def sign_what_is_not_written(entries):
    del entries[1:3]


@cheat("follows a contract that is offered")
def register_what_one_has_signed(entries):
    entries.remove(kind(entries, "signed", 1))


@cheat("follows a contract that is registered")
def register_it_twice(entries):
    entries.append(deepcopy(kind(entries, "registered")))


@cheat("follows a contract that is rescinded", "rescinded")
def register_what_is_rescinded(entries):
    honest = story(*IN_FORCE, REGISTERED)
    entries.append(honest[-1] | {"recorded_at": entries[-1]["recorded_at"]})


@cheat("follows a contract that is lapsed", "signed by the seller")
def sign_what_has_lapsed(entries):
    entries.append(deepcopy(kind(entries, "signed")) | {"recorded_at": entries[-1]["recorded_at"]})


@cheat("follows a contract that is effective", "signed at the last moment")
def let_lapse_what_both_signed(entries):
    honest = story(LAPSED)
    entries.append(honest[-1])


@cheat("changes terms that somebody has signed")
def rewrite_after_a_signature(entries):
    entries.insert(4, deepcopy(kind(entries, "written", 1)) | {"recorded_at": entries[3]["recorded_at"]})


@cheat("writes the terms when the time for that was over", "never signed")
def write_too_late(entries):
    entry = kind(entries, "written")
    at(entry, SIGN_BY)
    entry["recorded_at"] = entry["arrived_at"]


@cheat("writes the terms when the time for that was over", "written again late")
def write_in_the_time_for_the_answer(entries):
    at(kind(entries, "written", 1), SIGN_BY)


@cheat("should leave time to sign until 2026-03-12T16:00:00+00:00", "written late")
def leave_no_time_to_answer(entries):
    kind(entries, "written")["data"]["sign_by"] = instant.render(SIGN_BY)


@cheat("should leave time to sign until 2026-03-09T16:00:00+00:00")
def leave_more_time_to_answer(entries):
    kind(entries, "written")["data"]["sign_by"] = instant.render(ANSWER_BY)


@cheat("should leave time to sign until 2026-03-12T16:00:00+00:00", "written out of turn")
def take_time_back(entries):
    kind(entries, "written", 1)["data"]["sign_by"] = instant.render(SIGN_BY)


@cheat("lapses before its time", "written late")
def lapse_as_if_it_had_been_written_at_once(entries):
    entry = kind(entries, "lapsed")
    at(entry, LAPSES_AT)


@cheat("signs when the time for signing was over", "answered late")
def answer_too_late(entries):
    entry = kind(entries, "signed", 1)
    at(entry, ANSWER_BY)
    entry["recorded_at"] = entry["arrived_at"]


@cheat("signs when the time for signing was over", "signed at the last moment")
def sign_too_late(entries):
    entry = kind(entries, "signed", 1)
    at(entry, SIGN_BY)
    entry["recorded_at"] = entry["arrived_at"]
    entry["data"] |= {"effective_at": entry["arrived_at"], "register_by": "2026-03-31T16:00:00.000000Z"}


@cheat("should be worth 100000 fen in all")
def count_another_total(entries):
    kind(entries, "written", 1)["data"]["total_fen"] = "100001"


@cheat("counts no lawful part of the total as technical")
def count_more_than_everything_as_technical(entries):
    kind(entries, "written", 1)["data"]["technical_fen"] = "100001"


@cheat("counts no lawful part of the total as technical")
def count_nothing_as_technical(entries):
    kind(entries, "written", 1)["data"]["technical_fen"] = "0"


@cheat("has technical parts worth 80000 fen")
def count_equipment_as_technical(entries):
    for name in ("written", "registered"):
        kind(entries, name, -1)["data"]["technical_fen"] = "100000"


@cheat("has parts worth 100001 fen")
def swell_a_part(entries):
    kind(entries, "written", 1)["opened"]["parts"][1]["amount_fen"] = "20001"


@cheat("gives a hash that is not of these terms")
def rename_a_part(entries):
    kind(entries, "written", 1)["opened"]["parts"][0]["name"] = "软件"


@cheat("gives a hash that is not of these terms")
def call_equipment_materials(entries):
    kind(entries, "written", 1)["opened"]["parts"][1]["kind"] = PartKind.MATERIALS.value


@cheat("gives a hash that is not of these terms")
def change_the_type(entries):
    for entry in entries:
        if "type" in entry["data"]:
            entry["data"]["type"] = "licence"


@cheat("gives a hash that is not of these terms")
def swap_the_document(entries):
    kind(entries, "written", 1)["opened"]["document_sha256"] = "e" * 64


@cheat("gives a hash that is not of these terms")
def change_the_buyer(entries):
    kind(entries, "opened")["opened"]["buyer"] = make.STRANGER


@cheat("gives a hash that is not of these terms")
def have_both_sign_another_hash(entries):
    for name, nth in (("written", 1), ("signed", 0), ("signed", 1)):
        kind(entries, name, nth)["data"]["terms_sha256"] = "0" * 64


@cheat("has 101 parts")
def write_too_many_parts(entries):
    kind(entries, "written")["opened"]["parts"] = [{"kind": "technology", "name": "x", "amount_fen": "1"}] * 101


@cheat("has a part that is worth nothing")
def write_an_empty_part(entries):
    kind(entries, "written")["opened"]["parts"].append({"kind": "other", "name": "x", "amount_fen": "0"})


@cheat("has a part whose name cannot be used")
def write_a_part_without_a_name(entries):
    kind(entries, "written")["opened"]["parts"][0]["name"] = " "


@cheat("has a part with other fields than a part has")
def hide_something_in_a_part(entries):
    kind(entries, "written")["opened"]["parts"][0]["rebate_fen"] = "5000"


@cheat("cannot be read: 'gift' is not a valid PartKind")
def write_an_unlawful_part(entries):
    kind(entries, "written")["opened"]["parts"][0]["kind"] = "gift"


@cheat("cannot be read: 'barter' is not a valid ContractType")
def write_an_unlawful_type(entries):
    kind(entries, "written")["data"]["type"] = "barter"


@cheat("cannot be read: document_sha256 is no SHA-256")
def write_no_document(entries):
    kind(entries, "written")["opened"]["document_sha256"] = "later"


@cheat("signs other terms than were written")
def sign_the_terms_before(entries):
    kind(entries, "signed")["data"]["terms_sha256"] = kind(entries, "written")["data"]["terms_sha256"]


@cheat("is signed by the seller a second time")
def sign_for_the_buyer(entries):
    kind(entries, "signed", 1)["data"]["party"] = "seller"


@cheat("cannot be read: 'notary' is not a valid Party")
def have_somebody_else_sign(entries):
    kind(entries, "signed")["data"]["party"] = "notary"


@cheat("takes effect with one signature")
def take_effect_with_one_signature(entries):
    kind(entries, "signed")["data"]["effective_at"] = instant.render(SIGNED_AT)


@cheat("should take effect at 2026-03-03T02:00:00+00:00")
def date_it_back(entries):
    kind(entries, "signed", 1)["data"]["effective_at"] = instant.render(SIGNED_AT)


@cheat("should take effect at 2026-03-03T02:00:00+00:00", "decided out of turn")
def date_it_by_the_decision(entries):
    kind(entries, "signed", 1)["data"]["effective_at"] = kind(entries, "signed", 1)["arrived_at"]


@cheat("should have register_by at 2026-03-24T16:00:00+00:00")
def give_the_office_more_time(entries):
    kind(entries, "signed", 1)["data"]["register_by"] = "2026-03-25T16:00:00.000000Z"


@cheat("should have register_by at 2026-03-24T16:00:00+00:00")
def give_the_office_for_ever(entries):
    kind(entries, "signed", 1)["data"]["register_by"] = None


@cheat("registers the contract before it took effect")
def register_too_early(entries):
    at(kind(entries, "registered"), EFFECTIVE_AT - INSTANT)


@cheat("gives a number that is none")
def number_it_with_letters(entries):
    kind(entries, "registered")["data"]["number"] = "20261502010000O7"


@cheat("gives a number that is none")
def number_it_as_before(entries):
    kind(entries, "registered")["data"]["number"] = "26150201000007"


@cheat("gives a number that is none")
def number_it_nought(entries):
    kind(entries, "registered")["data"]["number"] = "2026150201000000"


@cheat("should have a number that begins with 2026150201")
def number_it_by_another_year(entries):
    kind(entries, "registered")["data"]["number"] = "2025150201000007"


@cheat("should have a number that begins with 2026150201")
def number_it_by_another_place(entries):
    kind(entries, "registered")["data"]["number"] = "2026150101000007"


@cheat("should have a number that begins with 2026150201")
def number_it_by_another_office(entries):
    kind(entries, "registered")["data"]["number"] = "2026150202000007"


@cheat("should have a number that begins with 2026150001", "registered for elsewhere")
def number_it_by_no_place(entries):
    kind(entries, "registered")["data"]["number"] = "2026150201000007"


@cheat("registers another type or other amounts than were signed")
def register_a_larger_amount(entries):
    kind(entries, "registered")["data"]["technical_fen"] = "100000"


@cheat("registers another type or other amounts than were signed")
def register_another_type(entries):
    kind(entries, "registered")["data"]["type"] = "development"


@cheat("lapses before its time", "never signed")
def lapse_in_the_grace(entries):
    at(kind(entries, "lapsed"), LAPSES_AT - INSTANT)


@cheat("should be the fault of the seller", "never signed")
def blame_the_buyer(entries):
    kind(entries, "lapsed")["data"]["fault"] = "buyer"


@cheat("should be the fault of the buyer", "signed by the seller")
def blame_the_seller(entries):
    kind(entries, "lapsed")["data"]["fault"] = "seller"


@cheat("should be the fault of the buyer", "rescinded")
def blame_the_seller_for_what_was_not_paid(entries):
    kind(entries, "rescinded")["data"]["fault"] = "seller"


@cheat("cannot be read: 'weather' is not a valid Fault", "never written")
def blame_the_weather(entries):
    kind(entries, "lapsed")["data"]["fault"] = "weather"


@cheat("was another organisation's act")
def write_for_the_seller(entries):
    kind(entries, "written")["opened"]["by"]["organisation"] = BUYER


@cheat("was another organisation's act")
def sign_with_a_strangers_hand(entries):
    kind(entries, "signed", 1)["opened"]["by"]["organisation"] = make.STRANGER


@cheat("was the act of a party to it")
def register_ones_own(entries):
    kind(entries, "registered")["opened"]["by"]["organisation"] = BUYER


@cheat("was the act of a party to it", "rescinded")
def rescind_ones_own(entries):
    kind(entries, "rescinded")["opened"]["by"]["organisation"] = SELLER


@cheat("publishes document_sha256")
def publish_the_document(entries):
    kind(entries, "written")["data"]["document_sha256"] = make.SHA256


@cheat("publishes buyer")
def publish_the_buyer(entries):
    kind(entries, "opened")["data"]["buyer"] = BUYER


@cheat("does not seal by")
def sign_as_nobody(entries):
    del kind(entries, "signed")["sealed"]["by"]


@cheat("was recorded before it arrived")
def record_it_early(entries):
    kind(entries, "registered")["recorded_at"] = instant.render(make.REGISTERED_AT - INSTANT)


@cheat("was recorded before the entry it follows")
def record_it_out_of_order(entries):
    kind(entries, "signed")["recorded_at"] = instant.render(make.REGISTERED_AT)


@cheat("cannot be read: the working days of 2031 are not loaded")
def award_it_in_a_year_without_a_calendar(entries):
    entry = kind(entries, "opened")
    entry["arrived_at"] = entry["recorded_at"] = "2031-01-01T00:00:00.000000Z"


@cheat("cannot be read: sign_within_days is no number of days")
def leave_time_for_ever(entries):
    kind(entries, "opened")["data"]["rules"]["sign_within_days"] = 10**9


class TestTermsHash:
    @pytest.mark.parametrize("sealed", [("opened", "buyer"), ("written", "parts"), ("written", "document_sha256")])
    def test_is_recomputed_only_where_buyer_parts_and_document_are_all_opened(self, sealed):
        name, field = sealed
        entries = story(*IN_FORCE)
        kind(entries, "written", 1)["opened"]["parts"][0]["name"] = "软件"
        assert len(checks.check_contract(entries)) == 1
        for entry in entries:
            if entry["kind"] == f"contract.{name}":
                del entry["opened"][field]

        assert checks.check_contract(entries) == []


class TestCheats:
    @pytest.mark.parametrize(("life", "change", "finding"), CHEATS)
    def test_are_found(self, life, change, finding):
        steps, opening = LIVES[life]
        entries = deepcopy(story(*steps, **opening))
        change(entries)

        assert any(finding in found for found in checks.check_contract(entries)), checks.check_contract(entries)

    @pytest.mark.parametrize("life", LIVES)
    def test_a_missing_public_field_is_always_found(self, life):
        steps, opening = LIVES[life]
        honest = story(*steps, opened=False, **opening)
        for place, entry in enumerate(honest):
            for name in entry["data"]:
                entries = deepcopy(honest)
                del entries[place]["data"][name]
                assert any(name in found for found in checks.check_contract(entries)), (entry["kind"], name)

    @pytest.mark.parametrize("wrong", [None, 7, True, [], {}, "", "x", "-1", 1.5])
    def test_no_value_of_another_shape_stops_the_audit(self, wrong):
        honest = story(*IN_FORCE, REGISTERED, RESCINDED)
        for place, entry in enumerate(honest):
            for member in ("data", "opened"):
                for name in entry[member]:
                    entries = deepcopy(honest)
                    entries[place][member][name] = wrong
                    found = checks.check_contract(entries)
                    assert found or wrong == entry[member][name] or name in {"listing", "by"}, (entry["kind"], name)
