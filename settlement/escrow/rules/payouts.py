"""What the bank is told of the transfers that leave a payment plan or a royalty: who is paid, read off the account."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple, TypedDict

from ledger.kernel.errors import invariant
from ledger.kernel.ids import OrganisationId
from settlement.books.model import Order, TransferId

from ..model import ORDERED, Payee, Payout, Plan, Royalty


class CameBy(NamedTuple):
    """The one payment that a transfer gives back: the bank's reference, and the account, if it is known."""

    reference: str
    account: str | None = None


_UNKNOWN: Final[Mapping[TransferId, CameBy]] = MappingProxyType({})


class _Paid(TypedDict, total=False):
    payee: Payee
    organisation: OrganisationId
    inventor: int
    source: str
    account: str | None


def told_of(
    subject: Plan | Royalty, orders: Iterable[Order], *, came_by: Mapping[TransferId, CameBy] = _UNKNOWN
) -> tuple[Payout, ...]:
    """Return a payout for each of a subject's orders that leaves custody, in their order.

    What is given back goes the way it came (原路退回): to the buyer, by the payment that a transfer `came_by`, as a
    deposit does; none is named of a transfer that more than one had brought.
    """
    return tuple(
        Payout(
            transfer=one.id,
            subject=subject.id,
            amount_fen=one.amount_fen,
            **_paid(subject, one.debit.split(":")[1:], came_by.get(one.id)),
        )
        for one in orders
        if one.credit == ORDERED
    )


def _paid(subject: Plan | Royalty, account: Sequence[str], came_by: CameBy | None) -> _Paid:
    match account:
        case ["buyer"] | ["escrow"]:
            back: _Paid = {"payee": Payee.ORGANISATION, "organisation": subject.buyer}
            return back if came_by is None else back | {"source": came_by.reference, "account": came_by.account}
        case ["seller"]:
            return {"payee": Payee.ORGANISATION, "organisation": subject.seller}
        case ["owner", place]:
            return {
                "payee": Payee.ORGANISATION,
                "organisation": subject.sharing.owners[int(place) - 1].organisation,
            }
        case ["inventor", place]:
            return {"payee": Payee.INVENTOR, "inventor": int(place)}
        case ["tax"]:
            return {"payee": Payee.TAX}
        case _:
            broker = subject.sharing.broker
            invariant(list(account) == ["broker"] and broker is not None, "somebody is paid out of this account")
            assert broker is not None
            return {"payee": Payee.ORGANISATION, "organisation": broker.organisation}
