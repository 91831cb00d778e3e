"""How these tests hear what an audit finds wrong."""

import pytest

from ledger.audit.engine import audit
from ledger.audit.report import Wrong
from tests.make_log import VKEY, Log


def finding(folder, **options) -> Wrong:
    with pytest.raises(Wrong) as found:
        audit(folder, **({"vkey": VKEY} | options))
    return found.value


def small() -> Log:
    return Log().trade(20, lots=3)
