"""The story while its processes are killed, and the market that `serve --seed` makes of its first half."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from types import MappingProxyType

import pytest
from click import ClickException

from exchange.app import ledgers, servers, story
from exchange.app.processes import PARTS, PUBLISHER, whole
from exchange.app.settings import Settings
from exchange.app.story import acts, stage, trade, witnessing
from exchange.app.story.cast import COUNTED, Member, Step
from exchange.app.story.client import Client, Problem
from exchange.app.story.demo import perform
from exchange.app.story.leavings import Leavings, alone
from exchange.app.story.offers import OFFERS
from exchange.app.story.stage import BEGINS
from exchange.app.story.telling import Telling
from exchange.members.model import Role
from ledger.audit.folder import Folder
from ledger.log import tiles
from listings.achievements.model import Region
from tests.ground.world import alive, pid_of

NEWCOMER = Member(name="示例科技有限公司", region=Region.HOHHOT, role=Role.ENTERPRISE, person="张三")
SHOWN = ("university", "regulator")
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
        if victim in {*PARTS, PUBLISHER}:
            self.await_part(victim)
            self.killed[victim] = self._processes.kill(victim)
        elif victim:
            self.killed[victim] = pid_of(self._home, victim)
            os.kill(self.killed[victim], signal.SIGKILL)

    def await_part(self, name):
        """Wait for a part that is down: without its database it ends, and is started again a moment later."""
        deadline = time.monotonic() + 30
        while not self._processes.running(name) and time.monotonic() < deadline:
            time.sleep(0.05)


class TestStory:
    # while members enter, listings are disclosed, deposits confirmed, bids placed, lots close, and then:
    AFTER = MappingProxyType(
        {
            30: "api",
            82: "sequencer",
            95: "postgres",
            150: "valkey",
            200: "ticker",
            261: "worker",
            270: "api",  # contracts are written
            281: "postgres",  # and signed
            300: "sequencer",  # balances paid
            305: "publisher",
            311: "api",  # deals settled
            323: "ticker",  # contracts registered
            335: "postgres",  # incentives claimed
            347: "worker",  # and paid
            356: "api",
        }
    )

    def test_survives_the_death_of_every_process(self, settings, tmp_path):
        leavings = Leavings.fresh(tmp_path)
        opened = tmp_path / "disclosures.jsonl"
        with whole(
            settings,
            database="killed",
            virtual_from=BEGINS,
            share=True,
            watching=lambda site: witnessing.watching(site, leavings.witness),
        ) as (site, processes):
            telling = Killing(processes, home=settings.home, after=self.AFTER)
            perform(site, leavings, telling)  # raises what does not come out as it must
            assert set(telling.killed) == {*PARTS, PUBLISHER, "postgres", "valkey"}
            assert not any(alive(pid) for pid in telling.killed.values())
            ledgers.write(site, leavings.export, disclosures=opened)
        report = ledgers.verify(leavings.export, vkey=site.vkey, disclosures=opened)
        assert (report.sealed, report.opened > 1500) == (0, True)
        self.check_record(self.entries(leavings, report.entries))

    def check_record(self, entries):
        """Every acknowledged bid counts once, and so does everything that was done about a deal."""
        accepted = [entry["data"]["amount_fen"] for entry in entries if entry["kind"] == "auction.bid_accepted"]
        planned = [step for offer in OFFERS for step in offer.steps() if step.outcome in COUNTED]
        assert sorted(accepted) == sorted(str(step.amount * 10**6) for step in planned)
        closed = self.subjects(entries, "auction.lot_sold", "auction.lot_unsold")
        assert len(closed) == len(set(closed)) == len(OFFERS)
        self.check_packs(entries, closed)
        self.check_deals(entries)
        self.check_deposits(entries)

    def check_packs(self, entries, closed):
        """Every closed lot has its packs, each once."""
        built = [entry["data"]["lot"] for entry in entries if entry["kind"] == "contract.pack_built"]
        assert set(built) == set(closed)
        assert len({entry["subject"] for entry in entries if entry["kind"] == "contract.pack_built"}) == len(built)

    def check_deals(self, entries):
        """Every sale has one contract and one settlement, each with one end; every claim that is paid is paid once."""
        endings = Counter(offer.deal.ending for offer in OFFERS if offer.deal)
        sold = self.subjects(entries, "auction.lot_sold")
        contracts = {entry["subject"]: entry["data"] for entry in entries if entry["kind"] == "contract.opened"}
        assert sorted(one["lot"] for one in contracts.values()) == sorted(sold)
        ended = Counter(self.subjects(entries, "contract.registered", "contract.lapsed", "contract.rescinded"))
        assert ended == dict.fromkeys(contracts, 1)
        awarded = self.subjects(entries, "escrow.awarded")
        out = Counter(
            self.subjects(entries, "escrow.settled", "escrow.planned", "escrow.deposit_forfeited", "escrow.returned")
        )
        assert out == dict.fromkeys(awarded, 1)
        assert len(awarded) == len(sold) == endings.total()
        assert len(self.subjects(entries, "escrow.settled")) == endings["settled"]
        paid = self.subjects(entries, "subsidy.claim_paid")
        assert len(paid) == len(set(paid)) == sum(bool(offer.deal and offer.deal.incentive) for offer in OFFERS)

    def check_deposits(self, entries):
        """What came in as deposits has been refunded, made part of a price, or forfeited: to the fen."""
        came = {"in": 0, "out": 0}
        ways = {
            "escrow.deposit_held": ("in", "amount_fen"),
            "escrow.deposit_refunded": ("out", "amount_fen"),
            "escrow.balance_paid": ("out", "applied_fen"),
            "escrow.planned": ("out", "applied_fen"),
            "escrow.deposit_forfeited": ("out", "amount_fen"),
        }
        for entry in entries:
            if entry["kind"] in ways:
                way, field = ways[entry["kind"]]
                came[way] += int(entry["data"][field])
        planned = sum(offer.start * 10**5 * len(offer.bidders()) for offer in OFFERS)
        assert came == {"in": planned, "out": planned}

    def subjects(self, entries, *kinds):
        return [entry["subject"] for entry in entries if entry["kind"] in kinds]

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
            file = site.folder / "credentials.json"
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
            told = stage.Story(client=client, officer="", telling=Telling(quiet=True), offers=OFFERS)
            told.members["one"] = stage.Standing(organisation=one["organisation"], token=one["token"])
            lot = stage.Lot(offer=OFFERS[0], id=one["lot"])
            enough = int(client.get(f"/v1/lots/{lot.id}").amount("minimum_next").removesuffix("0000.00"))
            for amount, what in [(1, "past-end, not auctions/below-increment"), (enough, "refused with")]:
                with pytest.raises(stage.Unexpected, match=what):
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
        known = {"URL": site.url, "OFFICER": officer, "LOT": re.search(r"lot_[0-9a-z]{26}", bid)[0]}
        known = bid_as_the_readme_says(**known)
        assert run(move)["now"] == "2026-04-02T10:00:00.000000Z"
        assert {lot["state"] for lot in run(read)["items"]} == {"sold", "unsold"}
        known |= {role.upper(): re.search(rf"^{role} +(mkj_\S+)", printed, re.MULTILINE)[1] for role in SHOWN}
        deal_as_the_readme_says(SELLER=known.pop("UNIVERSITY"), **known)


def recorded(site):
    with Client(site.url) as client:
        health = client.get("/healthz")
    return health.number("log_size") + health.number("waiting")


def run(command, **variables):
    done = subprocess.run(["bash", "-c", command], env=variables, capture_output=True, check=True, timeout=60)
    return json.loads(done.stdout)


def commands_of(heading):
    """Return the README's commands under a heading, each on one line."""
    block = re.search(rf"## {heading}\n.*?```sh\n(.*?)```", README, re.DOTALL)[1].replace("\\\n", "")
    return [line for line in block.splitlines() if line.startswith("curl")]


