"""Setting an exchange up: migrating its database, entering its operator and the first officer."""

import click

from exchange.members import service as members
from exchange.members.service import Entered
from ledger.kernel.cause import VISITOR, Cause
from ledger.kernel.unit import Units

from . import servers
from .opening import visit
from .preparing import prepare
from .settings import Settings
from .site import Site

OPERATOR = {
    "name": "内蒙古自治区科技创新发展中心",
    "credit_code": "121500004600000011",
    "region": "1501",
    "person": "值班员",
}


@click.command()
def migrate() -> None:
    """Bring the database to the newest tables and print whose log it keeps."""
    settings = Settings.from_environment()
    with servers.running(settings, share=True) as addresses:
        site = prepare(settings, addresses)
        click.echo(f"{site.database.origin}: migrated")


@click.command()
@click.option("--name", default=OPERATOR["name"], show_default=True, help="The operator's registered name.")
@click.option("--credit-code", default=OPERATOR["credit_code"], show_default=True, help="Its 统一社会信用代码.")
@click.option("--region", default=OPERATOR["region"], show_default=True, help="Its league or city, GB/T 2260.")
@click.option("--person", default=OPERATOR["person"], show_default=True, help="The first officer.")
def found(name: str, credit_code: str, region: str, person: str) -> None:
    """Enter the operator and its first officer; prints the officer's token once."""
    settings = Settings.from_environment()
    with servers.running(settings, share=True) as addresses:
        site = prepare(settings, addresses)
        with visit(site.database.api) as units:
            show(enter(units, name=name, credit_code=credit_code, region=region, person=person))


def ensure(site: Site) -> None:
    """Enter the operator of a new exchange and print its officer's token; say nothing in one that has it."""
    entered = first_officer(site)
    if entered is not None:
        show(entered)


def first_officer(site: Site) -> Entered | None:
    """Enter the operator of a new exchange with its first officer; None in one that has it."""
    with visit(site.database.api) as units:
        with units.read() as unit:
            known = members.is_founded(unit)
        return None if known else enter(units, **OPERATOR)


def enter(units: Units, *, name: str, credit_code: str, region: str, person: str) -> Entered:
    """Enter the operator's organisation with its first officer. Refuses `AlreadyFounded`."""
    with units.begin() as unit:
        cause = Cause(actor=VISITOR, at=unit.now(), request_id="founding")
        return members.found(unit, cause, name=name, credit_code=credit_code, region=region, person=person)


def show(entered: Entered) -> None:
    """Print the officer's token, which nobody can print again."""
    click.echo(f"The operator is {entered.organisation}. Its first officer's token, shown only now:")
    click.echo(f"    {entered.bearer.text}")
