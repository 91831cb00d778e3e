"""Sealed bids as a clerk would keep them: a drawer, a pile of opened envelopes, and a pencil.

It imports nothing of the wing. The clerk never looks at an amount before its envelope is opened; what a bidder wrote is
kept apart, as the bidder's own memory.
"""

from dataclasses import dataclass, field


@dataclass
class Clerk:
    """Times are whole microseconds, amounts whole fen. `state` is announced, opening, sold or unsold."""

    opens: int
    closes: int
    grace: int
    window: int
    start: int
    reserve: int
    second: bool  # the winner pays the second amount
    drawer: dict[str, tuple[int, int, int]] = field(default_factory=dict)  # who: arrival, place, envelope
    pile: dict[str, int] = field(default_factory=dict)  # who: amount
    places: int = 0
    state: str = "announced"
    winner: tuple[str, int] | None = None

    def lodge(self, who: str, envelope: int, at: int) -> str:
        """An envelope comes in."""
        if at < self.opens:
            return "not-yet-open"
        if at >= self.closes:
            return "past-end"
        if self.state != "announced":
            return "processed-too-late"
        if who in self.drawer and self.drawer[who][0] > at:
            return "later-envelope-stands"
        self.places += 1
        self.drawer[who] = (at, self.places, envelope)
        return "announced"

    def open(self, who: str, amount: int, written: int | None, at: int) -> str:
        """Somebody says what is in its envelope; `written` is what it did write."""
        begins = self.closes + self.grace
        if at < begins:
            return "not-yet-opening"
        if at >= begins + self.window:
            return "opening-over"
        if self.state in {"sold", "unsold"}:
            return "processed-too-late"
        if who not in self.drawer:
            return "no-envelope"
        if who in self.pile:
            return "already-opened"
        if amount != written:
            return "wrong-opening"
        self.state = "opening"
        self.pile[who] = amount
        return "opening"

    def due(self) -> int | None:
        """When the clerk acts unasked."""
        begins = self.closes + self.grace
        return {"announced": begins, "opening": begins + self.window + self.grace}.get(self.state)

    def look(self, at: int) -> str:
        """Begin the opening, or rank what was opened."""
        due = self.due()
        if due is None:
            return "wrong-state"
        if at < due:
            return "not-due"
        if self.state == "announced":
            self.state = "opening" if self.drawer else "unsold"
            return self.state
        best = None
        for who, amount in self.pile.items():
            rank = (amount, -self.drawer[who][0], -self.drawer[who][1])
            if amount >= self.start and (best is None or rank > best[0]):
                best = (rank, who)
        self.state = "unsold"
        if best is not None and best[0][0] >= self.reserve:
            others = [amount for who, amount in self.pile.items() if who != best[1]]
            price = max([self.reserve, self.start, *others]) if self.second else best[0][0]
            self.winner, self.state = (best[1], price), "sold"
        return self.state
