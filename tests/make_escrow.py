"""Build settlements by living them; a test overrides only what it is about.

The usual deal: Ann and Ben deposit 10,000.00 each, Ann wins at 200,000.33, the contract takes effect on a Monday noon,
the price is paid in time, the seller has had two costs and shares half of what is left between two inventors.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.kernel.cause import TIME, Actor, Cause
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.money import Fen
from settlement.books.model import Kind
from settlement.escrow import checks, rules
from settlement.escrow.model import (
    Adopt,
    Award,
    Broker,
    Command,
    Cost,
    CostKind,
    Decision,
    DeclareDefault,
    Forfeit,
    GiveBack,
    Owner,
    ReceiveBalance,
    Release,
    RequestDeposit,
    Require,
    Settle,
    SettleByTime,
    Settlement,
    SettlementId,
    Share,
    TakeDeposit,
    Withholding,
)
from tests.make_auctions import Record

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # Monday, 12:00 in China
PAY_BY = datetime(2026, 3, 9, 16, tzinfo=UTC)  # the fifth working day after it is over
SETTLE_BY = datetime(2026, 3, 23, 16, tzinfo=UTC)  # the fifteenth working day after the second of March is over
INSTANT = timedelta(microseconds=1)

ID = SettlementId.from_number(1)
DEAL = "lot_" + "0" * 26
CONTRACT = "con_" + "0" * 26
PLAN = "pln_" + "0" * 26
SELLER = OrganisationId.from_number(1)
OPERATOR = OrganisationId.from_number(2)
STRANGER = OrganisationId.from_number(3)
ANN, BEN, CAI = (OrganisationId.from_number(number) for number in (11, 12, 13))
COLLEGE = OrganisationId.from_number(4)  # holds a part of what the seller sells
AGENT = OrganisationId.from_number(5)
CODES = {ANN: "0011", BEN: "0012", CAI: "0013"}
PERSON = PersonId.from_number(7)

DEPOSIT = Fen(1_000_000)
PRICE = Fen(20_000_033)
BALANCE = Fen(19_000_033)
FEE = Fen(300_000)  # 1.5 % is 300,000.495
COSTS = Fen(700_000)
NET = Fen(19_000_033)
REWARD = Fen(9_500_017)  # half of it, and half a fen more
SELLERS = Fen(10_200_016)


def by(organisation: OrganisationId, *capabilities: str, at: datetime = NOON) -> Cause:
    actor = Actor(organisation=organisation, person=PERSON, capabilities=frozenset(capabilities))
    return Cause(actor=actor, at=at, request_id="r")


def officer(at: datetime = NOON) -> Cause:
    return by(OPERATOR, "deposits.confirm", "payments.record", at=at)


def seller(at: datetime = NOON) -> Cause:
    return by(SELLER, at=at)


def clock(at: datetime = NOON) -> Cause:
    return Cause(actor=TIME, at=at, request_id="tick")


def deposit(payer: OrganisationId = ANN, **changes: Any) -> TakeDeposit:
    usual = TakeDeposit(
        code=CODES.get(payer, "0099"), payer=payer, due_fen=DEPOSIT, paid_fen=DEPOSIT, reference=f"bank-{payer[-2:]}"
    )
    return replace(usual, **changes)


def request(payer: OrganisationId = ANN, **changes: Any) -> RequestDeposit:
    usual = RequestDeposit(code=CODES.get(payer, "0099"), payer=payer, due_fen=DEPOSIT, account="6222-0211")
    return replace(usual, **changes)


def award(**changes: Any) -> Award:
    return replace(Award(code="0011", buyer=ANN, price_fen=PRICE, reward_required=True), **changes)


def require(**changes: Any) -> Require:
    return replace(Require(contract=CONTRACT, effective_at=NOON), **changes)


def balance(**changes: Any) -> ReceiveBalance:
    return replace(ReceiveBalance(amount_fen=BALANCE, reference="bank-balance"), **changes)


def cost(amount_fen: int = 400_000, kind: CostKind = CostKind.APPRAISAL) -> Cost:
    return Cost(kind=kind, amount_fen=Fen(amount_fen), evidence_sha256="a" * 64)


def share(inventor: int = 1, weight: int = 3, name: str = "甲") -> Share:
    return Share(inventor=inventor, name=name, weight=weight)


def settle(**changes: Any) -> Settle:
    usual = Settle(
        costs=(cost(400_000), cost(300_000, CostKind.TAX)), reward_bp=5_000, shares=(share(1, 3), share(2, 1, "乙"))
    )
    return replace(usual, **changes)


def owners(*shares_bp: int) -> tuple[Owner, ...]:
    """The seller and whoever else holds a part, in the asset's order: all the seller's unless shares are given."""
    names = (COLLEGE, SELLER, *(OrganisationId.from_number(number) for number in range(40, 140)))
    whole = shares_bp or (10_000,)
    return tuple(
        Owner(organisation=name, share_bp=bp)
        for name, bp in zip(names if len(whole) > 1 else (SELLER,), whole, strict=False)
    )


def withheld(*amounts_fen: int) -> tuple[Withholding, ...]:
    """Tax of the first inventors, in order."""
    return tuple(Withholding(inventor=place, amount_fen=Fen(fen)) for place, fen in enumerate(amounts_fen, 1))


def divide(**changes: Any) -> Settle:
    """Settle with everybody who may have a part: the college holds 30 %, an agent had 2.5 %, tax is withheld."""
    usual = settle(
        owners=owners(3_000, 7_000),
        broker=Broker(organisation=AGENT, commission_bp=250),
        withheld=withheld(1_000_001, 300),
    )
    return replace(usual, **changes)


def overdue(**changes: Any) -> SettleByTime:
    return replace(SettleByTime(owners=owners(3_000, 7_000), inventors=("甲", "乙", "丙")), **changes)


ASKED: dict[type[Command], Cause] = {
    RequestDeposit: by(CAI),
    TakeDeposit: officer(),
    Award: clock(),
    Release: clock(),
    Require: by(ANN),
    ReceiveBalance: officer(),
    Settle: seller(),
    SettleByTime: clock(SETTLE_BY),
    Forfeit: clock(),
    DeclareDefault: officer(PAY_BY),
    GiveBack: clock(),
    Adopt: by(ANN),
}
"""Who usually gives each command, and when."""


def opening(
    command: RequestDeposit | TakeDeposit | None = None, cause: Cause | None = None, *, id: SettlementId = ID
) -> Decision:
    return rules.open_settlement(id, DEAL, SELLER, command or deposit(), cause or officer())


def causes(*commands: Command) -> list[Cause]:
    """Who asks for each, a minute after the one before unless it has to wait longer."""
    found, at = [], NOON
    for command in commands:
        at = max(at + timedelta(minutes=1), ASKED[type(command)].at)
        found.append(
            by(command.payer, at=at) if isinstance(command, RequestDeposit) else replace(ASKED[type(command)], at=at)
        )
    return found


def lived(*commands: Command, first: TakeDeposit | None = None) -> list[Decision]:
    """Open a settlement and have it take each command from whoever usually gives it; return every decision."""
    decisions = [opening(first)]
    for command, cause in zip(commands, causes(*commands), strict=True):
        decisions.append(rules.decide(decisions[-1].settlement, command, cause))
    return decisions


LIVES: dict[str, tuple[Command, ...]] = {
    "asked": (request(BEN),),
    "bidding": (deposit(BEN),),
    "awarded": (deposit(BEN), award()),
    "due": (deposit(BEN), award(), require()),
    "paid": (deposit(BEN), award(), require(), balance()),
    "settled": (deposit(BEN), award(), require(), balance(), settle()),
    "divided": (request(BEN), deposit(BEN), award(), require(), balance(), divide()),
    "overdue": (request(BEN), award(), require(), balance(), overdue()),
    "released": (deposit(BEN), Release()),
    "returned": (deposit(BEN), award(), GiveBack()),
    "forfeited": (deposit(BEN), award(), Forfeit()),
    "defaulted": (deposit(BEN), award(), require(), DeclareDefault()),
    "planned": (deposit(BEN), award(), require(), Adopt(plan=PLAN, trial=False)),
    "tried": (deposit(BEN), award(), require(), Adopt(plan=PLAN, trial=True)),
}
"""How a settlement comes to each state. Two lives are forfeited, two planned."""
"""How a settlement comes to each state. Both of the last two are forfeited, and three are settled."""


def settlement(life: str, **changes: Any) -> Settlement:
    return replace(lived(*LIVES[life])[-1].settlement, **changes)


def entries(life: str, *, opened: bool = True) -> list[dict[str, Any]]:
    """What a life leaves in the record."""
    return record_of(lived(*LIVES[life]), [officer(), *causes(*LIVES[life])], opened=opened)


def record_of(decisions: Sequence[Decision], asked: Sequence[Cause], *, opened: bool = True) -> list[dict[str, Any]]:
    record = Record(opened=opened)
    for decision, cause in zip(decisions, asked, strict=True):
        record.write(decision.events, cause.at)
    return record.entries


def refused(act: Any, *given: Any, **named: Any) -> Refusal | None:
    """The refusal that `act` raises, if any."""
    try:
        act(*given, **named)
    except Refusal as refusal:
        return refusal
    return None


def outcome(settlement: Settlement, command: Command, cause: Cause | None = None) -> str:
    """The state a command leads to, or the reason it is refused for."""
    refusal = refused(rules.decide, settlement, command, cause or ASKED[type(command)])
    if refusal is not None:
        return refusal.code().removeprefix("escrow/")
    return rules.decide(settlement, command, cause or ASKED[type(command)]).settlement.state.value


def amounts_to(settlement: Settlement) -> checks.Fold:
    """What the settlement's entries should amount to."""
    return checks.Fold(
        state=settlement.state,
        deal=settlement.deal,
        seller=settlement.seller,
        rule=settlement.terms.ref,
        deposits=tuple((one.code, one.state) for one in settlement.deposits),
        deposit_fen=settlement.deposit_fen,
        code=settlement.code,
        price_fen=settlement.price_fen,
        reward_min_bp=settlement.reward_min_bp,
        contract=settlement.contract,
        effective_at=settlement.effective_at,
        pay_by=settlement.pay_by,
        paid_at=settlement.paid_at,
        settle_by=settlement.settle_by,
        fee_fen=settlement.fee_fen,
        costs_fen=settlement.costs_fen,
        reward_bp=settlement.reward_bp,
        reward_fen=settlement.reward_fen,
        seller_fen=settlement.seller_fen,
        frozen=settlement.frozen,
        thawed_at=settlement.thawed_at,
        commission_fen=settlement.commission_fen,
        owners_fen=settlement.owners_fen,
        withheld_fen=settlement.withheld_fen,
    )


