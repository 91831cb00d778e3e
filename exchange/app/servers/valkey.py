"""Our own Valkey, which speaks Redis: how to run it, and the two ways its address is spelt."""

import signal
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import redis

from .child import Program
from .ground import Ground
from .programs import Programs

SOCKET: Final = "valkey.sock"


def program(ground: Ground, programs: Programs, sockets: Path) -> Program:
    """Return how to run Valkey: no port, a password, every write in an append-only file, nothing ever evicted."""
    data = ground.room("valkey")
    settings = {
        "port": "0",
        "unixsocket": _quoted(str(sockets / SOCKET)),
        "unixsocketperm": "700",
        "requirepass": ground.password("valkey.password"),
        "dir": _quoted(str(data)),
        "save": '""',
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "logfile": '""',
        "loglevel": "notice",
    }
    return Program(
        name="valkey",
        title="Valkey",
        command=[programs.valkey, "-"],
        configuration="".join(f"{name} {value}\n" for name, value in settings.items()).encode(),
        leftovers=(sockets / SOCKET,),
        stop=(signal.SIGTERM,),
        answers=lambda: _answers(url(ground, sockets)),
    )


def url(ground: Ground, sockets: Path) -> str:
    """Return its address as redis-py reads it."""
    return f"unix://:{ground.password('valkey.password')}@{quote(str(sockets / SOCKET))}?db=0"


def broker_url(url: str) -> str:
    """Return the same address as kombu and Celery read it; they differ about sockets only."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    query = parts.query.replace("db=", "virtual_host=")
    return f"redis+socket://{parts.netloc}{parts.path}{'?' if query else ''}{query}"


def _quoted(text: str) -> str:
    """Quote a value the way Valkey reads its configuration."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
