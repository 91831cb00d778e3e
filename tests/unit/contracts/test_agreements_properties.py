"""Any commands, by anyone, at any time: the amounts add up, two terms never share a hash, and the entries alone tell
what the contract is."""

from dataclasses import replace
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exchange.contracts import checks
from exchange.contracts.model import ContractType, Part, PartKind, Party, Register, Rescind, Sign, State, Tick
from exchange.contracts.rules import agreements as rules
from ledger.kernel import calendar, instant
from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from tests import make_agreements as make

KINDS = st.sampled_from(PartKind)
NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)


@st.composite
def splits(draw, price=100_000):
    """Parts that add up to the price; they may all be of the wrong kind."""
    cuts = draw(st.sets(st.integers(1, price - 1), max_size=6))
    edges = [0, *sorted(cuts), price]
    return tuple(
        Part(kind=draw(KINDS), name=draw(NAMES), amount_fen=Fen(high - low))
        for low, high in zip(edges, edges[1:], strict=False)
    )


@st.composite
def written(draw):
    """A contract whose terms are any that could be written, lawful or not."""
    return make.contract(
        State.OFFERED,
        type=draw(st.sampled_from(ContractType)),
        parts=draw(splits()),
        document_sha256=draw(st.sampled_from(["a" * 64, "b" * 64])),
        buyer=draw(st.sampled_from([make.BUYER, make.STRANGER])),
        price_fen=Fen(draw(st.sampled_from([100_000, 100_001]))),
    )


def said(contract):
    return (contract.type, contract.parts, contract.document_sha256, contract.buyer, contract.price_fen)


class TestWrite:
    @given(splits())
    def test_keeps_the_total_and_counts_no_more_than_it_as_technical(self, parts):
        try:
            contract = rules.decide_contract(make.contract(), make.terms(parts=parts), make.cause()).contract
        except rules.NothingTechnical:
            assert all(part.kind is not PartKind.TECHNOLOGY for part in parts)
            return
        other = sum(part.amount_fen for part in parts if part.kind is not PartKind.TECHNOLOGY)

        assert contract.total_fen == contract.price_fen == sum(part.amount_fen for part in parts)
        assert 0 < contract.technical_fen == contract.total_fen - other <= contract.total_fen

    @given(splits(), st.integers(-5, 5).filter(bool))
    def test_takes_no_parts_that_are_worth_more_or_less(self, parts, error):
        wrong = (replace(parts[0], amount_fen=Fen(parts[0].amount_fen + error)), *parts[1:])
        with pytest.raises((rules.PartsDoNotAddUp, rules.UnusableField)) as caught:
            rules.decide_contract(make.contract(), make.terms(parts=wrong), make.cause())

        unusable = wrong[0].amount_fen <= 0
        assert caught.value.facts.get("given_fen") == (None if unusable else 100_000 + error)


class TestTermsHash:
    @given(written(), written())
    @example(
        make.contract(State.OFFERED, parts=(make.part(1, name="ab"), make.part(2, name="c"))),
        make.contract(State.OFFERED, parts=(make.part(1, name="a"), make.part(2, name="bc"))),
    )
    @example(
        make.contract(State.OFFERED, parts=(make.part(1), make.part(99_999))),
        make.contract(State.OFFERED, parts=(make.part(99_999), make.part(1))),
    )
    def test_is_the_same_for_the_same_terms_and_no_others(self, one, other):
        assert (one.terms_sha256 == other.terms_sha256) == (said(one) == said(other))

    @given(written(), st.integers(0, 5), st.sampled_from(["name", "kind", "amount_fen"]))
    def test_changes_with_every_field_of_every_part(self, contract, place, name):
        part = contract.parts[place % len(contract.parts)]
        value = {"name": part.name + "x", "amount_fen": Fen(part.amount_fen + 1)}.get(
            name, next(kind for kind in PartKind if kind is not part.kind)
        )
        parts = tuple(replace(one, **{name: value}) if one is part else one for one in contract.parts)

        assert replace(contract, parts=parts).terms_sha256 != contract.terms_sha256

    def test_is_none_before_there_are_terms(self):
        assert make.contract().terms_sha256 is None

    def test_is_laid_out_for_good(self):
        assert make.contract(State.OFFERED).terms_sha256 == (
            "d1fd01fac7f72bb084b8ef4c6ab610e71e68707e52ce3e3d16ad657b38b135d0"
        )


ACTORS = {
    "seller": (make.SELLER,),
    "buyer": (make.BUYER,),
    "officer": (make.OFFICE, make.READ_ALL, make.REGISTER, make.CASH),
    "stranger": (make.STRANGER,),
}
RANK = {state: rank for rank, state in enumerate(["awarded", "offered", "effective", "registered", "rescinded"])}


