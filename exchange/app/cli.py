"""The command line: run the exchange, look after its log, check what others hand you."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import click

from ledger.kernel.errors import Refusal
from ledger.log.policy import Policy
from ledger.witness import commands as witnesses

from . import accounting, evidence, founding, ledgers, replay, servers, story
from .leaving import leaving
from .preparing import discard
from .processes import whole
from .settings import BadSetting, Settings
from .site import policy_of

PLAYGROUND = "playground"
STORY_STARTS = datetime(2026, 3, 2, 1, tzinfo=UTC)  # Monday, 09:00 in China


class Friendly(click.Group):
    """A group whose commands say in one line why they cannot go on."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a refusal or a bad setting is an answer, not a traceback."""
        try:
            return super().invoke(ctx)
        except (BadSetting, servers.CannotStart, servers.InUse) as reason:
            raise click.ClickException(str(reason)) from reason
        except OSError as error:
            raise click.ClickException(f"{error.filename or 'the system'}: {error.strerror or error}") from error
        except Refusal as refusal:
            raise click.ClickException(f"{refusal.title()}: {refusal.detail} [{refusal.code()}]") from refusal


@click.group(cls=Friendly, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option("0.1.0")
@click.pass_context
def main(context: click.Context) -> None:
    """蒙科聚: a technology and IP exchange whose record anyone can verify.

    Without MENGKEJU_DATABASE_URL and MENGKEJU_REDIS_URL it runs its own PostgreSQL and Valkey under MENGKEJU_HOME
    (default .mengkeju in this folder).
    """
    context.with_resource(leaving())


@main.command()
@click.pass_context
@click.option("--port", type=click.IntRange(0, 65535), help="Where the API listens; 0 takes any free port.")
@click.option("--seed", is_flag=True, help="A virtual clock and a market to play with; prints everyone's tokens.")
@click.option("--fresh", is_flag=True, help="With --seed: begin the market anew, and lose what was played.")
def serve(context: click.Context, port: int | None, seed: bool, fresh: bool) -> None:
    """Run the whole exchange until interrupted."""
    context.with_resource(leaving(cut_short=False))
    settings = _settings(port)
    virtual_from = STORY_STARTS if seed else None
    database = PLAYGROUND if seed else None
    if seed and fresh:
        with servers.running(settings) as addresses:
            discard(settings, addresses, database=PLAYGROUND)
    with whole(settings, database=database, virtual_from=virtual_from) as (site, _):
        click.echo(f"The exchange is at {site.url}  (API documentation: {site.url}/docs)")
        click.echo(f"Its log is {site.database.origin}; pin this key: {site.vkey}")
        if len({one.key.algorithm for one in policy_of(site).logs}) < len(policy_of(site).logs):
            click.echo("Its keys are being replaced: `mengkeju ledger keys` prints all of them.")
        for line in witnessing(policy_of(site)):
            click.echo(line)
        if seed:
            story.seed(site)
        else:
            founding.ensure(site)
        click.echo("Ctrl-C stops everything cleanly.")
        threading.Event().wait()


main.add_command(story.demo)
main.add_command(replay.replay)
main.add_command(founding.found)
main.add_command(founding.migrate)
main.add_command(ledgers.ledger)
main.add_command(evidence.evidence)
main.add_command(accounting.books)
main.add_command(witnesses.witness)


def witnessing(policy: Policy) -> Iterator[str]:
    """Yield who vouches for the log beside the log itself, for whoever starts it."""
    if policy.quorum is None:
        yield "UNWITNESSED: nobody but the exchange itself vouches that this log shows everybody the same."
        yield "  A regulator runs `mengkeju witness serve`; MENGKEJU_POLICY names it; then it gates what is published."
    else:
        urls = ", ".join(dict.fromkeys(str(one.url) for one in policy.witnesses if one.url))
        yield f"Nothing is published before {policy.quorum} has seen it; the witnesses are at {urls}"


def _settings(port: int | None) -> Settings:
    settings = Settings.from_environment()
    return settings if port is None else replace(settings, port=port)
