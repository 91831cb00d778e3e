"""What the exchange can show for the story: a record pack of each lot, an export of the log, and what checks them.

Each line that is printed after a `$` is a command that a reader can repeat on the files that the demo leaves; what
follows is what that command prints, by the functions that it calls.
"""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from exchange.auctions.model import LOT_SOLD
from ledger.audit.folder import Folder
from ledger.audit.report import Wrong
from ledger.kernel.errors import Refusal
from ledger.log import checkpoints, notes, page, tiles
from settlement.books import service as books

from .. import evidence, ledgers
from ..accounting import beancount
from ..accounting import verify as verify_books
from ..opening import visit
from ..site import Site
from .client import Fields
from .leavings import Leavings
from .stage import Lot, Story, expect, together
from .telling import Telling

PACKS_TIMEOUT_S: Final = 60.0
POLL_S: Final = 0.1


def fetch_packs(story: Story, leavings: Leavings) -> None:
    """Wait until the worker has built the newest record pack of every lot, and fetch each as its seller."""
    deadline = time.monotonic() + PACKS_TIMEOUT_S

    def fetch(lot: Lot) -> None:
        token = story.token(lot.offer.seller)
        while not _newest(pack := story.client.get(f"/v1/lots/{lot.id}/pack", token)):
            expect(time.monotonic() < deadline, f"the record pack of {lot.offer.full_title} is built in time")
            time.sleep(POLL_S)
        content = story.client.content(f"/v1/lots/{lot.id}/pack.zip", token)
        same = hashlib.sha256(content).hexdigest() == pack.text("sha256")
        expect(same, f"the record pack of {lot.offer.full_title} is the one on the record")
        leavings.pack(lot).write_bytes(content)

    together(fetch, story.lots)


def _newest(pack: Fields) -> bool:
    """Whether a pack is built, and no newer edition is on its way."""
    return pack.text("state") == "built" and pack.values.get("newer_edition") is None


def export(site: Site, leavings: Leavings) -> int:
    """Write the whole log out, and down whom to believe; return how many entries it has."""
    ledgers.drained(site)
    leavings.vkey.write_text(f"{site.vkey}\n")
    leavings.policy.write_text(site.policy)
    leavings.page.write_bytes(page.html())
    return ledgers.write(site, leavings.export)


def audit(
    telling: Telling, directory: Path, leavings: Leavings, *, by_key: bool = False, since: Path | None = None
) -> str:
    """Do and show `ledger audit`, by the policy or by the pinned key alone; return what it says."""
    trusted = f"--vkey {short(leavings.vkey)}" if by_key else f"--policy {short(leavings.policy)}"
    command = f"ledger audit {short(directory)} {trusted}"
    show(telling, command + (f" --since {short(since)}" if since else ""))

    def run() -> str:
        if by_key:
            return ledgers.verify(directory, vkey=str(leavings.vkey), since=since).text
        return ledgers.verify(directory, policy=ledgers.read_policy(leavings.policy), since=since).text

    return _answered(telling, run)


def audit_mirror(telling: Telling, mirror: Path, leavings: Leavings) -> str:
    """Wait until the regulator's copy has all that the export has; do and show `ledger audit` on it."""
    size = checkpoints.parse(notes.parse(Folder(leavings.export).checkpoint()).text).size
    deadline = time.monotonic() + PACKS_TIMEOUT_S
    while not mirror.is_dir() or checkpoints.parse(notes.parse(Folder(mirror).checkpoint()).text).size < size:
        expect(time.monotonic() < deadline, "the regulator's mirror is complete in time")
        time.sleep(POLL_S)
    return audit(telling, mirror, leavings)


def prove(story: Story, lot: Lot, leavings: Leavings) -> str:
    """Fetch the proof that a lot was sold; do and show `ledger verify`, and return the last line it says."""
    folder = Folder(leavings.export)
    size = checkpoints.parse(notes.parse(folder.checkpoint()).text).size
    contents = (json.loads(one) for bundle in tiles.bundles_of(size) for one in folder.bundle(bundle))
    sale = next(one["id"] for one in contents if (one["kind"], one["subject"]) == (LOT_SOLD.name, lot.id))
    leavings.proof.write_bytes(story.client.content(f"/v1/ledger/entries/{sale}/proof"))
    show(story.telling, f"ledger verify {short(leavings.proof)} --policy {short(leavings.policy)}")
    lines = ledgers.verify_proof(leavings.proof, ledgers.read_policy(leavings.policy))
    for line in lines:
        story.telling.say(line)
    return lines[-1]


def verify(telling: Telling, lot: Lot, leavings: Leavings, *, against: Path | None = None) -> tuple[str, ...]:
    """Do and show `evidence verify` on the pack of a lot; return its lines."""
    pack = leavings.pack(lot)
    command = f"evidence verify {short(pack)} --vkey {short(leavings.vkey)}"
    show(telling, command + (f" --against {short(against)}" if against else ""))
    verdict = evidence.verify(pack, vkey=ledgers.key_text(str(leavings.vkey)), against=against)
    for line in verdict.lines:
        telling.say(line, style="" if verdict.ok or "FAILED" not in line else "bold red")
    return verdict.lines


def prove_books(site: Site, telling: Telling, leavings: Leavings) -> str:
    """Do and show `books verify`; leave the books as beancount reads them. Return its line."""
    show(telling, f"books verify --entries {short(leavings.export)}  # while the demo's database is there")
    with visit(site.database.api) as units, units.read() as unit:
        verdict = verify_books(unit, copy=leavings.export, vkey=site.vkey, tell=lambda *_: None)
        accounts, transfers = books.every_account(unit), books.every_transfer(unit)
        written = beancount.lines(accounts, transfers, whole=True)
        leavings.books.write_text("".join(f"{line}\n" for line in written), encoding="utf-8")
    for finding in verdict.findings:
        telling.say(finding, style="bold red")
    telling.say(verdict.line, style="bold red" if verdict.findings else "green")
    return verdict.line


def verify_all(story: Story, leavings: Leavings) -> list[str]:
    """Do `evidence verify` on the pack of every lot; say that all verify, or return which do not and why."""
    key = ledgers.key_text(str(leavings.vkey))
    verdicts = [(lot, evidence.verify(leavings.pack(lot), vkey=key)) for lot in story.lots]
    failing = [
        f"that of {lot.offer.gloss} ({next(line for line in verdict.lines if 'FAILED' in line)})"
        for lot, verdict in verdicts
        if not verdict.ok
    ]
    if not failing:
        story.telling.say(f"{len(verdicts)} record packs verify")
    return failing


def show(telling: Telling, command: str) -> None:
    """Print a command that can be repeated."""
    telling.say(f"$ mengkeju {command}", style="bold")


def short(path: Path) -> str:
    """Write a path as a person in this folder would."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _answered(telling: Telling, run: Callable[[], str]) -> str:
    """Print and return what the audit says, as the command would print it."""
    try:
        line, style = run(), "green"
    except (Wrong, Refusal) as wrong:
        line, style = f"audit: FAILED {wrong}", "bold red"
    telling.say(line, style=style)
    return line
