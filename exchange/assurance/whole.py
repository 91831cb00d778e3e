"""The fold over all subjects: each is read once and forgotten but for its facts; the whole is judged at the end."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from exchange.auctions.model import LotId, ProfileId
from exchange.contracts.model import ContractId
from ledger.audit.reading import Entry, Reader, UnreadableError
from ledger.audit.report import Finding
from ledger.kernel.errors import Refusal
from listings.achievements.model import AssetId, ListingId
from settlement.escrow.model import (
    BALANCE_PAID,
    DEPOSIT_HELD,
    MISDIRECTED,
    PART_PAID,
    ROYALTY_PAID,
    InvoiceId,
    MisdirectedId,
    PlanId,
    RoyaltyId,
    SettlementId,
)
from settlement.subsidies.model import PROGRAMME_OPENED, ClaimId, ProgrammeId

from . import claims, freezes, invoices, misdirected, offers, reauctions, royalties, shares, versions
from .accounts import Accounts, Moved, transfers_in
from .deals import Deals
from .facts import Facts
from .figures import Figures
from .payments import read_claim, read_programme, read_settlement
from .plans import read_plan
from .trade import opened_text, read_contract, read_listing, read_lot

_PAYS_IN: Final = frozenset(
    {DEPOSIT_HELD.name, BALANCE_PAID.name, PART_PAID.name, ROYALTY_PAID.name, MISDIRECTED.name, PROGRAMME_OPENED.name}
)
"""What is recorded of a payment at the bank; a lot confirms the same payment that escrow holds."""


class Assurance:
    """A log as far as it has been taken in."""

    def __init__(self) -> None:
        self.figures = Figures()
        self._facts = Facts()
        self._accounts = Accounts()
        self._references: dict[bytes, str] = {}  # digest -> subject
        self._findings: list[Finding] = []

    def take(self, entries: Sequence[Entry]) -> None:
        """Take in all of one subject's entries, in order. What cannot be read is passed over."""
        if not entries:
            return
        subject = str(entries[0].get("subject"))
        read = self._readers().get(subject.partition("_")[0])
        if read is None:
            return
        transfers: list[Moved] = []
        for entry in entries:
            try:
                index = Reader(entry).number("index")
                read(entry, index)
                versions.read_announced(self._facts, entry, index)
                invoices.read_paid(self._facts, entry)
                misdirected.read_received(self._facts, entry, index)
                self._refer(subject, entry, index)
                transfers += transfers_in(entry, index)
                freezes.read_order(self._facts, entry, index)
                shares.read_shares(self._facts, entry, index)
            except (UnreadableError, ValueError, OverflowError, Refusal):
                continue
        self._accounts.take(subject, transfers)

    def findings(self) -> list[Finding]:
        """Return what is wrong with the whole, in the order of the log; what is no single entry's comes last."""
        deals = Deals(self._facts, self.figures.began_at)
        found: Iterable[Finding] = (
            *self._findings,
            *versions.findings(self._facts),
            *offers.findings(self._facts),
            *reauctions.findings(self._facts),
            *deals.findings(),
            *claims.findings(self._facts, deals),
            *royalties.findings(self._facts),
            *invoices.findings(self._facts),
            *misdirected.findings(self._facts),
            *freezes.findings(self._facts, deals),
            *shares.findings(self._facts),
            *self._accounts.settle(self.figures),
        )
        return sorted(found, key=lambda one: (one.entry is None, one.entry or 0))

    def _readers(self) -> Mapping[str, Callable[[Entry, int], None]]:
        facts, figures = self._facts, self.figures
        return {
            ProfileId.prefix: lambda entry, index: versions.read_version(facts, entry, index),
            LotId.prefix: lambda entry, index: read_lot(facts, entry, index),
            ListingId.prefix: lambda entry, index: read_listing(facts, entry, index),
            AssetId.prefix: lambda entry, _: shares.read_asset(facts, entry),
            ContractId.prefix: lambda entry, index: read_contract(facts, entry, index),
            SettlementId.prefix: lambda entry, index: read_settlement(facts, figures, entry, index),
            PlanId.prefix: lambda entry, index: read_plan(facts, figures, entry, index),
            RoyaltyId.prefix: lambda entry, index: royalties.read_royalty(facts, figures, entry, index),
            InvoiceId.prefix: lambda entry, index: invoices.read_invoice(facts, entry, index),
            MisdirectedId.prefix: lambda entry, index: misdirected.read_misdirected(facts, figures, entry, index),
            ProgrammeId.prefix: lambda entry, index: read_programme(facts, figures, entry, index),
            ClaimId.prefix: lambda entry, index: read_claim(facts, figures, entry, index),
        }

    def _refer(self, subject: str, entry: Entry, index: int) -> None:
        """Remember an opened bank reference by its digest; the reference itself is nobody's to be shown."""
        if entry.get("kind") not in _PAYS_IN or (reference := opened_text(entry, "reference")) is None:
            return
        digest = hashlib.sha256(reference.encode()).digest()[:16]
        if digest in self._references:
            other = self._references[digest]
            self._findings.append(Finding(f"{subject}: rests on a payment that {other} rests on", index))
        self._references.setdefault(digest, subject)
