"""Lots that are offered again: each says which one it follows, and follows what that one's own entries say.

A lot alone shows whether it may follow what it says it follows (法释〔2016〕18号 art. 26). Whether it does, only both
together show.
"""

from collections.abc import Iterator

from ledger.audit.report import Finding

from .facts import Facts, Lot


def findings(facts: Facts) -> Iterator[Finding]:
    """Yield where a lot follows another than the last of its listing that found no bids, or is silent of it."""
    offered: dict[tuple[str, str], list[Lot]] = {}
    for lot in facts.lots.values():
        if lot.listing is not None:
            offered.setdefault((lot.listing, lot.rule.partition("@")[0]), []).append(lot)
    for lots in offered.values():
        for lot in lots:
            if lot.again or lot.previous is not None:
                yield from _follows(lot, _before(lot, lots))


def _before(lot: Lot, lots: list[Lot]) -> Lot | None:
    """Return the last lot that bidding had decided when `lot` was announced, if it found no bids."""
    decided = [one for one in lots if one.end in {"sold", "unsold"} and 0 <= one.end_index < lot.index]
    last = max(decided, key=lambda one: one.end_index, default=None)
    return last if last is not None and last.end == "unsold" and not last.bids else None


def _follows(lot: Lot, before: Lot | None) -> Iterator[Finding]:
    if before is None:
        if lot.previous is not None:
            yield Finding(f"{lot.id}: says that it follows {lot.previous[0]}, which it does not", lot.index)
        return
    if lot.previous is None:
        yield Finding(f"{lot.id}: does not say that it follows {before.id}", lot.index)
        return
    if lot.previous != (before.id, before.ends_at, before.start_fen) or lot.attempt != before.attempt + 1:
        yield Finding(f"{lot.id}: does not follow {before.id} as that was", lot.index)
