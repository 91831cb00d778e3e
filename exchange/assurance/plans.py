"""Reading what payment plans say: their parts for the claims, sums for the figures."""

from collections.abc import Callable, Mapping
from typing import Final

from ledger.audit.reading import Entry, Reader
from settlement.escrow import model as escrow

from .facts import Facts, PaidPart, Plan, When
from .figures import Figures
from .trade import opened_of, opened_text


def read_plan(facts: Facts, figures: Figures, entry: Entry, index: int) -> None:
    """Take the next entry of a plan."""
    kind, name, data = str(entry["kind"]), str(entry["subject"]), Reader(entry).inside("data")
    if kind == escrow.PLAN_PROPOSED.name:
        known = Plan(
            id=name,
            index=index,
            settlement=data.text("settlement"),
            deal=data.text("deal"),
            seller=data.text("seller"),
            buyer=opened_text(entry, "buyer"),
            price_fen=data.fen("price_fen"),
            deposit_fen=data.fen("deposit_fen"),
            reward_min_bp=data.number("reward_min_bp"),
        )
        facts.plans.setdefault(name, known)
        return
    plan = facts.plans.get(name)
    if plan is not None and (take := _OF_A_PLAN.get(kind)):
        take(plan, figures, entry, index)


def _tried(one: Plan, figures: Figures, entry: Entry, index: int) -> None:
    one.begun_index, one.tried = index, True
    figures.tried_fen += Reader(entry).inside("data").fen("held_fen")


def _declined(one: Plan, figures: Figures, entry: Entry, index: int) -> None:
    one.declined_index = index
    fen = Reader(entry).inside("data").fen("refunded_fen")
    figures.tried_fen -= fen
    _out(figures, fen)


def _agreed(one: Plan, figures: Figures, entry: Entry, index: int) -> None:
    if one.tried:
        figures.tried_fen -= Reader(entry).inside("data").fen("applied_fen")
    else:
        one.begun_index = index


def _paid(one: Plan, figures: Figures, entry: Entry, _index: int) -> None:
    data = Reader(entry).inside("data")
    one.parts[data.number("part")] = PaidPart(When.of(entry), data.fen("price_fen"))
    figures.plans_fen += data.fen("paid_fen")
    figures.planned_fen += data.fen("paid_fen")


def _returned(one: Plan, figures: Figures, entry: Entry, _index: int) -> None:
    data = Reader(entry).inside("data")
    if (part := one.parts.get(data.number("part"))) is not None:
        part.back = When.of(entry)
    _out(figures, data.fen("amount_fen"))


def _divided(_one: Plan, figures: Figures, entry: Entry, _index: int) -> None:
    data = Reader(entry).inside("data")
    figures.plan_fees_fen += data.fen("fee_fen")
    figures.planned_fen -= data.fen("fee_fen")
    _out(figures, data.fen("commission_fen"))
    if opened_of(entry).has("payouts"):
        _out(figures, data.fen("reward_fen") + data.fen("owners_fen"))


def _lost(_one: Plan, figures: Figures, entry: Entry, _index: int) -> None:
    data = Reader(entry).inside("data")
    figures.plan_fees_fen += data.fen("fee_fen")
    figures.planned_fen -= data.fen("fee_fen")
    _out(figures, data.fen("seller_fen"))


def _out(figures: Figures, fen: int) -> None:
    figures.planned_fen -= fen
    figures.plans_ordered_fen += fen


_OF_A_PLAN: Final[Mapping[str, Callable[[Plan, Figures, Entry, int], None]]] = {
    escrow.TRIAL_BEGUN.name: _tried,
    escrow.TRIAL_DECLINED.name: _declined,
    escrow.PLAN_AGREED.name: _agreed,
    escrow.PART_PAID.name: _paid,
    escrow.PART_RETURNED.name: _returned,
    escrow.PART_DIVIDED.name: _divided,
    escrow.PLAN_DEPOSIT_LOST.name: _lost,
}
