"""The acts of the story, each of them commands that members give over HTTP: entering, listing, offering a lot.

Who acts at the same time acts side by side; what happens at different times waits for the clock. `trade` has the
bidding.
"""

import hashlib
from collections.abc import Iterable
from functools import partial
from typing import Final

from ledger.kernel import instant

from .cast import MEMBERS, REGULATOR, Member, Offer, when, yuan
from .client import Client
from .stage import Lot, Standing, Story, Unexpected, expect, refused, together

REISSUES: Final = 5
COLLEAGUE: Final = "副值班员"
RULES: Final = ("judicial-2016@1",)  # what the story's lots are held under
MENDED: Final = when("03-04 09:00")
BIG_DOCUMENT_BYTES: Final = 248_113
ALONE: Final = "auctions/one-person"
CONFLICT: Final = "auctions/conflict-of-interest"


def put_into_force(story: Story) -> None:
    """Have the officer enter a colleague and propose the rules of bidding, and the colleague put them into force."""
    entered = story.client.post("/v1/people", {"name": COLLEAGUE}, token=story.officer)
    body = {"person": entered.fields.text("id"), "scopes": ["profiles.manage"]}
    for attempt in range(REISSUES):  # a token whose answer was lost is shown to nobody again
        issued = story.client.post("/v1/tokens", body, token=story.officer, occasion=f"token {attempt}")
        if (token := issued.fields.optional("token")) is not None:
            story.second = token
            break
    expect(bool(story.second), "the second officer hears a token")
    for ref in RULES:
        story.client.post("/v1/profiles", {"shipped": ref}, token=story.officer)
        refused(ALONE, partial(_activate, story, ref, story.officer), f"{ref}, which the same officer proposed,")
        _activate(story, ref, story.second)
    story.telling.at(story.now, f"two officers put {' and '.join(RULES)} into force: neither of them could alone")


def enter(story: Story) -> None:
    """Register everybody and have an officer verify each; the regulator is entered by the officer itself."""

    def come(named: tuple[str, Member]) -> tuple[str, Standing]:
        name, member = named
        entered = register(story.client, member, officer=story.officer)
        story.client.post(f"/v1/organisations/{entered.organisation}/verify", token=story.officer)
        story.telling.doing(f"{member.name} enters")
        return name, entered

    story.members.update(together(come, MEMBERS.items()))
    story.regulator = register(story.client, REGULATOR, officer=story.officer, by=story.officer)
    story.client.post(f"/v1/organisations/{story.regulator.organisation}/verify", token=story.officer)
    sellers = len({offer.seller for offer in story.offers})
    bidders = len({bidder for offer in story.offers for bidder in offer.bidders()})
    story.telling.at(story.now, f"{sellers} sellers and {bidders} bidders register; an officer verifies each of them")


def submit(story: Story) -> None:
    """Have every seller enter its asset and submit its listing."""

    def write(offer: Offer) -> Lot:
        token = story.token(offer.seller)
        asset = story.client.post("/v1/assets", _asset(offer, story.members[offer.seller]), token=token)
        lot = Lot(offer=offer, asset=asset.fields.text("id"))
        drafted = story.client.post("/v1/listings", {"asset": lot.asset, "terms": _terms(offer)}, token=token)
        lot.listing = drafted.fields.text("id")
        story.client.post(f"/v1/listings/{lot.listing}/submit", token=token)
        story.telling.doing(f"{offer.seller} submits {offer.title}")
        return lot

    story.lots = together(write, (offer for offer in story.offers if offer.round == 1))
    regions = {MEMBERS[lot.offer.seller].region for lot in story.lots}
    story.telling.at(story.now, f"{len(story.lots)} achievements are submitted, from {len(regions)} leagues and cities")
    first = {lot.offer.title: lot for lot in story.lots}
    for offer in story.offers:
        if offer.round > 1:
            before = first[offer.title]
            story.lots.append(Lot(offer=offer, asset=before.asset, listing=before.listing))


def review(story: Story) -> None:
    """Have the officer accept or return each listing, and the sellers publish what was accepted."""

    def judge(lot: Lot) -> bool:
        if lot.offer.returned_for:
            body = {"reasons": [lot.offer.returned_for]}
            story.client.post(f"/v1/listings/{lot.listing}/return", body, token=story.officer)
            return False
        publish(story, lot)
        return True

    first = [lot for lot in story.lots if lot.offer.round == 1]
    published = sum(together(judge, first))
    story.telling.at(story.now, f"{published} listings are accepted and disclosed, for 20 working days or more")
    for lot in first:
        if lot.offer.returned_for:
            mend(story, lot)


def publish(story: Story, lot: Lot) -> None:
    """Have the officer accept a listing, and its seller disclose it."""
    story.client.post(f"/v1/listings/{lot.listing}/accept", token=story.officer)
    shown = story.client.post(f"/v1/listings/{lot.listing}/publish", token=story.token(lot.offer.seller))
    expect(shown.fields.text("state") == "disclosed", f"{lot.offer.full_title} is disclosed once it is published")
    story.telling.doing(f"{lot.offer.title} is disclosed")


def mend(story: Story, lot: Lot) -> None:
    """Have the seller of a returned listing read why, mend it and submit it again, and the officer accept it."""
    token = story.token(lot.offer.seller)
    returned = story.client.get(f"/v1/listings/{lot.listing}", token)
    expect(returned.text("state") == "returned", f"{lot.offer.full_title} is returned")
    story.telling.at(story.now, f"{lot.offer.gloss}: the listing is returned, {lot.offer.returned_for}")
    story.until(MENDED)
    mended = {"terms": _terms(lot.offer, report="检测报告（盖章）.pdf")}
    story.client.put(f"/v1/listings/{lot.listing}", mended, token=token)
    story.client.post(f"/v1/listings/{lot.listing}/submit", token=token, occasion="mended")
    publish(story, lot)
    story.telling.at(story.now, f"{lot.offer.gloss}: it is mended, submitted again, accepted and disclosed")


