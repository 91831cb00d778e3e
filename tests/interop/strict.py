"""A mode of pytest in which nothing may be skipped, since what was not verified was not verified.

On when the environment says MENGKEJU_INTEROP=1, as `make interop` does; then a test or a module that skips, fails.
"""

import os
from collections.abc import Iterator

import pytest

VARIABLE = "MENGKEJU_INTEROP"


def is_on() -> bool:
    """Whether a skip fails."""
    return os.environ.get(VARIABLE) == "1"


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    if is_on() and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped here: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    _fail(report)
    return report
