"""Playing the transcripts of `docs/auctions`: Markdown tables that say who does what when, and what they hear.

A page holds a fenced `json` block (the lot: what `POST /v1/lots` takes, without the listing) and below it a table:

    | when | who | does | answer |

`when` is `opens`, `closes` (as announced), `end` (the effective end as it then is) or `over` (the end and the grace),
with `+ 10s`, `- 1ms`, `+ 5m`; empty: no time passes. The clock moves there first, and what is due on the way happens.
`who` is `ann`, `ben`, `cai`, `dan` (each has a deposit if the lot asks for one), `seller`, `officer`, or `anyone`.
`answer` is what became of a bid, a refusal's code without its wing, or, where somebody looks, facts of the lot.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from exchange.auctions import rules
from ledger.kernel import instant
from tests.market import Market, Member, yuan

BIDDERS = ("ann", "ben", "cai", "dan")
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds"}
LASTS = timedelta(hours=24)


@dataclass(frozen=True)
class Step:
    """One row of a transcript, and where it stands."""

    line: int
    when: str
    who: str
    does: str
    answer: str


@dataclass(frozen=True)
class Script:
    """One transcript of a page."""

    page: Path
    lot: Mapping[str, Any]
    steps: tuple[Step, ...]


def scripts(page: Path) -> Iterator[Script]:
    """Read every transcript that stands on a page."""
    lot: dict[str, Any] | None = None
    block: list[str] | None = None
    steps: list[Step] = []
    for number, line in enumerate([*page.read_text().splitlines(), ""], 1):
        if line.startswith("```"):
            if block is not None and lot is None and block[:1] == ["json"]:
                lot = json.loads("\n".join(block[1:]))
            block = [line[3:]] if block is None else None
        elif block is not None:
            block.append(line)
        elif lot is not None and line.startswith("|"):
            cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
            if cells[0] != "when" and not re.fullmatch(r"-+", cells[0]):
                steps.append(Step(number, *cells))
        elif steps and lot is not None:
            yield Script(page, lot, tuple(steps))
            lot, steps = None, []


@dataclass
class Play:
    """A transcript in progress."""

    market: Market
    lot: str = ""
    seller: Member = field(init=False)
    members: dict[str, Member] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    parked: dict[str, Any] = field(default_factory=dict)

    def run(self, script: Script) -> None:
        """Play it; raise at the first row where something else is heard."""
        self.announce(script.lot)
        for step in script.steps:
            if step.when:
                self.market.move(self.at(step.when))
            verb, *said = step.does.split()
            heard = VERBS[verb](self, step, said)
            assert heard == step.answer, f"{script.page.name}:{step.line}: {step.who} {step.does} heard {heard!r}"

    def announce(self, lot: Mapping[str, Any]) -> None:
        """Have a seller announce the lot, and the bidders deposit."""
        market = self.market
        self.seller = market.member("university")
        body = dict(lot)
        listed = body.pop("listed", True)
        listing = {"listing": market.open_listing(self.seller, **body.pop("listing", {}))} if listed else {}
        opens = market.now() + timedelta(hours=1)
        terms = dict(body["terms"]) | {"opens_at": instant.render(opens)}
        terms["closes_at"] = instant.render(opens + lasting(terms.get("closes_at", "")))
        self.lot = market.done("POST", "/v1/lots", self.seller, body | listing | {"terms": terms})["id"]
        market.done("POST", f"/v1/lots/{self.lot}/announce", self.seller)
        for name in BIDDERS:
            self.members[name] = market.member("enterprise")
            self.codes[name] = market.deposit(self.lot, self.members[name], terms["deposit"]["amount"])
        self.members |= {"seller": self.seller, "officer": market.operator}

    def look(self) -> Any:
        return self.market.read_lot(self.lot)

    def at(self, when: str) -> datetime:
        """Return the instant that a `when` means now."""
        base, sign, length = re.fullmatch(r"(\w+)(?: ([+-]) (\S+))?", when).groups()
        lot = self.look()
        ends = instant.parse(lot["ends_at"])
        named = {"opens": instant.parse(lot["opens_at"]), "closes": instant.parse(lot["closes_at"]), "end": ends}
        at = ends + rules.find(lot["profile"]).grace if base == "over" else named[base]
        return at + (span(length) if sign == "+" else -span(length)) if length else at

    def when(self, at: str, lot: Any) -> str:
        """Write an instant as a page does: by its distance from the announced end."""
        apart = instant.parse(at) - instant.parse(lot["closes_at"])
        return "closes" if not apart else f"closes + {written(apart)}"

    def name_of(self, code: str | None) -> str:
        """Who bids under a code."""
        return next((name for name, own in self.codes.items() if own == code), "nobody")

    def send(self, step: Step, path: str, body: Any) -> str:
        """Send a bidder's command about the lot; return what became of it, in a word."""
        response = self.market.call("POST", f"/v1/lots/{self.lot}/{path}", self.members[step.who], body)
        answer = response.json()
        if response.status_code < 300:
            if answer.get("state") == "parked":
                self.parked[step.who] = (path, answer["id"])
            return str(answer.get("state", "accepted"))
        return str(answer["type"]).rpartition("/")[2]


