"""Making a site ready: its database migrated, its log's key made, its file written."""

import os
import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from ledger.kernel.errors import Refusal
from ledger.log import keys, policy
from ledger.log.policy import Log, Policy
from ledger.log.signers import ALGORITHMS, Secret

from . import migrate
from .servers import Addresses, CannotStart
from .settings import Settings
from .site import Database, Site, policy_of

DATABASE: Final = "mengkeju"


def prepare(
    settings: Settings,
    addresses: Addresses,
    *,
    database: str | None = None,
    virtual_from: datetime | None = None,
) -> Site:
    """Migrate the site's database and make its key. Whoever runs the site's processes writes its file.

    `database` names a database of its own on the server, made if need be; otherwise it is the one the given URL
    names, or `mengkeju` on our own server.
    """
    if database is None and settings.database_url is None:
        database = DATABASE
    try:
        admin = migrate.create(addresses.database, database) if database else addresses.database
    except sa.exc.OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise CannotStart(f"MENGKEJU_DATABASE_URL: the database cannot be reached: {reason}") from error
    folder = settings.home / "sites" / (database or "main")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ready = migrate.migrate(admin, secrets_folder=folder, origin=settings.origin, virtual_from=virtual_from)
    return _site(settings, addresses, ready, folder, _ring(settings, folder, ready.origin))


def watched(site: Site, witnesses: Policy) -> Site:
    """Return the site with its log gated by these witnesses."""
    logs = policy_of(site).logs
    return replace(site, policy=replace(witnesses, logs=logs).text)


def settle(site: Site) -> tuple[Site, Path]:
    """Choose the port of a site that this process is about to run, and write the file its parts start from."""
    settled = replace(site, port=_free_port(site.host, site.port))
    file = site.folder / "site.json"
    settled.write(file)
    return settled, file


def existing(settings: Settings, addresses: Addresses, *, database: str | None = None) -> Site:
    """Return a site that was prepared before; as `folder_of` finds it."""
    folder = folder_of(settings, database)
    wanted = folder.name
    name = None if wanted == "main" else wanted
    ready = migrate.open_existing(addresses.database, secrets_folder=folder, database=name)
    return _site(settings, addresses, ready, folder, ring_of(settings, folder))


def discard(settings: Settings, addresses: Addresses, *, database: str) -> None:
    """Undo `prepare` for a database of its own: drop it with its roles, and remove its folder's files."""
    migrate.drop(addresses.database, database)
    folder = settings.home / "sites" / database
    if folder.is_dir():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def folder_of(settings: Settings, database: str | None = None) -> Path:
    """Return the folder of a site that was prepared before. Raises `CannotStart` when there is no such one.

    With no name it is the one there is, or of several the main one.
    """
    folders = sorted((settings.home / "sites").glob("*/*.roles.json"))
    names = [file.parent.name for file in folders]
    main = "main" if settings.database_url else DATABASE
    wanted = database or (names[0] if len(names) == 1 else main)
    if wanted not in names:
        there = f"there are: {', '.join(names)}; choose one with --database" if names else "run `mengkeju serve` first"
        raise CannotStart(f"there is no exchange named {wanted} under {settings.home}: {there}")
    return settings.home / "sites" / wanted


def ring_of(settings: Settings, folder: Path) -> tuple[Secret, ...]:
    """Return the keys of a site that was prepared before, changing nothing."""
    return keys.parse_ring(settings.log_key) if settings.log_key is not None else keys.load(key_file(folder))


def key_file(folder: Path) -> Path:
    """Return where a site's folder keeps the log's private keys."""
    return folder / "log.key"


def _ring(settings: Settings, folder: Path, origin: str) -> tuple[Secret, ...]:
    """Return the log's keys, made if there are none; what an older version made gets the algorithms it lacks.

    Keys from the environment are taken as they are. Raises `CannotStart` for those of another log, and for those that
    lack an algorithm.
    """
    given = settings.log_key is not None
    ring = ring_of(settings, folder) if given else keys.load_or_create(key_file(folder), origin)
    if ring[0].key.name != origin:
        raise CannotStart(f"the keys sign as {ring[0].key.name}, and this log is {origin}")
    lacking = [one for one in keys.LOG_ALGORITHMS if one not in {signer.key.algorithm for signer in ring}]
    if lacking and given:
        raise CannotStart(_lacking(lacking, origin))
    if lacking:
        ring += keys.make(origin, lacking)
        keys.replace(key_file(folder), ring)
    return ring


def _lacking(algorithms: Sequence[int], origin: str) -> str:
    titles = " and no ".join(ALGORITHMS[one].title for one in algorithms)
    return (
        f"MENGKEJU_LOG_KEY holds no {titles} key, and every checkpoint of {origin} is signed with one of each kind.\n"
        "1. Have what is missing made, in private, by the Python that runs the exchange:\n"
        "   python -c 'from ledger.log import keys; "
        f'print(keys.format_ring(keys.make("{origin}", {list(algorithms)})), end="")\'\n'
        "2. Add what it prints to MENGKEJU_LOG_KEY, below the lines it has, and start again: the log declares it then."
    )


def _site(settings: Settings, addresses: Addresses, ready: Database, folder: Path, ring: Sequence[Secret]) -> Site:
    return Site(
        database=ready,
        home=str(folder),
        broker=addresses.broker,
        key_file="" if settings.log_key is not None else str(key_file(folder)),
        vkey=str(ring[0].key),
        policy=policy_for(settings, ring).text,
        authority=settings.authority,
        authority_roots=str(settings.authority_roots) if settings.authority_roots else None,
        host=settings.host,
        port=settings.port,
        parent=os.getpid(),
    )


def policy_for(settings: Settings, ring: Sequence[Secret]) -> Policy:
    """Return whom a reader of the log believes: the log's own keys, and the witnesses that the settings name.

    Raises `CannotStart` for a file that is no policy, or that asks for a witness it gives no address of.
    """
    logs = tuple(Log(one.key) for one in ring)
    if settings.policy is None:
        return Policy(logs=logs)
    try:
        given = policy.parse(settings.policy.read_bytes())
    except Refusal as refusal:
        raise CannotStart(f"MENGKEJU_POLICY: {settings.policy} is no policy: {refusal.detail}") from refusal
    if not given.is_met_by([one.name for one in given.witnesses if one.url]):
        raise CannotStart("MENGKEJU_POLICY: its quorum cannot be met by the witnesses that it gives a URL of")
    return replace(given, logs=logs)


def _free_port(host: str, wanted: int) -> int:
    """Return `wanted`, or any free port for 0. Raises `CannotStart` when somebody else listens there."""
    try:
        with socket.create_server((host, wanted)) as probe:
            port: int = probe.getsockname()[1]
            return port
    except OSError as error:
        raise CannotStart(
            f"{host}:{wanted} is taken ({error.strerror}): choose --port, or set MENGKEJU_PORT"
        ) from error
