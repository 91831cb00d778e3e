"""The table of what the bank is told to pay. It is private: nothing of it is on the ledger but the transfers."""

import sqlalchemy as sa

from ledger.kernel.db import Fen, Instant, metadata, one_of

from ..model import Payee

payout = sa.Table(
    "payout",
    metadata,
    sa.Column("transfer", sa.Text, primary_key=True),
    sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False, unique=True),  # the bank's list
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("payee", sa.Text, nullable=False),
    sa.Column("organisation", sa.Text),
    sa.Column("inventor", sa.Integer),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("source", sa.Text),  # the bank's reference of the payment that is given back
    sa.Column("account", sa.Text),  # where that payment came from
    sa.Column("ordered_at", Instant, nullable=False),
    sa.CheckConstraint(one_of("payee", *Payee), name="payee"),
    sa.CheckConstraint("(organisation IS NOT NULL) = (payee = 'organisation')", name="organisation"),
    sa.CheckConstraint("(inventor IS NOT NULL) = (payee = 'inventor')", name="inventor"),
    sa.CheckConstraint("source IS NOT NULL OR payee <> 'sender'", name="sender"),
    sa.CheckConstraint("inventor > 0", name="inventor_place"),
    sa.CheckConstraint("amount_fen > 0", name="amount"),
)
