"""The witness on the command line, for whoever runs it: `mengkeju witness …`, or `python -m ledger.witness …` alone."""

from pathlib import Path

import click

from ledger.kernel.errors import Refusal

from . import trust as trusting
from .home import Home, NoWitness, policy_lines
from .mirror import CopyDamaged, folder_of, found_in, require_whole
from .model import Standing
from .store import Store


class _Friendly(click.Group):
    """A group whose commands say in one line why they cannot go on."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a refusal is an answer, not a traceback."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            raise click.ClickException(f"{refusal.title()}: {refusal.detail} [{refusal.code()}]") from refusal
        except OSError as error:
            raise click.ClickException(f"{error.filename or 'the system'}: {error.strerror}") from error


_folder = click.Path(path_type=Path, file_okay=False)
_file = click.Path(path_type=Path, dir_okay=False)
_home = click.option("--home", type=_folder, required=True, help="The folder of the witness.")


@click.group(cls=_Friendly)
def witness() -> None:
    """Run a witness apart from the exchange: it vouches that a log only grew, and keeps a copy of it."""


@witness.command()
@_home
@click.option("--name", required=True, help="The name it signs under, such as witness.example/w1; it never changes.")
@click.option("--logs", type=_file, help="The logs it trusts, as lines of a policy; otherwise the file logs in HOME.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens.")
@click.option("--port", type=click.IntRange(0, 65535), default=8200, show_default=True, help="0 takes any free port.")
@click.option("--url", help="Where others reach it, when that is another address.")
def serve(home: Path, name: str, logs: Path | None, host: str, port: int, url: str | None) -> None:
    """Cosign and mirror until interrupted; makes the keys at the first start."""
    from . import serving  # noqa: PLC0415 - the other commands need no server

    with serving.opened(Home(home), name, logs) as opened:
        serving.serve(opened, host=host, port=port, public_url=url, tell=click.echo)


@witness.command()
@_home
@click.option("--url", default="http://127.0.0.1:8200", show_default=True, help="Where others reach it.")
def keys(home: Path, url: str) -> None:
    """Print its public keys, as lines for a policy."""
    click.echo(policy_lines(*Home(home).vkeys(), url), nl=False)


@witness.command()
@_home
@click.option("--logs", type=_file, help="The file of trusted logs, when it is not the file logs in HOME.")
@click.argument("vkey")
@click.argument("url", required=False)
def trust(home: Path, logs: Path | None, vkey: str, url: str | None) -> None:
    """Trust a log by one more of its keys, given as text or as a file; a running witness sees it at once.

    Trust every key the log signs with: signatures of other keys are not kept.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = logs or Home(home).logs
    given = Path(vkey)
    texts = given.read_text().split() if "+" not in vkey and given.is_file() else [vkey.strip()]
    for text in texts:
        log = trusting.add(path, text, url)
        click.echo(f"{log.key.name} is trusted by its {log.key.title} key ({path})")
    if not Home(home).database.exists():
        click.echo(f"No witness runs in {home} yet: `witness serve --home {home}` makes it.")


@witness.command()
@_home
def status(home: Path) -> None:
    """Show how every log stands; exit 1 if one is proven to have misbehaved."""
    where = Home(home)
    if not where.database.exists():
        raise NoWitness(f"{home} has no memory yet; `witness serve` makes it")
    store = Store(where.database)
    try:
        standings = store.standings()
    finally:
        store.close()
    _show(home, standings)
    if any(one.proves for standing in standings for one in standing.findings):
        raise SystemExit(1)


def _show(home: Path, standings: list[Standing]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only here
    from rich.table import Table  # noqa: PLC0415

    from .page import finding, when  # noqa: PLC0415

    table = Table()
    for heading in ("log", "size", "mirrored", "last cosigned", "findings"):
        table.add_column(heading, overflow="fold")
    for one in standings:
        findings = "\n".join(("ALARM " if each.proves else "") + finding(each) for each in one.findings)
        if one.dropped:
            findings += f"\nand {one.dropped} more refusals, for which there was no room"
        table.add_row(
            one.origin, str(one.size), _mirrored(home, one.origin), when(one.cosigned_at) or "never", findings or "none"
        )
    Console().print(table)


def _mirrored(home: Path, origin: str) -> str:
    try:
        require_whole(home, origin)
        return str(found_in(folder_of(home, origin))[1])
    except CopyDamaged as refusal:
        return f"ALARM {refusal.detail}"
