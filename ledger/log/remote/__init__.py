"""Our witnesses and mirrors, who are somebody else's computers: asked over HTTP, believed in nothing unverified.

`Witness` is one address; `Circle` and `gather` ask all of a policy's at once and return what each came to: cosignatures
that verify, or a named problem. Nothing here holds a unit, a store or a database connection.
"""

from .gathering import Circle, Gathered, Prove, gather
from .problems import Ahead, Inconsistent, Lied, NotTrusted, OtherKeys, Unreachable, WitnessProblem
from .witness import Answered, Behind, Pushed, Upload, Witness, cosignatures

__all__ = [
    "Ahead",
    "Answered",
    "Behind",
    "Circle",
    "Gathered",
    "Inconsistent",
    "Lied",
    "NotTrusted",
    "OtherKeys",
    "Prove",
    "Pushed",
    "Unreachable",
    "Upload",
    "Witness",
    "WitnessProblem",
    "cosignatures",
    "gather",
]
