"""Writing the log out as files."""

import time
from pathlib import Path

import click

from ledger.kernel.unit import Unit
from ledger.log import export as exporting
from ledger.log import service as log
from ledger.log.export import Progress as Tell

from ..opening import visit
from ..site import Site


def write(site: Site, directory: Path, *, disclosures: Path | None = None, tell: Tell | None = None) -> int:
    """Export the site's log as its auditor, and, as the API, its sealed values; return the number of entries.

    Only those of entries that are in the export: others may be recorded meanwhile, or not be published yet.
    """
    with visit(site.database.auditor) as units, units.read() as unit:
        checkpoint = exporting.export(Snapshot(unit, site.vkey), directory, progress=tell)
    if disclosures is not None:
        with visit(site.database.api) as units, units.read() as unit:
            exporting.write_disclosures(disclosures, log.disclosures_before(unit, checkpoint.size))
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
