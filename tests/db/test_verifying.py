"""The books against their transfers and the ledger's entries; and the commands of an accountant on a whole site."""

import csv
import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from beancount import loader
from beancount.core.data import Transaction
from click.testing import CliRunner
from fastapi.testclient import TestClient

from exchange.app import cli, nightly, ticker
from exchange.app.accounting.verifying import verify
from exchange.app.auth import AppGate
from exchange.app.ledgers import Snapshot
from exchange.app.opening import visit
from exchange.app.preparing import discard, prepare
from exchange.app.settings import Settings
from ledger.audit.report import Wrong
from ledger.kernel import instant
from ledger.kernel.unit import Units
from ledger.log import export, keys
from ledger.log.sequencer import Sequencer
from settlement.books import service as books
from tests.http import test_plans
from tests.http.test_freezes import freeze, lift
from tests.market import Market, payment_reference, sha256, yuan
from tests.world import START, World

SITE = f"accountants_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


def verdict(world, copy=None):
    with world.units.read() as unit:
        return verify(unit, copy=copy, vkey=str(world.signer.key), tell=lambda done, total: None)


@pytest.fixture
def deal(market):
    """A deal that is paid out and subsidised."""
    seller, department = market.member("university"), market.member("regulator")
    lot, _ = market.settled_deal(seller, "3000000")
    market.register(lot)
    claim = market.claim(lot, seller, market.programme(department))
    market.done("POST", f"/v1/claims/{claim['id']}/pay", department)
    return market.deal(lot)


@pytest.fixture
def admin(admin):
    """The administrator with every trigger off: whoever can do what nobody may."""
    admin.execute(sa.text("SET session_replication_role = replica"))
    return admin


def tamper(market, admin, statement):
    market.tampered = True
    changed = admin.execute(sa.text(statement)).rowcount
    admin.commit()
    assert changed == 1


class TestVerify:
    def test_finds_nothing_in_sound_books_before_and_after_the_log_has_them(self, deal, world):
        before = verdict(world)
        assert before.findings == []
        world.drain()
        after = verdict(world)
        assert after.findings == []
        assert before.accounts == after.accounts > 8
        assert before.transfers == after.transfers > 12
        assert after.line == f"books: ok accounts={after.accounts} transfers={after.transfers} entries={after.entries}"

    def test_takes_entries_from_a_copy_of_the_log(self, deal, world, tmp_path):
        world.drain()
        with world.units.read() as unit:
            export.export(Snapshot(unit, str(world.signer.key)), tmp_path / "copy")
        assert verdict(world, tmp_path / "copy").findings == []
        target = next(one for one in (tmp_path / "copy" / "tile" / "entries").rglob("*") if one.is_file())
        target.write_bytes(target.read_bytes().replace(b'"kind":"move"', b'"kind":"hold"', 1))
        with pytest.raises(Wrong):
            verdict(world, tmp_path / "copy")

    def test_says_which_amount_was_changed_and_where(self, deal, world, market, admin):
        fee = "SELECT id FROM transfer WHERE credit = 'exchange:fees'"
        (named,) = admin.execute(sa.text(fee)).scalars()
        tamper(market, admin, f"UPDATE transfer SET amount_fen = amount_fen + 1 WHERE id = '{named}'")
        found = verdict(world).findings
        assert any(one.startswith("exchange:fees: its totals are") for one in found)
        assert any(one.startswith(f"{named}: ent_") and "says amount_fen" in one for one in found)

    def test_says_which_transfer_no_entry_names(self, deal, world, market, admin):
        tamper(
            market,
            admin,
            "INSERT INTO transfer (id, kind, debit, credit, amount_fen, reference, recorded_at, debit_after_fen,"
            " credit_after_fen) VALUES ('trf_00000000000000000000000000', 'move', 'custody:bank', 'custody:ordered',"
            " 1, 'stl', now(), 1, 1)",
        )
        found = verdict(world).findings
        assert "trf_00000000000000000000000000: made for stl, and no entry names it" in found

    def test_says_which_named_transfer_is_not_there(self, deal, world, market, admin):
        (named,) = admin.execute(sa.text("SELECT id FROM transfer WHERE credit = 'exchange:fees'")).scalars()
        tamper(market, admin, f"DELETE FROM transfer WHERE id = '{named}'")
        assert any(
            one.startswith(f"{named}: ent_") and one.endswith("not in the books") for one in verdict(world).findings
        )

    def test_says_whose_balance_was_changed(self, deal, world, market, admin):
        tamper(
            market, admin, "UPDATE account SET credits_posted_fen = credits_posted_fen + 1 WHERE name = 'exchange:fees'"
        )
        assert any(one.startswith("exchange:fees: its totals are") for one in verdict(world).findings)

    def test_says_when_payouts_are_not_those_that_were_sealed(self, deal, world, market, admin):
        tamper(market, admin, "UPDATE disclosures SET value = '[]' WHERE field = 'payouts'")
        found = verdict(world).findings
        assert any(one.endswith("its payouts are not those that it sealed") for one in found)
        assert any("no entry names it" in one for one in found)


