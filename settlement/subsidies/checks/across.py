"""What one subject's entries cannot show: that all claims together keep within budgets and caps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from ledger.audit.reading import Reader

from . import plain
from .following import FollowedClaim, FollowedProgramme


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one programme or claim adds to the whole, in fen; of a programme there is a budget, of a claim the rest."""

    subject: str
    programme: str
    rule: str
    budget_fen: int = 0
    assessed_fen: int = 0  # 0 when refused
    paid_fen: int = 0
    claimant: str | None = None
    deal: str | None = None
    year: int | None = None  # in which the money of the deal arrived
    cap_fen: int = 0  # of the claimant, in a year
    received_fen: int = 0  # what the claimant was said to have received when the claim was assessed
    received_before_fen: int | None = None  # and when it was paid


def of_programme(subject: str, followed: FollowedProgramme) -> Tally | None:
    """Return what a programme adds; None before it is opened. Raises `UnreadableError`."""
    if followed.said is None:
        return None
    budget = followed.said.fen("budget_fen")
    return Tally(subject=subject, programme=subject, rule=followed.rule, budget_fen=budget)


def of_claim(subject: str, followed: FollowedClaim) -> Tally | None:
    """Return what a claim adds; None before it is decided. Raises `UnreadableError`."""
    said, paid = followed.said, followed.paid
    if said is None:
        return None
    return Tally(
        subject=subject,
        programme=said.text("programme"),
        rule=followed.rule,
        assessed_fen=0 if followed.refused else said.fen("amount_fen"),
        paid_fen=paid.fen("amount_fen") if paid else 0,
        claimant=said.text("claimant"),
        deal=said.text("deal"),
        year=_year(said),
        cap_fen=said.inside("terms").fen("year_cap_fen"),
        received_fen=said.fen("received_fen"),
        received_before_fen=paid.fen("received_fen") if paid else None,
    )


def across(tallies: Iterable[Tally]) -> list[str]:
    """Return what does not add up over all programmes and claims of a log, whatever their order.

    No programme pays more than its budget, no party receives more than its cap of a year, each payment is told what the
    ones before it came to, each assessment what some of them did, and no deal is subsidised twice under a rule.
    """
    every = list(tallies)
    return [*_budgets(every), *_caps(every), *_deals(every)]


def _budgets(every: list[Tally]) -> Iterator[str]:
    budgets = {one.subject: one.budget_fen for one in every if one.claimant is None}
    paid: dict[str, int] = {}
    for one in every:
        if one.claimant is not None:
            paid[one.programme] = paid.get(one.programme, 0) + one.paid_fen
            if one.programme not in budgets:
                yield f"{one.subject}: claims from {one.programme}, which was never opened"
    for programme, sum_fen in sorted(paid.items()):
        if programme in budgets and sum_fen > budgets[programme]:
            yield f"{programme}: pays {sum_fen} fen out of a budget of {budgets[programme]} fen"


def _caps(every: list[Tally]) -> Iterator[str]:
    parties: dict[tuple[str, str, int], list[Tally]] = {}
    for one in every:
        if one.claimant is not None and one.year is not None:
            parties.setdefault((one.claimant, one.rule, one.year), []).append(one)
    for (claimant, rule, year), claims in sorted(parties.items()):
        paid = [one for one in claims if one.received_before_fen is not None]
        sums = list(accumulate((one.paid_fen for one in sorted(paid, key=_before)), initial=0))
        if sums[-1] > claims[0].cap_fen:
            cap = f"the cap of {claims[0].cap_fen} fen"
            yield f"{claimant}: receives {sums[-1]} fen for {year} under {rule}, above {cap}"
        for one, sum_fen in zip(sorted(paid, key=_before), sums, strict=False):
            if _before(one) != sum_fen:
                yield f"{one.subject}: is paid after {_before(one)} fen received, which should be {sum_fen} fen"
        for one in claims:
            if one.received_fen not in sums:
                yield f"{one.subject}: is assessed after {one.received_fen} fen received, which never was so"


def _before(one: Tally) -> int:
    return one.received_before_fen or 0


def _year(said: Reader) -> int | None:
    paid_at = plain.moment(said.inside("facts"), "paid_at")
    return plain.china_day(paid_at).year if paid_at else None


def _deals(every: list[Tally]) -> Iterator[str]:
    claimed: dict[tuple[str, str], str] = {}
    for one in every:
        if one.deal is not None and one.assessed_fen:
            first = claimed.setdefault((one.rule, one.deal), one.subject)
            if first != one.subject:
                yield f"{one.subject}: is for a deal that {first} is for"
