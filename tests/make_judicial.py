"""Build lots of judicial-2016@2: announced a month before they open, appraised, with holders of rank 1, 1 and 2."""

from datetime import timedelta
from typing import Any

from exchange.auctions import rules
from exchange.auctions.model import (
    Announce,
    Bidder,
    Cancel,
    ConfirmDeposit,
    Halt,
    Holder,
    Lot,
    LotId,
    PlaceBid,
    Previous,
    Resume,
    Right,
    Suspend,
)
from ledger.kernel.money import Fen
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, DAY, NOON, SELLER

RULE = "judicial-2016@2"
PUBLISHED = NOON - 30 * DAY
TOLD = PUBLISHED - 3 * DAY
EARLIER = LotId.from_number(7)
ENDED = PUBLISHED - DAY
REPUBLISHED = NOON - 15 * DAY
RANKS = {ANN: 1, BEN: 2}
FAULT = Suspend(reason=Halt.FAULT, order=None)
OFF = Cancel(reason=Halt.ORDERED, order="(2026)内01执1号")


def holder(organisation: Any = ANN, rank: int = 1, **changes: Any) -> Holder:
    usual: dict[str, Any] = {"right": Right.CO_OWNER, "notified_at": TOLD}
    return Holder(organisation=organisation, rank=rank, **(usual | changes))


HOLDERS = (holder(ANN, 1), holder(BEN, 2, right=Right.INVENTOR))


def previous(**changes: Any) -> Previous:
    usual: dict[str, Any] = {
        "lot": EARLIER,
        "ended_at": NOON - 20 * DAY,
        "start_price_fen": Fen(125_000),
        "attempt": 1,
    }
    return Previous(**(usual | changes))


def draft(**changes: Any) -> Lot:
    return rules.draft(
        make.Draft(
            lot=make.LOT,
            listing="lst_x",
            excluded=frozenset({make.OPERATOR}),
            profile=rules.find(RULE),
            terms=make.terms(**({"appraisal_fen": Fen(100_000), "holders": HOLDERS} | changes)),
        ),
        make.cause(SELLER, TOLD),
    ).lot


def announced(**changes: Any) -> Lot:
    return rules.decide(draft(**changes), Announce(), make.cause(SELLER, PUBLISHED)).lot


def ranked(organisation: Any, rank: int | None = None) -> Bidder:
    found = RANKS.get(organisation) if rank is None else rank or None
    return Bidder(organisation=organisation, code=make.CODES[organisation], deposit_fen=Fen(10_000), rank=found)


def deposit(organisation: Any, rank: int | None) -> ConfirmDeposit:
    return ConfirmDeposit(
        organisation=organisation,
        amount_fen=Fen(10_000),
        payment_reference="p-1",
        code=make.CODES[organisation],
        rank=rank,
    )


def offer(
    lot: Lot, organisation: Any, amount_fen: int, at: Any = NOON, number: int = 1, rank: int | None = None
) -> Any:
    command = PlaceBid(bid=make.bid_id(number), amount_fen=Fen(amount_fen))
    return rules.decide(lot, command, make.cause(organisation, at), bidder=ranked(organisation, rank))


def suspend(lot: Lot, at: Any, command: Suspend = FAULT) -> Any:
    return rules.decide(lot, command, make.cause(make.OFFICER, at))


def resume(lot: Lot, at: Any, cause_ended_at: Any = None) -> Any:
    return rules.decide(lot, Resume(cause_ended_at=cause_ended_at or at), make.cause(make.OFFICER, at))


def cancel(lot: Lot, at: Any, command: Cancel = OFF) -> Any:
    return rules.decide(lot, command, make.cause(make.OFFICER, at))


def story(*, opened: bool = True, cancelled: bool = False) -> tuple[list[dict[str, Any]], Lot]:
    """A lot offered again: Cai leads, Ben matches, bidding is suspended in its last minutes, Ann matches Ben, and wins.

    Cancelled, it ends in its suspension.
    """
    record, published = make.Record(opened=opened), REPUBLISHED
    lot = draft(appraisal_fen=Fen(200_000), holders=(holder(ANN, 1), holder(BEN, 2, notified_at=None)))
    lot = record.take(rules.decide(lot, Announce(previous=previous()), make.cause(SELLER, published)), published)
    for organisation, rank in ((ANN, 1), (BEN, 2), (CAI, None)):
        decision = rules.decide(lot, deposit(organisation, rank), make.cause(make.OFFICER, published + DAY))
        lot = record.take(decision, published + DAY)
    lot = record.take(offer(lot, CAI, 100_000, NOON, 1), NOON)
    lot = record.take(offer(lot, BEN, 100_000, NOON + DAY / 2, 2), NOON + DAY / 2)
    since = make.END - timedelta(minutes=10)
    lot = record.take(suspend(lot, since), since)
    if cancelled:
        return record.entries, record.take(cancel(lot, since + DAY), since + DAY)
    lot = record.take(resume(lot, since + DAY, since + DAY / 2), since + DAY)
    at = lot.ends_at - timedelta(minutes=2)
    lot = record.take(offer(lot, ANN, 100_000, at, 3), at)
    lot = record.take(offer(lot, CAI, 101_000, lot.ends_at, 4), lot.ends_at)
    due = rules.due_at(lot)
    assert due is not None
    return record.entries, record.take(make.tick(lot, due), due)
