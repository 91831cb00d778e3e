"""The demo's story: invented members who list, bid and close over HTTP, and an operator who cheats and is caught.

`cast` and `offers` say who is in it and what happens; `client` is an ordinary caller of the API; `acts` and `trade` are
the story; `table`, `evidencing` and `cheat` are its end; `demo` is the command, `playground` what `serve --seed` makes.
"""

from .demo import demo
from .playground import seed

__all__ = ["demo", "seed"]
