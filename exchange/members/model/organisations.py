"""The nouns of membership: organisations and their roles, capabilities, people.

Names and credit codes live here and sealed in the record; everywhere else an organisation is its opaque identifier.
What each role may do is in `rules.ROLE_CAPABILITIES`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.log.model import Event, event_kind
from listings.achievements.model import Region, fits

MAX_NAME = 200  # characters
MAX_REASON = 500
MAX_REASONS = 20


class Role(StrEnum):
    """What an organisation is on the exchange."""

    UNIVERSITY = "university"  # 高校院所
    ENTERPRISE = "enterprise"  # 企业
    REGULATOR = "regulator"  # 监管部门
    OPERATOR = "operator"  # 运营机构
    BANK = "bank"  # 银行
    FUND = "fund"  # 基金
    SERVICE_AGENCY = "service_agency"  # 服务机构


class Capability(StrEnum):
    """What a token may let its bearer do; each route names the one it needs."""

    MEMBERS_MANAGE = "members.manage"  # the people, tokens and papers of one's own organisation
    MEMBERS_READ = "members.read"  # the directory with its sealed names
    MEMBERS_REGISTER = "members.register"  # enter organisations of every role
    MEMBERS_VERIFY = "members.verify"  # verify, reject, suspend, reinstate
    LISTINGS_WRITE = "listings.write"  # assets and listings of one's own
    LISTINGS_REVIEW = "listings.review"  # accept, return, record burdens
    LISTINGS_READ_INTERNAL = "listings.read_internal"  # what is not disclosed: submissions, floor prices
    LOTS_WRITE = "lots.write"  # draft and announce lots
    LOTS_BID = "lots.bid"
    PROFILES_MANAGE = "profiles.manage"  # propose versions of the bidding rules, put them into force, retire them
    LOTS_SCORE = "lots.score"  # on the panel of a lot, if its seller has put one there
    LOTS_SUSPEND = "lots.suspend"  # as an officer: suspend, resume and cancel anybody's
    DEPOSITS_CONFIRM = "deposits.confirm"  # that a bidder's deposit has arrived
    PAYMENTS_RECORD = "payments.record"  # that a price has been paid, or was not
    CONTRACTS_WRITE = "contracts.write"  # set out the contract of one's own sale
    CONTRACTS_SIGN = "contracts.sign"  # bind one's organisation
    CONTRACTS_REGISTER = "contracts.register"  # as the registrar
    SETTLEMENTS_SETTLE = "settlements.settle"  # state one's costs and share the reward out
    DEALS_READ = "deals.read"  # the contracts and the money of one's own deals
    DEALS_READ_ALL = "deals.read_all"  # and of everybody's
    DEALS_FREEZE = "deals.freeze"  # record and lift orders of courts and regulators
    SUBSIDIES_CLAIM = "subsidies.claim"
    SUBSIDIES_DECIDE = "subsidies.decide"  # open programmes, pay claims
    PACKS_READ = "packs.read"  # record packs
    LEDGER_READ_DISCLOSURES = "ledger.read_disclosures"  # the values behind the record's digests
    CLOCK_MOVE = "clock.move"  # a virtual exchange alone
    REPLAY_ONBOARD = "replay.onboard"  # a virtual exchange alone


class OrganisationState(StrEnum):
    """How far along a membership is; the comment says who acts next."""

    REGISTERED = "registered"  # an officer of the operator: verifies or rejects it
    VERIFIED = "verified"  # nobody: it may trade
    REJECTED = "rejected"  # the organisation: mends what the reasons name and resubmits
    SUSPENDED = "suspended"  # an officer of the operator: reinstates it


class PersonState(StrEnum):
    """Whether a person still acts for the organisation."""

    ACTIVE = "active"  # the person
    LEFT = "left"  # nobody: every token of theirs is dead


class UnusableField(Refusal):
    """A field cannot be used as written."""

    kind = Kind.MALFORMED
    zh = "字段内容不可用"


class NotACreditCode(Refusal):
    """This is not a unified social credit code."""

    kind = Kind.MALFORMED
    zh = "不是有效的统一社会信用代码"


_CREDIT_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100 leaves out I, O, S, V, Z


class CreditCode(str):
    """A unified social credit code (统一社会信用代码), GB 32100-2015: 17 characters and a check character.

    That such an organisation exists, and the inner check digit of older organisation codes, is not checked.
    Refuses `NotACreditCode`.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Read a code as the licence prints it."""
        if not re.fullmatch(rf"[{_CREDIT_DIGITS}]{{2}}[0-9]{{6}}[{_CREDIT_DIGITS}]{{10}}", text, re.ASCII):
            raise NotACreditCode("write 18 characters: two, the six digits of the place, ten")
        if text[17] != credit_check(text[:17]):
            raise NotACreditCode("the check character does not match: a character is wrong")
        return super().__new__(cls, text)


def credit_check(body: str) -> str:
    """Return the check character of the 17 characters `body`: weights 3^0..3^16 modulo 31."""
    invariant(len(body) == 17, "a credit code has 17 characters before its check")
    total = sum(pow(3, place, 31) * _CREDIT_DIGITS.index(digit) for place, digit in enumerate(body))
    return _CREDIT_DIGITS[-total % 31]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A member organisation (会员单位)."""

    id: OrganisationId
    name: str
    credit_code: CreditCode
    roles: frozenset[Role]
    region: Region
    state: OrganisationState = OrganisationState.REGISTERED
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require_text("name", self.name, MAX_NAME)
        if not self.roles:
            raise UnusableField("an organisation has at least one role", field="roles")
        reasoned = self.state in {OrganisationState.REJECTED, OrganisationState.SUSPENDED}
        invariant(bool(self.reasons) == reasoned, "an organisation is rejected or suspended for reasons")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A natural person acting for an organisation."""

    id: PersonId
    organisation: OrganisationId
    name: str
    state: PersonState = PersonState.ACTIVE

    def __post_init__(self) -> None:
        _require_text("name", self.name, MAX_NAME)


def _require_text(name: str, text: str, longest: int, *, lines: bool = False) -> None:
    if not fits(text, longest, lines=lines):
        raise UnusableField(f"{name} needs 1 to {longest} visible characters", field=name, longest=longest)


def _require_reasons(reasons: tuple[str, ...]) -> None:
    if not 1 <= len(reasons) <= MAX_REASONS:
        raise UnusableField(f"give 1 to {MAX_REASONS} reasons", field="reasons", most=MAX_REASONS)
    for reason in reasons:
        _require_text("reasons", reason, MAX_REASON, lines=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterOrganisation:
    """Enter an organisation: itself at the door, or an officer for it. It may do next to nothing until verified."""

    id: OrganisationId
    name: str
    credit_code: CreditCode
    roles: frozenset[Role]
    region: Region


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundExchange:
    """Enter the operator's own organisation, already verified: the one act there is nobody to approve."""

    id: OrganisationId
    name: str
    credit_code: CreditCode
    region: Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Resubmit:
    """Hand a rejected registration in again, mended."""

    name: str
    credit_code: CreditCode
    roles: frozenset[Role]
    region: Region


