"""Who has a part of what is paid, held against the register of assets: holders by their shares, inventors by name.

What a plan or a royalty divides is held against what was agreed to by their own checks; so a part that is taken from a
holder or an inventor consistently, in the agreement and in every division, shows only here. A broker is whom the seller
names: nothing else tells of it.
"""

from collections.abc import Iterator
from typing import Final

from ledger.audit.reading import Entry, Reader
from ledger.audit.report import Finding
from listings.achievements import model as achievements
from settlement.escrow import model as escrow

from .facts import Asset, Facts, Shared
from .trade import opened_of

_AGREED: Final = frozenset({escrow.PLAN_PROPOSED.name, escrow.ROYALTY_PROPOSED.name})


def read_asset(facts: Facts, entry: Entry) -> None:
    """Take the next entry of an asset. Its holders and inventors never change."""
    if entry["kind"] != achievements.ASSET_REGISTERED.name:
        return
    named = opened_of(entry).written.get("inventors")
    inventors = tuple(map(str, named)) if isinstance(named, list | tuple) else None
    known = Asset(holders=_holders(Reader(entry).inside("data"), "holders"), inventors=inventors)
    facts.assets.setdefault(str(entry["subject"]), known)


def read_shares(facts: Facts, entry: Entry, index: int) -> None:
    """Keep whom an entry tells to have a part, where it is opened, and that a settlement was shared at all."""
    kind, subject, opened = str(entry["kind"]), str(entry["subject"]), opened_of(entry)
    if kind == escrow.SHARED.name:
        facts.shared_since = min(index, index if facts.shared_since is None else facts.shared_since)
        holders = _holders(opened, "owners") if opened.has("owners") else None
        facts.shared.append(Shared(index=index, subject=subject, kind=kind, holders=holders))
    elif kind == escrow.SETTLED.name:
        inventors = _inventors(opened, "split") if opened.has("split") else None
        facts.shared.append(Shared(index=index, subject=subject, kind=kind, inventors=inventors))
    elif kind in _AGREED and opened.has("sharing"):
        agreed = opened.inside("sharing")
        holders, inventors = _holders(agreed, "owners"), _inventors(agreed, "inventors")
        facts.shared.append(Shared(index=index, subject=subject, kind=kind, holders=holders, inventors=inventors))


def findings(facts: Facts) -> Iterator[Finding]:
    """Yield whatever gives a part to others than the register names, and what was settled as if there were one holder.

    The latter of what came after the log's first sharing: before, the seller alone was paid.
    """
    shared = {one.subject for one in facts.shared if one.kind == escrow.SHARED.name}
    for one in facts.shared:
        name = _asset_of(facts, one.subject)
        asset = facts.assets.get(name or "")
        if asset is None:
            continue
        if one.holders is not None and one.holders != asset.holders:
            yield Finding(f"{one.subject}: shares otherwise than {name} is held", one.index)
        known = None if asset.inventors is None else set(enumerate(asset.inventors, 1))
        if known is not None and not set(one.inventors or ()) <= known:
            yield Finding(f"{one.subject}: rewards others than the inventors of {name}", one.index)
        since = facts.shared_since
        alone = one.kind == escrow.SETTLED.name and one.subject not in shared and len(asset.holders) > 1
        if alone and since is not None and since < one.index:
            yield Finding(f"{one.subject}: pays its seller alone, and {name} has other holders", one.index)


def _holders(told: Reader, name: str) -> tuple[tuple[str, int], ...]:
    return tuple((one.text("organisation"), one.number("share_bp")) for one in told.each(name))


def _inventors(told: Reader, name: str) -> tuple[tuple[int, str], ...]:
    return tuple((one.number("inventor"), one.text("name")) for one in told.each(name))


def _asset_of(facts: Facts, subject: str) -> str | None:
    beside = facts.settlements.get(subject) or facts.plans.get(subject) or facts.royalties.get(subject)
    lot = facts.lots.get(beside.deal) if beside else None
    listing = facts.listings.get(lot.listing or "") if lot else None
    return listing.asset if listing else None
