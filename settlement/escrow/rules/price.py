"""What becomes of the price: asked for, paid, divided among the exchange, the inventors and the seller."""

from collections.abc import Sequence
from dataclasses import replace

from ledger.kernel.calendar import deadline
from ledger.kernel.canonical import Json
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.money import WHOLE_BP, Fen, allot
from settlement.books.model import Order, written

from ..model import (
    BALANCE_DUE,
    BALANCE_PAID,
    MAX_COSTS,
    MAX_INVENTORS,
    MAX_WEIGHT,
    PLANNED,
    SETTLED,
    Adopt,
    Cost,
    Decision,
    DepositState,
    ReceiveBalance,
    Require,
    Settle,
    Settlement,
    Share,
    State,
)
from . import orders
from .deposits import RETURN_IT, WrongAmount, turned
from .fields import UnusableField, require_amount, require_reference, require_sha256
from .terms import fee, reward


class SharesMissing(Refusal):
    """It is not said how the reward is shared."""

    kind = Kind.CONFLICT
    zh = "未说明奖励报酬如何分配"


class BadShares(Refusal):
    """The reward cannot be shared in this way."""

    kind = Kind.MALFORMED
    zh = "奖励报酬的分配方式无效"


class RewardTooSmall(Refusal):
    """The inventors' share is smaller than the law allows."""

    kind = Kind.CONFLICT
    zh = "给予科技人员的奖励报酬低于法定比例"


class CostsExceedPrice(Refusal):
    """The costs are more than is left of the price."""

    kind = Kind.CONFLICT
    zh = "所列成本超过扣除服务费后的成交价款"


def require(settlement: Settlement, command: Require) -> Decision:
    """Ask for the balance, within the terms' working days of the contract's taking effect. Refuses `YearNotLoaded`.

    Of two signatures the later may have been decided first: the contract then took effect after this cause arrived.
    """
    pay_by = deadline(command.effective_at, settlement.terms.pay_within_days)
    event = BALANCE_DUE(
        settlement.id,
        rule=settlement.terms.ref,
        contract=command.contract,
        balance_fen=settlement.balance_fen,
        effective_at=command.effective_at,
        pay_by=pay_by,
    )
    after = replace(settlement, state=State.DUE, contract=command.contract, pay_by=pay_by)
    return Decision(settlement=after, events=(event,))


def receive(settlement: Settlement, command: ReceiveBalance, cause: Cause) -> Decision:
    """Record that the balance has arrived. Refuses `UnusableField`, `WrongAmount`.

    One that arrives after `pay_by` is received as well, as long as no officer has declared the default.
    """
    won, balance_fen = settlement.won, settlement.balance_fen
    assert won is not None
    assert balance_fen is not None
    require_reference(command.reference)
    if command.amount_fen != balance_fen:
        raise WrongAmount(f"exactly the balance is taken: {RETURN_IT}", expected_fen=balance_fen)
    made = orders.pay(settlement.id, won, balance_fen)
    event = BALANCE_PAID(
        settlement.id,
        rule=settlement.terms.ref,
        amount_fen=balance_fen,
        applied_fen=won.amount_fen,
        price_fen=settlement.price_fen,
        transfers=written(made),
        payer=won.payer,
        reference=command.reference,
        by=cause.actor.named,
    )
    deposits = turned(settlement, DepositState.APPLIED, {won.code})
    after = replace(settlement, state=State.PAID, deposits=deposits, paid_at=cause.at)
    return Decision(settlement=after, orders=made, events=(event,))


def adopt(settlement: Settlement, command: Adopt, cause: Cause) -> Decision:
    """Leave the price to a plan. What the deposit then becomes is the plan's to say, and to move."""
    won = settlement.won
    assert won is not None
    made = orders.adopt(settlement.id, won, trial=command.trial)
    event = PLANNED(
        settlement.id,
        rule=settlement.terms.ref,
        plan=command.plan,
        trial=command.trial,
        code=won.code,
        applied_fen=won.amount_fen,
        price_fen=settlement.price_fen,
        transfers=written(made),
        by=cause.actor.named,
    )
    deposits = turned(settlement, DepositState.APPLIED, {won.code})
    return Decision(
        settlement=replace(settlement, state=State.PLANNED, deposits=deposits), orders=made, events=(event,)
    )


