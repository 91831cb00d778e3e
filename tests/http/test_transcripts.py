"""Every format has a transcript in the documentation, and what is written there is what happens."""

from pathlib import Path

import pytest

from tests.http.transcripts import Play, Script, scripts

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs/auctions").glob("*.md"))
ALL = [one for page in PAGES for one in scripts(page)]


@pytest.mark.parametrize("script", ALL, ids=lambda one: f"{one.page.stem}-{one.steps[0].line}")
def test_what_is_written_is_what_happens(market, script: Script):
    Play(market).run(script)


def test_every_format_that_can_be_used_has_one():
    assert {one.page.stem for one in ALL} >= {"ascending", "proxy"}
