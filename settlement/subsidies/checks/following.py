"""Following a programme or a claim, one entry after the other."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Final

from ledger.audit.reading import Reader
from ledger.kernel.ids import OrganisationId
from settlement.books.model import transfer_id

from ..model import (
    CLAIM_ASSESSED,
    CLAIM_PAID,
    CLAIM_REFUSED,
    MAX_REFERENCE,
    PROGRAMME_OPENED,
    DealFacts,
    ProgrammeId,
)
from ..rules import RULES
from . import plain

_FACTS: Final = {one.name for one in fields(DealFacts)}


class FollowedProgramme:
    """A programme as far as its entries have told it."""

    def __init__(self) -> None:
        self.said: Reader | None = None  # the opening
        self.rule = ""

    def take(self, entry: Reader) -> Iterator[str]:
        """Yield what is wrong with the next entry."""
        if entry.text("kind") != PROGRAMME_OPENED.name:
            yield "is not something that happens to a programme"
            return
        if self.said is not None:
            yield "opens the programme again"
            return
        self.said, self.rule = entry.inside("data"), entry.text("rule")
        data, subject = self.said, entry.id("subject", ProgrammeId)
        yield from misquoted(self.rule, data.inside("terms"))
        interval = (data.inside("terms").text("from_day"), data.inside("terms").text("to_day"))
        if not interval[0] <= plain.china_day(entry.instant("arrived_at")).isoformat() <= interval[1]:
            yield f"comes outside the rule's interval, from {interval[0]} to {interval[1]}"
        yield from acted(entry, data.id("keeper", OrganisationId))
        budget = data.fen("budget_fen")
        if not budget:
            yield "opens an empty budget"
        expected = [move(("subsidy", "budget", subject), "custody:bank", f"{subject}:budget", budget)]
        yield from moved(data, [expected])
        opened = opened_of(entry)
        if opened.has("reference") and not 1 <= len(opened.text("reference")) <= MAX_REFERENCE:
            yield "names no payment"


class FollowedClaim:
    """A claim as far as its entries have told it."""

    def __init__(self) -> None:
        self.said: Reader | None = None  # the claim
        self.paid: Reader | None = None
        self.rule = ""
        self.refused = False

    def take(self, entry: Reader) -> Iterator[str]:
        """Yield what is wrong with the next entry."""
        kind = entry.text("kind")
        if kind in {CLAIM_ASSESSED.name, CLAIM_REFUSED.name}:
            if self.said is not None:
                yield "decides the claim again"
                return
            self.said, self.rule, self.refused = entry.inside("data"), entry.text("rule"), kind == CLAIM_REFUSED.name
            yield from self._claimed(entry, self.said)
        elif kind == CLAIM_PAID.name:
            if self.said is None or self.refused or self.paid is not None:
                yield "pays what is not assessed, or is paid"
                return
            self.paid = entry.inside("data")
            yield from self._paid(entry, self.said, self.paid)
        else:
            yield "is not something that happens to a claim"

    def _claimed(self, entry: Reader, data: Reader) -> Iterator[str]:
        terms, facts = data.inside("terms"), data.inside("facts")
        yield from misquoted(self.rule, terms)
        data.id("programme", ProgrammeId)
        if not data.text("deal").strip():
            yield "names no deal"
        yield from acted(entry, data.id("claimant", OrganisationId))
        if facts.written.keys() != _FACTS:
            yield "tells other facts than a claim's"
        yield from _foreseen(facts, entry.instant("recorded_at"))
        found = plain.assess(terms, facts, data.fen("received_fen"))
        yield from traced(data, found.lines)
        if self.refused:
            if found.refused_by is None:
                yield f"refuses what amounts to {found.amount_fen} fen"
            elif data.text("clause") != found.refused_by:
                yield f"should be refused by {found.refused_by}"
        elif found.refused_by is not None:
            yield f"assesses what {found.refused_by} refuses"
        elif data.fen("amount_fen") != found.amount_fen:
            yield f"should amount to {found.amount_fen} fen"

    def _paid(self, entry: Reader, said: Reader, data: Reader) -> Iterator[str]:
        if entry.text("rule") != self.rule:
            yield f"is not paid under {self.rule}"
        if data.text("programme") != said.text("programme"):
            yield "is paid by another programme"
        line = plain.year_cap(said.inside("terms"), said.fen("amount_fen"), data.fen("received_fen"))
        yield from traced(data, [line])
        amount, assessed = data.fen("amount_fen"), said.fen("amount_fen")
        if amount > assessed:
            yield f"pays more than the {assessed} fen assessed"
        if str(amount) != line["after_fen"] or not amount:
            yield f"should pay {line['after_fen']} fen"
        arrived = plain.moment(said.inside("facts"), "paid_at")
        year = plain.china_day(arrived).year if arrived else None
        if data.number("year") != year:
            yield f"should count towards {year}"
        opened = opened_of(entry)
        if opened.has("by"):
            opened.inside("by").id("organisation", OrganisationId)
        yield from moved(data, _payments(entry.text("subject"), said, data))


def misquoted(rule: str, terms: Reader) -> Iterator[str]:
    """Yield whether quoted terms are not those of the published version."""
    published = RULES.get(rule)
    if published is None:
        yield f"is decided under {rule}, which was never published"
    elif terms.written != published.to_json():
        yield f"misquotes {rule}"


def acted(entry: Reader, whose: str) -> Iterator[str]:
    """Yield whether somebody else acted, where who did is opened."""
    opened = opened_of(entry)
    if opened.has("by") and opened.inside("by").text("organisation") != whose:
        yield "is another organisation's to do"


def traced(data: Reader, expected: list[dict[str, object]]) -> Iterator[str]:
    """Yield where a trace is not what the facts and terms make it."""
    found = [dict(line.written) for line in data.each("trace")]
    for number, (one, other) in enumerate(zip(found, expected, strict=False), start=1):
        if one != other:
            yield f"misstates step {number} ({other['clause']}, {other['step']})"
    if len(found) != len(expected):
        yield f"has {len(found)} steps, not {len(expected)}"


def moved(data: Reader, lawful: list[list[dict[str, object]]]) -> Iterator[str]:
    """Yield whether the transfers are none of those that would do."""
    if [dict(one.written) for one in data.each("transfers")] not in lawful:
        yield "does not move the money as it should"


def move(purpose: tuple[str, ...], debit: str, credit: str, amount_fen: int) -> dict[str, object]:
    """Write a transfer as an entry publishes it."""
    named = str(transfer_id(*purpose))
    return {"id": named, "kind": "move", "debit": debit, "credit": credit, "amount_fen": str(amount_fen)}


def opened_of(entry: Reader) -> Reader:
    """Return what has been opened of an entry's sealed fields."""
    return entry.inside("opened") if entry.has("opened") else Reader({})


def _payments(claim: str, said: Reader, data: Reader) -> list[list[dict[str, object]]]:
    """Return the transfers of a payment, with and without the one that opens the claimant's cap of the year."""
    programme, claimant, year = said.text("programme"), said.text("claimant"), data.number("year")
    cap, amount = f"{programme}:cap:{claimant}:{year}", data.fen("amount_fen")
    cap_fen = said.inside("terms").fen("year_cap_fen")
    granted = move(("subsidy", "cap", programme, claimant, str(year)), "quota:granted", cap, cap_fen)
    pays = move(("subsidy", "pay", claim), f"{programme}:budget", "custody:ordered", amount)
    uses = move(("subsidy", "use", claim), cap, f"{programme}:used", amount)
    return [[pays, uses], [granted, pays, uses]]


def _foreseen(facts: Reader, recorded_at: datetime) -> Iterator[str]:
    for name in plain.INSTANTS:
        at = plain.moment(facts, name)
        if at is not None and at > recorded_at:
            yield f"knows {name} before it happened"
