"""An auditor's second opinion on a contract, from its exported entries alone.

No verb of the wing is called here. The state, the terms' hash, both deadlines, the number and the fault are recomputed
by a plain fold over what the record made public, with the numbers of the rules as the opening published them. Values of
sealed fields are used where an entry has been opened: then, and only then, the parts, who acted, and with buyer, parts
and document the hash that both signed are checked.

An entry is the mapping parsed from its JSON. An opened one carries one more member, `opened`: field -> value, each
already checked against its digest. Left out, because no subject shows it alone: that the lot was sold at this price to
this buyer, that serials have no gaps, and that a contract stays unsigned long after its deadline. A registration after
`register_by` is no finding: the office was slow, and the contract is registered all the same.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from exchange.auctions.model import LotId
from ledger.audit.reading import Entry, Reader, UnreadableError, due_by, misfits, tells, text_of, untimely
from ledger.kernel import calendar
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import OrganisationId
from listings.achievements.model import Region

from ..model import (
    CONTRACT_KINDS,
    CONTRACT_LAPSED,
    CONTRACT_OPENED,
    CONTRACT_REGISTERED,
    CONTRACT_RESCINDED,
    CONTRACT_RESUMED,
    CONTRACT_SIGNED,
    CONTRACT_STAYED,
    CONTRACT_WRITTEN,
    ContractId,
    ContractType,
    Fault,
    Party,
    State,
)
from ..rules.published import CONTRACT_RULES
from ..rules.registration import WHOLE_REGION
from .terms import Terms, faults, hashed

_DECLARED: Final = {kind.name: kind for kind in CONTRACT_KINDS}
_FOLLOWS: Final[Mapping[str, frozenset[State]]] = {
    CONTRACT_WRITTEN.name: frozenset({State.AWARDED, State.OFFERED}),
    CONTRACT_SIGNED.name: frozenset({State.OFFERED}),
    CONTRACT_REGISTERED.name: frozenset({State.EFFECTIVE}),
    CONTRACT_LAPSED.name: frozenset({State.AWARDED, State.OFFERED}),
    CONTRACT_RESCINDED.name: frozenset({State.EFFECTIVE, State.REGISTERED}),
    CONTRACT_STAYED.name: frozenset({State.AWARDED, State.OFFERED, State.EFFECTIVE}),
    CONTRACT_RESUMED.name: frozenset({State.AWARDED, State.OFFERED, State.EFFECTIVE}),
}
"""What each kind may follow."""


@dataclass(slots=True, kw_only=True)
class ContractFold:
    """What the entries amount to; each field should equal the contract's row of the same meaning."""

    id: str
    lot: str
    listing: str
    seller: str
    price_fen: int
    region: str
    rule: str
    sign_by: datetime | None
    state: State = State.AWARDED
    type: str | None = None
    total_fen: int = 0
    technical_fen: int = 0
    document_sha256: str | None = None
    terms_sha256: str | None = None
    signed_at: dict[str, datetime] = field(default_factory=dict)
    effective_at: datetime | None = None
    register_by: datetime | None = None
    number: str | None = None
    registered_at: datetime | None = None
    fault: str | None = None
    stayed_at: datetime | None = None
    resumed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """One entry: what it publishes, what of its sealed fields was opened, and the arrival that caused it."""

    data: Reader
    opened: Reader
    at: datetime


def check_contract(entries: Sequence[Entry]) -> list[str]:
    """Return what is wrong with one subject's entries, given in order.

    Of a subject that is not a contract, only entries that tell of one are.
    """
    if any(str(entry.get("subject")).startswith(f"{ContractId.prefix}_") for entry in entries):
        return _Folding(entries).findings
    astray = (entry for entry in entries if entry.get("kind") in _DECLARED)
    return [f"entry {entry.get('seq')} ({entry.get('kind')}) is about no contract" for entry in astray]