def bid_as_the_readme_says(**known):
    """Give its commands one after the other, with what the answers before them said; return what is known then."""
    known["DEPOSIT"] = run("curl -s $URL/v1/lots/$LOT", **known)["deposit"]["amount"]
    answers = []
    for command in commands_of("Bidding with curl"):
        answers.append(answer := run(command, **known))
        known |= {"ORGANISATION": answer["organisation"], "TOKEN": answer["token"]} if "token" in answer else {}
        known |= {"AMOUNT": answer["minimum_next"]["amount"]} if "minimum_next" in answer else {}
    assert [answer.get("state") for answer in answers] == ["registered", "verified", None, "announced", "accepted"]
    return known


def deal_as_the_readme_says(**known):
    """Likewise, from the contract to the incentive."""
    known["DOCUMENT"] = "ab" * 32
    states = []
    for command in commands_of("A deal by curl"):
        answer = run(command, **known)
        states.append(answer.get("state") or [one.get("state") for one in answer["items"]])
        known |= learned(answer)
    assert states[:4] == [["awarded"], "offered", "offered", "effective"]
    assert states[4:] == ["sold", "paid", "registered", "settled", [None], "assessed", "paid", "sold"]
    assert (answer["contract"]["state"], answer["settlement"]["state"]) == ("registered", "settled")
    assert [claim["state"] for claim in answer["claims"]] == ["paid"]


def learned(answer):
    """Return what the next commands need of an answer."""
    [one] = answer.get("items", [answer])
    found = {"CONTRACT": one["id"], "PRICE": one["price"]["amount"]} if "sign_by" in one and "price" in one else {}
    found |= {"TERMS": one["terms_sha256"]} if one.get("terms_sha256") else {}
    found |= {"PROGRAMME": one["id"]} if "budget" in one else {}
    found |= {"CLAIM": one["id"]} if "trace" in one else {}
    settlement = one.get("settlement")
    return found | ({"SETTLEMENT": settlement["id"], "BALANCE": settlement["balance"]["amount"]} if settlement else {})
