"""Folders for servers, gone after the test. Making a cluster takes a second, so most tests start from a copy of one."""

import subprocess

import pytest

from exchange.app import servers
from exchange.app.settings import Settings


@pytest.fixture(scope="session")
def made():
    """A home whose servers were started once."""
    with servers.temporary_home() as folder:
        with servers.running(Settings(home=folder)):
            pass
        yield folder / "servers"


@pytest.fixture
def fresh():
    """A home in which nothing was ever started."""
    with servers.temporary_home() as folder:
        yield folder


@pytest.fixture
def home(made):
    """A home whose servers were started and stopped before."""
    with servers.temporary_home() as folder:
        subprocess.run(["cp", "-a", made, folder / "servers"], check=True)
        yield folder
