"""What makes a format: a table of its own, and the few verbs that the life of every lot leaves to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from ledger.kernel.cause import Actor, Cause
from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from ledger.log.model import Event

from ..model import (
    Announce,
    Bid,
    Bidder,
    Command,
    ConfirmDeposit,
    Decision,
    Lot,
    Phase,
    Profile,
    Revise,
    State,
    Terms,
    Withdraw,
)

Transitions: TypeAlias = Mapping[tuple[State, type[Command]], tuple[State, ...]]
# Any: each verb takes the one command that it stands beside in the mapping.
Verb: TypeAlias = Callable[[Lot, Any, Cause, Bidder | None], Decision]

# What is the same in every format: a lot is written, announced, perhaps withdrawn, and bidders deposit. Where a format
# answers no command in a state, that state is final.
OFFERING: Final[Transitions] = MappingProxyType(
    {
        (State.DRAFT, Revise): (State.DRAFT,),
        (State.DRAFT, Announce): (State.ANNOUNCED,),
        (State.DRAFT, Withdraw): (State.WITHDRAWN,),
        (State.ANNOUNCED, Withdraw): (State.WITHDRAWN,),
        (State.ANNOUNCED, ConfirmDeposit): (State.ANNOUNCED,),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """A format's table and verbs.

    `judge` accepts a bid whose arrival was in time, or raises what it deserves. `refused` says of a parked bid that it
    was refused: its number and the refusal's code. `close` ends a lot whose end is over and whose parked bids are
    decided. `threshold` is what a bid must reach now. `require_terms` refuses, on announcing, terms that the format
    cannot be held under, beyond what the profile's numbers ask of every lot.

    `own` are verbs for commands that only this format answers, or answers in a way of its own. `late` is what an offer
    hears of a lot that takes no more; `phase` and `due_at` say what readers see, and when time acts, where that is not
    told by the effective end alone.
    """

    transitions: Transitions
    judge: Callable[[Lot, Bid, Actor], Decision]
    refused: Callable[[Lot, Bid, int, str], Event]
    close: Callable[[Lot], Decision]
    threshold: Callable[[Lot], Fen]
    require_terms: Callable[[Profile, Terms], None]
    by_maximum: bool = False  # a bid says how far it may go, and is told to nobody
    first_wins: bool = False  # the first offer ends the lot; what arrives after the end is never parked
    own: Mapping[type[Command], Verb] = field(default_factory=lambda: MappingProxyType({}))
    late: Callable[[Lot, Command, Cause], Refusal] | None = None
    phase: Callable[[Lot, datetime], Phase] | None = None
    due_at: Callable[[Lot], datetime | None] | None = None
