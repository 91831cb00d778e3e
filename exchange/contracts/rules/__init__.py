"""The verbs of a record pack: pure functions from facts to files.

`assemble` is the whole of it. The same facts make the same bytes, wherever and whenever; so a pack is checked by
taking its facts and assembling them again. `reading` reads entries, `entitled` says which sealed values are opened,
`page` with `ladder`, `bids` and `timeline` is what people see.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from ledger.kernel import canonical
from ledger.kernel.canonical import Json
from ledger.log import checkpoints, notes
from ledger.log.model import Disclosure

from ..model import (
    CHECKPOINT,
    DEAL_VERSION,
    DISCLOSURES,
    FORMAT,
    MANIFEST,
    PAGE,
    README,
    TIMELINE,
    VKEY,
    Facts,
    entry_name,
    proof_name,
)
from .deal import DEAL_README_TEXT, deal_page
from .entitled import NAMING, OPENED, acts_of_seller, entitled, resting_on
from .page import page
from .reading import About, Line, Record, disclosure, parse, read, related
from .readme import README_TEXT
from .timeline import pretty, timeline

__all__ = [
    "NAMING",
    "OPENED",
    "About",
    "Line",
    "Record",
    "acts_of_seller",
    "assemble",
    "disclosure",
    "entitled",
    "opened",
    "parse",
    "read",
    "related",
    "resting_on",
]


def assemble(facts: Facts) -> dict[str, bytes]:
    """Return every file of the pack by name. `facts.disclosures` are taken as they are: see `entitled`.

    Refuses `NotANote` and `NotACheckpoint` for a checkpoint that is none. Nothing is verified: see `checks`.
    """
    record = read(facts)
    of_deal = facts.version == DEAL_VERSION
    files = {
        README: (DEAL_README_TEXT if of_deal else README_TEXT).encode(),
        PAGE: deal_page(facts, record) if of_deal else page(facts, record),
        TIMELINE: timeline(record),
        CHECKPOINT: facts.checkpoint,
        VKEY: f"{facts.vkey}\n".encode(),
        DISCLOSURES: b"".join(map(_disclosure_line, facts.disclosures)),
    }
    for one in facts.exhibits:
        files[entry_name(one.index)] = one.entry
        files[proof_name(one.index)] = one.proof
    return files | {MANIFEST: pretty(_manifest(facts, record, files))}


def opened(facts: Facts, offered: Iterable[Disclosure]) -> Facts:
    """Return the facts with those of the `offered` values that the seller may see."""
    return replace(facts, disclosures=entitled(read(facts), offered))


def _manifest(facts: Facts, record: Record, files: dict[str, bytes]) -> Json:
    checkpoint = checkpoints.parse(notes.parse(facts.checkpoint).text)
    of_deal: dict[str, Json] = {
        "edition": facts.edition,
        "contract": record.contract,
        "settlement": record.settlement,
        "claims": list(record.claims),
    }
    return {
        "format": FORMAT,
        "v": facts.version,
        "origin": checkpoint.origin,
        "log_size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "vkey": facts.vkey,
        "lot": record.lot,
        "listing": record.listing,
        "asset": record.asset,
        "rule": _rule(record),
        "entries": [
            {"index": line.index, "subject": line.subject, "seq": line.envelope.written.get("seq"), "kind": line.kind}
            for line in record.lines
        ],
        "files": [
            {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
            for name, content in sorted(files.items())
        ],
        **(of_deal if facts.version == DEAL_VERSION else {}),
    }


def _rule(record: Record) -> str | None:
    first = next(iter(record.of(record.lot)), None)
    return first.envelope.text("rule") if first else None


def _disclosure_line(one: Disclosure) -> bytes:
    return canonical.encode({"entry": one.entry, "field": one.field, "salt": one.salt, "value": one.value}) + b"\n"