def announce(story: Story, lot: Lot) -> None:
    """Have the seller bring its listing, whose disclosure is over, to a lot and announce it."""
    token, offer = story.token(lot.offer.seller), lot.offer
    listing = story.client.get(f"/v1/listings/{lot.listing}")
    expect(listing.text("state") == "open", f"the disclosure of {offer.full_title} is over")
    drafted = story.client.post("/v1/lots", _lot(lot), token=token)
    lot.id = drafted.fields.text("id")
    story.client.post(f"/v1/lots/{lot.id}/announce", token=token)
    story.telling.doing(f"{offer.title} is announced")


def deposit(story: Story, lot: Lot) -> int:
    """Have the officer confirm the deposit of everybody who means to bid; return how many they are."""

    def confirm(bidder: str) -> str:
        if lot is story.lots[0] and bidder != lot.offer.barred:  # others pay without having asked where to
            path, source = f"/v1/lots/{lot.id}/deposits/requests", {"source_account": f"6217-{bidder_number(bidder)}"}
            asked = story.client.post(path, source, token=story.token(bidder))
            expect(asked.fields.text("state") == "requested", f"{bidder} hears into which sub-account to pay")
        body = {
            "organisation": story.members[bidder].organisation,
            "amount": yuan_of_deposit(lot.offer),
            "payment_reference": f"BZJ-{lot.id[-6:]}-{bidder}",
        }
        confirmed = story.client.post(f"/v1/lots/{lot.id}/deposits", body, token=story.officer)
        story.telling.doing(f"the deposit of {bidder} is confirmed")
        return confirmed.fields.text("code")

    lot.codes = {bidder: confirm(bidder) for bidder in lot.offer.bidders()}
    barred = lot.offer.barred
    if barred:
        refused(CONFLICT, lambda: confirm(barred), f"the deposit of {barred}, which defaulted on the same asset,")
        who = f"{barred}, which did not keep its word,"
        story.telling.at(story.now, f"{lot.offer.name}: the deposit of {who} is refused ({CONFLICT})")
    return len(lot.codes)


def things_to_do(offers: Iterable[Offer]) -> int:
    """Return how many things the whole story does, for a bar that shows how far it is."""

    def things(offer: Offer) -> int:
        turns = offer.deal.sequence() if offer.deal else ()
        begun = ("submitted", "disclosed") if offer.round == 1 else ()
        return len((*begun, "announced", *offer.bidders(), *offer.steps(), *turns))

    return len(MEMBERS) + sum(map(things, offers))


def bidder_number(name: str) -> str:
    """Return an invented bank account of a member."""
    return f"{int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10**15:015d}"


def yuan_of_deposit(offer: Offer) -> dict[str, str]:
    """Return a tenth of the start price: what a bidder pays in."""
    return {"amount": f"{offer.start * 1000}.00", "currency": "CNY"}


def register(client: Client, member: Member, *, officer: str, by: str | None = None) -> Standing:
    """Register a member, at the door or `by` an officer; where the answer with its token was lost, have it reissued.

    The exchange keeps no token that it could show again.
    """
    body = {
        "name": member.name,
        "credit_code": member.credit_code(),
        "roles": [member.role],
        "region": member.region,
        "person": member.person,
    }
    fields = client.post("/v1/organisations", body, token=by).fields
    organisation = fields.text("organisation")
    for attempt in range(REISSUES):
        token = fields.optional("token")
        if token is not None:
            return Standing(organisation=organisation, token=token)
        path = f"/v1/organisations/{organisation}/reissue"
        fields = client.post(path, token=officer, occasion=f"lost {attempt}").fields
    raise Unexpected(f"{member.name} hears its token")


def _activate(story: Story, ref: str, token: str) -> None:
    story.client.post(f"/v1/profiles/{ref}/activate", token=token)


def _asset(offer: Offer, seller: Standing) -> dict[str, object]:
    return {
        "kind": offer.kind,
        "title": offer.title,
        "application_number": offer.application_number(),
        "holders": [{"organisation": seller.organisation, "share_bp": 10_000}],
        "inventors": list(offer.inventors),
    }


def _terms(offer: Offer, *, report: str = "检测报告.pdf") -> dict[str, object]:
    papers = ("技术说明书.pdf", report)
    return {
        "title": offer.full_title,
        "abstract": offer.abstract,
        "mode": offer.mode,
        "industry": offer.industry,
        "region": MEMBERS[offer.seller].region,
        "documents": [
            {
                "sha256": offer.document_sha256(paper),
                "name": paper,
                "media_type": "application/pdf",
                "size_bytes": BIG_DOCUMENT_BYTES,
            }
            for paper in papers
        ],
        "approval": {
            "number": f"成果〔2026〕{offer.industry}号",
            "body": "领导班子会议",
            "decided_on": "2026-02-27",
            "sha256": offer.document_sha256("会议纪要.pdf"),
        },
        "price": {"asking": yuan(offer.start), "method": "auction"},
        "disclosure_days": offer.disclosure_days,
    }


def _lot(lot: Lot) -> dict[str, object]:
    offer = lot.offer
    return {
        "listing": lot.listing,
        "profile": RULES[0],
        "terms": {
            "start_price": yuan(offer.start),
            "increments": [{"from_price": yuan(0), "increment": yuan(offer.increment)}],
            "deposit": yuan_of_deposit(offer),
            "reserve": yuan(offer.reserve) if offer.reserve else None,
            "opens_at": instant.render(when(offer.opens)),
            "closes_at": instant.render(when(offer.closes)),
        },
    }
