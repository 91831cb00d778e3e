"""Real servers for the tests that need them, and a fresh database for each.

One PostgreSQL and one Valkey serve the whole run, whichever worker starts them first; their files lie in memory if
there is room. A template database is migrated once per run and cloned for each test that asks, which takes a tenth of a
second and leaves nothing behind.

Fixtures:
    settings     where the servers of this run live
    addresses    the servers: `.database` (the administrator's URL), `.redis`, `.broker`
    database     a fresh migrated database with real time (`Database`: one URL a role)
    virtual      the same on a virtual clock that starts at `START`
    world        `World` over `virtual`: units for each role, the sequencer, helpers to draw a cause and to drain
    market       `Market`: an HTTP client on the application over `world`, no process in between, and an operator;
                 when the test is over, the whole world is held against its record (`World.check`)
"""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from exchange.app import migrate, servers
from exchange.app.auth import AppGate
from exchange.app.parts import api
from exchange.app.servers import Addresses
from exchange.app.settings import Settings
from exchange.app.site import Database
from tests.market import Market
from tests.world import START, World

hypothesis_settings.register_profile("mengkeju", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("mengkeju")

SHARED = Path(__file__).resolve().parents[2] / "shared"
_numbers = itertools.count()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real data beside the checkout; tests that use it are skipped where there is none."""
    if not SHARED.is_dir():
        pytest.skip("the real data is not beside this checkout (../shared)")
    return SHARED


def _place() -> Path:
    """Where the servers' files lie: in memory if there is room, since a database a test is mostly a matter of files."""
    memory, room = Path("/dev/shm"), 4 << 30
    roomy = memory.is_mount() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > room
    return memory if roomy else servers.PLACE


class Shared:
    """With several workers, the process that watches over them runs the servers for all, so none stops them early."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.home: Path | None = None

    def pytest_configure_node(self, node) -> None:  # xdist's hook
        if self.home is None:
            self.home = self._stack.enter_context(servers.temporary_home(_place()))
            self._stack.enter_context(servers.running(Settings(home=self.home)))
        node.workerinput["home"] = str(self.home)

    def pytest_unconfigure(self) -> None:
        self._stack.close()


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.hasplugin("xdist") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Shared())


@pytest.fixture(scope="session")
def settings(request: pytest.FixtureRequest) -> Iterator[Settings]:
    given = getattr(request.config, "workerinput", {}).get("home")
    if given:
        yield Settings(home=Path(given))
    else:
        with servers.temporary_home(_place()) as home:
            yield Settings(home=home)


@pytest.fixture(scope="session")
def addresses(settings: Settings) -> Iterator[Addresses]:
    with servers.running(settings, share=True) as found:
        yield found


@pytest.fixture(scope="session")
def templates(addresses: Addresses, settings: Settings) -> dict[str, str]:
    """The administrator's URLs of two migrated databases that are only ever cloned: `real` and `virtual`."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    found = {}
    for time in ("real", "virtual"):
        name = f"t_{worker}_{time}"
        url = migrate.create(addresses.database, name)
        start = START if time == "virtual" else None
        migrate.migrate(url, secrets_folder=settings.home, origin=f"test.example/{time}", virtual_from=start)
        found[time] = name
    return found


@pytest.fixture
def database(addresses: Addresses, templates: dict[str, str], settings: Settings) -> Iterator[Database]:
    yield from _clone(addresses, templates["real"], settings)


@pytest.fixture
def virtual(addresses: Addresses, templates: dict[str, str], settings: Settings) -> Iterator[Database]:
    yield from _clone(addresses, templates["virtual"], settings)


@pytest.fixture
def world(virtual: Database) -> Iterator[World]:
    with World.over(virtual) as world:
        yield world


@pytest.fixture(scope="session")
def application() -> FastAPI:
    """The one application of this run; whose database it acts on is set test by test."""
    return api.application(AppGate(units=None, clock=None, vkey="", policy=""))


@pytest.fixture
def market(world: World, application: FastAPI, tmp_path: Path) -> Iterator[Market]:
    gate = AppGate(units=world.units, clock=world.clock, vkey=str(world.signer.key), policy=world.policy.text)
    application.state.gate = gate
    with TestClient(application, raise_server_exceptions=False) as client:
        market = Market(client, gate)
        yield market
    if not market.tampered:
        world.check(tmp_path, alone=market.alone)


def _clone(addresses: Addresses, template: str, settings: Settings) -> Iterator[Database]:
    name = f"{template}_{next(_numbers)}"
    admin = sa.create_engine(
        sa.make_url(addresses.database).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.NullPool,
    )
    with admin.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'))
        for role in migrate.LOGINS:
            connection.execute(sa.text(f'GRANT CONNECT ON DATABASE "{name}" TO "{template}_{role}"'))
        connection.execute(sa.text(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC'))
    try:
        yield migrate.open_existing(addresses.database, secrets_folder=settings.home, database=name, roles_of=template)
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
