"""A model foretells; it may not ask what it foretells. Nor anything else of ours: it is given what it needs."""

import ast
from pathlib import Path

import pytest

MODELS = Path(__file__).resolve().parents[1] / "models"
STANDARD = {"collections", "collections.abc", "dataclasses", "datetime", "enum", "fractions", "itertools", "typing"}


def imported(source: str) -> set[str]:
    """Every module that is imported, wherever in the source."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
        elif isinstance(node, ast.Name) and node.id in {"__import__", "eval", "exec"}:
            found.add(node.id)
    return found


@pytest.mark.parametrize("model", sorted(MODELS.glob("*.py")), ids=lambda one: one.name)
def test_a_model_imports_nothing_of_ours(model):
    assert imported(model.read_text()) <= STANDARD


@pytest.mark.parametrize(
    "source",
    [
        "import settlement.books",
        "from settlement.books import rules",
        "from ..make_books import ANN",
        "__import__('x')",
        "def f():\n    from settlement.books.model import MOST",
        "import importlib",
    ],
)
def test_one_that_does_is_found(source):
    assert not imported(source) <= STANDARD
