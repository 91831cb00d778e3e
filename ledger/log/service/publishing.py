"""From signed to published: what readers may see, how witnesses and parts stand, and time stamps."""

from datetime import datetime

from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.unit import Unit, named_at

from .. import checkpoints, notes, store
from ..lines import BELOW
from ..model import Head, TimeStamp, Trouble, WitnessStanding
from ..notes import BadSignature
from ..policy import Policy
from ..store import Standing


class NotStamped(Refusal):
    """No time stamp is kept over a checkpoint of this size."""

    kind = Kind.NOT_FOUND
    zh = "该大小的检查点没有时间戳"


def standing(unit: Unit) -> Standing:
    """Return how far the log is: what is placed, what is signed, what readers see, all of one moment."""
    return store.read_standing(unit)


def waiting_since(unit: Unit) -> datetime | None:
    """Return the machine's time at which the oldest entry that readers do not see was made; None if all are seen."""
    oldest = store.oldest_unpublished(unit)
    return None if oldest is None else named_at(oldest)


def signed(unit: Unit) -> Head | None:
    """Return the newest checkpoint that the log's own keys signed, which readers may not see yet."""
    return store.read_signed(unit)


def published(unit: Unit) -> Head | None:
    """Return the newest checkpoint that readers see, cosignatures and all."""
    return store.read_published(unit)


def publish(unit: Unit, size: int, note: bytes, at: datetime) -> None:
    """Show readers the log up to `size`, under `note`: a signed checkpoint with the cosignatures that it needs.

    A smaller size than is published changes nothing. Whether its signatures hold and suffice is not checked here.
    """
    said = checkpoints.parse(notes.parse(note).text)
    invariant(said.size == size, "a note signs the size it is published for")
    shown = store.save_published(unit, Head(size=size, root=said.root, note=note, at=at))
    newest = None if shown else store.read_published(unit)
    invariant(shown or (newest is not None and newest.size > size), "only what is signed is published")


def withhold_unwitnessed(unit: Unit, policy: Policy) -> bool:
    """Show readers nothing, if what they see lacks the witnesses that `policy` asks for; say whether it was so.

    For a log that is given witnesses, or others than before: until they have seen it, it fails closed.
    """
    head = store.read_published(unit)
    if head is None or _is_accepted(head, policy):
        return False
    store.withdraw_published(unit)
    return True


def _is_accepted(head: Head, policy: Policy) -> bool:
    try:
        return policy.is_met_by([one.name for one in policy.cosigners(notes.parse(head.note))])
    except BadSignature:  # a line of a witness that the policy names now, and which does not hold, is none
        return False


def witness_standings(unit: Unit) -> list[WitnessStanding]:
    """Return how every witness that was ever asked stands."""
    return store.witnesses(unit)


def note_witness(
    unit: Unit,
    url: str,
    *,
    size: int,
    asked_at: datetime,
    cosigned_at: datetime | None = None,
    problem: str | None = None,
) -> None:
    """Remember that the witness at `url` was asked and holds `size` entries; and what is wrong with it, if anything.

    Its size may shrink: a witness that lost its memory is for its keeper to mend. Without `cosigned_at` the last stays.
    """
    stands = WitnessStanding(url=url, size=size, asked_at=asked_at, cosigned_at=cosigned_at, problem=problem)
    store.save_witness(unit, stands)


def troubles(unit: Unit) -> list[Trouble]:
    """Return which processes of the log refuse to work."""
    return store.troubles(unit)


def note_trouble(unit: Unit, part: str, said: str | None) -> None:
    """Keep why a process refuses to work, or with None that it works."""
    if said is None:
        store.drop_trouble(unit, part)
    else:
        store.save_trouble(unit, Trouble(part=part, said=said, at=unit.real_now()))


def keep_time_stamp(unit: Unit, stamp: TimeStamp) -> bool:
    """Keep a token for good; False, and nothing done, where that size has one. The token is not checked here."""
    return store.insert_time_stamp(unit, stamp)


def time_stamps(unit: Unit, *, after: int = 0, limit: int | None = None) -> list[TimeStamp]:
    """Return the time-stamp tokens over sizes above `after`, at most `limit` of them, the smallest size first."""
    return store.time_stamps(unit, after=after, limit=limit)


def newest_time_stamp(unit: Unit) -> TimeStamp | None:
    """Return the time-stamp token over the largest size, or None before the first."""
    return store.newest_time_stamp(unit)


def time_stamp(unit: Unit, size: int) -> TimeStamp:
    """Return the time-stamp token over the checkpoint of one size. Refuses `NotStamped`."""
    if not 0 < size < BELOW or (found := store.time_stamp_of(unit, size)) is None:
        raise NotStamped("no token is kept over the checkpoint of this size; the list says over which")
    return found
