"""One function per command of an asset, and what readers may see of it."""

from dataclasses import dataclass

from ledger.kernel.cause import Actor, Cause
from ledger.kernel.unit import Unit
from ledger.log import service as log

from .. import rules, store
from ..model import (
    REVIEW,
    ApplicationNumber,
    Asset,
    AssetCommand,
    AssetId,
    EncumbranceId,
    EncumbranceKind,
    Holder,
    IpKind,
    NotAnApplicationNumber,
    NumberMissing,
    NumberNotExpected,
    NumberOfAnotherKind,
    RecordEncumbrance,
    RegisterAsset,
    ReleaseEncumbrance,
    SharesNotWhole,
    UnusableField,
)

READ_INTERNAL = "listings.read_internal"
"""The capability of seeing what is not disclosed: submissions, floor prices, the names of inventors."""
ASSET_REFUSALS = (store.NoSuchAsset,)
REGISTER_REFUSALS = (
    NotAnApplicationNumber,
    UnusableField,
    NumberNotExpected,
    NumberMissing,
    NumberOfAnotherKind,
    SharesNotWhole,
    rules.NotAHolder,
    rules.AssetAlreadyRegistered,
)
ENCUMBER_REFUSALS = (store.NoSuchAsset, rules.NotAHolder, rules.NotForHolders, rules.AssetEngaged, UnusableField)
UNENCUMBER_REFUSALS = (store.NoSuchAsset, rules.NotForHolders, rules.NoSuchEncumbrance)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetView:
    """An asset as somebody sees it; only the `privy` may read its title, its inventors and whom a burden favours."""

    asset: Asset
    privy: bool


def register_asset(
    unit: Unit,
    cause: Cause,
    *,
    kind: IpKind,
    title: str,
    application_number: ApplicationNumber | None,
    holders: tuple[Holder, ...],
    inventors: tuple[str, ...],
) -> Asset:
    """Enter an asset, so that its holders can list it."""
    command = RegisterAsset(
        id=unit.fresh(AssetId),
        kind=kind,
        title=title,
        application_number=application_number,
        holders=holders,
        inventors=inventors,
    )
    decision = rules.register(command, cause)
    store.insert_asset(unit, decision.asset, cause)
    log.record(unit, cause, *decision.events)
    return decision.asset


def record_encumbrance(
    unit: Unit, cause: Cause, id: AssetId, *, kind: EncumbranceKind, holder: str, evidence_sha256: str
) -> EncumbranceId:
    """Record a burden on an asset; return its name."""
    burden = unit.fresh(EncumbranceId)
    _burden(unit, cause, id, RecordEncumbrance(id=burden, kind=kind, holder=holder, evidence_sha256=evidence_sha256))
    return burden


def release_encumbrance(unit: Unit, cause: Cause, id: AssetId, encumbrance: EncumbranceId) -> None:
    """Record that a burden on an asset has ended.

    A listing that a lot holds is locked before the asset, so that the caller may go on to `award` it.
    """
    store.reserved_of(unit, id)
    _burden(unit, cause, id, ReleaseEncumbrance(id=encumbrance))


def find_asset(unit: Unit, cause: Cause, id: AssetId) -> AssetView:
    """Return an asset. Refuses `NoSuchAsset`."""
    asset = store.load_asset(unit, id)
    return AssetView(asset=asset, privy=is_internal(cause.actor) or asset.is_held_by(cause.actor.organisation))


def _burden(unit: Unit, cause: Cause, id: AssetId, command: AssetCommand) -> None:
    decision = rules.decide_asset(store.load_asset(unit, id, lock=True), command, cause)
    store.save_asset(unit, decision.asset)
    log.record(unit, cause, *decision.events)


def is_internal(actor: Actor) -> bool:
    """Whether somebody may see what is not disclosed."""
    return actor.may(REVIEW) or actor.may(READ_INTERNAL)
