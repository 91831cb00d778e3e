"""The witness on the command line: short answers, one clear sentence when it cannot go on."""

import stat

import pytest
from click.testing import CliRunner

from exchange.app.cli import main
from ledger.log import keys, policy
from ledger.witness.commands import witness as alone
from ledger.witness.home import Home, OtherName, policy_lines
from tests.make_witness import ED25519, MLDSA, NAME, ORIGIN, Tree, opened

TREE = Tree.of(20)
FORKED = Tree.of(20, fork=3)


def run(*arguments, command=alone):
    return CliRunner().invoke(command, [str(one) for one in arguments])


class TestServe:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--name", "a name"], "no space"),
            (["--name", "w", "--logs", "/nonexistent/logs"], "No such file"),
            (["--name", "w", "--host", "256.0.0.1"], "cannot listen there"),
        ],
    )
    def test_says_in_one_line_why_it_cannot_go_on(self, tmp_path, arguments, said):
        found = run("serve", "--home", tmp_path / "w", "--port", "0", *arguments)

        assert found.exit_code == 1
        assert said in found.output
        assert found.output.count("\n") == 1

    def test_does_not_change_its_name(self, tmp_path):
        Home(tmp_path).make(NAME)
        found = run("serve", "--home", tmp_path, "--name", "another", "--port", "0")

        assert (found.exit_code, OtherName.title() in found.output) == (1, True)

    def test_does_not_use_keys_that_others_can_read(self, tmp_path):
        Home(tmp_path).make(NAME)
        (tmp_path / "keys").chmod(0o644)

        assert "chmod 600" in run("serve", "--home", tmp_path, "--name", NAME, "--port", "0").output

    def test_does_not_make_a_folder_where_a_file_is(self, tmp_path):
        (tmp_path / "w").write_text("")

        assert run("serve", "--home", tmp_path / "w", "--name", NAME).exit_code == 2


class TestKeys:
    def test_are_made_once_for_the_witness_and_its_mirror(self, tmp_path):
        first, again = Home(tmp_path).make(NAME), Home(tmp_path).make(NAME)

        assert [[one.key for one in ring] for ring in first] == [[one.key for one in ring] for ring in again]
        assert {one.key.name for one in first[0]} == {NAME}
        assert {one.key.name for one in first[1]} == {f"{NAME}/mirror"}
        assert len({one.key.public for ring in first for one in ring}) == 4
        assert tuple(one.key.algorithm for one in first[0]) == keys.WITNESS_ALGORITHMS
        assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600

    def test_are_printed_as_a_policy(self, tmp_path):
        ring, mirror = Home(tmp_path).make(NAME)
        found = run("keys", "--home", tmp_path, "--url", "https://w.example")
        read = policy.parse(found.output.encode())

        assert [one.key for one in read.witnesses] == [one.key for one in ring]
        assert {one.url for one in read.witnesses} == {"https://w.example"}
        assert read.is_met_by([one.name for one in read.witnesses])
        assert not read.is_met_by([read.witnesses[0].name])
        with_mirror = policy_lines(
            tuple(one.key for one in ring), tuple(one.key for one in mirror), "https://w.example"
        )
        uncommented = with_mirror.replace("# witness", "witness").encode()
        assert len(policy.parse(uncommented).witnesses) == 4

    def test_are_not_there_before_it_was_served(self, tmp_path):
        assert "witness/no-witness" in run("keys", "--home", tmp_path).output


class TestTrust:
    def test_adds_every_key_of_a_file(self, tmp_path):
        (tmp_path / "log.vkeys").write_text(f"{ED25519.key}\n{MLDSA.key}\n")
        found = run("trust", "--home", tmp_path / "w", tmp_path / "log.vkeys", "https://log.example")

        assert found.output.count(f"{ORIGIN} is trusted") == 2
        with opened(tmp_path / "w") as witness:
            assert witness.trust.keys() == {ORIGIN: (ED25519.key, MLDSA.key)}

    def test_refuses_nonsense(self, tmp_path):
        assert run("trust", "--home", tmp_path / "w", "nonsense").exit_code == 1

    def test_is_also_a_command_of_the_exchange(self, tmp_path):
        found = run("witness", "trust", "--home", tmp_path / "w", ED25519.key, command=main)

        assert found.exit_code == 0
        assert "Ed25519 key" in found.output


class TestStatus:
    def test_shows_sizes_and_raises_the_alarm(self, tmp_path):
        with opened(tmp_path) as witness:
            witness.submit(bytes(TREE.submission(0, 8)))
        found = run("status", "--home", tmp_path)
        assert (found.exit_code, ORIGIN in found.output, "none" in found.output) == (0, True, True)

        with opened(tmp_path) as witness, pytest.raises(Exception, match="cosigned"):
            witness.submit(bytes(FORKED.submission(8, 8)))
        found = run("status", "--home", tmp_path)
        assert found.exit_code == 1
        assert "ALARM" in found.output

    def test_refuses_a_folder_without_a_witness(self, tmp_path):
        found = run("status", "--home", tmp_path)

        assert (found.exit_code, "witness/no-witness" in found.output) == (1, True)
        assert not list(tmp_path.iterdir())
