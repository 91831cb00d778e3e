"""All transfers that entries name, added up again over all accounts, by nothing but the transfers themselves."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.audit.reading import Entry, Reader
from ledger.audit.report import Finding
from settlement.books.model import RESOLVING, Kind
from settlement.escrow.model import BANK, FEES, ORDERED

from .figures import Figures
from .trade import opened_of

OUTSIDE: Final = "quota:granted"
"""The one account that may stand either way: where yearly caps come from."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One transfer, and the entry that names it."""

    index: int
    id: str
    kind: str
    debit: str
    credit: str
    amount_fen: int


def transfers_in(entry: Entry, index: int) -> Iterator[Moved]:
    """Yield what an entry of escrow or subsidies moves, its payouts too where they are opened."""
    data, opened = Reader(entry).inside("data"), opened_of(entry)
    told = data.each("transfers") if data.has("transfers") else []
    sealed = opened.each("payouts") if opened.has("payouts") else []
    for one in (*told, *sealed):
        yield Moved(
            index, one.text("id"), one.text("kind"), one.text("debit"), one.text("credit"), one.fen("amount_fen")
        )


class Accounts:
    """Every account of the log. Of a subject's own, only what is left when it has been read is kept."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._ids: set[str] = set()
        self._left: dict[str, int] = {}
        self._held: dict[str, int] = {}
        self._changes: dict[str, array[int]] = {}  # of accounts that others share: index, change, index, change, …

    def take(self, subject: str, transfers: Sequence[Moved]) -> None:
        """Add one subject's transfers, in their order."""
        own: dict[str, int] = {}
        held: dict[tuple[str, str], list[int]] = {}
        for one in transfers:
            if one.id in self._ids:
                self._find(one, f"{subject}: makes the transfer {one.id}, which was made before")
            self._ids.add(one.id)
            for account, change in self._changes_by(subject, one, held):
                if account.startswith(f"{subject}:"):
                    own[account] = own.get(account, 0) + change
                else:
                    self._changes.setdefault(account, array("q")).extend((one.index, change))
            aside = sum(sum(fen) for (debit, _), fen in held.items() if debit == one.debit)
            if one.debit in own and own[one.debit] < aside:
                self._find(one, f"{subject}: leaves {one.debit} with less than nothing")
        self._left |= {name: fen for name, fen in own.items() if fen}
        for (debit, _), fen in held.items():
            self._held[debit] = self._held.get(debit, 0) + sum(fen)

    def settle(self, figures: Figures) -> Iterator[Finding]:
        """Yield which account stands where it may not, or not where the entries' figures put it."""
        yield from self.findings
        balances = dict(self._left)
        for name, changes in sorted(self._changes.items()):
            balance, overdrawn = self._run(name, changes)
            balances[name] = balance
            if overdrawn is not None:
                yield Finding(f"{name}: leaves less than nothing", overdrawn)
        money = {name: fen for name, fen in balances.items() if not _is_quota(name)}
        everybodys = {
            BANK: figures.received_fen,
            ORDERED: figures.ordered_fen,
            FEES: figures.every_fee_fen,
        }
        for name, due in everybodys.items():
            if (stands := money.pop(name, 0)) != due:
                yield Finding(f"{name}: stands at {stands} fen, where the entries tell of {due} fen")
        kept, due = sum(money.values()), figures.in_custody_fen
        if kept != due:
            yield Finding(f"custody: {kept} fen are kept for others, where the entries tell of {due} fen")
        held, fees = figures.held_fen + figures.tried_fen, everybodys[FEES]
        if (aside := sum(self._held.values())) != held:
            yield Finding(f"custody: {aside} fen are set aside, where the entries tell of {held} fen held")
        if figures.received_fen != figures.ordered_fen + fees + figures.in_custody_fen:
            yield Finding(f"custody: {figures.received_fen} fen came in, which are not what went out and what is kept")

    def _changes_by(
        self, subject: str, one: Moved, held: dict[tuple[str, str], list[int]]
    ) -> Iterator[tuple[str, int]]:
        """Yield what a transfer changes, on each account's own side, and follow what is set aside."""
        between = (one.debit, one.credit)
        if one.kind == Kind.HOLD:
            held.setdefault(between, []).append(one.amount_fen)
            yield one.debit, 0
            return
        if one.kind in RESOLVING:
            aside = held.get(between, [])
            if one.amount_fen not in aside:
                self._find(one, f"{subject}: resolves {one.amount_fen} fen that are not held")
            else:
                aside.remove(one.amount_fen)
        if one.kind in {Kind.POST, Kind.MOVE}:
            yield one.debit, one.amount_fen if one.debit == BANK else -one.amount_fen
            yield one.credit, -one.amount_fen if one.credit == BANK else one.amount_fen

    def _run(self, name: str, changes: "array[int]") -> tuple[int, int | None]:
        """Return an account's balance, and the first entry that overdraws it, if one does."""
        balance, overdrawn = self._left.get(name, 0), None
        for index, change in sorted(zip(changes[::2], changes[1::2], strict=True), key=lambda pair: pair[0]):
            balance += change
            if balance < 0 and overdrawn is None and name != OUTSIDE:
                overdrawn = index
        return balance, overdrawn

    def _find(self, one: Moved, what: str) -> None:
        self.findings.append(Finding(what, one.index))


def _is_quota(name: str) -> bool:
    """Whether an account counts what may be received, and no money."""
    words = name.split(":")
    return name == OUTSIDE or (words[0].startswith("prg_") and words[1] in {"cap", "used"})