def settle(settlement: Settlement, command: Settle, cause: Cause) -> Decision:
    """Divide the price. Net income is the price less the exchange's fee and the seller's own costs (转化直接成本).

    Refuses `UnusableField`, `SharesMissing`, `BadShares`, `RewardTooSmall`, `CostsExceedPrice`. Not checked: that
    the costs are true (the record keeps the hashes of their vouchers), and that the inventors are the asset's.
    """
    _require_usable(command)
    assert settlement.price_fen is not None
    assert settlement.reward_min_bp is not None
    if command.reward_bp < settlement.reward_min_bp:
        raise RewardTooSmall(
            "give the inventors at least this share of net income", smallest_percent=percent(settlement.reward_min_bp)
        )
    fee_fen = fee(settlement.terms, settlement.price_fen)
    costs_fen = Fen(sum(one.amount_fen for one in command.costs))
    net_fen = settlement.price_fen - fee_fen - costs_fen
    if net_fen < 0:
        raise CostsExceedPrice(
            "state only what this sale has cost you, beside the fee", left_fen=settlement.price_fen - fee_fen
        )
    reward_fen = reward(net_fen, command.reward_bp)
    after = replace(
        settlement,
        state=State.SETTLED,
        fee_fen=fee_fen,
        costs_fen=costs_fen,
        reward_bp=command.reward_bp,
        reward_fen=reward_fen,
        seller_fen=Fen(settlement.price_fen - fee_fen - reward_fen),
    )
    return _divide(after, command, cause)


def shares_of(inventors: Sequence[str], weights: Sequence[tuple[int, int]]) -> tuple[Share, ...]:
    """Return the shares that (place, weight) give the inventors of an asset, named in its own order.

    Refuses `BadShares` for a place that the asset does not have.
    """
    if not all(1 <= place <= len(inventors) for place, _ in weights):
        raise BadShares("the asset has fewer inventors", inventors=len(inventors))
    return tuple(Share(inventor=place, name=inventors[place - 1], weight=weight) for place, weight in weights)


def percent(bp: int) -> str:
    """Write basis points as the API does, without zeros behind: 50, 12.5."""
    whole, part = divmod(bp, 100)
    return f"{whole}.{part:02}".rstrip("0").removesuffix(".")


def _divide(after: Settlement, command: Settle, cause: Cause) -> Decision:
    assert after.price_fen is not None
    assert after.fee_fen is not None
    assert after.reward_fen is not None
    assert after.seller_fen is not None
    made = orders.settle(after.id, fee_fen=after.fee_fen, reward_fen=after.reward_fen, seller_fen=after.seller_fen)
    split, payouts = _shared(after, command.shares, after.reward_fen)
    event = SETTLED(
        after.id,
        rule=after.terms.ref,
        price_fen=after.price_fen,
        fee_fen=after.fee_fen,
        costs_fen=after.costs_fen,
        net_fen=after.net_fen,
        reward_bp=after.reward_bp,
        reward_fen=after.reward_fen,
        seller_fen=after.seller_fen,
        transfers=written(made),
        costs=[_written(one) for one in command.costs],
        split=split,
        payouts=written(payouts),
        by=cause.actor.named,
    )
    return Decision(settlement=after, orders=(*made, *payouts), events=(event,))


def _shared(settlement: Settlement, shares: tuple[Share, ...], reward_fen: Fen) -> tuple[Json, tuple[Order, ...]]:
    """Split the reward by weight, the inventors in the asset's own order, so that a fen left over has its place."""
    ranked = sorted(shares, key=lambda one: one.inventor)
    parts = allot(reward_fen, [one.weight for one in ranked]) if ranked else ()
    split: list[Json] = []
    payouts: list[Order] = []
    for one, part in zip(ranked, parts, strict=True):
        split.append({"inventor": one.inventor, "name": one.name, "weight": one.weight, "amount_fen": str(part)})
        payouts.extend(orders.payout(settlement.id, one.inventor, part))
    return split, tuple(payouts)


def _require_usable(command: Settle) -> None:
    if len(command.costs) > MAX_COSTS:
        raise UnusableField(f"state at most {MAX_COSTS} costs; add up those of one kind", field="costs")
    for one in command.costs:
        require_amount(one.amount_fen, "costs")
        require_sha256(one.evidence_sha256, "costs")
    if not 0 <= command.reward_bp <= WHOLE_BP:
        raise UnusableField("the inventors' share is between nothing and the whole", field="reward_bp")
    _require_shares(command)


def _require_shares(command: Settle) -> None:
    places = [one.inventor for one in command.shares]
    if command.reward_bp and not places:
        raise SharesMissing("say whose the reward is, and by which weights it is shared")
    if places and not command.reward_bp:
        raise BadShares("there is no reward to share")
    if len(set(places)) != len(places) or not all(1 <= place <= MAX_INVENTORS for place in places):
        raise BadShares("name each inventor once, by the place among the asset's inventors, counted from 1")
    if not all(1 <= one.weight <= MAX_WEIGHT for one in command.shares):
        raise BadShares(f"weigh each inventor's share with a whole number from 1 to {MAX_WEIGHT}")
    if not all(one.name.strip() for one in command.shares):
        raise UnusableField("an inventor has a name", field="shares")


def _written(cost: Cost) -> Json:
    return {"kind": cost.kind.value, "amount_fen": str(cost.amount_fen), "evidence_sha256": cost.evidence_sha256}
