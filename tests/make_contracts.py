"""Build a whole trade and its record pack in memory: an asset, its listing, a lot with its bids, the log they are in.

Everything is fixed by counting, so the same story makes the same pack.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exchange.auctions import rules as auctions
from exchange.auctions.model import Announce, Band, ConfirmDeposit, Draft, Lot, PlaceBid, State, Terms, Tick
from exchange.contracts import rules
from exchange.contracts.model import Exhibit, Facts
from exchange.contracts.rules.timeline import pretty
from exchange.contracts.service import zipped
from ledger.kernel.cause import Cause
from ledger.kernel.ids import EntryId, OrganisationId
from ledger.kernel.money import Fen
from ledger.log import merkle
from ledger.log.model import Disclosure, Event, Link, freeze
from ledger.log.proofs import Proof
from listings.achievements import model as achievements
from listings.achievements import rules as listing_rules
from tests import make_achievements as listings
from tests import make_auctions as lots
from tests.make_auctions import ANN, BEN, CAI, CODES, LOT, OFFICER, OPERATOR
from tests.make_log import Log

SELLER = listings.OWNER
RELATED = OrganisationId.from_number(77)
OPENS = datetime(2026, 4, 2, 1, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=1)
SECOND = timedelta(seconds=1)


class Ledger(Log):
    """A log in memory that records what wings decide."""

    def __init__(self, buyer: OrganisationId | None = None) -> None:
        """A log whose keeper seals `buyer` in the place of who bought, if that is given."""
        super().__init__()
        self.buyer = buyer
        self.now = datetime.min.replace(tzinfo=UTC)

    def happen(self, cause: Cause, events: Iterable[Event]) -> None:
        self.now = max(self.now, cause.at + timedelta(milliseconds=3))
        for said in events:
            false = {"buyer": self.buyer} if self.buyer and "buyer" in said.sealed else {}
            event = replace(said, sealed={**said.sealed, **false})
            number = len(self.contents)
            named = EntryId.from_number(number)
            opened = tuple(
                Disclosure(entry=named, field=field, salt=f"{number:032x}", value=value)
                for field, value in sorted(event.sealed.items())
            )
            entry = freeze(
                event,
                id=named,
                link=self.heads.get(event.subject, Link(seq=0, prev=None)),
                arrived_at=cause.at,
                recorded_at=self.now,
                disclosures=opened,
                nonce=f"{number:032x}",
            )
            self.heads[event.subject] = Link(seq=entry.seq + 1, prev=entry.leaf.hex())
            self.contents.append(entry.content)
            self.disclosures.extend(opened)

    def proof(self, index: int) -> bytes:
        leaves = [merkle.leaf_hash(one) for one in self.contents]
        return bytes(Proof(index=index, path=tuple(merkle.prove_inclusion(leaves, index)), checkpoint=self.checkpoint))

    def facts(self, subjects: Iterable[str]) -> Facts:
        """The facts of a lot's pack as the exchange gathers them, the lot named first."""
        wanted = list(subjects)
        found = [
            Exhibit(index=index, entry=content, proof=self.proof(index))
            for index, content in enumerate(self.contents)
            if rules.parse(content)["subject"] in wanted
        ]
        facts = Facts(lot=wanted[0], vkey=self.vkey, checkpoint=self.checkpoint, exhibits=tuple(found), disclosures=())
        return rules.opened(facts, self.disclosures)

    def files(self) -> dict[str, bytes]:
        """The files of the story's pack."""
        return rules.assemble(self.facts([LOT, listings.LISTING, listings.ASSET]))


def story(*, reserve_fen: int | None = 1_080_000, bids: bool = True, buyer: OrganisationId | None = None) -> Ledger:
    """A listing disclosed for twenty working days, then a lot of it: three bidders, two extensions, a parked bid."""
    ledger = Ledger(buyer)
    listing, asset = _list(ledger)
    sold = _sell(ledger, reserve_fen=reserve_fen, bids=bids)
    outcome = achievements.Award(deal=LOT) if sold.state is State.SOLD else achievements.Release(deal=LOT)
    closed = lots.clock(sold.ends_at + lots.GRACE)
    ledger.happen(closed, listing_rules.decide(listing, outcome, closed, asset=asset).events)
    ledger.record("lot_" + "z" * 26, "auction.lot_withdrawn", {})  # the log goes on
    return ledger


