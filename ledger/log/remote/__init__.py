"""Somebody else's computers, believed in nothing unverified: witnesses, mirrors, a time stamp authority.

`Witness` is one address; `Circle` and `gather` ask all of a policy's at once and return what each came to: cosignatures
that verify, or a named problem. `Authority` is asked for RFC 3161 tokens. Nothing here holds a unit, a store or a
database connection.
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
from .gathering import Circle, Gathered, Prove, gather
from .problems import Ahead, Inconsistent, Lied, NotTrusted, OtherKeys, Unreachable, WitnessProblem
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
    "Gathered",
    "Inconsistent",
    "Lied",
    "NoRoots",
    "NotTrusted",
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
    "gather",
    "load_roots",
    "verify_token",
]
