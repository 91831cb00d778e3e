"""What is checked of a deal's pack beyond a lot's: contract, money and incentive, each by its wing's second opinion.

Every wing's checks look at one subject; whether the subjects agree is `exchange.contracts.checks`' to see. What is told
of a deal that holds is computed by the same checks, never taken from a page.
"""

from collections.abc import Iterator

from exchange.contracts import checks
from exchange.contracts.model import Facts
from ledger.kernel.calendar import local_date
from ledger.kernel.money import format_yuan
from settlement.escrow import checks as escrow
from settlement.subsidies import checks as subsidies


def contract(found: Facts) -> Iterator[str]:
    """Yield what is wrong with the contract, in itself and as one of this sale."""
    yield from checks.check_contract(checks.entries_of(found, checks.about(found).contract))
    yield from checks.contract_across(found)


def contract_told(found: Facts) -> str:
    """Say what the contract came to."""
    fold = checks.fold_contract(checks.entries_of(found, checks.about(found).contract))
    if fold is None:
        return "there is none"
    said = [fold.state.value, *([f"through the fault of the {fold.fault}"] if fold.fault else [])]
    total, technical = format_yuan(fold.total_fen), format_yuan(fold.technical_fen)
    said += [f"{technical} of {total} yuan for technology"] * bool(fold.type)
    said += [f"signed by the {party} on {local_date(at)}" for party, at in fold.signed_at.items()]
    said += [f"number {fold.number}"] * bool(fold.number)
    return ", ".join(said)


def money(found: Facts) -> Iterator[str]:
    """Yield what is wrong with the money, in itself and as that of this sale and contract."""
    yield from escrow.check(checks.entries_of(found, checks.about(found).settlement))
    yield from checks.money_across(found)


def money_told(found: Facts) -> str:
    """Say what the money came to."""
    fold = escrow.fold(checks.entries_of(found, checks.about(found).settlement))
    if fold is None:
        return "there is none"
    price, fee, reward, seller = fold.price_fen, fold.fee_fen, fold.reward_fen, fold.seller_fen
    if price is None or fee is None or seller is None:
        return f"{fold.state}, {len(fold.deposits)} deposits"
    if reward is None:
        return f"{fold.state}, {format_yuan(fee)} to the exchange, {format_yuan(seller)} to the seller"
    parts = f"{format_yuan(fee)} fee + {format_yuan(reward)} reward + {format_yuan(seller)} seller"
    return f"{fold.state}, {format_yuan(price)} = {parts}"


def incentive(found: Facts) -> Iterator[str]:
    """Yield what is wrong with the claims, in themselves and as those of this deal."""
    for claim in checks.about(found).claims:
        yield from subsidies.check(checks.entries_of(found, claim))
    yield from checks.incentive_across(found)


def incentive_told(found: Facts) -> str:
    """Say what the claims came to."""
    claims = checks.about(found).claims
    tallies = [one for claim in claims if (one := subsidies.tally(checks.entries_of(found, claim)))]
    if not tallies:
        return "nothing was claimed"
    assessed, paid = (sum(fen) for fen in zip(*((one.assessed_fen, one.paid_fen) for one in tallies), strict=True))
    refused = sum(not one.assessed_fen for one in tallies)
    told = f"{len(tallies)} claimed, {refused} refused"
    return f"{told}, {format_yuan(assessed)} yuan assessed, {format_yuan(paid)} paid"
