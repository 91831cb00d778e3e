"""How a scored lot stands: every total reckoned anew from the sheets and the prices that the record publishes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import ClassVar, Final

from ledger.audit.reading import Reader

from ..model import BIDDER_SCORED, PANEL_NAMED, Form, Scoring
from .reading import Offer, Said
from .standing import Standing

WHOLE: Final = 10_000


@dataclass(slots=True)
class Scored(Standing):
    """Who leads by total; the panel, where it has been opened.

    `sheets` are what it gave: code -> panellist -> criterion -> score.
    """

    needs: ClassVar[type[Form] | type[None]] = Scoring

    panel: tuple[str, ...] | None = None
    named: bool = False
    admitted: dict[str, datetime] = field(default_factory=dict)
    sheets: dict[str, dict[int, dict[str, int]]] = field(default_factory=dict)
    stood_by: dict[str, int] = field(default_factory=dict)  # code -> its last accepted price

    def amiss(self) -> Iterator[str]:
        """Say what is wrong with the terms of the format, by the numbers of the profile."""
        form = self._form()
        weights = [form.price_weight_bp, *(one.weight_bp for one in form.criteria)]
        if sum(weights) != WHOLE or min(weights) <= 0:
            yield "has weights that do not add up to the whole"
        if len({one.name for one in form.criteria}) != len(form.criteria):
            yield "names a criterion twice"
        if form.benchmark_fen <= 0:
            yield "has a benchmark that is no price"
        if form.price_weight_bp < self.terms.number("price_weight_min_bp"):
            yield "gives the price too little weight"
        if form.panellists < self.terms.number("panel_min") or form.panellists % 2 == 0:
            yield "has too few panellists, or an even number of them"

    def admit(self, code: str, at: datetime) -> None:
        """Take that a bidder's deposit was confirmed."""
        self.admitted[code] = at

    def tell(self, said: Said) -> Iterator[str]:
        """Take the panel, and what a panellist gave."""
        if said.kind == PANEL_NAMED.name:
            yield from self._named(said)
        elif said.kind == BIDDER_SCORED.name:
            yield from self._scored(said)
        else:
            yield from Standing.tell(self, said)

    def deserves(self, offer: Offer) -> set[str | None]:
        """Return what a bid deserves: acceptance where its total beats the leader's by the increment."""
        least = self._least(offer.code)
        if offer.amount_fen is None or offer.amount_fen < self.terms.start_fen:
            return {"auctions/below-start"}
        if offer.amount_fen < least:
            return {"auctions/below-leading-total"}
        again = self.leader is not None and self.leader.code == offer.code
        return {"auctions/already-leading" if again and not self.terms.profile.flag("leader_may_raise") else None}

    def newcomer(self, offer: Offer) -> Iterator[str]:
        """Say what is wrong with hearing this bid at all."""
        if len(self.sheets.get(offer.code, {})) != self._form().panellists:
            yield f"hears {offer.code}, whom not all of the panel have scored"

    def accept(self, offer: Offer, data: Reader) -> Iterator[str]:
        """Take an accepted bid."""
        yield from Standing.accept(self, offer, data)
        if offer.amount_fen is not None:
            self.stood_by[offer.code] = offer.amount_fen

    def total(self, code: str, price_fen: int) -> Fraction:
        """Return a total, in points, as the formula has it."""
        form, given = self._formula(), self.sheets.get(code, {}).values()
        price = Fraction(form.price_weight_bp, WHOLE) * 100 * Fraction(price_fen, form.benchmark_fen)
        means = {
            one.name: Fraction(sum(sheet.get(one.name, 0) for sheet in given), form.panellists) for one in form.criteria
        }
        return price + sum((Fraction(one.weight_bp, WHOLE) * means[one.name] for one in form.criteria), Fraction(0))

    def _least(self, code: str) -> int:
        if self.leader is None or self.price_fen is None:
            return self.terms.start_fen
        form = self._formula()
        a_fen = Fraction(form.price_weight_bp, WHOLE) * 100 / form.benchmark_fen
        tie = ceil((self.total(self.leader.code, self.price_fen) - self.total(code, 0)) / a_fen)
        step = self.terms.above(max(tie, 0)) - max(tie, 0)
        return max(self.terms.start_fen, tie + step)

    def _named(self, said: Said) -> Iterator[str]:
        if self.named or self.form is None or self.admitted:
            yield "names a panel out of its turn"
        self.named = True
        if self.form is not None and said.data.number("panellists") != self._form().panellists:
            yield "names another number of panellists than the terms do"
        if said.opened.has("panel"):
            panel = said.opened.written["panel"]
            self.panel = tuple(map(str, panel)) if isinstance(panel, list | tuple) else ()
            if not len(set(self.panel)) == len(self.panel) == said.data.number("panellists"):
                yield "names a panellist twice, or not all of them"

    def _scored(self, said: Said) -> Iterator[str]:
        form, code, panellist = self._form(), said.data.text("code"), said.data.number("panellist")
        written = said.data.inside("scores")
        scores = {name: written.number(name) for name in written.written}
        if not self.named:
            yield "comes before the panel was named"
        if not 1 <= panellist <= form.panellists:
            yield f"is of no panellist: {panellist}"
        if code not in self.admitted:
            yield f"scores {code}, who has paid no deposit"
        elif said.at >= self._due(code):
            yield f"scores {code} too late"
        if panellist in self.sheets.get(code, {}):
            yield f"scores {code} a second time for panellist {panellist}"
        if code in self.stood_by:
            yield f"scores {code} after it has bid"
        if set(scores) != {one.name for one in form.criteria} or not all(0 <= one <= 100 for one in scores.values()):
            yield "gives other scores than 0 to 100 for each criterion"
        yield from self._by_whom(said, panellist)
        self.sheets.setdefault(code, {})[panellist] = scores

    def _by_whom(self, said: Said, panellist: int) -> Iterator[str]:
        """Hold an opened `by` against the panel, and against those who must have no interest."""
        if not said.opened.has("by"):
            return
        by = said.opened.inside("by")
        seat = self.panel[panellist - 1 : panellist] if self.panel is not None else None
        if seat is not None and seat != (by.text_or_none("person"),):
            yield f"was not panellist {panellist}'s act"
        organisation = by.text("organisation")
        if organisation == self.terms.seller:
            yield "was the seller's act"
        elif self.terms.excluded and organisation not in self.terms.excluded:
            yield "was the act of one whose organisation may bid"

    def _due(self, code: str) -> datetime:
        given, since = timedelta(seconds=self.terms.number("scoring_s")), self.admitted[code]
        held = [until - max(begun, since) for begun, until in self.halts if until > since]
        return max(self.terms.opens_at, since + given + sum(held, timedelta(0)))

    def _form(self) -> Scoring:
        if not isinstance(self.form, Scoring):
            raise ValueError("the terms of the format are missing")
        return self.form

    def _formula(self) -> Scoring:
        """Return terms that totals can be reckoned by; what is amiss with others has been said."""
        form = self._form()
        if min(form.benchmark_fen, form.price_weight_bp, form.panellists) <= 0:
            raise ValueError("by these terms there are no totals")
        return form
