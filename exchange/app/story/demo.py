"""The demo: everything is started, the story is told through the API, its record is checked, and a cheat is caught.

Exit 0 says that each of these came out as it must; anything else is named and exits 1.
"""

import re
import secrets
import shutil
import time
from contextlib import AbstractContextManager
from typing import Final

import click
import httpx2

from ledger.audit.report import Wrong
from ledger.kernel.errors import Refusal
from ledger.log.policy import Policy

from .. import founding, servers
from ..opening import ring
from ..preparing import discard
from ..processes import whole
from ..settings import Settings
from ..site import Site
from . import acts, cheat, evidencing, page, season, table, witnessing
from .cast import TEN_THOUSAND_YUAN, yuan
from .cheat import Forgery
from .client import Client, Problem
from .leavings import Leavings, alone
from .offers import OFFERS
from .stage import BEGINS, Lot, Story, Unexpected, expect, together
from .telling import Telling

DATABASE: Final = re.compile(r"demo_[0-9a-f]{8}", re.ASCII)
RIVAL: Final = "滨河永磁"  # whose losing bid the cheat rewrites
OFFERED, PRETENDED = 420, 410  # ten thousand yuan


@click.command()
def demo() -> None:
    """Run the whole story: list, bid, close, verify, and catch a cheat.

    Starts its own processes on a fresh database with a virtual clock, which is gone afterwards; what can be looked at
    stays in MENGKEJU_HOME/demo.
    """
    telling = Telling()
    settings = Settings.from_environment().apart()
    try:
        with alone(settings.home):
            _run(settings, Leavings.fresh(settings.home), telling)
    except (Unexpected, Problem, Wrong, Refusal, httpx2.HTTPError, OSError, TypeError, KeyError) as reason:
        telling.say(f"demo: FAILED {type(reason).__name__}: {reason}", style="bold red")
        raise SystemExit(1) from reason


def _run(settings: Settings, leavings: Leavings, telling: Telling) -> None:
    began_s = time.monotonic()
    telling.say("starting PostgreSQL, Valkey, the API, the sequencer, the publisher, the ticker, a Celery worker …")
    name = f"demo_{secrets.token_hex(4)}"

    def regulator(site: Site) -> AbstractContextManager[Policy]:
        return witnessing.watching(site, leavings.witness)

    with whole(settings, database=name, virtual_from=BEGINS, share=True, temporary=True, watching=regulator) as (
        site,
        _,
    ):
        _sweep(settings, keep=name)
        telling.say(f"they are up at {site.url} after {time.monotonic() - began_s:.1f} s")
        telling.say(
            f"the regulator's witness is up at {witnessing.url_of(site)}: what it has not seen is not published"
        )
        telling.gap()
        perform(site, leavings, telling)
    telling.say(
        f"demo: ok, in {time.monotonic() - began_s:.1f} s; what it made is in {evidencing.short(leavings.folder)}"
    )


def perform(site: Site, leavings: Leavings, telling: Telling) -> None:
    """Tell the whole story on a running exchange that nobody has used. Raises `Unexpected`, `Problem`, `Wrong`."""
    officer = founding.first_officer(site)  # the one act that is not done over HTTP
    if officer is None:
        raise Unexpected("the exchange is new")
    with Client(site.url) as client:
        story = Story(client=client, officer=officer.bearer.text, telling=telling, offers=OFFERS)
        with telling.moving(acts.things_to_do(OFFERS)):
            tell(story)
            evidencing.fetch_packs(story, leavings)
        _show(story, evidencing.export(site, leavings))
        _check(site, story, leavings)
        _cheat(site, story, leavings)


def tell(story: Story) -> None:
    """Tell the story up to the last deal's end."""
    acts.put_into_force(story)
    acts.enter(story)
    acts.submit(story)
    acts.review(story)
    season.run(story)


def _show(story: Story, entries: int) -> None:
    """Show the tables of lots and of deals, and the money of two deals on a page each: paid at once, and by a plan."""
    telling = story.telling
    lots = together(lambda lot: table.read_lot(story, lot), story.lots)
    sales = [lot for lot in story.lots if lot.offer.deal]
    deals = together(lambda lot: table.read_deal(story, lot), sales)
    settled = sum(row.number.isdecimal() for row in deals)
    for drawn in (table.draw_lots(lots), table.draw_deals(deals)):
        telling.gap()
        telling.console.print(drawn)
    telling.gap()
    telling.say(
        f"{len(sales)} of {len(lots)} lots are sold, {settled} of them settled; the newest record pack of each, built "
        f"by the worker, is fetched by its seller; the ledger has {entries} entries"
    )
    telling.gap()
    page.show(story, story.lots[0])
    telling.gap()
    page.show(story, next(lot for lot in sales if lot.offer.deal and lot.offer.deal.ending == "planned"))


