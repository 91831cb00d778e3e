"""An auditor's second opinion on a royalty, from its exported entries alone.

No rule of escrow is called, only its published terms and practice are read. Every date and every part of a division is
reckoned again; what is due is, too, where the terms and the sales have been opened. Every transfer is held against what
the entry should have moved, and all of them against the royalty's own accounts.

Left out, because no subject shows it alone: that the settlement stood where a royalty may be agreed on, that what an
officer recorded has arrived, that sales and audits are true, and, unless an officer's entry says so, who fell through.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, cast

from ledger.audit.reading import Entry, Reader, due_by, misfits, tells, text_of, untimely
from ledger.kernel import canonical, instant
from ledger.kernel.calendar import known_deadline
from ledger.kernel.canonical import Json
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import OrganisationId

from ..model import (
    AUDIT_CALLED,
    ROYALTY_AGREED,
    ROYALTY_AUDITED,
    ROYALTY_DIVIDED,
    ROYALTY_ENDED,
    ROYALTY_ESTIMATED,
    ROYALTY_KINDS,
    ROYALTY_LAPSED,
    ROYALTY_OVERDUE,
    ROYALTY_PAID,
    ROYALTY_PROPOSED,
    ROYALTY_TERMINATED,
    ROYALTY_WITHDRAWN,
    SALES_STATED,
    TERMINATION_SIGNED,
    Every,
    Ground,
    PeriodState,
    RoyaltyId,
    RoyaltyState,
    SettlementId,
)
from ..rules import PRACTICES, TERMS
from . import royalty_money
from .reading import Said
from .royalty_dividing import Dividing
from .royalty_order import BOTH, BUYERS, LAWFUL, OF_A_PERIOD, OWING, SELLERS
from .royalty_reading import Opened, PeriodFold, RoyaltyFold

_DECLARED: Final = {kind.name: kind for kind in ROYALTY_KINDS}

_P: Final = PeriodState


def check_royalty(entries: Sequence[Entry]) -> list[str]:
    """Return what is wrong with one royalty's entries, given in order."""
    return RoyaltyFolding(entries).close()


def fold_royalty(entries: Sequence[Entry]) -> RoyaltyFold | None:
    """Return what one royalty's entries amount to, wrong or not; None before it is proposed."""
    return RoyaltyFolding(entries).as_it_is