class TestNightly:
    """The same proof, made by a worker; what came of it is everybody's to see, what was found is not."""

    def health(self, market):
        found = market.done("GET", "/healthz")
        alarm = 'mengkeju_log_part_alarm{part="books"} 1.0' in market.client.get("/metrics").text
        return found["status"], found["problems"], alarm

    def last(self, world):
        with world.units.read() as unit:
            return books.last_proof(unit), nightly.is_due(unit)

    def age(self, admin, by):
        admin.execute(sa.text(f"UPDATE books_proof SET at = at - INTERVAL '{by}'"))
        admin.commit()

    def test_finds_nothing_in_sound_books_and_is_made_once_a_night(self, deal, world, market, admin):
        assert self.last(world) == (None, True)
        assert nightly.prove(world.units).findings == []
        proof, due = self.last(world)
        assert (proof.findings, due) == (0, False)
        assert nightly.prove(world.units) is None
        self.age(admin, "1 day")
        assert self.last(world)[1]
        assert nightly.prove(world.units).findings == []
        world.drain()
        assert self.health(market) == ("ok", [], False)

    def test_is_missed_aloud_after_a_night_without_one(self, deal, world, market, admin):
        """A proof that breaks off, of rows that nobody can read, keeps nothing."""
        nightly.prove(world.units)
        world.drain()
        self.age(admin, "1 day")
        assert self.health(market)[0] == "ok"
        self.age(admin, "1 day")
        status, (said, *others), alarm = self.health(market)
        assert (status, others, alarm) == ("degraded", [], True)
        assert said.startswith("the books were last proven at ")

    def test_finds_a_total_that_was_tampered_with_and_says_so_aloud(self, deal, world, market, admin, caplog):
        world.drain()
        change = "UPDATE account SET credits_posted_fen = credits_posted_fen {} 1 WHERE name = 'exchange:fees'"
        tamper(market, admin, change.format("+"))
        verdict = nightly.prove(world.units)
        proof, due = self.last(world)
        assert (proof.findings, due) == (len(verdict.findings), False)
        assert verdict.findings
        aloud = [one.getMessage() for one in caplog.records if one.levelname == "CRITICAL"]
        assert any(one.startswith("exchange:fees: its totals are") for one in aloud)
        assert aloud[-1].startswith("books: FAILED ")
        status, (said, *others), alarm = self.health(market)
        assert (status, others, alarm) == ("degraded", [], True)
        assert said.startswith("the books do not add up: the proof of ")
        assert "exchange:fees" not in said

        tamper(market, admin, change.format("-"))
        assert self.health(market)[0] == "degraded"  # until a proof holds again
        self.age(admin, "1 day")
        assert nightly.prove(world.units).findings == []
        assert self.health(market) == ("ok", [], False)

    def test_is_kept_for_good(self, deal, world):
        nightly.prove(world.units)
        for statement in ("UPDATE books_proof SET findings = 0", "DELETE FROM books_proof"):
            with pytest.raises(sa.exc.ProgrammingError), world.units.begin() as unit:
                unit.connection.execute(sa.text(statement))

    @pytest.mark.parametrize(
        ("at", "night"),
        [
            ("2026-03-02T02:59:59.999999+08:00", "2026-03-01T03:00:00+08:00"),
            ("2026-03-02T03:00:00+08:00", "2026-03-02T03:00:00+08:00"),
            ("2026-03-02T23:59:00+08:00", "2026-03-02T03:00:00+08:00"),
            ("2026-03-03T00:00:00+08:00", "2026-03-02T03:00:00+08:00"),
        ],
    )
    def test_is_due_from_three_in_the_morning_on(self, at, night):
        assert nightly.night_before(instant.parse(at)) == instant.parse(night)

    def test_is_asked_for_where_it_is_due(self, world):
        asked = []
        assert ticker.ask_for_proof(world.units, lambda: asked.append("once"))
        nightly.prove(world.units)
        assert not ticker.ask_for_proof(world.units, lambda: asked.append("again"))
        assert asked == ["once"]


