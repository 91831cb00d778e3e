"""Money that is kept longer: prices in parts, trials, royalties, orders that freeze a deal, invoices.

Every verb here is one of a deal's turns (`deals.act`); what each must come to is said where it is done.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from ledger.kernel import instant
from ledger.kernel.calendar import CHINA

from .cast import TEN_THOUSAND_YUAN
from .client import Fields
from .stage import Lot, Story, expect

TRIAL: Final = timedelta(days=10)
SALES: Final = "386000.00"  # stated for the first quarter

Doing = Callable[[Story, Lot, list[str]], object]


def plan(story: Story, lot: Lot, words: list[str]) -> None:
    """Have the seller propose that the price be paid in two parts, or after the buyer has tried what it buys."""
    whole = lot.offer.price
    first = whole * 2 // 5
    later = (story.now.astimezone(CHINA) + timedelta(days=40)).date().isoformat()
    if words == ["trial"]:
        body: dict[str, object] = {
            "parts": [{"amount": _thousands(whole * 10), "within_workdays": 5}],
            "trial_until": instant.render(story.now + TRIAL),
        }
    else:
        body = {
            "parts": [
                {"amount": _thousands(first * 10), "within_workdays": 5},
                {"amount": _thousands((whole - first) * 10), "due_on": later, "milestone": "示范田出苗率达到九成"},
            ],
            "interest_percent": "3.1",
            "security_sha256": _sha256(lot, "担保函"),
        }
    shares = [{"inventor": place, "weight": 1} for place in range(1, len(lot.offer.inventors) + 1)]
    body |= {"reward_percent": "50", "shares": shares}
    token = story.token(lot.offer.seller)
    proposed = story.client.post(f"/v1/settlements/{lot.settlement}/plan", body, token=token).fields
    expect(proposed.text("state") == "proposed", f"a plan for {lot.offer.name} is proposed")
    lot.plan, lot.terms["plan"] = proposed.text("id"), proposed.text("terms_sha256")


def agree(story: Story, lot: Lot, _: list[str]) -> None:
    """Have the buyer agree to the plan by the hash of its terms."""
    body = {"terms_sha256": lot.terms["plan"]}
    agreed = story.client.post(f"/v1/plans/{lot.plan}/agree", body, token=_buyer(story, lot)).fields
    expect(agreed.text("state") in {"active", "trial"}, f"the plan for {lot.offer.name} takes effect")


def part(story: Story, lot: Lot, words: list[str]) -> None:
    """Have the officer record that a part has arrived, with its interest."""
    number = words[0]
    due = _part(story, lot, number).amount("due")
    body = {"amount": {"amount": due, "currency": "CNY"}, "payment_reference": f"FQ-{lot.plan[-6:]}-{number}"}
    _at_part(story, lot, number, "payments", story.officer, body)


def overpaid(story: Story, lot: Lot, words: list[str]) -> None:
    """Have the officer keep a payment that is too much, take what is due out of it, and send the rest back."""
    number, due = words[0], _part(story, lot, words[0]).amount("due")
    came = f"{Decimal(due or 0) + TEN_THOUSAND_YUAN:.2f}"
    body: dict[str, object] = {"amount": _money(came), "payment_reference": f"FQ-{lot.plan[-6:]}-{number}"}
    kept = story.client.post("/v1/misdirected", body, token=story.officer).fields
    path = f"/v1/misdirected/{kept.text('id')}"
    body = {"to": {"plan": lot.plan, "part": int(number)}, "amount": _money(due)}
    left = story.client.post(f"{path}/assign", body, token=story.officer).fields
    expect(left.amount("left") == f"{TEN_THOUSAND_YUAN}.00", "what is due is taken, the rest waits")
    body = {"amount": _money(left.amount("left"))}
    after = story.client.post(f"{path}/return", body, token=story.officer).fields
    expect(after.text("state") == "closed", "nothing of it is left")


def reached(story: Story, lot: Lot, words: list[str]) -> None:
    """Have the seller say that a milestone is reached."""
    body = {"evidence_sha256": _sha256(lot, "验收报告")}
    _at_part(story, lot, words[0], "release", story.token(lot.offer.seller), body)


def confirm(story: Story, lot: Lot, words: list[str]) -> None:
    """Have a person of the buyer's accept the milestone: the part is the seller's."""
    after = _at_part(story, lot, words[0], "confirm", _buyer(story, lot), None)
    expect(after.each("parts")[int(words[0]) - 1].text("state") == "released", "two people release a part")


def divide(story: Story, lot: Lot, words: list[str]) -> None:
    """Have the seller divide a part among the exchange, the inventors and itself."""
    after = _at_part(story, lot, words[0], "divide", story.token(lot.offer.seller), {}, occasion=f"{story.now}")
    expect(after.each("parts")[int(words[0]) - 1].text("state") == "closed", "a part is divided")


def tried(story: Story, lot: Lot, _: list[str]) -> None:
    """See that a buyer who said nothing has its deposit back since the trial's last instant, and nobody is at fault."""
    page = story.client.get(f"/v1/lots/{lot.id}/deal", story.token(lot.offer.seller))
    expect(page.inner("plan").text("state") == "declined", f"the trial of {lot.offer.name} is over")
    expect(page.inner("contract").optional("fault") == "nobody", "nobody is at fault for a trial")
    kinds = [one.text("kind") for one in page.each("money")]
    expect(kinds[-2:] == ["expire", "move"], "the deposit is free at the instant, and goes back")


