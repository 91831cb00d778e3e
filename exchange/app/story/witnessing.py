"""The regulator's own machine, as far as one machine can show it: a witness in a process and a folder of its own.

It knows of the exchange only what a regulator would: the keys of its log, and what it is sent.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger.audit.folder import Folder
from ledger.log import checkpoints, notes, policy, remote
from ledger.log.policy import Policy
from ledger.log.remote import WitnessProblem
from ledger.log.submissions import Submission
from ledger.witness.mirror import folder_of

from ..servers import launch
from ..site import Site
from .stage import Unexpected

NAME: Final = "regulator.example/witness"
LOGS: Final = "logs"  # in its folder: whom it trusts
LOG: Final = "witness.log"
LAST_LINE: Final = "quorum "
STOP_TIMEOUT_S: Final = 10.0


@contextmanager
def watching(site: Site, folder: Path) -> Iterator[Policy]:
    """Run a witness of the site's log in `folder` while the block lasts; yield what to believe of it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    trusted = policy.parse(site.policy.encode())
    (folder / LOGS).write_bytes(bytes(Policy(logs=trusted.logs)))
    words = ["serve", "--home", str(folder), "--name", NAME, "--logs", str(folder / LOGS), "--port", "0"]
    account = [str(one) for one in (int(signal.SIGTERM), os.geteuid(), os.getegid(), os.getpid())]
    command = [sys.executable, launch.__file__, *account, sys.executable, "-m", "ledger.witness", *words]
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)  # noqa: S603 - our own
    try:
        yield _policy_of(process, folder)
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def url_of(site: Site) -> str:
    """Return where the witness of a site answers."""
    return next(one.url for one in policy.parse(site.policy.encode()).witnesses if one.url)


def mirror_of(site: Site, folder: Path) -> Path:
    """Return where the witness in `folder` keeps its copy of the site's log."""
    return folder_of(folder, site.database.origin)


def refused(cheated: Path, *, url: str) -> str:
    """Ask a witness to cosign the checkpoint of a log that was rewritten; return in which words it refuses.

    Raises `Unexpected` if it does not.
    """
    signed = Folder(cheated).checkpoint()
    size = checkpoints.parse(notes.parse(signed).text).size
    with remote.Witness(url) as witness:
        try:
            witness.ask(Submission(old_size=size, proof=(), checkpoint=signed), size)
        except WitnessProblem as problem:
            return problem.detail
    raise Unexpected("the witness refuses a rewritten log")


def _policy_of(process: subprocess.Popen[bytes], folder: Path) -> Policy:
    """Read the policy that a witness prints when it is up."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.decode())
        if lines[-1].startswith(LAST_LINE):
            wanted = [one for one in lines if one.split(" ")[0] in {"witness", "group", "quorum"}]
            return policy.parse("".join(wanted).encode())
    raise Unexpected(f"the witness starts: {(folder / LOG).read_text()[-500:]}")
