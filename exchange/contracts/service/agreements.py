"""One function per command of a contract, and what readers may see.

A contract is loaded with its lock, the rules asked, what they decided written and recorded, all in the caller's unit:
two who act at once are decided one after the other. What money does when a contract takes effect, lapses or is
rescinded is the flows' affair.
"""

from collections.abc import Mapping
from datetime import datetime

from exchange.auctions.model import LotId
from exchange.members.model import Capability
from ledger.kernel.calendar import YEARS, YearNotLoaded, YearPlan
from ledger.kernel.cause import Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from ledger.log import service as log

from ..model import (
    Command,
    Contract,
    ContractId,
    ContractType,
    Decision,
    Fault,
    Open,
    Part,
    Register,
    Rescind,
    Resume,
    Sign,
    Stay,
    Tick,
    Write,
)
from ..rules import agreements as rules
from ..store import agreements as store

FIND_CONTRACT_REFUSALS = (rules.NoSuchContract,)
OPEN_CONTRACT_REFUSALS = (rules.NoRulesInForce, YearNotLoaded, store.ContractExists)
WRITE_CONTRACT_REFUSALS = (
    rules.NoSuchContract,
    rules.NotTheSeller,
    rules.WrongState,
    rules.Stayed,
    rules.AlreadySigned,
    rules.PastDeadline,
    rules.UnusableField,
    rules.PartsDoNotAddUp,
    rules.NothingTechnical,
)
SIGN_CONTRACT_REFUSALS = (
    rules.NoSuchContract,
    rules.NotAParty,
    rules.WrongState,
    rules.Stayed,
    rules.AnotherVersion,
    rules.AlreadySigned,
    rules.PastDeadline,
)
REGISTER_CONTRACT_REFUSALS = (
    rules.NoSuchContract,
    rules.NotARegistrar,
    rules.OwnContract,
    rules.NotEffective,
    rules.AlreadyRegistered,
    rules.WrongState,
    rules.Stayed,
)
RESCIND_CONTRACT_REFUSALS = (rules.NoSuchContract, rules.NotACashier, rules.OwnContract, rules.WrongState)
LAPSE_CONTRACT_REFUSALS = (rules.NoSuchContract, rules.WrongState, rules.NotDue)


def open_contract(
    unit: Unit,
    cause: Cause,
    *,
    lot: LotId,
    listing: str,
    seller: OrganisationId,
    buyer: OrganisationId,
    price_fen: Fen,
    region: str,
) -> Contract:
    """Begin the contract of a sale in the transaction that awards it. Every fact is the caller's to establish."""
    command = Open(
        id=unit.fresh(ContractId),
        lot=lot,
        listing=listing,
        seller=seller,
        buyer=buyer,
        price_fen=price_fen,
        region=region,
    )
    decision = rules.open_contract(command, cause)
    store.insert(unit, decision.contract)
    log.record(unit, cause, *decision.events)
    return decision.contract


def write_contract(
    unit: Unit, cause: Cause, id: ContractId, *, type: ContractType, parts: tuple[Part, ...], document_sha256: str
) -> Contract:
    """Set the terms out as the seller, or others in their place while nobody has signed."""
    return _carry_out(unit, cause, id, Write(type=type, parts=parts, document_sha256=document_sha256))


def sign_contract(unit: Unit, cause: Cause, id: ContractId, *, terms_sha256: str) -> Contract:
    """Sign the terms of that hash as one of the parties; the second signature brings the contract into force."""
    return _carry_out(unit, cause, id, Sign(terms_sha256=terms_sha256))


def register_contract(unit: Unit, cause: Cause, id: ContractId) -> Contract:
    """Register a contract in force, as an officer, under the next number of its year and place.

    The series is locked until the unit ends and moves on only with the registration, so numbers have no gaps.
    """
    contract = store.load(unit, id, lock=True)
    series = rules.series_of(contract, cause)
    serial = store.lock_serial(unit, *series)
    registered = _decided(unit, cause, rules.decide_contract(contract, Register(serial=serial), cause))
    store.keep_serial(unit, *series, serial)
    return registered


