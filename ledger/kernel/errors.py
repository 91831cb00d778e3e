"""How the domain says no."""

import re
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """Why a command was refused, in the caller's terms."""

    MALFORMED = "malformed"  # it cannot be understood
    FORBIDDEN = "forbidden"  # understood, but not yours to do
    NOT_FOUND = "not-found"  # there is no such thing, or none you may see
    CONFLICT = "conflict"  # not in this state, or not any more
    UNAVAILABLE = "unavailable"  # nothing wrong with it; ask again later


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """A command declined for a reason the caller can act on.

    Each subclass names one reason: its docstring's first line is the public title, `zh` the same in Chinese, its
    name the public code. `facts` are the numbers and instants the caller needs to act; never a sealed value.
    Refusals know nothing of HTTP; `exchange.app.problems` renders them.
    """

    kind: ClassVar[Kind]
    zh: ClassVar[str]
    final: ClassVar[bool] = False  # kept as the answer for good, though its kind says that asking again may help

    def __init__(self, detail: str, **facts: str | int) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts

    @classmethod
    def code(cls) -> str:
        """Return the stable identifier, wing and reason, such as `auctions/past-end`."""
        words = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
        return f"{_wing(cls.__module__)}/{words}"

    @classmethod
    def title(cls) -> str:
        """Return the public title: the first line of the docstring, without its full stop."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0].rstrip(".")


def _wing(module: str) -> str:
    """`exchange.auctions.rules.english` -> `auctions`: the second name is always the wing."""
    return module.split(".")[1]


def invariant(holds: bool, message: str) -> None:
    """Stop the program when its own reasoning is wrong; unlike `assert`, survives `-O`."""
    if not holds:
        raise AssertionError(message)
