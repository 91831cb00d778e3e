"""The transfers that entries tell of: added up again, and held against what each entry should have moved."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledger.audit.reading import Reader
from settlement.books.model import Kind

from ..model import (
    BANK,
    FEES,
    ORDERED,
    Purpose,
    bidder_account,
    broker_account,
    escrow_account,
    inventor_account,
    own,
    owner_account,
    reward_account,
    seller_account,
    tax_account,
    transfer_for,
)
from .reading import Said

_EVERYBODYS = frozenset({BANK, ORDERED, FEES})


@dataclass(frozen=True, slots=True)
class Moved:
    """One transfer, as an entry publishes it."""

    id: str
    kind: str
    debit: str
    credit: str
    amount_fen: int


def moved(read: Sequence[Reader]) -> list[Moved]:
    """Read transfers."""
    return [
        Moved(one.text("id"), one.text("kind"), one.text("debit"), one.text("credit"), one.fen("amount_fen"))
        for one in read
    ]


class Accounts:
    """A settlement's own accounts, by nothing but the transfers that were told of."""

    def __init__(self, settlement: str) -> None:
        self._settlement = settlement
        self._posted: dict[str, int] = defaultdict(int)
        self._held: dict[tuple[str, str], int] = {}
        self._seen: set[str] = set()

    @property
    def held_fen(self) -> int:
        """What is set aside and has not arrived."""
        return sum(self._held.values())

    def standing(self) -> dict[str, int]:
        """Return what stands on each account that is not empty."""
        return {name: fen for name, fen in sorted(self._posted.items()) if fen}

    def made(self, said: Said, due: Sequence[Moved]) -> Iterator[str]:
        """Add up the transfers that an entry tells of; yield where they are not those that should have been made."""
        told = moved(said.data.each("transfers"))
        yield from self.take(told)
        for one, other in zip(told, due, strict=False):
            if one != other:
                yield f"should {other.kind} {other.amount_fen} fen from {other.debit}: {other.id}"
        if len(told) != len(due):
            yield f"should make {len(due)} transfers"

    def take(self, transfers: Iterable[Moved]) -> Iterator[str]:
        """Apply transfers one by one; yield what is wrong with any."""
        for one in transfers:
            if one.id in self._seen:
                yield f"makes {one.id} a second time"
            self._seen.add(one.id)
            if one.amount_fen <= 0:
                yield f"moves {one.amount_fen} fen"
            yield from self._apply(one)
            yield from (f"overdraws {name}" for name in (one.debit, one.credit) if self._left(name) < 0)

    def _apply(self, one: Moved) -> Iterator[str]:
        strange = [name for name in (one.debit, one.credit) if name not in _EVERYBODYS and not self._owns(name)]
        yield from (f"moves money of {name}, which is not this settlement's" for name in strange)
        between = (one.debit, one.credit)
        if one.kind == Kind.HOLD:
            self._held[between] = self._held.get(between, 0) + one.amount_fen
            return
        if one.kind != Kind.MOVE and self._held.pop(between, None) != one.amount_fen:
            yield f"resolves {one.amount_fen} fen from {one.debit}, which are not what is held"
        if one.kind in {Kind.VOID, Kind.EXPIRE}:
            return
        for name, change in ((one.debit, -one.amount_fen), (one.credit, one.amount_fen)):
            if self._owns(name):
                self._posted[name] += change

    def _left(self, name: str) -> int:
        aside = sum(fen for (debit, _), fen in self._held.items() if debit == name)
        return (self._posted.get(name, 0) - aside) if self._owns(name) else 0

    def _owns(self, name: str) -> bool:
        return own(self._settlement, name)


def holding(id: str, code: str, fen: int) -> list[Moved]:
    """Return what a deposit moves."""
    bidder, escrow = bidder_account(id, code), escrow_account(id)
    return [
        _moved(id, Kind.MOVE, Purpose.DEPOSIT, BANK, bidder, fen, code),
        _moved(id, Kind.HOLD, Purpose.HOLD, bidder, escrow, fen, code),
    ]


def refunding(id: str, code: str, fen: int) -> list[Moved]:
    """Return what a refund moves."""
    bidder, escrow = bidder_account(id, code), escrow_account(id)
    return [
        _moved(id, Kind.VOID, Purpose.VOID, bidder, escrow, fen, code),
        _moved(id, Kind.MOVE, Purpose.REFUND, bidder, ORDERED, fen, code),
    ]


