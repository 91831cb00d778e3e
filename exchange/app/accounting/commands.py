"""The books on the command line: proving them, statements, one deal on a page, and an export for another program."""

import csv
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TextIO

import click
from rich import box
from rich.console import Console
from rich.table import Table

from ledger.audit.report import Wrong
from ledger.kernel import instant
from ledger.kernel.errors import Refusal
from ledger.kernel.unit import EPOCH, Unit
from settlement.books import service
from settlement.books.model import AccountName, Transfer
from settlement.escrow import service as escrow
from settlement.escrow.service.receipts import receipts

from .. import servers
from ..ledgers import bar
from ..opening import visit
from ..preparing import existing
from ..routes.account_shapes import rows_of
from ..settings import Settings
from ..site import Site
from ..views import SeenStatement, finding, references_of
from . import beancount, deals
from .page import Ordered, draw, said, sums, told
from .verifying import verify

DATABASE = click.option("--database", help="Which exchange, where there are several, such as `playground`.")
WIDTH: Final = 130  # of a table that is not written to a terminal


class _Instant(click.ParamType[datetime]):
    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read an instant, or say why it is none."""
        try:
            return instant.parse(str(value))
        except Refusal as refusal:
            self.fail(refusal.detail, param, ctx)


@click.group("books")
def books() -> None:
    """Prove the books, read them, and hand them to another program."""


@books.command("verify")
@click.option(
    "--entries",
    "copy",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Take the ledger's entries from an export of the log where it has them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@DATABASE
def verify_command(copy: Path | None, as_json: bool, database: str | None) -> None:
    """Derive every balance and hold again from the transfers, and hold these against the ledger's entries.

    Exits 0 when everything agrees, 1 with what does not and where.
    """
    with _site(database) as (site, unit):
        try:
            with bar("verifying") as tell:
                verdict = verify(unit, copy=copy, vkey=site.vkey, tell=tell)
        except (Wrong, Refusal) as wrong:
            click.echo(f"books: FAILED {wrong}")
            raise SystemExit(1) from wrong
    if as_json:
        click.echo(json.dumps({"ok": not verdict.findings} | asdict(verdict), ensure_ascii=False))
    else:
        for finding in verdict.findings:
            click.echo(finding)
        click.echo(verdict.line)
    raise SystemExit(1 if verdict.findings else 0)


@books.command("statement")
@click.argument("account")
@click.option("--from", "since", type=_Instant(), help="The first instant, such as 2026-03-02T09:00:00+08:00.")
@click.option("--to", "until", type=_Instant(), help="The first instant that is not in it.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV (RFC 4180).")
@DATABASE
def statement_command(
    account: str, since: datetime | None, until: datetime | None, as_csv: bool, database: str | None
) -> None:
    """Print the statement of ACCOUNT: what it opened with, every line, what it closed with."""
    with _site(database) as (_, unit):
        end = until or unit.now() + timedelta.resolution
        found = service.statement(unit, AccountName(account), since=since or EPOCH, until=end, at_most=None)
        references = references_of(unit, [line.transfer for line in found.lines])
    rows = rows_of(SeenStatement(statement=found, hidden=frozenset(), since=since, until=until, references=references))
    if as_csv:
        csv.writer(sys.stdout, lineterminator="\r\n").writerows(rows)
        return
    _print(_table(account, rows))


@books.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--reference",
    "references",
    multiple=True,
    help="Only what was made for this, and may be given again. lot_… or stl_… is a whole deal: its settlement, payment"
    " plan, royalty, incentives, and what was assigned to it of payments that nobody expected. pln_… is a payment plan"
    " alone, rty_… a royalty, clm_… a claim, prg_… a programme's budget, mis_… money that nobody expected.",
)
@DATABASE
def export_command(file: Path, references: tuple[str, ...], database: str | None) -> None:
    """Write the books to FILE for beancount, which adds them up again: `bean-check FILE`.

    FILE is replaced once all of it is written, and left as it was where that fails.
    """
    with _site(database) as (_, unit), written_whole(file) as opened:
        count = 0

        def counted() -> Iterator[Transfer]:
            nonlocal count
            for one in deals.exported(unit, references) if references else service.every_transfer(unit):
                count += 1
                yield one

        accounts, find = service.every_account(unit), finding(receipts(unit))
        for line in beancount.lines(accounts, counted(), whole=not references, bank_reference=find):
            opened.write(f"{line}\n")
    click.echo(f"wrote {count} transfers to {file}; check them with bean-check {file}")


@books.command("deal")
@click.argument("deal", metavar="LOT_OR_SETTLEMENT_OR_MISDIRECTED")
@DATABASE
def deal_command(deal: str, database: str | None) -> None:
    """Print the money of one deal on one page, from the first deposit to the last payout; times are China's.

    Its payment plan's and its royalty's are among it, and the whole of payments that nobody expected of which a part
    was assigned to it; so are orders that froze it. Money that nobody expected (mis_…) is printed alone.
    """
    with _site(database) as (_, unit):
        title, sellers = f"{deal}: money that nobody expected", frozenset[str]()
        orders = list[Ordered]()
        if deal.startswith(deals.NOBODYS):
            transfers = deals.exported(unit, [deal])
        else:
            whole = deals.find(unit, deal)
            title, sellers = deals.title_of(unit, whole), whole.sellers
            transfers = deals.on_the_page(unit, whole)
            orders = [deals.ordered(one) for one in escrow.freezes_of(unit, whole.settlement.id)]
    lines = told(map(deals.moved, transfers), orders=orders)
    _print(draw(lines, title=title, say=lambda line: said(line, sellers=sellers)))
    click.echo(sums(lines).line)


@contextmanager
def written_whole(file: Path) -> Iterator[TextIO]:
    """Yield what is to become a file: written beside it, and put in its place once nothing has gone wrong.

    What is there and is no file, such as a pipe, is written to as it is.
    """
    place = file.resolve()
    if place.exists() and not place.is_file():
        with place.open("w", encoding="utf-8") as opened:
            yield opened
        return
    staging = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with staging.open("w", encoding="utf-8") as opened:
            yield opened
        staging.replace(place)
    finally:
        staging.unlink(missing_ok=True)


@contextmanager
def _site(database: str | None) -> Iterator[tuple[Site, Unit]]:
    """Yield a site that was prepared before, and one snapshot of its books."""
    settings = Settings.from_environment()
    with servers.running(settings, share=True) as addresses:
        site = existing(settings, addresses, database=database)
        with visit(site.database.api) as units, units.read() as unit:
            yield site, unit


def _table(account: str, rows: Iterator[tuple[str, ...]]) -> Table:
    """Return a statement as a table for people: without the names of transfers, which the CSV has."""
    heading, *rest = rows
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, title=account, title_justify="left")
    shown = [heading.index(name) for name in ("at", "purpose", "counterpart", "amount", "change", "balance")]
    for place in shown:
        right = heading[place] in {"amount", "change", "balance"}
        table.add_column(heading[place], justify="right" if right else "left", overflow="fold")
    kind, purpose = heading.index("kind"), heading.index("purpose")
    for row in rest:
        table.add_row(*(row[place] or (row[kind] if place == purpose else "") for place in shown))
    return table


def _print(table: Table) -> None:
    console = Console()
    Console(width=None if console.is_terminal else WIDTH).print(table)
