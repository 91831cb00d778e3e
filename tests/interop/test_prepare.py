"""Bringing the tools onto a machine: what is missing is installed, and where it cannot be, one line says what to do."""

import os
import subprocess
import sys

import pytest

from tests.interop import prepare

LOCK = prepare.NODE / "package-lock.json"


def run(path, *, home):
    """Run the script where only `path` is searched for commands."""
    environment = {"PATH": str(path), "HOME": str(home)}
    done = subprocess.run(
        [sys.executable, prepare.__file__], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stderr.splitlines()


@pytest.fixture
def commands(tmp_path):
    """A folder of commands, which writes down how `apt-get` is called and lets it bring what a test says it brings."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def add(name, script):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    add.folder = folder
    return add


class TestPrepare:
    def test_names_what_to_install_where_there_is_no_apt(self, commands, tmp_path):
        code, said = run(commands.folder, home=tmp_path)

        assert code == 1
        assert len(said) == 1
        assert said[0].startswith("interop: install these Debian packages: golang-go nodejs npm openssl chromium")
        assert said[0].endswith("(there is no apt-get here to do it)")

    def test_installs_only_what_is_missing(self, commands, tmp_path):
        calls = tmp_path / "calls"
        commands("env", f'shift; shift; echo "$@" >> {calls}')
        commands("apt-get", "exit 0")
        for name in ("go", "node", "openssl"):
            commands(name, "exit 0")

        code, said = run(commands.folder, home=tmp_path)

        assert calls.read_text().splitlines()[0] == "update -qq"
        install = calls.read_text().splitlines()[1].split()
        assert install[:4] == ["install", "-qq", "-y", "--no-install-recommends"]
        assert [one for one in install[4:] if one != "golang-golang-x-mod-dev"] == ["npm", "chromium"]
        assert code == 1  # this apt-get brought nothing
        assert said[-1].startswith("interop: apt-get brought no npm chromium")

    def test_says_so_when_apt_fails(self, commands, tmp_path):
        commands("env", "exit 100")
        commands("apt-get", "exit 100")

        code, said = run(commands.folder, home=tmp_path)

        assert code == 1
        assert said[-1].startswith("interop: apt-get failed (see above); install these Debian packages: golang-go")

    @pytest.mark.skipif(os.geteuid() != 0, reason="asks what a user without rights is told")
    def test_tells_a_user_without_rights_what_only_root_can_do(self, commands, tmp_path):
        commands("apt-get", "exit 0")
        code = (
            "import os, sys; os.geteuid = lambda: 1000\n"
            f"sys.path.insert(0, {str(prepare.HERE)!r})\n"
            "import prepare\n"
            "try: prepare._install_packages()\n"
            "except prepare.Unprepared as reason: print(reason)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={"PATH": str(commands.folder)},
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.stdout.strip().endswith("(only root can, and there is no sudo here)"), done.stderr


class TestGoProgram:
    def test_is_named_by_its_source(self):
        assert prepare.verify_log().name.startswith("verify-log-")
        assert prepare.verify_log() == prepare.verify_log()

    @pytest.mark.parametrize("command", [["gofmt", "-l", "."], ["go", "vet", "."]])
    def test_is_clean(self, command):
        try:
            done = subprocess.run(
                command,
                cwd=prepare.GO_SOURCE,
                env=prepare.go_environment(),
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError:
            pytest.skip("Go is not installed: make interop installs it")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_imports_nothing_but_go_and_its_two_packages(self):
        imported = {
            line.strip().strip('"')
            for source in prepare.GO_SOURCE.glob("*.go")
            for line in source.read_text().partition("import (")[2].partition(")")[0].splitlines()
            if line.strip()
        }
        foreign = {one for one in imported if "." in one}

        assert foreign == {"golang.org/x/mod/sumdb/note", "golang.org/x/mod/sumdb/tlog"}


class TestUse:
    """By hand: exit codes and what is said, of each of the three."""

    @pytest.fixture
    def binary(self):
        if not prepare.verify_log().exists():
            pytest.skip("the Go program is not built: make interop builds it")
        return str(prepare.verify_log())

    @pytest.mark.parametrize(
        "arguments",
        [[], ["folder"], ["-", "VKEY"], ["a", "VKEY", "b"], ["a", "VKEY", "--unknown"], ["a", "no-key"]],
        ids=" ".join,
    )
    def test_verify_log_explains_itself(self, binary, arguments):
        from tests.interop.logs import VKEY

        done = subprocess.run(
            [binary, *(VKEY if one == "VKEY" else one for one in arguments)],
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith(("usage: verify-log DIR VKEY", "verify-log: VKEY"))

    def test_verify_log_tells_a_missing_file_from_a_false_one(self, binary, exported, tmp_path):
        from tests.interop.logs import VKEY

        (tmp_path / "false").write_bytes(b"no proof")
        missing = [binary, str(exported(2)), VKEY, "--proof", str(tmp_path / "missing"), str(tmp_path / "false")]
        done = subprocess.run(missing, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "no such file" in done.stderr
        assert f"REFUSED  proof {tmp_path / 'false'}: " in done.stdout

    def test_verify_proof_explains_itself(self):
        if not prepare.NODE_STAMP.exists():
            pytest.skip("npm's packages are not installed: make interop installs them")
        for arguments in ([], ["no-key", "file"]):
            done = subprocess.run(
                ["node", str(prepare.NODE / "verify-proof.js"), *arguments], capture_output=True, text=True, check=False
            )
            assert done.returncode == 2
            assert done.stderr.startswith(("usage: node verify-proof.js", "verify-proof: VKEY"))

    def test_scales_exits_with_what_it_found(self, exported, record, tmp_path):
        from tests.interop.logs import VKEY

        pytest.importorskip("tlog_scales", reason="tlog-scales is not installed: make setup installs it")
        proof, old = tmp_path / "proof", tmp_path / "old"
        proof.write_bytes(record(257).submission(100, 257))
        old.write_bytes(record(257).checkpoint(100))
        command = [sys.executable, str(prepare.HERE / "scales.py"), str(exported(257)), VKEY, "--consistency", str(old)]

        found = subprocess.run([*command, str(proof)], capture_output=True, text=True, check=False)
        assert (found.returncode, found.stdout.count("ok  ")) == (0, 2), found.stderr

        refused = subprocess.run([*command, str(old)], capture_output=True, text=True, check=False)
        assert (refused.returncode, refused.stdout.count("REFUSED  ")) == (1, 1), refused.stderr


class TestLock:
    def test_names_no_registry(self):
        text = LOCK.read_text()

        assert "resolved" not in text
        assert "://" not in text
        assert text.count('"integrity": "sha512-') == 4

    def test_pins_what_is_asked_for(self):
        assert '"@sigstore/verify": "4.1.3"' in (prepare.NODE / "package.json").read_text()
