"""Whose an account is, and what of it its owner sees. The books know names only; who is behind them is known here.

Each kind of account that a member may own has an `Ownership`: the three letters its names begin with, whether an
account is a member's, and all of a member's. What begins otherwise, such as custody's and the exchange's own, is for
those alone who may read all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from exchange.members.model import Capability
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import NotAnId, OrganisationId
from ledger.kernel.unit import EPOCH, Unit
from settlement.books import service as books
from settlement.books.model import Account, AccountName, Standing, Statement, TransferId
from settlement.escrow import service as escrow
from settlement.escrow.model import (
    Plan,
    PlanId,
    Purpose,
    Royalty,
    RoyaltyId,
    Settlement,
    SettlementId,
    Sharing,
    transfer_for,
)
from settlement.escrow.service import royalties
from settlement.subsidies import service as subsidies

from .references import references_of

AT_ONCE: Final = 100  # settlements looked through at a time
SELLERS: Final = frozenset({"escrow", "seller", "reward", "inventor", "broker", "owner", "tax"})
"""What of a settlement its seller owns or answers for."""


Noun = TypeVar("Noun", Settlement, Plan, Royalty)


class NoSuchAccountHere(Refusal):
    """There is no account of this name that you may see."""

    kind = Kind.NOT_FOUND
    zh = "没有您可以查看的账户"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """How one kind of account belongs to members; a wing that keeps accounts adds one to `OWNERSHIPS`."""

    prefix: str  # of the first word of its accounts
    owns: Callable[[Unit, OrganisationId, AccountName], bool]
    names: Callable[[Unit, OrganisationId, str, int], list[AccountName]]  # behind a name, in order, at least so many
    hides: Callable[[Unit, OrganisationId, AccountName], bool]  # whether an owner may not know it as a counterpart


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What somebody sees: accounts whose names it may not know are left out of it."""

    hidden: frozenset[AccountName]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenStanding(Seen):
    """An account, its balance and its open holds, for its owner."""

    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenStatement(Seen):
    """A statement of account, for its owner; of bounds that nobody gave it says nothing."""

    statement: Statement
    since: datetime | None
    until: datetime | None
    references: Mapping[TransferId, str]  # the bank's, of what came in, to who may read all and to who paid it


def own_accounts(unit: Unit, cause: Cause, *, after: str, limit: int) -> list[Account]:
    """Return the accounts behind a name that the asking organisation owns; to a reader of all, everybody's."""
    if cause.actor.may(Capability.DEALS_READ_ALL):
        names = books.names_after(unit, after, limit)
    else:
        asking = cause.actor.organisation
        names = sorted(one for each in OWNERSHIPS for one in each.names(unit, asking, after, limit))[:limit]
    return books.standings(unit, names)


def account(unit: Unit, cause: Cause, name: AccountName, *, at: datetime | None) -> SeenStanding:
    """Return how an account stands, or stood, to whom it belongs or who may read all. Refuses `NoSuchAccountHere`."""
    _require(unit, cause, name)
    found = books.standing(unit, name, at=at)
    names = {one for hold in found.holds for one in (hold.debit, hold.credit)}
    return SeenStanding(standing=found, hidden=_hidden(unit, cause, name, names))


def statement(
    unit: Unit, cause: Cause, name: AccountName, *, since: datetime | None, until: datetime | None
) -> SeenStatement:
    """Return an account's statement, to the same. Refuses `NoSuchAccountHere`, and what the books do."""
    _require(unit, cause, name)
    end = until if until is not None else max(unit.now(), cause.at) + datetime.resolution
    found = books.statement(unit, name, since=since or EPOCH, until=end)
    names = {line.counterpart for line in found.lines}
    paid = cause.actor.may(Capability.DEALS_READ_ALL) or _pays(unit, cause.actor.organisation, name)
    return SeenStatement(
        statement=found,
        hidden=_hidden(unit, cause, name, names),
        since=since,
        until=until,
        references=references_of(unit, [line.transfer for line in found.lines]) if paid else {},
    )