class Purse:
    """The simplest books there are: what each account has, and what of it is held. Refuses to be overdrawn."""

    def __init__(self) -> None:
        self.posted: dict[str, int] = defaultdict(int)
        self.held: dict[str, tuple[str, str, int]] = {}
        self.made: set[str] = set()

    def take(self, decision: Decision) -> None:
        for order in decision.orders:
            assert order.amount_fen > 0
            assert order.id not in self.made
            self.made.add(order.id)
            if order.kind is Kind.HOLD:
                self.held[order.id] = (order.debit, order.credit, order.amount_fen)
            if order.hold is not None:
                assert self.held.pop(order.hold) == (order.debit, order.credit, order.amount_fen)
            if order.kind in {Kind.MOVE, Kind.POST}:
                self.posted[order.debit] -= order.amount_fen
                self.posted[order.credit] += order.amount_fen
            assert all(self.left(name) >= 0 for name in self.posted if name != "custody:bank")
        assert sum(self.posted.values()) == 0

    def left(self, name: str) -> int:
        return self.posted[name] - sum(fen for debit, _, fen in self.held.values() if debit == name)

    def own(self) -> dict[str, int]:
        """What stands on accounts that are not everybody's."""
        return {name: fen for name, fen in self.posted.items() if fen and name.startswith("stl_")}