def unexpected(market):
    """A deal whose balance came as money that nobody expected, seven yuan too much."""
    lot, _ = market.signed_deal(market.member("university"))
    body = {"amount": yuan("190007"), "payment_reference": "回单-意外"}
    found = market.done("POST", "/v1/misdirected", market.operator, body)
    to = {"to": {"settlement": market.deal(lot)["settlement"]["id"]}, "amount": yuan("190000")}
    market.done("POST", f"/v1/misdirected/{found['id']}/assign", market.operator, to)
    return lot


def by_parts(market):
    """A deal whose price and royalty are paid out of a payment of too much; the rest goes back, and all is divided."""
    seller = market.member("university")
    lot, buyer = market.signed_deal(seller)
    settlement = market.deal(lot)["settlement"]
    path = f"/v1/settlements/{settlement['id']}"
    found = market.done(
        "POST", "/v1/misdirected", market.operator, {"amount": yuan("250000"), "payment_reference": payment_reference()}
    )
    wrong = f"/v1/misdirected/{found['id']}"

    def agreed(what, noun, **body):
        made = market.done("POST", f"{path}/{what}", seller, body | {"reward_percent": "50"})
        return market.done("POST", f"/v1/{noun}/{made['id']}/agree", buyer, {"terms_sha256": made["terms_sha256"]})

    part = {"amount": settlement["price"], "within_workdays": 5}
    plan = agreed("plan", "plans", parts=[part], interest_percent="0")
    to = {"to": {"plan": plan["id"], "part": 1}, "amount": plan["parts"][0]["due"]}
    market.done("POST", f"{wrong}/assign", market.operator, to)
    market.done("POST", f"/v1/plans/{plan['id']}/parts/1/divide", seller, {"costs": [], "withheld": []})
    royalty = agreed(
        "royalties",
        "royalties",
        rates=[{"from_sales": yuan("0"), "rate_percent": "5"}],
        scale="marginal",
        minimum=yuan("500"),
        starts_on=(market.now() + timedelta(days=32)).replace(day=1).date().isoformat(),
        every="quarter",
        periods=1,
        audit={"notice_days": 10, "tolerance_percent": "5"},
    )
    market.move(instant.parse(royalty["periods"][0]["ends_at"]) + timedelta(hours=12))
    period = f"/v1/royalties/{royalty['id']}/periods/1"
    stated = {"sales": yuan("1000000"), "statement_sha256": sha256("statement")}
    market.done("POST", f"{period}/statement", buyer, stated)
    to = {"to": {"royalty": royalty["id"], "period": 1}, "amount": yuan("50000")}
    market.done("POST", f"{wrong}/assign", market.operator, to)
    market.done("POST", f"{period}/divide", seller, {"costs": [], "withheld": []})
    market.done("POST", f"{wrong}/return", market.operator, {"amount": yuan("10000")})
    return {"lot": lot, "settlement": settlement["id"], "found": found["id"], "plan": plan["id"]}


def subsidised(market):
    """A deal for which an incentive was paid."""
    seller, department = market.member("university"), market.member("regulator")
    lot, _ = market.settled_deal(seller, "3000000")
    market.register(lot)
    claim = market.claim(lot, seller, market.programme(department))
    market.done("POST", f"/v1/claims/{claim['id']}/pay", department)
    return {"lot": lot, "claim": claim["id"]}


def frozen_trial(market):
    """A deal whose buyer tries, and whose trial ended under an order that has been lifted since."""
    sale, court = test_plans.Sale(market), market.member("regulator")
    until = instant.parse(test_plans.TestTrial().begin(sale)["trial_until"])
    order = freeze(market, sale.lot, court)
    market.move(until + timedelta(days=1))
    lift(market, order, court)
    return sale.lot


