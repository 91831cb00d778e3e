"""The nouns of subsidies: dated rules with named clauses, facts of a deal, the traced assessment, programmes, claims.

A rule is data. What a clause asks is a predicate over named facts, each told by whoever knows it and none of it
guessed; what it yields is a trace that anyone can add up again. Nothing but the result of a trace is ever paid.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Self, TypeAlias, cast

from ledger.kernel import calendar, instant
from ledger.kernel.canonical import Json
from ledger.kernel.errors import invariant
from ledger.kernel.ids import Id, OrganisationId
from ledger.kernel.money import Fen, format_yuan
from ledger.log.model import Event, event_kind
from settlement.books.model import Order

MAX_REFERENCE = 200  # characters
MAX_DEAL = 100  # characters

DECIDE: Final = "subsidies.decide"
"""The capability of those who open programmes and pay claims."""
CLAIM: Final = "subsidies.claim"
"""The capability of those who may claim for their own deals."""
READ: Final = "deals.read"
"""The capability of those who may read their own claims."""
READ_ALL: Final = "deals.read_all"
"""The capability of those who may read everybody's."""


class ProgrammeId(Id, prefix="prg"):
    """Names a programme; also the subject of its entries and the first word of its budget's account."""


class ClaimId(Id, prefix="clm"):
    """Names a claim; also the subject of its entries."""


class Condition(StrEnum):
    """What a clause may ask of a deal; the comment says when it holds."""

    REAL_NAME = "real-name"  # both parties are verified
    ON_PLATFORM = "on-platform"  # listed here, and signed here not before it was listed
    REGISTERED = "registered"  # registered, not before it was signed
    IN_REGION = "in-region"  # both parties are of the rule's region
    PAID_IN_WINDOW = "paid-in-window"  # the money arrived within the rule's interval
    TOTAL_REACHED = "total-reached"  # the party's total on the platform in the window is at least the threshold
    NOT_FISCAL = "not-fiscal"  # no fiscal funds, no government procurement
    NOT_EQUITY = "not-equity"  # no contribution of equity that is not realised
    NOT_RELATED = "not-related"  # the parties are not related
    NOT_SANCTIONED = "not-sanctioned"  # neither party is suspended or on a list of the dishonest


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a rule: how the rule numbers it, and what it asks."""

    number: str
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A published version of a subsidy's rule (政策条款版本): dated data, never edited.

    `illustrative` says that it is no law: its numbers are ours, after a published model. Rates are basis points.
    """

    id: str
    version: int
    title: str
    source: str
    illustrative: bool
    from_day: date  # in China, both included: when the money must have arrived
    to_day: date
    region: str  # what the codes of the region's places begin with
    clauses: tuple[Clause, ...]
    rate_bp: int
    rate_clause: str
    project_cap_fen: Fen
    project_cap_clause: str
    year_cap_fen: Fen
    year_cap_clause: str
    total_least_fen: Fen  # what `Condition.TOTAL_REACHED` asks for

    @property
    def ref(self) -> str:
        """How decisions and entries cite this version: `mkj-platform-2026@1`."""
        return f"{self.id}@{self.version}"

    def to_json(self) -> dict[str, Json]:
        """Write the rule for an entry, so that an outsider needs no other source to compute again."""
        written = asdict(self) | {
            "from_day": self.from_day.isoformat(),
            "to_day": self.to_day.isoformat(),
            "clauses": [{"number": one.number, "condition": one.condition.value} for one in self.clauses],
        }
        return {name: str(value) if name.endswith("_fen") else value for name, value in written.items()}

    @classmethod
    def from_json(cls, written: Mapping[str, Json]) -> Self:
        """Read what `to_json` wrote; a missing or unknown field is our own mistake."""
        invariant(set(written) == {one.name for one in fields(cls)}, "a rule is written with exactly its fields")
        clauses = cast("list[dict[str, Any]]", written["clauses"])  # Any: as `to_json` wrote them
        values: dict[str, Any] = {  # Any: the fields have several types
            name: Fen(int(str(value))) if name.endswith("_fen") else value for name, value in written.items()
        }
        values["from_day"], values["to_day"] = (date.fromisoformat(values[name]) for name in ("from_day", "to_day"))
        values["clauses"] = tuple(Clause(one["number"], Condition(one["condition"])) for one in clauses)
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class DealFacts:
    """What is known of a deal when it is claimed for. Recorded here, except the two that the claimant declares."""

    listed_at: datetime
    signed_at: datetime | None
    registered_at: datetime | None
    paid_at: datetime | None
    paid_fen: Fen
    party_total_fen: Fen  # of the claimant, on the platform, within the rule's interval
    seller_verified: bool
    buyer_verified: bool
    seller_region: str
    buyer_region: str
    equity_unrealised: bool
    sanctioned: bool
    fiscal_funded: bool  # declared
    related_parties: bool  # declared

    @property
    def year(self) -> int | None:
        """The year in China in which the money arrived: whose cap it counts towards."""
        return None if self.paid_at is None else calendar.local_date(self.paid_at).year

    def to_json(self) -> dict[str, Json]:
        """Write the facts for an entry or a row."""
        return {
            name: instant.render(value)
            if isinstance(value, datetime)
            else str(value)
            if name.endswith("_fen")
            else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Json]) -> Self:
        """Read what `to_json` wrote; a missing or unknown field is our own mistake."""
        invariant(set(written) == {one.name for one in fields(cls)}, "facts are written with exactly their fields")
        values: dict[str, Any] = {}  # Any: the fields have several types
        for name, value in written.items():
            if name.endswith("_fen"):
                values[name] = Fen(int(str(value)))
            elif name.endswith("_at"):
                values[name] = None if value is None else instant.parse(str(value))
            else:
                values[name] = value
        return cls(**values)


