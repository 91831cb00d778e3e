"""Every state of a contract, every command, on both sides of every deadline. Written by hand: never import the table
under test, or the test agrees with whatever the table says."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from exchange.contracts.model import COMMANDS, Fault, PartKind, Party, Register, Rescind, Resume, State, Stay, Tick
from exchange.contracts.rules import agreements as rules
from exchange.contracts.rules import parties, published, registration, signing
from ledger.kernel import instant
from ledger.kernel.calendar import YearNotLoaded
from ledger.kernel.errors import Kind, Refusal
from tests import make_agreements as make
from tests import make_calendar
from tests.make_agreements import ANSWER_BY, BUYER, EFFECTIVE_AT, INSTANT, LAPSES_AT, SELLER, SIGN_BY

WINDOWS = {
    "in-time": [make.EFFECTIVE_AT, SIGN_BY - INSTANT],
    "grace": [SIGN_BY, SIGN_BY + INSTANT, LAPSES_AT - INSTANT],
    "over": [LAPSES_AT, LAPSES_AT + INSTANT],
}

# What each command meets on each contract in the windows above, sent by whoever may send it. The last word of a row
# stands for the windows after it too; `-` is `wrong-state`.
OUTCOMES = """
    contract      command       in-time            grace              over

    awarded       Write         offered            past-deadline
    awarded       SellerSigns   -
    awarded       BuyerSigns    -
    awarded       Register      not-effective
    awarded       Rescind       -
    awarded       GivenUp       -
    awarded       Tick          not-due            not-due            lapsed
    awarded       Stay          awarded
    awarded       Resume        -

    offered       Write         offered            past-deadline
    offered       SellerSigns   offered            past-deadline
    offered       BuyerSigns    offered            past-deadline
    offered       Register      not-effective
    offered       Rescind       -
    offered       GivenUp       -
    offered       Tick          not-due            not-due            lapsed
    offered       Stay          offered
    offered       Resume        -

    seller-signed Write         already-signed
    seller-signed SellerSigns   already-signed
    seller-signed BuyerSigns    effective          past-deadline
    seller-signed Register      not-effective
    seller-signed Rescind       -
    seller-signed GivenUp       -
    seller-signed Tick          not-due            not-due            lapsed
    seller-signed Stay          offered
    seller-signed Resume        -

    buyer-signed  Write         already-signed
    buyer-signed  SellerSigns   effective          past-deadline
    buyer-signed  BuyerSigns    already-signed
    buyer-signed  Register      not-effective
    buyer-signed  Rescind       -
    buyer-signed  GivenUp       -
    buyer-signed  Tick          not-due            not-due            lapsed
    buyer-signed  Stay          offered
    buyer-signed  Resume        -

    effective     Write         -
    effective     SellerSigns   -
    effective     BuyerSigns    -
    effective     Register      registered
    effective     Rescind       rescinded
    effective     GivenUp       rescinded
    effective     Tick          -
    effective     Stay          effective
    effective     Resume        -

    registered    Write         -
    registered    SellerSigns   -
    registered    BuyerSigns    -
    registered    Register      already-registered
    registered    Rescind       rescinded
    registered    GivenUp       rescinded
    registered    Tick          -
    registered    Stay          -
    registered    Resume        -

    lapsed        Write         -
    lapsed        SellerSigns   -
    lapsed        BuyerSigns    -
    lapsed        Register      -
    lapsed        Rescind       -
    lapsed        GivenUp       -
    lapsed        Tick          -
    lapsed        Stay          -
    lapsed        Resume        -

    rescinded     Write         -
    rescinded     SellerSigns   -
    rescinded     BuyerSigns    -
    rescinded     Register      -
    rescinded     Rescind       -
    rescinded     GivenUp       -
    rescinded     Tick          -
    rescinded     Stay          -
    rescinded     Resume        -

    still-awarded Write         stayed
    still-awarded SellerSigns   -
    still-awarded BuyerSigns    -
    still-awarded Register      not-effective
    still-awarded Rescind       -
    still-awarded GivenUp       -
    still-awarded Tick          stayed
    still-awarded Stay          stayed
    still-awarded Resume        awarded

    still-offered Write         stayed
    still-offered SellerSigns   stayed
    still-offered BuyerSigns    stayed
    still-offered Register      not-effective
    still-offered Rescind       -
    still-offered GivenUp       -
    still-offered Tick          stayed
    still-offered Stay          stayed
    still-offered Resume        offered

    still-in-force Write        -
    still-in-force SellerSigns  -
    still-in-force BuyerSigns   -
    still-in-force Register     stayed
    still-in-force Rescind      stayed
    still-in-force GivenUp      stayed
    still-in-force Tick         -
    still-in-force Stay         stayed
    still-in-force Resume       effective