def _pays(unit: Unit, organisation: OrganisationId, name: AccountName) -> bool:
    """Whether what comes to an account of one's own from the bank is one's own payment."""
    subject, kind, *_ = name.split(":")
    if kind == "bidder":
        return True
    return subject.startswith(f"{PlanId.prefix}_") and escrow.plan(unit, PlanId(subject)).buyer == organisation


def _require(unit: Unit, cause: Cause, name: AccountName) -> None:
    """Refuse alike what is not there and what is somebody else's, so that a stranger learns nothing."""
    whole = cause.actor.may(Capability.DEALS_READ_ALL)
    ownership = _ownership(name)
    owned = ownership is not None and ownership.owns(unit, cause.actor.organisation, name)
    if not (whole or owned) or not books.accounts(unit, [name]):
        raise NoSuchAccountHere("there is no account of this name that you may see")


def _hidden(unit: Unit, cause: Cause, name: AccountName, names: set[AccountName]) -> frozenset[AccountName]:
    ownership = _ownership(name)
    if cause.actor.may(Capability.DEALS_READ_ALL) or ownership is None:
        return frozenset()
    asking = cause.actor.organisation
    return frozenset(one for one in names if one != name and ownership.hides(unit, asking, one))


def _ownership(name: str) -> Ownership | None:
    return next((one for one in OWNERSHIPS if name.startswith(f"{one.prefix}_")), None)


# Settlements: the seller's are the deal's own accounts, a bidder's the one under its own code; a holder's and a
# broker's the one out of which it was paid.


def _of_settlement(unit: Unit, settlement: Settlement, organisation: OrganisationId, name: AccountName) -> bool:
    _, kind, *whose = name.split(":")
    if kind == "bidder":
        return any(one.payer == organisation and [one.code] == whose for one in settlement.deposits)
    if settlement.seller == organisation:
        return kind in SELLERS
    purpose = {"owner": Purpose.OWNER_OUT, "broker": Purpose.BROKER_OUT}.get(kind)
    if purpose is None:
        return False
    out = transfer_for(settlement.id, purpose, *whose)
    paid = (one.payout for one in escrow.paid_out(unit, settlement.id))
    return any((one.transfer, one.organisation) == (out, organisation) for one in paid)


def _owns_of_settlement(unit: Unit, organisation: OrganisationId, name: AccountName) -> bool:
    found = _settlement_of(unit, name)
    return found is not None and _of_settlement(unit, found, organisation, name)


def _names_of_settlements(unit: Unit, organisation: OrganisationId, after: str, limit: int) -> list[AccountName]:
    return _names_of(unit, organisation, after, limit, concerning=escrow.concerning, owns=_of_settlement)


def _names_of(
    unit: Unit,
    organisation: OrganisationId,
    after: str,
    limit: int,
    *,
    concerning: Callable[..., Sequence[Noun]],
    owns: Callable[[Unit, Noun, OrganisationId, AccountName], bool],
) -> list[AccountName]:
    """Return the accounts behind a name that a member owns among those of the nouns concerning it."""
    found: list[AccountName] = []
    since, behind = after.partition(":")[0], False  # of the last noun there may be more accounts
    while len(found) < limit:
        nouns = concerning(unit, organisation, since=since, behind=behind, limit=AT_ONCE)
        by_id = {str(one.id): one for one in nouns}
        under = books.names_under(unit, list(by_id)) if by_id else []
        mine = (one for one in under if one > after)
        found += [one for one in mine if owns(unit, by_id[one.partition(":")[0]], organisation, one)]
        if len(nouns) < AT_ONCE:
            break
        since, behind = nouns[-1].id, True
    return found


def _hides_of_settlement(unit: Unit, organisation: OrganisationId, name: AccountName) -> bool:
    """Hide every bidder's account but one's own and, from the seller, the winner's."""
    found = _settlement_of(unit, name)
    if found is None or name.split(":")[1] != "bidder":
        return False
    won = found.code is not None and found.seller == organisation and name.split(":")[2:] == [found.code]
    return not won and not _of_settlement(unit, found, organisation, name)


