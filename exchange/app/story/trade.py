"""The bidding: what each bidder offers when, and what the exchange makes of it.

Most bids are simply accepted. The others show a rule: a late one moves the end, a repeated one counts once, one that
arrives just after the end is parked and then decided, and a low one, or one's own seller's, is refused.
"""

from datetime import datetime, timedelta
from typing import Final

from ledger.kernel import instant
from ledger.kernel.calendar import CHINA

from .cast import TEN_THOUSAND_YUAN, Step, yuan
from .client import Answer
from .stage import Lot, Story, expect, refused

GRACE: Final = timedelta(seconds=2)  # of the judicial-2016 profile
PAST_END: Final = "auctions/past-end"


def bid(story: Story, lot: Lot, step: Step) -> None:
    """Offer a price, and see that what comes of it is what must."""
    story.telling.doing(f"{step.bidder} offers {step.amount * TEN_THOUSAND_YUAN:,} for {lot.offer.title}")
    match step.outcome:
        case "accepted":
            _accepted(_place(story, lot, step), step)
        case "late":
            _late(story, lot, step)
        case "repeated":
            _repeated(story, lot, step)
        case "parked":
            _parked(story, lot, step)
        case code:
            _refused(story, lot, step, code)


def _place(story: Story, lot: Lot, step: Step) -> Answer:
    token = story.token(step.bidder)
    return story.client.post(f"/v1/lots/{lot.id}/bids", {"amount": yuan(step.amount)}, token=token)


def _accepted(answer: Answer, step: Step) -> None:
    expect((answer.status, answer.fields.text("state")) == (201, "accepted"), f"the bid of {step.bidder} is accepted")


def _late(story: Story, lot: Lot, step: Step) -> None:
    before = _end(story, lot)
    _accepted(_place(story, lot, step), step)
    after = _end(story, lot)
    expect(before < after == step.at + timedelta(minutes=5), "a bid in the last five minutes leaves five more")
    moved = f"{_clock(before)} -> {_clock(after)}"
    story.telling.at(story.now, f"{lot.offer.gloss}: a bid in the last 5 minutes moves the end, {moved}")


def _repeated(story: Story, lot: Lot, step: Step) -> None:
    first, again = _place(story, lot, step), _place(story, lot, step)
    _accepted(first, step)
    same = again.replayed and again.fields == first.fields
    expect(same, "a bid sent again with its Idempotency-Key gets the same answer")
    story.telling.at(story.now, f"{lot.offer.gloss}: a bid is sent twice with one Idempotency-Key, and counts once")


def _parked(story: Story, lot: Lot, step: Step) -> None:
    answer = _place(story, lot, step)
    parked = (answer.status, answer.fields.text("state")) == (202, "parked")
    expect(parked, "a bid that arrives in the two seconds after the end is parked")
    story.telling.at(story.now, f"{lot.offer.gloss}: a bid 1 s after the end is parked (202) until the grace is over")
    story.until(_end(story, lot) + GRACE)
    refused(PAST_END, lambda: _place(story, lot, step), f"the bid of {step.bidder}")
    mine = story.client.get(f"/v1/lots/{lot.id}/bids/{answer.fields.text('id')}", story.token(step.bidder))
    expect(mine.text("state") == "refused", "a parked bid that no earlier one saves is refused")
    story.telling.at(story.now, f"{lot.offer.gloss}: asked again, it has been refused ({PAST_END})")


def _refused(story: Story, lot: Lot, step: Step, code: str) -> None:
    refused(code, lambda: _place(story, lot, step), f"the bid of {step.bidder}")
    story.telling.at(story.now, f"{lot.offer.gloss}: the bid of {step.bidder} is refused ({code})")


def _end(story: Story, lot: Lot) -> datetime:
    return instant.parse(story.client.get(f"/v1/lots/{lot.id}").text("ends_at"))


def _clock(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%H:%M:%S}"
