"""Shared by the tests of the ground: wait for something, look at processes, run an owner beside us."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

ROOT = Path(__file__).parent.parent.parent


def eventually(check, *, within_s=15.0):
    """Return what `check` returns once it is true and does not raise."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            if result := check():
                return result
        except (psycopg.OperationalError, redis.RedisError):
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def pid_of(home, server):
    """Return the process number of a running server."""
    return int((home / "servers" / f"{server}.lock").read_text())


def alive(pid):
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def query(addresses, statement, *values):
    """Run one statement on a connection of its own and return its first value."""
    with psycopg.connect(addresses.database, connect_timeout=5) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchone()[0] if cursor.description else None


def ping(addresses):
    """Ask Valkey whether it is there."""
    with redis.Redis.from_url(addresses.redis) as client:
        return client.ping()


@contextmanager
def owner(home, *, python=sys.executable, environment=None, **how):
    """Run `owner.py` on `home` and yield its process and the addresses it says; kill it at the end if it still runs."""
    process = subprocess.Popen(
        [python, "-m", "tests.ground.owner", str(home)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **how,
    )
    try:
        line = process.stdout.readline()
        yield process, json.loads(line or "{}")
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ordinary(home):
    """Give `home` to nobody and return how to run a process as nobody."""
    os.chown(home, 65534, 65534)
    return {"user": 65534, "group": 65534, "extra_groups": []}