MOMENTS = [
    make.SIGN_BY - make.INSTANT,
    make.SIGN_BY,
    make.LAPSES_AT - make.INSTANT,
    make.ANSWER_BY - make.INSTANT,
    make.ANSWER_BY,
]


class ContractMachine(RuleBasedStateMachine):
    """Commands of everybody's at any time; arrivals are decided out of turn now and then."""

    @initialize(region=st.sampled_from(["1502", "outside"]))
    def award(self, region):
        self.now = make.AWARDED_AT
        self.record = make.Record()
        decision = rules.open_contract(make.opening(region=region), make.clock(self.now))
        self.contract = self.record.take(decision, self.now)
        self.states = [State.AWARDED]

    @rule(hours=st.integers(1, 5))
    def wait(self, hours):
        self.now += timedelta(hours=hours)

    @rule(moment=st.sampled_from(MOMENTS))
    def wait_until(self, moment):
        self.now = max(self.now, moment)

    @rule(parts=splits(), kind=st.sampled_from(ContractType), who=st.sampled_from(["seller", "seller", "buyer"]))
    def write(self, parts, kind, who):
        technical = (replace(parts[0], kind=PartKind.TECHNOLOGY), *parts[1:])
        self._send(make.terms(parts=technical, type=kind), who)

    @rule()
    def write_and_sign(self):
        self._send(make.terms(), "seller")
        self._send(Sign(terms_sha256=self.contract.terms_sha256 or make.SHA256), "seller")

    @rule(
        who=st.sampled_from(["buyer", "seller", "stranger"]),
        version=st.sampled_from(["current", "another"]),
        late_s=st.sampled_from([0, 0, 59]),
    )
    def sign(self, who, version, late_s):
        sha256 = (self.contract.terms_sha256 if version == "current" else None) or make.SHA256
        self._send(Sign(terms_sha256=sha256), who, late_s)

    @rule()
    def agree(self):
        self.write_and_sign()
        self._send(Sign(terms_sha256=self.contract.terms_sha256 or make.SHA256), "buyer")

    @rule(command=st.sampled_from([Register(serial=3), Rescind()]), who=st.sampled_from(["officer", "seller"]))
    def decide(self, command, who):
        self._send(command, who)

    @rule()
    def tick(self):
        self._apply(Tick(), make.clock(self.now))

    def _send(self, command, who, late_s=0):
        organisation, *capabilities = ACTORS[who]
        arrived_at = max(make.AWARDED_AT, self.now - timedelta(seconds=late_s))
        self._apply(command, make.cause(organisation, arrived_at, *capabilities))

    def _apply(self, command, cause):
        try:
            decision = rules.decide_contract(self.contract, command, cause)
        except Refusal:
            return
        self.contract = self.record.take(decision, cause.at)
        self.states.append(self.contract.state)

    @invariant()
    def amounts_add_up(self):
        if self.contract.parts:
            assert 0 < self.contract.technical_fen <= self.contract.total_fen == self.contract.price_fen

    @invariant()
    def nothing_is_in_force_that_not_both_signed_in_time(self):
        both = all(at is not None and at < self.contract.sign_by for at in self.contract.signed_at)
        assert (self.contract.effective_at is not None) == both
        in_force = {State.EFFECTIVE, State.REGISTERED, State.RESCINDED}
        assert (self.contract.state in in_force) == (self.contract.effective_at is not None)
        signatures = [entry for entry in self.record.entries if entry["kind"] == "contract.signed"]
        assert len(signatures) == len(Party) - len(self.contract.unsigned)
        assert {entry["data"]["terms_sha256"] for entry in signatures} <= {self.contract.terms_sha256}

    @invariant()
    def whoever_is_blamed_had_three_days_and_nobody_more_than_the_last_terms_leave(self):
        written = [entry for entry in self.record.entries if entry["kind"] == "contract.written"]
        least = max((instant.parse(entry["arrived_at"]) for entry in written), default=make.AWARDED_AT)
        assert self.contract.sign_by >= calendar.deadline(least, 3 if written else 5)
        assert self.contract.write_by == make.SIGN_BY <= self.contract.sign_by <= make.ANSWER_BY

    @invariant()
    def nothing_comes_back(self):
        ranks = [RANK.get(state, 99) for state in self.states]
        assert ranks == sorted(ranks)
        assert self.states.count(State.LAPSED) + self.states.count(State.RESCINDED) <= 1

    @invariant()
    def the_entries_alone_tell_what_it_is(self):
        assert checks.check_contract(self.record.entries) == []
        assert checks.fold_contract(self.record.entries) == make.amounts_to(self.contract)
        sealed = [{**entry, "opened": {}} for entry in self.record.entries]
        assert checks.check_contract(sealed) == []


TestContract = ContractMachine.TestCase
TestContract.settings = settings(max_examples=60, stateful_step_count=25)
