"""What the record says of a royalty. Who the buyer is, the rates and the sales stay sealed; what is due is public."""

from ledger.log.model import event_kind

ROYALTY_PROPOSED = event_kind(
    "escrow.royalty_proposed",
    public="settlement deal seller reward_min_bp settled_under starts_on every periods",
    sealed="buyer terms terms_sha256 sharing by",
)
ROYALTY_WITHDRAWN = event_kind("escrow.royalty_withdrawn", public="settlement", sealed="by")
ROYALTY_LAPSED = event_kind("escrow.royalty_lapsed", public="settlement")
ROYALTY_AGREED = event_kind("escrow.royalty_agreed", public="settlement", sealed="terms_sha256 by")
SALES_STATED = event_kind("escrow.sales_stated", public="period due_fen pay_by statement_sha256", sealed="sales_fen by")
ROYALTY_ESTIMATED = event_kind("escrow.royalty_estimated", public="period due_fen pay_by")
AUDIT_CALLED = event_kind("escrow.audit_called", public="period audit_from", sealed="by")
ROYALTY_AUDITED = event_kind(
    "escrow.royalty_audited",
    public="period understated due_fen costs_fen pay_by document_sha256",
    sealed="sales_fen by",
)
ROYALTY_PAID = event_kind("escrow.royalty_paid", public="period amount_fen transfers", sealed="payer reference by")
ROYALTY_OVERDUE = event_kind("escrow.royalty_overdue", public="period due_fen pay_by", sealed="by")
ROYALTY_DIVIDED = event_kind(
    "escrow.royalty_divided",
    public="period amount_fen audit_fen fee_fen commission_fen costs_fen net_fen reward_fen owners_fen withheld_fen"
    " transfers",
    sealed="costs split owners payouts by",
)
TERMINATION_SIGNED = event_kind("escrow.termination_signed", public="settlement", sealed="by")
ROYALTY_TERMINATED = event_kind("escrow.royalty_terminated", public="ground cancelled", sealed="by")
ROYALTY_ENDED = event_kind("escrow.royalty_ended", public="paid_fen")

ROYALTY_KINDS = (
    ROYALTY_PROPOSED,
    ROYALTY_WITHDRAWN,
    ROYALTY_LAPSED,
    ROYALTY_AGREED,
    SALES_STATED,
    ROYALTY_ESTIMATED,
    AUDIT_CALLED,
    ROYALTY_AUDITED,
    ROYALTY_PAID,
    ROYALTY_OVERDUE,
    ROYALTY_DIVIDED,
    TERMINATION_SIGNED,
    ROYALTY_TERMINATED,
    ROYALTY_ENDED,
)
"""Everything that can happen to a royalty on the record."""
