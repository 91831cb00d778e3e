"""The log on the command line: writing it out, and checking an export that somebody hands you."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from exchange.auctions import checks as auctions
from exchange.contracts import checks as contracts
from ledger.audit.engine import audit
from ledger.audit.entries import AuditedEntry
from ledger.audit.report import Report, Wrong
from ledger.kernel import instant
from ledger.kernel.errors import Refusal
from ledger.kernel.unit import Unit
from ledger.log import export as exporting
from ledger.log import service as log
from ledger.log.export import Progress as Tell
from listings.achievements import checks as achievements

from . import servers
from .opening import visit
from .preparing import existing
from .settings import Settings
from .site import Site


def check_lots(entries: Sequence[AuditedEntry]) -> list[str]:
    """Recompute a lot's course and result from its entries alone; return what does not add up."""
    return auctions.check([as_json(entry) for entry in entries])


def check_listings(entries: Sequence[AuditedEntry]) -> list[str]:
    """Follow a listing or an asset by its entries alone; return what does not add up."""
    return achievements.check([as_json(entry) for entry in entries])


def check_contracts(entries: Sequence[AuditedEntry]) -> list[str]:
    """Follow a contract by its entries alone; return what does not add up."""
    return contracts.check_contract([as_json(entry) for entry in entries])


def as_json(entry: AuditedEntry) -> dict[str, object]:
    """Return an audited entry as its JSON reads, with what was opened of it."""
    instants = {"arrived_at": instant.render(entry.arrived_at), "recorded_at": instant.render(entry.recorded_at)}
    return asdict(entry) | instants


CHECKS: Final = (check_lots, check_listings, check_contracts)
"""What the exchange checks of each subject's entries beyond their structure."""


@click.group()
def ledger() -> None:
    """Write the signed log out as files; verify such files offline."""


@ledger.command("export")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--disclosures", type=click.Path(path_type=Path, dir_okay=False), help="Also write every sealed value here."
)
@click.option("--database", help="Which exchange, where there are several, such as `playground`.")
def export_command(directory: Path, disclosures: Path | None, database: str | None) -> None:
    """Write the whole log to DIRECTORY in the C2SP tlog-tiles layout."""
    settings = Settings.from_environment()
    with servers.running(settings, share=True) as addresses:
        site = existing(settings, addresses, database=database)
        with bar("exporting") as tell:
            size = write(site, directory, disclosures=disclosures, tell=tell)
    click.echo(f"exported {size} entries of {site.database.origin} to {directory}")


@ledger.command("audit")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--vkey", required=True, help="The key you trust, as text or in a file, from outside the export.")
@click.option(
    "--since",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="An older checkpoint of the same log, which this one must continue.",
)
@click.option(
    "--disclosures",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Opened values: checked against their digests, and by the business checks.",
)
def audit_command(directory: Path, vkey: str, since: Path | None, disclosures: Path | None) -> None:
    """Verify an export with no database and no network; exit 1 and name the first thing that is wrong."""
    try:
        with bar("auditing") as tell:
            report = verify(directory, vkey=vkey, since=since, disclosures=disclosures, tell=tell)
    except (Wrong, Refusal) as wrong:
        click.echo(f"audit: FAILED {wrong}")
        raise SystemExit(1) from wrong
    click.echo(report.line)


def verify(
    directory: Path,
    *,
    vkey: str,
    since: Path | None = None,
    disclosures: Path | None = None,
    tell: Tell | None = None,
) -> Report:
    """Audit an export with the exchange's business checks. Raises `Wrong`."""
    return audit(
        directory,
        vkey=key_text(vkey),
        since=since.read_bytes() if since else None,
        disclosures=disclosures,
        checks=CHECKS,
        progress=tell,
    )


def key_text(key: str) -> str:
    """Return a verifier key given as text or as a file that holds it."""
    path = Path(key)
    return path.read_text().strip() if "+" not in key and path.is_file() else key.strip()


def write(site: Site, directory: Path, *, disclosures: Path | None = None, tell: Tell | None = None) -> int:
    """Export the site's log as its auditor, and, as the API, its sealed values; return the number of entries."""
    with visit(site.database.auditor) as units, units.read() as unit:
        checkpoint = exporting.export(Snapshot(unit, site.vkey), directory, progress=tell)
    if disclosures is not None:
        with visit(site.database.api) as units, units.read() as unit:
            exporting.write_disclosures(disclosures, log.disclosures(unit))
    return checkpoint.size


class Snapshot:
    """The log as one snapshot of the database sees it."""

    def __init__(self, unit: Unit, vkey: str) -> None:
        self._unit = unit
        self.vkey = vkey
        self.checkpoint = log.checkpoint(unit)

    def entries(self, start: int, stop: int) -> list[bytes]:
        """Return the entries `start <= index < stop`."""
        return log.entries(self._unit, start, stop)


def drained(site: Site, *, timeout_s: float = 30.0) -> int:
    """Wait until everything recorded is in the log; return its size."""
    deadline = time.monotonic() + timeout_s
    with visit(site.database.api) as units:
        while True:
            with units.read() as unit:
                waiting, size = log.waiting(unit), log.size(unit)
            if not waiting:
                return size
            if time.monotonic() > deadline:
                reason = f"{waiting} entries are still on their way to the log; is the sequencer running?"
                raise click.ClickException(reason)
            time.sleep(0.02)


@contextmanager
def bar(what: str) -> Iterator[Tell]:
    """Show a progress bar on a terminal, on the error stream so that the answer alone stands on the other."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