def rescind_contract(unit: Unit, cause: Cause, id: ContractId) -> Contract:
    """End a contract that its buyer did not pay, as an officer. That it was due is the caller's to establish."""
    return _carry_out(unit, cause, id, Rescind())


def give_up_contract(unit: Unit, cause: Cause, id: ContractId) -> Contract:
    """End a contract whose buyer did not take up what it tried, through nobody's fault; so the caller has found."""
    return _carry_out(unit, cause, id, Rescind(fault=Fault.NOBODY))


def lapse_contract(unit: Unit, cause: Cause, id: ContractId) -> Contract:
    """Let time act on a contract that was not signed in time; `fault` says through whom. Refuses `NotDue`."""
    return _carry_out(unit, cause, id, Tick())


def stay_contract(unit: Unit, cause: Cause, lot: LotId) -> Contract | None:
    """Let the contract of a lot stand still, unless it does or has ended; its deal is frozen. None where there is none.

    That the deal is frozen is the caller's to establish.
    """
    contract = _locked_of_lot(unit, lot)
    if contract is None or contract.stayed_at is not None or (contract.state, Stay) not in rules.CONTRACT_TRANSITIONS:
        return contract
    return _decided(unit, cause, rules.decide_contract(contract, Stay(), cause))


def resume_contract(unit: Unit, cause: Cause, lot: LotId) -> Contract | None:
    """Let the contract of a lot go on if it stands still, with time left to answer. None where there is none.

    That the deal is not frozen any more is the caller's to establish.
    """
    contract = _locked_of_lot(unit, lot)
    if contract is None or contract.stayed_at is None:
        return contract
    return _decided(unit, cause, rules.decide_contract(contract, Resume(), cause))


def due_contracts(unit: Unit, at: datetime, limit: int = 100) -> list[ContractId]:
    """Return contracts on which time acts at or before `at`, locked; those another ticker holds are left out."""
    return store.due(unit, at, limit)


def next_contract_due(unit: Unit) -> datetime | None:
    """Return when time next acts on any contract."""
    return store.next_due(unit)


def reckon_contracts(unit: Unit, *, years: Mapping[int, YearPlan] = YEARS) -> int:
    """Say until when to sign and to register, where it was left open and can be counted now; return of how many."""
    changed = [now for left in store.open_ended(unit) if (now := rules.reckoned(left, years))]
    for now in changed:
        store.save(unit, now)
    return len(changed)


def find_contract(unit: Unit, cause: Cause, id: ContractId) -> Contract:
    """Return a contract to its parties and to readers of everybody's deals. Refuses `NoSuchContract`."""
    contract = store.load(unit, id)
    if not rules.may_know(contract, cause.actor):
        raise rules.NoSuchContract("there is no contract of this name that you may see")
    return contract


def page_contracts(unit: Unit, cause: Cause, *, after: ContractId | None, limit: int) -> list[Contract]:
    """Return the contracts of the asking organisation, or everybody's to whom may read them, in id order."""
    everybody = cause.actor.may(Capability.DEALS_READ_ALL)
    return store.page(unit, party=None if everybody else cause.actor.organisation, after=after, limit=limit)


def contract_of(unit: Unit, lot: LotId) -> Contract | None:
    """Return the contract of a lot, for flows and packs; who may know is the caller's to establish."""
    return store.of_lot(unit, lot)


def lot_of(unit: Unit, id: ContractId) -> LotId:
    """Return the lot a contract is of, for flows. Refuses `NoSuchContract`."""
    return store.load(unit, id).lot


def _locked_of_lot(unit: Unit, lot: LotId) -> Contract | None:
    found = store.of_lot(unit, lot)
    return found and store.load(unit, found.id, lock=True)


def _carry_out(unit: Unit, cause: Cause, id: ContractId, command: Command) -> Contract:
    contract = store.load(unit, id, lock=True)
    return _decided(unit, cause, rules.decide_contract(contract, command, cause))


def _decided(unit: Unit, cause: Cause, decision: Decision) -> Contract:
    store.save(unit, decision.contract)
    log.record(unit, cause, *decision.events)
    return decision.contract
