"""The deals: contracts written and signed, prices paid and divided, and what becomes of who does not keep its word.

`act` has one turn of the story taken by everybody whose turn it is, side by side, and tells what came of it.
"""

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from . import incentives, keeping
from .cast import TEN_THOUSAND_YUAN, Deal, Turn, yuan
from .client import Fields
from .stage import Lot, Story, expect, refused, together

FINAL: Final = "final"
DRAFT: Final = "draft"
SHORT_BY: Final = 10  # ten thousand yuan

Doing = Callable[[Story, Lot, list[str]], object]


def act(story: Story, turn: Turn, lots: list[Lot]) -> None:
    """Have each of them take the turn, see that it is accepted or refused as it must be, and tell of it."""
    verb, *words = turn.what.split()

    def take(lot: Lot) -> None:
        story.telling.doing(f"{lot.offer.title}: {turn.what}")
        _find(story, lot)
        if turn.refusal and "/" in turn.refusal:
            refused(turn.refusal, lambda: DOINGS[verb](story, lot, words), f"{turn.what} for {lot.offer.name}")
        else:
            DOINGS[verb](story, lot, [*words, turn.refusal] if turn.refusal else words)

    together(take, lots)
    for lot in lots if turn.refusal or verb in SINGLE else ():
        story.telling.at(story.now, f"{lot.offer.name}: {_one(story, lot, turn)}")
    if not turn.refusal and verb not in SINGLE:
        story.telling.at(story.now, _all(turn.what, lots))


def page_of(story: Story, lot: Lot) -> Fields:
    """Return a deal on one page, as its seller sees it."""
    return story.client.get(f"/v1/lots/{lot.id}/deal", story.token(lot.offer.seller))


def deal_of(lot: Lot) -> Deal:
    """Return what is agreed about a lot that is sold."""
    assert lot.offer.deal is not None
    return lot.offer.deal


def balance(lot: Lot) -> dict[str, str]:
    """Return the price less the deposit, a tenth of the start price."""
    return _thousands(lot.offer.price * 10 - lot.offer.start)


def _find(story: Story, lot: Lot) -> None:
    """Learn the names of the contract and the settlement that came of the sale, once."""
    if not lot.contract:
        page = page_of(story, lot)
        lot.contract = page.inner("contract").text("id")
        lot.settlement = page.inner("settlement").text("id")


def _write(story: Story, lot: Lot, words: list[str]) -> None:
    version = DRAFT if words else FINAL
    deal = deal_of(lot)
    parts = [("technology", lot.offer.price, "技术")] if version == DRAFT else deal.priced()
    body = {
        "type": deal.type,
        "parts": [{"kind": kind, "amount": yuan(amount), "name": name} for kind, amount, name in parts],
        "document_sha256": lot.offer.document_sha256(f"合同 {version}.pdf"),
    }
    written = story.client.put(f"/v1/contracts/{lot.contract}", body, token=story.token(lot.offer.seller)).fields
    expect(written.text("state") == "offered", f"the contract of {lot.offer.name} is written")
    lot.terms[version] = written.text("terms_sha256")


def _sign(story: Story, lot: Lot, who: str, words: list[str]) -> Fields:
    version = DRAFT if DRAFT in words else FINAL
    body = {"terms_sha256": lot.terms[version]}
    return story.client.post(f"/v1/contracts/{lot.contract}/sign", body, token=story.token(who)).fields


def _seller_signs(story: Story, lot: Lot, words: list[str]) -> None:
    signed = _sign(story, lot, lot.offer.seller, words)
    expect(signed.text("state") == "offered", f"the contract of {lot.offer.name} awaits its buyer")


def _buyer_signs(story: Story, lot: Lot, words: list[str]) -> None:
    assert lot.offer.winner is not None
    signed = _sign(story, lot, lot.offer.winner, words)
    expect(signed.text("state") == "effective", f"the contract of {lot.offer.name} takes effect")


def _register(story: Story, lot: Lot, _: list[str]) -> None:
    path = f"/v1/contracts/{lot.contract}/register"
    registered = story.client.post(path, token=story.officer, occasion=f"{story.now}").fields
    number = registered.optional("number") or ""
    expect(number.isdecimal() and len(number) == 16, f"the contract of {lot.offer.name} has its number")


