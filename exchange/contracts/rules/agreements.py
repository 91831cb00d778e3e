"""The verbs of a contract: pure functions from a contract, a command and its cause to a decision.

`signing` leads from an award to a contract in force or to nothing, `registration` to its number, `parties` says whose
it is to ask, `published` has the numbers. Everything that can change a contract goes through `open_contract` and
`decide_contract`.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import assert_never

from ledger.kernel import calendar
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from listings.achievements.model import Region

from ..model import (
    CONTRACT_OPENED,
    Command,
    Contract,
    Decision,
    Open,
    Register,
    Rescind,
    Resume,
    Sign,
    State,
    Stay,
    Tick,
    Write,
)
from . import parties, registration, signing, staying
from .parties import NoSuchContract, NotACashier, NotAParty, NotARegistrar, NotTheSeller, OwnContract, may_know
from .published import CONTRACT_2026, CONTRACT_RULES, NoRulesInForce, in_force
from .reckoning import reckoned
from .registration import MAX_SERIAL, WHOLE_REGION, AlreadyRegistered, NotEffective, series_of
from .signing import (
    AlreadySigned,
    AnotherVersion,
    NotDue,
    NothingTechnical,
    PartsDoNotAddUp,
    PastDeadline,
    UnusableField,
)
from .staying import Stayed

__all__ = [
    "CONTRACT_2026",
    "CONTRACT_REFUSALS",
    "CONTRACT_RULES",
    "CONTRACT_TRANSITIONS",
    "MAX_SERIAL",
    "WHOLE_REGION",
    "AlreadyRegistered",
    "AlreadySigned",
    "AnotherVersion",
    "NoRulesInForce",
    "NoSuchContract",
    "NotACashier",
    "NotAParty",
    "NotARegistrar",
    "NotDue",
    "NotEffective",
    "NotTheSeller",
    "NothingTechnical",
    "OwnContract",
    "PartsDoNotAddUp",
    "PastDeadline",
    "Stayed",
    "UnusableField",
    "WrongState",
    "contract_diagram",
    "decide_contract",
    "due_at",
    "in_force",
    "may_know",
    "open_contract",
    "reckoned",
    "series_of",
]

# What each command may lead to. No command is answered in LAPSED or RESCINDED: those are final.
CONTRACT_TRANSITIONS: Mapping[tuple[State, type[Command]], tuple[State, ...]] = MappingProxyType(
    {
        (State.AWARDED, Write): (State.OFFERED,),
        (State.AWARDED, Tick): (State.LAPSED,),
        (State.AWARDED, Stay): (State.AWARDED,),
        (State.AWARDED, Resume): (State.AWARDED,),
        (State.OFFERED, Write): (State.OFFERED,),
        (State.OFFERED, Sign): (State.OFFERED, State.EFFECTIVE),
        (State.OFFERED, Tick): (State.LAPSED,),
        (State.OFFERED, Stay): (State.OFFERED,),
        (State.OFFERED, Resume): (State.OFFERED,),
        (State.EFFECTIVE, Register): (State.REGISTERED,),
        (State.EFFECTIVE, Rescind): (State.RESCINDED,),
        (State.EFFECTIVE, Stay): (State.EFFECTIVE,),
        (State.EFFECTIVE, Resume): (State.EFFECTIVE,),
        (State.REGISTERED, Rescind): (State.RESCINDED,),
    }
)


class WrongState(Refusal):
    """The contract is not in a state that allows this."""

    kind = Kind.CONFLICT
    zh = "合同当前状态不允许此操作"


CONTRACT_REFUSALS: tuple[type[Refusal], ...] = (
    # whose it is to ask
    NoSuchContract,
    NotTheSeller,
    NotAParty,
    NotARegistrar,
    NotACashier,
    OwnContract,
    # the state
    NotEffective,
    AlreadyRegistered,
    WrongState,
    Stayed,
    NotDue,
    # what is signed, and until when
    AnotherVersion,
    AlreadySigned,
    PastDeadline,
    # what is written
    UnusableField,
    PartsDoNotAddUp,
    NothingTechnical,
)
"""In the order they are checked; of any one command only some apply."""


def open_contract(command: Open, cause: Cause) -> Decision:
    """Begin the contract of a sale, to be written and signed within the published working days of the award.

    Refuses `NoRulesInForce`, and `YearNotLoaded` where the period cannot be counted: a lot is announced only where it
    can, with weeks to spare. Not checked: that the lot was
    sold, at this price and to this buyer, which is the caller's to establish.
    """
    invariant(command.seller != command.buyer and command.price_fen > 0, "a sale has two parties and a price")
    rules = in_force(cause.at)
    contract = Contract(
        id=command.id,
        lot=command.lot,
        listing=command.listing,
        seller=command.seller,
        buyer=command.buyer,
        price_fen=command.price_fen,
        rules=rules,
        region=Region(command.region).value,
        state=State.AWARDED,
        awarded_at=cause.at,
        sign_by=calendar.deadline(cause.at, rules.sign_within_days),
    )
    event = CONTRACT_OPENED(
        contract.id,
        rule=rules.ref,
        lot=contract.lot,
        listing=contract.listing,
        seller=contract.seller,
        price_fen=contract.price_fen,
        region=contract.region,
        rules=rules.to_json(),
        sign_by=contract.sign_by,
        buyer=contract.buyer,
    )
    return Decision(contract=contract, events=(event,))


def decide_contract(contract: Contract, command: Command, cause: Cause) -> Decision:
    """Return what `command` makes of the contract, or raise the first refusal that applies.

    For a `Register` the caller brings the next serial of `series_of`, and keeps it only when this decides.
    """
    parties.require(contract, command, cause.actor)
    targets = CONTRACT_TRANSITIONS.get((contract.state, type(command)))
    if targets is None:
        raise _out_of_state(contract, command)
    if isinstance(command, Resume) and contract.stayed_at is None:
        raise WrongState("the contract does not stand still", state=contract.state.value)
    staying.require_running(contract, command)
    decision = _apply(contract, command, cause)
    invariant(decision.contract.state in targets, f"{contract.state} does not become {decision.contract.state}")
    return decision


def due_at(contract: Contract) -> datetime | None:
    """Return when time next acts on the contract, if ever and if known; stored so that a worker can find it."""
    if contract.stayed_at is not None or (contract.state, Tick) not in CONTRACT_TRANSITIONS:
        return None
    return signing.grace_over(contract)


def contract_diagram() -> str:
    """Return the table as a Mermaid state diagram, for the documentation."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for (state, command), targets in CONTRACT_TRANSITIONS.items():
        for target in targets:
            arrows.setdefault((state, target), []).append(command.__name__)
    final = [state for state in State if all(source is not state for source, _ in CONTRACT_TRANSITIONS)]
    lines = ["stateDiagram-v2", f"    [*] --> {State.AWARDED}: Open"]
    lines += [f"    {source} --> {target}: {', '.join(names)}" for (source, target), names in arrows.items()]
    lines += [f"    {state} --> [*]" for state in final]
    return "\n".join(lines) + "\n"


def _apply(contract: Contract, command: Command, cause: Cause) -> Decision:
    match command:
        case Write():
            return signing.write(contract, command, cause)
        case Sign():
            return signing.sign(contract, command, cause)
        case Register():
            return registration.register(contract, command, cause)
        case Rescind():
            return registration.rescind(contract, command, cause)
        case Tick():
            return signing.lapse(contract, cause)
        case Stay():
            return staying.stay(contract, cause)
        case Resume():
            return staying.resume(contract, cause)
        case _:
            assert_never(command)


def _out_of_state(contract: Contract, command: Command) -> Refusal:
    if isinstance(command, Register) and contract.state in {State.AWARDED, State.OFFERED}:
        return registration.not_effective(contract)
    if isinstance(command, Register) and contract.state is State.REGISTERED:
        return AlreadyRegistered("a contract is registered once", number=contract.number or "")
    return WrongState(f"the contract is {contract.state}", state=contract.state.value)
