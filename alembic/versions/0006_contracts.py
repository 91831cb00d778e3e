"""contracts of what was sold, and the serials of their registration.

Going back forgets the contracts; the record of them stays.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GRANTS = {"api": {"SELECT, INSERT, UPDATE": "contract registration_serial"}}


def upgrade() -> None:
    op.create_table('contract',
        sa.Column('id', sa.Text(), nullable=False),
        sa.Column('lot', sa.Text(), nullable=False),
        sa.Column('listing', sa.Text(), nullable=False),
        sa.Column('seller', sa.Text(), nullable=False),
        sa.Column('buyer', sa.Text(), nullable=False),
        sa.Column('price_fen', sa.BigInteger(), nullable=False),
        sa.Column('rules', sa.Text(), nullable=False),
        sa.Column('region', sa.Text(), nullable=False),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('awarded_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column('sign_by', postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column('due_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column('type', sa.Text(), nullable=True),
        sa.Column('parts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column('document_sha256', sa.Text(), nullable=True),
        sa.Column('signed_by_seller_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column('signed_by_buyer_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column('effective_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column('register_by', postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column('number', sa.Text(), nullable=True),
        sa.Column('registered_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column('fault', sa.Text(), nullable=True),
        sa.CheckConstraint("(state IN ('awarded', 'offered')) = (due_at IS NOT NULL)", name=op.f('ck_contract_due')),
        sa.CheckConstraint("(state IN ('effective', 'registered', 'rescinded')) = (effective_at IS NOT NULL)", name=op.f('ck_contract_effective')),
        sa.CheckConstraint("(state IN ('lapsed', 'rescinded')) = (fault IS NOT NULL)", name=op.f('ck_contract_fault')),
        sa.CheckConstraint("CASE state WHEN 'registered' THEN number IS NOT NULL WHEN 'rescinded' THEN true ELSE number IS NULL END", name=op.f('ck_contract_number')),
        sa.CheckConstraint("document_sha256 ~ '^[0-9a-f]{64}$'", name=op.f('ck_contract_document_sha256')),
        sa.CheckConstraint("fault IN ('seller', 'buyer')", name=op.f('ck_contract_whose')),
        sa.CheckConstraint("number ~ '^[0-9]{16}$'", name=op.f('ck_contract_number_form')),
        sa.CheckConstraint("state = 'lapsed' OR (state = 'awarded') = (type IS NULL)", name=op.f('ck_contract_offered')),
        sa.CheckConstraint("state IN ('awarded', 'offered', 'effective', 'registered', 'lapsed', 'rescinded')", name=op.f('ck_contract_state')),
        sa.CheckConstraint("type IN ('development', 'transfer', 'licence', 'consulting', 'service')", name=op.f('ck_contract_type')),
        sa.CheckConstraint('(num_nonnulls(signed_by_seller_at, signed_by_buyer_at) = 2) = (effective_at IS NOT NULL)', name=op.f('ck_contract_both_signed')),
        sa.CheckConstraint('(type IS NULL) = (jsonb_array_length(parts) = 0)', name=op.f('ck_contract_parts')),
        sa.CheckConstraint('num_nulls(effective_at, register_by) IN (0, 2)', name=op.f('ck_contract_register_by')),
        sa.CheckConstraint('num_nulls(number, registered_at) IN (0, 2)', name=op.f('ck_contract_registered')),
        sa.CheckConstraint('num_nulls(type, document_sha256) IN (0, 2)', name=op.f('ck_contract_written')),
        sa.CheckConstraint('price_fen > 0', name=op.f('ck_contract_price')),
        sa.CheckConstraint('seller <> buyer', name=op.f('ck_contract_parties')),
        sa.CheckConstraint('type IS NOT NULL OR num_nonnulls(signed_by_seller_at, signed_by_buyer_at) = 0', name=op.f('ck_contract_written_first')),
        sa.ForeignKeyConstraint(['lot'], ['lot.id'], name=op.f('fk_contract_lot')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_contract')),
        sa.UniqueConstraint('lot', name=op.f('uq_contract_lot')),
        sa.UniqueConstraint('number', name=op.f('uq_contract_number'))
    )
    op.create_index('ix_contract_buyer', 'contract', ['buyer'], unique=False)
    op.create_index('ix_contract_due_at', 'contract', ['due_at'], unique=False, postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_contract_seller', 'contract', ['seller'], unique=False)
    op.create_table('registration_serial',
        sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('place', sa.Text(), nullable=False),
        sa.Column('station', sa.Text(), nullable=False),
        sa.Column('last', sa.Integer(), nullable=False),
        sa.CheckConstraint('last BETWEEN 0 AND 999999', name=op.f('ck_registration_serial_last')),
        sa.PrimaryKeyConstraint('year', 'place', 'station', name=op.f('pk_registration_serial'))
    )
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for role, grants in GRANTS.items():
        for rights, tables in grants.items():
            for table in tables.split():
                op.execute(f'GRANT {rights} ON "{table}" TO "{database}_{role}"')


def downgrade() -> None:
    op.drop_table("registration_serial")
    op.drop_table("contract")
