"""The log's keys on the command line: what verifies it, and replacing keys with overlap, so that nobody loses the log.

1. `keys add`: new keys stand beside the old ones. From its next start the log declares them all, in an entry of its
   own, and signs with each. Whoever trusts an old key still verifies it, and can learn the new ones from the log.
2. Give the new keys to everybody who pinned an old one, and to the witnesses.
3. `keys retire`: the old keys stop signing. From its next start the log declares what remains, in another entry.
"""

from datetime import UTC
from pathlib import Path
from typing import Final

import click

from ledger.kernel.clock import real_now
from ledger.kernel.errors import Refusal
from ledger.log import keys
from ledger.log.signers import ED25519, MLDSA44, SM2, Secret

from ..preparing import folder_of, key_file, policy_for, ring_of
from ..settings import Settings

ALGORITHMS: Final = {"ed25519": ED25519, "ml-dsa-44": MLDSA44, "sm2": SM2}
DATABASE = click.option("--database", help="Which exchange, where there are several, such as `playground`.")
AT_NEXT_START: Final = "It takes effect, and stands in the log, when the exchange starts next."


@click.group("keys", invoke_without_command=True)
@DATABASE
@click.pass_context
def keys_group(context: click.Context, database: str | None) -> None:
    """Print the keys that verify the log, one a line; or replace them."""
    if context.invoked_subcommand is None:
        for one in _ring(database):
            click.echo(str(one.key))


@keys_group.command("add")
@click.option(
    "--algorithm",
    "chosen",
    type=click.Choice(sorted(ALGORITHMS)),
    multiple=True,
    help="Which; without it, one Ed25519 and one ML-DSA-44 key. SM2 (国密) signs beside them.",
)
@DATABASE
def add_command(chosen: tuple[str, ...], database: str | None) -> None:
    """Make new keys that sign beside the old ones: the overlap begins."""
    file, ring = _file(database), _ring(database)
    made = keys.make(ring[0].key.name, [ALGORITHMS[one] for one in chosen] or keys.LOG_ALGORITHMS)
    keys.replace(file, (*ring, *made))
    click.echo("new keys, to be given to everybody who verifies this log:")
    for one in made:
        click.echo(str(one.key))
    click.echo(AT_NEXT_START)


@keys_group.command("retire")
@click.argument("vkeys", nargs=-1, required=True)
@DATABASE
def retire_command(vkeys: tuple[str, ...], database: str | None) -> None:
    """Let keys sign no more: the overlap ends. VKEYS are as `keys` prints them, or their ids of eight digits.

    The secrets are not destroyed: they go to a file beside the key file, which you may remove once nobody doubts.
    """
    file, ring = _file(database), _ring(database)
    for given in vkeys:
        if sum(given in _names(one) for one in ring) != 1:
            raise click.ClickException(f"{given[:60]} names no one key of this log; `keys` prints them all")
    staying = [one for one in ring if not _names(one) & set(vkeys)]
    lacking = [one for one in ("ed25519", "ml-dsa-44") if ALGORITHMS[one] not in {key.key.algorithm for key in staying}]
    if lacking:
        raise click.ClickException(f"that would leave no {' and no '.join(lacking)} key: `keys add` one first")
    stamp = real_now().astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    aside = file.with_name(f"{file.name}.retired.{stamp}")
    keys.save(aside, [one for one in ring if one not in staying])
    keys.replace(file, staying)
    click.echo(f"retired {len(ring) - len(staying)}, kept in {aside}; {len(staying)} remain. {AT_NEXT_START}")


@click.command("policy")
@DATABASE
def policy_command(database: str | None) -> None:
    """Print whom a reader of this log should believe, as a file to keep (C2SP tlog-policy)."""
    settings = Settings.from_environment()
    click.echo(policy_for(settings, _ring(database)).text, nl=False)


def _names(signer: Secret) -> set[str]:
    return {str(signer.key), signer.key.id.hex()}


def _ring(database: str | None) -> tuple[Secret, ...]:
    settings = Settings.from_environment()
    try:
        return ring_of(settings, folder_of(settings, database))
    except (Refusal, OSError) as reason:
        raise click.ClickException(f"the log's keys cannot be read: {reason}") from reason


def _file(database: str | None) -> Path:
    settings = Settings.from_environment()
    if settings.log_key is not None:
        raise click.ClickException("the keys come from MENGKEJU_LOG_KEY: change its lines where they are kept")
    return key_file(folder_of(settings, database))
