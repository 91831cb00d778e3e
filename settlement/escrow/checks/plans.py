"""An auditor's second opinion on a payment plan, from its exported entries alone.

No rule of escrow is called, only its published terms and practice are read. Every date, every interest and every part
of a division is reckoned again; every transfer is held against what the entry should have moved, and all of them
together against the plan's own accounts, which begin with the deposit that the settlement let go.

Values of sealed fields are used where an entry has been opened. Left out, because no subject shows it alone: that the
settlement was due, that what an officer recorded has arrived, that a milestone was reached.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ledger.audit.reading import Entry, Reader, misfits, untimely
from ledger.kernel import instant
from ledger.kernel.calendar import local_date
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import OrganisationId
from settlement.books.model import Kind

from ..model import (
    DISPUTE_RESOLVED,
    OUTCOME_OFFERED,
    PART_DISPUTED,
    PART_DIVIDED,
    PART_PAID,
    PART_RELEASED,
    PART_RETURNED,
    PART_WAITS,
    PLAN_AGREED,
    PLAN_DEFAULTED,
    PLAN_DEPOSIT_LOST,
    PLAN_KINDS,
    PLAN_LAPSED,
    PLAN_PROPOSED,
    PLAN_WITHDRAWN,
    PROPOSAL_EXTENDED,
    RELEASE_PROPOSED,
    TRIAL_BEGUN,
    TRIAL_DECLINED,
    TRIAL_EXTENDED,
    FreezeId,
    Outcome,
    PartState,
    PlanId,
    PlanState,
    SettlementId,
)
from ..rules import TERMS
from . import numbers, plan_money, plan_order, plan_shares, plan_terms
from .opened import costs_of
from .plan_finding import PlanFinding
from .plan_reading import Part, PlanFold, read_parts
from .reading import Said

_DECLARED: Final = {kind.name: kind for kind in PLAN_KINDS}
_ENDED: Final = frozenset({PartState.CLOSED, PartState.RETURNED, PartState.CANCELLED})
_OVER: Final = frozenset({PlanState.CLOSED, PlanState.BROKEN, PlanState.DECLINED})


def check_plan(entries: Sequence[Entry]) -> list[str]:
    """Return what is wrong with one plan's entries, given in order, whole transactions of them."""
    return PlanFolding(entries).close()


def fold_plan(entries: Sequence[Entry]) -> PlanFold | None:
    """Return what one plan's entries amount to, wrong or not; None before it is proposed."""
    return PlanFolding(entries).as_it_is


