"""One function per step of a record pack's life: requested, claimed, assembled, recorded; and who may read it.

An edition is requested in the transaction that brings the lot, or its deal, to an end. Building takes three
transactions, none long: a claim with a lease, one read snapshot, and a record that holds only while the claim is ours.
So two workers, or one killed anywhere, leave exactly one pack; what a worker did not finish becomes due again when its
lease runs out. A request that finds an edition still to be built takes it from whoever is at it, who may have read the
record before what is requested now.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from exchange.auctions import service as auctions
from exchange.auctions.model import LotId
from ledger.kernel.cause import TIME, Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.unit import Unit, Units
from ledger.log import checkpoints, notes
from ledger.log import service as log
from ledger.log.model import Event
from settlement.escrow import service as escrow
from settlement.subsidies import service as subsidies

from .. import rules
from ..model import (
    DEAL_VERSION,
    PACK_BUILT,
    READ_ALL,
    Claim,
    Exhibit,
    Facts,
    Occasion,
    Pack,
    PackId,
    PackState,
    Shelf,
)
from ..store import packs as store
from . import agreements

LEASE: Final = timedelta(seconds=30)
TOKEN_BYTES: Final = 16
BIRTHDAY: Final = (1980, 1, 1, 0, 0, 0)  # the first instant a zip can tell: a pack's bytes depend on no clock
PLAIN_FILE: Final = 0o100644 << 16


class NoSuchPack(Refusal):
    """There is no record pack of this lot that you may see."""

    kind = Kind.NOT_FOUND
    zh = "没有您可以查看的该标的存证包"


class NotBuiltYet(Refusal):
    """The record pack is still being built."""

    kind = Kind.UNAVAILABLE
    zh = "存证包正在生成"


READING_REFUSALS = (NoSuchPack, NotBuiltYet)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """The bytes of a pack, and the size of the log they were taken from."""

    log_size: int
    content: bytes

    @property
    def sha256(self) -> str:
        """What the record says of the pack."""
        return hashlib.sha256(self.content).hexdigest()


def request(unit: Unit, cause: Cause, lot: LotId, occasion: Occasion = Occasion.CLOSED) -> None:
    """Ask for an edition of a lot's pack, in the transaction of its `occasion`; the lot's own is asked for once.

    An edition of the deal that is not built yet will tell of this too, and no other is made: whoever holds it loses it,
    so that it is assembled from a snapshot that begins after this commit.
    """
    if occasion is Occasion.CLOSED:
        _insert(unit, cause, lot, occasion, edition=1)
        return
    while True:
        edition = store.next_edition(unit, lot)  # read first, so that what a rival adds meanwhile is in the way
        if store.renew(unit, lot, occasion) or _insert(unit, cause, lot, occasion, edition=edition):
            return


def due(unit: Unit, limit: int = 100) -> list[PackId]:
    """Return requested packs that no worker holds, the longest requested first."""
    return store.due(unit, unit.real_now(), limit)


def claim(unit: Unit, id: PackId) -> Claim | None:
    """Hold a pack for `LEASE`; None when there is nothing to do, or another worker is at it."""
    token = Claim(unit.random(TOKEN_BYTES).hex())
    now = unit.real_now()
    return token if store.claim(unit, id, token, at=now, until=now + LEASE) else None


def give_back(unit: Unit, id: PackId, token: Claim) -> bool:
    """Let go of a pack without counting an attempt; False when the claim is not ours any more."""
    return store.give_back(unit, id, token)


def assemble(unit: Unit, id: PackId, *, vkey: str) -> Assembled | None:
    """Put the pack together in one snapshot; None while entries of its subjects are on their way to the log."""
    pack = store.find(unit, id)
    facts = _gather(unit, pack, vkey) if pack else None
    if facts is None:
        return None
    checkpoint = checkpoints.parse(notes.parse(facts.checkpoint).text)
    return Assembled(log_size=checkpoint.size, content=zipped(rules.assemble(facts)))


def record(unit: Unit, id: PackId, token: Claim, built: Assembled) -> bool:
    """Keep the pack and put it on the record; False, and nothing done, when the claim is not ours any more."""
    kept = store.save_built(
        unit, id, token, at=unit.now(), log_size=built.log_size, sha256=built.sha256, content=built.content
    )
    pack = store.find(unit, id) if kept else None
    if pack is None:
        return False
    cause = Cause(actor=TIME, at=unit.now(), request_id="pack")
    log.record(unit, cause, _built(pack, built))
    return True


def build(units: Units, id: PackId, *, vkey: str) -> bool:
    """Claim, assemble and record a pack; True when this call built it. Safe to call at any time, any number of times.

    When it raises, the claim stays until its lease runs out, so that what cannot be built is not tried in a circle.
    """
    with units.begin() as unit:
        token = claim(unit, id)
    if token is None:
        return False
    with units.read() as unit:
        built = assemble(unit, id, vkey=vkey)
    with units.begin() as unit:
        if built is None:
            give_back(unit, id, token)
            return False
        return record(unit, id, token, built)


def find(unit: Unit, cause: Cause, lot: LotId, edition: int | None = None) -> Shelf:
    """Return how far an edition of a lot's pack is, to its seller or a reader of all: the newest built, or one named.

    While none is built it is the newest requested. Refuses `NoSuchPack`.
    """
    editions = store.editions(unit, lot)
    if not editions or not _may_read(unit, cause, lot):
        raise NoSuchPack("packs are made of closed lots, for their sellers")
    built = [one for one in editions if one.state is PackState.BUILT]
    wanted = [one for one in editions if one.edition == edition] if edition is not None else built or editions
    if not wanted:
        raise NoSuchPack("there is no such edition", newest=editions[0].edition)
    found = wanted[0]
    newer = (one.edition for one in editions if one.state is PackState.REQUESTED and one.edition > found.edition)
    return Shelf(pack=found, newer_edition=next(newer, None))


def content(unit: Unit, cause: Cause, lot: LotId, edition: int | None = None) -> tuple[Pack, bytes]:
    """Return a built edition with its bytes, as `find` chooses it. Refuses `NoSuchPack`, `NotBuiltYet`."""
    pack = find(unit, cause, lot, edition).pack
    found = store.content(unit, pack.id)
    if found is None:
        raise NotBuiltYet("ask again shortly", pack=pack.id)
    return pack, found


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return the zip of `files`: names sorted, nothing compressed, no clock; the same files make the same bytes.

    Stored and not deflated, because what compression makes of a file depends on the library of the day.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(name, date_time=BIRTHDAY)
            info.create_system = 3  # Unix, wherever it is made
            info.external_attr = PLAIN_FILE
            archive.writestr(info, content)
    return target.getvalue()


def _insert(unit: Unit, cause: Cause, lot: LotId, occasion: Occasion, *, edition: int) -> bool:
    new = Pack(
        id=unit.fresh(PackId),
        lot=lot,
        edition=edition,
        occasion=occasion,
        state=PackState.REQUESTED,
        requested_at=cause.at,
    )
    return store.insert(unit, new)


def _built(pack: Pack, built: Assembled) -> Event:
    return PACK_BUILT(pack.id, lot=pack.lot, edition=pack.edition, sha256=built.sha256, log_size=built.log_size)


def _may_read(unit: Unit, cause: Cause, lot: LotId) -> bool:
    return cause.actor.may(READ_ALL) or auctions.find(unit, cause, lot).lot.seller == cause.actor.organisation


def _gather(unit: Unit, pack: Pack, vkey: str) -> Facts | None:
    """Read the entries of every subject of the pack: of a lot's, those that its entries name, one after the other."""
    lot = LotId(pack.lot)
    subjects: tuple[str, ...] = (lot, *(_of_deal(unit, lot) if pack.version == DEAL_VERSION else ()))
    while True:
        proven = log.history(unit, subjects)
        if not proven or any(log.waiting(unit, one) for one in subjects):
            return None
        named = rules.related(lot, (rules.parse(one.entry.content) for one in proven), pack.version).subjects
        if set(named) <= set(subjects):
            break
        subjects = tuple(dict.fromkeys((*subjects, *named)))
    facts = Facts(
        lot=lot,
        vkey=vkey,
        checkpoint=proven[0].proof.checkpoint,
        exhibits=tuple(
            Exhibit(index=one.proof.index, entry=one.entry.content, proof=bytes(one.proof)) for one in proven
        ),
        disclosures=(),
        version=pack.version,
        edition=pack.edition,
    )
    offered = log.disclosures(unit, [one.entry.id for one in proven])
    return rules.opened(facts, offered)


def _of_deal(unit: Unit, lot: LotId) -> list[str]:
    """Return the contract, the settlement and the claims of a lot: they name it, and it does not name them."""
    contract, settlement = agreements.contract_of(unit, lot), escrow.of_deal(unit, lot)
    claims = subsidies.claims_of(unit, contract.id) if contract else []
    return [one.id for one in (contract, settlement, *claims) if one is not None]
