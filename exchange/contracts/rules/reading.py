"""Reading entries for a page: what is not of its form reads as absent, so that a page can be drawn of any entry.

Whether an entry is what it should be is not judged here: see `checks`, and `exchange.auctions.checks`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from exchange.auctions.model import LOT_ANNOUNCED
from ledger.kernel import instant
from ledger.kernel.canonical import Json
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import EntryId
from ledger.log.model import Disclosure
from listings.achievements.model import LISTING_SUBMITTED
from settlement.escrow.model import SETTLEMENT_OPENED
from settlement.subsidies.model import CLAIM_ASSESSED, CLAIM_REFUSED

from ..model import CONTRACT_OPENED, DEAL_VERSION, VERSION, Facts

MAX_FEN_DIGITS = 16
YEARS = range(1950, 2950)  # far from what a date can hold, whatever zone it is shown in


@dataclass(frozen=True, slots=True)
class Said:
    """The fields of one mapping, by type; None, or nothing, where a field is not what its name promises."""

    written: Mapping[str, Json]

    def text(self, name: str) -> str | None:
        """Return a string."""
        value = self.written.get(name)
        return value if isinstance(value, str) else None

    def number(self, name: str) -> int | None:
        """Return an integer."""
        value = self.written.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def fen(self, name: str) -> int | None:
        """Return an amount, in the record a string of digits."""
        text = self.text(name) or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_FEN_DIGITS else None

    def instant(self, name: str) -> datetime | None:
        """Return an instant."""
        try:
            at = instant.parse(self.text(name) or "")
        except Refusal:
            return None
        return at if at.year in YEARS else None

    def inside(self, name: str) -> "Said":
        """Return a nested mapping."""
        value = self.written.get(name)
        return Said(value if isinstance(value, Mapping) else {})

    def each(self, name: str) -> list["Said"]:
        """Return the mappings of a list."""
        value = self.written.get(name)
        return [Said(one) for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []

    def texts(self, name: str) -> list[str]:
        """Return the strings of a list."""
        value = self.written.get(name)
        return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, read; `opened` holds what the pack discloses of its sealed fields."""

    index: int
    envelope: Said
    opened: Said

    @property
    def id(self) -> str:
        """The entry's name."""
        return self.envelope.text("id") or ""

    @property
    def kind(self) -> str:
        """What happened."""
        return self.envelope.text("kind") or ""

    @property
    def subject(self) -> str:
        """What it happened to."""
        return self.envelope.text("subject") or ""

    @property
    def data(self) -> Said:
        """What it publishes."""
        return self.envelope.inside("data")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The subjects of a pack. A lot may have no listing; a deal's pack knows its contract, settlement and claims."""

    lot: str
    listing: str | None = None
    asset: str | None = None
    contract: str | None = None
    settlement: str | None = None
    claims: tuple[str, ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        """All of them, the lot first."""
        named = (self.lot, self.listing, self.asset, self.contract, self.settlement, *self.claims)
        return tuple(one for one in named if one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(About):
    """The entries of a pack in log order, and the subjects they are about."""

    lines: tuple[Line, ...]

    def of(self, subject: str | None) -> list[Line]:
        """Return the entries of one subject."""
        return [line for line in self.lines if line.subject == subject]

    def last(self, *kinds: str) -> Line | None:
        """Return the last entry of any of `kinds`."""
        return next((line for line in reversed(self.lines) if line.kind in kinds), None)

    @property
    def terms(self) -> Said:
        """What the lot's announcement publishes."""
        return _first(self.of(self.lot), LOT_ANNOUNCED.name)

    @property
    def seller(self) -> str | None:
        """The organisation that sells."""
        return self.terms.text("seller")

    @property
    def owner(self) -> str | None:
        """The organisation whose listing it is."""
        return _first(self.of(self.listing), LISTING_SUBMITTED.name).text("owner")


def parse(content: bytes) -> Mapping[str, Json]:
    """Read an entry's JSON; something that is no object reads as one without fields."""
    value = json.loads(content)
    return value if isinstance(value, dict) else {}


def read(facts: Facts) -> Record:
    """Read the entries of a pack with what it discloses of them."""
    opened: dict[str, dict[str, Json]] = {}
    for one in facts.disclosures:
        opened.setdefault(one.entry, {})[one.field] = one.value
    lines = tuple(_line(one.index, parse(one.entry), opened) for one in facts.exhibits)
    about = related(facts.lot, (line.envelope.written for line in lines), facts.version)
    return Record(
        lot=about.lot,
        listing=about.listing,
        asset=about.asset,
        contract=about.contract,
        settlement=about.settlement,
        claims=about.claims,
        lines=lines,
    )


def related(lot: str, entries: Iterable[Mapping[str, Json]], version: int = VERSION) -> About:
    """Return the subjects a pack is about, as far as `entries` say: the lot, its listing, the listing's asset.

    Of a deal's pack also the first contract and settlement that name the lot, and the claims that name the contract.
    """
    lines = [Line(0, Said(one), Said({})) for one in entries]
    listing = _first([line for line in lines if line.subject == lot], LOT_ANNOUNCED.name).text("listing")
    asset = _first([line for line in lines if line.subject == listing], LISTING_SUBMITTED.name).text("asset")
    if version != DEAL_VERSION:
        return About(lot=lot, listing=listing or None, asset=asset or None)
    contract = next(_naming(lines, "lot", lot, CONTRACT_OPENED.name), None)
    claims = _naming(lines, "deal", contract, CLAIM_ASSESSED.name, CLAIM_REFUSED.name)
    return About(
        lot=lot,
        listing=listing or None,
        asset=asset or None,
        contract=contract,
        settlement=next(_naming(lines, "deal", lot, SETTLEMENT_OPENED.name), None),
        claims=tuple(dict.fromkeys(claims)),
    )


def disclosure(written: Mapping[str, Json]) -> Disclosure:
    """Read one line of disclosures. Raises `ValueError` or `NotAnId` for what is none."""
    texts = [written.get(name) for name in ("entry", "field", "salt")]
    if set(written) != {"entry", "field", "salt", "value"} or not all(isinstance(one, str) for one in texts):
        raise ValueError("has not exactly entry, field, salt and value")
    entry, field, salt = (str(one) for one in texts)
    return Disclosure(entry=EntryId(entry), field=field, salt=salt, value=written["value"])


def _naming(lines: Iterable[Line], field: str, name: str | None, *kinds: str) -> Iterator[str]:
    """Yield the subjects of the entries of `kinds` whose `field` is `name`."""
    for line in lines:
        if name and line.kind in kinds and line.subject and line.data.text(field) == name:
            yield line.subject


def _line(index: int, envelope: Mapping[str, Json], opened: Mapping[str, Mapping[str, Json]]) -> Line:
    return Line(index, Said(envelope), Said(opened.get(str(envelope.get("id")), {})))


def _first(lines: Iterable[Line], kind: str) -> Said:
    return next((line.data for line in lines if line.kind == kind), Said({}))
