"""The log on the command line: writing it out, and checking an export that somebody hands you."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from exchange.assurance import Assurance, Figures
from exchange.auctions import checks as auctions
from exchange.contracts import checks as contracts
from ledger.audit.engine import audit
from ledger.audit.entries import AuditedEntry
from ledger.audit.report import Finding, Report, Wrong
from ledger.kernel import instant
from ledger.kernel.errors import Refusal
from ledger.kernel.unit import Unit
from ledger.log import export as exporting
from ledger.log import service as log
from ledger.log.export import Progress as Tell
from listings.achievements import checks as achievements
from settlement.escrow import checks as escrow
from settlement.subsidies import checks as subsidies

from . import servers
from .opening import visit
from .preparing import existing
from .settings import Settings
from .site import Site

_FIELDS: Final = tuple(one.name for one in fields(AuditedEntry))
CHECKS: Final = (auctions.check, achievements.check, contracts.check_contract, escrow.check, subsidies.check)
"""What each wing checks of one subject's entries beyond their structure."""


class Business:
    """What the exchange checks of a log beyond its structure: every subject by itself, then all of them together."""

    def __init__(self) -> None:
        self.assurance = Assurance()
        self._settled = escrow.Tally()
        self._subsidised: list[subsidies.Tally] = []

    def check(self, entries: Sequence[AuditedEntry]) -> list[str]:
        """Return what is wrong with one subject's entries, and take them in."""
        written = [as_json(entry) for entry in entries]
        self.assurance.take(written)
        if (settled := escrow.tally(written)) is not None:
            self._settled += settled
        if (subsidised := subsidies.tally(written)) is not None:
            self._subsidised.append(subsidised)
        return [finding for check in CHECKS for finding in check(written)]

    def close(self) -> Iterator[Finding]:
        """Yield what is wrong with all subjects together, each wing's sums against the auditor's own."""
        yield from self.assurance.findings()
        yield from map(Finding, subsidies.across(self._subsidised))
        for name in ("deposits", "refunded", "applied", "forfeited", "held"):
            yield from self._compare(name, name)
        for one, many in (("price", "prices"), ("fee", "fees"), ("reward", "rewards"), ("seller", "sellers")):
            yield from self._compare(one, many)
        if sum(one.paid_fen for one in self._subsidised) != self.assurance.figures.subsidies_fen:
            yield Finding("subsidies: the claims come to another sum than was paid")

    def _compare(self, one: str, many: str) -> Iterator[Finding]:
        tallied, counted = getattr(self._settled, f"{one}_fen"), getattr(self.assurance.figures, f"{many}_fen")
        if tallied != counted:
            yield Finding(f"custody: {many} of the settlements come to {tallied} fen, their entries to {counted} fen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified(Report):
    """What an audit with the exchange's business checks has shown."""

    figures: Figures

    @property
    def money(self) -> str | None:
        """What the money of the log comes to, in one line; None of a log that keeps none."""
        return self.figures.line if self.figures.kept else None

    @property
    def text(self) -> str:
        """What the command prints."""
        return "\n".join(filter(None, (self.line, self.money)))


def as_json(entry: AuditedEntry) -> dict[str, object]:
    """Return an audited entry as its JSON reads, with its index and what was opened of it."""
    instants = {"arrived_at": instant.render(entry.arrived_at), "recorded_at": instant.render(entry.recorded_at)}
    return {name: getattr(entry, name) for name in _FIELDS} | instants


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
    click.echo(report.text)


def verify(
    directory: Path,
    *,
    vkey: str,
    since: Path | None = None,
    disclosures: Path | None = None,
    tell: Tell | None = None,
) -> Verified:
    """Audit an export with the exchange's business checks. Raises `Wrong`."""
    business = Business()
    report = audit(
        directory,
        vkey=key_text(vkey),
        since=since.read_bytes() if since else None,
        disclosures=disclosures,
        checks=[business.check],
        closing=[business.close],
        progress=tell,
    )
    return Verified(
        **{one.name: getattr(report, one.name) for one in fields(report)}, figures=business.assurance.figures
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
