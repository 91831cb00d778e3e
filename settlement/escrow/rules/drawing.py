"""A table of states as a diagram, for the documentation."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

State = TypeVar("State", bound=StrEnum)
Command = TypeVar("Command", bound=type[Any])  # Any: the class of any command


def drawn(table: Mapping[tuple[State, Command], tuple[State, ...]], states: type[State], *, first: str) -> str:
    """Return a table as a Mermaid state diagram that begins at `first`; what nothing leads on from is an end."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for (state, command), targets in table.items():
        for target in targets:
            arrows.setdefault((state, target), []).append(command.__name__)
    sources = {source for source, _ in table}
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    lines += [f"    {source} --> {target}: {', '.join(names)}" for (source, target), names in arrows.items()]
    lines += [f"    {state} --> [*]" for state in states if state not in sources]
    return "\n".join(lines) + "\n"
