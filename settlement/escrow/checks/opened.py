"""What only disclosures can show: who stands behind a code, what was deducted, and how the inventors share."""

from collections.abc import Iterator, Mapping

from ledger.audit.reading import Reader
from ledger.kernel.ids import OrganisationId

from ..model import CostKind
from . import numbers

WHOLE_BP = 10_000


class Identities:
    """Who stands behind each code, and which bank references were used, as far as they have been opened."""

    def __init__(self) -> None:
        self._payers: dict[str, str] = {}
        self._references: set[str] = set()

    def newcomer(self, code: str, opened: Reader) -> Iterator[str]:
        """Yield what is wrong with the identity of a new deposit's payer."""
        if opened.has("payer") and opened.text("payer") in self._payers.values():
            yield f"holds a second deposit of the payer behind {code}"
        yield from self.known(code, opened, "payer")
        yield from self.fresh_reference(opened)

    def asking(self, code: str, opened: Reader) -> Iterator[str]:
        """Yield what is wrong with whoever asks where to pay a deposit: it asks once, and for itself."""
        if opened.has("payer") and opened.text("payer") in self._payers.values():
            yield f"asks for a second deposit of the payer behind {code}"
        yield from self.known(code, opened, "payer")
        if opened.has("account"):
            opened.text_or_none("account")
        yield from self.act(opened, of=self._payers.get(code))

    def asked(self, code: str, opened: Reader) -> Iterator[str]:
        """Yield what is wrong with the payer of a deposit that was asked for."""
        yield from self.known(code, opened, "payer")
        yield from self.fresh_reference(opened)

    def known(self, code: str, opened: Reader, name: str) -> Iterator[str]:
        """Yield where an opened organisation is not the one behind its code."""
        if opened.has(name):
            organisation = opened.id(name, OrganisationId)
            if self._payers.setdefault(code, organisation) != organisation:
                yield f"puts a second organisation behind code {code}"

    def behind(self, code: str) -> str | None:
        """Return who stands behind a code, if it has been opened."""
        return self._payers.get(code)

    def fresh_reference(self, opened: Reader) -> Iterator[str]:
        """Yield where a payment is recorded that was recorded before, or by nobody."""
        if opened.has("reference"):
            reference = opened.text("reference")
            if reference in self._references or not reference:
                yield "records a payment that was recorded before"
            self._references.add(reference)
        yield from self.act(opened)

    def act(self, opened: Reader, *, of: str | None = None) -> Iterator[str]:
        """Yield where an opened `by` is not the act of the organisation `of`."""
        if opened.has("by"):
            by = opened.inside("by")
            by.text_or_none("person")
            if of is not None and by.id("organisation", OrganisationId) != of:
                yield "was another organisation's act"


def costs_of(opened: Reader, costs_fen: int) -> Iterator[str]:
    """Yield where opened costs are not what was taken off the price."""
    if not opened.has("costs"):
        return
    costs = opened.each("costs")
    for one in costs:
        if (
            one.text("kind") not in set(CostKind)
            or one.fen("amount_fen") <= 0
            or len(one.text("evidence_sha256")) != 64
        ):
            yield "states a cost that is none"
    if (whole := sum(one.fen("amount_fen") for one in costs)) != costs_fen:
        yield f"has costs of {whole} fen and states {costs_fen}"


def owners_of(opened: Reader, seller: str, owners_fen: int, kept_fen: int, others: Mapping[int, int]) -> Iterator[str]:
    """Yield where opened holders do not share by their shares what they keep, or are paid other than that."""
    if not opened.has("owners"):
        return
    owners = opened.each("owners")
    names = [one.id("organisation", OrganisationId) for one in owners]
    shares, parts = [one.number("share_bp") for one in owners], [one.fen("amount_fen") for one in owners]
    if sum(shares) != WHOLE_BP or min(shares, default=0) < 1 or len(set(names)) != len(names) or seller not in names:
        yield "names holders who do not make one whole, or not the seller among them"
        return
    if (due := numbers.split(owners_fen, shares)) != parts:
        yield f"should share what the holders keep as {due}"
    told = {place: fen for place, (name, fen) in enumerate(zip(names, parts, strict=True), 1) if name != seller and fen}
    if told != others or parts[names.index(seller)] != kept_fen:
        yield "pays the holders other than it says"


def brokered_by(sharing: Reader, parties: set[str | None]) -> bool:
    """Whether the broker of an opened sharing is one of the parties that are known, or of the holders."""
    if not sharing.written.get("broker"):
        return False
    who = sharing.inside("broker").id("organisation", OrganisationId)
    return who in parties or who in {one.text("organisation") for one in sharing.each("owners")}


def withheld_of(opened: Reader, withheld_fen: int, due: Mapping[int, int] | None) -> Iterator[str]:
    """Yield where opened withholdings are not what is taken off each inventor's part; `due` is None if it is sealed."""
    if not opened.has("withholdings"):
        return
    told = [(one.number("inventor"), one.fen("amount_fen")) for one in opened.each("withholdings")]
    if sum(fen for _, fen in told) != withheld_fen or any(fen <= 0 for _, fen in told):
        yield f"withholds {sum(fen for _, fen in told)} of {withheld_fen} fen"
    if due is not None and told != sorted(due.items()):
        yield "withholds other than it pays"


def sharing_of(opened: Reader, reward_fen: int, reward_bp: int) -> tuple[list[tuple[int, int]], list[str]]:
    """Return each inventor's (place, part), and where an opened split does not follow its weights."""
    if not opened.has("split"):
        return [], []
    split = opened.each("split")
    places = [one.number("inventor") for one in split]
    weights = [one.number("weight") for one in split]
    parts = [one.fen("amount_fen") for one in split]
    faults = [
        f"has an inventor without a name at {place}"
        for place, one in zip(places, split, strict=True)
        if not one.text("name")
    ]
    if places != sorted(set(places)) or any(place < 1 for place in places) or any(weight < 1 for weight in weights):
        faults.append("shares the reward among inventors who are not in order, each once, each with a weight")
    elif (due := numbers.split(reward_fen, weights) if weights else []) != parts:
        faults.append(f"should share the reward as {due}")
    if sum(parts) != reward_fen or bool(split) != (reward_bp > 0):
        faults.append(f"shares {sum(parts)} of {reward_fen} fen")
    return list(zip(places, parts, strict=True)), faults
