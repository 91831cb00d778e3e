"""Send a lot bids and let time act on it, at random instants; what properties are asked of."""

from exchange.auctions import checks, rules
from exchange.auctions.model import Announce, BidState, State
from ledger.kernel import canonical
from ledger.kernel.errors import Refusal
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, NOON


def run(lot, sent):
    """Send bids, and ticks where an instant stands alone; return each lot on the way, with what led to it."""
    walk = []
    for number, step in enumerate(sent):
        try:
            if isinstance(step, tuple):
                organisation, amount_fen, at = step
                decision = make.offer(lot, organisation, amount_fen, at, number)
            else:
                at, decision = step, make.tick(lot, step)
        except Refusal as refusal:
            walk.append((lot, refusal, lot, step))
            continue
        walk.append((lot, decision, decision.lot, at))
        lot = decision.lot
    return walk, lot


def close(lot):
    """Let time act until the lot is closed."""
    while lot.state is State.ANNOUNCED:
        lot = make.tick(lot, rules.due_at(lot)).lot
    return lot


def accepted(answer):
    """The bids that an answer accepted, in their order."""
    if isinstance(answer, Refusal):
        return []
    return [one.bid for one in answer.outcomes if one.state is BidState.ACCEPTED]


def decided(walk):
    """What became of every bid that was decided, in the order of decision."""
    outcomes = [one for _, answer, _, _ in walk if not isinstance(answer, Refusal) for one in answer.outcomes]
    return [one for one in outcomes if one.state is not BidState.PARKED]


def written(walk):
    """Every event as bytes."""
    events = [event for _, answer, _, _ in walk if not isinstance(answer, Refusal) for event in answer.events]
    return canonical.encode([[event.kind, event.data, event.sealed] for event in events])


def audited(draft, sent, *, opened):
    """Announce, take three deposits, run and close; return what the auditor finds, its fold, and the lot."""
    record, eve = make.Record(opened=opened), NOON - make.DAY
    lot = record.take(rules.decide(draft, Announce(), make.cause(make.SELLER, eve)), eve)
    for organisation in (ANN, BEN, CAI):
        lot = record.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, eve)), eve)
    walk, lot = run(lot, sent)
    for _, answer, _, at in walk:
        if not isinstance(answer, Refusal):
            record.take(answer, at)
    while lot.state is State.ANNOUNCED:
        due = rules.due_at(lot)
        lot = record.take(make.tick(lot, due), due)
    return checks.check(record.entries), checks.fold(record.entries), lot
