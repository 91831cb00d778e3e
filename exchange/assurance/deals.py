"""Deals as their lots, listings, contracts and settlements tell of them, held against each other."""

from collections.abc import Iterator
from typing import Final

from ledger.audit.report import Finding

from .facts import Contract, Facts, Lot, Plan, Settlement

ENDS: Final = {"buyer": "forfeited", "seller": "returned", "nobody": "declined"}
"""What becomes of the winner's deposit when a sale falls through, by whose fault."""
UNSOLD: Final = frozenset({"unsold", "withdrawn", "licensed"})
"""What ends a lot without an award: nobody's deposit is kept. Of several licences no deal is held here yet."""


class Deals:
    """The deals of a log. `began_at` is where it began to keep money; before, a lot has neither escrow nor contract."""

    def __init__(self, facts: Facts, began_at: int | None) -> None:
        self._facts = facts
        self._began_at = began_at
        self._contracts: dict[str, Contract] = {}  # by lot, the first
        self._settlements: dict[str, Settlement] = {}
        self._doubles: list[Finding] = []
        numbers: dict[str, str] = {}
        for contract in sorted(facts.contracts.values(), key=lambda one: one.index):
            if (first := self._contracts.setdefault(contract.lot, contract)) is not contract:
                self._double(contract.id, f"is of {contract.lot}, as {first.id} is", contract.index)
            if contract.number is None or contract.registered is None:
                continue
            if (known := numbers.setdefault(contract.number, contract.id)) != contract.id:
                self._double(contract.id, f"is registered under the number of {known}", contract.registered.index)
        for settlement in sorted(facts.settlements.values(), key=lambda one: one.index):
            if (earlier := self._settlements.setdefault(settlement.deal, settlement)) is not settlement:
                self._double(settlement.id, f"is of {settlement.deal}, as {earlier.id} is", settlement.index)

    def settlement_of(self, contract: Contract) -> Settlement | None:
        """Return the settlement of a contract's lot."""
        return self._settlements.get(contract.lot)

    def settlement_of_lot(self, lot: str) -> Settlement | None:
        """Return the settlement of a lot."""
        return self._settlements.get(lot)

    def findings(self) -> Iterator[Finding]:
        """Yield what does not fit."""
        yield from self._doubles
        for contract in self._facts.contracts.values():
            yield from self._contract(contract)
        for settlement in self._facts.settlements.values():
            yield from self._settlement(settlement)
        for plan in self._facts.plans.values():
            yield from self._plan(plan)
        for lot in self._facts.lots.values():
            yield from self._lot(lot)
            yield from self._sale(lot)

    def _double(self, subject: str, what: str, index: int) -> None:
        self._doubles.append(Finding(f"{subject}: {what}", index))

    def _contract(self, one: Contract) -> Iterator[Finding]:
        lot = self._facts.lots.get(one.lot)
        if lot is None or lot.end != "sold":
            yield Finding(f"{one.id}: is of {one.lot}, which was not sold", one.index)
            return
        told = (one.price_fen, one.seller, one.listing)
        if told != (lot.price_fen, lot.seller, lot.listing):
            yield Finding(f"{one.id}: has not the price, the seller and the listing of {lot.id}", one.index)
        if one.buyer is not None and lot.buyer is not None and one.buyer != lot.buyer:
            yield Finding(f"{one.id}: is with another buyer than {lot.id} was sold to", one.index)
        listing = self._facts.listings.get(one.listing)
        unawarded = (
            listing is not None and one.lot not in listing.awards
        )  # a burden may keep the award, not the signing
        if listing is None or (one.effective is not None and unawarded):
            yield Finding(f"{one.id}: is of {one.listing}, which was not awarded to {one.lot}", one.index)
        elif listing.region not in {None, one.region}:
            yield Finding(f"{one.id}: is of another place than {one.listing}", one.index)
        if one.ended and lot.fault != one.fault:
            yield Finding(f"{one.id}: is {one.ended} by fault of the {one.fault}, unlike {lot.id}", one.end_index)
        if one.effective is not None and self._has_money(lot):
            settlement = self._settlements.get(lot.id)
            if settlement is None or settlement.contract != one.id:
                yield Finding(f"{one.id}: took effect, and no balance fell due for it", one.effective.index)

    def _settlement(self, one: Settlement) -> Iterator[Finding]:
        lot = self._facts.lots.get(one.deal)
        if lot is None:
            yield Finding(f"{one.id}: is of {one.deal}, which is no lot that was announced", one.index)
            return
        if one.seller != lot.seller:
            yield Finding(f"{one.id}: has another seller than {lot.id}", one.index)
        if one.deposit_fen != lot.deposit_fen:
            yield Finding(f"{one.id}: asks for {one.deposit_fen} fen, {lot.id} for {lot.deposit_fen} fen", one.index)
        yield from self._deposits(one, lot)
        yield from self._award(one, lot)
        yield from self._balance(one)
        if one.end == "released" and lot.end not in UNSOLD and not (lot.listing is None and lot.end == "sold"):
            yield Finding(f"{one.id}: is released, and {lot.id} was neither unsold nor withdrawn", one.end_index)
        yield from self._left_to_a_plan(one)
        end = self._end(one)
        if end in ENDS.values() and (lot.fault is None or ENDS.get(lot.fault) != end):
            yield Finding(f"{one.id}: is {end}, and the sale of {lot.id} did not so fall through", one.end_index)

    def _left_to_a_plan(self, one: Settlement) -> Iterator[Finding]:
        plan = self._facts.plans.get(one.plan or "")
        if one.plan is None:
            return
        if plan is None or plan.settlement != one.id or plan.begun_index < one.end_index:
            yield Finding(f"{one.id}: is left to {one.plan}, which did not take it over", one.end_index)
            return
        if (plan.seller, plan.price_fen, plan.deposit_fen) != (one.seller, one.price_fen, one.deposit_fen):
            yield Finding(f"{plan.id}: has not the seller, the price and the deposit of {one.id}", plan.index)
        if plan.deal != one.deal:
            yield Finding(f"{plan.id}: is of another deal than {one.id}", plan.index)
        if None not in {plan.buyer, one.buyer} and plan.buyer != one.buyer:
            yield Finding(f"{plan.id}: is with another buyer than {one.id}", plan.index)
        if plan.reward_min_bp != one.reward_min_bp:
            yield Finding(f"{plan.id}: owes the inventors another least share than {one.id}", plan.index)

    def _end(self, one: Settlement) -> str:
        """Say how a settlement ended; of one that was left to a plan, whether what was tried was declined."""
        plan = self._facts.plans.get(one.plan or "")
        return "declined" if plan is not None and plan.declined_index >= 0 else one.end

    def _plan(self, plan: Plan) -> Iterator[Finding]:
        settlement = self._facts.settlements.get(plan.settlement)
        if plan.begun_index >= 0 and (settlement is None or settlement.plan != plan.id):
            yield Finding(f"{plan.id}: takes over {plan.settlement}, which was not left to it", plan.begun_index)

    def _deposits(self, one: Settlement, lot: Lot) -> Iterator[Finding]:
        for code, held in one.deposits.items():
            confirmed = lot.deposits.get(code)
            if confirmed is None:
                yield Finding(f"{one.id}: holds a deposit of {code}, which {lot.id} never confirmed", held.index)
                continue
            if held.amount_fen != lot.deposit_fen:
                yield Finding(f"{one.id}: holds another amount of {code} than {lot.id} asks for", held.index)
            told = ((held.bidder, confirmed.bidder), (held.reference, confirmed.reference))
            if any(None not in pair and pair[0] != pair[1] for pair in told):
                yield Finding(f"{one.id}: holds of {code} another payment than {lot.id} confirmed", held.index)

    def _award(self, one: Settlement, lot: Lot) -> Iterator[Finding]:
        if one.code is None:
            return
        if lot.end != "sold" or (one.code, one.price_fen) != (lot.code, lot.price_fen):
            yield Finding(f"{one.id}: is awarded otherwise than {lot.id} was sold", one.award_index)
        if one.buyer is not None and lot.buyer is not None and one.buyer != lot.buyer:
            yield Finding(f"{one.id}: is awarded to another buyer than {lot.id} was sold to", one.award_index)

    def _balance(self, one: Settlement) -> Iterator[Finding]:
        if one.contract is None:
            return
        contract = self._facts.contracts.get(one.contract)
        if contract is None or contract.lot != one.deal:
            yield Finding(f"{one.id}: falls due by {one.contract}, which is no contract of {one.deal}", one.due_index)
        elif contract.effective_at != one.effective_at:
            yield Finding(f"{one.id}: falls due by another hour than {contract.id} took effect at", one.due_index)
        elif one.paid is not None and contract.ended:
            yield Finding(f"{one.id}: is paid, and {contract.id} is {contract.ended}", one.paid.index)

    def _lot(self, lot: Lot) -> Iterator[Finding]:
        """Hold what a lot must have in escrow against what it has."""
        settlement = self._settlements.get(lot.id)
        for code, confirmed in lot.deposits.items():
            known = settlement is not None and code in settlement.deposits
            if not known and self._began_at is not None and confirmed.index > self._began_at:
                yield Finding(f"{lot.id}: confirmed a deposit of {code}, which nobody holds", confirmed.index)
        if settlement is None:
            return
        if lot.listing is None:
            if lot.end and settlement.end != "released":
                yield Finding(
                    f"{lot.id}: is {lot.end} on no listing, and {settlement.id} is not released", lot.end_index
                )
            return
        if lot.end == "sold" and settlement.code is None:
            yield Finding(f"{lot.id}: was sold, and {settlement.id} is not awarded", lot.end_index)
        if lot.end in UNSOLD and settlement.end != "released":
            yield Finding(f"{lot.id}: is {lot.end}, and {settlement.id} is not released", lot.end_index)
        if lot.fault is not None and self._end(settlement) != ENDS.get(lot.fault):
            yield Finding(f"{lot.id}: fell through, and {settlement.id} is not {ENDS.get(lot.fault)}", lot.fell_index)

    def _sale(self, lot: Lot) -> Iterator[Finding]:
        """Hold a sale against its contract."""
        listing, contract = self._facts.listings.get(lot.listing or ""), self._contracts.get(lot.id)
        awarded = listing.awards.get(lot.id) if listing else None
        if awarded is not None and contract is None and self._has_money(lot):
            yield Finding(f"{lot.id}: has no contract, though {lot.listing} was awarded to it", awarded)
        if lot.fault is not None and (contract is None or not contract.ended):
            yield Finding(f"{lot.id}: fell through, and no contract of it ended", lot.fell_index)

    def _has_money(self, lot: Lot) -> bool:
        """Whether a lot is of the time in which money is kept."""
        return lot.id in self._settlements or (self._began_at is not None and lot.index > self._began_at)
