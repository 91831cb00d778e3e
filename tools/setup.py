#!/usr/bin/env python3
"""Make `.venv/` from the lock, with what is there: a python3, its pip, and the registry that pip is configured for.

Does nothing when the lock has not changed, so every target of the Makefile can call it. `setup.py lock` compiles the
locks anew. The syntax is kept readable for old interpreters, which must get as far as saying that they are too old.
"""

import ast
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-dev.lock"
UV_LOCK = ROOT / "requirements-uv.lock"
UV_VERSION = "0.13.9"
STAMP = VENV / "setup.stamp"
COMMAND = VENV / "bin" / "mengkeju"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mengkeju"
KEPT = CACHE / (hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16] + "-" + str(sys.implementation.cache_tag))
COMPILE = [
    "--universal",
    "--python-version=3.11",
    "--only-binary=:all:",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
]

# What pip calls it, and what uv calls it. Extra indexes are left out: uv does not search them the way pip does.
SAME_IN_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}


def _insist_on_a_python() -> None:
    if sys.version_info >= OLDEST:
        return
    for name in ("python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        probe = "import sys, venv; sys.exit(sys.version_info < (3, 11))"
        if found and subprocess.call([found, "-c", probe], stderr=subprocess.DEVNULL) == 0:  # noqa: S603
            os.execv(found, [found] + sys.argv)  # noqa: S606, RUF005 - the same script by a newer interpreter
    sys.exit(f"setup: Python 3.11 or newer is needed, {sys.executable} is older: try make PYTHON=python3.12")


_insist_on_a_python()  # before the annotations below, which older ones cannot read


def main() -> None:
    """Set up, or compile the locks."""
    folder = os.open(str(ROOT), os.O_RDONLY)
    if sys.argv[1:] == ["lock"]:
        fcntl.flock(folder, fcntl.LOCK_EX)
        _lock()
        return
    wanted = _fingerprint()
    if _stamped() == wanted:
        return
    fcntl.flock(folder, fcntl.LOCK_EX)  # two targets may be made at the same time
    if _stamped() != wanted:
        _set_up(wanted)


def _fingerprint() -> str:
    """Return what `.venv/` depends on: the locks, this script, the interpreter, and where the folder lies."""
    digest = hashlib.sha256()
    for path in (LOCK, UV_LOCK, Path(__file__)):
        digest.update(path.read_bytes())
    digest.update(os.fsencode(VENV))
    return digest.hexdigest()


def _stamped() -> str:
    """Return the fingerprint `.venv/` was made for, or nothing when it was never finished or has lost its Python."""
    if not (os.access(str(PYTHON), os.X_OK) and os.access(str(COMMAND), os.X_OK)):
        return ""
    with contextlib.suppress(OSError):
        return STAMP.read_text().strip()
    return ""


def _set_up(wanted: str) -> None:
    if STAMP.exists() and os.access(str(PYTHON), os.X_OK):
        STAMP.unlink()  # until it is true again
    else:
        _say("making .venv with " + sys.executable)
        shutil.rmtree(str(VENV), ignore_errors=True)  # half-made by an earlier try, or made elsewhere
        try:
            _run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
        except subprocess.CalledProcessError:
            _fail("cannot make a virtual environment: install python3-venv, and make sure this folder is writable")
    pip = _pip()
    _install(pip)
    _install_ourselves()
    _compile()
    STAMP.write_text(wanted + "\n")
    _say("done")


def _pip() -> list[str]:
    """Return a pip that installs into `.venv/`: ours from outside, or when it is too old or absent, one inside."""
    outside = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    inside = [str(PYTHON), "-m", "pip"]
    for pip in (outside, inside):
        if _works([*pip, "--version"]):
            return pip
    if not _works([str(PYTHON), "-m", "ensurepip"]):
        _fail("neither pip 22.3 or newer nor ensurepip is there: install python3-pip or python3-venv")
    return inside


def _install(pip: list[str]) -> None:
    install = [*pip, "--disable-pip-version-check", "install", "-q", "--require-hashes", "--no-deps"]
    _say("installing from " + LOCK.name)
    try:
        _run([*install, "-r", str(UV_LOCK)])
        _run(
            [str(VENV / "bin" / "uv"), "pip", "sync", "-q", "--require-hashes", "--python", str(PYTHON), str(LOCK)],
            _uv(),
        )
    except (subprocess.CalledProcessError, OSError):
        _say("uv cannot do it here; installing with pip, which takes a minute")
        try:
            _run([*install, "--only-binary", ":all:", "-r", str(LOCK)])
        except subprocess.CalledProcessError:
            if not KEPT.is_dir():
                _fail("the locked packages could not be installed: is the package index that pip uses within reach?")
            _say("the index is out of reach; taking what an earlier set-up of this user kept for this very lock")
            _restore()
            return
    _keep()


def _keep() -> None:
    """Keep what the lock installed, so that another checkout of this user can be set up with no network."""
    if KEPT.is_dir():
        return
    draft = KEPT.with_name(KEPT.name + "." + str(os.getpid()))
    try:
        for name in ("lib", "bin"):
            shutil.copytree(str(VENV / name), str(draft / name), symlinks=True, copy_function=_link)
        (draft / "where").write_text(str(VENV), encoding="utf-8")
        draft.rename(KEPT)
    except (OSError, shutil.Error):
        shutil.rmtree(str(draft), ignore_errors=True)  # a convenience: set-up goes on without it


def _link(source: str, target: str) -> None:
    """Link a file of a package, which nobody edits in place, or copy it where links do not reach."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _restore() -> None:
    """Put what was kept into this `.venv/`; scripts are told where their interpreter is now."""
    before = (KEPT / "where").read_bytes()
    shutil.copytree(str(KEPT / "lib"), str(VENV / "lib"), symlinks=True, dirs_exist_ok=True)
    for kept in (KEPT / "bin").iterdir():
        here = VENV / "bin" / kept.name
        if here.exists() or kept.is_symlink() or not kept.is_file():
            continue
        content = kept.read_bytes()
        if content.startswith(b"#!"):
            content = content.replace(before, os.fsencode(VENV), 1)
        here.write_bytes(content)
        here.chmod(0o755)


def _install_ourselves() -> None:
    """Put this folder on the path and write the command: an editable install that needs no build and no network."""
    where = subprocess.check_output(  # noqa: S603
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    )
    Path(where.strip(), "mengkeju.pth").write_text(str(ROOT) + "\n", encoding="utf-8")
    COMMAND.write_text(
        "#!/bin/sh\n"  # a path in a first line may be neither long nor hold a space
        '\'\'\'exec\' "$(dirname -- "$0")/python" "$0" "$@"\n'
        "' '''\n"
        "import sys\n\nfrom exchange.app.__main__ import main\n\nsys.exit(main())\n"
    )
    COMMAND.chmod(0o755)


def _compile() -> None:
    """Compile what was installed, and our own packages, once: every process of the exchange starts with them."""
    _say("compiling")
    ours = [name for name in ("exchange", "ledger", "listings", "settlement") if (ROOT / name).is_dir()]
    _works([str(PYTHON), "-m", "compileall", "-q", "-j", "0", str(VENV / "lib"), *ours])


def _uv() -> dict[str, str]:
    """Return the environment for uv, which does not read pip's configuration: hand it over, to this child only."""
    environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never", UV_SYSTEM_CERTS="1")
    for name, value in _pip_configuration().items():
        words = ",".join(value.split()) if name == "find-links" else value
        if name in SAME_IN_UV:
            environment.setdefault(SAME_IN_UV[name], words)
    home = Path(environment.get("XDG_CACHE_HOME") or Path.home())
    if not os.access(str(home), os.W_OK):
        environment.setdefault("UV_NO_CACHE", "1")
    return environment


def _pip_configuration() -> dict[str, str]:
    """Return pip's settings by their plain names; the environment's win over the files', as they do in pip."""
    try:
        listed = subprocess.check_output(
            [sys.executable, "-m", "pip", "config", "list"], stderr=subprocess.DEVNULL, text=True
        )
    except (subprocess.CalledProcessError, OSError):
        listed = ""  # no pip outside, or one older than its `config`
    found = {}
    for section in ("global.", "install."):
        for line in listed.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(section):
                found[name[len(section) :]] = str(ast.literal_eval(value))
    for name in SAME_IN_UV:
        given = os.environ.get("PIP_" + name.upper().replace("-", "_"))
        if given:
            found[name] = given
    return found


def _lock() -> None:
    uv = [str(VENV / "bin" / "uv"), "pip", "compile", "-q", *COMPILE]
    upgrade = ["--upgrade"] if os.environ.get("UPGRADE") else []
    _run([*uv, *upgrade, "--group", "dev", "pyproject.toml", "-o", LOCK.name], _uv())
    uv_itself = subprocess.run(  # noqa: S603
        [*uv, "-"], input="uv==" + UV_VERSION, stdout=subprocess.PIPE, text=True, env=_uv(), check=True
    )
    UV_LOCK.write_text(uv_itself.stdout)


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, cwd=str(ROOT), env=environment, stdin=subprocess.DEVNULL)  # noqa: S603


def _works(command: list[str]) -> bool:
    silent = subprocess.DEVNULL
    return subprocess.call(command, stdin=silent, stdout=silent, stderr=silent) == 0  # noqa: S603


def _say(text: str) -> None:
    sys.stderr.write("setup: " + text + "\n")
    sys.stderr.flush()


def _fail(text: str) -> None:
    sys.exit("setup: " + text)


if __name__ == "__main__":
    main()
