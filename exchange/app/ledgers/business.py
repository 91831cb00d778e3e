"""What the exchange checks of an exported log beyond its structure: its deals, its money, its incentives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from exchange.assurance import Assurance, Figures
from exchange.auctions import checks as auctions
from exchange.contracts import checks as contracts
from ledger.audit.engine import audit
from ledger.audit.entries import AuditedEntry
from ledger.audit.report import Finding, Report
from ledger.kernel import instant
from ledger.log.export import Progress as Tell
from ledger.log.policy import Policy
from listings.achievements import checks as achievements
from settlement.escrow import checks as escrow
from settlement.subsidies import checks as subsidies

from .showing import key_text

_FIELDS: Final = tuple(one.name for one in fields(AuditedEntry))
CHECKS: Final = (auctions.check, achievements.check, contracts.check_contract, escrow.check, subsidies.check)
"""What each wing checks of one subject's entries beyond their structure."""


class Business:
    """What the exchange checks of a log beyond its structure: every subject by itself, then all of them together."""

    def __init__(self) -> None:
        self.assurance = Assurance()
        self._settled = escrow.Tally()
        self._subsidised: list[subsidies.Tally] = []

    def check(self, entries: Sequence[AuditedEntry]) -> list[str]:
        """Return what is wrong with one subject's entries, and take them in."""
        written = [as_json(entry) for entry in entries]
        self.assurance.take(written)
        if (settled := escrow.tally(written)) is not None:
            self._settled += settled
        if (subsidised := subsidies.tally(written)) is not None:
            self._subsidised.append(subsidised)
        return [finding for check in CHECKS for finding in check(written)]

    def close(self) -> Iterator[Finding]:
        """Yield what is wrong with all subjects together, each wing's sums against the auditor's own."""
        yield from self.assurance.findings()
        yield from map(Finding, subsidies.across(self._subsidised))
        for name in ("deposits", "refunded", "applied", "forfeited", "held"):
            yield from self._compare(name, name)
        for one, many in (("price", "prices"), ("fee", "fees"), ("reward", "rewards"), ("seller", "sellers")):
            yield from self._compare(one, many)
        if sum(one.paid_fen for one in self._subsidised) != self.assurance.figures.subsidies_fen:
            yield Finding("subsidies: the claims come to another sum than was paid")

    def _compare(self, one: str, many: str) -> Iterator[Finding]:
        tallied, counted = getattr(self._settled, f"{one}_fen"), getattr(self.assurance.figures, f"{many}_fen")
        if tallied != counted:
            yield Finding(f"custody: {many} of the settlements come to {tallied} fen, their entries to {counted} fen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified(Report):
    """What an audit with the exchange's business checks has shown."""

    figures: Figures

    @property
    def money(self) -> str | None:
        """What the money of the log comes to, in one line; None of a log that keeps none."""
        return self.figures.line if self.figures.kept else None

    @property
    def text(self) -> str:
        """What the command prints."""
        return "\n".join(filter(None, (self.line, self.money)))


def as_json(entry: AuditedEntry) -> dict[str, object]:
    """Return an audited entry as its JSON reads, with its index and what was opened of it."""
    instants = {"arrived_at": instant.render(entry.arrived_at), "recorded_at": instant.render(entry.recorded_at)}
    return {name: getattr(entry, name) for name in _FIELDS} | instants


def verify(
    directory: Path,
    *,
    vkey: str | None = None,
    policy: Policy | None = None,
    since: Path | None = None,
    disclosures: Path | None = None,
    tell: Tell | None = None,
) -> Verified:
    """Audit an export with the exchange's business checks, against a pinned key or a policy. Raises `Wrong`."""
    business = Business()
    report = audit(
        directory,
        vkey=None if vkey is None else key_text(vkey),
        policy=policy,
        since=since.read_bytes() if since else None,
        disclosures=disclosures,
        checks=[business.check],
        closing=[business.close],
        progress=tell,
    )
    return Verified(
        **{one.name: getattr(report, one.name) for one in fields(report)}, figures=business.assurance.figures
    )
