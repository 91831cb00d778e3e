"""The transfers that a plan's entries should tell of, and its own accounts by nothing but those that are told of."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from math import floor

from ledger.kernel import instant
from settlement.books.model import Kind, expiry_of

from ..model import (
    BANK,
    FEES,
    ORDERED,
    Purpose,
    broker_account,
    buyer_account,
    escrow_account,
    inventor_account,
    owner_account,
    released_account,
    reward_account,
    seller_account,
    tax_account,
    transfer_for,
)
from ..rules import PRACTICES
from . import numbers
from .money import Moved, moved
from .plan_reading import Part, PlanFold
from .reading import Said

__all__ = ["Moved", "PlanAccounts", "moved"]


class PlanAccounts:
    """A plan's own accounts. What of a division is sealed is kept apart, as if it had gone."""

    def __init__(self, plan: str) -> None:
        self._plan = plan
        self._posted: dict[str, int] = defaultdict(int)
        self._held: dict[tuple[str, str], int] = {}
        self._seen: set[str] = set()
        self._sealed_fen = 0

    @property
    def kept_fen(self) -> int:
        """What stands on all of them together."""
        return sum(self._posted.values()) - self._sealed_fen

    def seal(self, amount_fen: int) -> None:
        """Take it that what is not shown has gone where it should."""
        self._sealed_fen += amount_fen

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
        between = (one.debit, one.credit)
        if one.kind == Kind.HOLD:
            self._held[between] = self._held.get(between, 0) + one.amount_fen
            return
        if one.kind != Kind.MOVE and self._held.pop(between, None) != one.amount_fen:
            yield f"resolves {one.amount_fen} fen from {one.debit}, which are not what is held"
        if one.kind in {Kind.VOID, Kind.EXPIRE}:
            return
        for name, change in ((one.debit, -one.amount_fen), (one.credit, one.amount_fen)):
            if name.startswith(f"{self._plan}:"):
                self._posted[name] += change

    def _left(self, name: str) -> int:
        aside = sum(fen for (debit, _), fen in self._held.items() if debit == name)
        return (self._posted.get(name, 0) - aside) if name.startswith(f"{self._plan}:") else 0


def trying(id: str, now: PlanFold, said: Said) -> list[Moved]:
    """Return what a trial moves at its beginning; whose code it comes from, the settlement alone knows."""
    first = said.data.each("transfers")[:1]
    source = first[0].text("debit") if first else ""
    if not source.startswith(f"{now.settlement}:bidder:"):
        source = f"{now.settlement}:bidder:"
    mine = buyer_account(id)
    return [
        _moved(id, Kind.MOVE, Purpose.ADOPT, source, mine, now.deposit_fen),
        _moved(id, Kind.HOLD, Purpose.TRIAL, mine, escrow_account(id), now.deposit_fen),
    ]


def declining(id: str, now: PlanFold, *, over: bool) -> list[Moved]:
    """Return what a trial moves that ends: by word, or because it is over."""
    mine = buyer_account(id)
    freed = _moved(id, Kind.VOID, Purpose.DECLINE, mine, escrow_account(id), now.deposit_fen)
    return [
        _expired(id, now, freed) if over else freed,
        _moved(id, Kind.MOVE, Purpose.REFUND, mine, ORDERED, now.deposit_fen),
    ]


def extending(id: str, now: PlanFold, until: datetime, *, over: bool) -> list[Moved]:
    """Return what sets a trial's deposit aside anew, `until` a later instant."""
    mine, escrow, fen = buyer_account(id), escrow_account(id), now.deposit_fen
    before = "" if now.trial_until is None else instant.render(now.trial_until)
    freed = _moved(id, Kind.VOID, Purpose.RESUME, mine, escrow, fen, before)
    aside = _moved(id, Kind.HOLD, Purpose.TRIAL, mine, escrow, fen, instant.render(until))
    return [_expired(id, now, freed) if over else freed, aside]


def agreeing(id: str, now: PlanFold, *, tried: bool) -> list[Moved]:
    """Return what the deposit moves when the plan takes effect."""
    escrow = escrow_account(id)
    if tried:
        return [_moved(id, Kind.POST, Purpose.TAKE_UP, buyer_account(id), escrow, now.deposit_fen)]
    return [_moved(id, Kind.MOVE, Purpose.ADOPT, escrow_account(now.settlement), escrow, now.deposit_fen)]


def paying(id: str, part: int, fen: int) -> list[Moved]:
    """Return what a part moves when it comes."""
    return [_moved(id, Kind.MOVE, Purpose.PART, BANK, escrow_account(id), fen, str(part))]


def releasing(id: str, part: int, fen: int) -> list[Moved]:
    """Return what a part moves when it becomes the seller's."""
    return [_moved(id, Kind.MOVE, Purpose.RELEASE, escrow_account(id), released_account(id), fen, str(part))]


def returning(id: str, part: int, fen: int) -> list[Moved]:
    """Return what a part moves that goes back."""
    return [_moved(id, Kind.MOVE, Purpose.RETURN, escrow_account(id), ORDERED, fen, str(part))]


