"""The publisher: shows readers what is signed once the witnesses have seen it, and has it time-stamped every hour.

One round, and no unit is open while anybody else is asked:

    1  one snapshot: what is signed, what is published, how every witness stands
    2  whoever lags behind what is signed is asked to cosign it, each by itself: none waits for another
    3  answers are verified; as soon as the policy's quorum is met                                  published, durable
    4  how each witness stands is kept
    5  whoever cosigns and keeps a copy is sent the entries
    6  an hour after the last time stamp, if the log has grown, the authority is asked for another

Whatever dies in between is done again: a witness cosigns the same checkpoint twice, and says what it has seen when we
do not remember. Without the quorum nothing new is shown. A witness that contradicts the log is an alarm, never a vote.
"""

from .daemon import Publisher, Round
from .stamping import Stamps

__all__ = ["Publisher", "Round", "Stamps"]
