"""The tables of a royalty and of invoices.

Rates, sales and whose the money is are kept, since what is due is computed by them again; the record seals them.
"""

import sqlalchemy as sa

from ledger.kernel.db import Fen, Instant, metadata, one_of

from ..model import InvoiceState, Issuer, Occasion, PeriodState, RoyaltyState
from .agreements import between_whom, divided_adds_up, divided_so_far, found_by, under_what, what_is_agreed

royalty = sa.Table(
    "royalty",
    metadata,
    *between_whom(),
    *under_what(),
    *what_is_agreed(),
    sa.Column("signed_by", sa.Text),
    sa.Column("acts_at", Instant),
    *divided_so_far(),
    sa.CheckConstraint(one_of("state", *RoyaltyState), name="state"),
    sa.CheckConstraint(
        "acts_at IS NOT NULL OR state <> 'proposed'",
        name="a_proposal_lapses",
    ),
    sa.CheckConstraint("acts_at IS NULL OR state IN ('proposed', 'running', 'closing')", name="acts"),
    divided_adds_up(),
    *found_by("royalty"),
)

royalty_period = sa.Table(
    "royalty_period",
    metadata,
    sa.Column("royalty", sa.Text, sa.ForeignKey("royalty.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("statement_by", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sales_fen", Fen),
    sa.Column("audit_from", Instant),
    sa.Column("audited", sa.Boolean, nullable=False),
    sa.Column("due_fen", Fen, nullable=False),
    sa.Column("owed_at", Instant),
    sa.Column("pay_by", Instant),
    sa.Column("overdue", sa.Boolean, nullable=False),
    sa.Column("costs_fen", Fen, nullable=False),
    sa.Column("payments", sa.Integer, nullable=False),
    sa.Column("paid_fen", Fen, nullable=False),
    sa.Column("divided_fen", Fen, nullable=False),
    sa.Column("paid_at", Instant),
    sa.Column("divide_by", Instant),
    sa.CheckConstraint(one_of("state", *PeriodState), name="state"),
    sa.CheckConstraint("(due_fen > 0) = (num_nonnulls(pay_by, owed_at) > 0)", name="due"),
    sa.CheckConstraint("pay_by > owed_at", name="pay_by"),
    sa.CheckConstraint("due_fen = 0 OR state IN ('stated', 'estimated', 'audited')", name="due_in_its_states"),
    sa.CheckConstraint("due_fen > 0 OR NOT overdue", name="overdue"),
    sa.CheckConstraint("audit_from IS NOT NULL OR NOT audited", name="audited"),
    sa.CheckConstraint("(paid_fen > 0) = (payments > 0)", name="payments"),
    sa.CheckConstraint("0 <= divided_fen AND divided_fen <= paid_fen", name="divided"),
    sa.CheckConstraint("state NOT IN ('running', 'divided', 'cancelled') OR divided_fen = paid_fen", name="waiting"),
    sa.CheckConstraint("due_fen >= 0 AND 0 <= costs_fen AND costs_fen <= paid_fen + due_fen", name="amounts"),
    sa.CheckConstraint("paid_at IS NULL OR payments > 0", name="paid_at"),
    sa.CheckConstraint("divide_by IS NULL OR divided_fen < paid_fen", name="divide_by"),
    sa.CheckConstraint("divide_by IS NULL OR paid_at IS NOT NULL", name="divide_by_once_paid"),
    sa.CheckConstraint("divide_by > paid_at", name="time_to_divide"),
    sa.Index("ix_royalty_period_divide_by", "divide_by", postgresql_where=sa.text("divide_by IS NOT NULL")),
)

invoice = sa.Table(
    "invoice",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False),  # the order in which they came
    sa.Column("settlement", sa.Text, sa.ForeignKey("settlement.id"), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("occasion", sa.Text, nullable=False),
    sa.Column("payment", sa.Integer, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("tax_fen", Fen, nullable=False),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("document_sha256", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("red_number", sa.Text),
    sa.Column("red_on", sa.Date),
    sa.Column("red_sha256", sa.Text),
    sa.CheckConstraint(one_of("state", *InvoiceState), name="state"),
    sa.CheckConstraint(one_of("occasion", *Occasion), name="occasion"),
    sa.CheckConstraint(one_of("issuer", *Issuer), name="issuer"),
    sa.CheckConstraint("(issuer = 'exchange') = (occasion = 'fee')", name="whose"),
    sa.CheckConstraint("0 <= tax_fen AND tax_fen < amount_fen", name="amounts"),
    sa.CheckConstraint(
        "num_nulls(red_number, red_on, red_sha256) = CASE WHEN state = 'reversed' THEN 0 ELSE 3 END", name="reversed"
    ),
    sa.Index("ix_invoice_settlement", "settlement"),
)

# Where every number is recorded once, of an invoice or of the red one that reverses it.
invoice_number = sa.Table(
    "invoice_number",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("invoice", sa.Text, sa.ForeignKey("invoice.id"), nullable=False),
)
