"""Build valid contracts; a test overrides only what it is about.

The usual contract is awarded on Monday 2026-03-02 at 09:00 in China for 1,000.00, of which 800.00 is for technology. It
must be written before the end of Monday the 9th, and signed as soon or within three working days of the writing; it
takes effect on Tuesday the 3rd at 10:00.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from exchange.auctions.model import LotId
from exchange.contracts.checks import ContractFold
from exchange.contracts.model import (
    Contract,
    ContractId,
    ContractType,
    Decision,
    Fault,
    Open,
    Part,
    PartKind,
    Party,
    Sign,
    State,
    Write,
)
from exchange.contracts.rules import agreements as rules
from ledger.kernel import instant
from ledger.kernel.cause import TIME, Actor, Cause
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.money import Fen

INSTANT = timedelta(microseconds=1)
AWARDED_AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
EFFECTIVE_AT = datetime(2026, 3, 3, 2, tzinfo=UTC)
SIGN_BY = datetime(2026, 3, 9, 16, tzinfo=UTC)
ANSWER_BY = datetime(2026, 3, 12, 16, tzinfo=UTC)  # of terms written on the 9th
LAPSES_AT = SIGN_BY + timedelta(minutes=1)
REGISTER_BY = datetime(2026, 3, 24, 16, tzinfo=UTC)
REGISTERED_AT = datetime(2026, 3, 5, 3, tzinfo=UTC)

CONTRACT = ContractId.from_number(1)
LOT = LotId.from_number(2)
LISTING = "lst_" + "3" * 26
SELLER, BUYER, OFFICE, STRANGER = (OrganisationId.from_number(number) for number in (11, 12, 13, 14))
READ_ALL, REGISTER, CASH = "deals.read_all", "contracts.register", "payments.record"
PRICE = Fen(100_000)
SHA256 = "d" * 64


def part(amount_fen: int = 100_000, kind: PartKind = PartKind.TECHNOLOGY, name: str = "专利权") -> Part:
    return Part(kind=kind, name=name, amount_fen=Fen(amount_fen))


PARTS = (part(80_000), part(20_000, PartKind.EQUIPMENT, "试验设备"))


def cause(organisation: OrganisationId = SELLER, at: datetime = EFFECTIVE_AT, *capabilities: str) -> Cause:
    person = PersonId.from_number(int(organisation[-2:], 36))
    return Cause(
        actor=Actor(organisation=organisation, person=person, capabilities=frozenset(capabilities)),
        at=at,
        request_id="r",
    )


def officer(at: datetime = REGISTERED_AT) -> Cause:
    return cause(OFFICE, at, READ_ALL, REGISTER, CASH)


def clock(at: datetime = LAPSES_AT) -> Cause:
    return Cause(actor=TIME, at=at, request_id="tick")


def acted(by: Cause) -> dict[str, str | None]:
    """The sealed `by` of what a cause asks for."""
    return {"organisation": by.actor.organisation, "person": by.actor.person}


def opening(**changes: Any) -> Open:
    usual = Open(id=CONTRACT, lot=LOT, listing=LISTING, seller=SELLER, buyer=BUYER, price_fen=PRICE, region="1502")
    return replace(usual, **changes)


def terms(**changes: Any) -> Write:
    usual = Write(type=ContractType.TRANSFER, parts=PARTS, document_sha256=SHA256)
    return replace(usual, **changes)


def contract(state: State = State.AWARDED, *, signed: Iterable[Party] = (), **changes: Any) -> Contract:
    """A contract as its life would have left it in a state; `signed` says who has signed an offered one."""
    made = Contract(
        id=CONTRACT,
        lot=LOT,
        listing=LISTING,
        seller=SELLER,
        buyer=BUYER,
        price_fen=PRICE,
        rules=rules.CONTRACT_2026,
        region="1502",
        state=state,
        awarded_at=AWARDED_AT,
        sign_by=SIGN_BY,
    )
    if state is not State.AWARDED:
        made = replace(made, type=ContractType.TRANSFER, parts=PARTS, document_sha256=SHA256)
    if state in {State.EFFECTIVE, State.REGISTERED, State.RESCINDED}:
        made = replace(made, effective_at=EFFECTIVE_AT, register_by=REGISTER_BY)
        signed = tuple(Party)
    if state is State.REGISTERED:
        made = replace(made, number="2026150201000007", registered_at=REGISTERED_AT)
    fault = {State.LAPSED: Fault.SELLER, State.RESCINDED: Fault.BUYER}.get(state)
    by_seller, by_buyer = (EFFECTIVE_AT if party in set(signed) else None for party in Party)
    return replace(made, signed_at=(by_seller, by_buyer), fault=fault, **changes)


def signature(of: Contract | None = None) -> Sign:
    """A signature of the terms as they stand."""
    return Sign(terms_sha256=(of or contract(State.OFFERED)).terms_sha256 or SHA256)


def amounts_to(one: Contract) -> ContractFold:
    """What the contract's entries should amount to, where they are written by its own rules."""
    signed = {party.value: at for party, at in zip(Party, one.signed_at, strict=True) if at}
    return ContractFold(
        id=one.id,
        lot=one.lot,
        listing=one.listing,
        seller=one.seller,
        price_fen=one.price_fen,
        region=one.region,
        rule=one.rules.ref,
        sign_by=one.sign_by,
        state=one.state,
        type=one.type,
        total_fen=one.total_fen,
        technical_fen=one.technical_fen,
        document_sha256=one.document_sha256,
        terms_sha256=one.terms_sha256,
        signed_at=signed,
        effective_at=one.effective_at,
        register_by=one.register_by,
        number=one.number,
        registered_at=one.registered_at,
        fault=one.fault,
        stayed_at=one.stayed_at,
        resumed_at=one.resumed_at,
    )


class Record:
    """The entries that decisions would leave behind, as an auditor reads them."""

    def __init__(self, *, opened: bool = True) -> None:
        self.opened = opened
        self.entries: list[dict[str, Any]] = []

    def take(self, decision: Decision, at: datetime) -> Contract:
        """Write what was decided, each entry recorded no sooner than the one before, and return the contract."""
        before = self.entries[-1]["recorded_at"] if self.entries else ""
        for event in decision.events:
            self.entries.append(
                {
                    "v": 1,
                    "kind": event.kind,
                    "subject": event.subject,
                    "seq": len(self.entries),
                    "arrived_at": instant.render(at),
                    "recorded_at": max(before, instant.render(at)),
                    "rule": event.rule,
                    "data": dict(event.data),
                    "sealed": dict.fromkeys(event.sealed, "0" * 64),
                }
                | ({"opened": dict(event.sealed)} if self.opened else {})
            )
        return decision.contract
