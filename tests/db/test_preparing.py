"""The log's keys as a start finds them: of an older version, of the environment."""

import subprocess
import sys

import pytest

from exchange.app.ledgers import Snapshot
from exchange.app.preparing import _ring, key_file
from exchange.app.servers import CannotStart
from exchange.app.settings import Settings
from ledger.audit.engine import audit
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Units
from ledger.log import export, keys, notes, service
from ledger.log.model import event_kind
from ledger.log.sequencer import Sequencer
from ledger.log.signers import ED25519, MLDSA44, SM2
from tests import make_ring
from tests.make_ring import LOG_NAME

HAPPENED = event_kind("test.happened", public="number")


class TestAKeyFileOfAnOlderVersion:
    """It holds one Ed25519 key; the log gains ML-DSA-44 and says so itself."""

    def sequencer(self, world, ring):
        return Sequencer(
            Units(world.engines[1], world.clock), origin=world.database.origin, signers=ring, journal=world.journal
        )

    def test_gains_what_it_lacks_in_an_entry_and_the_old_vkey_still_audits(self, world, tmp_path):
        origin = world.database.origin
        old = keys.make(origin, [ED25519])
        keys.save(key_file(tmp_path), old)
        self.sequencer(world, old).step()
        with world.units.begin() as unit:
            service.record(unit, world.cause(world.fresh(OrganisationId)), HAPPENED("thing", number=1))
        self.sequencer(world, old).step()

        ring = _ring(Settings(home=tmp_path), tmp_path, origin)
        assert [one.key.algorithm for one in ring] == [ED25519, MLDSA44]
        assert ring[0].key == old[0].key
        assert [one.key for one in keys.load(key_file(tmp_path))] == [one.key for one in ring]
        assert [one.key for one in _ring(Settings(home=tmp_path), tmp_path, origin)] == [one.key for one in ring]

        fresh = self.sequencer(world, ring)
        assert fresh.check() == 2
        assert fresh.step() == 1
        with world.units.read() as unit:
            declared = [one.entry.kind for one in service.history(unit, ["log"])]
            notes.verify_each(notes.parse(service.checkpoint(unit)), [one.key for one in ring])
            export.export(Snapshot(unit, str(old[0].key)), tmp_path / "log")
        assert declared == ["log.opened", "log.key_rotated"]
        assert audit(tmp_path / "log", vkey=str(old[0].key)).entries == 3


class TestARingOfTheEnvironment:
    def test_with_each_algorithm_is_taken_as_it_is(self, tmp_path):
        given = make_ring.ring(algorithms=(MLDSA44, ED25519))
        ring = _ring(Settings(home=tmp_path, log_key=keys.format_ring(given)), tmp_path, LOG_NAME)
        assert [one.key for one in ring] == [one.key for one in given]
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("algorithms", "said"),
        [
            ((ED25519,), "MENGKEJU_LOG_KEY holds no ML-DSA-44 key"),
            ((MLDSA44,), "MENGKEJU_LOG_KEY holds no Ed25519 key"),
            ((SM2,), "MENGKEJU_LOG_KEY holds no Ed25519 and no ML-DSA-44 key"),
        ],
    )
    def test_that_lacks_one_is_refused_and_told_how_to_make_it(self, tmp_path, algorithms, said):
        given = keys.format_ring(make_ring.ring(algorithms=algorithms))
        with pytest.raises(CannotStart, match=f"^{said}") as refused:
            _ring(Settings(home=tmp_path, log_key=given), tmp_path, LOG_NAME)
        _, _, program, _ = str(refused.value).split("\n")
        program = program.strip().removeprefix("python -c '").removesuffix("'")
        made = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
        whole = _ring(Settings(home=tmp_path, log_key=given + made), tmp_path, LOG_NAME)
        assert {one.key.algorithm for one in whole} == {*algorithms, ED25519, MLDSA44}

    def test_of_another_log_is_refused(self, tmp_path):
        given = keys.format_ring(make_ring.ring("log.example/other", (ED25519,)))
        with pytest.raises(CannotStart, match=r"sign as log\.example/other, and this log is log\.example/trade"):
            _ring(Settings(home=tmp_path, log_key=given), tmp_path, LOG_NAME)
