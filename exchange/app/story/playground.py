"""A market to play with, for `serve --seed`: the first part of the story, told once, and everybody's tokens.

The tokens are kept in a file that only its owner can read, beside the log's key: a seeded exchange is for playing, on a
virtual clock that stands still until somebody moves it.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from exchange.members.service import Entered
from ledger.kernel import instant

from .. import founding
from ..site import Site
from . import acts, season
from .cast import MEMBERS, REGULATOR, when
from .client import Client, Fields
from .offers import OFFERS
from .stage import Story
from .telling import Telling

CREDENTIALS: Final = "credentials.json"
SEEDED_UNTIL: Final = when("04-01 15:30")  # bidding is open, and half of the bids are in
AFTER_THE_END: Final = when("04-02 18:00")
SHOWN_BIDDERS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Who acts by a token. `lot` and `code` are those of a bidder whose deposit is confirmed."""

    role: str
    name: str
    organisation: str
    token: str
    lot: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the file holds; the officer first."""

    credentials: tuple[Credential, ...]
    whole: bool  # whether the seeding came to its end

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """Read the file, if there is one."""
        if not file.exists():
            return None
        found = json.loads(file.read_text())
        return cls(credentials=tuple(Credential(**one) for one in found["credentials"]), whole=found["whole"])

    def write(self, file: Path) -> None:
        """Write the file for its owner alone, whole or not at all."""
        draft = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            json.dump(asdict(self), opened, ensure_ascii=False, indent=1)
        draft.replace(file)

    @property
    def officer(self) -> Credential:
        """The operator's officer."""
        return self.credentials[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """A lot to bid for, who offers it, somebody who may bid, and an amount that will do."""

    lot: str
    seller: str
    bidder: Credential
    amount: str


def seed(site: Site) -> None:
    """Make the market, unless it is there; print who may act by which token, and what to try."""
    telling = Telling(quiet=True)
    file = site.folder / CREDENTIALS
    kept = Kept.read(file)
    with Client(site.url) as client:
        entered = founding.first_officer(site) if kept is None else None
        if entered is not None:
            kept = _make(client, entered, telling, file)
        if kept is None or not kept.whole:
            telling.say("An earlier start was interrupted while it made the market; begin anew with --fresh.")
        if kept is not None:
            _show(telling, client, kept, file)


def _make(client: Client, entered: Entered, telling: Telling, file: Path) -> Kept:
    officer = Credential(
        role="operator",
        name=founding.OPERATOR["name"],
        organisation=entered.organisation,
        token=entered.bearer.text,
    )
    Kept(credentials=(officer,), whole=False).write(file)
    story = Story(client=client, officer=officer.token, telling=telling, offers=OFFERS)
    telling.say("making a market: members enter, listings are disclosed, lots open, bids come in …")
    with telling.moving(acts.things_to_do(OFFERS)):
        acts.put_into_force(story)
        acts.enter(story)
        acts.submit(story)
        acts.review(story)
        season.run(story, until=SEEDED_UNTIL)
    second = replace(officer, token=story.second)
    kept = Kept(credentials=(officer, second, *_credentials(story)), whole=True)
    kept.write(file)
    return kept


def _credentials(story: Story) -> list[Credential]:
    assert story.regulator is not None
    standings = [(REGULATOR.name, REGULATOR, story.regulator)]
    standings += [(name, member, story.members[name]) for name, member in MEMBERS.items()]
    bids = {bidder: lot for lot in reversed(story.lots) for bidder in lot.codes}
    return [
        Credential(
            role=member.role,
            name=member.name,
            organisation=standing.organisation,
            token=standing.token,
            lot=bids[name].id if name in bids else None,
            code=bids[name].codes[name] if name in bids else None,
        )
        for name, member, standing in standings
    ]


def _show(telling: Telling, client: Client, kept: Kept, file: Path) -> None:
    now = instant.parse(client.get("/v1/clock").text("now"))
    chance = _chance(client, kept)
    bidders = [one for one in kept.credentials if one.lot is not None]
    others = [one for one in kept.credentials if one.lot is None]
    others.sort(key=lambda one: chance is None or one.organisation != chance.seller)  # the lot's seller is shown
    shown = [*_first_of_each_role(others), *bidders[:SHOWN_BIDDERS]]
    telling.gap()
    for one in shown:  # one line each, so that a narrow terminal cuts no token
        telling.say(f"{one.role:<11} {one.token}  {one.name}")
    telling.gap()
    telling.say(f"The other {len(kept.credentials) - len(shown)} are in {file}, which only you can read.")
    telling.say(f"The clock stands at {instant.render(now)} until you move it. Try:")
    telling.gap()
    for command in _commands(client, kept, chance, now):
        telling.say(command)
    telling.gap()


def _first_of_each_role(credentials: list[Credential]) -> list[Credential]:
    return list({one.role: one for one in reversed(credentials)}.values())[::-1]


def _commands(client: Client, kept: Kept, chance: Chance | None, now: datetime) -> list[str]:
    """Return commands that work as they stand: to read, to bid, and to move the clock."""
    commands = [f"curl -s {client.url}/v1/lots"]
    if chance:
        body = json.dumps({"amount": {"amount": chance.amount, "currency": "CNY"}})
        commands.append(_post(client, f"/v1/lots/{chance.lot}/bids", chance.bidder, body, key='"bid-$(date +%s%N)"'))
    if now < AFTER_THE_END:
        body = json.dumps({"to": instant.render(AFTER_THE_END)})
        commands.append(_post(client, "/v1/clock", kept.officer, body))
    return commands


def _chance(client: Client, kept: Kept) -> Chance | None:
    """Return a lot that is open now and will sell for whatever is bid, and somebody who may bid and does not lead."""
    lots: dict[str, Fields] = {lot.text("id"): lot for lot in client.get("/v1/lots").each("items")}
    for one in kept.credentials:
        lot = lots.get(one.lot or "")
        if lot and lot.text("phase") == "open" and not lot.values["has_reserve"] and lot.optional("leader") != one.code:
            return Chance(
                lot=lot.text("id"), seller=lot.text("seller"), bidder=one, amount=str(lot.amount("minimum_next"))
            )
    return None


def _post(client: Client, path: str, by: Credential, body: str, *, key: str | None = None) -> str:
    headers = [f"-H 'Authorization: Bearer {by.token}'", "-H 'Content-Type: application/json'"]
    headers += [f'-H "Idempotency-Key: {key[1:-1]}"'] if key else []
    return f"curl -s {client.url}{path} {' '.join(headers)} -d '{body}'"
