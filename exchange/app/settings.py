"""What the environment says: the only place that reads it.

Everything has a default that works in an empty folder. A value that cannot be meant is refused in one line.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

DATABASE_SCHEMES: Final = ("postgresql", "postgres", "postgresql+psycopg")
WEB_SCHEMES: Final = ("https", "http")
REDIS_SCHEMES: Final = ("redis", "rediss", "unix")
PREFIX: Final = "MENGKEJU_"


class BadSetting(Exception):  # noqa: N818 - an answer to the person who set it, in one line
    """An environment variable holds what cannot be meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this exchange is to run. URLs carry passwords, so they are left out of its printed form."""

    database_url: str | None = field(default=None, repr=False)  # the administrator's; None: our own PostgreSQL
    redis_url: str | None = field(default=None, repr=False)  # None: our own Valkey
    home: Path  # absolute; data, secrets and logs
    origin: str | None = None  # the log's name, fixed when its database is made; None: named after the database
    log_key: str | None = field(default=None, repr=False)  # the lines of a key file; None: a file in the site's folder
    policy: Path | None = None  # the witnesses that gate the log (C2SP tlog-policy); None: nobody does
    authority: str | None = None  # a time-stamping authority (RFC 3161), asked every hour
    authority_roots: Path | None = None  # the certificates that vouch for it, PEM
    host: str = "127.0.0.1"
    port: int = 8000  # 0: any free one

    def apart(self) -> Self:
        """Return the settings of an exchange made for once: its own name and keys, this machine only, any port."""
        return replace(
            self,
            origin=None,
            log_key=None,
            policy=None,
            authority=None,
            authority_roots=None,
            host="127.0.0.1",
            port=0,
        )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read `MENGKEJU_*`; an empty value counts as absent. Raises `BadSetting`."""
        source = os.environ if environment is None else environment
        given = {name: value for name, value in source.items() if name.startswith(PREFIX) and value.strip()}
        if (PREFIX + "AUTHORITY" in given) != (PREFIX + "AUTHORITY_ROOTS" in given):
            raise BadSetting(
                f"{PREFIX}AUTHORITY and {PREFIX}AUTHORITY_ROOTS belong together: whom to ask, and who vouches"
            )
        return cls(
            database_url=_url(given, "DATABASE_URL", DATABASE_SCHEMES),
            redis_url=_url(given, "REDIS_URL", REDIS_SCHEMES),
            home=Path(given.get(PREFIX + "HOME", ".mengkeju")).expanduser().absolute(),
            origin=given.get(PREFIX + "ORIGIN"),
            log_key=given.get(PREFIX + "LOG_KEY"),
            policy=_file(given, "POLICY"),
            authority=_url(given, "AUTHORITY", WEB_SCHEMES),
            authority_roots=_file(given, "AUTHORITY_ROOTS"),
            host=given.get(PREFIX + "HOST", "127.0.0.1"),
            port=_port(given.get(PREFIX + "PORT", "8000")),
        )


def _url(given: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str | None:
    value = given.get(PREFIX + name)
    if value is not None and urlsplit(value).scheme not in schemes:
        raise BadSetting(f"{PREFIX}{name} must be a URL that begins with {schemes[0]}://")
    return value


def _file(given: Mapping[str, str], name: str) -> Path | None:
    value = given.get(PREFIX + name)
    if value is None:
        return None
    path = Path(value).expanduser().absolute()
    if not path.is_file():
        raise BadSetting(f"{PREFIX}{name} names no file: {path}")
    return path


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise BadSetting(f"{PREFIX}PORT must be a number from 0 to 65535, not {text!r}")
    return int(text)
