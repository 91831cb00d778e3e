"""`make interop` fails for what it did not verify."""

import os
import subprocess
import sys

import pytest

from tests.interop import prepare, strict

SKIPS = {
    "in_a_test": "import pytest\ndef test_one(): pytest.skip('no tool')\n",
    "by_a_mark": "import pytest\n@pytest.mark.skip(reason='no tool')\ndef test_one(): pass\n",
    "in_a_fixture": "import pytest\n@pytest.fixture\ndef tool(): pytest.skip('no tool')\ndef test_one(tool): pass\n",
    "as_a_module": "import pytest\npytest.importorskip('no_such_module', reason='no tool')\ndef test_one(): pass\n",
}
EXPECTED = "import pytest\n@pytest.mark.xfail\ndef test_one(): assert False\ndef test_two(): pass\n"


@pytest.fixture
def run(tmp_path):
    """Run tests in a pytest of their own, with the mode on or off; return its exit code and its last line."""

    def run(texts, mode):
        for name, text in texts.items():
            (tmp_path / f"test_{name}.py").write_text(text)
        command = [sys.executable, "-m", "pytest", "-p", "tests.interop.strict", "--rootdir", str(tmp_path)]
        done = subprocess.run(
            [*command, "--continue-on-collection-errors", str(tmp_path)],
            env={**os.environ, strict.VARIABLE: mode},
            cwd=prepare.HERE.parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    return run


class TestSkip:
    def test_fails_when_all_must_be_verified(self, run):
        code, said = run(SKIPS, "1")

        assert code == 1
        assert "1 failed, 3 errors in" in said  # what skips before its call is an error
        assert said.count("nothing may be skipped here: ") >= 4
        assert "no tool" in said

    def test_is_a_skip_otherwise(self, run):
        code, said = run(SKIPS, "")

        assert code == 0
        assert "4 skipped in" in said

    def test_is_not_what_is_expected_to_fail(self, run):
        code, said = run({"expected": EXPECTED}, "1")

        assert code == 0
        assert "1 passed, 1 xfailed in" in said
