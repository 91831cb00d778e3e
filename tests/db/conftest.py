"""The administrator of the test's database.

Fixtures:
    admin        a connection of the one who may do everything, for what nobody may do
"""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from exchange.app.servers import Addresses
from tests.world import World


@pytest.fixture
def admin(world: World, addresses: Addresses) -> Iterator[sa.Connection]:
    name = sa.make_url(world.database.api).database
    url = sa.make_url(addresses.database).set(drivername="postgresql+psycopg", database=name)
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        yield connection
