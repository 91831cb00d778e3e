"""What a transfer is for, in words: one piece for the page of a deal, for statements and for an export.

The accounts of an amount's way say most of it. What they leave open (a deposit or a balance, which part of a plan,
which period of a royalty) the name of the transfer says, for it is made of what it is for.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from settlement.books.model import Kind, Transfer
from settlement.escrow.model import (
    MAX_PARTS,
    MAX_PERIODS,
    MisdirectedId,
    PlanId,
    Purpose,
    RoyaltyId,
    SettlementId,
    transfer_for,
)

BACK: Final = frozenset({Kind.VOID.value, Kind.EXPIRE.value})  # what gives a hold back
MOST_PAYMENTS: Final = 5  # of one period: its minimum, what is stated late, what an audit finds, and then some
_PLAN, _ROYALTY, _NOBODYS = (f"{one.prefix}_" for one in (PlanId, RoyaltyId, MisdirectedId))
_OF_A_DEAL: Final = (f"{SettlementId.prefix}_", _PLAN, _ROYALTY)
_NUMBERED: Final[dict[str, dict[tuple[str, str], tuple[Purpose, ...]]]] = {
    _PLAN: {
        ("bank", "escrow"): (Purpose.PART,),
        ("escrow", "released"): (Purpose.RELEASE,),
        ("escrow", "ordered"): (Purpose.RETURN,),
        ("released", "fees"): (Purpose.FEE,),
        ("released", "broker"): (Purpose.BROKER,),
        ("released", "reward"): (Purpose.REWARD,),
        ("released", "seller"): (Purpose.SELLER,),
    },
    _ROYALTY: {
        ("bank", "escrow"): (Purpose.ROYALTY,),
        ("escrow", "fees"): (Purpose.FEE,),
        ("escrow", "broker"): (Purpose.BROKER,),
        ("escrow", "reward"): (Purpose.REWARD,),
        ("escrow", "seller"): (Purpose.SELLER, Purpose.AUDIT),
    },
}
"""Which transfers are named by the number of a part or a period alone, by where they come from and go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An amount's way through accounts: one transfer, or several that pass it on within one command."""

    kinds: tuple[str, ...]
    way: tuple[str, ...]  # the accounts; of what gives a hold back, the other way round
    transfers: tuple[str, ...] = ()  # their names, where they are known
    frozen: bool = False  # an order stood meanwhile

    @classmethod
    def of(cls, *, kind: str, debit: str, credit: str, transfer: str = "") -> "Way":
        """Return the way of one transfer."""
        way = (credit, debit) if kind in BACK else (debit, credit)
        return cls(kinds=(kind,), way=way, transfers=(transfer,) if transfer else ())

    @property
    def number(self) -> int:
        """Which part of a plan or period of a royalty it is for; 0 where that is not known."""
        steps = zip(self.way, self.way[1:], self.transfers, strict=False)
        return next((found for debit, credit, named in steps if (found := _number(named, debit, credit))), 0)

    @property
    def is_deposit(self) -> bool:
        """Whether what comes for a bidder is its deposit, and not the balance."""
        return self._is(Purpose.DEPOSIT)

    @property
    def is_lost(self) -> bool:
        """Whether a held deposit arrives because its bidder has lost it."""
        return self._is(Purpose.FORFEIT)

    def _is(self, purpose: Purpose) -> bool:
        mine = next((one for one in self.way if ":bidder:" in one), None)
        if mine is None:
            return False
        subject, _, code = mine.split(":")
        return transfer_for(subject, purpose, code) in self.transfers


def said(
    one: Way, *, inventors: Sequence[str] = (), reward_percent: str = "", sellers: Collection[str] = frozenset()
) -> str:
    """Say what a way is for; names and the percentage where the reader may know them.

    `sellers` are the holders' accounts whose holder is the seller.
    """
    for subject, words in _OTHERS:
        if any(name.startswith(subject) for name in one.way) and (found := words(one)):
            return found
    if not any(name.startswith(_OF_A_DEAL) for name in one.way):
        return ""  # nothing of ours
    if held := _of_a_deposit(one):
        return held
    match _ends(one):
        case "bank", _:
            return "a deposit arrives" if one.is_deposit else "the balance of the price arrives"
        case "bidder", last:
            return "the deposit goes back" if last == "ordered" else "the balance becomes part of the price"
        case _, "fees":
            return "the exchange's fee on the price"
        case _, "reward":
            return f"{reward_percent} % of net income to the inventors" if reward_percent else "the inventors' part"
        case _:
            return _whose(one, inventors, sellers)


def purpose_of(one: Transfer) -> str:
    """Say what one transfer is for."""
    return said(Way.of(kind=one.kind, debit=one.debit, credit=one.credit, transfer=one.id))


def name_of(account: str, number: int = 0) -> str:
    """Write an account for people; `number` is of the period that a royalty's escrow keeps money of."""
    kind, whose = _account(account)
    if kind == "ordered":
        return "paid out"
    if kind != "escrow":
        return f"{kind} {whose}".strip()
    kept = {f"{SettlementId.prefix}_": "price", _PLAN: "plan", _ROYALTY: f"period {number}" if number else "royalty"}
    return next((f"escrow ({of})" for begins, of in kept.items() if account.startswith(begins)), "escrow")


