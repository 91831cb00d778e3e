"""Every statement on the subsidies wing's tables.

Whatever decides on money locks first every programme of the rule, in id order, then the claim: a yearly cap and a deal
are counted over all programmes of a rule.
"""

import sqlalchemy as sa

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from . import rules
from .model import Assessment, Claim, ClaimId, ClaimState, DealFacts, Programme, ProgrammeId, TraceLine
from .tables import claim, programme


def insert_programme(unit: Unit, new: Programme) -> None:
    """Write a new programme."""
    unit.write(
        sa.insert(programme),
        {
            "id": new.id,
            "rule": new.rule.ref,
            "keeper": new.keeper,
            "budget_fen": new.budget_fen,
            "opened_at": new.opened_at,
        },
    )


def programme_of(unit: Unit, id: ProgrammeId) -> Programme:
    """Return a programme. Refuses `NoSuchProgramme`."""
    row = unit.connection.execute(sa.select(programme).where(programme.c.id == id)).one_or_none()
    if row is None:
        raise rules.NoSuchProgramme("there is no programme of this name")
    return _programme(row)


def lock_programme(unit: Unit, id: ProgrammeId) -> Programme:
    """Lock the programmes of a programme's rule, and return that one. Refuses `NoSuchProgramme`."""
    rule = programme_of(unit, id).rule.ref
    unit.connection.execute(
        sa.select(programme.c.id).where(programme.c.rule == rule).order_by(programme.c.id).with_for_update()
    )
    return programme_of(unit, id)


def programmes(unit: Unit, *, after: str | None, limit: int) -> list[Programme]:
    """Return programmes in id order, those after `after`."""
    query = sa.select(programme).order_by(programme.c.id).limit(limit)
    if after is not None:
        query = query.where(programme.c.id > after)
    return [_programme(row) for row in unit.connection.execute(query)]


def load_claim(unit: Unit, id: ClaimId, *, lock: bool = False) -> Claim:
    """Return a claim. Refuses `NoSuchClaim`."""
    query = sa.select(claim).where(claim.c.id == id)
    row = unit.connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise rules.NoSuchClaim("there is no claim of this name that you may see")
    return _claim(row)


def live_claim(unit: Unit, rule: str, deal: str) -> ClaimId | None:
    """Return the claim for a deal under a rule that is not refused, if there is one."""
    query = sa.select(claim.c.id).where(claim.c.rule == rule, claim.c.deal == deal, claim.c.state != ClaimState.REFUSED)
    found = unit.connection.execute(query).scalar_one_or_none()
    return None if found is None else ClaimId(found)


def refused_claims(unit: Unit, rule: str, deal: str) -> list[Claim]:
    """Return the claims for a deal that a rule has refused, the first first."""
    query = sa.select(claim).where(claim.c.rule == rule, claim.c.deal == deal, claim.c.state == ClaimState.REFUSED)
    return [_claim(row) for row in unit.connection.execute(query.order_by(claim.c.id))]


def received(unit: Unit, claimant: OrganisationId, rule: str, year: int | None) -> Fen:
    """Return what a party has been paid under a rule in a year; nothing in a year that is not known."""
    query = sa.select(sa.func.coalesce(sa.func.sum(claim.c.paid_fen), 0)).where(
        claim.c.claimant == claimant, claim.c.rule == rule, claim.c.year == year
    )
    return Fen(int(unit.connection.execute(query).scalar_one()))


def insert_claim(unit: Unit, new: Claim, rule: str) -> None:
    """Write a claim that has been decided."""
    unit.write(
        sa.insert(claim),
        {
            "id": new.id,
            "programme": new.programme,
            "rule": rule,
            "deal": new.deal,
            "claimant": new.claimant,
            "facts": new.facts.to_json(),
            "trace": [line.to_json() for line in new.assessment.trace],
            "amount_fen": new.assessment.amount_fen,
            "refused_by": new.assessment.refused_by,
            "claimed_at": new.claimed_at,
            "year": new.facts.year,
        }
        | _changing(new),
    )


def save_claim(unit: Unit, changed: Claim) -> None:
    """Write a claim that was loaded with a lock; what was assessed never changes."""
    unit.write(sa.update(claim).where(claim.c.id == changed.id).values(_changing(changed)))


def claims_of(unit: Unit, deal: str) -> list[Claim]:
    """Return the claims for a deal, the first first."""
    query = sa.select(claim).where(claim.c.deal == deal).order_by(claim.c.id)
    return [_claim(row) for row in unit.connection.execute(query)]


def claims(unit: Unit, *, claimant: OrganisationId | None, after: str | None, limit: int) -> list[Claim]:
    """Return claims, of one claimant or of all, in id order, those after `after`."""
    query = sa.select(claim).order_by(claim.c.id).limit(limit)
    if claimant is not None:
        query = query.where(claim.c.claimant == claimant)
    if after is not None:
        query = query.where(claim.c.id > after)
    return [_claim(row) for row in unit.connection.execute(query)]


def _changing(one: Claim) -> dict[str, object]:
    return {
        "state": one.state,
        "paid_fen": one.paid_fen,
        "paying": [line.to_json() for line in one.paying],
    }


def _programme(row: sa.Row[tuple[object, ...]]) -> Programme:
    return Programme(
        id=ProgrammeId(row.id),
        rule=rules.find(row.rule),
        keeper=OrganisationId(row.keeper),
        budget_fen=Fen(row.budget_fen),
        opened_at=row.opened_at,
    )


def _claim(row: sa.Row[tuple[object, ...]]) -> Claim:
    trace = tuple(TraceLine.from_json(line) for line in row.trace)
    return Claim(
        id=ClaimId(row.id),
        programme=ProgrammeId(row.programme),
        deal=row.deal,
        claimant=OrganisationId(row.claimant),
        state=ClaimState(row.state),
        facts=DealFacts.from_json(row.facts),
        assessment=Assessment(trace=trace, amount_fen=Fen(row.amount_fen), refused_by=row.refused_by),
        claimed_at=row.claimed_at,
        paid_fen=row.paid_fen,
        paying=tuple(TraceLine.from_json(line) for line in row.paying),
    )