def _list(ledger: Ledger) -> tuple[achievements.Listing, achievements.Asset]:
    command = achievements.RegisterAsset(
        id=listings.ASSET,
        kind=achievements.IpKind.INVENTION_PATENT,
        title=listings.asset().title,
        application_number=listings.asset().application_number,
        holders=listings.asset().holders,
        inventors=listings.asset().inventors,
    )
    registered = listing_rules.register(command, listings.by_owner())
    ledger.happen(listings.by_owner(), registered.events)
    terms = listings.terms(
        price=listings.price(method=achievements.PricingMethod.AUCTION),
        documents=(listings.document(1), listings.document(2)),
    )
    listing, asset = listings.listing(terms=terms), registered.asset
    ends = listings.DISCLOSURE_ENDS
    for cause, step in (
        (listings.by_owner(), achievements.Submit()),
        (listings.by_officer(), achievements.Return(reasons=("摘要过于简单",))),
        (listings.by_owner(), achievements.Submit()),
        (listings.by_officer(), achievements.Accept()),
        (listings.by_owner(), achievements.Publish()),
        (lots.clock(ends), achievements.Tick()),
        (listings.by_owner(ends + timedelta(hours=9)), achievements.Reserve(deal=LOT)),
    ):
        decision = listing_rules.decide(listing, step, cause, asset=asset)
        listing, asset = decision.listing, decision.asset
        ledger.happen(cause, decision.events)
    return listing, asset


def lot_terms(reserve_fen: int | None) -> Terms:
    return Terms(
        start_price_fen=Fen(1_000_000),
        increments=(Band(Fen(0), Fen(10_000)), Band(Fen(1_100_000), Fen(20_000))),
        deposit_fen=Fen(100_000),
        reserve_fen=Fen(reserve_fen) if reserve_fen else None,
        appraisal_fen=Fen(1_200_000),
        opens_at=OPENS,
        closes_at=CLOSES,
    )


def _sell(ledger: Ledger, *, reserve_fen: int | None, bids: bool) -> Lot:
    announced_at = listings.DISCLOSURE_ENDS + timedelta(hours=9)
    seller = lots.cause(SELLER, announced_at)
    command = Draft(
        lot=LOT,
        listing=listings.LISTING,
        excluded=frozenset({SELLER, OPERATOR, RELATED}),
        profile=auctions.find("judicial-2016@1"),
        terms=lot_terms(reserve_fen),
    )
    lot = auctions.draft(command, seller).lot
    steps: list[tuple[Cause, object]] = [(seller, Announce())]
    steps += [
        (
            lots.cause(OFFICER, announced_at + number * SECOND),
            ConfirmDeposit(
                organisation=organisation,
                amount_fen=Fen(100_000),
                payment_reference=f"回单 {number}",
                code=CODES[organisation],
            ),
        )
        for number, organisation in enumerate((ANN, BEN, CAI), start=1)
    ]
    if bids:
        extended = CLOSES - 60 * SECOND + lots.WINDOW
        steps += [
            (lots.cause(organisation, at), PlaceBid(bid=lots.bid_id(number), amount_fen=Fen(amount_fen)))
            for number, (organisation, amount_fen, at) in enumerate(
                (
                    (ANN, 1_000_000, OPENS + 3600 * SECOND),
                    (BEN, 1_020_000, OPENS + 7200 * SECOND),
                    (CAI, 1_050_000, CLOSES - 1800 * SECOND),
                    (ANN, 1_090_000, CLOSES - 60 * SECOND),  # extends
                    (BEN, 1_120_000, extended + SECOND),  # parked; refused: nothing extends the end for it
                    (CAI, 1_110_000, extended - timedelta(microseconds=1)),  # arrived in time, decided late: extends
                ),
                start=1,
            )
        ]
    return _act(ledger, lot, steps)


def _act(ledger: Ledger, lot: Lot, steps: list[tuple[Cause, object]]) -> Lot:
    for cause, command in steps:
        organisation = cause.actor.organisation
        bidder = replace(lots.bidder(organisation), deposit_fen=Fen(100_000)) if organisation in CODES else None
        decision = auctions.decide(lot, command, cause, bidder=bidder)
        lot = decision.lot
        ledger.happen(cause, decision.events)
    while (due := auctions.due_at(lot)) is not None:
        decision = auctions.decide(lot, Tick(), lots.clock(due))
        lot = decision.lot
        ledger.happen(lots.clock(due), decision.events)
    return lot


def relisted(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with a manifest that lists them as they are now: what whoever changes a pack would write."""
    manifest = json.loads(files["pack.json"])
    manifest["files"] = [
        {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
        for name, content in sorted(files.items())
        if name != "pack.json"
    ]
    return {**files, "pack.json": pretty(manifest)}


def entry_file(files: Mapping[str, bytes], kind: str) -> str:
    """The name of the first entry of a kind."""
    return next(name for name in sorted(files) if f'"kind":"{kind}"'.encode() in files[name] and "/" in name)


def pack_file(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write a pack of these files."""
    file = folder / "pack.zip"
    file.write_bytes(zipped(files))
    return file