def royalty(story: Story, lot: Lot, _: list[str]) -> None:
    """Have the seller propose a royalty beside the price, and the buyer agree to it."""
    body = {
        "rates": [
            {"from_sales": _money("0.00"), "rate_percent": "3"},
            {"from_sales": _money("300000.00"), "rate_percent": "2"},
        ],
        "scale": "marginal",
        "minimum": _money("5000.00"),
        "starts_on": "2026-04-20",
        "every": "quarter",
        "periods": 4,
        "audit": {"notice_days": 10, "tolerance_percent": "5"},
        "reward_percent": "50",
        "shares": [{"inventor": place, "weight": 1} for place in range(1, len(lot.offer.inventors) + 1)],
    }
    path = f"/v1/settlements/{lot.settlement}/royalties"
    proposed = story.client.post(path, body, token=story.token(lot.offer.seller)).fields
    lot.royalty = proposed.text("id")
    body = {"terms_sha256": proposed.text("terms_sha256")}
    agreed = story.client.post(f"/v1/royalties/{lot.royalty}/agree", body, token=_buyer(story, lot)).fields
    expect(agreed.text("state") == "running", f"the royalty on {lot.offer.name} runs")


def sales(story: Story, lot: Lot, words: list[str]) -> None:
    """Have the buyer state its sales, the officer record what it pays, and the seller divide it."""
    path = f"/v1/royalties/{lot.royalty}/periods/{words[0]}"
    body = {"sales": _money(SALES), "statement_sha256": _sha256(lot, f"销售报表 {words[0]}")}
    stated = story.client.post(f"{path}/statement", body, token=_buyer(story, lot)).fields
    due = stated.each("periods")[int(words[0]) - 1].amount("due")
    expect(due == "10720.00", "3 % of 300,000 and 2 % of 86,000")  # 9,000 + 1,720, above the minimum
    body = {"amount": _money(due), "payment_reference": f"TC-{lot.royalty[-6:]}-{words[0]}"}
    story.client.post(f"{path}/payments", body, token=story.officer)
    after = story.client.post(f"{path}/divide", {}, token=story.token(lot.offer.seller)).fields
    expect(after.each("periods")[int(words[0]) - 1].text("state") == "divided", "the royalty is divided")


def freeze(story: Story, lot: Lot, _: list[str]) -> None:
    """Have the regulator record a court's order: no money leaves the deal."""
    assert story.regulator is not None
    body = {
        "authority": "court",
        "order_number": "（2026）内01财保17号",
        "document_sha256": _sha256(lot, "民事裁定书"),
        "reason": "诉前财产保全",
    }
    path = f"/v1/settlements/{lot.settlement}/freezes"
    frozen = story.client.post(path, body, token=story.regulator.token).fields
    expect(frozen.text("state") == "standing", f"{lot.offer.name} is frozen")
    lot.freeze = frozen.text("id")


