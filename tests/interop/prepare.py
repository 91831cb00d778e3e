#!/usr/bin/env python3
"""Bring what `make interop` needs onto this machine: system packages, npm's packages from their lock, the Go program.

Does nothing that was done already. Everything comes from the registries this machine is set up for, and lands in the
system (apt), in `tests/interop/node/node_modules` (npm) and in `.venv/interop` (the Go program, named by its source).
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILT = HERE.parents[1] / ".venv" / "interop"
GO_SOURCE = HERE / "go" / "verify-log"
GO_PATH = Path("/usr/share/gocode")  # where Debian puts the sources of Go libraries
X_MOD = GO_PATH / "src" / "golang.org" / "x" / "mod" / "sumdb" / "tlog"
NODE = HERE / "node"
NODE_STAMP = NODE / "node_modules" / ".stamp"

COMMANDS = {  # what has to be in the PATH, and which Debian package brings it
    "go": "golang-go",
    "node": "nodejs",
    "npm": "npm",
    "openssl": "openssl",
    "chromium": "chromium",
}
LIBRARIES = {X_MOD: "golang-golang-x-mod-dev"}


def main() -> int:
    """Prepare everything; on failure say in one line what is missing."""
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two targets may be made at the same time
        try:
            _install_packages()
            _install_node_modules()
            _build_verify_log()
        except Unprepared as reason:
            sys.stderr.write(f"interop: {reason}\n")
            return 1
    return 0


class Unprepared(Exception):  # noqa: N818 - a reason, as everywhere here
    """Something could not be brought here; the text says what to do."""


def missing_packages() -> list[str]:
    """Return the Debian packages whose commands or libraries are not here."""
    commands = [package for command, package in COMMANDS.items() if shutil.which(command) is None]
    return commands + [package for folder, package in LIBRARIES.items() if not folder.is_dir()]


def verify_log() -> Path:
    """Return where the Go program lies once it is built: its name carries the hash of its source and compiler."""
    digest = hashlib.sha256()
    for path in sorted(GO_SOURCE.glob("*.go")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    go = shutil.which("go")
    digest.update(os.path.realpath(go).encode() if go else b"")
    return BUILT / f"verify-log-{digest.hexdigest()[:16]}"


def node_modules_wanted() -> str:
    """Return what `node_modules` depends on; its stamp says for which it was made."""
    return hashlib.sha256((NODE / "package.json").read_bytes() + (NODE / "package-lock.json").read_bytes()).hexdigest()


def _install_packages() -> None:
    packages = missing_packages()
    if not packages:
        return
    by_hand = f"install these Debian packages: {' '.join(packages)}"
    apt = shutil.which("apt-get")
    if apt is None:
        raise Unprepared(f"{by_hand} (there is no apt-get here to do it)")
    sudo = shutil.which("sudo")
    if os.geteuid() != 0 and sudo is None:
        raise Unprepared(f"{by_hand} (only root can, and there is no sudo here)")
    before = [] if os.geteuid() == 0 else [str(sudo)]
    before += ["env", "DEBIAN_FRONTEND=noninteractive", apt]
    _say(f"installing {' '.join(packages)}")
    try:
        _run([*before, "update", "-qq"])
        _run([*before, "install", "-qq", "-y", "--no-install-recommends", *packages])
    except subprocess.CalledProcessError as cause:
        raise Unprepared(f"apt-get failed (see above); {by_hand}") from cause
    if still := missing_packages():
        raise Unprepared(f"apt-get brought no {' '.join(still)}; install what is missing by hand")


def _install_node_modules() -> None:
    wanted = node_modules_wanted()
    if NODE_STAMP.exists() and NODE_STAMP.read_text() == wanted:
        return
    _say("installing npm packages from their lock")
    try:
        _run(["npm", "ci", "--silent"], cwd=NODE)
    except subprocess.CalledProcessError as cause:
        raise Unprepared("npm ci failed in tests/interop/node: is the registry npm uses within reach?") from cause
    NODE_STAMP.write_text(wanted)


def _build_verify_log() -> None:
    target = verify_log()
    if target.exists():
        return
    _say("building verify-log")
    draft = target.with_suffix(".draft")
    try:
        _run(["go", "build", "-o", str(draft), "."], cwd=GO_SOURCE, env=go_environment())
    except subprocess.CalledProcessError as cause:
        raise Unprepared("go build failed in tests/interop/go/verify-log (see above)") from cause
    draft.replace(target)
    for path in BUILT.glob("verify-log-*"):
        if path != target:
            path.unlink()


def go_environment() -> dict[str, str]:
    """Return the environment for Go: no module, no network, no C, libraries as Debian installs them."""
    ours = {
        "CGO_ENABLED": "0",
        "GO111MODULE": "off",
        "GOCACHE": str(BUILT / "go-cache"),
        "GOFLAGS": "",
        "GOPATH": str(GO_PATH),
        "GOTOOLCHAIN": "local",
    }
    return {**os.environ, **ours}


def _run(command: list[str], cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    """Run a command whose output, if it has any to give, goes to standard error."""
    subprocess.run(command, check=True, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def _say(text: str) -> None:
    sys.stderr.write(f"interop: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
