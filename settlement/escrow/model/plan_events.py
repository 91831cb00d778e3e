"""What the record says of a payment plan. Who the buyer is, what a milestone is and what is disputed stay sealed."""

from ledger.log.model import event_kind

PLAN_PROPOSED = event_kind(
    "escrow.plan_proposed",
    public="settlement deal seller price_fen deposit_fen reward_min_bp settled_under agree_by terms terms_sha256"
    " reward_bp commission_bp",
    sealed="buyer milestones sharing by",
)
PLAN_WITHDRAWN = event_kind("escrow.plan_withdrawn", public="terms_sha256", sealed="by")
PLAN_LAPSED = event_kind("escrow.plan_lapsed", public="terms_sha256")
PROPOSAL_EXTENDED = event_kind("escrow.proposal_extended", public="agree_by", sealed="by")
TRIAL_BEGUN = event_kind("escrow.trial_begun", public="terms_sha256 held_fen until transfers", sealed="buyer by")
TRIAL_EXTENDED = event_kind("escrow.trial_extended", public="frozen_at until held_fen transfers", sealed="by")
TRIAL_DECLINED = event_kind("escrow.trial_declined", public="refunded_fen transfers", sealed="buyer by")
PLAN_AGREED = event_kind(
    "escrow.plan_agreed", public="terms_sha256 applied_fen effective_at schedule transfers", sealed="buyer by"
)
PART_PAID = event_kind(
    "escrow.part_paid", public="part paid_fen interest_fen price_fen transfers", sealed="payer reference by"
)
PART_WAITS = event_kind("escrow.part_waits", public="part freezes")
RELEASE_PROPOSED = event_kind("escrow.release_proposed", public="part evidence_sha256", sealed="by")
PART_RELEASED = event_kind("escrow.part_released", public="part amount_fen transfers", sealed="by")
PART_DISPUTED = event_kind("escrow.part_disputed", public="part", sealed="reason by")
OUTCOME_OFFERED = event_kind("escrow.outcome_offered", public="part outcome", sealed="by")
DISPUTE_RESOLVED = event_kind("escrow.dispute_resolved", public="part outcome document_sha256", sealed="by")
PART_RETURNED = event_kind("escrow.part_returned", public="part amount_fen transfers", sealed="payer")
PART_DIVIDED = event_kind(
    "escrow.part_divided",
    public="part price_fen interest_fen fee_fen commission_fen costs_fen net_fen reward_fen owners_fen withheld_fen"
    " transfers",
    sealed="costs split owners payouts by",
)
PLAN_DEFAULTED = event_kind("escrow.plan_defaulted", public="part cancelled", sealed="by")
PLAN_DEPOSIT_LOST = event_kind(
    "escrow.plan_deposit_lost", public="amount_fen fee_fen seller_fen transfers", sealed="payer"
)

PLAN_KINDS = (
    PLAN_PROPOSED,
    PLAN_WITHDRAWN,
    PLAN_LAPSED,
    TRIAL_BEGUN,
    TRIAL_DECLINED,
    PLAN_AGREED,
    PART_PAID,
    RELEASE_PROPOSED,
    PART_RELEASED,
    PART_DISPUTED,
    OUTCOME_OFFERED,
    DISPUTE_RESOLVED,
    PART_RETURNED,
    PART_DIVIDED,
    PLAN_DEFAULTED,
    PLAN_DEPOSIT_LOST,
    TRIAL_EXTENDED,
    PART_WAITS,
    PROPOSAL_EXTENDED,
)
"""Everything that can happen to a payment plan on the record."""