def lift(story: Story, lot: Lot, _: list[str]) -> None:
    """Have the regulator record that the order no longer stands."""
    assert story.regulator is not None
    body = {"document_sha256": _sha256(lot, "解除保全裁定书")}
    lifted = story.client.post(f"/v1/freezes/{lot.freeze}/lift", body, token=story.regulator.token).fields
    expect(lifted.text("state") == "lifted", f"{lot.offer.name} is free again")


def invoice(story: Story, lot: Lot, _: list[str]) -> None:
    """Have the seller record its invoice against the balance that was paid."""
    body = {
        "occasion": "price",
        "number": f"{int(hashlib.sha256(lot.id.encode()).hexdigest(), 16) % 10**20:020d}",
        "amount": _thousands(lot.offer.price * 10),
        "tax": _money("0.00"),
        "issued_on": story.now.astimezone(CHINA).date().isoformat(),
        "document_sha256": _sha256(lot, "发票"),
    }
    path = f"/v1/settlements/{lot.settlement}/invoices"
    made = story.client.post(path, body, token=story.token(lot.offer.seller)).fields
    expect(made.text("state") == "recorded", f"the invoice for {lot.offer.name} is recorded")


DOINGS: Final[Mapping[str, Doing]] = MappingProxyType(
    {
        "plan": plan,
        "agree": agree,
        "part": part,
        "overpaid": overpaid,
        "reached": reached,
        "confirm": confirm,
        "divide": divide,
        "tried": tried,
        "royalty": royalty,
        "sales": sales,
        "freeze": freeze,
        "lift": lift,
        "invoice": invoice,
    }
)
TOLD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "plan": "the seller proposes to be paid 40 % now, the rest with 3.1 % interest when the seed has come up",
        "plan trial": f"the seller lets the buyer try it first, for {TRIAL.days} days",
        "agree": "the buyer agrees by the hash of the terms; its deposit goes over to the plan",
        "part 1": "the first part arrives, less the deposit; an officer records it",
        "overpaid 2": "10,000 too much arrive: the second part and its interest are taken, the rest is sent back",
        "reached 2": "the seller says that the milestone is reached",
        "confirm 2": "another person, of the buyer's, accepts it: the part is the seller's",
        "divide 1": "the seller divides the first part",
        "divide 2": "the seller divides the second part; the plan is closed",
        "tried": "the buyer has said nothing: at the trial's last instant its deposit is free, and goes back",
        "royalty": "beside the price, both agree on 3 and 2 % of sales, and 5,000 a quarter at least",
        "sales 1": "sales of 386,000 are stated for a quarter; the royalty of 10,720 is paid and divided",
        "freeze": "a court freezes the deal; the regulator records its order",
        "lift": "the order is lifted",
        "invoice": "the seller records its invoice against the payment",
    }
)
REFUSED: Final[Mapping[str, str]] = MappingProxyType({"divide 1": "dividing the first part of a frozen deal"})


def _at_part(
    story: Story,
    lot: Lot,
    number: str,
    act: str,
    token: str,
    body: Mapping[str, object] | None,
    *,
    occasion: str | None = None,
) -> Fields:
    path = f"/v1/plans/{lot.plan}/parts/{number}/{act}"
    return story.client.post(path, body, token=token, occasion=occasion).fields


def _part(story: Story, lot: Lot, number: str) -> Fields:
    found = story.client.get(f"/v1/plans/{lot.plan}", story.token(lot.offer.seller))
    return found.each("parts")[int(number) - 1]


def _buyer(story: Story, lot: Lot) -> str:
    assert lot.offer.winner is not None
    return story.token(lot.offer.winner)


def _sha256(lot: Lot, name: str) -> str:
    return lot.offer.document_sha256(name)


def _money(amount: str | None) -> dict[str, str]:
    return {"amount": amount or "0.00", "currency": "CNY"}


def _thousands(amount: int) -> dict[str, str]:
    return _money(f"{amount * TEN_THOUSAND_YUAN // 10}.00")
