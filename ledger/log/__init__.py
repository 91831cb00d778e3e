"""The log: what happened, in order, signed, so that an outsider can check it."""
