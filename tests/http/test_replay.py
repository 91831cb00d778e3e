"""Replays through real processes: the engine refuses what the log should not hold, and agrees with real prices."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from exchange.app.cli import main
from exchange.app.replay import command

AUCTIONS = """auction_id,start_price,opened_at,closes_at,final_price
window,1.00,2001-12-03T10:00:00Z,2001-12-03T12:00:00Z,4.00
raised,1.00,2001-12-03T10:00:00Z,2001-12-03T13:00:00Z,3.00
nobody,5.00,2001-12-03T10:00:00Z,2001-12-03T12:30:00Z,
"""
BIDS = """auction_id,bidder,at,amount
window,late,2001-12-03T12:00:00Z,9.00
window,first,2001-12-03T10:00:00Z,1.00
window,early,2001-12-03T09:59:59Z,2.00
window,equal,2001-12-03T11:00:00Z,1.00
window,last,2001-12-03T11:59:59Z,4.00
window,after,2001-12-03T12:00:01Z,9.00
raised,same,2001-12-03T11:00:00Z,2.00
raised,same,2001-12-03T11:30:00Z,3.00
"""


@pytest.fixture
def traces(settings, addresses):
    """Return the database, roles and folder of a replay, as far as they exist."""
    url = sa.make_url(addresses.database).set(drivername="postgresql+psycopg")
    admin = sa.create_engine(url, poolclass=sa.NullPool)

    def look(name):
        names = "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles"
        with admin.connect() as connection:
            known = connection.execute(sa.text(names)).scalars().all()
        known += [str(one) for one in (settings.home / "sites").glob(name)]
        return [one for one in known if name in one]

    return look


@pytest.fixture
def run(settings, addresses, monkeypatch, traces):
    """Run the command on this run's servers; return its exit code and the object of its last line."""
    monkeypatch.setenv("MENGKEJU_HOME", str(settings.home))
    names = []
    whole = command.whole
    monkeypatch.setattr(command, "whole", lambda *args, **more: names.append(more["database"]) or whole(*args, **more))

    def act(*arguments):
        result = CliRunner().invoke(main, ["replay", *(str(one) for one in arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert traces(names.pop()) == []
        return result.exit_code, json.loads(result.stdout.splitlines()[-1]), result.stdout

    return act


@pytest.fixture
def refused(settings, monkeypatch, tmp_path):
    """Run the command where no server could start; return what it says."""
    monkeypatch.setenv("MENGKEJU_HOME", str(tmp_path / "a file, no folder"))
    (tmp_path / "a file, no folder").write_text("")

    def act(auctions, bids, *arguments):
        files = ("--auctions", tmp_path / "a.csv", "--bids", tmp_path / "b.csv")
        files[1].write_text(auctions)
        files[3].write_text(bids)
        result = CliRunner().invoke(main, ["replay", *(str(one) for one in (*files, *arguments))])
        assert (result.exit_code, result.stdout) == (1, "")
        return result.stderr

    return act


def site_of(home, process):
    """Return the name of the site that `process` runs."""
    for file in home.glob("sites/replay_*/site.json"):
        with suppress(FileNotFoundError):
            if json.loads(file.read_text())["parent"] == process:
                return file.parent.name
    return None


class TestReplay:
    def test_says_what_is_wrong_with_a_file_before_it_starts_anything(self, refused, tmp_path):
        said = refused(AUCTIONS, BIDS.replace("raised,same", "rased,same"))
        assert said == f"Error: {tmp_path / 'b.csv'}, row 8: there is no auction 'rased'\n"

    def test_says_that_it_cannot_export_before_it_starts_anything(self, refused, tmp_path):
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "letter.txt").write_text("")
        said = refused(AUCTIONS, BIDS, "--export", tmp_path / "mine")
        assert "letter.txt is no part of an export" in said
        assert said.count("\n") == 1

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_leaves_nothing_when_it_is_interrupted(self, settings, addresses, traces, tmp_path, number):
        rows = [f"raised,same,2001-12-03T11:00:00.{n:06d}Z,{n}.00\n" for n in range(2, 9999)]
        (tmp_path / "a.csv").write_text(AUCTIONS)
        (tmp_path / "b.csv").write_text("auction_id,bidder,at,amount\n" + "".join(rows))
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "exchange.app",
                "replay",
                "--auctions",
                tmp_path / "a.csv",
                "--bids",
                tmp_path / "b.csv",
            ],
            env=os.environ | {"MENGKEJU_HOME": str(settings.home)},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            while not (name := site_of(settings.home, process.pid)):
                assert process.poll() is None
                time.sleep(0.05)
            assert len(traces(name)) == 6  # a database, four roles, a folder
            process.send_signal(number)
            stdout, _ = process.communicate(timeout=60)
        finally:
            process.kill()
            process.communicate()
        assert (stdout, traces(name)) == ("", [])

    def test_refuses_what_falls_outside_the_window_and_finds_the_prices(self, run, tmp_path):
        (tmp_path / "a.csv").write_text(AUCTIONS)
        (tmp_path / "b.csv").write_text(BIDS)
        code, came_to, said = run(
            "--auctions", tmp_path / "a.csv", "--bids", tmp_path / "b.csv", "--export", tmp_path / "log"
        )
        assert code == 0
        assert came_to["refused"] == {
            "auctions/below-increment": 1,
            "auctions/not-yet-open": 1,
            "auctions/past-end": 2,  # at the end is too late: the window is half-open
        }
        assert (came_to["accepted"], came_to["sold"], came_to["unsold"]) == (4, 2, 1)
        assert (came_to["prices_equal"], came_to["prices_different"], came_to["total"]) == (3, 0, "7.00")
        assert "audit: ok" in said

    def test_exits_1_when_a_price_differs(self, run, tmp_path):
        (tmp_path / "a.csv").write_text(AUCTIONS.replace("4.00", "4.01"))
        (tmp_path / "b.csv").write_text(BIDS)
        code, came_to, _ = run("--auctions", tmp_path / "a.csv", "--bids", tmp_path / "b.csv")
        assert (code, came_to["prices_different"]) == (1, 1)

    def test_agrees_with_real_auctions(self, run, shared):
        bids = shared / "data/bids"
        code, came_to, _ = run(
            "--auctions",
            bids / "open-ascending-auctions.csv",
            "--bids",
            bids / "open-ascending-bids.csv",
            "--limit",
            150,
        )
        assert code == 0
        assert (came_to["auctions"], came_to["refused"], came_to["prices_equal"]) == (150, {}, 150)
        assert came_to["accepted"] == came_to["bids"] > 300


MAXIMA = """auction_id,bidder,at,amount
tied,ann,2001-12-03T10:10:00Z,100.00
tied,ben,2001-12-03T10:11:00Z,50.00
tied,cai,2001-12-03T10:12:00Z,100.00
tied,ben,2001-12-03T10:13:00Z,104.99
tied,ann,2001-12-03T10:14:00Z,120.00
tied,ben,2001-12-03T10:15:00Z,118.00
alone,ann,2001-12-03T10:10:00Z,9.99
alone,ann,2001-12-03T10:11:00Z,30.00
alone,ann,2001-12-03T10:12:00Z,30.00
alone,ann,2001-12-03T10:13:00Z,40.00
alone,ann,2001-12-03T12:00:00Z,50.00
"a, b",ann,2001-12-03T10:00:00Z,70.00
"a, b",ben,2001-12-03T10:00:00Z,20.00
"""
UNPRICED = """auction_id,start_price,opened_at,closes_at
tied,10.00,2001-12-03T10:00:00Z,2001-12-03T12:00:00Z
alone,10.00,2001-12-03T10:00:00Z,2001-12-03T12:00:00Z
nobody,10.00,2001-12-03T10:00:00Z,2001-12-03T12:00:00Z
"a, b",10.00,2001-12-03T10:00:00Z,2001-12-03T12:00:00Z
"""
STEPS = "below,increment\n20.00,1.00\n,5.00\n50.00,2.00\n"


class TestReplayOfMaxima:
    def test_bids_on_everybodys_behalf_and_writes_who_won(self, run, tmp_path):
        files = {"a.csv": UNPRICED, "b.csv": MAXIMA, "i.csv": STEPS}
        for name, content in files.items():
            (tmp_path / name).write_text(content)
        named = ("--auctions", tmp_path / "a.csv", "--bids", tmp_path / "b.csv", "--increments", tmp_path / "i.csv")

        code, came_to, said = run("--mode", "proxy", *named, "--out", tmp_path / "r.csv", "--export", tmp_path / "log")

        assert code == 0
        assert (tmp_path / "r.csv").read_text() == (
            "auction_id,winner,price,accepted,refused\n"
            "tied,ann,120.00,5,1\n"  # 100.00 at the tie, then 118.00 + 5.00, but no further than ann's 120.00
            "alone,ann,10.00,2,3\n"  # nobody drives the price; a maximum that is no raise is refused
            "nobody,,,0,0\n"
            '"a, b",ann,22.00,2,0\n'  # 20.00 and the increment at 20.00, which is no longer below 20.00
        )
        assert came_to["refused"] == {
            "auctions/below-increment": 1,
            "auctions/below-start": 1,
            "auctions/not-a-raise": 1,
            "auctions/past-end": 1,
        }
        assert (came_to["prices_equal"], came_to["prices_different"]) == (None, None)
        assert "audit: ok" in said

    @pytest.mark.parametrize(
        ("steps", "reason"),
        [
            ("below,increment\n20.00,1.00\n", "no row has an empty `below`: say what the increment is for the rest"),
            ("below,increment\n,1.00\n,2.00\n", "row 3: below is '' a second time"),
            ("below,increment\n0,1.00\n,2.00\n", "row 2: nothing is below 0, and an increment is at least 0.01"),
            ("below,increment\n,0.00\n", "row 2: nothing is below 0, and an increment is at least 0.01"),
            (
                "below,step\n,1.00\n",
                "row 1: the header names the column increment not at all; it needs below, increment",
            ),
        ],
    )
    def test_says_what_is_wrong_with_the_increments(self, refused, tmp_path, steps, reason):
        (tmp_path / "i.csv").write_text(steps)
        said = refused(UNPRICED, MAXIMA, "--mode", "proxy", "--increments", tmp_path / "i.csv")

        assert said.startswith(f"Error: {tmp_path / 'i.csv'}")
        assert reason in said

    def test_says_at_once_that_it_cannot_write_the_results(self, refused, tmp_path):
        said = refused(UNPRICED, MAXIMA, "--mode", "proxy", "--out", tmp_path / "nowhere" / "r.csv")

        assert said == f"Error: {tmp_path / 'nowhere' / 'r.csv'}: No such file or directory\n"

    def test_asks_for_prices_where_amounts_are_prices(self, refused):
        assert "the header names the column final_price not at all" in refused(UNPRICED, MAXIMA)