class RoyaltyFolding(Dividing):
    """A fold in progress. Every finding names the entry; the first one is where to look."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(str(entries[0].get("subject")) if entries else "")
        self.as_it_is: RoyaltyFold | None = None
        self._recorded_at: datetime | None = None
        self._buyer: str | None = None
        self._terms: Opened | None = None
        self._hash: str | None = None
        self._signed = 0
        self._left_open: set[int] = set()  # the periods of which the time to pay was told as not counted yet
        self._signer: str | None = None
        for entry in entries:
            self._place = f"entry {entry.get('seq')} ({entry.get('kind')})"
            try:
                self._apply(Reader(entry))
            except (ValueError, OverflowError, IndexError) as reason:
                self._find(f"cannot be read: {reason}")
            except Refusal as refusal:
                self._find(f"cannot be read: {refusal.detail}")

    def close(self) -> list[str]:
        """Return every finding, and whether the last entry leaves what has ended unsaid."""
        now = self.as_it_is
        if now is not None and now.state in BOTH and self._over(now):
            self._find("leaves nothing owed, and no end is told of")
        return self.findings

    def _apply(self, entry: Reader) -> None:
        kind = entry.text("kind")
        for fault in (*misfits(entry, _DECLARED), *untimely(entry, self._recorded_at)):
            self._find(fault)
        self._recorded_at = entry.instant("recorded_at")
        self._expect(entry.id("subject", RoyaltyId) == self._id, "is about another royalty")
        opened = entry.inside("opened") if entry.has("opened") else Reader({})
        said = Said(data=entry.inside("data"), opened=opened, at=entry.instant("arrived_at"))
        now = self.as_it_is
        if kind == ROYALTY_PROPOSED.name:
            self._proposed(entry.text("rule"), said)
            return
        handler = self._handlers().get(kind)
        if handler is None or now is None:
            self._find("is not something that happens to a royalty" if handler is None else "precedes the proposal")
            return
        rule = now.settled_under if kind == ROYALTY_DIVIDED.name else now.rule
        self._expect(entry.text("rule") == rule, f"was not decided under {rule}")
        self._expect(now.state in LAWFUL[kind], f"happens to a royalty that is {now.state}")
        if kind in OF_A_PERIOD:
            period = self._period(now, said)
            self._expect(period.state in OF_A_PERIOD[kind], f"happens to a period that is {period.state}")
        if said.data.has("settlement"):
            self._expect(said.data.text("settlement") == now.settlement, "is beside another settlement")
        self._who(kind, now, said)
        handler(now, said)
        kept = sum(one.paid_fen - one.divided_fen for one in now.periods)
        self._expect(self._accounts.kept_fen == kept, f"leaves {self._accounts.kept_fen} fen where {kept} are kept")

    def _handlers(self) -> Mapping[str, Callable[[RoyaltyFold, Said], None]]:
        return {
            ROYALTY_WITHDRAWN.name: lambda now, said: self._ends(now, said, RoyaltyState.WITHDRAWN),
            ROYALTY_LAPSED.name: lambda now, said: self._ends(now, said, RoyaltyState.LAPSED),
            ROYALTY_AGREED.name: self._agreed,
            SALES_STATED.name: self._stated,
            ROYALTY_ESTIMATED.name: self._estimated,
            AUDIT_CALLED.name: self._audit_called,
            ROYALTY_AUDITED.name: self._audited,
            ROYALTY_PAID.name: self._paid,
            ROYALTY_OVERDUE.name: self._overdue,
            ROYALTY_DIVIDED.name: self._divided,
            TERMINATION_SIGNED.name: self._termination_signed,
            ROYALTY_TERMINATED.name: self._terminated,
            ROYALTY_ENDED.name: self._ended,
        }

    def _proposed(self, rule: str, said: Said) -> None:
        self._expect(self.as_it_is is None, "proposes what was proposed before")
        data = said.data
        now = RoyaltyFold(
            rule=rule,
            settlement=data.id("settlement", SettlementId),
            deal=data.text("deal"),
            seller=data.id("seller", OrganisationId),
            reward_min_bp=data.number("reward_min_bp"),
            settled_under=data.text("settled_under"),
            starts_on=date.fromisoformat(data.text("starts_on")),
            every=Every(data.text("every")),
            count=data.number("periods"),
        )
        self.as_it_is = now
        self._expect(rule in PRACTICES, f"is proposed under {rule}, which was never published")
        self._expect(now.settled_under in TERMS, f"is settled under {now.settled_under}, which was never published")
        self._expect(now.count > 0, "has no period")
        self._who(ROYALTY_PROPOSED.name, now, said)
        if said.opened.has("terms"):
            terms = said.opened.inside("terms")
            self._terms, self._hash = Opened.of(terms), said.opened.text("terms_sha256")
            told = (terms.text("starts_on"), terms.text("every"), terms.number("periods"))
            self._expect(told == (now.starts_on.isoformat(), now.every, now.count), "publishes other periods")
        if said.opened.has("sharing"):
            self._read_sharing(now, said.opened.inside("sharing"), self._buyer)
        if self._hash is not None and self._sharing is not None:
            agreed = [now.settlement, now.rule, said.opened.inside("terms").written, self._sharing.written]
            true = canonical.fingerprint(cast("Json", ["mengkeju/royalty/v1", *agreed]))
            self._expect(self._hash == true, "seals the hash of other terms")

    def _ends(self, now: RoyaltyFold, _said: Said, state: RoyaltyState) -> None:
        now.state = state

    def _agreed(self, now: RoyaltyFold, said: Said) -> None:
        self._expect(said.at < now.over(1), "is agreed to when the first period is over")
        if said.opened.has("terms_sha256"):
            self._expect(self._hash in {None, said.opened.text("terms_sha256")}, "is about other terms")
        practice = PRACTICES.get(now.rule)
        within = timedelta(days=practice.statement_within_days if practice else 0)
        now.periods = [
            PeriodFold(number=number, ends_at=now.over(number), statement_by=now.over(number) + within)
            for number in range(1, now.count + 1)
        ]
        now.state = RoyaltyState.RUNNING

    def _stated(self, now: RoyaltyFold, said: Said) -> None:
        period, due = self._period(now, said), said.data.fen("due_fen")
        self._expect(said.at >= period.ends_at, "states a period that is not over")
        period.due_fen, period.overdue = 0, False
        if said.opened.has("sales_fen"):
            period.sales_fen = said.opened.fen("sales_fen")
            if self._terms is not None:
                expected = self._terms.due(now, period, period.sales_fen)
                self._expect(due == expected, f"should ask for {expected} fen")
        self._owe(now, period, due, said, _P.STATED if due else _P.DIVIDED)

    def _estimated(self, now: RoyaltyFold, said: Said) -> None:
        period, due = self._period(now, said), said.data.fen("due_fen")
        self._expect(said.at >= period.statement_by, "estimates before its time")
        done = False
        if self._terms is not None:
            expected = self._terms.due(now, period, 0)
            self._expect(due == expected, f"should ask for {expected} fen")
            done = self._terms.room(now, period) == 0
        stated = said.data.text_or_none("pay_by")
        expected_by = instant.render(period.statement_by) if due else None
        self._expect(stated == expected_by, f"should ask until {expected_by}")
        period.due_fen, period.pay_by = due, period.statement_by if due else None
        period.state = _P.DIVIDED if done else _P.ESTIMATED

    def _audit_called(self, now: RoyaltyFold, said: Said) -> None:
        period = self._period(now, said)
        self._expect(period.audit_from is None, "calls for a second audit")
        period.audit_from = said.data.instant("audit_from")
        if self._terms is not None:
            due = said.at + timedelta(days=self._terms.notice_days)
            self._expect(period.audit_from == due, f"should audit from {instant.render(due)}")

    def _audited(self, now: RoyaltyFold, said: Said) -> None:
        period, due = self._period(now, said), said.data.fen("due_fen")
        called = period.audit_from is not None and not period.audited and said.at >= period.audit_from
        self._expect(called, "audits what was not announced, or before its time")
        short, costs = said.data.flag("understated"), said.data.fen("costs_fen")
        self._expect(due >= period.due_fen and costs <= due, "lets go of what was owed")
        if self._terms is not None and said.opened.has("sales_fen"):
            self._found(now, period, said, short=short)
        period.audited = True
        more = due - period.due_fen
        self._expect(short or not more, "asks for more than was understated")
        if more:
            period.costs_fen = costs
            self._owe(now, period, due, said, _P.AUDITED)
            return
        told = said.data.instant_or_none("pay_by")
        same = told == period.pay_by or (told is None and period.number in self._left_open)
        self._expect(same, "gives another time to pay")
        if period.state is _P.ESTIMATED and not due:
            period.state = _P.DIVIDED

    def _found(self, now: RoyaltyFold, period: PeriodFold, said: Said, *, short: bool) -> None:
        """Hold an audit against the terms that were opened."""
        assert self._terms is not None
        found, stated = said.opened.fen("sales_fen"), period.sales_fen or 0
        self._expect(short == self._terms.short(stated, found), "overlooks otherwise than was agreed")
        due = period.due_fen
        if short:
            due += max(self._terms.due(now, period, found) - period.royalty_fen, 0) + said.data.fen("costs_fen")
        self._expect(said.data.fen("due_fen") == due, f"should ask for {due} fen")
        period.sales_fen = found if short else stated

    def _paid(self, now: RoyaltyFold, said: Said) -> None:
        period = self._period(now, said)
        self._expect(said.data.fen("amount_fen") == period.due_fen, f"should take {period.due_fen} fen")
        self._moves(said, royalty_money.paying(self._id, period))
        period.payments += 1
        period.paid_fen += period.due_fen
        period.state, period.due_fen, period.overdue = _P.PAID, 0, False
        period.owed_at = period.pay_by = None
        period.paid_at, period.divide_by = said.at, _divide_by(now.rule, said.at)

    def _overdue(self, now: RoyaltyFold, said: Said) -> None:
        period = self._period(now, said)
        late = period.pay_by is not None and said.at >= period.pay_by
        self._expect(late, "declares what is not yet overdue")
        told = (said.data.fen("due_fen"), said.data.text_or_none("pay_by"))
        self._expect(told == (period.due_fen, _text(period.pay_by)), "declares another sum, or another time")
        period.overdue = True

    def _termination_signed(self, _now: RoyaltyFold, said: Said) -> None:
        self._signed += 1
        self._signer = said.opened.inside("by").text("organisation") if said.opened.has("by") else None
        self._expect(self._signed == 1, "is signed a second time, and did not end")

    def _terminated(self, now: RoyaltyFold, said: Said) -> None:
        ground = Ground(said.data.text("ground"))
        first = now.state is RoyaltyState.RUNNING
        self._expect(first or ground is Ground.FELL_THROUGH, "is ended a second time")
        self._expect(ground is not Ground.BOTH or self._signed == 1, "is ended by one signature")
        if said.opened.has("by") and ground is not Ground.FELL_THROUGH:
            by = said.opened.inside("by").text("organisation")
            self._expect(ground is not Ground.BOTH or by != self._signer, "is ended by one party's two signatures")
            ours = {now.seller} if ground is Ground.DEFAULT else {now.seller, self._buyer or by}
            self._expect(by in ours, "was another organisation's act")
        overdue = any(one.overdue for one in now.periods)
        self._expect(ground is not Ground.DEFAULT or overdue, "is ended for a default that nobody declared")
        for one in now.periods:
            if ground is Ground.FELL_THROUGH:
                _let_go(one)
            elif one.state is _P.RUNNING and said.at < one.ends_at:
                one.state = _P.CANCELLED
        cancelled = sum(one.state is _P.CANCELLED for one in now.periods)
        self._expect(said.data.number("cancelled") == cancelled, f"should cancel {cancelled} periods")
        now.state = RoyaltyState.CLOSING

    def _ended(self, now: RoyaltyFold, said: Said) -> None:
        paid = sum(one.paid_fen for one in now.periods)
        self._expect(said.data.fen("paid_fen") == paid, f"should state {paid} fen")
        self._expect(self._over(now), "ends while something is owed")
        now.state = RoyaltyState.ENDED

    def _owe(self, now: RoyaltyFold, period: PeriodFold, due: int, said: Said, state: PeriodState) -> None:
        practice = PRACTICES.get(now.rule)
        told = said.data.instant_or_none("pay_by")
        counted = due_by(told, said.at, practice.royalty_within_workdays) if practice and due else None
        known = tells(told, counted, said.at) if due else told is None
        self._expect(known, f"should ask until {text_of(counted) if due else None}")
        period.due_fen, period.pay_by, period.state = due, counted, state
        period.owed_at = said.at if due else None
        (self._left_open.add if due and told is None else self._left_open.discard)(period.number)

    def _over(self, now: RoyaltyFold) -> bool:
        final = {_P.DIVIDED, _P.CANCELLED}
        return all(one.state in final and (one.audited or one.audit_from is None) for one in now.periods)

    def _who(self, kind: str, now: RoyaltyFold, said: Said) -> None:
        """Hold opened actors against whose it was to ask."""
        for name in ("buyer", "payer"):
            if said.opened.has(name):
                known = self._buyer
                self._buyer = said.opened.id(name, OrganisationId)
                self._expect(known in {None, self._buyer}, "puts a second buyer into the royalty")
        if not said.opened.has("by"):
            return
        by = said.opened.inside("by").text("organisation")
        self._expect(kind not in SELLERS or by == now.seller, "was another organisation's act")
        self._expect(kind not in BUYERS or self._buyer in {None, by}, "was another organisation's act")
        signs = kind == TERMINATION_SIGNED.name and self._buyer is not None
        self._expect(not signs or by in {now.seller, self._buyer}, "was another organisation's act")


def _let_go(one: PeriodFold) -> None:
    if not one.audited:
        one.audit_from = None
    if one.state in {_P.RUNNING, *OWING}:
        waits = _P.PAID if one.paid_fen > one.divided_fen else _P.DIVIDED
        one.state = waits if one.paid_fen else _P.CANCELLED
        one.due_fen, one.costs_fen, one.overdue = 0, 0, False
        one.owed_at = one.pay_by = None


def _divide_by(rule: str, paid_at: datetime) -> datetime | None:
    """Return until when the seller may divide; None where no calendar reaches that far."""
    practice = PRACTICES.get(rule)
    return known_deadline(paid_at, practice.settle_within_workdays) if practice else None


def _text(at: datetime | None) -> str | None:
    return None if at is None else instant.render(at)
