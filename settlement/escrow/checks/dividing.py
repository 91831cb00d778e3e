"""The end of a price: how it should have been divided, and who had a part in the seller's and the inventors'."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from ledger.audit.reading import Reader
from ledger.kernel.calendar import known_deadline, local_date, may_be_open
from ledger.kernel.cause import TIME
from ledger.kernel.ids import OrganisationId

from ..model import RESUMED_WORKDAYS, SHARED, Practice, State, inventor_account, reward_account, seller_account
from ..rules import PRACTICES
from . import money, numbers
from .opened import costs_of, owners_of, sharing_of, withheld_of
from .reading import Fold, Said

WHOLE_BP = 10_000


def practice_of(at: datetime) -> Practice:
    """Return the practice in force on a day. Raises `ValueError` where there was none."""
    return max(
        (one for one in PRACTICES.values() if one.effective_from <= local_date(at)),
        key=lambda one: (one.effective_from, one.version),
    )


def settle_by(paid_at: datetime) -> datetime | None:
    """Return until when the seller had to settle; None where no calendar reaches that far."""
    return known_deadline(paid_at, practice_of(paid_at).settle_within_workdays)


def quiet_until(thawed_at: datetime | None) -> datetime | None:
    """Return until when time had to wait once no order stood; None too where a release could not count that far."""
    if thawed_at is None:
        return None
    due = known_deadline(thawed_at, RESUMED_WORKDAYS)
    return None if may_be_open(due, thawed_at) else due


def overdue(now: Fold, at: datetime) -> bool:
    """Whether the buyer had no time left to pay, nor to do what an order had kept it from."""
    quiet = quiet_until(now.thawed_at)
    return now.pay_by is not None and at >= max(now.pay_by, quiet or now.pay_by)


def lost(now: Fold, at: datetime, fee_fen: int) -> dict[str, int]:
    """Return each one's part of a lost deposit in the published order: no more than it is owed, while there is some."""
    owed, parts = {"fee": fee_fen, "seller": now.deposit_fen}, dict[str, int]()
    for whose in practice_of(at).forfeit_order:
        parts[whose] = min(owed[whose], now.deposit_fen - sum(parts.values()))
    return parts


