"""The books of a running exchange are proven without anybody asking."""

import pytest

from exchange.app.opening import visit
from exchange.app.preparing import discard
from exchange.app.processes import PARTS, whole
from settlement.books import service as books
from tests.ground.world import eventually

NAME = "t_nightly"


@pytest.fixture
def clean(settings, addresses):
    yield
    discard(settings, addresses, database=NAME)


def test_a_worker_makes_this_nights_proof(settings, clean):
    with whole(settings, database=NAME, names=PARTS, share=True) as (site, _), visit(site.database.api) as units:

        def proven():
            with units.read() as unit:
                return books.last_proof(unit)

        eventually(lambda: proven() is not None)
        assert proven().findings == 0
