"""The page of judicial-2016 goes through every article of the law, and names no test that there is not."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
PAGE = (TESTS.parent / "docs/auctions/judicial-2016.md").read_text()
ROWS = re.findall(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", PAGE, re.MULTILINE)
NAMED = re.compile(r"`(test_\w+\.py) (Test\w+)\.(test_\w+)`")
ARTICLES = 38


def methods(file: str) -> set[tuple[str, str]]:
    """Every test of every file of that name, with its class."""
    return {
        (one.name, test.name)
        for path in TESTS.rglob(file)
        for one in ast.parse(path.read_text()).body
        if isinstance(one, ast.ClassDef)
        for test in one.body
        if isinstance(test, ast.FunctionDef)
    }


class TestPage:
    def test_goes_through_every_article_in_order(self):
        assert [int(number) for number, *_ in ROWS] == list(range(1, ARTICLES + 1))

    def test_names_tests_that_there_are(self):
        named = NAMED.findall(PAGE)

        assert len(named) > ARTICLES
        assert [one for one in named if one[1:] not in methods(one[0])] == []

    def test_says_why_or_shows_how(self):
        bare = [number for number, _, here, shown in ROWS if "does not apply" not in here and not NAMED.search(shown)]

        assert bare == []

    def test_cites_the_article_in_a_test_of_each_rule_that_version_2_adds(self):
        for article in (8, 10, 12, 16, 19, 21, 22, 26, 28, 29):
            shown = next(shown for number, _, _, shown in ROWS if int(number) == article)

            assert re.search(rf"art_(?:\d+_)*{article}\b|art_(?:\d+_)*{article}_", shown), article
