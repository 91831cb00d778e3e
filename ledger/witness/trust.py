"""Which logs a witness trusts: the `log` lines of a tlog-policy file, read again whenever it changes.

Several keys may stand for one log, as while it replaces them. The other lines of the file say nothing here.
"""

import secrets
import threading
from pathlib import Path
from typing import Final

from ledger.kernel.errors import Kind, Refusal
from ledger.log import policy
from ledger.log.policy import Log
from ledger.log.signers import parse_vkey
from ledger.log.submissions import MAX_ORIGIN_BYTES

from .model import Keys

_HEADING: Final = (
    b"# The logs this witness trusts: log <vkey> [<url>]. It reads this file again when it changes.\nquorum none\n"
)


class NoLogs(Refusal):
    """The file of trusted logs cannot be read."""

    kind = Kind.CONFLICT
    zh = "无法读取受信任日志清单"


class Trust:
    """The trusted keys as the file has them now; while it cannot be read, as it last had them."""

    def __init__(self, path: Path) -> None:
        """Read the file. Refuses `NoLogs`."""
        self.path = path
        self.problem: str | None = None
        self._lock = threading.Lock()
        self._stamp = _stamp(path)
        self._keys = read(path)

    def keys(self) -> Keys:
        """Return the trusted keys of each log."""
        if _stamp(self.path) != self._stamp:
            self.reload()
        return self._keys

    def reload(self) -> None:
        """Read the file now. What is wrong with it is kept in `problem`, and the keys stay as they were."""
        with self._lock:
            self._stamp = _stamp(self.path)
            try:
                self._keys, self.problem = read(self.path), None
            except NoLogs as refusal:
                self.problem = refusal.detail


def read(path: Path) -> Keys:
    """Return the trusted keys in a file. Refuses `NoLogs`."""
    keys: Keys = {}
    for log in _policy(path).logs:
        if len(log.key.name.encode()) > MAX_ORIGIN_BYTES:
            raise NoLogs(f"{path}: the name of a log has at most {MAX_ORIGIN_BYTES} bytes")
        keys[log.key.name] = (*keys.get(log.key.name, ()), log.key)
    return keys


def add(path: Path, vkey: str, url: str | None = None) -> Log:
    """Trust one more key of a log; the file is made if there is none. Refuses `NotAKey`, `NotAPolicy`, `NoLogs`."""
    log = Log(parse_vkey(vkey), url)
    content = path.read_bytes() if path.exists() else _HEADING
    if any(one.key == log.key for one in policy.parse(content).logs):
        return log  # it is trusted already
    added = content + f"{log.line}\n".encode()
    policy.parse(added)
    staging = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    staging.write_bytes(added)
    staging.replace(path)
    return log


def ensure(path: Path) -> None:
    """Make a file that trusts nobody yet, if there is none."""
    if not path.exists():
        path.write_bytes(_HEADING)


def _policy(path: Path) -> policy.Policy:
    try:
        return policy.parse(path.read_bytes())
    except OSError as error:
        raise NoLogs(f"{path}: {error.strerror}") from error
    except policy.NotAPolicy as refusal:
        raise NoLogs(f"{path}: {refusal.detail}") from refusal


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when the file does."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
