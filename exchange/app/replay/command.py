"""The command: a fresh exchange on a virtual clock, an old log driven through it, one line of JSON at the end."""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Final, TextIO

import click

from ledger.audit.report import Wrong
from ledger.log import export

from .. import founding, ledgers
from ..opening import visit
from ..processes import whole
from ..settings import Settings
from ..site import Site
from . import logs
from .compare import Comparison, differing, write_results
from .drive import Course, Driver
from .logs import BadLog, OldLog
from .wire import Stopped

PROCESSES: Final = ("api", "sequencer")  # the clock's own route ticks what is due, and these lots need no packs
LEAD: Final = timedelta(hours=1)  # of the exchange's first instant before that of the log
PROFILES: Final = {"ascending": "replay@1", "proxy": "replay-proxy@1"}  # what each mode's lots are held under
NAMED: Final = 5  # prices that differ, spelt out


@click.command()
@click.option(
    "--auctions",
    "auctions_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="CSV: auction_id, start_price, opened_at, closes_at, and in mode ascending final_price (empty: not sold).",
)
@click.option(
    "--bids",
    "bids_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="CSV: auction_id, bidder, at, amount; in any order.",
)
@click.option(
    "--mode",
    type=click.Choice([*PROFILES]),
    default="ascending",
    show_default=True,
    help="What an amount is: a price, or the most its bidder would pay.",
)
@click.option(
    "--increments",
    "increments_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV: below, increment; an empty `below` is the rest. Without it any strictly higher bid will do.",
)
@click.option(
    "--out",
    "results_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write auction_id, winner, price, accepted, refused of every auction to this file.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N auctions of the file, and their bids.")
@click.option(
    "--export",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Export the replay's log to this folder and audit it.",
)
@click.option("--keep", is_flag=True, help="Leave the database of the replay in place.")
def replay(
    auctions_file: Path,
    bids_file: Path,
    mode: str,
    increments_file: Path | None,
    results_file: Path | None,
    limit: int | None,
    directory: Path | None,
    keep: bool,
) -> None:
    """Drive an old auction log through the HTTP API and compare the closing prices.

    It runs in a fresh database on a virtual clock, with an API and a sequencer of its own, beside whatever else runs
    here; the database is dropped afterwards. Every auction becomes a lot that opens and closes at its instants, every
    bid is sent at its own. Lots are bid for by the profile replay@1: no disclosure, deposit, extension or grace, and a
    leader may raise itself; in mode proxy by replay-proxy@1, where the platform bids for everybody up to the amount
    that was named. A bid that is refused (below the minimum, or out of time) is counted, and the replay goes on.

    Ends with one line of JSON. `refused` counts bids by reason; `total` is the sum of the closing prices;
    `bids_per_s` is over `bidding_s`, from the first bid to the last closing, with fsync on; `wall_time_s` is
    everything up to the comparison. In mode ascending it exits 1 when a closing price differs from the file's; in mode
    proxy the file's prices are not read.
    """
    began_s = time.monotonic()
    if directory is not None:
        export.require_new(directory)  # rather now than when all is done
    try:
        priced = mode == "ascending"
        log = logs.read(auctions_file, bids_file, increments_file=increments_file, limit=limit, priced=priced)
        with _results(results_file) as results, exchange(log, keep=keep) as site:
            course = _drive(site, log, PROFILES[mode])
            entries = ledgers.drained(site)
            took_s = time.monotonic() - began_s
            comparison = Comparison.of(log, course, wall_time_s=took_s, entries=entries, priced=priced)
            if results is not None:
                write_results(results, log, course)
            if directory is not None:
                click.echo(_export(site, directory))
    except (BadLog, Stopped, Wrong) as reason:
        raise click.ClickException(str(reason)) from reason
    for line in differing(log, course)[:NAMED] if priced else ():
        click.echo(line, err=True)
    click.echo(json.dumps(asdict(comparison)))
    if comparison.prices_different:
        raise SystemExit(1)


@contextmanager
def exchange(log: OldLog, *, keep: bool) -> Iterator[Site]:
    """Run an exchange of its own for `log` while the block lasts: a fresh database, a free port, this machine only."""
    settings = Settings.from_environment().apart()
    name = f"replay_{secrets.token_hex(4)}"
    starts_at = log.starts_at - LEAD
    with whole(settings, database=name, virtual_from=starts_at, names=PROCESSES, share=True, temporary=not keep) as (
        site,
        _,
    ):
        yield site
        if keep:
            click.echo(f"The database is {name}; its log is {site.database.origin}, its key {site.vkey}", err=True)


@contextmanager
def _results(file: Path | None) -> Iterator[TextIO | None]:
    """Open a file beside the wanted one, now rather than when all is done, and put it in place once it is whole."""
    if file is None:
        yield None
        return
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        opened = beside.open("x", encoding="utf-8", newline="")
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error
    try:
        with opened:
            yield opened
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _drive(site: Site, log: OldLog, profile: str) -> Course:
    with visit(site.database.api) as units:
        officer = founding.enter(units, **founding.OPERATOR).bearer
    with ledgers.bar("bids") as tell:
        return Driver(site.url, officer=officer.text).run(log, tell, profile=profile)


def _export(site: Site, directory: Path) -> str:
    with ledgers.bar("exporting") as tell:
        ledgers.write(site, directory, tell=tell)
    with ledgers.bar("auditing") as tell:
        return ledgers.verify(directory, vkey=site.vkey, tell=tell).line
