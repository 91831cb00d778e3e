"""The story while its processes are killed, and the market that `serve --seed` makes of its first half."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import threading
from collections import Counter
from pathlib import Path
from types import MappingProxyType

import pytest
from click import ClickException

from exchange.app import ledgers, servers, story
from exchange.app.processes import PARTS, whole
from exchange.app.settings import Settings
from exchange.app.story import acts, trade
from exchange.app.story.acts import BEGINS
from exchange.app.story.cast import Member, Step
from exchange.app.story.client import Client, Problem
from exchange.app.story.demo import perform
from exchange.app.story.leavings import Leavings, alone
from exchange.app.story.offers import OFFERS
from exchange.app.story.telling import Telling
from exchange.members.model import Role
from ledger.audit.folder import Folder
from ledger.log import tiles
from listings.achievements.model import Region
from tests.ground.world import alive, pid_of

NEWCOMER = Member(name="示例科技有限公司", region=Region.HOHHOT, role=Role.ENTERPRISE, person="张三")
COUNTED = {"accepted", "late", "repeated"}
README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


@pytest.fixture(scope="module")
def settings():
    with servers.temporary_home() as home:
        yield Settings(home=home, port=0)


class Killing(Telling):
    """Kills a process each time so many things have been done, in the midst of what others are doing."""

    def __init__(self, processes, *, home, after):
        super().__init__(quiet=True)
        self.killed = {}
        self._home = home
        self._after = after
        self._processes = processes
        self._done = 0
        self._lock = threading.Lock()

    def doing(self, what):
        with self._lock:
            self._done += 1
            victim = self._after.get(self._done)
        if victim in PARTS:
            self.killed[victim] = self._processes.kill(victim)
        elif victim:
            self.killed[victim] = pid_of(self._home, victim)
            os.kill(self.killed[victim], signal.SIGKILL)


class TestStory:
    # while members enter, listings are disclosed, deposits confirmed, bids placed, and lots close
    AFTER = MappingProxyType(
        {20: "api", 52: "sequencer", 64: "postgres", 110: "valkey", 130: "ticker", 145: "worker", 150: "api"}
    )

    def test_survives_the_death_of_every_process(self, settings, tmp_path):
        leavings = Leavings.fresh(tmp_path)
        opened = tmp_path / "disclosures.jsonl"
        with whole(settings, database="killed", virtual_from=BEGINS, share=True) as (site, processes):
            telling = Killing(processes, home=settings.home, after=self.AFTER)
            perform(site, leavings, telling)  # raises what does not come out as it must
            assert set(telling.killed) == {*PARTS, "postgres", "valkey"}
            assert not any(alive(pid) for pid in telling.killed.values())
            ledgers.write(site, leavings.export, disclosures=opened)
        report = ledgers.verify(leavings.export, vkey=site.vkey, disclosures=opened)
        assert (report.sealed, report.opened > 800) == (0, True)
        self.check_record(self.entries(leavings, report.entries))

    def check_record(self, entries):
        """Every acknowledged bid counts once, and every closed lot has one pack."""
        accepted = [entry["data"]["amount_fen"] for entry in entries if entry["kind"] == "auction.bid_accepted"]
        planned = [step for offer in OFFERS for step in offer.steps() if step.outcome in COUNTED]
        assert sorted(accepted) == sorted(str(step.amount * 10**6) for step in planned)
        built = Counter(entry["data"]["lot"] for entry in entries if entry["kind"] == "contract.pack_built")
        closed = {entry["subject"] for entry in entries if entry["kind"] in {"auction.lot_sold", "auction.lot_unsold"}}
        assert built == dict.fromkeys(closed, 1)
        assert len(closed) == len(OFFERS)

    def entries(self, leavings, size):
        folder = Folder(leavings.export)
        return [json.loads(one) for bundle in tiles.bundles_of(size) for one in folder.bundle(bundle)]


class TestLeavings:
    def test_never_removes_what_no_demo_left(self, tmp_path):
        (tmp_path / "demo").mkdir()
        (tmp_path / "demo" / "thesis.txt").write_text("years of work")
        with pytest.raises(ClickException, match="holds something that no demo left"):
            Leavings.fresh(tmp_path)
        assert (tmp_path / "demo" / "thesis.txt").read_text() == "years of work"

    def test_replaces_what_an_earlier_demo_left(self, tmp_path):
        (Leavings.fresh(tmp_path).packs / "old.zip").write_text("old")
        assert not list(Leavings.fresh(tmp_path).packs.iterdir())


class TestAlone:
    def test_lets_one_demo_run_in_a_home(self, tmp_path):
        with alone(tmp_path), pytest.raises(ClickException, match="another demo is running"), alone(tmp_path):
            pass
        with alone(tmp_path):
            pass


class TestSeed:
    def test_makes_a_market_once_and_prints_what_to_try(self, settings, capsys):
        with whole(settings, database="playground", virtual_from=BEGINS, share=True) as (site, _):
            story.seed(site)
            file = Path(site.key_file).with_name("credentials.json")
            kept = file.read_text()
            officer = json.loads(kept)["credentials"][0]["token"]
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert officer in capsys.readouterr().out
            self.expect_what_does_not_happen(site, json.loads(kept)["credentials"])
            self.lose_an_answer(site, officer)
            file.write_text(kept.replace('"whole": true', '"whole": false'))
            assert "interrupted" in self.again(site, capsys)
            file.write_text(kept)
            printed = self.again(site, capsys)
            assert officer in printed
            if shutil.which("curl"):
                self.try_commands(site, officer, printed)

    def lose_an_answer(self, site, officer):
        """A newcomer whose answer was lost on the way is shown no token again, so the officer has one reissued."""
        with Client(site.url) as client:
            first = acts.register(client, NEWCOMER, officer=officer)
            second = acts.register(client, NEWCOMER, officer=officer)  # the same act, and so the same key
            assert first.organisation == second.organisation
            assert client.get("/v1/me", second.token).values["organisation"]["name"] == NEWCOMER.name
            with pytest.raises(Problem, match="401"):
                client.get("/v1/me", first.token)

    def expect_what_does_not_happen(self, site, credentials):
        """The demo's own checks can fail: on a refusal for another reason, and on none."""
        one = next(one for one in credentials if one["lot"])
        with Client(site.url) as client:
            told = acts.Story(client=client, officer="", telling=Telling(quiet=True), offers=OFFERS)
            told.members["one"] = acts.Standing(organisation=one["organisation"], token=one["token"])
            lot = acts.Lot(offer=OFFERS[1], id=one["lot"])
            enough = int(client.get(f"/v1/lots/{lot.id}").amount("minimum_next").removesuffix("0000.00"))
            for amount, what in [(1, "past-end, not auctions/below-increment"), (enough, "refused with")]:
                with pytest.raises(acts.Unexpected, match=what):
                    trade.bid(told, lot, Step(at=BEGINS, bidder="one", amount=amount, outcome="auctions/past-end"))

    def again(self, site, capsys):
        """Start a second time, which makes nothing; return what it prints."""
        before = recorded(site)
        story.seed(site)
        assert recorded(site) == before
        return capsys.readouterr().out

    def try_commands(self, site, officer, printed):
        """Do as the printed lines and the README say."""
        read, bid, move = [line for line in printed.splitlines() if line.startswith("curl")]
        assert {lot["phase"] for lot in run(read)["items"]} == {"open"}
        assert run(bid)["state"] == "accepted"
        follow_readme(URL=site.url, OFFICER=officer, LOT=re.search(r"lot_[0-9a-z]{26}", bid)[0])
        assert run(move)["now"] == "2026-04-02T10:00:00.000000Z"
        assert {lot["state"] for lot in run(read)["items"]} == {"sold", "unsold"}


def recorded(site):
    with Client(site.url) as client:
        health = client.get("/healthz")
    return health.number("log_size") + health.number("waiting")


def run(command, **variables):
    done = subprocess.run(["bash", "-c", command], env=variables, capture_output=True, check=True, timeout=60)
    return json.loads(done.stdout)


def follow_readme(**known):
    """Give the README's commands one after the other, with what the answers before them said."""
    block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)[1].replace("\\\n", "")
    known["DEPOSIT"] = run("curl -s $URL/v1/lots/$LOT", **known)["deposit"]["amount"]
    answers = []
    for command in [line for line in block.splitlines() if line.startswith("curl")]:
        answers.append(answer := run(command, **known))
        known |= {"ORGANISATION": answer["organisation"], "TOKEN": answer["token"]} if "token" in answer else {}
        known |= {"AMOUNT": answer["minimum_next"]["amount"]} if "minimum_next" in answer else {}
    assert [answer.get("state") for answer in answers] == ["registered", "verified", None, "announced", "accepted"]
