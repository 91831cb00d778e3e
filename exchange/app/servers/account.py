"""Whom the servers run as. PostgreSQL refuses to be root, so root lends it an unprivileged account."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from .refused import CannotStart

LENT: Final = ("postgres", "nobody")  # accounts that root may lend, the first that exists


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user that has an entry in the password database, as `initdb` requires."""

    name: str
    uid: int
    gid: int

    @classmethod
    def for_folder(cls, folder: Path) -> Self:
        """Return the account for servers whose files lie in `folder`; it need not exist yet.

        Ordinary users run their own servers. Root runs them as whoever owns the data, so that a folder does not
        change hands, and lends an account to new data.
        """
        if os.geteuid() != 0:
            return cls._of(os.geteuid())
        for owned in (folder, *sorted(folder.glob("postgres-*"))):
            if owned.is_dir() and owned.stat().st_uid != 0:
                return cls._of(owned.stat().st_uid)
        for name in LENT:
            try:
                return cls._of(pwd.getpwnam(name).pw_uid)
            except KeyError:
                continue
        raise CannotStart(f"PostgreSQL cannot run as root and there is no user named {' or '.join(LENT)} to run it as")

    @classmethod
    def _of(cls, uid: int) -> Self:
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise CannotStart(
                f"user id {uid} has no entry in /etc/passwd, which PostgreSQL requires: "
                "add one, or set MENGKEJU_DATABASE_URL and MENGKEJU_REDIS_URL"
            ) from None
        return cls(name=entry.pw_name, uid=uid, gid=entry.pw_gid)

    @property
    def lent(self) -> bool:
        """Whether we are root and the servers are not."""
        return self.uid != os.geteuid()

    def give(self, path: Path, mode: int) -> None:
        """Make `path` this account's, with exactly this mode."""
        if self.lent:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        path.chmod(mode)

    def can_enter(self, folder: Path) -> bool:
        """Whether every folder on the way lets this account pass, by its mode; access lists are not considered."""
        folder = folder.resolve()
        return all(self._may(way, stat.S_IXOTH) for way in (folder, *folder.parents))

    def can_read(self, file: Path) -> bool:
        """Whether this account can reach and read `file`."""
        return file.exists() and self.can_enter(file.parent) and self._may(file, stat.S_IROTH)

    def _may(self, path: Path, bit: int) -> bool:
        status = path.stat()
        if status.st_uid == self.uid:
            bit <<= 6
        elif status.st_gid == self.gid:
            bit <<= 3
        return bool(status.st_mode & bit)
