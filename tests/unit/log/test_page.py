"""The page that verifies without a server: it is whole, fetches nothing, and is what its sources make."""

import base64
import hashlib
import re
from pathlib import Path

from ledger.log import page

FOLDER = Path(page.__file__).parent
HTML = page.html().decode()


def digest_of(element: str) -> str:
    match = re.search(f"<{element}>(.*?)</{element}>", HTML, re.DOTALL)
    assert match
    return base64.b64encode(hashlib.sha256(match[1].encode()).digest()).decode()


class TestHtml:
    def test_is_one_file_that_names_no_other(self):
        assert HTML.startswith("<!doctype html>")
        assert not re.search(r"<(?:script|iframe|object|embed|img|form)[\s]", HTML)
        assert re.findall(r'(?:src|href)="([^"]*)"', HTML) == ["data:,"]
        assert not re.search(r"@import|url\(", HTML)

    def test_asks_nobody_for_anything(self):
        assert not re.search(r"\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts)\s*\(", HTML)

    def test_never_takes_data_for_markup(self):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", HTML)

    def test_lets_run_only_its_own_script_and_style(self):
        policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', HTML)

        assert policy
        assert policy[1].startswith("default-src 'none'; ")
        assert f"script-src 'sha256-{digest_of('script')}';" in policy[1]
        assert f"style-src 'sha256-{digest_of('style')}';" in policy[1]
        assert "unsafe" not in policy[1]

    def test_was_built_from_the_sources_beside_it(self):
        names = ["build.mjs", "package-lock.json", "package.json", *(f"src/{one.name}" for one in FOLDER.glob("src/*"))]
        lines = [f"{name} {hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()}\n" for name in sorted(names)]
        digest = hashlib.sha256("".join(lines).encode()).hexdigest()

        assert f'<meta name="mengkeju-sources" content="{digest}">' in HTML, "run: node ledger/log/page/build.mjs"

    def test_says_what_it_does_not_prove_in_both_languages(self):
        assert "本页不能证明什么" in HTML
        assert "What this does not prove" in HTML

    def test_carries_the_licence_of_the_software_inside(self):
        for name in ("@noble/curves", "@noble/hashes", "@noble/post-quantum"):
            assert re.search(f"{name} [0-9.]+: Copyright \\(c\\) ", HTML)
        assert "The MIT License (MIT)" in HTML


class TestSources:
    def test_name_no_registry_host(self):
        assert '"resolved"' not in (FOLDER / "package-lock.json").read_text()

    def test_pin_every_package_to_one_version(self):
        wanted = re.findall(r'"(@noble/[a-z-]+|esbuild)": "([^"]+)"', (FOLDER / "package.json").read_text())

        assert len(wanted) == 4
        assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for _, version in wanted)
