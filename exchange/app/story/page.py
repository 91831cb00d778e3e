"""One deal's money on one page, read from the API as its seller reads it; the page is accounting's."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Final

from ledger.kernel import instant
from ledger.kernel.calendar import CHINA

from ..accounting.page import Line, Moved, Ordered, draw, said, sums, told
from .client import Fields
from .deals import page_of
from .stage import Lot, Story, expect

DAY: Final = timedelta(days=1)


def show(story: Story, lot: Lot) -> None:
    """Print the page, and see that everything that came in has gone out. Raises `Unexpected`."""
    page = page_of(story, lot)
    lines = lines_of(page)
    came = sums(lines)
    expect(came.kept == 0 < came.arrived, f"what came in for {lot.offer.name} has gone out")
    percent = (page.inner("settlement").optional("reward_percent") or "").removesuffix(".00")
    title = f"{page.text('title')}: the money of one deal, as its seller reads it"

    def say(line: Line) -> str:
        return said(line, inventors=lot.offer.inventors, reward_percent=percent)

    story.telling.console.print(draw(lines, title=title, say=say))
    story.telling.say(f"{came.line}{_beside(page)}", style="green")


def lines_of(page: Fields) -> list[Line]:
    """Return the lines of a deal as the API shows it, in the order in which things happened."""
    return told(_money(page), orders=list(_orders(page)), beside=_milestones(page))


def _orders(page: Fields) -> Iterator[Ordered]:
    for one in page.each("freezes"):
        yield Ordered(
            authority=one.text("authority"),
            at=one.text("frozen_at"),
            document=one.text("document_sha256"),
            lifted_at=one.optional("lifted_at"),
            lifted_document=one.optional("lifted_sha256"),
        )


def _money(page: Fields) -> Iterator[Moved]:
    for one in page.each("money"):
        amount = Decimal(one.amount("amount") or "")
        yield Moved(
            at=one.text("at"),
            kind=one.text("kind"),
            debit=one.text("debit"),
            credit=one.text("credit"),
            amount=amount,
            transfer=one.text("transfer"),
        )


def _beside(page: Fields) -> str:
    """Say what the seller received beside the price."""
    paid = [claim.amount("paid") for claim in page.each("claims") if claim.text("state") == "paid"]
    return "".join(f"; beside it, an incentive of {Decimal(one or 0):,} to the seller" for one in paid)


def _milestones(page: Fields) -> Iterator[Line]:
    """Yield what happened to the contract."""
    contract, settlement = page.inner("contract"), page.inner("settlement")
    effective, registered = contract.optional("effective_at"), contract.optional("registered_at")
    if effective:
        yield Line(at=effective, words=f"both sign; the balance is due by {_last_day(settlement.optional('pay_by'))}")
    if registered:
        yield Line(at=registered, words=f"registered as {contract.text('number')}")


def _last_day(pay_by: str | None) -> str:
    """Return the day until whose end it is due; nobody can say which while its calendar is not published."""
    if pay_by is None:
        return "a day not counted yet (尚未确定)"
    return f"{instant.parse(pay_by).astimezone(CHINA) - DAY:%Y-%m-%d}"
