"""The commands of this folder's README run as they stand there."""

import os
import re
import subprocess

import pytest

from tests.interop import prepare
from tests.interop.logs import VKEY, VKEYS

BLOCKS = re.findall(r"^```sh\n(.*?)^```", (prepare.HERE / "README.md").read_text(), re.MULTILINE | re.DOTALL)


class TestReadme:
    @pytest.mark.parametrize(("needs", "first"), [("go", 0), ("npm", 2), ("python", 3)])
    def test_shows_commands_that_verify(self, needs, first, exported, record, tmp_path):
        if needs == "go" and not prepare.X_MOD.is_dir():
            pytest.skip("golang-golang-x-mod-dev is not installed: make interop installs it")
        if needs == "npm" and not prepare.NODE_STAMP.exists():
            pytest.skip("npm's packages are not installed: make interop installs them")
        blocks = BLOCKS[first : first + 2] if needs == "go" else [BLOCKS[first].replace("npm ci --silent\n", "")]
        (tmp_path / "proof").write_bytes(record(257).proof(200, 257))
        (tmp_path / "old").write_bytes(record(257).checkpoint(100))
        given = {"DIR": exported(257), "VKEY": VKEY, "MLDSA_VKEY": VKEYS[1], "OUT": tmp_path}
        given |= {"PROOF": tmp_path / "proof", "OLD": tmp_path / "old"}

        done = subprocess.run(
            ["bash", "-euc", "".join(blocks)],
            cwd=prepare.HERE.parents[1],
            env={**os.environ, **{name: str(value) for name, value in given.items()}},
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        assert "REFUSED" not in done.stdout
        assert done.stdout.count("ok       ") == {"go": 5, "npm": 1, "python": 3}[needs]

    def test_has_no_other_commands(self):
        assert len(BLOCKS) == 4
