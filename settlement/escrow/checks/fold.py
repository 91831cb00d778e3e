"""The fold: one pass over a settlement's entries, recomputing what each should have said and moved."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from typing import Final

from ledger.audit.reading import Entry, Reader, due_by, misfits, tells, text_of, untimely
from ledger.kernel.calendar import local_date
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import OrganisationId

from ..model import (
    AWARDED,
    BALANCE_DUE,
    BALANCE_PAID,
    DEPOSIT_FORFEITED,
    DEPOSIT_HELD,
    DEPOSIT_REFUNDED,
    DEPOSIT_REQUESTED,
    KINDS,
    PLANNED,
    RELEASED,
    RETURNED,
    SETTLED,
    SETTLEMENT_OPENED,
    SHARED,
    DepositState,
    RefundReason,
    SettlementId,
    State,
)
from ..rules import TERMS
from . import money, numbers, order
from .dividing import Dividing, lost, overdue, settle_by
from .freezing import TOLD, Freezing
from .opened import Identities
from .reading import Fold, Said
from .tally import Tally

_DECLARED: Final = {kind.name: kind for kind in KINDS}


class Folding:
    """A fold in progress. Every finding names the entry; the first one is where to look."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.findings: list[str] = []
        self._place = ""
        self._recorded_at: datetime | None = None
        self._id = str(entries[0].get("subject")) if entries else ""
        self._terms = Reader({})
        self._as: Fold | None = None
        self._deposits: dict[str, DepositState] = {}
        self._accounts = money.Accounts(self._id)
        self._who = Identities()
        self._orders = Freezing()
        self._ending: RefundReason | None = None  # the refunds that lead to an end, once they have begun
        self._opened_at: datetime | None = None  # entries of one decision arrive together
        self._awarded_at: datetime | None = None
        self._ending_at: datetime | None = None
        self._dividing = Dividing(self._id, self._accounts)
        self._following: Reader | None = None  # the entry after the one that is being read
        for entry, following in zip_longest(entries, entries[1:]):
            self._following = Reader(following) if following is not None else None
            self._take(entry)

    def result(self) -> Fold | None:
        """Return what was folded; None before an opening."""
        told = tuple(self._deposits.items())
        return replace(self._as, deposits=told, frozen=self._orders.standing) if self._as else None

    def tally(self) -> Tally | None:
        """Return the sums of what was folded; None before an opening."""
        if self._as is None:
            return None
        amounts = {
            state: self._as.deposit_fen * sum(one is state for one in self._deposits.values()) for state in DepositState
        }
        paid = self._as.state in {State.PAID, State.SETTLED}
        return Tally(
            seller=self._as.seller,
            deposits_fen=sum(amounts.values()) - amounts[DepositState.REQUESTED] - amounts[DepositState.LAPSED],
            refunded_fen=amounts[DepositState.REFUNDED],
            applied_fen=amounts[DepositState.APPLIED],
            planned_fen=self._as.deposit_fen * (self._as.state is State.PLANNED),
            forfeited_fen=amounts[DepositState.FORFEITED],
            held_fen=amounts[DepositState.HELD],
            price_fen=(self._as.price_fen or 0) if paid else 0,
            fee_fen=self._as.fee_fen or 0,
            reward_fen=self._as.reward_fen or 0,
            seller_fen=self._as.seller_fen or 0,
        )

    def _take(self, entry: Entry) -> None:
        self._place = f"entry {entry.get('seq')} ({entry.get('kind')})"
        try:
            self._apply(Reader(entry))
        except (ValueError, OverflowError) as reason:  # unreadable, or beyond what a number or date holds
            self._find(f"cannot be read: {reason}")
        except Refusal as refusal:  # no name of an account, a year without a calendar
            self._find(f"cannot be read: {refusal.detail}")

    def _apply(self, entry: Reader) -> None:
        kind = entry.text("kind")
        for fault in (*misfits(entry, _DECLARED), *untimely(entry, self._recorded_at)):
            self._find(fault)
        self._recorded_at = entry.instant("recorded_at")
        self._expect(entry.id("subject", SettlementId) == self._id, "is about another settlement")
        said = Said(
            data=entry.inside("data"),
            opened=entry.inside("opened") if entry.has("opened") else Reader({}),
            at=entry.instant("arrived_at"),
        )
        if kind == SETTLEMENT_OPENED.name:
            self._opened(entry.text("rule"), said)
            return
        if kind in TOLD and self._as is not None:
            self._expect(entry.text("rule") == self._as.rule, f"was not decided under {self._as.rule}")
            self._expect(self._ending is None, "comes between refunds and what they lead to")
            self._report(self._orders.take(kind, self._as.state, said))
            self._as = replace(self._as, thawed_at=self._orders.thawed_at)
            self._report(self._who.act(said.opened))
            return
        handler = self._handlers().get(kind)
        if handler is None or self._as is None:
            self._find("is not something that happens to a settlement" if handler is None else "precedes the opening")
            return
        self._in_order(kind, entry.text("rule"), said)
        handler(self._as, said)
        self._add_up(kind, said)

    def _handlers(self) -> Mapping[str, Callable[[Fold, Said], None]]:
        return {
            DEPOSIT_HELD.name: self._deposit_held,
            DEPOSIT_REFUNDED.name: self._deposit_refunded,
            AWARDED.name: self._awarded,
            BALANCE_DUE.name: self._balance_due,
            BALANCE_PAID.name: self._balance_paid,
            SETTLED.name: self._settled,
            SHARED.name: self._shared,
            DEPOSIT_REQUESTED.name: self._deposit_requested,
            DEPOSIT_FORFEITED.name: self._deposit_forfeited,
            RELEASED.name: self._released,
            RETURNED.name: self._returned,
            PLANNED.name: self._planned,
        }

    def _in_order(self, kind: str, rule: str, said: Said) -> None:
        """Hold an entry's place against the state, and against the decision it should belong to."""
        assert self._as is not None
        self._expect(rule == self._as.rule, f"was not decided under {self._as.rule}")
        self._report(filter(None, [self._orders.stops(kind)]))
        self._expect(self._as.state in order.LAWFUL[kind], f"happens to a settlement that is {self._as.state}")
        if self._ending is not None:
            lawful = kind in {DEPOSIT_REFUNDED.name, order.ENDS[self._ending]}
            self._expect(lawful, f"comes between refunds for {self._ending} and what they lead to")
            self._expect(said.at == self._ending_at, "was not decided with the refunds before it")
        if kind not in order.WHILE_BIDDING:
            held = [code for code, state in self._deposits.items() if state is DepositState.HELD]
            self._expect(set(held) <= {self._as.code}, f"comes while {len(held)} deposits are held")

    def _add_up(self, kind: str, said: Said) -> None:
        """Hold the money against the deposits after every entry, and against nothing after the last."""
        assert self._as is not None
        held_fen = self._as.deposit_fen * sum(one is DepositState.HELD for one in self._deposits.values())
        self._expect(self._accounts.held_fen == held_fen, f"leaves {self._accounts.held_fen} of {held_fen} fen held")
        if self._as.state not in order.FINAL:
            return
        if kind in {SETTLED.name, SHARED.name}:
            self._report(self._dividing.left_behind(self._as, said))
            return
        left = self._accounts.standing()
        if kind == PLANNED.name:  # the plan tells where it went
            let_go = left.pop(money.let_go(self._id, self._as.code or "", trial=said.data.flag("trial")), 0)
            self._expect(let_go == self._as.deposit_fen, f"leaves {let_go} fen for the plan to take over")
        self._expect(not left, f"leaves money behind: {left}")

    def _opened(self, rule: str, said: Said) -> None:
        if self._as is not None:
            self._find("opens the settlement again")
            return
        self._terms, quoted = said.data.inside("terms"), said.data.inside("terms").written
        self._as = Fold(
            state=State.BIDDING,
            deal=said.data.text("deal"),
            seller=said.data.id("seller", OrganisationId),
            rule=rule,
            deposits=(),
            deposit_fen=said.data.fen("deposit_fen"),
        )
        self._opened_at = said.at
        day, published = local_date(said.at), TERMS.get(rule)
        self._expect(published, f"is settled under {rule}, which was never published")
        self._expect(published is None or quoted == published.to_json(), f"misquotes {rule}")
        newest = max((one.effective_from for one in TERMS.values() if one.effective_from <= day), default=None)
        in_force = published is None or published.effective_from == newest
        self._expect(in_force, f"is settled under {rule}, which was not in force")
        self._expect(self._as.deposit_fen > 0, "asks for no deposit")

    def _deposit_requested(self, now: Fold, said: Said) -> None:
        code = said.data.text("code")
        self._expect(code not in self._deposits, f"asks for a deposit of {code}, who was there before")
        self._expect(self._deposits or said.at == self._opened_at, "was not decided with the opening")
        self._expect(said.data.fen("amount_fen") == now.deposit_fen, f"should ask for {now.deposit_fen} fen")
        self._deposits[code] = DepositState.REQUESTED
        self._report(self._who.asking(code, said.opened))

    def _deposit_held(self, now: Fold, said: Said) -> None:
        code = said.data.text("code")
        asked = self._deposits.get(code) is DepositState.REQUESTED
        self._expect(asked or code not in self._deposits, f"holds the deposit of {code} a second time")
        self._expect(self._deposits or said.at == self._opened_at, "was not decided with the opening")
        self._expect(said.data.fen("amount_fen") == now.deposit_fen, f"should hold {now.deposit_fen} fen")
        self._moves(said, money.holding(self._id, code, now.deposit_fen))
        self._deposits[code] = DepositState.HELD
        self._report(self._who.asked(code, said.opened) if asked else self._who.newcomer(code, said.opened))

    def _deposit_refunded(self, now: Fold, said: Said) -> None:
        code, reason = said.data.text("code"), RefundReason(said.data.text("reason"))
        self._turn(code, DepositState.REFUNDED)
        self._expect(said.data.fen("amount_fen") == now.deposit_fen, f"should refund {now.deposit_fen} fen")
        winner = code == now.code
        due = RefundReason.UNSOLD if now.state is State.BIDDING else RefundReason.SELLER_DEFAULT
        due = due if winner or now.state is State.BIDDING else RefundReason.OUTBID
        self._expect(reason is due, f"should give the reason {due}")
        if due is RefundReason.OUTBID:
            self._expect(said.at == self._awarded_at, "was not decided with the award")
        else:
            self._ending_at = self._ending_at if self._ending else said.at
            self._ending = due
        self._moves(said, money.refunding(self._id, code, now.deposit_fen))
        self._report(self._who.known(code, said.opened, "payer"))

    def _awarded(self, now: Fold, said: Said) -> None:
        code, price_fen = said.data.text("code"), said.data.fen("price_fen")
        least_bp = said.data.number("reward_min_bp")
        self._expect(self._deposits.get(code) is DepositState.HELD, f"awards to {code}, who holds no deposit")
        self._expect(price_fen > now.deposit_fen, "awards for no more than the deposit")
        self._expect(said.data.fen("balance_fen") == price_fen - now.deposit_fen, "misstates the balance")
        lawful = least_bp in {0, self._terms.number("reward_min_bp")}
        self._expect(lawful, f"sets the least reward at {least_bp} basis points")
        self._report(self._who.known(code, said.opened, "buyer"))
        self._awarded_at = said.at
        self._lapse()
        self._as = replace(now, state=State.AWARDED, code=code, price_fen=price_fen, reward_min_bp=least_bp)

    def _balance_due(self, now: Fold, said: Said) -> None:
        effective_at, pay_by = said.data.instant("effective_at"), said.data.instant_or_none("pay_by")
        # not held against the arrival that caused it: the later of two signatures may have been decided first
        told = self._recorded_at is None or effective_at <= self._recorded_at
        self._expect(told, "comes before the contract takes effect")
        due = due_by(pay_by, effective_at, self._terms.number("pay_within_days"))
        self._expect(tells(pay_by, due, effective_at), f"should ask for the balance by {text_of(due)}")
        self._expect(said.data.fen("balance_fen") == now.balance_fen, f"should ask for {now.balance_fen} fen")
        self._as = replace(
            now,
            state=State.DUE,
            contract=said.data.text("contract"),
            effective_at=effective_at,
            pay_by=pay_by or due,
        )

    def _balance_paid(self, now: Fold, said: Said) -> None:
        code = now.code or ""
        stated = tuple(said.data.fen(name) for name in ("amount_fen", "applied_fen", "price_fen"))
        due = (now.balance_fen, now.deposit_fen, now.price_fen)
        self._expect(stated == due, f"should take {due[0]} fen and {due[1]} held, together {due[2]}")
        self._turn(code, DepositState.APPLIED)
        self._moves(said, money.paying(self._id, code, now.deposit_fen, now.balance_fen))
        self._report(self._who.known(code, said.opened, "payer"))
        self._report(self._who.fresh_reference(said.opened))
        self._as = replace(now, state=State.PAID, paid_at=said.at, settle_by=settle_by(said.at))

    def _planned(self, now: Fold, said: Said) -> None:
        code = now.code or ""
        told = (said.data.text("code"), said.data.fen("applied_fen"), said.data.fen("price_fen"))
        self._expect(
            told == (code, now.deposit_fen, now.price_fen),
            f"should leave {now.deposit_fen} fen of {code} to a plan",
        )
        self._turn(code, DepositState.APPLIED)
        self._moves(said, money.letting_go(self._id, code, now.deposit_fen, trial=said.data.flag("trial")))
        self._report(self._who.act(said.opened, of=self._who.behind(code)))
        self._as = replace(now, state=State.PLANNED)

    def _settled(self, now: Fold, said: Said) -> None:
        self._as, faults = self._dividing.settled(now, said, self._terms, self._following)
        self._report(faults)

    def _shared(self, now: Fold, said: Said) -> None:
        self._as, faults = self._dividing.shared(now, said, self._who.behind(now.code or ""))
        self._report(faults)

    def _deposit_forfeited(self, now: Fold, said: Said) -> None:
        code = said.data.text("code")
        self._expect(code == now.code, f"takes the deposit of {code}, who did not win")
        over = now.state is not State.DUE or overdue(now, said.at)
        self._expect(over, "declares a default before the term is over")
        self._turn(code, DepositState.FORFEITED)
        parts = lost(now, said.at, numbers.fee(self._terms, now.price_fen or 0))
        due = {"amount": now.deposit_fen} | parts
        for name, fen in due.items():
            self._expect(said.data.fen(f"{name}_fen") == fen, f"should state {fen} fen as {name}")
        self._moves(said, money.forfeiting(self._id, code, list(parts.items())))
        self._report(self._who.known(code, said.opened, "payer"))
        self._report(self._who.act(said.opened))
        self._as = replace(now, state=State.FORFEITED, fee_fen=parts["fee"], seller_fen=parts["seller"])

    def _released(self, now: Fold, said: Said) -> None:
        held = sum(state is DepositState.HELD for state in self._deposits.values())
        self._expect(not held, f"comes while {held} deposits are held")
        self._lapse()
        refunded = sum(state is DepositState.REFUNDED for state in self._deposits.values())
        self._expect(said.data.number("refunded") == refunded, f"should count {refunded} refunds")
        self._ending, self._as = None, replace(now, state=State.RELEASED)

    def _returned(self, now: Fold, said: Said) -> None:
        back = self._deposits.get(now.code or "") is DepositState.REFUNDED
        self._expect(back and said.data.text("code") == now.code, f"follows no refund to {now.code}")
        self._ending, self._as = None, replace(now, state=State.RETURNED)

    def _lapse(self) -> None:
        """Wait no longer for what was asked for and has not come when bidding is over."""
        waiting = [code for code, state in self._deposits.items() if state is DepositState.REQUESTED]
        self._deposits |= dict.fromkeys(waiting, DepositState.LAPSED)

    def _turn(self, code: str, into: DepositState) -> None:
        """Follow a deposit out of custody; it leaves once."""
        before = self._deposits.get(code)
        self._expect(before is DepositState.HELD, f"turns a deposit of {code} that is {before or 'nowhere'}")
        if before is not None:
            self._deposits[code] = into

    def _moves(self, said: Said, due: list[money.Moved]) -> None:
        self._report(self._accounts.made(said, due))

    def _report(self, faults: Iterable[str]) -> None:
        for fault in faults:
            self._find(fault)

    def _expect(self, holds: object, otherwise: str) -> None:
        if not holds:
            self._find(otherwise)

    def _find(self, what: str) -> None:
        self.findings.append(f"{self._place} {what}")
