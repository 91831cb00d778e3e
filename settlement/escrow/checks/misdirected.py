"""An auditor's second opinion on money that nobody expected, from its exported entries alone.

That a part was received for what is due, no subject shows alone; that nothing came of it, all accounts together do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ledger.audit.reading import Entry, Reader, due_by, misfits, tells, untimely
from ledger.kernel.calendar import local_date
from ledger.kernel.errors import Refusal
from settlement.books.model import Kind

from ..model import (
    BANK,
    MISDIRECTED,
    MISDIRECTED_ASSIGNED,
    MISDIRECTED_KINDS,
    ORDERED,
    MisdirectedId,
    MisdirectedState,
    Purpose,
    held_account,
    transfer_for,
)
from ..rules.practice import PRACTICES
from .money import Moved, moved

_DECLARED: Final = {kind.name: kind for kind in MISDIRECTED_KINDS}
_DUE: Final = ("stl_", "pln_", "rty_")


@dataclass(frozen=True, slots=True, kw_only=True)
class MisdirectedFold:
    """What the entries amount to; each field should equal the payment's of the same meaning."""

    practice: str
    amount_fen: int
    left_fen: int
    recorded_at: datetime
    deal_with_by: datetime | None
    parts: int = 0

    @property
    def state(self) -> MisdirectedState:
        """Whether anything is left of it."""
        return MisdirectedState.WAITING if self.left_fen else MisdirectedState.CLOSED


def check_misdirected(entries: Sequence[Entry]) -> list[str]:
    """Return what is wrong with the entries of one payment that nobody expected, given in order."""
    return _Folding(entries).findings


def fold_misdirected(entries: Sequence[Entry]) -> MisdirectedFold | None:
    """Return what the entries of one payment amount to, wrong or not; None before it came."""
    return _Folding(entries).as_it_is


class _Folding:
    """A fold in progress. Every finding names the entry."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.findings: list[str] = []
        self.as_it_is: MisdirectedFold | None = None
        self._recorded_at: datetime | None = None
        self._id = str(entries[0].get("subject")) if entries else ""
        for entry in entries:
            self._place = f"entry {entry.get('seq')} ({entry.get('kind')})"
            try:
                self._apply(Reader(entry))
            except (ValueError, OverflowError) as reason:
                self._find(f"cannot be read: {reason}")
            except Refusal as refusal:
                self._find(f"cannot be read: {refusal.detail}")

    def _apply(self, entry: Reader) -> None:
        kind, data = entry.text("kind"), entry.inside("data")
        for fault in (*misfits(entry, _DECLARED), *untimely(entry, self._recorded_at)):
            self._find(fault)
        self._recorded_at = entry.instant("recorded_at")
        self._expect(entry.id("subject", MisdirectedId) == self._id, "is about another payment")
        rule = entry.text("rule")
        if kind == MISDIRECTED.name:
            self._came(data, rule, entry.instant("arrived_at"))
        elif kind in _DECLARED and self.as_it_is is not None:
            self._expect(rule == self.as_it_is.practice, f"should be under {self.as_it_is.practice}")
            self._left(self.as_it_is, kind, data)
        else:
            known = kind in _DECLARED
            self._find("precedes the money" if known else "is not something that happens to misdirected money")

    def _came(self, data: Reader, rule: str, at: datetime) -> None:
        self._expect(self.as_it_is is None, "comes again")
        amount, told = data.fen("amount_fen"), data.instant_or_none("deal_with_by")
        practice = PRACTICES.get(rule)
        due = due_by(told, at, practice.misdirected_within_workdays) if practice else told
        self.as_it_is = MisdirectedFold(
            practice=rule,
            amount_fen=amount,
            left_fen=amount,
            recorded_at=at,
            deal_with_by=told or due,
        )
        self._expect(amount > 0, "is nothing")
        if practice is None or practice.effective_from > local_date(at):
            self._find(f"cites {rule}, which is no practice in force")
        else:
            self._expect(tells(told, due, at), "is to be dealt with by another instant")
        name = transfer_for(self._id, Purpose.MISDIRECTED)
        self._moves(data, Moved(name, Kind.MOVE, BANK, held_account(self._id), amount))

    def _left(self, now: MisdirectedFold, kind: str, data: Reader) -> None:
        amount, part = data.fen("amount_fen"), data.number("part")
        self._expect(0 < amount <= now.left_fen, f"takes {amount} of {now.left_fen} fen")
        left = now.left_fen - amount
        self._expect(data.fen("left_fen") == left, f"should leave {left} fen")
        self._expect(part == now.parts + 1, f"should be part {now.parts + 1}")
        self.as_it_is = replace(now, left_fen=left, parts=now.parts + 1)
        assigned = kind == MISDIRECTED_ASSIGNED.name
        if assigned:
            self._expect(data.text("to").startswith(_DUE), "is assigned to what nothing is due of")
        purpose, into = (Purpose.ASSIGN, BANK) if assigned else (Purpose.SEND_BACK, ORDERED)
        name = transfer_for(self._id, purpose, str(now.parts + 1))
        self._moves(data, Moved(name, Kind.MOVE, held_account(self._id), into, amount))

    def _moves(self, data: Reader, one: Moved) -> None:
        self._expect(moved(data.each("transfers")) == [one], f"should move {one.amount_fen} fen to {one.credit}")

    def _expect(self, holds: object, fault: str) -> None:
        if not holds:
            self._find(fault)

    def _find(self, fault: str) -> None:
        self.findings.append(f"{self._place} {fault}")
