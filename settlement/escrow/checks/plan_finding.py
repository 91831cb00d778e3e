"""What every step of a plan's fold needs: its findings, its accounts, who stands behind it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ledger.audit.reading import Reader
from ledger.kernel.cause import TIME
from ledger.kernel.ids import OrganisationId

from ..model import (
    OUTCOME_OFFERED,
    PART_DISPUTED,
    PART_DIVIDED,
    PLAN_AGREED,
    PLAN_PROPOSED,
    PLAN_WITHDRAWN,
    RELEASE_PROPOSED,
    TRIAL_BEGUN,
    TRIAL_DECLINED,
    Outcome,
)
from . import plan_money, plan_order
from .opened import brokered_by
from .plan_reading import Part, PlanFold
from .reading import Said

_SELLERS: Final = frozenset({PLAN_PROPOSED.name, PLAN_WITHDRAWN.name, PART_DIVIDED.name})
_BUYERS: Final = frozenset({TRIAL_BEGUN.name, PLAN_AGREED.name})
_PARTIES: Final = frozenset({RELEASE_PROPOSED.name, PART_DISPUTED.name, OUTCOME_OFFERED.name})


class PlanFinding:
    """A fold's memory and its tongue. Every finding names the entry; the first one is where to look."""

    def __init__(self, plan: str) -> None:
        self.findings: list[str] = []
        self.as_it_is: PlanFold | None = None
        self._place = ""
        self._recorded_at: datetime | None = None
        self._id = plan
        self._accounts = plan_money.PlanAccounts(plan)
        self._buyer: str | None = None
        self._proposer: str | None = None
        self._resolved: tuple[int, Outcome] | None = None
        self._offers: dict[int, tuple[str | None, Outcome]] = {}
        self._weights: list[tuple[int, int]] = []
        self._owners: list[tuple[str, int]] = []

    def close(self) -> list[str]:
        """Return every finding, and whether the last entry leaves undone what belongs to it."""
        owed = plan_order.at_once(self.as_it_is, self._resolved) if self.as_it_is else None
        if owed is not None:
            self._find(f"is followed by no {plan_order.named(owed)}")
        return self.findings

    def _behind(self, now: PlanFold, entry: Reader) -> None:
        """Hold an entry against what the one before it has to be followed by."""
        owed = plan_order.at_once(now, self._resolved)
        if owed is not None:
            number = entry.inside("data").written.get("part")
            told = (entry.text("kind"), number if owed[1] is not None else None)
            self._expect(told in (owed, plan_order.instead(owed)), f"comes before {plan_order.named(owed)}")

    def _read_sharing(self, now: PlanFold, said: Said) -> None:
        self._weights, self._owners = [], []
        if not said.opened.has("sharing"):
            return
        sharing = said.opened.inside("sharing")
        broker = sharing.inside("broker").number("commission_bp") if sharing.written.get("broker") else 0
        self._expect(not brokered_by(sharing, {now.seller, self._buyer}), "has a party of the sale for its broker")
        self._owners = [(one.text("organisation"), one.number("share_bp")) for one in sharing.each("owners")]
        self._weights = [(one.number("inventor"), one.number("weight")) for one in sharing.each("inventors")]
        self._expect(
            sum(share for _, share in self._owners) == 10_000, "does not share among the holders what is a whole"
        )
        self._expect(sharing.number("reward_bp") == now.reward_bp, "seals another share of the inventors")
        self._expect(broker == now.commission_bp, "seals another commission of the broker")

    def _who(self, kind: str, now: PlanFold, said: Said) -> None:
        """Hold opened actors against whose it was to ask."""
        for name in ("buyer", "payer"):
            if said.opened.has(name):
                known = self._buyer
                self._buyer = said.opened.id(name, OrganisationId)
                self._expect(known in {None, self._buyer}, "puts a second buyer into the plan")
        if not said.opened.has("by"):
            return
        by = said.opened.inside("by").text("organisation")
        if kind == PART_DIVIDED.name and by == TIME.organisation:
            return  # the division itself is held against that
        if kind in _SELLERS:
            self._expect(by == now.seller, "was another organisation's act")
        if kind in _BUYERS:
            self._expect(self._buyer in {None, by}, "was another organisation's act")
        if kind in _PARTIES:
            self._expect(self._buyer is None or by in {self._buyer, now.seller}, "was another organisation's act")
        if kind == TRIAL_DECLINED.name:
            self._expect(by == TIME.organisation or self._buyer in {None, by}, "was another organisation's act")

    def _same_terms(self, now: PlanFold, said: Said) -> None:
        self._expect(said.data.text("terms_sha256") == now.terms_sha256, "is about other terms")

    def _part(self, now: PlanFold, said: Said) -> Part:
        number = said.data.number("part")
        if not 1 <= number <= len(now.parts):
            raise ValueError(f"there is no part {number}")
        return now.parts[number - 1]

    def _moves(self, said: Said, due: list[plan_money.Moved]) -> None:
        told = plan_money.moved(said.data.each("transfers"))
        self._report(self._accounts.take(told))
        for one, other in zip(told, due, strict=False):
            self._expect(one == other, f"should {other.kind} {other.amount_fen} fen from {other.debit}: {other.id}")
        self._expect(len(told) == len(due), f"should make {len(due)} transfers")

    def _report(self, faults: Iterable[str]) -> None:
        for fault in faults:
            self._find(fault)

    def _expect(self, holds: object, otherwise: str) -> None:
        if not holds:
            self._find(otherwise)

    def _find(self, what: str) -> None:
        self.findings.append(f"{self._place} {what}")
