"""Reading what royalties say: facts for the deals, sums for the figures."""

from collections.abc import Iterator
from typing import Final

from ledger.audit.reading import Entry, Reader
from ledger.audit.report import Finding
from settlement.escrow import model as escrow

from .facts import Facts, Royalty
from .figures import Figures
from .trade import opened_of, opened_text

_OVER: Final = frozenset({escrow.ROYALTY_WITHDRAWN.name, escrow.ROYALTY_LAPSED.name})


def read_royalty(facts: Facts, figures: Figures, entry: Entry, index: int) -> None:
    """Take the next entry of a royalty."""
    kind, name, data = str(entry["kind"]), str(entry["subject"]), Reader(entry).inside("data")
    if kind == escrow.ROYALTY_PROPOSED.name:
        known = Royalty(
            id=name,
            index=index,
            settlement=data.text("settlement"),
            deal=data.text("deal"),
            seller=data.text("seller"),
            buyer=opened_text(entry, "buyer"),
            reward_min_bp=data.number("reward_min_bp"),
        )
        facts.royalties.setdefault(name, known)
    elif kind in _OVER and name in facts.royalties:
        facts.royalties[name].over = True
    elif kind == escrow.ROYALTY_PAID.name:
        figures.royalties_fen += data.fen("amount_fen")
    elif kind == escrow.ROYALTY_DIVIDED.name:
        figures.royalty_fees_fen += data.fen("fee_fen")
        figures.royalties_ordered_fen += data.fen("commission_fen") + data.fen("audit_fen")
        if opened_of(entry).has("payouts"):
            figures.royalties_ordered_fen += data.fen("reward_fen") + data.fen("owners_fen")


def findings(facts: Facts) -> Iterator[Finding]:
    """Yield every royalty that does not fit the settlement it belongs to, or that is not the only one."""
    standing: dict[str, str] = {}
    for one in sorted(facts.royalties.values(), key=lambda each: each.index):
        settlement = facts.settlements.get(one.settlement)
        if settlement is None or settlement.due_index < 0 or settlement.due_index > one.index:
            yield Finding(f"{one.id}: is beside {one.settlement}, of which no contract had taken effect", one.index)
            continue
        if (one.deal, one.seller) != (settlement.deal, settlement.seller):
            yield Finding(f"{one.id}: has not the deal and the seller of {settlement.id}", one.index)
        if one.buyer is not None and settlement.buyer is not None and one.buyer != settlement.buyer:
            yield Finding(f"{one.id}: is with another buyer than {settlement.id}", one.index)
        if one.reward_min_bp != settlement.reward_min_bp:
            yield Finding(f"{one.id}: owes the inventors another least share than {settlement.id}", one.index)
        if not one.over and (other := standing.setdefault(one.settlement, one.id)) != one.id:
            yield Finding(f"{one.id}: stands beside {one.settlement}, as {other} does", one.index)