def paying(id: str, code: str, deposit_fen: int, balance_fen: int) -> list[Moved]:
    """Return what the balance moves, the deposit with it."""
    bidder, escrow = bidder_account(id, code), escrow_account(id)
    return [
        _moved(id, Kind.POST, Purpose.APPLY, bidder, escrow, deposit_fen, code),
        _moved(id, Kind.MOVE, Purpose.BALANCE, BANK, bidder, balance_fen, code),
        _moved(id, Kind.MOVE, Purpose.PRICE, bidder, escrow, balance_fen, code),
    ]


def letting_go(id: str, code: str, fen: int, *, trial: bool) -> list[Moved]:
    """Return what leaves a deposit free for a plan to take over: in escrow, or while its buyer tries with the buyer."""
    kind, purpose = (Kind.VOID, Purpose.VOID) if trial else (Kind.POST, Purpose.APPLY)
    return [_moved(id, kind, purpose, bidder_account(id, code), escrow_account(id), fen, code)]


def let_go(id: str, code: str, *, trial: bool) -> str:
    """Return where a plan takes it from."""
    return bidder_account(id, code) if trial else escrow_account(id)


def forfeiting(id: str, code: str, parts: Sequence[tuple[str, int]]) -> list[Moved]:
    """Return what a lost deposit moves: the parts of `fee` and `seller`, in the order they come in."""
    whole_fen = sum(fen for _, fen in parts)
    lost = _moved(id, Kind.POST, Purpose.FORFEIT, bidder_account(id, code), escrow_account(id), whole_fen, code)
    nothing = {"fee": 0, "seller": 0}
    ways = [nothing | {whose: fen} for whose, fen in parts]
    return [
        lost,
        *(
            one
            for way in ways
            for one in dividing(id, fee_fen=way["fee"], reward_fen=0, seller_fen=way["seller"], kept_fen=way["seller"])
        ),
    ]


def dividing(id: str, *, fee_fen: int, reward_fen: int, seller_fen: int, kept_fen: int) -> list[Moved]:
    """Return what leaves escrow at the end; what is nothing is not moved. The seller keeps `kept_fen` of its part."""
    escrow, reward, seller = escrow_account(id), reward_account(id), seller_account(id)
    whole = [
        _moved(id, Kind.MOVE, Purpose.FEE, escrow, FEES, fee_fen),
        _moved(id, Kind.MOVE, Purpose.REWARD, escrow, reward, reward_fen),
        _moved(id, Kind.MOVE, Purpose.SELLER, escrow, seller, seller_fen),
        _moved(id, Kind.MOVE, Purpose.SELLER_OUT, seller, ORDERED, kept_fen),
    ]
    return [one for one in whole if one.amount_fen]


def passing_on(id: str, commission_fen: int, others: Mapping[int, int]) -> list[Moved]:
    """Return what leaves the seller's account for the broker and, by place, for the other holders."""
    seller, broker = seller_account(id), broker_account(id)
    whole = [
        _moved(id, Kind.MOVE, Purpose.BROKER, seller, broker, commission_fen),
        _moved(id, Kind.MOVE, Purpose.BROKER_OUT, broker, ORDERED, commission_fen),
    ]
    for place, fen in sorted(others.items()):
        owner = owner_account(id, place)
        whole += [
            _moved(id, Kind.MOVE, Purpose.OWNER, seller, owner, fen, str(place)),
            _moved(id, Kind.MOVE, Purpose.OWNER_OUT, owner, ORDERED, fen, str(place)),
        ]
    return [one for one in whole if one.amount_fen]


def taxing(id: str, withheld: Mapping[int, int]) -> list[Moved]:
    """Return what leaves the inventors' accounts, by place, as tax."""
    tax = tax_account(id)
    whole = [
        _moved(id, Kind.MOVE, Purpose.TAX, inventor_account(id, place), tax, fen, str(place))
        for place, fen in sorted(withheld.items())
    ]
    return [*whole, _moved(id, Kind.MOVE, Purpose.TAX_OUT, tax, ORDERED, sum(withheld.values()))] if whole else []


def sharing(id: str, parts: Sequence[tuple[int, int]], withheld: Mapping[int, int]) -> list[Moved]:
    """Return what the inventors' (place, part) move, less what is withheld of each."""
    whole: list[Moved] = []
    for place, fen in parts:
        inventor = inventor_account(id, place)
        whole += [
            _moved(id, Kind.MOVE, Purpose.INVENTOR, reward_account(id), inventor, fen, str(place)),
            _moved(id, Kind.MOVE, Purpose.INVENTOR_OUT, inventor, ORDERED, fen - withheld.get(place, 0), str(place)),
        ]
    return [one for one in whole if one.amount_fen]


def _moved(id: str, kind: Kind, purpose: Purpose, debit: str, credit: str, fen: int, whose: str = "") -> Moved:
    return Moved(transfer_for(id, purpose, whose), kind.value, debit, credit, fen)