def lost(rule: str, deposit_fen: int, fee_fen: int) -> dict[str, int]:
    """Return each one's part of a lost deposit in the order of the practice `rule`: what it is owed, while it lasts."""
    practice = PRACTICES.get(rule)  # one that was never published is a finding already
    owed, parts = {"fee": fee_fen, "seller": deposit_fen}, dict[str, int]()
    for whose in practice.forfeit_order if practice else ("fee", "seller"):
        parts[whose] = min(owed[whose], deposit_fen - sum(parts.values()))
    return parts


def losing(id: str, due: Mapping[str, int]) -> list[Moved]:
    """Return what a lost deposit moves, to each its part in the order they come in."""
    escrow, seller = escrow_account(id), seller_account(id)
    whole: list[Moved] = []
    for whose, fen in due.items():
        if whose == "fee":
            whole.append(_moved(id, Kind.MOVE, Purpose.FEE, escrow, FEES, fen))
        else:
            whole.append(_moved(id, Kind.MOVE, Purpose.SELLER, escrow, seller, fen))
            whole.append(_moved(id, Kind.MOVE, Purpose.SELLER_OUT, seller, ORDERED, fen))
    return [one for one in whole if one.amount_fen]


def divided(now: PlanFold, part: Part, *, costs_fen: int, fee: Callable[[int], int]) -> dict[str, int]:
    """Reckon a part's division after those before it, in fractions; rates are of all that has been divided."""
    whole = now.divided_fen + part.amount_fen
    fee_fen = fee(whole) - now.fee_fen
    commission = floor(Fraction(whole * now.commission_bp, 10_000) + Fraction(1, 2)) - now.commission_fen
    commission = min(commission, part.amount_fen - fee_fen)
    net = part.amount_fen - fee_fen - commission - costs_fen
    all_net = whole - (now.fee_fen + fee_fen) - (now.commission_fen + commission) - (now.costs_fen + costs_fen)
    reward = numbers.reward(all_net, now.reward_bp) - now.reward_fen
    return {
        "price": part.amount_fen,
        "interest": part.interest_fen,
        "fee": fee_fen,
        "commission": commission,
        "net": net,
        "reward": reward,
        "owners": part.whole_fen - fee_fen - commission - reward,
    }


def dividing(id: str, part: int, due: Mapping[str, int]) -> list[Moved]:
    """Return what a division moves for all to see."""
    source, broker, whose = released_account(id), broker_account(id), str(part)
    whole = [
        _moved(id, Kind.MOVE, Purpose.FEE, source, FEES, due["fee"], whose),
        _moved(id, Kind.MOVE, Purpose.BROKER, source, broker, due["commission"], whose),
        _moved(id, Kind.MOVE, Purpose.BROKER_OUT, broker, ORDERED, due["commission"], whose),
        _moved(id, Kind.MOVE, Purpose.REWARD, source, reward_account(id), due["reward"], whose),
        _moved(id, Kind.MOVE, Purpose.SELLER, source, seller_account(id), due["owners"], whose),
    ]
    return [one for one in whole if one.amount_fen]


def paying_out(id: str, part: int, cuts: Sequence[tuple[tuple[int, int], int]], owners: Sequence[int]) -> list[Moved]:
    """Return what each ((inventor, part), tax) and each holder's part move."""
    reward, tax, seller = reward_account(id), tax_account(id), seller_account(id)
    whole: list[Moved] = []
    for (place, fen), withheld in cuts:
        whose, theirs = f"{part}:{place}", inventor_account(id, place)
        whole += [
            _moved(id, Kind.MOVE, Purpose.INVENTOR, reward, theirs, fen - withheld, whose),
            _moved(id, Kind.MOVE, Purpose.INVENTOR_OUT, theirs, ORDERED, fen - withheld, whose),
            _moved(id, Kind.MOVE, Purpose.TAX, reward, tax, withheld, whose),
            _moved(id, Kind.MOVE, Purpose.TAX_OUT, tax, ORDERED, withheld, whose),
        ]
    for place, fen in enumerate(owners, 1):
        whose, theirs = f"{part}:{place}", owner_account(id, place)
        whole += [
            _moved(id, Kind.MOVE, Purpose.OWNER, seller, theirs, fen, whose),
            _moved(id, Kind.MOVE, Purpose.OWNER_OUT, theirs, ORDERED, fen, whose),
        ]
    return [one for one in whole if one.amount_fen]


def _expired(id: str, now: PlanFold, freed: Moved) -> Moved:
    """Return what stands in the place of a void where the hold was over; the first hold has no instant in its name."""
    whose = "" if now.extended_until is None else instant.render(now.extended_until)
    return replace(freed, id=expiry_of(transfer_for(id, Purpose.TRIAL, whose)), kind=Kind.EXPIRE.value)


def _moved(id: str, kind: Kind, purpose: Purpose, debit: str, credit: str, fen: int, whose: str = "") -> Moved:
    return Moved(transfer_for(id, purpose, whose), kind.value, debit, credit, fen)
