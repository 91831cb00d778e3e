"""The registrar's part (技术合同认定登记), and what becomes of a contract that is not paid.

A number has 16 digits: the year, the place (GB/T 2260), the office, a serial. The state's newer numbers have 16 digits
too, but how they are laid out was not at hand: this is our own layout after the older 14-digit one, the year written
out (exchange-rules.md section 3).
"""

from dataclasses import replace
from typing import Final

from ledger.kernel.calendar import local_date
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from listings.achievements.model import Region

from ..model import CONTRACT_REGISTERED, CONTRACT_RESCINDED, Contract, Decision, Register, Rescind, State

MAX_SERIAL: Final = 999_999
WHOLE_REGION: Final = "1500"
"""The place in the numbers of contracts from elsewhere: the autonomous region, whose office registers them."""


class NotEffective(Refusal):
    """The contract is not in force: both parties sign it first."""

    kind = Kind.CONFLICT
    zh = "合同尚未生效，须经双方签署"


class AlreadyRegistered(Refusal):
    """The contract has been registered already."""

    kind = Kind.CONFLICT
    zh = "该合同已经登记"


def register(contract: Contract, command: Register, cause: Cause) -> Decision:
    """Register a contract in force under the serial given, at any time after it took effect.

    Not refused after `register_by`: that is the office's own duty, and the parties are not made to suffer for it.
    """
    require_effect(contract, cause)
    number = registration_number(contract, cause, command.serial)
    registered = replace(contract, state=State.REGISTERED, number=number, registered_at=cause.at)
    event = CONTRACT_REGISTERED(
        contract.id,
        rule=contract.rules.ref,
        number=number,
        total_fen=contract.total_fen,
        technical_fen=contract.technical_fen,
        type=contract.type,
        by=cause.actor.named,
    )
    return Decision(contract=registered, events=(event,))


def rescind(contract: Contract, command: Rescind, cause: Cause) -> Decision:
    """End a contract that its buyer did not pay (民法典 art. 563). That it was due is the caller's to establish."""
    event = CONTRACT_RESCINDED(contract.id, rule=contract.rules.ref, fault=command.fault, by=cause.actor.named)
    return Decision(contract=replace(contract, state=State.RESCINDED, fault=command.fault), events=(event,))


def require_effect(contract: Contract, cause: Cause) -> None:
    """Refuse `NotEffective` for a registration that arrived before the signature that made the contract."""
    if contract.effective_at is None or cause.at < contract.effective_at:
        raise not_effective(contract)


def not_effective(contract: Contract) -> NotEffective:
    """Return the refusal, naming whose signature is missing."""
    missing = {"unsigned": ", ".join(contract.unsigned)} if contract.unsigned else {}
    return NotEffective("a contract is registered once both parties have signed it", **missing)


def registration_number(contract: Contract, cause: Cause, serial: int) -> str:
    """Return the number (登记编号) that a serial of `series_of` makes."""
    invariant(1 <= serial <= MAX_SERIAL, "a serial has six digits and begins at 1")
    year, place, station = series_of(contract, cause)
    return f"{year:04d}{place}{station}{serial:06d}"


def series_of(contract: Contract, cause: Cause) -> tuple[int, str, str]:
    """Return what serials are counted by: the year in China, the place, the office."""
    place = WHOLE_REGION if contract.region == Region.OUTSIDE else contract.region
    return local_date(cause.at).year, place, contract.rules.station
