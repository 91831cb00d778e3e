"""Reading a zip that may be hostile: into names and bytes, or a reason why not.

Nothing is written to disk. Only names that a pack can have are accepted, so no path leads anywhere; sizes are counted
while unpacking, never believed.
"""

import hashlib
import re
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Final

from ledger.audit.folder import read_plain
from ledger.audit.report import Wrong

MAX_ZIP_BYTES: Final = 256 * 2**20
MAX_FILES: Final = 100_000  # twice as many as the entries of the busiest lot one would care to print
MAX_FILE_BYTES: Final = 64 * 2**20
MAX_TOTAL_BYTES: Final = 512 * 2**20
MAX_DIRECTORY_BYTES: Final = MAX_FILES * 128  # a pack's names are short; keeps a directory of millions from being read

_END: Final = b"PK\x05\x06"
_END_BYTES: Final = 22
_END_64_LOCATOR: Final = b"PK\x06\x07"
_NAME: Final = re.compile(
    r"README\.txt|index\.html|pack\.json|timeline\.json|checkpoint|log\.vkey|disclosures\.jsonl"
    r"|entries/[0-9]{9,19}\.json|proofs/[0-9]{9,19}\.tlog-proof",
    re.ASCII,
)
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
"""What the library raises for zips that are cut, garbled, encrypted or packed in ways it does not know."""


def unpack(path: Path) -> dict[str, bytes]:
    """Return the files of the zip at `path` by name, or raise `Wrong` for the first thing that is not of a pack."""
    content = read_plain(path.resolve(), path.name, MAX_ZIP_BYTES)
    _require_small_directory(content)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return _read(archive)
    except _BROKEN as error:
        raise Wrong(path.name, f"is not a sound zip: {error}") from error


def sha256(path: Path) -> str:
    """Return the hash of the file at `path`, which is what the record names a pack by; or raise `Wrong`."""
    return hashlib.sha256(read_plain(path.resolve(), path.name, MAX_ZIP_BYTES)).hexdigest()


def _require_small_directory(content: bytes) -> None:
    end = content[-_END_BYTES:]
    if len(end) < _END_BYTES or not end.startswith(_END):
        raise Wrong("zip", "is not a zip, or does not end where a zip ends")
    if content[-_END_BYTES - 20 :].startswith(_END_64_LOCATOR):
        raise Wrong("zip", "is of the kind for huge files, which no pack is")
    if int.from_bytes(end[12:16], "little") > MAX_DIRECTORY_BYTES:
        raise Wrong("zip", f"lists more than the {MAX_FILES} files that a pack may have")


def _read(archive: zipfile.ZipFile) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MAX_TOTAL_BYTES
    for info in archive.infolist():
        if not _NAME.fullmatch(info.orig_filename):
            raise Wrong(info.orig_filename, "is no part of a pack")
        if info.filename in files:
            raise Wrong(info.filename, "is in the zip twice")
        with archive.open(info) as file:
            content = file.read(min(left, MAX_FILE_BYTES) + 1)
        if len(content) > MAX_FILE_BYTES:
            raise Wrong(info.filename, f"unpacks to more than {MAX_FILE_BYTES} bytes")
        if len(content) > left:
            raise Wrong("zip", f"unpacks to more than {MAX_TOTAL_BYTES} bytes")
        left -= len(content)
        files[info.filename] = content
    return files
