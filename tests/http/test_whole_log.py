"""A day over HTTP, audited as a whole: at every checkpoint, from the command line, after a cheat with the key."""

import json

import pytest
from click.testing import CliRunner

from exchange.app.ledgers import Snapshot, audit_command, verify
from ledger.audit.report import Wrong
from ledger.log import export
from ledger.log import service as log
from tests import make_log
from tests.make_days import assured
from tests.make_log import ORIGIN, SIGNER, Log, rewritten

PRICE = "3000000"


@pytest.fixture
def deal(market):
    """A deal that is settled, registered, claimed for and subsidised, beside a lot that is still open for bids."""
    seller, department = market.member("university"), market.member("regulator")
    lot, _ = market.settled_deal(seller, PRICE)
    market.register(lot)
    claim = market.claim(lot, seller, market.programme(department))
    market.done("POST", f"/v1/claims/{claim['id']}/pay", department)
    market.bidder(market.running_lot(market.member("university")))
    return market.deal(lot)


def exported(world, folder):
    world.drain()
    with world.units.read() as unit:
        export.export(Snapshot(unit, str(world.signer.key)), folder)
    return folder


def forged(world, change) -> Log:
    """The log as a cheat with the real key would show it: one entry changed, all that follow chained anew."""
    world.drain()
    made = Log.__new__(Log)
    with world.units.read() as unit:
        made.contents = log.entries(unit, 0, log.size(unit))
    made.signers, made.disclosures, made.heads = [world.signer], [], {}
    for index, content in enumerate(made.contents):
        if (pair := change(json.loads(content))) is not None:
            return rewritten(made, index, *pair)
    raise AssertionError


def test_is_sound_at_every_checkpoint_however_little_is_taken(deal, world):
    sizes = []
    while world.sequencer.step(1):
        with world.units.read() as unit:
            contents = [json.loads(one) for one in log.entries(unit, 0, log.size(unit))]
        entries = [entry | {"index": index} for index, entry in enumerate(contents)]
        sizes.append(len(entries))
        assert assured(entries) == []
    assert len(sizes) > 30
    assert sizes[-1] - len(sizes) > 20  # many checkpoints signed more than the one that was asked for


def test_tells_what_the_money_comes_to(deal, world, tmp_path):
    key = str(world.signer.key)
    report = verify(exported(world, tmp_path / "log"), vkey=key)
    answer = CliRunner().invoke(audit_command, [str(tmp_path / "log"), "--vkey", key])

    assert report.money == (
        "money: ok deposits=30000.00 refunded=10000.00 applied=10000.00 forfeited=0.00 held=10000.00"
        " prices=3000000.00 fees=35000.00 rewards=1482500.00 sellers=1482500.00 subsidies=30000.00"
        " plans=0.00 royalties=0.00"
    )
    assert answer.stdout.splitlines() == [report.line, report.money]
    assert answer.exit_code == 0


def test_tells_of_no_money_where_there_is_none(market, world, tmp_path):
    market.lot(market.member("university"))
    report = verify(exported(world, tmp_path / "log"), vkey=str(world.signer.key))

    assert report.money is None
    assert report.line.startswith("audit: ok ")


def test_of_an_empty_log_is_one_line(tmp_path):
    folder = Log().write(tmp_path / "log")
    answer = CliRunner().invoke(audit_command, [str(folder), "--vkey", str(SIGNER.key)])

    assert answer.stdout.endswith(f" origin={ORIGIN}\n")
    assert "money" not in answer.stdout


def test_names_the_subject_that_does_not_fit_the_others(deal, world, tmp_path, monkeypatch):
    monkeypatch.setattr(make_log, "ORIGIN", world.database.origin)
    contract = deal["contract"]["id"]

    def elsewhere(entry):
        if entry["kind"] == "listing.disclosed":
            return b'"mode":"assignment"', b'"mode":"investment"'
        return None

    def earlier(entry):
        if entry["kind"] == "escrow.balance_due":
            return entry["data"]["contract"].encode(), f"ctr_{'0' * 26}".encode()
        return None

    forged(world, earlier).write(tmp_path / "forged")
    with pytest.raises(Wrong) as found:
        verify(tmp_path / "forged", vkey=str(world.signer.key))
    assert found.value.what == f"{contract}: took effect, and no balance fell due for it"
    assert found.value.where.startswith("tile/entries/")
    with pytest.raises(Wrong, match="changes the mode"):  # what a wing finds, it finds first
        forged(world, elsewhere).write(tmp_path / "other")
        verify(tmp_path / "other", vkey=str(world.signer.key))
