"""Become the account a server runs as, arrange to end with the owner, then be the server.

Run as a script, `launch.py SIGNAL UID GID OWNER COMMAND...`, by a fresh interpreter: forking a threaded program and
running Python before `exec` can deadlock, and only the kernel can tell a server that its owner was killed. Imports
nothing of ours.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Replace this process by the server; an error ends up, in one line, in the server's log."""
    end_signal, uid, gid, owner = (int(argument) for argument in arguments[:4])
    command = arguments[4:]
    os.umask(0o077)
    try:
        if uid != os.geteuid():
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        if sys.platform == "linux":  # after setuid, which clears it
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, end_signal)
        if os.getppid() == owner:
            os.execv(command[0], command)  # noqa: S606 - no shell is meant
    except OSError as error:
        sys.exit(f"FATAL: cannot run {command[0]} as user {uid}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
