"""Why a witness did not help, by name: what its operator, or ours, has to look into."""

from ledger.kernel.errors import Kind, Refusal

from ..notes import Note


class WitnessProblem(Refusal):
    """A witness does not help."""

    kind = Kind.UNAVAILABLE
    zh = "见证人未能联署"
    shown: Note | None = None  # of one that contradicts us: the newest checkpoint it shows, unverified


class Unreachable(WitnessProblem):
    """The witness does not answer."""

    zh = "见证人无应答"


class NotTrusted(WitnessProblem):
    """The witness does not trust this log, or not by these keys."""

    kind = Kind.FORBIDDEN
    zh = "见证人不信任本日志"


class Ahead(WitnessProblem):
    """The witness has seen more of this log than there is here."""

    kind = Kind.CONFLICT
    zh = "见证人所见日志超前于本库"


class Inconsistent(WitnessProblem):
    """The witness has seen another history of this log."""

    kind = Kind.CONFLICT
    zh = "见证人所见日志与本库不一致"


class Lied(WitnessProblem):
    """The witness answers what cannot be so."""

    kind = Kind.CONFLICT
    zh = "见证人的应答不实"


class FastClock(WitnessProblem):
    """The witness signs with a time that is still to come: its clock runs fast, or once did."""

    zh = "见证人时钟超前"


class OldTime(WitnessProblem):
    """The witness signs with a time long before it was asked."""

    zh = "见证人签署时间过早"


class OtherKeys(WitnessProblem):
    """The witness signs with none of the keys that the policy names."""

    kind = Kind.CONFLICT
    zh = "见证人未用策略所列密钥联署"
