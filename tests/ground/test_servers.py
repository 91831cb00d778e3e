"""Real servers, started and stopped; what survives, what is refused, who can reach them."""

import os
import signal
import socket
import subprocess
import sys
import time

import kombu
import psycopg
import pytest
import redis

from exchange.app import servers
from exchange.app.servers import CannotStart, InUse
from exchange.app.settings import Settings

from .world import ROOT, alive, eventually, owner, pid_of, ping, query


class TestRunning:
    def test_gives_a_postgresql_that_syncs_and_a_valkey_that_appends(self, home):
        with servers.running(Settings(home=home)) as addresses:
            assert query(addresses, "SHOW server_version").startswith("18.")
            assert query(addresses, "SHOW fsync") == "on"
            assert query(addresses, "SHOW data_checksums") == "on"
            assert query(addresses, "SELECT datcollate || datlocprovider::text FROM pg_database LIMIT 1") == "Cb"
            with redis.Redis.from_url(addresses.redis) as client:
                assert client.config_get("append*")["appendonly"] == "yes"
                assert client.config_get("append*")["appendfsync"] == "everysec"
                assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}

    def test_can_be_reached_by_celery_through_the_broker_url(self, home):
        with servers.running(Settings(home=home)) as addresses, kombu.Connection(addresses.broker) as connection:
            queue = connection.SimpleQueue("letters")
            queue.put({"id": 1})
            letter = queue.get(timeout=5)
            letter.ack()
            queue.close()
            assert letter.payload == {"id": 1}

    def test_opens_no_port_and_no_folder_to_others(self, fresh):
        with servers.running(Settings(home=fresh)) as addresses:
            assert query(addresses, "SHOW listen_addresses") == ""
            with redis.Redis.from_url(addresses.redis) as client:
                assert client.config_get("port") == {"port": "0"}
            for room in ("postgres-18", "valkey", "run"):
                assert (fresh / "servers" / room).stat().st_mode & 0o777 == 0o700
            for file in ("postgres.password", "valkey.password", "postgres.log", "owner.lock"):
                assert (fresh / "servers" / file).stat().st_mode & 0o777 == 0o600

    def test_lets_nobody_in_without_the_password(self, home):
        with servers.running(Settings(home=home)) as addresses:
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(addresses.database, password="guess")
            path = addresses.redis.partition("@")[2].partition("?")[0]
            with redis.Redis(unix_socket_path=path) as client, pytest.raises(redis.AuthenticationError):
                client.ping()

    def test_shows_no_password_in_the_process_list_or_in_its_own_printed_form(self, home):
        with servers.running(Settings(home=home)) as addresses:
            listing = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout
            for server in ("postgres", "valkey"):
                password = (home / "servers" / f"{server}.password").read_text()
                assert password not in listing
                assert password not in repr(addresses)

    def test_keeps_data_and_passwords_from_one_run_to_the_next(self, home):
        with servers.running(Settings(home=home)) as first:
            query(first, "CREATE TABLE kept AS SELECT 42 AS answer")
            with redis.Redis.from_url(first.redis) as client:
                client.set("kept", "42")
        with servers.running(Settings(home=home)) as second:
            assert second == first
            assert query(second, "SELECT answer FROM kept") == 42
            with redis.Redis.from_url(second.redis) as client:
                assert client.get("kept") == b"42"

    def test_leaves_no_process_behind(self, home):
        with servers.running(Settings(home=home)):
            pids = [pid_of(home, "postgres"), pid_of(home, "valkey")]
            assert all(alive(pid) for pid in pids)
        assert not any(alive(pid) for pid in pids)

    def test_stops_its_servers_when_the_block_raises(self, home):
        pids = []

        def interrupted():
            with servers.running(Settings(home=home)):
                pids.extend([pid_of(home, "postgres"), pid_of(home, "valkey")])
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert len(pids) == 2
        assert not any(alive(pid) for pid in pids)

    def test_runs_side_by_side_in_two_folders(self, home):
        one, two = home / "one", home / "two"
        with servers.running(Settings(home=one)) as first, servers.running(Settings(home=two)) as second:
            query(first, "CREATE TABLE here AS SELECT 1 AS number")
            query(second, "CREATE TABLE here AS SELECT 2 AS number")
            assert query(first, "SELECT number FROM here") == 1
            assert query(second, "SELECT number FROM here") == 2
            assert ping(first)
            assert ping(second)

    def test_finds_room_for_sockets_when_its_path_is_long_and_odd(self, home):
        odd = home / ('蒙科聚, "一" ' + "x" * 90)
        with servers.running(Settings(home=odd)) as addresses:
            assert query(addresses, "SELECT 1") == 1
            assert ping(addresses)

    def test_refuses_a_second_instance_in_one_line_that_names_the_first(self, home):
        with owner(home) as (first, _), owner(home) as (second, _):
            _, said = second.communicate(timeout=10)
            assert second.returncode == 1
            assert said.count("\n") == 1
            assert f"already run by process {first.pid}" in said
            assert first.poll() is None

    def test_joins_the_servers_of_another_process_when_asked_to_share(self, home):
        with owner(home) as (first, given):
            with servers.running(Settings(home=home), share=True) as addresses:
                assert addresses.database == given["database"]
                assert query(addresses, "SELECT 1") == 1
                assert ping(addresses)
            assert alive(pid_of(home, "postgres"))
            assert first.poll() is None

    def test_tells_why_it_cannot_start_in_one_line(self, home):
        with servers.running(Settings(home=home)):
            pass
        (home / "servers/postgres-18/postgresql.conf").write_text("nonsense here\n")
        with pytest.raises(CannotStart, match=r"PostgreSQL did not start: .*FATAL.*postgresql.conf") as refused:
            servers.running(Settings(home=home)).__enter__()
        assert "\n" not in str(refused.value)
        assert not alive(pid_of(home, "valkey"))

    def test_refuses_data_of_another_major_version(self, fresh):
        (fresh / "servers/postgres-17").mkdir(parents=True)
        with pytest.raises(CannotStart, match="another major version"):
            servers.running(Settings(home=fresh)).__enter__()


