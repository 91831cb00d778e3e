"""Whatever is asked, in whatever order: the money of a deal is all there after every step."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given, settings

from ledger.kernel import canonical
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import OrganisationId
from settlement.escrow import checks, rules
from settlement.escrow.model import (
    Broker,
    DeclareDefault,
    DepositState,
    Forfeit,
    GiveBack,
    ReceiveBalance,
    Release,
    RequestDeposit,
    State,
    TakeDeposit,
)
from tests import make_escrow as make

BIDDERS = [OrganisationId.from_number(number) for number in range(20, 26)]


def code(bidder):
    return f"{20 + BIDDERS.index(bidder):04d}"


def take(bidder, off_fen=0):
    return make.deposit(bidder, code=code(bidder), paid_fen=make.DEPOSIT + off_fen)


def ask(bidder):
    return make.request(bidder, code=code(bidder))


bidders = st.sampled_from(BIDDERS)
prices = st.one_of(st.integers(make.DEPOSIT + 1, make.DEPOSIT + 1_000), st.integers(make.DEPOSIT + 1, 10**15))
settles = st.builds(
    lambda costs, reward_bp, weights, owners, commission_bp, taxes: make.settle(
        costs=tuple(make.cost(fen) for fen in costs),
        reward_bp=reward_bp,
        shares=tuple(make.share(place, weight) for place, weight in enumerate(weights, 1)),
        owners=make.owners(*owners),
        broker=Broker(organisation=make.AGENT, commission_bp=commission_bp) if commission_bp else None,
        withheld=make.withheld(*taxes),
    ),
    st.lists(st.integers(1, 10**7), max_size=3),
    st.one_of(st.just(5_000), st.integers(0, 10_000)),
    st.lists(st.integers(1, 9), max_size=4),
    st.sampled_from([(), (10_000,), (3_000, 7_000), (1, 9_998, 1)]),
    st.sampled_from([0, 0, 1, 250, 1_000, 1_001]),
    st.lists(st.integers(0, 10**6), max_size=2),
)
commands = st.one_of(
    st.builds(take, bidders, st.sampled_from([0, 0, 0, -1, 1])),
    st.builds(ask, bidders),
    st.builds(lambda bidder, price, bound: (bidder, price, bound), bidders, prices, st.booleans()),  # an award
    st.just(Release()),
    st.just(make.require()),
    st.builds(lambda off: off, st.sampled_from([0, 0, 0, -1, 1])),  # a balance, so far off
    settles,
    st.sampled_from([Forfeit(), GiveBack(), DeclareDefault()]),
)
lives = st.one_of(
    st.lists(commands, max_size=14),
    st.builds(  # most random lives end early: these go on to the end
        lambda more, award, rest, last: [*more, award, *rest, last],
        st.lists(st.one_of(st.builds(ask, bidders), st.builds(take, bidders)), max_size=6),
        st.builds(lambda price, bound: (BIDDERS[0], price, bound), prices, st.booleans()),
        st.sampled_from([[make.require(), 0], [make.require()], []]),
        st.one_of(settles, st.just(make.overdue()), st.sampled_from([Forfeit(), GiveBack(), DeclareDefault()])),
    ),
)


@dataclass
class Model:
    """The same life with nothing but sums: who has put in how much, and where it is."""

    held: set[str] = field(default_factory=lambda: {code(BIDDERS[0])})
    in_fen: int = make.DEPOSIT
    out_fen: int = 0
    fees_fen: int = 0
    escrow_fen: int = 0

    @property
    def custody_fen(self):
        return self.in_fen - self.out_fen - self.fees_fen

    def follow(self, command, after):
        d = make.DEPOSIT
        if isinstance(command, TakeDeposit):
            self.held.add(command.code)
            self.in_fen += d
        elif isinstance(command, RequestDeposit):
            pass  # nothing comes in by asking where to
        elif after.state in {State.RELEASED, State.RETURNED}:
            self.out_fen += d * len(self.held)
            self.held = set()
        elif after.state is State.AWARDED:
            self.out_fen += d * (len(self.held) - 1)
            self.held = {after.code}
        elif after.state is State.PAID:
            self.in_fen += after.price_fen - d
            self.escrow_fen, self.held = after.price_fen, set()
        elif after.state is State.SETTLED:
            self.fees_fen += after.fee_fen
            self.out_fen += self.escrow_fen - after.fee_fen
            self.escrow_fen = 0
        elif after.state is State.FORFEITED:
            self.fees_fen += after.fee_fen
            self.out_fen += d - after.fee_fen
            self.held = set()


def understood(settlement, step):
    """Turn a step into the command it stands for here; None for facts that no caller would tell."""
    if isinstance(step, tuple):
        bidder, price_fen, bound = step
        holds = any(one.code == code(bidder) and one.state is DepositState.HELD for one in settlement.deposits)
        award = make.award(code=code(bidder), buyer=bidder, price_fen=price_fen, reward_required=bound)
        return award if holds else None
    if isinstance(step, int):
        return ReceiveBalance(amount_fen=(settlement.balance_fen or 0) + step, reference="bank-balance")
    return step


def live(steps):
    """Return (command, decision, cause) for all that is accepted, beginning with the first deposit."""
    first = make.opening(take(BIDDERS[0]))
    walk = [(take(BIDDERS[0]), first, make.officer())]
    at = make.NOON
    for step in steps:
        settlement = walk[-1][1].settlement
        command = understood(settlement, step)
        if command is None:
            continue
        at = max(at + timedelta(minutes=1), make.ASKED[type(command)].at)
        cause = replace(make.ASKED[type(command)], at=at)
        if isinstance(command, RequestDeposit):
            cause = make.by(command.payer, at=at)
        try:
            walk.append((command, rules.decide(settlement, command, cause), cause))
        except Refusal:
            continue
    return walk


@given(steps=lives)
def test_a_life_conserves_money_at_every_step(steps):
    purse, model = make.Purse(), Model()
    for nth, (command, decision, _) in enumerate(live(steps)):
        after = decision.settlement
        purse.take(decision)
        assert sum(one.amount_fen for one in decision.payouts) == sum(
            one.amount_fen for one in decision.orders if one.credit == "custody:ordered"
        )
        if nth:
            model.follow(command, after)

        assert purse.posted["custody:bank"] == -model.in_fen
        assert purse.posted["custody:ordered"] == model.out_fen
        assert purse.posted["exchange:fees"] == model.fees_fen
        assert sum(purse.own().values()) == model.custody_fen
        assert purse.posted[f"{make.ID}:escrow"] == model.escrow_fen
        assert {one.code for one in after.deposits if one.state is DepositState.HELD} == model.held
        assert sum(fen for _, _, fen in purse.held.values()) == make.DEPOSIT * len(model.held)
        if after.state in {State.SETTLED, State.RELEASED, State.RETURNED, State.FORFEITED}:
            assert model.custody_fen == 0
            assert purse.own() == {}


@given(steps=lives, opened=st.booleans())
def test_an_auditor_finds_every_life_sound_and_tallies_it(steps, opened):
    walk = live(steps)
    entries = make.record_of([one for _, one, _ in walk], [cause for _, _, cause in walk], opened=opened)
    after = walk[-1][1].settlement

    assert checks.check(entries) == []
    assert checks.fold(entries) == make.amounts_to(after)
    tally = checks.tally(entries)
    by_state = tally.refunded_fen + tally.applied_fen + tally.forfeited_fen + tally.held_fen
    come = [one for one in after.deposits if one.state not in {DepositState.REQUESTED, DepositState.LAPSED}]
    assert tally.deposits_fen == by_state == make.DEPOSIT * len(come)
    purse = make.Purse()
    for _, decision, _ in walk:
        purse.take(decision)
    assert tally.received_fen == -purse.posted["custody:bank"]
    assert tally.paid_out_fen == purse.posted["custody:ordered"] + purse.posted["exchange:fees"]


@settings(max_examples=30)
@given(steps=lives)
def test_the_same_life_gives_the_same_bytes_and_the_same_transfers(steps):
    def written(walk):
        events = [event for _, decision, _ in walk for event in decision.events]
        return canonical.encode([[event.kind, event.data, event.sealed] for event in events])

    once, again = live(steps), live(steps)
    assert written(once) == written(again)
    assert [one.orders for _, one, _ in once] == [one.orders for _, one, _ in again]


@given(steps=lives)
def test_a_command_repeated_is_refused_or_moves_nothing_new(steps):
    """What is ordered twice by two deciders who saw the same settlement has the same name, so it is made once."""
    walk = live(steps)
    for (_, before, _), (command, decision, cause) in zip(walk, walk[1:], strict=False):
        assert rules.decide(before.settlement, command, cause).orders == decision.orders
        again = make.refused(rules.decide, decision.settlement, command, cause)
        assert again is not None, command
