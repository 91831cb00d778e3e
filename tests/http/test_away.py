"""The database goes away and comes back: callers are asked to ask again, and hear nothing of what they sent."""

import sqlalchemy as sa


def hang_up(addresses, world):
    """End every connection to the test's database, as a restart of the server does."""
    admin = sa.create_engine(
        sa.make_url(addresses.database).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool
    )
    name = sa.make_url(world.database.api).database
    with admin.connect() as connection:
        statement = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(sa.text(statement), {"name": name})


class TestAway:
    def test_is_said_with_503_and_the_same_key_does_the_act_once(self, market, world, addresses, caplog):
        body = {
            "name": "保密单位",
            "credit_code": "911501000000000017",
            "roles": ["enterprise"],
            "region": "1501",
            "person": "某人",
        }
        assert market.client.get("/healthz").status_code == 200
        hang_up(addresses, world)
        refused = market.call("POST", "/v1/organisations", json=body, key="mine-alone")
        assert refused.status_code == 503
        assert refused.json()["type"] == "/problems/http/busy"
        assert refused.headers["retry-after"] == "1"
        assert "AdminShutdown" in caplog.text
        assert "mine-alone" not in caplog.text
        entered = market.call("POST", "/v1/organisations", json=body, key="mine-alone")
        assert (entered.status_code, entered.headers.get("idempotency-replayed")) == (201, None)

    def test_is_explained(self, market):
        found = market.done("GET", "/problems/http/busy")
        assert (found["status"], found["title"]) == (503, "The exchange cannot answer just now")
