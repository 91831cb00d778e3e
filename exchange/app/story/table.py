"""The table of lots at the end: read from the API as anyone may read it, and compared with what had to come out."""

from dataclasses import dataclass

from rich import box
from rich.table import Table

from ledger.kernel import instant
from ledger.kernel.calendar import CHINA

from .acts import Lot, Story, expect
from .cast import MEMBERS

LEAGUES = {
    "1501": "Hohhot",
    "1502": "Baotou",
    "1503": "Wuhai",
    "1504": "Chifeng",
    "1505": "Tongliao",
    "1506": "Ordos",
    "1507": "Hulunbuir",
    "1508": "Bayannur",
    "1509": "Ulanqab",
    "1522": "Hinggan",
    "1525": "Xilingol",
    "1529": "Alxa",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How one lot ended."""

    title: str
    league: str
    industry: str
    seller: str
    bids: int
    ends_at: str
    result: str
    price: str


def read(story: Story, lot: Lot) -> Row:
    """Read how a lot ended, and see that it ended as it must. Raises `Unexpected`."""
    found = story.client.get(f"/v1/lots/{lot.id}")
    listing = story.client.get(f"/v1/listings/{lot.listing}")
    sold, winner = found.text("state") == "sold", lot.offer.winner
    accepted = [
        bid for bid in story.client.get(f"/v1/lots/{lot.id}/bids").each("items") if bid.text("state") == "accepted"
    ]
    expect(sold == (winner is not None), f"{lot.offer.full_title} is {'sold' if winner else 'not sold'}")
    expect(not winner or found.text("leader") == lot.codes[winner], f"{lot.offer.full_title} goes to {winner}")
    expect(listing.text("state") == ("awarded" if sold else "open"), f"the listing of {lot.offer.full_title} follows")
    expect(len(accepted) == found.number("bids"), f"every bid for {lot.offer.full_title} can be read")
    ends_at = instant.parse(found.text("ends_at")).astimezone(CHINA)
    return Row(
        title=listing.text("title"),
        league=LEAGUES[MEMBERS[lot.offer.seller].region],
        industry=listing.text("industry"),
        seller=f"…{found.text('seller')[-5:]}",
        bids=found.number("bids"),
        ends_at=f"{ends_at:%m-%d %H:%M:%S}",
        result=_result(sold=sold, leader=found.optional("leader")),
        price=_thousands(found.amount("price")) if sold else "",
    )


def draw(rows: list[Row]) -> Table:
    """Return the table."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("lot", "league", "GB/T", "seller", "bids", "ended", "result", "yuan"):
        table.add_column(name, justify="right" if name in {"bids", "yuan"} else "left")
    for row in rows:
        table.add_row(
            row.title, row.league, row.industry, row.seller, str(row.bids), row.ends_at, row.result, row.price
        )
    return table


def _result(*, sold: bool, leader: str | None) -> str:
    if sold:
        return f"sold to {leader}"
    return "reserve not met" if leader else "no bids"


def _thousands(yuan: str | None) -> str:
    whole, _, part = (yuan or "0.00").partition(".")
    return f"{int(whole):,}.{part}"
