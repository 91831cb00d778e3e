"""How one payment is divided, to the fen: the exchange's fee, the broker, the inventors, the holders of the right.

Whatever is a rate is taken of everything divided so far, less what was given before, so that ten payments of a price
cost the same fee and yield the same reward as one. Whatever is split is split exactly (`money.allot`), in the asset's
own order.
"""

from collections.abc import Sequence

from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import WHOLE_BP, Fen, allot, share

from ..model import MAX_COSTS, MAX_INVENTORS, MAX_WEIGHT, Cost, Cut, Division, Share, Sharing, Sums, Terms, Withholding
from .fields import UnusableField, require_amount, require_sha256
from .terms import fee, reward

MAX_OWNERS = 50


class SharesMissing(Refusal):
    """It is not said how the reward is shared."""

    kind = Kind.CONFLICT
    zh = "未说明奖励报酬如何分配"


class BadShares(Refusal):
    """The reward cannot be shared in this way."""

    kind = Kind.MALFORMED
    zh = "奖励报酬的分配方式无效"


class BadOwners(Refusal):
    """The holders' shares are not a whole."""

    kind = Kind.MALFORMED
    zh = "权利人份额之和不等于百分之百"


class BadBroker(Refusal):
    """A party to a sale is no broker of it."""

    kind = Kind.CONFLICT
    zh = "交易当事人不得作为本次交易的经纪方"


class CommissionTooLarge(Refusal):
    """The broker's commission is larger than the exchange allows."""

    kind = Kind.CONFLICT
    zh = "佣金比例超过平台规定的上限"


class RewardTooSmall(Refusal):
    """The inventors' share is smaller than the law allows."""

    kind = Kind.CONFLICT
    zh = "给予科技人员的奖励报酬低于法定比例"


class CostsExceedPrice(Refusal):
    """The costs are more than is left of the price."""

    kind = Kind.CONFLICT
    zh = "所列成本超过扣除服务费后的成交价款"


class WithheldTooMuch(Refusal):
    """More tax is withheld than the inventor receives."""

    kind = Kind.CONFLICT
    zh = "代扣税款超过该完成人应得的奖励报酬"


def require_sharing(sharing: Sharing, *, buyer: OrganisationId, reward_min_bp: int, commission_max_bp: int) -> None:
    """Refuse a sharing that cannot be carried out, or that the law or the exchange does not allow.

    Refuses `UnusableField`, `SharesMissing`, `BadShares`, `BadOwners`, `BadBroker`, `CommissionTooLarge`,
    `RewardTooSmall` (转化法 art. 45). Not checked: that owners and inventors are the asset's, which is the caller's to
    establish.
    """
    if not 0 <= sharing.reward_bp <= WHOLE_BP:
        raise UnusableField("the inventors' share is between nothing and the whole", field="reward_bp")
    _require_inventors(sharing)
    shares = [one.share_bp for one in sharing.owners]
    names = {one.organisation for one in sharing.owners}
    if not 0 < len(shares) <= MAX_OWNERS or len(names) < len(shares) or min(shares) <= 0 or sum(shares) != WHOLE_BP:
        raise BadOwners("name each holder once, with shares that add up to 100 %")
    if sharing.broker and sharing.broker.organisation in names | {buyer}:
        raise BadBroker("name whoever brought the parties together, and is neither of them")
    if sharing.broker and not 0 < sharing.broker.commission_bp <= commission_max_bp:
        raise CommissionTooLarge("a commission is above nothing", largest_percent=percent(commission_max_bp))
    if sharing.reward_bp < reward_min_bp:
        raise RewardTooSmall(
            "give the inventors at least this share of net income", smallest_percent=percent(reward_min_bp)
        )


def require_costs(costs: Sequence[Cost]) -> None:
    """Refuse `UnusableField` for costs that cannot be used as written."""
    if len(costs) > MAX_COSTS:
        raise UnusableField(f"state at most {MAX_COSTS} costs; add up those of one kind", field="costs")
    for one in costs:
        require_amount(one.amount_fen, "costs")
        require_sha256(one.evidence_sha256, "costs")


