"""What may be offered under which format, by how it is to change hands."""

from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.unit import Unit
from listings.achievements import service as achievements
from listings.achievements.model import ListingId, Mode

from ..model import Format, Lot


class NotAnOrdinaryLicence(Refusal):
    """Under this profile nothing but ordinary licences is offered."""

    kind = Kind.CONFLICT
    zh = "本竞价规则只适用于普通许可"


def require_mode(unit: Unit, lot: Lot) -> None:
    """Refuse `NotAnOrdinaryLicence`: anything else cannot be had by several."""
    if lot.profile.format is Format.UNIFORM and lot.listing:
        listing, _ = achievements.offered(unit, ListingId(lot.listing))
        if listing.terms.mode is not Mode.ORDINARY_LICENCE:
            raise NotAnOrdinaryLicence("offer ordinary licences, or choose another profile")
