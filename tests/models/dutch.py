"""A falling clock as a referee with a stopwatch would keep it: whole microseconds, one list, no windows.

It imports nothing of the wing. Whoever is first handed over starts the stopwatch; when it has run the grace, the
referee sorts the list by arrival and hands the lot to the one at its head.
"""

from dataclasses import dataclass, field


@dataclass
class Referee:
    """Times are whole microseconds, amounts whole fen. `state` is open, sold or unsold."""

    opens: int
    closes: int
    start: int
    floor: int
    drop: int
    every: int
    grace: int
    waiting: list[tuple[int, int, int, int]] = field(default_factory=list)  # arrival, place, price, click
    stopwatch: int | None = None
    winner: tuple[int, int, int] | None = None  # click, price, arrival
    losers: list[int] = field(default_factory=list)
    state: str = "open"

    def prices(self) -> list[int]:
        """Every price there ever is, the start first."""
        found = [self.start]
        while found[-1] > self.floor:
            found.append(max(self.floor, found[-1] - self.drop))
        return found

    def shows(self, at: int) -> int:
        """Which of the prices stands at an instant."""
        shown = 0
        for nth in range(len(self.prices())):
            if self.opens + nth * self.every <= at:
                shown = nth
        return shown

    def hear(self, click: int, seen: int, at: int) -> str:
        """What a click hears when it is handed over."""
        if at < self.opens:
            return "not-yet-open"
        if self.winner is not None or self.state == "unsold":
            return self.after(at)
        if self.stopwatch is not None and at >= self.stopwatch + self.grace:
            return "already-taken"
        if at >= self.closes:
            return "past-end"
        if seen not in range(len(self.prices())):
            return "no-such-step"
        if seen > self.shows(at):
            return "step-not-reached"
        price = self.prices()[self.shows(at)]
        if not self.grace:
            self.winner = (click, price, at)
            return "accepted"
        if self.stopwatch is None:
            self.stopwatch = at
        self.waiting.append((at, len(self.waiting), price, click))
        return "parked"

    def after(self, at: int) -> str:
        """What a click hears once all is over."""
        if self.winner is not None:
            return "processed-too-late" if at < self.winner[2] else "already-taken"
        return "processed-too-late" if at < self.closes else "past-end"

    def due(self) -> int | None:
        """When the referee looks again."""
        if self.state != "open":
            return None
        if self.winner is not None:
            return self.winner[2]
        return (self.closes if self.stopwatch is None else self.stopwatch) + self.grace

    def look(self, at: int) -> str:
        """Decide what can be decided."""
        due = self.due()
        if due is None:
            return "wrong-state"
        if at < due:
            return "not-due"
        for arrival, _, price, click in sorted(self.waiting):
            if self.winner is None:
                self.winner = (click, price, arrival)
            else:
                self.losers.append(click)
        self.waiting, self.stopwatch = [], None
        self.state = "sold" if self.winner else "unsold"
        return self.state
