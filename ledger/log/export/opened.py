"""The sealed values of a log, opened: a file of their own, for whoever is entitled to them."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from ledger.kernel import canonical

from ..model import Disclosure


def write_disclosures(path: Path, disclosures: Iterable[Disclosure]) -> int:
    """Write opened values as JSON lines of mode 0600 beside, never inside, an export; return how many."""
    staging = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    count = 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            for one in disclosures:
                count += 1
                file.write(disclosure_line(one))
        staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)
    return count


def disclosure_line(one: Disclosure) -> bytes:
    """Write one disclosure as a line of canonical JSON."""
    return canonical.encode({"entry": one.entry, "field": one.field, "salt": one.salt, "value": one.value}) + b"\n"
