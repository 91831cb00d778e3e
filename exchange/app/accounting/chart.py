"""The chart of accounts (会计科目表): every kind of account there is, what it holds, and where beancount files it."""

import re
from dataclasses import dataclass
from typing import Final

from settlement.books.model import AccountName, Book, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the chart; `…` stands for one word of any kind."""

    pattern: str
    root: str  # of beancount
    side: Side
    holds: str
    zh: str
    seen_by: str  # beside supervisors
    book: Book = Book.MONEY

    def covers(self, name: str) -> bool:
        """Whether an account is of this kind."""
        return re.fullmatch("[^:]+".join(map(re.escape, self.pattern.split("…"))), name) is not None


def _deal(pattern: str, holds: str, zh: str, seen_by: str) -> Entry:
    return Entry(pattern=pattern, root="Liabilities", side=Side.CREDIT, holds=holds, zh=zh, seen_by=seen_by)


def _quota(pattern: str, holds: str, zh: str, seen_by: str) -> Entry:
    return Entry(
        pattern=pattern, root="Liabilities", side=Side.CREDIT, holds=holds, zh=zh, seen_by=seen_by, book=Book.QUOTA
    )


CHART: Final = (
    Entry(
        pattern="custody:bank",
        root="Assets",
        side=Side.DEBIT,
        holds="what has come in at the custody bank, ever",
        zh="存管银行账户",
        seen_by="–",
    ),
    _deal("custody:ordered", "what the bank has been told to pay out, ever", "待出款", "–"),
    Entry(
        pattern="exchange:fees",
        root="Income",
        side=Side.CREDIT,
        holds="the exchange's own fees",
        zh="交易服务费",
        seen_by="–",
    ),
    _deal("stl_…:bidder:…", "one bidder's deposit, and its balance on the way", "竞买人子账户", "that bidder"),
    _deal("stl_…:escrow", "the price, until it is divided", "成交价款", "seller"),
    _deal("stl_…:reward", "the inventors' part, until it is shared", "发明人奖酬", "seller"),
    _deal("stl_…:inventor:…", "one inventor's part, on its way out", "发明人", "seller"),
    _deal("stl_…:seller", "the seller's part, on its way out", "转让方", "seller"),
    _deal("stl_…:broker", "the broker's commission, on its way out", "技术经纪人佣金", "seller, broker"),
    _deal("stl_…:owner:…", "a co-owner's part, on its way out", "共有权利人", "seller, that co-owner"),
    _deal("stl_…:tax", "income tax withheld from rewards, on its way out", "代扣个人所得税", "seller"),
    _deal("pln_…:buyer", "a deposit under a trial, until it is taken up", "先用后付押金", "buyer"),
    _deal("pln_…:escrow", "funded parts of a price, until they are released", "分期价款", "seller, buyer"),
    _deal("pln_…:…", "a part being divided, as a price is", "分期价款分配", "seller, broker"),
    _deal("pln_…:…:…", "one inventor's or owner's part of it", "分期价款分配", "seller, that co-owner"),
    _deal("rty_…:…", "a royalty that was paid, being divided", "提成", "seller, broker"),
    _deal("rty_…:…:…", "one inventor's or owner's part of it", "提成分配", "seller, that co-owner"),
    _deal("mis_…:held", "money that nobody expected", "错汇、多汇款项", "–"),
    _deal("prg_…:budget", "what a programme may still pay", "补贴资金", "–"),
    Entry(
        pattern="quota:granted",
        root="Equity",
        side=Side.EITHER,
        holds="where yearly caps come from",
        zh="额度来源",
        seen_by="–",
        book=Book.QUOTA,
    ),
    _quota("prg_…:cap:…:…", "what a claimant may still receive in a year", "年度额度", "that claimant"),
    _quota("prg_…:used", "what of the caps has been used up", "已用额度", "–"),
)
"""Of several that cover an account the first one counts."""


def entry_of(name: str) -> Entry | None:
    """Return the line of the chart that an account belongs to; None of one that no line knows."""
    return next((one for one in CHART if one.covers(name)), None)


def root_of(name: AccountName, side: Side) -> str:
    """Return under which of beancount's roots an account is filed; one that is not on the chart, by its side."""
    found = entry_of(name)
    if found is not None:
        return found.root
    return {Side.DEBIT: "Assets", Side.CREDIT: "Liabilities", Side.EITHER: "Equity"}[side]


def table() -> str:
    """Return the chart as docs/books.md holds it."""
    heading = (
        "| account | | holds | book | side | in beancount | its member reads it |",
        "|---|---|---|---|---|---|---|",
    )
    lines = (
        f"| `{one.pattern}` | {one.zh} | {one.holds} | {one.book} | {one.side} | {one.root} | {one.seen_by} |"
        for one in CHART
    )
    return "\n".join((*heading, *lines))
