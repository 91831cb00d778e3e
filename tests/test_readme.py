"""The README says what is so: its transcript is what the demo prints, its targets, variables and commands exist."""

import os
import re
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from exchange.app import servers
from exchange.app.cli import main
from exchange.app.settings import Settings
from ledger.log.checkpoints import Checkpoint
from ledger.log.journal import Journal, RolledBack

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
TRANSCRIPT = re.search(r"```\n\$ make demo\n(.*?)```", README, re.DOTALL)[1].splitlines()


LEDGER = (ROOT / "docs" / "ledger.md").read_text()


def commands(page):
    """Yield each command of the page's consoles, with the lines that it must print."""
    for console in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
            command, *lines = part.splitlines()
            yield command, lines


def squeezed(text):
    """Columns are aligned by eye in the README, so any run of spaces is as good as another."""
    return re.sub(r"\s+", " ", text).strip()


def pattern(line):
    """`…` stands for whatever varies."""
    return re.compile(".*".join(map(re.escape, squeezed(line).split("…"))))


def missing(wanted, printed):
    """Return the first wanted line that does not follow the ones before it in what was printed, or None."""
    lines = iter([squeezed(line) for line in printed])
    for line in filter(None, map(squeezed, wanted)):
        if line != "…" and not any(pattern(line).fullmatch(one) for one in lines):
            return line
    return None


@pytest.fixture(scope="class")
def reader():
    """A reader's folder after `make demo`, and how a command is run there: what is named in it is named as we do."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MENGKEJU_")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    with servers.temporary_home() as folder:

        def run(command):
            return subprocess.run(
                ["/bin/bash", "-c", command],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=280,
            )

        demo = run("mengkeju demo")
        assert (demo.returncode, demo.stderr) == (0, ""), demo.stdout[-3000:] + demo.stderr[-3000:]
        yield demo.stdout.splitlines(), run


class TestTranscript:
    def test_is_what_the_demo_prints(self, reader):
        assert missing(TRANSCRIPT, reader[0]) is None

    def test_of_the_ledger_is_what_its_commands_print(self, reader):
        _, run = reader
        for command, wanted in commands(LEDGER):
            answer = run(command)
            printed = (answer.stdout + answer.stderr).splitlines()
            assert missing(wanted, printed) is None, (command, printed)

    def test_of_the_cheat_is_what_the_demo_prints(self, reader):
        refusal = re.search(r"```\n(The regulator's witness, asked.*?)```", LEDGER, re.DOTALL)[1]
        assert missing(refusal.splitlines(), reader[0]) is None

    def test_ends_with_the_caught_cheat(self):
        assert TRANSCRIPT[-1].startswith("copy       FAILED  entry … auction.bid_accepted")


class TestMissing:
    """The comparison itself can fail."""

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            (["one", "two"], None),
            (["one", "…", "three 3"], None),
            (["o…e", "th… 3"], None),
            (["two", "one"], "one"),
            (["one", "one"], "one"),
            (["three"], "three"),
            (["on"], "on"),
        ],
    )
    def test_finds_what_is_not_there_or_not_in_order(self, wanted, expected):
        assert missing(wanted, ["one", "  two ", "three   3"]) == expected


class TestLedger:
    def test_tells_what_the_sequencer_says_after_a_restore(self, tmp_path):
        journal = Journal(tmp_path / "log.signed")
        at, root = datetime(2026, 11, 25, tzinfo=UTC), bytes(32)
        signed = Checkpoint(origin="log.example", size=1400, root=root)
        journal.authorise(signed, at=at, root_at=lambda _: root)
        with pytest.raises(RolledBack) as refused:
            journal.authorise(replace(signed, size=1200), at=at, root_at=lambda _: root)
        assert f"{RolledBack.title()}: {refused.value.detail}" in LEDGER

    def test_has_a_console_that_is_run(self):
        assert len(list(commands(LEDGER))) > 5
        assert all(lines for command, lines in commands(LEDGER) if command.startswith("mengkeju"))

    def test_names_commands_that_exist(self):
        for group, word in re.findall(r"mengkeju (ledger|witness) ([a-z]+)", LEDGER):
            assert word in main.commands[group].commands, (group, word)


class TestReadme:
    def test_names_targets_that_exist(self):
        named = set(re.findall(r"(?:^    |`|\$ )make ([a-z]+)\b", README, re.MULTILINE))
        made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
        assert {"setup", "demo", "serve", "test", "lint", "bench"} <= named <= made

    def test_names_every_variable_that_is_read(self):
        named = set(re.findall(r"MENGKEJU_[A-Z_]+", README))
        assert named == {f"MENGKEJU_{field.name.upper()}" for field in fields(Settings)}

    def test_names_commands_that_exist(self):
        known = {name: main.commands[name] for name in main.commands}
        for name, word in re.findall(r"mengkeju ([a-z]+)(?: ([a-z]+))?", README):
            assert name in known, name
            inner = getattr(known[name], "commands", None)
            assert inner is None or word in inner, (name, word)

    def test_names_documents_that_exist(self):
        for path in re.findall(r"`(docs/[^`]+)`", README):
            assert (ROOT / path).exists(), path

    def test_shows_the_transcript_before_anything_else(self):
        headings = [match.start() for match in re.finditer(r"^## ", README, re.MULTILINE)]
        assert README.index("$ make demo") < headings[0]
        assert all(earlier < later for earlier, later in pairwise(headings))