class Dividing:
    """What the two entries that end a price say, held against each other: the second tells whose the first's sums are.

    Without the second, everything left is the seller's own and nothing is withheld. Both stand in one transaction.
    """

    def __init__(self, settlement: str, accounts: money.Accounts) -> None:
        self._id = settlement
        self._accounts = accounts
        self._settled_at: datetime | None = None
        self._withheld: dict[int, int] | None = None  # None while the inventors' payouts are sealed
        self._kept_fen = 0

    def settled(self, now: Fold, said: Said, terms: Reader, following: Reader | None) -> tuple[Fold, list[str]]:
        """Return the settlement divided, and what is wrong with how that is told; `following` is the next entry."""
        after, faults = self._sums(now, said, terms)
        told = following if following is not None and following.text("kind") == SHARED.name else None
        shared = told.inside("data") if told else None
        commission_fen = shared.fen("commission_fen") if shared else 0
        others = self._others(money.moved(shared.each("transfers"))) if shared else {}
        seller_fen = after.seller_fen or 0
        self._kept_fen = seller_fen - commission_fen - sum(others.values())
        self._settled_at = said.at if shared else None
        due = money.dividing(
            self._id,
            fee_fen=after.fee_fen or 0,
            reward_fen=after.reward_fen or 0,
            seller_fen=seller_fen,
            kept_fen=self._kept_fen,
        )
        faults += self._accounts.made(said, due)
        faults += costs_of(said.opened, (after.costs_fen or 0) - commission_fen)
        parts, strange = sharing_of(said.opened, after.reward_fen or 0, after.reward_bp or 0)
        faults += strange
        if said.opened.has("payouts"):
            faults += self._paid_out(said, parts, shared.fen("withheld_fen") if shared else 0)
        faults += self._by(now, after, said)
        return after, faults

    def shared(self, now: Fold, said: Said, buyer: str | None) -> tuple[Fold, list[str]]:
        """Return the settlement with everybody's part, and what is wrong with that; `buyer` is None while sealed."""
        commission_fen, owners_fen = said.data.fen("commission_fen"), said.data.fen("owners_fen")
        withheld_fen = said.data.fen("withheld_fen")
        faults = [] if self._settled_at == said.at else ["was not decided with the division before it"]
        self._settled_at = None
        if commission_fen + owners_fen != now.seller_fen:
            faults.append(f"shares {commission_fen + owners_fen} of {now.seller_fen} fen")
        if withheld_fen > (now.reward_fen or 0):
            faults.append("withholds more than the inventors receive")
        others = self._others(money.moved(said.data.each("transfers")))
        faults += self._accounts.made(said, money.passing_on(self._id, commission_fen, others))
        faults += self._broker(now, said, commission_fen, buyer)
        faults += owners_of(said.opened, now.seller, owners_fen, self._kept_fen, others)
        faults += withheld_of(said.opened, withheld_fen, self._withheld)
        if said.opened.has("payouts") and self._withheld is not None:
            paid = money.moved(said.opened.each("payouts"))
            faults += self._accounts.take(paid)
            if paid != money.taxing(self._id, self._withheld):
                faults.append("pays other taxes than it withholds")
        after = replace(now, commission_fen=commission_fen, owners_fen=owners_fen, withheld_fen=withheld_fen)
        return after, faults

    def left_behind(self, now: Fold, said: Said) -> Iterator[str]:
        """Yield what is wrong with what stands on the accounts after an entry that ends the price."""
        if self._settled_at is not None:
            return  # the next entry passes it on
        left = self._accounts.standing()
        if self._withheld is None:
            kept = left.pop(reward_account(self._id), 0)
            if kept != now.reward_fen:
                yield f"leaves {kept} fen for the inventors"
        elif now.withheld_fen and not said.opened.has("payouts"):
            taxes = sum(left.pop(inventor_account(self._id, place), 0) for place in self._withheld)
            if taxes != now.withheld_fen:
                yield f"leaves {taxes} fen of tax"
        if left:
            yield f"leaves money behind: {left}"

    def _sums(self, now: Fold, said: Said, terms: Reader) -> tuple[Fold, list[str]]:
        price_fen, costs_fen = now.price_fen or 0, said.data.fen("costs_fen")
        fee_fen, reward_bp = numbers.fee(terms, price_fen), said.data.number("reward_bp")
        net_fen, least_bp = price_fen - fee_fen - costs_fen, now.reward_min_bp or 0
        faults = [] if net_fen >= 0 else ["takes more costs off the price than there is"]
        if not least_bp <= reward_bp <= WHOLE_BP:
            faults.append(f"gives the inventors {reward_bp} basis points of {least_bp}")
        reward_fen = numbers.reward(max(net_fen, 0), reward_bp)
        due = {"price": price_fen, "fee": fee_fen, "net": net_fen, "reward": reward_fen}
        due["seller"] = price_fen - fee_fen - reward_fen
        faults += [
            f"should state {fen} fen as {name}" for name, fen in due.items() if said.data.fen(f"{name}_fen") != fen
        ]
        after = replace(
            now,
            state=State.SETTLED,
            fee_fen=fee_fen,
            costs_fen=costs_fen,
            reward_bp=reward_bp,
            reward_fen=reward_fen,
            seller_fen=due["seller"],
        )
        return after, faults

    def _paid_out(self, said: Said, parts: list[tuple[int, int]], withheld_fen: int) -> Iterator[str]:
        """Yield what is wrong with the inventors' payouts; what stays on their accounts is what is withheld."""
        paid = money.moved(said.opened.each("payouts"))
        yield from self._accounts.take(paid)
        begin = f"{self._id}:inventor:"
        left = {
            name.removeprefix(begin): fen for name, fen in self._accounts.standing().items() if name.startswith(begin)
        }
        self._withheld = {int(place): fen for place, fen in left.items()}
        if sum(left.values()) != withheld_fen:
            yield f"withholds {sum(left.values())} of {withheld_fen} fen"
        if said.opened.has("split") and paid != money.sharing(self._id, parts, self._withheld):
            yield "pays the inventors other than it says"

    def _by(self, now: Fold, after: Fold, said: Said) -> Iterator[str]:
        """Yield what is wrong with who settled: the seller, or, when its time was over, time, which states nothing."""
        if not said.opened.has("by"):
            return
        by = said.opened.inside("by")
        by.text_or_none("person")
        who = by.id("organisation", OrganisationId)
        if who != TIME.organisation:
            if who != now.seller:
                yield "was another organisation's act"
            return
        if now.settle_by is None or said.at < now.settle_by:
            yield "was settled by time before the seller's was over"
        if (quiet := quiet_until(now.thawed_at)) is not None and said.at < quiet:
            yield "was settled by time before a seller that was kept from it by an order had time to"
        if after.costs_fen or after.reward_bp != now.reward_min_bp:
            yield "was settled by time, with costs or another reward than the least"
        if said.opened.has("split") and len({one.number("weight") for one in said.opened.each("split")}) > 1:
            yield "was settled by time, for inventors of different weights"

    def _others(self, told: list[money.Moved]) -> dict[int, int]:
        """Return what other holders receive, by place, as far as transfers name them."""
        begin, seller = f"{self._id}:owner:", seller_account(self._id)
        found = [one for one in told if one.debit == seller and one.credit.startswith(begin)]
        return {int(one.credit.removeprefix(begin)): one.amount_fen for one in found}

    def _broker(self, now: Fold, said: Said, commission_fen: int, buyer: str | None) -> Iterator[str]:
        if not said.opened.has("broker"):
            return
        if said.opened.written["broker"] is None:
            if commission_fen:
                yield "pays a commission to nobody"
            return
        broker = said.opened.inside("broker")
        who, rate_bp = broker.id("organisation", OrganisationId), broker.number("commission_bp")
        owners = said.opened.each("owners") if said.opened.has("owners") else []
        if who in {now.seller, buyer, *(one.text("organisation") for one in owners)}:
            yield "pays a commission to a party of the sale"
        if not 0 < rate_bp <= practice_of(said.at).commission_max_bp:
            yield f"pays a commission of {rate_bp} basis points"
        if (due := numbers.commission(now.price_fen or 0, rate_bp)) != commission_fen:
            yield f"should pay {due} fen as commission"
