"""A log that is given witnesses shows nothing that they have not seen, from then on and for what it showed before."""

import dataclasses

import pytest

from ledger.kernel.cause import TIME, Cause
from ledger.log import notes, service
from ledger.log.model import event_kind
from ledger.log.policy import Witness
from ledger.log.signers import COSIGNATURE, generate
from tests.make_ring import AT

HAPPENED = event_kind("test.happened", public="n")
WITNESS = generate("witness.example/w", COSIGNATURE)


@pytest.fixture
def published(world):
    with world.units.begin() as unit:
        service.record(unit, Cause(actor=TIME, at=unit.now(), request_id="t"), HAPPENED("one", n=1))
    world.drain()
    with world.units.read() as unit:
        return service.published(unit)


def withheld(world, policy):
    with world.sequencer._units.begin() as unit:
        return service.withhold_unwitnessed(unit, policy)


def asked(world):
    return dataclasses.replace(world.policy, witnesses=(Witness("w", WITNESS.key, "http://w"),), quorum="w")


def test_what_no_witness_has_seen_is_shown_no_more(world, published):
    assert withheld(world, asked(world))
    with world.units.read() as unit:
        with pytest.raises(service.NothingPlaced):
            service.checkpoint(unit)
        assert service.size(unit) == 0
        assert service.waiting(unit) == published.size


def test_what_they_have_seen_stays(world, published):
    cosigned = notes.with_signatures(
        notes.parse(published.note), notes.sign(notes.parse(published.note).text, [WITNESS], at=AT).signatures
    )
    with world.sequencer._units.begin() as unit:
        service.publish(unit, published.size, bytes(cosigned), AT)
    assert not withheld(world, asked(world))
    with world.units.read() as unit:
        assert service.checkpoint(unit) == bytes(cosigned)


def test_a_line_of_theirs_that_does_not_hold_is_none(world, published):
    text = notes.parse(published.note).text
    false = dataclasses.replace(notes.sign(text, [WITNESS], at=AT).signatures[0], value=bytes(72))
    with world.sequencer._units.begin() as unit:
        service.publish(unit, published.size, bytes(notes.with_signatures(notes.parse(published.note), [false])), AT)
    assert withheld(world, asked(world))


def test_what_nobody_is_asked_about_stays(world, published):
    assert not withheld(world, world.policy)


def test_an_empty_log_has_nothing_to_withhold(world):
    assert not withheld(world, asked(world))


def test_it_is_shown_again_when_nobody_is_asked_any_more(world, published):
    withheld(world, asked(world))
    world.drain()
    with world.units.read() as unit:
        assert service.published(unit).size == published.size
