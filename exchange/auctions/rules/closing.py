"""What a lot closes at, where one leader has won: the reserve, and the entries that say so."""

from dataclasses import replace

from ledger.kernel.errors import invariant

from ..model import LOT_SOLD, LOT_UNSOLD, Bid, Decision, Lot, State, UnsoldReason


def close(lot: Lot) -> Decision:
    """Sell to the leader (art. 11: one bidder is enough), unless the reserve is not met (拍卖法 art. 50)."""
    invariant(not lot.parked, "parked bids are decided before a lot closes")
    if lot.leader and lot.leader.amount_fen >= (lot.terms.reserve_fen or 0):
        return sold(lot, lot.leader)
    return unsold(lot, UnsoldReason.RESERVE_NOT_MET if lot.leader else UnsoldReason.NO_BIDS)  # art. 26


def sold(lot: Lot, leader: Bid) -> Decision:
    """End a lot with its leader as the buyer, at what the leader offered."""
    event = LOT_SOLD(
        lot.id,
        rule=lot.profile.ref,
        bid=leader.id,
        code=leader.code,
        buyer=leader.organisation,
        price_fen=leader.amount_fen,
        bids=lot.bid_count,
    )
    return Decision(lot=replace(lot, state=State.SOLD), events=(event,))


def unsold(lot: Lot, reason: UnsoldReason) -> Decision:
    """End a lot without a buyer."""
    event = LOT_UNSOLD(lot.id, rule=lot.profile.ref, reason=reason, bids=lot.bid_count)
    return Decision(lot=replace(lot, state=State.UNSOLD), events=(event,))
