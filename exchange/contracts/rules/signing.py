"""From an award to a contract in force: the seller sets the terms out, both sign the same ones, in time.

The seller has the published days from the award to write. However late it does, the other party has whole working days
with the final terms before anything lapses through its fault; writing again stretches that no further than the last
moment for writing does.

Arrival decides what is in time, as for bids: a signature that arrived before the deadline may be decided after it,
within the published grace. Only when that is over does the contract lapse.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ledger.kernel import instant
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.money import MAX_FEN
from listings.achievements.model import fits

from ..model import (
    CONTRACT_LAPSED,
    CONTRACT_SIGNED,
    CONTRACT_WRITTEN,
    MAX_PART_NAME,
    MAX_PARTS,
    Contract,
    Decision,
    Fault,
    Part,
    PartKind,
    Party,
    Sign,
    State,
    Write,
)
from .reckoning import with_time_to_answer, with_time_to_register

_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class NotDue(Refusal):
    """Nothing is due yet."""

    kind = Kind.CONFLICT
    zh = "尚未到期"


class AnotherVersion(Refusal):
    """These are not the terms as they stand now."""

    kind = Kind.CONFLICT
    zh = "所签署的不是合同当前文本"


class AlreadySigned(Refusal):
    """These terms have been signed already."""

    kind = Kind.CONFLICT
    zh = "该合同文本已经签署"


class PastDeadline(Refusal):
    """The time for writing or signing the contract is over."""

    kind = Kind.CONFLICT
    zh = "合同拟定或签署期限已过"


class UnusableField(Refusal):
    """A part of the contract cannot be used as written."""

    kind = Kind.MALFORMED
    zh = "合同内容不可用"


class PartsDoNotAddUp(Refusal):
    """The parts do not add up to the price of the sale."""

    kind = Kind.CONFLICT
    zh = "合同各部分金额之和与成交价不符"


class NothingTechnical(Refusal):
    """A technology contract has a part that is paid for technology."""

    kind = Kind.CONFLICT
    zh = "技术合同须有技术费用部分"


def write(contract: Contract, command: Write, cause: Cause) -> Decision:
    """Set the terms out, or others in their place while nobody has signed; time to sign them is left from now.

    The price is the sale's; what the parts are called, and the document, are the parties' own affair: not checked.
    """
    if len(contract.unsigned) < len(Party):
        raise AlreadySigned("terms that somebody has signed are changed by nobody")
    write_by = contract.write_by
    if write_by is not None and cause.at >= write_by:
        raise PastDeadline("the contract had to be written before", write_by=instant.render(write_by))
    _require_usable(command)
    _require_whole(contract, command.parts)
    written = replace(
        contract,
        state=State.OFFERED,
        type=command.type,
        parts=command.parts,
        document_sha256=command.document_sha256,
    )
    written = with_time_to_answer(written, cause.at)
    event = CONTRACT_WRITTEN(
        contract.id,
        rule=contract.rules.ref,
        type=command.type,
        total_fen=written.total_fen,
        technical_fen=written.technical_fen,
        document_sha256=command.document_sha256,
        terms_sha256=written.terms_sha256,
        sign_by=written.sign_by,
        parts=[part.to_json() for part in command.parts],
        by=cause.actor.named,
    )
    return Decision(contract=written, events=(event,))


def sign(contract: Contract, command: Sign, cause: Cause) -> Decision:
    """Bind one party to the terms as they stand; with both, the contract takes effect (民法典 art. 490, 502).

    It takes effect when the later of the two signatures arrived, whichever was decided first.
    """
    party = contract.party(cause.actor.organisation)
    invariant(party is not None, "a party signs")
    assert party is not None
    if command.terms_sha256 != contract.terms_sha256:
        raise AnotherVersion("read the contract again, and sign what it says now")
    if party not in contract.unsigned:
        raise AlreadySigned("your organisation has signed these terms")
    if contract.sign_by is not None and cause.at >= contract.sign_by:
        raise PastDeadline("the contract had to be signed before", sign_by=instant.render(contract.sign_by))
    by_seller, by_buyer = contract.signed_at
    signed = replace(contract, signed_at=(cause.at, by_buyer) if party is Party.SELLER else (by_seller, cause.at))
    signed = _effective(signed)
    event = CONTRACT_SIGNED(
        contract.id,
        rule=contract.rules.ref,
        party=party,
        terms_sha256=command.terms_sha256,
        effective_at=signed.effective_at,
        register_by=signed.register_by,
        by=cause.actor.named,
    )
    return Decision(contract=signed, events=(event,))


def lapse(contract: Contract, cause: Cause) -> Decision:
    """End what was not signed in time, through the fault of whoever kept the other waiting."""
    due = grace_over(contract)
    if due is None:
        raise NotDue("the working days there are to sign cannot be counted yet")
    if cause.at < due:
        raise NotDue("there is time to sign yet", due_at=instant.render(due))
    fault = Fault.SELLER if Party.SELLER in contract.unsigned else Fault.BUYER
    event = CONTRACT_LAPSED(contract.id, rule=contract.rules.ref, fault=fault)
    return Decision(contract=replace(contract, state=State.LAPSED, fault=fault), events=(event,))


def grace_over(contract: Contract) -> datetime | None:
    """Return when no signature can be decided any more; None while nobody can say."""
    return contract.sign_by and contract.sign_by + timedelta(seconds=contract.rules.grace_s)


def _effective(contract: Contract) -> Contract:
    """Bring a contract that both have signed into force."""
    by_seller, by_buyer = contract.signed_at
    if by_seller is None or by_buyer is None:
        return contract
    return with_time_to_register(replace(contract, state=State.EFFECTIVE), max(by_seller, by_buyer))


def _require_usable(command: Write) -> None:
    if not 1 <= len(command.parts) <= MAX_PARTS:
        raise UnusableField(f"give 1 to {MAX_PARTS} parts", field="parts", most=MAX_PARTS)
    for number, part in enumerate(command.parts, start=1):
        if not fits(part.name, MAX_PART_NAME):
            detail = f"the name of a part needs 1 to {MAX_PART_NAME} visible characters"
            raise UnusableField(detail, field="name", part=number, longest=MAX_PART_NAME)
        if not 1 <= part.amount_fen <= MAX_FEN:
            detail = "the amount of a part is more than nothing"
            raise UnusableField(detail, field="amount", part=number, largest_fen=MAX_FEN)
    if not _SHA256.fullmatch(command.document_sha256):
        raise UnusableField("the document's SHA-256 is 64 lower-case hex digits", field="document_sha256")


def _require_whole(contract: Contract, parts: tuple[Part, ...]) -> None:
    given = sum(part.amount_fen for part in parts)
    if given != contract.price_fen:
        raise PartsDoNotAddUp("price the parts anew", expected_fen=contract.price_fen, given_fen=given)
    if all(part.kind is not PartKind.TECHNOLOGY for part in parts):
        raise NothingTechnical("name what is paid for the technology itself")
