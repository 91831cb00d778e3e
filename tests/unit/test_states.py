"""The documentation's state diagrams are drawn from the tables; `UPDATE=1` draws them anew."""

import os
import re
from pathlib import Path

from exchange.auctions import rules as auctions
from exchange.auctions.model import Format
from exchange.contracts.rules import agreements as contracts
from exchange.members import rules as members
from listings.achievements import rules as achievements
from settlement.escrow import rules as escrow

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "states.md"
AUCTIONS = DOCS / "auctions.md"
MARK = re.compile(r"<!-- drawn: (\S+) -->\n(?:\n```mermaid\n.*?```\n)?", re.DOTALL)
DRAWN = {
    "A listing (挂牌项目)": achievements.diagram(),
    "A contract (技术合同)": contracts.contract_diagram(),
    "A membership (会员)": members.diagram(),
    "A settlement (结算)": escrow.diagram(),
    "A payment plan (付款计划)": escrow.plan_diagram(),
    "A part of a payment plan (一期款项)": escrow.part_diagram(),
    "A freeze (冻结)": escrow.freeze_diagram(),
    "A royalty (提成支付)": escrow.royalties.diagram(),
    "A period of a royalty (提成期)": escrow.royalties.period_diagram(),
    "An invoice (发票)": escrow.invoices.diagram(),
    "Misdirected money (错汇、多汇款项)": escrow.misdirected.misdirected_diagram(),
}


INTRODUCTION = """# States

Drawn from the transition tables by `tests/unit/test_states.py`; do not edit. Lots (标的) have a table for each format:
see [auctions](auctions.md).
"""


def page() -> str:
    parts = [INTRODUCTION]
    parts += [f"\n## {title}\n\n```mermaid\n{diagram.strip()}\n```\n" for title, diagram in DRAWN.items()]
    return "".join(parts)


def test_the_page_shows_the_tables_as_they_are():
    if os.environ.get("UPDATE"):
        PAGE.write_text(page())
    assert PAGE.read_text() == page()


def drawn(text: str) -> str:
    """The page with a diagram of the named format's table below each mark."""
    return MARK.sub(
        lambda mark: f"{mark[0].splitlines()[0]}\n\n```mermaid\n{auctions.diagram(Format(mark[1])).strip()}\n```\n",
        text,
    )


def test_the_page_of_auctions_shows_every_formats_table_as_it_is():
    text = AUCTIONS.read_text()
    if os.environ.get("UPDATE"):
        AUCTIONS.write_text(drawn(text))
        text = AUCTIONS.read_text()
    assert text == drawn(text)
    assert [mark[1] for mark in MARK.finditer(text)] == [str(one) for one in auctions.BOOKS]
