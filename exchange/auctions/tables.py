"""The tables of the auctions wing. The lot comes first in every key: it is what the data would be spread by."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from ledger.kernel.db import Fen, Instant, Json, metadata, one_of

from .model import BidState, Fault, State

lot = sa.Table(
    "lot",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("seller", sa.Text, nullable=False),
    sa.Column("listing", sa.Text),
    sa.Column("excluded", ARRAY(sa.Text), nullable=False),
    sa.Column("profile", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("start_price_fen", Fen, nullable=False),
    sa.Column("increments", Json, nullable=False),  # [[from_fen, increment_fen], …]
    sa.Column("deposit_fen", Fen, nullable=False),
    sa.Column("reserve_fen", Fen),
    sa.Column("appraisal_fen", Fen),
    sa.Column("opens_at", Instant, nullable=False),
    sa.Column("closes_at", Instant, nullable=False),
    sa.Column("form", Json(none_as_null=True)),  # what the profile's format asks for besides
    sa.Column("announced_at", Instant),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("leader", sa.Text),  # the leading bid's id, and what the rules ask of it
    sa.Column("leader_organisation", sa.Text),
    sa.Column("leader_code", sa.Text),
    sa.Column("leader_arrived_at", Instant),
    sa.Column("price_fen", Fen),
    sa.Column("leader_maximum_fen", Fen),  # how far the leading bid may go; never shown to anybody else
    sa.Column("bid_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("decision_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("parked_since", Instant),
    sa.Column("fault", sa.Text),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.CheckConstraint(one_of("state", *State), name="state"),
    sa.CheckConstraint("(state IN ('announced', 'opening')) = (due_at IS NOT NULL)", name="due"),
    sa.CheckConstraint(
        "num_nulls(leader, leader_organisation, leader_code, leader_arrived_at, price_fen) IN (0, 5)", name="leader"
    ),
    sa.CheckConstraint("leader_maximum_fen >= price_fen", name="leader_maximum"),
    # Who takes the price of a falling clock ends the lot by that.
    sa.CheckConstraint(
        "ends_at >= closes_at OR (form -> 'clock' IS NOT NULL AND ends_at = leader_arrived_at)", name="effective_end"
    ),
    sa.CheckConstraint("state NOT IN ('sold', 'fell_through') OR leader IS NOT NULL", name="sold_to_somebody"),
    sa.CheckConstraint("(state = 'fell_through') = (fault IS NOT NULL)", name="fell_through"),
    sa.CheckConstraint(one_of("fault", *Fault), name="fault"),
    sa.Index("ix_lot_due_at", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
    sa.Index("ix_lot_listing", "listing"),
)

lot_bidder = sa.Table(
    "lot_bidder",
    metadata,
    sa.Column("lot", sa.Text, sa.ForeignKey("lot.id"), primary_key=True),
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("deposit_fen", Fen, nullable=False),
    sa.Column("payment_reference", sa.Text),
    sa.UniqueConstraint("lot", "code"),
    sa.CheckConstraint("deposit_fen >= 0", name="deposit"),
)

bid = sa.Table(
    "bid",
    metadata,
    sa.Column("lot", sa.Text, sa.ForeignKey("lot.id"), primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False),  # the order of arrival at the table
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("maximum_fen", Fen),
    sa.Column("seen_step", sa.Integer),  # of a click on a falling clock: the step that it carried
    sa.Column("step", sa.Integer),  # and the one that its arrival fell in
    sa.Column("arrived_at", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("refusal", sa.Text),
    sa.Column("number", sa.Integer),
    sa.UniqueConstraint("lot", "number"),
    sa.CheckConstraint("amount_fen > 0", name="amount"),
    sa.CheckConstraint("maximum_fen > 0", name="maximum"),
    sa.CheckConstraint("(step IS NULL) = (seen_step IS NULL) AND 0 <= seen_step AND seen_step <= step", name="click"),
    sa.CheckConstraint(one_of("state", *BidState), name="state"),
    sa.CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refusal"),
    sa.CheckConstraint("(state = 'parked') = (number IS NULL)", name="decided"),
    sa.Index("ix_bid_parked", "lot", "place", postgresql_where=sa.text("state = 'parked'")),
)