class Step(StrEnum):
    """What a line of a calculation does, in the order in which a calculation does it."""

    CONDITION = "condition"
    BASE = "base"
    RATE = "rate"
    PROJECT_CAP = "project-cap"
    YEAR_CAP = "year-cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """One step of a calculation: which clause, what it does, the amount before and after, and what bound it."""

    clause: str
    step: Step
    formula: str
    before_fen: Fen
    after_fen: Fen
    holds: bool = True  # a condition that is met, or a step that leaves something to pay
    binding: bool = False  # of a cap that cut the amount

    @property
    def text(self) -> str:
        """The line for people: what does not hold is marked, amounts are in yuan."""
        amount = "" if self.step is Step.CONDITION else f" = {format_yuan(self.after_fen)}"
        mark, bound = "  " if self.holds else "✗ ", " (binding)" if self.binding else ""
        return f"{mark}{self.clause:<11} {self.step:<12} {self.formula}{amount}{bound}"

    def to_json(self) -> dict[str, Json]:
        """Write the line for an entry or a row."""
        amounts = {"before_fen": str(self.before_fen), "after_fen": str(self.after_fen)}
        return asdict(self) | amounts | {"step": self.step.value}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Self:  # Any: the fields have several types
        """Read what `to_json` wrote; a missing or unknown field is our own mistake."""
        invariant(set(written) == {one.name for one in fields(cls)}, "a line is written with exactly its fields")
        amounts = {name: Fen(int(written[name])) for name in ("before_fen", "after_fen")}
        return cls(**{**written, **amounts, "step": Step(written["step"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a rule makes of a deal: every step, and either an amount or the clause that refuses it."""

    trace: tuple[TraceLine, ...]
    amount_fen: Fen
    refused_by: str | None = None  # the number of the first clause whose line does not hold


class ClaimState(StrEnum):
    """How far along a claim is; the comment says who acts next."""

    ASSESSED = "assessed"  # the department: pays it
    REFUSED = "refused"  # the claimant: may claim again when the facts have changed
    PAID = "paid"  # nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A budget to be spent under one rule (补助计划), kept by the organisation that opened it."""

    id: ProgrammeId
    rule: Rule
    keeper: OrganisationId
    budget_fen: Fen
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A request for the subsidy of one deal (补助申请), assessed when it arrives."""

    id: ClaimId
    programme: ProgrammeId
    deal: str  # the contract's name
    claimant: OrganisationId
    state: ClaimState
    facts: DealFacts
    assessment: Assessment
    claimed_at: datetime
    paid_fen: Fen | None = None  # may be less than assessed: the year's cap is looked at again on paying
    paying: tuple[TraceLine, ...] = ()  # how what is paid follows from what was assessed


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeView:
    """A programme, and how much of its budget may still be paid."""

    programme: Programme
    left_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What a payment can be made from, read while the programmes of its rule are locked.

    `received_fen` is what the claimant has been paid in the year under the rule, from whichever programme.
    """

    budget_fen: Fen
    received_fen: Fen
    cap_open: bool  # whether the programme has opened the claimant's cap of the year already


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenProgramme:
    """Open a budget under a rule. `reference` is the payment that brought the money into custody."""

    id: ProgrammeId
    rule: str
    budget_fen: Fen
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeClaim:
    """Claim the subsidy of a deal; the seller, who alone may, and the facts are established by the caller."""

    id: ClaimId
    deal: str
    seller: OrganisationId
    facts: DealFacts
    received_fen: Fen  # what the claimant has been paid under this rule in the year the money arrived


@dataclass(frozen=True, slots=True)
class PayClaim:
    """Pay what was assessed, out of the programme's budget."""


Command: TypeAlias = PayClaim
COMMANDS: tuple[type[Command], ...] = (PayClaim,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeDecision:
    """What opening a programme does."""

    programme: Programme
    orders: tuple[Order, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDecision:
    """What a claim's command changes: the claim, the money and the quota, and what to record."""

    claim: Claim
    orders: tuple[Order, ...] = ()
    events: tuple[Event, ...] = ()


# What the record says. The claimant is a seller, which is public; so is what public money is given for, and why not.
PROGRAMME_OPENED = event_kind(
    "subsidy.programme_opened", public="keeper terms budget_fen transfers", sealed="reference by"
)
CLAIM_ASSESSED = event_kind(
    "subsidy.claim_assessed", public="programme deal claimant terms facts received_fen trace amount_fen", sealed="by"
)
CLAIM_REFUSED = event_kind(
    "subsidy.claim_refused", public="programme deal claimant terms facts received_fen trace clause", sealed="by"
)
CLAIM_PAID = event_kind(
    "subsidy.claim_paid", public="programme amount_fen year received_fen trace transfers", sealed="by"
)

KINDS = (PROGRAMME_OPENED, CLAIM_ASSESSED, CLAIM_REFUSED, CLAIM_PAID)
"""Everything that can happen to a programme or a claim on the record."""