def _of_a_deposit(one: Way) -> str:
    """Say what a way is on which a deposit is held, or held no more; nothing of any other."""
    match one.kinds:
        case ("hold",):
            return "the deposit is held"
        case (*_, "hold"):
            return "a deposit arrives, and is held"
        case ("void" | "expire",):
            return "the deposit is held no more"
        case ("void" | "expire", *_):
            return "not the winner: the deposit goes back"
        case ("post", *_):
            return "the deposit is lost" if one.is_lost else "the deposit becomes part of the price"
        case _:
            return ""


def _of_a_trial(one: Way) -> str:
    """Say what a way is on which a trial's deposit is set aside, or no more; nothing of any other."""
    match one.kinds:
        case ("void" | "expire",):
            return "the hold is over; an order keeps the deposit where it is" if one.frozen else "the hold is over"
        case ("void" | "expire", "hold"):
            return "an order is lifted: the deposit is set aside for longer"
        case (*_, "hold"):
            return "the deposit is set aside while the buyer tries"
        case ("void" | "expire", *_):
            return "not taken up: the deposit goes back"
        case ("post",):
            return "taken up: the deposit becomes part of the price"
        case _:
            return ""


def _of_a_plan(one: Way) -> str:
    """Say what a way is that only a payment plan has; nothing of any other."""
    if tried := _of_a_trial(one):
        return tried
    part = f"part {one.number}" if one.number else "a part"
    match _ends(one):
        case "buyer", "ordered":
            return "not taken up: the deposit goes back"
        case "bank", _:
            return f"{part} of the price arrives"
        case _, "released":
            return f"{part} is released, to be divided"
        case "escrow", "ordered":
            return f"{part} goes back to the buyer" if len(one.kinds) == 1 else ""
        case _, "escrow" | "buyer":
            return "the deposit goes over to the payment plan"
        case _:
            return ""


def _of_a_royalty(one: Way) -> str:
    """Say what a way is that only a royalty has; nothing of any other."""
    match [_account(name)[0] for name in one.way]:
        case "bank", *_:
            return f"a royalty arrives, for period {one.number}" if one.number else "a royalty arrives"
        case *_, "fees":
            return "the exchange's fee on royalties"
        case "escrow", "seller", "ordered":
            return "what an audit has cost, to the seller"
        case _:
            return ""


def _of_nobody(one: Way) -> str:
    """Say what a way is of money that nobody expected."""
    match [_account(name)[0] for name in one.way]:
        case "bank", *_, "held":
            return "money arrives that nobody expected"
        case *_, "ordered":
            return "it goes back to its sender"
        case _:
            return "it is received for what it was meant for"


def _of_a_programme(one: Way) -> str:
    """Say what a way is of a programme's budget or of a yearly cap."""
    match _ends(one):
        case "bank", _:
            return "a programme's budget arrives"
        case _, "ordered":
            return "an incentive is paid"
        case _, "cap":
            return "a yearly cap is opened"
        case _:
            return "what was paid is taken off the yearly cap"


_OTHERS: Final = (
    (_NOBODYS, _of_nobody),
    (_PLAN, _of_a_plan),
    (_ROYALTY, _of_a_royalty),
    ("prg_", _of_a_programme),
)
"""What has words of its own beside those of a settlement, by how its accounts begin; the first of them speaks."""


def _whose(one: Way, inventors: Sequence[str], sellers: Collection[str]) -> str:
    """Say whose part of a payment it is."""
    for account in reversed(one.way):
        match _account(account):
            case "broker", _:
                return "the broker's commission"
            case "tax", _:
                return "income tax withheld from the inventors"
            case "inventor", place:
                return f"{inventors[int(place) - 1]}, inventor" if inventors else f"inventor {place}"
            case "owner", place:
                return "the seller" if account in sellers else f"holder {place} of the right"
            case "seller", _:
                return "the seller"
            case _:
                continue
    return ""


def _number(transfer: str, debit: str, credit: str) -> int:
    subject = next((one.partition(":")[0] for one in (debit, credit) if one[:4] in _NUMBERED), "")
    purposes = _NUMBERED.get(subject[:4], {}).get((_account(debit)[0], _account(credit)[0]), ())
    whole = [""] if subject[:4] == _PLAN else [f":{payment}" for payment in range(1, MOST_PAYMENTS + 1)]
    for number in range(1, (MAX_PARTS if subject[:4] == _PLAN else MAX_PERIODS) + 1):
        if any(transfer_for(subject, one, f"{number}{end}") == transfer for one in purposes for end in whole):
            return number
    return 0


def _ends(one: Way) -> tuple[str, str]:
    """Return what kinds of account a way begins and ends with."""
    return _account(one.way[0])[0], _account(one.way[-1])[0]


def _account(name: str) -> tuple[str, str]:
    """Return what kind of account it is, and whose."""
    kind, _, whose = name.partition(":")[2].partition(":")
    return kind, whose
