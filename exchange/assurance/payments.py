"""Reading what settlements, programmes and claims say: facts for the deals, sums for the figures."""

from collections.abc import Callable, Mapping
from typing import Final

from ledger.audit.reading import Entry, Reader
from settlement.escrow import model as escrow
from settlement.subsidies import model as subsidies

from .facts import Claim, Deposit, Facts, Settlement, When
from .figures import Figures
from .trade import opened_of, opened_text

FACTS: Final = ("listed_at", "signed_at", "registered_at", "paid_at", "paid_fen", "party_total_fen")


def read_settlement(facts: Facts, figures: Figures, entry: Entry, index: int) -> None:
    """Take the next entry of a settlement."""
    kind, name, data = entry["kind"], str(entry["subject"]), Reader(entry).inside("data")
    if kind == escrow.SETTLEMENT_OPENED.name:
        figures.began_at = min(index, index if figures.began_at is None else figures.began_at)
        facts.settlements.setdefault(
            name,
            Settlement(
                id=name,
                index=index,
                deal=data.text("deal"),
                seller=data.text("seller"),
                deposit_fen=data.fen("deposit_fen"),
            ),
        )
        return
    settlement = facts.settlements.get(name)
    if settlement is not None and (take := _OF_A_SETTLEMENT.get(str(kind))):
        take(settlement, figures, entry, index)


def _held(one: Settlement, figures: Figures, entry: Entry, index: int) -> None:
    data = Reader(entry).inside("data")
    payer, reference, amount = opened_text(entry, "payer"), opened_text(entry, "reference"), data.fen("amount_fen")
    one.deposits[data.text("code")] = Deposit(index, payer, reference, amount)
    figures.deposits_fen += amount
    figures.held_fen += amount


def _refunded(_one: Settlement, figures: Figures, entry: Entry, _index: int) -> None:
    amount = Reader(entry).inside("data").fen("amount_fen")
    figures.refunded_fen += amount
    figures.held_fen -= amount


def _awarded(one: Settlement, _figures: Figures, entry: Entry, index: int) -> None:
    data = Reader(entry).inside("data")
    one.award_index, one.code, one.price_fen = index, data.text("code"), data.fen("price_fen")
    one.buyer = opened_text(entry, "buyer")
    one.reward_min_bp = data.number("reward_min_bp")


def _due(one: Settlement, _figures: Figures, entry: Entry, index: int) -> None:
    data = Reader(entry).inside("data")
    one.due_index, one.contract, one.effective_at = index, data.text("contract"), data.text("effective_at")


def _paid(one: Settlement, figures: Figures, entry: Entry, _index: int) -> None:
    data = Reader(entry).inside("data")
    applied, price = data.fen("applied_fen"), data.fen("price_fen")
    one.paid, one.price_fen = When.of(entry), price
    figures.applied_fen += applied
    figures.held_fen -= applied
    figures.balances_fen += data.fen("amount_fen")
    figures.prices_fen += price
    figures.unsettled_fen += price


def _planned(one: Settlement, figures: Figures, entry: Entry, index: int) -> None:
    data = Reader(entry).inside("data")
    one.end, one.end_index, one.plan = "planned", index, data.text("plan")
    amount = data.fen("applied_fen")
    figures.applied_fen += amount
    figures.held_fen -= amount
    figures.planned_fen += amount


def _settled(one: Settlement, figures: Figures, entry: Entry, index: int) -> None:
    data = Reader(entry).inside("data")
    one.end, one.end_index = "settled", index
    reward = data.fen("reward_fen")
    figures.unsettled_fen -= data.fen("price_fen")
    figures.fees_fen += data.fen("fee_fen")
    figures.rewards_fen += reward
    figures.sellers_fen += data.fen("seller_fen")
    one.payouts_opened = opened_of(entry).has("payouts")
    figures.shared_fen += reward if one.payouts_opened else 0


def _shared(one: Settlement, figures: Figures, entry: Entry, _index: int) -> None:
    """Count what is withheld as still there where the inventors' payouts are opened and their taxes' are not."""
    if one.payouts_opened and not opened_of(entry).has("payouts"):
        figures.shared_fen -= Reader(entry).inside("data").fen("withheld_fen")


def _forfeited(one: Settlement, figures: Figures, entry: Entry, index: int) -> None:
    data = Reader(entry).inside("data")
    one.end, one.end_index = "forfeited", index
    amount = data.fen("amount_fen")
    figures.forfeited_fen += amount
    figures.held_fen -= amount
    figures.fees_fen += data.fen("fee_fen")
    figures.sellers_fen += data.fen("seller_fen")


def _ended(how: str) -> Callable[[Settlement, Figures, Entry, int], None]:
    def take(one: Settlement, _figures: Figures, _entry: Entry, index: int) -> None:
        one.end, one.end_index = how, index

    return take


_OF_A_SETTLEMENT: Final[Mapping[str, Callable[[Settlement, Figures, Entry, int], None]]] = {
    escrow.DEPOSIT_HELD.name: _held,
    escrow.DEPOSIT_REFUNDED.name: _refunded,
    escrow.AWARDED.name: _awarded,
    escrow.BALANCE_DUE.name: _due,
    escrow.BALANCE_PAID.name: _paid,
    escrow.SETTLED.name: _settled,
    escrow.SHARED.name: _shared,
    escrow.DEPOSIT_FORFEITED.name: _forfeited,
    escrow.RELEASED.name: _ended("released"),
    escrow.RETURNED.name: _ended("returned"),
    escrow.PLANNED.name: _planned,
}


def read_programme(_facts: Facts, figures: Figures, entry: Entry, _index: int) -> None:
    """Take the next entry of a programme."""
    if entry["kind"] == subsidies.PROGRAMME_OPENED.name:
        figures.programmes += 1
        figures.budgets_fen += Reader(entry).inside("data").fen("budget_fen")


def read_claim(facts: Facts, figures: Figures, entry: Entry, _index: int) -> None:
    """Take the next entry of a claim."""
    kind, name, data = entry["kind"], str(entry["subject"]), Reader(entry).inside("data")
    if kind == subsidies.CLAIM_PAID.name:
        figures.subsidies_fen += data.fen("amount_fen")
    elif kind in {subsidies.CLAIM_ASSESSED.name, subsidies.CLAIM_REFUSED.name}:
        told, terms = data.inside("facts"), data.inside("terms")
        facts.claims.setdefault(
            name,
            Claim(
                id=name,
                at=When.of(entry),
                deal=data.text("deal"),
                claimant=data.text("claimant"),
                told={fact: told.text_or_none(fact) for fact in FACTS} | {"equity": told.flag("equity_unrealised")},
                from_day=terms.text("from_day"),
                to_day=terms.text("to_day"),
            ),
        )
