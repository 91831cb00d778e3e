"""The nouns of what the bank is told to pay: one for each transfer leaving custody, never in clear on the ledger."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.kernel.errors import invariant
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from settlement.books.model import TransferId


class Payee(StrEnum):
    """Who is paid; the comment says what names it."""

    ORGANISATION = "organisation"  # its id
    INVENTOR = "inventor"  # its place among the asset's inventors, from 1
    TAX = "tax"  # nobody: the tax authority of the withholding party (代扣代缴)
    SENDER = "sender"  # the bank reference of what it sent, of money that nobody expected: nobody knows more


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """What the bank is to be told of one transfer to `custody:ordered` (出款指令).

    Of a refund, `source` is the bank reference of the payment that is given back, and `account` where it came from, if
    the payer said so: money goes back the way it came (原路退回).
    """

    transfer: TransferId
    subject: str  # whose transfer it is: a settlement, a plan, …
    payee: Payee
    amount_fen: Fen
    organisation: OrganisationId | None = None
    inventor: int | None = None
    source: str | None = None
    account: str | None = None

    def __post_init__(self) -> None:
        named = {Payee.ORGANISATION: self.organisation, Payee.INVENTOR: self.inventor, Payee.SENDER: self.source}
        invariant(self.payee not in named or named[self.payee] is not None, "a payee is named")
        invariant((self.organisation is not None) == (self.payee is Payee.ORGANISATION), "by what it is named by")
        invariant((self.inventor is not None) == (self.payee is Payee.INVENTOR), "by what it is named by")
        invariant(self.amount_fen > 0, "something is paid")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedPayout:
    """A payout in the list that the bank is given: its place there, from 1, and when it was ordered."""

    place: int
    ordered_at: datetime
    payout: Payout
