"""A contract that stands still while the deal's money is frozen, and goes on when it is not."""

from dataclasses import replace

from ledger.kernel import instant
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal

from ..model import CONTRACT_RESUMED, CONTRACT_STAYED, Command, Contract, Decision, Resume, State
from .reckoning import with_time_to_answer


class Stayed(Refusal):
    """The contract stands still while its deal is frozen by order of a court or regulator."""

    kind = Kind.CONFLICT
    zh = "交易已被依法冻结，合同事项暂停办理"


def require_running(contract: Contract, command: Command) -> None:
    """Refuse everything but `Resume` of a contract that stands still. Refuses `Stayed`."""
    if contract.stayed_at is not None and not isinstance(command, Resume):
        raise Stayed("wait until the freeze is lifted", stayed_at=instant.render(contract.stayed_at))


def stay(contract: Contract, cause: Cause) -> Decision:
    """Let the contract stand still: nobody writes, signs or registers it, and no time runs out."""
    event = CONTRACT_STAYED(contract.id, rule=contract.rules.ref, sign_by=contract.sign_by)
    return Decision(contract=replace(contract, stayed_at=cause.at), events=(event,))


def resume(contract: Contract, cause: Cause) -> Decision:
    """Let the contract go on, with the working days an answer has, at least, to write and to sign it in.

    Where they cannot be counted yet it goes on all the same, and no time runs out until they can: an order is lifted
    when a court says so, not when a calendar is published. What is in force has nothing left to be signed.
    """
    gone_on = replace(contract, stayed_at=None, resumed_at=cause.at)
    if contract.state in {State.AWARDED, State.OFFERED}:
        gone_on = with_time_to_answer(gone_on, cause.at)
    event = CONTRACT_RESUMED(contract.id, rule=contract.rules.ref, sign_by=gone_on.sign_by)
    return Decision(contract=gone_on, events=(event,))
