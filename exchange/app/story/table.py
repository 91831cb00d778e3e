"""The tables at the end, of lots as anyone reads them and of deals as their sellers do, and what they must say."""

from dataclasses import dataclass
from typing import Final

from rich import box
from rich.table import Table

from ledger.kernel import instant
from ledger.kernel.calendar import CHINA

from .cast import MEMBERS, TEN_THOUSAND_YUAN, Deal, Ending
from .client import Fields
from .deals import page_of
from .stage import Lot, Story, expect

LEAGUES: Final = {
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
NUMBER: Final = "登记编号"
ENDINGS: Final[dict[Ending, tuple[str, str, str, str]]] = {
    "settled": ("sold", "registered", "settled", ""),
    "planned": ("sold", "registered", "planned", ""),
    "tried": ("fell_through", "rescinded", "planned", "nobody: tried"),
    "unsigned": ("fell_through", "lapsed", "forfeited", "buyer: unsigned"),
    "unpaid": ("fell_through", "rescinded", "forfeited", "buyer: unpaid"),
    "unwritten": ("fell_through", "lapsed", "returned", "seller: no draft"),
}
"""What the lot, the contract and the settlement of a deal must have come to, and how that is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRow:
    """How one lot ended."""

    title: str
    league: str
    industry: str
    bids: int
    ends_at: str
    result: str
    price: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRow:
    """What became of one sale. Amounts in yuan."""

    name: str
    league: str
    type: str
    total: str
    technical: str
    number: str  # or how it ended
    fee: str
    reward: str
    seller: str
    incentive: str


def read_lot(story: Story, lot: Lot) -> LotRow:
    """Read how a lot ended, and see that it ended as it must. Raises `Unexpected`."""
    offer, found = lot.offer, story.client.get(f"/v1/lots/{lot.id}")
    state = ENDINGS[offer.deal.ending][0] if offer.deal else "unsold"
    decided = story.client.get(f"/v1/lots/{lot.id}/bids").each("items")
    accepted = [bid for bid in decided if bid.text("state") == "accepted"]
    expect(found.text("state") == state, f"{offer.full_title} is {state}")
    code = lot.codes[offer.winner] if offer.winner else None
    expect(code in {None, found.optional("leader")}, f"{offer.full_title} goes to {offer.winner}")
    expect(len(accepted) == found.number("bids"), f"every bid for {offer.full_title} can be read")
    _expect_listing(story, lot)
    ends_at = instant.parse(found.text("ends_at")).astimezone(CHINA)
    return LotRow(
        title=offer.full_title if offer.round == 1 else f"{offer.full_title} again",
        league=LEAGUES[MEMBERS[offer.seller].region],
        industry=offer.industry,
        bids=found.number("bids"),
        ends_at=f"{ends_at:%m-%d %H:%M:%S}",
        result=_result(state, found.optional("leader")),
        price=_yuan(found.amount("price")) if code else "",
    )


def read_deal(story: Story, lot: Lot) -> DealRow:
    """Read what became of a sale, as its seller, and see that it came out as agreed. Raises `Unexpected`."""
    offer, deal, page = lot.offer, lot.offer.deal, page_of(story, lot)
    assert deal is not None
    contract, settlement = page.inner("contract"), page.inner("settlement")
    _, *states, ended = ENDINGS[deal.ending]
    came = [contract.text("state"), settlement.text("state")]
    expect(came == states, f"the deal of {offer.name} is {states}, not {came}")
    expect(page.amount("price") == f"{offer.price * TEN_THOUSAND_YUAN}.00", f"{offer.name} is sold at its price")
    kept = deal.ending in {"settled", "planned"}
    shared = page.inner("plan") if deal.ending == "planned" else settlement
    return DealRow(
        name=offer.name,
        league=LEAGUES[MEMBERS[offer.seller].region],
        type=contract.optional("type") or "",
        total=_yuan(page.amount("price")),
        technical=_yuan(contract.amount("technical")) if kept else "",
        number=contract.optional("number") or ended,
        fee=_yuan(shared.amount("fee")),
        reward=_yuan(shared.amount("reward")),
        seller=_yuan(settlement.amount("seller_part")),
        incentive=_incentive(deal, page, offer.name),
    )


def draw_lots(rows: list[LotRow]) -> Table:
    """Return the table of lots."""
    table = _table(("lot", "league", "GB/T", "bids", "ended", "result", "yuan"), right={"bids", "yuan"})
    for row in rows:
        table.add_row(row.title, row.league, row.industry, str(row.bids), row.ends_at, row.result, row.price)
    return table


def draw_deals(rows: list[DealRow]) -> Table:
    """Return the table of deals."""
    amounts = {"成交额", "技术交易额", "fee", "inventors", "seller", "incentive"}
    names = ("deal", "league", "type", "成交额", "技术交易额", NUMBER, "fee", "inventors", "seller", "incentive")
    table = _table(names, right=amounts)
    for row in rows:
        table.add_row(
            row.name,
            row.league,
            row.type,
            row.total,
            row.technical,
            row.number,
            row.fee,
            row.reward,
            row.seller,
            row.incentive,
        )
    return table


def _expect_listing(story: Story, lot: Lot) -> None:
    """See that the listing follows its newest lot: awarded when that is sold for good, open otherwise."""
    newest = [one for one in story.lots if one.listing == lot.listing][-1]
    sold = newest.offer.deal is not None and newest.offer.deal.ending in {"settled", "planned"}
    state = story.client.get(f"/v1/listings/{lot.listing}").text("state")
    expect(state == ("awarded" if sold else "open"), f"the listing of {lot.offer.full_title} follows")


def _incentive(deal: Deal, page: Fields, name: str) -> str:
    """Return what was paid, or why nothing is."""
    claims = page.each("claims")
    paid = [claim.amount("paid") for claim in claims if claim.text("state") == "paid"]
    due = [] if deal.incentive is None else [f"{deal.incentive}.00"]
    expect(paid == due, f"the incentive of {name} is paid once, if it is")
    if paid:
        return _yuan(paid[0])
    clause = claims[-1].optional("refused_by") if claims else None
    expect(clause == deal.incentive_refused, f"the incentive of {name} is refused by {deal.incentive_refused}")
    return clause or ("no budget" if claims else "")


def _table(names: tuple[str, ...], *, right: set[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
    for name in names:  # what is no amount may be wrapped where the terminal is narrow
        table.add_column(
            name, justify="right" if name in right else "left", no_wrap=name in right or name == NUMBER, overflow="fold"
        )
    return table


def _result(state: str, leader: str | None) -> str:
    match state:
        case "sold":
            return f"sold to {leader}"
        case "fell_through":
            return "fell through"
        case _:
            return "reserve not met" if leader else "no bids"


def _yuan(amount: str | None) -> str:
    """Write an amount for a column: by thousands, and without fen where there are none."""
    if amount is None:
        return ""
    whole, _, part = amount.partition(".")
    return f"{int(whole):,}" + (f".{part}" if part.strip("0") else "")
