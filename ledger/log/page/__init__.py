"""The page that verifies a proof without a server: one HTML file that needs nothing else.

It is built from `src/` by `build.mjs`; the built file is committed, so that whoever reads this repository has it.
"""

from importlib import resources


def html() -> bytes:
    """Return the page as it is served, exported, or handed over on a stick."""
    return resources.files(__name__).joinpath("verify.html").read_bytes()
