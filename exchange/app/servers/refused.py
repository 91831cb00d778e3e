"""How the servers say that they cannot start."""


class CannotStart(Exception):  # noqa: N818 - an answer to a person, in one line
    """The embedded servers cannot run here; the message is one line and says what to do about it."""


class InUse(CannotStart):
    """Another process already runs the servers of this folder."""
