"""What the record says of a settlement."""

from ledger.log.model import event_kind

# What the record says. `transfers` is what the books made of it: [{id, kind, debit, credit, amount_fen}, …].
# How the reward is shared among people, and which costs a seller had, are nobody else's business: only sums are public.
_TOOK = "code amount_fen transfers"
SETTLEMENT_OPENED = event_kind("escrow.opened", public="deal seller terms deposit_fen")
DEPOSIT_REQUESTED = event_kind("escrow.deposit_requested", public="code amount_fen", sealed="payer account by")
DEPOSIT_HELD = event_kind("escrow.deposit_held", public=_TOOK, sealed="payer reference by")
DEPOSIT_REFUNDED = event_kind("escrow.deposit_refunded", public=f"{_TOOK} reason", sealed="payer")
AWARDED = event_kind("escrow.awarded", public="code price_fen balance_fen reward_min_bp", sealed="buyer")
BALANCE_DUE = event_kind("escrow.balance_due", public="contract balance_fen effective_at pay_by")
BALANCE_PAID = event_kind(
    "escrow.balance_paid", public="amount_fen applied_fen price_fen transfers", sealed="payer reference by"
)
SETTLED = event_kind(
    "escrow.settled",
    public="price_fen fee_fen costs_fen net_fen reward_bp reward_fen seller_fen transfers",
    sealed="costs split payouts by",
)
# Right behind `escrow.settled`, of what it tells in one sum: whose the seller's part is, and the tax on the reward.
SHARED = event_kind(
    "escrow.shared",
    public="commission_fen owners_fen withheld_fen transfers",
    sealed="broker owners withholdings payouts",
)
DEPOSIT_FORFEITED = event_kind(
    "escrow.deposit_forfeited", public="code amount_fen fee_fen seller_fen transfers", sealed="payer by"
)
RELEASED = event_kind("escrow.released", public="refunded")
RETURNED = event_kind("escrow.returned", public="code")
PLANNED = event_kind("escrow.planned", public="plan trial code applied_fen price_fen transfers", sealed="by")
FROZEN = event_kind("escrow.frozen", public="freeze authority document_sha256", sealed="order_number reason by")
THAWED = event_kind("escrow.thawed", public="freeze document_sha256", sealed="by")

KINDS = (
    SETTLEMENT_OPENED,
    DEPOSIT_HELD,
    DEPOSIT_REFUNDED,
    AWARDED,
    BALANCE_DUE,
    BALANCE_PAID,
    SETTLED,
    DEPOSIT_FORFEITED,
    RELEASED,
    RETURNED,
    PLANNED,
    FROZEN,
    THAWED,
    DEPOSIT_REQUESTED,
    SHARED,
)
"""Everything that can happen to the money of a deal on the record."""
