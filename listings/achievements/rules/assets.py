"""The verbs of an asset: entering it, and recording what burdens it.

A burden is a fact of the register or of a court, not of this exchange: an officer may record any, a holder those it
agreed to itself. A holder may not record a new one while a deal holds the asset, and only an officer may record that
one has ended.
"""

from dataclasses import replace

from ledger.kernel.cause import Actor, Cause
from ledger.kernel.errors import Kind, Refusal, invariant

from ..model import (
    ASSET_ENCUMBERED,
    ASSET_ENCUMBRANCE_RELEASED,
    ASSET_REGISTERED,
    REVIEW,
    Asset,
    AssetCommand,
    AssetDecision,
    Encumbrance,
    EncumbranceKind,
    Mode,
    RecordEncumbrance,
    RegisterAsset,
    ReleaseEncumbrance,
)

AGREED = frozenset(
    {
        EncumbranceKind.PLEDGE,
        EncumbranceKind.EXCLUSIVE_LICENCE,
        EncumbranceKind.SOLE_LICENCE,
        EncumbranceKind.ORDINARY_LICENCE,
    }
)
"""The burdens a holder enters into itself; the others are imposed on it."""

_ALL = frozenset(Mode)
_LICENCES = frozenset({Mode.EXCLUSIVE_LICENCE, Mode.SOLE_LICENCE, Mode.ORDINARY_LICENCE})
BLOCKS = {
    EncumbranceKind.PLEDGE: _ALL,  # 民法典 art. 444: neither assigned nor licensed while pledged
    EncumbranceKind.DISPUTE: _ALL,
    EncumbranceKind.PRESERVATION: _ALL,
    EncumbranceKind.EXCLUSIVE_LICENCE: _LICENCES,  # an assignee takes the asset subject to it
    EncumbranceKind.SOLE_LICENCE: _LICENCES,
    EncumbranceKind.ORDINARY_LICENCE: frozenset({Mode.EXCLUSIVE_LICENCE, Mode.SOLE_LICENCE}),
}
"""Which ways to a deal each burden closes while it is in force."""


class NotAHolder(Refusal):
    """Only a holder of the asset may do this."""

    kind = Kind.FORBIDDEN
    zh = "仅权利人可以办理"


class NotForHolders(Refusal):
    """Only an officer who is not a holder may record this."""

    kind = Kind.FORBIDDEN
    zh = "仅无利害关系的交易机构人员可以登记"


class AssetAlreadyRegistered(Refusal):
    """An asset with this application number is registered already.

    Raised by the store: only its unique index knows.
    """

    kind = Kind.CONFLICT
    zh = "该申请号的知识产权已登记"


class NoSuchEncumbrance(Refusal):
    """The asset has no such burden in force."""

    kind = Kind.NOT_FOUND
    zh = "该知识产权没有这项有效负担"


class AssetEngaged(Refusal):
    """A deal holds the asset."""

    kind = Kind.CONFLICT
    zh = "该知识产权正由另一交易占用"


ASSET_REFUSALS = (NotAHolder, NotForHolders, AssetAlreadyRegistered, NoSuchEncumbrance, AssetEngaged)
"""In the order they are checked."""


def register(command: RegisterAsset, cause: Cause) -> AssetDecision:
    """Enter an asset; one of its holders must be the one who asks. Refuses `NotAHolder`."""
    asset = Asset(
        id=command.id,
        kind=command.kind,
        title=command.title,
        application_number=command.application_number,
        holders=command.holders,
        inventors=command.inventors,
    )
    if not asset.is_held_by(cause.actor.organisation):
        raise NotAHolder("an asset is registered by one of its holders")
    event = ASSET_REGISTERED(
        asset.id,
        kind=asset.kind,
        application_number=asset.application_number,
        holders=[{"organisation": one.organisation, "share_bp": one.share_bp} for one in asset.holders],
        inventor_count=len(asset.inventors),
        title=asset.title,
        inventors=asset.inventors,
        by=cause.actor.named,
    )
    return AssetDecision(asset=asset, events=(event,))


def decide_asset(asset: Asset, command: AssetCommand, cause: Cause) -> AssetDecision:
    """Return what `command` changes, or raise the first of `ASSET_REFUSALS` that applies."""
    match command:
        case RecordEncumbrance():
            return _record(asset, command, cause)
        case ReleaseEncumbrance():
            return _release(asset, command, cause)


def burdens(asset: Asset, mode: Mode) -> tuple[Encumbrance, ...]:
    """Return the burdens in force that close `mode` to `asset`."""
    return tuple(one for one in asset.encumbrances if one.released_at is None and mode in BLOCKS[one.kind])


def _is_impartial_officer(asset: Asset, actor: Actor) -> bool:
    return actor.may(REVIEW) and not asset.is_held_by(actor.organisation)


def _record(asset: Asset, command: RecordEncumbrance, cause: Cause) -> AssetDecision:
    if not _is_impartial_officer(asset, cause.actor):
        if not asset.is_held_by(cause.actor.organisation):
            raise NotAHolder("a burden is recorded by a holder or an officer")
        if command.kind not in AGREED:
            raise NotForHolders(f"a {command.kind} is recorded by an officer", kind=command.kind)
        if asset.engaged_by is not None:
            raise AssetEngaged("a deal holds the asset: nothing new may be agreed upon it")
    invariant(all(one.id != command.id for one in asset.encumbrances), "a burden's identifier is fresh")
    burden = Encumbrance(
        id=command.id,
        kind=command.kind,
        holder=command.holder,
        evidence_sha256=command.evidence_sha256,
        recorded_at=cause.at,
    )
    event = ASSET_ENCUMBERED(
        asset.id,
        encumbrance=burden.id,
        kind=burden.kind,
        evidence_sha256=burden.evidence_sha256,
        holder=burden.holder,
        by=cause.actor.named,
    )
    return AssetDecision(asset=replace(asset, encumbrances=(*asset.encumbrances, burden)), events=(event,))


def _release(asset: Asset, command: ReleaseEncumbrance, cause: Cause) -> AssetDecision:
    if not _is_impartial_officer(asset, cause.actor):
        raise NotForHolders("an officer records that a burden has ended")
    burden = next((one for one in asset.encumbrances if one.id == command.id and one.released_at is None), None)
    if burden is None:
        raise NoSuchEncumbrance("there is none of that identifier in force")
    ended = replace(burden, released_at=cause.at)
    rest = tuple(ended if one is burden else one for one in asset.encumbrances)
    event = ASSET_ENCUMBRANCE_RELEASED(asset.id, encumbrance=burden.id, kind=burden.kind, by=cause.actor.named)
    return AssetDecision(asset=replace(asset, encumbrances=rest), events=(event,))
