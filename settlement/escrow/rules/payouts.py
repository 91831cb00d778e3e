"""What the bank is told of the transfers that leave a payment plan or a royalty: who is paid, read off the account."""

from collections.abc import Iterable, Sequence
from typing import TypedDict

from ledger.kernel.errors import invariant
from ledger.kernel.ids import OrganisationId
from settlement.books.model import Order

from ..model import ORDERED, Payee, Payout, Plan, Royalty


class _Paid(TypedDict, total=False):
    payee: Payee
    organisation: OrganisationId
    inventor: int
    source: str
    account: str | None


def told_of(
    subject: Plan | Royalty, orders: Iterable[Order], *, source: str | None = None, account: str | None = None
) -> tuple[Payout, ...]:
    """Return a payout for each of a subject's orders that leaves custody, in their order.

    What is given back goes the way it came (原路退回): to the buyer, by the payment `source` it sent from `account`,
    as a deposit does; no payment is named where more than one had brought it.
    """
    back: _Paid = {
        "payee": Payee.ORGANISATION,
        "organisation": subject.buyer,
        **({} if source is None else {"source": source, "account": account}),
    }
    return tuple(
        Payout(
            transfer=one.id,
            subject=subject.id,
            amount_fen=one.amount_fen,
            **_paid(subject, one.debit.split(":")[1:], back),
        )
        for one in orders
        if one.credit == ORDERED
    )


def _paid(subject: Plan | Royalty, account: Sequence[str], back: _Paid) -> _Paid:
    match account:
        case ["buyer"] | ["escrow"]:
            return back
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
