"""A part's division held against the shares that were agreed on, as far as both are opened."""

from collections.abc import Iterator, Mapping

from ledger.kernel.cause import TIME

from . import numbers, plan_money
from .plan_reading import Part
from .reading import Said


def untimely(part: Part, said: Said) -> Iterator[str]:
    """Yield what is wrong with a division by time: it comes when the seller's time is over, and states nothing.

    Who divides is opened or is not; the holders and the inventors are held against the sharing as ever.
    """
    if not said.opened.has("by") or said.opened.inside("by").text("organisation") != TIME.organisation:
        return
    if part.divide_by is None or said.at < part.divide_by:
        yield "was divided by time before the seller's was over"
    if said.data.fen("costs_fen") or said.data.fen("withheld_fen"):
        yield "was divided by time, with costs or tax"


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
