"""The oracle itself: it must see a world that differs from its record."""

import pytest
import sqlalchemy as sa

from ledger.audit.report import Wrong


@pytest.mark.parametrize(
    ("tamper", "finds"),
    [
        ("UPDATE lot SET price_fen = price_fen + 1", "its row is"),
        ("UPDATE lot SET ends_at = ends_at + interval '1 second', due_at = due_at + interval '1 second'", "its row is"),
        ("UPDATE bid SET number = 7", "its bids are"),
        ("UPDATE disclosures SET value = '\"org_x\"' WHERE field = 'bidder'", "is not the sealed one"),
    ],
)
def test_sees_what_was_changed_behind_the_records_back(market, world, addresses, tmp_path, tamper, finds):
    lot = market.running_lot(market.member("university"))
    market.bid(lot, market.bidder(lot), "100000")
    require_seen(market, world, addresses, tmp_path, tamper, finds)


@pytest.mark.parametrize(
    ("tamper", "finds"),
    [
        ("UPDATE contract SET registered_at = registered_at + interval '1 second'", "its row is"),
        ("UPDATE settlement SET paid_at = paid_at + interval '1 second'", "its row is"),
        ("UPDATE settlement SET seller_fen = seller_fen - 1, reward_fen = reward_fen + 1", "its row is"),
        ('UPDATE subsidy_claim SET facts = facts || \'{"party_total_fen": "0"}\'', "its row is"),
        ("UPDATE subsidy_claim SET claimed_at = claimed_at + interval '1 second'", "its row is"),
    ],
)
def test_sees_what_was_changed_of_a_deal(market, world, addresses, tmp_path, tamper, finds):
    seller = market.member("university")
    lot, _ = market.settled_deal(seller)
    market.register(lot)
    market.claim(lot, seller, market.programme(market.member("regulator")))
    require_seen(market, world, addresses, tmp_path, tamper, finds)


def require_seen(market, world, addresses, tmp_path, tamper, finds):
    """Change rows as only the administrator can, and have the oracle say so."""
    assert world.check(tmp_path / "before")
    database = sa.make_url(world.database.api).database
    admin = sa.make_url(addresses.database).set(drivername="postgresql+psycopg", database=database)
    engine = sa.create_engine(admin, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(tamper))
    with pytest.raises(Wrong, match=finds):
        world.check(tmp_path / "after")
    market.tampered = True
