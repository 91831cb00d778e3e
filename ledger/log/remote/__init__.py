"""Somebody else's computers, believed in nothing unverified: witnesses, mirrors, a time stamp authority.

`Witness` is one address, `Circle` all of a policy's; `cosignatures` verifies what they answer. `Authority` is asked for
RFC 3161 tokens. Nothing here holds a unit, a store or a database connection.
"""

from .authority import (
    Authority,
    AuthorityProblem,
    AuthorityRefused,
    AuthorityUnreachable,
    NoRoots,
    Stamped,
    TokenNotValid,
    load_roots,
    verify_token,
)
from .circle import Circle, Prove
from .problems import Ahead, FastClock, Inconsistent, Lied, NotTrusted, OldTime, OtherKeys, Unreachable, WitnessProblem
from .witness import Answered, Behind, Pushed, Upload, Witness, cosignatures

__all__ = [
    "Ahead",
    "Answered",
    "Authority",
    "AuthorityProblem",
    "AuthorityRefused",
    "AuthorityUnreachable",
    "Behind",
    "Circle",
    "FastClock",
    "Inconsistent",
    "Lied",
    "NoRoots",
    "NotTrusted",
    "OldTime",
    "OtherKeys",
    "Prove",
    "Pushed",
    "Stamped",
    "TokenNotValid",
    "Unreachable",
    "Upload",
    "Witness",
    "WitnessProblem",
    "cosignatures",
    "load_roots",
    "verify_token",
]
