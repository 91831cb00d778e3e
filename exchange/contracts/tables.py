"""The tables of contracts and of packs. A pack's bytes never change once they stand; a serial is never given twice."""

import sqlalchemy as sa

from ledger.kernel.db import Fen, Instant, Json, metadata, one_of

from .model import ContractType, Fault, Occasion, PackState, State

pack = sa.Table(
    "pack",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("lot", sa.Text, sa.ForeignKey("lot.id"), nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("occasion", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default=PackState.REQUESTED.value),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("claim", sa.Text),
    sa.Column("claimed_until", Instant),  # real time, on a virtual clock too
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("built_at", Instant),
    sa.Column("log_size", sa.BigInteger),
    sa.Column("sha256", sa.Text),
    sa.Column("content", sa.LargeBinary),
    sa.CheckConstraint(one_of("state", *PackState), name="state"),
    sa.CheckConstraint("(claim IS NULL) = (claimed_until IS NULL)", name="lease"),
    sa.CheckConstraint("state <> 'built' OR claim IS NULL", name="built_unclaimed"),
    sa.CheckConstraint("attempts >= 0", name="attempts"),
    sa.CheckConstraint(
        "CASE state WHEN 'built' THEN num_nonnulls(built_at, log_size, sha256, content) = 4"
        " ELSE num_nulls(built_at, log_size, sha256, content) = 4 END",
        name="built_whole",
    ),
    sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    sa.CheckConstraint("log_size > 0", name="log_size"),
    sa.CheckConstraint("edition > 0", name="edition"),
    sa.CheckConstraint(one_of("occasion", *Occasion), name="occasion"),
    sa.UniqueConstraint("lot", "edition", name="uq_pack_edition"),
    sa.Index("ix_pack_requested", "requested_at", postgresql_where=sa.text("state = 'requested'")),
)

contract = sa.Table(
    "contract",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("lot", sa.Text, sa.ForeignKey("lot.id"), nullable=False, unique=True),
    sa.Column("listing", sa.Text, nullable=False),
    sa.Column("seller", sa.Text, nullable=False),
    sa.Column("buyer", sa.Text, nullable=False),
    sa.Column("price_fen", Fen, nullable=False),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("awarded_at", Instant, nullable=False),
    sa.Column("sign_by", Instant),  # NULL until a calendar reaches that far
    sa.Column("due_at", Instant),
    sa.Column("type", sa.Text),
    sa.Column("parts", Json, nullable=False),  # [{kind, name, amount_fen}, …], confidential
    sa.Column("document_sha256", sa.Text),
    sa.Column("signed_by_seller_at", Instant),
    sa.Column("signed_by_buyer_at", Instant),
    sa.Column("effective_at", Instant),
    sa.Column("register_by", Instant),
    sa.Column("number", sa.Text, unique=True),
    sa.Column("registered_at", Instant),
    sa.Column("fault", sa.Text),
    sa.Column("stayed_at", Instant),
    sa.Column("resumed_at", Instant),
    sa.Column("answer_from", Instant),  # not kept before 0023
    sa.CheckConstraint(one_of("state", *State), name="state"),
    sa.CheckConstraint(one_of("type", *ContractType), name="type"),
    sa.CheckConstraint(one_of("fault", *Fault), name="whose"),
    sa.CheckConstraint("price_fen > 0", name="price"),
    sa.CheckConstraint("seller <> buyer", name="parties"),
    sa.CheckConstraint(
        "(state IN ('awarded', 'offered') AND stayed_at IS NULL AND sign_by IS NOT NULL) = (due_at IS NOT NULL)",
        name="due",
    ),
    sa.CheckConstraint("num_nonnulls(sign_by, answer_from) > 0", name="sign_by"),
    sa.CheckConstraint("sign_by > answer_from", name="time_to_answer"),
    sa.CheckConstraint("stayed_at IS NULL OR state IN ('awarded', 'offered', 'effective')", name="stayed"),
    sa.CheckConstraint("num_nulls(type, document_sha256) IN (0, 2)", name="written"),
    sa.CheckConstraint("(type IS NULL) = (jsonb_array_length(parts) = 0)", name="parts"),
    sa.CheckConstraint("state = 'lapsed' OR (state = 'awarded') = (type IS NULL)", name="offered"),
    sa.CheckConstraint(
        "type IS NOT NULL OR num_nonnulls(signed_by_seller_at, signed_by_buyer_at) = 0", name="written_first"
    ),
    sa.CheckConstraint(
        "(num_nonnulls(signed_by_seller_at, signed_by_buyer_at) = 2) = (effective_at IS NOT NULL)", name="both_signed"
    ),
    sa.CheckConstraint(
        "(state IN ('effective', 'registered', 'rescinded')) = (effective_at IS NOT NULL)", name="effective"
    ),
    sa.CheckConstraint("register_by > effective_at", name="register_by"),
    sa.CheckConstraint("register_by IS NULL OR effective_at IS NOT NULL", name="register_by_once_effective"),
    sa.CheckConstraint("num_nulls(number, registered_at) IN (0, 2)", name="registered"),
    sa.CheckConstraint(
        "CASE state WHEN 'registered' THEN number IS NOT NULL WHEN 'rescinded' THEN true ELSE number IS NULL END",
        name="number",
    ),
    sa.CheckConstraint("number ~ '^[0-9]{16}$'", name="number_form"),
    sa.CheckConstraint("document_sha256 ~ '^[0-9a-f]{64}$'", name="document_sha256"),
    sa.CheckConstraint("(state IN ('lapsed', 'rescinded')) = (fault IS NOT NULL)", name="fault"),
    sa.Index("ix_contract_due_at", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
    sa.Index("ix_contract_seller", "seller"),
    sa.Index("ix_contract_buyer", "buyer"),
)

registration_serial = sa.Table(
    "registration_serial",
    metadata,
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("station", sa.Text, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
    sa.CheckConstraint("last BETWEEN 0 AND 999999", name="last"),
)
