"""Whether the books are what their transfers make of them, and what the ledger's entries say of these.

1. Every balance, every balance after a transfer, every hold is derived again from the transfers alone.
2. Every transfer that an entry names is in the books, field by field; every transfer of the books is named by exactly
   one entry. Entries that are still on their way to the log count, sealed payouts are read from our own disclosures.

What an expired hold gave back need not stand in an entry yet: the books do it at its instant, and whose flow it was
records it when it looks. Entries of a copy of the log, proven by the log's own key, may be given in the place of ours.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast

from ledger.kernel.ids import EntryId
from ledger.kernel.unit import Unit
from ledger.log import service as log
from settlement.books import service as books
from settlement.books.model import Transfer

Tell: TypeAlias = Callable[[int, int], None]
Entry: TypeAlias = Mapping[str, Any]  # Any: JSON of an entry

NONE: Final[Mapping[str, Entry]] = MappingProxyType({})
PAYOUTS: Final = "payouts"
EXPIRES: Final = "expire"  # what the books do by themselves
MAX_FINDINGS: Final = 100  # that are kept
FIELDS: Final = ("kind", "debit", "credit", "amount_fen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A transfer as an entry names it."""

    entry: str
    subject: str
    id: str
    fields: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What was looked at, and what does not hold."""

    accounts: int = 0
    transfers: int = 0
    entries: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """The verdict in one line."""
        counts = f"accounts={self.accounts} transfers={self.transfers} entries={self.entries}"
        return f"books: FAILED {len(self.findings)} findings" if self.findings else f"books: ok {counts}"


def verify(unit: Unit, *, tell: Tell, proven: Mapping[str, Entry] = NONE) -> Verdict:
    """Verify the books of one snapshot (`Units.read`); `proven` are entries to be taken for our own of the same names.

    They are of a copy of the log that was audited.
    """
    accounts, total = books.counts(unit)
    verdict = Verdict(accounts=accounts)
    told = {}
    for content in log.every_entry(unit):
        verdict.entries += 1
        entry = json.loads(content)
        if moves(entry):
            told[str(entry["id"])] = entry
    told |= proven
    named: dict[str, list[Named]] = {}
    findings = []
    for entry, payouts, wrong in _opened(unit, told):
        findings += wrong
        for one in named_in(entry, payouts):
            named.setdefault(one.id, []).append(one)
    findings = [*books.prove(unit), *findings, *compare(_counted(unit, verdict, total, tell), named)]
    verdict.findings = findings[:MAX_FINDINGS]
    return verdict


def compare(transfers: Iterable[Transfer], named: Mapping[str, list[Named]]) -> Iterator[str]:
    """Yield what the books and the entries do not say alike, and where."""
    left = dict(named)
    for one in transfers:
        told = left.pop(one.id, [])
        if not told and one.kind.value != EXPIRES:
            yield f"{one.id}: made for {one.reference}, and no entry names it"
        if len(told) > 1:
            yield f"{one.id}: is named by {len(told)} entries: {', '.join(each.entry for each in told)}"
        for each in told:
            yield from _differences(one, each)
    for told in left.values():
        for each in told:
            yield f"{each.id}: {each.entry} of {each.subject} names it, and it is not in the books"


def _differences(one: Transfer, told: Named) -> Iterator[str]:
    ours = {name: str(getattr(one, name)) for name in FIELDS}
    for name, said in told.fields.items():
        if said != ours[name]:
            yield f"{one.id}: {told.entry} of {told.subject} says {name} {said}, the books {ours[name]}"
    belongs = (one.reference, one.debit.partition(":")[0], one.credit.partition(":")[0])
    if told.subject not in belongs:
        yield f"{one.id}: {told.entry} names it for {told.subject}, the books for {one.reference}"


def named_in(entry: Entry, payouts: Iterable[Mapping[str, Any]]) -> Iterator[Named]:
    """Yield the transfers that an entry names, and those of its sealed payouts."""
    for one in (*entry["data"].get("transfers", ()), *payouts):
        fields = {name: str(one[name]) for name in FIELDS}
        yield Named(entry=str(entry["id"]), subject=str(entry["subject"]), id=str(one["id"]), fields=fields)


def moves(entry: Entry) -> bool:
    """Whether an entry tells of money that moved."""
    return "transfers" in entry["data"] or PAYOUTS in entry["sealed"]


def _opened(unit: Unit, told: Mapping[str, Entry]) -> Iterator[tuple[Entry, list[Mapping[str, Any]], list[str]]]:
    """Yield every entry with its payouts, opened from our own disclosures, and what is wrong with these."""
    sealed = [name for name, entry in told.items() if PAYOUTS in entry["sealed"]]
    revealed = {one.entry: one for one in log.disclosures(unit, sealed) if one.field == PAYOUTS}
    for name, entry in told.items():
        one, payouts, wrong = revealed.get(EntryId(name)), [], []
        if one is not None and one.digest == entry["sealed"].get(PAYOUTS):
            payouts = cast("list[Mapping[str, Any]]", one.value)
        elif PAYOUTS in entry["sealed"]:
            wrong = [f"{name} of {entry['subject']}: its payouts are not those that it sealed"]
        yield entry, payouts, wrong


def _counted(unit: Unit, verdict: Verdict, total: int, tell: Tell) -> Iterator[Transfer]:
    for one in books.every_transfer(unit):
        verdict.transfers += 1
        tell(verdict.transfers, total)
        yield one