def _settlement_of(unit: Unit, name: AccountName) -> Settlement | None:
    try:
        return escrow.settlement(unit, SettlementId(name.partition(":")[0]))
    except (NotAnId, *escrow.SEEING_REFUSALS):
        return None


_UNSEEN: Final[tuple[type[Refusal], ...]] = (NotAnId, *escrow.SEEING_PLAN_REFUSALS, *royalties.SEEING_REFUSALS)

# Plans and royalties: the seller's, but for what the buyer tries with; a holder's and a broker's each its own.


def _of_plan(_unit: Unit, plan: Plan, organisation: OrganisationId, name: AccountName) -> bool:
    kind = name.split(":")[1]
    if kind == "buyer":
        return plan.buyer == organisation
    bought = kind == "escrow" and plan.buyer == organisation
    return bought or plan.seller == organisation or _of_sharing(plan.sharing, organisation, name)


def _of_royalty(_unit: Unit, royalty: Royalty, organisation: OrganisationId, name: AccountName) -> bool:
    return royalty.seller == organisation or _of_sharing(royalty.sharing, organisation, name)


def _of_sharing(sharing: Sharing, organisation: OrganisationId, name: AccountName) -> bool:
    match name.split(":")[1:]:
        case ["owner", place]:
            return sharing.owners[int(place) - 1].organisation == organisation
        case ["broker"]:
            return sharing.broker is not None and sharing.broker.organisation == organisation
        case _:
            return False


def _owns_of_plan(unit: Unit, organisation: OrganisationId, name: AccountName) -> bool:
    try:
        found = escrow.plan(unit, PlanId(name.partition(":")[0]))
    except _UNSEEN:
        return False
    return bool(books.accounts(unit, [name])) and _of_plan(unit, found, organisation, name)


def _names_of_plans(unit: Unit, organisation: OrganisationId, after: str, limit: int) -> list[AccountName]:
    return _names_of(unit, organisation, after, limit, concerning=escrow.plans_concerning, owns=_of_plan)


def _owns_of_royalty(unit: Unit, organisation: OrganisationId, name: AccountName) -> bool:
    try:
        found = royalties.royalty(unit, RoyaltyId(name.partition(":")[0]))
    except _UNSEEN:
        return False
    return bool(books.accounts(unit, [name])) and _of_royalty(unit, found, organisation, name)


def _names_of_royalties(unit: Unit, organisation: OrganisationId, after: str, limit: int) -> list[AccountName]:
    return _names_of(unit, organisation, after, limit, concerning=royalties.concerning, owns=_of_royalty)


# Programmes: a claimant's are its yearly caps; a budget is public where programmes are listed.


def _owns_of_programme(_unit: Unit, organisation: OrganisationId, name: AccountName) -> bool:
    return name.split(":")[1:3] == ["cap", organisation]


def _names_of_programmes(unit: Unit, organisation: OrganisationId, after: str, _limit: int) -> list[AccountName]:
    caps = [f"{one.programme.id}:cap:{organisation}" for one in subsidies.programmes(unit)]
    return [one for one in books.names_under(unit, caps) if one > after]


def _hides_of_programme(_unit: Unit, organisation: OrganisationId, name: AccountName) -> bool:
    return name.split(":")[1] == "cap" and not _owns_of_programme(_unit, organisation, name)


OWNERSHIPS: Final = (
    Ownership(prefix="pln", owns=_owns_of_plan, names=_names_of_plans, hides=_hides_of_settlement),
    Ownership(prefix="prg", owns=_owns_of_programme, names=_names_of_programmes, hides=_hides_of_programme),
    Ownership(prefix="rty", owns=_owns_of_royalty, names=_names_of_royalties, hides=_hides_of_settlement),
    Ownership(prefix="stl", owns=_owns_of_settlement, names=_names_of_settlements, hides=_hides_of_settlement),
)
"""Who owns which accounts, by the prefix of their first word."""
