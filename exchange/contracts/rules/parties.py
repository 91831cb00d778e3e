"""Is it yours to do? Asked before anything else, so that a stranger learns nothing of a contract."""

from typing import assert_never

from exchange.members.model import Capability
from ledger.kernel.cause import Actor
from ledger.kernel.errors import Kind, Refusal

from ..model import Command, Contract, Fault, Party, Register, Rescind, Sign, Tick, Write


class NoSuchContract(Refusal):
    """There is no such contract."""

    kind = Kind.NOT_FOUND
    zh = "没有这份合同"


class NotTheSeller(Refusal):
    """Only the seller sets out the contract."""

    kind = Kind.FORBIDDEN
    zh = "只有让与方可以拟定合同"


class NotAParty(Refusal):
    """Only the parties sign the contract."""

    kind = Kind.FORBIDDEN
    zh = "只有合同当事人可以签署"


class NotARegistrar(Refusal):
    """Only an officer of the registering office may do this."""

    kind = Kind.FORBIDDEN
    zh = "只有合同登记机构的经办人员可以办理"


class NotACashier(Refusal):
    """Only an officer who records payments may do this."""

    kind = Kind.FORBIDDEN
    zh = "只有负责记录付款的经办人员可以办理"


class OwnContract(Refusal):
    """An officer may not decide on a contract of their own organisation."""

    kind = Kind.FORBIDDEN
    zh = "经办人员不得办理本单位为当事人的合同"


def may_know(contract: Contract, actor: Actor) -> bool:
    """Whether the actor may know that there is such a contract: a party, or a reader of everybody's deals."""
    return contract.party(actor.organisation) is not None or actor.may(Capability.DEALS_READ_ALL)


def require(contract: Contract, command: Command, actor: Actor) -> None:
    """Refuse a command that is not the actor's to give, in the order of the classes above.

    An officer's own capability is enough to know of the contracts it is for, so that a token need carry no other. Not
    checked: the capabilities of the parties, which are the web door's, and that a tick comes from the clock.
    """
    party = contract.party(actor.organisation)
    match command:
        case Write():
            _require_known(contract, actor)
            if party is not Party.SELLER:
                raise NotTheSeller("this contract is another organisation's to write")
        case Sign():
            _require_known(contract, actor)
            if party is None:
                raise NotAParty("this contract is between two other organisations")
        case Register():
            _require_officer(contract, actor, Capability.CONTRACTS_REGISTER, NotARegistrar)
        case Rescind(fault=Fault.NOBODY):
            pass  # the buyer's own word, or its silence, as escrow has recorded it
        case Rescind():
            _require_officer(contract, actor, Capability.PAYMENTS_RECORD, NotACashier)
        case Tick():
            pass
        case _:
            assert_never(command)


def _require_known(contract: Contract, actor: Actor) -> None:
    if not may_know(contract, actor):
        raise NoSuchContract("there is no contract of this name that you may see")


def _require_officer(contract: Contract, actor: Actor, needed: Capability, otherwise: type[Refusal]) -> None:
    if not actor.may(needed):
        _require_known(contract, actor)
        raise otherwise(f"this needs the capability {needed}", needs=needed.value)
    if contract.party(actor.organisation) is not None:
        raise OwnContract("an officer of an organisation that is no party must do this")