def divide(
    sharing: Sharing,
    amount_fen: Fen,
    *,
    terms: Terms,
    before: Sums,
    costs: Sequence[Cost] = (),
    withheld: Sequence[Withholding] = (),
) -> Division:
    """Divide a payment after those `before`. The sharing has been required of before.

    Of payments of a few fen that round up at once a commission gets what the fee leaves, and the rest with the next.
    Refuses `UnusableField`, `CostsExceedPrice` when fee, commission and costs are more than the payment,
    `BadShares` for tax on an inventor without a part, `WithheldTooMuch`.
    """
    invariant(amount_fen > 0, "something is divided")
    require_costs(costs)
    whole_fen = before.amount_fen + amount_fen
    fee_fen = Fen(fee(terms, whole_fen) - before.fee_fen)
    commission_fen = Fen(min(_commission(sharing, whole_fen) - before.commission_fen, amount_fen - fee_fen))
    left_fen = amount_fen - fee_fen - commission_fen
    costs_fen = sum(one.amount_fen for one in costs)
    if costs_fen > left_fen:
        raise CostsExceedPrice(
            "state only what this payment has cost you, beside fee and commission", left_fen=left_fen
        )
    after = _after(before, amount_fen, fee_fen, costs_fen, commission_fen, sharing.reward_bp)
    reward_fen = Fen(after.reward_fen - before.reward_fen)
    return Division(
        amount_fen=amount_fen,
        fee_fen=fee_fen,
        costs=tuple(costs),
        commission_fen=commission_fen,
        reward_fen=reward_fen,
        cuts=_cuts(sharing, reward_fen, withheld),
        owner_parts=allot(left_fen - reward_fen, [one.share_bp for one in sharing.owners]),
        after=after,
    )


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


def _commission(sharing: Sharing, whole_fen: int) -> Fen:
    return share(whole_fen, sharing.broker.commission_bp if sharing.broker else 0)


def _after(before: Sums, amount_fen: int, fee_fen: int, costs_fen: int, commission_fen: int, reward_bp: int) -> Sums:
    whole_fen, fees_fen = before.amount_fen + amount_fen, before.fee_fen + fee_fen
    spent_fen, commissions_fen = before.costs_fen + costs_fen, before.commission_fen + commission_fen
    return Sums(
        amount_fen=Fen(whole_fen),
        fee_fen=Fen(fees_fen),
        costs_fen=Fen(spent_fen),
        commission_fen=Fen(commissions_fen),
        reward_fen=reward(whole_fen - fees_fen - commissions_fen - spent_fen, reward_bp),
    )


def _cuts(sharing: Sharing, reward_fen: Fen, withheld: Sequence[Withholding]) -> tuple[Cut, ...]:
    ranked = sorted(sharing.inventors, key=lambda one: one.inventor)
    parts = allot(reward_fen, [one.weight for one in ranked]) if ranked else ()
    taxes = {one.inventor: one.amount_fen for one in withheld}
    if len(taxes) < len(withheld) or not taxes.keys() <= {one.inventor for one in ranked}:
        raise BadShares("withhold tax once from an inventor who has a part in the reward")
    cuts = tuple(
        Cut(inventor=one.inventor, amount_fen=part, withheld_fen=Fen(taxes.get(one.inventor, 0)))
        for one, part in zip(ranked, parts, strict=True)
    )
    for one in cuts:
        if not 0 <= one.withheld_fen <= one.amount_fen:
            raise WithheldTooMuch("a tax is part of what is taxed", inventor=one.inventor)
    return cuts


def _require_inventors(sharing: Sharing) -> None:
    places = [one.inventor for one in sharing.inventors]
    if sharing.reward_bp and not places:
        raise SharesMissing("say whose the reward is, and by which weights it is shared")
    if places and not sharing.reward_bp:
        raise BadShares("there is no reward to share")
    if len(set(places)) != len(places) or not all(1 <= place <= MAX_INVENTORS for place in places):
        raise BadShares("name each inventor once, by the place among the asset's inventors, counted from 1")
    if not all(1 <= one.weight <= MAX_WEIGHT for one in sharing.inventors):
        raise BadShares(f"weigh each inventor's share with a whole number from 1 to {MAX_WEIGHT}")
    if not all(one.name.strip() for one in sharing.inventors):
        raise UnusableField("an inventor has a name", field="shares")
