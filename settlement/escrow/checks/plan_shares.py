"""A part's division held against the shares that were agreed on, as far as both are opened."""

from collections.abc import Iterator, Mapping

from . import numbers, plan_money
from .plan_reading import Part
from .reading import Said


def unshared(
    id: str, part: Part, due: Mapping[str, int], said: Said, agreed: tuple[list[tuple[int, int]], list[tuple[str, int]]]
) -> Iterator[str]:
    """Yield where inventors' (place, weight) and holders' shares do not lead to what was split and paid out."""
    weights, holders = agreed
    shares = [share for _, share in holders]
    told = plan_money.moved(said.opened.each("payouts"))
    ranked = sorted(weights)
    cuts = numbers.split(due["reward"], [weight for _, weight in ranked]) if ranked else []
    split = said.opened.each("split")
    stated = [(one.number("inventor"), one.fen("amount_fen")) for one in split]
    if stated != [(place, fen) for (place, _), fen in zip(ranked, cuts, strict=True)]:
        yield "shares otherwise"
    taxes = [one.fen("withheld_fen") for one in split]
    if sum(taxes) != said.data.fen("withheld_fen"):
        yield "withholds another sum than it states"
    net = due["owners"] - part.interest_fen
    owners = [
        one + more
        for one, more in zip(numbers.split(net, shares), numbers.split(part.interest_fen, shares), strict=True)
    ]
    if said.opened.has("owners"):
        named = [(one.text("organisation"), one.fen("amount_fen")) for one in said.opened.each("owners")]
        if named != [(name, fen) for (name, _), fen in zip(holders, owners, strict=True)]:
            yield "names other parts of the holders"
    expected = plan_money.paying_out(id, part.number, list(zip(stated, taxes, strict=True)), owners)
    if told != expected:
        yield "pays out otherwise than it shares"
