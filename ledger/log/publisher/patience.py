"""How long somebody who failed is left alone."""

from dataclasses import dataclass


@dataclass(slots=True)
class Patience:
    """When somebody who failed may be asked again: ever more slowly, by a clock that only goes forward."""

    first_s: float
    most_s: float
    failures: int = 0
    not_before_s: float = 0.0

    def failed(self, now_s: float) -> None:
        """Wait twice as long as the last time."""
        self.not_before_s = now_s + min(self.first_s * 2.0**self.failures, self.most_s)
        self.failures = min(self.failures + 1, 32)

    def helped(self) -> None:
        """Wait no more."""
        self.failures, self.not_before_s = 0, 0.0
