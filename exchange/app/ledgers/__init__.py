"""The log on the command line: writing it out, checking what somebody hands you, and keeping its keys."""

from pathlib import Path

import click

from ledger.audit.report import Wrong
from ledger.kernel.errors import Refusal

from .. import servers
from ..preparing import existing
from ..settings import Settings
from .business import Business, Verified, as_json, verify
from .keeping import keys_group, policy_command
from .proving import page_command, verify_command, verify_proof
from .showing import FILE, bar, key_text, read_policy
from .writing import Snapshot, drained, write

__all__ = [
    "Business",
    "Snapshot",
    "Verified",
    "as_json",
    "bar",
    "drained",
    "key_text",
    "ledger",
    "read_policy",
    "verify",
    "verify_proof",
    "write",
]


@click.group()
def ledger() -> None:
    """Write the signed log out as files; verify such files offline; keep its keys."""


@ledger.command("export")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--disclosures", type=click.Path(path_type=Path, dir_okay=False), help="Also write every sealed value here."
)
@click.option("--database", help="Which exchange, where there are several, such as `playground`.")
def export_command(directory: Path, disclosures: Path | None, database: str | None) -> None:
    """Write the whole log to DIRECTORY in the C2SP tlog-tiles layout; an earlier export there is continued."""
    settings = Settings.from_environment()
    with servers.running(settings, share=True) as addresses:
        site = existing(settings, addresses, database=database)
        try:
            with bar("exporting") as tell:
                size = write(site, directory, disclosures=disclosures, tell=tell)
        except SystemExit:
            click.echo(f"{directory} is not whole: run this again, and it goes on from there", err=True)
            raise
    click.echo(f"exported {size} entries of {site.database.origin} to {directory}")


@ledger.command("audit")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--vkey", help="The key you trust, as text or in a file, from outside the export.")
@click.option("--policy", "trusted", type=FILE, help="Instead of a key: the policy you trust, with its witnesses.")
@click.option("--since", type=FILE, help="An older checkpoint of the same log, which this one must continue.")
@click.option(
    "--disclosures", type=FILE, help="Opened values: checked against their digests, and by the business checks."
)
def audit_command(
    directory: Path, vkey: str | None, trusted: Path | None, since: Path | None, disclosures: Path | None
) -> None:
    """Verify an export with no database and no network; exit 1 and name the first thing that is wrong."""
    if (vkey is None) == (trusted is None):
        raise click.UsageError("name what you trust: --vkey KEY, or --policy FILE")
    policy = read_policy(trusted) if trusted else None
    try:
        with bar("auditing") as tell:
            report = verify(directory, vkey=vkey, policy=policy, since=since, disclosures=disclosures, tell=tell)
    except (Wrong, Refusal) as wrong:
        click.echo(f"audit: FAILED {wrong}")
        raise SystemExit(1) from wrong
    click.echo(report.text)


ledger.add_command(verify_command)
ledger.add_command(page_command)
ledger.add_command(keys_group)
ledger.add_command(policy_command)