"""
CONTRACTS = {
    "awarded": make.contract(),
    "offered": make.contract(State.OFFERED),
    "seller-signed": make.contract(State.OFFERED, signed=[Party.SELLER]),
    "buyer-signed": make.contract(State.OFFERED, signed=[Party.BUYER]),
    "effective": make.contract(State.EFFECTIVE),
    "registered": make.contract(State.REGISTERED),
    "lapsed": make.contract(State.LAPSED),
    "rescinded": make.contract(State.RESCINDED),
    "still-awarded": make.contract(stayed_at=make.AWARDED_AT),
    "still-offered": make.contract(State.OFFERED, stayed_at=make.AWARDED_AT),
    "still-in-force": make.contract(State.EFFECTIVE, stayed_at=make.EFFECTIVE_AT),
}
SENT = {
    "Write": (make.terms(), lambda at: make.cause(SELLER, at)),
    "SellerSigns": (make.signature(), lambda at: make.cause(SELLER, at)),
    "BuyerSigns": (make.signature(), lambda at: make.cause(BUYER, at)),
    "Register": (Register(serial=7), make.officer),
    "Rescind": (Rescind(), make.officer),
    "GivenUp": (Rescind(fault=Fault.NOBODY), make.clock),  # by silence; by word, the buyer's
    "Tick": (Tick(), make.clock),
    "Stay": (Stay(), make.clock),
    "Resume": (Resume(), make.clock),
}

# Who may do what to a contract in force; a party's own officer holds every capability. That a contract is given up, its
# caller has established: no door leads there, so that nobody is asked who it is.
AUTHORITY = """
    who             Write             SellerSigns       Register          Rescind           GivenUp

    stranger        no-such-contract  no-such-contract  no-such-contract  no-such-contract  rescinded
    reader          not-the-seller    not-a-party       not-a-registrar   not-a-cashier     rescinded
    registrar       no-such-contract  no-such-contract  registered        no-such-contract  rescinded
    cashier         no-such-contract  no-such-contract  no-such-contract  rescinded         rescinded
    officer         not-the-seller    not-a-party       registered        rescinded         rescinded
    seller          -                 -                 not-a-registrar   not-a-cashier     rescinded
    buyer           not-the-seller    -                 not-a-registrar   not-a-cashier     rescinded
    seller's-own    -                 -                 own-contract      own-contract      rescinded
    buyer's-own     not-the-seller    -                 own-contract      own-contract      rescinded