@dataclass(frozen=True, slots=True)
class Verify:
    """Find that the organisation is who it says, and let it trade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Send a registration back with reasons."""

    reasons: tuple[str, ...]

    def __post_init__(self) -> None:
        _require_reasons(self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend:
    """Stop an organisation's dealing at once, with reasons."""

    reasons: tuple[str, ...]

    def __post_init__(self) -> None:
        _require_reasons(self.reasons)


@dataclass(frozen=True, slots=True)
class Reinstate:
    """Let a suspended organisation trade again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPerson:
    """Let a person act for the organisation."""

    id: PersonId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePerson:
    """End a person's acting for the organisation; every token of theirs dies with it."""

    id: PersonId


Command = Resubmit | Verify | Reject | Suspend | Reinstate
"""What can be done to an organisation that exists."""
COMMANDS = (Resubmit, Verify, Reject, Suspend, Reinstate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What accepting a command changes: the organisation as it is now, and what to record of it."""

    organisation: Organisation
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDecision:
    """What accepting a command changes: the person as they are now, and what to record of it."""

    person: Person
    events: tuple[Event, ...]


MEMBER_REGISTERED = event_kind("member.registered", public="state roles region", sealed="name credit_code by")
MEMBER_RESUBMITTED = event_kind("member.resubmitted", public="state roles region", sealed="name credit_code by")
MEMBER_VERIFIED = event_kind("member.verified", public="state", sealed="by")
MEMBER_REJECTED = event_kind("member.rejected", public="state", sealed="reasons by")
MEMBER_SUSPENDED = event_kind("member.suspended", public="state", sealed="reasons by")
MEMBER_REINSTATED = event_kind("member.reinstated", public="state", sealed="by")
PERSON_ADDED = event_kind("member.person_added", public="state", sealed="name organisation by")
PERSON_REMOVED = event_kind("member.person_removed", public="state", sealed="by")
