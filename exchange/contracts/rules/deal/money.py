"""The money of a deal as its entries tell it: every transfer in order, what became of each part, sums to hold.

Nothing is judged here; a sum that does not hold is shown as one. What is not of its form counts as nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.kernel.money import WHOLE_BP
from settlement.books.model import Kind
from settlement.escrow import model as escrow

from ..blocks import last
from ..labels import Label
from ..reading import Line, Record, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One transfer. `held_fen` is what the accounts of the deal hold after it, set aside or not."""

    line: Line
    kind: str
    debit: str
    credit: str
    amount_fen: int
    held_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """An amount and the parts it is to be made of, each with what it is called; a part may be taken off."""

    whole: Label
    whole_fen: int
    parts: tuple[tuple[Label, int], ...]

    @property
    def holds(self) -> bool:
        """Whether the parts add up to the whole."""
        return self.whole_fen == sum(fen for _, fen in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """The exchange's fee, and the slices of the price it is computed on, each with its rate in basis points."""

    fee_fen: int
    slices: tuple[tuple[int, int], ...]
    most_fen: int | None = None  # a lost deposit pays no more than it is

    @property
    def holds(self) -> bool:
        """Whether the rates make the fee: added up first, then rounded once, half up to the fen."""
        whole = (2 * sum(fen * rate for fen, rate in self.slices) + WHOLE_BP) // (2 * WHOLE_BP)
        return self.fee_fen == (whole if self.most_fen is None else min(whole, self.most_fen))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposits:
    """What became of the deposits of some bidders."""

    received_fen: int = 0
    refunded_fen: int = 0
    applied_fen: int = 0
    forfeited_fen: int = 0

    @property
    def held_fen(self) -> int:
        """What is still held."""
        return self.received_fen - self.refunded_fen - self.applied_fen - self.forfeited_fen


def movements(record: Record) -> list[Moved]:
    """Return every transfer of the deal in order. What the inventors receive is among them only where it is opened."""
    held, found = 0, []
    for line in record.of(record.settlement):
        for one in (*line.data.each("transfers"), *line.opened.each("payouts")):
            kind, debit, credit = (one.text(name) or "" for name in ("kind", "debit", "credit"))
            amount = one.fen("amount_fen") or 0
            if kind in {Kind.MOVE, Kind.POST}:
                held += amount * (_is_ours(record, credit) - _is_ours(record, debit))
            found.append(Moved(line=line, kind=kind, debit=debit, credit=credit, amount_fen=amount, held_fen=held))
    return found


def winner(record: Record) -> str | None:
    """Return the code of whoever the settlement was awarded to."""
    return _entry(record, escrow.AWARDED.name).text("code")


def deposits(record: Record, *, of_winner: bool) -> Deposits:
    """Return what became of the winner's deposit, or of all others'."""
    code = winner(record)
    mine = [
        line
        for line in record.of(record.settlement)
        if (of_winner and code is not None) == (line.data.text("code") == code)
    ]
    if of_winner and code is None:
        return Deposits()
    return Deposits(
        received_fen=_total(mine, escrow.DEPOSIT_HELD.name),
        refunded_fen=_total(mine, escrow.DEPOSIT_REFUNDED.name),
        applied_fen=_entry(record, escrow.BALANCE_PAID.name).fen("applied_fen") or 0 if of_winner else 0,
        forfeited_fen=_total(mine, escrow.DEPOSIT_FORFEITED.name),
    )


def settled(record: Record) -> Line | None:
    """Return the entry that divided the price."""
    return next((line for line in record.of(record.settlement) if line.kind == escrow.SETTLED.name), None)


def shared(record: Record) -> Line | None:
    """Return the entry that tells whose the seller's part is, where it is not all the seller's, or tax is withheld."""
    return next((line for line in record.of(record.settlement) if line.kind == escrow.SHARED.name), None)


def forfeited(record: Record) -> Line | None:
    """Return the entry by which a deposit was lost."""
    return next((line for line in record.of(record.settlement) if line.kind == escrow.DEPOSIT_FORFEITED.name), None)


def charge(record: Record) -> Charge | None:
    """Return the fee with what it is computed on, once one was taken; its bands are those the settlement publishes."""
    line = settled(record) or forfeited(record)
    if line is None:
        return None
    price = _entry(record, escrow.AWARDED.name).fen("price_fen") or 0
    terms = _entry(record, escrow.SETTLEMENT_OPENED.name).inside("terms")
    bands = [(band.fen("from_fen") or 0, band.number("rate_bp") or 0) for band in terms.each("fee_bands")]
    ends = [start for start, _ in bands[1:]]
    slices = tuple(
        (min(price, end) - start, rate)
        for (start, rate), end in zip(bands, [*ends, price], strict=False)
        if start < min(price, end)
    )
    lost = line.data.fen("amount_fen") if line.kind == escrow.DEPOSIT_FORFEITED.name else None
    return Charge(fee_fen=line.data.fen("fee_fen") or 0, slices=slices, most_fen=lost)


def sums(record: Record) -> Iterator[Sum]:
    """Yield the sums that hold in a sound deal, as far as it went."""
    moved = movements(record)
    yield from _of_deposits(record)
    yield from _of_price(record)
    came, left = _through(record, moved, inward=True), _through(record, moved, inward=False)
    fees = sum(fen for account, fen in left if account == escrow.FEES)
    yield Sum(
        whole=("进入托管", "came in"),
        whole_fen=sum(fen for _, fen in came),
        parts=(
            (("付款指令", "ordered out"), sum(fen for _, fen in left) - fees),
            (("平台服务费", "fee"), fees),
            (("仍在托管", "still held"), moved[-1].held_fen if moved else 0),
        ),
    )


def _of_deposits(record: Record) -> Iterator[Sum]:
    won, lost = deposits(record, of_winner=True), deposits(record, of_winner=False)
    held = _total(record.of(record.settlement), escrow.DEPOSIT_HELD.name)
    yield Sum(
        whole=("收到保证金", "deposits received"),
        whole_fen=held,
        parts=(
            (("退还", "refunded"), won.refunded_fen + lost.refunded_fen),
            (("抵作价款", "applied"), won.applied_fen + lost.applied_fen),
            (("不予退还", "forfeited"), won.forfeited_fen + lost.forfeited_fen),
            (("仍冻结", "held"), max(0, won.held_fen) + max(0, lost.held_fen)),
        ),
    )
    if (line := forfeited(record)) is not None:
        yield Sum(
            whole=("不予退还的保证金", "forfeited"),
            whole_fen=line.data.fen("amount_fen") or 0,
            parts=_named(line.data, (("平台服务费", "fee"), "fee_fen"), (("归让与方", "to the seller"), "seller_fen")),
        )


def _of_price(record: Record) -> Iterator[Sum]:
    paid, line = _entry(record, escrow.BALANCE_PAID.name), settled(record)
    price, net, reward = ("成交价款", "price"), ("净收入", "net income"), ("科技人员奖酬", "reward")
    if paid.written:
        parts = _named(
            paid, (("保证金抵作价款", "deposit applied"), "applied_fen"), (("余款", "balance"), "amount_fen")
        )
        yield Sum(whole=price, whole_fen=paid.fen("price_fen") or 0, parts=parts)
    if line is None:
        return
    fee, costs = ("平台服务费", "fee"), ("转化直接成本", "costs")
    data, whole = line.data, line.data.fen("price_fen") or 0
    divided = _named(data, (fee, "fee_fen"), (reward, "reward_fen"), (("让与方所得", "seller"), "seller_fen"))
    yield Sum(whole=price, whole_fen=whole, parts=divided)
    yield Sum(
        whole=price, whole_fen=whole, parts=_named(data, (fee, "fee_fen"), (costs, "costs_fen"), (net, "net_fen"))
    )
    yield from _of_shares(record)
    if "split" in line.opened.written:
        each = tuple(
            ((f"发明人 {number}", f"inventor {number}"), one.fen("amount_fen") or 0)
            for one in line.opened.each("split")
            for number in [one.number("inventor")]
        )
        yield Sum(whole=reward, whole_fen=data.fen("reward_fen") or 0, parts=each)


def _of_shares(record: Record) -> Iterator[Sum]:
    line, whole = shared(record), settled(record)
    if line is None or whole is None:
        return
    parts = _named(
        line.data, (("技术经纪佣金", "commission"), "commission_fen"), (("权利人所得", "holders"), "owners_fen")
    )
    yield Sum(whole=("让与方所得", "seller"), whole_fen=whole.data.fen("seller_fen") or 0, parts=parts)
    if "owners" in line.opened.written:
        each = tuple(
            ((f"权利人 {place}", f"holder {place}"), one.fen("amount_fen") or 0)
            for place, one in enumerate(line.opened.each("owners"), 1)
        )
        yield Sum(whole=("权利人所得", "holders"), whole_fen=line.data.fen("owners_fen") or 0, parts=each)
    if "withholdings" in line.opened.written:
        taxes = tuple(
            ((f"发明人 {number}", f"inventor {number}"), one.fen("amount_fen") or 0)
            for one in line.opened.each("withholdings")
            for number in [one.number("inventor")]
        )
        yield Sum(whole=("代扣税款", "tax withheld"), whole_fen=line.data.fen("withheld_fen") or 0, parts=taxes)


def _named(data: Said, *fields: tuple[Label, str]) -> tuple[tuple[Label, int], ...]:
    return tuple((label, data.fen(field) or 0) for label, field in fields)


def _through(record: Record, moved: Iterable[Moved], *, inward: bool) -> list[tuple[str, int]]:
    """Return what crossed into the deal's accounts, or out of them, each with the account on the other side."""
    found = []
    for one in moved:
        came = _is_ours(record, one.credit) - _is_ours(record, one.debit)
        if one.kind in {Kind.MOVE, Kind.POST} and came == (1 if inward else -1):
            found.append((one.debit if inward else one.credit, one.amount_fen))
    return found


def _is_ours(record: Record, account: str) -> bool:
    return account.startswith(f"{record.settlement}:")


def _total(lines: Iterable[Line], kind: str) -> int:
    return sum(line.data.fen("amount_fen") or 0 for line in lines if line.kind == kind)


def _entry(record: Record, kind: str) -> Said:
    return last(record, kind).data
