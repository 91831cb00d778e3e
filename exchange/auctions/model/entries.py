"""What the record says of a lot.

Codes and decided amounts are public (art. 20); who is behind a code is not (art. 18). `profile` carries the numbers of
the rule version, so that an outsider needs no other source to recompute a result. `by` is the organisation and the
person who acted, or the clock; `excluded_count` lets nobody be barred unseen.
"""

from ledger.log.model import event_kind

LOT_ANNOUNCED = event_kind(
    "auction.lot_announced",
    public="seller listing profile start_price_fen increments deposit_fen appraisal_fen has_reserve opens_at closes_at"
    " excluded_count",
    sealed="reserve_fen excluded by",
)
FORM_ANNOUNCED = event_kind("auction.form_announced", public="form")  # follows, where the format asks for one
LOT_WITHDRAWN = event_kind("auction.lot_withdrawn", public="", sealed="by")
DEPOSIT_CONFIRMED = event_kind(
    "auction.deposit_confirmed", public="code", sealed="bidder amount_fen payment_reference by"
)
# `placed_at` is the bid's own arrival; the entry's `arrived_at` is later when the bid had been parked.
BID_ACCEPTED = event_kind(
    "auction.bid_accepted", public="bid code amount_fen placed_at number price_fen ends_at", sealed="bidder by"
)
# An undecided amount is sealed: were it public, others in the grace could answer a bid that may never count.
# Its digest holds the operator to it; the decision publishes it.
BID_PARKED = event_kind("auction.bid_parked", public="bid code", sealed="bidder amount_fen by")
BID_REFUSED = event_kind("auction.bid_refused", public="bid code amount_fen placed_at number reason", sealed="bidder")
# A maximum is never published: not the leader's, not a loser's, not a refused one's. `code` is who bid, `leader` who
# leads after it, `price_fen` where that leader stands.
MAXIMUM_ACCEPTED = event_kind(
    "auction.maximum_accepted",
    public="bid code placed_at number leader price_fen ends_at",
    sealed="bidder maximum_fen by",
)
MAXIMUM_REFUSED = event_kind(
    "auction.maximum_refused", public="bid code placed_at number reason", sealed="bidder maximum_fen"
)
# A click on a falling clock: `seen` is the step it carried, `step` the one that its arrival fell in, and what it pays.
PRICE_TAKEN = event_kind(
    "auction.price_taken", public="bid code step seen price_fen placed_at number ends_at", sealed="bidder by"
)
TAKE_REFUSED = event_kind(
    "auction.take_refused", public="bid code step seen price_fen placed_at number reason", sealed="bidder"
)
# Of an envelope nothing but its commitment is known before all are opened; `replaces` is the bidder's one before it.
# What was opened is published with the ranking, all at once: who opens last learns no more than who opened first.
ENVELOPE_LODGED = event_kind(
    "auction.envelope_lodged", public="bid code commitment placed_at replaces", sealed="bidder by"
)
OPENING_BEGUN = event_kind("auction.opening_begun", public="envelopes until")
ENVELOPE_OPENED = event_kind("auction.envelope_opened", public="bid code", sealed="bidder amount_fen nonce by")
ENVELOPES_RANKED = event_kind("auction.envelopes_ranked", public="ranking invalid unopened")
LOT_SOLD = event_kind("auction.lot_sold", public="bid code price_fen bids", sealed="buyer")
LOT_UNSOLD = event_kind("auction.lot_unsold", public="reason bids")
SALE_FELL_THROUGH = event_kind("auction.sale_fell_through", public="code fault")

KINDS = (
    LOT_ANNOUNCED,
    FORM_ANNOUNCED,
    LOT_WITHDRAWN,
    DEPOSIT_CONFIRMED,
    BID_ACCEPTED,
    BID_PARKED,
    BID_REFUSED,
    MAXIMUM_ACCEPTED,
    MAXIMUM_REFUSED,
    PRICE_TAKEN,
    TAKE_REFUSED,
    ENVELOPE_LODGED,
    OPENING_BEGUN,
    ENVELOPE_OPENED,
    ENVELOPES_RANKED,
    LOT_SOLD,
    LOT_UNSOLD,
    SALE_FELL_THROUGH,
)
"""Everything that can happen to a lot on the record."""
