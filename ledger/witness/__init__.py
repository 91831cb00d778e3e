"""The witness (见证人), run by a regulator apart from the exchange: it vouches that a log only grew, and mirrors it."""