"""
ALL = (make.READ_ALL, make.REGISTER, make.CASH)
ACTORS = {
    "stranger": (make.STRANGER,),
    "reader": (make.STRANGER, make.READ_ALL),
    "registrar": (make.OFFICE, make.REGISTER),
    "cashier": (make.OFFICE, make.CASH),
    "officer": (make.OFFICE, *ALL),
    "seller": (SELLER,),
    "buyer": (BUYER,),
    "seller's-own": (SELLER, *ALL),
    "buyer's-own": (BUYER, *ALL),
}


def late(contract):
    """The contract with its terms written at the last moment there is."""
    return decided(contract, make.terms(), make.cause(SELLER, SIGN_BY - INSTANT))[0]


def rows(table):
    header, *found = (line.split() for line in table.strip().splitlines() if line.strip())
    return header, found


def cases():
    for contract, command, *words in rows(OUTCOMES)[1]:
        repeated = words[-1:] * (len(WINDOWS) - len(words))
        for (window, moments), word in zip(WINDOWS.items(), words + repeated, strict=True):
            for nth, at in enumerate(moments):
                yield pytest.param(contract, command, at, word, id=f"{contract}-{command}-{window}-{nth}")


def authorities():
    (_, *commands), found = rows(AUTHORITY)
    for who, *words in found:
        for command, word in zip(commands, words, strict=True):
            yield pytest.param(who, command, word, id=f"{who}-{command}")


def outcome(contract, command, cause):
    try:
        return rules.decide_contract(contract, command, cause).contract.state.value
    except rules.WrongState:
        return "-"
    except rules.CONTRACT_REFUSALS as refusal:
        return refusal.code().removeprefix("contracts/")


def refusal_of(contract, command, cause):
    with pytest.raises(Refusal) as caught:
        rules.decide_contract(contract, command, cause)
    return caught.value


def decided(contract, command, cause):
    """The contract after a command that records one event, and the event."""
    decision = rules.decide_contract(contract, command, cause)
    [event] = decision.events
    assert (event.subject, event.rule) == (contract.id, "contract-2026@1")
    return decision.contract, event


class TestDecide:
    @pytest.mark.parametrize(("contract", "command", "at", "expected"), list(cases()))
    def test_follows_the_outcome_table(self, contract, command, at, expected):
        sent, cause_at = SENT[command]

        assert outcome(CONTRACTS[contract], sent, cause_at(at)) == expected

    def test_covers_every_state_command_and_window(self):
        assert {contract.state for contract in CONTRACTS.values()} == set(State)
        assert {type(sent) for sent, _ in SENT.values()} == set(COMMANDS)
        assert len({case.id for case in cases()}) == len(list(cases())) == len(CONTRACTS) * len(SENT) * 7

    @pytest.mark.parametrize(("who", "command", "expected"), list(authorities()))
    def test_asks_whose_it_is_to_give(self, who, command, expected):
        organisation, *capabilities = ACTORS[who]
        cause = make.cause(organisation, make.REGISTERED_AT, *capabilities)

        assert outcome(CONTRACTS["effective"], SENT[command][0], cause) == expected

    @pytest.mark.parametrize("contract", CONTRACTS)
    @pytest.mark.parametrize("who", ["stranger", "reader"])
    @pytest.mark.parametrize("command", ["Write", "SellerSigns", "Register", "Rescind"])
    def test_tells_whom_it_does_not_concern_nothing_of_the_state(self, contract, who, command):
        organisation, *capabilities = ACTORS[who]
        cause = make.cause(organisation, SIGN_BY, *capabilities)
        same = outcome(CONTRACTS["effective"], SENT[command][0], cause)

        assert outcome(CONTRACTS[contract], SENT[command][0], cause) == same

    def test_refuses_for_the_first_reason_that_applies(self):
        bad = make.terms(parts=(), document_sha256="?")

        assert outcome(CONTRACTS["effective"], bad, make.cause(make.STRANGER, SIGN_BY)) == "no-such-contract"
        assert outcome(CONTRACTS["effective"], bad, make.cause(BUYER, SIGN_BY)) == "not-the-seller"
        assert outcome(CONTRACTS["effective"], bad, make.cause(SELLER, SIGN_BY)) == "-"
        assert outcome(CONTRACTS["buyer-signed"], bad, make.cause(SELLER, SIGN_BY)) == "already-signed"
        assert outcome(CONTRACTS["offered"], bad, make.cause(SELLER, SIGN_BY)) == "past-deadline"
        assert outcome(CONTRACTS["offered"], bad, make.cause(SELLER)) == "unusable-field"
        dear = make.terms(parts=(make.part(1, PartKind.OTHER),))
        assert outcome(CONTRACTS["offered"], dear, make.cause(SELLER)) == "parts-do-not-add-up"


class TestOpen:
    def test_begins_a_contract_to_be_signed_within_five_working_days(self):
        decision = rules.open_contract(make.opening(), make.clock(make.AWARDED_AT))
        [event] = decision.events

        assert decision.contract == make.contract()
        assert (event.kind, event.subject, event.rule) == ("contract.opened", make.CONTRACT, "contract-2026@1")
        assert event.sealed == {"buyer": BUYER}
        assert event.data == {
            "lot": make.LOT,
            "listing": make.LISTING,
            "seller": SELLER,
            "price_fen": "100000",
            "region": "1502",
            "sign_by": "2026-03-09T16:00:00.000000Z",
            "rules": {
                "id": "contract-2026",
                "version": 1,
                "effective_from": "2026-01-01",
                "sign_within_days": 5,
                "answer_within_days": 3,
                "grace_s": 60,
                "register_within_days": 15,
                "station": "01",
            },
        }

    @pytest.mark.parametrize(
        ("at", "sign_by"),
        [
            (datetime(2026, 3, 2, 15, 59, 59, 999_999, UTC), SIGN_BY),
            (datetime(2026, 3, 2, 16, tzinfo=UTC), SIGN_BY + timedelta(days=1)),  # it is Tuesday in China
            (datetime(2026, 2, 13, 1, tzinfo=UTC), datetime(2026, 2, 27, 16, tzinfo=UTC)),  # round the Spring Festival
            (datetime(2026, 9, 30, 1, tzinfo=UTC), datetime(2026, 10, 13, 16, tzinfo=UTC)),  # 10-10 is worked
        ],
    )
    def test_counts_working_days_in_china(self, at, sign_by):
        assert rules.open_contract(make.opening(), make.clock(at)).contract.sign_by == sign_by

    def test_needs_rules_in_force(self):
        new_year = datetime(2025, 12, 31, 16, tzinfo=UTC)

        assert rules.open_contract(make.opening(), make.clock(new_year)).contract.rules is rules.CONTRACT_2026
        with pytest.raises(rules.NoRulesInForce):
            rules.open_contract(make.opening(), make.clock(new_year - INSTANT))

    def test_needs_a_calendar_to_the_last_day(self):
        with pytest.raises(YearNotLoaded):
            rules.open_contract(make.opening(), make.clock(datetime(2026, 12, 28, tzinfo=UTC)))

    @pytest.mark.parametrize("wrong", [{"buyer": SELLER}, {"price_fen": 0}])
    def test_takes_no_sale_that_is_none(self, wrong):
        with pytest.raises(AssertionError, match="two parties and a price"):
            rules.open_contract(make.opening(**wrong), make.clock(make.AWARDED_AT))


class TestWrite:
    def test_keeps_the_technical_amount_apart_from_the_total(self):
        cause = make.cause(SELLER)
        contract, event = decided(make.contract(), make.terms(), cause)

        assert contract == make.contract(State.OFFERED, answer_from=cause.at)
        assert (contract.total_fen, contract.technical_fen) == (100_000, 80_000)
        assert event.data == {
            "type": "transfer",
            "total_fen": "100000",
            "technical_fen": "80000",
            "terms_sha256": contract.terms_sha256,
            "sign_by": "2026-03-09T16:00:00.000000Z",
        }
        assert event.sealed == {
            "document_sha256": make.SHA256,
            "parts": [
                {"kind": "technology", "name": "专利权", "amount_fen": "80000"},
                {"kind": "equipment", "name": "试验设备", "amount_fen": "20000"},
            ],
            "by": make.acted(cause),
        }

    def test_again_changes_what_is_to_be_signed(self):
        before = make.contract(State.OFFERED)
        after, _ = decided(before, make.terms(document_sha256="e" * 64), make.cause(SELLER))

        assert after.terms_sha256 != before.terms_sha256
        assert outcome(after, make.signature(before), make.cause(BUYER)) == "another-version"
        assert outcome(after, make.signature(after), make.cause(BUYER)) == "offered"

    @pytest.mark.parametrize(
        ("at", "sign_by"),
        [
            (make.AWARDED_AT, SIGN_BY),
            (datetime(2026, 3, 4, 16, tzinfo=UTC) - INSTANT, SIGN_BY),  # Wednesday in China: 5, 6 and 9 March are left
            (datetime(2026, 3, 4, 16, tzinfo=UTC), SIGN_BY + timedelta(days=1)),  # Thursday has begun
            (SIGN_BY - timedelta(days=1), ANSWER_BY),
            (SIGN_BY - INSTANT, ANSWER_BY),
        ],
    )
    @pytest.mark.parametrize("state", [State.AWARDED, State.OFFERED])
    def test_leaves_three_working_days_to_answer(self, state, at, sign_by):
        contract, event = decided(make.contract(state), make.terms(), make.cause(SELLER, at))

        assert (contract.sign_by, event.data["sign_by"]) == (sign_by, instant.render(sign_by))
        assert contract.write_by == SIGN_BY
        assert rules.due_at(contract) == sign_by + timedelta(minutes=1)

    def test_again_and_again_stretches_the_time_no_further(self):
        contract = late(make.contract())

        for at in (SIGN_BY, SIGN_BY + INSTANT, ANSWER_BY - INSTANT, ANSWER_BY):
            refusal = refusal_of(contract, make.terms(), make.cause(SELLER, at))
            assert (refusal.code(), refusal.facts) == (
                "contracts/past-deadline",
                {"write_by": "2026-03-09T16:00:00.000000Z"},
            )

    def test_decided_after_a_later_one_takes_no_time_back(self):
        contract, event = decided(late(make.contract()), make.terms(), make.cause(SELLER, make.AWARDED_AT))

        assert (contract.sign_by, event.data["sign_by"]) == (ANSWER_BY, instant.render(ANSWER_BY))

    def test_leaves_the_time_to_answer_open_where_no_calendar_reaches_that_far(self):
        awarded_at = datetime(2026, 12, 24, 1, tzinfo=UTC)  # 25, 28, 29, 30 and 31 December are known
        before = rules.open_contract(make.opening(), make.clock(awarded_at)).contract
        last = datetime(2026, 12, 28, 15, 59, 59, 999_999, UTC)

        assert outcome(before, make.terms(), make.cause(SELLER, last)) == "offered"
        assert decided(before, make.terms(), make.cause(SELLER, last))[0].sign_by == make_calendar.YEAR_END
        contract, event = decided(before, make.terms(), make.cause(SELLER, last + INSTANT))
        assert (contract.sign_by, event.data["sign_by"], contract.write_by) == (None, None, make_calendar.YEAR_END)
        assert rules.due_at(contract) is None
        assert outcome(contract, Tick(), make.clock(last + timedelta(days=900))) == "not-due"
        for later in (last + INSTANT, last + timedelta(days=30)):
            assert outcome(contract, make.signature(contract), make.cause(BUYER, later)) == "offered"

    @pytest.mark.parametrize(
        ("parts", "expected"),
        [
            ([], "unusable-field"),
            ([make.part()], "offered"),
            ([make.part(1_000)] * 100, "offered"),
            ([make.part(1_000)] * 101, "unusable-field"),
            ([make.part(), make.part(0)], "unusable-field"),
            ([make.part(100_001), make.part(-1)], "unusable-field"),
            ([make.part(99_999), make.part(1)], "offered"),
            ([make.part(10**15 + 1)], "unusable-field"),
            ([make.part(99_999)], "parts-do-not-add-up"),
            ([make.part(100_001)], "parts-do-not-add-up"),
            ([make.part(1), make.part(99_999, PartKind.MATERIALS)], "offered"),
            ([make.part(100_000, PartKind.EQUIPMENT)], "nothing-technical"),
            ([make.part(40_000, PartKind.OTHER), make.part(60_000, PartKind.MATERIALS)], "nothing-technical"),
            ([make.part(name="长" * 200)], "offered"),
            ([make.part(name="长" * 201)], "unusable-field"),
            ([make.part(name="")], "unusable-field"),
            ([make.part(name=" \u3000")], "unusable-field"),
            ([make.part(name="两\n行")], "unusable-field"),
            ([make.part(name="\u202e反")], "unusable-field"),
        ],
    )
    def test_asks_for_parts_that_are_worth_the_price(self, parts, expected):
        assert outcome(make.contract(), make.terms(parts=tuple(parts)), make.cause(SELLER)) == expected

    @pytest.mark.parametrize("sha256", ["", "d" * 63, "d" * 65, "D" * 64, "d" * 64 + "\n", "g" * 64, "１" * 64])
    def test_asks_for_the_documents_hash(self, sha256):
        refusal = refusal_of(make.contract(), make.terms(document_sha256=sha256), make.cause(SELLER))

        assert (refusal.code(), refusal.facts) == ("contracts/unusable-field", {"field": "document_sha256"})

    def test_says_what_was_expected_and_what_was_given(self):
        refusal = refusal_of(make.contract(), make.terms(parts=(make.part(99_999),)), make.cause(SELLER))

        assert refusal.facts == {"expected_fen": 100_000, "given_fen": 99_999}

    def test_names_the_part_that_cannot_be_used(self):
        parts = (make.part(60_000), make.part(40_000, name="\t"))
        refusal = refusal_of(make.contract(), make.terms(parts=parts), make.cause(SELLER))

        assert refusal.facts == {"field": "name", "part": 2, "longest": 200}


class TestSign:
    @pytest.mark.parametrize("party", list(Party))
    def test_alone_brings_nothing_into_force(self, party):
        cause = make.cause({Party.SELLER: SELLER, Party.BUYER: BUYER}[party])
        contract, event = decided(make.contract(State.OFFERED), make.signature(), cause)

        assert contract == make.contract(State.OFFERED, signed=[party])
        assert event.kind == "contract.signed"
        assert event.data == {
            "party": party.value,
            "terms_sha256": contract.terms_sha256,
            "effective_at": None,
            "register_by": None,
        }
        assert event.sealed == {"by": make.acted(cause)}

    def test_by_both_brings_the_contract_into_force(self):
        offered = make.contract(State.OFFERED, signed=[Party.SELLER])
        contract, event = decided(offered, make.signature(), make.cause(BUYER))

        assert contract == make.contract(State.EFFECTIVE)
        assert event.data["effective_at"] == "2026-03-03T02:00:00.000000Z"
        assert event.data["register_by"] == "2026-03-24T16:00:00.000000Z"

    def test_takes_effect_with_the_later_arrival_whichever_was_decided_first(self):
        offered = make.contract(State.OFFERED, signed=[Party.BUYER])
        early = EFFECTIVE_AT - timedelta(days=1, hours=-8)
        contract, event = decided(offered, make.signature(), make.cause(SELLER, early))

        assert contract.signed_at == (early, EFFECTIVE_AT)
        assert (contract.effective_at, contract.register_by) == (EFFECTIVE_AT, make.REGISTER_BY)
        assert event.data["effective_at"] == "2026-03-03T02:00:00.000000Z"

    def test_binds_to_no_other_terms(self):
        for sha256 in ("", make.SHA256, make.signature().terms_sha256.upper()):
            refusal = refusal_of(
                make.contract(State.OFFERED), replace(make.signature(), terms_sha256=sha256), make.cause(BUYER)
            )
            assert refusal.code() == "contracts/another-version"

    def test_says_when_it_would_have_been_in_time(self):
        refusal = refusal_of(make.contract(State.OFFERED), make.signature(), make.cause(BUYER, SIGN_BY))

        assert refusal.facts == {"sign_by": "2026-03-09T16:00:00.000000Z"}

    @pytest.mark.parametrize(
        ("at", "register_by"),
        [
            (make_calendar.LAST_FOR[15], instant.render(make_calendar.YEAR_END)),
            (make_calendar.LAST_FOR[15] + INSTANT, None),
        ],
    )
    def test_binds_where_no_calendar_reaches_the_registrars_period(self, at, register_by):
        offered = make.contract(State.OFFERED, signed=[Party.SELLER], sign_by=at + timedelta(days=1))
        contract, event = decided(offered, make.signature(), make.cause(BUYER, at))

        assert (contract.state, contract.effective_at) == (State.EFFECTIVE, at)
        assert (event.data["effective_at"], event.data["register_by"]) == (instant.render(at), register_by)
        assert outcome(contract, Register(serial=1), make.officer(at + timedelta(days=60))) == "registered"


class TestTermsOfTheLastMoment:
    """A seller that writes and signs one instant before the deadline gains nothing by it."""

    @pytest.mark.parametrize("party", list(Party))
    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (SIGN_BY, "effective"),
            (ANSWER_BY - INSTANT, "effective"),
            (ANSWER_BY, "past-deadline"),
            (ANSWER_BY + timedelta(minutes=1), "past-deadline"),
        ],
    )
    def test_can_be_signed_for_three_working_days(self, party, at, expected):
        first, second = (SELLER, BUYER) if party is Party.SELLER else (BUYER, SELLER)
        contract = late(make.contract())
        contract, _ = decided(contract, make.signature(contract), make.cause(first, SIGN_BY - INSTANT))

        assert outcome(contract, make.signature(contract), make.cause(second, at)) == expected

    @pytest.mark.parametrize(
        ("signed", "fault"),
        [((), "seller"), ((Party.SELLER,), "buyer"), ((Party.BUYER,), "seller")],
    )
    def test_lapse_a_minute_after_that_and_blame_as_ever(self, signed, fault):
        contract = replace(make.contract(State.OFFERED, signed=signed), sign_by=ANSWER_BY)
        over = ANSWER_BY + timedelta(minutes=1)

        for at in (LAPSES_AT, ANSWER_BY, over - INSTANT):
            assert outcome(contract, Tick(), make.clock(at)) == "not-due"
        assert decided(contract, Tick(), make.clock(over))[0].fault == Fault(fault)


class TestRegister:
    def test_gives_the_contract_its_number(self):
        contract, event = decided(make.contract(State.EFFECTIVE), Register(serial=7), make.officer())

        assert contract == make.contract(State.REGISTERED)
        assert event.kind == "contract.registered"
        assert event.data == {
            "number": "2026150201000007",
            "total_fen": "100000",
            "technical_fen": "80000",
            "type": "transfer",
        }
        assert event.sealed == {"by": make.acted(make.officer())}

    @pytest.mark.parametrize(
        ("serial", "region", "at", "number"),
        [
            (1, "1501", make.REGISTERED_AT, "2026150101000001"),
            (999_999, "1529", make.REGISTERED_AT, "2026152901999999"),
            (1, "outside", make.REGISTERED_AT, "2026150001000001"),
            (2, "1502", datetime(2026, 12, 31, 15, 59, 59, 999_999, UTC), "2026150201000002"),
            (2, "1502", datetime(2026, 12, 31, 16, tzinfo=UTC), "2027150201000002"),  # it is New Year's Day in China
        ],
    )
    def test_numbers_by_year_place_and_office(self, serial, region, at, number):
        contract = make.contract(State.EFFECTIVE, region=region)

        assert decided(contract, Register(serial=serial), make.officer(at))[0].number == number
        assert rules.series_of(contract, make.officer(at)) == (int(number[:4]), number[4:8], "01")

    @pytest.mark.parametrize("serial", [0, -1, 1_000_000])
    def test_keeps_to_six_digits(self, serial):
        with pytest.raises(AssertionError, match="six digits"):
            rules.decide_contract(make.contract(State.EFFECTIVE), Register(serial=serial), make.officer())

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (EFFECTIVE_AT - INSTANT, "not-effective"),
            (EFFECTIVE_AT, "registered"),
            (EFFECTIVE_AT + INSTANT, "registered"),
        ],
    )
    def test_refuses_what_arrived_before_the_contract_took_effect(self, at, expected):
        assert outcome(make.contract(State.EFFECTIVE), Register(serial=1), make.officer(at)) == expected

    @pytest.mark.parametrize(
        "at", [make.REGISTER_BY - INSTANT, make.REGISTER_BY, make.REGISTER_BY + timedelta(days=99)]
    )
    def test_does_not_make_the_parties_suffer_for_a_slow_office(self, at):
        assert outcome(make.contract(State.EFFECTIVE), Register(serial=1), make.officer(at)) == "registered"

    @pytest.mark.parametrize(
        ("contract", "unsigned"),
        [
            ("awarded", "seller, buyer"),
            ("offered", "seller, buyer"),
            ("seller-signed", "buyer"),
            ("buyer-signed", "seller"),
        ],
    )
    def test_says_whose_signature_is_missing(self, contract, unsigned):
        refusal = refusal_of(CONTRACTS[contract], Register(serial=1), make.officer())

        assert (refusal.code(), refusal.facts) == ("contracts/not-effective", {"unsigned": unsigned})

    def test_says_under_which_number_it_was_done(self):
        refusal = refusal_of(make.contract(State.REGISTERED), Register(serial=8), make.officer())

        assert refusal.facts == {"number": "2026150201000007"}


class TestRescind:
    @pytest.mark.parametrize("state", [State.EFFECTIVE, State.REGISTERED])
    def test_is_the_buyers_fault_and_keeps_what_was_registered(self, state):
        contract, event = decided(make.contract(state), Rescind(), make.officer())

        assert contract == replace(make.contract(state), state=State.RESCINDED, fault=Fault.BUYER)
        assert (event.kind, event.data) == ("contract.rescinded", {"fault": "buyer"})
        assert event.sealed == {"by": make.acted(make.officer())}

    @pytest.mark.parametrize("state", [State.EFFECTIVE, State.REGISTERED])
    @pytest.mark.parametrize("cause", [make.cause(BUYER), make.clock()], ids=["word", "silence"])
    def test_is_nobodys_fault_when_the_contract_is_given_up(self, state, cause):
        contract, event = decided(make.contract(state), Rescind(fault=Fault.NOBODY), cause)

        assert contract == replace(make.contract(state), state=State.RESCINDED, fault=Fault.NOBODY)
        assert (event.kind, event.data) == ("contract.rescinded", {"fault": "nobody"})
        assert event.sealed == {"by": make.acted(cause)}


class TestTick:
    @pytest.mark.parametrize(
        ("contract", "fault"),
        [("awarded", "seller"), ("offered", "seller"), ("seller-signed", "buyer"), ("buyer-signed", "seller")],
    )
    def test_blames_whoever_kept_the_other_waiting(self, contract, fault):
        after, event = decided(CONTRACTS[contract], Tick(), make.clock())

        assert after == replace(CONTRACTS[contract], state=State.LAPSED, fault=Fault(fault))
        assert (event.kind, event.data, event.sealed) == ("contract.lapsed", {"fault": fault}, {})

    def test_says_when_it_is_due(self):
        refusal = refusal_of(make.contract(), Tick(), make.clock(LAPSES_AT - INSTANT))

        assert refusal.facts == {"due_at": "2026-03-09T16:01:00.000000Z"}


class TestDueAt:
    @pytest.mark.parametrize("contract", CONTRACTS)
    def test_is_the_end_of_the_grace_until_both_have_signed(self, contract):
        waiting = contract in {"awarded", "offered", "seller-signed", "buyer-signed"}

        assert rules.due_at(CONTRACTS[contract]) == (LAPSES_AT if waiting else None)


class TestAwaited:
    @pytest.mark.parametrize(
        ("contract", "expected"),
        [
            ("awarded", ("seller",)),
            ("offered", ("seller", "buyer")),
            ("seller-signed", ("buyer",)),
            ("buyer-signed", ("seller",)),
            ("effective", ("officer",)),
            ("registered", ()),
            ("lapsed", ()),
            ("rescinded", ()),
        ],
    )
    def test_names_who_acts_next(self, contract, expected):
        assert CONTRACTS[contract].awaited == expected


class TestDiagram:
    def test_draws_every_arrow(self):
        assert rules.contract_diagram() == (
            "stateDiagram-v2\n"
            "    [*] --> awarded: Open\n"
            "    awarded --> offered: Write\n"
            "    awarded --> lapsed: Tick\n"
            "    awarded --> awarded: Stay, Resume\n"
            "    offered --> offered: Write, Sign, Stay, Resume\n"
            "    offered --> effective: Sign\n"
            "    offered --> lapsed: Tick\n"
            "    effective --> registered: Register\n"
            "    effective --> rescinded: Rescind\n"
            "    effective --> effective: Stay, Resume\n"
            "    registered --> rescinded: Rescind\n"
            "    lapsed --> [*]\n"
            "    rescinded --> [*]\n"
        )


class TestRefusals:
    def test_have_distinct_codes_and_titles_in_both_languages(self):
        found = rules.CONTRACT_REFUSALS

        assert len({one.code() for one in found}) == len({one.title() for one in found}) == len(found)
        assert len({one.zh for one in found}) == len(found)
        assert all(one.code().startswith("contracts/") and re.search(r"[一-鿿]", one.zh) for one in found)
        assert {one.kind for one in found} == set(Kind) - {Kind.UNAVAILABLE}

    def test_are_all_listed_but_for_those_of_the_opening(self):
        declared = {
            value
            for module in (rules, parties, published, registration, signing)
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, Refusal)
            and value.__module__.startswith("exchange.contracts")
        }

        assert declared == {*rules.CONTRACT_REFUSALS, rules.NoRulesInForce}