class PlanFolding(PlanFinding):
    """A fold in progress."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(str(entries[0].get("subject")) if entries else "")
        for entry in entries:
            self._place = f"entry {entry.get('seq')} ({entry.get('kind')})"
            try:
                self._apply(Reader(entry))
            except (ValueError, OverflowError, IndexError) as reason:
                self._find(f"cannot be read: {reason}")
            except Refusal as refusal:
                self._find(f"cannot be read: {refusal.detail}")

    def _apply(self, entry: Reader) -> None:
        kind = entry.text("kind")
        for fault in (*misfits(entry, _DECLARED), *untimely(entry, self._recorded_at)):
            self._find(fault)
        self._recorded_at = entry.instant("recorded_at")
        self._expect(entry.id("subject", PlanId) == self._id, "is about another plan")
        opened = entry.inside("opened") if entry.has("opened") else Reader({})
        said = Said(data=entry.inside("data"), opened=opened, at=entry.instant("arrived_at"))
        now = self.as_it_is
        if kind == PLAN_PROPOSED.name:
            self._proposed(now, entry.text("rule"), said)
            return
        handler = self._handlers().get(kind)
        if handler is None or now is None:
            self._find("is not something that happens to a plan" if handler is None else "precedes the proposal")
            return
        self._expect(entry.text("rule") == now.rule, f"was not decided under {now.rule}")
        self._behind(now, entry)
        self._expect(now.state in plan_order.LAWFUL[kind], f"happens to a plan that is {now.state}")
        if kind in plan_order.OF_A_PART:
            part = self._part(now, said)
            self._expect(part.state in plan_order.OF_A_PART[kind], f"happens to a part that is {part.state}")
        self._who(kind, now, said)
        handler(now, said)
        self._add_up(now)

    def _handlers(self) -> Mapping[str, Callable[[PlanFold, Said], None]]:
        return {
            PLAN_WITHDRAWN.name: lambda now, said: self._ends(now, said, PlanState.WITHDRAWN),
            PLAN_LAPSED.name: lambda now, said: self._ends(now, said, PlanState.LAPSED),
            PROPOSAL_EXTENDED.name: self._proposal_extended,
            TRIAL_BEGUN.name: self._tried,
            TRIAL_DECLINED.name: self._declined,
            TRIAL_EXTENDED.name: self._extended,
            PLAN_AGREED.name: self._agreed,
            PART_PAID.name: self._paid,
            PART_WAITS.name: self._waits,
            RELEASE_PROPOSED.name: self._release_proposed,
            PART_RELEASED.name: self._released,
            PART_DISPUTED.name: self._disputed,
            OUTCOME_OFFERED.name: self._offered,
            DISPUTE_RESOLVED.name: self._dispute_resolved,
            PART_RETURNED.name: self._returned,
            PART_DIVIDED.name: self._divided,
            PLAN_DEFAULTED.name: self._defaulted,
            PLAN_DEPOSIT_LOST.name: self._deposit_lost,
        }

    def _proposed(self, before: PlanFold | None, rule: str, said: Said) -> None:
        self._expect(before is None or before.state is PlanState.PROPOSED, "proposes what is no proposal any more")
        data = said.data
        now = PlanFold(
            rule=rule,
            settlement=data.id("settlement", SettlementId),
            deal=data.text("deal"),
            seller=data.id("seller", OrganisationId),
            price_fen=data.fen("price_fen"),
            deposit_fen=data.fen("deposit_fen"),
            reward_min_bp=data.number("reward_min_bp"),
            settled_under=data.text("settled_under"),
            agree_by=data.instant("agree_by"),
            terms_sha256=data.text("terms_sha256"),
            reward_bp=data.number("reward_bp"),
            commission_bp=data.number("commission_bp"),
        )
        if before is not None:
            same = ("settlement", "seller", "price_fen", "deposit_fen", "reward_min_bp", "settled_under", "agree_by")
            for name in same:
                self._expect(getattr(before, name) == getattr(now, name), f"changes {name} of the plan")
        terms = data.inside("terms")
        now.parts, now.interest_bp = read_parts(terms), terms.number("interest_bp")
        until = terms.text_or_none("trial_until")
        now.trial_until = None if until is None else instant.parse(until)
        self.as_it_is = now
        self._who(PLAN_PROPOSED.name, now, said)
        self._read_sharing(now, said)
        self._report(plan_terms.unhashed(now, terms, said))
        self._expect(said.at < now.agree_by, "is proposed after the price fell due")
        self._report(plan_terms.unlawful(now, terms, said.at))

    def _ends(self, now: PlanFold, said: Said, state: PlanState) -> None:
        self._same_terms(now, said)
        self._expect(state is not PlanState.LAPSED or said.at >= now.agree_by, "lapses before its time")
        now.state = state

    def _tried(self, now: PlanFold, said: Said) -> None:
        self._same_terms(now, said)
        self._expect(said.at < now.agree_by, "is agreed to too late")
        self._expect(now.trial_until and said.at < now.trial_until, "tries what is not to be tried, or not any more")
        self._expect(said.data.instant("until") == now.trial_until, "tries until another instant")
        self._expect(said.data.fen("held_fen") == now.deposit_fen, f"should hold {now.deposit_fen} fen")
        self._moves(said, plan_money.trying(self._id, now, said))
        last = said.data.each("transfers")[-1:]
        self._expect(
            last and last[0].instant("expires_at") == now.trial_until, "holds the deposit until another instant"
        )
        now.state = PlanState.TRIAL

    def _proposal_extended(self, now: PlanFold, said: Said) -> None:
        before, until = now.agree_by, said.data.instant("agree_by")
        self._report(plan_terms.unlike_resumed(before, until, said.at))
        now.agree_by = until

    def _extended(self, now: PlanFold, said: Said) -> None:
        """Follow a trial that goes on. Whether its old hold was over by then is for the books' own proof to say.

        An order may have come before the trial was begun, and be decided behind it: that is not held against it.
        """
        before, until, frozen_at = now.trial_until, said.data.instant("until"), said.data.instant("frozen_at")
        frozen = before is not None and frozen_at < before and frozen_at <= said.at
        self._expect(frozen, "extends a trial that was not frozen while it lasted")
        self._report(plan_terms.unlike_resumed(before, until, said.at))
        self._expect(said.data.fen("held_fen") == now.deposit_fen, f"should hold {now.deposit_fen} fen")
        told = said.data.each("transfers")
        over = bool(told) and told[0].text("kind") == Kind.EXPIRE
        self._expect(over or (before is not None and said.at < before), "gives back what is over already")
        self._moves(said, plan_money.extending(self._id, now, until, over=over))
        self._expect(told and told[-1].instant("expires_at") == until, "holds the deposit until another instant")
        now.trial_until = now.extended_until = until

    def _declined(self, now: PlanFold, said: Said) -> None:
        self._expect(said.data.fen("refunded_fen") == now.deposit_fen, f"should refund {now.deposit_fen} fen")
        over = now.trial_until is not None and said.at >= now.trial_until
        self._moves(said, plan_money.declining(self._id, now, over=over))
        now.state = PlanState.DECLINED

    def _agreed(self, now: PlanFold, said: Said) -> None:
        tried = now.state is PlanState.TRIAL
        self._same_terms(now, said)
        over = now.trial_until if tried and now.trial_until else now.agree_by
        self._expect(said.at < over, "is agreed to too late")
        self._expect(tried or now.trial_until is None, "skips the trial")
        self._expect(said.data.instant("effective_at") == said.at, "takes effect at another instant")
        self._expect(said.data.fen("applied_fen") == now.deposit_fen, f"should apply {now.deposit_fen} fen")
        self._moves(said, plan_money.agreeing(self._id, now, tried=tried))
        rows = said.data.each("schedule")
        self._expect(len(rows) == len(now.parts), f"should schedule {len(now.parts)} parts")
        for part, row in zip(now.parts, rows, strict=False):
            part.interest_fen = plan_terms.interest(part, now, local_date(said.at))
            self._expect(row.fen("amount_fen") == part.amount_fen, f"should ask for {part.amount_fen} fen")
            self._expect(
                row.fen("interest_fen") == part.interest_fen, f"should ask for {part.interest_fen} of interest"
            )
        self._report(plan_terms.undue(now, rows, said.at))
        now.state, now.effective_at = PlanState.ACTIVE, said.at

    def _paid(self, now: PlanFold, said: Said) -> None:
        part = self._part(now, said)
        due = part.whole_fen - (now.deposit_fen if part.number == 1 else 0)
        stated = tuple(said.data.fen(name) for name in ("paid_fen", "interest_fen", "price_fen"))
        self._expect(stated == (due, part.interest_fen, part.amount_fen), f"should take {due} fen")
        self._moves(said, plan_money.paying(self._id, part.number, due))
        part.state, part.paid_at = PartState.FUNDED, said.at

    def _waits(self, now: PlanFold, said: Said) -> None:
        part, orders = self._part(now, said), said.data.written["freezes"]
        if not isinstance(orders, list | tuple) or not all(isinstance(one, str) for one in orders):
            raise ValueError("orders are named")
        self._expect(orders, "waits for no order")
        self._expect(len({FreezeId(one) for one in orders}) == len(orders), "waits for one order twice")
        self._expect(not part.milestone, "waits for an order, not for its milestone")
        part.state = PartState.WAITING

    def _release_proposed(self, now: PlanFold, said: Said) -> None:
        part = self._part(now, said)
        self._expect(part.milestone, "proposes to release what has no milestone")
        part.state = PartState.CONFIRMING
        self._proposer = said.opened.inside("by").text_or_none("person") if said.opened.has("by") else None

    def _released(self, now: PlanFold, said: Said) -> None:
        part = self._part(now, said)
        resolved = self._resolved == (part.number, Outcome.RELEASED)
        plain = part.state in {PartState.FUNDED, PartState.WAITING} and not part.milestone
        self._expect(resolved or plain or part.state is PartState.CONFIRMING, "releases what nobody has accepted")
        if part.state is PartState.CONFIRMING and said.opened.has("by"):
            by = said.opened.inside("by")
            person = by.text_or_none("person")
            self._expect(person is not None and person != self._proposer, "is confirmed by whoever proposed it")
            self._expect(self._buyer in {None, by.text("organisation")}, "is not confirmed by the buyer")
        self._expect(said.data.fen("amount_fen") == part.whole_fen, f"should release {part.whole_fen} fen")
        self._moves(said, plan_money.releasing(self._id, part.number, part.whole_fen))
        part.state, self._resolved = PartState.RELEASED, None
        part.divide_by = plan_terms.divide_by(now, said.at)

    def _disputed(self, now: PlanFold, said: Said) -> None:
        self._part(now, said).state = PartState.DISPUTED

    def _offered(self, _now: PlanFold, said: Said) -> None:
        by = said.opened.inside("by").text("organisation") if said.opened.has("by") else None
        self._offers[said.data.number("part")] = (by, Outcome(said.data.text("outcome")))

    def _dispute_resolved(self, now: PlanFold, said: Said) -> None:
        part, outcome = self._part(now, said), Outcome(said.data.text("outcome"))
        by, offered = self._offers.pop(part.number, (None, None))
        if said.data.text_or_none("document_sha256") is None:
            self._expect(offered is outcome, "ends a dispute by what nobody had offered")
            asked = said.opened.inside("by").text("organisation") if said.opened.has("by") else None
            self._expect(None in {by, asked} or by != asked, "ends a dispute by one side's word")
        self._resolved = (part.number, outcome)

    def _returned(self, now: PlanFold, said: Said) -> None:
        part = self._part(now, said)
        resolved = self._resolved == (part.number, Outcome.RETURNED)
        broken = now.defaulted and part.state in {PartState.FUNDED, PartState.CONFIRMING}
        self._expect(resolved or broken, "returns what is not to be returned")
        self._expect(said.data.fen("amount_fen") == part.whole_fen, f"should return {part.whole_fen} fen")
        self._moves(said, plan_money.returning(self._id, part.number, part.whole_fen))
        part.state, self._resolved = PartState.RETURNED, None

    def _divided(self, now: PlanFold, said: Said) -> None:
        part, terms = self._part(now, said), TERMS.get(now.settled_under)
        costs_fen = said.data.fen("costs_fen")
        self._report(costs_of(said.opened, costs_fen))
        self._report(plan_shares.untimely(part, said))
        fee_bands = Reader(terms.to_json() if terms else {"fee_bands": []})
        due = plan_money.divided(now, part, costs_fen=costs_fen, fee=lambda fen: numbers.fee(fee_bands, fen))
        for name, fen in due.items():
            self._expect(said.data.fen(f"{name}_fen") == fen, f"should state {fen} fen as {name}")
        self._moves(said, plan_money.dividing(self._id, part.number, due))
        now.divided_fen += part.amount_fen
        now.fee_fen += due["fee"]
        now.costs_fen += costs_fen
        now.commission_fen += due["commission"]
        now.reward_fen += due["reward"]
        part.state = PartState.CLOSED
        self._shared(part, due, said)

    def _shared(self, part: Part, due: Mapping[str, int], said: Said) -> None:
        """Hold who was paid against the shares that were agreed on, as far as both are opened."""
        if not said.opened.has("payouts"):
            self._accounts.seal(due["reward"] + due["owners"])
            return
        told = plan_money.moved(said.opened.each("payouts"))
        self._report(self._accounts.take(told))
        if said.opened.has("split") and self._owners:
            self._report(plan_shares.unshared(self._id, part, due, said, (self._weights, self._owners)))

    def _defaulted(self, now: PlanFold, said: Said) -> None:
        part = self._part(now, said)
        self._expect(part.due_at is not None and said.at >= part.due_at, "declares what is not yet overdue")
        for one in now.parts:
            if one.state is PartState.OPEN:
                one.state = PartState.CANCELLED
        cancelled = sum(one.state is PartState.CANCELLED for one in now.parts)
        self._expect(said.data.number("cancelled") == cancelled, f"should cancel {cancelled} parts")
        now.defaulted, now.state = True, PlanState.DEFAULTED

    def _deposit_lost(self, now: PlanFold, said: Said) -> None:
        terms = TERMS.get(now.settled_under)
        fee = numbers.fee(Reader(terms.to_json()), now.price_fen) if terms else 0
        due = plan_money.lost(now.rule, now.deposit_fen, fee)
        for name, fen in ({"amount": now.deposit_fen} | due).items():
            self._expect(said.data.fen(f"{name}_fen") == fen, f"should state {fen} fen as {name}")
        self._expect(now.parts[0].state is PartState.CANCELLED, "takes a deposit whose part was paid")
        self._moves(said, plan_money.losing(self._id, due))
        now.deposit_lost = True

    def _add_up(self, now: PlanFold) -> None:
        """Hold the money against the parts after every entry, and against nothing after the last."""
        if now.parts and now.effective_at and all(one.state in _ENDED for one in now.parts):
            now.state = PlanState.BROKEN if now.defaulted else PlanState.CLOSED
        kept = sum(one.whole_fen for one in now.parts if one.paid_at and one.state not in _ENDED)
        waits = now.state is PlanState.TRIAL or (now.parts[0].paid_at is None and now.effective_at is not None)
        due = kept + (now.deposit_fen if waits and not now.deposit_lost else 0)
        self._expect(self._accounts.kept_fen == due, f"leaves {self._accounts.kept_fen} fen where {due} are kept")
