"""Who may sit on the panel of a lot."""

from exchange.members import service as members
from exchange.members.model import Capability
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.unit import Unit

from ..model import Scoring, Terms


class NoSuchPanellist(Refusal):
    """A panellist must be an active person of a verified member."""

    kind = Kind.CONFLICT
    zh = "评委须为已核验会员的在职人员"


class PanelConflict(Refusal):
    """Nobody may judge who has an interest in the sale."""

    kind = Kind.CONFLICT
    zh = "与交易有利害关系的单位人员不得担任评委"


PANEL_REFUSALS = (NoSuchPanellist, PanelConflict)


def require_panel(unit: Unit, terms: Terms, interested: frozenset[OrganisationId]) -> frozenset[OrganisationId]:
    """Return whose people the panel's are: they may not bid. None may be those of who has an interest in the sale.

    Refuses `NoSuchPanellist`, `PanelConflict`.
    """
    people = judging(unit, terms).values()
    for organisation in people:
        if organisation is None or not members.may_ever(unit, organisation, Capability.LOTS_SCORE):
            raise NoSuchPanellist("name people of verified members, who still act for them")
        if organisation in interested:
            raise PanelConflict("name people of organisations that have no interest in the sale")
    return frozenset(filter(None, people))


def judging(unit: Unit, terms: Terms) -> dict[PersonId, OrganisationId | None]:
    """Return for whom each of the panel acts; None for who acts for nobody."""
    panel = terms.form.panel if isinstance(terms.form, Scoring) else ()
    known = members.organisations_of(unit, panel) if panel else {}
    return {person: known.get(person) for person in panel}
