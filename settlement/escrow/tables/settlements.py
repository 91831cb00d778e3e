"""The tables of a settlement.

What only the parties know (costs, the inventors' shares) is in the disclosures alone: nothing is decided by it again.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.db import Fen, Instant, metadata, one_of

from ..model import DepositState, State

settlement = sa.Table(
    "settlement",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("deal", sa.Text, nullable=False, unique=True),
    sa.Column("seller", sa.Text, nullable=False),
    sa.Column("terms", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("buyer", sa.Text),
    sa.Column("code", sa.Text),
    sa.Column("price_fen", Fen),
    sa.Column("reward_min_bp", sa.Integer),
    sa.Column("contract", sa.Text),
    sa.Column("pay_by", Instant),  # NULL until a calendar reaches that far
    sa.Column("paid_at", Instant),
    sa.Column("settle_by", Instant),
    sa.Column("fee_fen", Fen),
    sa.Column("costs_fen", Fen),
    sa.Column("reward_bp", sa.Integer),
    sa.Column("reward_fen", Fen),
    sa.Column("seller_fen", Fen),
    sa.Column("frozen", postgresql.ARRAY(sa.Text), nullable=False, server_default="{}"),  # orders that stand
    sa.Column("commission_fen", Fen),
    sa.Column("owners_fen", Fen),
    sa.Column("withheld_fen", Fen),
    sa.Column("effective_at", Instant),  # of the contract; not kept before 0023
    sa.Column("thawed_at", Instant),  # the last order was lifted
    sa.Column("quiet_until", Instant),  # follows from it; for whoever looks for what is due
    sa.CheckConstraint(one_of("state", *State), name="state"),
    sa.CheckConstraint(
        "num_nulls(buyer, code, price_fen, reward_min_bp)"
        " = CASE WHEN state IN ('bidding', 'released') THEN 4 ELSE 0 END",
        name="awarded",
    ),
    sa.CheckConstraint("(contract IS NULL) = (num_nonnulls(pay_by, effective_at) = 0)", name="due"),
    sa.CheckConstraint("pay_by > effective_at", name="pay_by"),
    sa.CheckConstraint("contract IS NOT NULL OR state NOT IN ('due', 'paid', 'settled')", name="due_under_a_contract"),
    sa.CheckConstraint("(paid_at IS NOT NULL) = (state IN ('paid', 'settled'))", name="paid"),
    sa.CheckConstraint(
        "num_nulls(fee_fen, seller_fen) = CASE WHEN state IN ('settled', 'forfeited') THEN 0 ELSE 2 END", name="divided"
    ),
    sa.CheckConstraint(
        "num_nulls(costs_fen, reward_bp, reward_fen) = CASE WHEN state = 'settled' THEN 0 ELSE 3 END", name="settled"
    ),
    sa.CheckConstraint("state <> 'settled' OR fee_fen + reward_fen + seller_fen = price_fen", name="all_of_the_price"),
    sa.CheckConstraint(
        "least(price_fen, fee_fen, costs_fen, reward_fen, seller_fen, reward_bp, reward_min_bp) >= 0", name="amounts"
    ),
    sa.CheckConstraint("settle_by > paid_at", name="settle_by"),
    sa.CheckConstraint("quiet_until > thawed_at", name="quiet"),
    sa.CheckConstraint("quiet_until IS NULL OR thawed_at IS NOT NULL", name="quiet_once_thawed"),
    sa.CheckConstraint("settle_by IS NULL OR paid_at IS NOT NULL", name="settle_by_once_paid"),
    sa.CheckConstraint("num_nulls(commission_fen, owners_fen, withheld_fen) IN (0, 3)", name="shared"),
    sa.CheckConstraint("owners_fen IS NULL OR state = 'settled'", name="shared_when_settled"),
    sa.CheckConstraint("commission_fen + owners_fen = seller_fen", name="all_of_the_sellers"),
    sa.CheckConstraint("withheld_fen <= reward_fen", name="withheld"),
    sa.CheckConstraint("least(commission_fen, owners_fen, withheld_fen) >= 0", name="shared_amounts"),
    sa.Index("ix_settlement_settle_by", "settle_by", "id", postgresql_where=sa.text("state = 'paid'")),
    sa.Index("ix_settlement_paid", "seller", "paid_at", postgresql_where=sa.text("paid_at IS NOT NULL")),
)

settlement_deposit = sa.Table(
    "settlement_deposit",
    metadata,
    sa.Column("settlement", sa.Text, sa.ForeignKey("settlement.id"), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False),  # the order in which they came
    sa.Column("payer", sa.Text, nullable=False),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("hold", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reference", sa.Text),  # the bank's, of the payment
    sa.Column("account", sa.Text),  # where it came from, if the payer said so; in no entry in clear
    sa.UniqueConstraint("settlement", "payer"),
    sa.CheckConstraint("amount_fen > 0", name="amount"),
    sa.CheckConstraint(one_of("state", *DepositState), name="state"),
    sa.CheckConstraint("reference IS NULL OR state NOT IN ('requested', 'lapsed')", name="reference"),
)

# Where a bank's reference is recorded once, whatever it paid for; a lot keeps that of a deposit beside its bidder too.
payment = sa.Table(
    "payment",
    metadata,
    sa.Column("reference", sa.Text, primary_key=True),
    sa.Column(
        "subject", sa.Text, nullable=False, index=True
    ),  # a settlement, or what else money comes into custody for
    sa.Column("code", sa.Text),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint("amount_fen > 0", name="amount"),
    sa.CheckConstraint("reference = btrim(reference) AND reference <> ''", name="reference"),
)
