"""The page's code under node, and the page in a browser, as tests drive them. What is missing skips, or under
`make interop` (MENGKEJU_INTEROP=1) fails.
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.make_page import Case

PAGE = Path(__file__).resolve().parents[2] / "ledger" / "log" / "page"
RUNNER = Path(__file__).with_name("page_runner.mjs")
IS_INTEROP = os.environ.get("MENGKEJU_INTEROP") == "1"
BROWSER_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing(what: str) -> NoReturn:
    """Say that `what` is not here: a failure where everything must be, else a skip."""
    if IS_INTEROP:
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is missing")


def program(*names: str) -> str:
    """Return the path of the first program that is installed."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or missing(" or ".join(names))


def prepared(folder: Path) -> Path:
    """Copy the page's sources into `folder` and install the packages its lock names; return the copy."""
    copy = folder / "page"
    shutil.copytree(PAGE, copy, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    npm = [program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(npm, cwd=copy, capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"what the page is built from ({done.stderr.strip()[-300:]})")
    return copy


class Node:
    """The page's `verify.js`, in one process for many questions."""

    def __init__(self, page: Path) -> None:
        command = [program("node"), str(RUNNER), str(page / "src" / "verify.js")]
        # The package's own resolution begins beside verify.js, so the runner may stand anywhere.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def verify(self, case: Case) -> dict[str, Any]:
        given = {"proof": case.proof, "policy": case.policy, "entry": case.entry}
        sent = {name: None if one is None else base64.b64encode(one).decode() for name, one in given.items()}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(sent) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=10)


class Browser:
    """A browser without a window, driven over a pipe (Chrome DevTools Protocol); notes what it was asked to fetch."""

    def __init__(self, home: Path) -> None:
        here, there = os.pipe(), os.pipe()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        flags = [*BROWSER_FLAGS, f"--user-data-dir={home}", "--remote-debugging-pipe", "about:blank"]
        script = f'exec "$@" 3<&{here[0]} 4>&{there[1]}'
        command = ["bash", "-c", script, "bash", program("chromium", "chromium-browser", "google-chrome"), *flags]
        self._process = subprocess.Popen(
            command, pass_fds=(here[0], there[1]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(here[0])
        os.close(there[1])
        self._in, self._out = os.fdopen(here[1], "wb", buffering=0), os.fdopen(there[0], "rb")
        self._number, self._session = 0, None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask the browser, and note the events that come before its answer."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params}
        self._in.write(json.dumps(asked | ({"sessionId": self._session} if self._session else {})).encode() + b"\0")
        while (told := self._read()).get("id") != self._number:
            self._note(told)
        assert "error" not in told, told
        return told["result"]

    def open(self, url: str) -> None:
        """Load a page anew, also when only what follows its # differs."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)
        self.wait(lambda: self.value("location.href !== 'about:blank' && document.readyState === 'complete'"))

    def value(self, expression: str) -> Any:
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def wait(self, holds: Callable[[], bool]) -> None:
        for _ in range(200):
            if holds():
                return
            self.value("0")
            self._process.poll()
        pytest.fail("the browser does not get there")

    def choose(self, selector: str, file: Path) -> None:
        """Choose a file as a person does in the picker."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", files=[str(file)], nodeId=node)

    def close(self) -> None:
        self.call("Browser.close")
        self._process.wait(timeout=20)
        self._in.close()
        self._out.close()

    def _read(self) -> dict[str, Any]:
        read = bytearray()
        while (one := self._out.read(1)) != b"\0":
            assert one, "the browser is gone"
            read += one
        return json.loads(read)

    def _note(self, told: dict[str, Any]) -> None:
        match told.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(told["params"]["request"]["url"])
            case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded":
                self.complaints.append(json.dumps(told["params"]))
