"""Writing the log out as a folder of static files (C2SP tlog-tiles) that grows with the log.

    checkpoint · log.vkey · tile/<L>/<N>[.p/<W>] · tile/entries/<N>[.p/<W>]

Exactly the files that the size implies. `growing` holds the order in which they come and go, `disk` what is done to
files and folders, `opened` the sealed values that are written beside an export.
"""

from .disk import CHECKPOINT, VKEY, Disk, NotOurFolder, holding, is_ours, require_new
from .growing import AnotherLog, Forked, OlderThanExport, Progress, RecordDiffers, Source, export
from .opened import disclosure_line, write_disclosures

__all__ = [
    "CHECKPOINT",
    "VKEY",
    "AnotherLog",
    "Disk",
    "Forked",
    "NotOurFolder",
    "OlderThanExport",
    "Progress",
    "RecordDiffers",
    "Source",
    "disclosure_line",
    "export",
    "holding",
    "is_ours",
    "require_new",
    "write_disclosures",
]
