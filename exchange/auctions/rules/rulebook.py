"""What makes a format: a table of its own, and the few verbs that the life of every lot leaves to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from ledger.kernel.cause import Actor
from ledger.kernel.money import Fen
from ledger.log.model import Event

from ..model import (
    Announce,
    Bid,
    Cancel,
    Command,
    ConfirmDeposit,
    Decision,
    Lot,
    Profile,
    Resume,
    Revise,
    State,
    Suspend,
    Terms,
    Withdraw,
)

Transitions: TypeAlias = Mapping[tuple[State, type[Command]], tuple[State, ...]]

# What is the same in every format: a lot is written, announced, perhaps withdrawn or suspended, and bidders deposit.
# Where a format answers no command in a state, that state is final.
OFFERING: Final[Transitions] = MappingProxyType(
    {
        (State.DRAFT, Revise): (State.DRAFT,),
        (State.DRAFT, Announce): (State.ANNOUNCED,),
        (State.DRAFT, Withdraw): (State.WITHDRAWN,),
        (State.ANNOUNCED, Withdraw): (State.WITHDRAWN,),
        (State.ANNOUNCED, ConfirmDeposit): (State.ANNOUNCED,),
        (State.ANNOUNCED, Suspend): (State.SUSPENDED,),
        (State.SUSPENDED, ConfirmDeposit): (State.SUSPENDED,),
        (State.SUSPENDED, Resume): (State.ANNOUNCED,),
        (State.SUSPENDED, Cancel): (State.WITHDRAWN,),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """A format's table and verbs.

    `judge` accepts a bid whose arrival was in time, or raises what it deserves. `refused` says of a parked bid that it
    was refused: its number and the refusal's code. `close` ends a lot whose end is over and whose parked bids are
    decided. `threshold` is what a bid must reach now. `require_terms` refuses, on announcing, terms that the format
    cannot be held under, beyond what the profile's numbers ask of every lot.
    """

    transitions: Transitions
    judge: Callable[[Lot, Bid, Actor], Decision]
    refused: Callable[[Lot, Bid, int, str], Event]
    close: Callable[[Lot], Decision]
    threshold: Callable[[Lot], Fen]
    require_terms: Callable[[Profile, Terms], None]
    by_maximum: bool = False  # a bid says how far it may go, and is told to nobody
