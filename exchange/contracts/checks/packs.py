"""What an auditor asks of a pack, from its files alone. Pure; whose key to trust is handed in.

1. `manifest`: the files are those that `pack.json` lists, byte for byte.
2. `facts`: what the pack is computed from can be read at all.
3. `proven`: the checkpoint is signed, and every entry stands in the log it signs.
4. `chains`: each subject is there from its first entry, chained, the lot has its result, and a deal all its subjects.
5. `disclosed`: opened values fit the digests in the entries, are none but a seller's to see, and bear out who bought.
6. `derived`: every other file is what the entries make it, and there is no further file.

Not checked here: whether each subject is lawful in itself (the wings' own checks), whether those of a deal agree
(`deal`), and what the record says of the subjects after the last entry in the pack, or of a claim that is left out,
which only a copy of the log can show.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from exchange.auctions.model import LOT_SOLD, LOT_UNSOLD, LOT_WITHDRAWN, SALE_FELL_THROUGH, LotId
from ledger.audit.entries import Envelope, NotAnEntry, read, read_canonical
from ledger.kernel.canonical import Json
from ledger.kernel.errors import Refusal
from ledger.log import checkpoints, merkle, notes, proofs, signers
from ledger.log.model import Disclosure
from ledger.log.signers import VerifierKey

from .. import rules
from ..model import (
    CHECKPOINT,
    DEAL_VERSION,
    DISCLOSURES,
    FORMAT,
    MANIFEST,
    MAX_EDITION,
    VERSIONS,
    VKEY,
    Exhibit,
    Facts,
    entry_name,
    proof_name,
)
from ..rules import About
from .deal import across

RESULTS: Final = frozenset({LOT_SOLD.name, LOT_UNSOLD.name, LOT_WITHDRAWN.name})
MAX_NESTING: Final = 32  # ours nest four deep
_ENTRY: Final = re.compile(r"entries/([0-9]{9,19})\.json", re.ASCII)


class NotAPack(ValueError):  # noqa: N818 - a finding, not a failure of ours
    """These files cannot be read as a pack; the message says why."""


def check(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what is wrong with a pack, apart from its signature and proofs: see `proven`."""
    yield from manifest(files)
    try:
        found = facts(files)
    except NotAPack as error:
        yield str(error)
        return
    yield from chains(found)
    yield from disclosed(found)
    yield from derived(files, found)
    yield from across(found)


