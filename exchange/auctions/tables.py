"""The tables of the auctions wing. The lot comes first in every key: it is what the data would be spread by."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from ledger.kernel.db import Fen, Instant, Json, metadata, one_of

from .model import BidState, Fault, Halt, State, VersionState

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
    sa.Column("holders", Json, nullable=False, server_default="[]"),  # of rights of pre-emption
    sa.Column("previous", sa.Text),  # the lot of the same listing that found no bids, and what this one is held to
    sa.Column("previous_ended_at", Instant),
    sa.Column("previous_start_price_fen", Fen),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="1"),
    sa.Column("announced_at", Instant),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("leader", sa.Text),  # the leading bid's id, and what the rules ask of it
    sa.Column("leader_organisation", sa.Text),
    sa.Column("leader_code", sa.Text),
    sa.Column("leader_arrived_at", Instant),
    sa.Column("price_fen", Fen),
    sa.Column("leader_maximum_fen", Fen),  # how far the leading bid may go; never shown to anybody else
    sa.Column("leader_rank", sa.Integer),
    sa.Column("bid_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("decision_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("parked_since", Instant),
    sa.Column("fault", sa.Text),
    sa.Column("extra_rounds", sa.Integer, nullable=False, server_default="0"),
    sa.Column("bid_freely", ARRAY(sa.Text), nullable=False, server_default="{}"),  # bidder codes
    sa.Column("suspended_at", Instant),
    sa.Column("suspended_for", sa.Text),  # why
    sa.Column("suspended_by", sa.Text),  # the order behind it, by its number
    sa.Column("halts", Json, nullable=False, server_default="[]"),  # suspensions that are over: [[from, until], …]
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.CheckConstraint(one_of("state", *State), name="state"),
    sa.CheckConstraint("(state IN ('announced', 'opening')) = (due_at IS NOT NULL)", name="due"),
    sa.CheckConstraint(
        "num_nulls(leader, leader_organisation, leader_code, leader_arrived_at, price_fen) IN (0, 5)", name="leader"
    ),
    sa.CheckConstraint("leader_maximum_fen >= price_fen", name="leader_maximum"),
    sa.CheckConstraint("extra_rounds >= 0", name="extra_rounds"),
    # Who takes the price of a falling clock ends the lot by that.
    sa.CheckConstraint(
        "ends_at >= closes_at OR (form -> 'clock' IS NOT NULL AND ends_at = leader_arrived_at)", name="effective_end"
    ),
    sa.CheckConstraint("state NOT IN ('sold', 'fell_through') OR leader IS NOT NULL", name="sold_to_somebody"),
    sa.CheckConstraint("(state = 'fell_through') = (fault IS NOT NULL)", name="fell_through"),
    sa.CheckConstraint(one_of("fault", *Fault), name="fault"),
    sa.CheckConstraint(one_of("suspended_for", *Halt), name="suspended_for"),
    sa.CheckConstraint("(state = 'suspended') = (suspended_at IS NOT NULL)", name="suspended_at"),
    sa.CheckConstraint("num_nulls(suspended_at, suspended_for) IN (0, 2)", name="suspended"),
    sa.CheckConstraint("num_nulls(previous, previous_ended_at, previous_start_price_fen) IN (0, 3)", name="previous"),
    sa.CheckConstraint("(attempt > 1) = (previous IS NOT NULL)", name="attempt"),
    sa.CheckConstraint("leader_rank > 0", name="leader_rank"),
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
    sa.Column("admitted_at", Instant),  # null: before this was kept
    sa.Column("rank", sa.Integer),  # of a right of pre-emption
    sa.UniqueConstraint("lot", "code"),
    sa.CheckConstraint("rank > 0", name="rank"),
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
    sa.Column("rank", sa.Integer),  # its bidder's
    sa.UniqueConstraint("lot", "number"),
    sa.CheckConstraint("rank > 0", name="rank"),
    sa.CheckConstraint("amount_fen > 0", name="amount"),
    sa.CheckConstraint("maximum_fen > 0", name="maximum"),
    sa.CheckConstraint("(step IS NULL) = (seen_step IS NULL) AND 0 <= seen_step AND seen_step <= step", name="click"),
    sa.CheckConstraint(one_of("state", *BidState), name="state"),
    sa.CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refusal"),
    sa.CheckConstraint("(state = 'parked') = (number IS NULL)", name="decided"),
    sa.Index("ix_bid_parked", "lot", "place", postgresql_where=sa.text("state = 'parked'")),
)

auction_profile = sa.Table(
    "auction_profile",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("ref", sa.Text, nullable=False, unique=True),
    sa.Column("numbers", Json, nullable=False),  # as entries write them; nobody may update them
    sa.Column("state", sa.Text, nullable=False),
    *(
        column
        for act in ("proposed", "activated", "ended")
        for column in (
            sa.Column(f"{act}_by", sa.Text),
            sa.Column(f"{act}_person", sa.Text),
            sa.Column(f"{act}_at", Instant),
            sa.CheckConstraint(f"num_nulls({act}_by, {act}_person, {act}_at) IN (0, 3)", name=act),
        )
    ),
    sa.CheckConstraint(one_of("state", *VersionState), name="state"),
    sa.CheckConstraint("(state IN ('retired', 'rejected')) = (ended_at IS NOT NULL)", name="is_over"),
    sa.CheckConstraint("state NOT IN ('proposed', 'rejected') OR activated_at IS NULL", name="in_force"),
    sa.CheckConstraint("proposed_person <> activated_person", name="two_people"),
    sa.CheckConstraint("(numbers ->> 'id') || '@' || (numbers ->> 'version') = ref", name="cited"),
)

lot_sheet = sa.Table(
    "lot_sheet",
    metadata,
    sa.Column("lot", sa.Text, sa.ForeignKey("lot.id"), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("panellist", sa.Integer, primary_key=True),  # a number on the panel of the lot's form, from 1
    sa.Column("scores", ARRAY(sa.Integer), nullable=False),  # in the order of the form's criteria
    sa.CheckConstraint("panellist > 0", name="panellist"),
    sa.CheckConstraint("0 <= ALL (scores) AND 100 >= ALL (scores)", name="scores"),
)