def _check(site: Site, story: Story, leavings: Leavings) -> None:
    telling = story.telling
    telling.gap()
    line = evidencing.audit(telling, leavings.export, leavings)
    expect(line.startswith("audit: ok"), "the export passes the audit, witnesses and all")
    telling.say("Every balance follows from the transfers, and every transfer stands in the ledger:")
    line = evidencing.prove_books(site, telling, leavings)
    expect(line.startswith("books: ok"), "the books agree with the ledger")
    telling.say("The regulator has a copy of its own, as its witness received it:")
    line = evidencing.audit_mirror(telling, witnessing.mirror_of(site, leavings.witness), leavings)
    expect(line.startswith("audit: ok"), "the regulator's copy passes the audit too")
    telling.say("And of the first sale there is a proof that needs neither log nor exchange:")
    line = evidencing.prove(story, story.lots[0], leavings)
    expect(line.startswith("verify: ok"), "the proof of the first sale holds")
    lines = evidencing.verify(telling, story.lots[0], leavings)
    expect(lines[-1].startswith("evidence: ok"), "the record pack is found to be in order")
    failing = evidencing.verify_all(story, leavings)
    expect(not failing, "every record pack is found to be in order, and not " + "; ".join(failing))


def _cheat(site: Site, story: Story, leavings: Leavings) -> None:
    """Rewrite a losing bid on a copy, sign it with the real key, and see who can tell."""
    telling, lot = story.telling, story.lots[0]
    shutil.copyfile(leavings.export / "checkpoint", leavings.honest)
    forgery = Forgery(lot=lot.id, number=_losing_bid(story, lot), amount_fen=PRETENDED * TEN_THOUSAND_YUAN * 100)
    done = cheat.rewrite(leavings.export, leavings.cheated, ring=ring(site), forgery=forgery)
    telling.gap()
    telling.say(
        f"Now the operator cheats. On a copy, a losing bid for {lot.offer.gloss} becomes "
        f"{PRETENDED * TEN_THOUSAND_YUAN:,} yuan instead of {OFFERED * TEN_THOUSAND_YUAN:,}; {done.rechained} later "
        f"entries are chained to it, and the whole log is signed again with the real key."
    )
    telling.say("By itself the copy is sound:")
    line = evidencing.audit(telling, leavings.cheated, leavings, by_key=True)
    expect(line.startswith("audit: ok"), "the cheated copy is consistent in itself")
    telling.say("The regulator's witness, asked to cosign the copy, refuses:")
    telling.say(witnessing.refused(leavings.cheated, url=witnessing.url_of(site)), style="bold red")
    telling.say("So the copy satisfies nobody who asks for the witness:")
    line = evidencing.audit(telling, leavings.cheated, leavings)
    expect("does not satisfy the policy" in line, "the copy lacks the witness")
    telling.say("Whoever kept a checkpoint from before sees that there are two histories:")
    line = evidencing.audit(telling, leavings.cheated, leavings, by_key=True, since=leavings.honest)
    expect("fork: for the first" in line, "the audit reports the fork")
    telling.say("And whoever holds the record pack sees what was rewritten:")
    lines = evidencing.verify(telling, lot, leavings, against=leavings.cheated)
    named = f"entry {done.index} auction.bid_accepted of {lot.id} differs: data.amount_fen"
    expect(any(named in line for line in lines), "the record pack names the rewritten entry")
    expect(lines[-1] == "evidence: FAILED copy", "nothing but the copy is found to be wrong")


def _losing_bid(story: Story, lot: Lot) -> int:
    """Return the number of the rival's losing bid, as anyone can read it."""
    for bid in story.client.get(f"/v1/lots/{lot.id}/bids").each("items"):
        if (bid.text("code"), bid.amount("amount")) == (lot.codes[RIVAL], yuan(OFFERED)["amount"]):
            return bid.number("number")
    raise Unexpected(f"the bid of {RIVAL} stands among the bids")


def _sweep(settings: Settings, *, keep: str) -> None:
    """Drop what demos left that were killed before they could."""
    sites = settings.home / "sites"
    left = [folder.name for folder in sites.iterdir() if DATABASE.fullmatch(folder.name) and folder.name != keep]
    if left:
        with servers.running(settings, share=True) as addresses:
            for name in left:
                discard(settings, addresses, database=name)