def _pay(story: Story, lot: Lot, words: list[str]) -> None:
    """Have the officer record what came: the balance, less than it, or one under another payment's reference."""
    amount, payer = balance(lot), lot
    match words:
        case ["short"]:
            amount = yuan(lot.offer.price - lot.offer.start // 10 - SHORT_BY)
        case ["as", *gloss]:
            payer = next(one for one in story.lots if one.offer.name == " ".join(gloss))
    body = {"amount": amount, "payment_reference": f"HT-{payer.contract[-8:]}"}
    paid = story.client.post(f"/v1/settlements/{lot.settlement}/payments", body, token=story.officer).fields
    expect(paid.text("state") == "paid", f"{lot.offer.name} is paid for")


def _settle(story: Story, lot: Lot, words: list[str]) -> None:
    deal = deal_of(lot)
    body: dict[str, object] = {
        "costs": [
            {
                "kind": kind,
                "amount": {"amount": f"{amount}.00", "currency": "CNY"},
                "evidence_sha256": hashlib.sha256(f"{lot.contract}/{kind}".encode()).hexdigest(),
            }
            for kind, amount in deal.itemised()
        ],
        "reward_percent": words[0] if words else deal.reward_percent,
        "shares": [{"inventor": place, "weight": weight} for place, weight in enumerate(deal.weights, start=1)],
    }
    if deal.broker:
        body["broker"] = {"organisation": story.members[deal.broker].organisation, "commission_percent": "1"}
    if deal.tax:
        body["withheld"] = [{"inventor": 1, "amount": {"amount": f"{deal.tax}.00", "currency": "CNY"}}]
    path = f"/v1/settlements/{lot.settlement}/settle"
    settled = story.client.post(path, body, token=story.token(lot.offer.seller)).fields
    expect(settled.text("state") == "settled", f"{lot.offer.name} is settled")


def _default(story: Story, lot: Lot, _: list[str]) -> None:
    path = f"/v1/settlements/{lot.settlement}/default"
    after = story.client.post(path, token=story.officer, occasion=f"{story.now}").fields
    expect(after.text("state") == "forfeited", f"the deposit of {lot.offer.name} is forfeited")


def _lapsed(story: Story, lot: Lot, _: list[str]) -> None:
    """See that the contract has lapsed by the clock alone, and through whom."""
    page = page_of(story, lot)
    fault, money = ("buyer", "forfeited") if deal_of(lot).ending == "unsigned" else ("seller", "returned")
    found = (page.inner("contract").text("state"), page.inner("contract").optional("fault"))
    expect(found == ("lapsed", fault), f"the contract of {lot.offer.name} has lapsed through its {fault}")
    expect(page.inner("settlement").text("state") == money, f"the deposit of {lot.offer.name} is {money}")


DOINGS: Final[Mapping[str, Doing]] = MappingProxyType(
    {
        "write": _write,
        "seller": _seller_signs,
        "buyer": _buyer_signs,
        "register": _register,
        "pay": _pay,
        "settle": _settle,
        "default": _default,
        "lapsed": _lapsed,
        "claim": incentives.claim,
        "incentive": incentives.pay,
        **keeping.DOINGS,
    }
)
SINGLE: Final = frozenset({"default", "lapsed", "claim", "incentive", *keeping.DOINGS})
"""What is told of each deal on a line of its own; refusals always are."""


def _one(story: Story, lot: Lot, turn: Turn) -> str:
    deposit = f"{lot.offer.start * TEN_THOUSAND_YUAN // 10:,}"
    told = {
        "register": "registering the contract before the buyer has signed",
        "buyer signs draft": "the buyer's signature under the draft, which the seller has changed since,",
        "pay short": "a payment of less than the balance",
        "pay as rare-earth magnets": "a payment under the bank reference of the magnets'",
        "settle 40": "a reward of 40 % of net income for the inventors",
        **keeping.REFUSED,
    }
    match turn.what, turn.refusal:
        case "default", str(refusal):
            return f"declaring the default on the buyer's last day is refused ({refusal})"
        case "default", None:
            return f"the buyer has not paid; an officer declares it, and the deposit of {deposit} is forfeited"
        case "lapsed", _ if deal_of(lot).ending == "unsigned":
            return f"the buyer has not signed in 5 working days; the contract has lapsed, {deposit} are forfeited"
        case "lapsed", _:
            return f"the seller has written no contract in 5 working days; the buyer has its {deposit} back"
        case (("claim" | "incentive"), _):
            return incentives.told(story, lot, turn)
        case what, None:
            return keeping.TOLD[what]
        case what, refusal:
            return f"{told[what]} is refused ({refusal})"


def _all(what: str, lots: list[Lot]) -> str:
    """Tell what was done about one deal or several."""
    many = len(lots)
    if many == 1:
        [lot] = lots
        return f"{lot.offer.name}: {ONE[what].format(rate=deal_of(lot).reward_percent)}"
    return MANY[what].format(many=many)


ONE: Final = MappingProxyType(
    {
        "write draft": "the seller drafts the contract, all of it for technology",
        "write": "the seller writes the contract: its type, its parts, the hash of the document",
        "seller signs": "the seller signs",
        "buyer signs": "the buyer signs the same hash; the contract takes effect",
        "pay": "the balance arrives, to the fen; an officer records it",
        "settle": "the seller states its costs; the fee, {rate} % of net income to the inventors and the rest are paid",
        "register": "an officer registers the contract",
    }
)
MANY: Final = MappingProxyType(
    {
        "write": "{many} sellers write their contracts: the type, the parts, the hash of the document",
        "seller signs": "{many} sellers sign",
        "buyer signs": "{many} buyers sign the same hash; their contracts take effect",
        "pay": "{many} balances arrive, to the fen; an officer records them",
        "settle": "{many} deals are settled: the exchange's fee, the inventors' share, the seller's part",
        "register": "{many} contracts are registered by an officer",
    }
)


def _thousands(amount: int) -> dict[str, str]:
    return {"amount": f"{amount * 1000}.00", "currency": "CNY"}
