"""Replays through real processes: the engine refuses what the log should not hold, and agrees with real prices."""

import json

import pytest
from click.testing import CliRunner

from exchange.app.replay import replay

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
def run(settings, addresses, monkeypatch):
    """Run the command on this run's servers; return its exit code and the object of its last line."""
    monkeypatch.setenv("MENGKEJU_HOME", str(settings.home))

    def act(*arguments):
        result = CliRunner().invoke(replay, [str(one) for one in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, json.loads(result.stdout.splitlines()[-1]), result.stdout

    return act


class TestReplay:
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
