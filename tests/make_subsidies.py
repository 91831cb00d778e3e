"""Build valid facts, programmes and claims; a test overrides only what it is about.

The usual deal is of 3,000,000.00 between two verified parties of the region, which comes to 30,000.00 at one per cent.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.kernel.cause import Actor, Cause
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.money import Fen
from settlement.subsidies import rules
from settlement.subsidies.model import (
    Claim,
    ClaimDecision,
    ClaimId,
    DealFacts,
    MakeClaim,
    OpenProgramme,
    PayClaim,
    Programme,
    ProgrammeDecision,
    ProgrammeId,
    Remaining,
    TraceLine,
)
from tests.make_auctions import Record

RULE = rules.MKJ_PLATFORM_2026
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
LISTED, SIGNED, PAID, REGISTERED = NOON, NOON + 30 * DAY, NOON + 40 * DAY, NOON + 50 * DAY
CLAIMED, PAYS = NOON + 60 * DAY, NOON + 70 * DAY

PROGRAMME = ProgrammeId.from_number(1)
CLAIM = ClaimId.from_number(1)
DEPARTMENT, OTHER_DEPARTMENT, SELLER, STRANGER = (OrganisationId.from_number(number) for number in (1, 2, 11, 12))
DEAL = "ctr_00000000000000000000000001"
BUDGET = Fen(10_000_000)
AMOUNT = Fen(3_000_000)  # of the usual claim


def cause(organisation: OrganisationId = DEPARTMENT, at: datetime = NOON, *may: str) -> Cause:
    person = PersonId.from_number(7)
    actor = Actor(organisation=organisation, person=person, capabilities=frozenset(may))
    return Cause(actor=actor, at=at, request_id="r")


def officer(at: datetime = NOON, organisation: OrganisationId = DEPARTMENT) -> Cause:
    return cause(organisation, at, "subsidies.decide")


def seller(at: datetime = CLAIMED) -> Cause:
    return cause(SELLER, at, "subsidies.claim")


def facts(**changes: Any) -> DealFacts:
    usual = DealFacts(
        listed_at=LISTED,
        signed_at=SIGNED,
        registered_at=REGISTERED,
        paid_at=PAID,
        paid_fen=Fen(300_000_000),
        party_total_fen=Fen(300_000_000),
        seller_verified=True,
        buyer_verified=True,
        seller_region="1501",
        buyer_region="1502",
        equity_unrealised=False,
        sanctioned=False,
        fiscal_funded=False,
        related_parties=False,
    )
    return replace(usual, **changes)


def opening(**changes: Any) -> OpenProgramme:
    usual = OpenProgramme(id=PROGRAMME, rule=RULE.ref, budget_fen=BUDGET, reference="回单 1")
    return replace(usual, **changes)


def opened(**changes: Any) -> ProgrammeDecision:
    return rules.open_programme(opening(**changes), officer())


def programme(**changes: Any) -> Programme:
    return replace(opened().programme, **changes)


def making(*, received_fen: int = 0, id: ClaimId = CLAIM, deal: str = DEAL, **changes: Any) -> MakeClaim:
    return MakeClaim(id=id, deal=deal, seller=SELLER, facts=facts(**changes), received_fen=Fen(received_fen))


def made(*, received_fen: int = 0, id: ClaimId = CLAIM, deal: str = DEAL, **changes: Any) -> ClaimDecision:
    command = making(received_fen=received_fen, id=id, deal=deal, **changes)
    return rules.make_claim(programme(), command, seller(), live=None)


def remaining(**changes: Any) -> Remaining:
    return replace(Remaining(budget_fen=BUDGET, received_fen=Fen(0), cap_open=False), **changes)


def pay(claim: Claim, at: datetime = PAYS, **changes: Any) -> ClaimDecision:
    return rules.decide(claim, PayClaim(), officer(at), programme=programme(), remaining=remaining(**changes))


def assessed(**changes: Any) -> Claim:
    return made(**changes).claim


def refused_claim() -> Claim:
    return made(related_parties=True).claim


def paid() -> Claim:
    return pay(assessed()).claim


def fold(trace: Iterable[TraceLine]) -> int:
    """Add a trace up again: each line begins where the one before it ended."""
    amount = 0
    for line in trace:
        assert line.before_fen == amount or (line.step == "base" and line.before_fen == 0)
        amount += line.after_fen - line.before_fen
    return amount


def programme_entries(*, opened_values: bool = True, **changes: Any) -> list[dict[str, Any]]:
    """The entries of a programme, as an auditor reads them."""
    record = Record(opened=opened_values)
    record.write(opened(**changes).events, NOON)
    return record.entries


def claim_entries(
    *, opened_values: bool = True, pays: dict[str, Any] | None = None, **changes: Any
) -> list[dict[str, Any]]:
    """The entries of a claim; with `pays`, of one that is paid, out of what it says remains."""
    record = Record(opened=opened_values)
    decision = made(**changes)
    record.write(decision.events, CLAIMED)
    if pays is not None:
        record.write(pay(decision.claim, **pays).events, PAYS)
    return record.entries
