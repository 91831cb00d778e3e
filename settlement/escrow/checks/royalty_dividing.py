"""How a royalty's divisions are held against what was agreed on, and every transfer against what it should be."""

from collections.abc import Iterable

from ledger.audit.reading import Reader
from ledger.kernel.cause import TIME
from ledger.kernel.ids import OrganisationId

from ..model import PeriodState
from ..rules import PRACTICES, TERMS
from . import numbers, royalty_money
from .money import Moved, moved
from .opened import brokered_by, costs_of
from .plan_money import PlanAccounts
from .reading import Said
from .royalty_reading import PeriodFold, RoyaltyFold


class Dividing:
    """What a fold in progress knows of the money. Every finding names the entry."""

    def __init__(self, id: str) -> None:
        self.findings: list[str] = []
        self._place = ""
        self._id = id
        self._accounts = PlanAccounts(id)
        self._sharing: Reader | None = None

    def _read_sharing(self, now: RoyaltyFold, sharing: Reader, buyer: str | None) -> None:
        self._sharing = sharing
        owners = [one.number("share_bp") for one in sharing.each("owners")]
        self._expect(sum(owners) == 10_000, "does not share among the holders what is a whole")
        self._expect(sharing.number("reward_bp") >= now.reward_min_bp, "gives the inventors too little")
        itself = brokered_by(sharing, {now.seller, buyer})
        self._expect(not itself, "has a party of the sale for its broker")
        practice = PRACTICES.get(now.rule)
        most = practice.commission_max_bp if practice else 10_000
        self._expect(self._commission_bp() <= most, "gives the broker too much")

    def _divided(self, now: RoyaltyFold, said: Said) -> None:
        period, terms = self._period(now, said), TERMS.get(now.settled_under)
        costs = said.data.fen("costs_fen")
        self._report(costs_of(said.opened, costs))
        self._by(now, period, said)
        bands = Reader(terms.to_json() if terms else {"fee_bands": []})
        due = royalty_money.divided(
            now,
            period,
            costs_fen=costs,
            commission_fen=None if self._sharing is None else self._commission_bp(),
            reward_bp=None if self._sharing is None else self._sharing.number("reward_bp"),
            fee=lambda fen: numbers.fee(bands, fen),
        )
        names = ("amount", "audit", "fee", "commission", "net", "reward", "owners", "withheld")
        told = {name: said.data.fen(f"{name}_fen") for name in names}
        for name, fen in due.items():
            self._expect(told[name] == fen, f"should state {fen} fen as {name}")
        whole = told["fee"] + told["commission"] + told["reward"] + told["owners"]
        self._expect(whole == told["amount"], f"divides {whole} of {told['amount']} fen")
        self._expect(told["withheld"] <= told["reward"], "withholds more than the reward")
        self._moves(said, royalty_money.dividing(self._id, period, told))
        self._shared(period, told, said)
        now.divided_fen += told["amount"]
        now.fee_fen += told["fee"]
        now.costs_fen += costs
        now.commission_fen += told["commission"]
        now.reward_fen += told["reward"]
        period.state = PeriodState.AUDITED if period.due_fen else PeriodState.DIVIDED
        period.divided_fen, period.divide_by = period.paid_fen, None

    def _by(self, now: RoyaltyFold, period: PeriodFold, said: Said) -> None:
        """Hold a division against who made it: the seller, or, when its time was over, time, which states nothing.

        While the buyer owes what an audit found, only time divides, so who it was need not be opened.
        """
        by = said.opened.inside("by").id("organisation", OrganisationId) if said.opened.has("by") else None
        if by is None and period.state is PeriodState.AUDITED:
            by = TIME.organisation
        if by != TIME.organisation:
            self._expect(by in {None, now.seller}, "was another organisation's act")
            self._expect(by is None or period.state is PeriodState.PAID, "divides before what an audit found is paid")
            return
        over = period.divide_by is not None and said.at >= period.divide_by
        self._expect(over, "was divided by time before the seller's was over")
        stated = said.data.fen("costs_fen") + said.data.fen("withheld_fen")
        self._expect(not stated, "was divided by time, with costs or tax taken off")

    def _shared(self, period: PeriodFold, told: dict[str, int], said: Said) -> None:
        """Hold who was paid against the shares that were agreed on, as far as both are opened."""
        if not said.opened.has("payouts"):
            self._accounts.seal(told["reward"] + told["owners"])
            return
        moves = moved(said.opened.each("payouts"))
        self._report(self._accounts.take(moves))
        if self._sharing is None or not said.opened.has("split"):
            return
        ranked = sorted(_share(one) for one in self._sharing.each("inventors"))
        parts = numbers.split(told["reward"], [weight for _, weight, _ in ranked]) if ranked and told["amount"] else []
        split = said.opened.each("split")
        agreed = [(*one, part) for one, part in zip(ranked, parts, strict=False)]
        self._expect([(*_share(one), one.fen("amount_fen")) for one in split] == agreed, "shares otherwise")
        taxes = [one.fen("withheld_fen") for one in split]
        self._expect(sum(taxes) == told["withheld"], "withholds another sum than it states")
        cuts = [(place, part, tax) for (place, *_), part, tax in zip(ranked, parts, taxes, strict=False)]
        holders = [(one.text("organisation"), one.number("share_bp")) for one in self._sharing.each("owners")]
        owners = numbers.split(told["owners"], [share for _, share in holders])
        if said.opened.has("owners"):
            read = [
                (one.text("organisation"), one.number("share_bp"), one.fen("amount_fen"))
                for one in said.opened.each("owners")
            ]
            due = [(*one, part) for one, part in zip(holders, owners, strict=True)]
            self._expect(read == due, "names other parts of the holders")
        self._expect(moves == royalty_money.paying_out(self._id, period, cuts, owners), "pays out otherwise")

    def _commission_bp(self) -> int:
        assert self._sharing is not None
        broker = self._sharing.written.get("broker")
        return self._sharing.inside("broker").number("commission_bp") if broker else 0

    def _period(self, now: RoyaltyFold, said: Said) -> PeriodFold:
        number = said.data.number("period")
        if not 1 <= number <= len(now.periods):
            raise ValueError(f"there is no period {number}")
        return now.periods[number - 1]

    def _moves(self, said: Said, expected: list[Moved]) -> None:
        told = moved(said.data.each("transfers"))
        self._expect(told == expected, "moves money otherwise than it says")
        self._report(self._accounts.take(told))

    def _report(self, faults: Iterable[str]) -> None:
        for fault in faults:
            self._find(fault)

    def _expect(self, holds: object, fault: str) -> None:
        if not holds:
            self._find(fault)

    def _find(self, fault: str) -> None:
        self.findings.append(f"{self._place} {fault}")


def _share(one: Reader) -> tuple[int, int, str]:
    return one.number("inventor"), one.number("weight"), one.text("name")