@pytest.fixture(scope="module")
def site(addresses, application, tmp_path_factory):
    """A site as `serve` leaves it: a deal paid out, one paid by parts, and a settlement still open."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, database_url=addresses.database, redis_url=addresses.redis)
    site = prepare(settings, addresses, database=SITE, virtual_from=START)
    try:
        with World.over(site.database) as world:
            ring = keys.load(Path(site.key_file))
            sequencer = Sequencer(
                Units(world.engines[1], world.clock), origin=site.database.origin, signers=ring, journal=world.journal
            )
            gate = AppGate(units=world.units, clock=world.clock, vkey=site.vkey, policy=site.policy)
            application.state.gate = gate
            with TestClient(application, raise_server_exceptions=False) as client:
                market = Market(client, gate)
                lot, _ = market.settled_deal(market.member("university"), "3000000")
                market.bidder(market.running_lot(market.member("university")))
                deal = market.deal(lot)
                other = unexpected(market)
                paid = subsidised(market)
                tried = frozen_trial(market)
                parted = by_parts(market)
            while sequencer.step():
                pass
            with world.units.read() as unit:
                export.export(Snapshot(unit, site.vkey), home / "log")
        yield site, lot, deal, other, parted, paid, tried
    finally:
        discard(settings, addresses, database=SITE)


@pytest.fixture
def run(site, addresses, monkeypatch):
    home = Path(site[0].home).parents[1]
    for name, value in (("HOME", str(home)), ("DATABASE_URL", addresses.database), ("REDIS_URL", addresses.redis)):
        monkeypatch.setenv(f"MENGKEJU_{name}", value)
    return lambda *words: CliRunner().invoke(cli.main, ["books", *map(str, words)])


def added_up(entries):
    sums = {}
    for entry in entries:
        for posting in entry.postings if isinstance(entry, Transaction) else ():
            sums[posting.account] = sums.get(posting.account, Decimal(0)) + posting.units.number
    return sums


class TestCommands:
    def test_verify_says_ok(self, run, site):
        answer = run("verify")
        assert answer.exit_code == 0, answer.output
        assert answer.stdout.startswith("books: ok accounts=")
        told = json.loads(run("verify", "--json").stdout)
        assert (told["ok"], told["findings"]) == (True, [])
        assert told["transfers"] > 8
        assert run("verify", "--entries", Path(site[0].home).parents[1] / "log").exit_code == 0

    def test_statement_prints_a_table_and_csv(self, run, site):
        stl = site[2]["settlement"]["id"]
        answer = run("statement", f"{stl}:escrow", "--csv")
        first, opening, *_, last = answer.stdout.splitlines()
        assert first.split(",")[:8] == [
            "at",
            "transfer",
            "kind",
            "counterpart",
            "reference",
            "amount",
            "change",
            "balance",
        ]
        assert first.split(",")[8:] == ["effective_at", "reverses", "note", "purpose", "bank_reference"]
        assert opening.startswith(",,opening,")
        assert (last[:10], last[-22:]) == (",,closing,", ",closing,,,,,0.00,,,,,")
        table = run("statement", f"{stl}:escrow").stdout
        assert "opening" in table
        assert "the exchange's" in table
        assert "exchange:fees" in table

    def test_statement_has_the_banks_reference_of_what_came(self, run):
        answer = run("statement", "custody:bank", "--csv", "--to", "2027-01-01T00:00:00+08:00")
        lines = list(csv.DictReader(answer.stdout.splitlines()))
        assert (lines[0]["at"], lines[-1]["at"]) == ("", "2026-12-31T16:00:00.000000Z")
        came = [one for one in lines if one["kind"] == "move" and not one["change"].startswith("-")]
        assert all(one["bank_reference"] for one in came), came
        assert "回单-意外" in {one["bank_reference"] for one in came}
        assert {"a deposit arrives", "the balance of the price arrives", "part 1 of the price arrives"} <= {
            one["purpose"] for one in came
        }

    def test_export_tells_what_every_transfer_is_for(self, run, site, tmp_path):
        file = tmp_path / "told.beancount"
        assert run("export", file).exit_code == 0
        made = [one for one in loader.load_file(str(file))[0] if isinstance(one, Transaction)]
        told = {one.narration for one in made}
        assert not told & {"move", "post", ""}
        assert {"an incentive is paid", "the exchange's fee on the price", "money arrives that nobody expected"} <= told
        assert "回单-意外" in {one.meta.get("bank_reference") for one in made}

    def test_statement_refuses_what_is_not_there(self, run):
        assert "no-such-account" in run("statement", "no:account").stderr
        assert run("statement", "custody:bank", "--from", "yesterday").exit_code == 2

    def test_deal_follows_one_deal_from_deposit_to_payout(self, run, site):
        _, lot, deal, *_ = site
        answer = run("deal", lot)
        assert answer.exit_code == 0, answer.output
        assert "a deposit arrives, and is held" in answer.stdout
        assert "the exchange's fee on the price" in answer.stdout
        assert answer.stdout.rstrip().endswith("+ still held 0.00")
        assert run("deal", deal["settlement"]["id"]).stdout == answer.stdout
        assert run("deal", f"lot_{'0' * 26}").exit_code == 1

    def test_deal_shows_what_nobody_expected_and_was_assigned_to_it(self, run, site):
        answer = run("deal", site[3])
        assert answer.exit_code == 0, answer.output
        assert "money arrives that nobody expected" in answer.stdout
        assert "it is received for what it was meant for" in answer.stdout
        assert answer.stdout.rstrip().endswith(" + still held 7.00")  # the rest was divided by time
        assert "nobody expected" not in run("deal", site[1]).stdout

    def test_deal_follows_a_price_by_parts_and_a_royalty_to_the_last_fen(self, run, site):
        answer = run("deal", site[4]["lot"])
        page = [" ".join(line.split()) for line in answer.stdout.splitlines()]

        assert answer.exit_code == 0, answer.output
        for what in (
            "the deposit goes over to the payment plan",
            "part 1 of the price arrives bank escrow (plan) 190,000.00 260,000.00",
            "part 1 is released, to be divided escrow (plan) released 200,000.00 260,000.00",
            "the exchange's fee on the price released fees 3,000.00 257,000.00",
            "the seller seller paid out 98,500.00 60,000.00",
            "a royalty arrives, for period 1 bank escrow (period 1) 50,000.00 50,000.00",
            "the exchange's fee on royalties escrow (period 1) fees 750.00 49,250.00",
            "the seller seller paid out 24,625.00 0.00",
        ):
            assert any(what in line for line in page), what
        assert page[-1] == ("in 270,000.00 = paid out 266,250.00 + the exchange's fees 3,750.00 + still held 0.00")
        assert "holder" not in answer.stdout
        assert run("deal", site[4]["settlement"]).stdout == answer.stdout

    def test_deal_follows_money_that_nobody_expected_to_where_it_was_assigned(self, run, site):
        answer = run("deal", site[4]["found"])
        page = [" ".join(line.split()) for line in answer.stdout.splitlines()]

        assert answer.exit_code == 0, answer.output
        assert page[3].endswith("money arrives that nobody expected bank held 250,000.00 250,000.00")
        assert page[4] == "it is received for what it was meant for held bank 190,000.00 60,000.00"
        assert page[5].endswith("it is received for what it was meant for held bank 50,000.00 10,000.00")
        assert page[6] == "it goes back to its sender held paid out 10,000.00 0.00"
        assert page[-1] == "in 10,000.00 = paid out 10,000.00 + the exchange's fees 0.00 + still held 0.00"

    def test_export_is_accepted_and_adds_up_to_the_same_balances(self, run, site, tmp_path):
        file = tmp_path / "all.beancount"
        assert run("export", file).exit_code == 0
        checker = shutil.which("bean-check", path=str(Path(sys.executable).parent))
        checked = subprocess.run([checker, file], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")
        entries, errors, _ = loader.load_file(str(file))
        assert errors == []
        sums = added_up(entries)
        with visit(site[0].database.api) as units, units.read() as unit:
            ours = {
                one.name: Decimal(one.debits_posted_fen - one.credits_posted_fen) / 100
                for one in books.every_account(unit)
            }
        by_last = {name.rpartition(":")[2].lower(): amount for name, amount in sums.items() if "Stl-" not in name}
        assert by_last["bank"] == ours["custody:bank"]
        assert by_last["fees"] == ours["exchange:fees"]
        assert by_last["ordered"] == ours["custody:ordered"]
        assert sorted(filter(None, sums.values())) == sorted(filter(None, ours.values()))

    def test_export_of_one_deal_leaves_the_others_out(self, run, site, tmp_path):
        stl, file = site[2]["settlement"]["id"], tmp_path / "one.beancount"
        assert run("export", file, "--reference", stl).exit_code == 0
        _, errors, _ = loader.load_file(str(file))
        assert errors == []
        assert {word for word in file.read_text().split() if word.startswith("^")} == {f"^{stl}"}

    @pytest.mark.parametrize("by", ["lot", "settlement"])
    def test_export_of_one_deal_is_the_whole_of_it(self, run, site, tmp_path, by):
        file, parted = tmp_path / "parted.beancount", site[4]
        assert run("export", file, "--reference", parted[by]).exit_code == 0
        checker = shutil.which("bean-check", path=str(Path(sys.executable).parent))
        checked = subprocess.run([checker, file], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")
        entries, errors, _ = loader.load_file(str(file))
        assert errors == []
        made_for = {link[:4] for entry in entries if isinstance(entry, Transaction) for link in entry.links}
        assert made_for == {"stl_", "pln_", "rty_", "mis_"}
        sums = {name: amount for name, amount in added_up(entries).items() if amount}
        assert {name.rpartition(":")[2]: amount for name, amount in sums.items()} == {
            "Bank": Decimal(20_000),  # two deposits, beside what was assigned
            "Held": Decimal(
                240_000
            ),  # assigned to it; what came of that payment beside, and went back, is not the deal's
            "Fees": Decimal(-3_750),
            "Ordered": Decimal(-256_250),
        }

    def test_export_of_one_deal_has_the_incentive_paid_for_it(self, run, site, tmp_path):
        file = tmp_path / "paid.beancount"
        assert run("export", file, "--reference", site[5]["lot"]).exit_code == 0
        entries, errors, _ = loader.load_file(str(file))
        assert errors == []
        assert f"^{site[5]['claim']}" in file.read_text().split()
        assert any(name.endswith(":Used") and amount for name, amount in added_up(entries).items())

    def test_export_takes_what_is_named_twice_once(self, run, site, tmp_path):
        parted, once, twice = site[4], tmp_path / "once", tmp_path / "twice"
        assert run("export", once, "--reference", parted["lot"]).exit_code == 0
        words = ["--reference", parted["settlement"], "--reference", parted["plan"]]
        assert run("export", twice, *words).exit_code == 0
        assert once.read_text() == twice.read_text()

    @pytest.mark.parametrize("nothing", ["stl_none", f"stl_{'0' * 26}", f"lot_{'0' * 26}", "pln_none"])
    def test_export_of_nothing_leaves_the_file_as_it_was(self, run, tmp_path, nothing):
        file = tmp_path / "kept.beancount"
        file.write_text("kept")
        answer = run("export", file, "--reference", nothing)
        assert answer.exit_code == 1
        assert "nothing was ever transferred for" in answer.stderr or "no deposit was ever paid" in answer.stderr
        assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("kept.beancount", "kept")]

    def test_export_says_what_may_be_named(self, run):
        told = run("export", "--help").stdout
        assert all(f"{one}_…" in told for one in ("lot", "stl", "pln", "rty", "clm", "prg", "mis"))

    def test_deal_shows_an_order_and_what_it_keeps(self, run, site):
        answer = run("deal", site[6])
        page = [" ".join(line.split()) for line in answer.stdout.splitlines()]
        told = (
            "the deposit is set aside while the buyer tries bidder",
            "a court's order freezes the deal (document ",
            "the hold is over; an order keeps the deposit where it is buyer buyer 10,000.00 10,000.00",
            "a court's order is lifted (document ",
            "the deposit is set aside while the buyer tries buyer buyer 10,000.00 10,000.00",
            "not taken up: the deposit goes back buyer paid out 10,000.00 0.00",
        )
        places = [next(place for place, line in enumerate(page) if what in line) for what in told]
        assert places == sorted(places), answer.stdout
        assert sum("not taken up" in line for line in page) == 1
        assert page[-1] == "in 20,000.00 = paid out 20,000.00 + the exchange's fees 0.00 + still held 0.00"