def bids(play: Play, step: Step, said: list[str]) -> str:
    """`bids 1200.00`"""
    return play.send(step, "bids", {"amount": yuan(said[0])})


def hears(play: Play, step: Step, said: list[str]) -> str:
    """`hears`: what became of the bid that was parked."""
    _, bid = play.parked[step.who]
    answer = play.market.done("GET", f"/v1/lots/{play.lot}/bids/{bid}", play.members[step.who])
    return str(answer["state"])


def waits(play: Play, step: Step, said: list[str]) -> str:
    """`waits`: time passes, and nothing else."""
    return ""


def looks(play: Play, step: Step, said: list[str]) -> str:
    """`looks`: the facts that the answer asks about, as the lot has them for everybody."""
    lot = play.look()
    asked = [next(name for name in FACTS if fact.startswith(f"{name} ")) for fact in step.answer.split(", ")]
    return ", ".join(f"{name} {FACTS[name](play, lot)}" for name in asked)


def amount(name: str) -> Callable[[Play, Any], str]:
    """Read a fact that is an amount of money."""
    return lambda play, lot: lot[name]["amount"] if lot[name] else "none"


FACTS: dict[str, Callable[[Play, Any], str]] = {
    "minimum next": amount("minimum_next"),
    "price": amount("price"),
    "leader": lambda play, lot: play.name_of(lot["leader"]),
    "ends": lambda play, lot: play.when(lot["ends_at"], lot),
    "bids": lambda play, lot: str(lot["bids"]),
    "parked": lambda play, lot: str(lot["parked"]),
    "state": lambda play, lot: lot["state"],
    "phase": lambda play, lot: lot["phase"],
}
VERBS: dict[str, Callable[[Play, Step, list[str]], str]] = {
    "bids": bids,
    "hears": hears,
    "waits": waits,
    "looks": looks,
}


def span(length: str) -> timedelta:
    """Read `5m`, `10s`, `1ms`."""
    number, unit = re.fullmatch(r"(\d+)([a-z]+)", length).groups()
    return timedelta(**{UNITS[unit]: int(number)})


def lasting(closes: str) -> timedelta:
    """Read how long bidding is open: `opens + 6h`; anything else is a day."""
    found = re.fullmatch(r"opens \+ (\S+)", closes)
    return span(found[1]) if found else LASTS


def written(apart: timedelta) -> str:
    """Write a span in its largest whole unit."""
    for unit, name in UNITS.items():
        one = timedelta(**{name: 1})
        if apart % one == timedelta(0):
            return f"{apart // one}{unit}"
    return f"{apart.total_seconds()}s"