def manifest(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield where the files differ from those that `pack.json` lists."""
    try:
        listed = {str(one["name"]): one for one in _manifest(files)["files"]}
    except NotAPack as error:
        yield str(error)
        return
    except (TypeError, KeyError):
        yield f"{MANIFEST}: lists no files"
        return
    for name in sorted(listed.keys() - files.keys()):
        yield f"{name}: is listed in {MANIFEST} and missing"
    for name in sorted(files.keys() - listed.keys() - {MANIFEST}):
        yield f"{name}: is not listed in {MANIFEST}"
    for name in sorted(files.keys() & listed.keys()):
        if hashlib.sha256(files[name]).hexdigest() != listed[name].get("sha256"):
            yield f"{name}: is not the file that {MANIFEST} lists"


def facts(files: Mapping[str, bytes]) -> Facts:
    """Read what the pack is computed from, or raise `NotAPack` for the first thing that cannot be read."""
    about = _manifest(files)
    version = next(one for one in VERSIONS if one == about["v"])  # a whole number, whatever was written
    try:
        lot = LotId(str(about.get("lot")))
        vkey = _file(files, VKEY).decode("ascii").removesuffix("\n")
        signers.parse_vkey(vkey)
        checkpoints.parse(notes.parse(_file(files, CHECKPOINT)).text)
    except (Refusal, ValueError) as error:
        raise NotAPack(f"the lot, the key or the checkpoint cannot be read: {error}") from error
    return Facts(
        lot=lot,
        vkey=vkey,
        checkpoint=files[CHECKPOINT],
        exhibits=tuple(_exhibits(files)),
        disclosures=tuple(_disclosures(_file(files, DISCLOSURES))),
        version=version,
        edition=_edition(about) if version == DEAL_VERSION else 1,
    )


def proven(found: Facts, keys: Collection[VerifierKey]) -> Iterator[str]:
    """Yield which entries are not proven under a checkpoint that one of `keys` signed."""
    for one in found.exhibits:
        name = proof_name(one.index)
        try:
            proof = proofs.parse(one.proof)
            proofs.verify(proof, entry=one.entry, keys=keys)
        except Refusal as refusal:
            yield f"{name}: does not prove {entry_name(one.index)}: {refusal.detail}"
            continue
        if proof.index != one.index:
            yield f"{name}: is of entry {proof.index}"
        if proof.checkpoint != found.checkpoint:
            yield f"{name}: rests on another checkpoint"
        if proof.extra is not None:
            yield f"{name}: carries something that nobody signed"


def chains(found: Facts) -> Iterator[str]:
    """Yield which subjects are not there from their first entry, unbroken, and whether the lot has no result."""
    envelopes = [(one, read(one.entry)) for one in found.exhibits]
    record = rules.read(found)
    if record.listing is not None and record.asset is None:
        yield f"{record.listing}: names no asset"
    heads: dict[str, tuple[int, str | None]] = dict.fromkeys(record.subjects, (0, None))
    for one, envelope in envelopes:
        name, subject = entry_name(one.index), envelope["subject"]
        if subject not in heads:
            yield f"{name}: is about {subject}, which this pack is not about"
            continue
        if (envelope["seq"], envelope["prev"]) != heads[subject]:
            yield f"{name}: does not follow the entry before it of {subject}"
        heads[subject] = envelope["seq"] + 1, merkle.leaf_hash(one.entry).hex()
    for subject, (seq, _) in heads.items():
        if not seq:
            yield f"{subject}: has no entry here"
    result = _result([envelope["kind"] for _, envelope in envelopes if envelope["subject"] == found.lot])
    if result not in RESULTS:
        yield f"{found.lot}: ends without a result"
    if found.version == DEAL_VERSION:
        yield from _whole(record, sold=result == LOT_SOLD.name)


def disclosed(found: Facts) -> Iterator[str]:
    """Yield which opened values do not fit the entries, or are not the seller's to see."""
    envelopes = {envelope["id"]: envelope for envelope in (read(one.entry) for one in found.exhibits)}
    lawful = rules.entitled(rules.read(found), found.disclosures)
    for one in found.disclosures:
        what = f"{DISCLOSURES}: {one.field} of {one.entry}"
        if not _fits(one, envelopes.get(one.entry)):
            yield f"{what} is not what the entry seals"
        elif one not in lawful:
            yield f"{what} is not the seller's to see"
    yield from _unsupported(rules.read(found))
    if len({(one.entry, one.field) for one in found.disclosures}) != len(found.disclosures):
        yield f"{DISCLOSURES}: opens a value twice"


def derived(files: Mapping[str, bytes], found: Facts) -> Iterator[str]:
    """Yield which files are not what the entries make them, and which a pack does not have."""
    expected = rules.assemble(found)
    for name in sorted(expected.keys() | files.keys()):
        if name not in files:
            yield f"{name}: is missing"
        elif name not in expected:
            yield f"{name}: is no part of a pack"
        elif files[name] != expected[name]:
            yield f"{name}: does not say what the entries say"


def about(found: Facts) -> About:
    """Return what the pack is about, as far as the entries say: the lot, its listing and asset, and what a deal has."""
    return rules.read(found)


def entries_of(found: Facts, subject: str | None) -> list[dict[str, Json]]:
    """Return a subject's entries with what is opened of them, as the wings' own checks read them."""
    return [{**line.envelope.written, "opened": line.opened.written} for line in rules.read(found).of(subject)]


def _manifest(files: Mapping[str, bytes]) -> dict[str, Any]:  # Any: JSON of somebody else's making
    try:
        about = json.loads(_file(files, MANIFEST))
    except (ValueError, RecursionError) as error:
        raise NotAPack(f"{MANIFEST}: cannot be read: {error}") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise NotAPack(f"{MANIFEST}: is not of a {FORMAT}")
    if about.get("v") not in VERSIONS:
        known = ", ".join(str(one) for one in VERSIONS)
        raise NotAPack(f"{MANIFEST}: is of a version not known here ({known})")
    return about


def _edition(about: Mapping[str, object]) -> int:
    edition = about.get("edition")
    if not isinstance(edition, int) or isinstance(edition, bool) or not 1 <= edition <= MAX_EDITION:
        raise NotAPack(f"{MANIFEST}: names no edition")
    return edition


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise NotAPack(f"{name}: is missing")
    return files[name]


def _exhibits(files: Mapping[str, bytes]) -> Iterator[Exhibit]:
    found = {int(match[1]): name for name in files if (match := _ENTRY.fullmatch(name))}
    for index, name in sorted(found.items()):
        if name != entry_name(index):
            raise NotAPack(f"{name}: is not how entry {index} is named")
        try:
            _require_shallow(read(files[name]))
        except NotAnEntry as error:
            raise NotAPack(f"{name}: {error}") from error
        yield Exhibit(index=index, entry=files[name], proof=_file(files, proof_name(index)))


def _disclosures(content: bytes) -> Iterator[Disclosure]:
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            written = read_canonical(line)
            if not isinstance(written, dict):
                raise ValueError("is no object")
            _require_shallow(written)
            yield rules.disclosure(written)
        except (Refusal, ValueError) as error:
            raise NotAPack(f"{DISCLOSURES}: line {number} {error}") from error


def _require_shallow(value: object) -> None:
    """Raise `NotAnEntry` for what is nested so deeply that reading it might fail in one place and not in another."""
    level = [value]
    for _ in range(MAX_NESTING):
        inner = [part.values() if isinstance(part, dict) else part for part in level if isinstance(part, dict | list)]
        level = [part for parts in inner for part in parts]
        if not level:
            return
    raise NotAnEntry("is nested too deeply")


def _result(kinds: list[str]) -> str | None:
    """Return the kind of a lot's last entry, or of the one before it where a sale fell through.

    A lot's own pack tells of that too, if it was built so late.
    """
    if kinds[-2:] == [LOT_SOLD.name, SALE_FELL_THROUGH.name]:
        return LOT_SOLD.name
    return kinds[-1] if kinds else None


def _whole(record: rules.Record, *, sold: bool) -> Iterator[str]:
    """Yield which subjects a deal has and the pack has not; of what was not sold, whether there is a contract."""
    if sold and record.contract is None:
        yield f"{record.lot}: was sold, and no contract here names it"
    if sold and record.settlement is None:
        yield f"{record.lot}: was sold, and no settlement here names it"
    if not sold and record.contract is not None:
        yield f"{record.contract}: is of a lot that was not sold"


def _unsupported(record: rules.Record) -> Iterator[str]:
    """Yield where the buyer is opened and what it is to be held against is not, or not that the seller itself acted."""
    if not any(line.opened.text("buyer") for line in record.lines):
        return
    needed = [(line, rules.NAMING[line.kind][0]) for line in rules.resting_on(record)]
    needed += [(line, "by") for line in rules.acts_of_seller(record)]
    for line, field in needed:
        if not line.opened.written.get(field):
            yield f"{DISCLOSURES}: opens the buyer, and not the {field} of {line.id}, which it must be"


def _fits(one: Disclosure, envelope: Envelope | None) -> bool:
    return envelope is not None and envelope["sealed"].get(one.field) == one.digest
