"""The incentives: the regulator opens a programme with a budget, sellers claim for their deals, and it pays."""

from typing import Final

from .cast import TEN_THOUSAND_YUAN, Turn
from .stage import Lot, Story, expect

RULE: Final = "mkj-platform-2026@1"
BUDGET: Final = 65_000  # yuan: more than two of the claims come to, less than three
TOTAL_LEAST: Final = 2_000_000  # yuan


def open_programme(story: Story) -> None:
    """Have the regulator open the programme."""
    assert story.regulator is not None
    body = {"rule": RULE, "budget": _money(BUDGET), "payment_reference": "CZ-2026-0316"}
    opened = story.client.post("/v1/programmes", body, token=story.regulator.token)
    story.programme = opened.fields.text("id")
    told = f"the regulator opens a programme of {BUDGET:,} yuan under {RULE} (an illustration, not law)"
    story.telling.at(story.now, told)


def claim(story: Story, lot: Lot, words: list[str]) -> None:
    """Have the seller claim, and see that the claim is assessed, or refused by the clause that it must be."""
    body = {
        "programme": story.programme,
        "contract": lot.contract,
        "fiscal_funded": False,
        "related_parties": False,
    }
    token = story.token(lot.offer.seller)
    made = story.client.post("/v1/claims", body, token=token, occasion=f"{story.now}").fields
    clause = " ".join(words) or None
    expect(made.optional("refused_by") == clause, f"the claim for {lot.offer.name} is refused by {clause or 'nothing'}")
    lot.claim = made.text("id")


def pay(story: Story, lot: Lot, _: list[str]) -> None:
    """Have the regulator pay what was assessed."""
    assert story.regulator is not None
    paid = story.client.post(f"/v1/claims/{lot.claim}/pay", token=story.regulator.token).fields
    due = lot.offer.deal.incentive if lot.offer.deal else None
    right = paid.text("state") == "paid" and due is not None and paid.amount("paid") == _money(due)["amount"]
    expect(right, f"the incentive of {lot.offer.name} is {due} yuan")


def told(story: Story, lot: Lot, turn: Turn) -> str:
    """Say what came of a claim, or of paying it."""
    assert lot.offer.deal is not None
    hundredth = lot.offer.price * TEN_THOUSAND_YUAN // 100
    match turn.what, turn.refusal:
        case "claim", None:
            return f"the seller claims the incentive; 1 % of what was paid is {hundredth:,} yuan"
        case "claim", str(refusal) if "/" in refusal:
            return f"claimed once more, it is refused ({refusal})"
        case "claim", str(clause):
            total = _total(story, lot)
            return f"the claim is refused by {clause}: the seller's total here is {total:,}, less than {TOTAL_LEAST:,}"
        case _, str(refusal):
            return f"the incentive of {hundredth:,} yuan is more than the budget has left ({refusal})"
        case _:
            return f"the regulator pays the seller {lot.offer.deal.incentive:,} yuan"


def _total(story: Story, lot: Lot) -> int:
    """Return what the seller's claim says that its deals on the platform come to, in yuan."""
    facts = story.client.get(f"/v1/claims/{lot.claim}", story.token(lot.offer.seller)).inner("facts")
    return int((facts.amount("party_total") or "0").removesuffix(".00"))


def _money(amount: int) -> dict[str, str]:
    return {"amount": f"{amount}.00", "currency": "CNY"}
