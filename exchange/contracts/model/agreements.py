"""The nouns of a technology contract (技术合同): its types, priced parts, signatures, registration, and the record.

awarded -> offered -> effective -> registered
    |         |          |             |
    +-> lapsed <-+       +-> rescinded <-+
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from exchange.auctions.model import Fault, LotId
from ledger.kernel import calendar, canonical
from ledger.kernel.canonical import Json
from ledger.kernel.ids import Id, OrganisationId
from ledger.kernel.money import Fen
from ledger.log.model import Event, event_kind

MAX_PARTS = 100
MAX_PART_NAME = 200  # characters


class ContractId(Id, prefix="ctr"):
    """Names a contract; also the subject of its entries."""


class ContractType(StrEnum):
    """The five types of technology contract (民法典 art. 843)."""

    DEVELOPMENT = "development"  # 技术开发
    TRANSFER = "transfer"  # 技术转让
    LICENCE = "licence"  # 技术许可
    CONSULTING = "consulting"  # 技术咨询
    SERVICE = "service"  # 技术服务


class PartKind(StrEnum):
    """What a part of the price is paid for. Only technology counts as 技术交易额."""

    TECHNOLOGY = "technology"  # 技术
    EQUIPMENT = "equipment"  # 设备
    MATERIALS = "materials"  # 原材料、零部件
    OTHER = "other"  # 其他非技术性费用


class Party(StrEnum):
    """Whose signature it is."""

    SELLER = "seller"  # 让与人、许可人
    BUYER = "buyer"  # 受让人、被许可人


class State(StrEnum):
    """How far along a contract is; the comment says who acts next."""

    AWARDED = "awarded"  # seller: writes it
    OFFERED = "offered"  # both: sign the same terms
    EFFECTIVE = "effective"  # officer: registers it; the buyer pays, see escrow
    REGISTERED = "registered"  # nobody: 已认定登记
    LAPSED = "lapsed"  # nobody: not signed in time
    RESCINDED = "rescinded"  # nobody: signed, and not paid (民法典 art. 563)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A published version of how contracts are made and registered here (合同规则版本): dated data, never edited."""

    id: str
    version: int
    effective_from: date  # in China; a contract opened from this day is made under it
    sign_within_days: int  # working days from the award, in which the seller writes it
    answer_within_days: int  # working days from the last writing, at least, in which it may be signed
    grace_s: int  # how long after that a signature that arrived in time may still be decided
    register_within_days: int  # working days from effect, for the registrar (技术合同认定登记)
    station: str  # the two digits of the registering office in every number

    @property
    def ref(self) -> str:
        """How decisions and entries cite this version: `contract-2026@1`."""
        return f"{self.id}@{self.version}"

    def to_json(self) -> dict[str, Json]:
        """Write the rules for an entry."""
        return asdict(self) | {"effective_from": self.effective_from.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A priced part of the contract."""

    kind: PartKind
    name: str
    amount_fen: Fen

    def to_json(self) -> dict[str, Json]:
        """Write the part for an entry, a row or the terms that are signed."""
        return {"kind": self.kind.value, "name": self.name, "amount_fen": str(self.amount_fen)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A technology contract (技术合同) that an award gave rise to. What is None has not happened yet."""

    id: ContractId
    lot: LotId
    listing: str
    seller: OrganisationId
    buyer: OrganisationId
    price_fen: Fen
    rules: Rules
    region: str  # of the listing: part of the registration number
    state: State
    awarded_at: datetime
    sign_by: datetime | None  # later than `write_by` once terms are written late; None while it cannot be counted
    type: ContractType | None = None
    parts: tuple[Part, ...] = ()
    document_sha256: str | None = None
    signed_at: tuple[datetime | None, datetime | None] = (None, None)  # by the seller, by the buyer
    effective_at: datetime | None = None
    register_by: datetime | None = None
    number: str | None = None  # 登记编号
    registered_at: datetime | None = None
    fault: Fault | None = None
    stayed_at: datetime | None = None  # since when it stands still, if it does
    resumed_at: datetime | None = None  # when it last went on
    answer_from: datetime | None = None  # of the writing or resumption that leaves the most time to sign, once one has

    @property
    def write_by(self) -> datetime | None:
        """When it is too late to set the terms out, or to change them; None where no calendar reaches that far."""
        usual = calendar.deadline(self.awarded_at, self.rules.sign_within_days)
        if self.resumed_at is None:
            return usual
        left = calendar.known_deadline(self.resumed_at, self.rules.answer_within_days)
        return left and max(usual, left)

    @property
    def total_fen(self) -> Fen:
        """成交额: what the contract is worth in all."""
        return Fen(sum(part.amount_fen for part in self.parts))

    @property
    def technical_fen(self) -> Fen:
        """技术交易额: the total less what is not paid for technology."""
        return Fen(sum(part.amount_fen for part in self.parts if part.kind is PartKind.TECHNOLOGY))

    @property
    def terms_sha256(self) -> str | None:
        """What a signature is over: parties, price, type, parts and the document; None until they are written."""
        if self.type is None or self.document_sha256 is None:
            return None
        return canonical.fingerprint(
            [
                "mengkeju/contract-terms/v1",
                self.id,
                self.lot,
                self.seller,
                self.buyer,
                str(self.price_fen),
                self.type.value,
                [part.to_json() for part in self.parts],
                self.document_sha256,
            ]
        )

    @property
    def unsigned(self) -> tuple[Party, ...]:
        """Who has not signed yet."""
        return tuple(party for party, at in zip(Party, self.signed_at, strict=True) if at is None)

    @property
    def awaited(self) -> tuple[str, ...]:
        """Who acts next on the contract itself: `seller`, `buyer`, `officer`; nobody while stayed, or after."""
        if self.stayed_at is not None:
            return ()
        if self.state is State.OFFERED:
            return self.unsigned
        return {State.AWARDED: (Party.SELLER.value,), State.EFFECTIVE: ("officer",)}.get(self.state, ())

    def party(self, organisation: OrganisationId) -> Party | None:
        """Return which party an organisation is, if any."""
        return {self.buyer: Party.BUYER, self.seller: Party.SELLER}.get(organisation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Begin the contract of a sale. Every fact is established by the caller."""

    id: ContractId
    lot: LotId
    listing: str
    seller: OrganisationId
    buyer: OrganisationId
    price_fen: Fen
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Set the terms out, or change them before anybody has signed."""

    type: ContractType
    parts: tuple[Part, ...]
    document_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Sign the terms whose hash is given (电子签名法 art. 13: whoever signs controls what is signed)."""

    terms_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Register an effective contract (认定登记) under the `serial` of its year and place."""

    serial: int


@dataclass(frozen=True, slots=True)
class Rescind:
    """End a contract whose buyer did not pay, or through nobody's fault did not take up what it tried.

    Which of the two it is, is a fact established by the caller.
    """

    fault: Fault = Fault.BUYER


@dataclass(frozen=True, slots=True)
class Tick:
    """Let time act: what is not signed in time lapses."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Let a contract stand still: its deal is frozen. A fact established by the caller."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Let a contract go on: its deal is not frozen any more. A fact established by the caller."""


Command: TypeAlias = Write | Sign | Register | Rescind | Tick | Stay | Resume
COMMANDS: tuple[type[Command], ...] = (Write, Sign, Register, Rescind, Tick, Stay, Resume)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What accepting a command changes: the contract, and what to record."""

    contract: Contract
    events: tuple[Event, ...]


# What the record says. The price is public since the lot was sold; the parts by name, and who the buyer is, are not.
# Nor is the document's hash: were it public, the terms' hash would tell the buyer to whoever tries every organisation.
CONTRACT_OPENED = event_kind(
    "contract.opened", public="lot listing seller price_fen region rules sign_by", sealed="buyer"
)
CONTRACT_WRITTEN = event_kind(
    "contract.written", public="type total_fen technical_fen terms_sha256 sign_by", sealed="document_sha256 parts by"
)
CONTRACT_SIGNED = event_kind("contract.signed", public="party terms_sha256 effective_at register_by", sealed="by")
CONTRACT_REGISTERED = event_kind("contract.registered", public="number total_fen technical_fen type", sealed="by")
CONTRACT_LAPSED = event_kind("contract.lapsed", public="fault")
CONTRACT_RESCINDED = event_kind("contract.rescinded", public="fault", sealed="by")
CONTRACT_STAYED = event_kind("contract.stayed", public="sign_by")
CONTRACT_RESUMED = event_kind("contract.resumed", public="sign_by")

CONTRACT_KINDS = (
    CONTRACT_OPENED,
    CONTRACT_WRITTEN,
    CONTRACT_SIGNED,
    CONTRACT_REGISTERED,
    CONTRACT_LAPSED,
    CONTRACT_RESCINDED,
    CONTRACT_STAYED,
    CONTRACT_RESUMED,
)
"""Everything that can happen to a contract on the record."""