def fold_contract(entries: Sequence[Entry]) -> ContractFold | None:
    """Return what one contract's entries amount to, wrong or not; None before its opening."""
    return _Folding(entries).contract


class _Folding:
    """A fold in progress. Every finding names the entry; the first one is where to look."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.findings: list[str] = []
        self.contract: ContractFold | None = None
        self._place = ""
        self._recorded_at: datetime | None = None
        self._rules = Reader({})
        self._write_by: datetime | None = None
        self._sign_by: datetime | None = None  # as told: None while it is left open
        self._buyer: str | None = None  # where opened
        for entry in entries:
            self._take(entry)

    def _take(self, entry: Entry) -> None:
        self._place = f"entry {entry.get('seq')} ({entry.get('kind')})"
        try:
            self._apply(Reader(entry))
        except (ValueError, OverflowError, Refusal) as reason:  # unreadable, or beyond what a date or calendar holds
            self._find(f"cannot be read: {reason}")

    def _apply(self, entry: Reader) -> None:
        kind = entry.text("kind")
        for fault in (*misfits(entry, _DECLARED), *untimely(entry, self._recorded_at)):
            self._find(fault)
        self._recorded_at = entry.instant("recorded_at")
        said = _Said(
            data=entry.inside("data"),
            opened=entry.inside("opened") if entry.has("opened") else Reader({}),
            at=entry.instant("arrived_at"),
        )
        if kind == CONTRACT_OPENED.name:
            self._opened(ContractId(entry.text("subject")), entry.text("rule"), said)
            return
        handler, contract = self._handlers().get(kind), self.contract
        if handler is None or contract is None:
            self._find("is not something that happens to a contract" if handler is None else "precedes the opening")
            return
        self._expect(contract.state in _FOLLOWS[kind], f"follows a contract that is {contract.state}")
        self._expect(entry.text("rule") == contract.rule, f"was not decided under {contract.rule}")
        still = contract.stayed_at is not None
        self._expect(still == (kind == CONTRACT_RESUMED.name), f"finds it {'standing still' if still else 'running'}")
        handler(contract, said)

    def _handlers(self) -> Mapping[str, Callable[[ContractFold, _Said], None]]:
        return {
            CONTRACT_WRITTEN.name: self._written,
            CONTRACT_SIGNED.name: self._signed,
            CONTRACT_REGISTERED.name: self._registered,
            CONTRACT_LAPSED.name: self._lapsed,
            CONTRACT_RESCINDED.name: self._rescinded,
            CONTRACT_STAYED.name: self._stayed,
            CONTRACT_RESUMED.name: self._resumed,
        }

    def _opened(self, id: ContractId, rule: str, said: _Said) -> None:
        if self.contract is not None:
            self._find("opens the contract again")
            return
        data, self._rules = said.data, said.data.inside("rules")
        self.contract = contract = ContractFold(
            id=id,
            lot=data.id("lot", LotId),
            listing=data.text("listing"),
            seller=data.id("seller", OrganisationId),
            price_fen=data.fen("price_fen"),
            region=data.text("region"),
            rule=rule,
            sign_by=(sign_by := data.instant("sign_by")),
        )
        published = CONTRACT_RULES.get(rule)
        self._expect(published, f"is made under {rule}, which was never published")
        self._expect(published is None or self._rules.written == published.to_json(), f"misquotes {rule}")
        begins = date.fromisoformat(self._rules.text("effective_from"))
        self._expect(calendar.local_date(said.at) >= begins, f"is made under {rule} before it was in force")
        self._expect(contract.price_fen > 0, "is about nothing")
        self._expect(contract.region in set(Region), "is of a place not known here")
        self._write_by = self._sign_by = sign_by
        self._deadline("sign_by", sign_by, said.at, "sign_within_days")
        if said.opened.has("buyer"):
            self._buyer = said.opened.id("buyer", OrganisationId)
            self._expect(self._buyer != contract.seller, "sells to the seller")

    def _written(self, contract: ContractFold, said: _Said) -> None:
        self._expect(not contract.signed_at, "changes terms that somebody has signed")
        late = self._write_by is not None and said.at >= self._write_by
        self._expect(not late, "writes the terms when the time for that was over")
        self._answerable(contract, said)
        self._done_by({contract.seller}, said)
        contract.state = State.OFFERED
        contract.type = ContractType(said.data.text("type")).value
        contract.total_fen, contract.technical_fen = said.data.fen("total_fen"), said.data.fen("technical_fen")
        sealed = not said.opened.has("document_sha256")
        contract.document_sha256 = None if sealed else _sha256(said.opened, "document_sha256")
        contract.terms_sha256 = _sha256(said.data, "terms_sha256")
        self._expect(contract.total_fen == contract.price_fen, f"should be worth {contract.price_fen} fen in all")
        self._expect(
            0 < contract.technical_fen <= contract.total_fen, "counts no lawful part of the total as technical"
        )
        if not said.opened.has("parts"):
            return
        for fault in faults(said.opened, contract.total_fen, contract.technical_fen):
            self._find(fault)
        if self._buyer is not None and contract.document_sha256 is not None:
            terms = Terms(
                contract=contract.id,
                lot=contract.lot,
                seller=contract.seller,
                buyer=self._buyer,
                price_fen=contract.price_fen,
                type=contract.type,
                document_sha256=contract.document_sha256,
            )
            same = contract.terms_sha256 == hashed(terms, said.opened)
            self._expect(same, "gives a hash that is not of these terms")

    def _signed(self, contract: ContractFold, said: _Said) -> None:
        party = Party(said.data.text("party"))
        self._expect(party not in contract.signed_at, f"is signed by the {party} a second time")
        self._expect(said.data.text("terms_sha256") == contract.terms_sha256, "signs other terms than were written")
        self._expect(self._sign_by is None or said.at < self._sign_by, "signs when the time for signing was over")
        organisation = contract.seller if party is Party.SELLER else self._buyer
        self._done_by({organisation} if organisation else None, said)
        contract.signed_at[party] = said.at
        effective_at, register_by = (said.data.written.get(name) for name in ("effective_at", "register_by"))
        if len(contract.signed_at) < len(Party):
            self._expect(effective_at is None and register_by is None, "takes effect with one signature")
            return
        contract.state = State.EFFECTIVE
        contract.effective_at, contract.register_by = (
            said.data.instant("effective_at"),
            said.data.instant_or_none("register_by"),
        )
        later = max(contract.signed_at.values())
        self._expect(contract.effective_at == later, f"should take effect at {later.isoformat()}")
        counted = self._deadline("register_by", contract.register_by, later, "register_within_days")
        contract.register_by = contract.register_by or counted

    def _registered(self, contract: ContractFold, said: _Said) -> None:
        if contract.effective_at is not None:
            self._expect(said.at >= contract.effective_at, "registers the contract before it took effect")
        self._done_by_an_outsider(contract, said)
        told = (said.data.fen("total_fen"), said.data.fen("technical_fen"), said.data.text("type"))
        written = (contract.total_fen, contract.technical_fen, contract.type)
        self._expect(told == written, "registers another type or other amounts than were signed")
        number = said.data.text("number")
        digits = len(number) == 16 and number.isascii() and number.isdigit()
        self._expect(digits and int(number[10:]) > 0, "gives a number that is none")
        place = WHOLE_REGION if contract.region == Region.OUTSIDE else contract.region
        series = f"{calendar.local_date(said.at).year}{place}{self._rules.text('station')}"
        self._expect(number.startswith(series), f"should have a number that begins with {series}")
        contract.state, contract.number, contract.registered_at = State.REGISTERED, number, said.at

    def _lapsed(self, contract: ContractFold, said: _Said) -> None:
        grace = timedelta(seconds=self._rules.number("grace_s"))
        over = contract.sign_by is not None and said.at >= contract.sign_by + grace
        self._expect(over, "lapses before its time")
        self._blame(contract, said, Fault.BUYER if Party.SELLER in contract.signed_at else Fault.SELLER)
        contract.state = State.LAPSED

    def _rescinded(self, contract: ContractFold, said: _Said) -> None:
        if said.data.text("fault") != Fault.NOBODY:  # else what was tried was not taken up, as escrow tells
            self._done_by_an_outsider(contract, said)
            self._blame(contract, said, Fault.BUYER)
        contract.fault = Fault(said.data.text("fault")).value
        contract.state = State.RESCINDED

    def _stayed(self, contract: ContractFold, said: _Said) -> None:
        self._leaves_the_time(contract, said)
        contract.stayed_at = said.at

    def _resumed(self, contract: ContractFold, said: _Said) -> None:
        if contract.state is State.EFFECTIVE:
            self._leaves_the_time(contract, said)
        else:
            self._answerable(contract, said)
            left = calendar.known_deadline(said.at, self._days("answer_within_days"))
            known = left is not None and self._sign_by is not None
            self._write_by = max(self._write_by or left, left) if known and left else None
        contract.stayed_at, contract.resumed_at = None, said.at

    def _blame(self, contract: ContractFold, said: _Said, whose: Fault) -> None:
        contract.fault = Fault(said.data.text("fault")).value
        self._expect(contract.fault == whose, f"should be the fault of the {whose}")

    def _answerable(self, contract: ContractFold, said: _Said) -> None:
        """Hold the time for signing against the days that every writing leaves, and against what it was before."""
        told, before = said.data.instant_or_none("sign_by"), self._sign_by
        left = due_by(told, said.at, self._days("answer_within_days"))
        due = left and contract.sign_by and max(contract.sign_by, left)
        counted = left if told is None and before is not None else due  # what was known is no reason to leave it open
        self._expect(tells(told, counted, said.at), f"should leave time to sign until {text_of(due)}")
        self._sign_by, contract.sign_by = told, told or due

    def _leaves_the_time(self, contract: ContractFold, said: _Said) -> None:
        """Hold the time for signing against what it was; it may have been counted since it was left open."""
        told = said.data.instant_or_none("sign_by")
        same = told == self._sign_by or (self._sign_by is None and told == contract.sign_by)
        self._expect(same, "changes the time for signing")
        self._sign_by = told

    def _deadline(self, name: str, told: datetime | None, since: datetime, days: str) -> datetime | None:
        """Hold a deadline against the working days counted again, and return what they come to."""
        counted = due_by(told, since, self._days(days))
        self._expect(tells(told, counted, since), f"should have {name} at {text_of(counted)}")
        return counted

    def _days(self, name: str) -> int:
        days = self._rules.number(name)
        if not 0 <= days <= 366:
            raise UnreadableError(f"{name} is no number of days")
        return days

    def _done_by(self, organisations: set[str] | None, said: _Said) -> None:
        """Hold an opened `by` against the organisation whose act it is, where that is known."""
        if said.opened.has("by") and organisations is not None:
            actor = said.opened.inside("by").text("organisation")
            self._expect(actor in organisations, "was another organisation's act")

    def _done_by_an_outsider(self, contract: ContractFold, said: _Said) -> None:
        if said.opened.has("by"):
            actor = said.opened.inside("by").text("organisation")
            self._expect(actor not in {contract.seller, self._buyer}, "was the act of a party to it")

    def _expect(self, holds: object, otherwise: str) -> None:
        if not holds:
            self._find(otherwise)

    def _find(self, what: str) -> None:
        self.findings.append(f"{self._place} {what}")


def _sha256(data: Reader, name: str) -> str:
    text = data.text(name)
    if not re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII):
        raise UnreadableError(f"{name} is no SHA-256")
    return text
