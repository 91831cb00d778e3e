"""Which processes a site needs."""

import pytest

from exchange.app import processes
from exchange.app.parts import publisher
from exchange.app.site import Database, Site
from ledger.log.policy import Policy, Witness
from ledger.log.remote import NoRoots
from ledger.log.signers import COSIGNATURE, generate

ALWAYS = ("api", "sequencer", "ticker", "worker")


def a_site(*, policy=None, **changes):
    usual = {
        "database": Database(api="", sequencer="", auditor="", origin="o", virtual=False),
        "home": "",
        "broker": "",
        "key_file": "",
        "vkey": "",
        "policy": (policy or Policy()).text,
        "host": "",
        "port": 0,
        "parent": 1,
    }
    return Site(**{**usual, **changes})


@pytest.fixture(scope="module")
def key():
    return generate("w.example", COSIGNATURE).key


class TestPartsOf:
    def test_are_four_where_nobody_is_asked(self):
        assert processes.parts_of(a_site()) == ALWAYS

    def test_have_a_publisher_where_a_witness_has_an_address(self, key):
        policy = Policy(witnesses=(Witness("w", key, "http://w"),))
        assert processes.parts_of(a_site(policy=policy)) == (*ALWAYS, "publisher")

    def test_have_none_for_a_witness_without_an_address(self, key):
        assert processes.parts_of(a_site(policy=Policy(witnesses=(Witness("w", key),)))) == ALWAYS

    def test_have_a_publisher_where_an_authority_stamps(self):
        assert processes.parts_of(a_site(authority="http://tsa")) == (*ALWAYS, "publisher")


class TestThePublisherPart:
    def test_refuses_to_run_without_the_roots_of_its_authority(self, tmp_path):
        site = a_site(authority="http://tsa", authority_roots=str(tmp_path / "none.pem"))
        with pytest.raises(NoRoots, match=r"none\.pem"):
            publisher.run(site)