class TestRunningWithUrls:
    def test_starts_nothing_when_both_are_given(self, home):
        given = Settings(
            home=home / "untouched", database_url="postgresql://db.example/x", redis_url="redis://r.example/1"
        )
        with servers.running(given) as addresses:
            assert (addresses.database, addresses.redis) == (given.database_url, given.redis_url)
            assert addresses.broker == given.redis_url
        assert not given.home.exists()

    def test_starts_only_the_server_that_is_not_given(self, fresh):
        with servers.running(Settings(home=fresh, database_url="postgresql://db.example/x")) as addresses:
            assert addresses.database == "postgresql://db.example/x"
            assert ping(addresses)
            assert not (fresh / "servers/postgres-18").exists()
        with servers.running(Settings(home=fresh, redis_url="redis://r.example/1")) as addresses:
            assert addresses.redis == "redis://r.example/1"
            assert query(addresses, "SELECT 1") == 1


class TestSurviving:
    def test_brings_back_a_killed_postgresql_with_every_commit(self, home):
        with servers.running(Settings(home=home)) as addresses:
            query(addresses, "CREATE TABLE acts AS SELECT 1 AS act")
            killed = pid_of(home, "postgres")
            os.kill(killed, signal.SIGKILL)
            assert eventually(lambda: pid_of(home, "postgres") != killed)
            assert eventually(lambda: query(addresses, "SELECT act FROM acts")) == 1

    def test_brings_back_a_killed_backend_and_its_siblings(self, home):
        with servers.running(Settings(home=home)) as addresses:
            query(addresses, "CREATE TABLE acts AS SELECT 1 AS act")
            with psycopg.connect(addresses.database) as connection:
                os.kill(connection.info.backend_pid, signal.SIGKILL)
                with pytest.raises(psycopg.OperationalError):
                    connection.execute("SELECT 1")
            assert eventually(lambda: query(addresses, "SELECT act FROM acts")) == 1

    def test_brings_back_a_killed_valkey_with_what_it_had_appended(self, home):
        with servers.running(Settings(home=home)) as addresses:
            with redis.Redis.from_url(addresses.redis) as client:
                client.set("letter", "1")
            killed = pid_of(home, "valkey")
            os.kill(killed, signal.SIGKILL)
            assert eventually(lambda: pid_of(home, "valkey") != killed)
            assert eventually(lambda: ping(addresses))
            with redis.Redis.from_url(addresses.redis) as client:
                assert client.get("letter") == b"1"

    def test_takes_the_servers_down_when_their_owner_is_killed_and_starts_again_at_once(self, home):
        with owner(home) as (process, _):
            pids = [pid_of(home, "postgres"), pid_of(home, "valkey")]
            process.kill()
        with servers.running(Settings(home=home)) as addresses:
            assert not any(alive(pid) for pid in pids)
            assert query(addresses, "SELECT 1") == 1

    def test_starts_after_everything_was_killed_at_once(self, home):
        with owner(home) as (process, _):
            for pid in (process.pid, pid_of(home, "postgres"), pid_of(home, "valkey")):
                os.kill(pid, signal.SIGKILL)
        with servers.running(Settings(home=home)) as addresses:
            assert query(addresses, "SELECT 1") == 1
            assert ping(addresses)

    @pytest.mark.parametrize("after_s", [0.3, 0.6, 0.9, 1.5])
    def test_starts_after_its_owner_was_killed_at_any_moment_of_the_first_start(self, fresh, after_s):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.ground.owner", str(fresh)], cwd=ROOT, stdout=subprocess.PIPE
        )
        with process:
            time.sleep(after_s)
            process.kill()
        with servers.running(Settings(home=fresh)) as addresses:
            assert query(addresses, "SELECT 1") == 1
            assert ping(addresses)

    @pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
    def test_stops_cleanly_when_asked_by_a_signal(self, home, asked):
        with owner(home) as (process, _):
            pids = [pid_of(home, "postgres"), pid_of(home, "valkey")]
            process.send_signal(asked)
            assert process.wait(timeout=10) == 0
            assert not any(alive(pid) for pid in pids)
            assert "database system is shut down" in (home / "servers/postgres.log").read_text()

    def test_replaces_a_half_made_cluster(self, fresh):
        draft = fresh / "servers/postgres-18.draft"
        draft.mkdir(parents=True)
        (draft / "PG_VERSION").write_text("18\n")
        with servers.running(Settings(home=fresh)) as addresses:
            assert query(addresses, "SELECT 1") == 1
        assert not draft.exists()

    def test_removes_the_pid_file_and_sockets_of_the_dead_even_when_their_number_lives_again(self, home):
        with servers.running(Settings(home=home)):
            pass
        sockets = home / "servers/run"
        sockets.mkdir(mode=0o700)
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(sockets / ".s.PGSQL.5432"))
        stale_lines = f"{os.getppid()}\n{home}/servers/postgres-18\n1\n5432\n{sockets}\n\n1 1\nready\n"
        (home / "servers/postgres-18/postmaster.pid").write_text(stale_lines)
        (sockets / ".s.PGSQL.5432.lock").write_text(stale_lines)
        (sockets / "valkey.sock").touch()
        with servers.running(Settings(home=home)) as addresses:
            assert query(addresses, "SELECT 1") == 1
            assert ping(addresses)


class TestHolding:
    def test_is_given_up_when_the_block_ends(self, home):
        with servers.running(Settings(home=home)), pytest.raises(InUse):
            servers.running(Settings(home=home)).__enter__()
        with servers.running(Settings(home=home)) as addresses:
            assert query(addresses, "SELECT 1") == 1
