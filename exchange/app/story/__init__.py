"""The demo's story: invented members who list, bid, sign, pay and settle over HTTP, and an operator who cheats.

`cast` and `offers` say who is in it and what happens, `season` when; `client` is an ordinary caller of the API, `stage`
what the callers know. `acts`, `trade`, `deals` and `incentives` are the story; `table`, `page`, `evidencing` and
`cheat` its end. `demo` is the command, `playground` what `serve --seed` makes.
"""

from .demo import demo
from .playground import seed

__all__ = ["demo", "seed"]
